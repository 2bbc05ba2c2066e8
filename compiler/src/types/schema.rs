//! Declared types as types of values, and columns with their roles: what a
//! column is to its row follows from where it stands and from its kind of
//! collection. This room sees declarations only, no rule.

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::EnumId;
use crate::names::hir;
use crate::types::ty;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::ty::TypeNames;
use crate::types::typed;
use crate::types::typed::Role;

/// Names of records and enums before there is a typed program.
pub(crate) struct Names<'a>(pub &'a hir::Program);

impl TypeNames for Names<'_> {
    fn record(&self, id: crate::ids::RecordId) -> &str {
        self.0.records.get(id.index()).map_or("_", |r| &r.name)
    }

    fn enumeration(&self, id: crate::ids::EnumId) -> &str {
        self.0.enums.get(id.index()).map_or("_", |e| &e.name)
    }
}

/// The type of the values that a written type has.
pub(crate) fn plain(t: &hir::Type) -> Ty {
    let one = |t: &hir::Type| Box::new(plain(t));
    match &t.kind {
        hir::TypeKind::Int => Ty::Int,
        hir::TypeKind::Nat => Ty::Nat,
        hir::TypeKind::Float => Ty::Float,
        hir::TypeKind::Bool | hir::TypeKind::Any | hir::TypeKind::All => Ty::Bool,
        hir::TypeKind::Str => Ty::Str,
        hir::TypeKind::Bytes => Ty::Bytes,
        hir::TypeKind::Node => Ty::Node,
        hir::TypeKind::Time => Ty::Time,
        hir::TypeKind::Duration => Ty::Duration,
        hir::TypeKind::Uuid => Ty::Uuid,
        hir::TypeKind::Json => Ty::Json,
        hir::TypeKind::Tuple(ts) => Ty::Tuple(ts.iter().map(plain).collect()),
        hir::TypeKind::List(t) => Ty::List(one(t)),
        hir::TypeKind::Option(t) => Ty::Option(one(t)),
        hir::TypeKind::Record(id) => Ty::Record(*id),
        hir::TypeKind::Enum(id, args) => Ty::Enum(*id, args.iter().map(plain).collect()),
        hir::TypeKind::Param(n) => Ty::Param(*n),
        hir::TypeKind::Max(t) | hir::TypeKind::Min(t) | hir::TypeKind::Point(t) => plain(t),
        hir::TypeKind::Set(t) => Ty::Set(one(t)),
        hir::TypeKind::Map(k, v) => Ty::Map(one(k), one(v)),
        hir::TypeKind::Bag(t) => Ty::Bag(one(t)),
        hir::TypeKind::Pair(l, m) | hir::TypeKind::Lex(l, m) => Ty::Tuple(vec![plain(l), plain(m)]),
        hir::TypeKind::Error => Ty::Error,
    }
}

/// What keeps a type from merging that has the form of a lattice.
#[derive(Clone, Copy)]
enum Fault<'t> {
    /// This part is no lattice.
    Part(&'t hir::Type),
    /// The versions of this `Lex` are not all ordered.
    Version(&'t hir::Type, &'t hir::Type),
}

/// How a written type merges, if it does.
pub(crate) fn merging(t: &hir::Type) -> Option<Lattice> {
    lattice(t).ok().flatten()
}

/// How a written type merges: `Ok(None)` when it is no lattice at all, `Err`
/// with what is at fault when it is one in name only (`Map<str, int>`).
fn lattice(t: &hir::Type) -> Result<Option<Lattice>, Fault<'_>> {
    let part = |t| -> Result<Box<Lattice>, _> { lattice(t)?.map(Box::new).ok_or(Fault::Part(t)) };
    Ok(Some(match &t.kind {
        hir::TypeKind::Max(t) => Lattice::Max(plain(t)),
        hir::TypeKind::Min(t) => Lattice::Min(plain(t)),
        hir::TypeKind::Any => Lattice::Any,
        hir::TypeKind::All => Lattice::All,
        hir::TypeKind::Set(t) => Lattice::Set(plain(t)),
        hir::TypeKind::Map(k, v) => Lattice::Map(plain(k), part(v)?),
        hir::TypeKind::Pair(l, m) => Lattice::Pair(part(l)?, part(m)?),
        hir::TypeKind::Bag(t) => Lattice::bag(plain(t)),
        hir::TypeKind::Point(t) => Lattice::Point(plain(t)),
        hir::TypeKind::Lex(l, m) => {
            let version = part(l)?;
            if !version.is_total() {
                return Err(Fault::Version(t, l));
            }
            Lattice::Lex(version, part(m)?)
        }
        _ => return Ok(None),
    }))
}

/// The columns of a collection. Those of a view declared by its rule have no
/// type yet ([`Ty::Error`]).
pub(crate) fn rel(
    rel: &hir::Rel,
    program: &hir::Program,
    diags: &mut Vec<Diagnostic>,
) -> typed::Rel {
    // What is given to an instance is an event, as what is given to a program is.
    let given = rel.kind == hir::RelKind::Scratch && rel.reach == hir::Reach::Input;
    let merges = !given
        && !rel.kind.is_incoming()
        && !matches!(rel.kind, hir::RelKind::Stage(hir::Stage::Send | hir::Stage::Delete, _));
    let mut cols = Vec::new();
    for (i, col) in rel.cols.iter().enumerate() {
        let left = rel.keys.is_some_and(|keys| i < keys);
        let ordinary = if rel.keys.is_some_and(|keys| i >= keys) { Role::Value } else { Role::Key };
        let ty = col.ty.as_ref().map_or(Ty::Error, plain);
        let cell = match &col.ty {
            Some(t) if merges && !left => match lattice(t) {
                Ok(lattice) => lattice,
                Err(fault) => {
                    diags.push(no_lattice(rel, col, t, fault, program));
                    None
                }
            },
            _ => None,
        };
        let role = match cell {
            // Different values are judged as those of a value column are.
            Some(Lattice::Point(_)) => Role::Value,
            Some(cell) => Role::Cell(cell),
            None => ordinary,
        };
        let lattice = col.ty.as_ref().and_then(merging);
        let (name, span) = (col.name.clone(), col.span);
        cols.push(typed::Col { name, ty, role, lattice, grows: None, default: None, span });
    }
    typed::Rel {
        name: rel.name.clone(),
        kind: rel.kind,
        given: rel.given,
        reach: rel.reach,
        cols,
        at: rel.at,
        every: None,
        serial: rel.serial.clone(),
        groups: rel.groups.clone(),
        followed: rel.followed,
        event: false,
        doc: rel.doc.clone(),
        span: rel.span,
        name_span: rel.name_span,
    }
}

fn no_lattice(
    rel: &hir::Rel,
    col: &hir::Col,
    whole: &hir::Type,
    fault: Fault<'_>,
    program: &hir::Program,
) -> Diagnostic {
    let names = Names(program);
    let part = match fault {
        Fault::Part(part) => part,
        Fault::Version(lex, version) => return no_order(rel, col, (lex, version), &names),
    };
    let shown = ty::show(&plain(part), &names);
    let form = match whole.kind {
        hir::TypeKind::Pair(..) => "both sides of a `Pair`",
        hir::TypeKind::Lex(..) => "both sides of a `Lex`",
        _ => "the entries of a `Map`",
    };
    Diagnostic::error(
        codes::NOT_A_LATTICE,
        part.span,
        format!("column `{}` of `{}` cannot merge: `{shown}` is not a lattice", col.name, rel.name),
    )
    .at("this has no way to merge two values")
    .note(format!("A column that merges does so part by part, so {form} must be lattices."))
    .help(format!(
        "say how it merges, for example `Max<{shown}>` or `Set<{shown}>`, or put the column left of `=>` to keep it fixed"
    ))
}

/// The versions of a `Lex` are not all ordered.
fn no_order(
    rel: &hir::Rel,
    col: &hir::Col,
    (lex, version): (&hir::Type, &hir::Type),
    names: &Names<'_>,
) -> Diagnostic {
    let shown = merging(version).map_or_else(|| "_".into(), |l| ty::show_lattice(&l, names));
    let title = format!(
        "column `{}` of `{}` cannot merge: two versions of type `{shown}` may have no order",
        col.name, rel.name
    );
    Diagnostic::error(codes::UNORDERED_VERSION, version.span, title)
        .at("a version must be smaller or larger than every other one")
        .label(lex.span, "the larger version wins")
        .note(
            "Of two versions without an order neither wins, and merging the values beside them \
             would depend on which was seen first. So versions are `Max`, `Min`, or `Lex` of those.",
        )
        .help(
            "for versions that are sets or maps, such as vector clocks, keep a multi-value \
             register: a `Set` of all (version, value) pairs, read without those whose version \
             is below another",
        )
}

/// Types of the enums' constructors.
pub(crate) fn enums(program: &hir::Program) -> Vec<typed::Enum> {
    let variant =
        |v: &hir::Variant| (v.name.clone(), v.payload.iter().map(plain).collect::<Vec<_>>());
    let recursive_ones = recursive(program);
    program
        .enums
        .iter()
        .map(|e| typed::Enum {
            name: e.name.clone(),
            params: e.params.len(),
            recursive: recursive_ones.contains(&e.span),
            variants: e.variants.iter().map(variant).collect(),
            span: e.span,
        })
        .collect()
}

/// The enums, by their place, whose values may hold others of the same kind.
fn recursive(program: &hir::Program) -> Vec<crate::source::Span> {
    let mut graph = DiGraphMap::<u32, ()>::new();
    for (i, e) in program.enums.iter().enumerate() {
        for ty in e.variants.iter().flat_map(|v| &v.payload) {
            let mut seen = vec![false; program.records.len()];
            named(program, &plain(ty), &mut seen, &mut |other| {
                graph.add_edge(i as u32, other.0, ());
            });
        }
    }
    let on_cycle = |scc: &Vec<u32>| scc.len() > 1 || graph.contains_edge(scc[0], scc[0]);
    let cycles = kosaraju_scc(&graph).into_iter().filter(on_cycle);
    cycles.flatten().map(|i| program.enums[i as usize].span).collect()
}

/// Calls `f` with every enum that a value of a type may hold.
fn named(program: &hir::Program, ty: &Ty, seen: &mut [bool], f: &mut dyn FnMut(EnumId)) {
    match ty {
        Ty::Enum(id, args) => {
            f(*id);
            args.iter().for_each(|t| named(program, t, seen, f));
        }
        Ty::Record(id) if !std::mem::replace(&mut seen[id.index()], true) => {
            for (_, t) in &program.records[id.index()].fields {
                named(program, &plain(t), seen, f);
            }
        }
        Ty::Tuple(ts) => ts.iter().for_each(|t| named(program, t, seen, f)),
        Ty::List(t) | Ty::Option(t) | Ty::Set(t) => named(program, t, seen, f),
        Ty::Map(k, v) => {
            named(program, k, seen, f);
            named(program, v, seen, f);
        }
        _ => {}
    }
}

/// Types of the records' fields.
pub(crate) fn records(program: &hir::Program) -> Vec<typed::Record> {
    program
        .records
        .iter()
        .map(|r| typed::Record {
            name: r.name.clone(),
            fields: r.fields.iter().map(|(name, t)| (name.clone(), plain(t))).collect(),
            span: r.span,
        })
        .collect()
}

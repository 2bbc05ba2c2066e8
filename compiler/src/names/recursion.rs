//! Enums may hold values of themselves. Here it is made sure that such types
//! come to an end: that every enum has a finite value, that writing one out
//! leads to finitely many types, and that a record gets at itself only through
//! an enum. What a value looks like is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use petgraph::algo::kosaraju_scc;
use petgraph::graphmap::DiGraphMap;

use super::hir;
use super::hir::TypeKind;
use super::resolve::Cx;
use super::types;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::EnumId;
use crate::source::Span;

/// Types that the declared enums may lead to.
const INSTANCES_MAX: usize = 4096;

/// A type parameter: the enum's number, and its own.
type Param = (usize, usize);

/// An enum with the types that stand for its parameters.
#[derive(Clone)]
struct Instance {
    of: EnumId,
    args: Vec<hir::Type>,
}

impl Cx<'_> {
    /// Refuses enums and records whose values or types have no end. What is
    /// refused loses its parts, so that whoever walks types comes to an end.
    pub(super) fn judge_recursive_types(&mut self) {
        self.refuse_recursive_records();
        self.refuse_expanding_enums();
        match self.instances() {
            Ok(all) => self.refuse_enums_without_value(&all),
            Err(index) => {
                let title = format!(
                    "`{}` leads to more than {INSTANCES_MAX} types, or to one of more than {} parts",
                    self.program.enums[index].name,
                    types::TYPE_PARTS_MAX
                );
                let span = self.program.enums[index].span;
                self.report(Diagnostic::error(codes::TYPE_TOO_LARGE, span, title));
                self.empty_enums(&(0..self.program.enums.len()).collect());
            }
        }
    }

    /// Records that hold themselves, be it in lists or options, without an enum
    /// in between.
    fn refuse_recursive_records(&mut self) {
        let mut graph = DiGraphMap::<usize, ()>::new();
        for (r, record) in self.program.records.iter().enumerate() {
            for (_, ty) in &record.fields {
                each_type(ty, false, &mut |part| {
                    if let TypeKind::Record(other) = part.kind {
                        graph.add_edge(r, other.index(), ());
                    }
                });
            }
        }
        for cycle in cycles(&graph) {
            let span = self.program.records[cycle[0]].span;
            let name = &self.program.records[cycle[0]].name;
            let title = format!("the record `{name}` holds a value of itself");
            let mut diagnostic = Diagnostic::error(codes::RECURSIVE_RECORD, span, title)
                .at("declared here")
                .note("A type that holds values of itself is an enum, which says where it ends.")
                .help("declare an enum: one constructor for the end, one that goes on");
            for &other in &cycle[1..] {
                let record = &self.program.records[other];
                diagnostic = diagnostic.label(record.span, format!("through `{}`", record.name));
            }
            self.report(diagnostic);
            for r in cycle {
                for (_, part) in &mut self.program.records[r].fields {
                    *part = types::error(part.span);
                }
            }
        }
    }

    /// Enums that hold themselves with larger and larger type arguments. Edges
    /// say which parameter reaches which; one that wraps its parameter, on a
    /// cycle, wraps it again and again.
    fn refuse_expanding_enums(&mut self) {
        let mut graph = DiGraphMap::<Param, ()>::new();
        let mut wraps: Vec<(Param, Param, Span)> = Vec::new();
        for (e, item) in self.program.enums.iter().enumerate() {
            for ty in item.variants.iter().flat_map(|v| &v.payload) {
                self.each_enum_in(ty, &mut BTreeSet::new(), &mut |f, args, span| {
                    for (j, arg) in args.iter().enumerate() {
                        each_type(arg, true, &mut |part| {
                            let TypeKind::Param(i) = part.kind else { return };
                            let (from, to) = ((e, i as usize), (f.index(), j));
                            graph.add_edge(from, to, ());
                            if !matches!(arg.kind, TypeKind::Param(_)) {
                                wraps.push((from, to, span));
                            }
                        });
                    }
                });
            }
        }
        let mut endless = BTreeSet::new();
        for scc in kosaraju_scc(&graph) {
            let found = wraps.iter().find(|(a, b, _)| scc.contains(a) && scc.contains(b));
            let Some(&((e, i), _, span)) = found else { continue };
            let item = &self.program.enums[e];
            let title = format!("`{}` holds itself with ever larger type arguments", item.name);
            let param = item.params.get(i).map_or("T", String::as_str);
            let diagnostic = Diagnostic::error(codes::ENDLESS_TYPE, span, title)
                .at(format!("here `{param}` stands inside of a larger type"))
                .label(item.span, "declared here")
                .note("Each step would be a type of its own, and there would be no last one.")
                .help(format!(
                    "hold `{}<{}>`, or make an enum of its own for the inner values",
                    item.name,
                    item.params.join(", ")
                ));
            self.report(diagnostic);
            endless.extend(scc.iter().map(|(e, _)| *e));
        }
        self.empty_enums(&endless);
    }

    /// Every enum with parameters as they are, and every other use of an enum
    /// that these lead to. An error names an enum that leads to too many.
    fn instances(&self) -> Result<BTreeMap<String, Instance>, usize> {
        let mut all = BTreeMap::new();
        for e in 0..self.program.enums.len() {
            let params = self.program.enums[e].params.len() as u32;
            let span = self.program.enums[e].span;
            let own = |n| hir::Type { kind: TypeKind::Param(n), span };
            let mut open =
                vec![Instance { of: EnumId(e as u32), args: (0..params).map(own).collect() }];
            while let Some(next) = open.pop() {
                let key = key(next.of, &next.args);
                if all.contains_key(&key) {
                    continue;
                }
                let size: usize = next.args.iter().map(types::parts).sum();
                if all.len() >= INSTANCES_MAX || size > types::TYPE_PARTS_MAX {
                    return Err(e);
                }
                for ty in self.payloads_of(&next).iter().flatten() {
                    self.each_enum_in(ty, &mut BTreeSet::new(), &mut |of, args, _| {
                        open.push(Instance { of, args: args.to_vec() });
                    });
                }
                all.insert(key, next);
            }
        }
        Ok(all)
    }

    /// What the constructors of an instance hold.
    fn payloads_of(&self, instance: &Instance) -> Vec<Vec<hir::Type>> {
        let variants = &self.program.enums[instance.of.index()].variants;
        let with = |t: &hir::Type| replaced(t, &instance.args);
        variants.iter().map(|v| v.payload.iter().map(with).collect()).collect()
    }

    /// An enum of which every value holds another of its kind has none.
    fn refuse_enums_without_value(&mut self, all: &BTreeMap<String, Instance>) {
        let mut ended: BTreeSet<&str> = BTreeSet::new();
        loop {
            let before = ended.len();
            for (key, instance) in all {
                let ends = |tys: &Vec<hir::Type>| tys.iter().all(|t| self.ends(t, &ended));
                if self.payloads_of(instance).iter().any(ends) {
                    ended.insert(key);
                }
            }
            if ended.len() == before {
                break;
            }
        }
        let mut lost: BTreeSet<usize> = BTreeSet::new();
        for (key, instance) in all {
            let of = &self.program.enums[instance.of.index()];
            // One that has no constructor left was reported; one that has no value
            // with some arguments is not to blame for them.
            let own = instance.args.iter().all(|t| matches!(t.kind, TypeKind::Param(_)));
            if own && !ended.contains(key.as_str()) && !of.variants.is_empty() {
                lost.insert(instance.of.index());
            }
        }
        for &e in &lost {
            let item = &self.program.enums[e];
            let title = format!("no value of `{}` comes to an end", item.name);
            let diagnostic = Diagnostic::error(codes::NO_FINITE_VALUE, item.span, title)
                .at("each of its constructors needs another value of this kind first")
                .help("add a constructor that ends it, such as `Leaf`, or hold a `?` or a list");
            self.report(diagnostic);
        }
        self.empty_enums(&lost);
    }

    /// Whether a type has a value, given the instances known to have one.
    fn ends(&self, ty: &hir::Type, ended: &BTreeSet<&str>) -> bool {
        match &ty.kind {
            TypeKind::Tuple(ts) => ts.iter().all(|t| self.ends(t, ended)),
            TypeKind::Max(t) | TypeKind::Min(t) | TypeKind::Point(t) => self.ends(t, ended),
            TypeKind::Pair(a, b) | TypeKind::Lex(a, b) => {
                self.ends(a, ended) && self.ends(b, ended)
            }
            TypeKind::Record(id) => {
                let fields = &self.program.records[id.index()].fields;
                fields.iter().all(|(_, t)| self.ends(t, ended))
            }
            TypeKind::Enum(id, args) => ended.contains(key(*id, args).as_str()),
            // Empty lists, sets and maps and `None` are values.
            _ => true,
        }
    }

    /// Calls `f` with every enum that stands in a type, also inside of records.
    fn each_enum_in(
        &self,
        ty: &hir::Type,
        seen: &mut BTreeSet<usize>,
        f: &mut dyn FnMut(EnumId, &[hir::Type], Span),
    ) {
        match &ty.kind {
            TypeKind::Enum(id, args) => f(*id, args, ty.span),
            TypeKind::Record(id) if seen.insert(id.index()) => {
                for (_, t) in &self.program.records[id.index()].fields {
                    self.each_enum_in(t, seen, f);
                }
            }
            _ => {}
        }
        for part in types::inside(ty) {
            self.each_enum_in(part, seen, f);
        }
    }

    fn empty_enums(&mut self, which: &BTreeSet<usize>) {
        for &e in which {
            let variants = self.program.enums[e].variants.iter_mut();
            for part in variants.flat_map(|v| v.payload.iter_mut()) {
                *part = types::error(part.span);
            }
        }
    }
}

/// Cycles of a graph, each ascending.
fn cycles(graph: &DiGraphMap<usize, ()>) -> Vec<Vec<usize>> {
    let mut cycles: Vec<Vec<usize>> = kosaraju_scc(graph)
        .into_iter()
        .filter(|scc| scc.len() > 1 || graph.contains_edge(scc[0], scc[0]))
        .collect();
    cycles.iter_mut().for_each(|cycle| cycle.sort_unstable());
    cycles.sort();
    cycles
}

/// Calls `f` with a type and its parts; with `enums`, also with the arguments
/// of enums.
fn each_type<'t>(ty: &'t hir::Type, enums: bool, f: &mut dyn FnMut(&'t hir::Type)) {
    f(ty);
    if enums || !matches!(ty.kind, TypeKind::Enum(..)) {
        types::inside(ty).into_iter().for_each(|part| each_type(part, enums, f));
    }
}

/// The type with the arguments in the places of the parameters.
fn replaced(ty: &hir::Type, args: &[hir::Type]) -> hir::Type {
    let one = |t: &hir::Type| Box::new(replaced(t, args));
    let many = |ts: &[hir::Type]| ts.iter().map(|t| replaced(t, args)).collect();
    let kind = match &ty.kind {
        TypeKind::Param(n) => match args.get(*n as usize) {
            Some(arg) => return arg.clone(),
            None => TypeKind::Error,
        },
        TypeKind::Tuple(ts) => TypeKind::Tuple(many(ts)),
        TypeKind::List(t) => TypeKind::List(one(t)),
        TypeKind::Option(t) => TypeKind::Option(one(t)),
        TypeKind::Enum(id, ts) => TypeKind::Enum(*id, many(ts)),
        TypeKind::Max(t) => TypeKind::Max(one(t)),
        TypeKind::Min(t) => TypeKind::Min(one(t)),
        TypeKind::Set(t) => TypeKind::Set(one(t)),
        TypeKind::Map(a, b) => TypeKind::Map(one(a), one(b)),
        TypeKind::Pair(a, b) => TypeKind::Pair(one(a), one(b)),
        TypeKind::Lex(a, b) => TypeKind::Lex(one(a), one(b)),
        TypeKind::Bag(t) => TypeKind::Bag(one(t)),
        TypeKind::Point(t) => TypeKind::Point(one(t)),
        other => other.clone(),
    };
    hir::Type { kind, span: ty.span }
}

/// A text that is the same for the same instance.
fn key(of: EnumId, args: &[hir::Type]) -> String {
    let mut out = format!("e{}", of.0);
    write_all(args.iter(), &mut out);
    out
}

fn write_all<'t>(tys: impl Iterator<Item = &'t hir::Type>, out: &mut String) {
    out.push('<');
    for ty in tys {
        match &ty.kind {
            TypeKind::Enum(id, _) => out.push_str(&format!("e{}", id.0)),
            TypeKind::Record(id) => out.push_str(&format!("r{}", id.0)),
            TypeKind::Param(n) => out.push_str(&format!("p{n}")),
            TypeKind::Int => out.push_str("int"),
            TypeKind::Nat => out.push_str("nat"),
            TypeKind::Float => out.push_str("float"),
            TypeKind::Bool | TypeKind::Any | TypeKind::All => out.push_str("bool"),
            TypeKind::Str => out.push_str("str"),
            TypeKind::Bytes => out.push_str("bytes"),
            TypeKind::Node => out.push_str("node"),
            TypeKind::Time => out.push_str("time"),
            TypeKind::Duration => out.push_str("duration"),
            TypeKind::Uuid => out.push_str("uuid"),
            TypeKind::Json => out.push_str("json"),
            TypeKind::Tuple(_) | TypeKind::Pair(..) | TypeKind::Lex(..) => out.push('t'),
            TypeKind::List(_) => out.push('l'),
            TypeKind::Option(_) => out.push('o'),
            TypeKind::Max(_) | TypeKind::Min(_) | TypeKind::Point(_) => out.push('m'),
            TypeKind::Set(_) => out.push('s'),
            TypeKind::Bag(_) => out.push('b'),
            TypeKind::Map(..) => out.push('k'),
            TypeKind::Error => out.push('?'),
        }
        write_all(types::inside(ty).into_iter(), out);
        out.push(',');
    }
    out.push('>');
}

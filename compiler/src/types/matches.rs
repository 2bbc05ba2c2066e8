//! Whether the arms of a `match` cover every value, and whether each can be
//! reached: the usual matrix of patterns, column by column. Where values
//! cannot be listed, as with numbers, the run decides. It looks at patterns and
//! types only.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::types::context::Env;
use crate::types::ty::Ty;
use crate::types::typed;

/// A pattern as far as coverage goes.
#[derive(Clone, PartialEq, Debug)]
enum P {
    Any,
    /// A constructor by number: variants, `false` and `true`, `None` and
    /// `Some`, or the only one of a tuple.
    Ctor(usize, Vec<P>),
    /// A literal of a type with too many values to list.
    Literal(String),
    /// Some value that is known only when it runs.
    Opaque,
}

/// How many missing patterns a message names.
const SHOWN: usize = 4;

/// Reports arms that are missing or never reached.
pub(crate) fn check(
    env: &Env<'_>,
    e: &hir::Expr,
    value: &typed::Expr,
    arms: &[(hir::Pat, hir::Expr)],
    diags: &mut Vec<Diagnostic>,
) {
    let mut rows: Vec<Vec<P>> = Vec::new();
    let tys = [value.ty.clone()];
    for (p, _) in arms {
        let row = vec![simplify(p)];
        if !useful(env, &rows, &row, &tys) {
            diags.push(
                Diagnostic::warning(codes::UNREACHABLE_ARM, p.span, "this arm is never reached")
                    .at("the arms before it cover all of this"),
            );
        }
        rows.push(row);
    }
    let mut missing = Vec::new();
    while missing.len() <= SHOWN {
        let Some(witness) = uncovered(env, &rows, &tys) else { break };
        missing.push(show(env, &witness[0], &tys[0]));
        rows.push(witness);
    }
    if missing.is_empty() {
        return;
    }
    let more = missing.len() > SHOWN;
    let named: Vec<String> = missing.iter().take(SHOWN).map(|m| format!("`{m}`")).collect();
    let list = named.join(", ") + if more { " and more" } else { "" };
    diags.push(
        Diagnostic::error(
            codes::MATCH_NOT_EXHAUSTIVE,
            e.span,
            format!("this `match` has no arm for {list}"),
        )
        .note("A value that no arm takes would have no result.")
        .help(format!("add an arm for {}, or `_ => …` for all that is left", named[0])),
    );
}

fn simplify(p: &hir::Pat) -> P {
    let all = |ps: &[hir::Pat]| ps.iter().map(simplify).collect();
    match &p.kind {
        hir::PatKind::Wild | hir::PatKind::Var(_) => P::Any,
        hir::PatKind::Tuple(ps) | hir::PatKind::Record(_, ps) => P::Ctor(0, all(ps)),
        hir::PatKind::Construct(_, variant, ps) => P::Ctor(*variant, all(ps)),
        hir::PatKind::None => P::Ctor(0, Vec::new()),
        hir::PatKind::Some(p) => P::Ctor(1, vec![simplify(p)]),
        hir::PatKind::Expr(e) => match &e.kind {
            hir::ExprKind::Literal(hir::Literal::Bool(b)) => P::Ctor(usize::from(*b), Vec::new()),
            hir::ExprKind::Literal(literal) => P::Literal(format!("{literal:?}")),
            _ => P::Opaque,
        },
    }
}

/// The constructors of a type with the types of what they hold; `None` when
/// its values cannot be listed.
fn ctors(env: &Env<'_>, ty: &Ty) -> Option<Vec<Vec<Ty>>> {
    match ty {
        Ty::Bool => Some(vec![Vec::new(), Vec::new()]),
        Ty::Option(t) => Some(vec![Vec::new(), vec![(**t).clone()]]),
        Ty::Tuple(ts) => Some(vec![ts.clone()]),
        Ty::Record(id) => {
            let record = env.records.get(id.index())?;
            Some(vec![record.fields.iter().map(|(_, ty)| ty.clone()).collect()])
        }
        Ty::Enum(id, args) => {
            let e = env.enums.get(id.index())?;
            Some((0..e.variants.len()).map(|n| e.payload(n, args)).collect())
        }
        _ => None,
    }
}

/// The rows that a value with constructor `n` can still match.
fn specialise(rows: &[Vec<P>], n: usize, arity: usize) -> Vec<Vec<P>> {
    let mut out = Vec::new();
    for row in rows {
        let parts = match &row[0] {
            P::Any => vec![P::Any; arity],
            P::Ctor(m, parts) if *m == n && parts.len() == arity => parts.clone(),
            _ => continue,
        };
        out.push(parts.into_iter().chain(row[1..].iter().cloned()).collect());
    }
    out
}

/// The rows that match whatever the first column holds.
fn default_rows(rows: &[Vec<P>]) -> Vec<Vec<P>> {
    rows.iter().filter(|row| row[0] == P::Any).map(|row| row[1..].to_vec()).collect()
}

fn joined(first: &[Ty], rest: &[Ty]) -> Vec<Ty> {
    first.iter().chain(rest).cloned().collect()
}

/// A row of values that no row matches.
fn uncovered(env: &Env<'_>, rows: &[Vec<P>], tys: &[Ty]) -> Option<Vec<P>> {
    let Some((ty, rest)) = tys.split_first() else {
        return rows.is_empty().then(Vec::new);
    };
    let constructs = rows.iter().any(|row| matches!(row[0], P::Ctor(..)));
    match ctors(env, ty).filter(|_| constructs) {
        Some(ctors) => ctors.iter().enumerate().find_map(|(n, parts)| {
            let witness = uncovered(env, &specialise(rows, n, parts.len()), &joined(parts, rest))?;
            let (inner, after) = witness.split_at(parts.len());
            let head = P::Ctor(n, inner.to_vec());
            Some(std::iter::once(head).chain(after.iter().cloned()).collect())
        }),
        // Of numbers and texts nobody can list what is missing: a value that
        // fits no literal is left to the run.
        None if ctors(env, ty).is_none() => {
            let open: Vec<Vec<P>> = rows.iter().map(|row| row[1..].to_vec()).collect();
            let witness = uncovered(env, &open, rest)?;
            Some(std::iter::once(P::Any).chain(witness).collect())
        }
        None => {
            let witness = uncovered(env, &default_rows(rows), rest)?;
            Some(std::iter::once(P::Any).chain(witness).collect())
        }
    }
}

/// Whether some value matches `q` and none of the rows.
fn useful(env: &Env<'_>, rows: &[Vec<P>], q: &[P], tys: &[Ty]) -> bool {
    let (Some(head), Some((ty, rest))) = (q.first(), tys.split_first()) else {
        return rows.is_empty();
    };
    match head {
        P::Ctor(n, parts) => {
            let held = ctors(env, ty).and_then(|c| c.get(*n).cloned()).unwrap_or_default();
            if held.len() != parts.len() {
                return true;
            }
            let q: Vec<P> = parts.iter().chain(&q[1..]).cloned().collect();
            useful(env, &specialise(rows, *n, parts.len()), &q, &joined(&held, rest))
        }
        P::Any => {
            let constructs = rows.iter().any(|row| matches!(row[0], P::Ctor(..)));
            match ctors(env, ty).filter(|_| constructs) {
                Some(ctors) => ctors.iter().enumerate().any(|(n, parts)| {
                    let q: Vec<P> = vec![P::Any; parts.len()]
                        .into_iter()
                        .chain(q[1..].iter().cloned())
                        .collect();
                    useful(env, &specialise(rows, n, parts.len()), &q, &joined(parts, rest))
                }),
                None => useful(env, &default_rows(rows), &q[1..], rest),
            }
        }
        P::Literal(_) => {
            let same: Vec<Vec<P>> = rows
                .iter()
                .filter(|row| row[0] == P::Any || row[0] == *head)
                .map(|row| row[1..].to_vec())
                .collect();
            useful(env, &same, &q[1..], rest)
        }
        P::Opaque => useful(env, &default_rows(rows), &q[1..], rest),
    }
}

/// A missing value as a pattern.
fn show(env: &Env<'_>, p: &P, ty: &Ty) -> String {
    let P::Ctor(n, parts) = p else { return "_".into() };
    let held = ctors(env, ty).and_then(|c| c.get(*n).cloned()).unwrap_or_default();
    let parts: Vec<String> = parts.iter().zip(&held).map(|(p, t)| show(env, p, t)).collect();
    let inside = parts.join(", ");
    match ty {
        Ty::Bool => (if *n == 1 { "true" } else { "false" }).into(),
        Ty::Option(_) if *n == 0 => "None".into(),
        Ty::Option(_) => format!("Some({inside})"),
        Ty::Tuple(_) => format!("({inside})"),
        Ty::Record(id) => {
            let Some(record) = env.records.get(id.index()) else { return "_".into() };
            let fields = record.fields.iter().zip(&parts);
            let fields: Vec<String> = fields.map(|((name, _), p)| format!("{name}: {p}")).collect();
            format!("{}{{{}}}", record.name, fields.join(", "))
        }
        Ty::Enum(id, _) => {
            let variant = env.enums.get(id.index()).and_then(|e| e.variants.get(*n));
            let name = variant.map_or("_", |(name, _)| name.as_str());
            if parts.is_empty() { name.into() } else { format!("{name}({inside})") }
        }
        _ => "_".into(),
    }
}

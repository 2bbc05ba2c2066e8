//! Counts that cannot pass a bound: of a closed collection no more can be
//! counted than it has. Where a count is compared with that number, "equal" is
//! "at least". Other comparisons are not known here.

use std::collections::BTreeSet;

use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::judge::reads;
use crate::types::typed::AggFn;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::growth::Growth;
use super::reading::pat_vars;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;

/// What a column of counts counts: collections with a column of each, in which
/// every counted value stands.
fn counted(rels: &Rels<'_>, rules: &Rules, rel: Rel, col: usize) -> Option<Counted> {
    let clause = rules.only(rel)?;
    let ExprKind::Agg(at) = clause.args.get(col)?.kind else { return None };
    let agg = clause.aggs.get(at)?;
    let ([Expr { kind: ExprKind::Var(var), .. }], AggFn::CountDistinct) =
        (agg.args.as_slice(), agg.func)
    else {
        return None;
    };
    let places = places(rels, clause, *var);
    // All of a collection is counted where nothing else is asked.
    let whole = clause.lits.len() == 1
        && clause.group.is_empty()
        && clause.lits.iter().all(|lit| match &lit.kind {
            LitKind::Atom(atom) => {
                atom.args.iter().all(|p| matches!(p.kind, PatKind::Wild | PatKind::Var(_)))
            }
            _ => false,
        });
    Some(Counted { places, whole })
}

struct Counted {
    places: Vec<(Rel, usize)>,
    whole: bool,
}

/// Whether all values of one column stand in another one: every rule copies them
/// from there, or from where they do.
fn within(rels: &Rels<'_>, rules: &Rules, inner: Column, outer: Column, steps: usize) -> bool {
    if inner == outer {
        return true;
    }
    let Some(steps) = steps.checked_sub(1) else { return false };
    let (rel, col) = inner;
    let of = rels.get(rel);
    let made = rules.makers(rel);
    // What comes from outside is bounded by nothing.
    if of.given.is_some() || made.is_empty() || of.kind == RelKind::InputTable {
        return false;
    }
    let deletes =
        |clause: &Clause| matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Delete, _));
    made.iter().map(|at| &rules[*at]).filter(|clause| !deletes(clause)).all(|clause| {
        let Some(ExprKind::Var(var)) = clause.args.get(col).map(|arg| &arg.kind) else {
            return false;
        };
        let stands = places(rels, clause, *var);
        stands.into_iter().any(|place| within(rels, rules, place, outer, steps))
    })
}

/// Where a variable stands in what a rule reads.
fn places(rels: &Rels<'_>, clause: &Clause, var: VarId) -> Vec<Column> {
    let classes = clause.classes();
    let mut out = Vec::new();
    for lit in &clause.lits {
        let LitKind::Atom(atom) = &lit.kind else { continue };
        for (at, pat) in atom.args.iter().enumerate() {
            let is = |v: VarId| classes[v.index()] == classes[var.index()];
            if matches!(pat.kind, PatKind::Var(v) if is(v)) {
                out.push((rels.number(clause.role, atom.rel), at));
            }
        }
    }
    out
}

/// A column of a collection.
type Column = (Rel, usize);

/// Rules through which a value is followed.
const STEPS_MAX: usize = 8;

/// Whether the counts in one column never pass the number in the other.
pub(crate) fn bounded(
    rels: &Rels<'_>,
    rules: &Rules,
    growth: &Growth,
    count: (Rel, usize),
    bound: (Rel, usize),
) -> bool {
    if growth.grows[bound.0] {
        return false;
    }
    let one = counted(rels, rules, count.0, count.1);
    let all = counted(rels, rules, bound.0, bound.1);
    match (one, all) {
        (Some(one), Some(all)) => {
            all.whole
                && all.places.iter().any(|outer| {
                    one.places.iter().any(|inner| within(rels, rules, *inner, *outer, STEPS_MAX))
                })
        }
        _ => false,
    }
}

/// Whether a rule counts the rows of an atom with an `else`: there may be many, or
/// an aggregate over events reads what is in them.
pub(crate) fn counts(
    rels: &Rels<'_>,
    clause: &Clause,
    rel: Rel,
    atom: &Atom,
    outputs: &[VarId],
) -> bool {
    let mut bound = BTreeSet::new();
    for lit in &clause.lits {
        let LitKind::Atom(other) = &lit.kind else { continue };
        for pat in &other.args {
            pat_vars(pat, &mut |v| {
                bound.insert(v);
            });
        }
    }
    let known = |col: &usize| match atom.args.get(*col).map(|pat| &pat.kind) {
        Some(PatKind::Var(v)) => bound.contains(v),
        Some(PatKind::Expr(_)) => true,
        _ => false,
    };
    let single = rels.identity(rel).iter().all(known);
    let mut read = false;
    for agg in &clause.aggs {
        for e in agg.args.iter().chain(agg.by.iter().map(|(e, _)| e)) {
            reads(e, &mut |v, _| read |= outputs.contains(&v));
        }
    }
    !clause.aggs.is_empty() && (!single || read && clause.on_event(rels))
}

//! Whether rows of one key may differ, so that the one that comes first stays and
//! the other one fails: what the columns of a row determine, by declared keys and
//! by the rules that make it. Which rules run, and when, is not known here.

use std::collections::BTreeSet;

use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::ty::Lattice;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::depend::closure;
use super::depend::vars_of;
use super::reading::told;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;

/// Rules through which a row is followed.
const STEPS_MAX: usize = 6;

/// The variables that stand plainly in the columns of an atom.
fn named(atom: &Atom) -> impl Iterator<Item = (usize, usize)> {
    atom.args.iter().enumerate().filter_map(|(col, pat)| match pat.kind {
        PatKind::Var(v) => Some((col, v.index())),
        _ => None,
    })
}

/// Columns that these columns of a row determine: by its key, or since one rule
/// makes all rows, and the rest follows there.
pub(crate) fn determined(
    rels: &Rels<'_>,
    rules: &Rules,
    rel: Rel,
    cols: &BTreeSet<usize>,
    steps: usize,
) -> BTreeSet<usize> {
    let of = rels.get(rel);
    let all: BTreeSet<usize> = (0..of.cols.len()).collect();
    let plain = |at: &usize| of.cols[*at].role != Role::Key || of.at == Some(*at);
    if all.iter().all(|at| cols.contains(at) || plain(at)) {
        return all;
    }
    let deletes =
        |at: &&usize| matches!(rels.get(rules[**at].head).kind, RelKind::Stage(Stage::Delete, _));
    let makers: Vec<usize> = rules.makers(rel).iter().filter(|at| !deletes(at)).copied().collect();
    let (Some(steps), [only]) = (steps.checked_sub(1), makers.as_slice()) else {
        return cols.clone();
    };
    let made_elsewhere = of.given.is_some() || of.kind == RelKind::InputTable;
    let clause = &rules[*only];
    if made_elsewhere || clause.args.len() != of.cols.len() || of.kind == RelKind::Channel {
        return cols.clone();
    }
    let mut known = BTreeSet::new();
    for col in cols {
        let mut vars = Vec::new();
        told(&clause.args[*col], &mut vars);
        known.extend(vars.iter().map(|v| v.index()));
    }
    follow(rels, rules, clause, &mut known, steps);
    let grouped = clause.group.iter().all(|v| known.contains(&v.index()));
    let follows = |col: &usize| {
        let arg = &clause.args[*col];
        let single = grouped || clause.aggs.is_empty();
        cols.contains(col) || single && vars_of(arg).iter().all(|v| known.contains(v))
    };
    all.into_iter().filter(follows).collect()
}

/// Everything that the variables at hand determine, also by the rules that make
/// what the rule reads.
fn follow(
    rels: &Rels<'_>,
    rules: &Rules,
    clause: &Clause,
    known: &mut BTreeSet<usize>,
    steps: usize,
) {
    loop {
        closure(rels, clause, known);
        let before = known.len();
        for lit in &clause.lits {
            let (LitKind::Atom(atom) | LitKind::Else { atom, .. }) = &lit.kind else { continue };
            let rel = rels.number(clause.role, atom.rel);
            let cols = named(atom).filter(|(_, v)| known.contains(v)).map(|(col, _)| col).collect();
            let told = determined(rels, rules, rel, &cols, steps);
            known.extend(named(atom).filter(|(col, _)| told.contains(col)).map(|(_, v)| v));
        }
        if known.len() == before {
            return;
        }
    }
}

/// Whether a collection has one row for each of the values in these columns.
pub(crate) fn one_row_each(
    rels: &Rels<'_>,
    rules: &Rules,
    rel: Rel,
    cols: &BTreeSet<usize>,
) -> bool {
    determined(rels, rules, rel, cols, STEPS_MAX).len() == rels.get(rel).cols.len()
}

/// What of a value that merges must be equal where the rest is: the value itself,
/// and what stands beside it in the way there.
fn points<'e>(lattice: &Lattice, e: &'e Expr) -> Vec<(Vec<&'e Expr>, &'e Expr)> {
    let beside = |inner: Vec<(Vec<&'e Expr>, &'e Expr)>, by: &'e Expr| {
        let with = inner.into_iter().map(|(mut all, e)| {
            all.push(by);
            (all, e)
        });
        with.collect::<Vec<_>>()
    };
    match (lattice, &e.kind) {
        (Lattice::Point(_), _) => vec![(Vec::new(), e)],
        (Lattice::Lex(_, m), ExprKind::Tuple(es)) if es.len() == 2 => {
            beside(points(m, &es[1]), &es[0])
        }
        (Lattice::Pair(l, m), ExprKind::Tuple(es)) if es.len() == 2 => {
            let mut out = points(l, &es[0]);
            out.extend(points(m, &es[1]));
            out
        }
        (Lattice::Map(_, l), ExprKind::Map(entries)) => {
            entries.iter().flat_map(|(k, v)| beside(points(l, v), k)).collect()
        }
        _ => Vec::new(),
    }
}

/// The columns that merge only what is equal, and the rules by which they may be
/// given what is not: nothing that the key, or what stands beside it, determines.
pub(crate) fn clashes(
    rels: &Rels<'_>,
    rules: &Rules,
    rel: Rel,
) -> impl Iterator<Item = (usize, BTreeSet<usize>)> {
    let cols = rels.get(rel).cols.iter().enumerate();
    let found = cols.filter_map(|(col, of)| {
        let Role::Cell(lattice) = &of.role else { return None };
        let clashes = |at: &&usize| {
            let clause = &rules[**at];
            let Some(arg) = clause.args.get(col) else { return false };
            points(lattice, arg).iter().any(|(beside, e)| {
                let mut known = BTreeSet::new();
                let keys = rels.get(rel).cols.iter().zip(&clause.args);
                let keys = keys.filter(|(of, _)| of.role == Role::Key).map(|(_, arg)| arg);
                for e in keys.chain(beside.iter().copied()) {
                    let mut vars = Vec::new();
                    told(e, &mut vars);
                    known.extend(vars.iter().map(|v| v.index()));
                }
                follow(rels, rules, clause, &mut known, STEPS_MAX);
                !vars_of(e).iter().all(|v| known.contains(v))
            })
        };
        let all: BTreeSet<usize> = rules.makers(rel).iter().filter(clashes).copied().collect();
        (!all.is_empty()).then_some((col, all))
    });
    found.collect::<Vec<_>>().into_iter()
}

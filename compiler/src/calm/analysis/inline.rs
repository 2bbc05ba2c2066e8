//! Negations of a view that asks again for what the rule asks for itself: the
//! view is written out, and what is asked twice is left out inside. Without that
//! a row would seem to be denied by the very fact that it rests on.

use std::collections::BTreeMap;

use crate::ids::VarId;
use crate::types::parts::parts_mut;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;

/// Writes such negations out.
pub(crate) fn inline(rels: &Rels<'_>, clauses: &mut [Clause]) {
    let mut only: BTreeMap<Rel, Option<usize>> = BTreeMap::new();
    for (at, clause) in clauses.iter().enumerate() {
        let single = only.entry(clause.head).or_insert(Some(at));
        if *single != Some(at) {
            *single = None;
        }
    }
    for at in 0..clauses.len() {
        for lit in 0..clauses[at].lits.len() {
            let LitKind::Not(inner) = &clauses[at].lits[lit].kind else { continue };
            let [Lit { kind: LitKind::Atom(atom), .. }] = inner.as_slice() else { continue };
            let rel = rels.number(clauses[at].role, atom.rel);
            let Some(view) = only.get(&rel).copied().flatten() else { continue };
            if view == at || rels.remembers(rel) || !clauses[view].aggs.is_empty() {
                continue;
            }
            if let Some((lits, vars)) = written_out(rels, &clauses[at], atom, &clauses[view]) {
                clauses[at].lits[lit].kind = LitKind::Not(lits);
                clauses[at].vars = vars;
            }
        }
    }
}

/// The body of a view for one of its rows, without what the rule asks for itself;
/// `None` where it asks for nothing of the kind.
fn written_out(
    rels: &Rels<'_>,
    rule: &Clause,
    atom: &Atom,
    view: &Clause,
) -> Option<(Vec<Lit>, usize)> {
    let mut map: Vec<VarId> = (0..view.vars).map(|v| VarId((rule.vars + v) as u32)).collect();
    for (arg, pat) in view.args.iter().zip(&atom.args) {
        match (&arg.kind, &pat.kind) {
            (ExprKind::Var(v), PatKind::Var(outer)) => map[v.index()] = *outer,
            (_, PatKind::Wild) => {}
            _ => return None,
        }
    }
    let mut lits = view.lits.clone();
    if !lits.iter().all(|lit| !matches!(lit.kind, LitKind::Or(_) | LitKind::Else { .. })) {
        return None;
    }
    lits.iter_mut().for_each(|lit| rename(lit, &map));
    one_row(rels, rule, view.vars, &mut lits);
    let before = lits.len();
    lits.retain(|lit| match &lit.kind {
        LitKind::Atom(inner) => !rule.lits.iter().any(|outer| match &outer.kind {
            LitKind::Atom(outer) => covers(outer, inner),
            _ => false,
        }),
        _ => true,
    });
    (lits.len() < before && !lits.is_empty()).then_some((lits, rule.vars + view.vars))
}

/// A row of the same key is the same row: what the view calls its values is what
/// the rule calls them.
fn one_row(rels: &Rels<'_>, rule: &Clause, vars: usize, lits: &mut [Lit]) {
    let mut map: Vec<VarId> = (0..rule.vars + vars).map(|v| VarId(v as u32)).collect();
    for lit in lits.iter() {
        let LitKind::Atom(inner) = &lit.kind else { continue };
        for outer in &rule.lits {
            let LitKind::Atom(outer) = &outer.kind else { continue };
            let cols = &rels.get(rels.number(rule.role, inner.rel)).cols;
            let pairs = || cols.iter().zip(outer.args.iter().zip(&inner.args));
            let same = |(a, b): (&Pat, &Pat)| match (&a.kind, &b.kind) {
                (PatKind::Var(a), PatKind::Var(b)) => a == b,
                _ => false,
            };
            let keyed = outer.rel == inner.rel
                && pairs().all(|(col, pair)| col.role != Role::Key || same(pair));
            if !keyed {
                continue;
            }
            for (col, (a, b)) in pairs() {
                if let (Role::Value, PatKind::Var(a), PatKind::Var(b)) =
                    (&col.role, &a.kind, &b.kind)
                    && b.index() >= rule.vars
                {
                    map[b.index()] = *a;
                }
            }
        }
    }
    lits.iter_mut().for_each(|lit| rename(lit, &map));
}

/// Whether a row that is there is one that is asked for: equal variables, or
/// places that may hold anything. A variable of the view's own may stand for one
/// of them only where the row has nothing else to choose.
fn covers(outer: &Atom, inner: &Atom) -> bool {
    outer.rel == inner.rel
        && outer.args.iter().zip(&inner.args).all(|(a, b)| match (&a.kind, &b.kind) {
            (_, PatKind::Wild) => true,
            (PatKind::Var(a), PatKind::Var(b)) => a == b,
            _ => false,
        })
}

fn rename(lit: &mut Lit, map: &[VarId]) {
    match &mut lit.kind {
        LitKind::Atom(atom) => atom.args.iter_mut().for_each(|p| rename_pat(p, map)),
        LitKind::Not(lits) => lits.iter_mut().for_each(|lit| rename(lit, map)),
        LitKind::Cond(e) => rename_expr(e, map),
        LitKind::Bind(p, e) | LitKind::In(p, e) => {
            rename_pat(p, map);
            rename_expr(e, map);
        }
        LitKind::Or(branches) => {
            branches.iter_mut().flatten().for_each(|lit| rename(lit, map));
        }
        LitKind::Else { atom, otherwise, outputs } => {
            atom.args.iter_mut().for_each(|p| rename_pat(p, map));
            otherwise.iter_mut().for_each(|lit| rename(lit, map));
            outputs.iter_mut().for_each(|v| *v = map[v.index()]);
        }
        LitKind::All { var, range, lits } => {
            *var = map[var.index()];
            rename_expr(range, map);
            lits.iter_mut().for_each(|lit| rename(lit, map));
        }
    }
}

fn rename_pat(pat: &mut Pat, map: &[VarId]) {
    match &mut pat.kind {
        PatKind::Var(v) => *v = map[v.index()],
        PatKind::Expr(e) => rename_expr(e, map),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            ps.iter_mut().for_each(|p| rename_pat(p, map));
        }
        PatKind::Some(p) => rename_pat(p, map),
        PatKind::Wild | PatKind::None => {}
    }
}

fn rename_expr(e: &mut Expr, map: &[VarId]) {
    if let ExprKind::Var(v) = &mut e.kind
        && let Some(to) = map.get(v.index())
    {
        *v = *to;
    }
    if let ExprKind::Match(_, arms) = &mut e.kind {
        for (pat, _) in arms {
            rename_pat(pat, map);
        }
    }
    parts_mut(e, &mut |part| rename_expr(part, map));
}

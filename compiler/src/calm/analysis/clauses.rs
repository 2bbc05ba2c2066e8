//! Rules as the analysis wants them: alternatives written out as rules of their
//! own, and rules that fire for what is new of the state put together again.
//! What they do to what they read is not known here.

use std::collections::BTreeMap;

use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::types::typed::Agg;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Rule;

use super::system::Rel;
use super::system::Rels;
use super::system::System;

/// Alternatives of one rule that are written out; a rule with more is judged
/// as it stands.
const ALTERNATIVES_MAX: usize = 32;

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Clause {
    pub(crate) role: usize,
    /// Its number in the role's program.
    pub(crate) rule: usize,
    pub(crate) head: Rel,
    pub(crate) args: Vec<Expr>,
    pub(crate) aggs: Vec<Agg>,
    pub(crate) group: Vec<VarId>,
    pub(crate) lits: Vec<Lit>,
    pub(crate) vars: usize,
    /// It fires when its body begins to hold.
    pub(crate) fires: bool,
    pub(crate) span: Span,
    pub(crate) head_span: Span,
}

/// All rules of a system, facts aside; in source order, role by role.
pub(crate) fn clauses(system: &System<'_>, rels: &Rels<'_>) -> Vec<Clause> {
    let mut out = Vec::new();
    for (role, part) in system.parts.iter().enumerate() {
        let mut holds: BTreeMap<usize, (usize, &Rule)> = BTreeMap::new();
        for (at, rule) in part.typed.rules.iter().enumerate() {
            if part.typed.rels[rule.head.index()].kind == RelKind::Firing {
                holds.insert(rule.head.index(), (at, rule));
            }
        }
        for (at, rule) in part.typed.rules.iter().enumerate() {
            let kind = part.typed.rels[rule.head.index()].kind;
            if rule.is_fact || matches!(kind, RelKind::Firing | RelKind::Expected) {
                continue;
            }
            let clause = Clause {
                role,
                rule: at,
                head: rels.number(role, rule.head),
                args: rule.args.clone(),
                aggs: rule.aggs.clone(),
                group: rule.group.clone(),
                lits: rule.body.lits.clone(),
                vars: rule.vars.len(),
                fires: false,
                span: rule.span,
                head_span: rule.head_span,
            };
            let clause = whole(clause, &holds);
            spread(clause, &mut out);
        }
    }
    // A rule over state that fires stands behind all others; it is told where it stands.
    out.sort_by_key(|clause| (clause.role, clause.span, clause.rule));
    out
}

/// A rule that fires, with what it fires for in place of the collection of it.
fn whole(mut clause: Clause, holds: &BTreeMap<usize, (usize, &Rule)>) -> Clause {
    let place = clause.lits.iter().position(|lit| match &lit.kind {
        LitKind::Atom(atom) => atom.news,
        _ => false,
    });
    let Some(place) = place else { return clause };
    let LitKind::Atom(atom) = clause.lits[place].kind.clone() else { return clause };
    let Some((at, held)) = holds.get(&atom.rel.index()) else { return clause };
    clause.lits.remove(place);
    let mut lits = held.body.lits.clone();
    for (pat, value) in atom.args.iter().zip(&held.args) {
        let PatKind::Var(var) = pat.kind else { continue };
        for arg in &mut clause.args {
            if matches!(arg.kind, ExprKind::Var(v) if v == var) {
                arg.clone_from(value);
            }
        }
    }
    lits.append(&mut clause.lits);
    clause.vars = clause.vars.max(held.vars.len());
    clause.aggs.clone_from(&held.aggs);
    clause.group.clone_from(&held.group);
    clause.rule = *at;
    Clause { lits, fires: true, ..clause }
}

/// The alternatives of a body, each as a rule.
fn spread(clause: Clause, out: &mut Vec<Clause>) {
    let mut bodies: Vec<Vec<Lit>> = vec![Vec::new()];
    for lit in &clause.lits {
        let LitKind::Or(branches) = &lit.kind else {
            bodies.iter_mut().for_each(|body| body.push(lit.clone()));
            continue;
        };
        let nested = branches.iter().flatten().any(|l| matches!(l.kind, LitKind::Or(_)));
        if nested || !clause.aggs.is_empty() || bodies.len() * branches.len() > ALTERNATIVES_MAX {
            out.push(clause);
            return;
        }
        let with = |body: &Vec<Lit>, branch: &Vec<Lit>| {
            body.iter().chain(branch).cloned().collect::<Vec<Lit>>()
        };
        bodies = bodies
            .iter()
            .flat_map(|body| branches.iter().map(|branch| with(body, branch)))
            .collect();
    }
    for mut lits in bodies {
        let never = lits.iter().any(|lit| constant(lit) == Some(false));
        lits.retain(|lit| constant(lit) != Some(true));
        if !never {
            out.push(Clause { lits, ..clause.clone() });
        }
    }
}

/// Whether a condition is the same always, and which.
fn constant(lit: &Lit) -> Option<bool> {
    match &lit.kind {
        LitKind::Cond(e) => truth(e),
        _ => None,
    }
}

fn truth(e: &Expr) -> Option<bool> {
    use crate::types::typed::Literal as L;
    use crate::types::typed::Logic;
    match &e.kind {
        ExprKind::Literal(L::Bool(value)) => Some(*value),
        ExprKind::Not(e) => truth(e).map(|value| !value),
        ExprKind::Logic(Logic::And, a, b) => match (truth(a), truth(b)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), other) | (other, Some(true)) => other,
            _ => None,
        },
        ExprKind::Logic(Logic::Or, a, b) => match (truth(a), truth(b)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), other) | (other, Some(false)) => other,
            _ => None,
        },
        ExprKind::Compare(cmp, a, b) => {
            let (ExprKind::Literal(L::Int(a)), ExprKind::Literal(L::Int(b))) = (&a.kind, &b.kind)
            else {
                return None;
            };
            Some(cmp.holds(a, b))
        }
        _ => None,
    }
}

impl Clause {
    /// Events that every match has.
    pub(crate) fn events(&self, rels: &Rels<'_>) -> Vec<&Atom> {
        let mut out = Vec::new();
        for lit in &self.lits {
            if let LitKind::Atom(atom) = &lit.kind
                && rels.is_event(rels.number(self.role, atom.rel))
            {
                out.push(atom);
            }
        }
        out
    }

    /// Whether an event sets it off.
    pub(crate) fn on_event(&self, rels: &Rels<'_>) -> bool {
        let every = |lits: &Vec<Lit>| {
            lits.iter().any(|lit| match &lit.kind {
                LitKind::Atom(atom) => rels.is_event(rels.number(self.role, atom.rel)),
                _ => false,
            })
        };
        !self.events(rels).is_empty()
            || self.lits.iter().any(|lit| match &lit.kind {
                LitKind::Or(branches) => branches.iter().all(every),
                _ => false,
            })
    }

    /// The variables that are one: `x == y`, `x = y`. For each its first one.
    pub(crate) fn classes(&self) -> Vec<usize> {
        use ExprKind as E;
        let mut class: Vec<usize> = (0..self.vars).collect();
        let mut unite = |a: VarId, b: VarId| {
            let (a, b) = (a.index(), b.index());
            let (Some(&x), Some(&y)) = (class.get(a), class.get(b)) else { return };
            let (to, from) = (x.min(y), x.max(y));
            class.iter_mut().filter(|c| **c == from).for_each(|c| *c = to);
        };
        for lit in &self.lits {
            match &lit.kind {
                LitKind::Cond(e) => {
                    if let E::Compare(Cmp::Eq, a, b) = &e.kind
                        && let (E::Var(a), E::Var(b)) = (&a.kind, &b.kind)
                    {
                        unite(*a, *b);
                    }
                }
                LitKind::Bind(Pat { kind: PatKind::Var(a), .. }, e) => {
                    if let E::Var(b) = &e.kind {
                        unite(*a, *b);
                    }
                }
                _ => {}
            }
        }
        class
    }
}

/// Calls `f` with every atom of a body, wherever it stands.
pub(crate) fn atoms<'l>(lits: &'l [Lit], f: &mut dyn FnMut(&'l Atom)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => f(atom),
            LitKind::Not(lits) | LitKind::All { lits, .. } => atoms(lits, f),
            LitKind::Or(branches) => branches.iter().for_each(|lits| atoms(lits, f)),
            LitKind::Else { atom, otherwise, .. } => {
                f(atom);
                atoms(otherwise, f);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

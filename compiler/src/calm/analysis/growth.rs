//! Which collections may still gain facts. What comes from outside grows, and
//! everything that follows from it; a table that nobody writes does not, nor do
//! the members of a cluster that is fixed. How things follow is not known here.

use crate::calm::model::Assumption;
use crate::calm::model::AssumptionKind;
use crate::names::hir::Closing;
use crate::names::hir::Given;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;

use super::clauses;
use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;
use super::system::System;

/// What grows.
pub(crate) struct Growth {
    /// By collection: facts come from outside, in any order.
    pub(crate) source: Vec<bool>,
    /// By collection: it may still change.
    pub(crate) grows: Vec<bool>,
    pub(crate) assumptions: Vec<Assumption>,
}

/// How a source ends, as far as it is said.
pub(crate) fn closing<'r>(rels: &'r Rels<'_>, rel: Rel) -> Option<&'r Closing> {
    rels.declared(rel)?.closing.as_ref()
}

/// Reads the system.
pub(crate) fn growth(system: &System<'_>, rels: &Rels<'_>, clauses: &[Clause]) -> Growth {
    let mut source = vec![false; rels.len()];
    let mut assumptions = Vec::new();
    let batch = system.assume.batch;
    let asked = |rel: Rel| {
        let name = rels.name(rel);
        system.assume.statics.iter().any(|n| *n == name.name || *n == name.text())
    };
    for (rel, is_source) in source.iter_mut().enumerate() {
        let of = rels.get(rel);
        let outside = match of.kind {
            RelKind::Channel | RelKind::Timer => true,
            RelKind::Input | RelKind::InputTable | RelKind::InputView => of.given.is_none(),
            _ => false,
        } || of.given == Some(Given::Stdin);
        let open = matches!(of.reach, Reach::Program) || of.kind == RelKind::Channel;
        *is_source = outside && open && !asked(rel);
        if *is_source && batch && of.kind != RelKind::Channel && of.kind != RelKind::Timer {
            *is_source = false;
            let what = "has come whole before the start, as asked";
            assumptions.push(assumption(rels, rel, AssumptionKind::Asked, what));
        }
        if outside && asked(rel) {
            assumptions.push(assumption(
                rels,
                rel,
                AssumptionKind::Asked,
                "does not change, as asked",
            ));
        }
    }
    let grows = spread(rels, clauses, &source);
    assume(rels, clauses, &grows, &mut assumptions);
    assumptions.sort();
    assumptions.dedup();
    Growth { source, grows, assumptions }
}

fn assumption(rels: &Rels<'_>, rel: Rel, kind: AssumptionKind, what: &str) -> Assumption {
    let relation = rels.name(rel);
    let text = format!("`{}` {what}", relation.name);
    Assumption { relation, text, kind }
}

/// Everything that follows from what grows.
fn spread(rels: &Rels<'_>, clauses: &[Clause], source: &[bool]) -> Vec<bool> {
    let mut grows = source.to_vec();
    let clock = |rel: Rel| matches!(rels.get(rel).kind, RelKind::Periodic);
    loop {
        let mut news = false;
        for clause in clauses {
            let mut any = false;
            clauses::atoms(&clause.lits, &mut |atom| {
                let rel = rels.number(clause.role, atom.rel);
                any |= grows[rel] || clock(rel) && rels.get(clause.head).event;
            });
            if !any {
                continue;
            }
            for target in std::iter::once(clause.head).chain(rels.targets(clause.head)) {
                news |= !std::mem::replace(&mut grows[target], true);
            }
        }
        if !news {
            return grows;
        }
    }
}

/// What is closed only because nobody says otherwise.
fn assume(rels: &Rels<'_>, clauses: &[Clause], grows: &[bool], out: &mut Vec<Assumption>) {
    let mut read = vec![false; rels.len()];
    for clause in clauses {
        clauses::atoms(&clause.lits, &mut |atom| {
            read[rels.number(clause.role, atom.rel)] = true;
        });
    }
    for rel in (0..rels.len()).filter(|&rel| read[rel]) {
        let of = rels.get(rel);
        let written = clauses.iter().any(|c| c.head == rel) || !rels.stages(rel).is_empty();
        if of.kind == RelKind::Table && of.reach == Reach::Program && !written && !grows[rel] {
            let what = "is loaded before the start and never changes: no rule writes it";
            out.push(assumption(rels, rel, AssumptionKind::Closed, what));
        }
        if of.given == Some(Given::Members) {
            let what = "are known from the start and stay the same";
            let mut told = assumption(rels, rel, AssumptionKind::Members, what);
            told.text = format!("the nodes of the cluster {what}");
            out.push(told);
        }
    }
}

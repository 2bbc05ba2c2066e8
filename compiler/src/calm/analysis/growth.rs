//! Which collections may still gain facts. What comes from outside grows, and
//! everything that follows from it; a table that nobody writes does not, nor do
//! the members of a cluster that is fixed. How things follow is not known here.

use crate::calm::model::Assumption;
use crate::calm::model::AssumptionKind;
use crate::names::hir::Closing;
use crate::names::hir::Given;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;

use super::rules::Rules;
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
pub(crate) fn growth(system: &System<'_>, rels: &Rels<'_>, rules: &Rules) -> Growth {
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
        // What nodes say to each other comes while they run, whatever was loaded.
        let comes = of.kind == RelKind::Timer || !rules.makers(rel).is_empty();
        if *is_source && batch && !comes {
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
    let grows = spread(rels, rules, &source);
    assume(rels, rules, &grows, &mut assumptions);
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
fn spread(rels: &Rels<'_>, rules: &Rules, source: &[bool]) -> Vec<bool> {
    let mut grows = vec![false; rels.len()];
    let mut work: Vec<Rel> = (0..rels.len()).filter(|rel| source[*rel]).collect();
    for rel in (0..rels.len()).filter(|rel| rels.get(*rel).kind == RelKind::Periodic) {
        // A clock makes events, and gives state nothing new to read.
        let made = rules.readers(rel).iter().map(|at| rules[*at].head);
        for head in made.filter(|head| rels.get(*head).event) {
            work.push(head);
            work.extend(rels.targets(head));
        }
    }
    while let Some(rel) = work.pop() {
        if std::mem::replace(&mut grows[rel], true) {
            continue;
        }
        for at in rules.readers(rel) {
            let head = rules[*at].head;
            work.push(head);
            work.extend(rels.targets(head));
        }
    }
    grows
}

/// What is closed only because nobody says otherwise.
fn assume(rels: &Rels<'_>, rules: &Rules, grows: &[bool], out: &mut Vec<Assumption>) {
    for rel in (0..rels.len()).filter(|&rel| !rules.readers(rel).is_empty()) {
        let of = rels.get(rel);
        let written = !rules.heads(rel).is_empty() || !rels.stages(rel).is_empty();
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

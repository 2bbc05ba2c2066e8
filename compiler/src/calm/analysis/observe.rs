//! What can be observed: outputs, messages that no role reads, invariants; and
//! what each of them promises. What they hang on is not known here.

use crate::calm::model::Goal;
use crate::calm::model::What;
use crate::names::hir::PromiseKind;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;

use super::clauses;
use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;

/// Something that can be observed.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    pub(crate) rel: Rel,
    pub(crate) what: What,
    pub(crate) goal: Goal,
    /// The program asks not to look behind it.
    pub(crate) trusted: bool,
}

/// All of it, in the order of the text.
pub(crate) fn observed(rels: &Rels<'_>, clauses: &[Clause]) -> Vec<Observed> {
    let mut read = vec![false; rels.len()];
    for clause in clauses {
        clauses::atoms(&clause.lits, &mut |atom| {
            read[rels.number(clause.role, atom.rel)] = true;
        });
    }
    let mut out: Vec<Observed> = Vec::new();
    for rel in 0..rels.len() {
        let of = rels.get(rel);
        let what = match of.kind {
            RelKind::Output | RelKind::OutputTable | RelKind::OutputView
                if of.reach == Reach::Program =>
            {
                What::Output
            }
            RelKind::Violation => What::Invariant,
            RelKind::Channel if !heard(rels, &read, rel) => What::Channel,
            _ => continue,
        };
        let goal = goal(rels, rel, what);
        let trusted = rels
            .declared(rel)
            .and_then(|rel| rel.promise.as_ref())
            .is_some_and(|promise| promise.kind == PromiseKind::Assumed);
        let written = rels.written(of.name_span);
        let twin = |o: &Observed| {
            rels.get(o.rel).name == of.name && rels.written(rels.get(o.rel).name_span) == written
        };
        // A channel, and what stands outside of roles, is there once in each role.
        let writes = |c: &Clause| match rels.get(c.head).kind {
            RelKind::Stage(_, target) => rels.number(rels.role(c.head), target) == rel,
            _ => c.head == rel,
        };
        let nothing = what == What::Output && !clauses.iter().any(writes);
        let again = out.iter().any(twin);
        if again && (what == What::Channel || nothing) {
            continue;
        }
        if nothing && rels.part(rel).name.is_some() {
            continue;
        }
        out.push(Observed { rel, what, goal, trusted });
    }
    out.sort_by_key(|o| (rels.written(rels.get(o.rel).name_span), o.rel));
    out
}

/// Whether some role reads the messages.
fn heard(rels: &Rels<'_>, read: &[bool], channel: Rel) -> bool {
    let of = rels.get(channel);
    let place = rels.written(of.name_span);
    (0..rels.len()).any(|rel| {
        let other = rels.get(rel);
        read[rel]
            && other.kind == RelKind::Channel
            && other.name == of.name
            && rels.written(other.name_span) == place
    })
}

fn goal(rels: &Rels<'_>, rel: Rel, what: What) -> Goal {
    if what == What::Invariant {
        return Goal::Invariant;
    }
    match rels.declared(rel).and_then(|rel| rel.promise.as_ref()).map(|promise| promise.kind) {
        Some(PromiseKind::Eventually) => Goal::Eventually,
        Some(PromiseKind::Snapshot) => Goal::Snapshot,
        Some(PromiseKind::Assumed) | None => Goal::Final,
    }
}

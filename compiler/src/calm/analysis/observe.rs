//! What can be observed: outputs, messages that no role reads, invariants; and
//! what each of them promises. What they hang on is not known here.

use crate::calm::model::Goal;
use crate::calm::model::What;
use crate::names::hir::PromiseKind;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;

use super::rules::Rules;
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
pub(crate) fn observed(rels: &Rels<'_>, rules: &Rules) -> Vec<Observed> {
    let mut out: Vec<Observed> = Vec::new();
    let mut told = vec![false; rels.len()];
    for rel in 0..rels.len() {
        let of = rels.get(rel);
        let what = match of.kind {
            RelKind::Output | RelKind::OutputTable | RelKind::OutputView
                if of.reach == Reach::Program =>
            {
                What::Output
            }
            RelKind::Violation => What::Invariant,
            RelKind::Channel if !heard(rels, rules, rel) => What::Channel,
            _ => continue,
        };
        let goal = goal(rels, rel, what);
        let trusted = rels
            .declared(rel)
            .and_then(|rel| rel.promise.as_ref())
            .is_some_and(|promise| promise.kind == PromiseKind::Assumed);
        // A channel, and what stands outside of roles, is there once in each role.
        let nothing = what == What::Output && rules.makers(rel).is_empty();
        let again = rels.copies(rel).iter().any(|rel| told[*rel]);
        if again && (what == What::Channel || nothing) {
            continue;
        }
        if nothing && rels.part(rel).name.is_some() {
            continue;
        }
        told[rel] = true;
        out.push(Observed { rel, what, goal, trusted });
    }
    out.sort_by_key(|o| (rels.written(rels.get(o.rel).name_span), o.rel));
    out
}

/// Whether some role reads the messages.
fn heard(rels: &Rels<'_>, rules: &Rules, channel: Rel) -> bool {
    rels.copies(channel).iter().any(|rel| !rules.readers(*rel).is_empty())
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

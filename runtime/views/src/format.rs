//! Which registers a step hands to the next one, and which of them it is looked
//! up by: no more than what is read later. Operators are not known here.

use std::collections::BTreeSet;

use crate::spec::Reg;
use crate::spec::Step;

/// What a pair of words holds: the key's registers, and the others.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Format {
    /// What is looked up by.
    pub key: Vec<Reg>,
    /// What else is needed later.
    pub val: Vec<Reg>,
}

/// Registers that steps read before they write them.
pub fn reads(steps: &[Step], last: &[Reg]) -> BTreeSet<Reg> {
    let mut live: BTreeSet<Reg> = last.iter().copied().collect();
    for step in steps.iter().rev() {
        match step {
            Step::Rows { key, binds, .. } => {
                live.retain(|reg| binds.iter().all(|(_, bound)| bound != reg));
                live.extend(key.iter().map(|(_, reg)| *reg));
            }
            Step::Absent(inner) => live.extend(reads(inner, &[])),
            Step::Run { reads, writes, .. } => {
                live.retain(|reg| !writes.contains(reg));
                live.extend(reads.iter().copied());
            }
        }
    }
    live
}

/// Registers that steps write.
pub fn writes(steps: &[Step]) -> BTreeSet<Reg> {
    let mut out = BTreeSet::new();
    for step in steps {
        match step {
            Step::Rows { binds, .. } => out.extend(binds.iter().map(|(_, reg)| *reg)),
            Step::Absent(_) => {}
            Step::Run { writes, .. } => out.extend(writes.iter().copied()),
        }
    }
    out
}

/// What the step `at` is handed, when these registers are written before it and
/// `last` is needed in the end.
pub fn wanted(steps: &[Step], at: usize, bound: &BTreeSet<Reg>, last: &Format) -> Format {
    let Some(step) = steps.get(at) else { return last.clone() };
    let end: Vec<Reg> = last.key.iter().chain(&last.val).copied().collect();
    let key: Vec<Reg> = match step {
        Step::Rows { key, .. } => key.iter().map(|(_, reg)| *reg).collect(),
        Step::Absent(inner) => reads(inner, &[]).intersection(bound).copied().collect(),
        Step::Run { .. } => Vec::new(),
    };
    // What the step itself reads is handed over too.
    let live = reads(&steps[at..], &end);
    let val = live.intersection(bound).filter(|reg| !key.contains(reg));
    Format { val: val.copied().collect(), key }
}

//! How a view is kept up with what it reads: plain data, part of the plan.
//!
//! A view that neither merges nor recurs is the set of rows for which its rules
//! have a match. What a tick changes in the matches follows from what it
//! changed in the rows that they are made of. A [`Delta`] finds these matches,
//! each with a sign: it begins with changed rows of one atom and reads what
//! stands before that atom in the rule as it is now, and what stands behind it
//! as it was when the tick began. So over all deltas of a rule each match is
//! gained or lost once, also where several of its rows changed.
//!
//! # Invariants
//!
//! 1. Every combination of rows that satisfies a body is one match: no step
//!    only asks whether there is a row, but inside an absence.
//! 2. The first step of a delta that goes through rows scans changed rows of
//!    `of`. A gained row has the sign +, a lost one −. Where `flips` is set,
//!    each combination of what the scan binds is taken once, with the sign +.
//! 3. Where `flips` is set, one more step has the time [`Time::Changed`]: an
//!    absence. It cuts unless what it looks for was there when the tick began
//!    and is not now, or the other way round; the second turns the sign.
//! 4. No relation that is read or written has cells, or rows that others own.
//! 5. When something fails on the way, nothing is known: the stratum has to be
//!    computed anew.

use crate::ids::RelId;
use crate::plan::ir::Step;
use crate::plan::ir::TypeId;
use crate::plan::views::Unfit;
use crate::plan::views::Way;

/// As of when a step reads rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Time {
    /// As they were when the tick began.
    Old,
    /// As they are.
    Now,
    /// What differs between the two.
    Changed,
}

/// A step, and as of when it reads.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Timed {
    pub time: Time,
    pub step: Step,
}

/// Matches that changed rows of one atom make and unmake.
#[derive(Clone, Debug)]
pub struct Delta {
    /// Whose rows changed.
    pub of: RelId,
    /// The atom stands in an absence.
    pub flips: bool,
    /// Ends like the variants of the rule.
    pub steps: Vec<Timed>,
}

/// Everything that is needed to keep a rule's matches counted.
#[derive(Clone, Debug, Default)]
pub struct Upkeep {
    /// All matches as of now, one list of steps for each way to match.
    pub full: Vec<Vec<Timed>>,
    /// What changes them.
    pub deltas: Vec<Delta>,
    /// With aggregates: types of the group's variables.
    pub group: Vec<TypeId>,
}

/// Why a rule cannot be kept up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Its head takes part in what it reads.
    Recursive,
    /// A relation that it reads or writes has columns that merge.
    Merges(RelId),
    /// What must be absent is more than one atom.
    Absence,
}

/// How the rows of a rule over state follow what it reads.
#[derive(Clone, Debug)]
pub enum Kept {
    /// By counting matches, or by accumulators of what they add.
    Up(Upkeep),
    /// Not: they are computed anew when something changed; or, where there are
    /// such, followed by all matches, one entry for each way to match.
    Anew(Why, Result<Vec<Way>, Unfit>),
}

/// Whether a step reads rows.
pub fn reads(step: &Step) -> bool {
    match step {
        Step::Scan { .. }
        | Step::Probe { .. }
        | Step::Intersect { .. }
        | Step::Find { .. }
        | Step::Fetch { .. }
        | Step::AntiFind { .. }
        | Step::AntiProbe { .. }
        | Step::AntiAny { .. }
        | Step::Any { .. }
        | Step::Semi { .. }
        | Step::Absent { .. }
        | Step::Collect { .. } => true,
        Step::Equal { .. }
        | Step::Eval(_)
        | Step::Test(..)
        | Step::Each { .. }
        | Step::EachEntry { .. }
        | Step::EachInt { .. }
        | Step::Emit(_)
        | Step::Accumulate => false,
    }
}

/// The first promise that is not kept, for steps whose registers are fine.
pub fn validate(upkeep: &Upkeep) -> Result<(), String> {
    let counts = |steps: &[Timed]| {
        steps.iter().all(|timed| {
            let step = &timed.step;
            let asks = matches!(step, Step::Any { .. } | Step::Semi { .. });
            let owned = matches!(step, Step::Fetch { .. } | Step::Collect { .. });
            !asks && !owned && !matches!(step, Step::Intersect { .. })
        })
    };
    for steps in &upkeep.full {
        if !counts(steps) || steps.iter().any(|timed| timed.time != Time::Now) {
            return Err("all matches are not those of now".into());
        }
    }
    for delta in &upkeep.deltas {
        if !counts(&delta.steps) {
            return Err("a delta does not meet every match".into());
        }
        let steps = delta.steps.iter().filter(|timed| reads(&timed.step));
        let rows: Vec<&Timed> = steps.clone().filter(|timed| !is_absence(&timed.step)).collect();
        let scans = |timed: &Timed| {
            let of = matches!(timed.step, Step::Scan { rel, .. } if rel == delta.of);
            of && timed.time == Time::Changed
        };
        let changed = |timed: &&Timed| timed.time == Time::Changed;
        let flips = steps.filter(|timed| is_absence(&timed.step)).filter(changed).count();
        let fine = rows.first().is_some_and(|first| scans(first))
            && rows.into_iter().filter(changed).count() == 1
            && flips == usize::from(delta.flips);
        if !fine {
            return Err("a delta reads other changes than its own".into());
        }
    }
    Ok(())
}

/// Whether a step only goes on where something is absent.
pub fn is_absence(step: &Step) -> bool {
    matches!(
        step,
        Step::AntiFind { .. } | Step::AntiProbe { .. } | Step::AntiAny { .. } | Step::Absent { .. }
    )
}

//! What fails at a worker, and how far the others go on after it: the failure
//! that is told is the one that a worker alone would have met first. How
//! failures travel is not known here.

use bloom_compiler::plan::ir;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::failed::Failed;
use crate::dataflow::job::Broken;
use crate::kernel::Failure;

/// By stratum of a plan, the first stratum of the language that a rule of it
/// belongs to, from 1.
pub(super) fn levels(plan: &ir::Program, spread: &Spread) -> Vec<u32> {
    let level = |rule: &ir::Rule| {
        let level = spread.levels.1.get(rule.source as usize);
        level.map_or(u32::MAX, |level| level.saturating_add(1))
    };
    let least = |stratum: &ir::Stratum| stratum.rules.iter().map(level).min();
    plan.strata.iter().map(|stratum| least(stratum).unwrap_or(u32::MAX)).collect()
}

impl Evaluation {
    /// Notes what failed here.
    pub(super) fn fail(&mut self, failure: Failure) -> Result<(), Broken> {
        let setup = self.setup.clone();
        let failed = Failed::of(failure, self.engine()?, setup.spread(), &setup.strata);
        self.untold.push(failed);
        Ok(())
    }

    /// Notes what is wrong with rows that were read.
    pub(super) fn refuse(&mut self, failure: Failure) -> Result<(), Broken> {
        self.fail(failure)?;
        let last = self.untold.pop().map(Failed::at_once);
        self.untold.extend(last);
        Ok(())
    }

    /// Whether strata from one on are still to be run. What failed ends the work,
    /// but for what one worker would have met before it: that is told instead.
    pub(super) fn is_wanted(&self, from: usize) -> bool {
        let known = self.failed.iter().chain(&self.untold).map(Failed::level);
        let Some(least) = known.min() else { return true };
        let levels = self.setup.planned.get().map_or(&[][..], |planned| &planned.levels);
        levels.iter().skip(from).any(|level| *level <= least)
    }
}

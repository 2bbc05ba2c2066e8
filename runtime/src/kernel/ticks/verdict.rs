//! What is wrong with what strata came to: what failed on the way is looked at
//! once more when all of it can be said, and the least failure is told. What
//! ran, and why, is not known here.

use crate::kernel::failure::Failure;
use crate::kernel::failure::Least;
use crate::kernel::fixpoint::audit;
use crate::kernel::ticks::drive::Drive;

impl Drive<'_> {
    /// What is wrong with what these strata came to.
    pub(super) fn judge(&mut self, strata: std::ops::Range<usize>) -> Result<(), Failure> {
        let linked = self.linked;
        let mut rels: Vec<usize> = Vec::new();
        let all = strata.clone().flat_map(|number| linked.strata[number].rels.iter().copied());
        for rel in all {
            let has_points = !self.engine.plan.rels[rel].points.is_empty();
            if self.engine.rels[rel].has_conflict() || has_points && self.status(rel).any() {
                rels.push(rel);
            }
        }
        rels.sort_unstable();
        self.engine.judge_points(&rels)?;
        if !self.spare.suspects.is_empty() {
            let mut suspects = std::mem::take(&mut self.spare.suspects);
            suspects.sort_unstable();
            suspects.dedup();
            for number in strata {
                self.extend(number, false);
                self.extend_own(number);
            }
            let mut least = Least::default();
            for &suspect in &suspects {
                audit(self.engine, linked, self.budget, suspect, &mut least);
            }
            if let Some(failure) = least.take(&self.engine.plan.types, &self.engine.interner) {
                return Err(failure);
            }
        }
        rels.into_iter().try_for_each(|rel| self.engine.judge_keys(rel))
    }

    /// The limit that was met.
    pub(super) fn spent(&self, number: usize) -> Failure {
        let (which, limit) = self.budget.met().unwrap_or(("--max-seconds", String::new()));
        let first = self.schedule.strata[number].first;
        let rules = first..first + self.linked.strata[number].rules.len();
        let rule = rules.map(|at| &self.engine.rules[at]).max_by_key(|rule| rule.new_rows);
        Failure::Limit {
            which,
            limit,
            rule: rule.map(|rule| rule.name.clone()),
            span: rule.map(|rule| rule.span),
            detail: rule.map_or(String::new(), |rule| {
                format!("it has derived {} rows in {} runs so far", rule.new_rows, rule.runs)
            }),
        }
    }
}

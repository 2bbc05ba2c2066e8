//! Views that follow what changed: told what changed in what they read. How they
//! follow is not known here.

use crate::kernel::failure::Failure;
use crate::kernel::maintain::Outcome;
use crate::kernel::relation::Relation;
use crate::kernel::ticks::drive::Drive;

impl Drive<'_> {
    /// Brings a stratum up to what it reads. False: it is not kept up, or cannot
    /// be this time, and has to be run.
    pub(super) fn keep_up(&mut self, number: usize) -> Result<bool, Failure> {
        if !self.keeper.keeps(number) {
            return Ok(false);
        }
        let mut all = self.is_first;
        for rel in self.keeper.unseen(number) {
            if self.exchanged[rel] {
                // Nobody knows which of its rows were there.
                all = true;
                continue;
            }
            let (relation, mark) = (&self.engine.rels[rel], self.marks[rel]);
            let removed = relation.removed_since(mark);
            self.keeper.see(rel, relation, Relation::rows_at(mark), &removed);
        }
        let schedule = self.schedule;
        let outcome = self.keeper.run(
            number,
            all,
            self.engine,
            self.linked,
            self.budget,
            &mut |e, rel, row| {
                e.take_row(schedule, rel, row);
            },
        );
        match outcome {
            Outcome::Done { matches, new } => {
                let stats = &mut self.engine.rules[schedule.strata[number].first];
                stats.matches += matches;
                stats.new_rows += new;
                stats.runs += 1;
                Ok(true)
            }
            Outcome::Unknown => Ok(false),
            Outcome::Spent => Err(self.spent(number)),
        }
    }
}

//! Rounds that see nothing of themselves, for runs that keep ranks: what a
//! round derives waits until it is over. So the number of a round is the height
//! of a derivation, which it is not where windows are promoted one by one.

use crate::kernel::engine::Engine;
use crate::kernel::fixpoint::Stage;
use crate::kernel::fixpoint::Work;

impl Work<'_, '_> {
    /// Runs a stratum round by round; false: a limit is met.
    pub(super) fn ranked(
        &mut self,
        at: (usize, usize),
        suspects: &mut Vec<(usize, usize)>,
    ) -> bool {
        let linked = self.linked.clone();
        let rels = &linked.strata[at.0].rels;
        for round in 1.. {
            let mut windows = Vec::new();
            // What a row owns comes after it: promoted first, it is whole when
            // the row is seen.
            for &rel in rels.iter().rev() {
                if self.engine.rels[rel].has_news() {
                    let (new, changed) = self.promote(rel, at.0);
                    windows.push((rel, new, changed));
                }
            }
            if round > 1 && windows.is_empty() {
                break;
            }
            self.engine.rounds += 1;
            let engine = &*self.engine;
            let on = self.budget.round(round, || engine.bytes())
                && (round > 1 || self.rules(at, None, suspects))
                && windows.into_iter().all(|window| self.rules(at, Some(window), suspects))
                && self.release();
            if !on {
                return false;
            }
            let Engine { ranks, rels: all, .. } = &mut *self.engine;
            if let Some(ranks) = ranks {
                rels.iter().for_each(|&rel| ranks.end_round(rel, &all[rel]));
            }
        }
        true
    }

    /// Adds what the round derived.
    fn release(&mut self) -> bool {
        let held = self.held.replace(Vec::new()).unwrap_or_default();
        let linked = self.linked.clone();
        let mut on = true;
        for (rule, mut sink) in held {
            let mut stage = Stage::of(self.engine, &linked, self.budget);
            on = on && sink.release(stage.rels, &mut stage.scalars, stage.budget);
            self.engine.rules[rule].new_rows += sink.new as u64;
        }
        on
    }
}

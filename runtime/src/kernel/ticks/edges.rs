//! The two ends of a tick: what it begins with, and what it leaves. What holds
//! in between is not known here.

use std::sync::Arc;

use bloom_compiler::plan::ir::Life;

use crate::kernel::failure::Failure;
use crate::kernel::machine::Machine;
use crate::kernel::machine::TickEnd;
use crate::kernel::machine::TickInput;

impl Machine {
    /// What a tick begins with.
    pub(in crate::kernel) fn take_in(&mut self, input: &TickInput) -> Result<(), Failure> {
        for at in 0..self.schedule.events.len() {
            let rel = self.schedule.events[at];
            self.engine.empty(&self.schedule, rel);
        }
        self.mark();
        for rows in &input.delete {
            if let Some(of) = self.carried.iter().find(|of| of.rel == rows.rel.index()) {
                self.engine.take_out(&self.schedule, of, rows);
            }
        }
        self.taken = std::mem::take(&mut self.left);
        for left in &self.taken {
            // What changes nothing still beats what is taken out from outside.
            let rel = self.carried[left.at].rel;
            if !left.quiet || input.delete.iter().any(|rows| rows.rel.index() == rel) {
                self.engine.take_up(&self.schedule, &self.carried, left);
            }
        }
        for rows in &input.insert {
            match rows.words.is_empty() {
                true if rows.count > 0 => drop(self.engine.load_unit(rows.rel)),
                true => {}
                false => drop(self.engine.load(rows.rel, &rows.words)),
            }
        }
        for &rel in &self.schedule.unwritten {
            if self.engine.rels[rel].has_news() {
                self.engine.rels[rel].settle();
            }
        }
        self.judge_input()
    }

    /// What was put in from outside must not contradict itself, or the tables.
    fn judge_input(&self) -> Result<(), Failure> {
        let rels = 0..self.engine.rels.len();
        let changed = |rel: &usize| {
            let (gained, _, cells) = self.engine.rels[*rel].changed_since(self.marks[*rel]);
            gained || cells
        };
        let points = rels.clone().filter(|rel| !self.engine.plan.rels[*rel].points.is_empty());
        let points: Vec<usize> = points.filter(changed).collect();
        if !points.is_empty() {
            self.engine.judge_points(&points)?;
        }
        rels.filter(|rel| self.engine.rels[*rel].has_conflict())
            .try_for_each(|rel| self.engine.judge_keys(rel))
    }

    /// What the tick leaves to the next one.
    pub(in crate::kernel) fn leave(&mut self) -> Result<TickEnd, Failure> {
        let mut end = TickEnd::default();
        for at in 0..self.carried.len() {
            let is_still = self.is_still(at);
            let of = &mut self.carried[at];
            if of.calm && is_still {
                let taken = self.taken.iter().find(|left| left.at == at);
                self.left.extend(taken.cloned());
                continue;
            }
            of.calm = false;
            let of = &self.carried[at];
            let Some(mut left) = self.engine.left(at, of) else { continue };
            left.quiet =
                of.is_table && !self.engine.try_left(&self.schedule, &self.carried, &left)?;
            self.carried[at].calm = left.quiet;
            end.own |= !left.quiet;
            self.left.push(Arc::new(left));
        }
        Ok(end)
    }

    /// Whether a table, and what was put aside for it, is as it was in the tick
    /// before.
    fn is_still(&self, at: usize) -> bool {
        let stays = |rel: usize| self.schedule.lives[rel] != Life::Tick;
        self.carried[at].rels().all(|rel| stays(rel) && self.is_as_before(rel))
    }

    /// Whether a relation is as it was at the end of the tick before. A mark says
    /// nothing of one that was exchanged for another since.
    pub(super) fn is_as_before(&self, rel: usize) -> bool {
        !self.exchanged[rel] && {
            let (gained, lost, cells) = self.engine.rels[rel].changed_since(self.marks[rel]);
            !gained && !lost && !cells
        }
    }
}

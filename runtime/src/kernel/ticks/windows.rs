//! Indexes and windows of the stratum that runs, and what of its rows is news to
//! rules that fire. Which rules run is not known here.

use bloom_compiler::plan::ir::Life;

use crate::kernel::ticks::drive::Drive;

impl Drive<'_> {
    /// The indexes that a stratum probes know all rows of what others completed,
    /// and of its own relations those that it has seen.
    pub(super) fn extend(&mut self, number: usize, all: bool) {
        let stratum = &self.linked.strata[number];
        for &slot in stratum.slots.iter().chain(&self.linked.owned) {
            let rel = self.linked.slots[slot].rel;
            let is_own = stratum.rels.contains(&rel);
            let relation = &self.engine.rels[rel];
            let index = &mut self.engine.indexes[slot];
            if is_own && all && index.upto() > 0 {
                *index = self.linked.slots[slot].index();
            } else if is_own {
                let (_, cur, _) = relation.window();
                index.extend(relation, cur.max(index.upto()));
            } else {
                index.extend(relation, relation.len());
            }
        }
    }

    /// The same for all rows of its own relations, when it is complete.
    pub(super) fn extend_own(&mut self, number: usize) {
        for &slot in self.linked.strata[number].slots.iter().chain(&self.linked.owned) {
            let relation = &self.engine.rels[self.linked.slots[slot].rel];
            self.engine.indexes[slot].extend(relation, relation.len());
        }
    }

    /// Promotes a window; returns whether it has new rows and changed ones.
    pub(super) fn promote(&mut self, rel: usize, number: usize) -> (bool, bool) {
        self.engine.rels[rel].promote();
        let (old, cur, changed) = self.engine.rels[rel].window();
        let told = (cur > old, !changed.is_empty());
        let owner_slot = self.linked.owner_slots[rel];
        let relation = &self.engine.rels[rel];
        let rows = (old..cur).chain(changed.iter().map(|&row| row as usize));
        let touched: Vec<u32> = match owner_slot {
            Some(_) => rows.map(|row| relation.get(row, 0) as u32).collect(),
            None => Vec::new(),
        };
        for &slot in self.linked.strata[number].slots.iter().chain(&owner_slot) {
            if self.linked.slots[slot].rel == rel {
                self.engine.indexes[slot].extend(&self.engine.rels[rel], cur);
            }
        }
        // Who reads whole collections of the owner sees them changed only now
        // that the index has the new rows.
        if let Some((owner, _)) = self.engine.owners[rel] {
            touched.into_iter().for_each(|row| self.engine.rels[owner].touch(row));
        }
        told
    }

    /// Puts what is new in complete relations into those that hold their news.
    pub(super) fn tell_news(&mut self, stratum: &[usize]) {
        for at in 0..self.engine.plan.news.len() {
            let (of, new) = self.engine.plan.news[at];
            if !stratum.contains(&of.index()) {
                continue;
            }
            if self.schedule.lives[of.index()] == Life::Tick {
                self.engine.fill_news(&[of.index()]);
                continue;
            }
            let changes = self.engine.rels[of.index()].changes(self.marks[of.index()]);
            for change in changes.iter().filter(|change| change.sign > 0) {
                self.engine.rels[new.index()].insert(&change.row);
            }
            self.engine.rels[new.index()].settle();
        }
    }
}

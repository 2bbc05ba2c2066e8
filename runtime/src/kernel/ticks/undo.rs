//! Rows taken out of relations, with what they own and what indexes say of them;
//! and relations brought back to how they were. Why is not known here.

use crate::kernel::engine::Engine;
use crate::kernel::relation::Mark;
use crate::kernel::relation::Relation;
use crate::kernel::ticks::schedule::Schedule;

impl Engine {
    /// Takes a row out.
    pub(in crate::kernel) fn take_row(&mut self, schedule: &Schedule, rel: usize, row: u32) {
        for &hidden in &schedule.owned[rel] {
            for owned in self.owned_rows(hidden, row) {
                self.take_row(schedule, hidden, owned);
            }
        }
        for slot in schedule.slots[rel].clone() {
            self.indexes[slot].remove(&self.rels[rel], row as usize);
        }
        self.rels[rel].remove(row);
    }

    /// The rows of a hidden relation that a row owns.
    fn owned_rows(&mut self, hidden: usize, owner: u32) -> Vec<u32> {
        let Some(slot) = self.linked_owner_slot(hidden) else { return Vec::new() };
        let relation = &self.rels[hidden];
        self.indexes[slot].extend(relation, relation.len());
        let index = &self.indexes[slot];
        let postings = index.get(&[u64::from(owner)]);
        if index.carry().is_empty() {
            return postings.words.to_vec();
        }
        // A posting that carries words has the element, which is the rest of the key.
        let mut rows = Vec::new();
        for element in postings.words.chunks_exact(postings.stride) {
            let mut key = vec![u64::from(owner)];
            key.extend(element.iter().map(|&word| u64::from(word)));
            relation.find(&key, |row| {
                rows.push(row);
                true
            });
        }
        rows
    }

    fn linked_owner_slot(&self, hidden: usize) -> Option<usize> {
        self.linked.owner_slots.get(hidden).copied().flatten()
    }

    /// Brings a relation back to a mark.
    pub(in crate::kernel) fn back_to(&mut self, schedule: &Schedule, rel: usize, mark: Mark) {
        let (gained, lost, cells) = self.rels[rel].changed_since(mark);
        if gained || lost || cells {
            let back = self.rels[rel].removed_since(mark);
            for slot in schedule.slots[rel].clone() {
                self.indexes[slot].truncate(&self.rels[rel], Relation::rows_at(mark));
            }
            self.rels[rel].rollback(mark);
            for slot in schedule.slots[rel].clone() {
                for &row in &back {
                    self.indexes[slot].put_back(&self.rels[rel], row as usize);
                }
            }
        }
        self.rels[rel].settle();
    }

    /// Takes all rows out of a relation.
    pub(in crate::kernel) fn empty(&mut self, schedule: &Schedule, rel: usize) {
        if self.rels[rel].is_empty() {
            return;
        }
        for slot in schedule.slots[rel].clone() {
            self.indexes[slot].empty(&self.rels[rel]);
        }
        self.rels[rel].empty();
    }

    /// Closes the gaps that removed rows left, in relations where they are many.
    pub(in crate::kernel) fn sweep(&mut self, schedule: &Schedule, all: bool) {
        for &rel in &schedule.state {
            let family = &schedule.owned[rel];
            let is_owner = self.plan.rels[rel].owner.is_none();
            let wants = |rel: &usize| {
                let relation = &self.rels[*rel];
                relation.wants_sweep() || all && relation.live() < relation.len()
            };
            if is_owner && (wants(&rel) || family.iter().any(wants)) {
                self.sweep_family(schedule, rel, None);
            }
        }
    }

    fn sweep_family(&mut self, schedule: &Schedule, rel: usize, owner: Option<&[u32]>) {
        let numbers = self.rels[rel].sweep(owner);
        for slot in schedule.slots[rel].clone() {
            self.indexes[slot] = self.linked.slots[slot].index();
        }
        for &hidden in &schedule.owned[rel] {
            self.sweep_family(schedule, hidden, Some(&numbers));
        }
    }
}

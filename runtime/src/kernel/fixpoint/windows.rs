//! Windows of relations: what is promoted, and which indexes know it. This room
//! must not know rules.

use crate::kernel::fixpoint::Work;

impl Work<'_, '_> {
    /// Relations that other strata completed, and settled: the indexes that
    /// this stratum probes hold every row.
    pub(super) fn extend_inputs(&mut self, number: usize) {
        let stratum = &self.linked.strata[number];
        for &slot in stratum.slots.iter().chain(&self.linked.owned) {
            let rel = self.linked.slots[slot].rel;
            if !stratum.rels.contains(&rel) {
                let to = self.engine.rels[rel].len();
                self.engine.indexes[slot].extend(&self.engine.rels[rel], to);
            }
        }
    }

    /// Promotes a window; returns whether it has new rows and changed ones.
    pub(super) fn promote(&mut self, rel: usize, number: usize) -> (bool, bool) {
        let whole = self.engine.owners[rel].is_some();
        self.engine.rels[rel].promote_some(if whole { usize::MAX } else { self.window });
        let (old, cur, changed) = self.engine.rels[rel].window();
        let told = (cur > old, !changed.is_empty());
        let owner_slot = self.linked.owner_slots[rel];
        let touched: Vec<u32> = if owner_slot.is_some() {
            let relation = &self.engine.rels[rel];
            let rows = (old..cur).chain(changed.iter().map(|&row| row as usize));
            rows.map(|row| relation.get(row, 0) as u32).collect()
        } else {
            Vec::new()
        };
        for &slot in self.linked.strata[number].slots.iter().chain(&owner_slot) {
            if self.linked.slots[slot].rel == rel {
                self.engine.indexes[slot].extend(&self.engine.rels[rel], cur);
            }
        }
        // Who reads whole collections of the owner sees them changed only now
        // that the index has the new rows.
        if let Some((owner, _)) = self.engine.owners[rel] {
            for row in touched {
                self.engine.rels[owner].touch(row);
            }
        }
        told
    }
}

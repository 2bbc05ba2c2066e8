//! Views made anew: in other relations, which are then compared with what was
//! there, so that only differences are told. Rows that own others are exchanged
//! as they are. Why a view is made anew is not known here.

use crate::kernel::engine::relation;
use crate::kernel::index::Index;
use crate::kernel::relation::Relation;
use crate::kernel::ticks::drive::Drive;

/// A view that was put aside, with the indexes on it.
pub struct Aside {
    rel: usize,
    relation: Relation,
    indexes: Vec<(usize, Index)>,
}

impl Drive<'_> {
    /// Puts the views of a stratum aside that are made anew.
    pub(super) fn put_aside(&mut self, number: usize) {
        let views = &self.schedule.strata[number].views;
        self.spare.aside = views.iter().map(|&rel| self.aside(rel)).collect();
    }

    /// Ends what was made anew; without success everything is as it was.
    pub(super) fn take_back(&mut self, number: usize, success: bool) {
        let is_shaped = self.schedule.strata[number].is_shaped;
        for old in std::mem::take(&mut self.spare.aside) {
            let rel = old.rel;
            if is_shaped && success {
                self.exchanged[rel] = true;
                self.before.push((rel, old.relation));
                continue;
            }
            let new = std::mem::replace(&mut self.engine.rels[rel], old.relation);
            for (slot, index) in old.indexes {
                self.engine.indexes[slot] = index;
            }
            if success {
                self.become_like(rel, &new);
            }
        }
    }

    fn aside(&mut self, rel: usize) -> Aside {
        let engine = &mut *self.engine;
        let mut fresh = relation(&engine.plan.rels[rel], &engine.plan.types);
        fresh.mark();
        let relation = std::mem::replace(&mut engine.rels[rel], fresh);
        let fresh = |slot: usize| (slot, self.linked.slots[slot].index());
        let indexes = self.schedule.slots[rel].clone().map(fresh);
        let swap = |(slot, index): (usize, Index)| {
            (slot, std::mem::replace(&mut engine.indexes[slot], index))
        };
        Aside { rel, relation, indexes: indexes.map(swap).collect() }
    }

    /// Takes out what the other does not have, and takes over what it has.
    pub(super) fn become_like(&mut self, rel: usize, new: &Relation) {
        let schema = &self.engine.plan.rels[rel];
        let (keys, fixed) = (schema.keys, schema.keys + schema.values);
        let is_set = keys == schema.cols.len();
        let mut row = Vec::new();
        let has = |relation: &Relation, row: &[u64]| {
            if is_set {
                return relation.has(row);
            }
            relation.find(&row[..keys], |other| {
                (keys..row.len()).all(|col| relation.get(other as usize, col) == row[col])
            })
        };
        let old = &self.engine.rels[rel];
        let mut gone = Vec::new();
        for id in (0..old.len()).filter(|&id| !old.is_dead(id)) {
            row.clear();
            old.copy_row(id, &mut row);
            if !has(new, &row) {
                gone.push(id as u32);
            }
        }
        for id in gone {
            self.engine.take_row(self.schedule, rel, id);
        }
        let old = &mut self.engine.rels[rel];
        for id in (0..new.len()).filter(|&id| !new.is_dead(id)) {
            row.clear();
            new.copy_row(id, &mut row);
            if !has(old, &row) {
                old.insert(&row[..fixed]);
                if row.len() > fixed {
                    old.start_cells(&row[fixed..]);
                }
            }
        }
        old.settle();
    }
}

//! Views made anew: in other relations, which are then compared with what was
//! there, so that only differences are told. Rows that own others are exchanged
//! as they are. Why a view is made anew is not known here.

use crate::kernel::engine::relation;
use crate::kernel::failure::Failure;
use crate::kernel::index::Index;
use crate::kernel::relation::Relation;
use crate::kernel::ticks::drive::Drive;

/// A view that was put aside, with the indexes on it.
struct Aside {
    rel: usize,
    relation: Relation,
    indexes: Vec<(usize, Index)>,
}

impl Drive<'_> {
    /// Runs a stratum whose views are made anew.
    pub(super) fn anew(&mut self, number: usize) -> Result<(), Failure> {
        let order = &self.schedule.strata[number];
        let aside: Vec<Aside> = order.views.iter().map(|&rel| self.put_aside(rel)).collect();
        let result = self.stratum(number, true);
        for old in aside {
            let (rel, is_shaped) = (old.rel, order.is_shaped);
            if is_shaped && result.is_ok() {
                self.exchanged[rel] = true;
                self.before.push((rel, old.relation));
                continue;
            }
            let new = std::mem::replace(&mut self.engine.rels[rel], old.relation);
            for (slot, index) in old.indexes {
                self.engine.indexes[slot] = index;
            }
            if result.is_ok() {
                self.become_like(rel, &new);
            }
        }
        result
    }

    fn put_aside(&mut self, rel: usize) -> Aside {
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

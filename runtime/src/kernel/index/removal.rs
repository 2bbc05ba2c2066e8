//! Rows taken out of an index, and put back. Postings are found by their words,
//! so what reads postings never meets a row that is gone. Why rows go is not
//! known here.

use crate::kernel::index::Group;
use crate::kernel::index::Index;
use crate::kernel::index::Keys;
use crate::kernel::index::NONE;
use crate::kernel::relation::Relation;

/// Slots of a table that an emptied index may keep for each row it had, and
/// those that are always kept.
const SLOTS_PER_ROW: usize = 16;
const SLOTS_FREE: usize = 1 << 12;

impl Index {
    /// Takes the rows from `to` on out again.
    pub fn truncate(&mut self, relation: &Relation, to: usize) {
        for row in (to..self.upto).rev().filter(|&row| !relation.is_dead(row)) {
            self.take(relation, row);
        }
        self.upto = self.upto.min(to);
    }

    /// Takes out a row that is about to be removed, if it is in.
    pub fn remove(&mut self, relation: &Relation, row: usize) {
        if row < self.upto {
            self.take(relation, row);
        }
    }

    /// Puts a row back that was taken out, if the index had come that far.
    pub fn put_back(&mut self, relation: &Relation, row: usize) {
        if row >= self.upto {
            return;
        }
        let g = self.group_of(relation, row);
        self.push(g, relation, row);
        if self.ordered.is_some() {
            self.order_touched(vec![g], relation);
        } else if self.carry.is_empty() {
            // Row ids stand in ascending order.
            let group = self.groups[g as usize];
            let list = &mut self.arena[group.at as usize..][..group.len as usize];
            let last = list.len() - 1;
            let place = list[..last].partition_point(|&id| (id as usize) < row);
            list[place..].rotate_right(1);
        }
    }

    fn group_of(&mut self, relation: &Relation, row: usize) -> u32 {
        let key: Vec<u64> = self.cols.iter().map(|&c| relation.get(row, c)).collect();
        self.group_for(&key, self.upto)
    }

    fn take(&mut self, relation: &Relation, row: usize) {
        let g = self.group_of(relation, row);
        let stride = self.stride;
        let group = self.groups[g as usize];
        let from = group.at as usize * stride;
        let list = &mut self.arena[from..from + group.len as usize * stride];
        let found = if !self.carry.is_empty() {
            let is_row = |posting: &[u32]| {
                let pairs = posting.iter().zip(&self.carry);
                pairs.into_iter().all(|(&word, &c)| u64::from(word) == relation.get(row, c))
            };
            list.chunks_exact(stride).rposition(is_row)
        } else if self.ordered.is_some() {
            list.iter().position(|&id| id as usize == row)
        } else {
            list.binary_search(&(row as u32)).ok()
        };
        if let Some(place) = found {
            list.copy_within((place + 1) * stride.., place * stride);
            self.groups[g as usize].len -= 1;
        }
    }

    /// Takes all rows out; they are still in the relation. It may keep memory
    /// as for so many rows.
    pub fn empty(&mut self, relation: &Relation) {
        let rows = std::mem::take(&mut self.upto);
        if rows == 0 {
            return;
        }
        if let Keys::Direct = self.keys {
            for row in 0..rows {
                if let Some(group) = self.groups.get_mut(relation.get(row, self.cols[0]) as usize) {
                    *group = Group::default();
                }
            }
        } else {
            self.groups.clear();
        }
        let most = SLOTS_FREE.max(rows * SLOTS_PER_ROW);
        self.used = 0;
        match &mut self.keys {
            Keys::Direct => {
                if self.groups.len() > most.max(super::DIRECT_FREE) {
                    self.groups = Vec::new();
                }
            }
            Keys::Word { slots } if slots.len() > most => *slots = vec![(0, NONE); 16],
            Keys::Word { slots } => slots.fill((0, NONE)),
            Keys::Words { slots, words } => {
                words.clear();
                if slots.len() > most {
                    *slots = vec![NONE; 16];
                } else {
                    slots.fill(NONE);
                }
            }
        }
        self.arena.clear();
        if self.arena.capacity() > most * self.stride.max(4) {
            self.arena = Vec::new();
        }
        self.free.iter_mut().for_each(Vec::clear);
    }
}

//! Postings in ascending order of the column they carry, for intersections,
//! and the keys of an index as a list of their own.

use crate::kernel::index::Index;
use crate::kernel::index::Keys;
use crate::kernel::index::NONE;
use crate::kernel::relation::Relation;
use crate::kernel::rows::NARROW;

/// New postings of a group up to which each is put in its place by itself.
const FEW: usize = 4;

impl Index {
    /// An index whose groups are ascending lists of a column's words.
    pub fn list(cols: Vec<usize>, value: usize) -> Index {
        Index { ordered: Some(value), ..Index::new(cols, Some(vec![value])) }
    }

    /// Puts all groups in order.
    pub(super) fn order_all(&mut self, relation: &Relation) {
        for g in 0..self.groups.len() {
            self.order(g, 0, relation);
        }
    }

    /// Puts a group in order whose first `sorted` postings are.
    pub(super) fn order(&mut self, g: usize, sorted: usize, relation: &Relation) {
        let (Some(value), Some(group)) = (self.ordered, self.groups.get(g)) else { return };
        let list = &mut self.arena[group.at as usize..][..group.len as usize];
        if self.carry.is_empty() {
            list.sort_by_key(|row| relation.get(*row as usize, value));
        } else if sorted == 0 {
            list.sort_unstable();
        } else if list.len() - sorted <= FEW {
            for at in sorted..list.len() {
                let place = list[..at].partition_point(|word| *word <= list[at]);
                list[place..=at].rotate_right(1);
            }
        } else {
            // Finds the two ordered runs and merges them.
            list[sorted..].sort_unstable();
            list.sort();
        }
    }

    /// Puts the groups in order that rows were added to: one entry for each.
    pub(super) fn order_touched(&mut self, mut touched: Vec<u32>, relation: &Relation) {
        touched.sort_unstable();
        for same in touched.chunk_by(|a, b| a == b) {
            let g = same[0] as usize;
            let sorted = self.groups[g].len as usize - same.len();
            self.order(g, sorted, relation);
        }
    }

    /// At least as many keys as there are.
    pub fn keys_at_most(&self) -> usize {
        self.groups.len()
    }

    /// Whether a word is the key of a row.
    #[inline(always)]
    pub fn has_key(&self, word: u64) -> bool {
        match &self.keys {
            Keys::Direct => {
                word < NARROW && self.groups.get(word as usize).is_some_and(|g| g.len > 0)
            }
            _ => !self.get(&[word]).words.is_empty(),
        }
    }

    /// Calls `each` with every key, for an index by one column, until it
    /// returns false.
    pub fn each_key(&self, mut each: impl FnMut(u64) -> bool) -> bool {
        match &self.keys {
            Keys::Direct => {
                let used = self.groups.iter().enumerate().filter(|(_, g)| g.len > 0);
                used.into_iter().all(|(key, _)| each(key as u64))
            }
            Keys::Word { slots } => {
                let used = slots.iter().filter(|(_, g)| *g != NONE);
                used.filter(|(_, g)| self.groups[*g as usize].len > 0).all(|(key, _)| each(*key))
            }
            Keys::Words { .. } => true,
        }
    }
}

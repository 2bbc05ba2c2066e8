//! A hash index: from the words of some columns to the rows that have them.
//!
//! Where the other columns are few and narrow a posting carries them instead
//! of the row id, so that a join reads one contiguous slice and never the row.
//! Postings only append; a group that outgrows its block moves to one of twice
//! the size, and the old block serves a smaller group.

mod lists;
mod removal;

use crate::kernel::members::prefetch;
use crate::kernel::relation::Relation;
use crate::kernel::rows::NARROW;
use crate::kernel::rows::Rows;
use crate::value::interner::fold;
use crate::value::interner::hash_words;

/// Columns that a posting may carry.
const CARRY_MAX: usize = 3;
/// A table of groups by key may have so many entries for each row.
const DIRECT_PER_ROW: usize = 8;
/// … and so many in any case.
const DIRECT_FREE: usize = 1 << 16;
const NONE: u32 = u32::MAX;

/// The postings of one key: a block of the arena.
#[derive(Clone, Copy, Default)]
struct Group {
    at: u32,
    len: u32,
    cap: u32,
}

/// How keys are looked up.
#[derive(Clone)]
enum Keys {
    /// One column of small values: the group is the value.
    Direct,
    /// One column, or two narrow ones packed: group by word.
    Word { slots: Vec<(u64, u32)> },
    /// Group by hash, checked against the words of its key.
    Words { slots: Vec<u32>, words: Vec<u64> },
}

/// An index over some columns of one relation.
#[derive(Clone)]
pub struct Index {
    cols: Vec<usize>,
    carry: Vec<usize>,
    /// Words of a posting: the carried columns, or one row id.
    stride: usize,
    /// The column by whose words groups are in order, if they are.
    ordered: Option<usize>,
    keys: Keys,
    groups: Vec<Group>,
    used: usize,
    arena: Vec<u32>,
    /// Free blocks by the logarithm of their capacity.
    free: Vec<Vec<u32>>,
    /// Rows `0..upto` are in it.
    upto: usize,
}

/// The postings of one key.
#[derive(Clone, Copy)]
pub struct Postings<'a> {
    /// `stride` words each.
    pub words: &'a [u32],
    /// Words of one posting.
    pub stride: usize,
}

impl Index {
    /// An index over `cols`. `carry`: the other columns, if rules want nothing
    /// but those; ignored when they are too many.
    pub fn new(cols: Vec<usize>, carry: Option<Vec<usize>>) -> Index {
        let carry = carry.filter(|c| !c.is_empty() && c.len() <= CARRY_MAX).unwrap_or_default();
        let keys = if cols.len() == 1 {
            Keys::Direct
        } else {
            Keys::Words { slots: vec![NONE; 16], words: Vec::new() }
        };
        Index {
            stride: carry.len().max(1),
            ordered: None,
            cols,
            carry,
            keys,
            groups: Vec::new(),
            used: 0,
            arena: Vec::new(),
            free: vec![Vec::new(); 33],
            upto: 0,
        }
    }

    /// The columns that a posting carries; empty: it is a row id.
    #[inline(always)]
    pub fn carry(&self) -> &[usize] {
        &self.carry
    }

    /// The column by whose words groups are in order.
    pub fn ordered(&self) -> Option<usize> {
        self.ordered
    }

    /// Rows in it.
    pub fn upto(&self) -> usize {
        self.upto
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let keys = match &self.keys {
            Keys::Direct => 0,
            Keys::Word { slots } => slots.capacity() * 16,
            Keys::Words { slots, words } => slots.capacity() * 4 + words.capacity() * 8,
        };
        keys + self.groups.capacity() * size_of::<Group>() + self.arena.capacity() * 4
    }

    /// The postings of a key; empty when there is none.
    #[inline(always)]
    pub fn get(&self, key: &[u64]) -> Postings<'_> {
        let group = match &self.keys {
            Keys::Direct => self.groups.get(key[0] as usize).filter(|_| key[0] < NARROW),
            Keys::Word { slots } => self.group_of_word(slots, key[0]),
            Keys::Words { slots, words } => {
                let mask = slots.len() - 1;
                let mut at = hash_words(key) as usize & mask;
                loop {
                    let g = slots[at];
                    if g == NONE {
                        break None;
                    }
                    if words[g as usize * key.len()..][..key.len()] == *key {
                        break Some(&self.groups[g as usize]);
                    }
                    at = (at + 1) & mask;
                }
            }
        };
        let words = match group {
            Some(g) => {
                let at = g.at as usize * self.stride;
                &self.arena[at..at + g.len as usize * self.stride]
            }
            None => &[],
        };
        Postings { words, stride: self.stride }
    }

    /// Brings the group of a key into the cache, where keys lead straight there.
    #[inline(always)]
    pub fn prefetch_group(&self, key: u64) {
        if let Keys::Direct = self.keys {
            prefetch(&self.groups, key as usize);
        }
    }

    /// Likewise the first postings of a key whose group is in the cache.
    #[inline(always)]
    pub fn prefetch_postings(&self, key: u64) {
        if let (Keys::Direct, Some(group)) = (&self.keys, self.groups.get(key as usize)) {
            prefetch(&self.arena, group.at as usize * self.stride);
        }
    }

    #[inline(always)]
    fn group_of_word(&self, slots: &[(u64, u32)], key: u64) -> Option<&Group> {
        let mask = slots.len() - 1;
        let mut at = word_hash(key) as usize & mask;
        loop {
            let (word, g) = slots[at];
            if g == NONE {
                return None;
            }
            if word == key {
                return Some(&self.groups[g as usize]);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds the rows `upto..to` of the relation. A wide word in a carried
    /// column makes the index start again with row ids.
    pub fn extend(&mut self, relation: &Relation, to: usize) {
        if !self.carry.is_empty() && !self.can_carry(relation) {
            self.restart(Vec::new());
        }
        if self.upto == 0 && to > 64 && relation.live() == relation.len() {
            self.build(relation, to);
            self.order_all(relation);
            return;
        }
        let mut key = Vec::with_capacity(self.cols.len());
        let mut touched = Vec::new();
        for row in (self.upto..to).filter(|&row| !relation.is_dead(row)) {
            key.clear();
            key.extend(self.cols.iter().map(|&c| relation.get(row, c)));
            let was_direct = matches!(self.keys, Keys::Direct);
            let g = self.group_for(&key, to);
            self.push(g, relation, row);
            if self.ordered.is_some() {
                // Groups were numbered anew.
                if was_direct && !matches!(self.keys, Keys::Direct) {
                    self.order_all(relation);
                    touched.clear();
                } else {
                    touched.push(g);
                }
            }
        }
        self.upto = to;
        self.order_touched(touched, relation);
    }

    fn can_carry(&self, relation: &Relation) -> bool {
        relation.rows().is_narrow() && self.carry.iter().all(|&c| c < relation.rows().arity())
    }

    fn restart(&mut self, carry: Vec<usize>) {
        let cols = std::mem::take(&mut self.cols);
        let ordered = self.ordered;
        *self = Index { ordered, ..Index::new(cols, Some(carry)) };
    }

    /// Builds from nothing: counts first, so that every group has exactly its block.
    fn build(&mut self, relation: &Relation, to: usize) {
        let mut key = Vec::with_capacity(self.cols.len());
        if let (Keys::Direct, true) = (&self.keys, relation.rows().is_narrow())
            && self.cols[0] < relation.rows().arity()
        {
            let col = self.cols[0];
            let max = (0..to).map(|r| relation.get(r, col)).max().unwrap_or(0) as usize;
            if max < DIRECT_FREE.max(to * DIRECT_PER_ROW) {
                self.groups.resize(max + 1, Group::default());
                self.build_direct(relation.rows(), to);
                return;
            }
        }
        let mut group_of = vec![0u32; to];
        for (row, slot) in group_of.iter_mut().enumerate() {
            key.clear();
            key.extend(self.cols.iter().map(|&c| relation.get(row, c)));
            let g = self.group_for(&key, to);
            self.groups[g as usize].cap += 1;
            *slot = g;
        }
        // A move to another form of keys renumbers groups.
        if matches!(self.keys, Keys::Word { .. }) && self.cols.len() == 1 {
            self.groups.iter_mut().for_each(|g| g.cap = 0);
            for (row, slot) in group_of.iter_mut().enumerate() {
                let g = self.group_for(&[relation.get(row, self.cols[0])], to);
                self.groups[g as usize].cap += 1;
                *slot = g;
            }
        }
        let mut at = 0;
        for group in &mut self.groups {
            group.at = at;
            at += group.cap;
        }
        self.arena = vec![0; to * self.stride];
        for (row, &g) in group_of.iter().enumerate() {
            let group = &mut self.groups[g as usize];
            let slot = (group.at + group.len) as usize * self.stride;
            group.len += 1;
            if self.carry.is_empty() {
                self.arena[slot] = row as u32;
            } else {
                for (i, &c) in self.carry.iter().enumerate() {
                    self.arena[slot + i] = relation.get(row, c) as u32;
                }
            }
        }
        self.upto = to;
    }

    /// Every key leads straight to its group, and every word is narrow.
    fn build_direct(&mut self, rows: &Rows, to: usize) {
        const AHEAD: usize = 24;
        let (half, arity, col) = (rows.half(), rows.arity(), self.cols[0]);
        let key = |row: usize| half[row * arity + col] as usize;
        let mut counts = vec![0u32; self.groups.len()];
        for row in 0..to {
            if row + AHEAD < to {
                prefetch(&counts, key(row + AHEAD));
            }
            counts[key(row)] += 1;
        }
        let mut at = 0;
        for (group, count) in self.groups.iter_mut().zip(counts) {
            *group = Group { at, len: 0, cap: count };
            at += count;
        }
        let stride = self.stride;
        self.arena = vec![0; to * stride];
        for row in 0..to {
            if row + 2 * AHEAD < to {
                prefetch(&self.groups, key(row + 2 * AHEAD));
            }
            if row + AHEAD < to {
                let group = self.groups[key(row + AHEAD)];
                prefetch(&self.arena, (group.at + group.len) as usize * stride);
            }
            let group = &mut self.groups[key(row)];
            let slot = (group.at + group.len) as usize * stride;
            group.len += 1;
            match self.carry[..] {
                [] => self.arena[slot] = row as u32,
                [c] => self.arena[slot] = half[row * arity + c],
                _ => {
                    for (i, &c) in self.carry.iter().enumerate() {
                        self.arena[slot + i] = half[row * arity + c];
                    }
                }
            }
        }
        self.upto = to;
    }

    fn group_for(&mut self, key: &[u64], rows: usize) -> u32 {
        if let Keys::Direct = self.keys {
            let k = key[0] as usize;
            if k < self.groups.len() {
                return k as u32;
            }
            if k < DIRECT_FREE.max(rows * DIRECT_PER_ROW) {
                self.groups.resize((k + 1).next_power_of_two(), Group::default());
                return k as u32;
            }
            self.leave_direct();
        }
        match &mut self.keys {
            Keys::Word { slots } => {
                if (self.used + 1) * 2 > slots.len() {
                    grow_words(slots);
                }
                let mask = slots.len() - 1;
                let mut at = word_hash(key[0]) as usize & mask;
                loop {
                    let (word, g) = slots[at];
                    if g == NONE {
                        let g = self.groups.len() as u32;
                        slots[at] = (key[0], g);
                        self.groups.push(Group::default());
                        self.used += 1;
                        return g;
                    }
                    if word == key[0] {
                        return g;
                    }
                    at = (at + 1) & mask;
                }
            }
            Keys::Words { slots, words } => {
                let n = key.len();
                if (self.groups.len() + 1) * 2 > slots.len() {
                    let mask = slots.len() * 2 - 1;
                    let mut bigger = vec![NONE; mask + 1];
                    for g in 0..self.groups.len() {
                        let mut at = hash_words(&words[g * n..(g + 1) * n]) as usize & mask;
                        while bigger[at] != NONE {
                            at = (at + 1) & mask;
                        }
                        bigger[at] = g as u32;
                    }
                    *slots = bigger;
                }
                let mask = slots.len() - 1;
                let mut at = hash_words(key) as usize & mask;
                loop {
                    let g = slots[at];
                    if g == NONE {
                        let g = self.groups.len() as u32;
                        slots[at] = g;
                        words.extend_from_slice(key);
                        self.groups.push(Group::default());
                        return g;
                    }
                    if words[g as usize * n..][..n] == *key {
                        return g;
                    }
                    at = (at + 1) & mask;
                }
            }
            Keys::Direct => unreachable!("left above"),
        }
    }

    /// From groups by value to groups by hash of the value.
    fn leave_direct(&mut self) {
        let old = std::mem::take(&mut self.groups);
        let mut slots = vec![(0, NONE); 1024];
        for (value, group) in old.into_iter().enumerate().filter(|(_, g)| g.cap > 0) {
            if (self.groups.len() + 1) * 2 > slots.len() {
                grow_words(&mut slots);
            }
            let mask = slots.len() - 1;
            let mut at = word_hash(value as u64) as usize & mask;
            while slots[at].1 != NONE {
                at = (at + 1) & mask;
            }
            slots[at] = (value as u64, self.groups.len() as u32);
            self.groups.push(group);
        }
        self.used = self.groups.len();
        self.keys = Keys::Word { slots };
    }

    fn push(&mut self, g: u32, relation: &Relation, row: usize) {
        let stride = self.stride;
        let group = self.groups[g as usize];
        if group.len == group.cap {
            let log = if group.cap == 0 {
                0
            } else {
                (group.cap * 2).next_power_of_two().trailing_zeros()
            };
            let at = match self.free[log as usize].pop() {
                Some(at) => at,
                None => {
                    let at = self.arena.len() / stride;
                    self.arena.resize(self.arena.len() + (stride << log), 0);
                    at as u32
                }
            };
            let from = group.at as usize * stride;
            self.arena.copy_within(from..from + group.len as usize * stride, at as usize * stride);
            if group.cap.is_power_of_two() {
                self.free[group.cap.trailing_zeros() as usize].push(group.at);
            }
            let group = &mut self.groups[g as usize];
            group.at = at;
            group.cap = 1 << log;
        }
        let group = &mut self.groups[g as usize];
        let slot = (group.at + group.len) as usize * stride;
        group.len += 1;
        if self.carry.is_empty() {
            self.arena[slot] = row as u32;
        } else {
            for (i, &c) in self.carry.iter().enumerate() {
                self.arena[slot + i] = relation.get(row, c) as u32;
            }
        }
    }
}

#[inline(always)]
fn word_hash(key: u64) -> u64 {
    fold(key ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93)
}

fn grow_words(slots: &mut Vec<(u64, u32)>) {
    let mask = slots.len() * 2 - 1;
    let mut bigger = vec![(0, NONE); mask + 1];
    for &(word, g) in slots.iter().filter(|s| s.1 != NONE) {
        let mut at = word_hash(word) as usize & mask;
        while bigger[at].1 != NONE {
            at = (at + 1) & mask;
        }
        bigger[at] = (word, g);
    }
    *slots = bigger;
}

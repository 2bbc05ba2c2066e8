//! A hash table of bare words. What a word stands for and how it is hashed its
//! user knows; this room must not.

/// A slot without a word.
pub(super) const EMPTY: u64 = u64::MAX;

/// Open addressing over words, at most two thirds full.
#[derive(Clone, Default)]
pub struct Table {
    pub(super) slots: Vec<u64>,
    pub(super) used: usize,
}

impl Table {
    pub(super) fn with_capacity(rows: usize) -> Table {
        let size = (rows * 3 / 2 + 16).next_power_of_two();
        Table { slots: vec![EMPTY; size], used: 0 }
    }

    #[inline(always)]
    pub(super) fn start(&self, hash: u64) -> usize {
        (hash >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    #[inline(always)]
    pub(super) fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// Empties a slot and closes the gap, so that later probes still arrive.
    pub(super) fn remove_at(&mut self, mut gap: usize, hash: impl Fn(u64) -> u64) {
        let mut at = gap;
        self.slots[gap] = EMPTY;
        self.used -= 1;
        loop {
            at = self.next(at);
            let word = self.slots[at];
            if word == EMPTY {
                return;
            }
            let home = self.start(hash(word));
            let mask = self.slots.len() - 1;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(gap) & mask) {
                self.slots[gap] = word;
                self.slots[at] = EMPTY;
                gap = at;
            }
        }
    }

    pub(super) fn is_full(&self, more: usize) -> bool {
        (self.used + more) * 3 > self.slots.len() * 2
    }

    pub(super) fn grow(&mut self, more: usize, hash: impl Fn(u64) -> u64) {
        let bigger = Table::with_capacity((self.used + more).max(self.slots.len() * 2 / 3 + 1));
        let old = std::mem::replace(self, bigger);
        for word in old.slots.into_iter().filter(|&w| w != EMPTY) {
            let mut at = self.start(hash(word));
            while self.slots[at] != EMPTY {
                at = self.next(at);
            }
            self.slots[at] = word;
        }
        self.used = old.used;
    }
}

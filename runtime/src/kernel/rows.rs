//! Flat rows of words. As long as every word is below 2^32 they are kept in
//! half the space; the first wider word converts the whole store once.

/// Words below this bound fit the narrow form (the bound itself stands for
/// "empty" in tables of packed rows).
pub const NARROW: u64 = u32::MAX as u64;

/// Rows of one arity.
#[derive(Clone)]
pub struct Rows {
    arity: usize,
    len: usize,
    narrow: bool,
    expected: usize,
    half: Vec<u32>,
    full: Vec<u64>,
    /// Rows that were removed; shorter than all rows, and empty if none was.
    is_dead: Vec<bool>,
}

impl Rows {
    /// No rows.
    pub fn new(arity: usize) -> Rows {
        let (half, full) = (Vec::new(), Vec::new());
        Rows { arity, len: 0, narrow: true, expected: 0, half, full, is_dead: Vec::new() }
    }

    /// Words in a row.
    pub fn arity(&self) -> usize {
        self.arity
    }

    /// Number of rows.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether a row was removed.
    #[inline(always)]
    pub fn is_dead(&self, row: usize) -> bool {
        self.is_dead.get(row).copied().unwrap_or(false)
    }

    /// Says that a row was removed, or that it was not; whether that is new.
    pub fn set_dead(&mut self, row: usize, dead: bool) -> bool {
        if dead && row >= self.is_dead.len() {
            self.is_dead.resize(row + 1, false);
        }
        match self.is_dead.get_mut(row) {
            Some(is_dead) => std::mem::replace(is_dead, dead) != dead,
            None => false,
        }
    }

    /// Rows that were not removed.
    pub fn live(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len).filter(|&row| !self.is_dead(row))
    }

    /// Whether rows are in half the space.
    #[inline(always)]
    pub fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// A word.
    #[inline(always)]
    pub fn get(&self, row: usize, col: usize) -> u64 {
        if self.narrow {
            u64::from(self.half[row * self.arity + col])
        } else {
            self.full[row * self.arity + col]
        }
    }

    /// The narrow words of all rows; empty when wide.
    #[inline(always)]
    pub fn half(&self) -> &[u32] {
        &self.half
    }

    /// Whether a row starts with these words.
    #[inline(always)]
    pub fn starts_with(&self, row: usize, words: &[u64]) -> bool {
        let at = row * self.arity;
        if self.narrow {
            self.half[at..].iter().zip(words).all(|(&a, &b)| u64::from(a) == b)
        } else {
            self.full[at..at + words.len()] == *words
        }
    }

    /// Copies a row's words to the end of a vector.
    pub fn copy_to(&self, row: usize, out: &mut Vec<u64>) {
        let at = row * self.arity..(row + 1) * self.arity;
        if self.narrow {
            out.extend(self.half[at].iter().map(|&w| u64::from(w)));
        } else {
            out.extend_from_slice(&self.full[at]);
        }
    }

    /// Appends a row. Returns whether this made the store wide.
    #[inline(always)]
    pub fn push(&mut self, row: &[u64]) -> bool {
        debug_assert_eq!(row.len(), self.arity);
        let mut widened = false;
        if self.narrow {
            if row.iter().all(|&w| w < NARROW) {
                self.half.extend(row.iter().map(|&w| w as u32));
                self.len += 1;
                return false;
            }
            self.widen();
            widened = true;
        }
        self.full.extend_from_slice(row);
        self.len += 1;
        widened
    }

    /// Appends a narrow row of two.
    #[inline(always)]
    pub fn push_packed(&mut self, packed: u64) {
        self.half.push((packed >> 32) as u32);
        self.half.push(packed as u32);
        self.len += 1;
    }

    /// Appends a narrow row of one.
    #[inline(always)]
    pub fn push_one(&mut self, word: u32) {
        self.half.push(word);
        self.len += 1;
    }

    /// Rows that are expected in all.
    pub fn expected(&self) -> usize {
        self.expected
    }

    /// Makes room for more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.expected = self.expected.max(self.len + rows);
        if self.narrow {
            self.half.reserve(rows * self.arity);
        } else {
            self.full.reserve(rows * self.arity);
        }
    }

    /// Drops the rows from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.half.truncate(len * self.arity);
        self.full.truncate(len * self.arity);
        self.is_dead.truncate(len);
        self.len = self.len.min(len);
    }

    /// Converts to full words.
    pub fn widen(&mut self) {
        if self.narrow {
            self.full = self.half.iter().map(|&w| u64::from(w)).collect();
            self.half = Vec::new();
            self.narrow = false;
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.half.capacity() * 4 + self.full.capacity() * 8 + self.is_dead.capacity()
    }
}

//! Which rows a relation already has. Five forms, chosen by what the rows look
//! like, because this test is where a fixpoint spends its time:
//!
//! - `Bits`: one or two key columns of small values: a bit for each possible row.
//! - `Packed`: one or two key columns below 2^32: a table of packed rows that
//!   never looks at the rows themselves.
//! - `Ids`: everything else: a table of row ids tagged with hash bits.
//! - `Direct`: one key column of small values where the row id is wanted: a
//!   table of row ids by key.
//! - `Released`: nothing at all, for rows that nobody looks up by key; whoever
//!   does looks at every row.

mod removal;
mod table;

use crate::kernel::members::table::EMPTY;
use crate::kernel::members::table::Table;
use crate::kernel::rows::NARROW;
use crate::kernel::rows::Rows;
use crate::value::interner::fold;
use crate::value::interner::hash_words;
pub use crate::value::prefetch::prefetch;

/// Bytes that a bit table may always take.
const BITS_BYTES_FREE: usize = 2 << 20;
/// Bytes that a bit table may take for each row it tells.
const BITS_BYTES_PER_ROW: usize = 12;
/// Entries of a direct table for each row, and those that are always allowed.
const DIRECT_PER_ROW: usize = 8;
const DIRECT_FREE: usize = 1 << 19;

/// Rows whose places are fetched together.
const BLOCK: usize = 32;

/// A set of rows.
#[derive(Clone)]
#[allow(missing_docs)]
pub enum Members {
    /// A bit per possible row; `shift` is the width of the second column.
    Bits { bits: Vec<u64>, shift: u32, limit: u64 },
    /// Packed rows by hash.
    Packed(Table),
    /// Row id + 1 by key.
    Direct(Vec<u32>),
    /// `tag << 32 | row id` by hash.
    Ids(Table),
    /// Given up to save its memory.
    Released,
}

#[inline(always)]
fn packed_hash(key: u64) -> u64 {
    fold(key ^ 0x9e37_79b9_7f4a_7c15, 0xd6e8_feb8_6659_fd93)
}

/// The smallest width such that every value up to `max` is below `1 << width`.
fn width(max: u64) -> u32 {
    64 - max.leading_zeros()
}

impl Members {
    /// For no rows yet. `set`: membership only (no row ids are asked for).
    pub fn new(keys: usize, set: bool) -> Members {
        match (keys, set) {
            (1 | 2, true) => Members::Bits { bits: Vec::new(), shift: 0, limit: 0 },
            (1, false) => Members::Direct(Vec::new()),
            _ => Members::Ids(Table::with_capacity(0)),
        }
    }

    /// Makes room for so many rows in all.
    pub fn reserve(&mut self, total: usize) {
        if let Members::Ids(table) = self
            && total > table.used
            && table.is_full(total - table.used)
        {
            table.grow(total - table.used, |word| word);
        }
    }

    /// Whether rows of two narrow columns can be added by [`Members::add_packed`].
    #[inline(always)]
    pub fn takes_packed(&self) -> bool {
        matches!(self, Members::Bits { .. } | Members::Packed(_))
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        match self {
            Members::Bits { bits, .. } => bits.capacity() * 8,
            Members::Packed(t) | Members::Ids(t) => t.slots.capacity() * 8,
            Members::Direct(v) => v.capacity() * 4,
            Members::Released => 0,
        }
    }

    /// Whether a packed row is there.
    #[inline(always)]
    pub fn has_packed(&self, key: u64) -> bool {
        match self {
            Members::Bits { bits, shift, limit } => {
                let at = (key >> 32 << shift) | (key & NARROW);
                (key & NARROW) >> shift == 0
                    && at < *limit
                    && bits[(at >> 6) as usize] >> (at & 63) & 1 == 1
            }
            Members::Packed(table) => {
                let mut at = table.start(packed_hash(key));
                loop {
                    match table.slots[at] {
                        EMPTY => return false,
                        w if w == key => return true,
                        _ => at = table.next(at),
                    }
                }
            }
            Members::Direct(_) | Members::Ids(_) | Members::Released => false,
        }
    }

    /// Adds packed rows of two narrow words and appends the new ones to `rows`.
    pub fn add_packed(&mut self, keys: &[u64], rows: &mut Rows) {
        if let Members::Bits { .. } = self {
            let done = self.add_bits(keys, rows);
            if done < keys.len() {
                self.leave_bits(rows, keys.len());
                self.add_packed(&keys[done..], rows);
            }
            return;
        }
        let mut done = 0;
        for block in keys.chunks(BLOCK) {
            let Members::Packed(table) = self else { return };
            if table.is_full(block.len()) {
                // Rows that were few and far between may be many by now.
                if self.become_bits(rows) {
                    return self.add_packed(&keys[done..], rows);
                }
                let Members::Packed(table) = self else { return };
                table.grow(block.len(), packed_hash);
            }
            let Members::Packed(table) = self else { return };
            done += block.len();
            let mut starts = [0usize; BLOCK];
            for (start, &key) in starts.iter_mut().zip(block) {
                *start = table.start(packed_hash(key));
                prefetch(&table.slots, *start);
            }
            for (&start, &key) in starts.iter().zip(block) {
                let mut at = start;
                loop {
                    let word = table.slots[at];
                    if word == key {
                        break;
                    }
                    if word == EMPTY {
                        table.slots[at] = key;
                        table.used += 1;
                        if rows.arity() == 2 {
                            rows.push_packed(key);
                        } else {
                            rows.push_one(key as u32);
                        }
                        break;
                    }
                    at = table.next(at);
                }
            }
        }
    }

    /// Adds to the bit table as long as it holds the keys; returns how many it took.
    fn add_bits(&mut self, keys: &[u64], rows: &mut Rows) -> usize {
        let mut done = 0;
        while done < keys.len() {
            let Members::Bits { bits, shift, limit } = self else { return done };
            let (shift, limit) = (*shift, *limit);
            while done < keys.len() {
                let key = keys[done];
                let at = (key >> 32 << shift) | (key & NARROW);
                if (key & NARROW) >> shift != 0 || at >= limit {
                    break;
                }
                let word = &mut bits[(at >> 6) as usize];
                if *word >> (at & 63) & 1 == 0 {
                    *word |= 1 << (at & 63);
                    if rows.arity() == 2 {
                        rows.push_packed(key);
                    } else {
                        rows.push_one(key as u32);
                    }
                }
                done += 1;
            }
            if done < keys.len() && !self.widen_bits(&keys[done..], rows) {
                return done;
            }
        }
        done
    }

    /// Makes the bit table large enough for the keys, unless it would be too large.
    fn widen_bits(&mut self, keys: &[u64], rows: &Rows) -> bool {
        let Members::Bits { bits, shift, limit } = self else { return false };
        let mut low = (1u64 << *shift) - 1;
        let mut high = if *limit == 0 { 0 } else { (*limit - 1) >> *shift };
        for &key in keys {
            low = low.max(key & NARROW);
            high = high.max(key >> 32);
        }
        let wide = width(low).max(1);
        if wide >= 32 && high > 0 {
            return false;
        }
        let grown = if high < 64 { high + 1 } else { (high + 1) * 5 / 4 };
        let all = (grown << wide).max(64);
        let bytes = (all / 8) as usize;
        if bytes > BITS_BYTES_FREE.max((rows.len() + keys.len()) * BITS_BYTES_PER_ROW) {
            return false;
        }
        let mut fresh = vec![0u64; all.div_ceil(64) as usize];
        if wide == *shift {
            fresh[..bits.len()].copy_from_slice(bits);
        } else {
            let two = rows.arity() == 2;
            for row in rows.live() {
                let at = if two {
                    rows.get(row, 0) << wide | rows.get(row, 1)
                } else {
                    rows.get(row, 0)
                };
                fresh[(at >> 6) as usize] |= 1 << (at & 63);
            }
        }
        *bits = fresh;
        *shift = wide;
        *limit = all;
        true
    }

    /// From a table of packed rows to bits, where those take less.
    fn become_bits(&mut self, rows: &Rows) -> bool {
        let most = |col: usize| (0..rows.len()).map(|row| rows.get(row, col)).max().unwrap_or(0);
        let key = if rows.arity() == 1 { most(0) } else { most(0) << 32 | most(1) };
        let mut bits = Members::Bits { bits: Vec::new(), shift: 0, limit: 0 };
        let fits = bits.widen_bits(&[key], rows);
        if fits {
            *self = bits;
        }
        fits
    }

    /// From bits to a table of packed rows.
    fn leave_bits(&mut self, rows: &Rows, more: usize) {
        let mut table = Table::with_capacity((rows.len() + more).max(rows.expected()));
        for row in rows.live() {
            let key = pack(rows, row);
            let mut at = table.start(packed_hash(key));
            while table.slots[at] != EMPTY {
                at = table.next(at);
            }
            table.slots[at] = key;
            table.used += 1;
        }
        *self = Members::Packed(table);
    }

    /// Rebuilds as a table of row ids, over the first `keys` columns.
    pub fn leave_packed(&mut self, rows: &Rows, keys: usize) {
        let mut table = Table::with_capacity((rows.len() + 1).max(rows.expected()));
        let mut key = Vec::new();
        for row in rows.live() {
            key.clear();
            key.extend((0..keys).map(|c| rows.get(row, c)));
            let hash = hash_words(&key);
            let mut at = table.start(hash);
            while table.slots[at] != EMPTY {
                at = table.next(at);
            }
            table.slots[at] = tagged(hash, row);
            table.used += 1;
        }
        *self = Members::Ids(table);
    }

    /// The other way round, for sets of narrow rows.
    pub fn leave_ids(&mut self, rows: &Rows) {
        if matches!(self, Members::Ids(_)) && !self.become_bits(rows) {
            self.leave_bits(rows, 0);
        }
    }

    /// Appends the rows of a block that are new, in the form of row ids.
    /// Returns whether a row had the key of another but other values.
    pub fn add_rows(&mut self, flat: &[u64], keys: usize, rows: &mut Rows) -> bool {
        let Members::Ids(table) = self else { return false };
        let arity = rows.arity();
        let mut conflict = false;
        for block in flat.chunks(arity * BLOCK) {
            if table.is_full(BLOCK) {
                table.grow(BLOCK, |word| word);
            }
            let mut hashes = [0u64; BLOCK];
            for (hash, row) in hashes.iter_mut().zip(block.chunks_exact(arity)) {
                *hash = hash_words(&row[..keys]);
                prefetch(&table.slots, table.start(*hash));
            }
            for (&hash, row) in hashes.iter().zip(block.chunks_exact(arity)) {
                let mut at = table.start(hash);
                loop {
                    let word = table.slots[at];
                    if word == EMPTY {
                        table.slots[at] = tagged(hash, rows.len());
                        table.used += 1;
                        rows.push(row);
                        break;
                    }
                    let id = word as u32 as usize;
                    if (word ^ hash) >> 32 == 0 && rows.starts_with(id, &row[..keys]) {
                        if keys == arity || rows.starts_with(id, row) {
                            break;
                        }
                        conflict = true;
                    }
                    at = table.next(at);
                }
            }
        }
        conflict
    }

    /// The first row whose key columns are `key`, from `after` on in the order
    /// of the table; `None` in forms without row ids.
    #[inline(always)]
    pub fn find(&self, rows: &Rows, key: &[u64], mut each: impl FnMut(u32) -> bool) -> bool {
        match self {
            Members::Direct(table) => match table.get(key[0] as usize) {
                Some(&id) if id != 0 && key[0] < NARROW => each(id - 1),
                _ => false,
            },
            Members::Ids(table) => {
                let hash = hash_words(key);
                let mut at = table.start(hash);
                loop {
                    let word = table.slots[at];
                    if word == EMPTY {
                        return false;
                    }
                    if (word ^ hash) >> 32 == 0 {
                        let row = word as u32;
                        if rows.starts_with(row as usize, key) && each(row) {
                            return true;
                        }
                    }
                    at = table.next(at);
                }
            }
            Members::Released => {
                rows.live().any(|row| rows.starts_with(row, key) && each(row as u32))
            }
            Members::Bits { .. } | Members::Packed(_) => false,
        }
    }

    /// Notes that `row` with this key was appended.
    #[inline(always)]
    pub fn note(&mut self, rows: &Rows, key: &[u64], row: u32) {
        if let Members::Direct(table) = self {
            let k = key[0] as usize;
            if k < table.len() {
                table[k] = row + 1;
                return;
            }
            if k < DIRECT_FREE.max(rows.len() * DIRECT_PER_ROW) {
                let size = (k + 1).next_power_of_two();
                table.resize(size, 0);
                table[k] = row + 1;
                return;
            }
            // The new row is already among `rows`.
            self.leave_packed(rows, key.len());
            return;
        }
        let Members::Ids(table) = self else { return };
        if table.is_full(1) {
            table.grow(1, |word| word);
        }
        let hash = hash_words(key);
        let mut at = table.start(hash);
        while table.slots[at] != EMPTY {
            at = table.next(at);
        }
        table.slots[at] = tagged(hash, row as usize);
        table.used += 1;
    }

    /// The table of row ids by key, where that is the form: 0 is none.
    #[inline(always)]
    pub fn direct(&self) -> Option<&[u32]> {
        match self {
            Members::Direct(table) => Some(table),
            _ => None,
        }
    }

    /// Brings the place of a key into the cache.
    #[inline(always)]
    pub fn prefetch(&self, key: &[u64]) {
        match self {
            Members::Ids(table) => prefetch(&table.slots, table.start(hash_words(key))),
            Members::Direct(table) => prefetch(table, key[0] as usize),
            Members::Bits { .. } | Members::Packed(_) | Members::Released => {}
        }
    }
}

/// The high half of the hash, which also says where a probe starts, so that a
/// growing table never looks at rows.
#[inline(always)]
fn tagged(hash: u64, row: usize) -> u64 {
    (hash & !NARROW) | row as u64
}

/// A narrow row of one or two columns as one word.
#[inline(always)]
pub fn pack(rows: &Rows, row: usize) -> u64 {
    if rows.arity() == 1 { rows.get(row, 0) } else { rows.get(row, 0) << 32 | rows.get(row, 1) }
}

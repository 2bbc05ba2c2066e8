//! A relation: rows that only append, cells that merge in place, windows for
//! semi-naive evaluation, tombstones, and marks to roll back to.
//!
//! Rows are promoted in windows: `[0, old)` was seen by all rules, `[old, cur)`
//! is the window that rules are run for, `[cur, len)` waits. A changed cell
//! puts its row into the next window again.

mod marks;

use bloom_compiler::plan::ir::Merge;

use crate::kernel::members::Members;
use crate::kernel::members::prefetch;
use crate::kernel::rows::NARROW;
use crate::kernel::rows::Rows;

pub use marks::Change;
pub use marks::Mark;

/// What a cell does with a new word; decided once from its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Join {
    /// Greater or lesser as signed words.
    MaxSigned,
    /// See above.
    MinSigned,
    /// Greater or lesser as unsigned words.
    MaxUnsigned,
    /// See above.
    MinUnsigned,
    /// By value order of the cell's type.
    MaxValue,
    /// See above.
    MinValue,
    /// As a lattice merges whole values, by its number.
    Whole(u32),
    /// Counts owned rows; nothing merges into it.
    Count,
}

impl Join {
    /// The join of a cell, by what its type orders by.
    pub fn of(merge: Merge, signed: bool, unsigned: bool) -> Join {
        match (merge, signed, unsigned) {
            (Merge::Max, true, _) => Join::MaxSigned,
            (Merge::Min, true, _) => Join::MinSigned,
            (Merge::Max, _, true) => Join::MaxUnsigned,
            (Merge::Min, _, true) => Join::MinUnsigned,
            (Merge::Max, ..) => Join::MaxValue,
            (Merge::Min, ..) => Join::MinValue,
            (Merge::Join(lattice), ..) => Join::Whole(lattice),
            (Merge::Count(_), ..) => Join::Count,
        }
    }
}

/// Rows of one relation.
#[derive(Clone)]
pub struct Relation {
    keys: usize,
    rows: Rows,
    members: Members,
    joins: Vec<Join>,
    cells: Vec<u64>,
    old: usize,
    cur: usize,
    /// Promoted rows with changed cells, and those that wait.
    changed: Vec<u32>,
    dirty: Vec<u32>,
    is_dirty: Vec<bool>,
    /// Two rows with one key and different values were seen.
    conflict: bool,
    /// Rows that were removed, in the order of their removal.
    dead: Vec<u32>,
    /// Old cells `(row, cell, word)` since the first mark.
    journal: Option<Vec<(u32, u32, u64)>>,
}

impl Relation {
    /// An empty relation.
    pub fn new(keys: usize, values: usize, joins: Vec<Join>) -> Relation {
        let set = values == 0 && joins.is_empty();
        Relation {
            keys,
            rows: Rows::new(keys + values),
            members: Members::new(if set || values == 0 { keys } else { usize::MAX }, set),
            joins,
            cells: Vec::new(),
            old: 0,
            cur: 0,
            changed: Vec::new(),
            dirty: Vec::new(),
            is_dirty: Vec::new(),
            conflict: false,
            dead: Vec::new(),
            journal: None,
        }
    }

    /// Rows ever appended.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row was ever appended.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Number of key columns.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// Rows that live.
    pub fn live(&self) -> usize {
        self.rows.len() - self.dead.len()
    }

    /// Key and value words.
    #[inline(always)]
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether two rows with one key and different values were seen.
    pub fn has_conflict(&self) -> bool {
        self.conflict
    }

    /// A word of a row, cells counted after keys and values.
    #[inline(always)]
    pub fn get(&self, row: usize, col: usize) -> u64 {
        let arity = self.rows.arity();
        if col < arity {
            self.rows.get(row, col)
        } else {
            self.cells[row * self.joins.len() + (col - arity)]
        }
    }

    /// A row with its cells.
    pub fn copy_row(&self, row: usize, out: &mut Vec<u64>) {
        self.rows.copy_to(row, out);
        let n = self.joins.len();
        out.extend_from_slice(&self.cells[row * n..(row + 1) * n]);
    }

    /// Whether a row was removed.
    #[inline(always)]
    pub fn is_dead(&self, row: usize) -> bool {
        !self.dead.is_empty() && self.rows.is_dead(row)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.rows.bytes()
            + self.members.bytes()
            + self.cells.capacity() * 8
            + (self.dirty.capacity() + self.changed.capacity()) * 4
            + self.is_dirty.capacity()
            + self.dead.capacity() * 4
    }

    /// Whether packed rows may be handed to [`Relation::insert_packed`].
    #[inline(always)]
    pub fn takes_packed(&self) -> bool {
        self.members.takes_packed() && self.rows.is_narrow()
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.rows.reserve(rows);
        self.members.reserve(self.rows.len() + rows);
    }

    /// Gives up the memory that tells which rows there are, until the next row
    /// comes: for rows that nobody looks up by their keys.
    pub fn release_members(&mut self) {
        self.members = Members::Released;
    }

    /// Makes sure that rows can be looked up quickly.
    pub fn restore_members(&mut self) {
        if let Members::Released = self.members {
            self.members.leave_packed(&self.rows, self.keys);
        }
    }

    /// Adds packed rows (one or two words below [`NARROW`]).
    pub fn insert_packed(&mut self, keys: &[u64]) {
        self.members.add_packed(keys, &mut self.rows);
    }

    /// Adds flat rows without cells. Returns how many were new.
    pub fn insert_rows(&mut self, flat: &[u64], packed: &mut Vec<u64>) -> usize {
        let before = self.rows.len();
        let arity = self.rows.arity();
        if arity == 0 {
            return usize::from(self.insert(&[]).1);
        }
        if self.takes_packed() && flat.iter().all(|&w| w < NARROW) {
            if arity == 1 {
                self.insert_packed(flat);
            } else {
                packed.clear();
                packed.extend(flat.chunks_exact(2).map(|r| r[0] << 32 | r[1]));
                self.insert_packed(packed);
            }
            return self.rows.len() - before;
        }
        if self.members.takes_packed() {
            self.members.leave_packed(&self.rows, self.keys);
        }
        self.restore_members();
        if let Members::Ids(_) = self.members {
            self.conflict |= self.members.add_rows(flat, self.keys, &mut self.rows);
        } else {
            for row in flat.chunks_exact(arity) {
                self.insert(row);
            }
        }
        self.rows.len() - before
    }

    /// Brings the place of a key into the cache.
    #[inline(always)]
    pub fn prefetch(&self, key: &[u64]) {
        self.members.prefetch(key);
    }

    /// Adds a row (keys and values). Returns its id and whether it is new; for
    /// a new row cells are appended by [`Relation::start_cells`].
    #[inline(always)]
    pub fn insert(&mut self, row: &[u64]) -> (u32, bool) {
        if self.members.takes_packed() {
            if self.takes_packed() && row.iter().all(|&w| w < NARROW) {
                let key = if row.len() == 1 { row[0] } else { row[0] << 32 | row[1] };
                let before = self.rows.len();
                self.insert_packed(&[key]);
                return (before as u32, self.rows.len() > before);
            }
            self.members.leave_packed(&self.rows, self.keys);
        }
        self.restore_members();
        let key = &row[..self.keys];
        let mut found = u32::MAX;
        let mut same_key = false;
        let rows = &self.rows;
        self.members.find(rows, key, |id| {
            same_key = true;
            if rows.starts_with(id as usize, row) {
                found = id;
            }
            found != u32::MAX
        });
        if found != u32::MAX {
            return (found, false);
        }
        self.conflict |= same_key;
        let id = self.rows.len() as u32;
        self.rows.push(row);
        self.members.note(&self.rows, key, id);
        (id, true)
    }

    /// Gives a new row its first cells.
    #[inline(always)]
    pub fn start_cells(&mut self, cells: &[u64]) {
        debug_assert_eq!(cells.len(), self.joins.len());
        self.cells.extend_from_slice(cells);
        self.is_dirty.push(false);
    }

    /// Merges a word into a cell; `by_value` decides where words do not.
    #[inline(always)]
    pub fn merge(
        &mut self,
        row: u32,
        cell: usize,
        word: u64,
        by_value: impl FnOnce(u64, u64) -> std::cmp::Ordering,
    ) -> bool {
        let at = row as usize * self.joins.len() + cell;
        let have = self.cells[at];
        let wins = match self.joins[cell] {
            Join::MaxSigned => (word as i64) > have as i64,
            Join::MinSigned => (word as i64) < have as i64,
            Join::MaxUnsigned => word > have,
            Join::MinUnsigned => word < have,
            Join::MaxValue => word != have && by_value(word, have).is_gt(),
            Join::MinValue => word != have && by_value(word, have).is_lt(),
            Join::Count | Join::Whole(_) => false,
        };
        if wins {
            self.write_cell(row, cell, word);
        }
        wins
    }

    /// The lattice of a cell that holds whole values.
    #[inline(always)]
    pub fn lattice(&self, cell: usize) -> Option<u32> {
        match self.joins[cell] {
            Join::Whole(lattice) => Some(lattice),
            _ => None,
        }
    }

    /// The word of a cell.
    pub fn cell(&self, row: u32, cell: usize) -> u64 {
        self.cells[row as usize * self.joins.len() + cell]
    }

    /// Puts another word into a cell; whether it was another one.
    pub fn replace(&mut self, row: u32, cell: usize, word: u64) -> bool {
        let other = self.cells[row as usize * self.joins.len() + cell] != word;
        if other {
            self.write_cell(row, cell, word);
        }
        other
    }

    /// Merges flat rows of one key and one cell, where words decide and keys
    /// lead straight to rows. Returns how many changed something, or `None`
    /// where that is not so.
    pub fn merge_pairs(&mut self, flat: &[u64]) -> Option<usize> {
        let [join] = self.joins[..] else { return None };
        if self.keys != 1 || self.rows.arity() != 1 {
            return None;
        }
        self.members.direct()?;
        match join {
            Join::MaxSigned => Some(self.merge_each(flat, |new, old| (new as i64) > old as i64)),
            Join::MinSigned => Some(self.merge_each(flat, |new, old| (new as i64) < old as i64)),
            Join::MaxUnsigned => Some(self.merge_each(flat, |new, old| new > old)),
            Join::MinUnsigned => Some(self.merge_each(flat, |new, old| new < old)),
            Join::MaxValue | Join::MinValue | Join::Whole(_) | Join::Count => None,
        }
    }

    fn merge_each(&mut self, flat: &[u64], wins: impl Fn(u64, u64) -> bool) -> usize {
        const BLOCK: usize = 32;
        let mut changed = 0;
        let (pairs, _) = flat.as_chunks::<2>();
        for block in pairs.chunks(BLOCK) {
            let mut ids = [0u32; BLOCK];
            if let Some(table) = self.members.direct() {
                for pair in block {
                    prefetch(table, pair[0] as usize);
                }
                for (id, pair) in ids.iter_mut().zip(block) {
                    *id = table.get(pair[0] as usize).copied().unwrap_or(0);
                    prefetch(&self.cells, (*id as usize).wrapping_sub(1));
                }
            }
            for (&id, &[key, word]) in ids.iter().zip(block) {
                if id == 0 {
                    // Not there when the block began; an earlier pair of the
                    // block may have brought it.
                    let (id, new) = self.insert(&[key]);
                    if new {
                        self.start_cells(&[word]);
                        changed += 1;
                    } else if wins(word, self.cells[id as usize]) {
                        self.write_cell(id, 0, word);
                        changed += 1;
                    }
                } else if wins(word, self.cells[id as usize - 1]) {
                    self.write_cell(id - 1, 0, word);
                    changed += 1;
                }
            }
        }
        changed
    }

    /// One more row is owned by this one.
    #[inline(always)]
    pub fn count(&mut self, row: u32, cell: usize) {
        let word = self.cells[row as usize * self.joins.len() + cell] + 1;
        self.write_cell(row, cell, word);
    }

    #[inline(always)]
    fn write_cell(&mut self, row: u32, cell: usize, word: u64) {
        let at = row as usize * self.joins.len() + cell;
        if let Some(journal) = &mut self.journal {
            journal.push((row, cell as u32, self.cells[at]));
        }
        self.cells[at] = word;
        self.touch(row);
    }

    /// Puts a promoted row into the next window again.
    #[inline(always)]
    pub fn touch(&mut self, row: u32) {
        if (row as usize) < self.cur && !self.is_dirty[row as usize] {
            self.is_dirty[row as usize] = true;
            self.dirty.push(row);
        }
    }

    /// Calls `each` for rows with this key until it returns true. Relations
    /// that keep membership only answer through [`Relation::has`].
    #[inline(always)]
    pub fn find(&self, key: &[u64], each: impl FnMut(u32) -> bool) -> bool {
        self.members.find(&self.rows, key, each)
    }

    /// Whether a row has these key columns.
    #[inline(always)]
    pub fn has(&self, key: &[u64]) -> bool {
        if self.members.takes_packed() {
            if key.iter().any(|&w| w >= NARROW) {
                return false;
            }
            let packed = if key.len() == 1 { key[0] } else { key[0] << 32 | key[1] };
            return self.members.has_packed(packed);
        }
        self.find(key, |_| true)
    }

    /// The window being run: rows `old..cur`, and promoted rows that changed.
    #[inline(always)]
    pub fn window(&self) -> (usize, usize, &[u32]) {
        (self.old, self.cur, &self.changed)
    }

    /// Whether something waits to be promoted.
    pub fn has_news(&self) -> bool {
        self.cur < self.rows.len() || !self.dirty.is_empty()
    }

    /// Makes what waits the window.
    pub fn promote(&mut self) {
        self.promote_some(usize::MAX);
    }

    /// The same of so many rows at most, where they have no cells.
    pub fn promote_some(&mut self, most: usize) {
        self.old = self.cur;
        let is_plain = self.joins.is_empty();
        let end = if is_plain { self.cur.saturating_add(most) } else { usize::MAX };
        self.cur = self.rows.len().min(end);
        self.changed.clear();
        std::mem::swap(&mut self.changed, &mut self.dirty);
        for &row in &self.changed {
            self.is_dirty[row as usize] = false;
        }
    }

    /// Everything was seen.
    pub fn settle(&mut self) {
        self.promote();
        self.old = self.cur;
        self.changed.clear();
    }

    /// Everything is new again, as at the beginning of a stratum.
    pub fn unsettle(&mut self) {
        self.old = 0;
        self.cur = 0;
        self.changed.clear();
        self.dirty.clear();
        self.is_dirty.fill(false);
    }
}

//! Marks of a relation: what changed since one, and the way back. Only this
//! room reads the journal; why somebody goes back is not known here.

use std::collections::BTreeMap;

use crate::kernel::relation::Relation;
use crate::kernel::rows::Rows;

/// Stands for a row that is gone.
pub const NONE: u32 = u32::MAX;
/// Bytes that an emptied relation may keep, and those for each row it had.
const SPARE_BYTES: usize = 4 << 20;
const SPARE_BYTES_PER_ROW: usize = 256;

/// A state to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    rows: usize,
    journal: usize,
    dead: usize,
}

/// A difference between two states.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// +1 or -1.
    pub sign: i8,
    /// The row, cells included.
    pub row: Vec<u64>,
}

impl Relation {
    /// Marks the present state and begins to note what changes.
    pub fn mark(&mut self) -> Mark {
        let journal = self.journal.get_or_insert_default();
        Mark { rows: self.rows.len(), journal: journal.len(), dead: self.dead.len() }
    }

    /// Cells that changed since the first mark, in that order: row, cell, the
    /// word before.
    pub fn changed_cells(&self) -> &[(u32, u32, u64)] {
        self.journal.as_deref().unwrap_or_default()
    }

    /// Returns to a mark: later rows go, cells have their old words, removed
    /// rows are back.
    pub fn rollback(&mut self, mark: Mark) {
        for (row, cell, word) in self.journal.iter_mut().flat_map(|j| j.drain(mark.journal..).rev())
        {
            if (row as usize) < mark.rows {
                self.cells[row as usize * self.joins.len() + cell as usize] = word;
            }
        }
        let mut key = Vec::new();
        for row in (mark.rows..self.rows.len()).rev() {
            if !self.rows.is_dead(row) {
                self.key_of(row, &mut key);
                self.members.forget(&self.rows, &key, row as u32);
            }
            self.rows.truncate(row);
        }
        for at in (mark.dead..self.dead.len()).rev() {
            let row = self.dead[at];
            if (row as usize) < mark.rows {
                self.rows.set_dead(row as usize, false);
                self.key_of(row as usize, &mut key);
                self.members.remember(&self.rows, &key, row);
            }
        }
        self.dead.truncate(mark.dead);
        self.cells.truncate(mark.rows * self.joins.len());
        self.is_dirty.truncate(mark.rows);
        self.cur = self.cur.min(mark.rows);
        self.old = self.old.min(self.cur);
        self.dirty.retain(|&row| (row as usize) < mark.rows);
        self.changed.clear();
        self.conflict = false;
    }

    fn key_of(&self, row: usize, key: &mut Vec<u64>) {
        key.clear();
        key.extend((0..self.keys).map(|c| self.rows.get(row, c)));
    }

    /// Removes a row. It stays readable under its id until the next sweep.
    pub fn remove(&mut self, row: u32) {
        if self.rows.is_dead(row as usize) {
            return;
        }
        let mut key = Vec::new();
        self.key_of(row as usize, &mut key);
        self.members.forget(&self.rows, &key, row);
        self.rows.set_dead(row as usize, true);
        self.dead.push(row);
    }

    /// Rows that were there at a mark and are not.
    pub fn removed_since(&self, mark: Mark) -> Vec<u32> {
        let was_there = |row: &&u32| (**row as usize) < mark.rows;
        self.dead[mark.dead..].iter().filter(was_there).copied().collect()
    }

    /// Rows appended before a mark.
    pub fn rows_at(mark: Mark) -> usize {
        mark.rows
    }

    /// Whether rows came, were removed, or changed in a cell since a mark.
    pub fn changed_since(&self, mark: Mark) -> (bool, bool, bool) {
        let cells = self.journal.as_ref().is_some_and(|journal| {
            journal[mark.journal..].iter().any(|change| (change.0 as usize) < mark.rows)
        });
        let lost = self.dead[mark.dead..].iter().any(|&row| (row as usize) < mark.rows);
        (self.rows.len() > mark.rows, lost, cells)
    }

    /// Nobody goes back any more, to a state that was found to be right.
    pub fn forget_marks(&mut self) {
        self.conflict = false;
        if let Some(journal) = &mut self.journal {
            journal.clear();
        }
    }

    /// Rows from `from` on are new, and what changed since it was last
    /// promoted; all others were seen.
    pub fn resume(&mut self, from: usize) {
        self.cur = from.min(self.rows.len());
        self.old = self.cur;
        self.changed.clear();
    }

    /// Makes the rows from `from` on the window.
    pub fn show(&mut self, from: usize) {
        self.settle();
        self.old = from.min(self.cur);
    }

    /// Takes all rows out, at a cost that follows from how many there are.
    pub fn empty(&mut self) {
        self.members.empty(&self.rows);
        if self.rows.bytes() > SPARE_BYTES.max(self.len() * SPARE_BYTES_PER_ROW) {
            self.rows = Rows::new(self.rows.arity());
        }
        self.rows.truncate(0);
        self.cells.clear();
        self.is_dirty.clear();
        self.dirty.clear();
        self.changed.clear();
        self.dead.clear();
        self.forget_marks();
        (self.old, self.cur) = (0, 0);
        self.conflict = false;
    }

    /// Rows are looked up by their key from now on, and not only told.
    pub fn use_ids(&mut self) {
        self.restore_members();
        if self.members.takes_packed() {
            self.members.leave_packed(&self.rows, self.keys);
        }
    }

    /// The other way round: rows are only told, where they are narrow sets.
    pub fn only_tell(&mut self) {
        let is_set = self.keys == self.rows.arity() && self.joins.is_empty();
        if is_set && matches!(self.keys, 1 | 2) && self.rows.is_narrow() {
            self.members.leave_ids(&self.rows);
        }
    }

    /// Whether so many rows were removed that the others should close up.
    pub fn wants_sweep(&self) -> bool {
        const DEAD_MIN: usize = 64;
        self.dead.len() >= DEAD_MIN && self.dead.len() * 2 >= self.len()
    }

    /// Drops removed rows. Gives the new number of every row; `NONE` for those
    /// that are gone. `owner` gives the new numbers of what column 0 names.
    pub fn sweep(&mut self, owner: Option<&[u32]>) -> Vec<u32> {
        let mut fresh = Relation {
            joins: std::mem::take(&mut self.joins),
            journal: self.journal.is_some().then(Vec::new),
            ..Relation::new(self.keys, self.rows.arity() - self.keys, Vec::new())
        };
        fresh.members = self.members.like();
        fresh.reserve(self.live());
        let width = fresh.joins.len();
        let mut numbers = vec![NONE; self.len()];
        let mut row = Vec::new();
        for old in self.rows.live() {
            row.clear();
            self.rows.copy_to(old, &mut row);
            if let Some(owner) = owner {
                row[0] = u64::from(owner[row[0] as usize]);
            }
            numbers[old] = fresh.len() as u32;
            fresh.insert(&row);
            if width > 0 {
                fresh.start_cells(&self.cells[old * width..(old + 1) * width]);
            }
        }
        fresh.settle();
        *self = fresh;
        numbers
    }

    /// What changed since a mark: removed rows, added rows, and for changed
    /// cells the row before and after. Rows that came and went are left out.
    pub fn changes(&self, mark: Mark) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut before: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        for &(row, cell, word) in self.journal.iter().flat_map(|j| &j[mark.journal..]).rev() {
            if (row as usize) < mark.rows {
                let old = before.entry(row).or_insert_with(|| {
                    let mut words = Vec::new();
                    self.copy_row(row as usize, &mut words);
                    words
                });
                old[self.rows.arity() + cell as usize] = word;
            }
        }
        for &row in self.dead[mark.dead..].iter().filter(|&&row| (row as usize) < mark.rows) {
            before.entry(row).or_insert_with(|| {
                let mut words = Vec::new();
                self.copy_row(row as usize, &mut words);
                words
            });
        }
        for (row, old) in before {
            changes.push(Change { sign: -1, row: old });
            if !self.is_dead(row as usize) {
                let mut now = Vec::new();
                self.copy_row(row as usize, &mut now);
                changes.push(Change { sign: 1, row: now });
            }
        }
        for row in (mark.rows..self.rows.len()).filter(|&row| !self.is_dead(row)) {
            let mut now = Vec::new();
            self.copy_row(row, &mut now);
            changes.push(Change { sign: 1, row: now });
        }
        // A row that went and came back did not change.
        changes.sort_unstable_by(|a, b| (&a.row, a.sign).cmp(&(&b.row, b.sign)));
        let mut net: Vec<Change> = Vec::with_capacity(changes.len());
        for change in changes {
            match net.last() {
                Some(last) if last.row == change.row && last.sign != change.sign => drop(net.pop()),
                _ => net.push(change),
            }
        }
        net
    }
}

//! Marks of a relation: what changed since one, and the way back. Only this
//! room reads the journal; why somebody goes back is not known here.

use std::collections::BTreeMap;

use crate::kernel::relation::Relation;

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
        for row in self.dead.drain(mark.dead..) {
            self.is_dead[row as usize] = false;
        }
        for row in (mark.rows..self.rows.len()).rev() {
            let key: Vec<u64> = (0..self.keys).map(|c| self.rows.get(row, c)).collect();
            self.members.forget(&self.rows, &key, row as u32);
            self.rows.truncate(row);
        }
        self.cells.truncate(mark.rows * self.joins.len());
        self.is_dirty.truncate(mark.rows);
        self.is_dead.truncate(mark.rows);
        self.cur = self.cur.min(mark.rows);
        self.old = self.old.min(self.cur);
        self.dirty.retain(|&row| (row as usize) < mark.rows);
        self.changed.clear();
        self.conflict = false;
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
        changes
    }
}

//! How many matches the rows of a view have. A row that is there has one; only
//! those that have more are written down. What a match is, is not known here.

use rustc_hash::FxHashMap;

use crate::kernel::engine::Engine;
use crate::kernel::maintain::Take;
use crate::kernel::maintain::rows::Rows;
use crate::kernel::relation::Relation;

/// What rows have beyond one match.
#[derive(Clone, Default)]
pub struct Counts {
    more: FxHashMap<Box<[u64]>, i64>,
    /// What rows had beyond one match before, in the order of the changes.
    undo: Option<Vec<(Box<[u64]>, i64)>>,
    /// Whether all of it was counted anew since one could go back.
    is_new: bool,
}

impl Counts {
    /// Bytes held, nearly.
    pub fn bytes(&self) -> usize {
        let width = self.more.keys().next().map_or(0, |row| row.len() * 8);
        self.more.capacity() * (size_of::<(Box<[u64]>, i64)>() + 1) + self.more.len() * width
    }

    /// Gives up memory of rows that are gone.
    pub fn shrink(&mut self) {
        self.more.shrink_to_fit();
    }

    /// Nothing is known.
    pub fn clear(&mut self) {
        self.more.clear();
        self.is_new = true;
    }

    /// From now on what happens can be undone.
    pub fn begin(&mut self) {
        self.undo = Some(Vec::new());
        self.is_new = false;
    }

    /// Nobody goes back any more.
    pub fn commit(&mut self) {
        self.undo = None;
    }

    /// As it was when one began. False: that is not known.
    pub fn rollback(&mut self) -> bool {
        for (row, n) in self.undo.take().unwrap_or_default().into_iter().rev() {
            match n {
                0 => drop(self.more.remove(&row)),
                n => drop(self.more.insert(row, n)),
            }
        }
        !self.is_new
    }

    fn set(&mut self, row: &[u64], n: i64) {
        let before = match (n, self.more.get_mut(row)) {
            (0, None) => return,
            (0, Some(_)) => self.more.remove(row).unwrap_or(0),
            (n, Some(have)) => std::mem::replace(have, n),
            (n, None) => self.more.insert(row.into(), n).unwrap_or(0),
        };
        if let Some(undo) = &mut self.undo {
            undo.push((row.into(), before));
        }
    }

    /// Rows that got and lost matches: those that have none any more go, and
    /// those that had none come. How many came; `None`: a row would have fewer
    /// than none, and nothing was done.
    pub fn add(
        &mut self,
        head: usize,
        rows: &Rows,
        sums: &[(usize, i64)],
        engine: &mut Engine,
        take: Take<'_>,
    ) -> Option<usize> {
        let (mut go, mut come, mut stay) = (Vec::new(), Vec::new(), Vec::new());
        for &(at, sum) in sums {
            let row = rows.row(at);
            let id = id(&engine.rels[head], row);
            let have = id.map_or(0, |_| 1 + self.more.get(row).copied().unwrap_or(0));
            match (id, have + sum) {
                (_, ..0) => return None,
                (Some(id), 0) => go.push((at, id)),
                (None, 0) => {}
                (Some(_), n) => stay.push((at, n - 1)),
                (None, n) => come.push((at, n - 1)),
            }
        }
        // What comes may have the key of what goes.
        for (at, id) in go {
            self.set(rows.row(at), 0);
            take(engine, head, id);
        }
        for &(at, n) in stay.iter().chain(&come) {
            self.set(rows.row(at), n);
        }
        for &(at, _) in &come {
            engine.rels[head].insert(rows.row(at));
        }
        Some(come.len())
    }

    /// Likewise where these are all matches that there are.
    pub fn all(
        &mut self,
        head: usize,
        rows: &Rows,
        sums: &[(usize, i64)],
        engine: &mut Engine,
        take: Take<'_>,
    ) -> Option<usize> {
        let relation = &engine.rels[head];
        let mut is_there = vec![false; sums.len()];
        let (mut go, mut row) = (Vec::new(), Vec::new());
        for id in (0..relation.len()).filter(|&id| !relation.is_dead(id)) {
            row.clear();
            relation.copy_row(id, &mut row);
            match sums.binary_search_by(|(at, _)| rows.row(*at).cmp(&row)) {
                Ok(place) => is_there[place] = true,
                Err(_) => go.push(id as u32),
            }
        }
        if sums.iter().any(|(_, sum)| *sum < 0) {
            return None;
        }
        go.into_iter().for_each(|id| take(engine, head, id));
        let mut new = 0;
        for (&(at, sum), is_there) in sums.iter().zip(is_there) {
            self.set(rows.row(at), sum - 1);
            if !is_there {
                engine.rels[head].insert(rows.row(at));
                new += 1;
            }
        }
        Some(new)
    }
}

/// The number of a row that is there.
fn id(relation: &Relation, row: &[u64]) -> Option<u32> {
    if row.is_empty() {
        return (0..relation.len()).rev().find(|&id| !relation.is_dead(id)).map(|id| id as u32);
    }
    let keys = relation.keys();
    let mut found = None;
    relation.find(&row[..keys], |id| {
        let same = (keys..row.len()).all(|col| relation.get(id as usize, col) == row[col]);
        if same {
            found = Some(id);
        }
        same
    });
    found
}

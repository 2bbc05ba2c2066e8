//! What a tick changed in relations so far: rows that came and rows that went,
//! found by the words of some columns. Why they did is not known here.

use crate::kernel::maintain::link::Look;
use crate::kernel::relation::Relation;
use crate::value::interner::hash_words;

/// What changed in one relation.
#[derive(Clone, Default)]
pub struct Changed {
    is_seen: bool,
    /// Rows below this number were there when the tick began, if they live or
    /// were lost.
    pub begin: usize,
    /// Rows that came and are there.
    pub gained: Vec<u32>,
    /// Rows that were there and are not.
    pub lost: Vec<u32>,
}

impl Changed {
    /// Whether anything did.
    pub fn any(&self) -> bool {
        !self.gained.is_empty() || !self.lost.is_empty()
    }

    /// Number of rows that came or went.
    pub fn len(&self) -> usize {
        self.gained.len() + self.lost.len()
    }
}

/// Rows by the hash of some of their columns, in order of the hash.
#[derive(Clone, Default)]
struct Found {
    is_made: bool,
    gained: Vec<(u64, u32)>,
    lost: Vec<(u64, u32)>,
}

/// What a tick changed.
#[derive(Clone, Default)]
pub struct Changes {
    rels: Vec<Changed>,
    seen: Vec<usize>,
    found: Vec<Found>,
    made: Vec<usize>,
}

impl Changes {
    /// Of so many relations, with so many look-ups.
    pub fn new(rels: usize, looks: usize) -> Changes {
        Changes {
            rels: (0..rels).map(|_| Changed::default()).collect(),
            found: (0..looks).map(|_| Found::default()).collect(),
            ..Changes::default()
        }
    }

    /// Gives up memory of what earlier ticks changed.
    pub fn shrink(&mut self) {
        *self = Changes::new(self.rels.len(), self.found.len());
    }

    /// Another tick begins.
    pub fn reset(&mut self) {
        for rel in self.seen.drain(..) {
            let changed = &mut self.rels[rel];
            changed.is_seen = false;
            changed.gained.clear();
            changed.lost.clear();
        }
        for look in self.made.drain(..) {
            let found = &mut self.found[look];
            found.is_made = false;
            found.gained.clear();
            found.lost.clear();
        }
    }

    /// Whether a relation's changes are known.
    pub fn is_seen(&self, rel: usize) -> bool {
        self.rels[rel].is_seen
    }

    /// Takes down what changed in a complete relation that had `begin` rows when
    /// the tick began; `removed` were removed since.
    pub fn see(&mut self, rel: usize, relation: &Relation, begin: usize, removed: &[u32]) {
        let changed = &mut self.rels[rel];
        changed.is_seen = true;
        changed.begin = begin;
        let came = (begin..relation.len()).filter(|&row| !relation.is_dead(row));
        changed.gained.extend(came.map(|row| row as u32));
        changed.lost.extend(removed.iter().filter(|&&row| (row as usize) < begin));
        self.seen.push(rel);
    }

    /// What changed in a relation.
    pub fn of(&self, rel: usize) -> &Changed {
        &self.rels[rel]
    }

    /// Makes a look-up ready.
    pub fn make(&mut self, number: usize, look: &Look, relation: &Relation) {
        let (changed, found) = (&self.rels[look.rel], &mut self.found[number]);
        if found.is_made || !changed.any() {
            return;
        }
        found.is_made = true;
        self.made.push(number);
        let mut key = Vec::new();
        let mut hashed = |row: &u32| {
            key.clear();
            key.extend(look.cols.iter().map(|&col| relation.get(*row as usize, col)));
            (hash_words(&key), *row)
        };
        found.gained.extend(changed.gained.iter().map(&mut hashed));
        found.lost.extend(changed.lost.iter().map(&mut hashed));
        found.gained.sort_unstable();
        found.lost.sort_unstable();
    }

    /// Rows that went and have these words; look-ups that nothing changed for
    /// need not be ready.
    pub fn lost<'a>(
        &'a self,
        (number, look): (usize, &'a Look),
        key: &'a [u64],
        relation: &'a Relation,
    ) -> impl Iterator<Item = u32> + 'a {
        under(&self.found[number].lost, look, key, relation)
    }

    /// Likewise rows that came.
    pub fn gained<'a>(
        &'a self,
        (number, look): (usize, &'a Look),
        key: &'a [u64],
        relation: &'a Relation,
    ) -> impl Iterator<Item = u32> + 'a {
        under(&self.found[number].gained, look, key, relation)
    }
}

fn under<'a>(
    rows: &'a [(u64, u32)],
    look: &'a Look,
    key: &'a [u64],
    relation: &'a Relation,
) -> impl Iterator<Item = u32> + 'a {
    let hash = if rows.is_empty() { 0 } else { hash_words(key) };
    let from = rows.partition_point(|(other, _)| *other < hash);
    let same = move |row: &u32| {
        let words = look.cols.iter().zip(key);
        words.into_iter().all(|(&col, &word)| relation.get(*row as usize, col) == word)
    };
    let hashed = rows[from..].iter().take_while(move |(other, _)| *other == hash);
    hashed.map(|(_, row)| *row).filter(same)
}

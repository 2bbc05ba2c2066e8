//! Whole values of set and map columns, put together from the hidden rows
//! that a row owns.

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;

use crate::kernel::index::Index;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::value::collections;

/// Finds the rows that a row owns.
#[derive(Clone, Copy)]
pub struct Owners<'a> {
    /// All relations.
    pub rels: &'a [Relation],
    /// All indexes, by slot.
    pub indexes: &'a [Index],
    /// For hidden relations: the slot of the index on the owner's row id.
    pub slots: &'a [Option<usize>],
}

impl Owners<'_> {
    /// The value that `row` of `rel` has in a shape, as one word.
    pub fn collect(self, shape: &Shape, row: usize, rel: Option<usize>, s: &mut Scalars) -> u64 {
        match shape {
            Shape::Word(col) => rel.map_or(0, |rel| self.rels[rel].get(row, *col)),
            Shape::Tuple(_, parts) => {
                let words: Vec<u64> =
                    parts.iter().map(|part| self.collect(part, row, rel, s)).collect();
                s.interner.words(&words)
            }
            Shape::Set { ty, rel, element: shape } => {
                let (words, are_rows) = self.owned(rel.index(), row);
                let words = words.iter().map(|&w| match are_rows {
                    true => self.collect(shape, w as usize, Some(rel.index()), s),
                    false => u64::from(w),
                });
                let words = words.collect();
                let ir::Type::Set(element) = s.types[ty.0 as usize] else { return 0 };
                collections::set(s.types, element, words, s.interner)
            }
            Shape::Map { ty, rel, key: shape, value } => {
                let rel = rel.index();
                let (rows, _) = self.owned(rel, row);
                let mut entries = Vec::with_capacity(rows.len());
                for &r in rows {
                    let key = self.collect(shape, r as usize, Some(rel), s);
                    entries.push((key, self.collect(value, r as usize, Some(rel), s)));
                }
                let ir::Type::Map(key, _) = s.types[ty.0 as usize] else { return 0 };
                collections::map(s.types, key, entries, s.interner)
            }
        }
    }

    /// The postings of an owner, and whether they are row ids.
    fn owned(&self, rel: usize, owner: usize) -> (&[u32], bool) {
        match self.slots[rel] {
            Some(slot) => {
                let index = &self.indexes[slot];
                (index.get(&[owner as u64]).words, index.carry().is_empty())
            }
            None => (&[], true),
        }
    }
}

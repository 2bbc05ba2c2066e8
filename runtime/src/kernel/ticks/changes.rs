//! What a tick changed, told in rows as they are declared. How the changes came
//! about is not known here.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;

use crate::kernel::engine::Engine;
use crate::kernel::relation::Change;
use crate::value::order::compare;

/// Rows that came (+1) and rows that went (-1).
pub type Changes = Vec<(i8, Vec<u64>)>;

/// Rows of collections whose changes are told by comparing, and those changes.
#[derive(Clone, Default)]
pub struct Compared {
    /// The collections.
    pub rels: Vec<usize>,
    rows: BTreeMap<usize, Vec<u64>>,
    changes: BTreeMap<usize, Changes>,
}

impl Compared {
    /// Of these collections, which have no rows yet.
    pub fn of(rels: Vec<usize>) -> Compared {
        Compared { rels, ..Compared::default() }
    }

    /// What changed in the last tick, where it is told by comparing.
    pub fn changes(&self, rel: usize) -> Option<Changes> {
        self.changes.get(&rel).cloned()
    }

    /// Hands over all rows that are kept.
    pub fn each(&self, rows: &mut dyn FnMut(usize, &[u64])) {
        self.rows.iter().for_each(|(&rel, words)| rows(rel, words));
        for (&rel, changes) in &self.changes {
            changes.iter().for_each(|(_, row)| rows(rel, row));
        }
    }

    /// Compares with the tick before.
    pub fn look(&mut self, engine: &mut Engine) {
        for at in 0..self.rels.len() {
            let rel = self.rels[at];
            let rows = engine.rows(RelId(rel as u32));
            let before = self.rows.remove(&rel).unwrap_or_default();
            self.changes.insert(rel, between(engine, rel, &before, &rows));
            self.rows.insert(rel, rows);
        }
    }
}

/// Differences of two lists of rows in value order.
fn between(engine: &Engine, rel: usize, before: &[u64], now: &[u64]) -> Changes {
    let arity = engine.plan.rels[rel].declared.len().max(1);
    let mut out = Vec::new();
    let (mut old, mut new) =
        (before.chunks_exact(arity).peekable(), now.chunks_exact(arity).peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => order(engine, rel, a, b),
        };
        let gone = if order.is_le() { old.next() } else { None };
        let come = if order.is_ge() { new.next() } else { None };
        match (gone, come) {
            (Some(row), None) => out.push((-1, row.to_vec())),
            (None, Some(row)) => out.push((1, row.to_vec())),
            _ => {}
        }
    }
}

fn order(engine: &Engine, rel: usize, a: &[u64], b: &[u64]) -> Ordering {
    let declared = engine.plan.rels[rel].declared.iter();
    let each = declared.zip(a.iter().zip(b));
    each.map(|(d, (&a, &b))| compare(&engine.plan.types, d.ty, a, b, &engine.interner))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Engine {
    /// Changes of physical rows as changes of declared ones, in value order; a
    /// row that went stands before one that came.
    pub(in crate::kernel) fn declared_changes(&self, rel: usize, changes: &[Change]) -> Changes {
        let declared = &self.plan.rels[rel].declared;
        let words = |row: &[u64]| -> Vec<u64> {
            let word = |d: &ir::Declared| match d.shape {
                Shape::Word(col) => row.get(col).copied(),
                _ => None,
            };
            declared.iter().filter_map(word).collect()
        };
        let mut out: Changes =
            changes.iter().map(|change| (change.sign, words(&change.row))).collect();
        out.sort_by(|a, b| order(self, rel, &a.1, &b.1).then(a.0.cmp(&b.0)));
        out
    }
}

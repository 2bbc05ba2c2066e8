//! What came and went between two moments. Views and tables are looked at before
//! and after; large ones are only counted.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;

use crate::kernel::Engine;
use crate::value::merge::Merge;
use crate::value::order::sort_rows;

/// Rows of a collection beyond which it is not looked at row by row.
const LOOKED_AT: usize = 100_000;

/// The rows of a collection.
#[derive(Clone, Default)]
struct Held {
    count: usize,
    columns: Vec<TypeId>,
    /// In the order of their words; `None` where there are too many.
    rows: Option<Vec<Vec<u64>>>,
}

/// A moment.
#[derive(Default)]
pub struct Moment {
    held: BTreeMap<String, Held>,
}

/// What became of a collection.
pub struct Change {
    /// The collection.
    pub rel: RelId,
    /// What is to be told.
    pub what: What,
}

/// How a collection changed.
pub enum What {
    /// Flat words of rows that went and of those that came, in value order.
    Rows {
        /// Went.
        lost: Vec<Vec<u64>>,
        /// Came.
        gained: Vec<Vec<u64>>,
    },
    /// It is too large for that: rows before and now.
    Count(usize, usize),
}

/// Whether a collection is looked at: it has a name, and rows that stay.
fn is_state(rel: &typed::Rel) -> bool {
    let kind = matches!(rel.kind, RelKind::View | RelKind::Output | RelKind::OutputView);
    (kind || rel.kind.is_table()) && !rel.event && rel.given.is_none()
}

impl Moment {
    /// What there is now.
    pub fn of(program: &typed::Program, engine: &mut Engine) -> Moment {
        let mut held = BTreeMap::new();
        for (i, rel) in program.rels.iter().enumerate().filter(|(_, rel)| is_state(rel)) {
            let id = RelId(i as u32);
            let count = engine.len(id);
            let columns: Vec<TypeId> =
                engine.plan().rels[i].declared.iter().map(|of| of.ty).collect();
            let rows = (count <= LOOKED_AT).then(|| {
                let words = engine.rows_as_they_lie(id);
                rows(&words, columns.len(), count)
            });
            held.insert(rel.name.clone(), Held { count, columns, rows });
        }
        Moment { held }
    }

    /// The same in words of another engine.
    pub fn moved(mut self, from: &Engine, to: &mut Engine) -> Moment {
        let types = &from.plan().types;
        let mut merge = Merge::new(types, from.interner());
        for held in self.held.values_mut() {
            for row in held.rows.iter_mut().flatten() {
                for (word, ty) in row.iter_mut().zip(&held.columns) {
                    *word = merge.word(*ty, *word, to.interner_mut());
                }
            }
            held.rows.iter_mut().for_each(|rows| rows.sort_unstable());
        }
        self
    }

    /// What changed since another moment, in the order of declarations.
    pub fn since(&self, before: &Moment, program: &typed::Program, engine: &Engine) -> Vec<Change> {
        let mut changes = Vec::new();
        let none = Held { rows: Some(Vec::new()), ..Held::default() };
        for (i, rel) in program.rels.iter().enumerate().filter(|(_, rel)| is_state(rel)) {
            let Some(now) = self.held.get(&rel.name) else { continue };
            let then = before.held.get(&rel.name).unwrap_or(&none);
            let what = match (&then.rows, &now.rows) {
                (Some(old), Some(new)) if old != new => {
                    let sorted = |rows| in_order(rows, &now.columns, engine);
                    What::Rows { lost: sorted(beyond(old, new)), gained: sorted(beyond(new, old)) }
                }
                (Some(_), Some(_)) => continue,
                _ if then.count == now.count => continue,
                _ => What::Count(then.count, now.count),
            };
            changes.push(Change { rel: RelId(i as u32), what });
        }
        changes
    }
}

fn rows(words: &[u64], arity: usize, count: usize) -> Vec<Vec<u64>> {
    if arity == 0 {
        return vec![Vec::new(); count];
    }
    let mut rows: Vec<Vec<u64>> = words.chunks_exact(arity).map(<[u64]>::to_vec).collect();
    rows.sort_unstable();
    rows
}

fn beyond(rows: &[Vec<u64>], others: &[Vec<u64>]) -> Vec<Vec<u64>> {
    rows.iter().filter(|row| others.binary_search(row).is_err()).cloned().collect()
}

fn in_order(rows: Vec<Vec<u64>>, columns: &[TypeId], engine: &Engine) -> Vec<Vec<u64>> {
    if columns.is_empty() {
        return rows;
    }
    let flat = rows.into_iter().flatten().collect();
    let sorted = sort_rows(&engine.plan().types, columns, flat, engine.interner());
    sorted.chunks_exact(columns.len()).map(<[u64]>::to_vec).collect()
}

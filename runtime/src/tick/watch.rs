//! What changed in views and tables from tick to tick: the rows of the tick
//! before are kept and compared. What the changes are for is not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use rustc_hash::FxHashSet;

use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::tick::chain::Change;

/// Collections under watch. A copy is cheap: a chain that fails goes back to
/// the one from before.
#[derive(Clone, Default)]
pub(super) struct Watch {
    before: Vec<Arc<Rows>>,
}

impl Watch {
    /// Watches these, which have been empty so far.
    pub fn new(rels: impl IntoIterator<Item = RelId>) -> Watch {
        let empty = |rel| Arc::new(Rows { rel, count: 0, words: Vec::new() });
        Watch { before: rels.into_iter().map(empty).collect() }
    }

    /// What is there now and was not, and the other way round.
    pub fn look(&mut self, engine: &mut Engine) -> Vec<Change> {
        let mut changes = Vec::new();
        for before in &mut self.before {
            let rel = before.rel;
            let count = engine.len(rel);
            if count == 0 && before.count == 0 {
                continue;
            }
            let now = Rows { rel, count, words: engine.rows(rel) };
            if now == **before {
                continue;
            }
            let (gained, lost) = (beyond(&now, before), beyond(before, &now));
            changes.push(Change { gained, lost });
            *before = Arc::new(now);
        }
        changes
    }
}

/// The rows that others do not have.
fn beyond(rows: &Rows, others: &Rows) -> Rows {
    let arity = match (rows.count, others.count) {
        (0, _) => return Rows { rel: rows.rel, count: 0, words: Vec::new() },
        (count, _) => rows.words.len() / count,
    };
    if arity == 0 {
        let count = rows.count.saturating_sub(others.count);
        return Rows { rel: rows.rel, count, words: Vec::new() };
    }
    let others: FxHashSet<&[u64]> = others.words.chunks_exact(arity).collect();
    let new = rows.words.chunks_exact(arity).filter(|row| !others.contains(row));
    let words: Vec<u64> = new.flatten().copied().collect();
    Rows { rel: rows.rel, count: words.len() / arity, words }
}

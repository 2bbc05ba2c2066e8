//! Rows as they were read, of all relations: nobody's yet, and not yet known to
//! be different. Workers take from it what is theirs. How rows are read, and
//! who takes them, is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;

use crate::kernel::Sketch;

/// Rows of many relations, in words of one interner.
#[derive(Clone, Default)]
pub struct Stock {
    /// By relation: flat rows of the declared columns, some at a time.
    blocks: Vec<Vec<Vec<u64>>>,
    /// By relation: how many rows there are.
    counts: Vec<usize>,
}

impl Stock {
    /// Nothing.
    pub fn new() -> Stock {
        Stock::default()
    }

    /// Adds rows of a relation; `count` is their number, which words of rows
    /// without columns do not tell.
    pub fn add(&mut self, rel: RelId, rows: Vec<u64>, count: usize) {
        let at = rel.index();
        if self.blocks.len() <= at {
            self.blocks.resize(at + 1, Vec::new());
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
        self.blocks[at].push(rows);
    }

    /// Rows of a relation, equal ones too.
    pub fn len(&self, rel: RelId) -> usize {
        self.counts.get(rel.index()).copied().unwrap_or(0)
    }

    /// Whether there are no rows at all.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// The rows of a relation, some at a time.
    pub fn blocks(&self, rel: RelId) -> &[Vec<u64>] {
        self.blocks.get(rel.index()).map_or(&[], Vec::as_slice)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.blocks.iter().flatten().map(|block| block.capacity() * size_of::<u64>()).sum()
    }

    /// How many different words the columns of a relation have, nearly; 0 for
    /// those that are no words.
    pub fn distinct(&self, rel: RelId, schema: &ir::Rel) -> Vec<u64> {
        let arity = schema.declared.len().max(1);
        let count = |(at, declared): (usize, &ir::Declared)| {
            if !matches!(declared.shape, Shape::Word(_)) {
                return 0;
            }
            let mut sketch = Sketch::default();
            for block in self.blocks(rel) {
                block.iter().skip(at).step_by(arity).for_each(|word| sketch.add(*word));
            }
            sketch.estimate().clamp(1, self.len(rel).max(1) as u64)
        };
        schema.declared.iter().enumerate().map(count).collect()
    }
}

/// What is known of rows that several processes read, told by each: rows of a
/// relation, and different values of its columns.
pub fn added(parts: impl Iterator<Item = Vec<(Option<u64>, Vec<u64>)>>) -> Sizes {
    let mut all = Sizes::default();
    for sizes in parts {
        all.rows.resize(all.rows.len().max(sizes.len()), None);
        all.distinct.resize(all.distinct.len().max(sizes.len()), Vec::new());
        let sums = all.rows.iter_mut().zip(&mut all.distinct);
        for ((rows, distinct), (more, others)) in sums.zip(sizes) {
            *rows = rows.map_or(more, |rows| more.map(|more| rows + more).or(Some(rows)));
            distinct.resize(distinct.len().max(others.len()), 0);
            distinct.iter_mut().zip(others).for_each(|(most, other)| *most = other.max(*most));
        }
    }
    all
}

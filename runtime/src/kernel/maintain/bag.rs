//! Values in order, each with how often it is there. Entries are put into
//! blocks, so that one more moves few others. Whoever keeps values says how they
//! compare; a count may be below zero as long as not all changes were told.

use std::cmp::Ordering;

/// Entries of a block at most; then it becomes two.
const BLOCK_MAX: usize = 128;

#[derive(Clone, Default)]
struct Block {
    words: Vec<u64>,
    counts: Vec<i64>,
}

/// Entries of one width in order.
#[derive(Clone, Default)]
pub struct Bag {
    blocks: Vec<Block>,
    len: usize,
}

impl Bag {
    /// Different entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let block = |b: &Block| b.words.capacity() * 8 + b.counts.capacity() * 8;
        self.blocks.iter().map(block).sum::<usize>() + self.blocks.capacity() * size_of::<Block>()
    }

    /// Adds so many of an entry.
    pub fn add(
        &mut self,
        entry: &[u64],
        n: i64,
        mut compare: impl FnMut(&[u64], &[u64]) -> Ordering,
    ) {
        let width = entry.len();
        let above = self.blocks.partition_point(|b| compare(&b.words[..width], entry).is_le());
        let at = above.saturating_sub(1);
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let block = &mut self.blocks[at];
        let (mut low, mut high) = (0, block.counts.len());
        while low < high {
            let middle = (low + high) / 2;
            match compare(&block.words[middle * width..(middle + 1) * width], entry) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return self.count(at, middle, width, n),
            }
        }
        block.words.splice(low * width..low * width, entry.iter().copied());
        block.counts.insert(low, n);
        self.len += 1;
        if block.counts.len() > BLOCK_MAX {
            let half = block.counts.len() / 2;
            let words = block.words.split_off(half * width);
            let counts = block.counts.split_off(half);
            self.blocks.insert(at + 1, Block { words, counts });
        }
    }

    fn count(&mut self, at: usize, place: usize, width: usize, n: i64) {
        let block = &mut self.blocks[at];
        block.counts[place] += n;
        if block.counts[place] != 0 {
            return;
        }
        block.counts.remove(place);
        block.words.drain(place * width..(place + 1) * width);
        self.len -= 1;
        if block.counts.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// Entries in order, with their counts.
    pub fn entries(&self, width: usize) -> impl DoubleEndedIterator<Item = (&[u64], i64)> {
        self.blocks
            .iter()
            .flat_map(move |b| b.words.chunks_exact(width.max(1)).zip(b.counts.iter().copied()))
    }
}

//! Random numbers and random graphs that are the same on every machine and for ever, so that
//! sizes measured years apart belong to the same input. It knows nothing about cases or files.

use std::hash::BuildHasherDefault;

use rustc_hash::FxHasher;

type PairSet = std::collections::HashSet<(u32, u32), BuildHasherDefault<FxHasher>>;

/// The splitmix64 sequence of a seed.
pub struct Random {
    state: u64,
}

impl Random {
    /// Starts the sequence of this seed.
    pub fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in `0..bound`, by the high half of a product: no division and no bias that shows.
    pub fn below(&mut self, bound: u64) -> u32 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u32
    }

    /// True once in `bound` times.
    pub fn once_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    /// Skewed over `0..bound`: few ids are frequent, most are rare, more so for a larger
    /// `exponent`. A fixed multiplication scatters the frequent ones over the range, since real
    /// identifiers are not sorted by popularity either.
    pub fn skewed(&mut self, bound: u64, exponent: f64) -> u32 {
        let unit = (self.word() >> 11) as f64 / (1u64 << 53) as f64;
        let rank = (unit.powf(exponent) * bound as f64) as u64;
        ((rank * 0x9e37_79b1 + 12_345) % bound) as u32
    }

    /// Fisher-Yates from the end.
    pub fn shuffle<T>(&mut self, rows: &mut [T]) {
        for last in (1..rows.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            rows.swap(last, other);
        }
    }

    /// `count` distinct arcs between uniformly chosen nodes, without loops. The caller keeps
    /// `count` well below the square of `nodes`, else this would not end.
    pub fn uniform_arcs(&mut self, nodes: u64, count: u64) -> Vec<[u32; 2]> {
        let count = count as usize;
        let mut seen = PairSet::with_capacity_and_hasher(count, Default::default());
        let mut arcs = Vec::with_capacity(count);
        while arcs.len() < count {
            let from = self.below(nodes);
            let to = self.below(nodes);
            if from != to && seen.insert((from, to)) {
                arcs.push([from, to]);
            }
        }
        arcs
    }

    /// At most `count` distinct arcs whose ends are skewed. An eighth more is drawn, since loops
    /// and repetitions fall out.
    pub fn skewed_arcs(&mut self, nodes: u64, count: u64, from: f64, to: f64) -> Vec<[u32; 2]> {
        let drawn = count + count / 8;
        let mut arcs: Vec<[u32; 2]> = (0..drawn)
            .map(|_| {
                let source = self.skewed(nodes, from);
                [source, self.skewed(nodes, to)]
            })
            .filter(|[source, target]| source != target)
            .collect();
        arcs.sort_unstable();
        arcs.dedup();
        self.shuffle(&mut arcs);
        arcs.truncate(count as usize);
        arcs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_splitmix64() {
        // The published first values for seed 0: inputs must not drift with this file.
        let mut random = Random::new(0);
        assert_eq!(random.word(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(random.word(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn arcs_are_distinct_and_without_loops() {
        let mut arcs = Random::new(7).skewed_arcs(50, 200, 1.5, 1.3);
        assert!(arcs.iter().all(|[from, to]| from != to && *from < 50 && *to < 50));
        let count = arcs.len();
        arcs.sort_unstable();
        arcs.dedup();
        assert_eq!(arcs.len(), count);
    }
}

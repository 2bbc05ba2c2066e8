//! A run that breaks a test, made small: of what chance decided only that is
//! kept without which the test passes. Decisions are a map in which what is
//! left out is harmless, so the fewer there are, and the less they say, the
//! less happened. What a decision is about, and how a run is tried, is not
//! known here.

use std::collections::BTreeMap;

/// Runs that are tried where nobody says how many.
pub const RUNS: usize = 2_000;

/// Decisions that are not harmless.
pub type Map<K> = BTreeMap<K, u64>;

/// Tries runs.
pub trait Replay {
    /// What a decision is about.
    type Key: Ord + Clone;

    /// Runs with these decisions. Where the run breaks the test as the first
    /// one did: the decisions that it came to, which are some of these.
    fn broken(&mut self, choices: &Map<Self::Key>) -> Option<Map<Self::Key>>;

    /// Whether enough was done, however many runs are left.
    fn is_spent(&self) -> bool {
        false
    }

    /// What decisions are about alike; those are tried together first.
    fn kind(key: &Self::Key) -> u64;

    /// Whether the number of a decision is a time, so that a round one reads better.
    fn is_time(key: &Self::Key) -> bool;
}

/// What is left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk<K: Ord> {
    /// The decisions.
    pub choices: Map<K>,
    /// How many runs were tried.
    pub runs: usize,
    /// Whether without any one of them the test passes; if not, runs were too few.
    pub is_least: bool,
}

/// Makes a broken run smaller, with so many runs at most. `None` where the run
/// is not broken when it is done again.
pub fn shrink<R: Replay>(
    replay: &mut R,
    choices: &Map<R::Key>,
    most: usize,
) -> Option<Shrunk<R::Key>> {
    let now = replay.broken(choices)?;
    let mut search = Search { replay, now, runs: 1, most: most.max(1), is_over: false };
    search.without_kinds();
    search.without_chunks();
    search.smaller();
    if !search.is_over {
        // A smaller number can make another decision needless.
        search.without_chunks();
        search.rounder();
    }
    let is_least = search.is_least();
    Some(Shrunk { choices: search.now, runs: search.runs, is_least })
}

struct Search<'r, R: Replay> {
    replay: &'r mut R,
    now: Map<R::Key>,
    runs: usize,
    most: usize,
    is_over: bool,
}

impl<R: Replay> Search<'_, R> {
    /// Whether a run with these is broken too; then they are what there is now.
    fn try_with(&mut self, choices: &Map<R::Key>) -> bool {
        if self.runs >= self.most || self.replay.is_spent() {
            self.is_over = true;
            return false;
        }
        self.runs += 1;
        match self.replay.broken(choices) {
            Some(used) => {
                self.now = used;
                true
            }
            None => false,
        }
    }

    /// Drops all, or all of one kind.
    fn without_kinds(&mut self) {
        if self.now.is_empty() || self.try_with(&Map::new()) {
            return;
        }
        let mut kinds: Vec<u64> = self.now.keys().map(R::kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let rest = self.but(|key| R::kind(key) == kind);
            if rest.len() < self.now.len() && !rest.is_empty() {
                self.try_with(&rest);
            }
        }
    }

    fn but(&self, drops: impl Fn(&R::Key) -> bool) -> Map<R::Key> {
        let kept = self.now.iter().filter(|(key, _)| !drops(key));
        kept.map(|(key, value)| (key.clone(), *value)).collect()
    }

    /// Drops chunks, half as large each time, down to single decisions; these
    /// until none can be dropped.
    fn without_chunks(&mut self) {
        let mut size = self.now.len().div_ceil(2);
        while size > 0 && !self.is_over {
            let dropped = self.pass(size);
            size = match (size, dropped) {
                (1, true) => 1,
                (1, false) => 0,
                _ => size.div_ceil(2),
            };
        }
    }

    /// Tries to drop every chunk of this size, the last first.
    fn pass(&mut self, size: usize) -> bool {
        let keys: Vec<R::Key> = self.now.keys().cloned().collect();
        let mut dropped = false;
        for chunk in keys.chunks(size).rev() {
            let rest = self.but(|key| chunk.binary_search(key).is_ok());
            // What a run never came to is gone already.
            if rest.len() < self.now.len() {
                dropped |= self.try_with(&rest);
            }
            if self.is_over {
                break;
            }
        }
        dropped
    }

    fn with(&self, key: &R::Key, value: u64) -> Map<R::Key> {
        let mut choices = self.now.clone();
        choices.insert(key.clone(), value);
        choices
    }

    /// Looks for the least number of every decision, as if all above it did.
    fn smaller(&mut self) {
        let keys: Vec<R::Key> = self.now.keys().cloned().collect();
        for key in keys {
            let (mut not, Some(mut does)) = (0, self.now.get(&key).copied()) else { continue };
            while does - not > 1 && !self.is_over {
                // One is tried first: of two that are left, it is what is meant.
                let middle = if not == 0 { 1 } else { not + (does - not) / 2 };
                if self.try_with(&self.with(&key, middle)) {
                    does = middle;
                } else {
                    not = middle;
                }
                if self.now.get(&key) != Some(&does) {
                    break;
                }
            }
        }
    }

    /// Puts the next round number in the place of a time.
    fn rounder(&mut self) {
        let keys: Vec<R::Key> = self.now.keys().filter(|key| R::is_time(key)).cloned().collect();
        for key in keys {
            let Some(value) = self.now.get(&key).copied() else { continue };
            // At most twice the time, so that little moves but the digits.
            for unit in ROUND.iter().filter(|unit| **unit <= value) {
                let Some(round) = value.checked_next_multiple_of(*unit) else { continue };
                if round == value || self.is_over || self.try_with(&self.with(&key, round)) {
                    break;
                }
            }
        }
    }

    /// Whether the test passes without any one of the decisions; those that are
    /// found needless are dropped.
    fn is_least(&mut self) -> bool {
        while !self.is_over && self.pass(1) {}
        !self.is_over
    }
}

/// Round times in nanoseconds, the roundest first.
const ROUND: &[u64] =
    &[1_000_000_000, 100_000_000, 10_000_000, 5_000_000, 1_000_000, 100_000, 10_000, 1_000];

#[cfg(test)]
mod tests {
    use super::*;

    /// A run is broken if these hold; it comes to decisions below a number only.
    struct Fake<F: Fn(&Map<u32>) -> bool> {
        breaks: F,
        below: u32,
        runs: usize,
    }

    impl<F: Fn(&Map<u32>) -> bool> Replay for Fake<F> {
        type Key = u32;

        fn broken(&mut self, choices: &Map<u32>) -> Option<Map<u32>> {
            self.runs += 1;
            let used: Map<u32> =
                choices.range(..self.below).map(|(key, value)| (*key, *value)).collect();
            (self.breaks)(&used).then_some(used)
        }

        fn kind(key: &u32) -> u64 {
            u64::from(key % 3)
        }

        fn is_time(key: &u32) -> bool {
            key % 3 == 1
        }
    }

    fn all() -> Map<u32> {
        (0..300).map(|key| (key, u64::from(key) * 7_654_321 + 3)).collect()
    }

    fn least(breaks: impl Fn(&Map<u32>) -> bool, most: usize) -> Shrunk<u32> {
        let mut fake = Fake { breaks, below: 250, runs: 0 };
        let shrunk = shrink(&mut fake, &all(), most).expect("it is broken");
        assert_eq!(fake.runs, shrunk.runs);
        assert!(shrunk.runs <= most);
        assert!((fake.breaks)(&shrunk.choices));
        shrunk
    }

    #[test]
    fn what_is_needed_is_left() {
        let has = |map: &Map<u32>, key| map.contains_key(&key);
        let shrunk = least(|map| has(map, 17) && has(map, 101) && has(map, 249), RUNS);
        assert_eq!(shrunk.choices, Map::from([(17, 1), (101, 1), (249, 1)]));
        assert!(shrunk.is_least);
    }

    #[test]
    fn one_of_two_ways_is_left() {
        let has = |map: &Map<u32>, key| map.contains_key(&key);
        let shrunk = least(|map| has(map, 5) && (has(map, 9) || has(map, 200)), RUNS);
        assert_eq!(shrunk.choices.len(), 2);
        assert!(shrunk.is_least);
    }

    #[test]
    fn times_are_small_and_round() {
        let shrunk = least(|map| map.get(&40).is_some_and(|time| *time > 12_345_678), RUNS);
        assert_eq!(shrunk.choices, Map::from([(40, 20_000_000)]));
        let shrunk = least(|map| map.get(&41).is_some_and(|number| *number > 12_345_678), RUNS);
        assert_eq!(shrunk.choices, Map::from([(41, 12_345_679)]));
    }

    #[test]
    fn nothing_is_needed() {
        let shrunk = least(|_| true, RUNS);
        assert_eq!((shrunk.choices.len(), shrunk.runs, shrunk.is_least), (0, 2, true));
    }

    #[test]
    fn runs_are_bounded() {
        let shrunk = least(|map| map.len() > 200, 50);
        assert_eq!((shrunk.runs, shrunk.is_least), (50, false));
    }

    #[test]
    fn a_run_that_is_not_broken_is_not_shrunk() {
        let mut fake = Fake { breaks: |_| false, below: 9, runs: 0 };
        assert_eq!(shrink(&mut fake, &all(), RUNS), None);
    }
}

//! Random programs as a strategy of proptest, which shrinks a failing one by
//! taking pieces out. This room must not know what programs look like.

use proptest::prelude::any;
use proptest::strategy::NewTree;
use proptest::strategy::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use proptest::test_runner::RngAlgorithm;
use proptest::test_runner::TestRng;
use proptest::test_runner::TestRunner;

use crate::oracle::random::case::Cut;
use crate::oracle::random::case::Pieces;
use crate::oracle::random::program;
use crate::oracle::random::timed;

/// Random programs.
#[derive(Clone, Copy, Debug)]
pub struct Programs;

/// Random programs over time, with what several ticks take in.
#[derive(Clone, Copy, Debug)]
pub struct Timed;

impl Strategy for Programs {
    type Tree = Shrinking;
    type Value = Pieces;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Programs> {
        Ok(Shrinking::of(program::program(any::<u64>().new_tree(runner)?.current())))
    }
}

impl Strategy for Timed {
    type Tree = Shrinking;
    type Value = Pieces;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Timed> {
        Ok(Shrinking::of(timed::timed(any::<u64>().new_tree(runner)?.current())))
    }
}

/// A program on its way to a smaller one.
#[derive(Clone, Debug)]
pub struct Shrinking {
    /// The smallest that is known to fail.
    least: Pieces,
    /// That without one more piece.
    current: Pieces,
    cuts: Vec<Cut>,
    at: usize,
}

impl Shrinking {
    fn of(whole: Pieces) -> Shrinking {
        Shrinking { least: whole.clone(), current: whole, cuts: Vec::new(), at: 0 }
    }

    fn cut(&mut self) -> bool {
        while let Some(cut) = self.cuts.get(self.at) {
            self.at += 1;
            if let Some(smaller) = self.least.without(*cut) {
                self.current = smaller;
                return true;
            }
        }
        self.current = self.least.clone();
        false
    }
}

impl ValueTree for Shrinking {
    type Value = Pieces;

    fn current(&self) -> Pieces {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        self.least = self.current.clone();
        self.cuts = self.least.cuts();
        self.at = 0;
        self.cut()
    }

    fn complicate(&mut self) -> bool {
        self.cut()
    }
}

/// A runner that makes the same programs every time. The variable
/// `BLOOM_SEED` chooses others and `BLOOM_CASES` how many.
pub fn runner(cases: u32) -> TestRunner {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number("BLOOM_SEED").unwrap_or(0).to_le_bytes());
    let cases = number("BLOOM_CASES").map_or(cases, |n| n.min(u32::MAX.into()) as u32);
    let config =
        Config { cases, max_shrink_iters: 100_000, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

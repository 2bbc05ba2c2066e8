//! What became of one run of a test of many nodes, as data: what was reached,
//! and the first thing that did not hold, with all that is needed to run it
//! again. How it is shown is for others to say.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;

use crate::sim::Map;
use crate::testing::verdict::Failed;

/// What became of one run.
#[derive(Debug)]
pub struct Outcome {
    /// The first thing that did not hold; the run ended there.
    pub broken: Option<Box<Broken>>,
    /// By property of the test: whether some tick had it, of those that some
    /// run must reach.
    pub reached: Vec<bool>,
    /// What happened, counted.
    pub counts: Counts,
    /// A number for the whole run: equal for equal runs.
    pub hash: u128,
}

/// What happened in a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Chains of ticks of all nodes.
    pub events: u64,
}

/// Stands for the seed of runs that a search made up by itself.
pub const SEARCHED: u64 = u64::MAX;

/// Something that did not hold.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The number of the test in the program over all nodes.
    pub test: usize,
    /// The seed of the run. Where choices were given, chance in the programs
    /// hangs on it all the same.
    pub seed: u64,
    /// The answers that were not harmless: with these alone it is the same run.
    pub choices: Map,
    /// What did not hold.
    pub what: What,
    /// When, in nanoseconds from the start.
    pub at: i64,
    /// The node whose tick it was, as a number in the cast; none at the end.
    pub node: Option<usize>,
    /// The number of that tick at its node.
    pub tick: Option<u64>,
    /// Whether nothing was left to happen then.
    pub quiet: bool,
}

/// A row of a node that shows what is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shown {
    /// The node, as a number in the cast.
    pub node: usize,
    /// Its collection in the node's own program.
    pub rel: RelId,
    /// Its values, without the node.
    pub row: Vec<Value>,
    /// The row as a fact over all nodes: `store.kept("store[0]", 1)`.
    pub text: String,
}

/// What did not hold, explained.
#[derive(Debug)]
pub struct Told {
    /// What, where, when and what there is instead; with a derivation over the
    /// rows of all nodes.
    pub failed: Failed,
    /// The rows of nodes that it rests on, in value order; none where something
    /// is missing.
    pub rows: Vec<Shown>,
}

/// What did not hold.
#[derive(Clone, Debug)]
pub enum What {
    /// A property of the test, by its number there.
    Property(usize),
    /// A tick of a node failed.
    Tick(Box<Diagnostic>),
    /// What the test asks about the rows failed itself.
    Judge(Box<Diagnostic>),
    /// The two evaluators differ in a property.
    Dispute(usize, String),
}

impl What {
    /// Whether two runs fail in the same way.
    pub fn is_like(&self, other: &What) -> bool {
        match (self, other) {
            (What::Property(one), What::Property(other)) => one == other,
            (What::Tick(one), What::Tick(other)) | (What::Judge(one), What::Judge(other)) => {
                one.code == other.code && one.primary.span == other.primary.span
            }
            (What::Dispute(one, _), What::Dispute(other, _)) => one == other,
            _ => false,
        }
    }
}

/// An instant as people say it: `43.217ms`, `1.043s`.
pub fn instant(at: i64) -> String {
    const SCALES: [(i64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")];
    match SCALES.into_iter().find(|(scale, _)| at.unsigned_abs() >= scale.unsigned_abs()) {
        None => format!("{at}ns"),
        Some((scale, unit)) => {
            let text = format!("{:.3}", at as f64 / scale as f64);
            format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}

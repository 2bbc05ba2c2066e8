//! What became of one run of a test of many nodes, as data: what was reached,
//! and the first thing that did not hold, with all that is needed to run it
//! again. How it is shown is for others to say.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;

use crate::sim::Map;

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
    /// Faults that happened.
    pub faults: u64,
}

/// Something that did not hold.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The number of the test in the program over all nodes.
    pub test: usize,
    /// The seed of the run, unless its choices were given.
    pub seed: Option<u64>,
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
    /// Rows that show it, in value order.
    pub rows: Vec<Shown>,
}

/// A row that shows what is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shown {
    /// Its collection in the program over all nodes.
    pub rel: RelId,
    /// Its values; in a collection of a role the first one is the node.
    pub row: Vec<Value>,
    /// The row as a fact of the program.
    pub text: String,
    /// The atom of the property that it matches.
    pub span: Span,
}

/// What did not hold.
#[derive(Clone, Debug)]
pub enum What {
    /// A property of the test, by its number there.
    Property(usize),
    /// A tick of a node failed.
    Tick(Box<Diagnostic>),
    /// The two evaluators differ in a property.
    Dispute(usize, String),
}

impl What {
    /// Whether two runs fail in the same way.
    pub fn is_like(&self, other: &What) -> bool {
        match (self, other) {
            (What::Property(one), What::Property(other)) => one == other,
            (What::Tick(one), What::Tick(other)) => {
                one.code == other.code && one.primary.span == other.primary.span
            }
            (What::Dispute(one, _), What::Dispute(other, _)) => one == other,
            _ => false,
        }
    }
}

//! What a chain did, as rows in words of its engine. Nothing here decides
//! anything; who shows or sends the rows is not known.

use bloom_compiler::ids::RelId;

use crate::dataflow::node::GONE;
use crate::kernel::Failure;
use crate::kernel::Rows;
use crate::tick::gift::Gift;

/// The tick that took events in, and those that followed from it.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// What the first tick took in, in order of arrival: what [`Node::replay`]
    /// needs to do it again.
    ///
    /// [`Node::replay`]: crate::tick::Node::replay
    pub took: Vec<Gift>,
    /// In order.
    pub ticks: Vec<Tick>,
}

impl Chain {
    /// The code that ends the node, if there is one.
    pub fn halt(&self) -> Option<u8> {
        self.ticks.iter().find_map(|tick| tick.halt)
    }
}

/// A tick. Rows are in value order, collections in order of declaration.
#[derive(Clone, Debug, Default)]
pub struct Tick {
    /// Counted from 1.
    pub number: u64,
    /// Its instant.
    pub now: i64,
    /// Whether it followed by itself.
    pub own: bool,
    /// What it took in, where somebody asked for it.
    pub took: Vec<Rows>,
    /// What was taken out of tables from outside, likewise.
    pub taken_out: Vec<Rows>,
    /// Rows of event outputs, and of other events that are to be shown.
    pub shown: Vec<Rows>,
    /// What changed in outputs that are views, and in what else is watched.
    pub changed: Vec<Change>,
    /// Messages to others.
    pub sent: Vec<Rows>,
    /// For each row of `sent`, one after the other, whether it is a group
    /// message, which has to arrive.
    pub group: Vec<bool>,
    /// Messages to the node itself.
    pub kept: Vec<Rows>,
    /// Timers that were set.
    pub timers: Vec<Rows>,
    /// Lines to write, ascending.
    pub stdout: Vec<String>,
    /// Likewise.
    pub stderr: Vec<String>,
    /// The code that the node is to end with.
    pub halt: Option<u8>,
}

impl Tick {
    /// Messages to others: the channel, the row, and whether it has to arrive.
    pub fn messages(&self) -> impl Iterator<Item = (RelId, &[u64], bool)> {
        let rows = self.sent.iter().flat_map(|rows| {
            // A channel has a column for the address.
            let arity = (rows.words.len() / rows.count.max(1)).max(1);
            rows.words.chunks_exact(arity).map(|row| (rows.rel, row))
        });
        rows.zip(&self.group).map(|((rel, row), group)| (rel, row, *group))
    }
}

/// What came and went in a collection against the tick before.
#[derive(Clone, Debug)]
pub struct Change {
    /// Came.
    pub gained: Rows,
    /// Went.
    pub lost: Rows,
}

impl Change {
    /// The collection.
    pub fn rel(&self) -> RelId {
        self.gained.rel
    }
}

/// Why a chain failed. Nothing of it is left.
#[derive(Clone, Debug)]
pub struct ChainFailure {
    /// The tick.
    pub tick: u64,
    /// Its instant.
    pub now: i64,
    /// What happened.
    pub why: Why,
}

/// Reasons to fail.
#[derive(Clone, Debug)]
pub enum Why {
    /// The tick itself.
    Tick(Failure),
    /// More ticks followed by themselves than may.
    OwnTicks {
        /// How many may.
        most: u64,
        /// The stages that the last one had rows in.
        stages: Vec<RelId>,
    },
    /// The program wants to end with a code that is none.
    Halt {
        /// The code.
        code: i64,
    },
}

impl ChainFailure {
    /// Whether it hangs on the machine below rather than on what was taken in.
    /// Then no event is to blame.
    pub fn is_the_worlds(&self) -> bool {
        matches!(
            &self.why,
            Why::Tick(Failure::Limit { which: "--max-memory" | "--max-seconds" | GONE, .. })
        )
    }

    /// Why the workers of the node cannot go on, if that is what failed.
    pub fn broken(&self) -> Option<&str> {
        match &self.why {
            Why::Tick(Failure::Limit { which: GONE, detail, .. }) => Some(detail),
            _ => None,
        }
    }
}

/// What was given up, and why.
#[derive(Clone, Debug)]
pub struct Dead {
    /// What was given together.
    pub gift: Gift,
    /// What came of it.
    pub failure: ChainFailure,
}

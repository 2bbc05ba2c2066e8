//! What a verdict rests on, so that it can be checked by somebody else: the
//! variance of everything that was looked at, and the example that shows a point.
//! How either is found is not known here.

use crate::calm::model::RelName;
use crate::calm::model::Variance;
use crate::ids::RelId;
use crate::oracle::Value;

/// Why a verdict holds: what every collection on the way is to the input that
/// may take the output back.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Proof {
    /// One for each growing input that the output hangs on, by name.
    pub inputs: Vec<Dependence>,
}

/// How an observable hangs on one growing input.
#[derive(Clone, PartialEq, Debug)]
pub struct Dependence {
    /// The input.
    pub input: RelName,
    /// What the observable is to it, all ways joined.
    pub variance: Variance,
    /// Whether the waiting that was placed covers it.
    pub covered: bool,
    /// What the collections between are to it.
    pub between: Vec<Claim>,
}

/// That a collection, or the value in one of its columns, is this to the input.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Claim {
    /// The number of the role.
    pub role_at: usize,
    /// The collection.
    pub rel: RelId,
    /// Its name.
    pub name: RelName,
    /// The column whose value it is about; `None`: which rows there are.
    pub column: Option<usize>,
    /// What it is.
    pub variance: Variance,
}

/// What became of the search for an example.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Search {
    /// Nobody looked.
    #[default]
    NotAsked,
    /// This is it.
    Found(Witness),
    /// None within the bound, which is in steps of the judge. It says nothing
    /// about larger ones.
    NotFound {
        /// Steps that were allowed.
        bound: u64,
        /// What was looked at, in words.
        tried: String,
    },
    /// The judge cannot run the program, and why.
    CannotRun(String),
}

/// The smallest example that was found: something is shown, something comes,
/// and what was shown is gone or another.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Witness {
    /// What is the case.
    pub have: Vec<Fact>,
    /// What is shown then.
    pub shown: Vec<Fact>,
    /// What comes late; of two orders, what came first in the other one.
    pub late: Vec<Fact>,
    /// What is no longer shown, though it was.
    pub gone: Vec<Fact>,
    /// What is shown in its place.
    pub instead: Vec<Fact>,
    /// What the example shows.
    pub form: Form,
    /// The same for whoever plays it: two runs that should show the same and do
    /// not. Of operations that break an invariant together each has a run of its
    /// own, and a third one has both.
    pub runs: Vec<Run>,
    /// What is looked at in them.
    pub watched: Watched,
}

/// What an example shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// A late fact takes something back.
    #[default]
    Late,
    /// Two orders of the same events show different things.
    Orders,
    /// The same events show different things in one tick and one by one.
    Apart,
    /// Two operations, each fine alone, break a promise together.
    Together,
    /// The same fact twice changes the result.
    Twice,
}

/// What is looked at in runs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Watched {
    /// Which of the nodes of the runs.
    pub at: usize,
    /// The number of its role.
    pub role_at: usize,
    /// Collections of its program: the output, what is sent, or what breaks an
    /// invariant.
    pub rels: Vec<RelId>,
    /// Whether what was shown stays as it was shown.
    pub is_event: bool,
}

/// A run of all nodes that take part.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// The nodes, with what they begin with.
    pub nodes: Vec<Start>,
    /// What they take in, tick by tick; ticks that follow by themselves among them.
    pub ticks: Vec<Taken>,
    /// What is shown in the end; of events all that was.
    pub shown: Vec<Fact>,
}

/// A node before its first tick.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Start {
    /// What it is called.
    pub node: String,
    /// Its role; `None` where there are no roles.
    pub role: Option<String>,
    /// The number of its role.
    pub role_at: usize,
    /// Rows of its tables.
    pub facts: Vec<Fact>,
    /// The same as values.
    pub rows: Vec<(RelId, Vec<Value>)>,
}

/// A tick of one node.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Taken {
    /// Which of the nodes of the run.
    pub at: usize,
    /// What it takes in: events from outside and messages.
    pub facts: Vec<Fact>,
    /// The same as values.
    pub rows: Vec<(RelId, Vec<Value>)>,
    /// The instant, in nanoseconds.
    pub now: i64,
    /// What stands for chance.
    pub seed: i64,
}

/// A row, as the user would write it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Fact {
    /// The collection.
    pub relation: RelName,
    /// Its values as literals, one per column.
    pub values: Vec<String>,
}

impl Fact {
    /// `action("s", "apple", 2)`
    pub fn text(&self) -> String {
        format!("{}({})", self.relation.text(), self.values.join(", "))
    }
}

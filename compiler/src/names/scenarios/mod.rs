//! Tests of many nodes as resolved: which nodes there are, what happens to
//! them and between them, what they are given, and what has to hold. What has
//! to hold is asked of one program over the rows of all nodes: there, a
//! collection `p` of a role `r` is called `r.p` and has the node as its first
//! column. How such a test is run is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `rewrite` | tests, written again in the names of that program |
//! | `network` | lines of `network { … }` |
//! | `resolve` | statements of tests to what they become |

mod network;
mod resolve;
mod rewrite;

pub use network::Fault;
pub use network::Nodes;
pub use network::Steps;
pub use network::When;
pub use rewrite::Declared;
pub use rewrite::PARAMETERS;
pub use rewrite::rewritten;

use crate::ids::RelId;
use crate::names::steps::Expectation;
use crate::names::steps::TestFact;
use crate::source::Span;

/// A test of many nodes.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The nodes, in the order of the text. The node number `i` of a role `r`
    /// has the name `r[i]`.
    pub groups: Vec<Group>,
    /// What the network and the nodes suffer, in the order of the text.
    pub faults: Vec<(Fault, Span)>,
    /// How many schedules are tried, if the test says so.
    pub seeds: Option<u64>,
    /// What nodes are given, in the order of the text.
    pub given: Vec<Gift>,
    /// What has to hold, in the order of the text.
    pub properties: Vec<Property>,
}

/// Nodes of one role.
#[derive(Clone, Debug)]
pub struct Group {
    /// The role.
    pub role: String,
    /// How many, at least one.
    pub count: u64,
    /// The values of the role's parameters: the one row of a hidden
    /// collection, in the order of the parameters; none where there are none.
    pub args: Option<TestFact>,
    /// The group in the text.
    pub span: Span,
}

/// Events for one node, which all come at one time.
#[derive(Clone, Debug)]
pub struct Gift {
    /// The role of the node.
    pub role: String,
    /// Its number among the nodes of the role, from 0.
    pub index: u64,
    /// When, in nanoseconds from the start.
    pub at: i64,
    /// The rows; their first column is the node.
    pub facts: Vec<TestFact>,
    /// The statement in the text.
    pub span: Span,
}

/// When something has to hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// After every tick of every node.
    Always,
    /// In the end; so many nanoseconds after the last fault, if it says so.
    Eventually(Option<i64>),
    /// After some tick of some schedule.
    Sometimes,
}

/// Something that has to hold.
#[derive(Clone, Debug)]
pub struct Property {
    /// When.
    pub mode: Mode,
    /// What.
    pub holds: Expectation,
    /// Of `all r: …` and `agree r: …` a hidden collection of the nodes for
    /// which it does not hold: one column with the node, or two nodes and what
    /// the first has and the second has not.
    pub wrong: Option<RelId>,
    /// It in the text.
    pub span: Span,
}

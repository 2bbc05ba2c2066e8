//! Tests as resolved: their steps, each with the hidden collections that its
//! rules fill. How they run is not known here.

use crate::diag::Code;
use crate::ids::RelId;
use crate::names::scenarios::Scenario;
use crate::source::Span;

/// The tests of a program. Their collections and rules stand behind all
/// others, so that the program without them is a beginning of it.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Tests {
    pub list: Vec<Test>,
    /// The first collection and the first rule that only tests need.
    pub first_rel: usize,
    pub first_rule: usize,
    /// Collections whose columns have the types of columns of another.
    pub copies: Vec<(RelId, RelId, Vec<usize>)>,
}

/// `test "…" { … }`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Test {
    pub title: String,
    pub title_span: Span,
    pub span: Span,
    /// Of a test of one node.
    pub steps: Vec<TestStep>,
    /// Of a test of many nodes.
    pub scenario: Option<Scenario>,
}

/// A statement of a test.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct TestStep {
    pub kind: TestStepKind,
    pub span: Span,
}

/// The forms of steps.
#[derive(Clone, Debug)]
pub enum TestStepKind {
    /// One tick.
    Tick(TestTick),
    /// Something about the rows of the last tick.
    Expect(Expectation),
    /// A tick that fails.
    Fails {
        /// With which error; any if none is named.
        code: Option<Code>,
        /// What it is given.
        tick: TestTick,
    },
}

/// A tick and what it is given.
#[derive(Clone, Debug)]
pub struct TestTick {
    /// `now` in nanoseconds; 1 ns after the tick before if it is not said.
    pub at: Option<i64>,
    /// In the order of the text.
    pub facts: Vec<TestFact>,
}

/// A row from outside.
#[derive(Clone, Debug)]
pub struct TestFact {
    /// Whether it is taken out: every row that has these values.
    pub delete: bool,
    /// The collection.
    pub rel: RelId,
    /// A hidden collection with one row.
    pub row: RelId,
    /// The columns of `rel` whose values that row has, in its order; all of
    /// them unless it is taken out.
    pub cols: Vec<usize>,
    /// The row in the text.
    pub span: Span,
}

/// What a test expects.
#[derive(Clone, Copy, Debug)]
pub enum Expectation {
    /// A hidden collection without columns has its row, or has not.
    Matches {
        /// That collection.
        found: RelId,
        /// Whether it must not.
        negated: bool,
    },
    /// A collection has the rows of a hidden one and no others.
    Rows {
        /// The collection.
        rel: RelId,
        /// The rows it should have.
        rows: RelId,
    },
}

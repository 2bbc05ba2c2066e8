//! An explanation as data: facts, the rules that gave them and what those
//! rested on; or, of a fact that is not there, how far each rule came. How it
//! is shown is for others to say.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;

/// How much is explained.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Rules between the fact asked for and the last one shown.
    pub depth: usize,
    /// Facts in all.
    pub size: usize,
    /// Matches of an aggregate, and parts of a merged value, that are shown.
    pub matches: usize,
    /// Rows of a pattern that are explained.
    pub rows: usize,
    /// Rows that one search may try.
    pub effort: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { depth: 12, size: 200, matches: 5, rows: 1, effort: 5_000_000 }
    }
}

/// Why a fact is there, or is not.
#[derive(Clone, PartialEq, Debug)]
pub struct Explanation {
    /// The relation asked about.
    pub rel: RelId,
    /// The facts met, each once; they name each other by number.
    pub nodes: Vec<Node>,
    /// What was asked.
    pub answer: Answer,
    /// Limits that left something out, in order of their kind.
    pub cuts: Vec<Cut>,
}

/// The answer to a question.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// Rows that match, the first ones in value order, and how many more there are.
    Present {
        /// Numbers of their nodes.
        rows: Vec<usize>,
        /// Rows that match too and are not explained.
        others: usize,
    },
    /// No row matches.
    Absent(Absence),
}

/// A fact and where it comes from.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Node {
    pub rel: RelId,
    /// The row as it was when it was used.
    pub row: Vec<Value>,
    /// What it has become by the end, where that is more.
    pub later: Option<Vec<Value>>,
    /// Several where a merged value was made up of several contributions;
    /// empty where a limit was met.
    pub origins: Vec<Origin>,
    /// Parts of a merged value whose origins are left out.
    pub more: usize,
    /// What was met instead of an origin.
    pub cut: Option<Cut>,
    /// Rules on the longest way down to what was loaded or stated, as far as
    /// it is shown.
    pub height: usize,
}

/// Where a fact, or a part of it, comes from.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Origin {
    /// The part of a merged value, as text; none: the whole row.
    pub part: Option<String>,
    pub source: Source,
}

/// Kinds of origins.
#[derive(Clone, PartialEq, Debug)]
pub enum Source {
    /// It was there before the run.
    Loaded,
    /// A rule gave it.
    Rule(Derivation),
}

/// A rule applied.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Derivation {
    /// Number of the rule in the program.
    pub rule: usize,
    /// Variables and values: of the match, or of the group of an aggregate.
    pub bindings: Vec<(String, String)>,
    /// One match; of an aggregate the first of its group.
    pub matches: Vec<Vec<Premise>>,
    /// Matches of the group that are left out.
    pub more: usize,
    /// Whether the rule aggregates.
    pub is_group: bool,
}

/// What a match rests on, in the order of the body.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Premise {
    /// A row: the number of its node.
    Row { node: usize, span: Span },
    /// No row matches the literal; with what the atom asks for that has none.
    Absent { span: Span, values: Vec<(String, String)>, asked: Option<Asked> },
    /// The literal holds for these values.
    Holds { span: Span, values: Vec<(String, String)> },
}

/// What an atom asks for: a collection, and the columns that are given.
pub type Asked = (RelId, Vec<Option<Value>>);

/// A fact that is not there.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Absence {
    pub rel: RelId,
    /// The columns that were given.
    pub wanted: Vec<Option<Value>>,
    /// What rows there are in its place, as a sentence.
    pub near: String,
    /// Rules that could have given it, in source order.
    pub attempts: Vec<Attempt>,
}

/// How far a rule came.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Attempt {
    pub rule: usize,
    /// What the literals before the failing one rest on, in one of their matches.
    pub premises: Vec<Premise>,
    /// How many matches those literals have; at most as many as were counted.
    pub matches: usize,
    /// Whether there are more than were counted.
    pub at_least: bool,
    /// Values of that match.
    pub bindings: Vec<(String, String)>,
    pub failing: Failing,
}

/// Why a rule gives no such fact.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Failing {
    /// No row for this atom.
    Atom {
        span: Span,
        /// What it asks for.
        asked: Asked,
        /// The atom with the values it has here.
        fact: String,
        near: String,
        /// Why that is not there, where rules could give it.
        deeper: Option<Box<Absence>>,
    },
    /// A row that must not be there.
    Present { span: Span, premises: Vec<Premise> },
    /// A condition that does not hold.
    Test { span: Span, values: Vec<(String, String)> },
    /// The body holds, and the head gives something else.
    Head { span: Span, gives: Option<String> },
    /// The search was given up.
    Effort,
}

/// What ended an explanation before its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cut {
    /// [`Options::depth`].
    Depth,
    /// [`Options::size`].
    Size,
    /// [`Options::effort`].
    Effort,
}

//! Why something is so, or is not, over ticks and nodes, as data: facts with
//! the rules that gave them, down to what the test gave; and what is missing,
//! with how far each rule came. How it is told is for others to say.

use bloom_compiler::ids::RelId;
use bloom_compiler::source::Span;

/// Facts and gaps, each once; they name each other by number.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// What is there.
    pub facts: Vec<Fact>,
    /// What is not.
    pub gaps: Vec<Gap>,
    /// What was asked about.
    pub roots: Vec<Premise>,
    /// The messages that have a part in it, ascending.
    pub messages: Vec<u64>,
    /// The gifts of the test that have a part in it, ascending.
    pub gifts: Vec<usize>,
    /// The rules to look at, the first one first.
    pub rules: Vec<Span>,
    /// The nodes and their collections that it is about.
    pub about: Vec<(usize, RelId)>,
}

/// A tick at a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment {
    /// The node.
    pub node: usize,
    /// The number that the node gives the tick.
    pub tick: u64,
    /// When, in nanoseconds from the start of the test.
    pub at: i64,
}

/// Something that is there.
#[derive(Clone, Debug)]
pub struct Fact {
    /// In which tick; none: it is about all nodes.
    pub moment: Option<Moment>,
    /// It, as it would be stated.
    pub text: String,
    /// Where it comes from; several where a merged value was made up of several
    /// parts, none where that is left out.
    pub origins: Vec<Origin>,
    /// Parts that are left out.
    pub more: usize,
}

/// Where a fact, or a part of it, comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The part of a merged value; none: the whole row.
    pub part: Option<String>,
    /// How it came.
    pub how: How,
}

/// How facts come.
#[derive(Clone, Debug)]
pub enum How {
    /// A rule gave it in the same tick.
    Rule(Given),
    /// It is a message from another node: that it was sent there.
    Message {
        /// Its number in the run.
        id: u64,
        /// The sender.
        from: usize,
        /// When it was sent.
        sent: i64,
        /// What was sent.
        fact: Option<usize>,
    },
    /// The node sent it to itself.
    ToItself(usize),
    /// The tick before put it off to this one.
    PutOff {
        /// That it did.
        fact: usize,
        /// The row in whose place it came, where that was asked.
        instead: Option<usize>,
    },
    /// It is there since an earlier tick.
    Since(usize),
    /// A timer that was set in an earlier tick.
    Timer(usize),
    /// The test gave it: its place in the story.
    Gift(usize),
    /// In these words.
    Said(&'static str),
}

/// A rule applied.
#[derive(Clone, Debug)]
pub struct Given {
    /// The rule.
    pub rule: Span,
    /// Whether it is a fact of the program.
    pub is_stated: bool,
    /// What each of its matches rests on.
    pub matches: Vec<Vec<Premise>>,
    /// Matches that are left out.
    pub more: usize,
    /// Whether the rule aggregates.
    pub is_group: bool,
}

/// What something rests on.
#[derive(Clone, Debug)]
pub enum Premise {
    /// A fact.
    Fact(usize),
    /// Something that is not there.
    Gap(usize),
    /// A literal that no row matches.
    Nothing {
        /// The literal.
        span: Span,
        /// Variables and values.
        values: Vec<(String, String)>,
        /// What is not there, and why, where that was asked.
        gap: Option<usize>,
    },
    /// A literal that holds.
    Holds {
        /// The literal.
        span: Span,
        /// Variables and values.
        values: Vec<(String, String)>,
    },
}

/// Something that is not there.
#[derive(Clone, Debug)]
pub struct Gap {
    /// In which tick; none: it is about all nodes.
    pub moment: Option<Moment>,
    /// It, with `_` for what may be anything.
    pub text: String,
    /// What there is in its place.
    pub near: String,
    /// What else is known.
    pub remarks: Vec<Remark>,
    /// How far each rule came.
    pub attempts: Vec<Attempt>,
}

/// What is known of something that is missing.
#[derive(Clone, Debug)]
pub enum Remark {
    /// It was there until a later tick began, and what took it away.
    Gone {
        /// The row.
        text: String,
        /// When it was gone.
        at: i64,
        /// What took it away.
        by: Option<usize>,
    },
    /// The message that would have brought it, which did not arrive.
    Lost {
        /// Its row.
        text: String,
        /// The sender.
        from: usize,
        /// When it was sent.
        sent: i64,
        /// Why it did not arrive.
        why: String,
        /// Why it was sent.
        fact: Option<usize>,
    },
    /// The message that brings it is still on its way.
    Late {
        /// Its row.
        text: String,
        /// The sender.
        from: usize,
        /// When it was sent.
        sent: i64,
    },
    /// It was an event of an earlier tick.
    Earlier(Moment),
    /// No node ever sent such a message.
    NeverSent,
    /// The test gives none, and nothing else does.
    NeverGiven,
    /// No rule writes it.
    NoRule,
}

/// How far a rule came.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The rule.
    pub rule: Span,
    /// In which tick, where that is another one.
    pub moment: Option<Moment>,
    /// What the literals before the failing one rest on.
    pub premises: Vec<Premise>,
    /// Other matches of them.
    pub others: usize,
    /// Why it gives nothing.
    pub failing: Failing,
}

/// Why a rule gives no such fact.
#[derive(Clone, Debug)]
pub enum Failing {
    /// Something is missing.
    Gap(usize),
    /// A row that must not be there.
    Present {
        /// The literal.
        span: Span,
        /// What is there.
        premises: Vec<Premise>,
    },
    /// A condition that does not hold.
    Test {
        /// The condition.
        span: Span,
        /// Variables and values.
        values: Vec<(String, String)>,
    },
    /// The head gives something else.
    Head {
        /// The head.
        span: Span,
        /// What it gives.
        gives: Option<String>,
    },
    /// The search was given up.
    Effort,
}

//! Collections of the resolved program: what kinds there are, also of those
//! that no program declares, and what each is known by. What rules say of them
//! is not known here.

use super::hir::Default;
use super::hir::Expr;
use super::hir::Type;
use crate::ids::RelId;
use crate::source::Span;

/// What a collection is. `output` without `table` or `view` is [`RelKind::Output`];
/// whether it shows events or a view follows from its rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum RelKind {
    Table,
    StaticTable,
    View,
    Scratch,
    Input,
    InputTable,
    InputView,
    Output,
    OutputTable,
    OutputView,
    Channel,
    Timer,
    Periodic,
    /// What rules with another operator than `<=` want of their target. It is
    /// derived like any collection and taken up when the tick ends.
    Stage(Stage, RelId),
    /// What holds for a rule over state alone that makes events: the values of
    /// its head that do not change from tick to tick by themselves. The rule
    /// fires for rows that were not there in the tick before.
    Firing,
    /// Holds when the invariant of its name is violated.
    Violation,
    /// Matches of something that a test expects.
    Expected,
}

/// What becomes of a row when the tick ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Stage {
    /// `<+`: it is there in the next tick.
    Next,
    /// `<-`: it is gone in the next tick. The columns are those that tell rows
    /// of the target apart, and the row is there now.
    Delete,
    /// `<+-`: rows of its key go, it comes.
    Replace,
    /// `<~`: it is sent.
    Send,
}

impl RelKind {
    /// Whether it is written in the program, or could be.
    pub fn is_hidden(self) -> bool {
        matches!(
            self,
            RelKind::Stage(..) | RelKind::Firing | RelKind::Violation | RelKind::Expected
        )
    }

    /// Whether its rows stay from tick to tick until they are deleted.
    pub fn is_table(self) -> bool {
        matches!(
            self,
            RelKind::Table | RelKind::StaticTable | RelKind::InputTable | RelKind::OutputTable
        )
    }

    /// Whether rows are given to it from outside, in files or by a call.
    pub fn is_loadable(self) -> bool {
        self == RelKind::Table
            || matches!(
                self,
                RelKind::StaticTable | RelKind::Input | RelKind::InputTable | RelKind::InputView
            )
    }

    /// Whether its rows come from elsewhere and are gone when the tick ends.
    /// Scratches are too, and outputs whose rules need an event.
    pub fn is_incoming(self) -> bool {
        matches!(self, RelKind::Input | RelKind::Channel | RelKind::Timer | RelKind::Periodic)
    }

    /// The words that declare it.
    pub fn words(self) -> &'static str {
        match self {
            RelKind::Table => "table",
            RelKind::StaticTable => "static table",
            RelKind::View => "view",
            RelKind::Scratch => "scratch",
            RelKind::Input => "input",
            RelKind::InputTable => "input table",
            RelKind::InputView => "input view",
            RelKind::Output => "output",
            RelKind::OutputTable => "output table",
            RelKind::OutputView => "output view",
            RelKind::Channel => "channel",
            RelKind::Timer => "timer",
            RelKind::Periodic => "periodic",
            RelKind::Stage(Stage::Next, _) => "rows for the next tick",
            RelKind::Stage(Stage::Delete, _) => "rows to delete",
            RelKind::Stage(Stage::Replace, _) => "rows that replace others",
            RelKind::Stage(Stage::Send, _) => "rows to send",
            RelKind::Firing => "what a rule fires for",
            RelKind::Violation => "violations of an invariant",
            RelKind::Expected => "what a test expects",
        }
    }
}

/// How far a collection is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Reach {
    /// The program's own: loaded from outside and shown there, as its kind says.
    #[default]
    Program,
    /// An input of an instance: rules outside of it write it.
    Input,
    /// An output of an instance: rules outside of it read it.
    Output,
    /// Private to an instance.
    Private,
}

/// How a stream of events or facts ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Closing {
    /// Part by part, one for each value of these columns; without any as a whole.
    Sealed(Vec<usize>),
    /// It never does.
    Endless,
}

/// Who keeps a view up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Followed {
    /// A dataflow; else it is made anew.
    pub dataflow: bool,
    /// The attribute.
    pub span: Span,
}

/// What an output promises in place of "once shown, never taken back".
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Promise {
    pub kind: PromiseKind,
    /// The reason that is given; `None` of `@eventually`.
    pub why: Option<String>,
    pub span: Span,
}

/// The promises that an attribute makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum PromiseKind {
    /// `@eventually`: replicas agree in the end.
    Eventually,
    /// `@snapshot("why")`: what is known at the moment.
    Snapshot,
    /// `@assume("why")`: the full promise, on trust.
    Assumed,
}

/// `@nondet("why")`: that a rule hangs on the order of messages is accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Accepted {
    /// The rule.
    pub rule: Span,
    pub why: String,
    /// The attribute; of one before a role or module it is the same for all its rules.
    pub span: Span,
}

/// A collection of the language itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Given {
    /// `startup(boot: int)`: an event of the first tick after each start.
    Startup,
    /// `stdin(line: str, n: int)`: an event for each line, counted from 1.
    Stdin,
    /// `stdout(line: str)`: lines to write.
    Stdout,
    /// `stderr(line: str)`: likewise.
    Stderr,
    /// `halt(code: int)`: the end of the program.
    Halt,
    /// `members(n: node, role: str)`: the nodes that take part.
    Members,
    /// `now`: one row, the instant of the tick. Rules read it by that word.
    Now,
    /// `me`: one row, the node that runs the rule.
    Me,
    /// One row, different in every tick: what `fresh` and `random` hang on.
    Seed,
}

/// A collection.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rel {
    pub name: String,
    pub kind: RelKind,
    pub reach: Reach,
    /// All columns in declared order; the first `keys` stand before `=>`.
    pub cols: Vec<Col>,
    /// Number of columns before `=>`; `None` when there is no `=>`.
    pub keys: Option<usize>,
    /// Declared by its own rule (`view p(e) <= body`): column types are inferred.
    pub by_rule: bool,
    /// The language has it, the program did not declare it.
    pub given: Option<Given>,
    /// Of a channel the address, of a timer the time: the column with `@`.
    pub at: Option<usize>,
    /// Of a periodic: the time between two events.
    pub every: Option<Expr>,
    /// Events that are alone in their tick (no columns), or the only one there
    /// with equal values in these.
    pub serial: Option<Vec<usize>>,
    /// How the stream ends, if the program says it.
    pub closing: Option<Closing>,
    /// Of an output what it promises, if not everything.
    pub promise: Option<Promise>,
    /// Of a view who keeps it up, if the program says it.
    pub followed: Option<Followed>,
    /// Of a channel: replicated roles that some rule sends to as a group. Messages
    /// to their members have to arrive.
    pub groups: Vec<String>,
    pub doc: Option<String>,
    /// The whole declaration, and its name.
    pub span: Span,
    pub name_span: Span,
}

impl Rel {
    /// A collection without columns.
    pub(crate) fn new(name: &str, kind: RelKind, span: Span) -> Rel {
        Rel {
            name: name.to_string(),
            kind,
            reach: Reach::Program,
            cols: Vec::new(),
            keys: None,
            by_rule: false,
            given: None,
            at: None,
            every: None,
            serial: None,
            closing: None,
            promise: None,
            followed: None,
            groups: Vec::new(),
            doc: None,
            span,
            name_span: span,
        }
    }
}

/// A column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Col {
    pub name: String,
    /// `None` in views declared by their rule.
    pub ty: Option<Type>,
    pub default: Option<Default>,
    pub span: Span,
}

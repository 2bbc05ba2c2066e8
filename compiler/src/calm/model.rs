//! What the analysis of coordination finds, as plain data: which outputs wait
//! for nobody, what the others wait for, and why. Everything is in the order in
//! which it is told, and names are those of the user. How it was found, how it
//! is drawn and how it is run is not known here.

use std::fmt;

use crate::calm::proof::Proof;
use crate::calm::proof::Search;
pub use crate::calm::terms::Code;
pub use crate::calm::terms::Goal;
pub use crate::calm::terms::Kind;
pub use crate::calm::terms::Severity;
pub use crate::calm::terms::Status;
pub use crate::calm::terms::Variance;
use crate::ids::RelId;
use crate::source::Span;

/// The report of a program. The same program gives the same report.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Report {
    /// Whether the whole program was understood; of a program with errors only
    /// what could be read was judged.
    pub complete: bool,
    /// Rules as written, facts aside.
    pub rules: usize,
    /// Those of them at which nobody waits.
    pub free_rules: usize,
    /// Where somebody has to wait or to agree; by place in the text.
    pub points: Vec<Point>,
    /// Every output, invariant and unread channel, in the order of the text.
    pub verdicts: Vec<Verdict>,
    /// What waits for data and never for agreement (CALM020).
    pub thresholds: Vec<Threshold>,
    /// What the user accepted: `@nondet`, `@assume`, `@snapshot` (CALM022).
    pub declared: Vec<Declared>,
    /// What the verdicts rest on though the program does not say it (CALM021).
    pub assumptions: Vec<Assumption>,
    /// Seals that a point needs and that nobody promised.
    pub duties: Vec<Duty>,
    /// Inputs that keep every fact for ever, by name (CALM030).
    pub grows: Vec<Grows>,
    /// What is wrong with the program as far as coordination goes: acceptances
    /// of nothing (no code of the list), waiting without end (CALM011).
    pub faults: Vec<Fault>,
    /// One summary for each module of the program, by name.
    pub modules: Vec<ModuleSummary>,
}

impl Report {
    /// Whether nothing waits for anybody.
    pub fn is_free(&self) -> bool {
        self.points.iter().all(|point| point.accepted.is_some())
    }

    /// The point with this id.
    pub fn point(&self, id: &str) -> Option<&Point> {
        self.points.iter().find(|point| point.id == id)
    }
}

/// A collection by the names the user has for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct RelName {
    /// The role that declares it; `None` where there are no roles or all have it.
    pub role: Option<String>,
    /// Its name, as in its declaration.
    pub name: String,
}

impl RelName {
    /// `action`, or `store.action` where it is a role's own.
    pub fn text(&self) -> String {
        match &self.role {
            Some(role) => format!("{role}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl fmt::Display for RelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// A place where somebody has to wait.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    /// `P1`, `P2`, … in the order of the report.
    pub id: String,
    /// What takes it back.
    pub code: Code,
    /// Sixteen hexadecimal digits that name the point across versions: of the rule's
    /// head, the operator, the relation and the key.
    pub fingerprint: String,
    /// What would have to be waited for.
    pub kind: Kind,
    /// The collection from outside that is waited for.
    pub relation: RelName,
    /// Its number in the program of `role_at`.
    pub rel: RelId,
    /// The number of the role whose program has `rel`, `rule_at` and `span`; 0
    /// where there are no roles.
    pub role_at: usize,
    /// Columns of the relation by which parts of it close or are ordered, one
    /// apart from the other; empty: the whole of it.
    pub key: Vec<String>,
    /// All columns that would do; `key` is the part of them that was chosen.
    pub gate: Vec<String>,
    /// Why there is no key, where `key` is empty.
    pub no_key: Option<String>,
    /// The place in the text: the negated atom, the aggregate, the head.
    pub span: Span,
    /// The head of the rule where it happens.
    pub rule: RelName,
    /// The number of that rule in the program of `role_at`.
    pub rule_at: usize,
    /// What happens there: `not`, `else`, `count`, `<`, `<+-`, …
    pub operator: String,
    /// What would be taken back: the first of `outputs`.
    pub output: RelName,
    /// Everything shown that hangs on it.
    pub outputs: Vec<RelName>,
    /// The promise of `output`.
    pub goal: Goal,
    /// What goes wrong without waiting.
    pub severity: Severity,
    /// From the relation to the output, step by step.
    pub path: Vec<Step>,
    /// The smallest example.
    pub witness: Search,
    /// Who waits, for whom, until when.
    pub waits: Waits,
    /// What waiting costs.
    pub cost: Cost,
    /// Other ways to keep the promise, with why they were not taken.
    pub alternatives: Vec<Alternative>,
    /// Changes to the program that remove it or make it cheaper.
    pub rewrites: Vec<Rewrite>,
    /// What this rests on: texts of assumptions.
    pub assumptions: Vec<String>,
    /// The user accepts it: the reason given at `@nondet`.
    pub accepted: Option<String>,
    /// Compared with a baseline; [`Status::New`] without one.
    pub status: Status,
}

/// A step of the way from an input to what is shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The head of the rule.
    pub rule: RelName,
    /// The collection that it reads there; the one from outside at the first step.
    pub reads: RelName,
    /// What it does to what it reads: `join`, `not`, `else`, `count`, `<~`, …
    pub operator: String,
    /// What follows for its head when the first collection gains facts.
    pub variance: Variance,
    /// Where.
    pub span: Span,
    /// The number of the role whose program has the rule.
    pub role_at: usize,
    /// The number of the rule there.
    pub rule_at: usize,
}

/// Who waits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Waits {
    /// The collection that is held back.
    pub who: String,
    /// For whom: `producers of action`.
    pub whom: String,
    /// Until when: `seal of action by session`.
    pub until: String,
    /// What happens while one of them is down.
    pub if_down: String,
}

/// What waiting costs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cost {
    /// The number of messages: `producers × sessions`.
    pub messages: String,
    /// Round trips during which somebody stands still.
    pub round_trips: f64,
    /// In a sentence.
    pub words: String,
}

/// Another way to keep the promise.
#[derive(Clone, PartialEq, Debug)]
pub struct Alternative {
    /// What would be waited for.
    pub kind: Kind,
    /// By which columns.
    pub key: Vec<String>,
    /// Why it was not chosen.
    pub why_not: String,
}

/// A change to the program that removes a point or makes it cheaper.
#[derive(Clone, PartialEq, Debug)]
pub struct Rewrite {
    /// Its name: `manifest`, `threshold`, `finer-key`, …
    pub id: String,
    /// What to do, in a sentence.
    pub title: String,
    /// Whether a machine may apply it: the program then means the same.
    pub machine_applicable: bool,
    /// Whether what the program shows changes, and how that was found out.
    pub meaning: Meaning,
    /// The number of points that the changed program has.
    pub points_after: usize,
    /// The change as a unified diff.
    pub diff: String,
}

/// What a rewrite does to the meaning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Both programs were compared on this number of inputs, and showed the same.
    Same(usize),
    /// They differ, as the text says.
    Changes(String),
}

/// What was found of an output, an invariant, or a channel that no rule reads.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// Its name; of an invariant its own.
    pub name: RelName,
    /// Its number in the program of `role_at`.
    pub rel: RelId,
    /// The number of the role; 0 where there are no roles.
    pub role_at: usize,
    /// What it is.
    pub what: What,
    /// What it promises.
    pub goal: Goal,
    /// The answer.
    pub answer: Answer,
    /// Ids of the points it waits at; empty for all but [`Answer::Waits`].
    pub points: Vec<String>,
    /// In half a sentence: `every rule only adds facts`.
    pub because: String,
    /// The variance with each growing input, with the way, for whoever wants to
    /// check it.
    pub proof: Proof,
    /// Where it is declared.
    pub span: Span,
}

/// What a verdict is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// An output.
    Output,
    /// An invariant.
    Invariant,
    /// A channel that no rule of the program reads.
    Channel,
}

/// The answer for one observable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Nobody waits for anybody.
    Free,
    /// Free; it waits for data that passes a threshold.
    Threshold,
    /// It waits at points.
    Waits,
    /// The user took it on trust, or asked for the moment.
    Declared,
}

/// Something that waits for data: a late fact cannot change it.
#[derive(Clone, PartialEq, Debug)]
pub struct Threshold {
    /// The head of the rule.
    pub rule: RelName,
    /// Outputs that show it.
    pub outputs: Vec<RelName>,
    /// The condition as written.
    pub condition: String,
    /// What is compared: `count`, `size`, `max`, …
    pub of: String,
    /// Where.
    pub span: Span,
    /// The number of the role.
    pub role_at: usize,
    /// The number of the rule in its program.
    pub rule_at: usize,
}

/// Something that the user declared with an attribute.
#[derive(Clone, PartialEq, Debug)]
pub struct Declared {
    /// `nondet`, `assume`, `snapshot`.
    pub attribute: String,
    /// What it stands at: a rule's head, or an output.
    pub on: RelName,
    /// The reason that was given.
    pub why: String,
    /// Ids of the points that it accepts.
    pub points: Vec<String>,
    /// Where.
    pub span: Span,
}

/// What a verdict rests on though the program does not say it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Assumption {
    /// The collection it is about.
    pub relation: RelName,
    /// In a sentence: "`rate` is loaded once and never changes: no rule writes it".
    pub text: String,
    /// What kind it is.
    pub kind: AssumptionKind,
}

/// Kinds of assumptions.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AssumptionKind {
    /// A table that no rule writes does not change.
    Closed,
    /// Rows that come from outside have the declared key.
    Key,
    /// Nodes that take part are known before and stay.
    Members,
    /// Equal messages may come more than once and are told apart by a column.
    Repeats,
    /// Said by `--assume`.
    Asked,
}

/// A seal that a point needs and that nobody promised.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Duty {
    /// The point.
    pub point: String,
    /// The collection.
    pub relation: RelName,
    /// By which columns.
    pub key: Vec<String>,
    /// Who has to say "no more".
    pub who: String,
}

/// An input of which the program keeps every fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Grows {
    /// Where the facts come from or where they stay.
    pub relation: RelName,
}

/// Something wrong.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// Its code, if it is one of the list; `None` for a stale acceptance.
    pub code: Option<Code>,
    /// What is wrong.
    pub title: String,
    /// What is said at the place.
    pub label: String,
    /// What would help.
    pub help: String,
    /// Where.
    pub span: Span,
}

/// What holds of a module wherever it is used.
#[derive(Clone, PartialEq, Debug)]
pub struct ModuleSummary {
    /// Its name.
    pub module: String,
    /// Names of its instances.
    pub instances: Vec<String>,
    /// For each of its outputs how it follows from each of its inputs.
    pub outputs: Vec<ModuleOutput>,
}

/// An output of a module.
#[derive(Clone, PartialEq, Debug)]
pub struct ModuleOutput {
    /// Its name inside of the module.
    pub output: String,
    /// Each input with the variance, by name.
    pub inputs: Vec<(String, Variance)>,
}

/// What the user wants to try out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Assume {
    /// `--assume batch`: every input is closed.
    pub batch: bool,
    /// `--assume static:ref`: these collections do not change.
    pub statics: Vec<String>,
    /// `--assume place:edge/x`: these are partitioned so that rows of one key
    /// have one node.
    pub places: Vec<(String, String)>,
}

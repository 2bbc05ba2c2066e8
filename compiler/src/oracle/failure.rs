//! Why a tick fails, and which of several reasons is the one to report. This
//! room decides by values alone; it must not know in which order anything
//! was evaluated.

use std::cmp::Ordering;

use crate::ids::NativeId;
use crate::ids::RelId;
use crate::ids::RuleId;
use crate::ids::VarId;
use crate::oracle::values::Value;
use crate::source::Span;

/// A failed tick. Its order is the order of reporting, by rule, then by the
/// values of the variables, then by place: the least one is told to the
/// user, whatever was found first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The rule; none when loaded rows or the keys of a stratum are at fault.
    pub rule: Option<RuleId>,
    /// What is wrong.
    pub kind: Kind,
    /// The failing expression.
    pub span: Span,
    /// Values of the variables of the rule that have one, in order of the
    /// variables. In a group of an aggregate: those of the group.
    pub bindings: Vec<(VarId, Value)>,
}

impl Ord for Failure {
    fn cmp(&self, other: &Failure) -> Ordering {
        let by_rule = self.rule.cmp(&other.rule);
        by_rule
            .then_with(|| self.bindings.cmp(&other.bindings))
            .then_with(|| (self.span.lo, self.span.hi).cmp(&(other.span.lo, other.span.hi)))
            .then_with(|| self.span.file.cmp(&other.span.file))
            .then_with(|| self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for Failure {
    fn partial_cmp(&self, other: &Failure) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Two rows of a collection with equal keys and different values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub struct Conflict {
    pub rel: RelId,
    pub key: Vec<Value>,
    /// The lesser values, and the next.
    pub a: Vec<Value>,
    pub b: Vec<Value>,
}

/// What is wrong.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Arithmetic, or `int(x)`, left the range of its type.
    Overflow,
    /// `/` or `%` by zero.
    DivisionByZero,
    /// `nat(x)` of a negative int.
    Negative,
    /// `list[i]` outside the list.
    OutOfRange,
    /// An argument that the function has no answer for: `int(x)` of NaN,
    /// multiples of something that is not positive.
    BadArgument,
    /// `a..b`, a text or a bytes value beyond its limit.
    TooLong,
    /// No arm of a `match` fits.
    NoMatch,
    /// A value that holds others deeper than the limit.
    TooDeep,
    /// `join` of two different points.
    Clash,
    /// A function of the embedding program says so.
    Native(NativeId, String),
    /// A sum left the range of its type.
    SumOverflow,
    /// Two rows with equal keys and different values.
    KeyConflict(Box<Conflict>),
    /// A point inside of a column was given two values.
    PointConflict(Box<Conflict>),
    /// An invariant does not hold.
    Invariant(RelId),
    /// More rounds or rows than the limits allow.
    Limit,
    /// The typed program broke one of its promises; a fault of the compiler.
    Broken(&'static str),
}

impl Kind {
    /// The name of the kind, without what it carries.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Overflow => "Overflow",
            Kind::DivisionByZero => "DivisionByZero",
            Kind::Negative => "Negative",
            Kind::OutOfRange => "OutOfRange",
            Kind::BadArgument => "BadArgument",
            Kind::TooLong => "TooLong",
            Kind::NoMatch => "NoMatch",
            Kind::TooDeep => "TooDeep",
            Kind::Clash => "Clash",
            Kind::Native(..) => "Native",
            Kind::SumOverflow => "SumOverflow",
            Kind::KeyConflict(_) => "KeyConflict",
            Kind::PointConflict(_) => "PointConflict",
            Kind::Invariant(_) => "Invariant",
            Kind::Limit => "Limit",
            Kind::Broken(_) => "Broken",
        }
    }
}

/// Why an expression has no value.
#[derive(Clone, PartialEq, Debug)]
pub enum Stop {
    /// A partial function: the match gives no row.
    NoRow,
    /// The tick fails.
    Fail(Kind, Span),
    /// A variable without a value; atoms come back to it later.
    Unbound(Span),
}

impl Failure {
    /// A failure of a rule at an expression.
    pub fn at(kind: Kind, span: Span, bindings: Vec<(VarId, Value)>) -> Failure {
        Failure { rule: None, kind, span, bindings }
    }

    /// The failure of an expression, with the values its variables had.
    /// `None` when it merely gives no row.
    pub fn of(stop: Stop, env: &[Option<Value>]) -> Option<Failure> {
        let (kind, span) = match stop {
            Stop::NoRow => return None,
            Stop::Fail(kind, span) => (kind, span),
            Stop::Unbound(span) => (Kind::Broken("a variable is used before it has a value"), span),
        };
        let bound = env.iter().enumerate();
        let bindings = bound.filter_map(|(i, v)| Some((VarId(i as u32), v.clone()?))).collect();
        Some(Failure::at(kind, span, bindings))
    }
}

//! Which operations break an invariant together though each of them, alone,
//! keeps it: decided from the rules, and with the columns by which such
//! operations find each other. An operation is a collection of events with the
//! rules that it fires. How points are told is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `origins` | which events change which collection, column by column |
//! | `cases` | the conjunctions that violate an invariant |
//! | `signs` | how conditions follow a value |
//! | `guards` | what had to be there for an event to do anything |
//! | `gains` | which events help a case to come about |
//!
//! A violation needs two operations when two of its parts can be brought about
//! by different events, or one of them by several events that add up. What one
//! event brings about alone is found where the event is taken in, so nobody
//! waits for it.

mod cases;
mod gains;
mod guards;
mod origins;
mod signs;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::invariants::cases::Cases;
use crate::calm::invariants::gains::Gain;
use crate::calm::invariants::gains::Gains;
use crate::calm::invariants::guards::Guard;
use crate::calm::invariants::origins::Origin;
use crate::calm::invariants::origins::Origins;
use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::types::typed::Program;
use crate::types::typed::Role;

/// What was found of one invariant.
#[derive(Clone, PartialEq, Debug)]
pub struct Breaks {
    /// The collection of its violations.
    pub invariant: RelId,
    /// The rule that derives them.
    pub rule_at: usize,
    /// What has to go to one owner; nothing: replicas keep it without asking.
    pub operations: Vec<Operation>,
}

/// A collection of events that break an invariant together with others.
#[derive(Clone, PartialEq, Debug)]
pub struct Operation {
    /// The collection from outside.
    pub rel: RelId,
    /// The columns by which they meet, ascending; none: any two may meet.
    pub key: Vec<usize>,
    /// Whether they add up against a bound, so that shares can be split before.
    pub escrow: bool,
    /// Why there is no key.
    pub no_key: Option<String>,
    /// The row of the invariant that they bring about.
    pub span: Span,
    /// What they do: `and`, or `sum` where they add up.
    pub operator: String,
}

/// What the operations of a program do to its invariants, in the order of the
/// rules. Collections that are `closed` bring nothing about.
pub fn breaks(program: &Program, closed: &dyn Fn(RelId) -> bool) -> Vec<Breaks> {
    let origins = Origins::of(program, closed);
    let cases = Cases::new(program);
    let gains = Gains { cases: &cases, origins: &origins };
    let mut out = Vec::new();
    for (rule_at, rule) in program.rules.iter().enumerate() {
        if program.rels[rule.head.index()].kind != RelKind::Violation {
            continue;
        }
        let mut meetings = Meetings { program, origins: &origins, found: BTreeMap::new() };
        for case in cases.of(rule) {
            if !gains.is_contradicted(&case) {
                meetings.add(&gains.of(&case));
            }
        }
        let operations = meetings.operations();
        out.push(Breaks { invariant: rule.head, rule_at, operations });
    }
    out
}

/// What is known of one operation so far.
struct Meeting {
    /// Columns that all pairs share.
    key: BTreeSet<usize>,
    adds: bool,
    span: Span,
}

/// Pairs of events, gathered by operation.
struct Meetings<'p> {
    program: &'p Program,
    origins: &'p Origins,
    found: BTreeMap<RelId, Meeting>,
}

impl Meetings<'_> {
    fn add(&mut self, gains: &[Gain]) {
        for (at, one) in gains.iter().enumerate() {
            if one.many {
                let keys = one.keys.clone().unwrap_or_default();
                self.meet(one, &|class| keys.contains(&class));
            }
            for other in &gains[at + 1..] {
                if one.part == other.part || self.is_one_event(one, other) {
                    continue;
                }
                let mended = |a, b| mends(self.origins, a, b) || is_given(self.origins, a, b);
                if mended(one, other) || mended(other, one) {
                    continue;
                }
                self.meet(one, &|class| has(other, class));
                self.meet(other, &|class| has(one, class));
            }
        }
    }

    /// An operation meets another one, with which it shares these values.
    fn meet(&mut self, gain: &Gain, shares: &dyn Fn(usize) -> bool) {
        let within = |class: usize| gain.keys.as_ref().is_none_or(|keys| keys.contains(&class));
        let shared = gain.shared.iter().filter(|(class, _)| shares(*class) && within(*class));
        let address = self.program.rels[gain.op.index()].at;
        let key: BTreeSet<usize> =
            shared.map(|(_, col)| *col).filter(|col| Some(*col) != address).collect();
        match self.found.get_mut(&gain.op) {
            Some(meeting) => {
                meeting.key = meeting.key.intersection(&key).copied().collect();
                meeting.adds &= gain.adds;
            }
            None => {
                let meeting = Meeting { key, adds: gain.adds, span: gain.span };
                self.found.insert(gain.op, meeting);
            }
        }
    }

    /// Whether both are brought about by the same event: what identifies it is
    /// equal in both, or a value that only it draws.
    fn is_one_event(&self, one: &Gain, other: &Gain) -> bool {
        if one.op != other.op {
            return false;
        }
        if one.fresh.iter().any(|class| other.fresh.contains(class)) {
            return true;
        }
        let rel = &self.program.rels[one.op.index()];
        let is_key = |at: &usize| rel.cols[*at].role == Role::Key && Some(*at) != rel.at;
        let keys: Vec<usize> = (0..rel.cols.len()).filter(is_key).collect();
        let equal = |col: &usize| {
            let in_one = one.shared.iter().filter(|(_, c)| c == col).map(|(class, _)| *class);
            in_one.into_iter().any(|class| other.shared.contains(&(class, *col)))
        };
        !keys.is_empty() && keys.iter().all(equal)
    }

    fn operations(self) -> Vec<Operation> {
        let found = self.found.into_iter();
        let operation = |(rel, meeting): (RelId, Meeting)| Operation {
            rel,
            no_key: meeting
                .key
                .is_empty()
                .then(|| "no column of it has the same value in all events that meet".to_string()),
            key: meeting.key.into_iter().collect(),
            escrow: meeting.adds,
            span: meeting.span,
            operator: if meeting.adds { "sum" } else { "and" }.to_string(),
        };
        found.map(operation).collect()
    }
}

/// Whether a value of the case is in a column of the event, or is what the
/// events of a part have in common.
fn has(gain: &Gain, class: usize) -> bool {
    gain.shared.iter().any(|(of, _)| *of == class)
        && gain.keys.as_ref().is_none_or(|keys| keys.contains(&class))
}

/// Whether the other event was taken in only where the row that the one brings
/// had a like there already, which stays: then the other one needs no such row.
fn is_given(origins: &Origins, one: &Gain, other: &Gain) -> bool {
    let like = |guard: &Guard| {
        let mut cols = one.wants.iter().zip(&guard.cols);
        guard.rel == one.rel
            && cols.all(|(class, col)| match (class, col) {
                (None, _) => true,
                (Some(class), Some(col)) => other.shared.contains(&(*class, *col)),
                (Some(_), None) => false,
            })
    };
    one.exists && origins.deletes[one.rel.index()].is_empty() && other.guards.iter().any(like)
}

/// Whether the event that takes rows away takes with it what the other one
/// brings: a deletion that cascades.
fn mends(origins: &Origins, going: &Gain, coming: &Gain) -> bool {
    let cascades = |way: &Origin| {
        let agree = way.cols.iter().zip(&coming.args);
        let mut all = agree.filter_map(|(col, class)| Some((*class, (*col)?))).peekable();
        way.sweeps
            && way.op == going.op
            && all.peek().is_some()
            && all.all(|pair| going.shared.contains(&pair))
    };
    going.goes && !coming.goes && origins.deletes[coming.rel.index()].iter().any(cascades)
}

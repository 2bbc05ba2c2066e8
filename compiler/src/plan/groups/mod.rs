//! Monotone groups: what can run together without waiting, and what has to wait
//! for what. Rows of a relation are *late* where a worker cannot know by itself
//! that it has them all: others send some, they come slowly from outside, or
//! they follow from such rows. What only grows with late rows takes them as they
//! come; what could be wrong before the last of them has to wait for the
//! frontier, and nothing else does. How a group is run is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `phases` | which relations are late, and how often the frontier passes before |
//! | `merged` | strata for the planner, in which late relations stand together |
//! | `edges` | what a rule reads, and how long it waits for that |
//! | `gates` | a divided program as its user sees it: what waits for the frontier |
//! | `text` | all that for people |
//!
//! That only what is not monotone needs to wait is the CALM theorem: Hellerstein,
//! "The declarative imperative" (SIGMOD Record 2010).

mod edges;
mod gates;
mod merged;
mod phases;
pub mod text;

use std::collections::BTreeSet;

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::plan::ir;
use crate::plan::spread::Spread;
use crate::source::Span;
use crate::types::typed::Program;

pub use gates::Divided;
pub use gates::Gate;
pub use gates::Sent;

/// Which rows may come after a worker did its own work.
pub struct Moves<'a> {
    /// By rule: whether what it derives may belong to another worker. Rules
    /// behind the end do not send.
    pub sends: &'a [bool],
    /// By relation: whether rows come from outside while rules run already.
    /// Relations behind the end are loaded before.
    pub slow: &'a [bool],
}

/// The groups of a program.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Strata for the planner: all late relations of a phase are one component.
    pub strata: Strata,
    /// In the order in which they run.
    pub groups: Vec<Group>,
    /// The group of each relation.
    pub of_rel: Vec<u32>,
    /// What rules read, rule by rule.
    pub edges: Vec<Edge>,
}

/// Relations that are filled together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Its relations, so that each comes after those it reads, circles aside.
    pub rels: Vec<RelId>,
    /// The rules that fill them.
    pub rules: Vec<usize>,
    /// How many gates stand before it.
    pub phase: u32,
    /// Whether rows may come from elsewhere while it runs.
    pub late: bool,
}

/// A rule reads a relation.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The rule.
    pub rule: usize,
    /// What it reads.
    pub reads: RelId,
    /// What follows.
    pub head: RelId,
    /// Why all rows are needed, or that they are not.
    pub why: Why,
    /// How long it waits.
    pub kind: EdgeKind,
    /// The literal.
    pub span: Span,
}

/// Why a rule needs all rows of what it reads, or does not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// It does not: more rows there are more rows here.
    Grows,
    /// It stands under `not`.
    Not,
    /// It stands before `else`.
    Else,
    /// It stands under `all`.
    All,
    /// The rule aggregates.
    Aggregate,
    /// The finished value of a lattice column is read.
    Reveal,
    /// The aggregate of a recursion has a row when it does not grow any more.
    Finish,
}

/// How long a rule waits for what it reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EdgeKind {
    /// Never: each row goes on when it comes.
    Stream,
    /// For this worker: it completes the one before it begins the other.
    LocalBarrier,
    /// For all workers: the frontier has to pass.
    FrontierGate,
}

impl EdgeKind {
    /// Its name, as tools print it.
    pub fn word(self) -> &'static str {
        match self {
            EdgeKind::Stream => "Stream",
            EdgeKind::LocalBarrier => "LocalBarrier",
            EdgeKind::FrontierGate => "FrontierGate",
        }
    }
}

/// Groups the relations of a program without errors.
pub fn group(program: &Program, strata: &Strata, moves: &Moves<'_>) -> Groups {
    let phases = phases::Phases::of(program, strata, moves);
    let (of_rel, groups) = phases.groups(program, strata);
    Groups {
        edges: edges::edges(program, &phases),
        strata: merged::strata(program, strata, &phases),
        groups,
        of_rel,
    }
}

impl Groups {
    /// Of a program that is spread over workers.
    pub fn of(spread: &Spread) -> Groups {
        let strata = crate::calm::strata::stratify(&spread.program, &mut Vec::new());
        group(&spread.program, &strata, &Moves { sends: &spread.sends, slow: &[] })
    }

    /// Whether rows of a relation may come from elsewhere while its group runs.
    pub fn is_late(&self, rel: RelId) -> bool {
        let group = self.of_rel.get(rel.index()).and_then(|at| self.groups.get(*at as usize));
        group.is_some_and(|group| group.late)
    }

    /// How often a run waits for the frontier before it can go on: once after
    /// each group that something waits for, however many rules that are.
    pub fn frontiers(&self) -> usize {
        let gates = self.edges.iter().filter(|edge| edge.kind == EdgeKind::FrontierGate);
        let after: BTreeSet<u32> = gates.map(|edge| self.of_rel[edge.reads.index()]).collect();
        after.len()
    }
}

impl Spread {
    /// For each stratum of a plan of this program, whether rows of it are sent, so
    /// that it is complete only when the frontier has passed.
    pub fn waits(&self, plan: &ir::Program) -> Vec<bool> {
        let sends = |rule: &ir::Rule| self.sends.get(rule.source as usize).copied();
        let sent =
            |stratum: &ir::Stratum| stratum.rules.iter().any(|rule| sends(rule).unwrap_or(false));
        plan.strata.iter().map(sent).collect()
    }
}

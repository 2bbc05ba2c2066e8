//! A program divided among workers, as its user sees it: where its relations
//! are, what waits for the frontier, and about how much is sent, all in terms
//! of the rules that were written. How any of that is shown is not known here.

use crate::calm::strata::Strata;
use crate::ids::RelId;
use crate::plan::groups::Edge;
use crate::plan::groups::EdgeKind;
use crate::plan::groups::Groups;
use crate::plan::groups::Why;
use crate::plan::spread;
use crate::plan::spread::Place;
use crate::plan::spread::Spread;
use crate::plan::spread::positive;
use crate::source::Span;
use crate::types::typed::Program;

/// A program divided among workers.
#[derive(Clone, Debug)]
pub struct Divided {
    /// How many there are.
    pub workers: usize,
    /// What each of them runs.
    pub spread: Spread,
    /// What of it runs together.
    pub groups: Groups,
    /// What waits for the frontier, in the order of the text.
    pub gates: Vec<Gate>,
}

/// A rule that waits for the frontier before it reads a relation, both of the
/// source.
#[derive(Clone, PartialEq, Debug)]
pub struct Gate {
    /// The rule.
    pub rule: usize,
    /// What it waits for.
    pub reads: RelId,
    /// What it fills.
    pub head: RelId,
    /// Why it cannot begin before.
    pub why: Why,
    /// The literal.
    pub span: Span,
    /// The group that has to be complete.
    pub after: u32,
    /// The group that waits.
    pub before: u32,
    /// Whether it waits for what workers found of it, each by itself.
    pub parts: bool,
    /// About how many rows are sent while that group runs.
    pub sent: f64,
}

/// What a rule sends.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The rule, of the spread program.
    pub rule: usize,
    /// The relation whose rows these are.
    pub rel: RelId,
    /// About how many rows go to other workers.
    pub rows: f64,
}

impl Divided {
    /// Divides a program without errors. `rows` are the rows of each relation,
    /// where they are known.
    pub fn new(
        program: &Program,
        strata: &Strata,
        rows: &[Option<u64>],
        workers: usize,
    ) -> Divided {
        let spread = match workers {
            0 | 1 => Spread::alone(program, strata, rows),
            _ => spread::spread(program, strata, rows, workers),
        };
        let groups = Groups::of(&spread);
        let mut divided = Divided { workers: workers.max(1), spread, groups, gates: Vec::new() };
        divided.gates = divided.found(program);
        divided
    }

    /// The relation of the source that a relation of the spread program stands
    /// for, where it is one or a copy of one.
    pub fn origin(&self, source: &Program, rel: RelId) -> Option<RelId> {
        let of = self.spread.copy_of.get(rel.index()).copied().flatten().unwrap_or(rel);
        (of.index() < source.rels.len()).then_some(of)
    }

    /// What is sent, rule by rule.
    pub fn sent(&self) -> Vec<Sent> {
        let rules = self.spread.program.rules.iter().enumerate().zip(&self.spread.sends);
        let sends = rules.filter(|(_, sends)| **sends).map(|((at, rule), _)| (at, rule));
        sends.map(|(at, rule)| Sent { rule: at, rel: rule.head, rows: self.rows(at) }).collect()
    }

    /// About how many rows a rule sends.
    fn rows(&self, rule: usize) -> f64 {
        let of = &self.spread.program.rules[rule];
        let read =
            positive(&of.body.lits).iter().map(|atom| self.size(atom.rel)).fold(1.0, f64::max);
        let read = if of.aggs.is_empty() { read } else { self.size(of.head) };
        let others = (self.workers - 1) as f64;
        match &self.spread.places[of.head.index()] {
            Place::Everywhere => read * others,
            Place::Hash(_) | Place::First | Place::Own => read * others / self.workers as f64,
        }
    }

    fn size(&self, rel: RelId) -> f64 {
        self.spread.rows.get(rel.index()).copied().unwrap_or(1.0)
    }

    fn found(&self, source: &Program) -> Vec<Gate> {
        let waits = |edge: &&Edge| edge.kind == EdgeKind::FrontierGate;
        let gates = self.groups.edges.iter().filter(waits);
        let mut gates: Vec<Gate> = gates.filter_map(|edge| self.gate(source, edge)).collect();
        gates.sort_by_key(|gate| (gate.span, gate.rule, gate.reads));
        gates.dedup_by_key(|gate| (gate.span, gate.rule, gate.reads));
        gates
    }

    fn gate(&self, source: &Program, edge: &Edge) -> Option<Gate> {
        let rule = self.spread.sources.get(edge.rule).map(|rule| *rule as usize)?;
        let written = source.rules.get(rule)?;
        // Between the steps of a rule there are relations that nobody wrote.
        let first = positive(&written.body.lits).first().map(|atom| (atom.rel, atom.span));
        let (reads, span) = match self.origin(source, edge.reads) {
            Some(reads) => (reads, edge.span),
            None => first.unwrap_or((written.head, written.span)),
        };
        let after = self.groups.of_rel[edge.reads.index()];
        let rules = self.spread.program.rules.iter().enumerate();
        let before = rules.filter(|(at, rule)| {
            self.groups.of_rel[rule.head.index()] == after && self.spread.sends[*at]
        });
        Some(Gate {
            rule,
            reads,
            head: written.head,
            why: edge.why,
            span,
            after,
            parts: self.origin(source, edge.reads).is_none(),
            before: self.groups.of_rel[edge.head.index()],
            sent: before.map(|(at, _)| self.rows(at)).fold(0.0, |sum, rows| sum + rows),
        })
    }
}

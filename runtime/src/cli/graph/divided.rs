//! What a picture of a program shows of its plan for many workers: how long each
//! arrow waits, what is sent, what runs together, and where collections are. How
//! that is drawn is not known here.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::groups::Divided;
use bloom_compiler::plan::groups::Edge;
use bloom_compiler::plan::groups::EdgeKind;
use bloom_compiler::plan::groups::text::place_text;
use bloom_compiler::plan::spread::positive;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Program;

use super::model::Mark;

/// The plan of one program.
pub struct Overlay<'a> {
    divided: &'a Divided,
    /// By rule of the source and place of what it reads.
    arrows: BTreeMap<(usize, Span), Arrow>,
}

/// How an arrow is drawn.
#[derive(Clone, Copy)]
pub struct Arrow {
    /// How long it waits.
    pub mark: Mark,
    /// Whether rows go to other workers.
    pub sent: bool,
}

impl<'a> Overlay<'a> {
    /// Of a program and the same divided.
    pub fn new(program: &Program, divided: &'a Divided) -> Overlay<'a> {
        let mut overlay = Overlay { divided, arrows: BTreeMap::new() };
        for edge in &divided.groups.edges {
            overlay.add(program, edge);
        }
        overlay
    }

    fn add(&mut self, program: &Program, edge: &Edge) {
        let spread = &self.divided.spread;
        let source = spread.sources.get(edge.rule).map(|rule| *rule as usize);
        let Some((source, rule)) = source.and_then(|at| Some((at, program.rules.get(at)?))) else {
            return;
        };
        // What stands between the steps of a rule belongs to the first that it reads.
        let first = positive(&rule.body.lits).first().map(|atom| atom.span);
        let span = match self.divided.origin(program, edge.reads) {
            Some(_) => edge.span,
            None => first.unwrap_or(edge.span),
        };
        let mark = match edge.kind {
            EdgeKind::Stream => Mark::Stream,
            EdgeKind::LocalBarrier => Mark::Barrier,
            EdgeKind::FrontierGate => Mark::Gate,
        };
        let filled = spread.program.rules.iter().zip(&spread.sends);
        let copied = spread.copy_of[edge.reads.index()].is_some();
        let is_sent = |(rule, sends): (&bloom_compiler::types::typed::Rule, &bool)| {
            *sends && rule.head == edge.reads
        };
        let sent = spread.sends[edge.rule] || copied && filled.into_iter().any(is_sent);
        let arrow = self.arrows.entry((source, span)).or_insert(Arrow { mark, sent });
        arrow.mark = arrow.mark.max(mark);
        arrow.sent |= sent;
    }

    /// How a rule's reading of something is drawn.
    pub fn arrow(&self, rule: usize, place: Span) -> Option<Arrow> {
        self.arrows.get(&(rule, place)).copied()
    }

    /// The group that a collection is filled in, with its title; none where it is
    /// only loaded.
    pub fn group(&self, rel: RelId) -> Option<(u32, String)> {
        let program = &self.divided.spread.program;
        if !program.rules.iter().any(|rule| rule.head == rel && !rule.is_fact) {
            return None;
        }
        let number = *self.divided.groups.of_rel.get(rel.index())?;
        let group = self.divided.groups.groups.get(number as usize)?;
        let gates = match group.phase {
            0 => String::new(),
            1 => ", after 1 gate".to_owned(),
            n => format!(", after {n} gates"),
        };
        Some((number, format!("group {number}{gates}")))
    }

    /// Where its rows are; none with one worker.
    pub fn place(&self, rel: RelId) -> Option<String> {
        (self.divided.workers > 1).then(|| place_text(self.divided, rel))
    }
}

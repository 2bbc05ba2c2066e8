//! What became of a test, in words: all that the forms of a report have in
//! common.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;

use crate::cli::test::Suite;
use crate::cli::test::failure;
use crate::cli::why::outline::Line;
use crate::cli::why::outline::Scene;
use crate::cli::why::text;
use crate::testing::Failed;
use crate::testing::Origin;
use crate::testing::Side;
use crate::testing::Why;
use crate::testing::failure::Report;
use crate::why;

/// Rows that a comparison shows on each side.
const ROWS_SHOWN: usize = 20;

/// A test and what became of it.
pub struct Told<'s> {
    pub suite: &'s Suite,
    pub title: &'s str,
    /// Line of the test.
    pub line: usize,
    pub failed: Option<Box<Failed>>,
    /// Of a test of many nodes: its runs.
    pub hunted: Option<Hunted>,
    /// Of a test of many nodes that failed: all about the run.
    pub report: Option<Box<Report>>,
}

/// The runs of a test of many nodes.
pub struct Hunted {
    /// How many there were.
    pub runs: u64,
    /// Ticks that took something in, in all of them.
    pub events: u64,
    /// Lines of the test that let something fail.
    pub faults: usize,
    /// Properties that some run must reach and none did, of those that pass
    /// since too few were tried.
    pub missed: usize,
    /// The seed of the broken run, if there is one.
    pub seed: Option<u64>,
    /// How to run it again.
    pub again: Option<String>,
    /// Of a search that is not seed by seed: what it covered.
    pub covered: Option<String>,
}

impl<'s> Told<'s> {
    pub fn new(suite: &'s Suite, test: &'s hir::Test) -> Told<'s> {
        let (_, line) = place(suite, test.title_span);
        Told { suite, title: &test.title, line, failed: None, hunted: None, report: None }
    }
}

impl Told<'_> {
    /// Why it failed, as text.
    pub fn why(&self) -> Option<String> {
        if let Some(report) = &self.report {
            let story = failure::why(report, &self.suite.tested.sources);
            if !story.is_empty() {
                return Some(story);
            }
        }
        let why = self.failed.as_ref().and_then(|failed| failed.why.as_ref());
        why.map(|why| derivation(self.suite, why))
    }
}

/// File and line.
pub fn place(suite: &Suite, span: Span) -> (String, usize) {
    let file = suite.tested.sources.file(span.file);
    (file.name.clone(), file.line_col(span.lo).0)
}

/// The rows of a comparison, those that are not there first.
pub fn rows(failed: &Failed) -> String {
    let mut out = String::new();
    for (side, sign) in [(Side::Missing, '-'), (Side::Extra, '+')] {
        let all: Vec<&String> =
            failed.rows.iter().filter(|(of, _)| *of == side).map(|(_, row)| row).collect();
        for row in all.iter().take(ROWS_SHOWN) {
            out.push_str(&format!("  {sign} {row}\n"));
        }
        if all.len() > ROWS_SHOWN {
            out.push_str(&format!("  {sign} and {} more\n", all.len() - ROWS_SHOWN));
        }
    }
    out
}

/// The derivation of a row, or how far each rule came that could give it;
/// empty where there is nothing to tell.
fn derivation(suite: &Suite, why: &Why) -> String {
    let whence = |rel: RelId, row: &[Value]| whence(suite, why, rel, row);
    let scene = Scene {
        explanation: &why.explanation,
        program: &why.program,
        sources: &suite.tested.sources,
        loaded: &BTreeMap::new(),
        whence: Some(&whence),
        options: &why::Options::default(),
        query: "",
    };
    let trees = scene.outline().trees;
    let is_absent = matches!(why.explanation.answer, why::Answer::Absent(_));
    let below = |lines: Vec<Line>| lines.into_iter().flat_map(|line| line.below).collect();
    // What was asked for is said by the message: here is what stands below it.
    let lines: Vec<Line> = match (is_absent, why.is_match) {
        (true, true) => below(below(trees)),
        (true, false) | (false, true) => below(trees),
        (false, false) => trees,
    };
    text::lines(&lines)
}

/// Where a row comes from that was there before the rules.
fn whence(suite: &Suite, why: &Why, rel: RelId, row: &[Value]) -> String {
    let declared = &why.program.rels[rel.index()];
    match declared.given {
        Some(Given::Now) => return "the time of this tick".to_owned(),
        Some(Given::Me | Given::Members) => return "the node of the test".to_owned(),
        Some(Given::Seed) => return "different in every tick".to_owned(),
        _ => {}
    }
    match why.origins.get(&(rel, row.to_vec())) {
        Some(Origin::Given) => "given to this tick".to_owned(),
        Some(Origin::Timer) => "its time has come".to_owned(),
        Some(Origin::Sent) => "sent by the tick before".to_owned(),
        Some(Origin::Start) => "there from the start".to_owned(),
        Some(Origin::Since(span)) => {
            let (file, line) = place(suite, *span);
            format!("there since the tick at {file}:{line}")
        }
        Some(Origin::Node(node)) => format!("in the last tick of `{node}`"),
        Some(Origin::World) => "it is up".to_owned(),
        None if declared.kind == RelKind::Scratch => "put off by the tick before".to_owned(),
        None => "put there by the tick before".to_owned(),
    }
}

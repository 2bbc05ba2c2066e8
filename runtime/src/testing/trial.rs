//! A test from its first statement to its last, or to the first thing that is
//! not as expected.

use std::collections::BTreeMap;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::diag::Code;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Test;
use bloom_compiler::names::hir::TestFact;
use bloom_compiler::names::hir::TestStepKind;
use bloom_compiler::names::hir::TestTick;
use bloom_compiler::oracle;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;

use crate::kernel::Choice;
use crate::kernel::Limits;
use crate::testing::judge;
use crate::testing::node::Input;
use crate::testing::node::Node;
use crate::testing::node::Row;
use crate::testing::rows;
use crate::testing::second::Dispute;
use crate::testing::verdict::Failed;
use crate::testing::verdict::Verdict;

/// A program whose tests are run.
#[allow(missing_docs)]
pub struct Plan<'a> {
    pub program: &'a typed::Program,
    pub strata: &'a Strata,
    /// What the node is among the members.
    pub role: &'a str,
    /// What each tick may spend.
    pub limits: Limits,
    /// Whether the slow evaluator computes every tick as well.
    pub oracle: bool,
    /// How many workers the node has.
    pub workers: usize,
    /// Who follows views.
    pub views: Choice,
}

/// Runs one test of a program.
pub fn run(plan: &Plan, test: usize) -> Verdict {
    let failed = Trial::new(plan, &plan.program.tests.list[test]).run().err();
    Verdict { test, failed }
}

/// A test under way.
pub(super) struct Trial<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) test: &'a Test,
    pub(super) node: Node<'a>,
}

impl<'a> Trial<'a> {
    fn new(plan: &'a Plan<'a>, test: &'a Test) -> Trial<'a> {
        let mut node =
            Node::new((plan.program, plan.role), plan.strata, &plan.limits, plan.workers);
        node.choose(plan.views);
        if plan.oracle {
            node.doubt(plan.strata, plan.role);
        }
        Trial { plan, test, node }
    }

    /// Whether the two evaluators agree on the last tick.
    fn agreed(&mut self, span: Span) -> Result<(), Box<Failed>> {
        let Some(Dispute { what, rows }) = self.node.dispute.take() else { return Ok(()) };
        let diagnostic = Diagnostic::error(codes::EVALUATORS_DISAGREE, span, what)
            .at("in this tick")
            .note(
                "This is a mistake of Bloom itself, whatever the program says. Rows with `-` are \
                 those that only the slow evaluator finds, rows with `+` only the engine.",
            )
            .help("please report it, with the program and this message");
        Err(Box::new(Failed { diagnostic, rows, why: None }))
    }

    fn run(&mut self) -> Result<(), Box<Failed>> {
        self.start()?;
        for (number, step) in self.test.steps.iter().enumerate() {
            match &step.kind {
                TestStepKind::Tick(tick) => {
                    let outcome = self.tick(tick)?;
                    self.agreed(step.span)?;
                    outcome.map_err(|failure| {
                        let label = "in this tick of the test";
                        failed(failure.label(step.span, label))
                    })?;
                }
                TestStepKind::Expect(expectation) => judge::expect(self, number, *expectation)?,
                TestStepKind::Fails { code, tick } => {
                    self.node.remember();
                    let outcome = self.tick(tick)?;
                    self.agreed(step.span)?;
                    fails(*code, outcome.err().map(|why| *why), step.span)?;
                }
            }
        }
        Ok(())
    }

    /// The tick before the first statement.
    pub(super) fn start(&mut self) -> Result<(), Box<Failed>> {
        let input = self.first()?;
        let outcome = self.node.tick(&input, 0);
        self.agreed(self.test.title_span)?;
        outcome.map_err(|why| {
            let label = "the program fails as it starts, before the first step of this test";
            failed(why.label(self.test.title_span, label))
        })
    }

    /// What that tick is given: that the program starts, and rows of static
    /// tables.
    pub(super) fn first(&mut self) -> Result<Input, Box<Failed>> {
        let first = self.test.steps.iter().find_map(|step| match &step.kind {
            TestStepKind::Tick(tick) | TestStepKind::Fails { tick, .. } => Some(tick),
            TestStepKind::Expect(_) => None,
        });
        let statics: Vec<&TestFact> = first
            .map_or(Vec::new(), |tick| tick.facts.iter().filter(|f| self.is_static(f)).collect());
        let given = self.stated(&statics, 0)?;
        let rows = given.into_iter().map(|(fact, row)| (fact.rel, row)).collect();
        Ok(self.node.boot(rows))
    }

    fn is_static(&self, fact: &TestFact) -> bool {
        self.plan.program.rels[fact.rel.index()].kind == RelKind::StaticTable
    }

    /// One tick; the outer error is one of the test, the inner one of the tick.
    pub(super) fn tick(
        &mut self,
        tick: &TestTick,
    ) -> Result<Result<(), Box<Diagnostic>>, Box<Failed>> {
        let (input, now) = self.input(tick)?;
        Ok(self.node.tick(&input, now))
    }

    /// What a tick is given, and its instant.
    pub(super) fn input(&mut self, tick: &TestTick) -> Result<(Input, i64), Box<Failed>> {
        let now = tick.at.unwrap_or(self.node.now().saturating_add(1));
        let facts: Vec<&TestFact> = tick.facts.iter().filter(|f| !self.is_static(f)).collect();
        let stated = self.stated(&facts, now)?;
        self.alone(&stated)?;
        let mut input = Input::default();
        for (fact, row) in stated {
            if !fact.delete {
                input.insert.push((fact.rel, row));
                continue;
            }
            let width = self.plan.program.rels[fact.rel.index()].cols.len();
            let mut pattern = vec![None; width];
            for (col, word) in fact.cols.iter().zip(row) {
                pattern[*col] = Some(word);
            }
            input.delete.push((fact.rel, pattern));
        }
        Ok((input, now))
    }

    /// The rows that facts state.
    fn stated<'f>(
        &mut self,
        facts: &[&'f TestFact],
        now: i64,
    ) -> Result<Vec<(&'f TestFact, Row)>, Box<Failed>> {
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<RelId> = facts.iter().map(|fact| fact.row).collect();
        let (program, limits) = (self.plan.program, &self.plan.limits);
        let mut found = rows::find(program, &mut self.node, &wanted, now, limits)
            .map_err(|why| failed(*why))?;
        let mut stated = Vec::new();
        for fact in facts {
            if found.len(fact.row) == 0 {
                let title = "what stands here has no value, so there is no row to give";
                return Err(failed(
                    Diagnostic::error(codes::NOT_TO_BE_GIVEN, fact.span, title)
                        .help("write values that are there always"),
                ));
            }
            stated.push((*fact, found.words(fact.row, self.node.engine_mut())));
        }
        Ok(stated)
    }

    /// Equal events, and events that are serial, never share a tick.
    fn alone(&self, stated: &[(&TestFact, Row)]) -> Result<(), Box<Failed>> {
        let program = self.plan.program;
        let events: Vec<&(&TestFact, Row)> = stated
            .iter()
            .filter(|(fact, _)| program.rels[fact.rel.index()].kind.is_incoming())
            .collect();
        let mut seen: BTreeMap<(RelId, &Row), Span> = BTreeMap::new();
        for (fact, row) in &events {
            let rel = &program.rels[fact.rel.index()];
            if let Some(first) = seen.insert((fact.rel, row), fact.span) {
                let words = (1, row.clone());
                let values = rows::values(self.node.engine(), fact.rel, words);
                let shown = values.first().map(|row| oracle::fact(rel, row, program));
                let title =
                    format!("the event {} is given twice in one tick", shown.unwrap_or_default());
                return Err(together(fact, title, (first, "given here")));
            }
            let Some(by) = &rel.serial else { continue };
            let shares = |(other, words): &&&(&TestFact, Row)| {
                let equal = || by.iter().all(|col| words.get(*col) == row.get(*col));
                other.span != fact.span && (by.is_empty() || other.rel == fact.rel && equal())
            };
            if let Some((other, _)) = events.iter().find(shares) {
                let title = match by.len() {
                    0 => format!("`{}` is serial, and not alone in its tick", rel.name),
                    _ => format!("two events of `{}` that never share a tick do", rel.name),
                };
                return Err(together(fact, title, (other.span, "given together with this")));
            }
        }
        Ok(())
    }
}

fn together(fact: &TestFact, title: String, other: (Span, &str)) -> Box<Failed> {
    failed(
        Diagnostic::error(codes::NOT_TO_BE_GIVEN, fact.span, title)
            .at("this cannot happen")
            .label(other.0, other.1)
            .note("Two equal events from outside are two events, and each is alone in its tick.")
            .help("give the second one in a tick of its own"),
    )
}

/// A failure of which the message says everything.
pub(super) fn failed(diagnostic: Diagnostic) -> Box<Failed> {
    Box::new(Failed { diagnostic, rows: Vec::new(), why: None })
}

/// Whether a tick failed as it should.
fn fails(code: Option<Code>, failure: Option<Diagnostic>, span: Span) -> Result<(), Box<Failed>> {
    let Some(failure) = failure else {
        let wanted = code.map_or("an error".to_owned(), |code| code.to_string());
        let title = format!("this tick should fail with {wanted}, and does not");
        return Err(failed(
            Diagnostic::error(codes::ERROR_EXPECTED, span, title).at("the tick went well"),
        ));
    };
    if code.is_none_or(|code| code == failure.code) {
        return Ok(());
    }
    let wanted = code.map_or(String::new(), |code| code.to_string());
    let title = format!("this tick should fail with {wanted}, but fails with {}", failure.code);
    let other = Diagnostic::error(codes::ERROR_EXPECTED, span, title).at("this tick");
    Err(failed(other.label(failure.primary.span, failure.title.clone())))
}

//! Why a row is there, or is not, in the last tick of a test: the test is run
//! again up to there, together with the rules of what it expects, and its last
//! tick keeps its rounds.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::TestStepKind;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Role;
use bloom_compiler::types::typed::Rule;

use crate::kernel::Engine;
use crate::testing::node::Came;
use crate::testing::node::Node;
use crate::testing::node::Origins;
use crate::testing::rows;
use crate::testing::trial::Trial;
use crate::testing::verdict::Origin;
use crate::testing::verdict::Why;
use crate::why;
use crate::why::Absence;
use crate::why::Answer;

/// What is to be explained.
pub enum About<'a> {
    /// The rows that the one atom of a rule asks for.
    Pattern(&'a Rule),
    /// A row.
    Row(RelId, &'a [Value]),
}

/// The only literal of a rule, if that is an atom.
pub fn atom(rule: &Rule) -> Option<&Atom> {
    match &rule.body.lits[..] {
        [lit] => match &lit.kind {
            LitKind::Atom(atom) => Some(atom),
            _ => None,
        },
        _ => None,
    }
}

/// The explanation, as of before a step; `None` where the rules of what is
/// expected fail themselves in a tick that came before.
pub fn explain(trial: &Trial, step: usize, wanted: &[RelId], about: About) -> Option<Why> {
    let plan = trial.plan;
    let (program, strata) = driver::tested(plan.program, wanted);
    let node = Node::new((&program, plan.role), &strata, &plan.limits, 1);
    let mut again = Trial { plan, test: trial.test, node };
    again.node.origins = Some(Origins::default());
    let ticks: Vec<_> = trial.test.steps[..step]
        .iter()
        .filter_map(|step| match &step.kind {
            TestStepKind::Tick(tick) => Some((tick, step.span)),
            TestStepKind::Expect(_) | TestStepKind::Fails { .. } => None,
        })
        .collect();
    let (input, now) = match ticks.split_last() {
        None => (again.first().ok()?, 0),
        Some(((last, _), before)) => {
            again.start().ok()?;
            for (tick, _) in before {
                again.tick(tick).ok()?.ok()?;
            }
            again.input(last).ok()?
        }
    };
    let (mut engine, origins) = again.node.apart(&input, now, &strata)?;
    let options = why::Options { depth: DEPTH, size: SIZE, ..why::Options::default() };
    let mut explanation = match &about {
        About::Pattern(rule) => why::explain(&program, &engine, rule, &options)?,
        About::Row(rel, row) => why::row(&program, &engine, (*rel, row), &options)?,
    };
    let asked = explanation.clone();
    if let Answer::Absent(absence) = &asked.answer
        && let Some(row) = instead(&program, &mut engine, absence)
    {
        explanation = why::row(&program, &engine, (absence.rel, &row), &options)?;
    }
    let spans: Vec<Span> = ticks.iter().map(|(_, span)| *span).collect();
    let origins = whence(&engine, &origins, &spans);
    let is_match =
        matches!(about, About::Row(rel, _) if wanted == [rel] && is_condition(&program, rel));
    Some(Why { asked, explanation, origins, is_match, program })
}

/// The row that is there in the place of a missing one: only what merges differs.
fn instead(program: &typed::Program, engine: &mut Engine, absence: &Absence) -> Option<Vec<Value>> {
    let cols = &program.rels[absence.rel.index()].cols;
    if !absence.attempts.is_empty() || !program.rels[absence.rel.index()].has_cells() {
        return None;
    }
    let words = (engine.len(absence.rel), engine.rows_as_they_lie(absence.rel));
    let all: BTreeSet<Vec<Value>> = rows::values(engine, absence.rel, words).into_iter().collect();
    let fits = |row: &Vec<Value>| {
        row.iter().zip(&absence.wanted).zip(cols).all(|((value, wanted), col)| {
            matches!(col.role, Role::Cell(_)) || wanted.as_ref().is_none_or(|w| w == value)
        })
    };
    all.into_iter().find(fits)
}

/// Rules below a row that is explained.
const DEPTH: usize = 6;
/// Facts that are explained in all.
const SIZE: usize = 40;

/// Whether a collection is what a condition of a test finds.
fn is_condition(program: &typed::Program, rel: RelId) -> bool {
    let rel = &program.rels[rel.index()];
    rel.kind == RelKind::Expected && rel.cols.is_empty() && rel.name == "expect"
}

/// Where the rows come from that the last tick began with.
fn whence(
    engine: &Engine,
    origins: &Origins,
    ticks: &[Span],
) -> BTreeMap<(RelId, Vec<Value>), Origin> {
    let mut out = BTreeMap::new();
    let mut put = |rel: usize, row: &[u64], origin: Origin| {
        let rel = RelId(rel as u32);
        for values in rows::values(engine, rel, (1, row.to_vec())) {
            out.insert((rel, values), origin.clone());
        }
    };
    for ((rel, row), since) in &origins.since {
        let origin = match since {
            0 => Origin::Start,
            n => ticks.get(n - 1).map_or(Origin::Start, |span| Origin::Since(*span)),
        };
        put(*rel, row, origin);
    }
    for ((rel, row), came) in &origins.came {
        let origin = match came {
            Came::Given => Origin::Given,
            Came::Timer => Origin::Timer,
            Came::Sent => Origin::Sent,
        };
        put(*rel, row, origin);
    }
    out
}

//! What a test expects of the rows of the last tick, and what is said where it
//! is not so: the nearest rows, or those that should not be there.

use std::collections::BTreeSet;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;

use crate::testing::explain;
use crate::testing::explain::About;
use crate::testing::hint;
use crate::testing::node::ME;
use crate::testing::rows;
use crate::testing::trial::Trial;
use crate::testing::trial::failed;
use crate::testing::verdict::Failed;
use crate::testing::verdict::Side;
use crate::testing::verdict::Why;
use crate::why::Answer;

type Rows = BTreeSet<Vec<Value>>;

/// Whether what a step expects is so.
pub fn expect(trial: &mut Trial, step: usize, expectation: Expectation) -> Result<(), Box<Failed>> {
    match expectation {
        Expectation::Matches { found, negated } => matches(trial, step, found, negated),
        Expectation::Rows { rel, rows } => exact(trial, step, rel, rows),
    }
}

fn matches(trial: &mut Trial, step: usize, found: RelId, negated: bool) -> Result<(), Box<Failed>> {
    let (plan, now) = (trial.plan, trial.node.now());
    let findings = rows::find(plan.program, &mut trial.node, &[found], now, &plan.limits);
    let findings = findings.map_err(|why| failed(*why))?;
    if (findings.len(found) > 0) != negated {
        return Ok(());
    }
    let Some(rule) = plan.program.tests.rules.iter().find(|rule| rule.head == found) else {
        panic!("what a test expects has a rule");
    };
    // Of one atom it is said which rows there are; of others, what fails.
    let atom = explain::atom(rule);
    let about = match atom {
        Some(_) => About::Pattern(rule),
        None => About::Row(found, &[]),
    };
    let why = explain::explain(trial, step, &[found], about);
    let span = atom.map_or(trial.test.steps[step].span, |atom| atom.span);
    let named = atom.map(|atom| said(plan.program, atom.rel));
    let diagnostic = match negated {
        false => absent(span, named, why.as_ref()),
        true => present(span, named, why.as_ref()),
    };
    let hint = match why.as_ref().map(|why| (&why.asked.answer, &why.asked.nodes)) {
        Some((Answer::Absent(absence), _)) => {
            hint::missing(&mut trial.node, absence.rel, &absence.wanted)
        }
        Some((Answer::Present { rows, .. }, nodes)) => {
            let node = rows.first().and_then(|row| nodes.get(*row));
            node.and_then(|node| hint::extra(&mut trial.node, node.rel, &node.row))
        }
        None => None,
    };
    let diagnostic = helped(diagnostic, hint);
    Err(Box::new(Failed { diagnostic, rows: Vec::new(), why }))
}

/// How rows of a collection are called, one and many.
fn said(program: &typed::Program, rel: RelId) -> (String, String) {
    let rels = program.rels.iter().chain(&program.tests.rels);
    let Some(rel) = rels.clone().nth(rel.index()) else { return (String::new(), String::new()) };
    let name = &rel.name;
    match rel.kind {
        RelKind::Stage(Stage::Send, _) => {
            (format!("row of `{name}` is sent"), format!("rows of `{name}` are sent"))
        }
        _ => (format!("row of `{name}`"), format!("rows of `{name}`")),
    }
}

fn absent(span: Span, named: Option<(String, String)>, why: Option<&Why>) -> Diagnostic {
    let title = match &named {
        Some((row, _)) => format!("expected: no such {row}"),
        None => "expected: nothing matches this".to_owned(),
    };
    let near = why.and_then(|why| match &why.asked.answer {
        Answer::Absent(absence) if named.is_some() => Some(absence.near.clone()),
        _ => None,
    });
    Diagnostic::error(codes::EXPECTATION_FAILED, span, title).at(near.unwrap_or_default())
}

fn present(span: Span, named: Option<(String, String)>, why: Option<&Why>) -> Diagnostic {
    let title = match &named {
        Some((row, _)) if row.ends_with("sent") => format!("not expected: a {row}"),
        Some((row, _)) => format!("not expected: there is a {row}"),
        None => "not expected: this matches".to_owned(),
    };
    let shown = why.and_then(|why| match &why.asked.answer {
        Answer::Present { rows, others } if named.is_some() => {
            let node = why.asked.nodes.get(*rows.first()?)?;
            let rel = why.program.rels.get(node.rel.index())?;
            let fact = oracle::fact(rel, &node.row, &why.program);
            Some(match others {
                0 => fact,
                1 => format!("{fact}, and 1 more like it"),
                n => format!("{fact}, and {n} more like it"),
            })
        }
        _ => None,
    });
    Diagnostic::error(codes::EXPECTATION_FAILED, span, title).at(shown.unwrap_or_default())
}

/// Exactly these rows.
fn exact(trial: &mut Trial, step: usize, rel: RelId, wanted: RelId) -> Result<(), Box<Failed>> {
    let (plan, now) = (trial.plan, trial.node.now());
    let heads = [wanted, rel];
    let findings = rows::find(plan.program, &mut trial.node, &heads, now, &plan.limits);
    let mut findings = findings.map_err(|why| failed(*why))?;
    let all: Vec<&typed::Rel> = plan.program.rels.iter().chain(&plan.program.tests.rels).collect();
    let declared = all[rel.index()];
    let should: Rows = findings.values(wanted).into_iter().collect();
    let there: Rows = match declared.given {
        _ if rel.index() < plan.program.rels.len() => {
            let words = trial.node.rows(rel);
            rows::values(trial.node.engine(), rel, words).into_iter().collect()
        }
        Some(Given::Members) => {
            Rows::from([vec![Value::Node(ME.to_owned()), Value::str(plan.role)]])
        }
        Some(_) => Rows::new(),
        None => findings.values(rel).into_iter().collect(),
    };
    let missing: Vec<&Vec<Value>> = should.difference(&there).collect();
    let extra: Vec<&Vec<Value>> = there.difference(&should).collect();
    // One wrong row is explained: one that is there, if there is one.
    let Some(wrong) = extra.first().or(missing.first()) else { return Ok(()) };
    let why = explain::explain(trial, step, &[rel], About::Row(rel, wrong));
    let fact =
        |side: Side| move |row: &&Vec<Value>| (side, oracle::fact(declared, row, plan.program));
    let rows: Vec<(Side, String)> = missing
        .iter()
        .map(fact(Side::Missing))
        .chain(extra.iter().map(fact(Side::Extra)))
        .collect();
    let title = format!("expected: `{}` has other rows", declared.name);
    let (missing, extra) = (missing.len(), extra.len());
    let mut parts = Vec::new();
    if missing > 0 {
        parts.push(format!("{} not there", are(missing)));
    }
    if extra > 0 {
        parts.push(format!("{} there and should not be", are(extra)));
    }
    let diagnostic =
        Diagnostic::error(codes::EXPECTATION_FAILED, trial.test.steps[step].span, title)
            .at(parts.join(", "));
    let wanted: Vec<Option<Value>> = wrong.iter().cloned().map(Some).collect();
    let hint = match extra {
        0 => hint::missing(&mut trial.node, rel, &wanted),
        _ => hint::extra(&mut trial.node, rel, wrong),
    };
    let diagnostic = helped(diagnostic, hint);
    Err(Box::new(Failed { diagnostic, rows, why }))
}

fn helped(diagnostic: Diagnostic, hint: Option<String>) -> Diagnostic {
    match hint {
        Some(hint) => diagnostic.help(hint),
        None => diagnostic,
    }
}

fn are(n: usize) -> String {
    if n == 1 { "1 row is".into() } else { format!("{n} rows are") }
}

//! What became of tests as one JSON object.

use serde::Serialize;

use crate::cli::test::failure;
use crate::cli::test::told::Told;
use crate::testing::Side;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    passed: usize,
    failed: usize,
    tests: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    file: &'a str,
    line: usize,
    title: &'a str,
    outcome: &'static str,
    /// Of a test of many nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<Runs<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Failure<'a>>,
}

#[derive(Serialize)]
struct Runs<'a> {
    seeds: u64,
    events: u64,
    /// Of the run that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<&'a str>,
    /// Of a search that is not seed by seed: what it covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<&'a str>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: String,
    file: String,
    line: usize,
    col: usize,
    title: &'a str,
    detail: &'a str,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extra: Vec<&'a str>,
    /// The derivation as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What happened between nodes, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<String>,
    /// What chance decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<&'a str>,
}

/// The report.
pub fn report(all: &[Told]) -> String {
    let failed = all.iter().filter(|told| told.failed.is_some()).count();
    let report = Report {
        schema: "bloom-test/1",
        passed: all.len() - failed,
        failed,
        tests: all.iter().map(item).collect(),
    };
    // Texts and numbers always have a JSON form.
    serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
}

fn item<'a>(told: &'a Told<'_>) -> Item<'a> {
    let failure = told.failed.as_ref().map(|failed| {
        let diagnostic = &failed.diagnostic;
        let span = diagnostic.primary.span;
        let file = told.suite.tested.sources.file(span.file);
        let (line, col) = file.line_col(span.lo);
        let side = |side: Side| {
            failed.rows.iter().filter(|(of, _)| *of == side).map(|(_, row)| row.as_str()).collect()
        };
        let why = told.why();
        let report = told.report.as_ref();
        Failure {
            code: diagnostic.code.to_string(),
            file: file.name.clone(),
            line,
            col,
            title: &diagnostic.title,
            detail: &diagnostic.primary.text,
            notes: &diagnostic.notes,
            missing: side(Side::Missing),
            extra: side(Side::Extra),
            why: why.filter(|text| !text.is_empty()),
            chart: report.and_then(|report| failure::chart(report)),
            decisions: report.map_or(Vec::new(), |report| {
                report.decisions.iter().map(|decision| decision.text.as_str()).collect()
            }),
        }
    });
    let runs = told.hunted.as_ref().map(|hunted| Runs {
        seeds: hunted.runs,
        events: hunted.events,
        seed: hunted.seed,
        again: hunted.again.as_deref(),
        searched: hunted.covered.as_deref(),
    });
    Item {
        file: &told.suite.name,
        line: told.line,
        title: told.title,
        outcome: if told.failed.is_some() { "failed" } else { "ok" },
        runs,
        failure,
    }
}

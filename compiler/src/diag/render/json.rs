//! Diagnostics for programs: one JSON object with a named schema. Fields are
//! only ever added, and the text depends on nothing but the diagnostics.

use serde::Serialize;

use crate::source::SourceMap;
use crate::source::Span;

use super::super::Diagnostic;
use super::position;
use super::word;

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    diagnostics: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    code: String,
    severity: &'static str,
    title: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    label: &'a str,
    labels: Vec<Labelled<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    fix: Option<Change<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    col: usize,
    end_line: usize,
    end_col: usize,
}

#[derive(Serialize)]
struct Labelled<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    title: &'a str,
    replacement: &'a str,
    span: Place<'a>,
}

fn place<'a>(map: &'a SourceMap, span: Span) -> Place<'a> {
    let (file, (line, col), (end_line, end_col)) = position(map, span);
    Place { file, line, col, end_line, end_col }
}

fn item<'a>(map: &'a SourceMap, diagnostic: &'a Diagnostic) -> Item<'a> {
    Item {
        code: diagnostic.code.to_string(),
        severity: word(diagnostic.severity),
        title: &diagnostic.title,
        place: place(map, diagnostic.primary.span),
        label: &diagnostic.primary.text,
        labels: diagnostic
            .labels
            .iter()
            .map(|label| Labelled { place: place(map, label.span), text: &label.text })
            .collect(),
        notes: &diagnostic.notes,
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|fix| Change {
            title: &fix.title,
            replacement: &fix.replacement,
            span: place(map, fix.span),
        }),
    }
}

/// The object and a line break.
pub(super) fn render(map: &SourceMap, diags: &[&Diagnostic]) -> String {
    let report = Report {
        schema: "bloom-diagnostics/1",
        diagnostics: diags.iter().map(|d| item(map, d)).collect(),
    };
    // Texts, numbers and lists always have a JSON form.
    let mut out = serde_json::to_string(&report).unwrap_or_default();
    out.push('\n');
    out
}

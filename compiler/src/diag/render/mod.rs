//! Diagnostics as text. The value is finished before it comes here: this room
//! sorts, drops repeats and draws, and never decides what to say.

mod clip;
pub mod github;
mod human;
mod json;
pub mod sarif;
mod short;

use crate::source::SourceMap;
use crate::source::Span;

use super::Diagnostic;
use super::Severity;

/// How diagnostics are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people: the source with all places marked, notes, help, a summary.
    Human {
        /// With ANSI colours.
        color: bool,
        /// With box-drawing characters, else plain ASCII.
        unicode: bool,
    },
    /// `file:line:col: error[B0203]: title`, one line each, for editors.
    Short,
    /// One JSON object, for programs.
    Json,
    /// Commands of a workflow, one line each.
    Github,
}

/// The diagnostics as text, sorted by place and code, each told once.
pub fn render(format: Format, map: &SourceMap, diags: &[Diagnostic]) -> String {
    let sorted = in_order(diags);
    match format {
        Format::Human { color, unicode } => human::render(map, &sorted, color, unicode),
        Format::Short => short::render(map, &sorted),
        Format::Json => json::render(map, &sorted),
        Format::Github => github::render(map, &sorted),
    }
}

/// One diagnostic for people, without a summary after it.
pub fn one(map: &SourceMap, diagnostic: &Diagnostic, color: bool, unicode: bool) -> String {
    human::one(map, diagnostic, color, unicode)
}

/// Sorted by file, position and code; exact repeats are dropped.
pub fn in_order(diags: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diags.iter().collect();
    sorted.sort_by_key(|diagnostic| place(diagnostic));
    let mut told: Vec<&Diagnostic> = Vec::with_capacity(sorted.len());
    for diagnostic in sorted {
        let repeated = told
            .iter()
            .rev()
            .take_while(|earlier| place(earlier) == place(diagnostic))
            .any(|earlier| *earlier == diagnostic);
        if !repeated {
            told.push(diagnostic);
        }
    }
    told
}

fn place(diagnostic: &Diagnostic) -> (Span, super::Code) {
    (diagnostic.primary.span, diagnostic.code)
}

/// "found 2 errors and 1 warning in routes.bloom", or nothing when there is
/// nothing to tell.
pub fn summary(map: &SourceMap, diags: &[&Diagnostic]) -> String {
    let count = |severity: Severity, one: &str| {
        let n = diags.iter().filter(|d| d.severity == severity).count();
        match n {
            0 => None,
            1 => Some(format!("1 {one}")),
            n => Some(format!("{n} {one}s")),
        }
    };
    let parts: Vec<String> = [
        count(Severity::Error, "error"),
        count(Severity::Warning, "warning"),
        count(Severity::Note, "note"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some((last, before)) = parts.split_last() else { return String::new() };
    let counted = match before {
        [] => last.clone(),
        before => format!("{} and {last}", before.join(", ")),
    };
    let mut files: Vec<u32> = diags.iter().map(|d| d.primary.span.file.0).collect();
    files.sort_unstable();
    files.dedup();
    let place = match files.as_slice() {
        [only] => map.files().get(*only as usize).map_or(String::new(), |file| file.name.clone()),
        many => format!("{} files", many.len()),
    };
    format!("found {counted} in {place}")
}

/// `error`, `warning`, `note`.
fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// Name of the file, and line and column of both ends, from 1.
fn position(map: &SourceMap, span: Span) -> (&str, (usize, usize), (usize, usize)) {
    match map.files().get(span.file.0 as usize) {
        Some(file) => (&file.name, file.line_col(span.lo), file.line_col(span.hi)),
        None => ("", (1, 1), (1, 1)),
    }
}

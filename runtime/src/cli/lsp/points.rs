//! Who has to wait, in the words of the protocol: verdicts above outputs and rules,
//! messages and hovers at points, changes that would help. Sentences are those of
//! the report; here they are only carried over.

use std::ops::Range;

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Meaning;
use bloom_compiler::calm::model::Point;
use bloom_compiler::ide::Analysis;
use bloom_compiler::ide::Coordination;
use bloom_compiler::ide::Said;
use bloom_compiler::source::FileId;
use bloom_compiler::source::Span;
use lsp_types as lsp;
use serde_json::Value;
use serde_json::json;

use crate::cli::lsp::convert;
use crate::cli::lsp::convert::Places;
use crate::cli::lsp::settings::Lenses;
use crate::cli::report::example;
use crate::cli::report::words;

/// Points that a verdict names one by one.
const NAMED_MAX: usize = 3;

/// What stands above outputs and rules.
pub fn lenses(known: &Coordination, wanted: Lenses, places: Places) -> Vec<lsp::CodeLens> {
    let shown = known.lenses.iter().filter(|lens| match wanted {
        Lenses::All => true,
        Lenses::Outputs => !lens.is_rule,
        Lenses::Off => false,
    });
    let one = |title: String, span: Span| lsp::CodeLens {
        range: places.span(span),
        // Without a name of a command it is a text and no button.
        command: Some(lsp::Command { title, command: String::new(), arguments: None }),
        data: None,
    };
    shown.map(|lens| one(title(known, &lens.said), lens.span)).collect()
}

/// `waits: seal(action by session), P1`
fn title(known: &Coordination, said: &Said) -> String {
    match said {
        Said::Free => "free".to_string(),
        Said::Declared => "as declared".to_string(),
        Said::Threshold(all) => {
            let mut conditions: Vec<&str> = all
                .iter()
                .filter_map(|at| known.threshold(*at))
                .map(|one| one.condition.as_str())
                .collect();
            conditions.dedup();
            match conditions.as_slice() {
                [] => "threshold".to_string(),
                some => format!("threshold: {}", some.join(", ")),
            }
        }
        Said::Accepted(all) => format!("may change, accepted: {}", named(known, all)),
        Said::Waits(all) => {
            let mut points = all.iter().filter_map(|at| known.point(*at));
            let waits = points.any(|point| point.kind != Kind::Persist);
            let word = if waits { "waits" } else { "needs memory" };
            format!("{word}: {}", named(known, all))
        }
    }
}

fn named(known: &Coordination, all: &[usize]) -> String {
    let points = all.iter().filter_map(|at| known.point(*at));
    let mut names: Vec<String> = points
        .take(NAMED_MAX)
        .map(|point| format!("{}, {}", words::answer(point), point.id))
        .collect();
    if all.len() > NAMED_MAX {
        names.push(format!("and {} more", all.len() - NAMED_MAX));
    }
    names.join("; ")
}

/// What is known of the points at a place, as Markdown.
pub fn hover(known: &Coordination, at: usize) -> Option<(Range<usize>, String)> {
    let points: Vec<&Point> = known.points_at(&(at..at)).collect();
    let range = points.first()?.span.range();
    let texts: Vec<String> = points.into_iter().map(about).collect();
    Some((range, texts.join("\n\n---\n\n")))
}

fn about(point: &Point) -> String {
    let mut out = format!("**{} {}** · {}", point.id, words::answer(point), point.code.text());
    if let Some(why) = &point.accepted {
        out.push_str(&format!("\n\nAccepted: \"{why}\""));
        return out;
    }
    out.push_str(&format!("\n\n{}", words::trouble(point)));
    let lines = example::lines(point);
    if !lines.is_empty() {
        out.push_str("\n\n```text\n");
        for (word, text) in lines {
            out.push_str(&format!("{word:9} {text}\n"));
        }
        out.push_str("```");
    }
    out.push_str(&format!("\n\nTo wait: {}.", words::wait(point)));
    if let Some(text) = words::matter(point) {
        out.push_str(&format!(" What counts: {text}."));
    }
    out.push_str(&format!("\n\nCost: {}.", point.cost.words));
    for rewrite in &point.rewrites {
        out.push_str(&format!("\n\nHelp: {} ({}).", rewrite.title, left(rewrite.points_after)));
    }
    out
}

fn left(points: usize) -> String {
    match points {
        0 => "no point is left".to_string(),
        1 => "1 point is left".to_string(),
        n => format!("{n} points are left"),
    }
}

/// Messages at points, and about what is wrong with coordination as a whole.
pub fn diagnostics(known: &Coordination, uri: &lsp::Uri, places: Places) -> Vec<lsp::Diagnostic> {
    let here = |span: Span| span.file == FileId(0);
    let faults = known.faults.iter().filter(|fault| here(fault.primary.span));
    let points = known.report.points.iter().filter(|point| here(point.span));
    let faults = faults.map(|fault| convert::diagnostic(fault, uri, places));
    faults.chain(points.map(|point| message(known, point, uri, places))).collect()
}

fn message(known: &Coordination, point: &Point, uri: &lsp::Uri, places: Places) -> lsp::Diagnostic {
    let (severity, text) = match &point.accepted {
        Some(why) => (lsp::DiagnosticSeverity::HINT, format!("accepted: \"{why}\"")),
        None => (
            lsp::DiagnosticSeverity::INFORMATION,
            format!(
                "{}\n{}\nTo wait: {}.",
                words::label(point),
                words::trouble(point),
                words::wait(point)
            ),
        ),
    };
    let outputs =
        known.report.verdicts.iter().filter(|verdict| {
            verdict.span.file == FileId(0) && point.outputs.contains(&verdict.name)
        });
    let related = outputs.map(|verdict| lsp::DiagnosticRelatedInformation {
        location: lsp::Location { uri: uri.clone(), range: places.span(verdict.span) },
        message: format!("`{}` hangs on it", verdict.name.text()),
    });
    lsp::Diagnostic {
        range: places.span(point.span),
        severity: Some(severity),
        code: Some(lsp::NumberOrString::String(point.code.text())),
        source: Some("bloom".into()),
        message: format!("{} {}: {text}", point.id, words::answer(point)),
        related_information: Some(related.collect()),
        ..lsp::Diagnostic::default()
    }
}

/// Changes that would help at the points in a range. Those that keep the meaning are
/// fixes, the others are rewrites, which the user has to want.
pub fn actions(
    known: &Coordination,
    analysis: &Analysis,
    range: &Range<usize>,
    uri: &lsp::Uri,
    places: Places,
) -> Vec<Value> {
    let offered = analysis.rewrites(known, range).into_iter();
    let one = |(point, applied, edits): (&Point, &bloom_compiler::driver::Applied, Vec<_>)| {
        let rewrite = &applied.rewrite;
        let (kind, how) = match (&rewrite.meaning, rewrite.machine_applicable) {
            (_, true) => (lsp::CodeActionKind::QUICKFIX, String::new()),
            (Meaning::Changes(what), _) => {
                (lsp::CodeActionKind::REFACTOR_REWRITE, format!("; it changes: {what}"))
            }
            (Meaning::Same(_), _) => (
                lsp::CodeActionKind::REFACTOR_REWRITE,
                "; it takes in or shows other columns".to_string(),
            ),
        };
        let edits: Vec<lsp::TextEdit> = edits.iter().map(|edit| places.edit(edit)).collect();
        json!({
            "title": format!(
                "{}: {} ({}{how})", point.id, rewrite.title, left(rewrite.points_after)
            ),
            "kind": kind,
            "diagnostics": [message(known, point, uri, places)],
            "edit": { "changes": { uri.as_str(): edits } },
        })
    };
    offered.map(one).collect()
}

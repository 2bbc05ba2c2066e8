//! A failing run of many nodes for people: what happened as a chart, why, what
//! chance decided, the rule to look at, and how to run it again. What is worth
//! showing was decided before.

pub mod args;
mod chart;
mod keep;
mod page;
mod picture;
mod tell;

use std::fmt::Write;

use bloom_compiler::source::SourceMap;

use crate::cli::stats::count;
use crate::cli::why::outline::Kind;
use crate::cli::why::outline::Line;
use crate::cli::why::text;
use crate::testing::failure::Chart;
use crate::testing::failure::Report;

pub use keep::choices;
pub use keep::heed;
pub use keep::keep;
pub use keep::keep_first;
pub use keep::said;
pub use page::page;

/// Characters of a line where nobody knows how wide the terminal is.
const WIDTH: usize = 100;
/// Narrower charts cannot be read, wider ones neither.
const WIDTHS: std::ops::RangeInclusive<usize> = 80..=120;
/// Lines of a derivation that stand one below the other.
const DEPTH: usize = 8;
/// Decisions that are shown.
const DECISIONS_SHOWN: usize = 12;

/// All of it as text, below the message itself.
pub fn show(report: &Report, sources: &SourceMap, all: bool, again: &str) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    if let Some(charts) = &report.charts {
        let everything = charts.all.as_ref().filter(|_| all);
        let chart = everything.unwrap_or(&charts.what_matters);
        let _ = writeln!(out, "\n  what happened{}\n", small(report));
        out.push_str(&chart::draw(chart, width()));
        out.push_str(&left_out(chart, charts.all.is_some()));
    }
    let mut lines = tell::lines(report, sources);
    if !all {
        lines.iter_mut().for_each(|line| cut(line, DEPTH));
    }
    let lines = text::lines(&lines);
    if !lines.is_empty() {
        out.push_str("\n  why\n\n");
        lines.lines().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    }
    out.push_str(&decisions(report, sources));
    if !report.story.rules.is_empty() {
        out.push_str("\n  look at\n\n");
        for rule in &report.story.rules {
            let (place, text) = (tell::place(sources, *rule), tell::text(sources, *rule));
            let _ = writeln!(out, "  {place}  {text}");
        }
    }
    let _ = writeln!(out, "\n  again\n\n  {again}");
    out
}

/// Leaves out what stands deeper below a line.
fn cut(line: &mut Line, depth: usize) {
    if depth == 0 && !line.below.is_empty() {
        line.below = vec![Line::new(Kind::More, "… (--all shows more)")];
    }
    line.below.iter_mut().for_each(|below| cut(below, depth.saturating_sub(1)));
}

/// What happened that matters, as text.
pub fn chart(report: &Report) -> Option<String> {
    report.charts.as_ref().map(|charts| chart::draw(&charts.what_matters, WIDTH))
}

/// Why it is so, as text.
pub fn why(report: &Report, sources: &SourceMap) -> String {
    text::lines(&tell::lines(report, sources))
}

/// How small the run was made.
fn small(report: &Report) -> String {
    let Some(shrunk) = report.shrunk else { return String::new() };
    let left = report.broken.choices.len();
    let runs = match shrunk.runs {
        1 => "1 run".to_owned(),
        n => format!("{} runs", count(n as u64)),
    };
    match (left, shrunk.from) {
        (left, from) if left == from && left > 0 => match shrunk.is_least {
            true => format!(": nothing of it can be left out ({runs})"),
            false => String::new(),
        },
        (0, 0) => String::new(),
        (0, from) => format!(
            ", made small: none of {} decisions of chance is left ({runs})",
            count(from as u64)
        ),
        (left, from) => format!(
            ", made small: {} of {} decisions of chance {} left ({runs})",
            count(left as u64),
            count(from as u64),
            if left == 1 { "is" } else { "are" }
        ),
    }
}

fn left_out(chart: &Chart, has_more: bool) -> String {
    let mut parts = Vec::new();
    match chart.messages_left_out {
        0 => {}
        1 => parts.push("1 other message is not shown".to_owned()),
        n => parts.push(format!("{} other messages are not shown", count(n as u64))),
    }
    match &chart.nodes_left_out[..] {
        [] => {}
        [one] => parts.push(format!("{one} has no part in it")),
        [some @ .., last] => {
            parts.push(format!("{} and {last} have no part in it", some.join(", ")))
        }
    }
    match (parts.is_empty(), chart.messages_left_out) {
        (true, _) => String::new(),
        (false, 0) => format!("\n  ({})\n", parts.join("; ")),
        (false, _) if !has_more => {
            format!("\n  ({}, and are too many for any chart)\n", parts.join("; "))
        }
        (false, _) => format!("\n  ({}; --all shows everything)\n", parts.join("; ")),
    }
}

fn decisions(report: &Report, sources: &SourceMap) -> String {
    let mut out = String::new();
    if report.decisions.is_empty() || report.shrunk.is_none() {
        return out;
    }
    let is_least = report.shrunk.is_some_and(|shrunk| shrunk.is_least);
    let _ = match (is_least, report.decisions.len()) {
        (true, 1) => writeln!(out, "\n  what chance decided; without it the test passes\n"),
        (true, _) => {
            writeln!(out, "\n  what chance decided; without any one of these the test passes\n")
        }
        (false, _) => writeln!(out, "\n  what chance decided\n"),
    };
    for (at, decision) in report.decisions.iter().take(DECISIONS_SHOWN).enumerate() {
        let line = decision
            .line
            .map(|line| format!("  {}  {}", tell::place(sources, line), tell::text(sources, line)));
        let _ = writeln!(out, "  {}. {}{}", at + 1, decision.text, line.unwrap_or_default());
        if let Some(without) = &decision.without {
            let _ = writeln!(out, "     without it {without}");
        }
    }
    if report.decisions.len() > DECISIONS_SHOWN {
        let _ = writeln!(out, "  … and {} more", report.decisions.len() - DECISIONS_SHOWN);
    }
    out
}

/// How wide lines may be: as wide as the terminal says.
fn width() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    said.unwrap_or(WIDTH).clamp(*WIDTHS.start(), *WIDTHS.end())
}

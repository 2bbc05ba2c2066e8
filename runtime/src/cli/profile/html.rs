//! A profile as one page that needs nothing beside itself: bars as wide as
//! the time they stand for, strata over rules over variants, and tables that
//! are sorted by a click or a key on a heading.

use std::fmt::Write;
use std::time::Duration;

use crate::cli::page::escape;
use crate::cli::profile::Report;
use crate::cli::profile::counted;
use crate::cli::profile::variant_name;
use crate::cli::stats::count;
use crate::cli::stats::time;
use crate::embed::failure::size;

const STYLE: &str = include_str!("profile.css");
const SCRIPT: &str = include_str!("profile.js");
/// Bars narrower than this part of the whole cannot be seen.
const NARROWEST: f64 = 0.1;

/// The profile as a page.
pub fn show(report: &Report) -> String {
    let title = escape(&report.program);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>profile of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>profile of <code>{title}</code></h1>\n<p>{} in {}, {}</p>\n\
         <div class=\"flame\">\n",
        time(report.time().as_secs_f64()),
        counted(report.profile.strata.len() as u64, "stratum", "strata"),
        counted(report.stats.rounds, "round", "rounds"),
    );
    flame(report, &mut out);
    out.push_str("</div>\n<h2>Rules</h2>\n");
    rules(report, &mut out);
    out.push_str("<h2>Relations</h2>\n");
    relations(report, &mut out);
    let _ = write!(out, "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

fn flame(report: &Report, out: &mut String) {
    for (number, stratum) in report.strata() {
        let rounds = counted(stratum.rounds, "round", "rounds");
        let name = format!("stratum {number}: {}, {rounds}", stratum.rels.join(", "));
        if !open(report, "stratum", &name, stratum.time, out) {
            continue;
        }
        for rule in &stratum.rules {
            let (file, line) = report.place(rule.span);
            let name = format!("{} {file}:{line}", report.text(rule.span));
            if !open(report, "rule", &name, rule.time(), out) {
                continue;
            }
            for variant in &rule.variants {
                let name = variant_name(variant.delta.as_deref());
                if open(report, "variant", &name, variant.time, out) {
                    out.push_str("</div></div>\n");
                }
            }
            out.push_str("</div></div>\n");
        }
        out.push_str("</div></div>\n");
    }
}

/// Opens a bar and what hangs below it; false where it would not be seen.
fn open(report: &Report, class: &str, name: &str, took: Duration, out: &mut String) -> bool {
    let share = report.share(took);
    if share < NARROWEST {
        return false;
    }
    let name = escape(name);
    let took = time(took.as_secs_f64());
    let _ = write!(
        out,
        "<div class=\"{class}\" style=\"flex: {share:.3} 1 0\"><div class=\"bar\" tabindex=\"0\" \
         title=\"{name}: {took}, {share:.1} %\">{name} <b>{share:.1} %</b></div><div class=\"below\">"
    );
    true
}

/// A cell: what is shown, and what it is sorted by where that is a number.
type Cell = (String, Option<f64>);

fn number(n: u64) -> Cell {
    (count(n), Some(n as f64))
}

fn bytes(n: usize) -> Cell {
    (size(n), Some(n as f64))
}

fn rules(report: &Report, out: &mut String) {
    let headings = ["rule", "news of", "time", "%", "matches", "new rows", "runs", "text"];
    let mut rows: Vec<(Duration, Vec<Cell>)> = Vec::new();
    for (_, stratum) in report.strata() {
        for rule in &stratum.rules {
            let (file, line) = report.place(rule.span);
            for variant in &rule.variants {
                let share = report.share(variant.time);
                let seconds = variant.time.as_secs_f64();
                rows.push((
                    variant.time,
                    vec![
                        (format!("{} {file}:{line}", rule.name), None),
                        (variant.delta.clone().unwrap_or_default(), None),
                        (time(seconds), Some(seconds)),
                        (format!("{share:.1}"), Some(share)),
                        number(variant.matches),
                        number(variant.new_rows),
                        number(variant.runs),
                        (report.text(rule.span), None),
                    ],
                ));
            }
        }
    }
    rows.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    table(&headings, rows.into_iter().map(|(_, row)| row), out);
}

fn relations(report: &Report, out: &mut String) {
    let headings = ["relation", "rows", "memory", "indexes"];
    let mut all: Vec<_> = report.stats.relations.iter().collect();
    all.retain(|relation| !relation.hidden || relation.rows > 0);
    all.sort_by_key(|relation| std::cmp::Reverse(relation.bytes + relation.index_bytes));
    let rows = all.into_iter().map(|relation| {
        vec![
            (relation.name.clone(), None),
            number(relation.rows as u64),
            bytes(relation.bytes),
            bytes(relation.index_bytes),
        ]
    });
    table(&headings, rows, out);
}

fn table(headings: &[&str], rows: impl Iterator<Item = Vec<Cell>>, out: &mut String) {
    out.push_str("<table>\n<thead><tr>");
    for heading in headings {
        let _ = write!(out, "<th scope=\"col\"><button type=\"button\">{heading}</button></th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (text, value) in row {
            match value {
                Some(value) => {
                    let _ = write!(out, "<td class=\"n\" data-value=\"{value}\">{text}</td>");
                }
                None => {
                    let _ = write!(out, "<td>{}</td>", escape(&text));
                }
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

//! A failing run as one page that needs nothing beside itself: a lane for each
//! node, arrows, faults, and the derivation. Whatever is drawn says more when
//! it is pointed at, clicked, or reached by keyboard.

use std::fmt::Write;

use bloom_compiler::diag::render;
use bloom_compiler::source::SourceMap;

use crate::cli::page::escape;
use crate::cli::test::failure::picture;
use crate::cli::test::failure::small;
use crate::cli::test::failure::tell;
use crate::cli::why::html;
use crate::testing::failure::Report;

const STYLE: &str = include_str!("page.css");
const TREE: &str = include_str!("../../why/why.css");
const SCRIPT: &str = include_str!("page.js");
/// Rows from which on a picture of everything is left out.
const ROWS_MOST: usize = 4_000;

/// The page.
pub fn page(title: &str, report: &Report, sources: &SourceMap, again: &str) -> String {
    let title = escape(title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} fails</title>\n<style>\n{TREE}{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1><span class=\"bad\">FAILED</span> {title}</h1>\n"
    );
    // Writing into a string cannot fail.
    let drawn = render::one(sources, &report.failed.diagnostic, false, true);
    let _ = writeln!(out, "<pre class=\"message\">{}</pre>", escape(drawn.trim_end()));
    happened(report, &mut out);
    let lines = tell::lines(report, sources);
    if !lines.is_empty() {
        let _ = write!(out, "<h2>Why</h2>\n{}", html::tree(&lines));
    }
    decisions(report, sources, &mut out);
    if !report.story.rules.is_empty() {
        out.push_str("<h2>Look at</h2>\n<ul class=\"plain\">\n");
        for rule in &report.story.rules {
            let _ = writeln!(
                out,
                "<li><span class=\"place\">{}</span> <code>{}</code></li>",
                escape(&tell::place(sources, *rule)),
                escape(&tell::text(sources, *rule))
            );
        }
        out.push_str("</ul>\n");
    }
    let _ = write!(
        out,
        "<h2>Again</h2>\n<pre><code>{}</code></pre>\n</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escape(again)
    );
    out
}

fn happened(report: &Report, out: &mut String) {
    let Some(charts) = &report.charts else { return };
    let small = small(report);
    let mut words = small.trim_start_matches([',', ':', ' ']).chars();
    let note = match words.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), words.as_str()),
        None => "As it was found.".to_owned(),
    };
    let _ = writeln!(out, "<h2>What happened</h2>\n<p class=\"note\">{}</p>", escape(&note));
    let more = charts.all.as_ref() != Some(&charts.what_matters);
    let all = charts.all.as_ref().filter(|all| more && all.rows.len() <= ROWS_MOST);
    if all.is_some() {
        let left_out = charts.what_matters.messages_left_out;
        let _ = writeln!(
            out,
            "<input type=\"checkbox\" id=\"everything\"><label for=\"everything\"> everything, with \
             {left_out} more messages</label>"
        );
    }
    let _ = writeln!(
        out,
        "<div class=\"chart matters\">\n{}</div>",
        picture::draw(&charts.what_matters)
    );
    if let Some(all) = all {
        let _ = writeln!(out, "<div class=\"chart all\">\n{}</div>", picture::draw(all));
    } else if more {
        out.push_str("<p class=\"note\">All that happened is too much for a page.</p>\n");
    }
    out.push_str(
        "<p id=\"detail\" aria-live=\"polite\" class=\"note\">Click on something for more about \
         it.</p>\n",
    );
}

fn decisions(report: &Report, sources: &SourceMap, out: &mut String) {
    if report.decisions.is_empty() || report.shrunk.is_none() {
        return;
    }
    let is_least = report.shrunk.is_some_and(|shrunk| shrunk.is_least);
    let note = if is_least { "Without any one of these the test passes." } else { "" };
    let _ = writeln!(out, "<h2>What chance decided</h2>\n<p class=\"note\">{note}</p>\n<ol>");
    for decision in &report.decisions {
        let line = decision.line.map_or(String::new(), |line| {
            let (place, text) = (tell::place(sources, line), tell::text(sources, line));
            format!(
                " <span class=\"place\">{}</span> <code>{}</code>",
                escape(&place),
                escape(&text)
            )
        });
        let without = decision.without.as_ref().map_or(String::new(), |without| {
            format!("<br><span class=\"note\">without it {}</span>", escape(without))
        });
        let _ = writeln!(out, "<li>{}{line}{without}</li>", escape(&decision.text));
    }
    out.push_str("</ol>\n");
}

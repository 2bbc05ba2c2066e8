//! A report as one page: the program beside its picture, and below it every point
//! on a card of its own. The sentences are those of the human form; this room
//! turns them into a page.

use bloom_compiler::calm::model::Code;
use bloom_compiler::calm::model::Fault;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Rewrite;

use super::Scene;
use super::assume;
use super::example;
use super::human;
use super::rewrites;
use super::words;
use crate::cli::graph::model::Mark;
use crate::cli::graph::page;
use crate::cli::graph::source::Text;
use crate::cli::page::escape;

/// The page.
pub fn text(scene: &Scene<'_>) -> String {
    page::text(&page::Page {
        name: scene.name,
        title: format!("{}: who has to wait", scene.name),
        lead: lead(scene),
        points: Some(Box::new(|text| points(scene, text))),
        compiled: scene.compiled,
        report: scene.report,
        divided: &[],
    })
}

/// What the report comes to, and the way to each point.
fn lead(scene: &Scene<'_>) -> String {
    let report = scene.report;
    let mut out = format!("<p>{}</p>\n", prose(&human::summary(report)));
    if !report.complete {
        out.push_str(
            "<p>The program has mistakes. This was read off what could be understood; there may be \
             more.</p>\n",
        );
    }
    if let Some(text) = assume::sentence(scene.assume) {
        out.push_str(&format!("<p>{}</p>\n", prose(&text)));
    }
    if let Some(since) = &scene.since {
        let compared = human::compared(report, since.compared.gone.len());
        out.push_str(&format!("<p>Since {}: {}.</p>\n", escape(&since.file), prose(&compared)));
    }
    if report.points.is_empty() {
        return out;
    }
    out.push_str("<nav aria-label=\"points\"><ul>\n");
    for point in &report.points {
        out.push_str(&format!(
            "<li><a class=\"chip {}\" data-of=\"{id}\" href=\"#{id}\">{id} {}</a></li>\n",
            sign(point),
            escape(&words::answer(point)),
            id = point.id
        ));
    }
    out.push_str("</ul></nav>\n");
    out
}

/// The word that tells its colour.
fn sign(point: &Point) -> &'static str {
    let mark = match point.accepted {
        Some(_) => Mark::Accepted,
        None => Mark::Waits(point.kind),
    };
    mark.word()
}

/// Text with `names` in it.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escape(part);
        match at % 2 {
            1 => out.push_str(&format!("<code>{part}</code>")),
            _ => out.push_str(&part),
        }
    }
    out
}

fn points(scene: &Scene<'_>, text: &Text) -> String {
    let mut out = String::new();
    for point in &scene.report.points {
        out.push_str(&card(scene, point, text));
    }
    for fault in &scene.report.faults {
        out.push_str(&wrong(scene, fault));
    }
    let rest = human::rest(scene);
    if !rest.is_empty() {
        out.push_str("<h2>All outputs, and what this rests on</h2>\n");
        out.push_str(&list(&rest));
    }
    out
}

/// A point.
fn card(scene: &Scene<'_>, point: &Point, text: &Text) -> String {
    let anchor = text.points.get(&point.id).map_or("source", String::as_str);
    let status = match scene.since(point) {
        Some(since) => format!(" ({})", escape(&words::since(since))),
        None => String::new(),
    };
    let mut out = format!(
        "<article id=\"{id}\" class=\"card {}\" data-of=\"{id}\" aria-labelledby=\"title-{id}\">\n<h2 \
         id=\"title-{id}\"><b>{id} {}</b>{status} <a class=\"place\" href=\"#{anchor}\">{}</a></h2>\n<p>{}: \
         {}.</p>\n",
        sign(point),
        escape(&words::answer(point)),
        escape(&scene.place(point.span)),
        titled(point.code),
        prose(words::label(point)),
        id = point.id
    );
    match &point.accepted {
        Some(why) => out.push_str(&format!("<p>Accepted: “{}”</p>\n", escape(why))),
        None => {
            out.push_str(&format!("<p>{}</p>\n", prose(&words::trouble(point))));
            out.push_str(&example(point));
            out.push_str(&list(&human::rows(scene, point)));
            point.rewrites.iter().for_each(|one| out.push_str(&rewrite(scene, point, one)));
        }
    }
    let more = format!("bloom explain {}", point.code.text());
    out.push_str(&format!("<p>More: <code>{more}</code></p>\n</article>\n"));
    out
}

/// `CALM002, exact aggregate shown`
fn titled(code: Code) -> String {
    format!("{}, {}", code.text(), escape(code.title()))
}

fn example(point: &Point) -> String {
    let lines = example::lines(point);
    match human::no_example(&point.witness) {
        Some(text) => list(&[("example", text)]),
        None if lines.is_empty() => String::new(),
        None => {
            let lines = lines.into_iter().map(|(word, text)| (word, format!("`{text}`")));
            format!("<h3>The smallest example</h3>\n{}", list(&lines.collect::<Vec<_>>()))
        }
    }
}

fn list(rows: &[(&str, String)]) -> String {
    let mut out = "<dl>\n".to_string();
    for (word, text) in rows {
        out.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(word.trim()), prose(text)));
    }
    out.push_str("</dl>\n");
    out
}

/// What would help, with the change.
fn rewrite(scene: &Scene<'_>, point: &Point, rewrite: &Rewrite) -> String {
    let mut out = list(&rewrites::rows(scene, point, rewrite));
    if rewrite.diff.is_empty() {
        return out;
    }
    out.push_str("<details><summary>the change</summary><pre class=\"diff\"><code>");
    for line in rewrite.diff.lines() {
        let line_text = escape(line);
        match line.as_bytes().first() {
            Some(b'+') => out.push_str(&format!("<span class=\"add\">{line_text}</span>\n")),
            Some(b'-') => out.push_str(&format!("<span class=\"del\">{line_text}</span>\n")),
            _ => out.push_str(&format!("{line_text}\n")),
        }
    }
    out.push_str("</code></pre></details>\n");
    out
}

/// What is wrong with the program.
fn wrong(scene: &Scene<'_>, fault: &Fault) -> String {
    let code = fault.code.map(|code| format!("{} ", code.text())).unwrap_or_default();
    format!(
        "<article class=\"card fault\">\n<h2>{code}error: {} <span class=\"place\">{}</span></h2>\n\
         <p>{}</p>\n<p>Help: {}</p>\n</article>\n",
        prose(&fault.title),
        escape(&scene.place(fault.span)),
        prose(&fault.label),
        prose(&fault.help)
    )
}

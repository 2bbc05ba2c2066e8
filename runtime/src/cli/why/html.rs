//! An answer as one page that needs nothing beside itself: a tree of
//! `details`, which every browser opens and closes by keyboard too. It chooses
//! no words.

use crate::cli::page::escape;
use crate::cli::why::outline::Kind;
use crate::cli::why::outline::Line;
use crate::cli::why::outline::Scene;

/// Levels that are open when the page is.
const OPEN: usize = 6;

const STYLE: &str = include_str!("why.css");

/// The answer as a page.
pub fn show(scene: &Scene) -> String {
    let outline = scene.outline();
    let title = escape(scene.query);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>why {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>why <code>{title}</code></h1>\n"
    );
    out.push_str(&tree(&outline.trees));
    for remark in &outline.remarks {
        out.push_str(&format!("<p>{}</p>\n", escape(remark)));
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// Lines as a tree.
pub fn tree(lines: &[Line]) -> String {
    let mut out = String::from("<ul class=\"tree\">\n");
    lines.iter().for_each(|one| line(one, 0, &mut out));
    out.push_str("</ul>\n");
    out
}

fn line(of: &Line, depth: usize, out: &mut String) {
    let class = match of.kind {
        Kind::Fact => "fact",
        Kind::Missing => "missing",
        Kind::Condition => "condition",
        Kind::Part => "part",
        Kind::Failing => "failing",
        Kind::More => "more",
    };
    out.push_str(&format!("<li class=\"{class}\">"));
    let head = head(of);
    if of.below.is_empty() {
        out.push_str(&format!("<div class=\"leaf\">{head}</div>"));
    } else {
        let open = if depth < OPEN { " open" } else { "" };
        out.push_str(&format!("<details{open}><summary>{head}</summary>\n<ul>\n"));
        of.below.iter().for_each(|below| line(below, depth + 1, out));
        out.push_str("</ul></details>");
    }
    out.push_str("</li>\n");
}

fn head(of: &Line) -> String {
    let mut out = format!("<code>{}</code>", escape(&of.text));
    if matches!(of.kind, Kind::Part | Kind::More) {
        out = format!("<span>{}</span>", escape(&of.text));
    }
    match of.mark {
        Some(mark) if of.is_reference => {
            out.push_str(&format!(" <a href=\"#fact-{mark}\">see [{mark}]</a>"));
        }
        Some(mark) => out.push_str(&format!(" <b id=\"fact-{mark}\">[{mark}]</b>")),
        None => {}
    }
    for note in &of.notes {
        out.push_str(&format!(" <span class=\"note\">{}</span>", escape(note)));
    }
    if let Some((place, text)) = &of.rule {
        out.push_str(&format!(
            "<span class=\"rule\"><span class=\"place\">{}</span> <code>{}</code></span>",
            escape(place),
            escape(text)
        ));
    }
    out
}

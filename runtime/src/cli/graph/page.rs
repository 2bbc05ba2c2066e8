//! The program and its picture side by side, as one page that needs nothing
//! beside itself: every mark is a link, so it works without its script; with it a
//! mark on either side shows what belongs to it on the other. What is said of
//! points is given to this room.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Report;
use bloom_compiler::driver::Compiled;
use bloom_compiler::plan::groups::Divided;
use sha2::Digest;
use sha2::Sha256;

use super::build;
use super::layout;
use super::legend;
use super::model::Graph;
use super::source;
use super::source::Text;
use super::svg;
use crate::cli::page::escape;

const STYLE: &str = include_str!("page.css");
const PLAN_STYLE: &str = include_str!("plan-page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page shows.
pub struct Page<'a> {
    /// The program's name.
    pub name: &'a str,
    /// The name of the window.
    pub title: String,
    /// What stands below the heading, as HTML.
    pub lead: String,
    /// What is said of points, as HTML; none on a page of the picture alone.
    pub points: Option<Points<'a>>,
    /// The program.
    pub compiled: &'a Compiled,
    /// What was found.
    pub report: &'a Report,
    /// The plan for many workers, by role, where the picture is of that.
    pub divided: &'a [Divided],
}

/// Writes what is said of points, given where each is marked in the text.
pub type Points<'a> = Box<dyn Fn(&Text) -> String + 'a>;

/// The page.
pub fn text(page: &Page<'_>) -> String {
    let graph = build::drawn(page.compiled, page.report, page.divided);
    let text = source::text(page.compiled, page.report, &graph, page.points.is_some());
    let gates = page.report.points.iter().any(|point| point.kind == Kind::Frontier);
    let plan = if gates || graph.is_plan() { PLAN_STYLE } else { "" };
    let style = format!("{STYLE}{plan}{}", svg::style(&graph));
    let points = page.points.as_ref().map(|points| {
        format!(
            "<section id=\"points\" class=\"pane\" data-pane=\"points\" aria-label=\"report\" \
             tabindex=\"-1\">\n{}</section>\n",
            points(&text)
        )
    });
    let class = if points.is_some() { "three" } else { "two" };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"/>\n<title>{}</title>\n<style>\n{style}</style>\n\
         </head>\n<body>\n<header>\n<h1><code>{}</code></h1>\n{}</header>\n<main class=\"{class}\">\n\
         <section id=\"source\" class=\"pane\" data-pane=\"source\" aria-label=\"program\" \
         tabindex=\"-1\">\n{}</section>\n{}{}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        policy(&style),
        escape(&page.title),
        escape(page.name),
        page.lead,
        text.html,
        picture(page, &graph, &text),
        points.unwrap_or_default(),
    )
}

/// Nothing is loaded, and only the style and the script of this page count.
fn policy(style: &str) -> String {
    // What is hashed is all that stands between the tags.
    let hash = |text: &str| STANDARD.encode(Sha256::digest(format!("\n{text}").as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

fn picture(page: &Page<'_>, graph: &Graph, text: &Text) -> String {
    let drawn = match layout::layout(graph) {
        Ok(laid) => {
            let title = format!("what leads to what in {}", page.name);
            svg::embedded(graph, &laid, &title, &text.anchors)
        }
        Err(why) => format!("<p>{}</p>\n", escape(&why)),
    };
    let entries: String = legend::entries(graph)
        .iter()
        .map(|entry| {
            format!(
                "<li><svg width=\"40\" height=\"20\" aria-hidden=\"true\">{}</svg> {}</li>\n",
                entry.sample,
                escape(entry.text)
            )
        })
        .collect();
    format!(
        "<section id=\"picture\" aria-label=\"picture\">\n<div class=\"bar\">\n<p id=\"now\" \
         role=\"status\"></p>\n<span class=\"zoom\" hidden=\"\"><button type=\"button\" \
         data-zoom=\"-1\" aria-label=\"smaller\">−</button><button type=\"button\" data-zoom=\"0\">fit\
         </button><button type=\"button\" data-zoom=\"1\" aria-label=\"larger\">+</button></span>\n\
         </div>\n<div class=\"pane sheet\" data-pane=\"picture\" tabindex=\"-1\">\n{drawn}</div>\n\
         <details class=\"legend\" open=\"\"><summary>what the signs mean</summary>\n<ul>\n{entries}</ul>\
         \n</details>\n</section>\n"
    )
}

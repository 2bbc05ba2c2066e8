//! The picture as SVG: a document of its own, or the inside of a page. Colours
//! come from `picture.css`; what is told by a colour is told by a shape or a word
//! too. Where things stand is not decided here.

use std::fmt::Write;

use super::layout::Area;
use super::layout::Dot;
use super::layout::KIND_SIZE;
use super::layout::LABEL_LINE;
use super::layout::LABEL_SIZE;
use super::layout::Laid;
use super::layout::NAME_SIZE;
use super::layout::Route;
use super::legend;
use super::model::Edge;
use super::model::Graph;
use super::model::Mark;
use super::model::Node;
use super::model::Shape;
use super::outline;
use crate::cli::page::escape;

/// Colours, light and dark.
const STYLE: &str = include_str!("picture.css");
/// The same of plans.
const PLAN_STYLE: &str = include_str!("plan.css");

/// The style of a picture.
pub fn style(graph: &Graph) -> String {
    match graph.is_plan() {
        true => format!("{STYLE}{PLAN_STYLE}"),
        false => STYLE.to_string(),
    }
}

/// How far from a turn an arrow begins to bend.
const BEND: f64 = 22.0;
/// From a group's border to its title.
const TITLE: f64 = 8.0;
/// Between the two borders of a lattice.
const BORDERS: f64 = 7.0;

/// Where the places of the text are that parts of a picture lead to: names of
/// anchors, in the order of the collections and of the arrows.
pub struct Anchors {
    /// The declarations of collections.
    pub nodes: Vec<String>,
    /// Where arrows are written.
    pub edges: Vec<String>,
}

/// A picture for itself, with its legend below.
pub fn document(graph: &Graph, laid: &Laid, title: &str, summary: &str) -> String {
    let legend = legend::below(graph, laid);
    let (width, height) = (laid.width.max(legend.width), laid.height + legend.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 \
         {width} {height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title \
         id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>\n{}</style>\n{}<rect \
         class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
        escape(title),
        escape(summary),
        style(graph),
        heads(graph),
    );
    out.push_str(&inside(graph, laid, None));
    out.push_str(&legend.text);
    out.push_str("</svg>\n");
    out
}

/// A picture inside of a page, whose style has that of the picture too.
pub fn embedded(graph: &Graph, laid: &Laid, title: &str, anchors: &Anchors) -> String {
    format!(
        "<svg id=\"graph\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"group\" \
         aria-label=\"{}\">\n{}{}</svg>\n",
        escape(title),
        heads(graph),
        inside(graph, laid, Some(anchors)),
        w = laid.width,
        h = laid.height,
    )
}

/// The marks of edges, each once, in their order.
pub fn marks(graph: &Graph) -> Vec<Mark> {
    let mut marks: Vec<Mark> = graph.edges.iter().map(|edge| edge.mark).collect();
    marks.sort();
    marks.dedup_by_key(|mark| mark.word());
    marks
}

/// The heads of arrows: a sign for what is waited for, and which way it goes.
fn heads(graph: &Graph) -> String {
    let mut out = "<defs>\n".to_string();
    for mark in marks(graph) {
        let word = mark.word();
        let sign = match word {
            "threshold" => "<path class=\"hollow\" d=\"M9.5 2.5L17.5 6L9.5 9.5Z\"/>",
            "seal" => "<path d=\"M0 1.5h9v9h-9Z\"/><path d=\"M9 2L18 6L9 10Z\"/>",
            "gate" => {
                "<path d=\"M0 -0.5h2.6v13h-2.6ZM4.6 -0.5h2.6v13h-2.6Z\"/><path d=\"M9 2L18 6L9 10Z\"/>"
            }
            "barrier" => {
                "<path d=\"M4.6 0h2.6v12h-2.6Z\"/><path class=\"open\" d=\"M9.5 2.5L17.5 6L9.5 9.5Z\"/>"
            }
            "order" => "<path d=\"M1 0h3v12h-3ZM5.5 0h3v12h-3Z\"/><path d=\"M9 2L18 6L9 10Z\"/>",
            "exclusive" => "<circle cx=\"4.5\" cy=\"6\" r=\"5\"/><path d=\"M9 2L18 6L9 10Z\"/>",
            "persist" => {
                "<path d=\"M4.5 0.5L9.5 6L4.5 11.5L-0.5 6Z\"/><path d=\"M9 2L18 6L9 10Z\"/>"
            }
            _ => "<path d=\"M9 2L18 6L9 10Z\"/>",
        };
        let _ = writeln!(
            out,
            "<marker id=\"head-{word}\" class=\"head {word}\" markerWidth=\"20\" markerHeight=\"12\" \
             refX=\"9\" refY=\"6\" orient=\"auto\" markerUnits=\"userSpaceOnUse\">{sign}</marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}

fn inside(graph: &Graph, laid: &Laid, anchors: Option<&Anchors>) -> String {
    let mut out = String::new();
    for (group, area) in graph.groups.iter().zip(&laid.groups) {
        let (x, y) = (area.x - area.width / 2.0, area.y - area.height / 2.0);
        let class = match &group.module {
            _ if group.together => "together",
            Some(_) => "module",
            None => "role",
        };
        let _ = writeln!(
            out,
            "<g class=\"group {class}\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" \
             height=\"{:.1}\" rx=\"8\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            area.width,
            area.height,
            x + TITLE,
            y + TITLE + LABEL_SIZE * 0.7,
            escape(&group.title)
        );
    }
    for (at, (edge, route)) in graph.edges.iter().zip(&laid.edges).enumerate() {
        let anchor = anchors.map(|anchors| anchors.edges.get(at).map_or("", String::as_str));
        arrow(graph, (at, edge), route, anchor, &mut out);
    }
    // What is written at arrows lies above all of them.
    for (at, (edge, route)) in graph.edges.iter().zip(&laid.edges).enumerate() {
        if let Some(area) = &route.label {
            label((at, edge), area, anchors.is_some(), &mut out);
        }
    }
    for (at, (node, area)) in graph.nodes.iter().zip(&laid.nodes).enumerate() {
        let anchor = anchors.map(|anchors| anchors.nodes.get(at).map_or("", String::as_str));
        collection((at, node), area, anchor, &mut out);
    }
    out
}

/// Names of an arrow and of its points, for those who look for what belongs
/// together.
pub fn names_of_edge(at: usize, edge: &Edge) -> String {
    let points = edge.points.iter().map(|point| point.id.clone());
    [format!("e{at}")].into_iter().chain(points).collect::<Vec<_>>().join(" ")
}

/// The same of a collection.
pub fn names_of_node(at: usize, node: &Node) -> String {
    let points = node.points.iter().map(|point| point.id.clone());
    [format!("n{at}")].into_iter().chain(points).collect::<Vec<_>>().join(" ")
}

/// A part of the picture, which is a link on a page.
struct Part<'a> {
    /// What is known of it, as attributes.
    attributes: String,
    names: String,
    says: String,
    anchor: Option<&'a str>,
    inner: String,
}

impl Part<'_> {
    fn write(&self, out: &mut String) {
        let Part { attributes, names, says, anchor, inner } = self;
        let title = escape(says);
        let _ = match anchor {
            Some(anchor) => writeln!(
                out,
                "<a {attributes} data-of=\"{names}\" href=\"#{anchor}\"><title>{title}</title>{inner}\
                 </a>"
            ),
            None => writeln!(out, "<g {attributes}><title>{title}</title>{inner}</g>"),
        };
    }
}

fn arrow(
    graph: &Graph,
    (at, edge): (usize, &Edge),
    route: &Route,
    anchor: Option<&str>,
    out: &mut String,
) {
    let d = bent(&route.points);
    let word = edge.mark.word();
    let network = if edge.network { " network" } else { "" };
    let mut inner = String::new();
    if anchor.is_some() {
        let _ = write!(inner, "<path class=\"near\" d=\"{d}\"/>");
    }
    let _ = write!(inner, "<path class=\"line\" marker-end=\"url(#head-{word})\" d=\"{d}\"/>");
    let attributes = format!(
        "id=\"e{at}\" class=\"edge {word}{network}\" data-from=\"n{}\" data-to=\"n{}\"",
        edge.from, edge.to
    );
    let (names, says) = (names_of_edge(at, edge), graph.says(edge));
    Part { attributes, names, says, anchor, inner }.write(out);
}

/// A path with round corners.
fn bent(points: &[Dot]) -> String {
    let mut out = String::new();
    let toward = |from: Dot, to: Dot| {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let part = if length > 0.0 { (BEND / length).min(0.5) } else { 0.0 };
        (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
    };
    for (at, &(x, y)) in points.iter().enumerate() {
        let around = (at.checked_sub(1).and_then(|at| points.get(at)), points.get(at + 1));
        let _ = match around {
            (None, _) => write!(out, "M{x:.1} {y:.1}"),
            (Some(_), None) => write!(out, "L{x:.1} {y:.1}"),
            (Some(before), Some(after)) => {
                let (a, b) = (toward((x, y), *before), toward((x, y), *after));
                write!(out, "L{:.1} {:.1}Q{x:.1} {y:.1} {:.1} {:.1}", a.0, a.1, b.0, b.1)
            }
        };
    }
    out
}

fn label((at, edge): (usize, &Edge), area: &Area, linked: bool, out: &mut String) {
    let lines = edge.label();
    let waits = if edge.points.is_empty() { "" } else { " waits" };
    let names = match linked {
        true => format!(" data-of=\"{}\" aria-hidden=\"true\"", names_of_edge(at, edge)),
        false => String::new(),
    };
    let _ = write!(
        out,
        "<g class=\"label {}{waits}\"{names}><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" \
         height=\"{:.1}\" rx=\"7\"/>",
        edge.mark.word(),
        area.x - area.width / 2.0,
        area.y - area.height / 2.0,
        area.width,
        area.height
    );
    let first = area.y - (lines.len() as f64 - 1.0) * LABEL_LINE / 2.0 + LABEL_SIZE * 0.35;
    for (at, line) in lines.iter().enumerate() {
        let y = first + at as f64 * LABEL_LINE;
        let _ = write!(out, "<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", area.x, escape(line));
    }
    out.push_str("</g>\n");
}

fn collection((at, node): (usize, &Node), area: &Area, anchor: Option<&str>, out: &mut String) {
    let mut inner = String::new();
    let _ = write!(inner, "<path class=\"outline\" d=\"{}\"/>", outline::path(node.shape, area));
    if node.lattice {
        let (width, height) = (area.width - BORDERS, area.height - BORDERS);
        let second = outline::path(node.shape, &Area { width, height, ..*area });
        let _ = write!(inner, "<path class=\"outline\" d=\"{second}\"/>");
    }
    let lines = node.points.len() as f64;
    let lid = if node.shape == Shape::Table { outline::LID } else { 0.0 };
    let middle = area.y + lid - lines * LABEL_LINE / 2.0;
    let _ = write!(
        inner,
        "<text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{}</text><text class=\"kind\" x=\"{x:.1}\" \
         y=\"{:.1}\">{}</text>",
        middle + NAME_SIZE * 0.1,
        escape(&node.label),
        middle + NAME_SIZE * 0.1 + KIND_SIZE * 1.3,
        escape(&node.kind()),
        x = area.x
    );
    for (number, point) in node.points.iter().enumerate() {
        let y = middle + KIND_SIZE * 1.5 + (number as f64 + 1.0) * LABEL_LINE - 2.0;
        let told = escape(&point.told);
        let _ =
            write!(inner, "<text class=\"point\" x=\"{:.1}\" y=\"{y:.1}\">{told}</text>", area.x);
    }
    let closed = if node.closed { " closed" } else { "" };
    let attributes = format!("id=\"n{at}\" class=\"node {}{closed}\"", node.shape.word());
    let (names, says) = (names_of_node(at, node), node.says());
    Part { attributes, names, says, anchor, inner }.write(out);
}

//! What the signs of a picture mean: only those that it has. This room must not
//! know what a program is.

use std::fmt::Write;

use super::layout::Area;
use super::layout::LABEL_SIZE;
use super::layout::Laid;
use super::layout::text_width;
use super::model::Graph;
use super::model::Shape;
use super::outline;
use super::svg;

/// Width and height of a sample.
const SAMPLE: (f64, f64) = (40.0, 20.0);
/// From a sample to its text.
const GAP: f64 = 8.0;
/// From one entry to the next.
const APART: f64 = 22.0;
/// Around the legend.
const MARGIN: f64 = 16.0;
/// A legend is at least so wide before it takes another line.
const WIDTH_MIN: f64 = 560.0;

/// A sign.
pub struct Entry {
    /// As SVG, in an area of 40 × 20.
    pub sample: String,
    /// Its meaning.
    pub text: &'static str,
}

/// A legend that is drawn below a picture.
pub struct Below {
    /// As SVG.
    pub text: String,
    /// Of the whole.
    pub width: f64,
    /// Of the whole.
    pub height: f64,
}

/// All signs of a picture.
pub fn entries(graph: &Graph) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    for mark in svg::marks(graph) {
        let word = mark.word();
        let text = match word {
            "free" => "free: nobody waits",
            "threshold" => "threshold: waits for data only",
            "seal" => "seal: waits for \u{201c}no more\u{201d}",
            "order" => "order: events in one order",
            "exclusive" => "exclusive: one owner decides",
            "persist" => "memory: something has to be kept",
            "stream" => "Stream: never waits",
            "barrier" => "LocalBarrier: waits for its own worker, free",
            "gate" => "FrontierGate: waits for all workers",
            _ => "accepted by the program",
        };
        let sample = format!(
            "<g class=\"edge {word}\"><path class=\"line\" marker-end=\"url(#head-{word})\" d=\"M0 \
             10H27\"/></g>"
        );
        out.push(Entry { sample, text });
    }
    if graph.edges.iter().any(|edge| edge.network) {
        let sample = "<g class=\"edge network\"><path class=\"line\" d=\"M0 10H36\"/></g>".into();
        let of_plan = graph.groups.iter().any(|group| group.together);
        let text = if of_plan { "dashed: rows go to other workers" } else { "dashed: a message" };
        out.push(Entry { sample, text });
    }
    let shapes = [
        (Shape::Input, "input: facts come in"),
        (Shape::Table, "table: facts stay"),
        (Shape::View, "view: facts follow"),
        (Shape::Channel, "channel: facts travel"),
        (Shape::Output, "output: facts are shown"),
        (Shape::Invariant, "invariant: has to hold"),
    ];
    for (shape, text) in shapes {
        if graph.nodes.iter().any(|node| node.shape == shape) {
            out.push(Entry { sample: small(shape, "", false), text });
        }
    }
    if graph.nodes.iter().any(|node| node.lattice) {
        let sample = small(Shape::View, "", true);
        out.push(Entry { sample, text: "double border: a value that grows" });
    }
    if graph.nodes.iter().any(|node| node.closed) {
        let sample = small(Shape::View, " closed", false);
        out.push(Entry { sample, text: "grey: closed, nothing comes later" });
    }
    out
}

fn small(shape: Shape, class: &str, double: bool) -> String {
    let area = Area { x: 18.0, y: 10.0, width: 34.0, height: 18.0 };
    let inner = Area { width: 28.0, height: 12.0, ..area };
    let mut out = format!("<g class=\"node{class}\">");
    for area in [area].iter().chain(double.then_some(&inner)) {
        let _ = write!(out, "<path class=\"outline\" d=\"{}\"/>", outline::path(shape, area));
    }
    out.push_str("</g>");
    out
}

/// The legend below a picture, in as many lines as it needs.
pub fn below(graph: &Graph, laid: &Laid) -> Below {
    let room = laid.width.max(WIDTH_MIN) - MARGIN;
    let (mut x, mut y, mut width) = (MARGIN, laid.height + MARGIN, 0.0_f64);
    let mut text = "<g class=\"legend\" aria-label=\"legend\">\n".to_string();
    for entry in entries(graph) {
        let long = SAMPLE.0 + GAP + text_width(entry.text, LABEL_SIZE);
        if x > MARGIN && x + long > room {
            (x, y) = (MARGIN, y + SAMPLE.1 + GAP);
        }
        let _ = writeln!(
            text,
            "<g transform=\"translate({x:.1} {y:.1})\">{}<text x=\"{:.1}\" y=\"14\">{}</text></g>",
            entry.sample,
            SAMPLE.0 + GAP,
            entry.text
        );
        x += long + APART;
        width = width.max(x - APART + MARGIN);
    }
    text.push_str("</g>\n");
    Below { text, width: width.ceil(), height: y + SAMPLE.1 + MARGIN - laid.height }
}

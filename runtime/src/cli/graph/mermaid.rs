//! The picture as a flowchart of Mermaid, which many pages draw by themselves.
//! What it shows is not decided here.

use bloom_compiler::calm::model::Kind;

use super::model::Edge;
use super::model::Graph;
use super::model::Mark;
use super::model::Node;
use super::model::Shape;

/// The flowchart.
pub fn text(graph: &Graph) -> String {
    let mut out = "flowchart LR\n".to_string();
    inside(graph, None, 1, &mut out);
    for edge in &graph.edges {
        out.push_str(&format!("  {}\n", arrow(edge)));
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let dashes = if edge.network { ",stroke-dasharray:6 4" } else { "" };
        let waits = matches!(edge.mark, Mark::Waits(_) | Mark::Gate);
        let width = if waits { "3px" } else { "1.5px" };
        out.push_str(&format!(
            "  linkStyle {at} stroke:{},stroke-width:{width}{dashes}\n",
            edge.mark.colour()
        ));
    }
    let closed: Vec<String> = (0..graph.nodes.len())
        .filter(|at| graph.nodes[*at].closed)
        .map(|at| format!("n{at}"))
        .collect();
    if !closed.is_empty() {
        out.push_str("  classDef closed fill:#d9d9d9,stroke:#808080,color:#404040\n");
        out.push_str(&format!("  class {} closed\n", closed.join(",")));
    }
    out
}

/// What a group has, or what has none, with the groups in it.
fn inside(graph: &Graph, within: Option<usize>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for (at, group) in graph.groups.iter().enumerate().filter(|(_, one)| one.within == within) {
        out.push_str(&format!("{indent}subgraph g{at}[\"{}\"]\n", quoted(&group.title)));
        inside(graph, Some(at), depth + 1, out);
        out.push_str(&format!("{indent}end\n"));
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, one)| one.group == within) {
        out.push_str(&format!("{indent}{}\n", drawn(at, node)));
    }
}

fn quoted(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

/// Shapes: a leaning box comes in or goes out, a drum keeps, a flag travels, a
/// hexagon has to hold; a second border is a lattice.
fn drawn(at: usize, node: &Node) -> String {
    let mut name = quoted(&node.label);
    for point in &node.points {
        name.push_str(&format!("<br>{}", quoted(&point.told)));
    }
    let (open, shut) = match node.shape {
        _ if node.lattice => ("[[", "]]"),
        Shape::Input => ("[/", "/]"),
        Shape::Output => ("[\\", "\\]"),
        Shape::Table => ("[(", ")]"),
        Shape::View => ("[", "]"),
        Shape::Channel => (">", "]"),
        Shape::Invariant => ("{{", "}}"),
    };
    format!("n{at}{open}\"{name}\"{shut}")
}

/// Thick arrows wait, dotted ones travel, and one with a cross at its end waits
/// for an order.
fn arrow(edge: &Edge) -> String {
    let line = match (edge.network, edge.mark) {
        (true, _) => "-.->",
        (false, Mark::Waits(Kind::Order)) => "==x",
        (false, Mark::Waits(Kind::Exclusive | Kind::Escrow)) => "==o",
        (false, Mark::Waits(_) | Mark::Gate) => "==>",
        (false, _) => "-->",
    };
    let label: Vec<String> = edge.label().iter().map(|line| quoted(line)).collect();
    match label.is_empty() {
        true => format!("n{} {line} n{}", edge.from, edge.to),
        false => format!("n{} {line}|\"{}\"| n{}", edge.from, label.join("<br>"), edge.to),
    }
}

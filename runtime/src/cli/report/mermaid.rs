//! The picture as a flowchart of Mermaid, which many pages draw by themselves.
//! What it shows is not decided here.

use bloom_compiler::calm::model::Kind;

use super::graph::Edge;
use super::graph::Graph;
use super::graph::Mark;
use super::graph::Node;
use super::graph::Shape;

/// The flowchart.
pub fn text(graph: &Graph) -> String {
    let mut out = "flowchart LR\n".to_string();
    for (role, name) in graph.roles.iter().enumerate() {
        out.push_str(&format!("  subgraph r{role}[\"role {}\"]\n", quoted(name)));
        for (at, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.role == Some(role)) {
            out.push_str(&format!("    {}\n", drawn(at, node)));
        }
        out.push_str("  end\n");
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.role.is_none()) {
        out.push_str(&format!("  {}\n", drawn(at, node)));
    }
    for edge in &graph.edges {
        out.push_str(&format!("  {}\n", arrow(edge)));
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let dashes = if edge.network { ",stroke-dasharray:6 4" } else { "" };
        let width = if matches!(edge.mark, Mark::Waits(_)) { "3px" } else { "1.5px" };
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

fn quoted(text: &str) -> String {
    text.replace('"', "#quot;")
}

/// Shapes: a leaning box comes in or goes out, a drum keeps, a flag travels, a
/// hexagon has to hold; a second border is a lattice.
fn drawn(at: usize, node: &Node) -> String {
    let mut name = quoted(&node.name);
    if !node.points.is_empty() {
        name.push_str(&format!("<br>{}", quoted(&node.points.join(", "))));
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
        (false, Mark::Waits(_)) => "==>",
        (false, _) => "-->",
    };
    match edge.label.is_empty() {
        true => format!("n{} {line} n{}", edge.from, edge.to),
        false => format!("n{} {line}|\"{}\"| n{}", edge.from, quoted(&edge.label), edge.to),
    }
}

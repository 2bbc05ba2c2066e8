//! The picture for Graphviz. What it shows is not decided here.

use bloom_compiler::calm::model::Kind;

use super::graph::Edge;
use super::graph::Graph;
use super::graph::Mark;
use super::graph::Node;
use super::graph::Shape;

/// The graph.
pub fn text(graph: &Graph) -> String {
    let mut out = "digraph calm {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge \
                   [fontname=\"sans-serif\", fontsize=10];\n"
        .to_string();
    for (role, name) in graph.roles.iter().enumerate() {
        out.push_str(&format!(
            "  subgraph cluster_{role} {{\n    label=\"role {}\";\n",
            text_of(name)
        ));
        for (at, node) in graph.nodes.iter().enumerate().filter(|(_, n)| n.role == Some(role)) {
            out.push_str(&format!("    {}\n", drawn(at, node)));
        }
        out.push_str("  }\n");
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.role.is_none()) {
        out.push_str(&format!("  {}\n", drawn(at, node)));
    }
    for edge in &graph.edges {
        out.push_str(&format!("  {}\n", arrow(edge)));
    }
    out.push_str("}\n");
    out
}

fn text_of(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn drawn(at: usize, node: &Node) -> String {
    let mut label = text_of(&node.name);
    for point in &node.points {
        label.push_str(&format!("\\n{}", text_of(point)));
    }
    let shape = match node.shape {
        Shape::Input => "invhouse",
        Shape::Output => "house",
        Shape::Table => "cylinder",
        Shape::View => "box",
        Shape::Channel => "cds",
        Shape::Invariant => "hexagon",
    };
    let borders = if node.lattice { ", peripheries=2" } else { "" };
    let fill =
        if node.closed { ", style=filled, fillcolor=\"#d9d9d9\", color=\"#808080\"" } else { "" };
    format!("n{at} [label=\"{label}\", shape={shape}{borders}{fill}];")
}

fn arrow(edge: &Edge) -> String {
    let colour = edge.mark.colour();
    let mut parts = vec![format!("color=\"{colour}\"")];
    if !edge.label.is_empty() {
        parts.push(format!("label=\"{}\"", text_of(&edge.label)));
        parts.push(format!("fontcolor=\"{colour}\""));
    }
    if edge.network {
        parts.push("style=dashed".to_string());
    }
    if let Mark::Waits(kind) = edge.mark {
        let head = match kind {
            Kind::Order => "tee",
            Kind::Exclusive | Kind::Escrow => "dot",
            _ => "box",
        };
        parts.push(format!("penwidth=2, arrowhead={head}"));
    }
    format!("n{} -> n{} [{}];", edge.from, edge.to, parts.join(", "))
}

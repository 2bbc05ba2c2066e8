//! The picture for Graphviz. What it shows is not decided here.

use bloom_compiler::calm::model::Kind;

use super::model::Edge;
use super::model::Graph;
use super::model::Mark;
use super::model::Node;
use super::model::Shape;

/// The graph.
pub fn text(graph: &Graph) -> String {
    let mut out = "digraph calm {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n  edge \
                   [fontname=\"sans-serif\", fontsize=10];\n"
        .to_string();
    inside(graph, None, 1, &mut out);
    for edge in &graph.edges {
        out.push_str(&format!("  {}\n", arrow(edge)));
    }
    out.push_str("}\n");
    out
}

/// What a group has, or what has none, with the groups in it.
fn inside(graph: &Graph, within: Option<usize>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for (at, group) in graph.groups.iter().enumerate().filter(|(_, one)| one.within == within) {
        out.push_str(&format!("{indent}subgraph cluster_{at} {{\n"));
        out.push_str(&format!("{indent}  label=\"{}\";\n", text_of(&group.title)));
        inside(graph, Some(at), depth + 1, out);
        out.push_str(&format!("{indent}}}\n"));
    }
    for (at, node) in graph.nodes.iter().enumerate().filter(|(_, one)| one.group == within) {
        out.push_str(&format!("{indent}{}\n", drawn(at, node)));
    }
}

fn text_of(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn drawn(at: usize, node: &Node) -> String {
    let mut label = text_of(&node.label);
    for point in &node.points {
        label.push_str(&format!("\\n{}", text_of(&point.told)));
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
    let label = edge.label();
    if !label.is_empty() {
        let label: Vec<String> = label.iter().map(|line| text_of(line)).collect();
        parts.push(format!("label=\"{}\"", label.join("\\n")));
        parts.push(format!("fontcolor=\"{colour}\""));
    }
    if edge.network {
        parts.push("style=dashed".to_string());
    }
    match edge.mark {
        Mark::Gate => parts.push("penwidth=2, arrowhead=teetee".to_string()),
        Mark::Barrier => parts.push("arrowhead=onormal".to_string()),
        _ => {}
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

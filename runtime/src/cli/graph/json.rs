//! The picture as data, `bloom-graph/1`; docs/schema/bloom-graph-1.json describes
//! it. The same program gives the same bytes.

use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;
use serde_json::Value;
use serde_json::json;

use super::model::Edge;
use super::model::Graph;
use super::model::Group;
use super::model::Node;

/// The name of the form.
const SCHEMA: &str = "bloom-graph/1";

/// The graph.
pub fn text(graph: &Graph, sources: &SourceMap, name: &str) -> String {
    let nodes = graph.nodes.iter().enumerate();
    let root = json!({
        "schema": SCHEMA,
        "source": name,
        "groups": graph.groups.iter().enumerate().map(group).collect::<Vec<_>>(),
        "nodes": nodes.map(|(at, one)| node(at, one, sources)).collect::<Vec<_>>(),
        "edges": graph.edges.iter().map(|one| edge(one, sources)).collect::<Vec<_>>(),
    });
    format!("{root:#}\n")
}

fn group((at, group): (usize, &Group)) -> Value {
    json!({
        "id": format!("g{at}"),
        "name": group.name,
        "what": match &group.module {
            _ if group.together => "together",
            Some(_) => "instance",
            None => "role",
        },
        "module": group.module,
        "within": group.within.map(|at| format!("g{at}")),
    })
}

fn node(at: usize, node: &Node, sources: &SourceMap) -> Value {
    let mut value = json!({
        "id": format!("n{at}"),
        "name": node.name,
        "what": node.what,
        "group": node.group.map(|at| format!("g{at}")),
        "lattice": node.lattice,
        "closed": node.closed,
        "points": node.points.iter().map(|point| &point.id).collect::<Vec<_>>(),
        "span": span(node.place, sources),
    });
    if let Some(home) = &node.home {
        value["home"] = json!(home);
    }
    value
}

fn edge(edge: &Edge, sources: &SourceMap) -> Value {
    json!({
        "from": format!("n{}", edge.from),
        "to": format!("n{}", edge.to),
        "mark": edge.mark.word(),
        "network": edge.network,
        "operators": edge.words,
        "points": edge.points.iter().map(|point| &point.id).collect::<Vec<_>>(),
        "spans": edge.places.iter().map(|place| span(*place, sources)).collect::<Vec<_>>(),
    })
}

/// Places count lines, and characters in them, from 1; the end is one past the last.
fn span(span: Span, sources: &SourceMap) -> Value {
    let file = sources.file(span.file);
    let (line, col) = file.line_col(span.lo);
    let (end_line, end_col) = file.line_col(span.hi);
    json!({
        "file": file.name, "line": line, "col": col, "end_line": end_line, "end_col": end_col,
    })
}

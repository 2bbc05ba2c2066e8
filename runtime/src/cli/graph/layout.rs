//! Where everything stands on paper, in the pixels of a picture. Layers and
//! crossings are the matter of `dagre`; this room tells it how large things are,
//! and lets arrows end at the outline of what they lead to.

use dagre::Acyclicer;
use dagre::EdgeLabel;
use dagre::LayoutOptions;
use dagre::NodeLabel;
use dagre::RankDir;
use dagre::graph::Graph as Layers;
use dagre::graph::GraphOptions;
use dagre::layout::types::LabelPos;

use super::model::Edge;
use super::model::Graph;
use super::model::Node;
use super::model::Shape;
use super::outline;
use super::routes;

/// Size of the letters of names, of what they are, and of what stands at arrows.
pub const NAME_SIZE: f64 = 13.0;
/// See [`NAME_SIZE`].
pub const KIND_SIZE: f64 = 10.0;
/// See [`NAME_SIZE`].
pub const LABEL_SIZE: f64 = 11.0;
/// From one line of a label to the next.
pub const LABEL_LINE: f64 = 16.0;

/// Width of a letter of equal width, for each pixel of its size.
const LETTER: f64 = 0.61;
/// Height of a collection without points.
const HEIGHT: f64 = 40.0;
/// Least width of a collection.
const WIDTH_MIN: f64 = 64.0;
/// Around the whole.
const MARGIN: f64 = 16.0;
/// What a group has above what is in it, for its title.
const TITLE: f64 = 10.0;

/// Collections up to which two layouts are compared.
const TWICE_MAX: usize = 200;

/// Collections and arrows that are still laid out; above it takes too long, and
/// nobody could read it.
pub const NODES_MAX: usize = 1000;
/// See [`NODES_MAX`].
pub const EDGES_MAX: usize = 3000;

/// A picture with everything in its place.
#[derive(Default)]
pub struct Laid {
    /// Of the whole.
    pub width: f64,
    /// Of the whole.
    pub height: f64,
    /// Where the collections are, in their order.
    pub nodes: Vec<Area>,
    /// Where the groups are, in their order.
    pub groups: Vec<Area>,
    /// Where the arrows are, in their order.
    pub edges: Vec<Route>,
}

/// A rectangle by its middle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A point on paper.
pub type Dot = (f64, f64);

/// An arrow.
#[derive(Default)]
pub struct Route {
    /// Where it begins, turns and ends; its head comes after the end.
    pub points: Vec<Dot>,
    /// What stands beside it.
    pub label: Option<Area>,
}

/// How wide a text of letters of equal width is. What is not Latin may be twice
/// as wide.
pub fn text_width(text: &str, size: f64) -> f64 {
    let columns: usize = text.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum();
    columns as f64 * size * LETTER
}

/// The layout, or why there is none.
pub fn layout(graph: &Graph) -> Result<Laid, String> {
    if graph.nodes.len() > NODES_MAX || graph.edges.len() > EDGES_MAX {
        return Err(format!(
            "a picture of {} collections and {} arrows is too large to be drawn here ({NODES_MAX} \
             and {EDGES_MAX} at most); --format dot writes it for Graphviz",
            graph.nodes.len(),
            graph.edges.len()
        ));
    }
    if graph.nodes.is_empty() {
        return Ok(Laid { width: 2.0 * MARGIN, height: 2.0 * MARGIN, ..Laid::default() });
    }
    // Which arrows of a cycle go up is either as the text has it, or so that there
    // are few of them; the picture with the shorter arrows is better read.
    let first = laid_out(graph, None);
    if graph.nodes.len() > TWICE_MAX {
        return Ok(first);
    }
    let second = laid_out(graph, Some(Acyclicer::Greedy));
    Ok(if length(&second) < length(&first) { second } else { first })
}

fn laid_out(graph: &Graph, acyclicer: Option<Acyclicer>) -> Laid {
    let mut layers = layers(graph);
    dagre::layout(
        &mut layers,
        Some(LayoutOptions {
            rankdir: RankDir::TB,
            nodesep: 26.0,
            edgesep: 16.0,
            ranksep: 72.0,
            marginx: MARGIN,
            marginy: MARGIN,
            acyclicer,
            ..LayoutOptions::default()
        }),
    );
    read_off(graph, &layers)
}

/// How long all arrows are together.
fn length(laid: &Laid) -> f64 {
    let of = |route: &Route| -> f64 {
        let pairs = route.points.iter().zip(route.points.iter().skip(1));
        pairs.map(|(a, b)| (b.0 - a.0).hypot(b.1 - a.1)).sum()
    };
    laid.edges.iter().map(of).sum()
}

fn node_id(at: usize) -> String {
    format!("n{at}")
}

fn group_id(at: usize) -> String {
    format!("g{at}")
}

fn layers(graph: &Graph) -> Layers<NodeLabel, EdgeLabel> {
    let options = GraphOptions { directed: true, multigraph: true, compound: true };
    let mut layers = Layers::with_options(options);
    for at in 0..graph.groups.len() {
        layers.set_node(group_id(at), Some(NodeLabel::default()));
    }
    for (at, group) in graph.groups.iter().enumerate() {
        if let Some(around) = group.within {
            layers.set_parent(&group_id(at), Some(&group_id(around)));
        }
    }
    let mut titled = vec![false; graph.groups.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        let (mut width, height) = size(node);
        // A group is as wide as what is in it, and has to hold its title too.
        let mut around = node.group;
        while let Some(group) = around.filter(|group| !titled[*group]) {
            titled[group] = true;
            width = width.max(text_width(&graph.groups[group].title, LABEL_SIZE));
            around = graph.groups[group].within;
        }
        layers.set_node(node_id(at), Some(NodeLabel { width, height, ..NodeLabel::default() }));
        if let Some(group) = node.group {
            layers.set_parent(&node_id(at), Some(&group_id(group)));
        }
    }
    for (at, edge) in graph.edges.iter().enumerate() {
        let (width, height) = label_size(edge);
        let label = EdgeLabel { width, height, labelpos: LabelPos::Center, ..EdgeLabel::default() };
        let (from, to) = (node_id(edge.from), node_id(edge.to));
        layers.set_edge(from, to, Some(label), Some(&format!("e{at}")));
    }
    layers
}

/// How large a collection is.
fn size(node: &Node) -> (f64, f64) {
    let lines = node.points.iter().map(|point| text_width(&point.told, LABEL_SIZE));
    let text = text_width(&node.label, NAME_SIZE).max(text_width(&node.kind(), KIND_SIZE));
    let text = lines.fold(text, f64::max);
    let sides = match node.shape {
        Shape::Table | Shape::View => 22.0,
        Shape::Input | Shape::Output => 34.0,
        Shape::Channel | Shape::Invariant => 38.0,
    };
    let border = if node.lattice { 8.0 } else { 0.0 };
    let lid = if node.shape == Shape::Table { 2.0 * outline::LID } else { 0.0 };
    let height = HEIGHT + border + lid + node.points.len() as f64 * LABEL_LINE;
    ((text + sides + border).max(WIDTH_MIN).round(), height)
}

/// How large what stands beside an arrow is.
fn label_size(edge: &Edge) -> (f64, f64) {
    let lines = edge.label();
    if lines.is_empty() {
        return (0.0, 0.0);
    }
    let width = lines.iter().map(|line| text_width(line, LABEL_SIZE)).fold(0.0, f64::max);
    ((width + 12.0).round(), lines.len() as f64 * LABEL_LINE + 4.0)
}

fn read_off(graph: &Graph, layers: &Layers<NodeLabel, EdgeLabel>) -> Laid {
    let area = |id: &str| {
        let of = layers.node(id)?;
        Some(Area { x: of.x?, y: of.y?, width: of.width, height: of.height })
    };
    let nodes: Vec<Area> =
        (0..graph.nodes.len()).map(|at| area(&node_id(at)).unwrap_or_default()).collect();
    let groups = (0..graph.groups.len()).map(|at| area(&group_id(at)).unwrap_or_default());
    let mut laid = Laid { nodes, groups: groups.collect(), ..Laid::default() };
    for (at, edge) in graph.edges.iter().enumerate() {
        let (from, to) = (node_id(edge.from), node_id(edge.to));
        let found = layers.edge(&from, &to, Some(&format!("e{at}")));
        laid.edges.push(found.map_or_else(Route::default, |found| turns(edge, found)));
    }
    routes::draw(graph, &mut laid);
    frame(&mut laid);
    laid
}

/// Moves everything so that it begins at the margin, and measures it.
fn frame(laid: &mut Laid) {
    // A title stands above what is in its group.
    for area in &mut laid.groups {
        (area.y, area.height) = (area.y - TITLE / 2.0, area.height + TITLE);
    }
    let areas = || {
        let labels = laid.edges.iter().filter_map(|route| route.label.as_ref());
        laid.nodes.iter().chain(&laid.groups).chain(labels)
    };
    let corners = areas().flat_map(|area| {
        let (w, h) = (area.width / 2.0, area.height / 2.0);
        [(area.x - w, area.y - h), (area.x + w, area.y + h)]
    });
    let all: Vec<Dot> =
        corners.chain(laid.edges.iter().flat_map(|route| route.points.iter().copied())).collect();
    let least = |of: fn(&Dot) -> f64| all.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&Dot) -> f64| all.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, top) = (MARGIN - least(|dot| dot.0), MARGIN - least(|dot| dot.1));
    let (right, bottom) = (most(|dot| dot.0), most(|dot| dot.1));
    (laid.width, laid.height) = ((right + left + MARGIN).ceil(), (bottom + top + MARGIN).ceil());
    let labels = laid.edges.iter_mut().filter_map(|route| route.label.as_mut());
    for area in laid.nodes.iter_mut().chain(&mut laid.groups).chain(labels) {
        (area.x, area.y) = (area.x + left, area.y + top);
    }
    for dot in laid.edges.iter_mut().flat_map(|route| &mut route.points) {
        *dot = (dot.0 + left, dot.1 + top);
    }
}

/// Where an arrow turns, and its label.
fn turns(edge: &Edge, found: &EdgeLabel) -> Route {
    let points = found.points.iter().map(|dot| (dot.x, dot.y)).collect();
    let (width, height) = label_size(edge);
    let label = match (found.x, found.y) {
        (Some(x), Some(y)) if width > 0.0 => Some(Area { x, y, width, height }),
        _ => None,
    };
    Route { points, label }
}

//! Pictures held against what a reader needs: nothing lies on anything else, and
//! no line runs through what it has nothing to do with. Of the examples, and of
//! graphs that nobody would write.

use std::path::Path;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::driver;
use bloom_compiler::source::Span;

use super::build;
use super::layout;
use super::layout::Area;
use super::layout::Dot;
use super::layout::Laid;
use super::model::Edge;
use super::model::Graph;
use super::model::Group;
use super::model::Mark;
use super::model::Mention;
use super::model::Node;
use super::model::Shape;
use super::svg;
use crate::cli::compile;
use crate::cli::paths;

fn apart(a: &Area, b: &Area) -> bool {
    let (dx, dy) = ((a.x - b.x).abs(), (a.y - b.y).abs());
    dx * 2.0 >= a.width + b.width - 1.0 || dy * 2.0 >= a.height + b.height - 1.0
}

fn inside(inner: &Area, outer: &Area) -> bool {
    (inner.x - outer.x).abs() * 2.0 <= outer.width - inner.width + 1.0
        && (inner.y - outer.y).abs() * 2.0 <= outer.height - inner.height + 1.0
}

/// Whether a straight line runs through an area: a few places of it are tried.
fn runs_through(from: Dot, to: Dot, area: &Area) -> bool {
    let steps = 200;
    (0..=steps).any(|step| {
        let part = f64::from(step) / f64::from(steps);
        let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        (x - area.x).abs() * 2.0 < area.width - 2.0 && (y - area.y).abs() * 2.0 < area.height - 2.0
    })
}

/// What is wrong with a picture.
fn faults(graph: &Graph, laid: &Laid) -> Vec<String> {
    let mut out = Vec::new();
    let name = |at: usize| &graph.nodes[at].name;
    let labels: Vec<(usize, &Area)> = laid
        .edges
        .iter()
        .enumerate()
        .filter_map(|(at, one)| Some((at, one.label.as_ref()?)))
        .collect();
    for (at, area) in laid.nodes.iter().enumerate() {
        if !(area.x.is_finite() && area.y.is_finite() && area.x > 0.0 && area.y > 0.0) {
            out.push(format!("{} is nowhere: {area:?}", name(at)));
        }
        for (other, next) in laid.nodes.iter().enumerate().skip(at + 1) {
            if !apart(area, next) {
                out.push(format!("{} lies on {}", name(at), name(other)));
            }
        }
        for (edge, label) in &labels {
            let mine = graph.edges[*edge].from == at && graph.edges[*edge].to == at;
            if !mine && !apart(area, label) {
                out.push(format!("the label of e{edge} lies on {}", name(at)));
            }
        }
        if let Some(group) = graph.nodes[at].group
            && !inside(area, &laid.groups[group])
        {
            out.push(format!("{} is outside of {}", name(at), graph.groups[group].title));
        }
        for (number, (edge, route)) in graph.edges.iter().zip(&laid.edges).enumerate() {
            let mine = edge.from == at || edge.to == at || edge.from == edge.to;
            let pairs = || route.points.iter().zip(route.points.iter().skip(1));
            if !mine && pairs().any(|(a, b)| runs_through(*a, *b, area)) {
                out.push(format!("e{number} runs through {}", name(at)));
            }
        }
    }
    for (n, (a, area)) in labels.iter().enumerate() {
        for (b, next) in labels.iter().skip(n + 1) {
            let loops = [*a, *b].iter().any(|at| graph.edges[*at].from == graph.edges[*at].to);
            if !loops && !apart(area, next) {
                out.push(format!("the label of e{a} lies on that of e{b}"));
            }
        }
    }
    for (at, route) in laid.edges.iter().enumerate() {
        if route.points.len() < 2
            || route.points.iter().any(|(x, y)| !x.is_finite() || !y.is_finite())
        {
            out.push(format!("e{at} has no line"));
        }
    }
    out
}

#[test]
fn every_example_can_be_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut examples: Vec<_> =
        std::fs::read_dir(folder).expect("the examples").filter_map(Result::ok).collect();
    examples.sort_by_key(|entry| entry.path());
    assert!(examples.len() > 20, "the examples are there");
    for example in examples.iter().filter(|entry| entry.path().is_dir()) {
        let program = paths::read(&example.path()).expect("an example is a program");
        let options = compile::options(&program, &[]);
        let compiled = driver::check(&program.name, &program.text, &options);
        let graph = build::graph(&compiled, &compiled.report(&Assume::default()));
        let laid = layout::layout(&graph).expect("examples are small");
        let faults = faults(&graph, &laid);
        assert!(faults.is_empty(), "{}: {faults:#?}", program.name);
    }
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// A graph of so many collections, in groups inside of groups, with arrows in all
/// directions, several between the same two and some from one to itself.
fn any(nodes: usize, edges: usize, groups: usize, chance: &mut Chance) -> Graph {
    let mut graph = Graph::default();
    for at in 0..groups {
        let within = (at > 0 && chance.below(2) == 0).then(|| chance.below(at));
        let title = format!("{} as part_{at}", "Module".repeat(1 + chance.below(4)));
        graph.groups.push(Group {
            title,
            name: format!("part_{at}"),
            module: None,
            together: false,
            within,
        });
    }
    let shapes =
        [Shape::Input, Shape::Table, Shape::View, Shape::Output, Shape::Channel, Shape::Invariant];
    for at in 0..nodes {
        let name = format!("{}{at}", "name_".repeat(chance.below(5)));
        let points = (0..chance.below(8).saturating_sub(5)).map(mention).collect();
        graph.nodes.push(Node {
            label: name.clone(),
            name,
            what: "table",
            group: (groups > 0 && chance.below(4) > 0).then(|| chance.below(groups)),
            shape: shapes[chance.below(shapes.len())],
            lattice: chance.below(3) == 0,
            closed: chance.below(3) == 0,
            points,
            home: None,
            place: Span::default(),
            heads: Vec::new(),
        });
    }
    for _ in 0..edges {
        let words = (0..chance.below(3)).map(|_| "count".to_string()).collect();
        graph.edges.push(Edge {
            from: chance.below(nodes),
            to: chance.below(nodes),
            network: chance.below(3) == 0,
            words,
            points: (0..chance.below(6).saturating_sub(3)).map(mention).collect(),
            mark: Mark::Free,
            places: Vec::new(),
        });
    }
    graph
}

fn mention(at: usize) -> Mention {
    Mention { id: format!("P{at}"), told: format!("P{at} seal by session, and more") }
}

#[test]
fn any_graph_can_be_drawn() {
    let mut chance = Chance(6);
    for round in 0..120 {
        let nodes = 1 + chance.below(24);
        let (edges, groups) = (chance.below(nodes * 2), chance.below(5));
        let graph = any(nodes, edges, groups, &mut chance);
        let laid = layout::layout(&graph).expect("it is small");
        let faults = faults(&graph, &laid);
        assert!(faults.is_empty(), "round {round}: {faults:#?}");
        let text = svg::document(&graph, &laid, "any", "any");
        let again = layout::layout(&graph).expect("it is small");
        assert_eq!(text, svg::document(&graph, &again, "any", "any"), "the same bytes");
    }
}

#[test]
fn what_is_too_large_says_so() {
    let graph = any(layout::NODES_MAX + 1, 0, 0, &mut Chance(1));
    let why = layout::layout(&graph).err().expect("it is too large");
    assert!(why.contains("1001 collections") && why.contains("--format dot"), "{why}");
}

#[test]
fn an_empty_program_has_a_picture() {
    let graph = Graph::default();
    let laid = layout::layout(&graph).expect("there is nothing to lay out");
    assert!(svg::document(&graph, &laid, "none", "none").starts_with("<svg "));
}

//! The picture of a report, as plain data: collections, and what leads from one
//! to another, with what was found there. Where things stand on paper is the
//! matter of those who draw.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Role;
use bloom_compiler::types::typed::Rule;

use super::Scene;

/// A picture.
#[derive(Default)]
pub struct Graph {
    /// Names of the roles; none in a program without.
    pub roles: Vec<String>,
    /// In the order of the text.
    pub nodes: Vec<Node>,
    /// In the order of the rules.
    pub edges: Vec<Edge>,
}

/// A collection.
pub struct Node {
    /// Its name.
    pub name: String,
    /// The role it belongs to; channels lie between roles.
    pub role: Option<usize>,
    /// What it is.
    pub shape: Shape,
    /// Whether a column merges.
    pub lattice: bool,
    /// Whether nothing comes to it after the start.
    pub closed: bool,
    /// Ids of points that no rule can be blamed for.
    pub points: Vec<String>,
}

/// What a collection is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Facts come from outside.
    Input,
    /// Facts stay.
    Table,
    /// Facts follow.
    View,
    /// Facts are shown.
    Output,
    /// Facts travel.
    Channel,
    /// Something has to hold.
    Invariant,
}

/// From what a rule reads to what it says.
#[derive(PartialEq, Eq)]
pub struct Edge {
    /// What is read, by its place among the nodes.
    pub from: usize,
    /// What follows.
    pub to: usize,
    /// Whether a message carries it.
    pub network: bool,
    /// What stands beside it.
    pub label: String,
    /// What was found.
    pub mark: Mark,
}

/// What was found of an edge.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nobody waits.
    Free,
    /// It waits for data.
    Threshold,
    /// It waits for agreement, or for memory.
    Waits(Kind),
    /// The program accepts what may happen.
    Accepted,
}

impl Mark {
    /// `#rrggbb`, to be told apart on light and dark ground.
    pub fn colour(self) -> &'static str {
        match self {
            Mark::Free => "#2e9e5b",
            Mark::Threshold => "#2f7fd1",
            Mark::Waits(Kind::Seal | Kind::Frontier) => "#e08600",
            Mark::Waits(Kind::Order) => "#d6323a",
            Mark::Waits(Kind::Exclusive | Kind::Escrow) => "#9146c8",
            Mark::Waits(Kind::Persist | Kind::Local) => "#9a7b4f",
            Mark::Accepted => "#808080",
        }
    }
}

/// The picture of a report.
pub fn graph(scene: &Scene<'_>) -> Graph {
    let compiled = scene.compiled;
    let programs: Vec<&Program> = match compiled.roles.is_empty() {
        true => compiled.typed.iter().collect(),
        false => compiled.roles.iter().map(|role| &role.typed).collect(),
    };
    let roles = compiled.roles.iter().map(|role| role.name.clone()).collect();
    let mut drawing = Drawing {
        scene,
        graph: Graph { roles, ..Graph::default() },
        known: BTreeMap::new(),
        placed: BTreeSet::new(),
    };
    for (role, program) in programs.iter().enumerate() {
        for at in 0..program.rels.len() {
            drawing.node(role, program, RelId(at as u32));
        }
        for (at, rule) in program.rules.iter().enumerate() {
            drawing.rule(role, program, at, rule);
        }
    }
    drawing.unplaced();
    let mut graph = drawing.graph;
    close(&mut graph);
    graph
}

struct Drawing<'a> {
    scene: &'a Scene<'a>,
    graph: Graph,
    /// Nodes by role, name and place in the text; channels are of no role.
    known: BTreeMap<(Option<usize>, String, Span), usize>,
    /// Points that have an edge.
    placed: BTreeSet<String>,
}

impl Drawing<'_> {
    /// The node of a collection, if it has one.
    fn node(&mut self, role: usize, program: &Program, rel: RelId) -> Option<usize> {
        let of = &program.rels[rel.index()];
        let shape = match of.kind {
            RelKind::Stage(_, target) => return self.node(role, program, target),
            RelKind::Firing | RelKind::Expected => return None,
            _ if of.given.is_some() => return None,
            RelKind::Table | RelKind::StaticTable => Shape::Table,
            RelKind::View | RelKind::Scratch => Shape::View,
            RelKind::Input | RelKind::InputTable | RelKind::InputView => Shape::Input,
            RelKind::Timer | RelKind::Periodic => Shape::Input,
            RelKind::Output | RelKind::OutputTable | RelKind::OutputView => Shape::Output,
            RelKind::Channel => Shape::Channel,
            RelKind::Violation => Shape::Invariant,
        };
        let owner = (!self.graph.roles.is_empty() && shape != Shape::Channel).then_some(role);
        // Instances of a module share their text, not their names.
        let written = self.scene.compiled.sources.written(of.name_span);
        let key = (owner, of.name.clone(), written);
        if let Some(at) = self.known.get(&key) {
            return Some(*at);
        }
        let at = self.graph.nodes.len();
        self.graph.nodes.push(Node {
            name: of.name.clone(),
            role: owner,
            shape,
            lattice: of.cols.iter().any(|col| matches!(col.role, Role::Cell(_))),
            closed: false,
            points: Vec::new(),
        });
        self.known.insert(key, at);
        Some(at)
    }

    /// The edges of a rule.
    fn rule(&mut self, role: usize, program: &Program, number: usize, rule: &Rule) {
        let kind = program.rels[rule.head.index()].kind;
        let Some(to) = self.node(role, program, rule.head) else { return };
        let network = matches!(kind, RelKind::Stage(Stage::Send, _));
        let mut reads = Vec::new();
        read(program, &rule.body.lits, "", &mut BTreeSet::new(), &mut reads);
        let written = |span: Span| self.scene.compiled.sources.written(span);
        let report = self.scene.report;
        let points: Vec<&Point> = report
            .points
            .iter()
            .filter(|point| (point.role_at, point.rule_at) == (role, number))
            .filter(|point| holds(written(rule.span), point.span))
            .collect();
        let threshold =
            report.thresholds.iter().any(|one| (one.role_at, one.rule_at) == (role, number));
        let at = |point: &Point, atom: &Atom| {
            let atom = written(atom.span);
            holds(atom, point.span) || holds(point.span, atom)
        };
        // A point is drawn where it is marked in the text, or along the whole rule.
        let exact = |point: &Point| reads.iter().any(|(atom, _)| at(point, atom));
        let mut edges = Vec::new();
        for (atom, word) in &reads {
            let mine: Vec<&Point> =
                points.iter().copied().filter(|point| at(point, atom) || !exact(point)).collect();
            let mark = match mine.iter().max_by_key(|point| point.accepted.is_none()) {
                Some(point) if point.accepted.is_some() => Mark::Accepted,
                Some(point) => Mark::Waits(point.kind),
                None if threshold => Mark::Threshold,
                None => Mark::Free,
            };
            let mut label: Vec<String> = mine.iter().map(|point| told(point)).collect();
            if label.is_empty() && !word.is_empty() {
                label.push((*word).to_string());
            }
            edges.push((atom.rel, mark, label.join(", ")));
            self.placed.extend(mine.iter().map(|point| point.id.clone()));
        }
        for (rel, mark, label) in edges {
            let Some(from) = self.node(role, program, rel) else { continue };
            let edge = Edge { from, to, network, label, mark };
            if !self.graph.edges.contains(&edge) {
                self.graph.edges.push(edge);
            }
        }
    }

    /// Points without an edge stand at what they are about.
    fn unplaced(&mut self) {
        for point in &self.scene.report.points {
            if self.placed.contains(&point.id) {
                continue;
            }
            let names = &self.graph.roles;
            let role_of = |node: &Node| node.role.and_then(|role| names.get(role));
            let found = self.graph.nodes.iter().position(|node| {
                node.name == point.output.name
                    && (point.output.role.is_none() || role_of(node) == point.output.role.as_ref())
            });
            if let Some(node) = found.and_then(|at| self.graph.nodes.get_mut(at)) {
                node.points.push(told(point));
            }
        }
    }
}

/// `P1 seal by session`
fn told(point: &Point) -> String {
    match point.key.as_slice() {
        [] => format!("{} {}", point.id, point.kind.word()),
        key => format!("{} {} by {}", point.id, point.kind.word(), key.join(", ")),
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.lo <= inner.lo && inner.hi <= outer.hi
}

/// What a body reads, each with the word for how. A collection that the compiler
/// put between is looked through.
fn read<'p>(
    program: &'p Program,
    lits: &'p [Lit],
    word: &'static str,
    seen: &mut BTreeSet<RelId>,
    out: &mut Vec<(&'p Atom, &'static str)>,
) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => one(program, atom, word, seen, out),
            LitKind::Not(lits) => read(program, lits, "not", seen, out),
            LitKind::All { lits, .. } => read(program, lits, "all", seen, out),
            LitKind::Or(branches) => {
                branches.iter().for_each(|lits| read(program, lits, word, seen, out));
            }
            LitKind::Else { atom, otherwise, .. } => {
                one(program, atom, "else", seen, out);
                read(program, otherwise, word, seen, out);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

fn one<'p>(
    program: &'p Program,
    atom: &'p Atom,
    word: &'static str,
    seen: &mut BTreeSet<RelId>,
    out: &mut Vec<(&'p Atom, &'static str)>,
) {
    if program.rels[atom.rel.index()].kind != RelKind::Firing {
        out.push((atom, word));
    } else if seen.insert(atom.rel) {
        for rule in program.rules.iter().filter(|rule| rule.head == atom.rel) {
            read(program, &rule.body.lits, word, seen, out);
        }
    }
}

/// Closed is what no input and no message reaches.
fn close(graph: &mut Graph) {
    let mut grows: Vec<bool> = graph
        .nodes
        .iter()
        .map(|node| matches!(node.shape, Shape::Input | Shape::Channel))
        .collect();
    loop {
        let before = grows.clone();
        for edge in &graph.edges {
            if grows[edge.from] {
                grows[edge.to] = true;
            }
        }
        if grows == before {
            break;
        }
    }
    for (node, grows) in graph.nodes.iter_mut().zip(grows) {
        node.closed = !grows;
    }
}

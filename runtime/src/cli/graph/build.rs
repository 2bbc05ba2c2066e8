//! From a program and its report to the picture of it: which collections there
//! are, what leads from one to another, and which arrow a point stands at.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Threshold;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Reach;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::plan::groups::Divided;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Role;
use bloom_compiler::types::typed::Rule;

use super::divided::Overlay;
use super::model::Edge;
use super::model::Graph;
use super::model::Group;
use super::model::Mark;
use super::model::Mention;
use super::model::Node;
use super::model::Shape;

/// The picture of a program in which this was found.
pub fn graph(compiled: &Compiled, report: &Report) -> Graph {
    drawn(compiled, report, &[])
}

/// The picture of a plan for many workers: of each role, or of the program.
pub fn drawn(compiled: &Compiled, report: &Report, divided: &[Divided]) -> Graph {
    let programs: Vec<&Program> = match compiled.roles.is_empty() {
        true => compiled.typed.iter().collect(),
        false => compiled.roles.iter().map(|role| &role.typed).collect(),
    };
    let mut instances = compiled.copies.instances();
    instances.sort();
    instances.dedup();
    let mut drawing = Drawing {
        compiled,
        report,
        plans: programs
            .iter()
            .zip(divided)
            .map(|(program, one)| Overlay::new(program, one))
            .collect(),
        instances,
        graph: Graph::default(),
        grouped: BTreeMap::new(),
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
    compiled: &'a Compiled,
    report: &'a Report,
    /// By role, where the picture is of a plan.
    plans: Vec<Overlay<'a>>,
    /// What stands in front of the names of each instance, with its module;
    /// instances inside of others come after them.
    instances: Vec<(String, String)>,
    graph: Graph,
    /// Groups by role and by what stands in front of names.
    grouped: BTreeMap<(Option<usize>, String), usize>,
    /// Nodes by role, name and place in the text; channels are of no role.
    known: BTreeMap<(Option<usize>, String, Span), usize>,
    /// Points that have an edge.
    placed: BTreeSet<String>,
}

impl Drawing<'_> {
    fn written(&self, span: Span) -> Span {
        self.compiled.sources.written(span)
    }

    /// The node of a collection, if it has one.
    fn node(&mut self, role: usize, program: &Program, rel: RelId) -> Option<usize> {
        let of = &program.rels[rel.index()];
        let (shape, what) = match of.kind {
            RelKind::Stage(_, target) => return self.node(role, program, target),
            RelKind::Firing | RelKind::Expected => return None,
            _ if of.given.is_some() => return None,
            RelKind::Table => (Shape::Table, "table"),
            RelKind::StaticTable => (Shape::Table, "static table"),
            RelKind::View => (Shape::View, "view"),
            RelKind::Scratch => (Shape::View, "scratch"),
            RelKind::Input => (Shape::Input, "input"),
            RelKind::InputTable => (Shape::Input, "input table"),
            RelKind::InputView => (Shape::Input, "input view"),
            RelKind::Timer => (Shape::Input, "timer"),
            RelKind::Periodic => (Shape::Input, "periodic"),
            RelKind::Output => (Shape::Output, "output"),
            RelKind::OutputTable => (Shape::Output, "output table"),
            RelKind::OutputView => (Shape::Output, "output view"),
            RelKind::Channel => (Shape::Channel, "channel"),
            RelKind::Violation => (Shape::Invariant, "invariant"),
        };
        let has_roles = !self.compiled.roles.is_empty();
        let owner = (has_roles && shape != Shape::Channel).then_some(role);
        // Instances of a module share their text, not their names.
        let place = self.written(of.name_span);
        let key = (owner, of.name.clone(), place);
        if let Some(at) = self.known.get(&key) {
            return Some(*at);
        }
        let at = self.graph.nodes.len();
        let (mut group, label) = self.group(owner, &of.name);
        let plan = self.plans.get(role);
        let home = plan.and_then(|plan| plan.place(rel));
        if let Some((number, title)) = plan.and_then(|plan| plan.group(rel)) {
            let key = format!("#{number} {}", group.unwrap_or(usize::MAX));
            let inner = number.to_string();
            let at = self.group_of(Some(role), &key, title, &inner, None, group);
            self.graph.groups[at].together = true;
            group = Some(at);
        }
        // What a module is given was written as an input of it.
        let given = of.reach == Reach::Input && label != of.name;
        let (shape, what) = if given { (Shape::Input, "input") } else { (shape, what) };
        self.graph.nodes.push(Node {
            name: of.name.clone(),
            label,
            what,
            group,
            shape,
            home,
            lattice: of.cols.iter().any(|col| matches!(col.role, Role::Cell(_))),
            closed: false,
            points: Vec::new(),
            place,
            heads: Vec::new(),
        });
        self.known.insert(key, at);
        Some(at)
    }

    /// The innermost group of a collection, and its name there.
    fn group(&mut self, role: Option<usize>, name: &str) -> (Option<usize>, String) {
        let mut group = None;
        if let Some(of) = role.and_then(|role| self.compiled.roles.get(role)) {
            let title = format!("role {}", of.name);
            group = Some(self.group_of(role, "", title, &of.name, None, None));
        }
        let mut seen = 0;
        let around: Vec<(String, String)> =
            self.instances.iter().filter(|(prefix, _)| name.starts_with(prefix)).cloned().collect();
        for (prefix, module) in around {
            let inner = prefix.get(seen..).unwrap_or("").trim_end_matches('.').to_string();
            seen = prefix.len();
            let title = format!("{module} as {inner}");
            group = Some(self.group_of(role, &prefix, title, &inner, Some(module), group));
        }
        (group, name.get(seen..).unwrap_or(name).to_string())
    }

    fn group_of(
        &mut self,
        role: Option<usize>,
        prefix: &str,
        title: String,
        name: &str,
        module: Option<String>,
        within: Option<usize>,
    ) -> usize {
        let next = self.graph.groups.len();
        let at = *self.grouped.entry((role, prefix.to_string())).or_insert(next);
        if at == next {
            let name = name.to_string();
            self.graph.groups.push(Group { title, name, module, within, together: false });
        }
        at
    }

    /// The edges of a rule.
    fn rule(&mut self, role: usize, program: &Program, number: usize, rule: &Rule) {
        let kind = program.rels[rule.head.index()].kind;
        let Some(to) = self.node(role, program, rule.head) else { return };
        let head = self.written(rule.head_span);
        if let Some(node) = self.graph.nodes.get_mut(to).filter(|node| !node.heads.contains(&head))
        {
            node.heads.push(head);
        }
        let network = matches!(kind, RelKind::Stage(Stage::Send, _));
        let mut reads = Vec::new();
        read(program, &rule.body.lits, "", &mut BTreeSet::new(), &mut reads);
        let whole = self.written(rule.span);
        let report = self.report;
        let points: Vec<&Point> = report
            .points
            .iter()
            .filter(|point| (point.role_at, point.rule_at) == (role, number))
            .filter(|point| holds(whole, point.span))
            .collect();
        let at = |point: &Point, atom: &Atom| {
            let atom = self.written(atom.span);
            holds(atom, point.span) || holds(point.span, atom)
        };
        // A point is drawn where it is marked in the text, or along the whole rule.
        let exact = |point: &Point| reads.iter().any(|(atom, _)| at(point, atom));
        let compared = self.compared(program, &reads, (role, number));
        let mut edges = Vec::new();
        for (index, (atom, word)) in reads.iter().enumerate() {
            let mine: Vec<&Point> =
                points.iter().copied().filter(|point| at(point, atom) || !exact(point)).collect();
            let open = |point: &&&Point| (point.accepted.is_none(), point.kind != Kind::Frontier);
            let mark = match mine.iter().max_by_key(open) {
                Some(point) if point.accepted.is_some() => Mark::Accepted,
                Some(point) => Mark::Waits(point.kind),
                None if compared.contains_key(&index) => Mark::Threshold,
                None => Mark::Free,
            };
            let mut words = self.words(kind, rule, word);
            if mine.is_empty() {
                words.extend(compared.get(&index).cloned());
            }
            // A comparison is done beside what is read.
            let is_sign = |point: &&&Point| point.operator.starts_with(['<', '>', '=', '!']);
            if let Some(point) = mine.iter().find(is_sign).filter(|_| words.is_empty()) {
                words.push(point.operator.clone());
            }
            let points: Vec<Mention> = mine.iter().map(|point| told(point)).collect();
            let arrow = self.plans.get(role).and_then(|plan| plan.arrow(number, atom.span));
            let mark = match (self.plans.is_empty(), arrow) {
                (true, _) => mark,
                (false, arrow) => arrow.map_or(Mark::Stream, |arrow| arrow.mark),
            };
            let network =
                if self.plans.is_empty() { network } else { arrow.is_some_and(|a| a.sent) };
            edges.push((atom.rel, mark, words, points, self.written(atom.span), network));
        }
        for (rel, mark, words, points, place, network) in edges {
            let Some(from) = self.node(role, program, rel) else { continue };
            self.placed.extend(points.iter().map(|point| point.id.clone()));
            let places = vec![place];
            self.edge(Edge { from, to, network, words, points, mark, places });
        }
    }

    /// Rules that do the same to the same share an edge.
    fn edge(&mut self, edge: Edge) {
        let same = |known: &&mut Edge| {
            (known.from, known.to, known.network, known.mark)
                == (edge.from, edge.to, edge.network, edge.mark)
                && known.words == edge.words
                && known.points == edge.points
        };
        match self.graph.edges.iter_mut().find(same) {
            Some(known) => known.places.extend(
                edge.places
                    .iter()
                    .filter(|place| !known.places.contains(place))
                    .copied()
                    .collect::<Vec<_>>(),
            ),
            None => self.graph.edges.push(edge),
        }
    }

    /// What is read of a rule only up to a threshold, by its place in the body,
    /// with the condition.
    fn compared(
        &self,
        program: &Program,
        reads: &[(&Atom, &str)],
        (role, number): (usize, usize),
    ) -> BTreeMap<usize, String> {
        let mut out = BTreeMap::new();
        let mine = |one: &&Threshold| (one.role_at, one.rule_at) == (role, number);
        for one in self.report.thresholds.iter().filter(mine) {
            let is_of = |(atom, _): &(&Atom, &str)| {
                let name = &program.rels[atom.rel.index()].name;
                one.of
                    .strip_prefix(name.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let found: Vec<usize> = match reads.iter().position(is_of) {
                Some(at) => vec![at],
                None => (0..reads.len()).collect(),
            };
            for at in found {
                out.entry(at).or_insert_with(|| {
                    one.condition.split_whitespace().collect::<Vec<_>>().join(" ")
                });
            }
        }
        out
    }

    /// What a rule does to something that it reads.
    fn words(&self, head: RelKind, rule: &Rule, word: &str) -> Vec<String> {
        let mut words = Vec::new();
        if !word.is_empty() {
            words.push(word.to_string());
        }
        if word.is_empty() || word == "else" {
            for agg in &rule.aggs {
                let text = self.compiled.sources.text(agg.span);
                let name = text.split('(').next().unwrap_or("").trim().to_string();
                if !name.is_empty() && !words.contains(&name) {
                    words.push(name);
                }
            }
        }
        match head {
            RelKind::Stage(Stage::Next, _) => words.push("<+".to_string()),
            RelKind::Stage(Stage::Delete, _) => words.push("<-".to_string()),
            RelKind::Stage(Stage::Replace, _) => words.push("<+-".to_string()),
            _ => {}
        }
        words
    }

    /// Points without an edge stand at what they are about.
    fn unplaced(&mut self) {
        for point in &self.report.points {
            if self.placed.contains(&point.id) {
                continue;
            }
            let found = self.graph.nodes.iter().position(|node| {
                let role = node.group.map(|at| self.role(at));
                // Channels are of no role.
                node.name == point.output.name
                    && (point.output.role.is_none()
                        || role.is_none()
                        || role == point.output.role.as_deref())
            });
            if let Some(node) = found.and_then(|at| self.graph.nodes.get_mut(at)) {
                node.points.push(told(point));
            }
        }
    }

    /// The role that a group is of.
    fn role(&self, mut at: usize) -> &str {
        loop {
            let group = &self.graph.groups[at];
            match group.within {
                Some(around) => at = around,
                None => return &group.name,
            }
        }
    }
}

/// `P1 seal by session`
fn told(point: &Point) -> Mention {
    let mut told = format!("{} {}", point.id, point.kind.word());
    if !point.key.is_empty() {
        told.push_str(&format!(" by {}", point.key.join(", ")));
    }
    if point.accepted.is_some() {
        told.push_str(", accepted");
    }
    Mention { id: point.id.clone(), told }
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
        .map(|node| match node.shape {
            // What an instance is given comes from rules.
            Shape::Input => node.label == node.name,
            shape => shape == Shape::Channel,
        })
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

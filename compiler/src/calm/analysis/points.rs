//! From the graph to points: which inputs may take something back that was
//! promised, where to wait so that they cannot, and by which key. How it is said
//! is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::collections::btree_map::Entry;

use crate::calm::model::Code;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::types::typed::Atom;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::cut::cut;
use super::edges::Builder;
use super::edges::standing;
use super::graph::Graph;
use super::graph::HARD;
use super::graph::HISTORY;
use super::graph::MINUS;
use super::graph::PLUS;
use super::graph::Reach;
use super::graph::Spot;
use super::held;
use super::keys::Key;
use super::keys::Lineage;
use super::keys::Paths;
use super::keys::Shown;
use super::keys::determined;
use super::keys::lineage;
use super::observe::Observed;
use super::origin;
use super::reading::pat_vars;
use super::reading::told;
use super::system::Rel;
use super::value::Gate;
use super::value::Node;

/// A point as it was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) source: Rel,
    /// Where; `None`: at the output itself.
    pub(crate) spot: Option<usize>,
    pub(crate) kind: Kind,
    pub(crate) code: Code,
    pub(crate) key: Vec<usize>,
    pub(crate) gate: Vec<usize>,
    /// Numbers of what is observed behind it.
    pub(crate) outputs: BTreeSet<usize>,
    /// Edges from the input to the first of them.
    pub(crate) path: Vec<(usize, usize)>,
}

/// The states of an observable that break its promise.
fn broken(goal: Goal) -> &'static [usize] {
    match goal {
        Goal::Eventually => &[HARD],
        Goal::Final => &[MINUS, HISTORY, HARD],
        Goal::Snapshot | Goal::Invariant => &[],
    }
}

/// The nodes and states that must not be reached.
fn bad(builder: &Builder<'_>, observed: &Observed) -> Vec<(usize, usize)> {
    let graph = &builder.graph;
    let mut out = Vec::new();
    if observed.trusted {
        return out;
    }
    let states = broken(observed.goal);
    if let Some(node) = graph.nodes.get(&Node::Rows(observed.rel)) {
        out.extend(states.iter().map(|state| (*node, *state)));
    }
    let of = builder.rels.get(observed.rel);
    for (col, column) in of.cols.iter().enumerate() {
        let Some(node) = graph.nodes.get(&Node::Col(observed.rel, col)) else { continue };
        let merges = matches!(column.role, crate::types::typed::Role::Cell(_));
        out.extend(states.iter().map(|state| (*node, *state)));
        // Of a value that does not merge, growing is being replaced.
        if !merges && !states.is_empty() && observed.goal == Goal::Final {
            out.push((*node, PLUS));
        }
    }
    out
}

/// Finds all points.
pub(crate) fn points(builder: &Builder<'_>, observed: &[Observed]) -> Vec<Found> {
    let graph = &builder.graph;
    let sources: Vec<Rel> =
        (0..builder.rels.len()).filter(|rel| builder.growth.source[*rel]).collect();
    let nodes: Vec<Node> = sources.iter().map(|rel| Node::Rows(*rel)).collect();
    let reach = graph.reach(&nodes, &|_, _| false);
    let shown = {
        let rels: Vec<Rel> = observed.iter().map(|o| o.rel).collect();
        Shown::of(builder.rels, builder.clauses, &rels)
    };
    let paths = Paths::of(builder.rels, builder.clauses, builder.growth);
    let wrong: Vec<Vec<(usize, usize)>> = observed.iter().map(|o| bad(builder, o)).collect();
    let mut out = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let hit: BTreeSet<(usize, usize)> = wrong
            .iter()
            .flatten()
            .filter(|(node, state)| reach.has(*node, *state, at))
            .copied()
            .collect();
        if hit.is_empty() {
            continue;
        }
        let (wrong, shown, paths, source) = (&wrong, &shown, &paths, *source);
        let search = Search { builder, observed, wrong, shown, paths, source };
        search.points(&hit, &mut out);
    }
    let met = held::Met { builder, sources: &sources, reach: &reach };
    let needed: Vec<bool> = out.iter().map(|point| !met.is_held(point, &out)).collect();
    let mut needed = needed.into_iter();
    out.retain(|_| needed.next().unwrap_or(true));
    merged(out)
}

struct Search<'s> {
    builder: &'s Builder<'s>,
    observed: &'s [Observed],
    wrong: &'s [Vec<(usize, usize)>],
    shown: &'s Shown,
    paths: &'s Paths<'s>,
    source: Rel,
}

impl Search<'_> {
    fn points(&self, hit: &BTreeSet<(usize, usize)>, out: &mut Vec<Found>) {
        let graph = &self.builder.graph;
        let node = graph.nodes[&Node::Rows(self.source)];
        let line = lineage(self.builder.rels, self.paths, self.source);
        let Some(spots) = cut(graph, node, hit) else {
            out.push(self.at_output(hit));
            return;
        };
        let (spots, mut behind) = self.needed(spots);
        // What two places hold back together waits at both.
        let hit = |at: &usize| self.wrong[*at].iter().any(|bad| hit.contains(bad));
        for at in (0..self.observed.len()).filter(hit) {
            if !behind.iter().any(|outputs| outputs.contains(&at)) {
                for outputs in &mut behind {
                    outputs.insert(at);
                }
            }
        }
        for (spot, outputs) in spots.iter().zip(behind) {
            out.extend(self.point(*spot, &line, outputs));
        }
    }

    /// The places without those that the others make needless, since one place may
    /// stand for several edges; and what each of them alone holds back.
    fn needed(&self, mut spots: Vec<usize>) -> (Vec<usize>, Vec<BTreeSet<usize>>) {
        let behind = self.behind(&spots);
        if behind.iter().all(|outputs| !outputs.is_empty()) {
            return (spots, behind);
        }
        // A place that the others do not make needless is needed beside fewer too.
        for at in (0..spots.len()).rev().filter(|at| behind[*at].is_empty()) {
            let less: Vec<usize> = spots.iter().copied().filter(|s| *s != spots[at]).collect();
            if !less.is_empty() && self.open(&less).is_empty() {
                spots = less;
            }
        }
        let behind = self.behind(&spots);
        (spots, behind)
    }

    /// For each place what still breaks its promise while all the others wait: all
    /// of them in one pass over the graph.
    fn behind(&self, spots: &[usize]) -> Vec<BTreeSet<usize>> {
        let graph = &self.builder.graph;
        let mut place = vec![None; graph.spots.len()];
        spots.iter().enumerate().for_each(|(at, spot)| place[*spot] = Some(at));
        let sources = vec![Node::Rows(self.source); spots.len()];
        let closed = |spot: usize, at: usize| place[spot].is_some_and(|own| own != at);
        let reach = graph.reach(&sources, &closed);
        (0..spots.len()).map(|at| self.outputs(&reach, at)).collect()
    }

    /// What still breaks its promise while all these places wait.
    fn open(&self, spots: &[usize]) -> BTreeSet<usize> {
        let closed = |spot, _| spots.contains(&spot);
        let reach = self.builder.graph.reach(&[Node::Rows(self.source)], &closed);
        self.outputs(&reach, 0)
    }

    fn outputs(&self, reach: &Reach, run: usize) -> BTreeSet<usize> {
        let is = |at: &usize| self.wrong[*at].iter().any(|(n, s)| reach.has(*n, *s, run));
        (0..self.observed.len()).filter(is).collect()
    }

    /// Something that no place between can hold back is held back where it is shown.
    fn at_output(&self, hit: &BTreeSet<(usize, usize)>) -> Found {
        let is = |at: &usize| self.wrong[*at].iter().any(|bad| hit.contains(bad));
        Found {
            source: self.source,
            spot: None,
            kind: Kind::Seal,
            code: Code::NoKeySurvives,
            key: Vec::new(),
            gate: Vec::new(),
            outputs: (0..self.observed.len()).filter(is).collect(),
            path: Vec::new(),
        }
    }

    /// One place as a point; as several where what it holds back is shown by
    /// different columns, so that nobody waits for more because of another.
    fn point(&self, at: usize, line: &Lineage, outputs: BTreeSet<usize>) -> Vec<Found> {
        let builder = self.builder;
        let spot = &builder.graph.spots[at];
        let clause = &builder.clauses[spot.clause];
        let mut kind = spot.kind;
        let mut code = spot.place.code;
        // An event cannot wait for the end of its own stream.
        if kind == Kind::Seal
            && clause.on_event(builder.rels)
            && !self.own_events(clause).is_empty()
        {
            kind = Kind::Order;
            code = Code::OverwriteInArrivalOrder;
        }
        let mut parts: Vec<(Key, BTreeSet<usize>)> = Vec::new();
        let all = self.key(at, line, kind, &self.shown.known(builder.rels, clause));
        let most = self.key(at, line, kind, &(0..clause.vars).collect());
        if all.cols == most.cols || outputs.is_empty() {
            parts.push((all, outputs));
        } else {
            for output in outputs {
                let rel = [self.observed[output].rel];
                let shown = Shown::of(builder.rels, builder.clauses, &rel);
                let key = self.key(at, line, kind, &shown.known(builder.rels, clause));
                match parts.iter_mut().find(|(other, _)| other.cols == key.cols) {
                    Some((_, outputs)) => drop(outputs.insert(output)),
                    None => parts.push((key, [output].into())),
                }
            }
        }
        let found = |(key, outputs): (Key, BTreeSet<usize>)| Found {
            source: self.source,
            spot: Some(at),
            kind,
            code: if key.beside { Code::SealOutsideGate } else { code },
            path: self.path(at, &outputs),
            key: key.cols,
            gate: key.gate,
            outputs,
        };
        parts.into_iter().map(found).collect()
    }

    /// By which columns the input is closed or ordered for a place, where these
    /// variables are shown.
    fn key(&self, at: usize, line: &Lineage, kind: Kind, known: &BTreeSet<usize>) -> Key {
        let builder = self.builder;
        let spot = &builder.graph.spots[at];
        let clause = &builder.clauses[spot.clause];
        let group =
            spot.place.mild && spot.place.operator != "else" && spot.place.operator != "reveal";
        let bound = self.bound(clause).filter(|_| kind == Kind::Seal);
        let classes = clause.classes();
        let grouped: BTreeSet<usize> = clause.group.iter().map(|v| classes[v.index()]).collect();
        let seen = |var: usize| {
            if bound.as_ref().is_some_and(|b| var < clause.vars && !b.contains(&var)) {
                return false;
            }
            group
                || kind != Kind::Seal
                || var >= clause.vars
                || known.contains(&var)
                || grouped.contains(&var)
        };
        if kind == Kind::Persist {
            return Key { cols: Vec::new(), gate: Vec::new(), beside: false };
        }
        if kind != Kind::Seal {
            return line.key(builder.rels, &self.of_both(spot), &seen, false);
        }
        let key = line.key(builder.rels, &spot.place.gate, &seen, true);
        if !group || key.beside || key.cols != key.gate {
            return key;
        }
        let gate = narrowed(&spot.place.gate, &tied(builder, spot.clause));
        let less = line.key(builder.rels, &gate, &seen, true);
        if less.cols.is_empty() { key } else { less }
    }

    /// The variables that an event knows when it has to wait, where one sets the
    /// rule off.
    fn bound(&self, clause: &Clause) -> Option<BTreeSet<usize>> {
        let (rels, growth) = (self.builder.rels, self.builder.growth);
        if clause.events(rels).is_empty() {
            return None;
        }
        let classes = clause.classes();
        let mut known = BTreeSet::new();
        for lit in &clause.lits {
            let LitKind::Atom(atom) = &lit.kind else { continue };
            let rel = rels.number(clause.role, atom.rel);
            if rels.get(rel).event || !growth.grows[rel] {
                let pats = atom.args.iter();
                pats.for_each(|pat| {
                    pat_vars(pat, &mut |v| {
                        known.insert(classes[v.index()]);
                    });
                });
            }
        }
        determined(rels, growth, clause, &mut known);
        Some(known)
    }

    /// What is known at a place of order. Where an event meets what others of its own
    /// stream have left, the same columns must say so on both sides.
    fn of_both(&self, spot: &Spot) -> Gate {
        let rels = self.builder.rels;
        let clause = &self.builder.clauses[spot.clause];
        let classes = clause.classes();
        let mut gate = spot.place.gate.clone();
        for atom in self.own_events(clause) {
            let rel = rels.number(clause.role, atom.rel);
            gate.push((rel, standing(atom, &classes, &classes)));
        }
        gate
    }

    /// The events of this very input that set a rule off.
    fn own_events<'c>(&self, clause: &'c Clause) -> Vec<&'c Atom> {
        let builder = self.builder;
        let mut events = clause.events(builder.rels);
        events.retain(|atom| {
            let rel = builder.rels.number(clause.role, atom.rel);
            rel == self.source
                || origin::source(builder.rels, builder.clauses, clause.role, atom.rel)
                    == Some(self.source)
        });
        events
    }

    /// A shortest way from the input over the place to what is shown: edges, each
    /// with the state behind it.
    fn path(&self, spot: usize, outputs: &BTreeSet<usize>) -> Vec<(usize, usize)> {
        let graph = &self.builder.graph;
        let ends: BTreeSet<(usize, usize)> =
            outputs.iter().flat_map(|o| self.wrong[*o].iter().copied()).collect();
        let start = (graph.nodes[&Node::Rows(self.source)], PLUS, false);
        let mut came: Came = BTreeMap::from([(start, None)]);
        let mut work = VecDeque::from([start]);
        while let Some(here) = work.pop_front() {
            if here.2 && ends.contains(&(here.0, here.1)) {
                return way(&came, here);
            }
            for next in steps(graph, here, spot) {
                if let Entry::Vacant(slot) = came.entry(next.0) {
                    slot.insert(Some((here, next.1)));
                    work.push_back(next.0);
                }
            }
        }
        Vec::new()
    }
}

/// The variables of a group by which what is counted is looked up later on: one
/// who asks waits for what is asked about, and for nothing else.
fn tied(builder: &Builder<'_>, at: usize) -> BTreeSet<usize> {
    let clause = &builder.clauses[at];
    let classes = clause.classes();
    let mut cols: BTreeSet<usize> = (0..clause.args.len()).collect();
    for reader in builder.clauses.readers(clause.head).iter().map(|at| &builder.clauses[*at]) {
        for (i, lit) in reader.lits.iter().enumerate() {
            let LitKind::Atom(atom) = &lit.kind else { continue };
            if builder.rels.number(reader.role, atom.rel) != clause.head {
                continue;
            }
            let mut others = BTreeSet::new();
            for (j, lit) in reader.lits.iter().enumerate() {
                if let (true, LitKind::Atom(other)) = (i != j, &lit.kind) {
                    other.args.iter().for_each(|p| {
                        pat_vars(p, &mut |v| {
                            others.insert(v.index());
                        });
                    });
                }
            }
            let shared = |col: &usize| match atom.args.get(*col).map(|p| &p.kind) {
                Some(PatKind::Var(v)) => others.contains(&v.index()),
                _ => false,
            };
            if (0..atom.args.len()).any(|col| shared(&col)) {
                cols.retain(shared);
            }
        }
    }
    let mut out = BTreeSet::new();
    for col in cols {
        let mut vars = Vec::new();
        if let Some(arg) = clause.args.get(col) {
            told(arg, &mut vars);
        }
        out.extend(vars.iter().map(|v| classes[v.index()]));
    }
    out
}

fn narrowed(gate: &Gate, vars: &BTreeSet<usize>) -> Gate {
    let keep = |cols: &Vec<(usize, usize)>| {
        cols.iter().filter(|(var, _)| vars.contains(var)).copied().collect()
    };
    gate.iter().map(|(rel, cols)| (*rel, keep(cols))).collect()
}

/// A node, a state, and whether the place was passed.
type Place = (usize, usize, bool);

/// How each was reached: from where, by which edge.
type Came = BTreeMap<Place, Option<(Place, usize)>>;

fn steps(graph: &Graph, (node, state, passed): Place, spot: usize) -> Vec<(Place, usize)> {
    let mut out = Vec::new();
    for at in &graph.out[node] {
        let edge = &graph.edges[*at];
        for next in edge.turn.of(state).0 {
            out.push(((edge.to, *next, passed || edge.spot == Some(spot)), *at));
        }
    }
    out
}

fn way(came: &Came, end: Place) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut here = end;
    while let Some(Some((before, edge))) = came.get(&here) {
        out.push((*edge, here.1));
        here = *before;
    }
    out.reverse();
    out
}

/// Points that one act of waiting settles are one point: a seal of the same
/// part of the same input, one order of the events of one input.
fn merged(found: Vec<Found>) -> Vec<Found> {
    let mut out: Vec<Found> = Vec::new();
    for point in found {
        let same = |other: &&mut Found| {
            other.source == point.source
                && other.kind == point.kind
                && match point.kind {
                    Kind::Seal => other.key == point.key,
                    Kind::Persist => other.code == point.code,
                    _ => true,
                }
        };
        match out.iter_mut().find(same) {
            Some(other) => {
                // Events that are ordered in two ways share what both have.
                other.key.retain(|col| point.key.contains(col));
                other.gate.retain(|col| point.gate.contains(col));
                other.outputs.extend(point.outputs);
            }
            None => out.push(point),
        }
    }
    out
}

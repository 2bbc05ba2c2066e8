//! The fewest places at which to wait: a minimum cut between an input and what
//! must not hang on it, found by blocking flows (Dinic). Of several cuts it is the one nearest to what is shown. What places mean is not known here.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::graph::Graph;
use super::graph::HARD;
use super::graph::HISTORY;
use super::graph::PLUS;

/// What a place costs that turns something, and one that does not by itself.
const PLAIN: u32 = 1000;
const MILD: u32 = 1001;
const NEVER: u32 = u32::MAX;

struct Arc {
    to: usize,
    left: u32,
    spot: Option<usize>,
}

struct Net {
    arcs: Vec<Arc>,
    out: Vec<Vec<usize>>,
}

impl Net {
    fn add(&mut self, from: usize, to: usize, left: u32, spot: Option<usize>) {
        self.out[from].push(self.arcs.len());
        self.arcs.push(Arc { to, left, spot });
        self.out[to].push(self.arcs.len());
        self.arcs.push(Arc { to: from, left: 0, spot: None });
    }

    fn grow(&mut self) -> usize {
        self.out.push(Vec::new());
        self.out.len() - 1
    }

    /// How far each node is from the source, over arcs that have something left;
    /// `None` when the sink cannot be reached.
    fn levels(&self, source: usize, sink: usize) -> Option<Vec<u32>> {
        let mut levels = vec![u32::MAX; self.out.len()];
        levels[source] = 0;
        let mut work = VecDeque::from([source]);
        while let Some(node) = work.pop_front() {
            for &arc in &self.out[node] {
                let to = self.arcs[arc].to;
                if self.arcs[arc].left > 0 && levels[to] == u32::MAX {
                    levels[to] = levels[node] + 1;
                    work.push_back(to);
                }
            }
        }
        (levels[sink] != u32::MAX).then_some(levels)
    }

    /// A path along the levels on from what `next` has not tried yet.
    fn path(
        &self,
        source: usize,
        sink: usize,
        levels: &[u32],
        next: &mut [usize],
    ) -> Option<Vec<usize>> {
        let mut path: Vec<usize> = Vec::new();
        let mut node = source;
        while node != sink {
            let fits = |arc: &usize| {
                self.arcs[*arc].left > 0 && levels[self.arcs[*arc].to] == levels[node] + 1
            };
            let untried = &self.out[node][next[node]..];
            match untried.iter().position(fits) {
                Some(skipped) => {
                    next[node] += skipped;
                    path.push(untried[skipped]);
                    node = self.arcs[untried[skipped]].to;
                }
                None => {
                    next[node] = self.out[node].len();
                    node = self.arcs[path.pop()? ^ 1].to;
                    next[node] += 1;
                }
            }
        }
        Some(path)
    }

    /// Takes all flow that there is; false when a path has no place to cut it.
    fn fill(&mut self, source: usize, sink: usize) -> bool {
        while let Some(levels) = self.levels(source, sink) {
            let mut next = vec![0; self.out.len()];
            while let Some(path) = self.path(source, sink, &levels, &mut next) {
                let least = path.iter().map(|arc| self.arcs[*arc].left).min().unwrap_or(NEVER);
                if least == NEVER {
                    return false;
                }
                for arc in path {
                    if self.arcs[arc].left != NEVER {
                        self.arcs[arc].left -= least;
                    }
                    let back = &mut self.arcs[arc ^ 1].left;
                    *back = back.saturating_add(least);
                }
            }
        }
        true
    }

    /// The nodes from which the sink can still be reached.
    fn behind(&self, sink: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([sink]);
        let mut work = vec![sink];
        while let Some(node) = work.pop() {
            for &arc in &self.out[node] {
                let from = self.arcs[arc].to;
                if self.arcs[arc ^ 1].left > 0 && found.insert(from) {
                    work.push(from);
                }
            }
        }
        found
    }
}

/// The part of the graph that an input reaches, as a net.
struct Drawing<'g> {
    graph: &'g Graph,
    bad: &'g BTreeSet<(usize, usize)>,
    net: Net,
    sink: usize,
    known: FxHashMap<(usize, usize), usize>,
    gates: FxHashMap<usize, usize>,
    work: VecDeque<(usize, usize)>,
}

impl Drawing<'_> {
    /// Adds what leaves a node in a state along an edge.
    fn edge(&mut self, here: usize, state: usize, at: usize) {
        let edge = &self.graph.edges[at];
        let (states, own) = edge.turn.of(state);
        let spot = edge.spot.filter(|_| own);
        let to = edge.to;
        // Both signs that come in are held back by one act of waiting.
        let shared = states.len() > 1 || matches!(states, [HARD | HISTORY]);
        let from = match spot {
            Some(spot) if shared => {
                let gate = self.gate(at, spot);
                self.net.add(here, gate, NEVER, None);
                gate + 1
            }
            _ => here,
        };
        for &next in states {
            let there = self.place(to, next);
            match spot {
                Some(spot) if !shared => {
                    self.net.add(from, there, cost(self.graph, spot), Some(spot));
                }
                _ => self.net.add(from, there, NEVER, None),
            }
        }
    }

    fn gate(&mut self, at: usize, spot: usize) -> usize {
        if let Some(gate) = self.gates.get(&at) {
            return *gate;
        }
        let (a, b) = (self.net.grow(), self.net.grow());
        self.net.add(a, b, cost(self.graph, spot), Some(spot));
        self.gates.insert(at, a);
        a
    }

    fn place(&mut self, node: usize, state: usize) -> usize {
        if let Some(there) = self.known.get(&(node, state)) {
            return *there;
        }
        let there = self.net.grow();
        self.known.insert((node, state), there);
        if self.bad.contains(&(node, state)) {
            self.net.add(there, self.sink, NEVER, None);
        }
        self.work.push_back((node, state));
        there
    }
}

/// The spots to close so that no bad state is reached from the input; `None`
/// where there is a way without any.
pub(crate) fn cut(
    graph: &Graph,
    source: usize,
    bad: &BTreeSet<(usize, usize)>,
) -> Option<Vec<usize>> {
    let mut net = Net { arcs: Vec::new(), out: Vec::new() };
    let sink = net.grow();
    let (known, gates, work) = (FxHashMap::default(), FxHashMap::default(), VecDeque::new());
    let mut drawing = Drawing { graph, bad, net, sink, known, gates, work };
    let start = drawing.place(source, PLUS);
    while let Some((node, state)) = drawing.work.pop_front() {
        let here = drawing.known[&(node, state)];
        for &at in &graph.out[node] {
            drawing.edge(here, state, at);
        }
    }
    let mut net = drawing.net;
    if !net.fill(start, sink) {
        return None;
    }
    let behind = net.behind(sink);
    let mut found = BTreeSet::new();
    for (at, arc) in net.arcs.iter().enumerate() {
        let from = net.arcs[at ^ 1].to;
        if let Some(spot) = arc.spot
            && behind.contains(&arc.to)
            && !behind.contains(&from)
        {
            found.insert(spot);
        }
    }
    Some(found.into_iter().collect())
}

fn cost(graph: &Graph, spot: usize) -> u32 {
    if graph.spots[spot].place.mild { MILD } else { PLAIN }
}

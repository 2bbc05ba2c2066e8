//! The fewest places at which to wait: a minimum cut between an input and what
//! must not hang on it, found by augmenting paths (Edmonds and Karp). Of several
//! cuts it is the one nearest to what is shown. What places mean is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use super::graph::Graph;
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

    /// One more path: `None` when there is no more, `Some(false)` when it has no
    /// place to cut it.
    fn augment(&mut self, source: usize, sink: usize) -> Option<bool> {
        let mut came: Vec<Option<usize>> = vec![None; self.out.len()];
        let mut work = VecDeque::from([source]);
        while let Some(node) = work.pop_front() {
            for &arc in &self.out[node] {
                let to = self.arcs[arc].to;
                if self.arcs[arc].left > 0 && came[to].is_none() && to != source {
                    came[to] = Some(arc);
                    if to == sink {
                        return Some(self.push(&came, sink, source) != NEVER);
                    }
                    work.push_back(to);
                }
            }
        }
        None
    }

    fn push(&mut self, came: &[Option<usize>], sink: usize, source: usize) -> u32 {
        let mut least = NEVER;
        let mut path = Vec::new();
        let mut node = sink;
        while node != source {
            let Some(arc) = came[node] else { return NEVER };
            least = least.min(self.arcs[arc].left);
            path.push(arc);
            node = self.arcs[arc ^ 1].to;
        }
        for arc in path {
            if self.arcs[arc].left != NEVER {
                self.arcs[arc].left -= least;
            }
            let back = &mut self.arcs[arc ^ 1].left;
            *back = back.saturating_add(least);
        }
        least
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

/// The spots to close so that no bad state is reached from the input; `None`
/// where there is a way without any.
pub(crate) fn cut(
    graph: &Graph,
    source: usize,
    bad: &BTreeSet<(usize, usize)>,
) -> Option<Vec<usize>> {
    let mut net = Net { arcs: Vec::new(), out: Vec::new() };
    let sink = net.grow();
    let start = net.grow();
    let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::from([((source, PLUS), start)]);
    let mut gates: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut work = VecDeque::from([(source, PLUS)]);
    if bad.contains(&(source, PLUS)) {
        net.add(start, sink, NEVER, None);
    }
    while let Some((node, state)) = work.pop_front() {
        let here = known[&(node, state)];
        for &at in &graph.out[node] {
            let edge = &graph.edges[at];
            let (states, own) = edge.turn.of(state);
            let spot = edge.spot.filter(|_| own);
            let to = graph.nodes[&edge.to];
            let shared =
                states.len() > 1 || matches!(states, [super::graph::HARD | super::graph::HISTORY]);
            let from = match spot {
                Some(spot) if shared => {
                    let key = (at, 0);
                    let gate = match gates.get(&key) {
                        Some(gate) => *gate,
                        None => {
                            let (a, b) = (net.grow(), net.grow());
                            net.add(a, b, cost(graph, spot), Some(spot));
                            gates.insert(key, a);
                            a
                        }
                    };
                    net.add(here, gate, NEVER, None);
                    gate + 1
                }
                _ => here,
            };
            for &next in states {
                let new = !known.contains_key(&(to, next));
                let there = *known.entry((to, next)).or_insert_with(|| net.grow());
                match spot {
                    Some(spot) if !shared => net.add(from, there, cost(graph, spot), Some(spot)),
                    _ => net.add(from, there, NEVER, None),
                }
                if new {
                    if bad.contains(&(to, next)) {
                        net.add(there, sink, NEVER, None);
                    }
                    work.push_back((to, next));
                }
            }
        }
    }
    while let Some(cuttable) = net.augment(start, sink) {
        if !cuttable {
            return None;
        }
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

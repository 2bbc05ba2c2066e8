//! The simpler cases as loops written by hand: what a programmer who knows the one question would
//! write. They are a floor to look down at, not an opponent, and they share nothing with the
//! engines but the loader.

use std::collections::HashMap;
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use rustc_hash::FxBuildHasher;

use crate::Size;
use crate::load;

type PairSet = HashSet<u64, FxBuildHasher>;

/// Runs the loop of a case over a folder of CSV files.
pub fn run(case: &str, folder: &Path) -> Result<Vec<Size>, String> {
    let size = match crate::cases::find(case).map_or(case, |case| case.program) {
        "tc" => ("tc", closure(&load::rows(folder, "arc")?)),
        "reach" => ("reach", reach(&load::rows(folder, "arc")?, &load::rows(folder, "source")?)),
        "sg" => ("sg", same_generation(&load::rows(folder, "arc")?)),
        "cc" => ("cc", components(&load::rows(folder, "arc")?)),
        "sssp" => ("sssp", distances(&load::rows(folder, "arc")?, &load::rows(folder, "start")?)),
        "tri" => ("tri", triangles(load::rows(folder, "edge")?)),
        "clique" => ("clique", cliques(load::rows(folder, "edge")?)),
        "bowtie" => ("bowtie", bowties(load::rows(folder, "edge")?)),
        _ => return Err(format!("no loop written by hand for `{case}`")),
    };
    Ok(vec![size])
}

/// Arcs grouped by source in one flat vector, each with something carried along.
struct Adjacency<T> {
    /// Where the arcs of a node begin; one entry more than nodes.
    begin: Vec<u32>,
    arcs: Vec<T>,
}

impl<T: Copy + Default> Adjacency<T> {
    /// Counting sort by source: two passes, no comparison.
    fn new(nodes: usize, arcs: impl Iterator<Item = (u32, T)> + Clone) -> Self {
        let mut begin = vec![0u32; nodes + 1];
        let mut count = 0;
        for (from, _) in arcs.clone() {
            begin[from as usize + 1] += 1;
            count += 1;
        }
        for node in 0..nodes {
            begin[node + 1] += begin[node];
        }
        let mut free = begin.clone();
        let mut sorted = vec![T::default(); count];
        for (from, arc) in arcs {
            let slot = &mut free[from as usize];
            sorted[*slot as usize] = arc;
            *slot += 1;
        }
        Adjacency { begin, arcs: sorted }
    }

    fn range(&self, node: u32) -> Range<usize> {
        self.begin[node as usize] as usize..self.begin[node as usize + 1] as usize
    }

    fn of(&self, node: u32) -> &[T] {
        &self.arcs[self.range(node)]
    }

    fn nodes(&self) -> Range<u32> {
        0..(self.begin.len() - 1) as u32
    }
}

/// One more than the largest node of the first two columns.
fn node_count<const N: usize>(arcs: &[[u32; N]]) -> usize {
    arcs.iter().map(|arc| arc[0].max(arc[1]) as usize + 1).max().unwrap_or(0)
}

fn targets(arcs: &[[u32; 2]]) -> Adjacency<u32> {
    Adjacency::new(node_count(arcs), arcs.iter().map(|&[from, to]| (from, to)))
}

fn pack(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

fn unpack(pair: u64) -> (u32, u32) {
    ((pair >> 32) as u32, pair as u32)
}

/// Semi-naive over packed pairs: `extend` derives from one new pair, the set keeps what is new.
fn fixpoint(seeds: impl Iterator<Item = u64>, extend: impl Fn(u64, &mut dyn FnMut(u64))) -> usize {
    let mut all = PairSet::default();
    let mut fresh: Vec<u64> = seeds.filter(|pair| all.insert(*pair)).collect();
    while !fresh.is_empty() {
        let mut next = Vec::new();
        for pair in fresh {
            extend(pair, &mut |derived| {
                if all.insert(derived) {
                    next.push(derived);
                }
            });
        }
        fresh = next;
    }
    all.len()
}

fn closure(arcs: &[[u32; 2]]) -> usize {
    let graph = targets(arcs);
    fixpoint(arcs.iter().map(|&[x, y]| pack(x, y)), |pair, derive| {
        let (x, z) = unpack(pair);
        for &y in graph.of(z) {
            derive(pack(x, y));
        }
    })
}

fn same_generation(arcs: &[[u32; 2]]) -> usize {
    let graph = targets(arcs);
    let siblings = graph.nodes().flat_map(|parent| {
        let children = graph.of(parent);
        children
            .iter()
            .flat_map(move |&x| children.iter().filter(move |y| **y != x).map(move |&y| pack(x, y)))
    });
    fixpoint(siblings, |pair, derive| {
        let (a, b) = unpack(pair);
        for &x in graph.of(a) {
            for &y in graph.of(b) {
                derive(pack(x, y));
            }
        }
    })
}

/// With hash tables on purpose: ids need not be dense for Datalog, so they are not used as such.
fn reach(arcs: &[[u32; 2]], sources: &[[u32; 1]]) -> usize {
    let mut graph: HashMap<u32, Vec<u32>, FxBuildHasher> = HashMap::default();
    for &[from, to] in arcs {
        graph.entry(from).or_default().push(to);
    }
    let mut seen: HashSet<u32, FxBuildHasher> = HashSet::default();
    let mut queue: Vec<u32> =
        sources.iter().map(|[node]| *node).filter(|node| seen.insert(*node)).collect();
    while let Some(node) = queue.pop() {
        for &next in graph.get(&node).map_or(&[][..], Vec::as_slice) {
            if seen.insert(next) {
                queue.push(next);
            }
        }
    }
    seen.len()
}

/// Nodes whose value improved in this round, each once.
struct Frontier {
    nodes: Vec<u32>,
    listed: Vec<bool>,
}

impl Frontier {
    fn new(count: usize) -> Self {
        Frontier { nodes: Vec::new(), listed: vec![false; count] }
    }

    fn push(&mut self, node: u32) {
        if !std::mem::replace(&mut self.listed[node as usize], true) {
            self.nodes.push(node);
        }
    }

    fn take(&mut self) -> Vec<u32> {
        let nodes = std::mem::take(&mut self.nodes);
        for &node in &nodes {
            self.listed[node as usize] = false;
        }
        nodes
    }
}

fn components(arcs: &[[u32; 2]]) -> usize {
    let graph = targets(arcs);
    let mut label: Vec<u32> = graph.nodes().collect();
    let mut frontier = Frontier::new(label.len());
    graph.nodes().for_each(|node| frontier.push(node));
    while !frontier.nodes.is_empty() {
        for node in frontier.take() {
            let lower = label[node as usize];
            for &next in graph.of(node) {
                if lower < label[next as usize] {
                    label[next as usize] = lower;
                    frontier.push(next);
                }
            }
        }
    }
    graph.nodes().filter(|node| !graph.of(*node).is_empty()).count()
}

fn distances(arcs: &[[u32; 3]], starts: &[[u32; 1]]) -> usize {
    let largest_start = starts.iter().map(|[node]| *node as usize + 1).max().unwrap_or(0);
    let nodes = node_count(arcs).max(largest_start);
    let graph = Adjacency::new(nodes, arcs.iter().map(|&[from, to, weight]| (from, (to, weight))));
    let mut distance = vec![u32::MAX; nodes];
    let mut frontier = Frontier::new(nodes);
    for &[start] in starts {
        distance[start as usize] = 0;
        frontier.push(start);
    }
    while !frontier.nodes.is_empty() {
        for node in frontier.take() {
            let here = distance[node as usize];
            for &(next, weight) in graph.of(node) {
                let there = here.saturating_add(weight);
                if there < distance[next as usize] {
                    distance[next as usize] = there;
                    frontier.push(next);
                }
            }
        }
    }
    distance.iter().filter(|distance| **distance != u32::MAX).count()
}

/// Calls `each` with what two ascending lists have in common.
fn common(left: &[u32], right: &[u32], mut each: impl FnMut(u32)) {
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let (x, y) = (left[i], right[j]);
        if x == y {
            each(x);
        }
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
}

/// Intersects sorted neighbour lists.
fn triangles(mut edges: Vec<[u32; 2]>) -> usize {
    edges.sort_unstable();
    let graph = targets(&edges);
    let mut count = 0;
    for &[a, b] in &edges {
        common(graph.of(a), graph.of(b), |_| count += 1);
    }
    count
}

/// Triangles again, and for each the neighbours of its last node among the first two's.
fn cliques(mut edges: Vec<[u32; 2]>) -> usize {
    edges.sort_unstable();
    let graph = targets(&edges);
    let mut count = 0;
    let mut both = Vec::new();
    for &[a, b] in &edges {
        both.clear();
        common(graph.of(a), graph.of(b), |c| both.push(c));
        for &c in &both {
            common(&both, graph.of(c), |_| count += 1);
        }
    }
    count
}

/// The triangles of each first node, then every pair of them.
fn bowties(mut edges: Vec<[u32; 2]>) -> usize {
    edges.sort_unstable();
    let graph = targets(&edges);
    let mut count = 0;
    let mut triangles = Vec::new();
    for a in graph.nodes() {
        triangles.clear();
        for &b in graph.of(a) {
            common(graph.of(a), graph.of(b), |_| triangles.push(b));
        }
        for b in &triangles {
            count += triangles.iter().filter(|d| b < *d).count();
        }
    }
    count
}

//! Proofs of verdicts: what each observable is to each input, and what all that
//! lies between is to it, so that somebody else can check rule by rule that one
//! follows from the other. Nothing is decided here.

use std::collections::BTreeSet;

use crate::calm::model::Point;
use crate::calm::model::Variance;
use crate::calm::proof::Claim;
use crate::calm::proof::Dependence;
use crate::calm::proof::Proof;

use super::edges::Builder;
use super::graph::HARD;
use super::graph::HISTORY;
use super::graph::MINUS;
use super::graph::PLUS;
use super::graph::Reach;
use super::observe::Observed;
use super::system::Rel;
use super::value::Node;

/// Collections in the rows or columns of which something shows.
pub(crate) fn behind(builder: &Builder<'_>, from: Node) -> BTreeSet<Rel> {
    let graph = &builder.graph;
    let mut out = BTreeSet::new();
    let Some(start) = graph.nodes.get(&from) else { return out };
    let mut seen = vec![false; graph.names.len()];
    let mut work = vec![*start];
    seen[*start] = true;
    while let Some(node) = work.pop() {
        if let Node::Rows(rel) | Node::Col(rel, _) = graph.names[node] {
            out.insert(rel);
        }
        for edge in &graph.out[node] {
            let to = graph.nodes[&graph.edges[*edge].to];
            if !std::mem::replace(&mut seen[to], true) {
                work.push(to);
            }
        }
    }
    out
}

/// The nodes from which an observable can be reached.
fn before(builder: &Builder<'_>, rel: Rel) -> BTreeSet<usize> {
    let graph = &builder.graph;
    let mut into: Vec<Vec<usize>> = vec![Vec::new(); graph.names.len()];
    for (from, edges) in graph.out.iter().enumerate() {
        for edge in edges {
            into[graph.nodes[&graph.edges[*edge].to]].push(from);
        }
    }
    let mut found: BTreeSet<usize> = graph
        .names
        .iter()
        .enumerate()
        .filter(|(_, node)| matches!(node, Node::Rows(r) | Node::Col(r, _) if *r == rel))
        .map(|(at, _)| at)
        .collect();
    let mut work: Vec<usize> = found.iter().copied().collect();
    while let Some(node) = work.pop() {
        for from in &into[node] {
            if found.insert(*from) {
                work.push(*from);
            }
        }
    }
    found
}

fn at(reach: &Reach, node: usize) -> Variance {
    let mut out = Variance::Zero;
    for (state, variance) in [
        (PLUS, Variance::Plus),
        (MINUS, Variance::Minus),
        (HISTORY, Variance::Any),
        (HARD, Variance::Any),
    ] {
        if reach.has(node, state, 0) {
            out = out.join(variance);
        }
    }
    out
}

/// The proof of a verdict.
pub(crate) fn proof(builder: &Builder<'_>, observed: &Observed, points: &[&Point]) -> Proof {
    let graph = &builder.graph;
    let rels = builder.rels;
    let before = before(builder, observed.rel);
    let mut inputs = Vec::new();
    for source in (0..rels.len()).filter(|rel| builder.growth.source[*rel]) {
        let Some(node) = graph.nodes.get(&Node::Rows(source)) else { continue };
        if !before.contains(node) {
            continue;
        }
        let reach = graph.reach(&[Node::Rows(source)], &|_, _| false);
        let mut between = Vec::new();
        let mut whole = Variance::Zero;
        for node in &before {
            let (rel, column) = match graph.names[*node] {
                Node::Rows(rel) => (rel, None),
                Node::Col(rel, col) => (rel, Some(col)),
                Node::Matches(_) => continue,
            };
            let variance = at(&reach, *node);
            if variance == Variance::Zero {
                continue;
            }
            if rel == observed.rel {
                whole = whole.join(variance);
            }
            let (role_at, name) = (rels.role(rel), rels.name(rel));
            between.push(Claim { role_at, rel: rels.id(rel), name, column, variance });
        }
        let input = rels.name(source);
        let covered = points.iter().any(|point| point.relation == input);
        between.sort();
        inputs.push(Dependence { input, variance: whole, covered, between });
    }
    inputs.sort_by(|a, b| a.input.cmp(&b.input));
    Proof { inputs }
}

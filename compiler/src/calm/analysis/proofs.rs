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
            let to = graph.edges[*edge].to;
            if !std::mem::replace(&mut seen[to], true) {
                work.push(to);
            }
        }
    }
    out
}

/// All that is known of the graph once for all proofs.
pub(crate) struct Prover<'b> {
    builder: &'b Builder<'b>,
    sources: Vec<Rel>,
    reach: Reach,
    /// By node: those with an edge to it.
    into: Vec<Vec<usize>>,
    /// Claims that proofs may still have.
    left: std::cell::Cell<usize>,
}

/// Claims in all proofs of a report; larger programs are told the ends alone.
const CLAIMS_MAX: usize = 20_000;

impl<'b> Prover<'b> {
    pub(crate) fn new(builder: &'b Builder<'b>) -> Prover<'b> {
        let graph = &builder.graph;
        let sources: Vec<Rel> =
            (0..builder.rels.len()).filter(|rel| builder.growth.source[*rel]).collect();
        let nodes: Vec<Node> = sources.iter().map(|rel| Node::Rows(*rel)).collect();
        let reach = graph.reach(&nodes, &|_, _| false);
        let mut into: Vec<Vec<usize>> = vec![Vec::new(); graph.names.len()];
        for (from, edges) in graph.out.iter().enumerate() {
            for edge in edges {
                into[graph.edges[*edge].to].push(from);
            }
        }
        Prover { builder, sources, reach, into, left: std::cell::Cell::new(CLAIMS_MAX) }
    }

    /// The nodes from which an observable can be reached.
    fn before(&self, own: &[usize]) -> Vec<bool> {
        let mut found = vec![false; self.into.len()];
        let mut work = own.to_vec();
        while let Some(node) = work.pop() {
            if !std::mem::replace(&mut found[node], true) {
                work.extend(self.into[node].iter().filter(|from| !found[**from]));
            }
        }
        found
    }

    /// Those with all that tells what becomes of their collections: which rows there
    /// are, where a value alone was read, and all values of rows that are replaced.
    fn around(&self, found: &[bool]) -> Vec<usize> {
        let graph = &self.builder.graph;
        let mut found = found.to_vec();
        loop {
            let mut more = Vec::new();
            for at in (0..found.len()).filter(|at| found[*at]) {
                let own = match graph.names[at] {
                    Node::Rows(rel) | Node::Col(rel, _) if self.builder.shifts.keeps(rel) => {
                        self.own(rel)
                    }
                    Node::Col(rel, _) => {
                        graph.nodes.get(&Node::Rows(rel)).copied().into_iter().collect()
                    }
                    _ => continue,
                };
                more.extend(own.into_iter().filter(|node| !found[*node]));
            }
            if more.is_empty() {
                return (0..found.len()).filter(|node| found[*node]).collect();
            }
            for (node, new) in self.before(&more).into_iter().enumerate() {
                found[node] |= new;
            }
        }
    }

    /// The nodes of a collection itself.
    fn own(&self, rel: Rel) -> Vec<usize> {
        let cols = (0..self.builder.rels.get(rel).cols.len()).map(|col| Node::Col(rel, col));
        let own = std::iter::once(Node::Rows(rel)).chain(cols);
        own.filter_map(|node| self.builder.graph.nodes.get(&node).copied()).collect()
    }

    fn at(&self, node: usize, source: usize) -> Variance {
        let states = [
            (PLUS, Variance::Plus),
            (MINUS, Variance::Minus),
            (HISTORY, Variance::Any),
            (HARD, Variance::Any),
        ];
        states
            .into_iter()
            .filter(|(state, _)| self.reach.has(node, *state, source))
            .fold(Variance::Zero, |out, (_, variance)| out.join(variance))
    }

    /// The proof of a verdict.
    pub(crate) fn proof(&self, observed: &Observed, points: &[&Point]) -> Proof {
        let (graph, rels) = (&self.builder.graph, self.builder.rels);
        let own = self.own(observed.rel);
        let before = self.before(&own);
        let all = self.around(&before);
        let mut inputs = Vec::new();
        for (at, source) in self.sources.iter().enumerate() {
            let Some(node) = graph.nodes.get(&Node::Rows(*source)) else { continue };
            if !before[*node] {
                continue;
            }
            let mut between = Vec::new();
            let mut whole = Variance::Zero;
            let told = self.left.get() >= all.len();
            for node in if told { &all } else { &own } {
                let (rel, column) = match graph.names[*node] {
                    Node::Rows(rel) => (rel, None),
                    Node::Col(rel, col) => (rel, Some(col)),
                    Node::Matches(_) | Node::Counted(_) => continue,
                };
                let variance = self.at(*node, at);
                if variance == Variance::Zero {
                    continue;
                }
                if rel == observed.rel {
                    whole = whole.join(variance);
                }
                let (role_at, name) = (rels.role(rel), rels.name(rel));
                between.push(Claim { role_at, rel: rels.id(rel), name, column, variance });
            }
            self.left.set(self.left.get().saturating_sub(between.len()));
            let input = rels.name(*source);
            let covered = points.iter().any(|point| point.relation == input);
            between.sort();
            inputs.push(Dependence { input, variance: whole, covered, between });
        }
        inputs.sort_by(|a, b| a.input.cmp(&b.input));
        Proof { inputs }
    }
}

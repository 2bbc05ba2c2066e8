//! Where the growing values of a rule come from. A collection that does not
//! hang on the head of the rule can be finished before the rule runs, so that
//! reading it finished costs nothing; one in the head's own circle cannot.
//! What a use of a value asks for is not known here.

use petgraph::algo::tarjan_scc;
use petgraph::graph::DiGraph;
use petgraph::graph::NodeIndex;

use crate::ids::RelId;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

use super::walk;

/// Which collections hang on each other.
pub(super) struct Circles(Vec<usize>);

impl Circles {
    /// The circles of all rules, whatever stands in them.
    pub(super) fn of(program: &Program) -> Circles {
        let mut graph: DiGraph<(), ()> = DiGraph::new();
        for _ in &program.rels {
            graph.add_node(());
        }
        let mut edges = Vec::new();
        for rule in &program.rules {
            walk::atoms(&rule.body.lits, &mut |atom, _| {
                edges.push((atom.rel.index(), rule.head.index()));
            });
        }
        edges.sort_unstable();
        edges.dedup();
        for (from, to) in edges.into_iter().filter(|(a, b)| (*a).max(*b) < program.rels.len()) {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
        }
        let mut number = vec![0; program.rels.len()];
        for (n, component) in tarjan_scc(&graph).into_iter().enumerate() {
            component.into_iter().for_each(|node| number[node.index()] = n);
        }
        Circles(number)
    }

    /// Whether two collections hang on each other.
    pub(super) fn together(&self, a: RelId, b: RelId) -> bool {
        a == b || self.0.get(a.index()) == self.0.get(b.index())
    }

    /// The variables of a rule, by number, that hold what merges in the circle
    /// of its head.
    pub(super) fn own(&self, program: &Program, rule: &Rule) -> Vec<bool> {
        flow(program, rule, &|rel| self.together(rel, rule.head))
    }
}

/// The variables of a rule, by number, that hold something of a merging column
/// of one of the collections, or what was made of it.
pub(super) fn flow(program: &Program, rule: &Rule, from: &dyn Fn(RelId) -> bool) -> Vec<bool> {
    let mut holds = vec![false; rule.vars.len()];
    walk::atoms(&rule.body.lits, &mut |atom, _| {
        let Some(rel) = program.rels.get(atom.rel.index()).filter(|_| from(atom.rel)) else {
            return;
        };
        for (col, arg) in rel.cols.iter().zip(&atom.args) {
            if matches!(col.role, Role::Cell(_)) || col.grows.is_some() {
                walk::binders(arg, &mut |v, _| holds[v.index()] = true);
            }
        }
    });
    while spread(&rule.body.lits, &mut holds) {}
    holds
}

fn spread(lits: &[Lit], holds: &mut [bool]) -> bool {
    let mut changed = false;
    for lit in lits {
        match &lit.kind {
            LitKind::Bind(p, e) | LitKind::In(p, e) => {
                let mut from = false;
                walk::reads(e, &mut |v, _| from = from || holds[v.index()]);
                if from {
                    walk::binders(p, &mut |v, _| {
                        changed = changed || !holds[v.index()];
                        holds[v.index()] = true;
                    });
                }
            }
            LitKind::Or(branches) => {
                for branch in branches {
                    changed = spread(branch, holds) || changed;
                }
            }
            _ => {}
        }
    }
    changed
}

//! Events that would have to be kept to meet what they meet, and need not be: other
//! points hold them back until all of it is there. Which points there are is not
//! decided here.

use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::types::typed::PatKind;

use super::edges::Builder;
use super::graph::Reach;
use super::graph::STATES;
use super::points::Found;
use super::system::Rel;
use super::value::Node;

/// Events that need not be kept to meet what they meet.
pub(crate) struct Met<'m> {
    pub(crate) builder: &'m Builder<'m>,
    pub(crate) sources: &'m [Rel],
    pub(crate) reach: &'m Reach,
}

impl Met<'_> {
    /// Whether an event that would have to be kept is held back by other points until
    /// all it meets is there; or has its place in one order, where it is once.
    pub(crate) fn is_held(&self, point: &Found, all: &[Found]) -> bool {
        let Some(spot) = point.spot.filter(|_| point.kind == Kind::Persist) else { return false };
        let covers = |other: &Found| point.outputs.is_subset(&other.outputs);
        let ordered = |other: &Found| {
            other.source == point.source && other.kind == Kind::Order && covers(other)
        };
        if point.code == Code::RepeatsChangeResult {
            return all.iter().any(ordered);
        }
        let Some(met) = self.builder.meets.get(&spot).filter(|met| !met.other) else {
            return false;
        };
        let graph = &self.builder.graph;
        let at = graph.spots[spot].clause;
        // One order of all is an order of whatever meets.
        let whole = |other: &Found| other.kind == Kind::Order && other.key.is_empty();
        let in_order = all.iter().any(|other| ordered(other) && whole(other));
        let held = |source: Rel, rel: Rel| {
            all.iter().any(|other| {
                other.source == source
                    && covers(other)
                    && (self.seals(other, at, rel) || in_order && whole(other))
            })
        };
        met.state.iter().all(|rel| {
            let Some(node) = graph.nodes.get(&Node::Rows(*rel)) else { return false };
            let mut from = self
                .sources
                .iter()
                .enumerate()
                .filter(|(at, _)| (0..STATES).any(|state| self.reach.has(*node, state, *at)));
            from.all(|(_, source)| held(*source, *rel))
        })
    }

    /// Whether a point makes the rule wait for the part of what is met that it meets:
    /// for everything, or by values by which it asks for that too.
    fn seals(&self, point: &Found, rule: usize, rel: Rel) -> bool {
        let graph = &self.builder.graph;
        let Some(spot) = point.spot.map(|at| &graph.spots[at]) else { return false };
        if point.kind != Kind::Seal || spot.clause != rule {
            return false;
        }
        let clause = &self.builder.clauses[rule];
        let classes = clause.classes();
        let by: BTreeSet<usize> =
            spot.place.gate.iter().flat_map(|(_, cols)| cols.iter().map(|(var, _)| *var)).collect();
        let mut fine = true;
        super::clauses::atoms(&clause.lits, &mut |atom| {
            if self.builder.rels.number(clause.role, atom.rel) != rel {
                return;
            }
            let stands = |var: &usize| {
                atom.args.iter().any(|pat| match pat.kind {
                    PatKind::Var(v) => classes.get(v.index()) == Some(var),
                    _ => false,
                })
            };
            fine &= by.iter().all(stands);
        });
        point.key.is_empty() || fine
    }
}

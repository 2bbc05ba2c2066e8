//! Events that would have to be kept to meet what they meet, and need not be: other
//! points hold them back until all of it is there. Which points there are is not
//! decided here.

use crate::calm::model::Code;
use crate::calm::model::Kind;

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
        let ordered = |source: Rel| {
            all.iter().any(|other| other.source == source && other.kind == Kind::Order)
        };
        if point.code == Code::RepeatsChangeResult {
            return ordered(point.source);
        }
        let Some(met) = self.builder.meets.get(&spot).filter(|met| !met.other) else {
            return false;
        };
        let graph = &self.builder.graph;
        let at = graph.spots[spot].clause;
        let here = |other: &Found| {
            other.kind == Kind::Seal && other.spot.is_some_and(|s| graph.spots[s].clause == at)
        };
        let held = |source: Rel| {
            all.iter().any(|other| other.source == source && here(other))
                || ordered(source) && ordered(point.source)
        };
        met.state.iter().all(|rel| {
            let Some(node) = graph.nodes.get(&Node::Rows(*rel)) else { return false };
            let mut from = self
                .sources
                .iter()
                .enumerate()
                .filter(|(at, _)| (0..STATES).any(|state| self.reach.has(*node, state, *at)));
            from.all(|(_, source)| held(*source))
        })
    }
}

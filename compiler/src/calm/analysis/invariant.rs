//! Operations that break an invariant together, as points. An owner for the
//! conflicting events of a key is also one history of them, so an order of the
//! same events by the same key is not asked for besides. Which operations these
//! are is decided elsewhere.

use std::collections::BTreeMap;

use crate::calm::invariants;
use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::source::Span;

use super::edges::Builder;
use super::observe::Observed;
use super::points::Found;
use super::system::Rel;
use super::system::System;

/// What is told of the place of such a point.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) span: Span,
    pub(crate) operator: String,
    pub(crate) role: usize,
    pub(crate) rule: usize,
    pub(crate) escrow: bool,
    pub(crate) no_key: Option<String>,
}

/// By collection of operations.
pub(crate) type Places = BTreeMap<Rel, Broken>;

/// Adds the points of all invariants.
pub(crate) fn points(
    system: &System<'_>,
    builder: &Builder<'_>,
    observed: &[Observed],
    found: &mut Vec<Found>,
) -> Places {
    let rels = builder.rels;
    let mut places = Places::new();
    let mut added: Vec<Found> = Vec::new();
    for (role, part) in system.parts.iter().enumerate() {
        let closed = |rel| !builder.growth.grows[rels.number(role, rel)];
        for broken in invariants::breaks(part.typed, &closed) {
            let invariant = rels.number(role, broken.invariant);
            let Some(output) = observed.iter().position(|o| o.rel == invariant) else { continue };
            for operation in broken.operations {
                let source = rels.number(role, operation.rel);
                let point = Found {
                    source,
                    spot: None,
                    kind: Kind::Exclusive,
                    code: Code::InvariantBreaksOnMerge,
                    gate: operation.key.clone(),
                    key: operation.key,
                    outputs: [output].into(),
                    path: Vec::new(),
                };
                match added.iter_mut().find(|other| other.source == source) {
                    Some(other) => {
                        other.key.retain(|col| point.key.contains(col));
                        other.outputs.extend(point.outputs);
                    }
                    None => added.push(point),
                }
                places.entry(source).or_insert(Broken {
                    span: operation.span,
                    operator: operation.operator,
                    role,
                    rule: broken.rule_at,
                    escrow: operation.escrow,
                    no_key: operation.no_key,
                });
            }
        }
    }
    for owner in &mut added {
        let ordered = |point: &Found| {
            point.kind == Kind::Order && point.source == owner.source && point.key == owner.key
        };
        let (same, rest) = std::mem::take(found).into_iter().partition(ordered);
        *found = rest;
        let same: Vec<Found> = same;
        owner.outputs.extend(same.into_iter().flat_map(|point| point.outputs));
    }
    found.append(&mut added);
    places
}

//! Points that were given two values. A point inside of a column is kept twice,
//! as the least and as the greatest value that it was given; here the two are
//! compared when a stratum is complete. What a point is good for is not known.

use std::cmp::Ordering;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::value::order::compare;

/// A point with two values.
struct Found {
    rel: usize,
    /// Words of the key of its row, then the keys of the maps that lead to it.
    key: Vec<(TypeId, u64)>,
    /// How many of them are the row's.
    own: usize,
    col: usize,
    ty: TypeId,
    values: (u64, u64),
}

/// The least point of these relations that has two values, by the order of the
/// relations and then by key.
pub fn conflict(engine: &Engine, rels: &[usize]) -> Option<Failure> {
    let mut least: Option<Found> = None;
    for &rel in rels {
        for &(low, high) in &engine.plan.rels[rel].points {
            let relation = &engine.rels[rel];
            for row in (0..relation.len()).filter(|&row| !relation.is_dead(row)) {
                let values = (relation.get(row, low), relation.get(row, high));
                if values.0 == values.1 {
                    continue;
                }
                let found = found(engine, (rel, row), low, values);
                if least.as_ref().is_none_or(|old| order(engine, &found, old).is_lt()) {
                    least = Some(found);
                }
            }
        }
    }
    let Found { rel, mut key, own, ty, values, .. } = least?;
    let path = key.split_off(own);
    Some(Failure::PointConflict { rel: RelId(rel as u32), key, path, ty, values })
}

/// Follows the owners of a row up to the one that was declared.
fn found(engine: &Engine, (rel, row): (usize, usize), col: usize, values: (u64, u64)) -> Found {
    let ty = engine.plan.rels[rel].cols[col].ty;
    let (mut rel, mut row) = (rel, row);
    let mut parts: Vec<Vec<(TypeId, u64)>> = Vec::new();
    loop {
        let schema = &engine.plan.rels[rel];
        let from = usize::from(schema.owner.is_some());
        let word = |c: usize| (schema.cols[c].ty, engine.rels[rel].get(row, c));
        parts.push((from..schema.keys).map(word).collect());
        let Some((owner, _)) = schema.owner else { break };
        row = engine.rels[rel].get(row, 0) as usize;
        rel = owner.index();
    }
    let own = parts.last().map_or(0, Vec::len);
    Found { rel, key: parts.into_iter().rev().flatten().collect(), own, col, ty, values }
}

fn order(engine: &Engine, a: &Found, b: &Found) -> Ordering {
    let keys = || {
        let pairs = a.key.iter().zip(&b.key);
        let each = pairs.map(|(x, y)| match x.0.cmp(&y.0) {
            Ordering::Equal => compare(&engine.plan.types, x.0, x.1, y.1, &engine.interner),
            other => other,
        });
        each.fold(Ordering::Equal, Ordering::then).then(a.key.len().cmp(&b.key.len()))
    };
    a.rel.cmp(&b.rel).then_with(keys).then(a.col.cmp(&b.col))
}

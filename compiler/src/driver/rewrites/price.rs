//! What the points of a report cost, one against the other: whether there is
//! less to wait for after a change than before. What anything costs in messages
//! is not known here.

use crate::calm::model::Kind;
use crate::calm::model::Point;

/// A point more counts as much as this many columns of a key.
const STEP: u64 = 10;

/// What all points cost that are not accepted; less is better.
pub(super) fn total<'a>(points: impl IntoIterator<Item = &'a Point>) -> u64 {
    points.into_iter().filter(|point| point.accepted.is_none()).map(price).sum()
}

/// A round trip is dearer than a message, a message dearer than memory; all that
/// has no key is dearer than what has one; a finer key is cheaper than a coarse one.
fn price(point: &Point) -> u64 {
    let (whole, keyed) = match point.kind {
        Kind::Order => (12, 9),
        Kind::Exclusive => (12, 8),
        Kind::Escrow => (4, 4),
        Kind::Seal => (6, 4),
        Kind::Frontier => (2, 2),
        Kind::Persist => (1, 1),
        Kind::Local => (0, 0),
    };
    match point.key.len() as u64 {
        0 => whole * STEP,
        columns => (keyed * STEP).saturating_sub(columns.min(STEP / 2)),
    }
}

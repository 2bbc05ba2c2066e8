//! The lines of arrows, from the places where they turn. A line passes a row of
//! collections, or of labels, straight up or down, and slants only between rows;
//! so it runs through nothing. Rows and turns are given.

use std::collections::BTreeMap;

use super::layout::Area;
use super::layout::Dot;
use super::layout::Laid;
use super::model::Graph;
use super::model::Shape;
use super::outline;

/// Between the end of a line and the outline: the arrow's head stands there.
const HEAD: f64 = 9.0;
/// From a corner to the first arrow.
const CORNER: f64 = 12.0;
/// From one arrow to the next at the same side.
const APART: f64 = 14.0;
/// How far from a row a line may slant.
const CLEAR: f64 = 3.0;
/// What an arrow runs straight before its head.
const STRAIGHT: f64 = 13.0;
/// Places on paper are told apart by this part of a pixel.
const GRAIN: f64 = 10.0;

/// An end of an arrow.
struct End {
    edge: usize,
    /// Where it goes on.
    next: Dot,
    starts: bool,
}

/// Half the height of each row, by where its middle is.
struct Rows(BTreeMap<i64, f64>);

impl Rows {
    fn of(laid: &Laid) -> Rows {
        let mut rows = BTreeMap::new();
        let labels = laid.edges.iter().filter_map(|route| route.label.as_ref());
        for area in laid.nodes.iter().chain(labels) {
            let half: &mut f64 = rows.entry(row(area.y)).or_insert(0.0);
            *half = half.max(area.height / 2.0);
        }
        Rows(rows)
    }

    /// Above and below the row of a place.
    fn around(&self, y: f64) -> Option<(f64, f64)> {
        let half = self.0.get(&row(y))? + CLEAR;
        Some((y - half, y + half))
    }
}

fn row(y: f64) -> i64 {
    (y * GRAIN).round() as i64
}

/// Draws all lines.
pub fn draw(graph: &Graph, laid: &mut Laid) {
    let rows = Rows::of(laid);
    let ends = ends(graph, laid);
    for at in 0..laid.edges.len() {
        let Some(edge) = graph.edges.get(at) else { continue };
        let (from, to) = (bound(graph, laid, edge.from), bound(graph, laid, edge.to));
        let (Some(from), Some(to), Some(route)) = (from, to, laid.edges.get_mut(at)) else {
            continue;
        };
        let ports = (ends.get(&(at, true)), ends.get(&(at, false)));
        match ports {
            (Some(start), Some(end)) => {
                route.points = line(&route.points, *start, *end, &from.1, &to.1, &rows);
                meet_upright(&mut route.points, from, to);
            }
            _ => meet(&mut route.points, from, to),
        }
        if let [.., before, last] = &mut route.points[..] {
            *last = short_of(*before, *last);
        }
    }
}

fn bound(graph: &Graph, laid: &Laid, at: usize) -> Option<(Shape, Area)> {
    Some((graph.nodes.get(at)?.shape, *laid.nodes.get(at)?))
}

/// Where on its side each arrow begins and ends. Those that lead to the left
/// stand on the left. An arrow from a collection to itself has no such places.
fn ends(graph: &Graph, laid: &Laid) -> BTreeMap<(usize, bool), f64> {
    let mut sides: BTreeMap<(usize, bool), Vec<End>> = BTreeMap::new();
    for (at, (edge, route)) in graph.edges.iter().zip(&laid.edges).enumerate() {
        let [_, first, .., last, _] = route.points[..] else {
            if let ([_, only, _], true) = (&route.points[..], edge.from != edge.to) {
                push(&mut sides, laid, (at, edge.from, edge.to), *only, *only);
            }
            continue;
        };
        if edge.from != edge.to {
            push(&mut sides, laid, (at, edge.from, edge.to), first, last);
        }
    }
    let mut out = BTreeMap::new();
    for ((node, above), mut ends) in sides {
        let Some((shape, area)) = bound(graph, laid, node) else { continue };
        let (left, right) = outline::side(shape, &area, above);
        ends.sort_by(|a, b| a.next.0.total_cmp(&b.next.0).then(a.edge.cmp(&b.edge)));
        let places = spread(&ends, left + CORNER, right - CORNER);
        for (end, x) in ends.iter().zip(places) {
            out.insert((end.edge, end.starts), x);
        }
    }
    out
}

fn push(
    sides: &mut BTreeMap<(usize, bool), Vec<End>>,
    laid: &Laid,
    (edge, from, to): (usize, usize, usize),
    first: Dot,
    last: Dot,
) {
    for (node, next, starts) in [(from, first, true), (to, last, false)] {
        let Some(area) = laid.nodes.get(node) else { continue };
        sides.entry((node, next.1 < area.y)).or_default().push(End { edge, next, starts });
    }
}

/// Places between two bounds, each as near to where its arrow goes as the others
/// allow.
fn spread(ends: &[End], left: f64, right: f64) -> Vec<f64> {
    let count = ends.len() as f64;
    let apart = APART.min((right - left).max(0.0) / count.max(1.0));
    let mut places: Vec<f64> = Vec::new();
    for (at, end) in ends.iter().enumerate() {
        let least = places.last().map_or(left, |before| before + apart);
        let most = right - apart * (count - 1.0 - at as f64);
        places.push(end.next.0.min(most).max(least));
    }
    places
}

/// A line from side to side, through its turns.
fn line(turns: &[Dot], start: f64, end: f64, from: &Area, to: &Area, rows: &Rows) -> Vec<Dot> {
    let inner = turns.get(1..turns.len().saturating_sub(1)).unwrap_or(&[]);
    let (Some(first), Some(last)) = (inner.first(), inner.last()) else { return turns.to_vec() };
    let mut out = vec![(start, from.y)];
    out.extend(edge_of(from, first.1, rows).map(|y| (start, y)));
    for (x, y) in inner {
        let before = out.last().map_or(*y, |dot| dot.1);
        match rows.around(*y) {
            Some((above, below)) if before <= *y => out.extend([(*x, above), (*x, below)]),
            Some((above, below)) => out.extend([(*x, below), (*x, above)]),
            None => out.push((*x, *y)),
        }
    }
    let straight = if last.1 < to.y { -STRAIGHT } else { STRAIGHT };
    out.extend(edge_of(to, last.1, rows).map(|y| (end, y + straight)));
    out.push((end, to.y));
    out
}

/// Where the row of a collection ends, on the side of something.
fn edge_of(area: &Area, toward: f64, rows: &Rows) -> Option<f64> {
    let (above, below) = rows.around(area.y)?;
    Some(if toward < area.y { above } else { below })
}

/// Lets a line that begins and ends in the middle of rows do so at the outlines.
fn meet_upright(points: &mut [Dot], from: (Shape, Area), to: (Shape, Area)) {
    if let [first, second, ..] = points {
        *first = outline::meet(from.0, &from.1, *second, *first).unwrap_or(*first);
    }
    if let [.., before, last] = points {
        *last = outline::meet(to.0, &to.1, *before, *last).unwrap_or(*last);
    }
}

/// The same of a line that goes for the middle.
fn meet(points: &mut [Dot], from: (Shape, Area), to: (Shape, Area)) {
    if let [first, second, ..] = points {
        *first = outline::meet(from.0, &from.1, *second, (from.1.x, from.1.y)).unwrap_or(*first);
    }
    if let [.., before, last] = points {
        *last = outline::meet(to.0, &to.1, *before, (to.1.x, to.1.y)).unwrap_or(*last);
    }
}

/// A little before the end.
fn short_of(before: Dot, end: Dot) -> Dot {
    let (dx, dy) = (end.0 - before.0, end.1 - before.1);
    let length = dx.hypot(dy);
    if length <= HEAD {
        return before;
    }
    let part = (length - HEAD) / length;
    (before.0 + dx * part, before.1 + dy * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_at_a_side_keep_their_order_and_stay_on_it() {
        let end = |edge, x| End { edge, next: (x, 0.0), starts: true };
        let ends = [end(0, -500.0), end(1, 40.0), end(2, 41.0), end(3, 900.0)];
        assert_eq!(spread(&ends, 10.0, 90.0), [10.0, 40.0, 54.0, 90.0]);
        // Where there is little room they share it.
        assert_eq!(spread(&ends, 10.0, 18.0), [10.0, 14.0, 16.0, 18.0]);
        assert_eq!(spread(&ends[..1], 30.0, 10.0), [30.0]);
    }
}

//! The outlines of collections, by what they are, and where an arrow meets them.
//! What is written inside of them is not known here.

use super::layout::Area;
use super::layout::Dot;
use super::model::Shape;

/// How far slanted sides lean.
const LEAN: f64 = 10.0;
/// Half the height of the lid of a drum.
pub const LID: f64 = 5.0;

/// The corners of an outline, around the middle of its area. Of a drum, which is
/// round above and below, they are close.
pub fn corners(shape: Shape, area: &Area) -> Vec<Dot> {
    let (w, h) = (area.width / 2.0, area.height / 2.0);
    let around = match shape {
        Shape::View => vec![(-w, -h), (w, -h), (w, h), (-w, h)],
        Shape::Input => vec![(-w, -h), (w, -h), (w - LEAN, h), (-w + LEAN, h)],
        Shape::Output => vec![(-w + LEAN, -h), (w - LEAN, -h), (w, h), (-w, h)],
        Shape::Channel => vec![(-w, -h), (w - LEAN, -h), (w, 0.0), (w - LEAN, h), (-w, h)],
        Shape::Invariant => {
            vec![
                (-w, 0.0),
                (-w + LEAN, -h),
                (w - LEAN, -h),
                (w, 0.0),
                (w - LEAN, h),
                (-w + LEAN, h),
            ]
        }
        Shape::Table => {
            let round = LID * 0.13;
            vec![
                (-w, -h + LID),
                (-w / 2.0, -h + round),
                (w / 2.0, -h + round),
                (w, -h + LID),
                (w, h - LID),
                (w / 2.0, h - round),
                (-w / 2.0, h - round),
                (-w, h - LID),
            ]
        }
    };
    around.into_iter().map(|(x, y)| (area.x + x, area.y + y)).collect()
}

/// The outline as a path of SVG.
pub fn path(shape: Shape, area: &Area) -> String {
    if shape == Shape::Table {
        return drum(area);
    }
    let mut out = String::new();
    for (at, (x, y)) in corners(shape, area).into_iter().enumerate() {
        out.push_str(&format!("{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" }));
    }
    out.push('Z');
    out
}

fn drum(area: &Area) -> String {
    let (w, h) = (area.width / 2.0, area.height / 2.0);
    let (left, right) = (area.x - w, area.x + w);
    let (above, below) = (area.y - h + LID, area.y + h - LID);
    format!(
        "M{left:.1} {above:.1}A{w:.1} {LID} 0 0 1 {right:.1} {above:.1}V{below:.1}A{w:.1} {LID} 0 0 \
         1 {left:.1} {below:.1}ZM{left:.1} {above:.1}A{w:.1} {LID} 0 0 0 {right:.1} {above:.1}"
    )
}

/// Where a line from outside to a place inside meets the outline.
pub fn meet(shape: Shape, area: &Area, from: Dot, to: Dot) -> Option<Dot> {
    let corners = corners(shape, area);
    let ends = corners.iter().cycle().skip(1);
    let met = corners.iter().zip(ends).filter_map(|(a, b)| cross(from, to, *a, *b));
    // The first one, seen from outside.
    met.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
}

/// From where to where arrows may end above or below.
pub fn side(shape: Shape, area: &Area, above: bool) -> (f64, f64) {
    let (left, right) = (area.x - area.width / 2.0, area.x + area.width / 2.0);
    match (shape, above) {
        (Shape::Input, false) | (Shape::Output, true) | (Shape::Invariant, _) => {
            (left + LEAN, right - LEAN)
        }
        (Shape::Channel, _) => (left, right - LEAN),
        _ => (left, right),
    }
}

/// Where two stretches cross, and how far along the first one.
fn cross(from: Dot, to: Dot, a: Dot, b: Dot) -> Option<(f64, Dot)> {
    let (rx, ry) = (to.0 - from.0, to.1 - from.1);
    let (sx, sy) = (b.0 - a.0, b.1 - a.1);
    let turn = rx * sy - ry * sx;
    if turn.abs() < 1e-9 {
        return None;
    }
    let (qx, qy) = (a.0 - from.0, a.1 - from.1);
    let along = (qx * sy - qy * sx) / turn;
    let beside = (qx * ry - qy * rx) / turn;
    let inside = |part: f64| (-1e-9..=1.0 + 1e-9).contains(&part);
    (inside(along) && inside(beside)).then_some((along, (from.0 + rx * along, from.1 + ry * along)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Area = Area { x: 100.0, y: 50.0, width: 80.0, height: 40.0 };

    #[test]
    fn arrows_end_at_what_is_drawn() {
        let middle = (AREA.x, AREA.y);
        let at =
            |shape, from| meet(shape, &AREA, from, middle).map(|(x, y)| (x.round(), y.round()));
        assert_eq!(at(Shape::View, (100.0, 0.0)), Some((100.0, 30.0)));
        assert_eq!(at(Shape::View, (200.0, 50.0)), Some((140.0, 50.0)));
        // The sides of an input lean inwards.
        assert_eq!(at(Shape::Input, (200.0, 50.0)), Some((135.0, 50.0)));
        assert_eq!(at(Shape::Channel, (200.0, 50.0)), Some((140.0, 50.0)));
        assert_eq!(at(Shape::View, (100.0, 50.0)), None, "from the middle there is no way in");
    }

    #[test]
    fn outlines_keep_to_their_area() {
        for shape in [
            Shape::Input,
            Shape::Table,
            Shape::View,
            Shape::Output,
            Shape::Channel,
            Shape::Invariant,
        ] {
            for (x, y) in corners(shape, &AREA) {
                assert!((60.0..=140.0).contains(&x) && (30.0..=70.0).contains(&y));
            }
        }
    }
}

//! Which points are too much, by what was typed. This room must not know what a
//! point is shown like.

use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::model::Status;

use super::Deny;
use super::words;

/// What is denied, a sentence each; none if all is well.
pub fn denied(report: &Report, deny: &[Deny], max: Option<usize>) -> Vec<String> {
    let open: Vec<&Point> = report.points.iter().filter(|p| p.accepted.is_none()).collect();
    let mut out = Vec::new();
    let mut asked: Vec<Deny> = Vec::new();
    for one in deny {
        if asked.contains(one) {
            continue;
        }
        asked.push(*one);
        let hit: Vec<&Point> = open.iter().copied().filter(|point| is_hit(*one, point)).collect();
        if !hit.is_empty() {
            let points = if hit.len() == 1 { "1 point" } else { &format!("{} points", hit.len()) };
            out.push(format!("denied: {points} {}: {}", words_of(*one), list(&hit)));
        }
    }
    if let Some(max) = max.filter(|max| open.len() > *max) {
        out.push(format!(
            "denied: {} where --max-points allows {max}: {}",
            match open.len() {
                1 => "1 point".to_string(),
                n => format!("{n} points"),
            },
            list(&open)
        ));
    }
    out
}

fn is_hit(deny: Deny, point: &Point) -> bool {
    match deny {
        Deny::New => matches!(point.status, Status::New | Status::Dearer),
        Deny::Order => point.kind == Kind::Order,
        Deny::OrderGlobal => point.kind == Kind::Order && point.key.is_empty(),
        Deny::Any => true,
    }
}

fn words_of(deny: Deny) -> &'static str {
    match deny {
        Deny::New => "that the baseline does not have, or has cheaper",
        Deny::Order => "with an order of events",
        Deny::OrderGlobal => "with one order of all events",
        Deny::Any => "to wait, agree or keep",
    }
}

fn list(points: &[&Point]) -> String {
    let one = |point: &&Point| format!("{} {}", point.id, words::answer(point));
    points.iter().map(one).collect::<Vec<_>>().join(", ")
}

//! What a placement makes free: where all rows of one key are at one node, this node
//! knows of itself what it has, and the order in which it took it. It is a pass over
//! a finished report; how points are found is not known here.

use std::collections::BTreeSet;

use crate::calm::model::Alternative;
use crate::calm::model::Answer;
use crate::calm::model::Assumption;
use crate::calm::model::AssumptionKind;
use crate::calm::model::Code;
use crate::calm::model::Cost;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::RelName;
use crate::calm::model::Report;
use crate::calm::model::Severity;
use crate::calm::model::Verdict;
use crate::calm::model::Waits;
use crate::source::Span;

use super::report::hash;
use super::system::System;

/// Takes out of the waiting what the placements that were asked for make local.
pub(crate) fn place(system: &System<'_>, report: &mut Report) {
    if system.assume.places.is_empty() {
        return;
    }
    for (name, col) in &system.assume.places {
        let mut relation = RelName { role: None, name: name.clone() };
        for point in &mut report.points {
            if is_named(&point.relation, name) {
                relation.clone_from(&point.relation);
                if is_local(point, col) {
                    make_local(point, col);
                }
            }
        }
        let text = assumed(name, col);
        report.assumptions.push(Assumption { relation, text, kind: AssumptionKind::Asked });
    }
    report.assumptions.sort();
    report.assumptions.dedup();
    let waits: BTreeSet<&String> =
        report.points.iter().filter(|p| p.kind != Kind::Local).map(|p| &p.id).collect();
    report.duties.retain(|duty| waits.contains(&duty.point));
    for verdict in report.verdicts.iter_mut().filter(|v| v.answer == Answer::Waits) {
        free(verdict, &waits);
    }
    let open = report.points.iter().filter(|p| p.kind != Kind::Local && p.accepted.is_none());
    let stuck: BTreeSet<Span> = open.filter_map(|point| rule(system, point)).collect();
    report.free_rules = report.rules.saturating_sub(stuck.len());
}

fn is_named(relation: &RelName, name: &str) -> bool {
    relation.name == *name || relation.text() == *name
}

/// Whether the rows that matter to each other at a point have one value there.
fn is_local(point: &Point, col: &str) -> bool {
    let by = |cols: &[String]| cols.iter().any(|known| known == col);
    point.kind.coordinates() && point.accepted.is_none() && (by(&point.key) || by(&point.gate))
}

fn assumed(name: &str, col: &str) -> String {
    format!(
        "all rows of `{name}` with the same `{col}` are at one node, and are read there, as asked"
    )
}

fn make_local(point: &mut Point, col: &str) {
    let relation = point.relation.text();
    let why_not = format!("not needed where all of one {col} is at one node");
    let instead = Alternative { kind: point.kind, key: point.key.clone(), why_not };
    point.alternatives = vec![instead];
    point.kind = Kind::Local;
    point.code = Code::PlacementAssumed;
    point.key = vec![col.to_string()];
    point.no_key = None;
    point.severity = Severity::Run;
    point.fingerprint =
        hash(&[&point.rule.text(), &point.operator, &relation, col, point.kind.word()]);
    point.waits = Waits {
        who: point.output.text(),
        whom: "nobody".to_string(),
        until: "the node that has it has looked".to_string(),
        if_down: format!(
            "what is asked of `{relation}` that it has waits for it; other values of {col} go on"
        ),
    };
    point.cost = Cost {
        messages: "0".to_string(),
        round_trips: 0.0,
        words: "nothing: no other node is asked".to_string(),
    };
    point.assumptions.push(assumed(&relation, col));
}

/// A verdict without what is local.
fn free(verdict: &mut Verdict, waits: &BTreeSet<&String>) {
    let (left, local): (Vec<String>, Vec<String>) =
        std::mem::take(&mut verdict.points).into_iter().partition(|id| waits.contains(id));
    if left.is_empty() {
        verdict.answer = Answer::Free;
        verdict.because = format!("all that matters is at one node ({})", local.join(", "));
    }
    verdict.points = left;
}

fn rule(system: &System<'_>, point: &Point) -> Option<Span> {
    let part = system.parts.get(point.role_at)?;
    part.typed.rules.get(point.rule_at).map(|rule| system.sources.written(rule.span))
}

//! What rules read, with how long they wait for it. Who sends what is not known
//! here.

use crate::calm::strata::Need;
use crate::plan::groups::Edge;
use crate::plan::groups::EdgeKind;
use crate::plan::groups::Why;
use crate::plan::groups::phases::Phases;
use crate::types::typed::Program;

/// All edges, rule by rule.
pub fn edges(program: &Program, phases: &Phases) -> Vec<Edge> {
    let found = phases.edges.iter().map(|edge| Edge {
        rule: edge.rule,
        reads: edge.reads,
        head: edge.head,
        why: why(edge.need),
        kind: match (edge.need, phases.of_rel[edge.reads.index()].late) {
            (Need::Growing, _) => EdgeKind::Stream,
            (_, false) => EdgeKind::LocalBarrier,
            (_, true) => EdgeKind::FrontierGate,
        },
        span: edge.span,
    });
    let mut out: Vec<Edge> = found.collect();
    // An aggregate inside its own recursion has a row for others only when it
    // does not grow any more.
    for (index, rule) in program.rules.iter().enumerate().filter(|(_, rule)| rule.grows) {
        if !program.rels[rule.head.index()].has_growth() {
            continue;
        }
        let late = phases.of_rel[rule.head.index()].late;
        out.push(Edge {
            rule: index,
            reads: rule.head,
            head: rule.head,
            why: Why::Finish,
            kind: if late { EdgeKind::FrontierGate } else { EdgeKind::LocalBarrier },
            span: rule.head_span,
        });
    }
    out
}

fn why(need: Need) -> Why {
    match need {
        Need::Growing => Why::Grows,
        Need::Not => Why::Not,
        Need::Else => Why::Else,
        Need::All => Why::All,
        Need::Aggregate => Why::Aggregate,
        Need::Reveal => Why::Reveal,
    }
}

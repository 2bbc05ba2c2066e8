//! Rules made simple enough to be placed: a body is one conjunction, and what an
//! aggregate goes over is divided by its group. Who reads what where is not
//! known here.

use crate::ids::RelId;
use crate::ids::VarId;
use crate::plan::alternatives::alternatives;
use crate::plan::growing::Unfolded;
use crate::plan::matches;
use crate::plan::spread::partial;
use crate::plan::spread::sites::columns;
use crate::plan::spread::sites::positive;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Makes all rules simple. In `parts`, aggregates are found by parts where that
/// is the same; then there is a relation of the workers' numbers.
pub fn simplify(draft: &mut Unfolded, parts: bool) -> Option<RelId> {
    let mut number = None;
    for index in 0..draft.program.rules.len() {
        let rule = &draft.program.rules[index];
        if rule.aggs.is_empty() || rule.grows {
            continue;
        }
        let by_parts = parts && in_parts(rule);
        let by_group = meets_by_group(&draft.program, rule);
        if by_group && !(by_parts && rule.group.is_empty()) {
            continue;
        }
        // What meets nowhere is found first.
        if !by_parts || !partial::meets(&draft.program, rule) {
            matches::apart(draft, index);
        }
        if by_parts {
            partial::apart(draft, index, &mut number);
        }
    }
    for index in 0..draft.program.rules.len() {
        if draft.program.rules[index].aggs.is_empty() {
            split(draft, index);
        }
    }
    number
}

/// Whether a rule can be aggregated by parts.
fn in_parts(rule: &Rule) -> bool {
    let is_plain = !rule.body.lits.iter().any(is_branched);
    is_plain && partial::is_combined(rule) && !positive(&rule.body.lits).is_empty()
}

/// Whether every atom that an aggregate goes over has a variable of its group,
/// the same one, or there is but one atom and no group.
fn meets_by_group(program: &Program, rule: &Rule) -> bool {
    if rule.body.lits.iter().any(is_branched) {
        return false;
    }
    let atoms = positive(&rule.body.lits);
    if rule.group.is_empty() {
        return atoms.len() < 2;
    }
    let in_all = |var: &VarId| atoms.iter().all(|atom| !columns(program, atom, *var).is_empty());
    rule.group.iter().any(in_all)
}

/// Whether there are several ways to match a literal.
fn is_branched(lit: &Lit) -> bool {
    match &lit.kind {
        LitKind::Or(_) | LitKind::Else { .. } | LitKind::All { .. } => true,
        LitKind::Not(lits) => lits.iter().any(is_branched),
        _ => false,
    }
}

/// One rule for each way to match a body.
fn split(draft: &mut Unfolded, index: usize) {
    let rule = &draft.program.rules[index];
    if !rule.body.lits.iter().any(is_branched) {
        return;
    }
    let rule = rule.clone();
    let ways = alternatives(&rule.body);
    for (nth, way) in ways.iter().enumerate() {
        let one = Rule { body: matches::body(way, rule.span), order: Vec::new(), ..rule.clone() };
        match nth {
            0 => draft.program.rules[index] = one,
            _ => draft.rule(index, one),
        }
    }
}

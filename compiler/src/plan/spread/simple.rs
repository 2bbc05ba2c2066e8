//! Rules made simple enough to be placed: a body is one conjunction, and what an
//! aggregate goes over is divided by its group. Who reads what where is not
//! known here.

use crate::ids::VarId;
use crate::plan::alternatives::alternatives;
use crate::plan::growing::Unfolded;
use crate::plan::matches;
use crate::plan::spread::sites::columns;
use crate::plan::spread::sites::positive;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Makes all rules simple.
pub fn simplify(draft: &mut Unfolded) {
    for index in 0..draft.program.rules.len() {
        let rule = &draft.program.rules[index];
        if rule.aggs.is_empty() || rule.grows || meets_by_group(&draft.program, rule) {
            continue;
        }
        matches::apart(draft, index);
    }
    for index in 0..draft.program.rules.len() {
        if draft.program.rules[index].aggs.is_empty() {
            split(draft, index);
        }
    }
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

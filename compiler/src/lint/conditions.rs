//! Conditions that say nothing: without a variable, between a variable and
//! itself, about the sign of a `nat`, or together with others never true.

use std::collections::BTreeMap;

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Program;

/// Reports conditions that could be left out, or never hold.
pub(super) fn lint(program: &Program, diags: &mut Vec<Diagnostic>) {
    program.rules.iter().for_each(|rule| conjunction(&rule.body.lits, diags));
}

fn conjunction(lits: &[Lit], diags: &mut Vec<Diagnostic>) {
    let mut ranges: BTreeMap<VarId, Range> = BTreeMap::new();
    for lit in lits {
        match &lit.kind {
            LitKind::Cond(e) => match verdict(e) {
                Some(said) => diags.push(
                    Diagnostic::warning(codes::CONSTANT_CONDITION, e.span, said)
                        .help("leave it out, or compare what was meant"),
                ),
                None => together(e, &mut ranges, diags),
            },
            LitKind::Not(inner) | LitKind::All { lits: inner, .. } => conjunction(inner, diags),
            LitKind::Or(branches) => branches.iter().for_each(|b| conjunction(b, diags)),
            LitKind::Else { otherwise, .. } => conjunction(otherwise, diags),
            LitKind::Atom(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

/// What is wrong with a condition by itself.
fn verdict(e: &Expr) -> Option<&'static str> {
    if is_fixed(e) {
        return Some("this condition has no variable: it always holds, or never");
    }
    let ExprKind::Compare(cmp, a, b) = &e.kind else { return None };
    if let (ExprKind::Var(x), ExprKind::Var(y)) = (&a.kind, &b.kind)
        && x == y
    {
        return Some(match cmp {
            Cmp::Eq | Cmp::Le | Cmp::Ge => "this compares a value with itself and always holds",
            Cmp::Ne | Cmp::Lt | Cmp::Gt => "this compares a value with itself and never holds",
        });
    }
    match (cmp, a.ty == Ty::Nat && zero(b), b.ty == Ty::Nat && zero(a)) {
        (Cmp::Ge, true, _) | (Cmp::Le, _, true) => {
            Some("a `nat` is never negative: this always holds")
        }
        (Cmp::Lt, true, _) | (Cmp::Gt, _, true) => {
            Some("a `nat` is never negative: this never holds")
        }
        _ => None,
    }
}

/// Whether nothing in it can change, not even by `--set`.
fn is_fixed(e: &Expr) -> bool {
    if matches!(e.kind, ExprKind::Var(_) | ExprKind::Const(_) | ExprKind::Agg(_)) {
        return false;
    }
    let mut fixed = true;
    parts(e, &mut |part| fixed = fixed && is_fixed(part));
    fixed
}

fn zero(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Literal(Literal::Int(0)))
}

/// What the conditions on a variable leave of the ints.
struct Range {
    least: i64,
    greatest: i64,
    /// The first condition on it.
    span: Span,
}

/// Narrows the range of a variable; says so when nothing is left.
fn together(e: &Expr, ranges: &mut BTreeMap<VarId, Range>, diags: &mut Vec<Diagnostic>) {
    let ExprKind::Compare(cmp, a, b) = &e.kind else { return };
    let (var, cmp, limit) = match (&a.kind, &b.kind) {
        (ExprKind::Var(v), ExprKind::Literal(Literal::Int(n))) => (*v, *cmp, *n),
        (ExprKind::Literal(Literal::Int(n)), ExprKind::Var(v)) => (*v, turned(*cmp), *n),
        _ => return,
    };
    let (least, greatest) = match cmp {
        Cmp::Eq => (limit, limit),
        Cmp::Lt => (i64::MIN, limit.saturating_sub(1)),
        Cmp::Le => (i64::MIN, limit),
        Cmp::Gt => (limit.saturating_add(1), i64::MAX),
        Cmp::Ge => (limit, i64::MAX),
        Cmp::Ne => return,
    };
    let range =
        ranges.entry(var).or_insert(Range { least: i64::MIN, greatest: i64::MAX, span: e.span });
    let was_possible = range.least <= range.greatest;
    range.least = range.least.max(least);
    range.greatest = range.greatest.min(greatest);
    if was_possible && range.least > range.greatest {
        let title = "these conditions never hold together";
        diags.push(
            Diagnostic::warning(codes::CONSTANT_CONDITION, e.span, title)
                .label(range.span, "the other condition on the same value")
                .help("write `or` between them, or take one out"),
        );
    }
}

fn turned(cmp: Cmp) -> Cmp {
    match cmp {
        Cmp::Eq => Cmp::Eq,
        Cmp::Ne => Cmp::Ne,
        Cmp::Lt => Cmp::Gt,
        Cmp::Le => Cmp::Ge,
        Cmp::Gt => Cmp::Lt,
        Cmp::Ge => Cmp::Le,
    }
}

//! A bound in place of a number. "Exactly three" can be taken back by a fourth,
//! "at least three" cannot; a comparison in the wrong direction says the same as
//! one in the right direction, denied. What came of the change is not known here.

use super::Proposal;
use super::site::Site;
use super::uses;
use super::uses::Use;
use super::walk;
use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::source::Span;
use crate::syntax::ast::BinOp;
use crate::syntax::ast::Expr;
use crate::syntax::ast::ExprKind;
use crate::syntax::ast::Item;
use crate::syntax::print;

/// What a comparison may become, with whether it then says the opposite.
fn others(op: BinOp) -> &'static [(BinOp, bool)] {
    match op {
        BinOp::Eq => &[(BinOp::Ge, false), (BinOp::Le, false)],
        BinOp::Ne => &[(BinOp::Gt, false), (BinOp::Lt, false)],
        BinOp::Lt => &[(BinOp::Ge, true)],
        BinOp::Le => &[(BinOp::Gt, true)],
        BinOp::Gt => &[(BinOp::Le, true)],
        BinOp::Ge => &[(BinOp::Lt, true)],
        _ => &[],
    }
}

/// Proposes bounds for the comparison at a point.
pub(super) fn propose(site: &Site<'_>, out: &mut Vec<Proposal>) {
    let may = matches!(
        site.point.code,
        Code::AggregateShown | Code::ThresholdWrongWay | Code::LatticeRevealed
    );
    if !may || site.point.kind != Kind::Seal {
        return;
    }
    out.extend(without_number(site));
    let Some(item) = site.item() else { return };
    for (span, op, text) in comparisons(&item, site.point.span) {
        for (new, opposite) in others(op) {
            out.extend(replaced(site, span, &text, *new, *opposite));
        }
    }
}

/// An output that shows a number beside its bound, without the number.
fn without_number(site: &Site<'_>) -> Option<Proposal> {
    let rel = site.rel(&site.point.output)?;
    let at = site.declared(rel);
    let mut draft = site.draft();
    let output = draft.collection(at)?.clone();
    let name = output.name.text.clone();
    let rules = uses::writers(&mut draft, at, &name);
    let [rule] = rules.as_slice() else { return None };
    let (place, bound) = uses::head_args(rule)
        .iter()
        .enumerate()
        .find_map(|(place, arg)| Some((place, bounded(rule, walk::var(arg)?)?)))?;
    let keys = output.columns.len();
    draft.declare(at, |found| match (&mut found.values, place.checked_sub(keys)) {
        (Some(values), Some(place)) if place < values.len() => {
            values.remove(place);
            if values.is_empty() {
                found.values = None;
            }
        }
        _ if place < keys => {
            found.columns.remove(place);
        }
        _ => {}
    })?;
    draft.beside(at, &mut |item| {
        uses::each(item, &name, &mut |used| {
            let (Use::Head(args) | Use::Atom(args)) = used;
            if place < args.len() {
                args.remove(place);
            }
        });
    });
    let column = &rel.cols.get(place)?.name;
    let title = format!("show only that `{bound}` holds, and not `{column}` itself");
    let why = format!("`{name}` has no `{column}`: it says that there are enough, not how many");
    Some(site.proposal("threshold", title, &draft, Some(why)))
}

/// The comparison of a rule that bounds a variable from one side.
fn bounded(item: &Item, word: &str) -> Option<String> {
    let mut found = None;
    walk::body(&mut item.clone(), &mut |expr| {
        if let ExprKind::Binary(BinOp::Ge | BinOp::Gt | BinOp::Le | BinOp::Lt, _, a, _) = &expr.kind
            && walk::var(a) == Some(word)
        {
            found = Some(print::print_expr(expr));
        }
    });
    found
}

/// Comparisons at a place, or around it: where, which, and as text.
fn comparisons(item: &Item, at: Span) -> Vec<(Span, BinOp, String)> {
    let mut found = Vec::new();
    let mut item = item.clone();
    walk::body(&mut item, &mut |expr| {
        if let ExprKind::Binary(op, ..) = &expr.kind
            && !others(*op).is_empty()
            && expr.span.lo <= at.lo
            && at.hi <= expr.span.hi
        {
            found.push((expr.span, *op, print::print_expr(expr)));
        }
    });
    found
}

fn replaced(site: &Site<'_>, span: Span, old: &str, op: BinOp, opposite: bool) -> Option<Proposal> {
    let mut draft = site.draft();
    let mut new = None;
    draft.edit(site.point.span, |item| {
        walk::body(item, &mut |expr: &mut Expr| {
            if let ExprKind::Binary(was, ..) = &mut expr.kind
                && expr.span == span
            {
                *was = op;
                new = Some(print::print_expr(expr));
            }
        });
    })?;
    let (new, rule) = (new?, &site.point.rule.name);
    let (id, title, by_design) = match opposite {
        false => ("threshold", format!("ask for `{new}` in place of `{old}`"), None),
        true => (
            "mirrored",
            format!("ask for `{new}` in place of `{old}`, and read `{rule}` the other way round"),
            Some(format!("`{rule}` then holds the opposite: whatever reads it has to be turned")),
        ),
    };
    Some(site.proposal(id, title, &draft, by_design))
}

//! Going through all expressions and patterns, however deep. It decides
//! nothing.

use crate::types::parts::parts;
use crate::types::typed::Default;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// What is found on the way.
pub(super) enum Found<'a> {
    Expr(&'a Expr),
    Pat(&'a Pat),
}

/// Calls `f` with every expression and pattern of a program.
pub(super) fn program<'a>(program: &'a Program, f: &mut dyn FnMut(Found<'a>)) {
    program.rules.iter().chain(&program.tests.rules).for_each(|r| rule(r, f));
    program.fns.iter().for_each(|item| expr(&item.body, f));
    program.consts.iter().for_each(|item| expr(&item.value, f));
    for col in program.rels.iter().flat_map(|rel| &rel.cols) {
        if let Some(Default::Value(e)) = &col.default {
            expr(e, f);
        }
    }
}

fn rule<'a>(rule: &'a Rule, f: &mut dyn FnMut(Found<'a>)) {
    rule.args.iter().for_each(|e| expr(e, f));
    for agg in &rule.aggs {
        agg.args.iter().for_each(|e| expr(e, f));
        agg.by.iter().for_each(|(e, _)| expr(e, f));
    }
    lits(&rule.body.lits, f);
}

/// The same for a body.
pub(super) fn lits<'a>(lits: &'a [Lit], f: &mut dyn FnMut(Found<'a>)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => atom.args.iter().for_each(|p| pat(p, f)),
            LitKind::Not(inner) => self::lits(inner, f),
            LitKind::Cond(e) => expr(e, f),
            LitKind::Bind(p, e) | LitKind::In(p, e) => {
                pat(p, f);
                expr(e, f);
            }
            LitKind::Or(branches) => branches.iter().for_each(|b| self::lits(b, f)),
            LitKind::Else { atom, otherwise, .. } => {
                atom.args.iter().for_each(|p| pat(p, f));
                self::lits(otherwise, f);
            }
            LitKind::All { range, lits: inner, .. } => {
                expr(range, f);
                self::lits(inner, f);
            }
        }
    }
}

/// The same for an expression.
pub(super) fn expr<'a>(e: &'a Expr, f: &mut dyn FnMut(Found<'a>)) {
    f(Found::Expr(e));
    if let ExprKind::Match(_, arms) = &e.kind {
        arms.iter().for_each(|(p, _)| pat(p, f));
    }
    parts(e, &mut |part| expr(part, f));
}

/// The same for a pattern.
pub(super) fn pat<'a>(p: &'a Pat, f: &mut dyn FnMut(Found<'a>)) {
    f(Found::Pat(p));
    match &p.kind {
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => ps.iter().for_each(|p| pat(p, f)),
        PatKind::Some(inner) => pat(inner, f),
        PatKind::Expr(e) => expr(e, f),
        PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
    }
}

//! Going through the parts of expressions, patterns and literals, in source
//! order. It decides nothing.

use crate::ids::VarId;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Rule;

/// Calls `f` with every variable that an expression reads from outside:
/// variables of its own `match` arms are left out.
pub(crate) fn reads(expr: &Expr, f: &mut dyn FnMut(VarId, Span)) {
    reads_under(expr, &mut Vec::new(), f);
}

fn reads_under(expr: &Expr, own: &mut Vec<VarId>, f: &mut dyn FnMut(VarId, Span)) {
    match &expr.kind {
        ExprKind::Var(v) => {
            if !own.contains(v) {
                f(*v, expr.span);
            }
        }
        ExprKind::Match(scrutinee, arms) => {
            reads_under(scrutinee, own, f);
            for (pat, body) in arms {
                let before = own.len();
                binders(pat, &mut |v, _| own.push(v));
                pat_exprs(pat, &mut |e| reads_under(e, &mut own.clone(), f));
                reads_under(body, own, f);
                own.truncate(before);
            }
        }
        _ => parts(expr, &mut |child| reads_under(child, own, f)),
    }
}

/// Calls `f` with every variable in binding position of a pattern.
pub(crate) fn binders(pat: &Pat, f: &mut dyn FnMut(VarId, Span)) {
    match &pat.kind {
        PatKind::Var(v) => f(*v, pat.span),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            for p in ps {
                binders(p, f);
            }
        }
        PatKind::Some(p) => binders(p, f),
        PatKind::Wild | PatKind::None | PatKind::Expr(_) => {}
    }
}

/// Calls `f` with every expression inside a pattern.
pub(crate) fn pat_exprs<'a>(pat: &'a Pat, f: &mut dyn FnMut(&'a Expr)) {
    match &pat.kind {
        PatKind::Expr(e) => f(e),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            for p in ps {
                pat_exprs(p, f);
            }
        }
        PatKind::Some(p) => pat_exprs(p, f),
        PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
    }
}

/// Calls `f` with every variable that occurs in a pattern.
pub(crate) fn pat_vars(pat: &Pat, f: &mut dyn FnMut(VarId, Span)) {
    match &pat.kind {
        PatKind::Var(v) => f(*v, pat.span),
        PatKind::Expr(e) => reads(e, f),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            for p in ps {
                pat_vars(p, f);
            }
        }
        PatKind::Some(p) => pat_vars(p, f),
        PatKind::Wild | PatKind::None => {}
    }
}

/// Calls `f` with every variable that occurs in a literal.
pub(crate) fn lit_vars(lit: &Lit, f: &mut dyn FnMut(VarId, Span)) {
    match &lit.kind {
        LitKind::Atom(atom) => atom_vars(atom, f),
        LitKind::Not(lits) => lits_vars(lits, f),
        LitKind::Cond(e) => reads(e, f),
        LitKind::Bind(p, e) | LitKind::In(p, e) => {
            pat_vars(p, f);
            reads(e, f);
        }
        LitKind::Or(branches) => branches.iter().for_each(|lits| lits_vars(lits, f)),
        LitKind::Else { atom, otherwise, .. } => {
            atom_vars(atom, f);
            lits_vars(otherwise, f);
        }
        LitKind::All { var, range, lits } => {
            f(*var, range.span);
            reads(range, f);
            lits_vars(lits, f);
        }
    }
}

/// Calls `f` with every variable that occurs in an atom.
pub(crate) fn atom_vars(atom: &Atom, f: &mut dyn FnMut(VarId, Span)) {
    for arg in &atom.args {
        pat_vars(arg, f);
    }
}

/// Calls `f` with every variable that occurs in one of the literals.
pub(crate) fn lits_vars(lits: &[Lit], f: &mut dyn FnMut(VarId, Span)) {
    for lit in lits {
        lit_vars(lit, f);
    }
}

/// Calls `f` with every expression of the head: arguments first, then those of
/// aggregates.
pub(crate) fn head_exprs<'a>(rule: &'a Rule, f: &mut dyn FnMut(&'a Expr)) {
    rule.args.iter().for_each(&mut *f);
    for agg in &rule.aggs {
        agg.args.iter().for_each(&mut *f);
        agg.by.iter().for_each(|(e, _)| f(e));
    }
}

/// Where an atom stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// Rows of it lead to rows of the head.
    Positive,
    /// Under `not`: rows of it take rows of the head away.
    Negated,
    /// Before `else`: both.
    Else,
    /// Under `all`.
    All,
}

/// Calls `f` with every atom and how it stands there.
pub fn atoms<'a>(lits: &'a [Lit], f: &mut dyn FnMut(&'a Atom, Sign)) {
    atoms_under(lits, Sign::Positive, f);
}

fn atoms_under<'a>(lits: &'a [Lit], sign: Sign, f: &mut dyn FnMut(&'a Atom, Sign)) {
    let under = |inner: Sign| if sign == Sign::Positive { inner } else { sign };
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => f(atom, sign),
            LitKind::Not(lits) => atoms_under(lits, under(Sign::Negated), f),
            LitKind::Or(branches) => {
                branches.iter().for_each(|branch| atoms_under(branch, sign, f));
            }
            LitKind::Else { atom, otherwise, .. } => {
                f(atom, under(Sign::Else));
                atoms_under(otherwise, sign, f);
            }
            LitKind::All { lits, .. } => atoms_under(lits, under(Sign::All), f),
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

/// Calls `f` with every outermost expression of a body outside of `not`, `all`
/// and `else`: the places where a growing value may be read.
pub(crate) fn open_exprs_mut(lits: &mut [Lit], f: &mut dyn FnMut(&mut Expr)) {
    for lit in lits {
        match &mut lit.kind {
            LitKind::Cond(e) | LitKind::Bind(_, e) | LitKind::In(_, e) => f(e),
            LitKind::Or(branches) => {
                branches.iter_mut().for_each(|branch| open_exprs_mut(branch, f));
            }
            LitKind::Atom(_) | LitKind::Not(_) | LitKind::Else { .. } | LitKind::All { .. } => {}
        }
    }
}

//! Going through expressions and patterns of the resolved program. It decides
//! nothing.

use super::hir::Atom;
use super::hir::Expr;
use super::hir::ExprKind as E;
use super::hir::LitKind;
use super::hir::Part;
use super::hir::Pat;
use super::hir::PatKind;
use crate::ids::VarId;

/// Adds the variables in binding position of a pattern.
pub(super) fn pat_vars(pat: &Pat, out: &mut Vec<VarId>) {
    match &pat.kind {
        PatKind::Var(var) => out.push(*var),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) | PatKind::Record(_, pats) => {
            pats.iter().for_each(|pat| pat_vars(pat, out));
        }
        PatKind::Some(pat) => pat_vars(pat, out),
        PatKind::Wild | PatKind::None | PatKind::Expr(_) => {}
    }
}

/// Calls `f` with every expression of a pattern.
pub(super) fn pat_exprs_mut(pat: &mut Pat, f: &mut dyn FnMut(&mut Expr)) {
    match &mut pat.kind {
        PatKind::Expr(e) => f(e),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) | PatKind::Record(_, pats) => {
            pats.iter_mut().for_each(|pat| pat_exprs_mut(pat, f));
        }
        PatKind::Some(pat) => pat_exprs_mut(pat, f),
        PatKind::Wild | PatKind::None | PatKind::Var(_) => {}
    }
}

/// Adds the variables of the arms inside of an expression.
pub(super) fn arms(e: &Expr, out: &mut Vec<VarId>) {
    e.each(&mut |e| {
        if let E::Match(_, arms) = &e.kind {
            arms.iter().for_each(|(pat, _)| pat_vars(pat, out));
        }
    });
}

/// Adds the variables that an expression reads from outside, in order.
pub(super) fn free_vars(e: &Expr, out: &mut Vec<VarId>) {
    let mut own = Vec::new();
    arms(e, &mut own);
    let mut all = Vec::new();
    e.vars(&mut all);
    out.extend(all.into_iter().filter(|var| !own.contains(var)));
}

/// Adds the variables that stand in a literal, those of arms too.
pub(super) fn lit_vars(lit: &LitKind, out: &mut Vec<VarId>) {
    let atom = |atom: &Atom, out: &mut Vec<VarId>| {
        atom.args.iter().for_each(|pat| all_vars(pat, out));
    };
    match lit {
        LitKind::Atom(of) => atom(of, out),
        LitKind::Cond(e) => e.vars(out),
        LitKind::Bind(pat, e) | LitKind::In(pat, e) => {
            all_vars(pat, out);
            e.vars(out);
        }
        LitKind::Not(lits) => lits.iter().for_each(|lit| lit_vars(&lit.kind, out)),
        LitKind::Or(branches) => {
            branches.iter().flatten().for_each(|lit| lit_vars(&lit.kind, out));
        }
        LitKind::Else { atom: of, otherwise } => {
            atom(of, out);
            otherwise.iter().for_each(|lit| lit_vars(&lit.kind, out));
        }
        LitKind::All { range, lits, .. } => {
            range.vars(out);
            lits.iter().for_each(|lit| lit_vars(&lit.kind, out));
        }
        LitKind::Error => {}
    }
}

/// Adds the variables of a pattern, those that it reads too.
fn all_vars(pat: &Pat, out: &mut Vec<VarId>) {
    pat_vars(pat, out);
    match &pat.kind {
        PatKind::Expr(e) => e.vars(out),
        PatKind::Tuple(pats) | PatKind::Construct(_, _, pats) | PatKind::Record(_, pats) => {
            pats.iter().for_each(|pat| all_vars(pat, out));
        }
        PatKind::Some(pat) => all_vars(pat, out),
        PatKind::Wild | PatKind::Var(_) | PatKind::None => {}
    }
}

/// All direct parts, in source order; arms' patterns aside.
pub(super) fn children_mut(e: &mut Expr) -> Vec<&mut Expr> {
    match &mut e.kind {
        E::Var(_) | E::Const(_) | E::Literal(_) | E::None | E::Error => Vec::new(),
        E::Interp(parts) => parts
            .iter_mut()
            .filter_map(|part| match part {
                Part::Expr(e) => Some(e),
                Part::Text(_) => None,
            })
            .collect(),
        E::Tuple(es)
        | E::List(es)
        | E::Set(es)
        | E::Record(_, es)
        | E::Construct(_, _, es)
        | E::Call(_, es)
        | E::Native(_, es)
        | E::Builtin { args: es, .. } => es.iter_mut().collect(),
        E::Map(entries) => entries.iter_mut().flat_map(|(k, v)| [k, v]).collect(),
        E::Some(e) | E::Neg(e) | E::Not(e) | E::Try(e) | E::Field(e, ..) | E::TupleField(e, _) => {
            vec![e]
        }
        E::Binary(_, a, b) | E::Index(a, b) => vec![a, b],
        E::If(c, a, b) => vec![c, a, b],
        E::Match(e, arms) => {
            std::iter::once(&mut **e).chain(arms.iter_mut().map(|(_, body)| body)).collect()
        }
    }
}

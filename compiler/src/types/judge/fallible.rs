//! What can fail. An expression is fallible when for some values of its
//! variables the tick fails; no row is not a failure. Rows do not matter here,
//! nor does the order of anything.

use crate::ids::FnId;
use crate::types::builtins;
use crate::types::builtins::Partial;
use crate::types::forms;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Pat;
use crate::types::typed::Program;

use super::order;
use super::walk;

/// Ranges up to this length between literals are never cut off by a limit.
const SHORT_RANGE: i64 = 1_000_000;

/// Settles for every function whether it can fail, after those that it calls.
pub(super) fn functions(program: &mut Program) {
    for index in order::of(program.fns.iter().map(|f| &f.body), &order::fns) {
        program.fns[index].fallible = expr(program, &program.fns[index].body);
    }
}

/// Whether an expression can fail.
pub(super) fn expr(program: &Program, e: &Expr) -> bool {
    let itself = match &e.kind {
        // Floats have an answer for everything.
        ExprKind::Arith(_, a, _, _) => e.ty != Ty::Float && a.ty != Ty::Float,
        ExprKind::Neg(a, _) => a.ty != Ty::Float,
        ExprKind::Index(base, _) => matches!(base.ty, Ty::List(_)),
        ExprKind::Range(a, b) => !short(a, b),
        ExprKind::Call(FnId(f), _) => program.fns.get(*f as usize).is_none_or(|f| f.fallible),
        ExprKind::Builtin(func, args) => {
            let tys: Vec<Ty> = args.iter().map(|a| a.ty.clone()).collect();
            if forms::is_checked(*func, args) {
                return args.iter().any(|a| expr(program, a));
            }
            let overload = builtins::of(*func).overload(&tys);
            overload.is_none_or(|o| o.partial == Partial::Fails)
        }
        ExprKind::Native(native, _) => native.fails,
        ExprKind::Construct(..) => program.may_be_too_deep(e),
        ExprKind::Match(_, arms) => arms.iter().any(|(p, _)| pat(program, p)),
        ExprKind::Join(lattice, ..) => lattice.can_clash(),
        _ => false,
    };
    if itself {
        return true;
    }
    let mut found = false;
    parts(e, &mut |child| found = found || expr(program, child));
    found
}

fn short(a: &Expr, b: &Expr) -> bool {
    let int = |e: &Expr| match e.kind {
        ExprKind::Literal(Literal::Int(n)) => Some(n),
        _ => None,
    };
    match (int(a), int(b)) {
        (Some(a), Some(b)) => b.checked_sub(a).is_some_and(|length| length <= SHORT_RANGE),
        _ => false,
    }
}

fn pat(program: &Program, p: &Pat) -> bool {
    let mut found = false;
    walk::pat_exprs(p, &mut |e| found = found || expr(program, e));
    found
}

fn atom(program: &Program, atom: &Atom) -> bool {
    atom.args.iter().any(|arg| pat(program, arg))
}

/// Whether something in a literal can fail.
pub(super) fn lit(program: &Program, l: &Lit) -> bool {
    match &l.kind {
        LitKind::Atom(a) => atom(program, a),
        LitKind::Not(inner) => lits(program, inner),
        LitKind::Cond(e) => expr(program, e),
        LitKind::Bind(p, e) | LitKind::In(p, e) => pat(program, p) || expr(program, e),
        LitKind::Or(branches) => branches.iter().any(|branch| lits(program, branch)),
        LitKind::Else { atom: a, otherwise, .. } => atom(program, a) || lits(program, otherwise),
        LitKind::All { range, lits: inner, .. } => expr(program, range) || lits(program, inner),
    }
}

fn lits(program: &Program, inner: &[Lit]) -> bool {
    inner.iter().any(|l| lit(program, l))
}

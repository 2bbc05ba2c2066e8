//! What can fail, judged by its form. This room must not know values.
//!
//! Saying yes too often costs an audit that finds nothing; saying no too often
//! would lose an error.

use crate::plan::code::func_fails;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::PatKind;

/// Whether an expression can fail.
pub fn expr(e: &Expr, program: &typed::Program) -> bool {
    let own = match &e.kind {
        ExprKind::Arith(_, a, b, _) => !matches!((&a.ty, &b.ty), (Ty::Float, Ty::Float)),
        ExprKind::Neg(inner, _) => inner.ty != Ty::Float,
        ExprKind::Range(..) | ExprKind::Interp(_) => true,
        ExprKind::Index(of, _) => !matches!(of.ty, Ty::Map(..) | Ty::Bag(_)),
        ExprKind::Construct(..) => program.may_be_too_deep(e),
        ExprKind::Match(_, arms) => {
            !arms.last().is_some_and(|(p, _)| matches!(p.kind, PatKind::Wild | PatKind::Var(_)))
        }
        ExprKind::Join(lattice, ..) => lattice.can_clash(),
        ExprKind::Builtin(f, _) => func_fails(*f),
        ExprKind::Native(native, _) => native.fails,
        // Texts in a function count too, so its own flag is not enough.
        ExprKind::Call(f, _) => {
            let f = &program.fns[f.index()];
            f.fallible || !matches!(f.body.kind, ExprKind::Var(_) | ExprKind::Literal(_))
        }
        ExprKind::Const(id) => expr(&program.consts[id.index()].value, program),
        _ => false,
    };
    let mut any = own;
    parts(e, &mut |part| any = any || expr(part, program));
    any
}

/// Whether a goal can fail.
pub fn goal(goal: &Goal, program: &typed::Program) -> bool {
    match &goal.kind {
        GoalKind::Atom(_) | GoalKind::Meet(_) => false,
        GoalKind::Absent(goals) => goals.iter().any(|g| self::goal(g, program)),
        GoalKind::Test(e) => expr(e, program),
        // Patterns hold no expressions any more.
        GoalKind::Unify(_, e) | GoalKind::Each(_, e) => expr(e, program),
    }
}

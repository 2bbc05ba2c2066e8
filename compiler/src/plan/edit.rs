//! Changing expressions in place. This room must not know why.

use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Part;

/// Calls `f` with the direct parts of an expression, to be changed.
pub fn parts_mut(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    match &mut expr.kind {
        ExprKind::Var(_)
        | ExprKind::Const(_)
        | ExprKind::Literal(_)
        | ExprKind::None
        | ExprKind::Agg(_) => {}
        ExprKind::Interp(parts) => parts.iter_mut().for_each(|part| match part {
            Part::Text(_) => {}
            Part::Expr(e) => f(e),
        }),
        ExprKind::Tuple(es)
        | ExprKind::List(es)
        | ExprKind::Set(es)
        | ExprKind::Record(_, es)
        | ExprKind::Construct(_, _, es)
        | ExprKind::Call(_, es)
        | ExprKind::Builtin(_, es) => es.iter_mut().for_each(f),
        ExprKind::Map(entries) => entries.iter_mut().for_each(|(k, v)| {
            f(k);
            f(v);
        }),
        ExprKind::Some(e) | ExprKind::Neg(e, _) | ExprKind::Not(e) | ExprKind::Field(e, _) => f(e),
        ExprKind::Logic(_, a, b)
        | ExprKind::Compare(_, a, b)
        | ExprKind::In(a, b)
        | ExprKind::Range(a, b)
        | ExprKind::Arith(_, a, b, _)
        | ExprKind::Index(a, b) => {
            f(a);
            f(b);
        }
        ExprKind::If(a, b, c) => {
            f(a);
            f(b);
            f(c);
        }
        ExprKind::Match(e, arms) => {
            f(e);
            arms.iter_mut().for_each(|(_, body)| f(body));
        }
    }
}

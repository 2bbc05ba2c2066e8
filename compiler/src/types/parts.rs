//! The direct parts of an expression, in source order: to look at or to change,
//! from one list, so that the two cannot differ. What is done with them is not
//! known here. The patterns of `match` arms are no parts.

use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Part;

/// Calls `$f` with the parts of a kind that was borrowed, mutably or not.
macro_rules! each_part {
    ($kind:expr, $f:expr) => {
        match $kind {
            ExprKind::Var(_)
            | ExprKind::Const(_)
            | ExprKind::Literal(_)
            | ExprKind::None
            | ExprKind::Agg(_) => {}
            ExprKind::Interp(pieces) => {
                for piece in pieces {
                    if let Part::Expr(e) = piece {
                        $f(e);
                    }
                }
            }
            ExprKind::Tuple(es)
            | ExprKind::List(es)
            | ExprKind::Set(es)
            | ExprKind::Record(_, es)
            | ExprKind::Construct(_, _, es)
            | ExprKind::Call(_, es)
            | ExprKind::Native(_, es)
            | ExprKind::Builtin(_, es) => {
                for e in es {
                    $f(e);
                }
            }
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    $f(key);
                    $f(value);
                }
            }
            ExprKind::Some(e)
            | ExprKind::Neg(e, _)
            | ExprKind::Not(e)
            | ExprKind::Try(e)
            | ExprKind::Field(e, _) => $f(e),
            ExprKind::Logic(_, a, b)
            | ExprKind::Join(_, a, b)
            | ExprKind::Leq(_, a, b)
            | ExprKind::Compare(_, a, b)
            | ExprKind::In(a, b)
            | ExprKind::Range(a, b)
            | ExprKind::Arith(_, a, b, _)
            | ExprKind::Index(a, b) => {
                $f(a);
                $f(b);
            }
            ExprKind::If(condition, yes, no) => {
                $f(condition);
                $f(yes);
                $f(no);
            }
            ExprKind::Match(scrutinee, arms) => {
                $f(scrutinee);
                for (_, e) in arms {
                    $f(e);
                }
            }
        }
    };
}

/// Whether an expression is a value as it stands, constants not looked up.
pub fn is_written_out(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Literal(_) | ExprKind::None => true,
        ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::Set(_)
        | ExprKind::Map(_)
        | ExprKind::Record(..)
        | ExprKind::Construct(..)
        | ExprKind::Some(_) => {
            let mut all = true;
            parts(e, &mut |part| all = all && is_written_out(part));
            all
        }
        _ => false,
    }
}

/// Calls `f` with each direct part of an expression.
pub fn parts<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e Expr)) {
    each_part!(&expr.kind, f)
}

/// The same, to change them.
pub fn parts_mut(expr: &mut Expr, f: &mut dyn FnMut(&mut Expr)) {
    each_part!(&mut expr.kind, f)
}

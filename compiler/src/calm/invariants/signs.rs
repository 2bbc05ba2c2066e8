//! How the conditions of a case follow one of its values: whether a greater
//! value helps them to hold. Where the value comes from is not known here.

use crate::calm::invariants::cases::Case;
use crate::calm::invariants::cases::Env;
use crate::calm::model::Variance;
use crate::ids::VarId;
use crate::types::builtins::Func;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;

/// Definitions of values that are followed through each other.
const DEEPEST: usize = 16;

impl<'p> Case<'p> {
    /// How the conditions, all together, follow a value.
    pub fn follows(&self, var: usize) -> Variance {
        let target = self.class(var);
        let mut out = Variance::Zero;
        for said in &self.said {
            let sign = self.sign(said.expr, &said.env, target, DEEPEST);
            out = out.join(match said.opaque {
                true => Variance::Any.of(sign),
                false => sign,
            });
        }
        out
    }

    fn sign(&self, e: &Expr, env: &Env, target: usize, depth: usize) -> Variance {
        let of = |e: &Expr| self.sign(e, env, target, depth);
        let against = |e: &Expr| Variance::Minus.of(of(e));
        match &e.kind {
            ExprKind::Var(v) => self.of_variable(*v, env, target, depth),
            ExprKind::Neg(a, _) | ExprKind::Not(a) => against(a),
            ExprKind::Logic(_, a, b) => of(a).join(of(b)),
            ExprKind::Compare(cmp, a, b) => match cmp {
                Cmp::Ge | Cmp::Gt => of(a).join(against(b)),
                Cmp::Le | Cmp::Lt => against(a).join(of(b)),
                Cmp::Eq | Cmp::Ne => Variance::Any.of(of(a).join(of(b))),
            },
            ExprKind::Arith(Arith::Add, a, b, _) => of(a).join(of(b)),
            ExprKind::Arith(Arith::Sub, a, b, _) => of(a).join(against(b)),
            ExprKind::Arith(Arith::Mul, a, b, _) if not_below_zero(a) => match of(a) {
                Variance::Zero => of(b),
                sign if not_below_zero(b) => sign.join(of(b)),
                _ => Variance::Any,
            },
            ExprKind::Arith(Arith::Mul, a, b, _) if not_below_zero(b) => match of(b) {
                Variance::Zero => of(a),
                _ => Variance::Any,
            },
            ExprKind::Builtin(Func::Size | Func::Int | Func::Float | Func::Nat, args) => {
                args.iter().fold(Variance::Zero, |all, arg| all.join(of(arg)))
            }
            ExprKind::In(a, b) if of(a) == Variance::Zero => of(b),
            _ => {
                let mut all = Variance::Zero;
                parts(e, &mut |part| all = all.join(of(part)));
                Variance::Any.of(all)
            }
        }
    }

    fn of_variable(&self, var: VarId, env: &Env, target: usize, depth: usize) -> Variance {
        let class = self.class(env[var.index()]);
        if class == target {
            return Variance::Plus;
        }
        let mut out = Variance::Zero;
        for (value, expr, env) in &self.values {
            if self.class(*value) == class {
                out = out.join(match depth.checked_sub(1) {
                    Some(depth) => self.sign(expr, env, target, depth),
                    None => Variance::Any,
                });
            }
        }
        out
    }

    /// A condition as a text that is the same where it means the same; `None` of
    /// one that is not worth comparing.
    pub fn text(&self, e: &Expr, env: &Env, name: &dyn Fn(usize) -> usize) -> Option<String> {
        let of = |e: &Expr| self.text(e, env, name);
        Some(match &e.kind {
            ExprKind::Var(v) => {
                let class = self.class(env[v.index()]);
                let mut known =
                    self.values.iter().filter(|(value, ..)| self.class(*value) == class);
                match known.next() {
                    Some((_, expr, env)) if !matches!(expr.kind, ExprKind::Var(_)) => {
                        self.text(expr, env, name)?
                    }
                    _ => format!("v{}", name(class)),
                }
            }
            ExprKind::Literal(literal) => format!("{literal:?}"),
            ExprKind::Const(id) => format!("c{}", id.index()),
            ExprKind::Not(a) => format!("not {}", of(a)?),
            ExprKind::Compare(cmp, a, b) => {
                let (a, b) = (of(a)?, of(b)?);
                match cmp {
                    Cmp::Gt => format!("({b} < {a})"),
                    Cmp::Ge => format!("({b} <= {a})"),
                    cmp => format!("({a} {} {b})", cmp.sign()),
                }
            }
            ExprKind::Arith(op, a, b, _) => format!("({} {} {})", of(a)?, op.sign(), of(b)?),
            ExprKind::Logic(op, a, b) => format!("({} {op:?} {})", of(a)?, of(b)?),
            _ => return None,
        })
    }
}

fn not_below_zero(e: &Expr) -> bool {
    match e.kind {
        ExprKind::Literal(Literal::Int(n)) => n >= 0,
        _ => e.ty == Ty::Nat,
    }
}

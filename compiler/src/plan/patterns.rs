//! Patterns to code that takes a value apart or builds it. This room must not
//! know where the value comes from.

use crate::plan::ir::Op;
use crate::plan::ir::Reg;
use crate::plan::scalar::Coder;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

impl Coder<'_, '_> {
    /// Matches the value in a register. Variables without a value take theirs;
    /// the jumps added to `misfits` are taken where the value does not fit.
    pub fn pattern(&mut self, pat: &Pat, value: Reg, misfits: &mut Vec<usize>) {
        let span = pat.span;
        match &pat.kind {
            PatKind::Wild => {}
            PatKind::Var(var) => {
                let own = self.slot(*var);
                if self.bound.has(own) {
                    self.same(own, value, span, misfits);
                } else {
                    self.bound.add(own);
                    if own != value {
                        self.push(Op::Move { d: own, a: value }, span);
                    }
                }
            }
            PatKind::Tuple(pats) => {
                self.fields(pats, value, misfits, |d, a, field| Op::Field { d, a, field });
            }
            PatKind::Construct(_, variant, pats) => {
                let fits = self.regs.fresh();
                self.push(Op::IsVariant { d: fits, a: value, variant: *variant as u32 }, span);
                misfits.push(self.jump(Op::JumpIfNot { a: fits, to: 0 }, span));
                self.fields(pats, value, misfits, |d, a, field| Op::Payload { d, a, field });
            }
            PatKind::Some(inner) => {
                let fits = self.regs.fresh();
                self.push(Op::IsSome { d: fits, a: value }, span);
                misfits.push(self.jump(Op::JumpIfNot { a: fits, to: 0 }, span));
                self.fields(std::slice::from_ref(&**inner), value, misfits, |d, a, _| Op::Inner {
                    d,
                    a,
                });
            }
            PatKind::None => {
                let is_some = self.regs.fresh();
                self.push(Op::IsSome { d: is_some, a: value }, span);
                misfits.push(self.jump(Op::JumpIf { a: is_some, to: 0 }, span));
            }
            PatKind::Expr(expr) => {
                let wanted = self.expr(expr);
                self.same(wanted, value, span, misfits);
            }
        }
    }

    fn fields(
        &mut self,
        pats: &[Pat],
        value: Reg,
        misfits: &mut Vec<usize>,
        op: impl Fn(Reg, Reg, u32) -> Op,
    ) {
        for (index, pat) in pats.iter().enumerate() {
            if matches!(pat.kind, PatKind::Wild) {
                continue;
            }
            // A variable that takes the field needs no register in between.
            let d = match &pat.kind {
                PatKind::Var(var) if !self.bound.has(self.slot(*var)) => self.slot(*var),
                _ => self.regs.fresh(),
            };
            self.push(op(d, value, index as u32), pat.span);
            self.pattern(pat, d, misfits);
        }
    }

    fn same(&mut self, a: Reg, b: Reg, span: Span, misfits: &mut Vec<usize>) {
        let d = self.regs.fresh();
        self.push(Op::Same { d, a, b, negated: false }, span);
        misfits.push(self.jump(Op::JumpIfNot { a: d, to: 0 }, span));
    }
}

/// The expression whose value a pattern without gaps matches, if its
/// variables have values.
pub fn built(pat: &Pat) -> Option<Expr> {
    let kind = match &pat.kind {
        PatKind::Wild => return None,
        PatKind::Var(var) => ExprKind::Var(*var),
        PatKind::Tuple(pats) => {
            let parts = pats.iter().map(built).collect::<Option<_>>()?;
            match pat.ty {
                Ty::Record(id) => ExprKind::Record(id, parts),
                _ => ExprKind::Tuple(parts),
            }
        }
        PatKind::Construct(id, variant, pats) => {
            let payload = pats.iter().map(built).collect::<Option<_>>()?;
            ExprKind::Construct(*id, *variant, payload)
        }
        PatKind::Some(inner) => ExprKind::Some(Box::new(built(inner)?)),
        PatKind::None => ExprKind::None,
        PatKind::Expr(expr) => return Some(expr.clone()),
    };
    Some(Expr { kind, ty: pat.ty.clone(), span: pat.span })
}

//! Enumerations of values: lists, ranges, sets, maps. This room must not know
//! relations; collections that stand in rows never come here.

use crate::limits::RANGE_MAX;
use crate::plan::goals::Vars;
use crate::plan::goals::pat_vars;
use crate::plan::goals::reg;
use crate::plan::ir::Const;
use crate::plan::ir::FailKind;
use crate::plan::ir::Op;
use crate::plan::ir::Reg;
use crate::plan::ir::Step;
use crate::plan::lower::Lower;
use crate::plan::lower::one;
use crate::source::Span;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Slack;

impl Lower<'_, '_> {
    /// Every element of a value that fits the pattern.
    pub(super) fn each(&mut self, pat: &Pat, e: &Expr, later: &Vars) {
        if let ExprKind::Range(lo, hi) = &e.kind {
            let (a, b) = (self.eval(lo), self.eval(hi));
            self.guard_range(lo, hi, a, b, e.span);
            let element = self.target(pat, later);
            self.steps.push(Step::EachInt { lo: a, hi: b, element });
            return self.taken(pat, element);
        }
        let from = self.eval(e);
        if let Ty::Map(..) = e.ty {
            return self.each_entry(pat, from, later);
        }
        if let PatKind::Var(v) = pat.kind
            && self.bound.has(reg(v))
            && (matches!(e.ty, Ty::Set(_)) || !self.multiple)
        {
            let d = self.regs.fresh();
            let a = reg(v);
            let op = match &e.ty {
                Ty::Set(t) => Op::InSet { d, a, of: from, element: self.shared.types.id(t) },
                _ => Op::InList { d, a, of: from },
            };
            self.steps.push(Step::Test(one(op), d));
            return;
        }
        let element = self.target(pat, later);
        self.steps.push(Step::Each { from, element });
        self.taken(pat, element);
    }

    fn each_entry(&mut self, pat: &Pat, from: Reg, later: &Vars) {
        match &pat.kind {
            PatKind::Tuple(pats) if pats.len() == 2 => {
                let key = self.target(&pats[0], later);
                let mut in_key = Vars::default();
                pat_vars(&pats[0], &mut in_key);
                // A variable that the key has too is compared, not written.
                let value = match pats[1].kind {
                    PatKind::Var(v) if in_key.has(reg(v)) => self.regs.fresh(),
                    _ => self.target(&pats[1], later),
                };
                self.steps.push(Step::EachEntry { from, key, value });
                self.taken(&pats[0], key);
                self.taken(&pats[1], value);
            }
            _ => {
                let (key, value) = (self.regs.fresh(), self.regs.fresh());
                self.steps.push(Step::EachEntry { from, key, value });
                if matches!(pat.kind, PatKind::Wild) {
                    return;
                }
                let entry = self.target(pat, later);
                self.push_code(one(Op::Words { d: entry, of: vec![key, value] }));
                self.taken(pat, entry);
            }
        }
    }

    /// Where an element goes: into the variable that takes it, if one does.
    fn target(&mut self, pat: &Pat, later: &Vars) -> Reg {
        match pat.kind {
            PatKind::Var(v) if !self.bound.has(reg(v)) && (self.strict || later.has(reg(v))) => {
                reg(v)
            }
            _ => self.regs.fresh(),
        }
    }

    /// Matches an element with its pattern.
    fn taken(&mut self, pat: &Pat, element: Reg) {
        match pat.kind {
            PatKind::Var(v) if reg(v) == element => self.bound.add(element),
            PatKind::Var(v) if self.bound.has(reg(v)) => {
                self.steps.push(Step::Equal { a: reg(v), b: element });
            }
            // A variable that nobody reads.
            PatKind::Var(_) | PatKind::Wild => {}
            _ => self.fit(pat, element),
        }
    }

    /// Fails where a range is longer than one may be, as building it would.
    fn guard_range(&mut self, lo: &Expr, hi: &Expr, a: Reg, b: Reg, span: Span) {
        if let (ExprKind::Literal(Literal::Int(lo)), ExprKind::Literal(Literal::Int(hi))) =
            (&lo.kind, &hi.kind)
            && i128::from(*hi) - i128::from(*lo) <= i128::from(RANGE_MAX)
        {
            return;
        }
        let limit = RANGE_MAX as i64;
        let mut coder = self.coder();
        let mut load = |word: i64| {
            let index = coder.shared.constant(Const::Word(word as u64));
            let d = coder.regs.fresh();
            coder.push(Op::Const { d, index }, span);
            d
        };
        let (most, last) = (load(limit), load(i64::MAX - limit));
        let (test, end) = (coder.regs.fresh(), coder.regs.fresh());
        // So near to the greatest int no range is too long.
        coder.push(Op::CompareInt { cmp: Cmp::Gt, d: test, a, b: last }, span);
        let near = coder.jump(Op::JumpIf { a: test, to: 0 }, span);
        let slack = Slack::Fail;
        coder.push(Op::Int { op: Arith::Add, d: end, a, b: most, slack }, span);
        coder.push(Op::CompareInt { cmp: Cmp::Le, d: test, a: b, b: end }, span);
        let short = coder.jump(Op::JumpIf { a: test, to: 0 }, span);
        coder.push(Op::Fail(FailKind::TooLong), span);
        coder.land(&[near, short]);
        let code = coder.code;
        self.push_code(code);
    }
}

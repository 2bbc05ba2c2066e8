//! Expressions to register code. This room must not know relations, goals or
//! join orders: it is given registers and gives code.
//!
//! What has neither variables nor a way to fail is computed once per variant,
//! in its prelude, and not once per match.

use std::collections::BTreeMap;

use crate::ids::VarId;
use crate::plan::context::Shared;
use crate::plan::goals::Places;
use crate::plan::goals::Regs;
use crate::plan::goals::Vars;
use crate::plan::goals::reg;
use crate::plan::ir;
use crate::plan::ir::Code;
use crate::plan::ir::Const;
use crate::plan::ir::FailKind;
use crate::plan::ir::Op;
use crate::plan::ir::Reg;
use crate::plan::ir::Shape;
use crate::plan::ir::TextPart;
use crate::plan::ir::TypeId;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Literal;
use crate::types::typed::Logic;
use crate::types::typed::Pat;

/// Code that runs once, before a variant's first row.
#[derive(Clone, Debug, Default)]
pub struct Prelude {
    /// The code.
    pub code: Code,
    consts: BTreeMap<u32, Reg>,
}

/// Writes code.
pub struct Coder<'c, 'p> {
    /// Types and constants.
    pub shared: &'c mut Shared<'p>,
    /// Where temporaries come from.
    pub regs: &'c mut Regs,
    /// Where closed expressions go, if not into the code itself.
    pub prelude: Option<&'c mut Prelude>,
    /// Variables that are collections of rows, not words.
    pub places: &'c Places,
    /// Results of the rule's aggregates.
    pub aggs: &'c [Reg],
    /// Registers of variables; where there is none, its own number.
    pub slots: &'c [Reg],
    /// Variables with a value: patterns compare them.
    pub bound: Vars,
    /// What was written.
    pub code: Code,
}

impl Coder<'_, '_> {
    /// The register of a variable.
    pub fn slot(&self, var: VarId) -> Reg {
        self.slots.get(var.index()).copied().unwrap_or(reg(var))
    }

    /// Appends an operation.
    pub fn push(&mut self, op: Op, span: Span) {
        self.code.ops.push(op);
        self.code.spans.push(span);
    }

    /// Appends a jump that [`Coder::land`] completes.
    pub fn jump(&mut self, op: Op, span: Span) -> usize {
        self.push(op, span);
        self.code.ops.len() - 1
    }

    /// Lets jumps lead to what comes next.
    pub fn land(&mut self, jumps: &[usize]) {
        let here = self.code.ops.len() as u32;
        for at in jumps {
            if let Op::Jump { to } | Op::JumpIf { to, .. } | Op::JumpIfNot { to, .. } =
                &mut self.code.ops[*at]
            {
                *to = here;
            }
        }
    }

    /// A register that holds the value of an expression.
    pub fn expr(&mut self, expr: &Expr) -> Reg {
        match &expr.kind {
            ExprKind::Var(var) => self.slot(*var),
            ExprKind::Agg(index) => self.aggs.get(*index).copied().unwrap_or(0),
            ExprKind::Literal(literal) => self.literal(literal, None, expr.span),
            _ => {
                let d = self.regs.fresh();
                if !self.hoist(expr, d) {
                    self.put(expr, d);
                }
                d
            }
        }
    }

    /// Puts the value of an expression into a register.
    pub fn put(&mut self, expr: &Expr, d: Reg) {
        let span = expr.span;
        // The register may have other writers (the arms of a choice), so what
        // the prelude computed is copied.
        if self.prelude.is_some() && closed(expr, self.shared.program) {
            let a = self.expr(expr);
            return self.push(Op::Move { d, a }, span);
        }
        match &expr.kind {
            ExprKind::Var(_) | ExprKind::Agg(_) => {
                let a = self.expr(expr);
                if a != d {
                    self.push(Op::Move { d, a }, span);
                }
            }
            ExprKind::Literal(literal) => {
                self.literal(literal, Some(d), span);
            }
            ExprKind::Const(id) => {
                let program = self.shared.program;
                self.put(&program.consts[id.index()].value, d);
            }
            ExprKind::If(cond, yes, no) => {
                let a = self.expr(cond);
                let no_jump = self.jump(Op::JumpIfNot { a, to: 0 }, span);
                self.put(yes, d);
                let end = self.jump(Op::Jump { to: 0 }, span);
                self.land(&[no_jump]);
                self.put(no, d);
                self.land(&[end]);
            }
            ExprKind::Logic(logic, a, b) => {
                self.put(a, d);
                let op = match logic {
                    Logic::And => Op::JumpIfNot { a: d, to: 0 },
                    Logic::Or => Op::JumpIf { a: d, to: 0 },
                };
                let end = self.jump(op, span);
                self.put(b, d);
                self.land(&[end]);
            }
            ExprKind::Match(scrutinee, arms) => self.arms(scrutinee, arms, d, span),
            ExprKind::Try(option) => {
                let a = self.expr(option);
                let some = self.regs.fresh();
                self.push(Op::IsSome { d: some, a }, span);
                let held = self.jump(Op::JumpIf { a: some, to: 0 }, span);
                self.push(Op::NoRow, span);
                self.land(&[held]);
                self.push(Op::Inner { d, a }, span);
            }
            ExprKind::In(element, of) => self.membership(element, of, d, span),
            _ => self.plain(expr, d),
        }
    }

    /// Expressions that evaluate all their parts, left to right.
    fn plain(&mut self, expr: &Expr, d: Reg) {
        let mut args: Vec<Reg> = Vec::new();
        let mut exprs: Vec<&Expr> = Vec::new();
        parts(expr, &mut |part| exprs.push(part));
        for part in &exprs {
            args.push(self.expr(part));
        }
        let first = args.first().copied().unwrap_or(d);
        let second = args.get(1).copied().unwrap_or(first);
        let op = match &expr.kind {
            ExprKind::Interp(parts) => Op::Text { d, parts: self.text_parts(parts, &args, &exprs) },
            ExprKind::Set(_) => Op::Set { d, of: args, element: self.inner(&expr.ty) },
            ExprKind::Map(_) => {
                let of = args.chunks(2).map(|pair| (pair[0], pair[1])).collect();
                Op::Map { d, of, key: self.inner(&expr.ty) }
            }
            ExprKind::Construct(_, variant, _) => {
                let deep = self.shared.program.may_be_too_deep(expr);
                let deep = deep.then(|| self.shared.types.id(&expr.ty));
                Op::Enum { d, variant: *variant as u32, of: args, deep }
            }
            ExprKind::Some(_) => Op::Some { d, a: first },
            ExprKind::None => Op::None { d },
            ExprKind::Neg(e, slack) => match e.ty {
                Ty::Float => Op::NegFloat { d, a: first },
                _ => Op::NegInt { d, a: first, slack: *slack },
            },
            ExprKind::Not(_) => Op::Not { d, a: first },
            ExprKind::Compare(cmp, a, _) => self.comparison(*cmp, &a.ty, d, first, second),
            ExprKind::Join(lattice, ..) | ExprKind::Leq(lattice, ..) => {
                let merging = self.shared.types.merging(lattice, &ir::Lattice::Point);
                let lattice = self.shared.types.lattice(merging);
                match &expr.kind {
                    ExprKind::Join(..) => Op::Join { d, a: first, b: second, lattice },
                    _ => Op::Leq { d, a: first, b: second, lattice },
                }
            }
            ExprKind::Range(..) => Op::Range { d, lo: first, hi: second },
            ExprKind::Arith(op, a, b, slack) => match (&a.ty, &b.ty) {
                (Ty::Float, Ty::Float) => Op::Float { op: *op, d, a: first, b: second },
                _ => Op::Int { op: *op, d, a: first, b: second, slack: *slack },
            },
            ExprKind::Field(_, field) => Op::Field { d, a: first, field: *field as u32 },
            ExprKind::Index(of, _) => match &of.ty {
                Ty::Map(..) | Ty::Bag(_) => {
                    Op::IndexMap { d, a: first, at: second, key: self.inner(&of.ty) }
                }
                _ => Op::IndexList { d, a: first, at: second },
            },
            ExprKind::Call(f, _) => Op::Call { d, f: f.0, args },
            ExprKind::Builtin(f, of) => {
                let (args, ty) = self.typed_args(args, of, &expr.ty);
                Op::Builtin { d, f: *f, args, ty }
            }
            ExprKind::Native(native, of) => {
                let (args, ty) = self.typed_args(args, of, &expr.ty);
                let (fails, partial) = (native.fails, native.partial);
                Op::Native { d, id: native.id, args, ty, fails, partial }
            }
            // Tuples, lists and records; the others were taken by `put`.
            _ => Op::Words { d, of: args },
        };
        self.push(op, expr.span);
    }

    /// The parts of a text, with the registers of their values.
    fn text_parts(
        &mut self,
        parts: &[typed::Part],
        args: &[Reg],
        exprs: &[&Expr],
    ) -> Vec<TextPart> {
        let mut values = args.iter().zip(exprs);
        let part = |part: &typed::Part| match (part, part_value(part, &mut values)) {
            (typed::Part::Expr(e), Some(reg)) => TextPart::Value(reg, self.shared.types.id(&e.ty)),
            (typed::Part::Text(text), _) => TextPart::Text(text.clone()),
            (typed::Part::Expr(_), None) => TextPart::Text(String::new()),
        };
        parts.iter().map(part).collect()
    }

    /// Arguments with their types, and the type of the result.
    fn typed_args(&mut self, args: Vec<Reg>, of: &[Expr], ty: &Ty) -> (Vec<(Reg, TypeId)>, TypeId) {
        let types = of.iter().map(|e| self.shared.types.id(&e.ty));
        (args.into_iter().zip(types).collect(), self.shared.types.id(ty))
    }

    fn comparison(&mut self, cmp: Cmp, ty: &Ty, d: Reg, a: Reg, b: Reg) -> Op {
        match (cmp, ty) {
            (Cmp::Eq | Cmp::Ne, _) => Op::Same { d, a, b, negated: cmp == Cmp::Ne },
            (_, Ty::Int | Ty::Nat | Ty::Time | Ty::Duration) => Op::CompareInt { cmp, d, a, b },
            _ => Op::Compare { cmp, ty: self.shared.types.id(ty), d, a, b },
        }
    }

    fn membership(&mut self, element: &Expr, of: &Expr, d: Reg, span: Span) {
        let a = self.expr(element);
        if let ExprKind::Var(var) = of.kind
            && let Some(place) = self.places.get(&reg(var))
            && let Shape::Set { rel, .. } | Shape::Map { rel, .. } = place.shape
        {
            return self.push(Op::Owns { d, rel, row: place.row, element: a }, span);
        }
        let of_reg = self.expr(of);
        let inner = self.inner(&of.ty);
        let op = match &of.ty {
            Ty::Set(_) => Op::InSet { d, a, of: of_reg, element: inner },
            Ty::Map(..) | Ty::Bag(_) => Op::InMap { d, a, of: of_reg, key: inner },
            _ => Op::InList { d, a, of: of_reg },
        };
        self.push(op, span);
    }

    fn arms(&mut self, scrutinee: &Expr, arms: &[(Pat, Expr)], d: Reg, span: Span) {
        let value = self.expr(scrutinee);
        let mut ends = Vec::new();
        let mut exhausted = false;
        for (pat, body) in arms {
            let before = self.bound.clone();
            let mut misfits = Vec::new();
            self.pattern(pat, value, &mut misfits);
            self.put(body, d);
            self.bound = before;
            exhausted = misfits.is_empty();
            if exhausted {
                break;
            }
            ends.push(self.jump(Op::Jump { to: 0 }, span));
            self.land(&misfits);
        }
        if !exhausted {
            self.push(Op::Fail(FailKind::NoMatch), span);
        }
        self.land(&ends);
    }

    fn literal(&mut self, literal: &Literal, d: Option<Reg>, span: Span) -> Reg {
        let index = self.shared.constant(match literal {
            Literal::Int(i) | Literal::Duration(i) => Const::Word(*i as u64),
            Literal::Float(f) => Const::Float(*f),
            Literal::Bool(b) => Const::Word(u64::from(*b)),
            Literal::Str(s) | Literal::Node(s) => Const::Text(s.clone()),
            Literal::Bytes(b) => Const::Bytes(b.clone()),
            Literal::Uuid(bytes) => Const::Bytes(bytes.to_vec()),
        });
        if d.is_none()
            && let Some(prelude) = &self.prelude
            && let Some(known) = prelude.consts.get(&index)
        {
            return *known;
        }
        let target = d.unwrap_or_else(|| self.regs.fresh());
        let op = Op::Const { d: target, index };
        match &mut self.prelude {
            Some(prelude) => {
                prelude.code.ops.push(op);
                prelude.code.spans.push(span);
                // A register that was named from outside may be written again.
                if d.is_none() {
                    prelude.consts.insert(index, target);
                }
            }
            None => self.push(op, span),
        }
        target
    }

    /// Computes a closed expression in the prelude, into a register that
    /// nothing else writes. False: the expression is not closed, or there is
    /// no prelude.
    pub fn hoist(&mut self, expr: &Expr, d: Reg) -> bool {
        if !closed(expr, self.shared.program) {
            return false;
        }
        let Some(prelude) = self.prelude.take() else { return false };
        std::mem::swap(&mut self.code, &mut prelude.code);
        self.put(expr, d);
        std::mem::swap(&mut self.code, &mut prelude.code);
        self.prelude = Some(prelude);
        true
    }

    /// Type of elements or keys.
    fn inner(&mut self, ty: &Ty) -> TypeId {
        match ty {
            Ty::Set(t) | Ty::List(t) | Ty::Option(t) | Ty::Map(t, _) | Ty::Bag(t) => {
                self.shared.types.id(t)
            }
            other => self.shared.types.id(other),
        }
    }
}

/// The register of a part of a text.
fn part_value<'r>(
    part: &typed::Part,
    values: &mut impl Iterator<Item = (&'r Reg, &'r &'r Expr)>,
) -> Option<Reg> {
    match part {
        typed::Part::Text(_) => None,
        typed::Part::Expr(_) => values.next().map(|(reg, _)| *reg),
    }
}

/// Whether an expression has neither variables nor a way to fail.
pub fn closed(expr: &Expr, program: &typed::Program) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::None => true,
        ExprKind::Const(id) => closed(&program.consts[id.index()].value, program),
        ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::Set(_)
        | ExprKind::Map(_)
        | ExprKind::Record(..)
        | ExprKind::Construct(..)
        | ExprKind::Some(_) => {
            let mut all = !program.may_be_too_deep(expr);
            parts(expr, &mut |part| all &= closed(part, program));
            all
        }
        _ => false,
    }
}

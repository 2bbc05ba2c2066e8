//! Runs register code: scalar expressions over words.

use bloom_compiler::ids::NativeId;
use bloom_compiler::limits::RANGE_MAX;
use bloom_compiler::limits::TEXT_BYTES_MAX;
use bloom_compiler::limits::VALUE_DEPTH_MAX;
use bloom_compiler::plan::ir::Code;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Lattice;
use bloom_compiler::plan::ir::Op;
use bloom_compiler::plan::ir::Program;
use bloom_compiler::plan::ir::Rel;
use bloom_compiler::plan::ir::TextPart;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::source::Span;
use bloom_compiler::types::builtins::Func;
use bloom_compiler::types::typed::Arith;
use bloom_compiler::types::typed::Cmp;
use bloom_compiler::types::typed::Slack;

use crate::kernel::functions;
use crate::kernel::functions::Patterns;
use crate::kernel::natives;
use crate::kernel::natives::Natives;
use crate::kernel::relation::Relation;
use crate::kernel::sink::spread;
use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::lattice;
use crate::value::order::compare;
use crate::value::text;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// Why code did not run to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A partial function has no value here: there is no row.
    NoRow,
    /// The tick fails, if this match is one.
    Fail(FailKind, Span),
}

/// What code works with.
pub struct Scalars<'a> {
    /// Types by id.
    pub types: &'a [Type],
    /// Lattices by number.
    pub lattices: &'a [Lattice],
    /// Constants by number, as words.
    pub consts: &'a [u64],
    /// User functions.
    pub fns: &'a [Code],
    /// Texts and compound values.
    pub interner: &'a mut Interner,
    /// Regular expressions that were met.
    pub patterns: &'a Patterns,
    /// Functions of the embedding program.
    pub natives: Option<&'a dyn Natives>,
    /// Schemas of all relations.
    pub rels: &'a [Rel],
    /// For hidden relations: the owner and its cell.
    pub owners: &'a [Option<(usize, usize)>],
}

impl<'a> Scalars<'a> {
    /// What code of a plan works with. No relation is hidden in another.
    pub fn of(
        plan: &'a Program,
        consts: &'a [u64],
        interner: &'a mut Interner,
        patterns: &'a Patterns,
        natives: Option<&'a dyn Natives>,
    ) -> Scalars<'a> {
        Scalars {
            types: &plan.types,
            lattices: &plan.lattices,
            consts,
            fns: &plan.fns,
            interner,
            patterns,
            natives,
            rels: &plan.rels,
            owners: &[],
        }
    }
}

impl Scalars<'_> {
    /// The same for a shorter while.
    pub fn again(&mut self) -> Scalars<'_> {
        Scalars { interner: self.interner, ..*self }
    }

    /// Runs `code` on `regs`. `rels` is asked by `Owns` only.
    pub fn run(&mut self, code: &Code, regs: &mut [u64], rels: &[Relation]) -> Result<(), Stop> {
        let mut pc = 0;
        while let Some(op) = code.ops.get(pc) {
            match self.op(op, regs, rels) {
                Ok(None) => pc += 1,
                Ok(Some(to)) => pc = to,
                Err(None) => return Err(Stop::NoRow),
                Err(Some(kind)) => {
                    return Err(Stop::Fail(kind, code.spans.get(pc).copied().unwrap_or_default()));
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn op(
        &mut self,
        op: &Op,
        regs: &mut [u64],
        rels: &[Relation],
    ) -> Result<Option<usize>, Option<FailKind>> {
        match op {
            Op::Const { d, index } => regs[*d as usize] = self.consts[*index as usize],
            Op::Move { d, a } => regs[*d as usize] = regs[*a as usize],
            Op::Int { op, d, a, b, slack } => {
                regs[*d as usize] =
                    int(*op, regs[*a as usize] as i64, regs[*b as usize] as i64, *slack)? as u64;
            }
            Op::Same { d, a, b, negated } => {
                regs[*d as usize] = u64::from((regs[*a as usize] == regs[*b as usize]) != *negated);
            }
            Op::CompareInt { cmp, d, a, b } => {
                let order = (regs[*a as usize] as i64).cmp(&(regs[*b as usize] as i64));
                regs[*d as usize] = u64::from(holds(*cmp, order));
            }
            Op::Not { d, a } => regs[*d as usize] = regs[*a as usize] ^ 1,
            Op::Jump { to } => return Ok(Some(*to as usize)),
            Op::JumpIf { a, to } => {
                if regs[*a as usize] != 0 {
                    return Ok(Some(*to as usize));
                }
            }
            Op::JumpIfNot { a, to } => {
                if regs[*a as usize] == 0 {
                    return Ok(Some(*to as usize));
                }
            }
            Op::NoRow => return Err(None),
            Op::Fail(kind) => return Err(Some(*kind)),
            other => self.rare(other, regs, rels)?,
        }
        Ok(None)
    }

    fn rare(
        &mut self,
        op: &Op,
        regs: &mut [u64],
        rels: &[Relation],
    ) -> Result<(), Option<FailKind>> {
        let r = |reg: &u16| regs[*reg as usize];
        let (d, word) = match op {
            Op::NegInt { d, a, slack } => (d, int(Arith::Sub, 0, r(a) as i64, *slack)? as u64),
            Op::Float { op, d, a, b } => {
                (d, float_word(float(*op, word_float(r(a)), word_float(r(b)))))
            }
            Op::NegFloat { d, a } => (d, float_word(-word_float(r(a)))),
            Op::Compare { cmp, ty, d, a, b } => {
                let order = compare(self.types, *ty, r(a), r(b), self.interner);
                (d, u64::from(holds(*cmp, order)))
            }
            Op::Words { d, .. } | Op::Set { d, .. } | Op::Map { d, .. } => (d, self.make(op, regs)),
            Op::Enum { d, deep, .. } => (d, self.nested(op, *deep, regs).map_err(Some)?),
            Op::Some { d, a } => (d, 1 + self.interner.words(&[r(a)])),
            Op::None { d } => (d, 0),
            Op::Field { d, a, field } => (d, self.interner.get_words(r(a))[*field as usize]),
            Op::IsVariant { d, a, variant } => {
                (d, u64::from(self.interner.get_words(r(a))[0] == u64::from(*variant)))
            }
            Op::Payload { d, a, field } => (d, self.interner.get_words(r(a))[1 + *field as usize]),
            Op::IsSome { d, a } => (d, u64::from(r(a) != 0)),
            Op::Inner { d, a } => (d, self.interner.get_words(r(a) - 1)[0]),
            Op::InList { d, .. }
            | Op::InSet { d, .. }
            | Op::InMap { d, .. }
            | Op::IndexList { d, .. }
            | Op::IndexMap { d, .. } => (d, self.look(op, regs)?),
            Op::Owns { d, rel, row, element } => {
                let paths = &self.rels[rel.index()].element;
                let (key, n) = spread(r(row) as u32, r(element), paths, self.interner);
                (d, u64::from(rels[rel.index()].has(&key[..n])))
            }
            Op::Join { d, a, b, lattice } => {
                let lattice = &self.lattices[*lattice as usize];
                let joined = lattice::join(lattice, r(a), r(b), self.types, self.interner);
                (d, joined.map_err(|lattice::Clash| Some(FailKind::Clash))?)
            }
            Op::Leq { d, a, b, lattice } => {
                let lattice = &self.lattices[*lattice as usize];
                let below = lattice::leq(lattice, r(a), r(b), self.types, self.interner);
                (d, u64::from(below))
            }
            Op::Range { d, lo, hi } => (d, self.range(r(lo) as i64, r(hi) as i64)?),
            Op::Text { d, parts } => (d, self.text(parts, regs)?),
            Op::Call { d, f, args } => (d, self.call(*f, args, regs, rels)?),
            Op::Builtin { d, f, args, ty } => (d, self.builtin(*f, args, *ty, regs)?),
            Op::Native { d, id, args, ty, .. } => (d, self.native(*id, args, *ty, regs)?),
            Op::Const { .. }
            | Op::Move { .. }
            | Op::Int { .. }
            | Op::Same { .. }
            | Op::CompareInt { .. }
            | Op::Not { .. }
            | Op::Jump { .. }
            | Op::JumpIf { .. }
            | Op::JumpIfNot { .. }
            | Op::NoRow
            | Op::Fail(_) => return Ok(()),
        };
        regs[*d as usize] = word;
        Ok(())
    }

    /// Makes an enum value; where it may hold its like, not too deep.
    fn nested(&mut self, op: &Op, deep: Option<TypeId>, regs: &[u64]) -> Result<u64, FailKind> {
        let word = self.make(op, regs);
        match deep {
            Some(ty) if self.interner.depth(self.types, ty, word) > VALUE_DEPTH_MAX => {
                Err(FailKind::TooDeep)
            }
            _ => Ok(word),
        }
    }

    /// Makes a list, tuple, set, map or enum value.
    fn make(&mut self, op: &Op, regs: &[u64]) -> u64 {
        let r = |reg: &u16| regs[*reg as usize];
        match op {
            Op::Words { of, .. } => {
                let words: Vec<u64> = of.iter().map(r).collect();
                self.interner.words(&words)
            }
            Op::Set { of, element, .. } => {
                let words = of.iter().map(r).collect();
                collections::set(self.types, *element, words, self.interner)
            }
            Op::Map { of, key, .. } => {
                let entries = of.iter().map(|(k, v)| (r(k), r(v))).collect();
                collections::map(self.types, *key, entries, self.interner)
            }
            Op::Enum { variant, of, .. } => {
                let mut words = vec![u64::from(*variant)];
                words.extend(of.iter().map(r));
                self.interner.words(&words)
            }
            _ => 0,
        }
    }

    /// Looks into a list, a set or a map.
    fn look(&self, op: &Op, regs: &[u64]) -> Result<u64, Option<FailKind>> {
        let r = |reg: &u16| regs[*reg as usize];
        match op {
            Op::InList { a, of, .. } => {
                Ok(u64::from(self.interner.get_words(r(of)).contains(&r(a))))
            }
            Op::InSet { a, of, element, .. } => {
                let set = self.interner.get_words(r(of));
                let found = collections::in_set(self.types, *element, set, r(a), self.interner);
                Ok(u64::from(found))
            }
            Op::InMap { a, of, key, .. } => {
                let found = collections::at_key(self.types, *key, r(of), r(a), self.interner);
                Ok(u64::from(found.is_some()))
            }
            Op::IndexList { a, at, .. } => {
                let list = self.interner.get_words(r(a));
                let word = usize::try_from(r(at) as i64).ok().and_then(|i| list.get(i));
                word.copied().ok_or(Some(FailKind::OutOfRange))
            }
            Op::IndexMap { a, at, key, .. } => {
                collections::at_key(self.types, *key, r(a), r(at), self.interner).ok_or(None)
            }
            // Nothing else looks.
            _ => Err(None),
        }
    }

    fn builtin(
        &mut self,
        f: Func,
        args: &[(u16, TypeId)],
        ty: TypeId,
        regs: &[u64],
    ) -> Result<u64, Option<FailKind>> {
        let mut words = [0; 4];
        let mut tys = [TypeId(0); 4];
        for (i, (reg, ty)) in args.iter().enumerate().take(4) {
            words[i] = regs[*reg as usize];
            tys[i] = *ty;
        }
        let n = args.len().min(4);
        functions::call(f, &words[..n], &tys[..n], ty, self)
    }

    fn native(
        &mut self,
        id: NativeId,
        args: &[(u16, TypeId)],
        ty: TypeId,
        regs: &[u64],
    ) -> Result<u64, Option<FailKind>> {
        let args: Vec<(TypeId, u64)> =
            args.iter().map(|(reg, ty)| (*ty, regs[*reg as usize])).collect();
        natives::call(self.natives, id, &args, ty, (self.types, self.interner))
    }

    fn range(&mut self, lo: i64, hi: i64) -> Result<u64, Option<FailKind>> {
        range_length(lo, hi)?;
        let words: Vec<u64> = (lo..hi).map(|x| x as u64).collect();
        Ok(self.interner.words(&words))
    }

    fn text(&mut self, parts: &[TextPart], regs: &[u64]) -> Result<u64, Option<FailKind>> {
        let mut out = Vec::new();
        for part in parts {
            match part {
                TextPart::Text(text) => out.extend_from_slice(text.as_bytes()),
                TextPart::Value(reg, ty) => {
                    text::plain(self.types, *ty, regs[*reg as usize], self.interner, &mut out);
                }
            }
        }
        if out.len() > TEXT_BYTES_MAX {
            return Err(Some(FailKind::TooLong));
        }
        Ok(self.interner.bytes(&out))
    }

    fn call(
        &mut self,
        f: u32,
        args: &[u16],
        regs: &[u64],
        rels: &[Relation],
    ) -> Result<u64, Option<FailKind>> {
        let fns = self.fns;
        let code = &fns[f as usize];
        let mut inner = vec![0; code.regs.max(args.len())];
        for (slot, arg) in inner.iter_mut().zip(args) {
            *slot = regs[*arg as usize];
        }
        match self.run(code, &mut inner, rels) {
            Ok(()) => Ok(inner[code.result as usize]),
            Err(Stop::NoRow) => Err(None),
            Err(Stop::Fail(kind, _)) => Err(Some(kind)),
        }
    }
}

/// Number of elements of `lo..hi`, or that it is too long.
pub fn range_length(lo: i64, hi: i64) -> Result<u64, Option<FailKind>> {
    let n = if hi > lo { hi.abs_diff(lo) } else { 0 };
    if n > RANGE_MAX { Err(Some(FailKind::TooLong)) } else { Ok(n) }
}

/// Arithmetic on ints.
#[inline(always)]
pub fn int(op: Arith, a: i64, b: i64, slack: Slack) -> Result<i64, Option<FailKind>> {
    let exact = match op {
        Arith::Add => a.checked_add(b),
        Arith::Sub => a.checked_sub(b),
        Arith::Mul => a.checked_mul(b),
        Arith::Div | Arith::Rem if b == 0 => return Err(Some(FailKind::DivisionByZero)),
        Arith::Div => a.checked_div(b),
        // The least int by -1 leaves no remainder; the machine would trap.
        Arith::Rem => Some(a.checked_rem(b).unwrap_or(0)),
    };
    match exact {
        Some(x) => Ok(x),
        None => Err(beyond(op, a, b, slack)),
    }
}

/// Which end an overflow left at, and what that means there.
#[cold]
fn beyond(op: Arith, a: i64, b: i64, slack: Slack) -> Option<FailKind> {
    let (a, b) = (i128::from(a), i128::from(b));
    let exact = match op {
        Arith::Add => a + b,
        Arith::Sub => a - b,
        Arith::Mul => a * b,
        Arith::Div | Arith::Rem => i128::MAX,
    };
    match (slack, exact > 0) {
        (Slack::NoRowAbove, true) | (Slack::NoRowBelow, false) => None,
        _ => Some(FailKind::Overflow),
    }
}

fn float(op: Arith, a: f64, b: f64) -> f64 {
    match op {
        Arith::Add => a + b,
        Arith::Sub => a - b,
        Arith::Mul => a * b,
        Arith::Div => a / b,
        Arith::Rem => a % b,
    }
}

fn holds(cmp: Cmp, order: std::cmp::Ordering) -> bool {
    match cmp {
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
    }
}

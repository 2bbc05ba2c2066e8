//! Register code, part of the plan's plain data: what a kernel computes inside
//! a match. This room must not know relations' rows, only words.

use serde::Deserialize;
use serde::Serialize;

use crate::ids::NativeId;
use crate::ids::RelId;
use crate::plan::ir::Reg;
use crate::plan::ir::TypeId;
use crate::source::Span;
use crate::types::builtins;
use crate::types::builtins::Func;
use crate::types::builtins::Partial;
use crate::types::typed::Arith;
use crate::types::typed::Cmp;
use crate::types::typed::Slack;

/// A register program. Runs from op 0 to the end.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Code {
    pub ops: Vec<Op>,
    /// Source of each op, for failures.
    pub spans: Vec<Span>,
    /// For functions: number of registers (arguments come first), and where
    /// the result is.
    pub regs: usize,
    pub result: Reg,
}

/// Why a tick fails in an expression.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum FailKind {
    Overflow,
    DivisionByZero,
    /// `nat(x)` of something negative.
    Negative,
    /// A position outside a list.
    OutOfRange,
    /// `int(x)` of NaN, or `floor` by nothing positive, and their kin.
    BadArgument,
    /// `a..b` or a text beyond its limit.
    TooLong,
    /// No arm of a `match` fits.
    NoMatch,
    /// A value that holds others deeper than the limit.
    TooDeep,
    /// `join` of two different points.
    Clash,
    /// What a function of the embedding program said: a text, as the kernel
    /// keeps it.
    Native(NativeId, u64),
}

/// An operation on registers: `d` is where the result goes.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Op {
    Const {
        d: Reg,
        index: u32,
    },
    Move {
        d: Reg,
        a: Reg,
    },
    /// On `int`, `nat`, `time`, `duration` words.
    Int {
        op: Arith,
        d: Reg,
        a: Reg,
        b: Reg,
        slack: Slack,
    },
    NegInt {
        d: Reg,
        a: Reg,
        slack: Slack,
    },
    Float {
        op: Arith,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    NegFloat {
        d: Reg,
        a: Reg,
    },
    /// Equality of words, for all types.
    Same {
        d: Reg,
        a: Reg,
        b: Reg,
        negated: bool,
    },
    /// Signed order of `int`, `nat`, `time`, `duration`.
    CompareInt {
        cmp: Cmp,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    /// Value order of any type.
    Compare {
        cmp: Cmp,
        ty: TypeId,
        d: Reg,
        a: Reg,
        b: Reg,
    },
    Not {
        d: Reg,
        a: Reg,
    },
    Jump {
        to: u32,
    },
    JumpIf {
        a: Reg,
        to: u32,
    },
    JumpIfNot {
        a: Reg,
        to: u32,
    },
    /// A tuple, record or list of the registers.
    Words {
        d: Reg,
        of: Vec<Reg>,
    },
    Set {
        d: Reg,
        of: Vec<Reg>,
        element: TypeId,
    },
    /// Keys and values; of equal keys the last wins.
    Map {
        d: Reg,
        of: Vec<(Reg, Reg)>,
        key: TypeId,
    },
    /// With `deep`, the type whose values are limited in depth.
    Enum {
        d: Reg,
        variant: u32,
        of: Vec<Reg>,
        deep: Option<TypeId>,
    },
    Some {
        d: Reg,
        a: Reg,
    },
    None {
        d: Reg,
    },
    /// Component of a tuple or field of a record.
    Field {
        d: Reg,
        a: Reg,
        field: u32,
    },
    /// Whether an enum value has this constructor.
    IsVariant {
        d: Reg,
        a: Reg,
        variant: u32,
    },
    Payload {
        d: Reg,
        a: Reg,
        field: u32,
    },
    IsSome {
        d: Reg,
        a: Reg,
    },
    /// What `Some` holds.
    Inner {
        d: Reg,
        a: Reg,
    },
    InList {
        d: Reg,
        a: Reg,
        of: Reg,
    },
    InSet {
        d: Reg,
        a: Reg,
        of: Reg,
        element: TypeId,
    },
    InMap {
        d: Reg,
        a: Reg,
        of: Reg,
        key: TypeId,
    },
    IndexList {
        d: Reg,
        a: Reg,
        at: Reg,
    },
    /// Without an entry: no row.
    IndexMap {
        d: Reg,
        a: Reg,
        at: Reg,
        key: TypeId,
    },
    /// A set or map owned by a row: whether it has a word as element or key.
    Owns {
        d: Reg,
        rel: RelId,
        row: Reg,
        element: Reg,
    },
    /// Two values merged, by the number of their lattice.
    Join {
        d: Reg,
        a: Reg,
        b: Reg,
        lattice: u32,
    },
    /// Whether merging `a` into `b` changes nothing.
    Leq {
        d: Reg,
        a: Reg,
        b: Reg,
        lattice: u32,
    },
    Range {
        d: Reg,
        lo: Reg,
        hi: Reg,
    },
    /// Text of the parts.
    Text {
        d: Reg,
        parts: Vec<TextPart>,
    },
    Call {
        d: Reg,
        f: u32,
        args: Vec<Reg>,
    },
    /// A function of the language, with the types of its arguments and result.
    Builtin {
        d: Reg,
        f: Func,
        args: Vec<(Reg, TypeId)>,
        ty: TypeId,
    },
    /// A function of the embedding program, likewise.
    Native {
        d: Reg,
        id: NativeId,
        args: Vec<(Reg, TypeId)>,
        ty: TypeId,
        fails: bool,
        partial: bool,
    },
    NoRow,
    Fail(FailKind),
}

/// A part of a text.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum TextPart {
    Text(String),
    Value(Reg, TypeId),
}

impl Code {
    /// Whether it can fail, where `calls` says so of the program's functions.
    pub fn may_fail(&self, calls: &dyn Fn(u32) -> bool) -> bool {
        self.ops.iter().any(|op| match op {
            Op::Int { .. }
            | Op::NegInt { .. }
            | Op::Range { .. }
            | Op::IndexList { .. }
            | Op::Text { .. }
            | Op::Fail(_) => true,
            Op::Enum { deep, .. } => deep.is_some(),
            Op::Builtin { f, .. } => func_fails(*f),
            Op::Native { fails, .. } => *fails,
            Op::Call { f, .. } => calls(*f),
            _ => false,
        })
    }
}

/// Whether a function of the language can fail, long texts included.
pub fn func_fails(f: Func) -> bool {
    let builds = matches!(
        f,
        Func::Concat
            | Func::Replace
            | Func::Upper
            | Func::Lower
            | Func::Str
            | Func::JsonText
            | Func::Hex
            | Func::Base64
    );
    builds || builtins::of(f).overloads.iter().any(|o| o.partial == Partial::Fails)
}

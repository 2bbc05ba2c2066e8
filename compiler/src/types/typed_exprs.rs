//! Expressions of the typed program. What they stand in is not known here.

use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::VarId;
use crate::names::native::Native;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed::Pat;

/// An expression.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Ty,
    pub span: Span,
}

/// What becomes of arithmetic that leaves the range of its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
pub enum Slack {
    /// The tick fails.
    Fail,
    /// Beyond the greatest value: no row (towards bottom of a `Min`); below
    /// the least: the tick fails.
    NoRowAbove,
    /// Below the least value: no row (towards bottom of a `Max`); beyond the
    /// greatest: the tick fails.
    NoRowBelow,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    Var(VarId),
    Const(ConstId),
    Literal(Literal),
    Interp(Vec<Part>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Set(Vec<Expr>),
    /// A later entry of an equal key wins.
    Map(Vec<(Expr, Expr)>),
    Record(RecordId, Vec<Expr>),
    Construct(EnumId, usize, Vec<Expr>),
    Some(Box<Expr>),
    None,
    Neg(Box<Expr>, Slack),
    Not(Box<Expr>),
    /// `and` and `or` evaluate the right side only when needed.
    Logic(Logic, Box<Expr>, Box<Expr>),
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// Element of a list or set, key of a map.
    In(Box<Expr>, Box<Expr>),
    /// `a..b` as a list of ints; at most `limits::RANGE_MAX` long.
    Range(Box<Expr>, Box<Expr>),
    Arith(Arith, Box<Expr>, Box<Expr>, Slack),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The first arm whose pattern matches; types made sure that one does, or
    /// the tick fails.
    Match(Box<Expr>, Vec<(Pat, Expr)>),
    /// What `Some` holds; of `None` there is no row.
    Try(Box<Expr>),
    /// A field of a record, or a component of a tuple, by number.
    Field(Box<Expr>, usize),
    /// `list[i]`: outside the list the tick fails. `map[k]`: without an entry
    /// there is no row.
    Index(Box<Expr>, Box<Expr>),
    Call(FnId, Vec<Expr>),
    Builtin(Func, Vec<Expr>),
    /// The body of a function that is not written in the language.
    Native(Native, Vec<Expr>),
    /// The least value of the lattice that is at least both; the tick fails where
    /// there is none, which only points know.
    Join(Box<Lattice>, Box<Expr>, Box<Expr>),
    /// Whether the second is at least the first in the lattice.
    Leq(Box<Lattice>, Box<Expr>, Box<Expr>),
    /// An aggregate of the rule; heads only.
    Agg(usize),
}

/// `and`, `or`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum Logic {
    And,
    Or,
}

/// Comparisons; both sides have one type (`nat` widened).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Cmp {
    /// Whether it holds of two values.
    pub fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Cmp::Eq => a == b,
            Cmp::Ne => a != b,
            Cmp::Lt => a < b,
            Cmp::Le => a <= b,
            Cmp::Gt => a > b,
            Cmp::Ge => a >= b,
        }
    }

    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Cmp::Eq => "==",
            Cmp::Ne => "!=",
            Cmp::Lt => "<",
            Cmp::Le => "<=",
            Cmp::Gt => ">",
            Cmp::Ge => ">=",
        }
    }
}

/// Arithmetic. On `int`/`nat`, on `float` (never fails), and
/// `time + duration`, `duration + time`, `time - duration`, `time - time`,
/// `duration ± duration`, `duration * int`, `int * duration`,
/// `duration / int`, `duration / duration` (an int), `duration % duration`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl Arith {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Arith::Add => "+",
            Arith::Sub => "-",
            Arith::Mul => "*",
            Arith::Div => "/",
            Arith::Rem => "%",
        }
    }
}

/// A part of an interpolated text.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Part {
    Text(String),
    Expr(Expr),
}

/// Constants.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Literal {
    /// Of type int or nat.
    Int(i64),
    Float(f64),
    Bool(bool),
    Str(String),
    Bytes(Vec<u8>),
    Node(String),
    /// Nanoseconds.
    Duration(i64),
    /// `nil` is the only one.
    Uuid([u8; 16]),
}

//! The typed program: the contract between the front of the compiler and
//! everything that judges or runs programs (oracle, analysis, plan).
//!
//! Promises of this tree, made by the phase `types` when it reported no error:
//!
//! 1. Every expression and pattern has its type; literals have the type of
//!    their place (a string where a `node` is wanted is a `node`).
//! 2. Every conjunction is in an order in which it can be executed from left
//!    to right: a literal comes after those that bind what it needs. Among
//!    the ready ones source order is kept.
//! 3. In a rule's body the first `early` literals cannot fail. The others may
//!    (or hang on what may), and their order *is* their meaning: they are
//!    evaluated for matches of all before them, each one only when the ones
//!    before held; then the head's arguments, from left to right.
//! 4. A variable with `grows` is read while it still grows: all its uses are
//!    monotone. An atom with `reveals` reads the finished value of a lattice
//!    column and so stands in a later stratum than what writes it.
//! 5. A rule with `grows` aggregates inside a recursion that hangs on it. It is
//!    the only rule of its head, which is never loaded; all its aggregates only
//!    grow, and nothing that grows is aggregated or part of the group. A column
//!    of its head that does not merge and is filled by an aggregate has a
//!    lattice in `grows`: atoms in the circle of the head read what there is of
//!    it so far, in monotone ways, and all others read the finished row: they
//!    have `reveals`.

use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir;
use crate::names::native::Native;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::ty::TypeNames;

/// A program. All vectors are indexed by the ids of their items.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Program {
    pub rels: Vec<Rel>,
    pub rules: Vec<Rule>,
    pub fns: Vec<Fn>,
    pub consts: Vec<Const>,
    pub enums: Vec<Enum>,
    pub records: Vec<Record>,
    /// Heads of the rules that are missing from `rules` because of an error.
    pub bad_rules: Vec<RelId>,
}

impl TypeNames for Program {
    fn record(&self, id: RecordId) -> &str {
        &self.records[id.index()].name
    }

    fn enumeration(&self, id: EnumId) -> &str {
        &self.enums[id.index()].name
    }
}

/// A collection.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rel {
    pub name: String,
    pub kind: hir::RelKind,
    pub reach: hir::Reach,
    pub cols: Vec<Col>,
    pub doc: Option<String>,
    pub span: Span,
    pub name_span: Span,
}

impl Rel {
    /// Whether the outside world sees its rows.
    pub fn is_shown(&self) -> bool {
        use hir::RelKind;
        let kind =
            matches!(self.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView);
        kind && self.reach == hir::Reach::Program
    }

    /// Whether rows with equal key columns must have equal values.
    pub fn has_values(&self) -> bool {
        self.cols.iter().any(|c| matches!(c.role, Role::Value))
    }

    /// Whether some column merges.
    pub fn has_cells(&self) -> bool {
        self.cols.iter().any(|c| matches!(c.role, Role::Cell(_)))
    }

    /// Whether some column grows though it does not merge.
    pub fn has_growth(&self) -> bool {
        self.cols.iter().any(|c| c.grows.is_some())
    }
}

/// A column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Col {
    pub name: String,
    pub ty: Ty,
    pub role: Role,
    /// The lattice that was declared, also where the column is fixed. A fixed
    /// column right of the key that is a [`Lattice::Point`] is a value column.
    pub lattice: Option<Lattice>,
    /// The lattice in which it grows within its own recursion, though it holds
    /// one plain value in the end; see promise 5.
    pub grows: Option<Lattice>,
    pub default: Option<Default>,
    pub span: Span,
}

/// What a column is to its row.
#[derive(Clone, PartialEq, Debug)]
pub enum Role {
    /// Part of the key.
    Key,
    /// Determined by the key; two values are a conflict.
    Value,
    /// Merged.
    Cell(Lattice),
}

/// The default of a column.
#[derive(Clone, Debug)]
pub enum Default {
    /// The record's number in its source, from 1.
    Line,
    /// An expression without variables.
    Value(Expr),
}

/// A pure function.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Fn {
    pub name: String,
    pub params: Vec<VarId>,
    pub body: Expr,
    pub vars: Vec<Var>,
    /// Whether the body can fail.
    pub fallible: bool,
    pub span: Span,
}

/// A constant; its value has no variables.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Const {
    pub name: String,
    pub value: Expr,
    pub span: Span,
}

/// An enum; its values order by constructor, then by payload.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Enum {
    pub name: String,
    /// Number of its type parameters; in the payloads they are [`Ty::Param`].
    pub params: usize,
    /// Whether a value of it may hold another.
    pub recursive: bool,
    pub variants: Vec<(String, Vec<Ty>)>,
    pub span: Span,
}

/// A record; its values order lexicographically by field.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Record {
    pub name: String,
    pub fields: Vec<(String, Ty)>,
    pub span: Span,
}

/// A variable.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    /// The lattice it grows in while the rule reads it; `None`: a fixed value.
    pub grows: Option<Lattice>,
    pub span: Span,
}

/// A rule with `<=`.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    pub head: RelId,
    /// One expression per column of the head; of the column's type.
    pub args: Vec<Expr>,
    /// Aggregates, as `ExprKind::Agg` in `args` names them.
    pub aggs: Vec<Agg>,
    /// With aggregates: the variables that stand outside them in the head.
    pub group: Vec<VarId>,
    /// Whether it aggregates inside its own recursion; see promise 5.
    pub grows: bool,
    pub body: Body,
    /// The atoms of the body in the order that the program fixes, by their
    /// places; empty where it fixes none. Says nothing about what is derived.
    pub order: Vec<Span>,
    pub vars: Vec<Var>,
    pub is_fact: bool,
    pub span: Span,
    pub head_span: Span,
}

/// A body; see the promises above.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Body {
    pub lits: Vec<Lit>,
    pub early: usize,
}

/// An aggregate in a head.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Agg {
    pub func: AggFn,
    /// `count()` none; `top(n, e, by)` has `[n, e]`; all others `[e]`.
    pub args: Vec<Expr>,
    /// Order of `list`, `top`, `argmin`, `argmax`: the components of a tuple
    /// one by one, each with whether `desc` reverses it.
    pub by: Vec<(Expr, bool)>,
    pub ty: Ty,
    pub span: Span,
}

/// The aggregates. `Count`, `Sum`, `Avg`, `List`, `Top` see every combination
/// of rows; the others see distinct values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, serde::Serialize, serde::Deserialize)]
#[allow(missing_docs)]
pub enum AggFn {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    Any,
    All,
    Collect,
    Choose,
    List,
    Top,
    ArgMin,
    ArgMax,
}

impl AggFn {
    /// Whether it sees every combination of rows rather than distinct values.
    pub fn counts_matches(self) -> bool {
        match self {
            AggFn::Count | AggFn::Sum | AggFn::Avg | AggFn::List | AggFn::Top => true,
            AggFn::CountDistinct
            | AggFn::Min
            | AggFn::Max
            | AggFn::Any
            | AggFn::All
            | AggFn::Collect
            | AggFn::Choose
            | AggFn::ArgMin
            | AggFn::ArgMax => false,
        }
    }
}

/// A literal.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Lit {
    pub kind: LitKind,
    pub span: Span,
}

/// The forms of literals.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum LitKind {
    Atom(Atom),
    /// No match of the conjunction exists.
    Not(Vec<Lit>),
    /// A `bool` that must be true.
    Cond(Expr),
    /// The value matches the pattern.
    Bind(Pat, Expr),
    /// For each element of a list (by position), set, or map (as `(k, v)`).
    In(Pat, Expr),
    /// For each match of each conjunction. Each binds the same outer variables.
    Or(Vec<Vec<Lit>>),
    /// The rows of the atom, or, when no row has the values that the variables
    /// other than `outputs` have, the right side once. `outputs` are the
    /// variables that the right side binds.
    Else {
        atom: Atom,
        otherwise: Vec<Lit>,
        outputs: Vec<VarId>,
    },
    /// Every element of the value has a match.
    All {
        var: VarId,
        range: Expr,
        lits: Vec<Lit>,
    },
}

/// Rows of a collection: one pattern per column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Atom {
    pub rel: RelId,
    pub args: Vec<Pat>,
    pub reveals: bool,
    pub span: Span,
}

/// A pattern with the type of what it matches.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Pat {
    pub kind: PatKind,
    pub ty: Ty,
    pub span: Span,
}

/// The forms of patterns. A variable that has no value yet takes it, else the
/// two are compared.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum PatKind {
    Wild,
    Var(VarId),
    /// A tuple, or a record (as the type of the pattern says), part by part.
    Tuple(Vec<Pat>),
    Construct(EnumId, usize, Vec<Pat>),
    Some(Box<Pat>),
    None,
    /// Compared with the value of the expression, whose variables have values.
    Expr(Expr),
}

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
}

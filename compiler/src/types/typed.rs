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

use crate::ids::EnumId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir;
pub use crate::names::scenarios::Scenario;
use crate::source::Span;
pub use crate::types::tested::Tests;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::ty::TypeNames;
pub use crate::types::typed_exprs::Arith;
pub use crate::types::typed_exprs::Cmp;
pub use crate::types::typed_exprs::Expr;
pub use crate::types::typed_exprs::ExprKind;
pub use crate::types::typed_exprs::Literal;
pub use crate::types::typed_exprs::Logic;
pub use crate::types::typed_exprs::Part;
pub use crate::types::typed_exprs::Slack;

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
    /// What only tests need.
    pub tests: Tests,
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
    /// The language has it.
    pub given: Option<hir::Given>,
    pub reach: hir::Reach,
    pub cols: Vec<Col>,
    /// Of a channel the address, of a timer the time, as a column.
    pub at: Option<usize>,
    /// Of a periodic: a positive duration, without variables.
    pub every: Option<Expr>,
    /// Events that are alone in their tick (no columns), or the only one there
    /// with equal values in these.
    pub serial: Option<Vec<usize>>,
    /// Of a channel: replicated roles that some rule sends to as a group. Messages
    /// to their members have to arrive; for the meaning of rules it is all one.
    pub groups: Vec<String>,
    /// Of a view who keeps it up, if the program says it.
    pub followed: Option<hir::Followed>,
    /// Rows are events of one tick; of an output its rules decide. Rows of all
    /// others are state, or follow from it.
    pub event: bool,
    pub doc: Option<String>,
    pub span: Span,
    pub name_span: Span,
}

impl Rel {
    /// A view of these columns.
    pub fn view(name: String, cols: Vec<Col>, span: Span, name_span: Span) -> Rel {
        Rel {
            name,
            kind: hir::RelKind::View,
            given: None,
            reach: hir::Reach::Private,
            cols,
            at: None,
            every: None,
            serial: None,
            groups: Vec::new(),
            followed: None,
            event: false,
            doc: None,
            span,
            name_span,
        }
    }

    /// Whether the outside world sees its rows.
    pub fn is_shown(&self) -> bool {
        use hir::RelKind;
        let kind =
            matches!(self.kind, RelKind::Output | RelKind::OutputTable | RelKind::OutputView);
        kind && self.reach == hir::Reach::Program
    }

    /// Whether rows are given to it from outside, in files or by a call.
    pub fn is_loadable(&self) -> bool {
        self.kind.is_loadable() && self.given.is_none() && self.reach == hir::Reach::Program
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

/// A rule. Its head holds in its tick; a head of the kind
/// [`hir::RelKind::Stage`] is taken up when the tick ends. A fact of a table
/// (`is_fact`) holds in the first tick only, where the table keeps it.
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
    /// Only rows that were not there in the tick before; of collections of the
    /// kind [`hir::RelKind::Firing`], which are complete then.
    pub news: bool,
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

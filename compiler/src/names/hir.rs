//! The resolved program: every name an id, sugar gone, rules numbered. After
//! this tree nobody sees what was written; types are still unknown.

use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::native::Native;
use crate::names::occurrences::Occurrence;
pub use crate::names::rels::Accepted;
pub use crate::names::rels::Closing;
pub use crate::names::rels::Col;
pub use crate::names::rels::Followed;
pub use crate::names::rels::Given;
pub use crate::names::rels::Promise;
pub use crate::names::rels::PromiseKind;
pub use crate::names::rels::Reach;
pub use crate::names::rels::Rel;
pub use crate::names::rels::RelKind;
pub use crate::names::rels::Stage;
pub use crate::names::scenarios::Scenario;
pub use crate::names::steps::Expectation;
pub use crate::names::steps::Test;
pub use crate::names::steps::TestFact;
pub use crate::names::steps::TestStep;
pub use crate::names::steps::TestStepKind;
pub use crate::names::steps::TestTick;
pub use crate::names::steps::Tests;
use crate::source::Span;

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
    /// What is there for tests alone.
    pub tests: Tests,
    /// Rules that are accepted as they are, in the order of the text.
    pub accepted: Vec<Accepted>,
    /// Every name that was understood, in the order of the text.
    pub occurrences: Vec<Occurrence>,
}

/// The default of a column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Default {
    /// The record's number in its source, from 1.
    Line(Span),
    Value(Expr),
}

/// A type with its names resolved and aliases expanded.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Type {
    pub kind: TypeKind,
    pub span: Span,
}

/// The forms of types.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum TypeKind {
    Int,
    Nat,
    Float,
    Bool,
    Str,
    Bytes,
    Node,
    Time,
    Duration,
    Uuid,
    Json,
    Tuple(Vec<Type>),
    List(Box<Type>),
    Option(Box<Type>),
    Record(RecordId),
    /// With its type arguments.
    Enum(EnumId, Vec<Type>),
    /// A type parameter of the enum that is being declared, by number.
    Param(u32),
    Max(Box<Type>),
    Min(Box<Type>),
    Any,
    All,
    Set(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Pair(Box<Type>, Box<Type>),
    Bag(Box<Type>),
    Point(Box<Type>),
    Lex(Box<Type>, Box<Type>),
    /// Already reported.
    Error,
}

/// `fn f(a: int): int = …;`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Fn {
    pub name: String,
    pub params: Vec<(VarId, Type)>,
    pub ret: Type,
    pub body: Expr,
    pub vars: Vec<Var>,
    pub doc: Option<String>,
    pub span: Span,
    pub name_span: Span,
}

/// `const k: int = 3;` with what `--set` put in its place.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Const {
    pub name: String,
    pub ty: Option<Type>,
    pub value: Expr,
    pub span: Span,
    pub name_span: Span,
}

/// `enum Op { Put(str, str), Get(str) }`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Enum {
    pub name: String,
    /// Names of its type parameters.
    pub params: Vec<String>,
    pub variants: Vec<Variant>,
    pub span: Span,
}

/// A constructor of an enum.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Variant {
    pub name: String,
    pub payload: Vec<Type>,
    pub span: Span,
}

/// `type P = { x: int, y: int };`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Record {
    pub name: String,
    pub fields: Vec<(String, Type)>,
    pub span: Span,
}

/// A variable of a rule or function.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Var {
    pub name: String,
    /// Where it occurs first.
    pub span: Span,
    /// Times it is written; one is a warning in a rule.
    pub uses: u32,
}

/// A rule. What it derives holds in its tick; rules with another operator than
/// `<=` have a [`RelKind::Stage`] as their head. A fact is a rule whose body
/// has nothing but `me`; a fact of a table holds in the first tick only, where
/// the table keeps it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    pub head: RelId,
    /// One expression per column of the head.
    pub args: Vec<Expr>,
    pub head_span: Span,
    pub body: Vec<Lit>,
    /// The atoms of the body in the order that the program fixes, by their
    /// places; empty where it fixes none.
    pub order: Vec<Span>,
    pub vars: Vec<Var>,
    pub is_fact: bool,
    pub doc: Option<String>,
    pub span: Span,
}

/// A literal of a body. Conjunctions are flat; `and`, `or`, `not` stand here
/// only where atoms or bindings are inside, else they are part of a condition.
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
    /// `p(x, _, 3)`, one pattern per column.
    Atom(Atom),
    /// No match of the conjunction exists; its own variables are existential.
    Not(Vec<Lit>),
    /// A boolean expression.
    Cond(Expr),
    /// `pattern = e`
    Bind(Pat, Expr),
    /// `pattern in e`
    In(Pat, Expr),
    /// One of several conjunctions.
    Or(Vec<Vec<Lit>>),
    /// The rows of the atom, or, when there is none, the right side once.
    Else { atom: Atom, otherwise: Vec<Lit> },
    /// `all x in e: …`
    All { var: VarId, var_span: Span, range: Expr, lits: Vec<Lit> },
    /// Already reported.
    Error,
}

/// Rows of a collection.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Atom {
    pub rel: RelId,
    pub args: Vec<Pat>,
    /// Only rows that were not there in the tick before.
    pub news: bool,
    pub span: Span,
}

/// A pattern.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Pat {
    pub kind: PatKind,
    pub span: Span,
}

/// The forms of patterns. A variable binds at its first match and is compared
/// at every other.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum PatKind {
    Wild,
    Var(VarId),
    Tuple(Vec<Pat>),
    Construct(EnumId, usize, Vec<Pat>),
    /// One pattern per field, in the order of the declaration.
    Record(RecordId, Vec<Pat>),
    Some(Box<Pat>),
    None,
    /// Any other expression: its value is compared.
    Expr(Expr),
}

/// An expression.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    Var(VarId),
    Const(ConstId),
    Literal(Literal),
    /// Text with values in it.
    Interp(Vec<Part>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    /// Also `{}`, which is the empty map where one is expected.
    Set(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// All fields, in the order of the record.
    Record(RecordId, Vec<Expr>),
    Construct(EnumId, usize, Vec<Expr>),
    Some(Box<Expr>),
    None,
    Neg(Box<Expr>),
    Not(Box<Expr>),
    Binary(BinOp, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Vec<(Pat, Expr)>),
    /// `e?`: what `Some` holds; without a value there is no row.
    Try(Box<Expr>),
    Field(Box<Expr>, String, Span),
    TupleField(Box<Expr>, u32),
    Index(Box<Expr>, Box<Expr>),
    Call(FnId, Vec<Expr>),
    /// A function of the language, by its name in the table of `types::builtins`,
    /// or an aggregate, by its name and number of arguments. Names do not know which exist
    /// with how many arguments: types decide. `name_span` is the word's place.
    Builtin {
        name: String,
        args: Vec<Expr>,
        name_span: Span,
    },
    /// The body of a function that is not written in the language: it is given
    /// the function's parameters.
    Native(Native, Vec<Expr>),
    /// Already reported.
    Error,
}

impl Expr {
    /// All direct parts, in source order; arms' patterns aside.
    pub fn children(&self) -> Vec<&Expr> {
        use ExprKind as E;
        match &self.kind {
            E::Var(_) | E::Const(_) | E::Literal(_) | E::None | E::Error => Vec::new(),
            E::Interp(parts) => parts
                .iter()
                .filter_map(|p| match p {
                    Part::Expr(e) => Some(e),
                    Part::Text(_) => None,
                })
                .collect(),
            E::Tuple(es) | E::List(es) | E::Set(es) => es.iter().collect(),
            E::Record(_, es) | E::Construct(_, _, es) | E::Call(_, es) | E::Native(_, es) => {
                es.iter().collect()
            }
            E::Builtin { args, .. } => args.iter().collect(),
            E::Map(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
            E::Some(e)
            | E::Neg(e)
            | E::Not(e)
            | E::Try(e)
            | E::Field(e, ..)
            | E::TupleField(e, _) => {
                vec![e]
            }
            E::Binary(_, a, b) | E::Index(a, b) => vec![a, b],
            E::If(c, a, b) => vec![c, a, b],
            E::Match(e, arms) => {
                std::iter::once(&**e).chain(arms.iter().map(|(_, body)| body)).collect()
            }
        }
    }

    /// Calls `f` with it and everything inside.
    pub fn each<'e>(&'e self, f: &mut dyn FnMut(&'e Expr)) {
        f(self);
        self.children().into_iter().for_each(|child| child.each(f));
    }

    /// Adds the variables that stand in it, in order.
    pub fn vars(&self, out: &mut Vec<VarId>) {
        self.each(&mut |e| {
            if let ExprKind::Var(var) = e.kind {
                out.push(var);
            }
        });
    }
}

/// A part of an interpolated text.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Part {
    Text(String),
    Expr(Expr),
}

/// Constants as written.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Literal {
    /// Between -2^63 and 2^63 - 1 (a minus before it is folded in).
    Int(i64),
    Float(f64),
    Bool(bool),
    Str(String),
    Bytes(Vec<u8>),
    /// Nanoseconds.
    Duration(i64),
    /// `nil`: the uuid without any bit.
    Nil,
}

/// Operators with two sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum BinOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Range,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

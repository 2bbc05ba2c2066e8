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
    /// Every name that was understood, in the order of the text.
    pub occurrences: Vec<Occurrence>,
}

/// What a collection is. `output` without `table` or `view` is [`RelKind::Output`];
/// whether it shows events or a view follows from its rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum RelKind {
    Table,
    StaticTable,
    View,
    Scratch,
    Input,
    InputTable,
    InputView,
    Output,
    OutputTable,
    OutputView,
}

impl RelKind {
    /// The words that declare it.
    pub fn words(self) -> &'static str {
        match self {
            RelKind::Table => "table",
            RelKind::StaticTable => "static table",
            RelKind::View => "view",
            RelKind::Scratch => "scratch",
            RelKind::Input => "input",
            RelKind::InputTable => "input table",
            RelKind::InputView => "input view",
            RelKind::Output => "output",
            RelKind::OutputTable => "output table",
            RelKind::OutputView => "output view",
        }
    }
}

/// How far a collection is seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Reach {
    /// The program's own: loaded from outside and shown there, as its kind says.
    #[default]
    Program,
    /// An input of an instance: rules outside of it write it.
    Input,
    /// An output of an instance: rules outside of it read it.
    Output,
    /// Private to an instance.
    Private,
}

/// A collection.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rel {
    pub name: String,
    pub kind: RelKind,
    pub reach: Reach,
    /// All columns in declared order; the first `keys` stand before `=>`.
    pub cols: Vec<Col>,
    /// Number of columns before `=>`; `None` when there is no `=>`.
    pub keys: Option<usize>,
    /// Declared by its own rule (`view p(e) <= body`): column types are inferred.
    pub by_rule: bool,
    pub doc: Option<String>,
    /// The whole declaration, and its name.
    pub span: Span,
    pub name_span: Span,
}

/// A column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Col {
    pub name: String,
    /// `None` in views declared by their rule.
    pub ty: Option<Type>,
    pub default: Option<Default>,
    pub span: Span,
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

/// A rule with `<=`. A fact is a rule with an empty body.
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

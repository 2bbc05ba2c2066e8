//! The tree as written: every node spanned, nothing resolved, nothing
//! desugared. It says what was written and knows neither names nor types.

use crate::source::Span;

/// A word with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// `a.b.c`
pub type Path = Vec<Name>;

/// A file, or the inside of a role or module.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Module {
    /// In source order.
    pub items: Vec<Item>,
}

/// A declaration or a rule, with what stands before it.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// `///` lines before it, joined by line breaks, without the slashes.
    pub doc: Option<String>,
    /// `@name(…)` before it.
    pub attrs: Vec<Attr>,
    /// What it is.
    pub kind: ItemKind,
    /// From the first attribute to the closing `;` or `}`.
    pub span: Span,
}

/// `@eventually`, `@snapshot("why")`, `@plan(a, b)` …
#[derive(Clone, PartialEq, Debug)]
pub struct Attr {
    /// The word after `@`.
    pub name: Name,
    /// Arguments; `None` without parentheses.
    pub args: Option<Vec<Expr>>,
    /// All of it.
    pub span: Span,
}

/// The kinds of items.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ItemKind {
    Collection(Collection),
    /// `table u like t;`
    Like {
        kind: CollectionKind,
        name: Name,
        of: Path,
    },
    /// `view p(e, …) <= body;` and `view p{c: e, …} <= body;`
    ViewRule {
        name: Name,
        args: Args,
        body: Vec<Lit>,
    },
    Periodic {
        name: Name,
        every: Expr,
    },
    Role(Role),
    Module(ModuleDecl),
    Protocol {
        name: Name,
        type_params: Vec<Name>,
        body: Module,
    },
    Import(ImportFrom),
    Use {
        path: Path,
        type_args: Vec<Type>,
        args: Vec<NamedArg>,
        alias: Name,
    },
    Fn {
        name: Name,
        params: Vec<Param>,
        ret: Type,
        body: Expr,
    },
    Const {
        name: Name,
        ty: Option<Type>,
        value: Expr,
    },
    TypeAlias {
        name: Name,
        ty: Type,
    },
    Record {
        name: Name,
        fields: Vec<Column>,
    },
    Lattice {
        name: Name,
        type_params: Vec<Name>,
        ty: Type,
    },
    Enum {
        name: Name,
        type_params: Vec<Name>,
        variants: Vec<Variant>,
    },
    Invariant {
        name: Name,
        condition: Expr,
    },
    Test {
        title: Literal,
        title_span: Span,
        body: Vec<TestStmt>,
    },
    Rule(Rule),
    /// A statement that did not parse. `words` are the names inside it: they
    /// are not reported as unknown elsewhere.
    Broken {
        words: Vec<String>,
    },
}

impl ItemKind {
    /// Whether it declares a type, a function or a constant. What could not be
    /// read may have been one.
    pub fn is_about_values(&self) -> bool {
        matches!(
            self,
            ItemKind::Fn { .. }
                | ItemKind::Const { .. }
                | ItemKind::TypeAlias { .. }
                | ItemKind::Record { .. }
                | ItemKind::Lattice { .. }
                | ItemKind::Enum { .. }
                | ItemKind::Broken { .. }
        )
    }
}

/// What a collection is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum CollectionKind {
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
    Channel,
    Timer,
}

/// `table t(k: int => v: str) sealed by k serial;`
#[derive(Clone, PartialEq, Debug)]
pub struct Collection {
    /// Table, view, …
    pub kind: CollectionKind,
    /// Its name.
    pub name: Name,
    /// Columns before `=>`, or all of them.
    pub columns: Vec<Column>,
    /// Columns after `=>`; `None` when there is no `=>`.
    pub values: Option<Vec<Column>>,
    /// `sealed by …`, `endless`.
    pub closing: Option<Closing>,
    /// `serial [by …]`
    pub serial: Option<Vec<Name>>,
}

/// How a stream ends.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Closing {
    Sealed(Vec<Name>),
    Endless(Span),
}

/// `@to: node`, `qty: int = 1`
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// Marked with `@`: the address or the time.
    pub at: bool,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default (`line` stands for the record's number).
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// `name: type [= expr]`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Param {
    pub name: Name,
    pub ty: Type,
    pub default: Option<Expr>,
}

/// `role r(…) partitioned by k: str replicated 3 durable { … }`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Role {
    pub name: Name,
    pub params: Vec<Param>,
    pub partitioned: Option<(Name, Type)>,
    /// `replicated`, with its number if there is one.
    pub replicated: Option<Option<u64>>,
    pub durable: bool,
    pub body: Module,
}

/// `module M<T>(need: int): P { … }`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct ModuleDecl {
    pub name: Name,
    pub type_params: Vec<Name>,
    pub params: Vec<Param>,
    pub protocol: Option<Type>,
    pub body: Module,
}

/// What `import` names.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ImportFrom {
    Path(Path),
    File(String, Span),
}

/// `Put(str, str)`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Variant {
    pub name: Name,
    pub payload: Vec<Type>,
}

/// A type as written.
#[derive(Clone, PartialEq, Debug)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Where.
    pub span: Span,
}

/// The forms of types.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum TypeKind {
    /// `int`, or `Max<int>`, or `Op`.
    Named(Name, Vec<Type>),
    List(Box<Type>),
    Tuple(Vec<Type>),
    Option(Box<Type>),
}

/// `head op body;`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    /// `seal` before the head.
    pub seal: bool,
    pub head: Head,
    /// `None`: a fact.
    pub op: Option<(Op, Span)>,
    pub body: Vec<Lit>,
}

/// `p(…)` or `p{…}`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Head {
    pub path: Path,
    pub args: Args,
    pub span: Span,
}

/// Arguments by position or by name.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Args {
    Positional(Vec<Expr>),
    Named(Vec<NamedArg>),
}

/// `c: e`, or `c` for `c: c`.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct NamedArg {
    pub name: Name,
    pub value: Option<Expr>,
}

/// `<=` `<+` `<-` `<+-` `<~`
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[allow(missing_docs)]
pub enum Op {
    Now,
    Next,
    Delete,
    Replace,
    Send,
}

/// An item of a body.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Lit {
    Plain {
        expr: Expr,
        otherwise: Option<Expr>,
    },
    /// `all x in e: lit`
    All {
        var: Name,
        range: Expr,
        lit: Box<Lit>,
        span: Span,
    },
}

/// An expression, an atom or a pattern: what it is, names decide.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// The forms of expressions.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum ExprKind {
    /// A lower-case word.
    Name(String),
    /// A capitalised word.
    Upper(String),
    Wildcard,
    Literal(Literal),
    /// `@role`
    At(Name),
    /// `seal c(…)`
    Seal(Name, Vec<Expr>),
    /// `()` and `(a, b)`, `(a,)`.
    Tuple(Vec<Expr>),
    Paren(Box<Expr>),
    List(Vec<Expr>),
    /// `{a, b}`; `{}` is the empty set or map.
    Set(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Match(Box<Expr>, Vec<(Expr, Expr)>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Neg(Box<Expr>),
    Not(Box<Expr>),
    Binary(BinOp, Span, Box<Expr>, Box<Expr>),
    /// `e.name`
    Field(Box<Expr>, Name),
    /// `e.0`
    TupleField(Box<Expr>, u32, Span),
    Index(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Vec<Expr>),
    /// `p{c: e}`: an atom with named columns, or a record.
    Named(Box<Expr>, Vec<NamedArg>),
    /// `e?`
    Try(Box<Expr>),
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
    /// `=`
    Bind,
    In,
    Range,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// Constants.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Literal {
    /// Unsigned as written; `9223372036854775808` is legal after a minus.
    Int(u64),
    Float(f64),
    Bool(bool),
    /// Nanoseconds.
    Duration(i64),
    /// Text with interpolated expressions.
    Str(Vec<StrPart>),
    Bytes(Vec<u8>),
}

/// A part of a string.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum StrPart {
    Text(String),
    Expr(Expr),
}

/// A statement of a `test`.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct TestStmt {
    pub kind: TestKind,
    pub span: Span,
}

/// The forms of test statements.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum TestKind {
    Tick { at: Option<Expr>, facts: Vec<TestFact>, block: bool },
    Expect(Expr),
    ExpectSent { negated: bool, head: Head },
    ExpectError { code: Option<Name>, inner: Box<TestStmt> },
    Nodes(Vec<NodeGroup>),
    Seeds(u64),
    Network(Vec<NetworkWord>),
    NodeEvents { role: Name, index: u64, at: Option<Expr>, facts: Vec<TestFact> },
    View { name: Name, args: Vec<Expr>, body: Vec<Lit> },
    Eventually { within: Option<Expr>, props: Vec<Prop> },
    Always(Vec<Prop>),
    Sometimes(Vec<Prop>),
}

/// A fact from outside, or one taken out.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct TestFact {
    pub delete: bool,
    pub head: Head,
}

/// `client(server: store[0]): 1`
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct NodeGroup {
    pub role: Name,
    pub args: Vec<NamedArg>,
    pub count: u64,
}

/// `delay 1ms..50ms;` and its kin: the words as written, to the `;`.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub struct NetworkWord {
    pub text: String,
    pub span: Span,
}

/// What must hold.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Prop {
    Expr(Expr),
    All(Name, Expr),
    Agree(Option<Name>, Path),
}

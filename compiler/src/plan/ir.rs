//! The plan: plain data that a kernel executes. No engine types, no pointers.
//!
//! # Invariants
//!
//! 1. A row is a slice of words, one per physical column: first the key
//!    columns, then the value columns, then the cells. A row has a number, its
//!    *row id*, that never leaves the kernel.
//! 2. A word's type is the column's; equal values have equal words.
//! 3. Every register that a step reads was written by a step before it, in the
//!    same variant. Registers hold words; variables have one register in all
//!    variants of a rule.
//! 4. The last step of a variant is [`Step::Emit`] or [`Step::Accumulate`];
//!    the steps inside [`Step::Absent`] end in neither.
//! 5. An index named by a step is in its relation's `indexes`.
//! 6. A list named by a step is in its relation's `lists`; its columns are no
//!    cells, and its value is none of its key columns. [`Values::Keys`] names
//!    a list with one key column.
//! 7. Steps that can fail carry no order of their own: when one fails, the
//!    match is dropped and the rule's `audit` decides afterwards, over the
//!    finished stratum, whether that was a failure and which one is the least.
//! 7. An aggregate that `grows` keeps its groups while its stratum runs. Each of
//!    its variants scans the new rows of one relation of the stratum and reads
//!    no cell, so that every match is met once. Groups that a window touched are
//!    finished again after it, into cells: what was finished before stays true.

use serde::Deserialize;
use serde::Serialize;

use crate::ids::RelId;
pub use crate::plan::code::Code;
pub use crate::plan::code::FailKind;
pub use crate::plan::code::Op;
pub use crate::plan::code::TextPart;
use crate::plan::upkeep::Kept;
use crate::source::Span;
use crate::types::typed::AggFn;

/// A type, by its number in [`Program::types`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TypeId(pub u32);

/// A register of a rule.
pub type Reg = u16;

/// Columns that the elements of a collection are spread over at most.
pub const LEAVES_MAX: usize = 8;

/// Stands for the row id where a column is wanted in [`Bind`].
pub const ROW_ID: u16 = u16::MAX;

/// A program.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Program {
    pub types: Vec<Type>,
    /// Lattices whose values are one word each, as [`Merge::Join`] names them.
    pub lattices: Vec<Lattice>,
    /// First the program's relations with the ids of the typed program, then
    /// hidden ones: those of growing aggregates, and what cells own.
    pub rels: Vec<Rel>,
    /// In order of execution.
    pub strata: Vec<Stratum>,
    /// Constants that registers are loaded with.
    pub consts: Vec<Const>,
    /// User functions, by `FnId`.
    pub fns: Vec<Code>,
    /// Relations, and those that hold, once the first is complete, its rows
    /// that it did not have in the tick before.
    pub news: Vec<(RelId, RelId)>,
    /// Relations that have to stay empty.
    pub violations: Vec<RelId>,
    /// Views of which the program says who keeps them up: true, a dataflow.
    pub chosen: Vec<(RelId, bool)>,
}

impl Program {
    /// The relation of the program that a hidden one is part of: the one whose
    /// rows, in the end, own those of this one.
    pub fn declared(&self, rel: usize) -> usize {
        let mut of = rel;
        while let Some((owner, _)) = self.rels[of].owner {
            of = owner.index();
        }
        of
    }
}

/// A type.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Type {
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
    /// Words of a tree: a head that holds kind and depth, then what it holds.
    Json,
    Tuple(Vec<TypeId>),
    List(TypeId),
    Option(TypeId),
    Record {
        name: String,
        fields: Vec<(String, TypeId)>,
    },
    Enum {
        name: String,
        variants: Vec<(String, Vec<TypeId>)>,
    },
    Set(TypeId),
    Map(TypeId, TypeId),
    /// A map into `nat`; both types are named, as those of a map are.
    Bag(TypeId, TypeId),
}

/// How whole values of a lattice merge.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Lattice {
    Max(TypeId),
    Min(TypeId),
    Any,
    All,
    /// With the type of the elements.
    Set(TypeId),
    /// With the type of the keys.
    Map(TypeId, Box<Lattice>),
    Pair(Box<Lattice>, Box<Lattice>),
    Lex(Box<Lattice>, Box<Lattice>),
    Point(TypeId),
}

/// A constant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Const {
    /// Int, nat, time, duration, bool (0, 1).
    Word(u64),
    Float(f64),
    /// Str, node.
    Text(String),
    /// Bytes, uuid.
    Bytes(Vec<u8>),
}

/// A relation.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rel {
    pub name: String,
    /// Physical columns.
    pub cols: Vec<Col>,
    /// Numbers of key, value and cell columns; they sum to `cols.len()`.
    pub keys: usize,
    pub values: usize,
    /// The columns as declared, in order; empty for hidden relations that hold
    /// nothing declared.
    pub declared: Vec<Declared>,
    /// Column lists of the hash indexes that rules probe.
    pub indexes: Vec<Vec<usize>>,
    /// Ordered lists of values that intersections read.
    pub lists: Vec<List>,
    /// Set for the contents of a set or map column: its column 0 is the row id
    /// of the owner, its other key columns are the element or key. `(owner, cell
    /// column)`: the owner's cell counts the rows.
    pub owner: Option<(RelId, usize)>,
    /// With an owner: where in the element or key each key column after the first
    /// is found, as fields of nested tuples from outside in.
    pub element: Vec<Vec<usize>>,
    /// Cells of one point, `(least, greatest)`, as physical columns: both take
    /// every value, and when they differ in the end, the point had two.
    pub points: Vec<(usize, usize)>,
    pub hidden: bool,
    /// Stratum that completes it; 0 where no rule writes it.
    pub stratum: u32,
    pub life: Life,
}

/// What becomes of the rows of a relation when a tick ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Life {
    /// They stay until they are taken out.
    Kept,
    /// They stay as long as they follow from what stays.
    #[default]
    Follows,
    /// They go.
    Tick,
}

/// For each combination of words in the key columns: the words of another
/// column in the rows that have them, in ascending order of words.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct List {
    pub key: Vec<usize>,
    pub value: usize,
}

/// A physical column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Col {
    pub ty: TypeId,
    /// `Some` for cells.
    pub merge: Option<Merge>,
}

/// How a cell takes a new word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Merge {
    /// The greater in value order.
    Max,
    /// The lesser in value order.
    Min,
    /// As a lattice merges whole values, by its number in [`Program::lattices`].
    Join(u32),
    /// Number of rows of the relation that this row owns; written by its inserts.
    Count(RelId),
}

/// A declared column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Declared {
    pub name: String,
    pub ty: TypeId,
    pub shape: Shape,
}

/// Where a declared value is found in a physical row.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Shape {
    /// In a column.
    Word(usize),
    /// A tuple: its type, and its parts.
    Tuple(TypeId, Vec<Shape>),
    /// All rows that this row owns in a hidden relation, as a set of type `ty`;
    /// the shape of an element is within the hidden relation.
    Set { ty: TypeId, rel: RelId, element: Box<Shape> },
    /// Likewise as a map, with the shapes of keys and of their values.
    Map { ty: TypeId, rel: RelId, key: Box<Shape>, value: Box<Shape> },
}

/// Relations that are completed together.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Stratum {
    /// What its rules write (hidden relations too), in topological order of
    /// who reads whom.
    pub rels: Vec<RelId>,
    pub rules: Vec<Rule>,
    /// The last part of a stratum of the language: what failed since the one
    /// before is judged here.
    pub judged: bool,
}

/// A rule. An `or` makes several of one source rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rule {
    /// Number of the source rule; rules of hidden relations have the number of
    /// the rule that needs them.
    pub source: u32,
    /// Text shown with statistics: the head's name and the line.
    pub name: String,
    pub span: Span,
    pub head: RelId,
    /// Runs in the first tick only: a fact of a table, which keeps it.
    pub once: bool,
    /// Registers that any of its variants uses.
    pub regs: usize,
    /// Without a delta: run once when the stratum begins. With one: run for
    /// every promoted window of that relation.
    pub variants: Vec<Variant>,
    /// Groups, where the head has aggregates: variants then end in `Accumulate`.
    pub aggregate: Option<Aggregate>,
    /// Where something can fail: all matches in the strict order of the
    /// language. Ends in `Emit` like a variant (which the kernel does not
    /// perform in an audit); of a rule with aggregates it ends in `Accumulate`,
    /// and the groups are finished, so that failures of sums and heads are met.
    pub audit: Option<Variant>,
    /// More audits, where several alternatives of a body feed the groups of
    /// one rule.
    pub also_audit: Vec<Variant>,
    /// In a program that ticks, of a view over state: how its rows follow what
    /// changes between two ticks.
    pub kept: Option<Kept>,
    /// The variables, for messages: name, type, register.
    pub vars: Vec<(String, TypeId, Reg)>,
}

/// Which rows of a relation are seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Window {
    /// All that were promoted.
    All,
    /// The rows promoted last that are new.
    New,
    /// The rows promoted last that are new or have a changed cell.
    Changed,
}

/// A way to evaluate a rule.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Variant {
    pub delta: Option<(RelId, Window)>,
    pub steps: Vec<Step>,
}

/// What a fetched row gives to registers: `(column or ROW_ID, register)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Bind {
    pub col: u16,
    pub reg: Reg,
}

/// What a fetched row must satisfy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Check {
    /// Column equals register.
    Reg(u16, Reg),
    /// Column equals column.
    Cols(u16, u16),
}

/// A step of the nested loop. "Cut" ends this branch of it.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Step {
    /// Every row of the window.
    Scan { rel: RelId, window: Window, checks: Vec<Check>, binds: Vec<Bind> },
    /// Every row whose columns `rel.indexes[index]` equal the registers.
    Probe { rel: RelId, index: usize, key: Vec<Reg>, checks: Vec<Check>, binds: Vec<Bind> },
    /// Every word that is in all of these, once each; the shortest leads.
    Intersect { to: Reg, of: Vec<Values> },
    /// The row with this key (all key columns; where a relation has no values
    /// and no cells that is the whole row), or cut. With value columns there is
    /// at most one such row when the keys hold.
    Find { rel: RelId, key: Vec<Reg>, checks: Vec<Check>, binds: Vec<Bind> },
    /// The row with the row id in a register.
    Fetch { rel: RelId, row: Reg, checks: Vec<Check>, binds: Vec<Bind> },
    /// Cut if a row has these key columns.
    AntiFind { rel: RelId, key: Vec<Reg> },
    /// Cut if a row has these columns.
    AntiProbe { rel: RelId, index: usize, key: Vec<Reg> },
    /// Cut if the relation has a row.
    AntiAny { rel: RelId },
    /// Cut unless the relation has a row.
    Any { rel: RelId },
    /// Cut if no row has these columns (the match continues once).
    Semi { rel: RelId, index: usize, key: Vec<Reg> },
    /// Cut if the steps, run from the registers as they are, have a match (come
    /// to their end). What they write is nobody's afterwards. In an audit one
    /// match decides whatever else fails; without a match, what failed inside
    /// is a failure of this match.
    Absent { steps: Vec<Step> },
    /// Cut unless the two words are equal.
    Equal { a: Reg, b: Reg },
    /// Runs code; no row or a failure cuts.
    Eval(Code),
    /// Runs code, and cuts unless the register then holds true.
    Test(Code, Reg),
    /// Every element of a list or set.
    Each { from: Reg, element: Reg },
    /// Every entry of a map.
    EachEntry { from: Reg, key: Reg, value: Reg },
    /// `lo..hi` without building the list.
    EachInt { lo: Reg, hi: Reg, element: Reg },
    /// The current value of a set or map that a row owns, as one word.
    Collect { row: Reg, shape: Shape, to: Reg },
    /// Derives a row.
    Emit(Emit),
    /// Adds the match to its group.
    Accumulate,
}

/// Words that an intersection reads.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Values {
    /// The words of the list's only key column.
    Keys { rel: RelId, list: usize },
    /// The words that the list has under these registers.
    Under { rel: RelId, list: usize, key: Vec<Reg> },
}

/// A derived row.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Emit {
    pub rel: RelId,
    /// Key and value columns.
    pub row: Vec<Reg>,
    /// Cells, in physical order.
    pub cells: Vec<CellIn>,
}

/// What goes into a cell.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum CellIn {
    /// A word, for `Max`, `Min` and `Join`.
    Word(Reg),
    /// Nothing more than `{}`.
    Nothing,
    /// One element, by the columns of the hidden relation.
    Element(Vec<Reg>),
    /// All elements of a set value.
    Elements(Reg),
    /// One entry: its key by columns; its cells in the physical order of the
    /// hidden relation.
    Entry(Vec<Reg>, Vec<CellIn>),
    /// All entries of a map value; how a word of the value's type goes into
    /// the hidden relation's cells.
    Entries(Reg, Vec<Path>),
}

/// Where a cell's word or collection is found inside a value: fields of nested
/// pairs, from outside in; then what is there.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Path {
    pub fields: Vec<usize>,
    pub leaf: Leaf,
}

/// What a [`Path`] ends in.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Leaf {
    Word,
    Set,
    /// A map, with the paths of its own values.
    Map(Vec<Path>),
}

/// Grouping.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Aggregate {
    /// Registers of the group's variables.
    pub group: Vec<Reg>,
    pub aggs: Vec<Agg>,
    /// Whether it is read while matches are still being found (invariant 7).
    pub grows: bool,
    /// For each group (and each combination of ties): results in the registers
    /// `aggs[i].to`, then these steps; ends in `Emit`.
    pub finish: Vec<Step>,
}

/// One aggregate.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Agg {
    pub func: AggFn,
    /// The aggregated expression; none for `count()`.
    pub arg: Option<Reg>,
    /// Type of the argument.
    pub arg_ty: TypeId,
    /// `n` of `top`.
    pub limit: Option<Reg>,
    /// Order: register, type, descending.
    pub by: Vec<(Reg, TypeId, bool)>,
    pub to: Reg,
    /// Type of the result.
    pub ty: TypeId,
    pub span: Span,
}

//! Types of values and lattices of columns.
//!
//! A lattice is a mode of a column, not a type: a column `Max<int>` holds an
//! `int` that only grows. So [`Ty`] is the type of a value with `Max`, `Min`,
//! `Any`, `All` and `Pair` erased to what they hold, and [`Lattice`] is how a
//! column (or an entry of a map column) merges.

use std::fmt;

use crate::ids::EnumId;
use crate::ids::RecordId;

/// The type of a value.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[allow(missing_docs)]
pub enum Ty {
    Int,
    /// An `int` known to be at least 0; it widens to `int`.
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
    Tuple(Vec<Ty>),
    List(Box<Ty>),
    Option(Box<Ty>),
    Record(RecordId),
    /// With its type arguments.
    Enum(EnumId, Vec<Ty>),
    /// A type parameter, by number; only in the declaration of an enum.
    Param(u32),
    Set(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    /// Elements with their multiplicity: a map into `nat` that is read as a set.
    Bag(Box<Ty>),
    /// Already reported; fits everything.
    Error,
}

/// How a column merges two values of one key. Bottom is an absent row.
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[allow(missing_docs)]
pub enum Lattice {
    Max(Ty),
    Min(Ty),
    Any,
    All,
    Set(Ty),
    Map(Ty, Box<Lattice>),
    Pair(Box<Lattice>, Box<Lattice>),
    /// The larger version wins; the second parts of equal versions merge.
    Lex(Box<Lattice>, Box<Lattice>),
    /// One value; a different one fails the tick.
    Point(Ty),
}

impl Lattice {
    /// The type of the values it merges.
    pub fn plain(&self) -> Ty {
        match self {
            Lattice::Max(t) | Lattice::Min(t) | Lattice::Point(t) => t.clone(),
            Lattice::Any | Lattice::All => Ty::Bool,
            Lattice::Set(t) => Ty::Set(Box::new(t.clone())),
            Lattice::Map(k, l) => Ty::Map(Box::new(k.clone()), Box::new(l.plain())),
            Lattice::Pair(l, m) | Lattice::Lex(l, m) => Ty::Tuple(vec![l.plain(), m.plain()]),
        }
    }

    /// A bag, whose elements map to their greatest multiplicity.
    pub fn bag(element: Ty) -> Lattice {
        Lattice::Map(element, Box::new(Lattice::Max(Ty::Nat)))
    }

    /// Whether any two values are ordered: what a version has to be.
    pub fn is_total(&self) -> bool {
        match self {
            Lattice::Max(_) | Lattice::Min(_) => true,
            Lattice::Lex(l, m) => l.is_total() && m.is_total(),
            _ => false,
        }
    }

    /// Whether two values may have no common larger one.
    pub fn can_clash(&self) -> bool {
        match self {
            Lattice::Point(_) => true,
            Lattice::Map(_, l) => l.can_clash(),
            Lattice::Pair(l, m) | Lattice::Lex(l, m) => l.can_clash() || m.can_clash(),
            Lattice::Max(_) | Lattice::Min(_) | Lattice::Any | Lattice::All | Lattice::Set(_) => {
                false
            }
        }
    }
}

impl Ty {
    /// JSON, or JSON that may be missing.
    pub fn is_json(&self) -> bool {
        match self {
            Ty::Json => true,
            Ty::Option(of) => **of == Ty::Json,
            _ => false,
        }
    }

    /// `nat` read as `int`, everywhere inside.
    pub fn widen(&self) -> Ty {
        match self {
            Ty::Nat => Ty::Int,
            Ty::Tuple(ts) => Ty::Tuple(ts.iter().map(Ty::widen).collect()),
            Ty::List(t) => Ty::List(Box::new(t.widen())),
            Ty::Option(t) => Ty::Option(Box::new(t.widen())),
            Ty::Set(t) => Ty::Set(Box::new(t.widen())),
            Ty::Map(k, v) => Ty::Map(Box::new(k.widen()), Box::new(v.widen())),
            Ty::Enum(id, args) => Ty::Enum(*id, args.iter().map(Ty::widen).collect()),
            Ty::Bag(t) => Ty::Bag(Box::new(t.widen())),
            other => other.clone(),
        }
    }

    /// The type with the arguments in the places of the parameters.
    pub fn instance(&self, args: &[Ty]) -> Ty {
        let one = |t: &Ty| Box::new(t.instance(args));
        let many = |ts: &[Ty]| ts.iter().map(|t| t.instance(args)).collect();
        match self {
            Ty::Param(n) => args.get(*n as usize).cloned().unwrap_or(Ty::Error),
            Ty::Tuple(ts) => Ty::Tuple(many(ts)),
            Ty::List(t) => Ty::List(one(t)),
            Ty::Option(t) => Ty::Option(one(t)),
            Ty::Set(t) => Ty::Set(one(t)),
            Ty::Map(k, v) => Ty::Map(one(k), one(v)),
            Ty::Enum(id, inner) => Ty::Enum(*id, many(inner)),
            Ty::Bag(t) => Ty::Bag(one(t)),
            other => other.clone(),
        }
    }
}

/// Shows types with the names of records and enums.
pub trait TypeNames {
    /// Name of a record.
    fn record(&self, id: RecordId) -> &str;
    /// Name of an enum.
    fn enumeration(&self, id: EnumId) -> &str;
}

/// A type as the user would write it.
pub fn show(ty: &Ty, names: &dyn TypeNames) -> String {
    let list = |ts: &[Ty]| ts.iter().map(|t| show(t, names)).collect::<Vec<_>>().join(", ");
    match ty {
        Ty::Int => "int".into(),
        Ty::Nat => "nat".into(),
        Ty::Float => "float".into(),
        Ty::Bool => "bool".into(),
        Ty::Str => "str".into(),
        Ty::Bytes => "bytes".into(),
        Ty::Node => "node".into(),
        Ty::Time => "time".into(),
        Ty::Duration => "duration".into(),
        Ty::Uuid => "uuid".into(),
        Ty::Json => "json".into(),
        Ty::Tuple(ts) => format!("({})", list(ts)),
        Ty::List(t) => format!("[{}]", show(t, names)),
        Ty::Option(t) => format!("{}?", show(t, names)),
        Ty::Record(id) => names.record(*id).into(),
        Ty::Enum(id, args) if args.is_empty() => names.enumeration(*id).into(),
        Ty::Enum(id, args) => format!("{}<{}>", names.enumeration(*id), list(args)),
        Ty::Param(n) => format!("${n}"),
        Ty::Set(t) => format!("Set<{}>", show(t, names)),
        Ty::Map(k, v) => format!("Map<{}, {}>", show(k, names), show(v, names)),
        Ty::Bag(t) => format!("Bag<{}>", show(t, names)),
        Ty::Error => "_".into(),
    }
}

/// A lattice as the user would write it.
pub fn show_lattice(lattice: &Lattice, names: &dyn TypeNames) -> String {
    match lattice {
        Lattice::Max(t) => format!("Max<{}>", show(t, names)),
        Lattice::Min(t) => format!("Min<{}>", show(t, names)),
        Lattice::Any => "Any".into(),
        Lattice::All => "All".into(),
        Lattice::Set(t) => format!("Set<{}>", show(t, names)),
        Lattice::Map(k, l) => format!("Map<{}, {}>", show(k, names), show_lattice(l, names)),
        Lattice::Pair(l, m) => {
            format!("Pair<{}, {}>", show_lattice(l, names), show_lattice(m, names))
        }
        Lattice::Lex(l, m) => {
            format!("Lex<{}, {}>", show_lattice(l, names), show_lattice(m, names))
        }
        Lattice::Point(t) => format!("Point<{}>", show(t, names)),
    }
}

impl fmt::Display for Lattice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Lattice::Max(_) => "Max",
            Lattice::Min(_) => "Min",
            Lattice::Any => "Any",
            Lattice::All => "All",
            Lattice::Set(_) => "Set",
            Lattice::Map(..) => "Map",
            Lattice::Pair(..) => "Pair",
            Lattice::Lex(..) => "Lex",
            Lattice::Point(_) => "Point",
        };
        f.write_str(name)
    }
}

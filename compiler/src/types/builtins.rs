//! The table of functions: signature, whether it can fail, how it behaves on
//! growing arguments, and examples, which tests run. The enum and the shape of
//! a row are here, the rows in `functions`; what a function computes is not
//! known here.

use std::fmt;

use crate::types::ty::Ty;

/// A function of the language. What it takes, gives and means is in its row of
/// [`TABLE`]; the order is that of the table.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[allow(missing_docs)]
pub enum Func {
    Abs,
    Sign,
    Min,
    Max,
    Clamp,
    Int,
    Float,
    Nat,
    Bool,
    Floor,
    Ceil,
    Round,
    Fixed,
    Sqrt,
    Pow,
    DivFloor,
    ModFloor,
    Gcd,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    BitCount,
    IsNan,
    Str,
    Length,
    IsEmpty,
    Lower,
    Upper,
    Trim,
    Contains,
    StartsWith,
    EndsWith,
    StripPrefix,
    StripSuffix,
    Replace,
    Split,
    Words,
    Lines,
    Concat,
    Substr,
    IndexOf,
    PadLeft,
    PadRight,
    Repeat,
    Reverse,
    ParseInt,
    ParseFloat,
    CodePoint,
    FromCodePoint,
    Bytes,
    Utf8,
    Matches,
    Find,
    Captures,
    FindAll,
    ReplaceAll,
    SplitRegex,
    Time,
    SinceEpoch,
    ParseTime,
    Format,
    Date,
    Year,
    Months,
    Month,
    Day,
    Weekday,
    Hour,
    Minute,
    Second,
    Duration,
    Days,
    Hours,
    Minutes,
    Seconds,
    Millis,
    Micros,
    Nanos,
    FromMillis,
    First,
    Last,
    Get,
    Slice,
    Take,
    Drop,
    Append,
    Flatten,
    Zip,
    Enumerate,
    Sort,
    Distinct,
    Range,
    SumOf,
    MinOf,
    MaxOf,
    OrElse,
    IsSome,
    IsNone,
    Size,
    Union,
    Intersect,
    Difference,
    Keys,
    Values,
    GetOr,
    Insert,
    Remove,
    Merge,
    ToSet,
    ToList,
    ToMap,
    /// Of one lattice, which the types find: no later phase meets it.
    Join,
    /// Likewise.
    Leq,
    Json,
    ParseJson,
    JsonText,
    Kind,
    IsNull,
    Items,
    Entries,
    Hash,
    Spread,
    Owners,
    UuidOf,
    Uuid,
    Hex,
    FromHex,
    Base64,
    FromBase64,
}

/// What functions are about, as the help lists them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Group {
    Numbers,
    Text,
    Regex,
    Time,
    Lists,
    Options,
    SetsAndMaps,
    Json,
    Hashing,
}

impl Group {
    /// All of them, in order.
    pub const ALL: &[Group] = &[
        Group::Numbers,
        Group::Text,
        Group::Regex,
        Group::Time,
        Group::Lists,
        Group::Options,
        Group::SetsAndMaps,
        Group::Json,
        Group::Hashing,
    ];

    /// How a user asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Group::Numbers => "numbers",
            Group::Text => "text",
            Group::Regex => "regex",
            Group::Time => "time",
            Group::Lists => "lists",
            Group::Options => "options",
            Group::SetsAndMaps => "sets",
            Group::Json => "json",
            Group::Hashing => "hashing",
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Numbers => "Numbers",
            Group::Text => "Text",
            Group::Regex => "Regular expressions",
            Group::Time => "Time and durations",
            Group::Lists => "Lists",
            Group::Options => "Options",
            Group::SetsAndMaps => "Sets and maps",
            Group::Json => "JSON",
            Group::Hashing => "Hashing and bytes",
        }
    }
}

impl Func {
    /// Where the argument stands that says how to look or to write: a pattern,
    /// or the form of a time. As a literal it is checked when the program is,
    /// and is then no reason to fail.
    pub fn form(self) -> Option<(usize, Form)> {
        match self {
            Func::Matches
            | Func::Find
            | Func::Captures
            | Func::FindAll
            | Func::ReplaceAll
            | Func::SplitRegex => Some((1, Form::Regex)),
            Func::Format | Func::ParseTime => Some((1, Form::Time)),
            _ => None,
        }
    }
}

/// What a text that says how is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A regular expression.
    Regex,
    /// Conversions such as `%Y`.
    Time,
}

pub use crate::types::functions::TABLE;

/// A function of the language: everything that is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Which one.
    pub func: Func,
    /// How it is written.
    pub name: &'static str,
    /// What it is about.
    pub group: Group,
    /// What it does, in one line.
    pub doc: &'static str,
    /// Its signatures.
    pub overloads: &'static [Overload],
    /// Expressions and the text of their results, as a fact shows values.
    pub examples: &'static [(&'static str, &'static str)],
}

/// One signature of a function.
#[derive(Clone, Copy, Debug)]
pub struct Overload {
    /// Types of the arguments.
    pub params: &'static [Scheme],
    /// Type of the result.
    pub ret: Scheme,
    /// Whether it has a result for all arguments.
    pub partial: Partial,
    /// What it does with arguments that grow.
    pub grows: Growth,
}

/// A type in a signature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Scheme {
    Int,
    Nat,
    Float,
    Bool,
    Str,
    Bytes,
    Time,
    Duration,
    Uuid,
    Json,
    /// Any type, the same one wherever the letter stands.
    Any(char),
    List(&'static Scheme),
    Option(&'static Scheme),
    Set(&'static Scheme),
    Map(&'static Scheme, &'static Scheme),
    Bag(&'static Scheme),
    Pair(&'static Scheme, &'static Scheme),
}

/// Whether a function has a result for all arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Partial {
    /// It has.
    Total,
    /// Where it has none the tick fails.
    Fails,
    /// Where it has none there is no row.
    NoRow,
}

/// How a function behaves on arguments that grow. All arguments it does not
/// grow with must be fixed, else the growing ones are revealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Growth {
    /// It reveals what it is given.
    Reveals,
    /// Grows with every argument, in the lattice that they have in common:
    /// `min` and `max` on `Max` and on `Min`, `union` and `intersect` on `Set`.
    Same,
    /// Grows with the argument into `Max<nat>`: `size`.
    IntoMaxNat,
    /// Grows with the argument, a `Map`, into the `Set` of its keys: `keys`.
    IntoKeys,
}

impl Builtin {
    /// The signatures as the user would write them, with their results.
    pub fn signatures(&self) -> Vec<String> {
        let show = |o: &Overload| {
            let params: Vec<_> = o.params.iter().map(Scheme::to_string).collect();
            format!("{}({}): {}", self.name, params.join(", "), o.ret)
        };
        self.overloads.iter().map(show).collect()
    }

    /// The signature for arguments of these types (equal up to `nat`).
    pub fn overload(&self, args: &[Ty]) -> Option<&'static Overload> {
        self.overloads.iter().find(|o| {
            o.params.len() == args.len() && o.params.iter().zip(args).all(|(s, t)| s.takes(t))
        })
    }
}

impl Scheme {
    /// Whether a value of the type may stand here: `nat` and `int` are alike,
    /// and JSON may be missing, which is as if it were null.
    pub fn takes(&self, ty: &Ty) -> bool {
        match (self, ty) {
            (Scheme::Any(_), _) | (_, Ty::Error) => true,
            (Scheme::Int | Scheme::Nat, Ty::Int | Ty::Nat) => true,
            (Scheme::Float, Ty::Float) | (Scheme::Bool, Ty::Bool) => true,
            (Scheme::Str, Ty::Str) | (Scheme::Bytes, Ty::Bytes) => true,
            (Scheme::Time, Ty::Time) | (Scheme::Duration, Ty::Duration) => true,
            (Scheme::Uuid, Ty::Uuid) => true,
            (Scheme::Json, t) => t.is_json(),
            (Scheme::List(s), Ty::List(t))
            | (Scheme::Option(s), Ty::Option(t))
            | (Scheme::Set(s), Ty::Set(t))
            | (Scheme::Bag(s), Ty::Bag(t)) => s.takes(t),
            (Scheme::Map(k, v), Ty::Map(l, w)) => k.takes(l) && v.takes(w),
            (Scheme::Pair(a, b), Ty::Tuple(ts)) => {
                ts.len() == 2 && a.takes(&ts[0]) && b.takes(&ts[1])
            }
            _ => false,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scheme::Int => f.write_str("int"),
            Scheme::Nat => f.write_str("nat"),
            Scheme::Float => f.write_str("float"),
            Scheme::Bool => f.write_str("bool"),
            Scheme::Str => f.write_str("str"),
            Scheme::Bytes => f.write_str("bytes"),
            Scheme::Time => f.write_str("time"),
            Scheme::Duration => f.write_str("duration"),
            Scheme::Uuid => f.write_str("uuid"),
            Scheme::Json => f.write_str("json"),
            Scheme::Any(letter) => write!(f, "{letter}"),
            Scheme::List(t) => write!(f, "[{t}]"),
            Scheme::Option(t) => write!(f, "{t}?"),
            Scheme::Set(t) => write!(f, "Set<{t}>"),
            Scheme::Map(k, v) => write!(f, "Map<{k}, {v}>"),
            Scheme::Bag(t) => write!(f, "Bag<{t}>"),
            Scheme::Pair(a, b) => write!(f, "({a}, {b})"),
        }
    }
}

/// A function by its name. What a rule draws with `random` is a number below
/// what it says, picked by a hash.
pub fn find(name: &str) -> Option<&'static Builtin> {
    let name = if name == "random" { "spread" } else { name };
    TABLE.iter().find(|b| b.name == name)
}

/// The row of a function. The table is in the order of the enum, which a test
/// holds.
pub fn of(func: Func) -> &'static Builtin {
    &TABLE[func as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::words::FUNCTIONS;
    use crate::names::words::is_aggregate;
    use crate::names::words::is_function;
    use crate::types::aggregates;

    #[test]
    fn every_function_has_its_row_examples_and_own_name() {
        for (i, b) in TABLE.iter().enumerate() {
            assert_eq!(b.func as usize, i, "{} stands in the order of the enum", b.name);
            assert!(b.examples.len() >= 3, "{} has three examples", b.name);
            assert!(!b.overloads.is_empty() && !b.doc.is_empty(), "{}", b.name);
            assert_eq!(find(b.name).map(|f| f.func), Some(b.func), "{} is there once", b.name);
            for (expr, _) in b.examples {
                assert!(expr.contains(&format!("{}(", b.name)), "`{expr}` shows {}", b.name);
            }
        }
        assert_eq!(TABLE.last().map(|b| b.func), Some(Func::FromBase64), "all are there");
    }

    #[test]
    fn every_function_is_a_word() {
        for b in TABLE {
            assert!(is_function(b.name), "`{}` is missing from names/words", b.name);
        }
        for word in FUNCTIONS {
            // What is no function of a value is an aggregate, or joins lattices.
            let known = find(word).is_some() || aggregates::forms(word).is_some();
            assert!(known || *word == "desc", "{word} is nothing");
        }
    }

    #[test]
    fn names_know_the_aggregates() {
        for word in FUNCTIONS {
            for args in 0..5 {
                let known = aggregates::find(word, args).is_some();
                assert_eq!(is_aggregate(word, args), known, "{word} with {args}");
            }
        }
    }

    #[test]
    fn signatures_read_as_written() {
        assert_eq!(of(Func::ToList).signatures()[1], "to_list(Map<K, V>): [(K, V)]");
        assert_eq!(of(Func::OrElse).signatures()[0], "or_else(T?, T): T");
    }
}

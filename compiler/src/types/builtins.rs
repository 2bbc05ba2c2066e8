//! The table of functions: signature, whether it can fail, how it behaves on
//! growing arguments, and examples, which tests run. The enum and the shape of
//! a row are here, the rows in `functions`; what a function computes is not
//! known here.

use std::fmt;

use crate::types::ty::Ty;

/// A function of the language. The comment gives signature and meaning:
/// *fails*: the tick fails; *no row*: it has no value for these arguments.
/// Positions and lengths of texts count characters, from 0.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
pub enum Func {
    /// `abs(int): nat` (fails for the least int); `abs(float): float`; `abs(duration): duration` (fails likewise).
    Abs,
    /// `min(T, T): T`, the lesser. Grows with both.
    Min,
    /// `max(T, T): T`, the greater. Grows with both.
    Max,
    /// `int(float): int` towards zero (fails: NaN, out of range); `int(bool): nat` 0 or 1; `int(int)`.
    Int,
    /// `float(int): float`; `float(float)`.
    Float,
    /// `nat(int): nat`; fails below zero.
    Nat,
    /// `floor(float): float`; `floor(time, duration): time` and `floor(duration, duration): duration`: down to a multiple (fails when the second is not positive).
    Floor,
    /// `ceil(float): float`
    Ceil,
    /// `round(float): float`, ties away from zero.
    Round,
    /// `sqrt(float): float`
    Sqrt,
    /// `pow(int, nat): int` (fails on overflow); `pow(float, float): float`.
    Pow,
    /// `length(str): nat` in characters, `length([T]): nat`, `length(bytes): nat`.
    Length,
    /// `lower(str): str`
    Lower,
    /// `upper(str): str`
    Upper,
    /// `trim(str): str`, white space at both ends off.
    Trim,
    /// `contains(str, str): bool`: the second stands in the first.
    Contains,
    /// `starts_with(str, str): bool`
    StartsWith,
    /// `ends_with(str, str): bool`
    EndsWith,
    /// `replace(str, str, str): str`: every occurrence of the second by the third.
    Replace,
    /// `split(str, str): [str]`; an empty separator gives the characters.
    Split,
    /// `concat([str], str): str`, with the second between.
    Concat,
    /// `substr(str, int, int): str`: from a position, at most so many characters; what is outside is left out, negative counts as 0.
    Substr,
    /// `index_of(str, str): nat?`
    IndexOf,
    /// `str(T): str`: the text of any value; a `str` itself.
    Str,
    /// `parse_int(str): int?`
    ParseInt,
    /// `parse_float(str): float?`
    ParseFloat,
    /// `reverse([T]): [T]`, `reverse(str): str`
    Reverse,
    /// `sort([T]): [T]`
    Sort,
    /// `first([T]): T?`
    First,
    /// `last([T]): T?`
    Last,
    /// `slice([T], int, int): [T]`: from a position up to before another; clamped.
    Slice,
    /// `append([T], [T]): [T]`
    Append,
    /// `enumerate([T]): [(nat, T)]`, from 0.
    Enumerate,
    /// `to_set([T]): Set<T>`
    ToSet,
    /// `to_list(Set<T>): [T]`, ascending; `to_list(Map<K, V>): [(K, V)]`.
    ToList,
    /// `or_else(T?, T): T`
    OrElse,
    /// `is_some(T?): bool`
    IsSome,
    /// `size(Set<T>): nat`, `size(Map<K, V>): nat`, `size(Bag<T>): nat` with multiplicity. Grows.
    Size,
    /// `union(Set<T>, Set<T>): Set<T>`, and of bags. Grows.
    Union,
    /// `intersect(Set<T>, Set<T>): Set<T>`, and of bags; no row when empty. Grows.
    Intersect,
    /// `difference(Set<T>, Set<T>): Set<T>`
    Difference,
    /// `keys(Map<K, V>): Set<K>`, `keys(Bag<T>): Set<T>`. Grows.
    Keys,
    /// `get_or(Map<K, V>, K, V): V`
    GetOr,
    /// `since_epoch(time): duration`
    SinceEpoch,
    /// `time(duration): time` since 1970-01-01T00:00:00Z; `time(str): time?` of RFC 3339.
    Time,
    /// `millis(duration): int`, towards zero.
    Millis,
    /// `seconds(duration): float`
    Seconds,
    /// `bytes(str): bytes`, UTF-8.
    Bytes,
    /// `utf8(bytes): str?`
    Utf8,
    /// `join(T, T): T` of one lattice. Grows. Its lattice is found by the types;
    /// no later phase meets it.
    Join,
    /// `leq(T, T): bool` of one lattice; likewise.
    Leq,
}

pub use crate::types::functions::TABLE;

/// A function of the language: everything that is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// Which one.
    pub func: Func,
    /// How it is written.
    pub name: &'static str,
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
    /// Whether a value of the type may stand here (`nat` and `int` are alike).
    pub fn takes(&self, ty: &Ty) -> bool {
        match (self, ty) {
            (Scheme::Any(_), _) | (_, Ty::Error) => true,
            (Scheme::Int | Scheme::Nat, Ty::Int | Ty::Nat) => true,
            (Scheme::Float, Ty::Float) | (Scheme::Bool, Ty::Bool) => true,
            (Scheme::Str, Ty::Str) | (Scheme::Bytes, Ty::Bytes) => true,
            (Scheme::Time, Ty::Time) | (Scheme::Duration, Ty::Duration) => true,
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

/// A function by its name.
pub fn find(name: &str) -> Option<&'static Builtin> {
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
        assert_eq!(TABLE.last().map(|b| b.func), Some(Func::Leq), "all are there");
    }

    #[test]
    fn signatures_read_as_written() {
        assert_eq!(of(Func::ToList).signatures()[1], "to_list(Map<K, V>): [(K, V)]");
        assert_eq!(of(Func::OrElse).signatures()[0], "or_else(T?, T): T");
    }
}

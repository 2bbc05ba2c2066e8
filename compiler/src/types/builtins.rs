//! The table of functions: signature, whether it can fail, how it behaves on
//! growing arguments, and examples, which tests run.

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
    /// `size(Set<T>): nat`, `size(Map<K, V>): nat`. Grows.
    Size,
    /// `union(Set<T>, Set<T>): Set<T>`. Grows.
    Union,
    /// `intersect(Set<T>, Set<T>): Set<T>`; no row when empty. Grows.
    Intersect,
    /// `difference(Set<T>, Set<T>): Set<T>`
    Difference,
    /// `keys(Map<K, V>): Set<K>`. Grows.
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
}

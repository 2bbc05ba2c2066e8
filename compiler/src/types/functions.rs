//! The rows of the table of functions, in the order of
//! [`Func`](crate::types::builtins::Func). The examples
//! are run by tests; nothing here computes.

use crate::types::builtins::Builtin;
use crate::types::builtins::Func;
use crate::types::builtins::Growth;
use crate::types::builtins::Overload;
use crate::types::builtins::Partial;
use crate::types::builtins::Scheme;
use crate::types::builtins::Scheme::*;

const T: Scheme = Any('T');
const K: Scheme = Any('K');
const V: Scheme = Any('V');
const LIST: Scheme = List(&T);
const SET: Scheme = Set(&T);
const MAP: Scheme = Map(&K, &V);
const BAG: Scheme = Bag(&T);

macro_rules! functions {
    ($($func:ident $name:literal $doc:literal
        $({ ($($param:expr),*) -> $ret:expr; $partial:ident $growth:ident })+
        $($example:literal => $result:literal),+ ;)*) => {
        /// Every function of the language, in the order of the enum.
        pub static TABLE: &[Builtin] = &[$(Builtin {
            func: Func::$func,
            name: $name,
            doc: $doc,
            overloads: &[$(Overload {
                params: &[$($param),*],
                ret: $ret,
                partial: Partial::$partial,
                grows: Growth::$growth,
            }),+],
            examples: &[$(($example, $result)),+],
        }),*];
    };
}

functions! {
    Abs "abs" "The distance from zero."
        { (Int) -> Nat; Fails Reveals } { (Float) -> Float; Total Reveals } { (Duration) -> Duration; Fails Reveals }
        "abs(-3)" => "3", "abs(-2.5)" => "2.5", "abs(0s - 5s)" => "5s";
    Min "min" "The lesser of two values."
        { (T, T) -> T; Total Same }
        "min(3, 2)" => "2", "min(\"b\", \"a\")" => "\"a\"", "min((1, 2), (1, 1))" => "(1, 1)";
    Max "max" "The greater of two values."
        { (T, T) -> T; Total Same }
        "max(3, 2)" => "3", "max(1.5, -1.5)" => "1.5", "max(None, Some(1))" => "Some(1)";
    Int "int" "A number as an int: a float towards zero, a bool as 0 or 1."
        { (Float) -> Int; Fails Reveals } { (Bool) -> Nat; Total Reveals } { (Int) -> Int; Total Reveals }
        "int(2.9)" => "2", "int(-2.9)" => "-2", "int(true)" => "1", "int(7)" => "7";
    Float "float" "A number as a float."
        { (Int) -> Float; Total Reveals } { (Float) -> Float; Total Reveals }
        "float(3)" => "3.0", "float(-1) / 2.0" => "-0.5", "float(2.5)" => "2.5";
    Nat "nat" "An int that is known to be at least zero; the tick fails if it is not."
        { (Int) -> Nat; Fails Reveals }
        "nat(3)" => "3", "nat(5 - 2)" => "3", "nat(0)" => "0";
    Floor "floor" "Down to a whole number, or to a multiple of a duration."
        { (Float) -> Float; Total Reveals } { (Time, Duration) -> Time; Fails Reveals } { (Duration, Duration) -> Duration; Fails Reveals }
        "floor(2.7)" => "2.0", "floor(-2.1)" => "-3.0", "floor(95s, 1m)" => "1m", "since_epoch(floor(time(95s), 1m))" => "1m";
    Ceil "ceil" "Up to a whole number."
        { (Float) -> Float; Total Reveals }
        "ceil(2.1)" => "3.0", "ceil(-2.7)" => "-2.0", "ceil(4.0)" => "4.0";
    Round "round" "To the nearest whole number, halves away from zero."
        { (Float) -> Float; Total Reveals }
        "round(2.5)" => "3.0", "round(-2.5)" => "-3.0", "round(2.4)" => "2.0";
    Sqrt "sqrt" "The square root."
        { (Float) -> Float; Total Reveals }
        "sqrt(9.0)" => "3.0", "sqrt(2.25)" => "1.5", "sqrt(0.0)" => "0.0";
    Pow "pow" "The first to the power of the second."
        { (Int, Nat) -> Int; Fails Reveals } { (Float, Float) -> Float; Total Reveals }
        "pow(2, 10)" => "1024", "pow(-3, 3)" => "-27", "pow(4.0, 0.5)" => "2.0";
    Length "length" "Characters of a text, elements of a list, bytes."
        { (Str) -> Nat; Total Reveals } { (LIST) -> Nat; Total Reveals } { (Bytes) -> Nat; Total Reveals }
        "length(\"caf\u{e9}\")" => "4", "length([1, 2, 3])" => "3", "length(bytes(\"\u{e9}\"))" => "2";
    Lower "lower" "A text in lower case."
        { (Str) -> Str; Total Reveals }
        "lower(\"Ab\")" => "\"ab\"", "lower(\"\u{c9}\")" => "\"\u{e9}\"", "lower(\"\")" => "\"\"";
    Upper "upper" "A text in upper case."
        { (Str) -> Str; Total Reveals }
        "upper(\"Ab\")" => "\"AB\"", "upper(\"\u{e9}\")" => "\"\u{c9}\"", "upper(\"\")" => "\"\"";
    Trim "trim" "A text without white space at both ends."
        { (Str) -> Str; Total Reveals }
        "trim(\"  a b \")" => "\"a b\"", "trim(\"a\")" => "\"a\"", "trim(\"  \")" => "\"\"";
    Contains "contains" "Whether the second text stands in the first."
        { (Str, Str) -> Bool; Total Reveals }
        "contains(\"bloom\", \"loo\")" => "true", "contains(\"bloom\", \"z\")" => "false", "contains(\"a\", \"\")" => "true";
    StartsWith "starts_with" "Whether the first text begins with the second."
        { (Str, Str) -> Bool; Total Reveals }
        "starts_with(\"bloom\", \"blo\")" => "true", "starts_with(\"bloom\", \"oom\")" => "false", "starts_with(\"a\", \"\")" => "true";
    EndsWith "ends_with" "Whether the first text ends with the second."
        { (Str, Str) -> Bool; Total Reveals }
        "ends_with(\"bloom\", \"oom\")" => "true", "ends_with(\"bloom\", \"blo\")" => "false", "ends_with(\"a\", \"\")" => "true";
    Replace "replace" "Every occurrence of the second text replaced by the third."
        { (Str, Str, Str) -> Str; Total Reveals }
        "replace(\"a-b-c\", \"-\", \"+\")" => "\"a+b+c\"", "replace(\"aaa\", \"aa\", \"b\")" => "\"ba\"", "replace(\"a\", \"z\", \"y\")" => "\"a\"";
    Split "split" "The parts of a text between the separators; all characters when it is empty."
        { (Str, Str) -> List(&Str); Total Reveals }
        "split(\"a,b,c\", \",\")" => "[\"a\", \"b\", \"c\"]", "split(\"ab\", \"\")" => "[\"a\", \"b\"]", "split(\"a\", \",\")" => "[\"a\"]";
    Concat "concat" "The texts of a list with the second text between them."
        { (List(&Str), Str) -> Str; Total Reveals }
        "concat([\"a\", \"b\"], \"-\")" => "\"a-b\"", "concat([], \"-\")" => "\"\"", "concat([\"a\"], \"-\")" => "\"a\"";
    Substr "substr" "From a position (the first is 0), at most so many characters."
        { (Str, Int, Int) -> Str; Total Reveals }
        "substr(\"bloom\", 1, 3)" => "\"loo\"", "substr(\"bloom\", 3, 9)" => "\"om\"", "substr(\"bloom\", -2, 2)" => "\"bl\"";
    IndexOf "index_of" "Where the second text stands first in the first."
        { (Str, Str) -> Option(&Nat); Total Reveals }
        "index_of(\"bloom\", \"o\")" => "Some(2)", "index_of(\"bloom\", \"z\")" => "None", "index_of(\"a\", \"\")" => "Some(0)";
    Str "str" "The text of any value."
        { (T) -> Str; Total Reveals }
        "str(42)" => "\"42\"", "str(2.0)" => "\"2.0\"", "str(\"a\")" => "\"a\"", "str((1, true))" => "\"(1, true)\"";
    ParseInt "parse_int" "The int that a text shows."
        { (Str) -> Option(&Int); Total Reveals }
        "parse_int(\"42\")" => "Some(42)", "parse_int(\"-7\")" => "Some(-7)", "parse_int(\"4x\")" => "None";
    ParseFloat "parse_float" "The float that a text shows."
        { (Str) -> Option(&Float); Total Reveals }
        "parse_float(\"2.5\")" => "Some(2.5)", "parse_float(\"3\")" => "Some(3.0)", "parse_float(\"x\")" => "None";
    Reverse "reverse" "A list or a text backwards."
        { (LIST) -> LIST; Total Reveals } { (Str) -> Str; Total Reveals }
        "reverse([1, 2, 3])" => "[3, 2, 1]", "reverse(\"abc\")" => "\"cba\"", "reverse([true])" => "[true]";
    Sort "sort" "A list in ascending order."
        { (LIST) -> LIST; Total Reveals }
        "sort([3, 1, 2])" => "[1, 2, 3]", "sort([\"b\", \"a\"])" => "[\"a\", \"b\"]", "sort([2, 2, 1])" => "[1, 2, 2]";
    First "first" "The first element of a list."
        { (LIST) -> Option(&T); Total Reveals }
        "first([1, 2])" => "Some(1)", "first(split(\"a,b\", \",\"))" => "Some(\"a\")", "or_else(first([]), 0)" => "0";
    Last "last" "The last element of a list."
        { (LIST) -> Option(&T); Total Reveals }
        "last([1, 2])" => "Some(2)", "last([\"a\"])" => "Some(\"a\")", "or_else(last([]), 0)" => "0";
    Slice "slice" "The elements from a position up to before another."
        { (LIST, Int, Int) -> LIST; Total Reveals }
        "slice([1, 2, 3, 4], 1, 3)" => "[2, 3]", "slice([1, 2], 1, 9)" => "[2]", "slice([1, 2, 3], -1, 1)" => "[1]";
    Append "append" "Two lists, one behind the other."
        { (LIST, LIST) -> LIST; Total Reveals }
        "append([1], [2, 3])" => "[1, 2, 3]", "append([], [1])" => "[1]", "append([1], [])" => "[1]";
    Enumerate "enumerate" "The elements of a list, each with its position from 0."
        { (LIST) -> List(&Pair(&Nat, &T)); Total Reveals }
        "enumerate([\"a\", \"b\"])" => "[(0, \"a\"), (1, \"b\")]", "enumerate([7])" => "[(0, 7)]", "length(enumerate([1, 2, 3]))" => "3";
    ToSet "to_set" "The elements of a list as a set."
        { (LIST) -> SET; Total Reveals }
        "to_set([2, 1, 2])" => "{1, 2}", "to_set([\"a\"])" => "{\"a\"}", "size(to_set([1, 1]))" => "1";
    ToList "to_list" "The elements of a set, or the entries of a map, in ascending order."
        { (SET) -> LIST; Total Reveals } { (MAP) -> List(&Pair(&K, &V)); Total Reveals }
        "to_list({2, 1})" => "[1, 2]", "to_list({\"a\": 1})" => "[(\"a\", 1)]", "length(to_list({1, 2, 3}))" => "3";
    OrElse "or_else" "The value of an option, or the second when there is none."
        { (Option(&T), T) -> T; Total Reveals }
        "or_else(Some(1), 2)" => "1", "or_else(None, 2)" => "2", "or_else(parse_int(\"x\"), -1)" => "-1";
    IsSome "is_some" "Whether an option has a value."
        { (Option(&T)) -> Bool; Total Reveals }
        "is_some(Some(1))" => "true", "is_some(None)" => "false", "is_some(parse_int(\"x\"))" => "false";
    Size "size" "The number of elements of a set, of entries of a map; in a bag each element counts as often as it is there."
        { (SET) -> Nat; Total IntoMaxNat } { (MAP) -> Nat; Total IntoMaxNat } { (BAG) -> Nat; Total IntoMaxNat }
        "size({1, 2, 2})" => "2", "size({\"a\": 1})" => "1", "size({})" => "0";
    Union "union" "The elements of either set; of two bags the greater multiplicities."
        { (SET, SET) -> SET; Total Same } { (BAG, BAG) -> BAG; Total Same }
        "union({1, 2}, {2, 3})" => "{1, 2, 3}", "union({}, {1})" => "{1}", "size(union({1}, {1}))" => "1";
    Intersect "intersect" "The elements that both sets have, of two bags with the lesser multiplicities; no row when there are none."
        { (SET, SET) -> SET; NoRow Same } { (BAG, BAG) -> BAG; NoRow Same }
        "intersect({1, 2}, {2, 3})" => "{2}", "intersect({1}, {1})" => "{1}", "size(intersect({1, 2, 3}, {1, 3}))" => "2";
    Difference "difference" "The elements of the first set that the second has not."
        { (SET, SET) -> SET; Total Reveals }
        "difference({1, 2}, {2, 3})" => "{1}", "difference({1}, {})" => "{1}", "size(difference({1}, {1}))" => "0";
    Keys "keys" "The keys of a map, the elements of a bag."
        { (MAP) -> Set(&K); Total IntoKeys } { (BAG) -> SET; Total IntoKeys }
        "keys({\"a\": 1, \"b\": 2})" => "{\"a\", \"b\"}", "keys({3: true})" => "{3}", "1 in keys({1: \"x\"})" => "true";
    GetOr "get_or" "The value of a key in a map, or the third when it has none."
        { (MAP, K, V) -> V; Total Reveals }
        "get_or({\"a\": 1}, \"a\", 0)" => "1", "get_or({\"a\": 1}, \"b\", 0)" => "0", "get_or({}, 1, \"none\")" => "\"none\"";
    SinceEpoch "since_epoch" "The time that has passed since 1970-01-01T00:00:00Z."
        { (Time) -> Duration; Total Reveals }
        "since_epoch(time(90s))" => "90s", "since_epoch(time(0s))" => "0s", "since_epoch(time(1h) + 30m)" => "90m";
    Time "time" "The time so long after 1970-01-01T00:00:00Z, or the one that a text shows (RFC 3339)."
        { (Duration) -> Time; Total Reveals } { (Str) -> Option(&Time); Total Reveals }
        "time(\"1970-01-01T00:00:05Z\") == Some(time(5s))" => "true", "since_epoch(time(5s))" => "5s", "is_some(time(\"noon\"))" => "false";
    Millis "millis" "A duration in whole milliseconds, towards zero."
        { (Duration) -> Int; Total Reveals }
        "millis(2s)" => "2000", "millis(1500us)" => "1", "millis(0s - 1500us)" => "-1";
    Seconds "seconds" "A duration in seconds."
        { (Duration) -> Float; Total Reveals }
        "seconds(1500ms)" => "1.5", "seconds(2m)" => "120.0", "seconds(0s)" => "0.0";
    Bytes "bytes" "The bytes of a text in UTF-8."
        { (Str) -> Bytes; Total Reveals }
        "bytes(\"hi\") == b\"hi\"" => "true", "length(bytes(\"caf\u{e9}\"))" => "5", "utf8(bytes(\"a\"))" => "Some(\"a\")";
    Utf8 "utf8" "The text of bytes in UTF-8."
        { (Bytes) -> Option(&Str); Total Reveals }
        "utf8(b\"hi\")" => "Some(\"hi\")", "utf8(b\"\\xff\")" => "None", "is_some(utf8(b\"\"))" => "true";
    Join "join" "Two values of a lattice merged, as a column of that lattice merges them."
        { (T, T) -> T; Total Reveals }
        "join({1}, {2})" => "{1, 2}", "join({3}, {})" => "{3}", "size(join({1}, {1}))" => "1";
    Leq "leq" "Whether merging the first value of a lattice into the second changes nothing."
        { (T, T) -> Bool; Total Reveals }
        "leq({1}, {1, 2})" => "true", "leq({1, 3}, {1, 2})" => "false", "leq({}, {1})" => "true";
}

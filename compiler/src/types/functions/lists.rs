//! Functions of lists. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Duration;
use crate::types::builtins::Scheme::Float;
use crate::types::builtins::Scheme::Int;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Pair;
use crate::types::builtins::Scheme::Str;
use crate::types::functions::K;
use crate::types::functions::LIST;
use crate::types::functions::MAP;
use crate::types::functions::T;
use crate::types::functions::V;

functions! { Lists
    First "first" "The first element of a list."
        { (LIST) -> Option(&T); Total Reveals }
        "first([1, 2])" => "Some(1)", "first(split(\"a,b\", \",\"))" => "Some(\"a\")", "or_else(first([]), 0)" => "0";
    Last "last" "The last element of a list."
        { (LIST) -> Option(&T); Total Reveals }
        "last([1, 2])" => "Some(2)", "last([\"a\"])" => "Some(\"a\")", "or_else(last([]), 0)" => "0";
    Get "get" "What a list or a text has at a position from 0, a map under a key, a JSON value at either; none where there is nothing."
        { (LIST, Int) -> Option(&T); Total Reveals } { (MAP, K) -> Option(&V); Total Reveals } { (Json, Str) -> Option(&Json); Total Reveals } { (Json, Int) -> Option(&Json); Total Reveals } { (Str, Int) -> Option(&Str); Total Reveals }
        "get([5, 6], 1)" => "Some(6)", "get([5, 6], 2)" => "None", "get({\"a\": 1}, \"a\")" => "Some(1)", "get(\"abc\", 0)" => "Some(\"a\")", "get(json([true]), 0)" => "Some(true)";
    Slice "slice" "The elements from a position up to before another."
        { (LIST, Int, Int) -> LIST; Total Reveals }
        "slice([1, 2, 3, 4], 1, 3)" => "[2, 3]", "slice([1, 2], 1, 9)" => "[2]", "slice([1, 2, 3], -1, 1)" => "[1]";
    Take "take" "The first elements of a list, at most so many."
        { (LIST, Int) -> LIST; Total Reveals }
        "take([1, 2, 3], 2)" => "[1, 2]", "take([1], 5)" => "[1]", "length(take([1], -1))" => "0";
    Drop "drop" "A list without its first elements, so many."
        { (LIST, Int) -> LIST; Total Reveals }
        "drop([1, 2, 3], 1)" => "[2, 3]", "length(drop([1], 5))" => "0", "drop([1], -1)" => "[1]";
    Append "append" "Two lists, one behind the other; fails when that is too long."
        { (LIST, LIST) -> LIST; Fails Reveals }
        "append([1], [2, 3])" => "[1, 2, 3]", "append([], [1])" => "[1]", "append([1], [])" => "[1]";
    Flatten "flatten" "The elements of all lists in a list; fails when these are too many."
        { (List(&LIST)) -> LIST; Fails Reveals }
        "flatten([[1], [2, 3]])" => "[1, 2, 3]", "flatten([[\"a\"], []])" => "[\"a\"]", "length(flatten([[1], [1]]))" => "2";
    Zip "zip" "Pairs of the elements of two lists, as long as the shorter one."
        { (List(&K), List(&V)) -> List(&Pair(&K, &V)); Total Reveals }
        "zip([1, 2], [\"a\", \"b\"])" => "[(1, \"a\"), (2, \"b\")]", "zip([1, 2], [true])" => "[(1, true)]", "length(zip([1], [[2]]))" => "1";
    Enumerate "enumerate" "The elements of a list, each with its position from 0."
        { (LIST) -> List(&Pair(&Nat, &T)); Total Reveals }
        "enumerate([\"a\", \"b\"])" => "[(0, \"a\"), (1, \"b\")]", "enumerate([7])" => "[(0, 7)]", "length(enumerate([1, 2, 3]))" => "3";
    Sort "sort" "A list in ascending order."
        { (LIST) -> LIST; Total Reveals }
        "sort([3, 1, 2])" => "[1, 2, 3]", "sort([\"b\", \"a\"])" => "[\"a\", \"b\"]", "sort([2, 2, 1])" => "[1, 2, 2]";
    Distinct "distinct" "The elements of a list where each stands first."
        { (LIST) -> LIST; Total Reveals }
        "distinct([2, 1, 2])" => "[2, 1]", "distinct([\"a\", \"a\"])" => "[\"a\"]", "length(distinct(words(\"a b a\")))" => "2";
    Range "range" "The ints from the first up to before the second (down to, where the step is negative); fails when the step is 0 or the list too long."
        { (Int, Int, Int) -> List(&Int); Fails Reveals }
        "range(0, 10, 3)" => "[0, 3, 6, 9]", "range(3, 0, -1)" => "[3, 2, 1]", "length(range(1, 1, 1))" => "0";
    SumOf "sum_of" "The sum of a list; that of floats is exact and rounded once."
        { (List(&Int)) -> Int; Fails Reveals } { (List(&Float)) -> Float; Total Reveals } { (List(&Duration)) -> Duration; Fails Reveals }
        "sum_of([1, 2, 3])" => "6", "sum_of([0.1, 0.2, 0.3])" => "0.6", "sum_of([1m, 30s])" => "90s";
    MinOf "min_of" "The least element of a list; the lesser of two values."
        { (LIST) -> Option(&T); Total Reveals } { (T, T) -> T; Total Same }
        "min_of([3, 1, 2])" => "Some(1)", "or_else(min_of([]), 0)" => "0", "min_of(2, 1)" => "1";
    MaxOf "max_of" "The greatest element of a list; the greater of two values."
        { (LIST) -> Option(&T); Total Reveals } { (T, T) -> T; Total Same }
        "max_of([3, 1, 2])" => "Some(3)", "or_else(max_of([]), 0)" => "0", "max_of(\"a\", \"b\")" => "\"b\"";
}

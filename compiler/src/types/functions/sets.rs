//! Functions of sets and maps; the ones that say how they grow are read inside of recursions. Rows of the table only: nothing here
//! computes.

use crate::types::builtins::Scheme::Bool;
use crate::types::builtins::Scheme::Json;
use crate::types::builtins::Scheme::List;
use crate::types::builtins::Scheme::Nat;
use crate::types::builtins::Scheme::Option;
use crate::types::builtins::Scheme::Pair;
use crate::types::builtins::Scheme::Set;
use crate::types::builtins::Scheme::Str;
use crate::types::functions::BAG;
use crate::types::functions::K;
use crate::types::functions::LIST;
use crate::types::functions::MAP;
use crate::types::functions::SET;
use crate::types::functions::T;
use crate::types::functions::V;

functions! { SetsAndMaps
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
    Keys "keys" "The keys of a map, the elements of a bag; the names in a JSON object."
        { (MAP) -> Set(&K); Total IntoKeys } { (BAG) -> SET; Total IntoKeys } { (Json) -> Option(&Set(&Str)); Total Reveals }
        "keys({\"a\": 1, \"b\": 2})" => "{\"a\", \"b\"}", "keys({3: true})" => "{3}", "keys(json({\"a\": 1}))" => "Some({\"a\"})", "1 in keys({1: \"x\"})" => "true";
    Values "values" "The values of a map, by ascending key."
        { (MAP) -> List(&V); Total Reveals }
        "values({\"b\": 1, \"a\": 2})" => "[2, 1]", "values({1: true})" => "[true]", "sum_of(values({1: 2, 2: 2}))" => "4";
    GetOr "get_or" "The value of a key in a map, or the third when it has none."
        { (MAP, K, V) -> V; Total Reveals }
        "get_or({\"a\": 1}, \"a\", 0)" => "1", "get_or({\"a\": 1}, \"b\", 0)" => "0", "get_or({}, 1, \"none\")" => "\"none\"";
    Insert "insert" "A map with another entry, in the place of one with this key; a set with another element."
        { (MAP, K, V) -> MAP; Total Reveals } { (SET, T) -> SET; Total Reveals }
        "insert({1: \"a\"}, 2, \"b\")" => "{1: \"a\", 2: \"b\"}", "insert({1: \"a\"}, 1, \"b\")" => "{1: \"b\"}", "insert({1}, 2)" => "{1, 2}";
    Remove "remove" "A map without the entry of a key; a set without an element."
        { (MAP, K) -> MAP; Total Reveals } { (SET, T) -> SET; Total Reveals }
        "remove({1: \"a\", 2: \"b\"}, 1)" => "{2: \"b\"}", "remove({1, 2}, 2)" => "{1}", "remove({1, 2}, 3)" => "{1, 2}";
    Merge "merge" "The entries of both maps; of one key that of the second."
        { (MAP, MAP) -> MAP; Total Reveals }
        "merge({1: \"a\"}, {2: \"b\"})" => "{1: \"a\", 2: \"b\"}", "merge({1: \"a\"}, {1: \"b\"})" => "{1: \"b\"}", "size(merge({1: 2}, {2: 1}))" => "2";
    ToSet "to_set" "The elements of a list as a set."
        { (LIST) -> SET; Total Reveals }
        "to_set([2, 1, 2])" => "{1, 2}", "to_set([\"a\"])" => "{\"a\"}", "size(to_set([1, 1]))" => "1";
    ToList "to_list" "The elements of a set, or the entries of a map, in ascending order."
        { (SET) -> LIST; Total Reveals } { (MAP) -> List(&Pair(&K, &V)); Total Reveals }
        "to_list({2, 1})" => "[1, 2]", "to_list({\"a\": 1})" => "[(\"a\", 1)]", "length(to_list({1, 2, 3}))" => "3";
    ToMap "to_map" "The pairs of a list as a map; of one key the last."
        { (List(&Pair(&K, &V))) -> MAP; Total Reveals }
        "to_map([(\"a\", 1), (\"b\", 2)])" => "{\"a\": 1, \"b\": 2}", "to_map([(1, 1), (1, 2)])" => "{1: 2}", "to_map(enumerate([\"x\"]))" => "{0: \"x\"}";
    Join "join" "Two values of a lattice merged, as a column of that lattice merges them."
        { (T, T) -> T; Total Reveals }
        "join({1}, {2})" => "{1, 2}", "join({3}, {})" => "{3}", "size(join({1}, {1}))" => "1";
    Leq "leq" "Whether merging the first value of a lattice into the second changes nothing."
        { (T, T) -> Bool; Total Reveals }
        "leq({1}, {1, 2})" => "true", "leq({1, 3}, {1, 2})" => "false", "leq({}, {1})" => "true";
}

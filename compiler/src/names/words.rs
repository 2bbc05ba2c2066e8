//! Names that the language itself gives a meaning. Here they are only words:
//! what a function takes and returns is settled by the types, but whether
//! `starts_with(a, b)` in a body can be meant as a function at all must be
//! known before any type is, or a mistyped collection would be called an
//! unknown function.

/// Collections that every program has without declaring them.
pub const COLLECTIONS: &[&str] = &["halt", "members", "startup", "stderr", "stdin", "stdout"];

/// What each of them is for, in the same order.
const PURPOSES: &[&str] = &[
    "Ends the program with this exit code, from 0 to 99, when the tick is done.",
    "The nodes that take part, each with its role.",
    "An event of the first tick after each start, which takes in nothing else. `boot` is 0 on a \
     fresh node and counts up.",
    "Lines for the error output.",
    "An event for each line of the input, counted from 1.",
    "Lines for the output; those of one tick come in ascending order.",
];

/// What a collection that every program has is for.
pub fn purpose(name: &str) -> Option<&'static str> {
    let at = COLLECTIONS.iter().position(|word| *word == name)?;
    PURPOSES.get(at).copied()
}

/// The values that rules have beside their variables, with how they are called
/// and what they are.
pub const VALUES: &[(&str, &str, &str)] = &[
    ("me", "me: node", "The node that runs the rule."),
    (
        "now",
        "now: time",
        "The instant of the tick: one for all rules, later in every tick. In rules that an event \
         sets off, and in heads of rules that fire.",
    ),
    ("nil", "nil: uuid", "The uuid of which every bit is 0."),
    (
        "fresh",
        "fresh(): uuid",
        "A new uuid for every row. In rules that an event sets off, and in heads of rules that \
         fire.",
    ),
    (
        "random",
        "random(e)",
        "A number from zero below `e`, an int, a float or a duration; without `e` a float below \
         1.0. In rules that an event sets off, and in heads of rules that fire.",
    ),
];

/// Names of functions and aggregates, ascending. A collection may share one:
/// in a body it is then the collection, inside an expression the function.
pub const FUNCTIONS: &[&str] = &[
    "abs",
    "all",
    "any",
    "append",
    "argmax",
    "argmin",
    "avg",
    "base64",
    "bit_and",
    "bit_count",
    "bit_or",
    "bit_xor",
    "bool",
    "bytes",
    "captures",
    "ceil",
    "choose",
    "clamp",
    "code_point",
    "collect",
    "concat",
    "contains",
    "count",
    "date",
    "day",
    "days",
    "desc",
    "difference",
    "distinct",
    "div_floor",
    "drop",
    "duration",
    "ends_with",
    "entries",
    "enumerate",
    "find",
    "find_all",
    "first",
    "fixed",
    "flatten",
    "float",
    "floor",
    "format",
    "from_base64",
    "from_code_point",
    "from_hex",
    "from_millis",
    "gcd",
    "get",
    "get_or",
    "hash",
    "hex",
    "hour",
    "hours",
    "index_of",
    "insert",
    "int",
    "intersect",
    "is_empty",
    "is_nan",
    "is_none",
    "is_null",
    "is_some",
    "items",
    "join",
    "json",
    "json_kind",
    "json_text",
    "keys",
    "last",
    "length",
    "leq",
    "lines",
    "list",
    "lower",
    "matches",
    "max",
    "max_of",
    "merge",
    "micros",
    "millis",
    "min",
    "min_of",
    "minute",
    "minutes",
    "mod_floor",
    "month",
    "months",
    "nanos",
    "nat",
    "or_else",
    "owners",
    "pad_left",
    "pad_right",
    "parse_float",
    "parse_int",
    "parse_json",
    "parse_time",
    "pow",
    "range",
    "remove",
    "repeat",
    "replace",
    "replace_all",
    "reverse",
    "round",
    "second",
    "seconds",
    "shift_left",
    "shift_right",
    "sign",
    "since_epoch",
    "size",
    "slice",
    "sort",
    "split",
    "split_regex",
    "spread",
    "sqrt",
    "starts_with",
    "str",
    "strip_prefix",
    "strip_suffix",
    "substr",
    "sum",
    "sum_of",
    "take",
    "time",
    "to_list",
    "to_map",
    "to_set",
    "top",
    "trim",
    "union",
    "upper",
    "utf8",
    "uuid",
    "uuid_of",
    "values",
    "weekday",
    "words",
    "year",
    "zip",
];

/// Whether a function or aggregate may have this name.
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.binary_search(&name).is_ok()
}

/// Whether the word is a value in every rule.
pub fn is_value(name: &str) -> bool {
    matches!(name, "me" | "nil" | "now")
}

/// Whether a call with so many arguments is an aggregate where one may stand.
/// The types hold the table of them; names tell them from functions only.
pub fn is_aggregate(name: &str, args: usize) -> bool {
    match name {
        "count" => args <= 1,
        "sum" | "avg" | "min" | "max" | "any" | "all" | "collect" | "choose" => args == 1,
        "list" | "argmin" | "argmax" => args == 2,
        "top" => args == 3,
        _ => false,
    }
}

/// Whether every program has a collection of this name.
pub fn is_collection(name: &str) -> bool {
    COLLECTIONS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::COLLECTIONS;
    use super::FUNCTIONS;
    use super::PURPOSES;
    use super::is_collection;
    use super::is_function;

    #[test]
    fn lists_are_ascending() {
        assert!(FUNCTIONS.is_sorted());
        assert!(COLLECTIONS.is_sorted());
        assert_eq!(COLLECTIONS.len(), PURPOSES.len());
    }

    #[test]
    fn words_are_found() {
        assert!(is_function("count") && is_function("utf8") && !is_function("link"));
        assert!(is_collection("startup") && !is_collection("count"));
    }
}

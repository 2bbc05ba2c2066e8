//! Names that the language itself gives a meaning. Here they are only words:
//! what a function takes and returns is settled by the types, but whether
//! `starts_with(a, b)` in a body can be meant as a function at all must be
//! known before any type is, or a mistyped collection would be called an
//! unknown function.

/// Collections that every program has without declaring them.
pub const COLLECTIONS: &[&str] = &["halt", "members", "startup", "stderr", "stdin", "stdout"];

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
    "bytes",
    "ceil",
    "choose",
    "collect",
    "concat",
    "contains",
    "count",
    "desc",
    "difference",
    "ends_with",
    "enumerate",
    "first",
    "float",
    "floor",
    "get_or",
    "index_of",
    "int",
    "intersect",
    "is_none",
    "is_some",
    "join",
    "keys",
    "last",
    "length",
    "leq",
    "list",
    "lower",
    "max",
    "millis",
    "min",
    "nat",
    "or_else",
    "parse_float",
    "parse_int",
    "pow",
    "replace",
    "reverse",
    "round",
    "seconds",
    "since_epoch",
    "size",
    "slice",
    "sort",
    "split",
    "sqrt",
    "starts_with",
    "str",
    "substr",
    "sum",
    "time",
    "to_list",
    "to_set",
    "top",
    "trim",
    "union",
    "upper",
    "utf8",
];

/// Whether a function or aggregate may have this name.
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.binary_search(&name).is_ok()
}

/// Whether every program has a collection of this name.
pub fn is_collection(name: &str) -> bool {
    COLLECTIONS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::COLLECTIONS;
    use super::FUNCTIONS;
    use super::is_collection;
    use super::is_function;

    #[test]
    fn lists_are_ascending() {
        assert!(FUNCTIONS.is_sorted());
        assert!(COLLECTIONS.is_sorted());
    }

    #[test]
    fn words_are_found() {
        assert!(is_function("count") && is_function("utf8") && !is_function("link"));
        assert!(is_collection("startup") && !is_collection("count"));
    }
}

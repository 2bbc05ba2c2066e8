//! Help on the words that the language gives a meaning: keywords, also those
//! that are words only by position, types, aggregates. Functions have their
//! own table. A test holds that no keyword is missing.

use crate::names::words;

/// A form of an aggregate.
pub(super) struct Aggregate {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
    pub(super) doc: &'static str,
}

const fn aggregate(name: &'static str, form: &'static str, doc: &'static str) -> Aggregate {
    Aggregate { name, form, doc }
}

/// The aggregates, a row for each number of arguments.
pub(super) const AGGREGATES: &[Aggregate] = &[
    aggregate("count", "count(): nat", "The number of matches of the body."),
    aggregate("count", "count(e): nat", "The number of distinct values."),
    aggregate("sum", "sum(e)", "The sum over all matches."),
    aggregate("avg", "avg(e): float", "The mean over all matches."),
    aggregate("min", "min(e)", "The least value."),
    aggregate("max", "max(e)", "The greatest value."),
    aggregate("any", "any(e): bool", "Whether the condition holds in some match."),
    aggregate("all", "all(e): bool", "Whether the condition holds in every match."),
    aggregate("collect", "collect(e): Set<T>", "The set of all values."),
    aggregate("choose", "choose(e)", "One of the values: the least."),
    aggregate("list", "list(e, by): [T]", "All values in an order; `desc(by)` reverses it."),
    aggregate("top", "top(n, e, by): [T]", "The first `n` values in an order."),
    aggregate("argmin", "argmin(e, by)", "The values where `by` is least, a row for each."),
    aggregate("argmax", "argmax(e, by)", "The values where `by` is greatest, a row for each."),
];

/// The types of the language.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("int", "A whole number of 64 bits; leaving the range is an error."),
    ("nat", "A whole number that is never negative."),
    ("float", "A number with a fraction, of 64 bits, totally ordered."),
    ("bool", "`true` or `false`."),
    ("str", "A text; texts order by code point."),
    ("bytes", "A row of bytes."),
    ("node", "The name of a node."),
    ("time", "An instant, in nanoseconds since 1970."),
    ("duration", "A length of time: `100ms`, `5s`, `1h30m`."),
    ("uuid", "An identifier that is unique everywhere."),
    ("json", "Any JSON value."),
    ("Max", "A lattice: the larger of two values wins, so a column only rises."),
    ("Min", "A lattice: the smaller of two values wins, so a column only sinks."),
    ("Any", "A lattice on `bool`: once true, always true."),
    ("All", "A lattice on `bool`: once false, always false."),
    ("Set", "A lattice: sets are united."),
    ("Bag", "A lattice: elements with their multiplicity; the larger one wins."),
    ("Map", "A lattice: entries of one key are merged."),
    ("Pair", "A lattice: both parts are merged."),
    ("Lex", "A lattice: the larger version wins; equal versions merge their values."),
    ("Point", "A lattice: accepts one value, and fails when there is another."),
    ("Some", "The value of an option `T?` that there is."),
    ("None", "The option `T?` without a value."),
];

const KEYWORDS: &[(&str, &str)] = &[
    (
        "not",
        "Holds when there is no row, or the condition is false. Its variables are bound elsewhere.",
    ),
    ("and", "Both hold; binds tighter than `or` and the `,` of a body."),
    ("or", "One of both holds."),
    ("in", "`x in e`: every element of a set, list or map; or a test whether it is one."),
    ("if", "`if c then a else b`: one of two values."),
    ("then", "The value of `if` when the condition holds."),
    ("else", "The other value of `if`; behind an atom, what holds once when there is no row."),
    ("match", "`match (e) { P => a, _ => b }`: the first pattern that fits decides."),
    ("true", "The `bool` that holds."),
    ("false", "The `bool` that does not hold."),
    (
        "table",
        "Rows that stay until they are deleted: loaded from files, written as facts and by rules.",
    ),
    ("view", "Rows that rules derive from others, always up to date."),
    ("expect", "In a test: what has to hold after the tick."),
    ("_", "Matches anything and has no name."),
    ("static", "`static table`: loaded before the run and never changed."),
    ("scratch", "Rows of this tick only."),
    ("input", "Rows from outside: events, or a table or view that is filled from there."),
    ("output", "Rows that the outside sees."),
    ("channel", "Messages between nodes; the column marked `@` is the address."),
    ("timer", "Facts to oneself that come back at a later time."),
    ("like", "`table u like t;` copies the columns and the key of `t`."),
    ("periodic", "`periodic p every 1s;`: an event `p(at)` at even intervals."),
    ("every", "The interval of a `periodic`."),
    ("role", "The declarations and rules of one kind of node."),
    ("partitioned", "Spreads the rows of a role over its nodes by a key."),
    ("by", "The key of `partitioned`, `sealed` or `serial`."),
    ("replicated", "All nodes of the role hold the same tables."),
    ("durable", "The role needs a disk: it survives a restart."),
    ("module", "Declarations and rules with parameters, to be used many times."),
    ("protocol", "The inputs and outputs that a module promises."),
    ("import", "Takes in a file or a module of the library."),
    ("use", "`use M(…) as m;` makes an instance of a module."),
    ("as", "The name of an instance."),
    ("fn", "A pure function: `fn f(a: int): int = a + 1;`."),
    ("const", "A named value; `--set name=value` gives it another."),
    ("type", "Another name of a type, or a record: `type P = { x: int, y: int };`."),
    ("lattice", "Another name of a lattice."),
    ("enum", "A type with constructors: `enum Op { Put(str, str), Get(str) }`."),
    ("invariant", "A condition that has to hold at all times."),
    ("test", "A test: ticks with facts from outside, and what is expected of them."),
    ("sealed", "`sealed by k`: the stream is closed partition by partition."),
    ("endless", "The stream is never closed."),
    (
        "serial",
        "Events that are alone in their tick; with `by k`, never in one tick with another of the \
         same `k`.",
    ),
    ("seal", "Closes a partition of a stream, or asks whether it is closed."),
    ("all", "`all x in e: cond`: every element has a match."),
    ("tick", "In a test: one tick, with facts from outside."),
    ("at", "The time of a tick or of an event in a test."),
    ("sent", "In a test: a message that left in the last tick."),
    ("error", "In a test: the tick has to fail."),
    ("nodes", "In a test: how many nodes of which role there are."),
    ("seeds", "In a test: how many schedules are tried."),
    ("network", "In a test: delays, losses, partitions, crashes."),
    ("eventually", "In a test: what has to hold in the end."),
    ("within", "How long `eventually` waits."),
    ("always", "In a test: what has to hold all the time."),
    ("sometimes", "In a test: what some run has to reach."),
    ("agree", "In a test: the nodes of a role hold the same rows."),
    ("line", "As a default: the number of the record in its file."),
];

/// A sentence on a word of the language, if it is one.
pub fn help(word: &str) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)]| {
        table.iter().find(|(name, _)| *name == word).map(|(_, help)| *help)
    };
    let value = || value(word).map(|(_, help)| help);
    find(KEYWORDS).or_else(|| find(TYPES)).or_else(value).or_else(|| words::purpose(word))
}

/// How a value of the language is called, and what it is.
pub(super) fn value(word: &str) -> Option<(&'static str, &'static str)> {
    words::VALUES.iter().find(|(name, ..)| *name == word).map(|(_, form, help)| (*form, *help))
}

/// A text that begins with a capital and ends with a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let stop = if text.ends_with('.') { "" } else { "." };
    // What begins with code stays as it is.
    let first: String = first.to_uppercase().collect();
    format!("{first}{}{stop}", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::token;

    #[test]
    fn every_word_of_the_language_has_help() {
        for word in token::KEYWORDS.iter().chain(token::SOFT) {
            assert!(help(word).is_some_and(|h| h.ends_with('.')), "`{word}` has no help");
        }
    }

    #[test]
    fn every_aggregate_is_a_function_by_name() {
        for one in AGGREGATES {
            assert!(words::is_function(one.name), "{}", one.name);
            assert!(one.form.starts_with(one.name), "{}", one.form);
        }
    }
}

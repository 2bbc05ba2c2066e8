//! The law of the house, held against this crate: its table of layers, and
//! where the outside world may be named.

use crate::house;
use crate::house::House;

const HOUSE: House = House {
    root: env!("CARGO_MANIFEST_DIR"),
    layers: &[
        ("value", &[]),
        ("kernel", &["value"]),
        // One node over many workers.
        ("dataflow", &["value", "kernel"]),
        ("tick", &["value", "kernel", "dataflow"]),
        // The processes of one node: how they meet, and end together.
        ("cluster", &[]),
        // What goes to other nodes and comes from them, without a network.
        ("link", &["value"]),
        ("connect", &["value", "tick"]),
        // Why a row is there, or is not.
        ("why", &["value", "kernel"]),
        // The library that other programs embed.
        ("embed", &["value", "kernel", "dataflow", "tick", "connect", "why"]),
        // Many nodes in one process.
        ("sim", &["value", "kernel", "tick", "link"]),
        // What can happen to them, gone through as a whole.
        ("search", &["value", "kernel", "tick", "sim"]),
        // Tests in the language, played on a node, or on many.
        (
            "testing",
            &[
                "value", "kernel", "dataflow", "tick", "link", "connect", "why", "embed", "sim",
                "search",
            ],
        ),
        // Nothing may name the tool.
        (
            "cli",
            &[
                "value", "kernel", "tick", "link", "connect", "why", "embed", "sim", "testing",
                "dataflow", "cluster",
            ],
        ),
        // The binary has an allocator and calls the tool.
        ("main", &[]),
    ],
    beside: (
        "bloom_compiler",
        &[
            ("value", &["limits", "plan", "stack"]),
            // A machine knows what kinds of collections there are, and plans anew.
            ("kernel", &["ids", "limits", "source", "diag", "names", "types", "calm", "plan"]),
            ("tick", &["ids", "names", "types", "plan"]),
            ("dataflow", &["ids", "source", "types", "calm", "plan"]),
            // What a rule means is told by its text, so it is evaluated by the
            // expressions of the oracle, not by the plan under suspicion.
            ("why", &["ids", "limits", "source", "types", "plan", "oracle"]),
            ("sim", &["ids", "names", "types", "plan", "oracle"]),
            ("search", &["ids", "names", "types", "plan", "oracle"]),
            ("connect", &["ids", "limits", "diag", "plan", "stack"]),
        ],
    ),
    named_by_all: &[],
    at_home: &[
        ("clap::", "cli/"),
        ("indicatif::", "cli/"),
        ("println!", "cli/exit.rs"),
        ("libc::", "cli/system.rs"),
    ],
};

#[test]
fn layers_see_only_layers_below() {
    house::layers_see_only_layers_below(&HOUSE);
}

#[test]
fn imports_name_one_thing_each() {
    house::imports_name_one_thing_each(&HOUSE);
}

#[test]
fn rooms_say_why_and_keep_their_size() {
    house::rooms_say_why_and_keep_their_size(&HOUSE);
}

#[test]
fn banned_words_are_absent() {
    house::banned_words_are_absent(&HOUSE);
}

#[test]
fn the_world_is_known_at_the_rim() {
    house::the_world_is_known_at_the_rim(&HOUSE);
}

#[test]
fn functions_fit_a_screen() {
    house::functions_fit_a_screen(&HOUSE);
}

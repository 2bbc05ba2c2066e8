//! The law of the house, held against this crate: its table of layers, and
//! where the outside world may be named.

use crate::house;
use crate::house::House;

const HOUSE: House = House {
    root: env!("CARGO_MANIFEST_DIR"),
    layers: &[
        ("ids", &[]),
        ("limits", &[]),
        ("stack", &[]),
        ("source", &[]),
        ("diag", &["source"]),
        ("syntax", &["source", "diag"]),
        ("names", &["source", "diag", "syntax"]),
        ("types", &["source", "diag", "names"]),
        ("oracle", &["source", "names", "types"]),
        ("calm", &["source", "diag", "syntax", "names", "types", "oracle"]),
        ("lint", &["source", "diag", "names", "types", "calm"]),
        ("plan", &["source", "diag", "names", "types", "calm"]),
        (
            "driver",
            &["source", "diag", "syntax", "names", "types", "oracle", "calm", "lint", "plan"],
        ),
        // Answers for editors: plain data about places in a text.
        ("ide", &["source", "diag", "syntax", "names", "types", "calm", "plan", "driver"]),
    ],
    // It stands alone, and is pure: no thread, no file, no clock.
    beside: ("bloom", &[]),
    named_by_all: &["ids", "limits", "stack"],
    at_home: &[
        ("miette", "diag/render/human.rs"),
        ("stacker", "stack.rs"),
        ("std::fs", "nowhere"),
        ("std::thread", "nowhere"),
        ("std::time", "nowhere"),
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

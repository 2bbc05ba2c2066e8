//! The standard library: `.bloom` files embedded as text. There is no Rust
//! logic here; the command line tool hands these files to the compiler.

/// Every file of the library: its import path and its text.
pub static FILES: &[(&str, &str)] = &[
    ("std.clock", include_str!("clock.bloom")),
    ("std.crdt", include_str!("crdt.bloom")),
    ("std.session", include_str!("session.bloom")),
    ("std.timer", include_str!("timer.bloom")),
    ("std.voting", include_str!("voting.bloom")),
    ("std.window", include_str!("window.bloom")),
];

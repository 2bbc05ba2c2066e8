//! The standard library: `.bloom` files embedded as text. There is no Rust
//! logic here; the command line tool hands these files to the compiler.

/// Every file of the library: its import path and its text.
pub static FILES: &[(&str, &str)] = &[];

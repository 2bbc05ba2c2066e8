//! From text to a tree: what was written, and no more.

pub mod ast;

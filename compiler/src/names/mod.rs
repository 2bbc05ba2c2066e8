//! From the tree as written to the resolved program.

pub mod hir;

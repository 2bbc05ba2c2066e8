//! Measures Bloom beside other ways to compute the same relations.
//!
//! Every case is one program over one generated input, and it exists three times: as a Bloom
//! program in `programs/`, as a compiled Ascent program ([`peers`]) and, for the simpler ones, as
//! a loop written by hand ([`plain`]). [`compare`] runs them as child processes, in turns, and
//! prints ratios.
//!
//! This crate must not depend on Bloom's own crates: it knows the tool by its command line and by
//! its statistics, as a user does, so that nothing inside can be tuned to the measurement.

pub mod args;
pub mod cases;
pub mod compare;
pub mod generate;
pub mod load;
pub mod measure;
pub mod peers;
pub mod plain;
pub mod random;
pub mod report;

/// The size of one output relation.
pub type Size = (&'static str, usize);

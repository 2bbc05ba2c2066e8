//! The compiler of Bloom: source text to an execution plan.
//!
//! It is pure: no files, no clock, no threads. Every phase takes a value and
//! gives a value with diagnostics beside it, so that one mistake never hides
//! another. The folders stand in the order of the pipeline:
//! `source` → `diag` → `syntax` → `names` → `types` → (`oracle`) → `calm` → `plan`;
//! `ide` answers editors from what the phases found.

pub mod calm;
pub mod diag;
pub mod driver;
pub mod ide;
pub mod ids;
pub mod limits;
pub mod names;
pub mod oracle;
pub mod plan;
pub mod source;
mod stack;
pub mod syntax;
pub mod types;

//! Types: what every value is, how lattice columns merge, and the typed program.

pub mod builtins;
pub mod functions;
pub mod judge;
pub mod ty;
pub mod typed;

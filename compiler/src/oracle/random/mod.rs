//! Random well-typed programs with rows, for tests that compare an engine
//! with the oracle. Only built with the feature `testing`.
//!
//! | room | what it owns |
//! |---|---|
//! | `dice` | reproducible chance |
//! | `case` | programs in pieces, and how they shrink |
//! | `schema` | types, lattices, collections, values |
//! | `exprs`, `growth` | expressions over fixed and over growing values |
//! | `strategy` | the same for proptest |
//! | `bodies`, `groups`, `growing`, `program` | rules, aggregates, whole programs |
//! | `timed`, `taken` | programs over time, and what their ticks take in |
//! | `small`, `meet` | small programs about what grows, and their bodies |

mod bodies;
mod case;
mod cycles;
mod dice;
mod exprs;
mod groups;
mod growing;
mod growth;
mod meet;
mod program;
mod schema;
mod small;
mod strategy;
mod taken;
mod timed;

pub use case::Case;
pub use case::Cut;
pub use case::Given;
pub use case::Named;
pub use case::Pieces;
pub use case::RuleText;
pub use dice::Dice;
pub use program::program;
pub use schema::any_lattice;
pub use schema::any_type;
pub use schema::value;
pub use small::Small;
pub use small::small;
pub use strategy::Programs;
pub use strategy::Timed;
pub use strategy::runner;
pub use timed::timed;

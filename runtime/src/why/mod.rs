//! Why a row is there, or is not. Nothing is recorded while a program runs: the
//! run is repeated with the rounds kept, and the derivation is found by walking
//! back along them.
//!
//! | room | owns |
//! |---|---|
//! | `data` | an explanation, as data |
//! | `store`, `values` | rows of the finished run, as values and as of a round |
//! | `solve` | matches of a body |
//! | `heads` | what a head says about the variables of its rule, and gives |
//! | `parts` | what a row with merging columns is made of |
//! | `present` | the walk back from a row |
//! | `absent` | the literal at which every rule fails |
//! | `explain` | the entry point |

mod absent;
mod data;
mod explain;
mod heads;
mod parts;
mod present;
mod solve;
mod store;
mod values;

pub use data::*;
pub use explain::explain;
pub use explain::pattern;
pub use explain::row;
pub use values::value;

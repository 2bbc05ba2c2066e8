//! Judging the meaning of a typed program: in which order it is run, and who
//! has to wait for whom.
//!
//! | room | owns |
//! |---|---|
//! | `strata` | in which order relations are completed |
//! | `cycles` | the words for what has no order |
//! | `obstacles` | what to do about an aggregate in its own recursion |
//! | `analysis` | who has to wait for whom |
//! | `invariants` | which operations break an invariant only together |
//! | `witness` | the smallest example of a point |
//! | `model`, `terms`, `proof` | what a report on coordination says |
//! | `rewrites` | changes to the program that may help |
//! | `pages` | what its codes mean |

mod analysis;
mod cycles;
pub mod invariants;
pub mod model;
pub(crate) mod obstacles;
pub mod pages;
pub mod proof;
pub mod rewrites;
pub mod strata;
mod terms;
pub mod witness;

pub use analysis::Named;
pub use analysis::Part;
pub use analysis::System;
pub use analysis::analyse;
pub use analysis::collections;
pub(crate) use analysis::fingerprint;

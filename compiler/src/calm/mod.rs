//! Judging the meaning of a typed program.
//!
//! | room | owns |
//! |---|---|
//! | `strata` | in which order relations are completed |
//! | `cycles` | the words for what has no order |
//! | `obstacles` | what to do about an aggregate in its own recursion |

mod cycles;
mod obstacles;
pub mod strata;

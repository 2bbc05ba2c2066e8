//! Judging the meaning of a typed program.
//!
//! | room | owns |
//! |---|---|
//! | `strata` | in which order relations are completed |
//! | `cycles` | the words for what has no order |

mod cycles;
pub mod strata;

//! Judging the meaning of a typed program.

pub mod strata;

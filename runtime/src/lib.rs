//! The runtime of Bloom: plan to rows, and the command line tool around it.

pub mod connect;
pub mod value;

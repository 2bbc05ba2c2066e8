//! The runtime of Bloom: plans over rows, data in and out, and the command
//! line tool around them.

pub mod cli;
pub mod connect;
pub mod kernel;
pub mod value;
pub mod why;

//! The runtime of Bloom: plans over rows.

pub mod kernel;
pub mod value;

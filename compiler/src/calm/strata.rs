//! Strata: in which order relations are completed.

use crate::ids::RelId;

/// The strata of a program.
#[derive(Clone, Debug, Default)]
pub struct Strata {
    /// Stratum of each relation.
    pub of_rel: Vec<u32>,
    /// Stratum of each rule: that of its head.
    pub of_rule: Vec<u32>,
    /// Number of strata.
    pub count: u32,
    /// Whether a relation depends on itself.
    pub recursive: Vec<bool>,
    /// Relations so that each comes after those it reads, cycles aside.
    pub order: Vec<RelId>,
    /// Number of the strongly connected component of each relation.
    pub scc_of_rel: Vec<u32>,
}

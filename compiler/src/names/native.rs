//! What the compiler knows about functions that are not written in the
//! language: plain data. Who computes them is not known here.

use crate::ids::NativeId;

/// How a function that an embedding program brings along behaves. It is pure:
/// equal arguments give equal results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Native {
    /// Which one.
    pub id: NativeId,
    /// Whether the tick may fail in it.
    pub fails: bool,
    /// Whether it may have no result, so that there is no row.
    pub partial: bool,
    /// What it does with arguments that grow.
    pub growth: Growth,
}

/// How a result follows growing arguments: the lattice that each argument may
/// grow in (`None`: it must stay), and the one that the result then grows in.
/// Growing arguments that are not listed are revealed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct Growth {
    pub args: Vec<Option<Grows>>,
    pub result: Option<Grows>,
}

/// A lattice, without the type of its values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Grows {
    /// Larger and larger values.
    Max,
    /// Smaller and smaller ones.
    Min,
    /// Once true, always true.
    Any,
    /// Once false, always false.
    All,
    /// More and more elements.
    Set,
}

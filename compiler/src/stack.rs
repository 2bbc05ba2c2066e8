//! Room for recursion. The phases walk trees by recursion, and how deep a tree
//! may be is limited; here it is made sure that a tree at the limit fits the
//! stack, whoever calls and in any build. What is walked is not known here.

/// What a phase may need for a tree at the limit, in a build without
/// optimisation.
const ENOUGH: usize = 128 << 20;
/// What it is given when there is less: memory only as far as it is touched.
const GIVEN: usize = 192 << 20;

/// What one level of a value may need, with all that its type can put between
/// two levels of an enum.
const LEVEL: usize = 256 << 10;
/// What is given then, for many more levels.
const LEVELS: usize = 4 << 20;

/// Does the work of one level of a value that may be deep.
#[inline]
pub fn step<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEVEL, LEVELS, work)
}

/// Does work that recurses, on a stack that is large enough for it.
pub fn deep<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(ENOUGH, GIVEN, work)
}

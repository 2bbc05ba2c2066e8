//! Every limit of the compiler and of what programs may compute, by name.

/// Bytes of one source file.
pub const SOURCE_BYTES_MAX: usize = 64 << 20;
/// Elements of `a..b`.
pub const RANGE_MAX: u64 = 10_000_000;
/// Bytes of one text or bytes value that a program builds.
pub const TEXT_BYTES_MAX: usize = 256 << 20;

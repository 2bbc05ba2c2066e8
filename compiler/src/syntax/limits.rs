//! The bounds on program text, by name. Later phases walk the tree by
//! recursion and rely on them; nothing here knows what a tree is.

/// Brackets, or prefix operators, inside each other.
pub const MAX_NESTING: usize = 256;

/// Brackets and operators above each other in a tree, those of a chain such as
/// `a + b + c` counted too: no tree handed on is deeper than this by more than
/// a small factor.
pub const MAX_DEPTH: usize = 10_240;

/// Size of one file in bytes; spans are 32 bits wide.
pub const MAX_FILE_BYTES: usize = 64 << 20;

/// Messages of one file after which reading it stops.
pub const MAX_ERRORS: usize = 100;

/// Slips mended inside one statement before it is given up.
pub const MAX_REPAIRS: usize = 16;

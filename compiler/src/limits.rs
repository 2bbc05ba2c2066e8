//! Every limit of the compiler and of what programs may compute, by name.

/// Bytes of one source file.
pub const SOURCE_BYTES_MAX: usize = 64 << 20;
/// Elements of `a..b`, and of a list put together from others.
pub const RANGE_MAX: u64 = 10_000_000;
/// Bytes of one text or bytes value that a program builds.
pub const TEXT_BYTES_MAX: usize = 256 << 20;
/// Bytes of a compiled regular expression.
pub const REGEX_BYTES_MAX: usize = 10 << 20;
/// Arrays and objects inside of each other in a `json` value.
pub const JSON_DEPTH_MAX: usize = 100;
/// Columns of a collection.
pub const COLUMNS_MAX: usize = 1_024;
/// Ways in which the `or`s and `else`s of one rule can be met.
pub const ALTERNATIVES_MAX: u64 = 1_024;
/// Literals of one rule, those inside of others included.
pub const LITERALS_MAX: usize = 10_000;
/// Registers that one rule or function may need, by a generous estimate;
/// their numbers have 16 bits.
pub const REGISTERS_MAX: u64 = 60_000;
/// Depth of an expression together with the functions and constants that it
/// names.
pub const DEPTH_MAX: u64 = 12_288;
/// Values inside of each other: enums that hold enums, with the lists, tuples
/// and options between them.
pub const VALUE_DEPTH_MAX: u32 = 1_000;
/// The same for values in files, where a list may stand around the deepest.
pub const DATA_DEPTH_MAX: u32 = VALUE_DEPTH_MAX + 256;
/// Parts of the expressions of a rule once functions stand in the place of
/// their calls.
pub const INLINED_MAX: u64 = 20_000;
/// Bytes of a row in a message or a log; one of the longest text fits.
pub const ROW_BYTES_MAX: usize = 2 * TEXT_BYTES_MAX;
/// Files that a program imports, directly or not.
pub const IMPORTS_MAX: usize = 1_000;
/// Files that import each other in a row.
pub const IMPORT_DEPTH_MAX: usize = 64;
/// Places that each node has on the ring of `owners`; it is part of the format
/// version.
pub const VIRTUAL_NODES: u64 = 64;
/// Roles of a program.
pub const ROLES_MAX: usize = 64;
/// Nodes of one test.
pub const TEST_NODES_MAX: u64 = 1_000;
/// Instances of modules.
pub const INSTANCES_MAX: usize = 10_000;
/// Instances inside of instances.
pub const INSTANCE_DEPTH_MAX: usize = 32;
/// Declarations and rules of all instances together.
pub const EXPANDED_ITEMS_MAX: usize = 200_000;

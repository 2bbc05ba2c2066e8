//! The tool from outside: arguments, files and stdin to stdout, stderr and
//! exit code. Each test compares the whole of it with a snapshot, since every
//! word is for somebody.

#[path = "cli/bench.rs"]
mod bench;
#[path = "cli/data.rs"]
mod data;
mod edges;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/programs.rs"]
mod programs;

//! The tool from outside: arguments, files and stdin to stdout, stderr and
//! exit code. Each test compares the whole of it with a snapshot, since every
//! word is for somebody.

mod bench;
mod coordination;
mod data;
mod edges;
mod examples;
mod failing;
mod graph;
mod help;
mod limits;
mod many;
mod node;
mod output;
mod packed;
#[cfg(feature = "parquet")]
mod parquet;
mod points;
mod processes;
mod programs;
#[cfg(unix)]
mod repl;
mod report;
mod roles;
mod searches;
mod stream;
#[cfg(unix)]
mod terminal;
mod tests;
mod tools;
mod verdicts;
mod why;

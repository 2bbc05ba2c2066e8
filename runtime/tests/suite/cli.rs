//! The tool from outside: arguments, files and stdin to stdout, stderr and
//! exit code. Each test compares the whole of it with a snapshot, since every
//! word is for somebody.

mod bench;
mod data;
mod edges;
mod help;
mod limits;
mod output;
mod programs;
mod tools;

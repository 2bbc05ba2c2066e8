//! The command line tool. Here, and only here, is there a terminal: rooms
//! below hand up values, these rooms decide what is said, where and in which
//! words. Nothing may name this folder.
//!
//! | room | owns |
//! |---|---|
//! | `entry` | from the process's arguments to its exit code |
//! | `args` | what was typed |
//! | `options` | what it means |
//! | `talk` | messages on stderr, data on stdout: the only prints |
//! | `exit` | exit codes, and what is said when the tool itself is broken |
//! | `paths` | from PATH to the text of a program |
//! | `cluster` | `bloom run --hosts`: the processes of a node |
//! | `processes` | what one of them does: load, run, and write if it is the first |
//! | `supervise` | a process of a node begun anew when the node went down |
//! | `compile` | a program checked, its diagnostics told |
//! | `run` | `bloom run`, in order |
//! | `stream` | `bloom run --stream`: rows in and out at the same time |
//! | `coordination` | whether a run may begin that would have to wait for other nodes |
//! | `node` | `bloom run` of programs that run in time |
//! | `intake` | files into relations |
//! | `place` | files that appear whole or not at all |
//! | `output` | relations to files or stdout |
//! | `expect` | results compared with files |
//! | `watch` | the same again when files change |
//! | `role` | which node of a program with roles, and the flags of its role |
//! | `stats` | what a run took, as table or JSON |
//! | `system` | CPU, memory and signals |
//! | `why` | `bloom why`: the question, and the answer as text, JSON and HTML |
//! | `together` | `bloom run` of many workers |
//! | `test` | `bloom test`: which tests, and what became of them, as text, JSON and JUnit |
//! | `report` | `bloom report`: who has to wait for whom, as text, JSON and a page; `calm.lock` |
//! | `graph` | `bloom graph`: the picture of a program, for reports too |
//! | `profile` | `bloom profile`: where time and memory go, as table, JSON and HTML |
//! | `repl` | `bloom repl`: programs typed in, at work |
//! | `page` | what HTML pages have in common |
//! | `progress` | the bar of a load, the counter of a run |
//! | `help` | `bloom help`, functions of the language included |
//! | `check`, `fmt`, `explain`, `new`, `completions`, `greet` | one subcommand each |
//! | `lsp` | the language server for editors |

mod args;
mod check;
mod cluster;
mod compile;
mod completions;
mod coordination;
pub mod entry;
mod exit;
mod expect;
mod explain;
mod fmt;
mod graph;
mod greet;
mod help;
mod intake;
mod lsp;
mod new;
mod node;
mod options;
mod output;
mod page;
mod paths;
mod place;
mod processes;
mod profile;
mod progress;
mod repl;
mod report;
mod role;
mod run;
mod stats;
mod stream;
mod supervise;
pub mod system;
mod talk;
mod test;
mod together;
mod watch;
mod why;

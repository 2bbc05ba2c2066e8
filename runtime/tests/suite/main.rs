//! The tests of the runtime, one binary: its parts through their public
//! functions, and the tool from outside. Pages that are played have their own.

#[path = "../../../compiler/tests/support/blocks.rs"]
mod blocks;
#[path = "../../../compiler/tests/support/cases.rs"]
mod cases;
#[path = "../support/casts.rs"]
mod casts;
mod cli;
mod cluster;
mod codes;
mod embed;
#[path = "../../../compiler/tests/support/house.rs"]
mod house;
mod kernel;
mod link;
mod loads;
mod lsp;
mod manners;
mod modes;
mod node;
mod oracle;
#[path = "../support/processes.rs"]
mod processes;
#[path = "../support/programs.rs"]
mod programs;
mod replay;
mod scenarios;
#[path = "../support/schema.rs"]
mod schema;
mod sim;
mod spread;
#[path = "../../../compiler/tests/support/steps.rs"]
mod steps;
mod stream;
mod streams;
mod ticks;
mod tidy;
mod upkeep;
mod values;
mod views;
mod why;

//! The tests of the compiler, one binary: each module tries one part through
//! its public functions. Pages that are played have a binary of their own.

#[path = "../support/blocks.rs"]
mod blocks;
mod calm_cuts;
mod calm_orders;
mod calm_pages;
mod calm_proofs;
mod calm_random;
mod calm_rewrites;
mod calm_runs;
mod calm_spec;
mod calm_witness;
#[path = "../support/cases.rs"]
mod cases;
mod driver;
mod editors;
mod flow;
#[path = "../support/house.rs"]
mod house;
mod judge;
mod limits;
mod messages;
mod messages_of_time;
mod modules;
mod oracle;
mod plan;
mod render;
mod roles;
#[path = "../support/steps.rs"]
mod steps;
mod syntax;
mod tidy;
mod timed;
mod types;
mod upkeep;
mod workers;

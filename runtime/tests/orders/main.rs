//! The report held against what happens: every example, the canonical programs of several roles and
//! random programs of two are run in the simulator, each with the same inputs in many orders of
//! delivery. What the report calls free is never taken back, and is the same in the end in all of
//! them; what it calls a point is seen to differ. `BLOOM_ORDERS` says how many orders, and
//! `BLOOM_CASES` how many random programs; without them there are few. How the report comes to what
//! it says is not known here.

mod data;
mod examples;
mod eye;
mod pages;
mod points;
mod random;
mod stage;
mod trying;

#[path = "../../../compiler/tests/support/blocks.rs"]
mod blocks;

use std::process::ExitCode;

use libtest_mimic::Arguments;
use libtest_mimic::Trial;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = examples::trials();
    trials.push(Trial::test("canonical programs of several roles", pages::agree));
    trials.push(Trial::test("random programs of two roles", random::agree));
    trials.push(Trial::test("points of examples", points::shown));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A number that the environment gives.
fn wanted(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

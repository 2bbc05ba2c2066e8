//! The documentation and the examples, played as tests with the tool: a trial
//! for each page and each promise of an example.

use std::process::ExitCode;

use libtest_mimic::Arguments;

#[path = "../../../compiler/tests/support/blocks.rs"]
mod blocks;
mod docs;
mod examples;
#[path = "../support/processes.rs"]
mod processes;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = docs::trials();
    trials.extend(examples::trials());
    libtest_mimic::run(&arguments, trials).exit_code()
}

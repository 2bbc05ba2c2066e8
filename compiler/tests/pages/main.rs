//! Pages that are played as tests: the specification, what programs compute,
//! what they do tick after tick, what editors are answered, the pages of the
//! codes. A trial for each block or code, so that a failure names the place;
//! what is right stands in the pages.

use libtest_mimic::Arguments;

#[path = "../support/blocks.rs"]
mod blocks;
mod errors;
mod ide;
#[path = "../support/markdown.rs"]
mod markdown;
mod run;
mod spec;
#[path = "../support/steps.rs"]
mod steps;
mod ticks;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = spec::trials();
    trials.extend(run::trials());
    trials.extend(ticks::trials());
    trials.extend(errors::trials());
    trials.extend(ide::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

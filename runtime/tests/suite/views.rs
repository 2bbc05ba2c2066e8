//! Views that dataflows follow must have the rows that a run from scratch gives
//! them, whatever comes and goes, after chains that were undone and after values
//! were forgotten; and where a tick fails, it must fail alike.

use proptest::test_runner::TestCaseError;

use bloom::kernel::Choice;
use bloom_compiler::oracle::random;

use crate::ticks;
use crate::ticks::Counts;
use crate::upkeep;

#[test]
fn dataflows_agree_with_runs_from_scratch() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, cases) = (number("BLOOM_SEED").unwrap_or(1), number("BLOOM_CASES").unwrap_or(120));
    let mut done = [0; 3];
    for seed in first..first + cases {
        if let Err(why) = upkeep::play(seed, &Choice::Dataflow.into(), &mut done) {
            panic!("{why}");
        }
    }
    let [fine, failed, _] = done;
    println!("{fine} ticks went well, {failed} failed");
    assert!(fine as u64 > cases, "{done:?}");
}

#[test]
fn dataflows_agree_with_the_oracle_on_random_programs() {
    let counts = Counts::default();
    let result = random::runner(100).run(&random::Timed, |pieces| {
        let compared = ticks::compare(&pieces.case(), &Choice::Dataflow.into(), &counts);
        compared.map_err(TestCaseError::fail)
    });
    println!("{:?}", counts.borrow());
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn dataflows_agree_with_the_pages() {
    ticks::on_every_page(|program, wanted| ticks::check(program, wanted, &Choice::Dataflow.into()));
}

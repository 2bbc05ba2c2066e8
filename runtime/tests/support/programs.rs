//! Random programs, and those of the pages, one after the other: how many there
//! are, and how what is wrong is told. What is compared is not known here.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use proptest::strategy::Strategy;
use proptest::test_runner::TestCaseError;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Pieces;
use bloom_compiler::types::typed;

use crate::blocks::Block;
use crate::blocks::blocks;

/// Programs of pages that are tried at the same time: some only wait.
const THREADS: usize = 4;
/// As much stack as the tool gives to the thread that works.
const STACK_BYTES: usize = 256 << 20;

/// What was compared, and how it ended.
#[derive(Default)]
pub struct Counts(Mutex<BTreeMap<&'static str, usize>>);

impl Counts {
    /// Counts one more.
    pub fn add(&self, what: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// How many there were.
    pub fn of(&self, what: &str) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(what).copied().unwrap_or(0)
    }

    /// So many at least, unless somebody said how many programs there are.
    pub fn at_least(&self, what: &str, least: usize) {
        let enough = self.of(what) >= least || chosen("BLOOM_CASES").is_some();
        assert!(enough, "{what}: less than {least} of {self:?}");
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fmt(f)
    }
}

/// A number that somebody chose by a variable.
pub fn chosen(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

/// A case as a program without errors.
pub fn compiled(case: &Case, counts: &Counts) -> Option<(typed::Program, Strata)> {
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let found = compiled.typed.zip(compiled.strata);
    if found.is_none() {
        counts.add("refused");
    }
    found
}

/// Tries so many random programs, or as many as `BLOOM_CASES` says; one that is
/// wrong shrinks and is printed.
pub fn on_random<S: Strategy<Value = Pieces>>(
    cases: u32,
    of: S,
    compare: impl Fn(&Case, &Counts) -> Result<(), String>,
) -> Counts {
    let counts = Counts::default();
    let result = random::runner(cases)
        .run(&of, |pieces| compare(&pieces.case(), &counts).map_err(TestCaseError::fail));
    println!("{counts:?}");
    if let Err(error) = result {
        panic!("{error}");
    }
    counts
}

/// Tries all programs that the page on rows of programs runs.
pub fn on_pages(compare: impl Fn(&Case, &Counts) -> Result<(), String> + Sync) -> Counts {
    let page = include_str!("../../../compiler/spec/run.md");
    let programs = blocks(page).into_iter().filter(Block::is_program);
    let place = |block: &Block| format!("run.md:{} {}", block.line, block.heading);
    let cases: Vec<(String, Case)> = programs
        .map(|block| (place(&block), Case { source: block.text, ..Case::default() }))
        .collect();
    assert!(cases.len() >= 80, "all programs of the page are tried");
    let counts = Counts::default();
    all_agree(&cases, |case| compare(case, &counts));
    counts
}

/// Tries all of what stands at some places; all that is wrong is told, and where.
pub fn all_agree<T: Sync>(all: &[(String, T)], compare: impl Fn(&T) -> Result<(), String> + Sync) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((place, one)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            let why = match catch_unwind(AssertUnwindSafe(|| compare(one))) {
                Ok(Ok(())) => continue,
                Ok(Err(why)) => why,
                Err(_) => "panics".to_owned(),
            };
            let told = format!("{place}: {why}");
            wrong.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).expect("a thread");
        }
    });
    let mut wrong = wrong.into_inner().unwrap_or_else(PoisonError::into_inner);
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

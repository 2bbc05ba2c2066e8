//! `bloom test`: finds programs with tests, runs those that are wanted, tells
//! what became of each. How a test runs is not known here.

mod failure;
mod human;
mod json;
mod junit;
mod many;
mod modes;
mod told;

use std::path::PathBuf;
use std::rc::Rc;

use bloom_compiler::names::hir;
use bloom_compiler::source::Span;
use clap::Args;
use clap::ValueEnum;

use crate::cli::args::LimitArgs;
use crate::cli::args::WORKERS_MAX;
use crate::cli::check::worse;
use crate::cli::compile;
use crate::cli::compile::Tested;
use crate::cli::exit::Exit;
use crate::cli::fmt;
use crate::cli::node::Views;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::cli::test::failure::args::FailureArgs;
use crate::cli::test::many::HuntArgs;
use crate::cli::test::told::Told;
use crate::kernel::Choice;
use crate::kernel::Limits;
use crate::testing;
use crate::testing::failure::file::File;

const AFTER: &str = "\
A test is a block of a program:

  test \"a word is counted\" {
    tick { word(\"a\"); }        rows from outside, then one tick
    expect seen(\"a\", 1);       what holds then
    expect seen == {(\"a\", 1)};
  }

Each test runs on a node of its own, in memory, called n1; no data is loaded.
Of a folder all programs below it are tested, in order.

A test of many nodes says which there are, and is run with seed after seed:

  test \"a word is known everywhere\" {
    nodes node: 3;
    network { loss 10%; crash node[1]; }
    node[0] at 10ms { word(\"a\"); }
    always { not node.seen(_, \"b\"); }
    eventually { all node: seen(\"a\"); }
  }

Examples:
  bloom test routes.bloom
  bloom test . --filter cheaper
  bloom test . --format junit > tests.xml
  bloom test chat.bloom --seeds 100000 --jobs 2 --time 10m
  bloom test chat.bloom --filter known --seed 17
  bloom test chat.bloom --lockstep 6,3,1      6 steps, losses up to step 3, and
                                              1 crash: all that can happen

Exit codes: 0 all passed, 1 a test failed or a program is wrong, 2 command line
or files.";

/// `bloom test`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct TestArgs {
    /// .bloom files, or folders of them; `-` is stdin
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Run only tests whose title has this text in it
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Name the tests and run none
    #[arg(long)]
    list: bool,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value = "human")]
    format: Form,
    /// Compute every tick by a slow evaluator too, and compare
    #[arg(long)]
    oracle: bool,
    /// Let every node have so many workers
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=WORKERS_MAX),
    )]
    workers: u16,
    /// Who follows views that could be followed in two ways
    #[arg(long, value_enum, value_name = "WHO", default_value = "cheaper", hide = true)]
    views: Views,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    hunt: HuntArgs,
    #[command(flatten)]
    failure: FailureArgs,
}

/// Form of a report.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// a line for each test, and all about those that failed
    Human,
    /// bloom-test/1
    Json,
    /// for tools that read JUnit
    Junit,
}

/// A program with tests.
struct Suite {
    name: String,
    tested: Tested,
    /// Whether every tick is computed twice.
    oracle: bool,
    /// How many workers every node has.
    workers: usize,
    /// Who follows views.
    views: Choice,
    /// Which runs of tests of many nodes are tried.
    hunt: HuntArgs,
    /// Other values of consts, as they were given.
    set: Vec<String>,
    /// How failing ones are shown.
    failure: FailureArgs,
    /// The decisions that the one test is run with.
    choices: Option<Rc<File>>,
    /// The tests that are wanted, in the order of the text.
    wanted: Vec<Test>,
}

/// A test, by its numbers.
#[derive(Clone, Copy, Debug)]
enum Test {
    /// Of one node.
    One { part: usize, test: usize },
    /// Of many nodes.
    Many { test: usize },
}

/// Runs tests.
pub fn test(args: &TestArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    let limits = options::limits(&args.limits).map_err(|why| talk.refuse(why))?;
    let limits = Limits { process: Some(system::resident_bytes), ..limits };
    let path = args.failure.choices.as_ref();
    let choices = path.map(|path| failure::choices(path, talk)).transpose()?.map(Rc::new);
    let mut outcome = Ok(());
    let mut suites = Vec::new();
    for path in files(args, talk)? {
        match compile::tested(&path, &set, talk) {
            Ok((tested, all)) => {
                suites.extend(suite(tested, args, choices.as_ref()));
                if !all {
                    outcome = worse(outcome, Exit::Program);
                }
            }
            Err(exit) => outcome = worse(outcome, exit),
        }
    }
    let count: usize = suites.iter().map(|suite| suite.wanted.len()).sum();
    if count == 0 && outcome.is_ok() {
        match (&args.filter, &choices) {
            (_, Some(choices)) => {
                let title = &choices.head.test;
                return Err(talk.refuse(format!(
                    "these choices are for the test \"{title}\" of {}, which is not here",
                    choices.head.program
                )));
            }
            (Some(text), None) => {
                return Err(talk.refuse(format!("no test has \"{text}\" in its title")));
            }
            (None, None) => talk.note("there are no tests"),
        }
    }
    if args.list {
        write_out(talk, list(&suites).as_bytes())?;
        return outcome;
    }
    let failed = match args.format {
        Form::Human => human::report(&suites, &limits, talk)?,
        Form::Json => {
            let all = run(&suites, &limits, talk)?;
            failure::keep_first(&all, talk)?;
            write_out(talk, json::report(&all).as_bytes())?;
            all.iter().filter(|told| told.failed.is_some()).count()
        }
        Form::Junit => {
            let all = run(&suites, &limits, talk)?;
            failure::keep_first(&all, talk)?;
            write_out(talk, junit::report(&all).as_bytes())?;
            all.iter().filter(|told| told.failed.is_some()).count()
        }
    };
    if failed > 0 { outcome.and(Err(Exit::Program)) } else { outcome }
}

/// The files to look at, in order and each once.
fn files(args: &TestArgs, talk: &Talk) -> Result<Vec<PathBuf>, Exit> {
    let mut files = Vec::new();
    for path in &args.paths {
        if paths::is_stdin(path) && files.iter().any(|file: &PathBuf| paths::is_stdin(file)) {
            return Err(talk.refuse("stdin (`-`) can be read once"));
        }
        match path.is_dir() {
            // `.` stands before no name that is shown.
            true => {
                let from = files.len();
                fmt::walk(path, &mut files);
                for file in &mut files[from..] {
                    if let Ok(short) = file.strip_prefix(".") {
                        *file = short.to_path_buf();
                    }
                }
            }
            false => files.push(path.clone()),
        }
    }
    let mut seen = Vec::new();
    files.retain(|file| {
        !seen.contains(file) && {
            seen.push(file.clone());
            true
        }
    });
    Ok(files)
}

fn suite(tested: Tested, args: &TestArgs, choices: Option<&Rc<File>>) -> Option<Suite> {
    let name = tested.sources.files().first().map_or(String::new(), |file| file.name.clone());
    let mut suite = Suite {
        name,
        tested,
        oracle: args.oracle,
        workers: usize::from(args.workers),
        views: args.views.choice(),
        hunt: args.hunt.clone(),
        set: args.set.clone(),
        failure: args.failure.clone(),
        choices: choices.cloned(),
        wanted: Vec::new(),
    };
    let parts = suite.tested.parts.iter().enumerate();
    let ones = parts.flat_map(|(part, of)| {
        (0..of.typed.tests.list.len()).map(move |test| Test::One { part, test })
    });
    let many = suite.tested.scenarios.as_ref().map_or(0, |found| found.program.tests.list.len());
    let all: Vec<Test> = ones
        .chain((0..many).map(|test| Test::Many { test }))
        .filter(|test| choices.is_none() || matches!(test, Test::Many { .. }))
        .collect();
    let fits = |title: &str| {
        args.filter.as_ref().is_none_or(|text| title.contains(text))
            && choices.is_none_or(|choices| choices.head.test == title)
    };
    let written = |test: &Test| suite.written(*test).filter(|written| fits(&written.title));
    let mut wanted: Vec<(Span, Test)> = all
        .into_iter()
        .filter_map(|test| written(&test).map(|written| (written.title_span, test)))
        .collect();
    wanted.sort_by_key(|(span, _)| (span.file, span.lo));
    suite.wanted = wanted.into_iter().map(|(_, test)| test).collect();
    (!suite.wanted.is_empty()).then_some(suite)
}

fn list(suites: &[Suite]) -> String {
    let mut out = String::new();
    for suite in suites {
        for test in suite.wanted.iter().filter_map(|test| suite.written(*test)) {
            out.push_str(&format!("{}: {}\n", suite.name, test.title));
        }
    }
    out
}

impl Suite {
    /// A test as it is written.
    fn written(&self, test: Test) -> Option<&hir::Test> {
        let (tests, at) = match test {
            Test::One { part, test } => (&self.tested.parts.get(part)?.typed.tests, test),
            Test::Many { test } => (&self.tested.scenarios.as_ref()?.program.tests, test),
        };
        tests.list.get(at)
    }

    /// What becomes of one of its tests.
    fn run(&self, test: Test, limits: &Limits, talk: &Talk) -> Result<Option<Told<'_>>, Exit> {
        let Some(written) = self.written(test) else { return Ok(None) };
        let told = Told::new(self, written);
        match test {
            Test::Many { test } => many::run(self, test, told, limits, talk),
            Test::One { part, test } => {
                let Some(part) = self.tested.parts.get(part) else { return Ok(None) };
                let plan = testing::Plan {
                    program: &part.typed,
                    strata: &part.strata,
                    role: &part.role,
                    limits: limits.clone(),
                    oracle: self.oracle,
                    workers: self.workers,
                    views: self.views,
                };
                Ok(Some(Told { failed: testing::run(&plan, test).failed, ..told }))
            }
        }
    }
}

fn run<'s>(suites: &'s [Suite], limits: &Limits, talk: &Talk) -> Result<Vec<Told<'s>>, Exit> {
    let mut all = Vec::new();
    for suite in suites {
        for test in &suite.wanted {
            all.extend(suite.run(*test, limits, talk)?);
        }
    }
    Ok(all)
}

//! `bloom test`: finds programs with tests, runs those that are wanted, tells
//! what became of each. How a test runs is not known here.

mod human;
mod json;
mod junit;
mod told;

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::args::LimitArgs;
use crate::cli::check::worse;
use crate::cli::compile;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::fmt;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::cli::test::told::Told;
use crate::kernel::Limits;
use crate::testing;

const AFTER: &str = "\
A test is a block of a program:

  test \"a word is counted\" {
    tick { word(\"a\"); }        rows from outside, then one tick
    expect seen(\"a\", 1);       what holds then
    expect seen == {(\"a\", 1)};
  }

Each test runs on a node of its own, in memory, called n1; no data is loaded.
Of a folder all programs below it are tested, in order.

Examples:
  bloom test routes.bloom
  bloom test . --filter cheaper
  bloom test . --format junit > tests.xml

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
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    limits: LimitArgs,
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
    checked: Checked,
    /// Whether every tick is computed twice.
    oracle: bool,
    /// Numbers of the tests that are wanted.
    wanted: Vec<usize>,
}

/// Runs tests.
pub fn test(args: &TestArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    let limits = options::limits(&args.limits).map_err(|why| talk.refuse(why))?;
    let limits = Limits { process: Some(system::resident_bytes), ..limits };
    let mut outcome = Ok(());
    let mut suites = Vec::new();
    for path in files(args, talk)? {
        match compile::tested(&path, &set, talk) {
            Ok((checked, all)) => {
                suites.extend(suite(checked, args));
                if !all {
                    outcome = worse(outcome, Exit::Program);
                }
            }
            Err(exit) => outcome = worse(outcome, exit),
        }
    }
    let count: usize = suites.iter().map(|suite| suite.wanted.len()).sum();
    if count == 0 && outcome.is_ok() {
        match &args.filter {
            Some(text) => {
                return Err(talk.refuse(format!("no test has \"{text}\" in its title")));
            }
            None => talk.note("there are no tests"),
        }
    }
    if args.list {
        write_out(talk, list(&suites).as_bytes())?;
        return outcome;
    }
    let failed = match args.format {
        Form::Human => human::report(&suites, &limits, talk)?,
        Form::Json => {
            let all = run(&suites, &limits);
            write_out(talk, json::report(&all).as_bytes())?;
            all.iter().filter(|told| told.failed.is_some()).count()
        }
        Form::Junit => {
            let all = run(&suites, &limits);
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

fn suite(checked: Checked, args: &TestArgs) -> Option<Suite> {
    let name = checked.sources.files().first().map_or(String::new(), |file| file.name.clone());
    let tests = checked.typed.tests.list.iter().enumerate();
    let fits = |title: &str| args.filter.as_ref().is_none_or(|text| title.contains(text));
    let wanted: Vec<usize> =
        tests.filter(|(_, test)| fits(&test.title)).map(|(number, _)| number).collect();
    (!wanted.is_empty()).then_some(Suite { name, checked, oracle: args.oracle, wanted })
}

fn list(suites: &[Suite]) -> String {
    let mut out = String::new();
    for suite in suites {
        for number in &suite.wanted {
            out.push_str(&format!(
                "{}: {}\n",
                suite.name, suite.checked.typed.tests.list[*number].title
            ));
        }
    }
    out
}

impl Suite {
    /// What becomes of one of its tests.
    fn run(&self, test: usize, limits: &Limits) -> Told<'_> {
        let plan = testing::Plan {
            program: &self.checked.typed,
            strata: &self.checked.strata,
            limits: limits.clone(),
            oracle: self.oracle,
        };
        let verdict = testing::run(&plan, test);
        Told::new(self, test, verdict.failed)
    }
}

fn run<'s>(suites: &'s [Suite], limits: &Limits) -> Vec<Told<'s>> {
    let mut all = Vec::new();
    for suite in suites {
        all.extend(suite.wanted.iter().map(|test| suite.run(*test, limits)));
    }
    all
}

//! Whether the tests of the examples are worth something: every protocol is changed for the worse,
//! one line at a time, and some schedule has to notice. A change that no schedule notices says
//! that a test, or the network it runs on, is too kind. Changed programs are given to the tool by
//! its command line; that equal seeds give equal runs is asked of the library.
//!
//! `examples/NAME/mutations.toml` lists the changes. How much is tried is said by the environment:
//!
//! - `BLOOM_SEEDS=10000`: the programs as they are pass so many seeds, instead of a few.
//! - `BLOOM_MUTATION_SEEDS=10000`: every change is tried with so many seeds. Without it those are
//!   left out that take many seeds, and the others are given a little more than they are known to
//!   take.

mod equal;
mod mutation;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Output;

use libtest_mimic::Arguments;
use libtest_mimic::Failed;
use libtest_mimic::Trial;

use crate::mutation::Kind;
use crate::mutation::Mutation;

/// Seeds that a program as it is has to pass where nothing else is said.
const SEEDS: u64 = 5;
/// A change that takes more seeds than this is left to the night.
const QUICK_SEEDS: u64 = 20;
/// Of 100 changes so many have to be noticed.
const SHARE: usize = 95;
/// Protocols that are changed, and changes of them all, at least.
const PROTOCOLS_MIN: usize = 11;
const MUTATIONS_MIN: usize = 45;
/// Changes of each protocol, at least.
const EACH_MIN: usize = 4;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let folders = folders();
    for folder in &folders {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let whole = folder.clone();
        trials.push(Trial::test(format!("{name}: as it is"), move || passes(&whole)));
        let mutations = match mutation::read(&folder.join("mutations.toml")) {
            Ok(mutations) => mutations,
            Err(why) => {
                trials.push(Trial::test(format!("{name}: list"), move || Err(why.into())));
                continue;
            }
        };
        for mutation in mutations {
            let folder = folder.clone();
            let title = format!("{name}: {}", mutation.name);
            let late = wanted("BLOOM_MUTATION_SEEDS").is_none() && mutation.seeds > QUICK_SEEDS;
            let trial = Trial::test(title, move || noticed(&folder, &mutation));
            trials.push(trial.with_ignored_flag(late));
        }
    }
    let again = folders.clone();
    trials.push(Trial::test("equal runs", move || equal::runs(&again)));
    trials.push(Trial::test("score", move || score(&folders)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The examples that have changes listed, by name.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = fs::read_dir(&root).expect("examples/ can be read");
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut found: Vec<PathBuf> =
        folders.filter(|folder| folder.join("mutations.toml").exists()).collect();
    found.sort();
    found
}

fn wanted(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Changes are many and differ, and almost all of them are noticed; of those that break a promise
/// of safety, all are. What is listed as not noticed is held to that by the trial of its own.
fn score(folders: &[PathBuf]) -> Result<(), Failed> {
    let (mut all, mut survive) = (0, 0);
    for folder in folders {
        let mutations = mutation::read(&folder.join("mutations.toml"))?;
        let names: BTreeSet<&str> = mutations.iter().map(|m| m.name.as_str()).collect();
        if names.len() < mutations.len() || names.len() < EACH_MIN {
            return Err(format!("{}: {} different changes", folder.display(), names.len()).into());
        }
        for mutation in mutations.iter().filter(|m| m.survives.is_some()) {
            if mutation.kind == Kind::Safety {
                return Err(format!("nothing notices: {}", mutation.name).into());
            }
            survive += 1;
        }
        all += mutations.len();
    }
    if folders.len() < PROTOCOLS_MIN || all < MUTATIONS_MIN {
        return Err(format!("{all} changes of {} protocols are few", folders.len()).into());
    }
    match (all - survive) * 100 >= all * SHARE {
        true => Ok(()),
        false => Err(format!("{survive} of {all} changes are not noticed").into()),
    }
}

/// The program as it is passes. What some run has to reach is asked for only where there are many.
fn passes(folder: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(folder.join("main.bloom"))?;
    let seeds = wanted("BLOOM_SEEDS");
    let text = if seeds.is_some() { text } else { mutation::without_sometimes(&text)? };
    let output = tested(&text, seeds.unwrap_or(SEEDS))?;
    if output.status.success() { Ok(()) } else { Err(told(&output).into()) }
}

/// A change is noticed, or is known not to be. Whatever some run has to reach does not count: the
/// changed program has to do something wrong, or to leave something undone.
fn noticed(folder: &Path, mutation: &Mutation) -> Result<(), Failed> {
    let text = fs::read_to_string(folder.join("main.bloom"))?;
    let changed = mutation::without_sometimes(&mutation.applied(&text)?)?;
    let seeds = wanted("BLOOM_MUTATION_SEEDS").unwrap_or(mutation.seeds);
    let output = tested(&changed, seeds)?;
    let shown = String::from_utf8_lossy(&output.stdout);
    match (output.status.code(), &mutation.survives) {
        // A failure of Bloom itself would be no merit of the test.
        (Some(1), None) if !shown.contains("mistake of Bloom itself") => Ok(()),
        (Some(0), Some(_)) => Ok(()),
        (Some(1), Some(why)) => {
            Err(format!("it is noticed, though \"{why}\":\n{}", told(&output)).into())
        }
        (Some(0), None) => Err(format!("not noticed in {seeds} seeds: {} ", mutation.with).into()),
        _ => Err(told(&output).into()),
    }
}

/// Runs the tests of a program that has to be right otherwise.
fn tested(text: &str, seeds: u64) -> Result<Output, Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("main.bloom");
    fs::write(&file, text)?;
    let bloom = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(args)
            .arg(&file)
            .env("NO_COLOR", "1")
            .output()
    };
    let checked = bloom(&["check"])?;
    if !checked.status.success() {
        return Err(format!("the program is refused:\n{}", told(&checked)).into());
    }
    Ok(bloom(&["test", "--seeds", &seeds.to_string()])?)
}

fn told(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

//! Every example does what its folder promises: the program is well formatted and clean, and over
//! its data it writes exactly the files in `expected/`, which were computed by other means. One of
//! many nodes has no data but tests, and a list of changes that they notice. Its page says who has to
//! wait for whom. This room knows the tool only from outside, by its command line.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;

use libtest_mimic::Failed;
use libtest_mimic::Trial;

use crate::processes;

/// A page longer than this is no longer one screen.
const README_LINES_MAX: usize = 60;
/// Runs of a test of many nodes here; with the slow evaluator they take long.
const SEEDS: &str = "3";

/// Trials for each example.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for folder in folders() {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let mut trial = |what: &str, test: fn(&Path) -> Result<(), Failed>| {
            let folder = folder.clone();
            trials.push(Trial::test(format!("{name}::{what}"), move || test(&folder)));
        };
        trial("format", formatted);
        trial("readme", one_screen);
        trial("check", clean);
        trial("waits", waits);
        if !is_of_many_nodes(&name, &folder) {
            trial("run", |folder| runs(folder, &[]));
            trial("workers", spread);
            trial("views", followed);
            if !Given::to(&folder).goes_on() {
                trial("processes", over_processes);
            }
        } else {
            trial("ways", tested_otherwise);
        }
        trial("test", tested);
    }
    trials.push(Trial::test("library::test", library));
    trials.push(Trial::test("library::format", || {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib");
        let output = bloom(&["fmt", "--check", text(&root)?])?;
        if output.status.success() { Ok(()) } else { Err(told(&output).into()) }
    }));
    trials
}

/// Whether a program is one of many nodes; it has no data of its own.
fn is_of_many_nodes(name: &str, folder: &Path) -> bool {
    let is = folder.join("mutations.toml").exists();
    assert_ne!(is, folder.join("expected").exists(), "{name} has what one of its kind has");
    is
}

/// The modules of the library do what they say, under both evaluators.
fn library() -> Result<(), Failed> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/tests");
    let output = bloom(&["test", text(&tests)?, "--oracle"])?;
    if output.status.success() { Ok(()) } else { Err(told(&output).into()) }
}

/// All folders under `examples/`, by name.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = fs::read_dir(&root).expect("examples/ can be read");
    let mut found: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.is_dir()).collect();
    found.sort();
    assert!(found.len() >= 5, "the examples are there");
    found
}

fn bloom(args: &[&str]) -> Result<Output, Failed> {
    Ok(Command::new(env!("CARGO_BIN_EXE_bloom")).args(args).output()?)
}

fn told(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn text(path: &Path) -> Result<&str, Failed> {
    path.to_str().ok_or_else(|| "a path that is no text".into())
}

fn formatted(folder: &Path) -> Result<(), Failed> {
    let output = bloom(&["fmt", "--check", text(&folder.join("main.bloom"))?])?;
    if output.status.success() { Ok(()) } else { Err(told(&output).into()) }
}

fn one_screen(folder: &Path) -> Result<(), Failed> {
    let page = fs::read_to_string(folder.join("README.md"))?;
    let lines = page.lines().count();
    if lines > README_LINES_MAX {
        return Err(format!("README.md has {lines} lines").into());
    }
    Ok(())
}

fn clean(folder: &Path) -> Result<(), Failed> {
    let output = bloom(&["check", text(folder)?])?;
    let told = told(&output);
    if !output.status.success() || told.contains("warning") {
        return Err(told.into());
    }
    Ok(())
}

/// The page says who waits, and that is what the report says: its first line stands there, and
/// every point that the page names is one. With `UPDATE_PAGES` the line is written anew.
fn waits(folder: &Path) -> Result<(), Failed> {
    let root = folder.parent().and_then(Path::parent).ok_or("an example outside of examples/")?;
    let name = folder.file_name().ok_or("a folder without a name")?.to_string_lossy();
    let asked = format!("bloom report examples/{name} | head -1");
    let output = Command::new(env!("CARGO_BIN_EXE_bloom"))
        .args(["report", &format!("examples/{name}")])
        .current_dir(root)
        .output()?;
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let first = report.lines().next().ok_or_else(|| told(&output))?;
    let path = folder.join("README.md");
    let page = fs::read_to_string(&path)?;
    let section = page.split_once("\n## Who waits\n").ok_or("README.md does not say who waits")?.1;
    let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
    let shown = section.split_once(&format!("```console\n$ {asked}\n"));
    let shown = shown.ok_or_else(|| format!("README.md does not run `{asked}`"))?.1;
    let line = shown.lines().next().unwrap_or_default();
    if line != first && env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, page.replace(line, first))?;
    } else if line != first {
        return Err(format!("README.md says\n{line}\nand the report\n{first}").into());
    }
    for point in section.split('`').skip(1).step_by(2).filter(|text| is_point(text)) {
        if !report.contains(&format!("  {point}  CALM")) {
            return Err(format!("README.md names `{point}`, which the report does not have").into());
        }
    }
    Ok(())
}

/// `seal(action by session)`
fn is_point(text: &str) -> bool {
    let kinds = ["seal(", "order(", "exclusive(", "escrow(", "persist("];
    kinds.iter().any(|kind| text.starts_with(kind)) && text.ends_with(')')
}

/// What a program is given.
enum Given {
    /// Files, before it begins.
    Facts(PathBuf),
    /// Events, line by line.
    Events(PathBuf),
    /// Lines of the standard input.
    Lines(PathBuf),
}

impl Given {
    fn to(folder: &Path) -> Given {
        let (events, lines) = (folder.join("events.jsonl"), folder.join("stdin.txt"));
        match (events.exists(), lines.exists()) {
            (_, true) => Given::Lines(lines),
            (true, _) => Given::Events(events),
            _ => Given::Facts(folder.join("data")),
        }
    }

    fn flags(&self) -> Result<Vec<&str>, Failed> {
        Ok(match self {
            Given::Facts(path) => vec!["--facts", text(path)?],
            Given::Events(path) => vec!["--events", text(path)?],
            Given::Lines(_) => Vec::new(),
        })
    }

    /// Whether the program goes on from tick to tick.
    fn goes_on(&self) -> bool {
        !matches!(self, Given::Facts(_))
    }

    fn stdin(&self) -> Result<Stdio, Failed> {
        Ok(match self {
            Given::Lines(path) => fs::File::open(path)?.into(),
            _ => Stdio::null(),
        })
    }
}

/// What comes of it is what is expected.
fn runs(folder: &Path, more: &[&str]) -> Result<(), Failed> {
    let out = tempfile::tempdir()?;
    let given = Given::to(folder);
    let mut command = Command::new(env!("CARGO_BIN_EXE_bloom"));
    command.args(["run", text(folder)?]).args(more).args(given.flags()?).stdin(given.stdin()?);
    let shown = matches!(given, Given::Lines(_));
    if !shown {
        command.arg("--out").arg(out.path());
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(told(&output).into());
    }
    if shown {
        fs::write(out.path().join("stdout.txt"), &output.stdout)?;
    }
    same(&folder.join("expected"), out.path())
}

/// The same, however many workers the node has, and if it goes on from tick to
/// tick though it need not.
fn spread(folder: &Path) -> Result<(), Failed> {
    ["1", "2", "4"].iter().try_for_each(|workers| {
        let more = ["--workers", workers, "--until-quiet"];
        runs(folder, &more)?;
        if Given::to(folder).goes_on() { Ok(()) } else { runs(folder, &more[..2]) }
    })
}

/// The same, whoever follows the views.
fn followed(folder: &Path) -> Result<(), Failed> {
    ["kernel", "dataflow"]
        .iter()
        .try_for_each(|views| runs(folder, &["--until-quiet", "--views", views]))
}

/// The same, over two processes of two workers. The first one writes, and hears
/// what comes from outside.
fn over_processes(folder: &Path) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let given = Given::to(folder);
    let base = format!("{} --workers 2", text(folder)?);
    let flags = given.flags()?.join(" ");
    let shown = matches!(given, Given::Lines(_));
    let out = if shown { "" } else { "--out results" };
    let (first, second) = match &given {
        Given::Facts(_) => (format!("{base} {flags} {out}"), format!("{base} {flags} {out}")),
        _ => (format!("{base} --until-quiet {flags} {out}"), format!("{base} --until-quiet")),
    };
    processes::hosts(dir.path(), 2);
    let mut children = [
        processes::begin_with(dir.path(), 0, &first, given.stdin()?),
        processes::begin(dir.path(), 1, &second),
    ];
    let mut ended = children.iter_mut().enumerate();
    let ended: Vec<_> =
        ended.by_ref().map(|(i, child)| processes::end(dir.path(), i, child)).collect();
    if ended.iter().any(|one| one.code != Some(0)) || !ended[1].out.is_empty() {
        return Err(format!("{ended:?}").into());
    }
    let results = dir.path().join("results");
    if shown {
        fs::create_dir(&results)?;
        fs::write(results.join("stdout.txt"), &ended[0].out)?;
    }
    same(&folder.join("expected"), &results)
}

/// The tests of many nodes hold, however many workers each node has and whoever
/// follows its views.
fn tested_otherwise(folder: &Path) -> Result<(), Failed> {
    let ways =
        [["--workers", "2"], ["--workers", "4"], ["--views", "kernel"], ["--views", "dataflow"]];
    for way in ways {
        let output = bloom(&["test", text(folder)?, "--seeds", SEEDS, way[0], way[1]])?;
        if !output.status.success() {
            return Err(format!("{way:?}: {}", told(&output)).into());
        }
    }
    Ok(())
}

/// The tests that the program has, if any, pass under both evaluators.
fn tested(folder: &Path) -> Result<(), Failed> {
    let program = fs::read_to_string(folder.join("main.bloom"))?;
    if !program.contains("\ntest \"") {
        return Ok(());
    }
    let output = bloom(&["test", text(folder)?, "--oracle", "--seeds", SEEDS])?;
    if output.status.success() { Ok(()) } else { Err(told(&output).into()) }
}

/// Two folders have the same files.
fn same(wanted: &Path, got: &Path) -> Result<(), Failed> {
    let (wanted, got) = (files(wanted)?, files(got)?);
    let names =
        |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(&wanted) != names(&got) {
        return Err(format!("wanted {:?}, got {:?}", names(&wanted), names(&got)).into());
    }
    for ((name, wanted), (_, got)) in wanted.iter().zip(&got) {
        if wanted != got {
            return Err(format!("{name}: {}", first_difference(wanted, got)).into());
        }
    }
    Ok(())
}

/// Names and texts of the files in a folder, by name.
fn files(folder: &Path) -> Result<Vec<(String, String)>, Failed> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        found.push((name, fs::read_to_string(entry.path())?));
    }
    found.sort();
    Ok(found)
}

fn first_difference(wanted: &str, got: &str) -> String {
    let (mut wanted, mut got) = (wanted.lines(), got.lines());
    for number in 1.. {
        let (wanted, got) = (wanted.next(), got.next());
        if wanted != got {
            return format!("line {number}: wanted {wanted:?}, got {got:?}");
        }
        if wanted.is_none() {
            break;
        }
    }
    "the line ends differ".into()
}

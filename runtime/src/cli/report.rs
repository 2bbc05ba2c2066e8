//! `bloom report`: who has to wait for whom, and why. What there is to find is
//! the matter of the compiler; here it is asked for, held against what was known
//! before, shown, and turned into an exit code.

mod assume;
mod baseline;
mod deny;
mod diff;
pub mod example;
mod html;
mod human;
mod json;
mod known;
mod lock;
mod replay;
mod rewrites;
mod sarif;
mod side;
mod told;
pub mod words;

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Kind;
use bloom_compiler::calm::model::Report;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::witness;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::driver;
use bloom_compiler::driver::Applied;
use bloom_compiler::driver::Budget;
use bloom_compiler::driver::Compiled;
use bloom_compiler::source::Span;
use clap::Args;
use clap::ValueEnum;

use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::graph;
use crate::cli::options;
use crate::cli::paths;
use crate::cli::place::Place;
use crate::cli::report::assume::AssumeArgs;
use crate::cli::report::baseline::Baseline;
use crate::cli::report::baseline::Before;
use crate::cli::report::deny::DenyArgs;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;

const AFTER: &str = "\
On many nodes something may always be under way. The report says of each
output, invariant and message that leaves whether what is shown can change when
it comes, and what would have to be waited for. `bloom explain CALM002` is the
page of a code.

Examples:
  bloom report cart.bloom
  bloom report cart.bloom --format html --out cart.html
  bloom report cart.bloom --replay P1
  bloom report cart.bloom --write-lock calm.lock
  bloom report cart.bloom --baseline calm.lock --deny new
  bloom report cart.bloom --deny order-global --max-points 3
  bloom report cart.bloom --format sarif --out points.sarif
  bloom report cart.bloom --assume static:checkout
  bloom report --diff old.bloom cart.bloom --deny new
  bloom report cart.bloom --workers 4
  bloom report cart.bloom --rewrites
  bloom report cart.bloom --apply P1:threshold

Exit codes: 0 reported, 1 denied, or the program is wrong, 2 command line or
files.";

/// `bloom report`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct ReportArgs {
    /// A .bloom file, or a folder with a main.bloom; `-` is stdin
    #[arg(required_unless_present = "diff")]
    path: Option<PathBuf>,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value = "human", help_heading = "Output")]
    format: Form,
    /// Write the report to FILE
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    /// Compare with the points that are kept in FILE
    #[arg(long, value_name = "FILE", help_heading = "Points")]
    baseline: Option<PathBuf>,
    /// Keep the points in FILE, for --baseline
    #[arg(long, value_name = "FILE", help_heading = "Points")]
    write_lock: Option<PathBuf>,
    /// Tell what changed between two versions, in place of a report: programs, locks, or reports
    /// as JSON
    #[arg(
        long,
        num_args = 2,
        value_names = ["OLD", "NEW"],
        conflicts_with_all = ["path", "baseline", "write_lock", "assume"],
        help_heading = "Points"
    )]
    diff: Vec<PathBuf>,
    #[command(flatten)]
    deny: DenyArgs,
    /// Do not look for examples
    #[arg(long, help_heading = "Points")]
    no_examples: bool,
    /// Run the example of a point by the engine, tick by tick
    #[arg(
        long,
        value_name = "POINT",
        help_heading = "Points",
        conflicts_with_all = [
            "diff", "no_examples", "format", "out", "write_lock", "baseline", "deny", "max_points",
            "apply", "rewrites",
        ]
    )]
    replay: Option<String>,
    /// Show the changes that would help, line by line
    #[arg(long, help_heading = "Rewrites", conflicts_with = "no_rewrites")]
    rewrites: bool,
    /// Do not look for changes that would help
    #[arg(long, help_heading = "Rewrites")]
    no_rewrites: bool,
    /// Write a change that keeps the meaning into the program, such as P1:threshold
    #[arg(
        long,
        value_name = "POINT:CHANGE",
        help_heading = "Rewrites",
        conflicts_with_all = ["no_rewrites", "format", "write_lock", "baseline", "deny", "assume"]
    )]
    apply: Option<String>,
    /// Also list what waits inside of a node whose work N workers share
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..),
        conflicts_with_all = ["diff", "replay", "apply", "write_lock"],
        help_heading = "Points"
    )]
    workers: Option<u16>,
    #[command(flatten)]
    what_if: AssumeArgs,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

/// Form of a report.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// for reading
    Human,
    /// calm-report/1
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// a page: the program beside its picture, and every point
    Html,
    /// a picture, for every browser
    Svg,
    /// a picture, for pages that draw Mermaid
    Mermaid,
    /// a picture, for Graphviz
    Dot,
}

/// What is shown.
pub struct Scene<'a> {
    /// The program.
    pub compiled: &'a Compiled,
    /// What was found.
    pub report: &'a Report,
    /// The name of the program's file.
    pub name: &'a str,
    /// What it was looked at under.
    pub assume: &'a Assume,
    /// What was known before, if that was asked.
    pub since: Option<Baseline>,
    /// Whether changes that would help are shown line by line.
    pub diffs: bool,
    /// These changes by point, with the texts of the files after them.
    pub changes: Vec<Vec<Applied>>,
    /// How many workers share the work of a node, if that was asked.
    pub workers: Option<u16>,
}

impl Scene<'_> {
    /// `cart.bloom:21:9`
    pub fn place(&self, span: Span) -> String {
        let file = self.compiled.sources.file(span.file);
        let (line, col) = file.line_col(span.lo);
        format!("{}:{line}:{col}", file.name)
    }
}

/// Reports.
pub fn report(args: &ReportArgs, talk: &Talk) -> Result<(), Exit> {
    let set = options::settings(&args.set).map_err(|why| talk.refuse(why))?;
    let path = match (args.diff.as_slice(), &args.path) {
        ([old, new], _) => return diff::diff(args, old, new, &set, talk),
        (_, Some(path)) => path,
        // The command line is refused before.
        (_, None) => return Err(talk.refuse("PATH is missing")),
    };
    if args.write_lock.is_some() && !args.what_if.assume.is_empty() {
        return Err(talk.refuse(
            "a lock keeps what holds, not what would hold if: --write-lock does not go with --assume",
        ));
    }
    let before = Before::read(args, talk)?;
    let mut compiled = compile::compile(path, &set, talk)?;
    compiled.diagnostics.retain(Diagnostic::is_error);
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    let assume = args.what_if.of(&compiled).map_err(|why| talk.refuse(why))?;
    let mut report = compiled.report(&assume);
    if assume != Assume::default() {
        // What accepts nothing now may accept something where this does not hold.
        report.faults.retain(|fault| fault.code.is_some());
    }
    if let Some(wanted) = &args.apply {
        return rewrites::apply(&compiled, &report, wanted, path, talk);
    }
    if let Some(id) = &args.replay {
        if let Some(exit) = compile::failed(&compiled.diagnostics) {
            return Err(exit);
        }
        compiled.examples(&mut report, witness::STEPS);
        return replay::replay(&compiled, &report, id, talk);
    }
    let is_told = !matches!(args.format, Form::Svg | Form::Mermaid | Form::Dot);
    let mut changes = Vec::new();
    if is_told && !args.no_rewrites {
        changes = compiled.applied(&report, &assume, Budget::default());
        for (point, found) in report.points.iter_mut().zip(&changes) {
            point.rewrites = found.iter().map(|one| one.rewrite.clone()).collect();
        }
    }
    if is_told && !args.no_examples {
        compiled.examples(&mut report, witness::STEPS);
        // An example knows nothing of placements: where they make it free there is none.
        let local = report.points.iter_mut().filter(|point| point.kind == Kind::Local);
        local.for_each(|point| point.witness = Search::NotAsked);
    }
    if let Some(workers) = args.workers {
        compiled.add_frontiers(&mut report, &compiled.divided(usize::from(workers)));
    }
    let since = before.map(|before| before.compare(&mut report));
    let name = compiled.sources.files().first().map_or("", |file| &file.name);
    let (assume, diffs) = (&assume, args.rewrites);
    let (compiled, report) = (&compiled, &report);
    let workers = args.workers;
    let scene = Scene { compiled, report, name, assume, since, diffs, changes, workers };
    let text = match args.format {
        Form::Human => human::text(&scene),
        Form::Json => json::text(&scene),
        Form::Sarif => sarif::text(&scene),
        Form::Html => html::text(&scene),
        Form::Svg => graph::picture(compiled, report, name).map_err(|why| talk.refuse(why))?,
        Form::Mermaid => graph::mermaid::text(&graph::build::graph(compiled, report)),
        Form::Dot => graph::dot::text(&graph::build::graph(compiled, report)),
    };
    give(args, &text, talk)?;
    end(args, &scene, talk)
}

/// What follows from a report: a lock, and how the command ends.
fn end(args: &ReportArgs, scene: &Scene<'_>, talk: &Talk) -> Result<(), Exit> {
    if let Some(exit) = compile::failed(&scene.compiled.diagnostics) {
        if args.write_lock.is_some() {
            talk.note("no lock is written: points may be missing while the program is wrong");
        }
        return Err(exit);
    }
    let denied = args.deny.denied(&baseline::open(scene));
    denied.iter().for_each(|why| talk.error(why));
    match &args.write_lock {
        Some(_) if !denied.is_empty() => {
            talk.note("no lock is written: it would keep what is denied");
        }
        Some(file) => put(file, &lock::text(scene.report), talk)?,
        None => {}
    }
    let is_right = denied.is_empty() && scene.report.faults.is_empty();
    if is_right { Ok(()) } else { Err(Exit::Program) }
}

/// Hands the report out.
fn give(args: &ReportArgs, text: &str, talk: &Talk) -> Result<(), Exit> {
    match &args.out {
        Some(file) => put(file, text, talk),
        None => write_out(talk, text.as_bytes()),
    }
}

/// Writes a file whole or not at all.
pub fn put(file: &Path, text: &str, talk: &Talk) -> Result<(), Exit> {
    let written = Place::new(file).and_then(|mut place| {
        place.write_all(text.as_bytes())?;
        place.finish()
    });
    written.map_err(|error| talk.refuse(format!("cannot write {}: {error}", file.display())))
}

/// What a project keeps of its report.
pub struct Kept {
    /// What the first line says, without the name of the file.
    pub summary: String,
    /// The points, for --baseline.
    pub lock: String,
}

/// The same, of a program that is right; else why there is nothing to keep.
pub fn kept(path: &Path) -> Result<Kept, String> {
    let program = paths::read(path)?;
    let compiled = driver::check(&program.name, &program.text, &compile::options(&program, &[]));
    if compiled.has_errors() {
        return Err(format!("{} is wrong", program.name));
    }
    let report = compiled.report(&Assume::default());
    Ok(Kept { summary: human::summary(&report), lock: lock::text(&report) })
}

/// One line about a program for whoever only checks it; none where nothing can
/// be observed.
pub fn line(report: &Report, path: &Path) -> Option<String> {
    if report.verdicts.is_empty() {
        return None;
    }
    let open = || report.points.iter().filter(|point| point.accepted.is_none());
    let waits = open().filter(|point| point.kind.coordinates()).count();
    let more = format!("(bloom report {})", path.display());
    let told = match (waits, open().count() - waits) {
        (0, 0) if report.points.is_empty() => "nobody waits for anybody".to_string(),
        (0, 0) => format!("nobody waits; what may differ is accepted {more}"),
        (0, _) => format!("nobody waits, but events can be missed or count twice {more}"),
        (1, _) => format!("1 place to wait or agree {more}"),
        (n, _) => format!("{n} places to wait or agree {more}"),
    };
    Some(format!("on many nodes: {told}\n"))
}

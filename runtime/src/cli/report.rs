//! `bloom report`: who has to wait for whom, and why. What there is to find is
//! the matter of the compiler; here it is asked for, held against what was known
//! before, shown, and turned into an exit code.

mod deny;
mod html;
mod human;
mod json;
mod lock;
mod words;

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Report;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::driver::Compiled;
use bloom_compiler::source::Span;
use clap::Args;
use clap::ValueEnum;

use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::graph;
use crate::cli::options;
use crate::cli::place::Place;
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
  bloom report cart.bloom --write-lock calm.lock
  bloom report cart.bloom --baseline calm.lock --deny new
  bloom report cart.bloom --deny order-global --max-points 3

Exit codes: 0 reported, 1 denied, or the program is wrong, 2 command line or
files.";

/// `bloom report`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct ReportArgs {
    /// A .bloom file, or a folder with a main.bloom; `-` is stdin
    path: PathBuf,
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
    /// End with 1 if there are such points; accepted ones do not count
    #[arg(long, value_enum, value_name = "WHICH", value_delimiter = ',', help_heading = "Points")]
    deny: Vec<Deny>,
    /// End with 1 if there are more points than N; accepted ones do not count
    #[arg(long, value_name = "N", help_heading = "Points")]
    max_points: Option<usize>,
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
    /// a page: the program beside its picture, and every point
    Html,
    /// a picture, for every browser
    Svg,
    /// a picture, for pages that draw Mermaid
    Mermaid,
    /// a picture, for Graphviz
    Dot,
}

/// Points that must not be.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deny {
    /// that the baseline does not have, or has cheaper
    New,
    /// at which events are put into one order
    Order,
    /// at which all events are put into one order, whatever their key
    OrderGlobal,
    /// of any kind
    Any,
}

/// What is shown.
pub struct Scene<'a> {
    /// The program.
    pub compiled: &'a Compiled,
    /// What was found.
    pub report: &'a Report,
    /// The name of the program's file.
    pub name: &'a str,
    /// What was known before, if that was asked.
    pub since: Option<Since>,
}

/// Compared with a baseline; of points that are there their status says it.
pub struct Since {
    /// The name of the file.
    pub file: String,
    /// Points that are there no more.
    pub gone: Vec<lock::Entry>,
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
    if args.deny.contains(&Deny::New) && args.baseline.is_none() {
        return Err(talk.refuse(
            "--deny new needs to know what is not new: --baseline calm.lock, a file written by \
             --write-lock",
        ));
    }
    let before = args.baseline.as_deref().map(lock::read).transpose();
    let before = before.map_err(|why| talk.refuse(why))?;
    let mut compiled = compile::compile(&args.path, &set, talk)?;
    compiled.diagnostics.retain(Diagnostic::is_error);
    talk.diagnostics(&compiled.sources, &compiled.diagnostics);
    let mut report = compiled.report(&Assume::default());
    let since = before.zip(args.baseline.as_ref()).map(|(before, file)| Since {
        gone: before.compare(&mut report.points),
        file: file.display().to_string(),
    });
    let name = compiled.sources.files().first().map_or("", |file| &file.name);
    let scene = Scene { compiled: &compiled, report: &report, name, since };
    let text = match args.format {
        Form::Human => human::text(&scene),
        Form::Json => json::text(&scene),
        Form::Html => html::text(&scene),
        Form::Svg => graph::picture(&compiled, &report, name).map_err(|why| talk.refuse(why))?,
        Form::Mermaid => graph::mermaid::text(&graph::build::graph(&compiled, &report)),
        Form::Dot => graph::dot::text(&graph::build::graph(&compiled, &report)),
    };
    match &args.out {
        Some(file) => put(file, &text, talk)?,
        None => write_out(talk, text.as_bytes())?,
    }
    if let Some(exit) = compile::failed(&compiled.diagnostics) {
        if args.write_lock.is_some() {
            talk.note("no lock is written: points may be missing while the program is wrong");
        }
        return Err(exit);
    }
    if let Some(file) = &args.write_lock {
        put(file, &lock::text(&report), talk)?;
    }
    let denied = deny::denied(&report, &args.deny, args.max_points);
    denied.iter().for_each(|why| talk.error(why));
    if denied.is_empty() && report.faults.is_empty() { Ok(()) } else { Err(Exit::Program) }
}

/// Writes a file whole or not at all.
pub fn put(file: &Path, text: &str, talk: &Talk) -> Result<(), Exit> {
    let written = Place::new(file).and_then(|mut place| {
        place.write_all(text.as_bytes())?;
        place.finish()
    });
    written.map_err(|error| talk.refuse(format!("cannot write {}: {error}", file.display())))
}

/// One line about a program for whoever only checks it; none where nothing can
/// be observed.
pub fn line(compiled: &Compiled, path: &Path) -> Option<String> {
    let report = compiled.report(&Assume::default());
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

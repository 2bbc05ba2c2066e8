//! `bloom profile`: runs a program and shows where its time and memory go, by
//! stratum, rule and variant. The kernel measures; here it is asked for and
//! shown.

mod html;
mod json;
mod table;

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;
use clap::Args;
use clap::ValueEnum;

use crate::cli::args::InputArgs;
use crate::cli::args::LimitArgs;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::role::RoleArgs;
use crate::cli::run;
use crate::cli::stats::count;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::embed::failure;
use crate::kernel::Profile;
use crate::kernel::Stats;

const AFTER: &str = "\
The program is run as by `bloom run`, and its rows are not shown.

Examples:
  bloom profile routes.bloom --facts data
  bloom profile routes.bloom --facts data --format html > profile.html

Exit codes: 0 done, 1 program, data or limit, 2 command line or files.";

/// `bloom profile`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct ProfileArgs {
    /// A .bloom file, or a folder with a main.bloom
    path: PathBuf,
    /// Form of the report
    #[arg(long, value_enum, value_name = "FORM", default_value = "table", help_heading = "Output")]
    format: Form,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    role: RoleArgs,
}

impl ProfileArgs {
    /// The program, the role of the node, and values of constants.
    pub fn asked(&mut self) -> (&Path, &mut RoleArgs, &[String]) {
        (&self.path, &mut self.role, &self.input.set)
    }
}

/// Form of a profile.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// for people
    Table,
    /// bloom-profile/1
    Json,
    /// a page that can be opened from disk
    Html,
}

/// What is reported.
struct Report<'a> {
    program: String,
    profile: &'a Profile,
    stats: &'a Stats,
    sources: &'a SourceMap,
}

/// Characters of a rule's text that are shown.
const RULE_SHOWN: usize = 120;

impl Report<'_> {
    /// File and line of a rule.
    fn place(&self, span: Span) -> (&str, usize) {
        let file = self.sources.file(span.file);
        (&file.name, file.line_col(span.lo).0)
    }

    /// The text of a rule on one line.
    fn text(&self, span: Span) -> String {
        let text = self.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(RULE_SHOWN) {
            Some((at, _)) => format!("{} …", &text[..at]),
            None => text,
        }
    }

    fn time(&self) -> Duration {
        self.profile.strata.iter().map(|stratum| stratum.time).sum()
    }

    /// The part of the whole, in per cent.
    fn share(&self, time: Duration) -> f64 {
        let all = self.time().as_secs_f64();
        if all > 0.0 { time.as_secs_f64() / all * 100.0 } else { 0.0 }
    }

    /// Strata that took part, with their numbers.
    fn strata(&self) -> impl Iterator<Item = (usize, &crate::kernel::StratumProfile)> {
        self.profile.strata.iter().enumerate()
    }
}

/// A number with its word, which differs for one.
fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// The name of a variant: whose news it is run for.
fn variant_name(delta: Option<&str>) -> String {
    delta.map_or("once".to_owned(), |rel| format!("new {rel}"))
}

/// Runs a program and reports.
pub fn profile(args: ProfileArgs, talk: &Talk) -> Result<(), Exit> {
    let options = RunOptions::silent(args.path, args.input, args.limits, args.role);
    let options = options.map_err(|why| talk.refuse(why))?;
    let checked = compile::checked(&options, talk)?;
    if checked.typed.rels.iter().any(node::in_time) {
        return Err(talk.refuse(
            "not supported yet: a profile of a program that runs in time; `bloom run --stats` \
             tells rows and times of its last tick",
        ));
    }
    let sources = intake::sources(&checked.typed, &options, talk)?;
    let (mut engine, schemas) = run::prepared(&checked, talk)?;
    intake::load(&sources, &schemas, &options, &mut engine, talk)?;
    run::fit(&checked, &mut engine);
    engine.keep_profile();
    let result = run::finished(&checked, &mut engine, &options, talk);
    // Where a run reached a limit its profile is wanted most.
    if let Err(failed) = &result {
        let diagnostic = failure::diagnostic(failed, &checked.typed, &engine);
        talk.diagnostics(&checked.sources, &[diagnostic]);
    }
    let mut stats = engine.stats();
    let Some(profile) = engine.profile() else { panic!("a run that kept its profile has one") };
    for (relation, bytes) in stats.relations.iter_mut().zip(&profile.index_bytes) {
        relation.index_bytes = relation.index_bytes.max(*bytes);
    }
    let program = options.path.display().to_string();
    let report = Report { program, profile, stats: &stats, sources: &checked.sources };
    let shown = match args.format {
        Form::Table => table::show(&report),
        Form::Json => json::show(&report),
        Form::Html => html::show(&report),
    };
    write_out(talk, shown.as_bytes())?;
    result.map_err(|_| Exit::Program)
}

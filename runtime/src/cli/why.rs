//! `bloom why`: runs a program with its rounds kept and answers a question
//! about its rows. How an answer is found is the matter of the room `why` of
//! this crate; here it is asked for and shown.

pub mod html;
mod json;
pub mod outline;
pub mod text;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::types::typed;
use clap::Args;
use clap::ValueEnum;

use crate::cli::args::InputArgs;
use crate::cli::args::LimitArgs;
use crate::cli::compile;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::progress::Counter;
use crate::cli::role::RoleArgs;
use crate::cli::run;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::write_out;
use crate::cli::why::outline::Scene;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::why;

const AFTER: &str = "\
The question is one row, or a pattern of rows: `_` and variables stand for any
value. Of the rows that match, the first in value order is explained, or the
first N with --all N. Of a fact that is not there it is told how far each rule
came that could have given it.

Examples:
  bloom why routes.bloom 'route(\"a\", \"c\", _)' --facts data
  bloom why routes.bloom 'route(\"a\", _, _)' --facts data --all 3
  bloom why routes.bloom 'route(\"a\", \"c\", 4)' --facts data --format html > why.html

Exit codes: 0 answered, 1 program, data or limit, 2 command line or files.";

/// `bloom why`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct WhyArgs {
    /// A .bloom file, or a folder with a main.bloom
    path: PathBuf,
    /// The fact, such as 'path("a", "c")' or 'path("a", _)'
    #[arg(value_name = "FACT")]
    query: String,
    /// Explain up to N of the rows that match
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Answer")]
    all: usize,
    /// Show this many rules one below the other
    #[arg(long, value_name = "N", default_value_t = 12, help_heading = "Answer")]
    depth: usize,
    /// Explain no more facts than this
    #[arg(long, value_name = "N", default_value_t = 200, help_heading = "Answer")]
    size: usize,
    /// Show this many matches of an aggregate, and parts of a merged value
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Answer")]
    matches: usize,
    /// Form of the answer
    #[arg(long, value_enum, value_name = "FORM", default_value = "text", help_heading = "Answer")]
    format: Form,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    role: RoleArgs,
}

impl WhyArgs {
    /// The program, the role of the node, and values of constants.
    pub fn asked(&mut self) -> (&Path, &mut RoleArgs, &[String]) {
        (&self.path, &mut self.role, &self.input.set)
    }
}

/// Form of an answer.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// a tree
    Text,
    /// bloom-why/1
    Json,
    /// a page that can be opened from disk
    Html,
}

/// Deeper trees are wider than any page.
const DEPTH_MAX: usize = 10_000;

/// What a program is told of itself when it starts.
fn start(program: &typed::Program, role: &str, engine: &mut Engine) {
    for (i, declared) in program.rels.iter().enumerate() {
        let rel = RelId(i as u32);
        let me = "local";
        let mut word = |text: &str| engine.interner_mut().bytes(text.as_bytes());
        let row = match declared.given {
            Some(Given::Me) => vec![word(me)],
            Some(Given::Members) => vec![word(me), word(role)],
            Some(Given::Startup) => vec![0],
            _ => continue,
        };
        engine.load(rel, &row);
    }
}

/// Answers a question about the rows of a run.
pub fn why(args: WhyArgs, talk: &Talk) -> Result<(), Exit> {
    let wanted = why::Options {
        depth: args.depth.min(DEPTH_MAX),
        size: args.size,
        matches: args.matches,
        rows: args.all,
        ..why::Options::default()
    };
    let options = RunOptions::silent(args.path, args.input, args.limits, args.role);
    let options = options.map_err(|why| talk.refuse(why))?;
    // A fact copied from a program ends like one.
    let query = args.query.trim().trim_end_matches(';').trim_end();
    let (checked, question) = compile::queried(&options, query, talk)?;
    let sources = intake::sources(&checked.typed, &options, talk)?;
    let (mut engine, schemas) = run::prepared(&checked, talk)?;
    intake::load(&sources, &schemas, &options, &mut engine, talk)?;
    if checked.typed.rels.iter().any(node::in_time) {
        start(&checked.typed, &checked.role, &mut engine);
        talk.note(
            "the program goes on in time; this is about its first tick. `bloom test` and \
             `bloom repl` explain later ones",
        );
    }
    run::fit(&checked, &mut engine);
    engine.keep_ranks();
    let (counter, pulse) = Counter::new(talk);
    let limits = Limits { process: Some(system::resident_bytes), pulse, ..options.limits.clone() };
    let result = engine.run(&limits);
    drop(counter);
    if let Err(failed) = result {
        let diagnostic = failure::diagnostic(&failed, &checked.typed, &engine);
        talk.diagnostics(&checked.sources, &[diagnostic]);
        talk.error("the run failed, so there are no rows to explain; mend that first");
        return Err(Exit::Program);
    }
    let Some(explanation) = why::explain(&checked.typed, &engine, &question, &wanted) else {
        panic!("a run that kept its rounds can be explained");
    };
    let mut loaded = BTreeMap::new();
    for source in &sources {
        loaded.insert(source.rel, source.name());
    }
    let scene = Scene {
        explanation: &explanation,
        program: &checked.typed,
        sources: &checked.sources,
        loaded: &loaded,
        whence: None,
        options: &wanted,
        query,
    };
    let shown = match args.format {
        Form::Text => text::show(&scene),
        Form::Json => json::show(&scene),
        Form::Html => html::show(&scene),
    };
    write_out(talk, shown.as_bytes())
}

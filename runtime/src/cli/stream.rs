//! `bloom run --stream`: rows are taken in as they come and shown as soon as they
//! are certain. What can be refused is refused before the first row is read; what
//! fails later ends the stream with a line that says that rows are missing.
//!
//! | room | owns |
//! |---|---|
//! | `readers` | files read side by side |
//! | `intake` | their rows, on the way into relations |
//! | `leaving` | rows on their way out |
//! | `told` | which outputs are shown early, and what is said about it |

mod intake;
mod leaving;
mod readers;
pub mod told;

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::plan::ir::Type;

use crate::cli;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::options::Shape;
use crate::cli::output;
use crate::cli::run;
use crate::cli::stats;
use crate::cli::stats::Phases;
use crate::cli::stats::Watch;
use crate::cli::stream::intake::Intake;
use crate::cli::stream::leaving::Leaving;
use crate::cli::stream::told::Streamed;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::connect::files::Format;
use crate::connect::files::Source;
use crate::connect::schema::Schema;
use crate::dataflow::flow::River;
use crate::embed::failure;
use crate::embed::sizes;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;

/// Runs a program once, over rows that may still be on their way.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    talk: &Talk,
    mut watch: Watch,
) -> Result<(), Exit> {
    let begun = watch;
    let mut phases = Phases::default();
    refused(checked, options).map_or(Ok(()), |why| Err(talk.refuse(why)))?;
    let output = output::plan(&checked.typed, options, talk)?;
    let sources = cli::intake::sources(&checked.typed, options, talk)?;
    let (mut engine, schemas) = run::prepared(checked, talk)?;
    let parts = Parts::new(checked, &output, &sources);
    parts.say(talk);
    phases.compile = watch.lap();

    // What is to be whole before the first rule runs is loaded as in every run.
    let is_first = |source: &Source| {
        source.format == Format::Parquet || parts.flow.first.contains(&source.rel)
    };
    let (first, rest): (Vec<Source>, Vec<Source>) = sources.into_iter().partition(is_first);
    let types: Arc<[Type]> = engine.plan().types.clone().into();
    let intake = Intake::start(rest, &schemas, &types, options, talk)?;
    let mut leaving = Leaving::new(&types, output.form(), schemas.len(), talk, begun);
    let loaded = cli::intake::load(&first, &schemas, options, &mut engine, talk);
    phases.load = watch.lap();
    let run = Run { checked, options, talk, schemas: &schemas, parts: &parts };
    let result = loaded.and_then(|()| run.go(engine, intake, &mut leaving));
    phases.run = watch.lap();
    let (mut engine, early) = match result {
        Ok(done) => done,
        Err(exit) => {
            if exit != Exit::Closed {
                leaving.incomplete();
            }
            return Err(exit);
        }
    };
    let late = output.only(|rel| !parts.streams(rel));
    let written = output::write(&late, &schemas, &output::Shown::new(), &mut engine, talk);
    phases.write = watch.lap();
    if let Some(form) = options.stats {
        let streamed = parts.streamed(&leaving, &early);
        talk.say(&stats::show_streamed(
            form,
            &engine.stats(),
            &phases,
            &checked.sources,
            &streamed,
        ));
    }
    written
}

/// Why a run cannot show rows as they come.
fn refused(checked: &Checked, options: &RunOptions) -> Option<String> {
    let program = &checked.typed;
    if node::wanted(program, options) {
        let timely = program.rels.iter().find(|rel| node::in_time(rel) && !rel.kind.is_hidden());
        let because = match timely {
            Some(rel) => format!("this one goes on from tick to tick, for it has `{}`", rel.name),
            None => "this one goes on from tick to tick".to_owned(),
        };
        return Some(format!(
            "--stream is for programs that are run once over rows from files; {because}. Such a \
             program shows the rows of a tick when the tick is over: leave out --stream"
        ));
    }
    if let Some(dir) = &options.out {
        return Some(format!(
            "--stream shows rows on stdout, and files in {} appear only when they are whole; leave \
             out --out, and name a form by --format csv, tsv or jsonl",
            dir.display()
        ));
    }
    if options.compression.is_some() {
        return Some(
            "--stream writes every row at once, which --compress cannot; pipe it: \
             `bloom run … --stream | gzip`"
                .into(),
        );
    }
    (options.form == Some(Shape::Parquet)).then(|| {
        "--stream writes row after row, which Parquet is not made for; take --format csv, tsv or \
         jsonl, or leave --format out"
            .into()
    })
}

/// What a program is made of when rows are shown early.
struct Parts {
    flow: Flow,
    outputs: Vec<told::Output>,
    shown: Vec<RelId>,
}

impl Parts {
    fn new(checked: &Checked, output: &output::Plan, sources: &[Source]) -> Parts {
        let program = &checked.typed;
        let report = checked.report.clone().unwrap_or_default();
        let shown = output.rels().to_vec();
        let free = told::free(&report, &checked.role, &shown, program);
        let mut sources: Vec<RelId> = sources.iter().map(|source| source.rel).collect();
        sources.dedup();
        let flow = flow(program, &checked.strata, &sources, &free);
        let about = (&report, checked.role.as_str());
        let output = |rel: &RelId| told::output(*rel, &flow, about, program, &checked.sources);
        let outputs = shown.iter().map(output).collect();
        Parts { flow, outputs, shown }
    }

    fn streams(&self, rel: RelId) -> bool {
        let mut all = self.shown.iter().zip(&self.outputs);
        all.any(|(shown, output)| *shown == rel && output.streamed)
    }

    fn say(&self, talk: &Talk) {
        if let Some(why) = told::nothing(&self.outputs) {
            talk.note(&why);
        }
    }

    fn streamed(self, leaving: &Leaving<'_>, early: &[u64]) -> Streamed {
        let mut out = Streamed {
            first_row_cpu_seconds: leaving.first.map(|took| took.cpu),
            first_row_seconds: leaving.first.map(|took| took.wall),
            ..Streamed::default()
        };
        for (rel, output) in self.shown.iter().zip(self.outputs) {
            let of = |rows: &[u64]| rows.get(rel.index()).copied().unwrap_or(0);
            let (rows, rows_before_the_end) = (of(&leaving.rows), of(early));
            out.rows += rows;
            out.rows_before_the_end += rows_before_the_end;
            out.outputs.push(told::Output { rows, rows_before_the_end, ..output });
        }
        out
    }
}

/// A run with everything at hand.
struct Run<'a> {
    checked: &'a Checked,
    options: &'a RunOptions,
    talk: &'a Talk,
    schemas: &'a [Schema],
    parts: &'a Parts,
}

impl Run<'_> {
    /// Runs to the end. Gives the engine with all rows, and how many rows of each
    /// relation were out when the last had come in.
    fn go(
        &self,
        mut engine: Engine,
        mut intake: Intake<'_>,
        leaving: &mut Leaving<'_>,
    ) -> Result<(Engine, Vec<u64>), Exit> {
        for rel in self.parts.shown.iter().filter(|rel| self.parts.streams(**rel)) {
            leaving.header(&self.schemas[rel.index()])?;
        }
        // Where many workers run, what they find is put together in here.
        let empty = Engine::new(engine.plan().clone());
        let mut river = match self.river(&mut engine) {
            Ok(river) => river,
            Err(failed) => return Err(self.failed(&failed, &engine)),
        };
        let begun = river.begin();
        self.fine(begun, &river)?;
        self.leave(&mut river, leaving)?;
        let mut early = None;
        let mut more = true;
        while more || intake.is_open() {
            intake.take_in(!more, &mut river)?;
            if !intake.is_open() && early.is_none() {
                early = Some(leaving.rows.clone());
            }
            more = self.work(&mut river)?;
            self.leave(&mut river, leaving)?;
        }
        intake.finish()?;
        let closed = river.close();
        self.fine(closed, &river)?;
        let (program, strata) = (&self.checked.typed, &self.parts.flow.strata);
        let mut again =
            |engine: &Engine| plan::build(program, strata, &sizes::now(program, engine));
        let finished = river.finish(Some(&mut again));
        self.fine(finished, &river)?;
        self.leave(&mut river, leaving)?;
        let early = early.unwrap_or_else(|| leaving.rows.clone());
        Ok((river.gather(empty), early))
    }

    fn river(&self, engine: &mut Engine) -> Result<River, Failure> {
        let process: Option<fn() -> Option<u64>> = Some(system::resident_bytes);
        let limits = Limits { process, ..self.options.limits.clone() };
        let (program, parts) = (&self.checked.typed, self.parts);
        let sizes = sizes::of(program, engine);
        if self.options.workers > 1 {
            let program = (program, &self.checked.strata);
            let workers = self.options.workers;
            return River::spread(program, &sizes, &parts.flow.open, engine, workers, &limits);
        }
        engine.judge_loaded()?;
        engine.replan(plan::build(program, &parts.flow.strata, &sizes));
        let engine = std::mem::replace(engine, Engine::new(Default::default()));
        River::alone(engine, &parts.flow, &limits)
    }

    /// Works for a while; whether there is more to do.
    fn work(&self, river: &mut River) -> Result<bool, Exit> {
        let (program, strata) = (&self.checked.typed, &self.parts.flow.strata);
        let mut again =
            |engine: &Engine| plan::build(program, strata, &sizes::now(program, engine));
        let more = river.work(Some(&mut again));
        self.fine(more, river)
    }

    /// Shows what is new.
    fn leave(&self, river: &mut River, leaving: &mut Leaving<'_>) -> Result<(), Exit> {
        for &rel in self.parts.shown.iter().filter(|rel| self.parts.streams(**rel)) {
            let schema = &self.schemas[rel.index()];
            river.fresh(rel, |fresh| leaving.rows(schema, fresh))?;
        }
        Ok(())
    }

    fn fine<T>(&self, result: Result<T, Failure>, river: &River) -> Result<T, Exit> {
        result.map_err(|failure| match river.engine() {
            Some(engine) => self.failed(&failure, engine),
            None => Exit::Program,
        })
    }

    fn failed(&self, failure: &Failure, engine: &Engine) -> Exit {
        let diagnostic = failure::diagnostic(failure, &self.checked.typed, engine);
        self.talk.diagnostics(&self.checked.sources, &[diagnostic]);
        Exit::Program
    }
}

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
use crate::cli::intake::Stocked;
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
use crate::cli::stream::leaving::Tally;
use crate::cli::stream::told::Streamed;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::together;
use crate::connect::files::Format;
use crate::connect::files::Source;
use crate::connect::schema::Schema;
use crate::dataflow::flow::Banks;
use crate::dataflow::flow::Left;
use crate::dataflow::flow::River;
use crate::dataflow::flow::Trouble;
use crate::dataflow::stock::Stock;
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
    let leaving = Arc::new(Leaving::new(types.clone(), &schemas, output.form(), begun));
    let run = Run { checked, options, talk, schemas: &schemas, parts: &parts, leaving };
    let result = run.river(&first, &mut engine);
    phases.load = watch.lap();
    let result = result.and_then(|mut river| match run.go(&mut river, intake) {
        Ok(early) => Ok((run.left(river)?, early)),
        Err(Ending::Told(exit)) => Err(exit),
        Err(Ending::Failed(failure)) => Err(run.failed(&failure, run.left(river)?)),
    });
    phases.run = watch.lap();
    let (left, early) = result.inspect_err(|exit| {
        if *exit != Exit::Closed {
            run.leaving.incomplete();
        }
    })?;
    let (late, shown) = (output.only(|rel| !parts.streams(rel)), output::Shown::new());
    let (written, did) = match left {
        Left::One(mut engine) => {
            let did = engine.stats();
            (output::write(&late, &schemas, &shown, &mut *engine, talk), did)
        }
        Left::Many(mut gathered, report) => {
            let did = gathered.stats(&report);
            (output::write(&late, &schemas, &shown, &mut *gathered, talk), did)
        }
    };
    phases.write = watch.lap();
    if let Some(form) = options.stats {
        let streamed = parts.streamed(&run.leaving.tally(), &early);
        talk.say(&stats::show_streamed(form, &did, &phases, &checked.sources, &streamed));
    }
    written
}

/// Why a run cannot show rows as they come.
fn refused(checked: &Checked, options: &RunOptions) -> Option<String> {
    let program = &checked.typed;
    if options.cluster.is_some() {
        return Some(
            "not supported yet: --stream with --hosts; the processes of a node show their rows at \
             the end, so leave --stream out, or share the work among threads by --workers"
                .into(),
        );
    }
    if node::wanted(program, options) {
        let timely = program.rels.iter().find(|rel| node::in_time(rel) && !rel.kind.is_hidden());
        return Some(match timely {
            Some(rel) => format!(
                "--stream is for programs that are run once over rows from files; this one goes on \
                 from tick to tick, for it has `{}`. Such a program shows the rows of a tick when \
                 the tick is over: leave out --stream",
                rel.name
            ),
            None => {
                "--stream is for programs that are run once over rows from files, and one of the \
                     other flags runs it tick by tick: leave out --stream, or --events, --trace, \
                     --changes and the like"
                    .into()
            }
        });
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

    fn streamed(&self, gone: &Tally, early: &Tally) -> Streamed {
        let mut out = Streamed {
            first_row_cpu_seconds: gone.first.map(|took| took.cpu),
            first_row_seconds: gone.first.map(|took| took.wall),
            ..Streamed::default()
        };
        for (rel, output) in self.shown.iter().zip(&self.outputs) {
            let of = |tally: &Tally| tally.rows.get(rel.index()).copied().unwrap_or(0);
            let (rows, rows_before_the_end) = (of(gone), of(early));
            out.rows += rows;
            out.rows_before_the_end += rows_before_the_end;
            out.outputs.push(told::Output { rows, rows_before_the_end, ..output.clone() });
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
    leaving: Arc<Leaving>,
}

/// Why a run did not come to its end.
enum Ending {
    /// That was told.
    Told(Exit),
    /// The program or its data is wrong.
    Failed(Failure),
}

impl From<Exit> for Ending {
    fn from(exit: Exit) -> Ending {
        Ending::Told(exit)
    }
}

impl Run<'_> {
    /// The program with what is to be there before it runs.
    fn river(&self, first: &[Source], engine: &mut Engine) -> Result<River, Exit> {
        let process: Option<fn() -> Option<u64>> = Some(system::resident_bytes);
        let limits = Limits { process, ..self.options.limits.clone() };
        let (program, flow) = (&self.checked.typed, &self.parts.flow);
        let shown = self.parts.shown.iter().copied().filter(|rel| self.parts.streams(*rel));
        let banks =
            Banks { flow: flow.clone(), shown: shown.collect(), outlet: self.leaving.clone() };
        if self.options.workers > 1 {
            let types = engine.plan().types.clone();
            let (mut stock, memory) = (Stock::new(), self.options.limits.memory);
            let interner = engine.interner_mut();
            let mut rows = Stocked { interner, stock: &mut stock, memory };
            let (options, talk) = (self.options, self.talk);
            cli::intake::load_into(first, self.schemas, &types, options, &mut rows, talk)?;
            let sizes = sizes::of_stock(program, &stock, engine.plan());
            let interner = std::mem::take(engine.interner_mut());
            let program = (program.clone(), self.checked.strata.clone());
            let (rows, workers) = ((stock, interner, sizes), self.options.workers);
            let river = River::spread(program, rows, banks, workers, true, &limits);
            return river.map_err(|broken| together::is_broken(&broken, self.talk));
        }
        cli::intake::load(first, self.schemas, self.options, engine, self.talk)?;
        engine.judge_loaded().map_err(|failure| self.diagnosed(&failure, engine))?;
        engine.replan(plan::build(program, &flow.strata, &sizes::of(program, engine)));
        let engine = std::mem::replace(engine, Engine::new(Default::default()));
        Ok(River::alone(engine, banks, &limits))
    }

    /// Runs to the end. Gives what was out when the last row had come in.
    fn go(&self, river: &mut River, mut intake: Intake<'_>) -> Result<Tally, Ending> {
        let streams = |rel: &&RelId| self.parts.streams(**rel);
        self.parts.shown.iter().filter(streams).for_each(|rel| self.leaving.header(*rel));
        let (program, strata) = (&self.checked.typed, &self.parts.flow.strata);
        let mut again =
            |engine: &Engine| plan::build(program, strata, &sizes::now(program, engine));
        self.fine(river.begin())?;
        let (mut early, mut more) = (None, true);
        while more || intake.is_open() {
            intake.take_in(!more, river)?;
            if !intake.is_open() && early.is_none() {
                early = Some(self.leaving.tally());
            }
            more = self.fine(river.work(Some(&mut again)))?;
        }
        intake.finish()?;
        self.fine(river.finish(Some(&mut again)))?;
        Ok(early.unwrap_or_else(|| self.leaving.tally()))
    }

    fn fine<T>(&self, result: Result<T, Trouble>) -> Result<T, Ending> {
        match result {
            Ok(done) => self.leaving.fine(self.talk).map(|()| done).map_err(Ending::Told),
            Err(Trouble::Failed(failure)) => Err(Ending::Failed(failure)),
            Err(Trouble::Broken(broken)) => {
                Err(Ending::Told(together::is_broken(&broken, self.talk)))
            }
        }
    }

    /// What is left of a run.
    fn left(&self, river: River) -> Result<Left, Exit> {
        river.end().map_err(|broken| together::is_broken(&broken, self.talk))
    }

    fn failed(&self, failure: &Failure, left: Left) -> Exit {
        match left {
            Left::One(engine) => self.diagnosed(failure, &engine),
            Left::Many(gathered, _) => self.diagnosed(failure, gathered.first()),
        }
    }

    fn diagnosed(&self, failure: &Failure, engine: &Engine) -> Exit {
        let diagnostic = failure::diagnostic(failure, &self.checked.typed, engine);
        self.talk.diagnostics(&self.checked.sources, &[diagnostic]);
        Exit::Program
    }
}

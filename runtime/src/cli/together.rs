//! `bloom run --workers N`: what one process reads and writes where many
//! workers run one program. Each takes its rows from what was read; what is
//! written comes from where the rows lie.

use bloom_compiler::types::typed;

use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::intake::Stocked;
use crate::cli::options::RunOptions;
use crate::cli::output;
use crate::cli::run::watched;
use crate::cli::stats;
use crate::cli::stats::Phases;
use crate::cli::stats::Watch;
use crate::cli::talk::Talk;
use crate::connect::files::Source;
use crate::connect::schema::Schema;
use crate::dataflow::evaluation::Setup;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Order;
use crate::dataflow::report::Report;
use crate::dataflow::stock::Stock;
use crate::dataflow::whole::Gathered;
use crate::dataflow::whole::Whole;
use crate::embed::failure;
use crate::embed::sizes;
use crate::kernel::Engine;
use crate::kernel::Failure;

/// What is read and written.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// What is read.
    pub sources: &'a [Source],
    /// How rows of each relation are read and written.
    pub schemas: &'a [Schema],
    /// What is written.
    pub output: &'a output::Plan,
}

/// Loads, runs and writes.
pub fn run(
    checked: &Checked,
    files: Files<'_>,
    mut engine: Engine,
    (mut watch, mut phases): (Watch, Phases),
    options: &RunOptions,
    talk: &Talk,
) -> Result<(), Exit> {
    let broken = |broken: Broken| is_broken(&broken, talk);
    let stock = read(files.sources, files.schemas, &mut engine, options, talk)?;
    let (_counter, limits) = watched(options, talk);
    let sizes = sizes::of_stock(&checked.typed, &stock, engine.plan());
    let interner = std::mem::take(engine.interner_mut());
    let program = (checked.typed.clone(), checked.strata.clone());
    let workers = (options.workers, 0..options.workers);
    let setup = Setup::new(program, (stock, interner, sizes), workers, &limits);
    let mut whole = Whole::in_threads(setup).map_err(broken)?;
    let (loaded, mut failed) = whole.order(Order::Load).map_err(broken)?;
    tell_equal(files, &loaded, talk);
    phases.load = watch.lap();

    let mut report = loaded;
    if failed.is_none() {
        (report, failed) = whole.order(Order::Run).map_err(broken)?;
    }
    let mut gathered = whole.end().map_err(broken)?;
    phases.run = watch.lap();
    let result = match failed {
        None => {
            let shown = output::Shown::new();
            output::write(files.output, files.schemas, &shown, &mut gathered, talk)
        }
        Some(failed) => Err(has_failed(&failed, checked, &gathered, talk)),
    };
    phases.write = watch.lap();
    if let Some(form) = options.stats {
        let stats = gathered.stats(&report);
        talk.say(&stats::show(form, &stats, &phases, &checked.sources));
    }
    result
}

/// Reads the files; what their words mean stands in the engine's interner.
pub fn read(
    sources: &[Source],
    schemas: &[Schema],
    engine: &mut Engine,
    options: &RunOptions,
    talk: &Talk,
) -> Result<Stock, Exit> {
    let types = engine.plan().types.clone();
    let mut stock = Stock::new();
    let memory = options.limits.memory;
    let mut rows = Stocked { interner: engine.interner_mut(), stock: &mut stock, memory };
    intake::load_into(sources, schemas, &types, options, &mut rows, talk)?;
    Ok(stock)
}

/// Says which files had rows that were there already.
pub fn tell_equal(files: Files<'_>, loaded: &Report, talk: &Talk) {
    for source in files.sources {
        let equal = loaded.equal.get(source.rel.index()).copied().unwrap_or(0);
        intake::tell_equal(source, &files.schemas[source.rel.index()], equal, talk);
    }
}

/// Says what failed; its words are those of the first worker.
pub fn has_failed(failed: &Failure, checked: &Checked, held: &Gathered, talk: &Talk) -> Exit {
    let program: &typed::Program = &checked.typed;
    let diagnostic = failure::diagnostic(failed, program, held.first());
    talk.diagnostics(&checked.sources, &[diagnostic]);
    Exit::Program
}

/// Says that workers could not go on: what a panic said was said before.
pub fn is_broken(broken: &Broken, talk: &Talk) -> Exit {
    talk.error(&broken.0);
    Exit::Bug
}

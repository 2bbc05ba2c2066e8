//! `bloom run`, in order: check the program, check the flags against it, load,
//! run, write. What can be refused is refused before the first row is read.

use bloom_compiler::plan;

use crate::cli::compile;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::output;
use crate::cli::processes;
use crate::cli::progress::Counter;
use crate::cli::stats;
use crate::cli::stats::Phases;
use crate::cli::stats::Watch;
use crate::cli::stream;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::together;
use crate::connect::schema::Schema;
use crate::embed::defaults;
use crate::embed::failure;
use crate::embed::sizes;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;

/// Runs a program over data.
pub fn run(options: &RunOptions, talk: &Talk) -> Result<(), Exit> {
    let mut watch = Watch::start();
    let mut phases = Phases::default();
    let checked = compile::shown(options, talk)?;
    if options.stream {
        return stream::run(&checked, options, talk, watch);
    }
    if let Some(cluster) = &options.cluster {
        return processes::run(&checked, options, cluster, talk);
    }
    if node::wanted(&checked.typed, options) {
        return node::run(&checked, options, None, talk);
    }
    let output = output::plan(&checked.typed, options, talk)?;
    let sources = intake::sources(&checked.typed, options, talk)?;
    output::prepare(&output, talk)?;
    let (mut engine, schemas) = prepared(&checked, talk)?;
    phases.compile = watch.lap();
    if options.workers > 1 {
        let files = together::Files { sources: &sources, schemas: &schemas, output: &output };
        return together::run(&checked, files, engine, (watch, phases), options, talk);
    }

    intake::load(&sources, &schemas, options, &mut engine, talk)?;
    phases.load = watch.lap();

    fit(&checked, &mut engine);
    let result = finished(&checked, &mut engine, options, talk);
    phases.run = watch.lap();
    let result = match result {
        Ok(()) => output::write(&output, &schemas, &output::Shown::new(), &mut engine, talk),
        Err(failed) => {
            let diagnostic = failure::diagnostic(&failed, &checked.typed, &engine);
            talk.diagnostics(&checked.sources, &[diagnostic]);
            Err(Exit::Program)
        }
    };
    phases.write = watch.lap();
    // A run that reached a limit is the one whose numbers are wanted most.
    if let Some(form) = options.stats {
        talk.say(&stats::show(form, &engine.stats(), &phases, &checked.sources));
    }
    result
}

/// An engine without rows, and how its relations are read and written.
pub fn prepared(checked: &Checked, talk: &Talk) -> Result<(Engine, Vec<Schema>), Exit> {
    let unsized_plan = plan::build(&checked.typed, &checked.strata, &plan::Sizes::default());
    let mut engine = Engine::new(unsized_plan);
    let schemas = schemas(checked, &mut engine, talk)?;
    Ok((engine, schemas))
}

/// Plans again, now that sizes are known: joins can begin with the small
/// relations.
pub fn fit(checked: &Checked, engine: &mut Engine) {
    let sizes = sizes::of(&checked.typed, engine);
    engine.replan(plan::build(&checked.typed, &checked.strata, &sizes));
}

/// Runs to the end, with other plans where relations outgrow theirs.
pub fn finished(
    checked: &Checked,
    engine: &mut Engine,
    options: &RunOptions,
    talk: &Talk,
) -> Result<(), Failure> {
    let (_counter, limits) = watched(options, talk);
    let mut again = |engine: &Engine| {
        plan::build(&checked.typed, &checked.strata, &sizes::now(&checked.typed, engine))
    };
    engine.run_planning(&limits, Some(&mut again))
}

/// The limits of a run that is counted while it goes on.
pub fn watched(options: &RunOptions, talk: &Talk) -> (Counter, Limits) {
    let (counter, pulse) = Counter::new(talk);
    let limits = options.limits.clone();
    (counter, Limits { process: Some(system::resident_bytes), pulse, ..limits })
}

fn schemas(checked: &Checked, engine: &mut Engine, talk: &Talk) -> Result<Vec<Schema>, Exit> {
    let fillers = defaults::fillers(&checked.typed, engine).map_err(|diagnostic| {
        talk.diagnostics(&checked.sources, &[*diagnostic]);
        Exit::Program
    })?;
    let schema = |i: usize| {
        let rel = bloom_compiler::ids::RelId(i as u32);
        Schema::new(engine.plan(), rel, &fillers[i])
    };
    Ok((0..checked.typed.rels.len()).map(schema).collect())
}

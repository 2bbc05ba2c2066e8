//! `bloom run --hosts`, in order: the processes meet, each loads what it was
//! given, all of them run, and the first one writes. How they meet and end is
//! not known here.

use std::sync::Arc;

use crate::cli::cluster;
use crate::cli::cluster::Phase;
use crate::cli::cluster::args::ClusterOptions;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::output;
use crate::cli::run;
use crate::cli::stats;
use crate::cli::stats::Phases;
use crate::cli::stats::Watch;
use crate::cli::talk::Talk;
use crate::cli::together;
use crate::cluster::allocators::allocators;
use crate::cluster::node::Node;
use crate::dataflow::crew::Crew;
use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::evaluation::Setup;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Job;
use crate::dataflow::job::Order;
use crate::dataflow::whole::Outcome;
use crate::dataflow::whole::Whole;
use crate::embed::sizes;

/// What others hear of a process that fails.
const UNREAD: &str = "its files could not be read";
const NOT_RUN: &str = "the run failed there";
const UNWRITTEN: &str = "the outputs could not be written there";

/// Runs a program together with other processes.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    cluster: &ClusterOptions,
    talk: &Talk,
) -> Result<(), Exit> {
    let watch = Watch::start();
    if node::wanted(&checked.typed, options) {
        let why = "not supported yet: --hosts of a program that goes on from tick to tick";
        return Err(talk.refuse(why));
    }
    cluster::with_node(checked, options, cluster, talk, |node, phase| {
        work(checked, options, talk, watch, node, phase)
    })
}

fn work(
    checked: &Checked,
    options: &RunOptions,
    talk: &Talk,
    mut watch: Watch,
    node: &Arc<Node>,
    phase: &Phase<'_>,
) -> Result<(), Exit> {
    let mut phases = Phases::default();
    phase.begin(UNREAD);
    let sources = intake::sources(&checked.typed, options, talk)?;
    let is_first = node.me() == 0;
    phase.begin(UNWRITTEN);
    // The first one alone writes, so that the others need no place for it.
    let output = is_first.then(|| {
        let output = output::plan(&checked.typed, options, talk)?;
        output::prepare(&output, talk).map(|()| output)
    });
    let output = output.transpose()?;
    phase.begin(UNREAD);
    let (mut engine, schemas) = run::prepared(checked, talk)?;
    phases.compile = watch.lap();
    let stock = together::read(&sources, &schemas, &mut engine, options, talk)?;
    phases.load = watch.lap();

    phase.begin(NOT_RUN);
    let (_counter, limits) = run::watched(options, talk);
    let sizes = sizes::of_stock(&checked.typed, &stock, engine.plan());
    let interner = std::mem::take(engine.interner_mut());
    let program = (checked.typed.clone(), checked.strata.clone());
    let first = node.me() * node.workers();
    let workers = (node.processes() * node.workers(), first..first + node.workers());
    let setup = Setup::new(program, (stock, interner, sizes), workers, &limits);
    let mut whole = begin(Arc::new(setup), node).map_err(|why| together::is_broken(&why, talk))?;
    let Some(output) = output else {
        // The first one gives the orders, and ends the work.
        return whole.end().map(drop).map_err(|broken| together::is_broken(&broken, talk));
    };

    let ran = orders(&mut whole, &output);
    let ended = whole.end();
    let (report, failed) = ran.map_err(|broken| together::is_broken(&broken, talk))?;
    let mut gathered = ended.map_err(|broken| together::is_broken(&broken, talk))?;
    phases.run = watch.lap();
    let result = match failed {
        None => {
            phase.begin(UNWRITTEN);
            // Everything is here: who dies now does no harm.
            node.life().heed_only(node.me());
            output::write(&output, &schemas, &output::Shown::new(), &mut gathered, talk)
        }
        Some(failed) => Err(together::has_failed(&failed, checked, &gathered, talk)),
    };
    phases.write = watch.lap();
    if let Some(form) = options.stats {
        let stats = gathered.stats(&report);
        talk.say(&stats::show(form, &stats, &phases, &checked.sources));
    }
    result
}

/// Starts the workers of this process.
fn begin(setup: Arc<Setup>, node: &Node) -> Result<Whole, Broken> {
    let (builders, others) =
        allocators(node).map_err(|error| Broken(format!("the workers cannot begin: {error}")))?;
    let jobs = Evaluation::all(&setup);
    let jobs = jobs.into_iter().map(|job| Box::new(job) as Box<dyn Job>).collect();
    let crew = Crew::over(builders, others, jobs, setup.here().start)?;
    Ok(Whole::of(setup, crew))
}

/// What the first process has all of them do.
fn orders(whole: &mut Whole, output: &output::Plan) -> Outcome {
    let (loaded, failed) = whole.order(Order::Load)?;
    if failed.is_some() {
        return Ok((loaded, failed));
    }
    let (report, failed) = whole.order(Order::Run)?;
    if failed.is_none() {
        let rels = output.rels().iter().map(|rel| rel.index()).collect();
        whole.order(Order::Give(rels))?;
    }
    Ok((report, failed))
}

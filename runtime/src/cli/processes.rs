//! `bloom run --hosts`, in order: the processes meet, each loads what it was
//! given, all of them run, and the first one writes. If the first one is to go
//! on from tick to tick, the others follow it. How they meet and end is not
//! known here.

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
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::together;
use crate::cluster::allocators::Allocators;
use crate::cluster::allocators::allocators;
use crate::cluster::node::Node;
use crate::dataflow::crew::Crew;
use crate::dataflow::evaluation;
use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Order;
use crate::dataflow::job::ready;
use crate::dataflow::node::Company;
use crate::dataflow::node::Read;
use crate::dataflow::node::Setup;
use crate::dataflow::whole::Outcome;
use crate::dataflow::whole::Whole;
use crate::embed::sizes;
use crate::kernel::Limits;

/// What others hear of a process that fails.
pub const UNREAD: &str = "its files could not be read";
/// Likewise.
pub const NOT_RUN: &str = "the run failed there";
/// Likewise.
pub const UNWRITTEN: &str = "the outputs could not be written there";

/// Runs a program together with other processes.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    cluster: &ClusterOptions,
    talk: &Talk,
) -> Result<(), Exit> {
    let watch = Watch::start();
    if cluster.restarts.is_some() && node::reads_stdin(&checked.typed) {
        let why = "the program reads stdin, which can be read only once, and --supervise may \
                   begin anew";
        return Err(talk.refuse(why));
    }
    cluster::with_node(checked, options, cluster, talk, |around, phase| match around.me() {
        0 if node::wanted(&checked.typed, options) => {
            let shared = node::Shared { node: around, phase };
            node::run(checked, options, Some(shared), talk)
        }
        1.. if around.ticks() => follow(checked, options, talk, around, phase),
        _ => work(checked, options, talk, watch, around, phase),
    })
}

/// Does what the first process wants, tick by tick, until that ends. It is told
/// the rows that are read here.
fn follow(
    checked: &Checked,
    options: &RunOptions,
    talk: &Talk,
    node: &Arc<Node>,
    phase: &Phase<'_>,
) -> Result<(), Exit> {
    phase.begin(UNREAD);
    let sources = intake::sources(&checked.typed, options, talk)?;
    let (mut engine, schemas) = run::prepared(checked, talk)?;
    let stock = together::read(&sources, &schemas, &mut engine, options, talk)?;
    phase.begin(NOT_RUN);
    let read = Read { stock, engine };
    let company = company(checked, options, node, Some(read));
    company.and_then(Company::follow).map_err(|broken| together::is_broken(&broken, talk))
}

/// The workers of this process for a program that ticks.
pub fn company(
    checked: &Checked,
    options: &RunOptions,
    node: &Node,
    read: Option<Read>,
) -> Result<Company, Broken> {
    let limits = Limits { process: Some(system::resident_bytes), ..options.limits.clone() };
    let all = node.processes() * node.workers();
    let first = node.me() * node.workers();
    let setup = Setup::new(&checked.typed, None, all, &limits, read);
    Company::begin(setup, first..first + node.workers(), begun(node)?)
}

/// What workers of this process begin with.
fn begun(node: &Node) -> Result<Allocators, Broken> {
    allocators(node).map_err(|error| Broken(format!("the workers cannot begin: {error}")))
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
    let setup = evaluation::Setup::new(program, (stock, interner, sizes), workers, &limits);
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
fn begin(setup: Arc<evaluation::Setup>, node: &Node) -> Result<Whole, Broken> {
    let (builders, others) = begun(node)?;
    let jobs = Evaluation::all(&setup);
    let jobs = jobs.into_iter().map(ready).collect();
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

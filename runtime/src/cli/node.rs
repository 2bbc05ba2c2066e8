//! `bloom run` of programs that run in time: a node with a clock, lines as
//! events, and everything that leaves it. What can be refused is refused
//! before the first tick.
//!
//! | room | owns |
//! |---|---|
//! | `args` | the flags and what they mean |
//! | `clock` | the machine's clock |
//! | `source` | lines as events |
//! | `record` | a run written down, and run again |
//! | `leaving` | rows, lines and dead letters on their way out |
//! | `trace` | a tick as text |
//! | `shared` | the other processes of the node |
//! | `facts` | rows as text |

mod args;
mod clock;
mod facts;
mod leaving;
mod record;
mod shared;
mod source;
mod trace;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::time::Instant;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;

pub use args::NodeArgs;
pub use args::NodeOptions;
pub use args::Views;
pub use shared::Shared;

use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::node::clock::World;
use crate::cli::node::leaving::Leaving;
use crate::cli::node::leaving::Manner;
use crate::cli::node::record::Recorder;
use crate::cli::node::record::Replayer;
use crate::cli::node::source::Feed;
use crate::cli::node::source::Lines;
use crate::cli::node::source::Names;
use crate::cli::options::RunOptions;
use crate::cli::output;
use crate::cli::paths;
use crate::cli::processes::NOT_RUN;
use crate::cli::processes::UNREAD;
use crate::cli::processes::UNWRITTEN;
use crate::cli::run;
use crate::cli::stats;
use crate::cli::stats::Phases;
use crate::cli::stats::Watch;
use crate::cli::system;
use crate::cli::talk::Talk;
use crate::cli::talk::closed;
use crate::cli::together;
use crate::connect::files::Source;
use crate::connect::schema::Column;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::dataflow::job::Broken;
use crate::embed::defaults;
use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Rows;
use crate::tick;
use crate::tick::Choices;
use crate::tick::End;
use crate::tick::Fixed;
use crate::tick::Gift;
use crate::tick::Live;
use crate::tick::Node;
use crate::tick::OnError;
use crate::tick::Settings;
use crate::tick::Stop;

/// An ending that was told where it was found.
#[derive(Debug)]
pub struct Told(pub Exit);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the run cannot go on")
    }
}

impl std::error::Error for Told {}

/// Whether a program needs more than one fixpoint, or something was asked for
/// that only a node can do.
pub fn wanted(program: &typed::Program, options: &RunOptions) -> bool {
    program.rels.iter().any(in_time) || options.node.want_a_node()
}

/// Whether a collection is there only where there are ticks.
pub fn in_time(rel: &typed::Rel) -> bool {
    let timely = matches!(
        rel.kind,
        RelKind::Stage(..)
            | RelKind::Firing
            | RelKind::Channel
            | RelKind::Timer
            | RelKind::Periodic
    );
    timely || rel.given.is_some()
}

/// Whether something may come at any time, so that the node stays up.
fn is_live(program: &typed::Program, options: &NodeOptions) -> bool {
    let comes = |rel: &typed::Rel| {
        matches!(rel.kind, RelKind::Channel | RelKind::Timer | RelKind::Periodic)
            || rel.given == Some(Given::Stdin)
    };
    options.events.is_some() || options.keep_running || program.rels.iter().any(comes)
}

/// Runs a node until it ends.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    shared: Option<Shared<'_>>,
    talk: &Talk,
) -> Result<(), Exit> {
    let mut watch = Watch::start();
    let mut phases = Phases::default();
    let program = &checked.typed;
    let live = is_live(program, &options.node);
    Shared::begin(shared, UNWRITTEN);
    let output = output::plan(program, options, talk)?;
    let manner = manner(program, options, &output, live, talk)?;
    let names = names(program);
    let stdin = stdin(program, options, talk)?;
    let sources = intake::sources(program, options, talk)?;
    output::prepare(&output, talk)?;
    Shared::begin(shared, UNREAD);
    let (mut engine, schemas) = run::prepared(checked, talk)?;
    let periods = defaults::periods(program, &engine);
    let periods = periods.map_err(|found| told(checked, *found, talk))?;
    phases.compile = watch.lap();

    let events = load(checked, options, (&sources, &schemas), &mut engine, talk)?;
    let (company, events) =
        Shared::company(shared, (checked, options), (&mut engine, events), talk)?;
    phases.load = watch.lap();

    run::fit(checked, &mut engine);
    let types = engine.plan().types.clone();
    let settings = Settings {
        role: checked.role.clone(),
        workers: Shared::workers(shared, options),
        ..settings(program, options, live, periods, &schemas)
    };
    let mut choices = choices(options, live, stdin, (&types, &schemas), &names, talk)?;
    let secret = choices.secret().map_err(|error| world(&error, talk))?;
    Shared::begin(shared, NOT_RUN);
    let mut node = Node::over(program, engine, settings, secret, company);
    if !events.is_empty() {
        node.give(Gift::new(events));
    }
    let letters: &Path = &options.node.dead_letters;
    let name = options.node.name.as_str();
    let (sources, shown) = (&checked.sources, (&output, manner));
    let mut leaving = Leaving::new(program, sources, &schemas, shown, talk, (name, letters));
    leaving.trace = options.node.trace;
    let end = tick::drive(&mut node, &mut *choices, &mut leaving, options.node.ticks);
    let did = options.stats.map(|form| (form, node.stats()));
    Shared::part(shared, &mut node);
    phases.run = watch.lap();

    leaving.finish();
    let result = ended(end, checked, node.engine(), talk);
    let written = match (&result, manner) {
        // A reader that is gone wants nothing more.
        (Err(Exit::Program | Exit::Invocation | Exit::Closed | Exit::Bug), _) => Ok(()),
        (_, Manner::Last) => {
            Shared::begin(shared, UNWRITTEN);
            let shown = std::mem::take(&mut leaving.shown);
            write(program, (&output, &schemas), shown, &mut node, talk)
        }
        _ => Ok(()),
    };
    phases.write = watch.lap();
    if let Some((form, did)) = did {
        talk.say(&stats::show(form, &did, &phases, sources));
    }
    result.and(written)
}

/// Loads the files; gives the rows of inputs, which are events.
fn load(
    checked: &Checked,
    options: &RunOptions,
    (sources, schemas): (&[Source], &[Schema]),
    engine: &mut Engine,
    talk: &Talk,
) -> Result<Vec<Rows>, Exit> {
    let mut events = Vec::new();
    let of = |rel: RelId| checked.typed.rels[rel.index()].kind == RelKind::Input;
    let apart = intake::Apart { of: &of, rows: &mut events };
    intake::load_apart(sources, schemas, options, engine, Some(apart), talk)?;
    Ok(events)
}

/// Writes what holds in the end, and the events that were shown.
fn write(
    program: &typed::Program,
    (output, schemas): (&output::Plan, &[Schema]),
    mut shown: output::Shown,
    node: &mut Node,
    talk: &Talk,
) -> Result<(), Exit> {
    let is_event = |rel: &&RelId| program.rels[rel.index()].event;
    output.rels().iter().filter(is_event).for_each(|rel| {
        shown.entry(*rel).or_default();
    });
    output::write(output, schemas, &shown, node.engine_mut(), talk)
}

/// How outputs are shown.
fn manner(
    program: &typed::Program,
    options: &RunOptions,
    output: &output::Plan,
    live: bool,
    talk: &Talk,
) -> Result<Manner, Exit> {
    if options.node.watched && live && !options.node.until_quiet {
        return Err(talk.refuse(
            "--watch runs a program again and again, and this one stays up; add --until-quiet",
        ));
    }
    let is_event = |rel: &RelId| program.rels[rel.index()].event;
    if output.is_parquet() && output.rels().iter().any(is_event) {
        return Err(talk.refuse(
            "not supported yet: Parquet files of outputs that show events; take csv or jsonl",
        ));
    }
    if options.node.changes {
        if !output.streams() || output.form() != crate::connect::write::Form::Facts {
            return Err(talk.refuse(
                "--changes shows rows on stdout as they come; leave out --out, --expect and \
                 --format",
            ));
        }
        return Ok(Manner::Changes);
    }
    let streams = live && output.streams();
    Ok(if streams { Manner::Stream(output.form()) } else { Manner::Last })
}

/// What may be given by lines of events.
fn names(program: &typed::Program) -> Names {
    let mut names = Names { open: BTreeMap::new(), closed: BTreeMap::new() };
    for (i, rel) in program.rels.iter().enumerate().filter(|(_, rel)| !rel.kind.is_hidden()) {
        let why = match rel.kind {
            _ if rel.given == Some(Given::Stdin) => None,
            RelKind::Channel => None,
            RelKind::StaticTable => {
                Some("is a static table, which is loaded before the first tick")
            }
            _ => intake::closed(rel),
        };
        match why {
            None => drop(names.open.insert(rel.name.clone(), RelId(i as u32))),
            Some(why) => drop(names.closed.insert(rel.name.clone(), why)),
        }
    }
    names
}

fn is_stdin(rel: &typed::Rel) -> bool {
    rel.given == Some(Given::Stdin)
}

/// Whether a program takes lines of stdin.
pub fn reads_stdin(program: &typed::Program) -> bool {
    program.rels.iter().any(is_stdin)
}

/// The collection of the lines of stdin, if the program reads them. Stdin can
/// be read by one only.
fn stdin(
    program: &typed::Program,
    options: &RunOptions,
    talk: &Talk,
) -> Result<Option<RelId>, Exit> {
    let Some(rel) = program.rels.iter().position(is_stdin) else { return Ok(None) };
    let other = if options.node.events.as_deref().is_some_and(paths::is_stdin) {
        "the events of --events -"
    } else if options.inputs.iter().any(|input| input.path.is_none()) {
        "the rows of a relation"
    } else if paths::is_stdin(&options.path) {
        "the program"
    } else {
        return Ok(Some(RelId(rel as u32)));
    };
    Err(talk.refuse(format!("the program reads stdin, which cannot be {other} as well")))
}

fn settings(
    program: &typed::Program,
    options: &RunOptions,
    live: bool,
    periods: Vec<(RelId, i64)>,
    schemas: &[Schema],
) -> Settings {
    let node = &options.node;
    let position = |name: &String| program.rels.iter().position(|rel| rel.name == *name);
    let mut show: Vec<RelId> =
        options.print.iter().filter_map(position).map(|rel| RelId(rel as u32)).collect();
    if node.trace.is_some() {
        let is_state = |rel: &typed::Rel| {
            let table = rel.kind.is_table() && rel.kind != RelKind::StaticTable;
            rel.given.is_none() && (table || matches!(rel.kind, RelKind::View | RelKind::InputView))
        };
        let rels = program.rels.iter().enumerate().filter(|(_, rel)| is_state(rel));
        show.extend(rels.map(|(i, _)| RelId(i as u32)));
    }
    let process: Option<fn() -> Option<u64>> = Some(system::resident_bytes);
    let default = if live { OnError::DeadLetter } else { OnError::Halt };
    Settings {
        name: node.name.clone(),
        on_error: node.on_error.unwrap_or(default),
        batch: node.batch,
        max_own_ticks: node.max_own_ticks,
        limits: Limits { process, ..options.limits.clone() },
        periods,
        explained: None,
        show,
        traced: node.trace.is_some(),
        held: Some(fillers(schemas)),
        views: node.views,
        workers: options.workers,
        threads: true,
        ..Settings::default()
    }
}

/// The values that lines lack, which are kept in words.
fn fillers(schemas: &[Schema]) -> Vec<(TypeId, u64)> {
    let columns = schemas.iter().flat_map(|schema| &schema.columns);
    let word = |column: &Column| match column.filler {
        Filler::Word(word) => Some((column.ty, word)),
        Filler::Required | Filler::Line => None,
    };
    columns.filter_map(word).collect()
}

/// Where everything comes from that the program does not decide.
fn choices<'a>(
    options: &'a RunOptions,
    live: bool,
    stdin: Option<RelId>,
    (types, schemas): (&'a [bloom_compiler::plan::ir::Type], &'a [Schema]),
    names: &'a Names,
    talk: &'a Talk,
) -> Result<Box<dyn Choices + 'a>, Exit> {
    let node = &options.node;
    if let Some(path) = &node.replay {
        let replayer = Replayer::open(path, &node.name, (types, schemas), names, talk)?;
        return Ok(Box::new(replayer));
    }
    let jumps = node.until_quiet || !live;
    let clock = match (jumps, node.now) {
        (true, now) => World::Virtual(Fixed { now: now.unwrap_or_else(clock::system_now) }),
        (false, Some(now)) => World::From(now, Instant::now()),
        (false, None) => World::System,
    };
    let mut feeds: Vec<Feed> = stdin.into_iter().map(Feed::Stdin).collect();
    feeds.extend(node.events.clone().map(Feed::Events));
    let ends = !live || node.until_quiet || !feeds.is_empty() && !node.keep_running;
    let mut source = Lines::new(types, schemas, names, talk, feeds)?;
    source.reject = options.reject;
    source.rejects = options.rejects.as_deref();
    source.stay = !ends;
    // Where a run is to end by itself it is to be the same each time.
    let secret = node.seed.unwrap_or_else(|| if jumps { 0 } else { clock::chance() });
    let periods = node.ticks.is_some();
    let live = Live { clock, source, secret, periods };
    let Some(path) = &node.record else { return Ok(Box::new(live)) };
    let recorder = Recorder::new(live, path, types, schemas, &node.name);
    let recorder = recorder
        .map_err(|error| talk.refuse(format!("cannot write {}: {error}", path.display())))?;
    Ok(Box::new(recorder))
}

/// The end of a run as that of the process.
fn ended(
    end: Result<End, Stop>,
    checked: &Checked,
    engine: &Engine,
    talk: &Talk,
) -> Result<(), Exit> {
    match end {
        Ok(End::Quiet | End::Ticks | End::Halt(0)) => Ok(()),
        Ok(End::Halt(code)) => Err(Exit::Halted(code)),
        Ok(End::Interrupted(signal)) => Err(Exit::Interrupted(signal)),
        Err(Stop::Failed(failed)) => {
            if let Some(why) = failed.broken() {
                return Err(together::is_broken(&Broken(why.to_owned()), talk));
            }
            let found = failure::of_chain(&failed, &checked.typed, engine);
            Err(told(checked, found, talk))
        }
        Err(Stop::Io(error)) => Err(world(&error, talk)),
    }
}

fn told(checked: &Checked, found: Diagnostic, talk: &Talk) -> Exit {
    talk.diagnostics(&checked.sources, &[found]);
    Exit::Program
}

/// What a failed read or write means.
fn world(error: &io::Error, talk: &Talk) -> Exit {
    match error.get_ref().and_then(|error| error.downcast_ref::<Told>()) {
        Some(Told(exit)) => *exit,
        None if error.kind() == io::ErrorKind::BrokenPipe => closed(talk, error),
        None => talk.refuse(error.to_string()),
    }
}

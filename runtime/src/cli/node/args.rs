//! How a program lives that runs in time: the flags as typed, and what they
//! mean. This room must not open files or know programs.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use crate::cli::args::RunArgs;
use crate::cli::coordination::Coordination;
use crate::cli::paths;
use crate::kernel::Choice;
use crate::tick::OnError;
use crate::value::parse;

const HEADING: &str = "Node";

/// Flags of `bloom run` about ticks.
#[derive(Args, Debug, Clone, Default)]
pub struct NodeArgs {
    /// Take events from FILE, JSON lines such as {"rel": [1, 2]}; `-` is stdin
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub events: Option<PathBuf>,
    /// Let a tick take in up to N of the events that wait
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..), help_heading = HEADING)]
    pub batch: u32,
    /// End after N ticks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = HEADING)]
    pub ticks: Option<u64>,
    /// End when nothing waits; time jumps to the next timer
    #[arg(long, conflicts_with = "keep_running", help_heading = HEADING)]
    pub until_quiet: bool,
    /// Stay up until halt or Ctrl-C, whatever the program is
    #[arg(long, help_heading = HEADING)]
    pub keep_running: bool,
    /// The instant of the first tick, such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", help_heading = HEADING)]
    pub now: Option<String>,
    /// What fresh() and random() hang on
    #[arg(long, value_name = "N", help_heading = HEADING)]
    pub seed: Option<u64>,
    /// What the node is called, and `me` says
    #[arg(long, value_name = "NAME", default_value = "local", help_heading = HEADING)]
    pub name: String,
    /// Tell on stderr what each tick takes in, changes and lets out
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text", help_heading = HEADING)]
    pub trace: Option<TraceForm>,
    /// Show outputs as changes: +1 or -1, tick, row
    #[arg(long, help_heading = HEADING)]
    pub changes: bool,
    /// What to do about an event whose tick fails; halt where the run ends by itself
    #[arg(long, value_enum, value_name = "WHAT", help_heading = HEADING)]
    pub on_error: Option<OnErrorArg>,
    /// Where events go whose ticks fail; PROGRAM.dead.jsonl if not given
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub dead_letters: Option<PathBuf>,
    /// Write down everything that the program does not decide
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub record: Option<PathBuf>,
    /// Run again as FILE says, written by --record
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "events", "seed", "now", "until_quiet", "keep_running"], help_heading = HEADING)]
    pub replay: Option<PathBuf>,
    /// Which waiting for other nodes is carried out
    #[arg(long, value_enum, value_name = "WHICH", default_value = "auto", help_heading = HEADING)]
    pub coordination: Coordination,
    /// Who follows views that could be followed in two ways
    #[arg(long, value_enum, value_name = "WHO", default_value = "cheaper", hide = true, help_heading = HEADING)]
    pub views: Views,
    /// Fail when more ticks follow by themselves
    #[arg(long, value_name = "N", default_value = "100000", help_heading = "Limits")]
    pub max_own_ticks: u64,
}

/// Who follows views.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Views {
    /// what costs less
    #[default]
    Cheaper,
    /// dataflows wherever there can be some
    Dataflow,
    /// the kernel
    Kernel,
}

impl Views {
    /// The same for whoever ticks.
    pub fn choice(self) -> Choice {
        match self {
            Views::Cheaper => Choice::Cheaper,
            Views::Dataflow => Choice::Dataflow,
            Views::Kernel => Choice::Kernel,
        }
    }
}

/// Form of a trace.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceForm {
    /// for people
    Text,
    /// one JSON object a tick
    Json,
}

/// What becomes of an event whose tick fails.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnErrorArg {
    /// the run ends with exit code 1
    Halt,
    /// it is written to a file, and the node goes on
    DeadLetter,
}

/// What the flags mean.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct NodeOptions {
    pub events: Option<PathBuf>,
    pub batch: usize,
    pub ticks: Option<u64>,
    pub until_quiet: bool,
    pub keep_running: bool,
    pub now: Option<i64>,
    pub seed: Option<u64>,
    pub name: String,
    pub trace: Option<TraceForm>,
    pub changes: bool,
    pub on_error: Option<OnError>,
    pub dead_letters: PathBuf,
    pub record: Option<PathBuf>,
    pub replay: Option<PathBuf>,
    pub coordination: Coordination,
    pub max_own_ticks: u64,
    pub views: Choice,
    /// Whether the run is to be done again when a file changes.
    pub watched: bool,
}

impl NodeOptions {
    /// The meaning of the arguments, or what is wrong with them.
    pub fn new(args: &RunArgs) -> Result<NodeOptions, String> {
        let node = args.node.clone();
        let piped = node.events.as_deref().is_some_and(paths::is_stdin);
        if piped && paths::is_stdin(&args.path) {
            return Err("stdin (`-`) cannot be both the program and its events".into());
        }
        if piped && args.input.inputs.iter().any(|input| input.ends_with("=-")) {
            return Err("stdin (`-`) cannot be both events and the rows of a relation".into());
        }
        if node.name.is_empty() {
            return Err("--name takes the name of a node, such as n1".into());
        }
        let now = match &node.now {
            None => None,
            Some(text) => Some(parse::time(text.as_bytes()).ok_or_else(|| {
                format!("--now takes a time such as 2026-01-31T12:00:00Z, not `{text}`")
            })?),
        };
        let program = match args.path.file_stem() {
            _ if paths::is_stdin(&args.path) => "stdin".to_owned(),
            Some(stem) => stem.to_string_lossy().into_owned(),
            None => "main".to_owned(),
        };
        Ok(NodeOptions {
            events: node.events,
            // Without the tool's defaults, which nobody typed, it is one as well.
            batch: node.batch.max(1) as usize,
            ticks: node.ticks,
            until_quiet: node.until_quiet,
            keep_running: node.keep_running,
            now,
            seed: node.seed,
            name: node.name,
            trace: node.trace,
            changes: node.changes,
            on_error: node.on_error.map(|what| match what {
                OnErrorArg::Halt => OnError::Halt,
                OnErrorArg::DeadLetter => OnError::DeadLetter,
            }),
            dead_letters: node
                .dead_letters
                .unwrap_or_else(|| PathBuf::from(format!("{program}.dead.jsonl"))),
            record: node.record,
            replay: node.replay,
            coordination: node.coordination,
            max_own_ticks: node.max_own_ticks,
            views: node.views.choice(),
            watched: args.watch,
        })
    }

    /// Whether something was asked for that only a node can do.
    pub fn want_a_node(&self) -> bool {
        self.events.is_some()
            || self.ticks.is_some()
            || self.until_quiet
            || self.keep_running
            || self.trace.is_some()
            || self.changes
            || self.record.is_some()
            || self.replay.is_some()
    }
}

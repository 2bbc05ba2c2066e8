//! Which process of a node this is: the flags as typed, and what they mean.
//! This room must not open files.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::args::RunArgs;
use crate::cli::paths;

const HEADING: &str = "Processes";
/// How long to wait for the other processes, in seconds.
const JOIN_TIMEOUT: f64 = 30.0;
/// The longest that anybody may want to wait: a day.
const JOIN_TIMEOUT_MAX: f64 = 86_400.0;
/// How often a node is begun anew.
const MAX_RESTARTS: u32 = 5;

/// Flags of `bloom run` about the processes of a node.
#[derive(Args, Debug, Clone, Default)]
pub struct ClusterArgs {
    /// Share the work with other processes: FILE has the host:port of each, one a line
    #[arg(long, value_name = "FILE", requires = "process", conflicts_with_all = ["watch", "stream"], help_heading = HEADING)]
    pub hosts: Option<PathBuf>,
    /// Which of them this one is: 0 is the first, and writes the outputs
    #[arg(long, value_name = "I", requires = "hosts", help_heading = HEADING)]
    pub process: Option<u16>,
    /// The key that all of them share: a file of 32 bytes or more that others cannot read
    #[arg(long, value_name = "FILE", requires = "hosts", help_heading = HEADING)]
    pub key: Option<PathBuf>,
    /// Seconds to wait for the others; 30 if not given
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", requires = "hosts", help_heading = HEADING)]
    pub join_timeout: Option<f64>,
    /// Begin anew when one of them dies
    #[arg(long, requires = "hosts", help_heading = HEADING)]
    pub supervise: bool,
    /// Begin anew so often at most; 5 if not given
    #[arg(long, value_name = "N", requires = "supervise", help_heading = HEADING)]
    pub max_restarts: Option<u32>,
}

/// What they mean.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct ClusterOptions {
    pub hosts: PathBuf,
    pub process: u16,
    pub key: Option<PathBuf>,
    pub patience: Duration,
    /// How often the node is begun anew, if somebody sees to that.
    pub restarts: Option<u32>,
}

impl ClusterOptions {
    /// The meaning of the arguments, or what is wrong with them; `None` if the
    /// node is this process alone.
    pub fn new(args: &RunArgs) -> Result<Option<ClusterOptions>, String> {
        let ClusterArgs { hosts: Some(hosts), process: Some(process), .. } = &args.cluster else {
            return Ok(None);
        };
        let (hosts, process) = (hosts.clone(), *process);
        let cluster = args.cluster.clone();
        let seconds = cluster.join_timeout.unwrap_or(JOIN_TIMEOUT);
        if !(0.0..=JOIN_TIMEOUT_MAX).contains(&seconds) {
            return Err(format!("--join-timeout takes 0 to {JOIN_TIMEOUT_MAX} seconds"));
        }
        if process > 0 {
            let node = &args.node;
            let flags = [("--events", &node.events), ("--replay", &node.replay)];
            if let Some((flag, _)) = flags.iter().find(|(_, path)| path.is_some()) {
                return Err(format!("events come in at process 0 only: leave out {flag} here"));
            }
        }
        if cluster.supervise {
            let piped = args.input.inputs.iter().any(|input| input.ends_with("=-"));
            let piped = piped || args.node.events.as_deref().is_some_and(paths::is_stdin);
            if piped || paths::is_stdin(&args.path) {
                return Err("stdin can be read only once, and --supervise may begin anew".into());
            }
        }
        Ok(Some(ClusterOptions {
            hosts,
            process,
            key: cluster.key,
            patience: Duration::from_secs_f64(seconds),
            restarts: cluster.supervise.then(|| cluster.max_restarts.unwrap_or(MAX_RESTARTS)),
        }))
    }
}

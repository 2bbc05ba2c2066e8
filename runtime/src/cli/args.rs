//! What was typed. These structures mirror the command line and nothing else;
//! `options` says what it means.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::cli::cluster::args::ClusterArgs;
use crate::cli::graph::GraphArgs;
use crate::cli::node::NodeArgs;
use crate::cli::profile::ProfileArgs;
use crate::cli::repl::ReplArgs;
use crate::cli::report::ReportArgs;
use crate::cli::role::RoleArgs;
use crate::cli::test::TestArgs;
use crate::cli::why::WhyArgs;

const AFTER: &str = "\
Examples:
  bloom run routes.bloom --facts data         rows on stdout, as facts
  bloom run routes.bloom --facts data --out results
  bloom run routes.bloom --in link=- < links.csv
  bloom check routes.bloom
  bloom explain B0101

Results go to stdout, everything else to stderr.
`bloom help functions` lists the functions, `bloom help exit-codes` the exit
codes.";

const AFTER_RUN: &str = "\
Data:
  --facts DIR loads DIR/REL.csv, .tsv, .facts or .jsonl for every table and
  input REL of the program, also packed: .csv.gz, .csv.zst and so on. The first record of a .csv or .tsv file is a
  header if its fields are exactly the names of the columns, in any order.
  .facts files are tabs without header or quotes; .jsonl files hold objects
  or arrays, one on a line.

Examples:
  bloom run routes.bloom --facts data
  bloom run routes.bloom --facts data --out results --format jsonl
  bloom run routes.bloom --in link=big.csv --print route | head
  bloom run routes.bloom --in link=day1.csv --in link=day2.csv --stream
  bloom run routes.bloom --facts data --on-bad-row reject --rejects bad.csv
  bloom run routes.bloom --facts data --no-output --stats
  bloom run shop.bloom --events - --trace < events.jsonl
  bloom run shop.bloom --until-quiet --now 2026-01-01T00:00:00Z
  bloom run chat.bloom --role client --server 127.0.0.1:7000
  bloom run carts.bloom --role store --coordination none

A program with channels, timers, periodics or stdin, or with --events, stays
up until it halts, stdin ends and nothing else can come, or Ctrl-C.

A node of a program with channels, or of a replicated or partitioned role, may
have to wait for others where `bloom report` says so. That is not supported yet:
such a program runs with --coordination none only. A node that is alone waits
for nobody, and runs.

With --hosts the processes of one node share the work: the same command
everywhere, with another --process. Rows of all of them count; process 0 writes
the outputs.

Exit codes: 0 done, 1 program, data or limit, 2 command line or files, 120
another process is gone, 130 Ctrl-C; a program may end with a code of its own
(halt).";

const AFTER_EXPLAIN: &str = "\
Examples:
  bloom explain B0101                       what a code means
  bloom explain codes                       all codes
  bloom explain routes.bloom --stage plan   how a program is run
  bloom explain routes.bloom --stage plan --workers 4

The texts of the stages are for reading and may change in any version.";

const AFTER_FMT: &str = "\
Examples:
  bloom fmt routes.bloom           one file, in place
  bloom fmt .                      every .bloom file below a folder
  bloom fmt --check .              exit code 1 if a file would change
  bloom fmt - < a.bloom            stdin to stdout";

/// The command line.
#[derive(Parser, Debug)]
#[command(
    name = "bloom",
    version,
    about = "Bloom: a Datalog for distributed programs",
    after_help = AFTER,
    max_term_width = 80,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do; without it, a greeting.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How it talks.
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// How messages are shown.
#[derive(Args, Debug, Clone)]
pub struct TalkArgs {
    /// Form of errors and warnings
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "human",
        value_name = "FORM",
        env = "BLOOM_MESSAGE_FORMAT",
        hide_env_values = true
    )]
    pub message_format: MessageFormat,
    /// Colours in messages; NO_COLOR is heeded
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        env = "BLOOM_COLOR",
        hide_env_values = true
    )]
    pub color: When,
    /// Only errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// Form of diagnostics.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageFormat {
    /// with the source and all places marked
    Human,
    /// one line each: file:line:col: error[CODE]: text
    Short,
    /// JSON objects
    Json,
    /// one SARIF 2.1.0 log, at the end
    Sarif,
    /// commands of a GitHub workflow, one line each
    Github,
}

/// Auto, always or never.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum When {
    Auto,
    Always,
    Never,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a program over data
    Run(Box<RunArgs>),
    /// Explain why a row is there, or is not
    Why(Box<WhyArgs>),
    /// Show where the time and memory of a run go
    Profile(Box<ProfileArgs>),
    /// Tell what is wrong with a program, without running it
    Check(CheckArgs),
    /// Tell who has to wait for whom on many nodes, and why
    Report(Box<ReportArgs>),
    /// Draw a program: its collections, and what leads from one to another
    Graph(GraphArgs),
    /// Run the tests of programs
    Test(Box<TestArgs>),
    /// Try rules and rows at a prompt
    Repl(Box<ReplArgs>),
    /// Put programs into the one style
    Fmt(FmtArgs),
    /// Explain a code, or show what becomes of a program
    Explain(ExplainArgs),
    /// Serve an editor that speaks the Language Server Protocol
    Lsp(super::lsp::LspArgs),
    /// Begin a project: a folder that runs
    New(super::new::NewArgs),
    /// Completions for a shell, on stdout
    Completions(super::completions::CompletionsArgs),
    /// The manual, as man pages
    Man(super::completions::ManArgs),
    /// Help on a command or a function; `help functions` lists these
    Help(super::help::HelpArgs),
    /// What the exit codes mean
    #[command(hide = true, long_about = super::exit::TEXT, help_template = "{about-with-newline}")]
    ExitCodes,
}

/// `bloom run`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_RUN)]
pub struct RunArgs {
    /// A .bloom file, or a folder with a main.bloom; `-` is stdin
    pub path: PathBuf,
    /// What to load.
    #[command(flatten)]
    pub input: InputArgs,
    /// Write each output to DIR/REL.csv
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Format of the outputs
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub format: Option<OutFormat>,
    /// Pack what is written
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Output")]
    pub compress: Option<Compress>,
    /// Show this relation too
    #[arg(long, value_name = "REL", help_heading = "Output")]
    pub print: Vec<String>,
    /// Show no relation
    #[arg(long, conflicts_with_all = ["out", "print", "format", "compress"], help_heading = "Output")]
    pub no_output: bool,
    /// Compare the outputs with DIR/REL.csv instead of showing them
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["out", "print", "format", "no_output"],
        help_heading = "Output"
    )]
    pub expect: Option<PathBuf>,
    /// Show rows as they are found, while input still comes; outputs that have to
    /// wait for all of it come at the end
    #[arg(
        long,
        conflicts_with_all = ["no_output", "expect", "watch"],
        help_heading = "Output"
    )]
    pub stream: bool,
    /// Run again whenever the program or its data change
    #[arg(long, help_heading = "Output")]
    pub watch: bool,
    /// Tell what the run took
    #[arg(
        long,
        value_enum,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "table",
        help_heading = "Output"
    )]
    pub stats: Option<StatsForm>,
    /// Let so many threads share the work
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=WORKERS_MAX),
        help_heading = "Limits"
    )]
    pub workers: u16,
    /// What the run may spend.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// How a program lives that runs in time.
    #[command(flatten)]
    pub node: NodeArgs,
    /// Which of its nodes it is.
    #[command(flatten)]
    pub role: RoleArgs,
    /// Which process of that node.
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// Threads that may share the work of one node.
pub const WORKERS_MAX: i64 = 256;

/// What a program is given, for every command that runs one.
#[derive(Args, Debug, Clone)]
pub struct InputArgs {
    /// Load every file in DIR that is named after a table or input
    #[arg(long, value_name = "DIR", help_heading = "Input")]
    pub facts: Option<PathBuf>,
    /// Load one relation from a file, or a folder of files; `-` is stdin. Given several times, its
    /// rows are those of all
    #[arg(long = "in", value_name = "REL=FILE", help_heading = "Input")]
    pub inputs: Vec<String>,
    /// Format of --in files whose names do not tell
    #[arg(long, value_enum, value_name = "FORMAT", help_heading = "Input")]
    pub in_format: Option<InFormat>,
    /// Whether files start with the names of the columns
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN", help_heading = "Input")]
    pub header: Header,
    /// What to do about records that are no rows
    #[arg(long, value_enum, default_value = "stop", value_name = "WHAT", help_heading = "Input")]
    pub on_bad_row: OnBadRow,
    /// Write bad records to FILE (with --on-bad-row reject)
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub rejects: Option<PathBuf>,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Input")]
    pub set: Vec<String>,
}

/// What a run may spend.
#[derive(Args, Debug, Clone)]
pub struct LimitArgs {
    /// End after this many rounds of one recursion
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Limits")]
    pub max_rounds: Option<u64>,
    /// End when rules have derived more rows
    #[arg(long, allow_negative_numbers = true, value_name = "N", help_heading = "Limits")]
    pub max_rows: Option<u64>,
    /// End when the run takes more memory, such as 512MiB or 4GiB
    #[arg(long, allow_negative_numbers = true, value_name = "SIZE", help_heading = "Limits")]
    pub max_memory: Option<String>,
    /// End after this time of computing
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", help_heading = "Limits")]
    pub max_seconds: Option<f64>,
}

/// Formats of data.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum InFormat {
    Csv,
    Tsv,
    Facts,
    Jsonl,
    Parquet,
}

/// Formats of results.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OutFormat {
    Csv,
    Tsv,
    Jsonl,
    Parquet,
}

/// Compression of results.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compress {
    /// gzip
    Gz,
    /// zstd
    Zst,
}

/// Header or not.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// the first record decides
    Auto,
    /// there is one
    Yes,
    /// there is none
    No,
}

/// What becomes of bad records.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnBadRow {
    /// list them and end before anything runs
    Stop,
    /// leave them out
    Reject,
}

/// Form of statistics.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StatsForm {
    Table,
    Json,
}

/// `bloom check`.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes: 0 nothing or warnings only, 1 errors, 2 no such file.")]
pub struct CheckArgs {
    /// .bloom files, or folders with a main.bloom; `-` is stdin
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Check again whenever a program changes
    #[arg(long)]
    pub watch: bool,
}

/// `bloom fmt`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_FMT)]
pub struct FmtArgs {
    /// .bloom files or folders; `-` is stdin
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Change nothing; list what would change
    #[arg(long)]
    pub check: bool,
}

/// `bloom explain`.
#[derive(Args, Debug)]
#[command(after_help = AFTER_EXPLAIN)]
pub struct ExplainArgs {
    /// A code such as B0101, or the path of a program
    #[arg(value_name = "CODE|PATH")]
    pub what: String,
    /// Which stage of the compiler to show
    #[arg(long, value_enum)]
    pub stage: Option<Stage>,
    /// Show the plan for N workers: what is where, what is sent, and what waits
    #[arg(
        long,
        value_name = "N",
        requires = "stage",
        value_parser = clap::value_parser!(u16).range(1..),
    )]
    pub workers: Option<u16>,
    /// Give a const of the program another value
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
}

/// Stages of the compiler.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// words and marks
    Tokens,
    /// the tree as written
    Ast,
    /// names resolved
    Names,
    /// types inferred
    Types,
    /// which relation is completed when
    Strata,
    /// joins, indexes and order
    Plan,
}

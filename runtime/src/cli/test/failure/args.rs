//! What the command line says of failing runs of many nodes.

use std::path::PathBuf;

use clap::Args;

use crate::testing::failure::RUNS;

/// How failing runs are shown.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Failing runs of many nodes")]
pub struct FailureArgs {
    /// Make a failing run small, trying N runs at most; 0 leaves it as it is
    #[arg(long, value_name = "N", default_value_t = RUNS)]
    pub shrink: usize,
    /// Show all that happened, not only what matters
    #[arg(long)]
    pub all: bool,
    /// Write the first failing run as a page for a browser
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write what chance decided in the first failing run
    #[arg(long, value_name = "FILE")]
    pub save_choices: Option<PathBuf>,
    /// Run a test with what --save-choices wrote, and no other chance
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "seeds", "time", "jobs"])]
    pub choices: Option<PathBuf>,
}

//! `bloom run --hosts`, in order: the processes meet, each loads what it was
//! given, all of them run, and the first one writes. How they meet and end is
//! not known here.

use crate::cli::cluster;
use crate::cli::cluster::args::ClusterOptions;
use crate::cli::compile::Checked;
use crate::cli::exit::Exit;
use crate::cli::node;
use crate::cli::options::RunOptions;
use crate::cli::talk::Talk;

/// Runs a program together with other processes.
pub fn run(
    checked: &Checked,
    options: &RunOptions,
    cluster: &ClusterOptions,
    talk: &Talk,
) -> Result<(), Exit> {
    if node::wanted(&checked.typed, options) {
        let why = "not supported yet: --hosts of a program that goes on from tick to tick";
        return Err(talk.refuse(why));
    }
    cluster::with_node(checked, options, cluster, talk, |_, phase| {
        phase.begin("its data could not be loaded");
        Err(talk.refuse("not supported yet: --hosts"))
    })
}

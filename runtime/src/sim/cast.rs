//! Who plays: nodes with the programs of their roles and the rows that they
//! begin with. What is the same in every run is made once, here, so that a
//! world costs little to begin. What happens to the nodes is not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

/// All nodes, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// The nodes.
    pub nodes: Vec<Member>,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is called; `me` and addresses hold that name.
    pub name: String,
    /// What it is among the members.
    pub role: String,
    /// Its role's program, with the values of its parameters.
    pub program: Arc<typed::Program>,
    /// The plan of that program.
    pub plan: Arc<ir::Program>,
    /// Rows that its tables begin with, at its first start and after it lost
    /// its disk.
    pub tables: Vec<(RelId, Vec<Value>)>,
    /// Nanoseconds between the events of each periodic.
    pub periods: Vec<(RelId, i64)>,
    /// Collections whose rows the chains tell to whoever looks on: events in
    /// `Tick::shown`, changes of state in `Tick::changed`.
    pub show: Vec<RelId>,
}

/// A cast, ready to play as often as one likes, in this thread.
pub struct Prepared {
    pub(super) cast: Cast,
    pub(super) channels: Vec<String>,
}

impl Prepared {
    /// Makes ready what all runs share.
    pub fn new(cast: &Cast) -> Prepared {
        let mut channels: Vec<String> = Vec::new();
        for member in &cast.nodes {
            for rel in member.program.rels.iter().filter(|rel| is_channel(rel)) {
                if !channels.contains(&rel.name) {
                    channels.push(rel.name.clone());
                }
            }
        }
        Prepared { cast: cast.clone(), channels }
    }

    /// Who plays.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// The names of all channels of all programs. Keys, messages and traces
    /// call a channel by its place in this list.
    pub fn channels(&self) -> &[String] {
        &self.channels
    }
}

/// Whether rows of a collection travel from node to node.
pub(super) fn is_channel(rel: &typed::Rel) -> bool {
    rel.kind == bloom_compiler::names::hir::RelKind::Channel
}

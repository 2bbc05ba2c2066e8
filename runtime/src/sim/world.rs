//! A run from its first happening to its last. What is expected of it is not
//! known here.

use crate::sim::cast::Prepared;
use crate::sim::choices::Choices;
use crate::sim::story::Story;
use crate::sim::trace::Fold;
use crate::sim::trace::Happening;
use crate::sim::watch::Watch;
use crate::tick::ChainFailure;
use crate::tick::Node;

/// A part of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Faults happen.
    Safety,
    /// No message is lost, nobody is cut off, all nodes are up.
    Liveness,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Something happened.
    Went,
    /// Nothing will ever happen again but periods.
    Quiet,
    /// Time is over.
    Time,
    /// Whoever looks on has seen enough.
    Stopped,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing will ever happen again.
    Quiet,
    /// Time is over.
    Time,
    /// Whoever looked on had seen enough.
    Stopped,
}

/// Why a world cannot go on.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A chain went beyond a limit of the machine below.
    Limit {
        /// The node.
        node: usize,
        /// What happened.
        failure: Box<ChainFailure>,
    },
    /// More happened than may.
    Endless {
        /// How much may.
        most: u64,
    },
    /// Something that this version does not do, in plain words.
    NotYet(&'static str),
}

/// Nodes in their network.
pub struct World {
    choices: Choices,
    now: i64,
    phase: Phase,
    nodes: Vec<Option<Node>>,
    fold: Fold,
    trace: Vec<Happening>,
}

impl World {
    /// A world in which nothing has happened yet.
    pub fn new(cast: &Prepared, _story: &Story, choices: Choices) -> Result<World, Trouble> {
        let nodes = cast.cast().nodes.iter().map(|_| None).collect();
        let (now, phase) = (0, Phase::Safety);
        Ok(World { choices, now, phase, nodes, fold: Fold::new(), trace: Vec::new() })
    }

    /// One happening.
    pub fn step(&mut self, _watch: &mut dyn Watch) -> Result<Step, Trouble> {
        Err(Trouble::NotYet("not supported yet: worlds do not run"))
    }

    /// Until nothing happens any more, time is over, or whoever looks on has seen
    /// enough.
    pub fn run(&mut self, watch: &mut dyn Watch) -> Result<End, Trouble> {
        loop {
            match self.step(watch)? {
                Step::Went => {}
                Step::Quiet => return Ok(End::Quiet),
                Step::Time => return Ok(End::Time),
                Step::Stopped => return Ok(End::Stopped),
            }
        }
    }

    /// Nanoseconds since the start of the world.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Whether faults happen.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// A node that is up.
    pub fn node(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node).and_then(Option::as_mut)
    }

    /// A number that stands for everything that happened.
    pub fn trace_hash(&self) -> u128 {
        self.fold.value()
    }

    /// The decisions that were made.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// What happened, where the settings ask for it.
    pub fn trace(&self) -> &[Happening] {
        &self.trace
    }
}

//! Whoever looks on while a world runs: told of every chain, and shown the
//! nodes. What they look for is not known here; they cannot change anything.

use std::ops::ControlFlow;

use crate::sim::world::Phase;
use crate::tick::Chain;
use crate::tick::ChainFailure;
use crate::tick::Gift;
use crate::tick::Node;

/// A world as it is at a moment.
pub struct Looking<'a> {
    pub(super) now: i64,
    pub(super) phase: Phase,
    pub(super) nodes: &'a mut [Option<Node>],
    pub(super) happenings: usize,
}

impl Looking<'_> {
    /// Nanoseconds since the start of the world.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Whether faults happen.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// How many nodes there are, up or down.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a node is up.
    pub fn is_up(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(Option::is_some)
    }

    /// A node that is up; to look at, though reading rows needs it as it is.
    pub fn node(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node).and_then(Option::as_mut)
    }

    /// Happenings in the trace so far; the last of them is what is being told.
    pub fn happenings(&self) -> usize {
        self.happenings
    }
}

/// Is told what happens. `Break` ends the run.
pub trait Watch {
    /// A chain of a node happened.
    fn chain(&mut self, _: &mut Looking<'_>, _node: usize, _: &Chain) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A node has started again, with the state that was on its disk; its first
    /// chain after that is told as any other. Not told of first starts.
    fn up(&mut self, _: &mut Looking<'_>, _node: usize, _boot: i64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A node has stopped.
    fn down(&mut self, _: &mut Looking<'_>, _node: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// A chain failed, and what it was given is given up; `None` if it was given
    /// nothing.
    fn dead(
        &mut self,
        _: &mut Looking<'_>,
        _node: usize,
        _: &ChainFailure,
        _: Option<&Gift>,
    ) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    /// The liveness phase begins.
    fn calm(&mut self, _: &mut Looking<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Nobody who looks for anything.
pub struct Blind;

impl Watch for Blind {}

//! A node from its first tick to its end: asks for batches, and runs them.

use crate::tick::chain::Chain;
use crate::tick::chain::Dead;
use crate::tick::node::Node;
use crate::tick::ports::Choices;
use crate::tick::ports::Sink;
use crate::tick::ports::Step;
use crate::tick::ports::Stop;

use crate::kernel::Engine;

/// How a node ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing can come any more.
    Quiet,
    /// The program said so.
    Halt(u8),
    /// It ticked as often as it was to.
    Ticks,
    /// Someone wanted it, by this signal.
    Interrupted(i32),
}

/// Runs a node until it ends, or has ticked so often.
pub fn drive(
    node: &mut Node,
    choices: &mut dyn Choices,
    sink: &mut dyn Sink,
    ticks: Option<u64>,
) -> Result<End, Stop> {
    let mut heeding = Heeding { sink, halt: None };
    loop {
        if ticks.is_some_and(|most| node.ticks() >= most) {
            return Ok(End::Ticks);
        }
        let ask = node.ask();
        match choices.next(ask, node.engine_mut().interner_mut())? {
            Step::Quiet => return Ok(End::Quiet),
            Step::Interrupted(signal) => return Ok(End::Interrupted(signal)),
            Step::Take { now, gifts } => node.step(now, gifts, &mut heeding)?,
        }
        if let Some(code) = heeding.halt {
            return Ok(End::Halt(code));
        }
    }
}

/// Hands everything on, and hears when the program wants to end.
struct Heeding<'a> {
    sink: &'a mut dyn Sink,
    halt: Option<u8>,
}

impl Sink for Heeding<'_> {
    fn chain(&mut self, chain: &Chain, engine: &mut Engine) -> Result<(), std::io::Error> {
        self.halt = self.halt.or(chain.halt());
        self.sink.chain(chain, engine)
    }

    fn dead(&mut self, dead: &Dead, engine: &mut Engine) -> Result<(), std::io::Error> {
        self.sink.dead(dead, engine)
    }
}

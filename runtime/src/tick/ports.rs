//! What a node needs of the world, as traits: the disk, sockets and simulated
//! worlds plug in here. Whatever a program does not decide comes in through
//! [`Choices`] and nowhere else, so whoever answers them alike sees the same
//! run, to the byte. Nothing here knows what a tick does.

use std::io;
use std::time::Duration;

use crate::kernel::Engine;
use crate::tick::chain::Chain;
use crate::tick::chain::ChainFailure;
use crate::tick::chain::Dead;
use crate::tick::gift::Gift;
use crate::value::interner::Interner;

/// Instants as nanoseconds since 1970.
pub trait Clock {
    /// The present instant.
    fn now(&mut self) -> i64;
    /// Whether time passes by jumps only, so that nobody need wait.
    fn jumps(&self) -> bool;
    /// Goes to an instant at once, where time jumps.
    fn jump(&mut self, to: i64);
}

/// How long a source may wait for events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// It gives what is there.
    Not,
    /// This long at most.
    For(Duration),
    /// Until something comes.
    Ever,
}

/// What came of asking a source.
#[derive(Debug)]
pub enum Heard {
    /// These, in order of arrival; none if the time has passed.
    Gifts(Vec<Gift>),
    /// Nothing can ever come again.
    Ended,
    /// Someone wants the node to end, by this signal.
    Interrupted(i32),
}

/// Where events come from.
pub trait Source {
    /// Up to `room` things given; words are those of the interner. That nothing
    /// can ever come again is told to those only who would wait for ever.
    fn next(
        &mut self,
        room: usize,
        wait: Wait,
        interner: &mut Interner,
    ) -> Result<Heard, io::Error>;
}

/// What a node asks before it takes a batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    /// Whether something waits inside, so that nobody need wait for more.
    pub ready: bool,
    /// How much may be taken from outside.
    pub room: usize,
    /// When something comes by itself: the next timer or period.
    pub due: Option<i64>,
    /// Whether that is a timer, which is work to be done, or a mere period.
    pub has_timers: bool,
}

/// The answer.
#[derive(Debug)]
pub enum Step {
    /// A batch at an instant.
    Take {
        /// The instant; a node never goes back all the same.
        now: i64,
        /// From outside, in order of arrival.
        gifts: Vec<Gift>,
    },
    /// The end: nothing can come any more.
    Quiet,
    /// The end: someone wants it, by this signal.
    Interrupted(i32),
}

/// Everything that a program does not decide: instants, the order in which
/// events arrive, how many of them share a batch, and chance.
pub trait Choices {
    /// What the chance of the node hangs on; asked once, first.
    fn secret(&mut self) -> Result<u64, io::Error>;
    /// The next batch.
    fn next(&mut self, ask: Ask, interner: &mut Interner) -> Result<Step, io::Error>;
}

/// Where what leaves a node goes.
pub trait Sink {
    /// A chain is sure: what it has to say leaves.
    fn chain(&mut self, chain: &Chain, engine: &mut Engine) -> Result<(), io::Error>;
    /// The same, for those who keep it.
    fn take(&mut self, chain: Chain, engine: &mut Engine) -> Result<(), io::Error> {
        self.chain(&chain, engine)
    }
    /// An event is given up.
    fn dead(&mut self, dead: &Dead, engine: &mut Engine) -> Result<(), io::Error>;
}

/// Why a node cannot go on.
#[derive(Debug)]
pub enum Stop {
    /// A chain failed, and no event is to be given up for it.
    Failed(Box<ChainFailure>),
    /// A source or a sink failed.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

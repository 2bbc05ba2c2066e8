//! Choices made by a clock and a source, as they come. Time passes by itself
//! while a node waits, or, where nobody need wait, jumps to what is due next.

use std::io;
use std::time::Duration;

use crate::tick::ports::Ask;
use crate::tick::ports::Choices;
use crate::tick::ports::Clock;
use crate::tick::ports::Heard;
use crate::tick::ports::Source;
use crate::tick::ports::Step;
use crate::tick::ports::Wait;
use crate::value::interner::Interner;

/// A clock that stands still until it is told to go on.
pub struct Fixed {
    /// The instant.
    pub now: i64,
}

impl Clock for Fixed {
    fn now(&mut self) -> i64 {
        self.now
    }

    fn jumps(&self) -> bool {
        true
    }

    fn jump(&mut self, to: i64) {
        self.now = self.now.max(to);
    }
}

/// Whoever answers as the world does.
pub struct Live<C, S> {
    /// Tells the time.
    pub clock: C,
    /// Where events come from.
    pub source: S,
    /// What chance hangs on.
    pub secret: u64,
    /// Whether a mere period is worth a jump, where time jumps.
    pub periods: bool,
}

impl<C: Clock, S: Source> Choices for Live<C, S> {
    fn secret(&mut self) -> Result<u64, io::Error> {
        Ok(self.secret)
    }

    fn next(&mut self, ask: Ask, interner: &mut Interner) -> Result<Step, io::Error> {
        loop {
            let now = self.clock.now();
            let wait = match ask.due {
                _ if ask.ready => Wait::Not,
                Some(due) if due <= now => Wait::Not,
                Some(due) if !self.clock.jumps() => {
                    let nanos = u64::try_from(due.saturating_sub(now)).unwrap_or_default();
                    Wait::For(Duration::from_nanos(nanos))
                }
                // Where time jumps, everything that comes from outside is first.
                _ => Wait::Ever,
            };
            match self.source.next(ask.room, wait, interner)? {
                Heard::Gifts(gifts) if gifts.is_empty() && wait != Wait::Not => {}
                Heard::Gifts(gifts) => return Ok(Step::Take { now: self.clock.now(), gifts }),
                Heard::Interrupted(signal) => return Ok(Step::Interrupted(signal)),
                Heard::Ended => match ask.due {
                    Some(due) if ask.has_timers || self.periods => self.clock.jump(due),
                    _ => return Ok(Step::Quiet),
                },
            }
        }
    }
}

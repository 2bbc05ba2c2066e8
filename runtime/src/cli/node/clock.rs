//! The clock of the machine, and where a node's chance comes from when nobody
//! says. The only rooms that read either; what the instants are for is not
//! known here.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Instant;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use crate::tick::Clock;
use crate::tick::Fixed;

/// Nanoseconds since 1970.
pub fn system_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// A number that nobody can tell beforehand.
pub fn chance() -> u64 {
    RandomState::new().hash_one(0)
}

/// The time that a node goes by.
pub enum World {
    /// That of the machine.
    System,
    /// As fast, from another instant on.
    From(i64, Instant),
    /// It jumps.
    Virtual(Fixed),
}

impl Clock for World {
    fn now(&mut self) -> i64 {
        match self {
            World::System => system_now(),
            World::From(start, since) => {
                let passed = i64::try_from(since.elapsed().as_nanos()).unwrap_or(i64::MAX);
                start.saturating_add(passed)
            }
            World::Virtual(clock) => clock.now(),
        }
    }

    fn jumps(&self) -> bool {
        matches!(self, World::Virtual(_))
    }

    fn jump(&mut self, to: i64) {
        if let World::Virtual(clock) = self {
            clock.jump(to);
        }
    }
}

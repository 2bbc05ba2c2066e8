//! Worlds of many nodes: what their networks, disks and clocks do to small
//! programs, and that a run is a function of its choices and of nothing else.

mod chance;
mod disks;
mod networks;

use bloom::sim::Blind;
use bloom::sim::Choices;
use bloom::sim::End;
use bloom::sim::Prepared;
use bloom::sim::Story;
use bloom::sim::World;

/// A millisecond and a second, in nanoseconds.
pub const MS: i64 = 1_000_000;
pub const SECOND: i64 = 1_000 * MS;

/// A world at its end, to which it comes by itself.
fn quiet(cast: &Prepared, story: &Story, choices: Choices) -> World {
    let mut world = World::new(cast, story, choices);
    match world.run(&mut Blind) {
        Ok(End::Quiet) => world,
        other => panic!("the world comes to rest, and not to {other:?}"),
    }
}

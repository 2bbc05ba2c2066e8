//! What a machine does inside of a tick: strata from the state that is there.
//!
//! | room | owns |
//! |---|---|
//! | `schedule` | what rules read, known before they run |
//! | `drive`, `windows` | which strata run, and how much of them |
//! | `shadow` | views made anew, and the difference |
//! | `edges`, `boundary` | what one tick leaves and the next takes up |
//! | `upkeep` | views brought up to what they read |
//! | `pieces` | a tick piece by piece, by one worker among others |
//! | `mirror` | what others did, told to a machine that runs no rule |
//! | `views` | likewise, by dataflows |
//! | `undo` | rows taken out for good, or put back |
//! | `collect` | values that nobody holds |
//! | `whole` | a tick from scratch, to be explained |
//! | `changes`, `identity` | what is told of a tick; a number for a state |

pub(super) mod boundary;
pub(super) mod changes;
mod collect;
pub(super) mod drive;
mod edges;
pub(super) mod identity;
pub(super) mod mirror;
pub(super) mod pieces;
pub(super) mod schedule;
pub(super) mod shadow;
pub(super) mod undo;
mod upkeep;
mod views;
mod whole;
mod windows;

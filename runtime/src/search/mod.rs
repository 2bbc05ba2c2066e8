//! Searches that leave nothing to chance: what nodes do is met once for every
//! state that they can be in, and what can happen to them is gone through as a
//! whole, or by what a good run rests on, or by what was new in the runs before.
//! What anyone expects of a run is asked of others; how results are shown is
//! not known here.
//!
//! | room | owns |
//! |---|---|
//! | `stage` | nodes as machines with numbered states: what a search needs |
//! | `troupe` | the nodes of a test as such machines |
//! | `play` | one run in steps, with the faults that it is given |
//! | `lockstep` | all runs in steps within bounds, states met once |
//! | `lineage` | the same bounds by what good runs rest on |
//! | `schedules` | all orders in which messages can arrive |
//! | `guided` | runs that are like those in which something was new |

mod guided;
mod lineage;
mod lockstep;
mod play;
mod schedules;
mod stage;
mod troupe;

pub use guided::Guide;
pub use guided::Hunt;
pub use guided::Ran;
pub use guided::hunt;
pub use lineage::Lineage;
pub use lineage::lineage;
pub use lockstep::Verdict;
pub use lockstep::lockstep;
pub use play::Bounds;
pub use play::Fault;
pub use play::Run;
pub use play::StepOf;
pub use play::play;
pub use schedules::Event;
pub use schedules::Offer;
pub use schedules::Schedules;
pub use schedules::schedules;
pub use stage::Moved;
pub use stage::Parcel;
pub use stage::Seen;
pub use stage::Stage;
pub use stage::State;
pub use stage::Trouble;
pub use troupe::Content;
pub use troupe::Shown;
pub use troupe::Troupe;

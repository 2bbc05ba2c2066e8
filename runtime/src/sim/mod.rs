//! A world of many nodes in one process: virtual time, a network that loses
//! and delays, disks that forget, machines that stop. Nothing in it is left to
//! chance that is not a choice with a name, so a run is a function of the
//! programs, the story and the choices. Threads, clocks and sockets are not
//! known here, nor is what anyone expects of a run.
//!
//! | room | owns |
//! |---|---|
//! | `cast` | who plays: nodes with their programs |
//! | `story` | what happens to them: faults, events, settings |
//! | `choices` | everything that is left open, by name, and who decides it |
//! | `trace` | what happened, as data, and the number that stands for it |
//! | `watch` | whoever looks on while a world runs |
//! | `world` | a run from its first happening to its last |
//! | `queue` | what is to come, by time |
//! | `faults` | the faults of a run, by time |
//! | `seat` | what is kept of a node beside the node itself |
//! | `steps` | what a node takes in, and what of it is sure |
//! | `life` | starts and stops; a node again from its log |
//! | `log` | what a node took in, as bytes on a disk |
//! | `traffic` | messages from chain to inbox |
//! | `network` | what becomes of a frame between two nodes |
//! | `ledger` | where everything that happens is written down |
//! | `values` | values of a story as words |

mod cast;
mod choices;
mod faults;
mod ledger;
mod life;
mod log;
mod network;
mod queue;
mod seat;
mod steps;
mod story;
mod trace;
mod traffic;
pub(crate) mod values;
mod watch;
mod world;

pub use cast::Cast;
pub use cast::Member;
pub use cast::Prepared;
pub(crate) use cast::Shapes;
pub use choices::ACKS;
pub use choices::Choices;
pub use choices::Door;
pub use choices::Key;
pub use choices::Map;
pub use choices::NONE;
pub use story::Fault;
pub use story::Gift;
pub use story::Settings;
pub use story::Story;
pub use story::When;
pub use trace::Happening;
pub use trace::Id;
pub use trace::Lost;
pub use trace::What;
pub use values::words;
pub use watch::Blind;
pub use watch::Looking;
pub use watch::Watch;
pub use world::End;
pub use world::Phase;
pub use world::Step;
pub use world::Trouble;
pub use world::World;

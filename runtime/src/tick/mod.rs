//! The node: a machine in time. Batches of events become chains of ticks that
//! happen as a whole or not at all; what a chain has to say leaves when it is
//! sure. These rooms know instants and messages as rows; who reads a clock, a
//! file or a socket is not known here, only the ports that they plug into.
//!
//! | room | owns |
//! |---|---|
//! | `ports` | clock, source, choices, sink: what the world has to offer |
//! | `parts` | what a node has to know of its program |
//! | `gift` | what is given together, and what may share a tick |
//! | `timers` | facts to oneself, and what comes by itself |
//! | `chain` | what a chain did |
//! | `settings` | how a node is to be |
//! | `node` | batches to chains, down to the event that fails; chains done again |
//! | `live` | choices made by a clock and a source |
//! | `drive` | a node from its first tick to its end |

mod chain;
mod drive;
mod gift;
mod live;
mod node;
mod parts;
mod ports;
mod settings;
mod timers;

pub use chain::Chain;
pub use chain::ChainFailure;
pub use chain::Change;
pub use chain::Dead;
pub use chain::Tick;
pub use chain::Why;
pub use drive::End;
pub use drive::drive;
pub use gift::Gift;
pub use gift::Origin;
pub use live::Fixed;
pub use live::Live;
pub use node::Node;
pub use ports::Ask;
pub use ports::Choices;
pub use ports::Clock;
pub use ports::Heard;
pub use ports::Sink;
pub use ports::Source;
pub use ports::Step;
pub use ports::Stop;
pub use ports::Wait;
pub use settings::OnError;
pub use settings::Settings;

pub use crate::kernel::Rows;

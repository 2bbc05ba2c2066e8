//! One logical node over several processes, as far as the world is concerned:
//! who belongs to it, how they meet, and how all of them end together. What
//! they compute is not known here; a dataflow is handed connections.
//!
//! | room | owns |
//! |---|---|
//! | `allocators` | what a dataflow is started from |
//! | `hosts` | the file of hosts |
//! | `key` | the key that all share: proofs and seals |
//! | `hello` | greetings as bytes, and what all must agree on |
//! | `handshake` | how two processes come to trust each other |
//! | `join` | how all of them meet, in one epoch |
//! | `frames` | what travels on a connection then, bounded and sealed |
//! | `guard` | what the dataflow is given, checked |
//! | `wire` | a connection as the dataflow sees it |
//! | `life` | who said what, and the first reason for an end |
//! | `node` | messages, signs of life, the end |
//! | `parting` | what a process says when it leaves |

pub mod allocators;
pub mod frames;
pub mod guard;
pub mod handshake;
pub mod hello;
pub mod hosts;
pub mod join;
pub mod key;
pub mod life;
pub mod node;
pub mod parting;
pub mod wire;

//! Tests that programs have in their own language: a node in memory for each,
//! its ticks stepped by hand, and what is expected of their rows. A test is
//! the same on any run: its clock is its own, and so is what looks like chance.
//! How results are shown is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `verdict` | what became of a test, as data |
//! | `node` | a node that is given rows tick by tick |
//! | `rows` | rows that a test states, and what it finds in those of a tick |
//! | `judge` | what is expected, and the message where it is not so |
//! | `hint` | what is often meant where a test fails |
//! | `explain` | the tick again, with its rounds, to tell why |
//! | `second` | every tick by the slow evaluator too |
//! | `trial` | a test from its first statement to its last |
//! | `example` | an example of the report run by the engine |
//! | `nodes` | tests of many nodes |
//! | `failure` | a failing run of many nodes, made fit to be read |

pub mod example;
mod explain;
pub mod failure;
mod hint;
mod judge;
mod node;
pub mod nodes;
mod rows;
mod second;
mod trial;
mod verdict;

pub use trial::Plan;
pub use trial::run;
pub use verdict::Failed;
pub use verdict::Origin;
pub use verdict::Side;
pub use verdict::Verdict;
pub use verdict::Why;

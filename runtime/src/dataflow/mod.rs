//! One logical node over many workers: a program spread over them, each with a
//! kernel of its own.
//!
//! | room | owns |
//! |---|---|
//! | `carry` | rows from the words of one worker to those of another |
//! | `crew` | workers in threads, on timely dataflow |
//! | `node` | workers that tick together |
//! | `team` | workers in one thread, one after the other |

pub mod carry;
pub mod crew;
pub mod node;
pub mod team;

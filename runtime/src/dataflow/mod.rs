//! One logical node over many workers: a program spread over them, each with a
//! kernel of its own.
//!
//! | room | owns |
//! |---|---|
//! | `job` | what a worker is for: orders, steps, mail |
//! | `hand` | a worker as a state machine, whoever drives it |
//! | `team` | a driver: workers in one thread, one after the other |
//! | `crew` | a driver: workers in threads that live on, on timely dataflow |
//! | `evaluation` | a job: a whole evaluation |
//! | `whole` | a whole evaluation from outside |
//! | `stock` | rows that were read, nobody's yet |
//! | `carry` | rows from the words of one worker to those of another |
//! | `flow` | rows that come while the program runs |
//! | `node` | workers that tick together |
//! | `failed`, `report` | failures and numbers of many workers as those of one |

pub mod carry;
pub mod crew;
pub mod evaluation;
pub mod failed;
pub mod flow;
pub mod hand;
pub mod job;
pub mod node;
pub mod report;
pub mod stock;
pub mod team;
pub mod whole;

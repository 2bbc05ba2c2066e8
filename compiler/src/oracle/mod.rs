//! The oracle: an independent evaluator of the typed program, naive on
//! purpose. Tests compare the engine with it, so it must share nothing with
//! plan or kernel, above all not their mistakes.
//!
//! | room | what it owns |
//! |---|---|
//! | `values` | values, their order, joins |
//! | `text` | text of values and facts |
//! | `failure` | why a tick fails, and the order of failures |
//! | `arith`, `functions` | arithmetic and the table of functions |
//! | `json` | JSON values |
//! | `exprs`, `patterns` | expressions and patterns |
//! | `store`, `bodies`, `aggregates` | rows, matches, groups |
//! | `random` | random programs, for tests only |
//! | `tick` | strata and fixpoints: the entry point [`run`] |

mod aggregates;
mod arith;
mod bodies;
mod exprs;
mod failure;
mod functions;
mod json;
mod patterns;
#[cfg(feature = "testing")]
pub mod random;
mod store;
mod text;
mod tick;
mod values;

pub use arith::float_sum;
pub use exprs::Env;
pub use exprs::Place;
pub use exprs::eval;
pub use failure::Conflict;
pub use failure::Failure;
pub use failure::Kind;
pub use failure::Stop;
pub use json::Json;
pub use text::fact;
pub use text::plain;
pub use text::show;
pub use tick::Input;
pub use tick::OracleLimits;
pub use tick::State;
pub use tick::run;
pub use values::Float;
pub use values::Value;
pub use values::join;
pub use values::leq;

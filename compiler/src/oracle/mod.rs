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
//! | `natives` | functions that an embedding program brings along |
//! | `exprs`, `patterns` | expressions and patterns |
//! | `store`, `bodies`, `aggregates` | rows, matches, groups |
//! | `random` | random programs, for tests only |
//! | `tick` | strata and fixpoints: the entry point [`run`] |
//! | `node` | tick after tick: the entry point [`Node`] |

mod aggregates;
mod arith;
mod bodies;
mod exprs;
mod failure;
mod functions;
mod json;
mod natives;
mod node;
mod patterns;
#[cfg(feature = "testing")]
pub mod random;
mod store;
mod text;
mod tick;
mod values;

pub use aggregates::Share;
pub use aggregates::fold;
pub use aggregates::share;
pub use arith::float_sum;
pub use bodies::elements;
pub use exprs::Env;
pub use exprs::Place;
pub use exprs::all;
pub use exprs::eval;
pub use exprs::truth;
pub use failure::Conflict;
pub use failure::Failure;
pub use failure::Kind;
pub use failure::Stop;
pub use json::Json;
pub use natives::Natives;
pub use natives::with as with_natives;
pub use node::Node;
pub use node::Tick;
pub use node::TickInput;
pub use patterns::Want;
pub use patterns::fits_all;
pub use patterns::want;
pub use store::Rows;
pub use text::fact;
pub use text::plain;
pub use text::show;
pub use tick::Input;
pub use tick::OracleLimits;
pub use tick::State;
#[cfg(feature = "testing")]
pub use tick::has_match;
pub use tick::run;
#[cfg(feature = "testing")]
pub use tick::step;
pub use values::Float;
pub use values::Value;
pub use values::join;
pub use values::leq;

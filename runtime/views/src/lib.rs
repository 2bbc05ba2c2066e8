//! Views that follow what changes in what they read, rows that go included, on
//! differential dataflow: a description of rules becomes a dataflow when it is
//! asked for, and signed changes of what is read give signed changes of what
//! follows. Rows are words here; what words mean, and how expressions are
//! computed, is the host's. The language, plans and relations are not known.
//!
//! | room | owns |
//! |---|---|
//! | `spec` | what a dataflow is to compute: plain data |
//! | `host` | what is asked of those who know what words mean |
//! | `code` | a row in one word or two |
//! | `format` | which registers a step hands to the next |
//! | `stage` | one match at a time, between two operators |
//! | `keys` | rows by what they are looked up by, and once for each key |
//! | `rules`, `build` | operators of a rule, and of a recursion |
//! | `view` | a dataflow that is fed and asked |
//!
//! Everything has one type of rows, pairs of words, so that each operator of the
//! library is compiled once.

mod build;
mod code;
mod format;
mod host;
mod keys;
mod rules;
pub mod spec;
mod stage;
mod view;

pub use host::Host;
pub use host::Went;
pub use view::Feed;
pub use view::View;

//! The library that other programs embed: compile a text, load rows, run, read
//! rows. It prints nothing and reads no file that it was not given; the tool
//! is built on some of its rooms.
//!
//! | room | owns |
//! |---|---|
//! | `program` | a compiled program |
//! | `session` | one run of it |
//! | `node` | one node of it, tick by tick |
//! | `exchange` | rows to words and back |
//! | `natives` | Rust functions that rules may call |
//! | `row`, `column`, `value` | Rust values as rows, columns and values |
//! | `error` | what can go wrong |
//! | `imports` | files that programs import, and the library |
//! | `failure` | a failed run as a diagnostic |
//! | `defaults` | the values of columns that files lack |
//! | `sizes` | what is known of relations before joins are ordered |

mod column;
pub(crate) mod defaults;
mod error;
mod exchange;
pub(crate) mod failure;
mod imports;
mod natives;
mod node;
mod program;
mod row;
mod session;
pub(crate) mod sizes;
mod value;

pub use column::Cell;
pub use column::FromColumn;
pub use column::Slot;
pub use column::ToColumn;
pub use column::Typed;
pub use error::Diagnostics;
pub use error::Error;
pub use imports::Imports;
pub use natives::Added;
pub use natives::Grows;
pub use natives::Native;
pub use natives::Natives;
pub use natives::Param;
pub use natives::Returns;
pub use node::DeadLetter;
pub use node::Effects;
pub use node::Node;
pub use node::NodeBuilder;
pub use program::Builder;
pub use program::Program;
pub use row::FromRow;
pub use row::Row;
pub use session::Session;
pub use value::Value;

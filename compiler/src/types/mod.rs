//! Types: what every value is, how lattice columns merge, and the typed program.
//!
//! | room | owns |
//! |---|---|
//! | `ty` | types of values, lattices of columns |
//! | `typed` | the typed program |
//! | `tested` | what tests add to it, apart and together |
//! | `enums` | what follows from an enum's declaration |
//! | `parts` | the direct parts of its expressions |
//! | `builtins` `functions` | the functions of the language |
//! | `forms` | patterns and forms of times that stand as literals |
//! | `infer` | the order of the steps below |
//! | `schema` | declared types, roles of columns |
//! | `constants` `groups` | what is typed on its own, what together |
//! | `context` `unify` `deferred` | what inference carries |
//! | `exprs` `operators` `access` `patterns` `aggregates` `bodies` | the first look: types |
//! | `elaborate` `elaborate_bodies` `elaborate_enums` `narrow` `precise` `matches` | the second: signs, coverage, the tree |
//! | `judge` | safety, order, growth, what each kind of collection may hold |
//! | `report` | words for mismatches |
//! | `text` | the typed program as text |

pub mod builtins;
pub mod infer;
pub mod judge;
mod lattices;
pub mod parts;
pub mod tested;
pub mod text;
pub mod ty;
pub mod typed;
mod typed_exprs;

mod access;
mod aggregates;
mod bodies;
mod constants;
mod context;
mod deferred;
mod elaborate;
mod elaborate_bodies;
mod elaborate_enums;
mod enums;
mod exprs;
mod forms;
mod functions;
mod groups;
mod matches;
mod narrow;
mod operators;
mod patterns;
mod precise;
mod report;
mod schema;
mod unify;

//! From a typed program to an execution plan: plain data, checked by its own rules.
//!
//! | room | what it owns |
//! |---|---|
//! | `ir`, `code` | the plan |
//! | `types`, `layout` | types by number; columns and hidden relations |
//! | `alternatives`, `normal`, `elements`, `goals` | bodies as goals that can be put in any order |
//! | `fallible` | what can fail |
//! | `join` | the order of goals |
//! | `scalar`, `patterns` | register code |
//! | `lower`, `each`, `negation`, `emit` | goals to steps |
//! | `rules`, `aggregate`, `cells` | rules to variants |
//! | `stages` | strata of the plan |
//! | `validate`, `text` | checking and showing a plan |

pub mod ir;
pub mod text;
pub mod validate;

mod aggregate;
mod alternatives;
mod build;
mod cells;
mod code;
mod context;
mod each;
mod elements;
mod emit;
mod fallible;
mod goals;
mod join;
mod layout;
mod lower;
mod negation;
mod normal;
mod patterns;
mod rules;
mod scalar;
mod show;
mod stages;
pub mod types;

pub use build::Sizes;
pub use build::build;
pub use text::plan_text;

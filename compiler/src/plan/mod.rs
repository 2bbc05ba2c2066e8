//! From a typed program to an execution plan: plain data, checked by its own rules.
//!
//! | room | what it owns |
//! |---|---|
//! | `ir`, `code` | the plan |
//! | `types`, `layout` | types by number; columns and hidden relations |
//! | `alternatives`, `normal`, `elements`, `goals` | bodies as goals that can be put in any order |
//! | `fallible` | what can fail |
//! | `join`, `estimate` | the order of goals, by estimated cost |
//! | `cyclic` | what is found by intersection |
//! | `scalar`, `patterns` | register code |
//! | `lower`, `each`, `meet`, `negation`, `emit` | goals to steps |
//! | `news` | rules that fire for what is new |
//! | `maintain` | programs that tick |
//! | `growing`, `matches` | aggregates inside their own recursion |
//! | `upkeep`, `deltas` | what keeps views up from tick to tick |
//! | `rules`, `aggregate`, `cells`, `choices` | rules to variants |
//! | `stages` | strata of the plan |
//! | `spread` | a program over many workers |
//! | `groups` | what waits for what |
//! | `views`, `chosen` | rules over state as a dataflow can follow them; where it was asked for |
//! | `flow` | what can be found while rows still come |
//! | `validate`, `text` | checking and showing a plan |

pub mod flow;
pub mod groups;
pub mod ir;
pub mod spread;
pub mod text;
pub mod upkeep;
pub mod validate;

mod aggregate;
mod alternatives;
mod build;
mod cells;
mod choices;
pub mod chosen;
mod code;
mod context;
mod cyclic;
mod deltas;
mod each;
mod elements;
mod emit;
mod estimate;
mod fallible;
mod goals;
mod growing;
mod join;
mod layout;
mod lower;
pub mod maintain;
mod matches;
mod meet;
mod negation;
mod news;
mod normal;
mod patterns;
mod rules;
mod scalar;
mod show;
mod stages;
pub mod types;
pub mod views;

pub use build::Sizes;
pub use build::build;
pub use text::follows;
pub use text::plan_text;

//! From the tree as written to the resolved program: every name an id, sugar
//! off, rules numbered. Names never fail: what is wrong becomes a diagnostic
//! and an `Error` node that later phases pass over in silence.
//!
//! | room | owns |
//! |---|---|
//! | `hir` | the resolved tree |
//! | `words` | names that the language itself gives a meaning |
//! | `modules` | modules and imports, expanded before all else |
//! | `roles` | a program with roles taken apart, `@role` |
//! | `scope` | which name means what, poisoned names, variables of one rule |
//! | `resolve` | the order of the passes, and reporting |
//! | `collect` | declarations: ids, duplicates |
//! | `aliases` | other names of types, and lattices with parameters |
//! | `types` | written types to resolved ones, aliases expanded |
//! | `native` | functions that are not written in the language |
//! | `recursion` | types that hold values of themselves |
//! | `columns` | columns of collections, `like`, views declared by a rule |
//! | `values` | constants, `--set`, functions, and their cycles |
//! | `lower` | rules: heads, and the checks at a rule's end |
//! | `literals` | bodies: atoms, negation, alternatives, bindings |
//! | `patterns` | what stands in an atom's place or left of `=` |
//! | `exprs` `calls` | values, and what is written with parentheses or braces |
//! | `time` `marks` `firing` | rules over time as ordinary rules, marks of events |
//! | `heads` | what a head may say |
//! | `draws` | `fresh()` and `random(e)` as functions of the tick's seed |
//! | `walk` | going through expressions and patterns |
//! | `tests` `wanted` `steps` | tests: statements, rows given and expected, what they become |
//! | `scenarios` | tests of many nodes |
//! | `refuse` | what is left out |
//! | `attributes` | `@plan` |
//! | `upkeep` | who keeps views up |
//! | `acceptances` | what outputs promise, and what is accepted |
//! | `occurrences` | where each name stands, for editors |
//! | `text` | the resolved program as text |

mod acceptances;
mod aliases;
mod attributes;
mod calls;
mod collect;
mod columns;
mod draws;
mod exprs;
pub mod firing;
mod heads;
pub mod hir;
mod literals;
mod lower;
mod marks;
pub mod modules;
pub mod native;
pub mod occurrences;
mod patterns;
mod recursion;
mod refuse;
mod rels;
mod resolve;
pub mod roles;
pub mod scenarios;
mod scope;
mod steps;
mod tests;
mod text;
mod time;
mod types;
mod upkeep;
mod values;
mod walk;
mod wanted;
pub mod words;

pub use resolve::Options;
pub use resolve::resolve;
pub use text::names_text;

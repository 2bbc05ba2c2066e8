//! The kernel: runs a plan over flat rows, in one thread, without clock, disk
//! or network (the deadline of a run aside).
//!
//! | room | owns |
//! |---|---|
//! | `rows`, `members`, `relation` | rows, which ones are there, windows, marks |
//! | `index`, `intersect`, `owners` | rows by columns, lists in order; whole values of set and map columns |
//! | `link` | a plan made ready to run |
//! | `scalar`, `functions`, `natives` | expressions |
//! | `steps`, `group`, `sink`, `aggregate`, `exact` | the nested loop and where it ends |
//! | `fixpoint`, `failure`, `budget` | strata, what fails, what a run may spend |
//! | `share`, `arrivals` | what is whose where many workers run one program; rows from elsewhere |
//! | `ranks` | in which round rows came, where somebody asks |
//! | `profile` | where time goes, where somebody asks |
//! | `machine`, `ticks` | ticks, one after the other |
//! | `maintain`, `views` | views that follow what changed, by counting and by dataflows |
//! | `engine`, `stats`, `sketch` | the whole, from outside |

mod aggregate;
mod arrivals;
mod budget;
mod engine;
mod exact;
mod failure;
mod fixpoint;
mod functions;
mod group;
pub mod index;
mod intersect;
mod link;
mod machine;
mod maintain;
pub mod members;
mod natives;
mod news;
mod owners;
mod points;
mod profile;
mod ranks;
pub mod relation;
pub mod rows;
mod scalar;
pub mod share;
mod sink;
mod sketch;
mod stats;
mod steps;
mod ticks;
mod views;

pub use budget::Limits;
pub use budget::Pulse;
pub use budget::Together;
pub use engine::Engine;
pub use engine::Loaded;
pub use failure::Failure;
pub use fixpoint::Planner;
pub use fixpoint::Shift;
pub use machine::Machine;
pub use machine::Rows;
pub use machine::TickEnd;
pub use machine::TickInput;
pub use natives::Natives;
pub use profile::Profile;
pub use profile::RuleProfile;
pub use profile::StratumProfile;
pub use profile::VariantProfile;
pub use ranks::Ranks;
pub use sketch::Sketch;
pub use stats::RelationStats;
pub use stats::RuleStats;
pub use stats::Stats;
pub use ticks::drive::How;
pub use ticks::mirror::Told;
pub use ticks::pieces::Vote;
pub use views::Choice;
pub use views::IS_THERE as DATAFLOWS_ARE_THERE;
pub use views::unfollowed;

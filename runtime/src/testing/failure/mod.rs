//! A failing run of many nodes, made fit to be read: the least of it that still
//! fails, what happened in it, and why what is wrong is so, across nodes. How it
//! is drawn is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `shrink` | fewer and smaller decisions that break the test all the same |
//! | `history` | the run once more, tick by tick; any tick with its rounds |
//! | `messages` | where each message was sent, and what became of it |
//! | `load` | values back in an engine |
//! | `story` | why something is so, or is not, as data |
//! | `lineage` | why a row is there |
//! | `gaps` | why a row is not there |
//! | `root` | from rows over all nodes to rows of one |
//! | `rules` | the rules to look at |
//! | `chart`, `rows`, `flights` | a sequence chart as data, its rows, and which arrival ends which sending |
//! | `decisions` | what chance decided, in words |
//! | `file` | decisions as a file |
//! | `times` | times in words |
//! | `report` | all of it |

mod chart;
mod decisions;
pub mod file;
mod flights;
mod gaps;
mod history;
mod lineage;
mod load;
mod messages;
mod report;
mod root;
mod rows;
mod rules;
mod shrink;
mod story;
mod times;

pub use chart::Chart;
pub use chart::Ending;
pub use chart::Mark;
pub use chart::Row;
pub use chart::What;
pub use decisions::Decision;
pub use report::Charts;
pub use report::Report;
pub use report::Shrinking;
pub use shrink::RUNS;
pub use story::Attempt;
pub use story::Fact;
pub use story::Failing;
pub use story::Gap;
pub use story::Given;
pub use story::How;
pub use story::Moment;
pub use story::Origin;
pub use story::Premise;
pub use story::Remark;
pub use story::Story;
pub use times::time;

//! Tests of many nodes: the nodes of a test run in a world of their own, run
//! after run, and after every tick the rows of all nodes are held against what
//! the test says. A run is a function of its seed. How results are shown is
//! not known here.
//!
//! | room | owns |
//! |---|---|
//! | `bind` | a test, made ready: who plays, what happens, what they are given |
//! | `checks` | what a test looks at, as a small program over the rows of all nodes |
//! | `judge` | these rows during a run, and the first thing that does not hold |
//! | `words` | words of one interner as those of another |
//! | `second` | the same looks by the slow evaluator |
//! | `player` | one thread's means to run a test again and again |
//! | `hunt` | which runs are tried, and the least seed that is broken |
//! | `search` | runs that are not by chance: all of them, or those that promise most |
//! | `broken` | what became of a run, as data |
//! | `told` | what did not hold, in words and with its derivation |

mod bind;
mod broken;
mod checks;
mod hunt;
mod judge;
mod player;
mod search;
mod second;
mod told;
mod words;

pub use bind::Play;
pub use broken::Broken;
pub use broken::Counts;
pub use broken::Outcome;
pub use broken::Shown;
pub use broken::Told;
pub use broken::What;
pub use broken::instant;
pub use hunt::Caught;
pub use hunt::Wish;
pub use hunt::hunt;
pub use player::Player;
pub use search::Searched;
pub use search::Way;
pub use search::guided;
pub use search::lineage;
pub use search::lockstep;
pub use search::orders;

//! Tests of many nodes gone through as a whole, or by what is learnt on the way,
//! instead of seed by seed. What is found is played once more in a world like
//! any other, so that it is told, drawn and made small as any other failure.
//!
//! | room | owns |
//! |---|---|
//! | `stand` | the nodes of a test and its properties, as searches need them |
//! | `steps` | all runs in steps within bounds |
//! | `orders` | all orders in which messages arrive |
//! | `chance` | runs that are chosen by what the runs before showed |
//! | `said` | what was covered and what was found, in words |

mod chance;
mod orders;
mod said;
mod stand;
mod steps;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;

use crate::search::Trouble;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::Broken;

pub use chance::guided;
pub use chance::lineage;
pub use orders::orders;
pub use steps::Way;
pub use steps::lockstep;

/// What came of a search.
#[derive(Debug)]
pub struct Searched {
    /// What was covered, in a few words: of a search that found nothing, what
    /// is proved.
    pub covered: String,
    /// What has to happen for the failure, a line each.
    pub happens: Vec<String>,
    /// What did not hold. The story of the test is then the one in which that
    /// is so.
    pub broken: Option<Box<Broken>>,
    /// Whether that run is made of choices alone, so that a file of them is all
    /// that it needs.
    pub is_of_choices: bool,
    /// Runs that were made; of a proof, what they stand for.
    pub runs: u128,
}

/// Why a test cannot be gone through.
fn refused(play: &Play<'_>, trouble: Trouble) -> Box<Diagnostic> {
    let span = play.written().map(|test| test.title_span).unwrap_or_default();
    let (title, why) = match trouble {
        Trouble::TooLarge(why) => ("this test is too large to be gone through as a whole", why),
        Trouble::NotYet(why) => ("not supported yet: a search of this test", why),
    };
    Box::new(
        Diagnostic::error(codes::LIMIT_REACHED, span, title)
            .at("in this test")
            .note(why)
            .help("seeds try any test: `bloom test --seeds 10000`"),
    )
}

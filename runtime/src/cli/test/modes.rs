//! Searches of tests of many nodes that are not by chance, as the command line
//! wants them. What a search does is not known here.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::names::scenarios::Steps;
use clap::Args;

use crate::testing::nodes::Play;
use crate::testing::nodes::Searched;
use crate::testing::nodes::Way;
use crate::testing::nodes::guided;
use crate::testing::nodes::lineage;
use crate::testing::nodes::lockstep;
use crate::testing::nodes::orders;

/// Which runs are tried, other than seed by seed.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Tests of many nodes, not by chance")]
pub struct ModeArgs {
    /// Go through all that can happen in steps
    #[arg(long, value_name = "6,3,1", value_parser = steps)]
    #[arg(conflicts_with_all = ["exhaustive", "guided", "choices", "save_choices", "seed", "seeds"])]
    lockstep: Option<Steps>,
    /// Take away first what a good run rests on
    #[arg(long, conflicts_with_all = ["exhaustive", "guided", "choices"])]
    lineage: bool,
    /// Go through all orders in which messages arrive
    #[arg(long, conflicts_with_all = ["guided", "choices", "save_choices", "seed", "seeds"])]
    exhaustive: bool,
    /// Try what is like runs that did something new
    #[arg(long, conflicts_with_all = ["choices", "time"])]
    guided: bool,
}

/// `6,3,1`
fn steps(text: &str) -> Result<Steps, String> {
    let form = "write the last step, the last one with losses, and the crashes: 6,3,1";
    let numbers: Vec<u32> = text.split(',').map_while(|part| part.trim().parse().ok()).collect();
    match numbers[..] {
        [last, losses, crashes] if text.matches(',').count() == 2 => {
            Steps { last, losses, crashes }.check()
        }
        _ => Err(form.to_owned()),
    }
}

impl ModeArgs {
    /// What the command line has to say for the same search.
    pub fn again(&self) -> String {
        let mut out = String::new();
        if let Some(Steps { last, losses, crashes }) = self.lockstep {
            out.push_str(&format!(" --lockstep {last},{losses},{crashes}"));
        }
        let flags =
            [(self.lineage, "lineage"), (self.exhaustive, "exhaustive"), (self.guided, "guided")];
        for (_, name) in flags.iter().filter(|(is_on, _)| *is_on) {
            out.push_str(&format!(" --{name}"));
        }
        out
    }

    /// Whether seeds are tried after a search that found nothing.
    pub fn then_seeds(&self, play: &Play<'_>) -> bool {
        self.lineage && self.lockstep.is_none() && play.steps().is_none()
    }

    /// Searches a test, if it is not to be run seed by seed. A search may find
    /// nothing and prove nothing either.
    pub fn search(
        &self,
        play: &mut Play<'_>,
        seeds: Option<u64>,
        seed: Option<u64>,
    ) -> Option<Result<Searched, Box<Diagnostic>>> {
        let runs = seeds.unwrap_or(play.seeds);
        let steps = self.lockstep.or_else(|| play.steps());
        let way = if self.lineage { Way::Lineage } else { Way::All };
        match steps {
            _ if self.exhaustive => Some(orders(play)),
            _ if self.guided => Some(guided(play, runs, seed.unwrap_or(1))),
            Some(steps) => Some(lockstep(play, steps, way)),
            None if self.lineage => Some(lineage(play, runs)),
            None => None,
        }
    }
}

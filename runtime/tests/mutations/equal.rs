//! A run is a function of its seed: the same seed gives the same trace, in whatever order seeds are
//! tried, in one process or another, however the tool was built. What a trace is made of is not
//! known here; it comes as one number.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bloom::Limits;
use bloom::embed::Imports;
use bloom::testing::nodes::Play;
use bloom::testing::nodes::Player;
use bloom_compiler::driver;
use bloom_compiler::driver::Scenarios;
use libtest_mimic::Failed;

use crate::wanted;

/// Seeds of every test where nothing else is said.
const SEEDS: u64 = 3;

/// Runs every test of every protocol twice. The numbers of the runs can be kept, to be compared
/// with those of another build.
pub fn runs(folders: &[PathBuf]) -> Result<(), Failed> {
    let seeds = wanted("BLOOM_TRACE_SEEDS").unwrap_or(SEEDS);
    let mut kept = String::new();
    for folder in folders {
        let scenarios = scenarios(&folder.join("main.bloom"))?;
        for test in 0..scenarios.program.tests.list.len() {
            let title = &scenarios.program.tests.list[test].title;
            let there: Vec<u64> = (1..=seeds).collect();
            let back: Vec<u64> = (1..=seeds).rev().collect();
            let one = hashes(&scenarios, test, &there)?;
            let mut other = hashes(&scenarios, test, &back)?;
            other.reverse();
            for (seed, (one, other)) in there.iter().zip(one.iter().zip(&other)) {
                if one != other {
                    let place = folder.display();
                    return Err(format!("{place}: {title}: two runs of seed {seed} differ").into());
                }
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                writeln!(kept, "{name}\t{title}\t{seed}\t{one:032x}")?;
            }
        }
    }
    if let Some(file) = env::var_os("BLOOM_TRACE_HASHES") {
        fs::write(file, kept)?;
    }
    Ok(())
}

fn scenarios(file: &Path) -> Result<Scenarios, Failed> {
    let text = fs::read_to_string(file)?;
    let options =
        driver::Options { loader: Imports::of(file).shared(), ..driver::Options::default() };
    let compiled = driver::check("main.bloom", &text, &options);
    compiled.scenarios.ok_or_else(|| format!("{} has no tests", file.display()).into())
}

fn hashes(scenarios: &Scenarios, test: usize, seeds: &[u64]) -> Result<Vec<u128>, Failed> {
    let play = Play::new(scenarios, test, &Limits::default()).map_err(|why| why.title.clone())?;
    let mut player = Player::new(&play, false);
    let mut all = Vec::with_capacity(seeds.len());
    for seed in seeds {
        all.push(player.seeded(*seed).map_err(|why| why.title.clone())?.hash);
    }
    Ok(all)
}

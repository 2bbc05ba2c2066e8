//! Tests of many nodes: which runs the command line wants, and one test run so.
//! How results are shown is not known here.

use std::time::Duration;

use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::syntax::literals;
use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::progress::Seeds;
use crate::cli::talk::Talk;
use crate::cli::test::Suite;
use crate::cli::test::failure;
use crate::cli::test::modes::ModeArgs;
use crate::cli::test::told::Hunted;
use crate::cli::test::told::Told;
use crate::kernel::Limits;
use crate::sim::Fault;
use crate::sim::Prepared;
use crate::testing::Failed;
use crate::testing::failure::Report;
use crate::testing::failure::file::Names;
use crate::testing::nodes::Broken;
use crate::testing::nodes::Caught;
use crate::testing::nodes::Play;
use crate::testing::nodes::Player;
use crate::testing::nodes::Searched;
use crate::testing::nodes::What;
use crate::testing::nodes::Wish;
use crate::testing::nodes::hunt;

/// Which runs of tests of many nodes are tried.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Tests of many nodes")]
pub struct HuntArgs {
    /// Try so many seeds, whatever the test says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// Run this seed alone, or with --seeds from it on
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Try seeds in so many threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: u16,
    /// Try seeds until so much time has passed, such as 10m
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// Add faults that the test does not name, others with each seed
    #[arg(long)]
    swarm: bool,
    #[command(flatten)]
    modes: ModeArgs,
}

/// A duration as the language writes it.
fn time(text: &str) -> Result<Duration, String> {
    let nanos = literals::nanoseconds(text).and_then(|nanos| u64::try_from(nanos).ok());
    let time = nanos.filter(|nanos| *nanos > 0).map(Duration::from_nanos);
    time.ok_or_else(|| "a time is written 30s, 10m or 2h".to_owned())
}

impl HuntArgs {
    fn wish(&self, oracle: bool) -> Wish {
        Wish {
            seeds: self.seeds,
            seed: self.seed,
            choices: None,
            jobs: usize::from(self.jobs),
            time: self.time,
            oracle,
        }
    }
}

/// Runs a test; `told` is what is known of it before.
pub fn run<'s>(
    suite: &'s Suite,
    test: usize,
    told: Told<'s>,
    limits: &Limits,
    talk: &Talk,
) -> Result<Option<Told<'s>>, Exit> {
    let Some(scenarios) = suite.tested.scenarios.as_ref() else { return Ok(None) };
    let failed = |diagnostic| Some(Box::new(Failed { diagnostic, rows: Vec::new(), why: None }));
    let mut play = match Play::new(scenarios, test, limits) {
        Ok(play) => play,
        Err(why) => return Ok(Some(Told { failed: failed(*why), ..told })),
    };
    play.cast.workers = suite.workers;
    play.cast.views = suite.views;
    let wish = wish(suite, &mut play, &told, talk)?;
    let mut covered = None;
    if wish.choices.is_none()
        && let Some(found) = suite.hunt.modes.search(&mut play, wish.seeds, wish.seed)
    {
        match found {
            Ok(found) if found.broken.is_none() && suite.hunt.modes.then_seeds(&play) => {
                covered = Some(found.covered);
            }
            Ok(found) => return Ok(Some(by_search(suite, told, &play, found))),
            Err(why) => return Ok(Some(Told { failed: failed(*why), ..told })),
        }
    }
    let line = Seeds::new(talk, told.title);
    let caught = hunt(&play, &wish, &|caught: &Caught| line.show(caught, &play));
    line.finish();
    let caught = match caught {
        Ok(caught) => caught,
        Err(why) => return Ok(Some(Told { failed: failed(*why), ..told })),
    };
    let again = caught.broken.as_ref().map(|broken| again(suite, &told, broken, &play));
    let hunted = Hunted {
        runs: caught.runs,
        events: caught.events,
        faults: faults(&play),
        missed: missed(&play, &caught.reached),
        seed: caught.broken.as_ref().map(|broken| broken.seed),
        again,
        covered,
    };
    let Some(broken) = caught.broken else {
        return Ok(Some(Told { hunted: Some(hunted), ..told }));
    };
    let (failed, report) = reported(suite, &play, &broken);
    Ok(Some(Told { failed, hunted: Some(hunted), report, ..told }))
}

/// What there is to say of a broken run.
fn reported(
    suite: &Suite,
    play: &Play<'_>,
    broken: &Broken,
) -> (Option<Box<Failed>>, Option<Box<Report>>) {
    let mut player = Player::new(play, suite.oracle);
    match Report::of(&mut player, broken, suite.failure.shrink) {
        Ok(report) => (Some(Box::new(report.failed.clone())), Some(Box::new(report))),
        Err(why) => {
            (Some(Box::new(Failed { diagnostic: *why, rows: Vec::new(), why: None })), None)
        }
    }
}

/// What came of a search that is not seed by seed.
fn by_search<'s>(suite: &Suite, told: Told<'s>, play: &Play<'_>, found: Searched) -> Told<'s> {
    let swarm = if play.story.settings.swarm { " --swarm" } else { "" };
    let (file, title) = (quoted(&suite.name), quoted(told.title));
    let flags = suite.hunt.modes.again();
    let again = format!("bloom test {file} --filter {title}{flags}{swarm}");
    let hunted = Hunted {
        runs: u64::try_from(found.runs).unwrap_or(u64::MAX),
        events: 0,
        faults: faults(play),
        missed: 0,
        seed: found.broken.as_ref().map(|broken| broken.seed).filter(|_| found.is_of_choices),
        again: found.broken.is_some().then_some(again),
        covered: Some(found.covered),
    };
    let Some(broken) = found.broken else { return Told { hunted: Some(hunted), ..told } };
    let (mut failed, report) = reported(suite, play, &broken);
    if let (Some(failed), false) = (&mut failed, found.happens.is_empty()) {
        failed.diagnostic = failed.diagnostic.clone().note(found.happens.join(" "));
    }
    Told { failed, hunted: Some(hunted), report, ..told }
}

/// Which runs are tried: those that the command line says, or the one that a file
/// has the decisions of.
fn wish(suite: &Suite, play: &mut Play<'_>, told: &Told<'_>, talk: &Talk) -> Result<Wish, Exit> {
    play.story.settings.swarm = suite.hunt.swarm;
    let wish = suite.hunt.wish(suite.oracle);
    let (Some(path), Some(file)) = (&suite.failure.choices, &suite.choices) else {
        return Ok(wish);
    };
    failure::heed(file, told, talk);
    play.story.settings.swarm |= file.head.swarm;
    let nodes: Vec<String> = play.cast.nodes.iter().map(|node| node.name.clone()).collect();
    let prepared = Prepared::new(&play.cast);
    let names = Names { nodes: &nodes, channels: prepared.channels() };
    let choices = file.choices(names).map_err(|wrong| failure::said(path, &wrong, talk))?;
    Ok(Wish { choices: Some(choices), seed: Some(file.head.seed), ..wish })
}

/// Properties that some run must reach, and none of these did.
fn missed(play: &Play<'_>, reached: &[u64]) -> usize {
    let all = play.properties().iter().zip(reached);
    all.filter(|(property, runs)| property.mode == Mode::Sometimes && **runs == 0).count()
}

/// Lines of the test that let something fail: what is only slow does not count.
fn faults(play: &Play<'_>) -> usize {
    play.story.faults.iter().filter(|fault| !matches!(fault, Fault::Delay { .. })).count()
}

/// The command that runs a broken run alone.
fn again(suite: &Suite, told: &Told<'_>, broken: &Broken, play: &Play<'_>) -> String {
    let swarm = if play.story.settings.swarm { " --swarm" } else { "" };
    let (file, title, seed) = (quoted(&suite.name), quoted(told.title), broken.seed);
    let set: String = suite.set.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    if let (Some(path), Some(_)) = (&suite.failure.choices, &suite.choices) {
        return format!("bloom test {file} --choices {}{set}", quoted(&path.display().to_string()));
    }
    // Whether something is never reached is seen by all runs together.
    let seed = match broken.what {
        What::Property(at)
            if play.properties().get(at).is_some_and(|p| p.mode == Mode::Sometimes) =>
        {
            String::new()
        }
        _ => format!(" --seed {seed}"),
    };
    format!("bloom test {file} --filter {title}{seed}{swarm}{set}")
}

/// A word of a command line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

//! A test gone through in steps: what is sent in one arrives in the next or is
//! lost, and nodes that stop have stopped for ever. A counterexample is played
//! once more in a world whose messages take one step, with these losses and
//! crashes and no others.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::names::scenarios::Steps;

use crate::search;
use crate::search::Bounds;
use crate::search::Content;
use crate::search::Fault;
use crate::search::Run;
use crate::search::Trouble;
use crate::sim;
use crate::sim::Door;
use crate::sim::Key;
use crate::sim::Map;
use crate::sim::Story;
use crate::sim::When;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::SEARCHED;
use crate::testing::nodes::hunt;
use crate::testing::nodes::player::Player;
use crate::testing::nodes::search::Searched;
use crate::testing::nodes::search::refused;
use crate::testing::nodes::search::said;
use crate::testing::nodes::search::stand::Stand;

/// Nanoseconds of a step.
pub const STEP: i64 = 1_000_000;

/// How bounds are gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// All that can happen, step by step; equal states go on once.
    All,
    /// By what good runs rest on.
    Lineage,
}

/// Goes through a test in steps. A counterexample changes its story.
pub fn lockstep(play: &mut Play<'_>, steps: Steps, way: Way) -> Result<Searched, Box<Diagnostic>> {
    let bounds = Bounds { last: steps.last, losses: steps.losses, crashes: steps.crashes };
    let late = play.story.gifts.iter().find(|gift| gift.at / STEP > i64::from(steps.last));
    if late.is_some() {
        let why = format!(
            "it gives something to a node after the last step; a step is 1ms, and the last one is \
             at {}ms",
            steps.last
        );
        return Err(refused(play, Trouble::NotYet(why)));
    }
    let found = search(play, bounds, way).map_err(|trouble| refused(play, trouble))?;
    let Found { covered, runs, reached, counterexample } = found;
    let Some((run, faults)) = counterexample else {
        let reached: Vec<u64> = reached.into_iter().map(u64::from).collect();
        let broken = hunt::never(play, &reached, SEARCHED)?;
        return Ok(Searched { is_of_choices: false, covered, happens: Vec::new(), broken, runs });
    };
    let happens = said::faults(play, &faults);
    let choices = retold(play, bounds, &run, &faults);
    let outcome = Player::new(play, false).replay(&choices, SEARCHED)?;
    if outcome.broken.is_none() {
        return Err(said::only_in_steps(play, &happens));
    }
    Ok(Searched { is_of_choices: false, covered, happens, broken: outcome.broken, runs })
}

struct Found {
    covered: String,
    runs: u128,
    reached: Vec<bool>,
    counterexample: Option<(Told, BTreeSet<Fault>)>,
}

/// The messages of a run: for each that was lost, its key.
struct Told {
    lost: Vec<Key>,
}

fn search(play: &Play<'_>, bounds: Bounds, way: Way) -> Result<Found, Trouble> {
    let mut stand = Stand::new(play, STEP, true)?;
    let (counterexample, runs, covered) = match way {
        Way::All => {
            let found = search::lockstep(&mut stand, bounds)?;
            let covered = said::steps(bounds, &found, stand.troupe.made());
            (found.counterexample, found.combinations, covered)
        }
        Way::Lineage => {
            let found = search::lineage(&mut stand, bounds)?;
            let covered = said::lineage(bounds, &found, stand.troupe.made());
            (found.counterexample, u128::from(found.runs), covered)
        }
    };
    let counterexample = match counterexample {
        Some((faults, _)) => {
            let run = search::play(&mut stand, bounds.last, &faults)?;
            Some((Told { lost: lost(&stand, &run) }, faults))
        }
        None => None,
    };
    Ok(Found { covered, runs, reached: stand.reached, counterexample })
}

/// The keys of the messages of a run that are lost.
fn lost(stand: &Stand<'_>, run: &Run) -> Vec<Key> {
    let mut count: BTreeMap<(usize, usize, u32), u64> = BTreeMap::new();
    let mut keys = Vec::new();
    for (at, step) in run.steps.iter().enumerate() {
        let next = run.steps.get(at + 1);
        for moved in step.moves.iter().flatten() {
            for (to, parcel) in &moved.sent {
                let Some(Content::Message { from, channel, .. }) = stand.troupe.content(*parcel)
                else {
                    continue;
                };
                let nth = count.entry((*from, *to, *channel)).or_default();
                let gone = next.and_then(|next| next.lost.get(&(*from, *to)));
                if gone.is_some_and(|gone| gone.contains(parcel)) {
                    let (who, whom) = (*from as u32, *to as u32);
                    let (channel, nth) = (*channel, *nth);
                    keys.push(Key { door: Door::Loss, who, whom, channel, nth, again: 0 });
                }
                *nth += 1;
            }
        }
    }
    keys
}

/// Makes the story of a test that of its run in steps; the decisions.
fn retold(play: &mut Play<'_>, bounds: Bounds, run: &Told, faults: &BTreeSet<Fault>) -> Map {
    let crash = |fault: &Fault| match fault {
        Fault::Crash { step, node } => Some(sim::Fault::Crash {
            nodes: vec![*node],
            when: When { at: Some(STEP * i64::from(*step)), lasts: Some(i64::MAX) },
            amnesia: false,
        }),
        Fault::Loss { .. } => None,
    };
    let mut story = Story {
        faults: faults.iter().filter_map(crash).collect(),
        gifts: play.story.gifts.clone(),
        settings: play.story.settings.clone(),
    };
    for gift in &mut story.gifts {
        gift.at -= gift.at % STEP;
    }
    let settings = &mut story.settings;
    (settings.delay, settings.sync, settings.gather) = ((STEP, STEP), (0, 0), 0);
    (settings.batch, settings.swarm) = (usize::MAX, false);
    (settings.liveness, settings.until) = (None, STEP * i64::from(bounds.last));
    play.story = story;
    run.lost.iter().map(|key| (*key, 1)).collect()
}

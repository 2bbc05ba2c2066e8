//! Runs of a test that are chosen by what the runs before showed: those that
//! are like the ones in which something was new, and those in which something
//! is missing that a good run rested on. Both are runs of the simulator like
//! any other, made of decisions.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::types::judge::atoms;
use bloom_compiler::types::typed;

use crate::search;
use crate::search::Guide;
use crate::search::Hunt;
use crate::search::Ran;
use crate::sim::Choices;
use crate::sim::Door;
use crate::sim::Fault;
use crate::sim::Happening;
use crate::sim::Key;
use crate::sim::Map;
use crate::sim::Prepared;
use crate::sim::Story;
use crate::sim::What;
use crate::sim::World;
use crate::testing::nodes::bind::Play;
use crate::testing::nodes::broken::Outcome;
use crate::testing::nodes::broken::SEARCHED;
use crate::testing::nodes::player::Player;
use crate::testing::nodes::search::Searched;
use crate::testing::nodes::search::said;

/// What stands for an event of the test among the kinds of messages.
const GIFT: u64 = 1 << 32;
/// What stands for something that came by itself.
const ITSELF: u64 = GIFT + 1;

/// The faults of single messages and nodes that a test allows.
fn doors(play: &Play<'_>) -> Vec<Door> {
    let swarm = play.story.settings.swarm;
    let has = |wanted: fn(&Fault) -> bool| swarm || play.story.faults.iter().any(wanted);
    let mut doors = Vec::new();
    if has(|fault| matches!(fault, Fault::Loss(_) | Fault::Partition { .. })) {
        doors.push(Door::Loss);
    }
    if has(|fault| matches!(fault, Fault::Duplicate(_))) {
        doors.push(Door::Duplicate);
    }
    doors
}

/// Runs a test by what was new in the runs before.
pub fn guided(play: &mut Play<'_>, runs: u64, seed: u64) -> Result<Searched, Box<Diagnostic>> {
    let doors = doors(play);
    let mut guide = Guide::new(seed, doors);
    let mut story = play.story.clone();
    story.settings.traced = true;
    let mut runner = Runner { player: Player::new(play, false), story };
    let found = search::hunt(&mut runner, &mut guide, runs)?;
    let covered = said::guided(&guide);
    let broken = match found {
        None => None,
        Some((map, secret)) => runner.player.replay(&map, secret)?.broken,
    };
    let runs = u128::from(guide.runs());
    Ok(Searched { is_of_choices: true, covered, happens: Vec::new(), broken, runs })
}

/// Runs a test with its trace.
struct Runner<'a> {
    player: Player<'a>,
    story: Story,
}

impl Hunt for Runner<'_> {
    type Trouble = Box<Diagnostic>;

    fn run(&mut self, choices: Choices) -> Result<Ran, Box<Diagnostic>> {
        let (outcome, mut world) = self.player.world(0, &self.story, choices)?;
        let features = features(&outcome, &mut world, self.player.play.cast.nodes.len());
        Ok(Ran { broken: outcome.broken.is_some(), features, made: world.choices().made() })
    }
}

/// What a run did: which kinds of messages followed each other at which node,
/// which rules found how much, which properties were reached.
fn features(outcome: &Outcome, world: &mut World, nodes: usize) -> Vec<u64> {
    let mut counts: BTreeMap<[u64; 4], u64> = BTreeMap::new();
    let mut before = vec![ITSELF; nodes];
    let mut channels: BTreeMap<u64, u64> = BTreeMap::new();
    for happening in world.trace() {
        match &happening.what {
            What::Sent { message, channel, .. } => {
                channels.insert(*message, u64::from(*channel));
            }
            What::Took { messages, gifts, .. } => {
                let kinds = messages.iter().map(|id| channels.get(id).copied().unwrap_or(ITSELF));
                let mut kinds: Vec<u64> = kinds.chain(gifts.iter().map(|_| GIFT)).collect();
                if kinds.is_empty() {
                    kinds.push(ITSELF);
                }
                for kind in kinds {
                    let pair = [0, happening.node as u64, before[happening.node], kind];
                    *counts.entry(pair).or_default() += 1;
                    before[happening.node] = kind;
                }
            }
            What::Down { .. } => {
                *counts
                    .entry([1, happening.node as u64, before[happening.node], 0])
                    .or_default() += 1;
            }
            _ => {}
        }
    }
    for node in 0..nodes {
        let Some(of) = world.node(node) else { continue };
        for rule in of.engine().rules() {
            let times = counts.entry([2, node as u64, u64::from(rule.source), 0]).or_default();
            *times += rule.matches;
        }
    }
    for (at, _) in outcome.reached.iter().enumerate().filter(|(_, reached)| **reached) {
        counts.insert([3, at as u64, 0, 0], 1);
    }
    // How often: a few times by number, more to the next power of two.
    let bucket = |times: u64| match times {
        0..=8 => times,
        _ => u64::from(8 + u64::BITS - times.leading_zeros()),
    };
    counts.into_iter().map(|(what, times)| number(what, bucket(times))).collect()
}

fn number(what: [u64; 4], times: u64) -> u64 {
    what.into_iter().chain([times]).fold(0xcbf2_9ce4_8422_2325, |hash, part| {
        (hash ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
    })
}

/// Runs a test by what its good runs rest on, fewest faults first; then nothing
/// is left, or so many runs were made.
pub fn lineage(play: &mut Play<'_>, runs: u64) -> Result<Searched, Box<Diagnostic>> {
    let mut story = play.story.clone();
    story.settings.traced = true;
    let taking = Taking::of(play);
    if taking.is_idle() {
        let (covered, happens) = (said::idle(), Vec::new());
        return Ok(Searched { is_of_choices: true, covered, happens, broken: None, runs: 0 });
    }
    let mut player = Player::new(play, false);
    let mut waiting = VecDeque::from([Map::new()]);
    let mut met: BTreeSet<Vec<(Key, u64)>> = BTreeSet::new();
    let mut made = 0;
    let mut broken = None;
    while let Some(map) = waiting.pop_front() {
        if made == runs {
            waiting.push_front(map);
            break;
        }
        made += 1;
        let (outcome, world) =
            player.world(SEARCHED, &story, Choices::of(&map, SEARCHED).recorded())?;
        if outcome.broken.is_some() {
            broken = player.replay(&map, SEARCHED)?.broken;
            break;
        }
        for (key, value) in taking.candidates(world.trace(), &map) {
            let mut more = map.clone();
            more.insert(key, value);
            let name: Vec<(Key, u64)> = more.iter().map(|(key, value)| (*key, *value)).collect();
            if met.insert(name) {
                waiting.push_back(more);
            }
        }
    }
    let is_done = waiting.is_empty() && broken.is_none();
    let covered = said::taken(made, is_done);
    Ok(Searched {
        is_of_choices: true,
        covered,
        happens: Vec::new(),
        broken,
        runs: u128::from(made),
    })
}

/// What can be taken away from a run.
struct Taking {
    loses: bool,
    /// Faults of the story that stop nodes whenever they like.
    stops: Vec<usize>,
    /// Channels on which what is asked about can rest.
    channels: BTreeSet<u32>,
}

impl Taking {
    fn of(play: &Play<'_>) -> Taking {
        let is_open = |fault: &Fault| match fault {
            Fault::Crash { when, .. } | Fault::Restart { when, .. } => when.at.is_none(),
            _ => false,
        };
        let faults = play.story.faults.iter().enumerate();
        Taking {
            loses: doors(play).contains(&Door::Loss),
            stops: faults.filter(|(_, fault)| is_open(fault)).map(|(at, _)| at).collect(),
            channels: channels(play),
        }
    }

    fn is_idle(&self) -> bool {
        !self.loses && self.stops.is_empty()
    }

    /// What can be taken away from a run beside what is missing already.
    fn candidates(&self, trace: &[Happening], map: &Map) -> Vec<(Key, u64)> {
        let mut sent: BTreeMap<u64, Key> = BTreeMap::new();
        let mut found = Vec::new();
        for happening in trace {
            match &happening.what {
                What::Sent { message, to: Some(to), channel, nth, .. } => {
                    let (who, whom) = (happening.node as u32, *to as u32);
                    let (channel, nth) = (*channel, *nth);
                    let key = Key { door: Door::Loss, who, whom, channel, nth, again: 0 };
                    sent.insert(*message, key);
                }
                What::Took { messages, .. } => {
                    let keys = messages.iter().filter_map(|message| sent.get(message));
                    let rests = |key: &&Key| self.loses && self.channels.contains(&key.channel);
                    found.extend(keys.filter(rests).map(|key| (*key, 1)));
                    for fault in &self.stops {
                        let key = Key::of(Door::FaultAt, u32::MAX, *fault as u64);
                        if !map.contains_key(&key) {
                            // Just after it.
                            found.push((key, happening.at.unsigned_abs() + 1));
                        }
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// The channels on which what a test asks about can rest: those that lead, rule
/// by rule and from node to node, to what its properties read.
fn channels(play: &Play<'_>) -> BTreeSet<u32> {
    let mut programs: BTreeMap<&str, &typed::Program> = BTreeMap::new();
    for member in &play.cast.nodes {
        programs.insert(&member.role, &member.program);
    }
    let mut rests: BTreeSet<(&str, RelId)> = BTreeSet::new();
    for (role, feeds) in &play.checks.feeds {
        rests.extend(feeds.keys().map(|rel| (role.as_str(), *rel)));
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = (rests.len(), names.len());
        for (role, program) in &programs {
            for (at, rel) in program.rels.iter().enumerate() {
                let id = RelId(at as u32);
                if rel.kind == RelKind::Channel && rests.contains(&(*role, id)) {
                    names.insert(rel.name.clone());
                }
                if let RelKind::Stage(stage, target) = rel.kind {
                    let of = &program.rels[target.index()];
                    let leads = match stage {
                        Stage::Send if of.kind == RelKind::Channel => names.contains(&of.name),
                        _ => rests.contains(&(*role, target)),
                    };
                    if leads {
                        rests.insert((*role, id));
                    }
                }
            }
            for rule in &program.rules {
                if rests.contains(&(*role, rule.head)) {
                    atoms(&rule.body.lits, &mut |atom, _| {
                        rests.insert((*role, atom.rel));
                    });
                }
            }
        }
        if (rests.len(), names.len()) == before {
            break;
        }
    }
    let prepared = Prepared::new(&play.cast);
    let all = prepared.channels().iter().enumerate();
    all.filter(|(_, name)| names.contains(*name)).map(|(at, _)| at as u32).collect()
}

//! Runs that are like those in which something was new. A run is a function of
//! its decisions; a run that did something for the first time is kept, and
//! decisions of kept runs are changed, dropped and put together. Where a bug
//! needs several things to go wrong one after the other, each of them is
//! something new, and chance has to find only one at a time.

use rustc_hash::FxHashSet;

use crate::sim::Choices;
use crate::sim::Door;
use crate::sim::Key;
use crate::sim::Map;

/// Runs by chance alone before any is changed.
const FIRST_RUNS: u64 = 8;
/// One run in so many is by chance alone.
const CHANCE_EVERY: u64 = 8;
/// Changes that are made to the decisions of a run at once, at most.
const CHANGES_MOST: u64 = 4;
/// Runs that are kept.
const KEPT_MOST: usize = 2_000;
/// Decisions of all runs that are at hand to be put into another.
const POOL_MOST: usize = 20_000;

/// What a run showed.
#[derive(Clone, Debug, Default)]
pub struct Ran {
    /// Whether it broke a property.
    pub broken: bool,
    /// Things that it did, each as a number that is the same in all runs.
    pub features: Vec<u64>,
    /// Its decisions that were not 0.
    pub made: Map,
}

/// Whoever can run a test.
pub trait Hunt {
    /// Why a run is impossible.
    type Trouble;

    /// Runs it with these decisions, which are written down.
    fn run(&mut self, choices: Choices) -> Result<Ran, Self::Trouble>;
}

/// What is known of the runs so far.
pub struct Guide {
    chance: u64,
    seed: u64,
    /// Faults that the test allows, one message each.
    doors: Vec<Door>,
    kept: Vec<Kept>,
    known: FxHashSet<u64>,
    pool: Vec<(Key, u64)>,
    runs: u64,
}

struct Kept {
    map: Map,
    secret: u64,
    used: u64,
}

/// What to run next.
struct Next {
    choices: Choices,
    secret: u64,
    from: Option<usize>,
}

/// Runs until a property breaks, so many times at most: the decisions of the
/// run that broke it, and the seed of what is chance in programs.
pub fn hunt<H: Hunt>(
    hunt: &mut H,
    guide: &mut Guide,
    runs: u64,
) -> Result<Option<(Map, u64)>, H::Trouble> {
    for _ in 0..runs {
        let next = guide.next();
        let ran = hunt.run(next.choices)?;
        if ran.broken {
            guide.runs += 1;
            return Ok(Some((ran.made, next.secret)));
        }
        guide.learn(ran, next.secret, next.from);
    }
    Ok(None)
}

impl Guide {
    /// Nothing is known yet. `doors` are the faults of single messages that the
    /// test allows.
    pub fn new(seed: u64, doors: Vec<Door>) -> Guide {
        Guide {
            chance: seed,
            seed,
            doors,
            kept: Vec::new(),
            known: FxHashSet::default(),
            pool: Vec::new(),
            runs: 0,
        }
    }

    /// Runs so far.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Things that some run did.
    pub fn covered(&self) -> usize {
        self.known.len()
    }

    /// Runs that are kept.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = self.chance;
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(x ^ (x >> 31)) * bound as u128) >> 64) as usize
    }

    fn next(&mut self) -> Next {
        let by_chance = self.runs < FIRST_RUNS
            || self.kept.is_empty()
            || self.below(CHANCE_EVERY as usize) == 0;
        if by_chance {
            let secret = self.seed.wrapping_add(self.runs);
            return Next { choices: Choices::seeded(secret).recorded(), secret, from: None };
        }
        // Of two kept runs the one that was used less.
        let (one, other) = (self.below(self.kept.len()), self.below(self.kept.len()));
        let at = if self.kept[one].used <= self.kept[other].used { one } else { other };
        self.kept[at].used += 1;
        let mut map = self.kept[at].map.clone();
        let secret = self.kept[at].secret;
        for _ in 0..=self.below(CHANGES_MOST as usize) {
            self.change(&mut map);
        }
        Next { choices: Choices::of(&map, secret).recorded(), secret, from: Some(at) }
    }

    fn change(&mut self, map: &mut Map) {
        match self.below(6) {
            // A message of the run is lost, or what else may happen to it.
            0 | 1 => self.harm(map),
            // A fault happens to the message before or after.
            2 => {
                let faults: Vec<(Key, u64)> = faults(map);
                if faults.is_empty() {
                    return self.harm(map);
                }
                let (key, value) = faults[self.below(faults.len())];
                let far = 1 + self.below(2) as u64;
                let nth =
                    if self.below(2) == 0 { key.nth + far } else { key.nth.saturating_sub(far) };
                map.remove(&key);
                map.insert(Key { nth, ..key }, value);
            }
            // Something does not happen.
            3 => {
                let all: Vec<Key> = map.keys().copied().collect();
                if !all.is_empty() {
                    map.remove(&all[self.below(all.len())]);
                }
            }
            // Something happens that happened in another run.
            4 if !self.pool.is_empty() => {
                let at = self.below(self.pool.len());
                let (key, value) = self.pool[at];
                map.insert(key, value);
            }
            // The faults of another run happen as well.
            _ => {
                let other = self.below(self.kept.len());
                for (key, value) in faults(&self.kept[other].map.clone()) {
                    if self.below(2) == 0 {
                        map.insert(key, value);
                    }
                }
            }
        }
    }

    /// Does to one message of a run what the test allows.
    fn harm(&mut self, map: &mut Map) {
        let sent: Vec<Key> = map.keys().filter(|key| key.door == Door::Delay).copied().collect();
        if sent.is_empty() || self.doors.is_empty() {
            return;
        }
        let key = sent[self.below(sent.len())];
        let at = self.below(self.doors.len());
        let door = self.doors[at];
        map.insert(Key { door, ..key }, 1);
    }

    /// Takes in what a run showed; it is kept if something in it was new.
    fn learn(&mut self, ran: Ran, secret: u64, from: Option<usize>) {
        self.runs += 1;
        let mut new = false;
        for feature in &ran.features {
            new |= self.known.insert(*feature);
        }
        if !new {
            return;
        }
        if let Some(from) = from {
            // What leads to new things is worth more tries.
            self.kept[from].used = self.kept[from].used.saturating_sub(2);
        }
        let room = POOL_MOST.saturating_sub(self.pool.len());
        self.pool.extend(ran.made.iter().take(room).map(|(key, value)| (*key, *value)));
        if self.kept.len() < KEPT_MOST {
            self.kept.push(Kept { map: ran.made, secret, used: 0 });
        }
    }
}

/// The decisions of a run that are faults of single messages or of nodes.
fn faults(map: &Map) -> Vec<(Key, u64)> {
    let is_fault =
        |door: Door| matches!(door, Door::Loss | Door::Duplicate | Door::Reorder | Door::Crash);
    map.iter().filter(|(key, _)| is_fault(key.door)).map(|(key, value)| (*key, *value)).collect()
}

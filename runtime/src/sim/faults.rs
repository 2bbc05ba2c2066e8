//! The faults of a run, by time: those of the story with what they leave open
//! decided, and those that a run adds by itself. What they do is not done here.

use crate::sim::choices::Choices;
use crate::sim::choices::Door;
use crate::sim::choices::Key;
use crate::sim::choices::NONE;
use crate::sim::story::Fault;
use crate::sim::story::MS;
use crate::sim::story::SECOND;
use crate::sim::story::Story;
use crate::sim::story::When;

/// What a fault whose end is not said lasts at least, and how much more at most.
const LASTS: (i64, i64) = (10 * MS, 2 * SECOND);
/// A run without events has its faults within this time.
const SPREAD: i64 = SECOND;
/// Of each kind of fault that a story does not name, a run has at most so many.
const SWARM_EACH: u64 = 3;
/// How likely the first of a kind is, and each after it.
const SWARM_ODDS: (f64, f64) = (0.3, 0.5);
/// The worst rate at which a swarm loses, repeats or holds up messages.
const SWARM_RATE: f64 = 0.4;
/// The most that a swarm adds to clocks, chains and delays.
const SWARM_SKEW: i64 = 500 * MS;
const SWARM_SLOW: i64 = 50 * MS;
const SWARM_BURST: i64 = 200 * MS;
/// Nodes from which on a set of them is no longer told by bits.
const SETS_MAX: usize = 60;

/// What happens at a time.
#[derive(Clone, Debug)]
pub(super) enum Turn {
    Cut { number: usize, fault: Option<usize>, from: Vec<usize>, to: Vec<usize>, both: bool },
    Heal { number: usize, from: Vec<usize>, to: Vec<usize>, both: bool },
    Down { node: usize, fault: Option<usize>, amnesia: bool, for_ever: bool },
    Up { node: usize },
    Skew { node: usize, by: i64 },
    Slow { node: usize, by: i64 },
    Burst { by: i64 },
}

/// The faults of a run.
#[derive(Default)]
pub(super) struct Plan {
    /// By time, those of one time in the order of the story.
    pub turns: Vec<(i64, Turn)>,
    /// When the last of them is over; those that have no end aside.
    pub over: i64,
    /// Rates that a swarm adds: loss, duplicates, messages held up.
    pub rates: [f64; 3],
    partitions: usize,
}

/// The kinds of faults of a swarm; their numbers are part of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Loss,
    Duplicate,
    Reorder,
    Halves,
    Isolate,
    OneWay,
    Crash,
    Amnesia,
    Restart,
    Skew,
    Slow,
    Burst,
}

/// All of them, but those whose numbers are only for maps: a disk that is lost
/// breaks programs that are right.
const KINDS: [Kind; 12] = [
    Kind::Loss,
    Kind::Duplicate,
    Kind::Reorder,
    Kind::Halves,
    Kind::Isolate,
    Kind::OneWay,
    Kind::Crash,
    Kind::Amnesia,
    Kind::Restart,
    Kind::Skew,
    Kind::Slow,
    Kind::Burst,
];

impl Plan {
    /// Decides what the story leaves open.
    pub fn of(story: &Story, nodes: usize, choices: &mut Choices) -> Plan {
        let mut plan = Plan::default();
        let last = story.gifts.iter().map(|gift| gift.at).max().unwrap_or(0);
        let spread = last.saturating_add(SPREAD).max(1);
        for (number, fault) in story.faults.iter().enumerate() {
            plan.fault(number, fault, spread, choices);
        }
        if story.settings.swarm {
            for kind in KINDS {
                plan.swarm(kind, nodes, spread, choices);
            }
        }
        // A stable sort: what is due at one time stays in order.
        plan.turns.sort_by_key(|(at, _)| *at);
        plan
    }

    fn turn(&mut self, at: i64, turn: Turn) {
        self.over = self.over.max(at);
        self.turns.push((at, turn));
    }

    /// Something with an end; `None` if it has none.
    fn both(&mut self, (at, end): (i64, Option<i64>), begin: Turn, over: Turn) {
        self.turn(at, begin);
        if let Some(end) = end {
            self.turn(end, over);
        }
    }

    fn fault(&mut self, number: usize, fault: &Fault, spread: i64, choices: &mut Choices) {
        let mut when = |of: &When, lasts: bool| {
            let at = of.at.unwrap_or_else(|| {
                choices.below(Key::of(Door::FaultAt, NONE, number as u64), spread as u64) as i64
            });
            let end = match of.lasts {
                _ if !lasts => Some(at),
                Some(i64::MAX) => None,
                Some(lasts) => Some(at.saturating_add(lasts)),
                None => {
                    let key = Key::of(Door::FaultFor, NONE, number as u64);
                    Some(at + LASTS.0 + choices.below(key, LASTS.1 as u64) as i64)
                }
            };
            (at, end)
        };
        match fault {
            Fault::Partition { one, other, both, when: of } => {
                let when = when(of, true);
                self.partition(when, Some(number), one.clone(), other.clone(), *both);
            }
            Fault::Crash { nodes, when: of, amnesia } => {
                let when = when(of, true);
                nodes.iter().for_each(|node| self.crash(when, *node, Some(number), *amnesia));
            }
            Fault::Restart { nodes, when: of } => {
                let when = when(of, false);
                nodes.iter().for_each(|node| self.crash(when, *node, Some(number), false));
            }
            Fault::Skew { nodes, by } => {
                nodes.iter().for_each(|&node| self.turn(0, Turn::Skew { node, by: *by }));
            }
            Fault::Slow { nodes, by, when: of } => {
                let when = when(of, true);
                for &node in nodes {
                    self.both(when, Turn::Slow { node, by: *by }, Turn::Slow { node, by: 0 });
                }
            }
            Fault::Delay { .. } | Fault::Loss(_) | Fault::Duplicate(_) | Fault::Reorder(_) => {}
        }
    }

    fn partition(
        &mut self,
        when: (i64, Option<i64>),
        fault: Option<usize>,
        from: Vec<usize>,
        to: Vec<usize>,
        both: bool,
    ) {
        let number = self.partitions;
        self.partitions += 1;
        let heal = Turn::Heal { number, from: from.clone(), to: to.clone(), both };
        self.both(when, Turn::Cut { number, fault, from, to, both }, heal);
    }

    fn crash(
        &mut self,
        when: (i64, Option<i64>),
        node: usize,
        fault: Option<usize>,
        amnesia: bool,
    ) {
        let for_ever = when.1.is_none();
        self.both(when, Turn::Down { node, fault, amnesia, for_ever }, Turn::Up { node });
    }

    /// Faults of one kind that the story does not name: whether, when, to whom.
    fn swarm(&mut self, kind: Kind, nodes: usize, spread: i64, choices: &mut Choices) {
        if nodes == 0 {
            return;
        }
        for nth in 0..SWARM_EACH {
            let key = |door| Key { again: kind as u32, ..Key::of(door, NONE, nth) };
            let odds = match (kind, nth) {
                (Kind::Amnesia, _) => 0.0,
                (_, 0) => SWARM_ODDS.0,
                _ => SWARM_ODDS.1,
            };
            if !choices.happens(key(Door::Swarm), odds) {
                return;
            }
            let mut part = |door, bound: i64| choices.below(key(door), bound.max(1) as u64) as i64;
            let at = part(Door::SwarmAt, spread);
            let end = at + LASTS.0 + part(Door::SwarmFor, LASTS.1);
            let when = (at, Some(end));
            let node = part(Door::SwarmWho, nodes as i64) as usize;
            let others = || (0..nodes).filter(|other| *other != node).collect::<Vec<usize>>();
            match kind {
                Kind::Loss | Kind::Duplicate | Kind::Reorder => {
                    let rate = SWARM_RATE * (1 + part(Door::SwarmHow, 1_000)) as f64 / 1_000.0;
                    self.rates[kind as usize] = self.rates[kind as usize].max(rate);
                    return;
                }
                Kind::Halves => {
                    let bits = 1 << nodes.min(SETS_MAX);
                    let side = part(Door::SwarmHow, bits) as u64;
                    let is_one = |node: &usize| side >> (node % SETS_MAX) & 1 == 1;
                    let (one, other) = (0..nodes).partition(is_one);
                    self.partition(when, None, one, other, true);
                }
                Kind::Isolate => self.partition(when, None, vec![node], others(), true),
                Kind::OneWay if part(Door::SwarmHow, 2) == 0 => {
                    self.partition(when, None, vec![node], others(), false);
                }
                Kind::OneWay => self.partition(when, None, others(), vec![node], false),
                Kind::Crash => self.crash(when, node, None, false),
                Kind::Amnesia => self.crash(when, node, None, true),
                Kind::Restart => self.crash((at, Some(at)), node, None, false),
                Kind::Skew => {
                    let by = part(Door::SwarmHow, 2 * SWARM_SKEW) - SWARM_SKEW;
                    self.turn(at, Turn::Skew { node, by });
                }
                Kind::Slow => {
                    let by = 1 + part(Door::SwarmHow, SWARM_SLOW);
                    self.both(when, Turn::Slow { node, by }, Turn::Slow { node, by: 0 });
                }
                Kind::Burst => {
                    let by = 1 + part(Door::SwarmHow, SWARM_BURST);
                    self.both(when, Turn::Burst { by }, Turn::Burst { by: 0 });
                }
            }
        }
    }
}

//! Everything that a world leaves open, each decision by its name. A decision
//! is a number below a bound, and 0 is always the harmless one, so that a run
//! is a function of a seed, or of a few decisions with 0 for all others. What
//! decisions mean to the world is not known here.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashMap;

/// For keys that are not about a node, or not about a channel.
pub const NONE: u32 = u32::MAX;
/// The channel of acknowledgements in keys.
pub const ACKS: u32 = u32::MAX - 1;

/// What is decided.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Door {
    /// How much longer than the least a message takes, in nanoseconds.
    Delay,
    /// Whether a message is lost.
    Loss,
    /// Whether a message arrives twice.
    Duplicate,
    /// How much longer than the least its copy takes.
    CopyDelay,
    /// Whether a message is held up.
    Reorder,
    /// For how long, in nanoseconds.
    HeldUp,
    /// How long a node (`who`) waits for others before its `nth` chain.
    Gather,
    /// Whether a node (`who`) stops at its `nth` chain: 1, and the chain is lost;
    /// 2, when it is sure and nothing of it has left. Never, unless a map says
    /// so.
    Crash,
    /// For how long it is down then, in nanoseconds beyond the least.
    CrashFor,
    /// How much longer than the least it takes until the `nth` chain of a node
    /// (`who`) is sure.
    Sync,
    /// Whether what is not sure is lost when a node (`who`) stops for the `nth`
    /// time.
    Unsynced,
    /// Whether a part of it was written.
    Torn,
    /// When the fault `nth` of the story happens, in nanoseconds from the start.
    FaultAt,
    /// How much longer than the least it lasts.
    FaultFor,
    /// Of faults that the story does not name: whether `nth` happens, as the
    /// number of its kind, counted from 1.
    Swarm,
    /// When.
    SwarmAt,
    /// How much longer than the least it lasts.
    SwarmFor,
    /// To which nodes: a number that tells them.
    SwarmWho,
    /// How much of it.
    SwarmHow,
}

/// The name of a decision. `Loss` of the third message on a channel from one
/// node to another: `nth` counts from 0, and `again` counts the resends of one
/// message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// What is decided.
    pub door: Door,
    /// The sender, or the node that it is about; or [`NONE`].
    pub who: u32,
    /// The receiver; or [`NONE`].
    pub whom: u32,
    /// The channel, as a place in `Prepared::channels`; [`ACKS`]; or [`NONE`].
    pub channel: u32,
    /// Which one, from 0.
    pub nth: u64,
    /// 0 for the message itself, 1 for its first resend.
    pub again: u32,
}

impl Key {
    /// A decision about a node, or about none.
    pub fn of(door: Door, who: u32, nth: u64) -> Key {
        Key { door, who, whom: NONE, channel: NONE, nth, again: 0 }
    }
}

/// Decisions that are not 0.
pub type Map = BTreeMap<Key, u64>;

/// Who decides.
#[derive(Clone)]
enum Source {
    Seed(u64),
    Map(Rc<FxHashMap<Key, u64>>),
}

/// The decisions of a run.
#[derive(Clone)]
pub struct Choices {
    source: Source,
    secret: u64,
    made: Option<Vec<(Key, u64)>>,
}

impl Choices {
    /// All decisions follow from a number.
    pub fn seeded(seed: u64) -> Choices {
        Choices { source: Source::Seed(mix(seed ^ DOORS)), secret: mix(seed ^ SECRET), made: None }
    }

    /// These decisions, and 0 for all others. What chance in the programs hangs
    /// on (`random()`, `fresh()`) follows from the seed.
    pub fn of(map: &Map, seed: u64) -> Choices {
        let decided: FxHashMap<Key, u64> = map.iter().map(|(key, value)| (*key, *value)).collect();
        Choices { source: Source::Map(Rc::new(decided)), secret: mix(seed ^ SECRET), made: None }
    }

    /// Has the decisions written down that are not 0.
    pub fn recorded(mut self) -> Choices {
        self.made = Some(Vec::new());
        self
    }

    /// The decisions that were not 0, where they were written down. [`Choices::of`]
    /// this map and the same seed gives the same run.
    pub fn made(&self) -> Map {
        self.made.iter().flatten().copied().collect()
    }

    /// What chance in the programs hangs on.
    pub fn secret(&self) -> u64 {
        self.secret
    }

    /// A number below the bound; every one is as likely as any other.
    #[inline]
    pub fn below(&mut self, key: Key, bound: u64) -> u64 {
        if bound <= 1 {
            return 0;
        }
        let value = match &self.source {
            // The high bits of a product are a number below the bound.
            Source::Seed(seed) => {
                ((u128::from(hash(*seed, &key)) * u128::from(bound)) >> 64) as u64
            }
            Source::Map(map) if map.is_empty() => 0,
            Source::Map(map) => map.get(&key).copied().unwrap_or(0).min(bound - 1),
        };
        self.note(key, value)
    }

    /// Whether something happens that happens so many times of 1. A map may have
    /// it happen where the odds are 0.
    #[inline]
    pub fn happens(&mut self, key: Key, odds: f64) -> bool {
        let value = match &self.source {
            Source::Seed(_) if odds <= 0.0 => return false,
            Source::Seed(seed) => u64::from(((hash(*seed, &key) >> 11) as f64) < odds * ONE),
            Source::Map(map) if map.is_empty() => 0,
            Source::Map(map) => map.get(&key).copied().unwrap_or(0).min(1),
        };
        self.note(key, value) != 0
    }

    /// What a map says, below the bound; 0 where a seed decides.
    #[inline]
    pub fn told(&mut self, key: Key, bound: u64) -> u64 {
        let value = match &self.source {
            Source::Map(map) if !map.is_empty() => map.get(&key).copied().unwrap_or(0),
            _ => 0,
        };
        self.note(key, value.min(bound.saturating_sub(1)))
    }

    #[inline]
    fn note(&mut self, key: Key, value: u64) -> u64 {
        if value != 0
            && let Some(made) = &mut self.made
        {
            made.push((key, value));
        }
        value
    }
}

/// 2^53: the numbers that a float tells apart.
const ONE: f64 = (1u64 << 53) as f64;
/// So that decisions and the chance in programs have nothing in common.
const DOORS: u64 = 0x5eed_0000_d00d_0001;
const SECRET: u64 = 0x5eed_0000_5ec1_e702;

/// The finisher of SplitMix64: every bit of the input moves every bit of the
/// result.
pub(super) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn hash(seed: u64, key: &Key) -> u64 {
    let nodes = u64::from(key.who) << 32 | u64::from(key.whom);
    let what = u64::from(key.channel) << 32 | u64::from(key.again) << 8 | key.door as u64;
    let x = mix(seed ^ nodes.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mix(mix(x ^ what.wrapping_mul(0xd6e8_feb8_6659_fd93)) ^ key.nth)
}

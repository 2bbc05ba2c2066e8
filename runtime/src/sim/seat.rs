//! What a world keeps of a node beside the node itself: its disk, its link, what
//! waits for it. What happens to any of it is not known here.

use std::collections::VecDeque;

use crate::link::Bytes;
use crate::link::Link;
use crate::link::Number;
use crate::sim::log::Log;
use crate::tick::Chain;
use crate::tick::ChainFailure;
use crate::tick::Dead;

/// Marks the origin of a gift of the story; the rest is its number.
pub(super) const GIFT: u64 = 1 << 63;

/// Something that waits for a tick.
#[derive(Clone)]
pub(super) enum Item {
    /// A message.
    Message { message: u64, from: usize, number: Option<Number>, channel: u32, row: Bytes },
    /// A gift of the story.
    Gift(usize),
}

/// What a node has done that is not sure yet.
#[derive(Clone, Default)]
pub(super) struct Pending {
    pub chains: Vec<Chain>,
    pub dead: Vec<Dead>,
    /// A failure for which no event is to blame.
    pub failed: Option<Box<ChainFailure>>,
    /// Group messages to acknowledge.
    pub taken: Vec<(usize, Number)>,
    /// What was taken in: to be given again if it is lost.
    pub gifts: Vec<usize>,
    pub messages: Vec<u64>,
    /// What `Door::Crash` says.
    pub crash: u64,
    /// The number of the step.
    pub step: u64,
}

/// A node's place in the world.
#[derive(Clone)]
pub(super) struct Seat {
    pub link: Link,
    pub log: Log,
    pub inbox: VecDeque<Item>,
    /// Gifts that came while it was down.
    pub late: Vec<usize>,
    pub busy: Option<Pending>,
    /// When it looks for something to do next, and the number of that plan.
    pub wake: Option<i64>,
    pub turn: u64,
    pub resend: Option<i64>,
    pub skew: i64,
    pub slow: i64,
    /// Times that it has taken something in; part of keys.
    pub steps: u64,
    /// Starts, stops and disks so far.
    pub starts: u64,
    pub stops: u64,
    pub disks: i64,
    /// Reasons to be down.
    pub downs: u32,
    /// It never comes back.
    pub is_gone: bool,
}

impl Seat {
    pub fn new(link: Link) -> Seat {
        Seat {
            link,
            log: Log::default(),
            inbox: VecDeque::new(),
            late: Vec::new(),
            busy: None,
            wake: None,
            turn: 0,
            resend: None,
            skew: 0,
            slow: 0,
            steps: 0,
            starts: 0,
            stops: 0,
            disks: 1,
            downs: 0,
            is_gone: false,
        }
    }
}

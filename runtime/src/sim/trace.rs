//! What happened in a world, as data: enough to draw a lane for each node with
//! arrows between them, and to find for every row that arrived the chain that
//! sent it. Rows are bytes here; who shows them reads them with the types of
//! the channel. A number stands for all of it, in every run.

use std::sync::Arc;

use crate::sim::choices::mix;

/// A happening, as its place in the trace.
pub type Id = usize;

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Happening {
    /// When, in nanoseconds from the start of the world.
    pub at: i64,
    /// To whom; the first of several.
    pub node: usize,
    /// What.
    pub what: What,
    /// What it came from: of a message that arrived or was lost, where it was
    /// sent; of what was sent, the chain.
    pub cause: Option<Id>,
}

/// Things that happen. A message has a number in its run, `message`, which its
/// copies and its resends share.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// The node is given the gift `gift` of the story.
    Given {
        /// Its place in the story.
        gift: usize,
    },
    /// A chain sends a message.
    Sent {
        /// The message.
        message: u64,
        /// The receiver; `None` if no member has that name.
        to: Option<usize>,
        /// As a place in `Prepared::channels`.
        channel: u32,
        /// The row, encoded.
        row: Arc<[u8]>,
        /// Of a group message the number that it has between the two.
        group: Option<u64>,
        /// Which message on this channel between the two, from 0: `Key::nth`.
        nth: u64,
        /// The tick of the sender in which it was sent.
        tick: u64,
    },
    /// A group message goes out once more.
    Resent {
        /// The message.
        message: u64,
        /// The receiver.
        to: usize,
        /// How often it was resent, with this time.
        again: u32,
    },
    /// A message does not arrive, or a copy of it.
    Lost {
        /// The message.
        message: u64,
        /// Why.
        why: Lost,
    },
    /// A message arrives and waits for a tick.
    Arrived {
        /// The message.
        message: u64,
    },
    /// A group message arrives that was there before; it is dropped.
    Again {
        /// The message.
        message: u64,
    },
    /// A chain happened.
    Took {
        /// Which chain of the node since its first start, from 0.
        chain: u64,
        /// The messages that it took in; those to itself are not among them.
        messages: Vec<u64>,
        /// The gifts that it took in.
        gifts: Vec<usize>,
        /// The first and the last tick.
        ticks: (u64, u64),
        /// Its instant, as the node's clock tells it.
        now: i64,
    },
    /// A chain failed; nothing of it is left, and an event is given up.
    Dead,
    /// The program ended its node.
    Halted {
        /// With this code.
        code: u8,
    },
    /// The node stops.
    Down {
        /// The fault of the story, if it is one of them.
        fault: Option<usize>,
        /// Whether its disk is empty.
        amnesia: bool,
        /// Chains that were not synced and are lost.
        lost: usize,
    },
    /// The node starts.
    Up {
        /// Starts before this one.
        boot: i64,
    },
    /// From now on no message passes from the first to the second.
    Partition {
        /// The fault of the story, if it is one of them.
        fault: Option<usize>,
        /// From these.
        from: Vec<usize>,
        /// To these.
        to: Vec<usize>,
        /// Whether none passes the other way either.
        both: bool,
        /// Names this partition where it heals.
        number: usize,
    },
    /// That is over.
    Heal {
        /// The partition.
        number: usize,
    },
    /// The node's clock is ahead by so much, or behind.
    Skew {
        /// In nanoseconds.
        by: i64,
    },
    /// From now on each chain of the node takes so much longer; 0: no longer.
    Slow {
        /// In nanoseconds.
        by: i64,
    },
    /// Messages take longer for a while; 0: no longer.
    Burst {
        /// In nanoseconds.
        by: i64,
    },
    /// Faults are over: the liveness phase begins.
    Calm,
}

/// Why a message does not arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// The network lost it.
    Chance,
    /// It could not pass.
    Partition,
    /// The receiver was down.
    Down,
    /// The receiver stopped before a tick took it in.
    Crashed,
    /// Too many waited for the receiver.
    Full,
    /// No member has that name.
    Unreachable,
}

/// A number that stands for everything that was put into it, in that order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fold {
    a: u64,
    b: u64,
}

impl Fold {
    pub fn new() -> Fold {
        Fold { a: 0x243f_6a88_85a3_08d3, b: 0x1319_8a2e_0370_7344 }
    }

    #[inline]
    pub fn word(&mut self, word: u64) {
        // A product of two words loses nothing; both halves of it go on.
        let product = u128::from(self.a ^ word) * u128::from(0x9e37_79b9_7f4a_7c15u64);
        self.b = (self.b ^ (product >> 64) as u64).wrapping_mul(0xd6e8_feb8_6659_fd93);
        self.b = self.b.rotate_left(29);
        self.a = (product as u64 ^ self.b).wrapping_add(word);
    }

    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.word(u64::from_le_bytes(word));
        }
    }

    pub fn value(self) -> u128 {
        u128::from(mix(self.a)) << 64 | u128::from(mix(self.b ^ self.a))
    }
}

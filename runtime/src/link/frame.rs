//! What nodes say to each other, and what came of hearing it. How a frame is
//! written on a wire is not known here.

use std::fmt;
use std::sync::Arc;

/// Bytes that many may hold: those of a message to a group are there once.
pub type Bytes = Arc<[u8]>;

/// Which group message of a sender to this receiver it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Number {
    /// The sender's life, which ends with its disk.
    pub life: i64,
    /// From 1, without gaps.
    pub nth: u64,
}

/// What goes over a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// A message that is sent once.
    Plain {
        /// The channel's number.
        channel: u32,
        /// The row.
        row: Bytes,
    },
    /// A message that is sent until it is acknowledged.
    Group {
        /// Its number.
        number: Number,
        /// All numbers up to this one were acknowledged, so none of them ever
        /// comes again. A receiver that has lost its disk begins here.
        base: u64,
        /// The channel's number.
        channel: u32,
        /// The row.
        row: Bytes,
    },
    /// Group messages that were taken in, durably.
    Ack {
        /// The life that sent them.
        life: i64,
        /// All up to this number.
        upto: u64,
        /// And these, which are greater; ascending.
        beyond: Vec<u64>,
    },
}

/// What became of a message that was to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Went {
    /// It left.
    Plain,
    /// It has this number, and leaves until it is acknowledged.
    Group(Number),
    /// It was dropped: too many wait for this peer.
    Dropped,
    /// It was dropped: there is no such peer.
    Unreachable,
}

/// A message that came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The peer that sent it.
    pub from: usize,
    /// What is to be told to [`crate::link::Link::took`], for a group message.
    pub number: Option<Number>,
    /// The channel's number.
    pub channel: u32,
    /// The row.
    pub row: Bytes,
}

/// What came of a frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Heard {
    /// A message that is to be taken in.
    New(Delivery),
    /// A group message that came before. If it was taken in, an acknowledgement
    /// is owed again.
    Known,
    /// An acknowledgement. More messages may now be due.
    Acked,
    /// It makes no sense, and nothing has changed.
    Refused(Refusal),
}

/// Why a frame makes no sense.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// There is no such peer.
    Peer,
    /// It is of a life that is over: it was on its way for long.
    Life,
    /// A group message has a number that its sender may not give out yet.
    Number,
    /// It acknowledges what was never sent.
    Never,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Peer => "it is from nobody who is known",
            Refusal::Life => "it belongs to a log that was lost",
            Refusal::Number => "its number is out of line",
            Refusal::Never => "it acknowledges what was never sent",
        })
    }
}

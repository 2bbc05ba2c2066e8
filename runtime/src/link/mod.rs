//! What goes from a node to the others, and comes from them: messages, some of
//! which have to arrive. A pure machine: it is told instants and frames, and
//! says which frames are to leave. Clocks, sockets, disks and what messages
//! mean are not known here, so real and simulated networks have the same one.
//!
//! | room | owns |
//! |---|---|
//! | `frame` | what is on the wire |
//! | `sender` | messages to one peer until they are acknowledged |
//! | `receiver` | which numbers of one peer were taken in |
//!
//! *Plain* messages leave once and are forgotten. *Group* messages have numbers,
//! counted for each receiver; they are sent again, less and less often, until
//! the receiver says that its chain that took them in is durable. The receiver
//! knows by number what it has, and takes messages in the order in which they
//! come.
//!
//! Both sides survive restarts if whoever drives them does again, in the old
//! order, what was durable: sends ([`Link::recall`]), acknowledgements that were
//! heard ([`Link::hear`]), numbers that were taken in ([`Link::took`]). A node that has lost its disk begins another
//! *life*: its numbers count from one again, and nobody takes them for old ones.

mod frame;
mod receiver;
mod sender;

pub use frame::Bytes;
pub use frame::Delivery;
pub use frame::Frame;
pub use frame::Heard;
pub use frame::Number;
pub use frame::Refusal;
pub use frame::Went;

use crate::link::receiver::Receiver;
use crate::link::sender::Sender;

/// How a link is to be. Times are in nanoseconds.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A group message without an acknowledgement is sent again after this long.
    pub first_resend: i64,
    /// The wait doubles each time, up to this.
    pub most_resend: i64,
    /// Group messages to one peer that may be on their way. Others wait; so a
    /// receiver has to remember no more numbers than this beyond the last one
    /// below which it has them all.
    pub window: usize,
    /// Plain messages to one peer that may wait to leave. The next one is dropped.
    pub queue: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            first_resend: 100_000_000,
            most_resend: 5_000_000_000,
            window: 1_024,
            queue: 4_096,
        }
    }
}

/// What a link has counted since it was made. Names of fields are names of
/// metrics.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Plain messages that left.
    pub plain_sent: u64,
    /// Plain messages that were dropped because their peer's queue was full.
    pub plain_dropped: u64,
    /// Messages to names that no member has; they are dropped.
    pub unreachable: u64,
    /// Group messages that left for the first time.
    pub group_sent: u64,
    /// Times that a group message left again.
    pub group_resent: u64,
    /// Group messages that came again and were not given out again.
    pub group_repeated: u64,
    /// Frames that were thrown away because they make no sense.
    pub refused: u64,
}

/// The link of one node to all others.
#[derive(Clone, Debug)]
pub struct Link {
    settings: Settings,
    life: i64,
    peers: Vec<Peer>,
    counts: Counts,
}

#[derive(Clone, Default, Debug)]
struct Peer {
    sender: Sender,
    receiver: Receiver,
    /// Plain messages that wait to leave.
    queued: usize,
}

impl Link {
    /// A link to so many peers, which are known by their numbers from 0. The
    /// life is kept with the log of the node, and is greater than that of any
    /// log before: the instant at which the log was begun will do.
    pub fn new(settings: Settings, life: i64, peers: usize) -> Link {
        let mut all = Vec::new();
        all.resize_with(peers, Peer::default);
        Link { settings, life, peers: all, counts: Counts::default() }
    }

    /// Sends a message. A group message that has to wait for others leaves with
    /// [`Link::resend`].
    pub fn send(
        &mut self,
        now: i64,
        to: usize,
        group: bool,
        channel: u32,
        row: Bytes,
        out: &mut Vec<(usize, Frame)>,
    ) -> Went {
        let Some(peer) = self.peers.get_mut(to) else {
            self.counts.unreachable += 1;
            return Went::Unreachable;
        };
        if !group {
            if peer.queued >= self.settings.queue {
                self.counts.plain_dropped += 1;
                return Went::Dropped;
            }
            peer.queued += 1;
            self.counts.plain_sent += 1;
            out.push((to, Frame::Plain { channel, row }));
            return Went::Plain;
        }
        let nth = peer.sender.push(now, channel, row, &self.settings);
        self.leave(now, to, out);
        Went::Group(Number { life: self.life, nth })
    }

    /// A group message that was sent before a restart takes its place again. It
    /// is due now, and leaves with [`Link::resend`].
    pub fn recall(&mut self, now: i64, to: usize, channel: u32, row: Bytes) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.sender.push(now, channel, row, &self.settings);
        }
    }

    /// A message goes to a name that no member has.
    pub fn unreachable(&mut self) {
        self.counts.unreachable += 1;
    }

    /// A plain message has left the queue of its peer, to wherever.
    pub fn left(&mut self, to: usize) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.queued = peer.queued.saturating_sub(1);
        }
    }

    /// A frame came from a peer.
    pub fn hear(&mut self, now: i64, from: usize, frame: Frame) -> Heard {
        let heard = self.judge(now, from, frame);
        match &heard {
            Heard::Refused(_) => self.counts.refused += 1,
            Heard::Known => self.counts.group_repeated += 1,
            Heard::New(_) | Heard::Acked => {}
        }
        heard
    }

    fn judge(&mut self, now: i64, from: usize, frame: Frame) -> Heard {
        let Some(peer) = self.peers.get_mut(from) else { return Heard::Refused(Refusal::Peer) };
        match frame {
            Frame::Plain { channel, row } => {
                Heard::New(Delivery { from, number: None, channel, row })
            }
            Frame::Group { number, base, channel, row } => {
                match peer.receiver.hear(number, base, self.settings.window) {
                    Ok(true) => Heard::New(Delivery { from, number: Some(number), channel, row }),
                    Ok(false) => Heard::Known,
                    Err(why) => Heard::Refused(why),
                }
            }
            // An acknowledgement of another life is one of other messages.
            Frame::Ack { life, .. } if life != self.life => Heard::Refused(Refusal::Life),
            Frame::Ack { upto, beyond, .. } => {
                match peer.sender.acked(now, upto, &beyond, &self.settings) {
                    true => Heard::Acked,
                    false => Heard::Refused(Refusal::Never),
                }
            }
        }
    }

    /// The chain that took a group message in, or gave it up, is durable: it is
    /// to be acknowledged.
    pub fn took(&mut self, from: usize, number: Number) {
        if let Some(peer) = self.peers.get_mut(from) {
            peer.receiver.took(number);
        }
    }

    /// Acknowledgements that are owed, a frame for each peer.
    pub fn acks(&mut self, out: &mut Vec<(usize, Frame)>) {
        for (at, peer) in self.peers.iter_mut().enumerate() {
            out.extend(peer.receiver.ack().map(|frame| (at, frame)));
        }
    }

    /// When something is to be sent again, or may be sent at last.
    pub fn due(&self) -> Option<i64> {
        self.peers.iter().filter_map(|peer| peer.sender.due()).min()
    }

    /// Sends what is due.
    pub fn resend(&mut self, now: i64, out: &mut Vec<(usize, Frame)>) {
        for to in 0..self.peers.len() {
            self.leave(now, to, out);
        }
    }

    fn leave(&mut self, now: i64, to: usize, out: &mut Vec<(usize, Frame)>) {
        let Some(peer) = self.peers.get_mut(to) else { return };
        let (new, again) = peer.sender.leave(now, self.life, &self.settings, |frame| {
            out.push((to, frame));
        });
        self.counts.group_sent += new;
        self.counts.group_resent += again;
    }

    /// A peer can be reached again: what it did not acknowledge is due at once,
    /// as if for the first time.
    pub fn reached(&mut self, now: i64, to: usize) {
        if let Some(peer) = self.peers.get_mut(to) {
            peer.sender.wake(now, &self.settings);
        }
    }

    /// Group messages to a peer that are not acknowledged.
    pub fn unacknowledged(&self, to: usize) -> usize {
        self.peers.get(to).map_or(0, |peer| peer.sender.len())
    }

    /// Messages that were dropped on this side.
    pub fn dropped(&self) -> u64 {
        self.counts.plain_dropped + self.counts.unreachable
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Bytes of messages that wait for an acknowledgement.
    pub fn bytes(&self) -> usize {
        self.peers.iter().map(|peer| peer.sender.bytes()).sum()
    }
}

//! Messages between nodes: from a chain that is sure into the link, over the
//! network, and into the inbox of another. What a chain says is read here, not
//! what follows from it.

use std::sync::Arc;

use bloom_compiler::ids::RelId;

use crate::link::Bytes;
use crate::link::Frame;
use crate::link::Heard;
use crate::link::Went;
use crate::sim::choices::ACKS;
use crate::sim::ledger::Tag;
use crate::sim::network::Name;
use crate::sim::network::Passage;
use crate::sim::seat::Item;
use crate::sim::trace::Id;
use crate::sim::trace::Lost;
use crate::sim::trace::What;
use crate::sim::world::Event;
use crate::sim::world::World;

/// Stands in the place of a message in frames that are none.
const NO_MESSAGE: u64 = u64::MAX;

/// What is known of the group messages from one node to another.
#[derive(Clone, Default)]
pub(super) struct Book {
    /// By number, in the sender's present life.
    life: i64,
    sent: Vec<Known>,
}

/// A group message.
#[derive(Clone, Copy, Default)]
struct Known {
    message: u64,
    /// Among those of its channel.
    nth: u64,
    /// Times that it left.
    left: u32,
}

/// A message about to be sent.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub from: usize,
    pub rel: RelId,
    pub row: &'a [u64],
    pub group: bool,
    pub tick: u64,
    /// The chain in the trace.
    pub cause: Option<Id>,
    /// Whether it leaves; its node may have stopped before.
    pub leaves: bool,
}

impl World {
    /// A chain that is sure sends a message.
    pub(super) fn send(&mut self, of: Sending<'_>) {
        let from = of.from;
        let player = &self.shared.players[from];
        let Some((channel, at)) = player.shapes.channel(of.rel) else { return };
        let Some(node) = &self.nodes[from] else { return };
        let interner = node.engine().interner();
        let name = of.row.get(at).map_or(&[][..], |word| interner.get_bytes(*word));
        let to = self.shared.numbers.get(name).copied();
        self.bytes.clear();
        player.shapes.write(of.rel, of.row, interner, &mut self.bytes);
        let row: Bytes = Arc::from(self.bytes.as_slice());
        let message = self.ledger.message();
        let nth = to.map_or(0, |to| self.net.number(from, to, channel));
        let mut frames = std::mem::take(&mut self.frames);
        let link = &mut self.seats[from].link;
        let went = match to {
            Some(to) => link.send(self.now, to, of.group, channel, row.clone(), &mut frames),
            None => {
                link.unreachable();
                Went::Unreachable
            }
        };
        let number = match went {
            Went::Group(number) => Some(number),
            _ => None,
        };
        let told = [to.map_or(u64::MAX, |to| to as u64) << 32 | u64::from(channel), nth];
        let id = self.ledger.tell(self.now, from, Tag::Sent, told, || {
            let group = number.map(|number| number.nth);
            let (channel, row, tick) = (channel, row.clone(), of.tick);
            (What::Sent { message, to, channel, row, group, nth, tick }, of.cause)
        });
        self.ledger.bytes(&row);
        self.ledger.was_sent(message, id);
        if let (Some(number), Some(to)) = (number, to) {
            let book = &mut self.books[from * self.seats.len() + to];
            if book.life != number.life {
                *book = Book { life: number.life, sent: Vec::new() };
            }
            book.sent.resize(number.nth as usize, Known::default());
            book.sent[number.nth as usize - 1] = Known { message, nth, left: 0 };
        }
        match went {
            Went::Dropped => self.lost(from, message, Lost::Full),
            Went::Unreachable => self.lost(from, message, Lost::Unreachable),
            Went::Plain | Went::Group(_) => {}
        }
        for (to, frame) in frames.drain(..).filter(|_| of.leaves) {
            self.leave(from, to, frame, (message, nth));
        }
        self.frames = frames;
    }

    /// A frame leaves a node. `plain` is the message if it is a plain one.
    fn leave(&mut self, from: usize, to: usize, frame: Frame, plain: (u64, u64)) {
        let (channel, message, nth, again) = match &frame {
            Frame::Plain { channel, .. } => {
                self.seats[from].link.left(to);
                (*channel, plain.0, plain.1, 0)
            }
            Frame::Group { number, channel, .. } => {
                let book = &mut self.books[from * self.seats.len() + to];
                let at = (number.nth as usize).wrapping_sub(1);
                let Some(known) = book.sent.get_mut(at) else { return };
                known.left += 1;
                let (known, now) = (*known, self.now);
                let again = known.left - 1;
                if again > 0 {
                    let told = [known.message, u64::from(again)];
                    let cause = self.ledger.sent(known.message);
                    self.ledger.tell(now, from, Tag::Resent, told, || {
                        (What::Resent { message: known.message, to, again }, cause)
                    });
                }
                (*channel, known.message, known.nth, again)
            }
            Frame::Ack { .. } => (ACKS, NO_MESSAGE, self.net.number(from, to, ACKS), 0),
        };
        let name = Name { from, to, channel, nth, again };
        match self.net.pass(name, &mut self.choices) {
            Passage::Arrives(takes, copy) => {
                if let Some(takes) = copy {
                    let frame = frame.clone();
                    let event = Event::Arrive { to, from, frame, message };
                    self.queue.push(self.now.saturating_add(takes), true, event);
                }
                let event = Event::Arrive { to, from, frame, message };
                self.queue.push(self.now.saturating_add(takes), true, event);
            }
            Passage::Lost => self.lost(from, message, Lost::Chance),
            Passage::Cut => self.lost(from, message, Lost::Partition),
        }
    }

    /// A message, or a copy of it, does not arrive.
    pub(super) fn lost(&mut self, node: usize, message: u64, why: Lost) {
        let told = [message, why as u64];
        if message == NO_MESSAGE {
            self.ledger.fold(self.now, node, Tag::Lost, told);
            return;
        }
        let cause = self.ledger.sent(message);
        let what = || (What::Lost { message, why }, cause);
        self.ledger.tell(self.now, node, Tag::Lost, told, what);
    }

    /// A frame arrives.
    pub(super) fn arrive(&mut self, to: usize, from: usize, frame: Frame, message: u64) {
        if self.net.is_cut(from, to) {
            return self.lost(to, message, Lost::Partition);
        }
        if self.nodes[to].is_none() {
            return self.lost(to, message, Lost::Down);
        }
        let seat = &mut self.seats[to];
        let ack = match &frame {
            Frame::Ack { life, upto, beyond } => Some((*life, *upto, beyond.clone())),
            _ => None,
        };
        match seat.link.hear(self.now, from, frame) {
            Heard::New(new) => {
                self.delivered += 1;
                let (number, channel, row) = (new.number, new.channel, new.row);
                seat.inbox.push_back(Item::Message { message, from, number, channel, row });
                let cause = self.ledger.sent(message);
                let what = || (What::Arrived { message }, cause);
                self.ledger.tell(self.now, to, Tag::Arrived, [message, from as u64], what);
                self.plan_wake(to);
            }
            Heard::Known => {
                self.delivered += 1;
                let cause = self.ledger.sent(message);
                let what = || (What::Again { message }, cause);
                self.ledger.tell(self.now, to, Tag::Again, [message, from as u64], what);
                self.acks(to);
            }
            Heard::Acked => {
                if let Some((life, upto, beyond)) = ack {
                    seat.log.acked(from as u32, life, upto, &beyond);
                    self.ledger.fold(self.now, to, Tag::Acked, [from as u64, upto]);
                }
                self.plan_resend(to);
            }
            Heard::Refused(_) => self.lost(to, NO_MESSAGE, Lost::Crashed),
        }
    }

    /// Acknowledgements that a node owes leave.
    pub(super) fn acks(&mut self, node: usize) {
        let mut frames = std::mem::take(&mut self.frames);
        self.seats[node].link.acks(&mut frames);
        for (to, frame) in frames.drain(..) {
            self.leave(node, to, frame, (NO_MESSAGE, 0));
        }
        self.frames = frames;
    }

    /// Group messages that are due leave.
    pub(super) fn resend(&mut self, node: usize) {
        let seat = &mut self.seats[node];
        if seat.resend != Some(self.now) {
            return;
        }
        seat.resend = None;
        if self.nodes[node].is_none() {
            return;
        }
        let mut frames = std::mem::take(&mut self.frames);
        self.seats[node].link.resend(self.now, &mut frames);
        for (to, frame) in frames.drain(..) {
            self.leave(node, to, frame, (NO_MESSAGE, 0));
        }
        self.frames = frames;
        self.plan_resend(node);
    }

    /// Sees to it that what is to be sent again is.
    pub(super) fn plan_resend(&mut self, node: usize) {
        let seat = &self.seats[node];
        let Some(due) = seat.link.due() else { return };
        let due = due.max(self.now);
        if seat.resend.is_some_and(|planned| planned <= due) {
            return;
        }
        // What only nodes wait for that never come back keeps nobody up.
        let mut peers = self.seats.iter().enumerate();
        let is_work = peers.any(|(to, peer)| !peer.is_gone && seat.link.unacknowledged(to) > 0);
        self.seats[node].resend = Some(due);
        self.queue.push(due, is_work, Event::Resend { node });
    }
}

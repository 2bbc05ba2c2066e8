//! Two links with a bad network between them: every group message is taken in
//! once, whatever is lost, repeated, overtaken, or forgotten in a crash.

use bloom::link::Bytes;
use bloom::link::Frame;
use bloom::link::Heard;
use bloom::link::Link;
use bloom::link::Number;
use bloom::link::Refusal;
use bloom::link::Settings;
use bloom::link::Went;
use proptest::prelude::*;

use crate::cases::cases;

const WINDOW: usize = 4;
const MS: i64 = 1_000_000;

fn settings() -> Settings {
    Settings { first_resend: 10 * MS, most_resend: 80 * MS, window: WINDOW, queue: 3 }
}

fn row(n: u64) -> Bytes {
    n.to_le_bytes().as_slice().into()
}

/// Each end has the other as its only peer.
const PEER: usize = 0;

/// A sender and a receiver, with what each has on its disk.
struct World {
    now: i64,
    sender: Link,
    sent: u64,
    /// Acknowledgements that are on the sender's disk.
    acked: Vec<Frame>,
    receiver: Link,
    /// Given out, not on the disk yet.
    given: Vec<(Number, u64)>,
    taken: Vec<(Number, u64)>,
    wire: Vec<Frame>,
    back: Vec<Frame>,
}

impl World {
    fn new() -> World {
        World {
            now: 0,
            sender: Link::new(settings(), 0, 1),
            sent: 0,
            acked: Vec::new(),
            receiver: Link::new(settings(), 0, 1),
            given: Vec::new(),
            taken: Vec::new(),
            wire: Vec::new(),
            back: Vec::new(),
        }
    }

    fn send(&mut self) {
        let mut out = Vec::new();
        self.sender.send(self.now, PEER, true, 0, row(self.sent), &mut out);
        self.sent += 1;
        self.wire.extend(out.into_iter().map(|(_, frame)| frame));
    }

    fn resend(&mut self) {
        let mut out = Vec::new();
        self.sender.resend(self.now, &mut out);
        self.wire.extend(out.into_iter().map(|(_, frame)| frame));
    }

    /// One frame arrives at the receiver.
    fn arrives(&mut self, frame: Frame) {
        match self.receiver.hear(self.now, PEER, frame) {
            Heard::New(delivery) => {
                let number = delivery.number.expect("a group message has a number");
                let bytes = delivery.row[..].try_into().expect("eight bytes");
                self.given.push((number, u64::from_le_bytes(bytes)));
            }
            Heard::Known => {}
            other => panic!("{other:?}"),
        }
    }

    /// What was given out is on the disk, and acknowledged.
    fn settles(&mut self) {
        for (number, message) in self.given.drain(..) {
            self.receiver.took(PEER, number);
            self.taken.push((number, message));
        }
        let mut out = Vec::new();
        self.receiver.acks(&mut out);
        for (_, frame) in out {
            let Frame::Ack { beyond, .. } = &frame else { panic!("{frame:?}") };
            assert!(beyond.len() < WINDOW, "{beyond:?}");
            self.back.push(frame);
        }
    }

    fn hears(&mut self, frame: Frame, logged: bool) {
        assert_eq!(self.sender.hear(self.now, PEER, frame.clone()), Heard::Acked);
        self.acked.extend(Some(frame).filter(|_| logged));
    }

    fn sender_restarts(&mut self) {
        self.sender = Link::new(settings(), 0, 1);
        let acked = std::mem::take(&mut self.acked);
        for message in 0..self.sent {
            self.sender.recall(self.now, PEER, 0, row(message));
        }
        for frame in acked {
            assert_eq!(self.sender.hear(self.now, PEER, frame.clone()), Heard::Acked);
            self.acked.push(frame);
        }
    }

    fn receiver_restarts(&mut self) {
        self.receiver = Link::new(settings(), 0, 1);
        self.given.clear();
        self.taken.iter().for_each(|(number, _)| self.receiver.took(PEER, *number));
    }

    fn step(&mut self, what: u8, which: usize) {
        let pick = |frames: &[Frame]| frames.len().checked_sub(1).map(|last| which % (last + 1));
        match what % 16 {
            0..=3 => self.send(),
            4..=6 => {
                if let Some(at) = pick(&self.wire) {
                    let frame = self.wire.swap_remove(at);
                    self.arrives(frame);
                }
            }
            7 => {
                if let Some(at) = pick(&self.wire) {
                    self.arrives(self.wire[at].clone());
                }
            }
            8 => drop(pick(&self.wire).map(|at| self.wire.swap_remove(at))),
            9 => drop(pick(&self.back).map(|at| self.back.swap_remove(at))),
            10 => self.settles(),
            11 | 12 => {
                if let Some(at) = pick(&self.back) {
                    let frame = self.back.swap_remove(at);
                    self.hears(frame, which.is_multiple_of(2));
                }
            }
            13 => {
                self.now += which as i64 % 50 * MS;
                self.resend();
            }
            14 => self.sender_restarts(),
            _ => self.receiver_restarts(),
        }
    }

    /// The network is good and both stay up.
    fn calm(&mut self) {
        let rounds = self.sent + 8;
        for _ in 0..rounds {
            std::mem::take(&mut self.wire).into_iter().for_each(|frame| self.arrives(frame));
            self.settles();
            let acks = std::mem::take(&mut self.back);
            acks.into_iter().for_each(|frame| self.hears(frame, true));
            self.now = self.sender.due().map_or(self.now, |due| self.now.max(due));
            self.resend();
        }
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn group_messages_are_taken_in_once(
        steps in proptest::collection::vec(any::<(u8, u16)>(), 0..200),
    ) {
        let mut world = World::new();
        for (what, which) in steps {
            world.step(what, usize::from(which));
        }
        world.calm();
        prop_assert_eq!(world.sender.unacknowledged(PEER), 0);
        prop_assert_eq!(world.sender.bytes(), 0);
        prop_assert_eq!(world.sender.due(), None);
        let mut taken: Vec<u64> = world.taken.iter().map(|(_, message)| *message).collect();
        taken.sort_unstable();
        prop_assert_eq!(taken, (0..world.sent).collect::<Vec<u64>>());
    }
}

/// The first frame that leaves.
fn group(link: &mut Link, now: i64, message: u64) -> Option<Frame> {
    let mut out = Vec::new();
    link.send(now, PEER, true, 7, row(message), &mut out);
    out.into_iter().next().map(|(_, frame)| frame)
}

fn number(life: i64, nth: u64) -> Number {
    Number { life, nth }
}

#[test]
fn the_wait_doubles_up_to_its_bound() {
    let mut link = Link::new(settings(), 0, 1);
    assert!(group(&mut link, 0, 0).is_some());
    let mut waits = Vec::new();
    let mut now = 0;
    for _ in 0..6 {
        let due = link.due().expect("it was not acknowledged");
        waits.push((due - now) / MS);
        now = due;
        let mut out = Vec::new();
        link.resend(now - 1, &mut out);
        assert!(out.is_empty());
        link.resend(now, &mut out);
        assert_eq!(out.len(), 1);
    }
    assert_eq!(waits, [10, 20, 40, 80, 80, 80]);
    link.reached(now, PEER);
    assert_eq!(link.due(), Some(now));
    assert_eq!((link.counts().group_sent, link.counts().group_resent), (1, 6));
}

#[test]
fn no_more_than_the_window_is_on_its_way() {
    let mut link = Link::new(settings(), 0, 1);
    let left: Vec<bool> = (0..7).map(|n| group(&mut link, 0, n).is_some()).collect();
    assert_eq!(left, [true, true, true, true, false, false, false]);
    // The second alone makes no room, since a receiver has to remember it.
    let ack = |upto, beyond: &[u64]| Frame::Ack { life: 0, upto, beyond: beyond.to_vec() };
    assert_eq!(link.hear(1, PEER, ack(0, &[2])), Heard::Acked);
    assert_eq!(link.due(), Some(10 * MS));
    assert_eq!(link.hear(1, PEER, ack(1, &[])), Heard::Acked);
    assert_eq!(link.due(), Some(1));
    let mut out = Vec::new();
    link.resend(1, &mut out);
    let numbers = out.iter().map(|(_, frame)| match frame {
        Frame::Group { number, base: 2, .. } => number.nth,
        other => panic!("{other:?}"),
    });
    assert_eq!(numbers.collect::<Vec<u64>>(), [5, 6]);
    assert_eq!(link.unacknowledged(PEER), 5);
    assert_eq!(link.hear(1, PEER, ack(8, &[])), Heard::Refused(Refusal::Never));
    assert_eq!(link.hear(1, PEER, ack(2, &[9])), Heard::Refused(Refusal::Never));
}

#[test]
fn plain_messages_leave_once_or_are_dropped() {
    let mut link = Link::new(settings(), 0, 1);
    let mut out = Vec::new();
    let mut send = |link: &mut Link, to| link.send(0, to, false, 0, row(0), &mut out);
    assert_eq!(
        [0; 4].map(|to| send(&mut link, to)),
        [Went::Plain, Went::Plain, Went::Plain, Went::Dropped]
    );
    assert_eq!(send(&mut link, 1), Went::Unreachable);
    link.left(PEER);
    assert_eq!(send(&mut link, PEER), Went::Plain);
    assert_eq!((link.due(), link.dropped()), (None, 2));
    assert_eq!((link.counts().plain_dropped, link.counts().unreachable), (1, 1));
}

#[test]
fn who_lost_the_disk_begins_another_life() {
    let mut old = Link::new(settings(), 1, 1);
    let mut receiver = Link::new(settings(), 1, 1);
    let frames: Vec<Frame> = (0..2).filter_map(|n| group(&mut old, 0, n)).collect();
    assert!(matches!(receiver.hear(0, PEER, frames[0].clone()), Heard::New(_)));
    receiver.took(PEER, number(1, 1));
    let mut acks = Vec::new();
    receiver.acks(&mut acks);

    // Its first message is another one, and what is old is over.
    let mut new = Link::new(settings(), 2, 1);
    let first = group(&mut new, 0, 9).expect("it leaves");
    let heard = receiver.hear(0, PEER, first);
    assert!(
        matches!(heard, Heard::New(one) if one.number == Some(number(2, 1)) && one.channel == 7)
    );
    assert_eq!(receiver.hear(0, PEER, frames[1].clone()), Heard::Refused(Refusal::Life));
    receiver.took(PEER, number(1, 2));
    let mut owed = Vec::new();
    receiver.acks(&mut owed);
    assert_eq!(owed, []);
    assert_eq!(new.hear(0, PEER, acks[0].1.clone()), Heard::Refused(Refusal::Life));
    assert_eq!(new.unacknowledged(PEER), 1);
    assert_eq!(receiver.counts().refused, 1);
}

#[test]
fn a_receiver_that_lost_its_disk_hears_what_was_not_acknowledged() {
    let mut sender = Link::new(settings(), 0, 1);
    for n in 0..WINDOW as u64 {
        group(&mut sender, 0, n);
    }
    let upto = Frame::Ack { life: 0, upto: WINDOW as u64, beyond: Vec::new() };
    assert_eq!(sender.hear(0, PEER, upto), Heard::Acked);
    let frames: Vec<Frame> = (10..12).filter_map(|n| group(&mut sender, 0, n)).collect();
    let mut receiver = Link::new(settings(), 0, 1);
    for (nth, frame) in (WINDOW as u64 + 1..).zip(frames) {
        assert!(matches!(receiver.hear(0, PEER, frame.clone()), Heard::New(_)));
        // It comes again before it is durable: it is known, and not acknowledged.
        assert_eq!(receiver.hear(0, PEER, frame), Heard::Known);
        let mut acks = Vec::new();
        receiver.acks(&mut acks);
        assert_eq!(acks, []);
        receiver.took(PEER, number(0, nth));
        receiver.acks(&mut acks);
        assert_eq!(sender.hear(0, PEER, acks[0].1.clone()), Heard::Acked);
    }
    assert_eq!(sender.unacknowledged(PEER), 0);
    let far = Frame::Group { number: number(0, 99), base: 3, channel: 0, row: row(0) };
    assert_eq!(receiver.hear(0, PEER, far), Heard::Refused(Refusal::Number));
}

//! Starts and stops: what a crash leaves of a node, and the node that is made of
//! it again. A log is read as it was written; nothing else survives.

use crate::link::Frame;
use crate::link::Link;
use crate::sim::choices::Door;
use crate::sim::choices::Key;
use crate::sim::choices::mix;
use crate::sim::ledger::Tag;
use crate::sim::log::Log;
use crate::sim::log::Record;
use crate::sim::seat::Item;
use crate::sim::seat::Pending;
use crate::sim::steps::Collect;
use crate::sim::story::MS;
use crate::sim::story::SECOND;
use crate::sim::trace::Lost;
use crate::sim::trace::What;
use crate::sim::watch::Watch;
use crate::sim::world::Event;
use crate::sim::world::Trouble;
use crate::sim::world::World;
use crate::sim::world::links;
use crate::tick::Gift;
use crate::tick::Node;
use crate::tick::Rows;

use bloom_compiler::ids::RelId;

/// A node that stops by choice is down so long at least, and how much more at
/// most.
const DOWN: (i64, i64) = (10 * MS, SECOND);

impl World {
    /// A node starts, with what its disk has.
    pub(super) fn start(&mut self, at: usize, watch: &mut dyn Watch) -> Result<(), Trouble> {
        let seat = &mut self.seats[at];
        seat.starts += 1;
        let records = seat.log.recover();
        let boot = records.iter().filter(|record| matches!(record, Record::Start { .. })).count();
        let boot = boot as i64;
        seat.link = Link::new(links(&self.story), seat.disks, self.nodes.len());
        let mut node = self.shared.players[at].node.clone();
        node.chance(mix(self.choices.secret() ^ mix(at as u64 + 1)));
        for record in records {
            self.again(at, &mut node, record)?;
        }
        let seat = &mut self.seats[at];
        (seat.wake, seat.resend) = (None, None);
        seat.turn += 1;
        let clock = self.now.saturating_add(seat.skew);
        let clock = node.last().map_or(clock, |last| clock.max(last.saturating_add(1)));
        node.start(boot, clock);
        seat.log.start(boot, clock);
        let is_again = seat.starts > 1;
        self.nodes[at] = Some(node);
        let told = [boot as u64, clock as u64];
        self.ledger.tell(self.now, at, Tag::Up, told, || (What::Up { boot }, None));
        if is_again {
            let flow = watch.up(&mut self.looking(), at, boot);
            self.heed(flow);
        }
        let late = std::mem::take(&mut self.seats[at].late);
        self.seats[at].inbox.extend(late.into_iter().map(Item::Gift));
        self.go(at, clock, Vec::new(), Pending::default())?;
        self.plan_resend(at);
        self.settle(at, watch)
    }

    /// Does again what a record says.
    fn again(&mut self, at: usize, node: &mut Node, record: Record) -> Result<(), Trouble> {
        let broken = Trouble::Replay { node: at };
        let (now, items) = match record {
            Record::Start { boot, now } => {
                node.start(boot, now);
                (now, Vec::new())
            }
            Record::Took { now, items } => (now, items),
            Record::Acked { from, life, upto, beyond } => {
                let frame = Frame::Ack { life, upto, beyond };
                self.seats[at].link.hear(self.now, from as usize, frame);
                return Ok(());
            }
        };
        let shapes = self.shared.players[at].shapes.clone();
        let mut gifts = Vec::with_capacity(items.len());
        for item in items {
            let mut rows = Vec::with_capacity(item.rows.len());
            for (rel, bytes) in &item.rows {
                let rel = RelId(*rel);
                let read = shapes.read(rel, bytes, node.engine_mut().interner_mut());
                let Ok(words) = read else { return Err(broken) };
                rows.push(Rows { rel, count: 1, words });
            }
            gifts.push(Gift::new(rows));
            if let Some((from, Some((life, nth)))) = item.from {
                let number = crate::link::Number { life, nth };
                self.seats[at].link.took(from as usize, number);
            }
        }
        let mut collect = Collect::default();
        if node.step(now, gifts, &mut collect).is_err() {
            return Err(broken);
        }
        // What has to arrive is sent again, unless it was acknowledged.
        for tick in collect.chains.iter().flat_map(|chain| &chain.ticks) {
            for (rel, row, _) in tick.messages().filter(|(_, _, group)| *group) {
                let Some((channel, column)) = shapes.channel(rel) else { continue };
                let interner = node.engine().interner();
                let name = row.get(column).map_or(&[][..], |word| interner.get_bytes(*word));
                let Some(&to) = self.shared.numbers.get(name) else { continue };
                let mut bytes = Vec::new();
                shapes.write(rel, row, interner, &mut bytes);
                self.seats[at].link.recall(self.now, to, channel, bytes.into());
            }
        }
        Ok(())
    }

    /// A reason for a node to be down is over.
    pub(super) fn up(&mut self, at: usize, watch: &mut dyn Watch) -> Result<(), Trouble> {
        let seat = &mut self.seats[at];
        seat.downs = seat.downs.saturating_sub(1);
        if seat.downs > 0 || seat.is_gone || self.nodes[at].is_some() {
            return Ok(());
        }
        self.start(at, watch)
    }

    /// A node stops at a chain because the choices say so.
    pub(super) fn stop_by_choice(
        &mut self,
        at: usize,
        lost: bool,
        watch: &mut dyn Watch,
    ) -> Result<(), Trouble> {
        let step = self.seats[at].busy.as_ref().map_or(0, |pending| pending.step);
        let key = Key::of(Door::CrashFor, at as u32, step);
        let lasts = DOWN.0 + self.choices.below(key, DOWN.1 as u64) as i64;
        self.seats[at].downs += 1;
        self.fall(at, None, false, Some(lost), watch);
        self.queue.push(self.now.saturating_add(lasts), true, Event::Up { node: at });
        Ok(())
    }

    /// A fault stops a node.
    pub(super) fn down(
        &mut self,
        at: usize,
        fault: Option<usize>,
        amnesia: bool,
        watch: &mut dyn Watch,
    ) -> Result<(), Trouble> {
        let seat = &mut self.seats[at];
        seat.downs += 1;
        if self.nodes[at].is_none() {
            if amnesia {
                self.forget(at);
            }
            return Ok(());
        }
        self.fall(at, fault, amnesia, None, watch);
        Ok(())
    }

    /// The disk is empty.
    fn forget(&mut self, at: usize) {
        let seat = &mut self.seats[at];
        seat.log = Log::default();
        seat.disks += 1;
    }

    /// A node stops. What it has not made sure is lost or not, by choice if it
    /// is not said.
    fn fall(
        &mut self,
        at: usize,
        fault: Option<usize>,
        amnesia: bool,
        lost: Option<bool>,
        watch: &mut dyn Watch,
    ) {
        let pending = self.seats[at].busy.take();
        let (nth, who) = (self.seats[at].stops, at as u32);
        self.seats[at].stops += 1;
        let loses = match (lost, amnesia) {
            (Some(lost), _) => lost,
            (None, true) => true,
            (None, false) if !self.seats[at].log.is_open() => false,
            (None, false) => self.choices.below(Key::of(Door::Unsynced, who, nth), 2) == 1,
        };
        if amnesia {
            self.forget(at);
        } else if loses {
            let torn = self.choices.below(Key::of(Door::Torn, who, nth), 2) == 1;
            self.seats[at].log.lose(torn);
        } else {
            self.seats[at].log.sync();
        }
        let lost = match &pending {
            Some(pending) if loses => {
                pending.messages.iter().for_each(|m| self.lost(at, *m, Lost::Crashed));
                self.seats[at].late.extend(&pending.gifts);
                pending.chains.len()
            }
            // It is sure, though nothing of it leaves now.
            Some(pending) => {
                self.tell(at, pending, false, watch);
                0
            }
            None => 0,
        };
        for item in std::mem::take(&mut self.seats[at].inbox) {
            match item {
                Item::Message { message, .. } => self.lost(at, message, Lost::Crashed),
                Item::Gift(gift) => self.seats[at].late.push(gift),
            }
        }
        self.nodes[at] = None;
        let told = [u64::from(amnesia), lost as u64];
        let what = || (What::Down { fault, amnesia, lost }, None);
        self.ledger.tell(self.now, at, Tag::Down, told, what);
        let flow = watch.down(&mut self.looking(), at);
        self.heed(flow);
        // A chain that ended the node has ended it, though it fell as well.
        let halts = |pending: Pending| pending.chains.iter().any(|chain| chain.halt().is_some());
        self.seats[at].is_gone |= !loses && pending.is_some_and(halts);
    }

    /// A node has ended for good.
    pub(super) fn gone(&mut self, at: usize, code: u8, watch: &mut dyn Watch) {
        self.seats[at].is_gone = true;
        self.nodes[at] = None;
        let told = [u64::from(code), 0];
        self.ledger.tell(self.now, at, Tag::Halted, told, || (What::Halted { code }, None));
        let flow = watch.down(&mut self.looking(), at);
        self.heed(flow);
    }
}

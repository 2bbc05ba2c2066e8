//! What a node takes in, and when; and what it has done, once that is sure. A
//! node is busy until then. How messages travel is not known here.

use crate::kernel::Engine;
use crate::sim::cast::Shapes;
use crate::sim::choices::Door;
use crate::sim::choices::Key;
use crate::sim::ledger::Tag;
use crate::sim::seat::GIFT;
use crate::sim::seat::Item;
use crate::sim::seat::Pending;
use crate::sim::seat::Seat;
use crate::sim::story;
use crate::sim::trace::Id;
use crate::sim::trace::What;
use crate::sim::traffic::Sending;
use crate::sim::watch::Watch;
use crate::sim::world::Event;
use crate::sim::world::Trouble;
use crate::sim::world::World;
use crate::tick::Chain;
use crate::tick::Dead;
use crate::tick::Gift;
use crate::tick::Node;
use crate::tick::Origin;
use crate::tick::Rows;
use crate::tick::Sink;
use crate::tick::Stop;

/// Takes down what a step came to.
#[derive(Default)]
pub(super) struct Collect {
    pub chains: Vec<Chain>,
    pub dead: Vec<Dead>,
}

impl Sink for Collect {
    fn chain(&mut self, chain: &Chain, _: &mut Engine) -> Result<(), std::io::Error> {
        self.chains.push(chain.clone());
        Ok(())
    }

    fn take(&mut self, chain: Chain, _: &mut Engine) -> Result<(), std::io::Error> {
        self.chains.push(chain);
        Ok(())
    }

    fn dead(&mut self, dead: &Dead, _: &mut Engine) -> Result<(), std::io::Error> {
        self.dead.push(dead.clone());
        Ok(())
    }
}

impl World {
    /// Sees to it that a node looks for something to do when there is something.
    pub(super) fn plan_wake(&mut self, at: usize) {
        let Some(node) = &self.nodes[at] else { return };
        let seat = &self.seats[at];
        if seat.busy.is_some() {
            return;
        }
        let ask = node.ask();
        if ask.ready {
            return self.wake_at(at, self.now, true);
        }
        if let Some(due) = ask.due {
            let due = due.saturating_sub(seat.skew).max(self.now);
            self.wake_at(at, due, ask.has_timers);
        }
        let seat = &self.seats[at];
        if !seat.inbox.is_empty() && seat.wake.is_none_or(|wake| wake > self.now) {
            let bound = self.story.settings.gather.max(0) as u64 + 1;
            let waits = self.choices.below(Key::of(Door::Gather, at as u32, seat.steps), bound);
            self.wake_at(at, self.now.saturating_add(waits as i64), true);
        }
    }

    fn wake_at(&mut self, at: usize, when: i64, is_work: bool) {
        let seat = &mut self.seats[at];
        if seat.wake.is_some_and(|wake| wake <= when) {
            return;
        }
        seat.wake = Some(when);
        seat.turn += 1;
        let turn = seat.turn;
        self.queue.push(when, is_work, Event::Wake { node: at, turn });
    }

    /// A node looks for something to do.
    pub(super) fn wake(
        &mut self,
        at: usize,
        turn: u64,
        watch: &mut dyn Watch,
    ) -> Result<(), Trouble> {
        let seat = &mut self.seats[at];
        if seat.turn != turn {
            return Ok(());
        }
        seat.wake = None;
        let Some(node) = &mut self.nodes[at] else { return Ok(()) };
        if seat.busy.is_some() {
            return Ok(());
        }
        let clock = self.now.saturating_add(seat.skew);
        let ask = node.ask();
        let room = ask.room.min(self.story.settings.batch.max(1)).min(seat.inbox.len());
        if room == 0 && !ask.ready && ask.due.is_none_or(|due| due > clock) {
            self.plan_wake(at);
            return Ok(());
        }
        let is_idle = room == 0 && !ask.ready && !ask.has_timers && self.queue.work() == 0;
        let before = is_idle.then(|| node.state_hash());
        let mut pending = Pending::default();
        let shapes = self.shared.players[at].shapes.clone();
        let mut gifts = Vec::with_capacity(room);
        let Seat { log, inbox, .. } = seat;
        let mut took = log.took(clock);
        for item in inbox.drain(..room) {
            gifts.push(match item {
                Item::Message { message, from, number, channel, row } => {
                    took.item(Some((from as u32, number.map(|n| (n.life, n.nth)))), 1);
                    pending.messages.push(message);
                    pending.taken.extend(number.map(|number| (from, number)));
                    let Some(rel) = shapes.rel(channel) else { continue };
                    took.row(rel.0, &row);
                    let read = shapes.read(rel, &row, node.engine_mut().interner_mut());
                    let Ok(words) = read else { continue };
                    Gift::one(rel, words).from(Origin::Numbered(message))
                }
                Item::Gift(gift) => {
                    pending.gifts.push(gift);
                    let of = &self.story.gifts[gift];
                    let rows = given(of, &shapes, node);
                    took.item(None, rows.len());
                    for rows in &rows {
                        self.bytes.clear();
                        let interner = node.engine().interner();
                        shapes.write(rows.rel, &rows.words, interner, &mut self.bytes);
                        took.row(rows.rel.0, &self.bytes);
                    }
                    Gift::new(rows).from(Origin::Numbered(GIFT | gift as u64))
                }
            });
        }
        took.end();
        self.go(at, clock, gifts, pending)?;
        self.idle(at, before);
        self.settle(at, watch)
    }

    /// Runs a step of a node, of which nothing is sure yet.
    pub(super) fn go(
        &mut self,
        at: usize,
        clock: i64,
        gifts: Vec<Gift>,
        mut pending: Pending,
    ) -> Result<(), Trouble> {
        let Some(node) = &mut self.nodes[at] else { return Ok(()) };
        let mut collect = Collect::default();
        match node.step(clock, gifts, &mut collect) {
            Ok(()) => {}
            Err(Stop::Failed(failure)) if failure.is_the_worlds() => {
                return Err(Trouble::Limit { node: at, failure });
            }
            Err(Stop::Failed(failure)) => pending.failed = Some(failure),
            // Nothing is written here but memory.
            Err(Stop::Io(_)) => {}
        }
        (pending.chains, pending.dead) = (collect.chains, collect.dead);
        let seat = &mut self.seats[at];
        pending.step = seat.steps;
        pending.crash = self.choices.told(Key::of(Door::Crash, at as u32, seat.steps), 3);
        seat.steps += 1;
        seat.busy = Some(pending);
        Ok(())
    }

    /// A step in which only a period passed and nothing changed is no reason to
    /// stay up.
    fn idle(&mut self, at: usize, before: Option<u128>) {
        let Some(before) = before else {
            self.idle_since = self.now;
            return;
        };
        let Some(node) = &mut self.nodes[at] else { return };
        let speaks = self.seats[at].busy.iter().flat_map(|pending| &pending.chains).any(|chain| {
            chain.ticks.iter().any(|tick| {
                !(tick.sent.is_empty() && tick.kept.is_empty() && tick.timers.is_empty())
            })
        });
        if speaks || before != node.state_hash() {
            self.idle_since = self.now;
        }
    }

    /// What a node has done takes its time until it is sure.
    pub(super) fn settle(&mut self, at: usize, watch: &mut dyn Watch) -> Result<(), Trouble> {
        let seat = &self.seats[at];
        let (least, most) = self.story.settings.sync;
        let bound = most.saturating_sub(least).max(0) as u64 + 1;
        let step = seat.steps - 1;
        let more = self.choices.below(Key::of(Door::Sync, at as u32, step), bound);
        let takes = least.max(0).saturating_add(more as i64).saturating_add(seat.slow.max(0));
        if takes == 0 {
            return self.done(at, watch);
        }
        let event = Event::Done { node: at, start: seat.starts };
        self.queue.push(self.now.saturating_add(takes), true, event);
        Ok(())
    }

    /// What a node has done is sure: what it has to say leaves.
    pub(super) fn done(&mut self, at: usize, watch: &mut dyn Watch) -> Result<(), Trouble> {
        let Some(pending) = self.seats[at].busy.take() else { return Ok(()) };
        match pending.crash {
            0 => {}
            crash => {
                self.seats[at].busy = Some(pending);
                return self.stop_by_choice(at, crash == 1, watch);
            }
        }
        self.seats[at].log.sync();
        self.tell(at, &pending, true, watch);
        let halt = pending.chains.iter().find_map(Chain::halt);
        if halt.is_some() || pending.failed.is_some() {
            self.gone(at, halt.unwrap_or_default(), watch);
            return Ok(());
        }
        if !pending.taken.is_empty() {
            for &(from, number) in &pending.taken {
                self.seats[at].link.took(from, number);
            }
            self.acks(at);
        }
        self.plan_resend(at);
        self.plan_wake(at);
        Ok(())
    }

    /// Tells of what a node has done; `leaves`: and what it has to say leaves.
    pub(super) fn tell(
        &mut self,
        at: usize,
        pending: &Pending,
        leaves: bool,
        watch: &mut dyn Watch,
    ) {
        for chain in &pending.chains {
            self.chains += 1;
            let id = self.told_of(at, chain, pending.step);
            let flow = watch.chain(&mut self.looking(), at, chain);
            self.heed(flow);
            // What has to arrive leaves later if it does not leave now.
            for tick in &chain.ticks {
                for (rel, row, group) in tick.messages().filter(|(.., group)| leaves || *group) {
                    let (from, tick, cause) = (at, tick.number, id);
                    self.send(Sending { from, rel, row, group, tick, cause, leaves });
                }
            }
        }
        let failures = pending.dead.iter().map(|dead| (&dead.failure, Some(&dead.gift)));
        let failed = pending.failed.iter().map(|failure| (&**failure, None));
        for (failure, gift) in failures.chain(failed) {
            let told = [failure.tick, 0];
            self.ledger.tell(self.now, at, Tag::Dead, told, || (What::Dead, None));
            let flow = watch.dead(&mut self.looking(), at, failure, gift);
            self.heed(flow);
        }
    }

    fn told_of(&mut self, at: usize, chain: &Chain, step: u64) -> Option<Id> {
        let (Some(first), Some(last)) = (chain.ticks.first(), chain.ticks.last()) else {
            return None;
        };
        let (ticks, now) = ((first.number, last.number), first.now);
        let told = [first.number << 32 ^ last.number, now as u64];
        self.ledger.tell(self.now, at, Tag::Took, told, || {
            let numbers = || {
                chain.took.iter().filter_map(|gift| match gift.origin {
                    Origin::Numbered(number) => Some(number),
                    Origin::World | Origin::Own => None,
                })
            };
            let messages = numbers().filter(|number| number & GIFT == 0).collect();
            let gifts = numbers().filter(|number| number & GIFT != 0);
            let gifts = gifts.map(|number| (number & !GIFT) as usize).collect();
            (What::Took { chain: step, messages, gifts, ticks, now }, None)
        })
    }
}

/// The rows of a gift as words.
fn given(gift: &story::Gift, shapes: &Shapes, node: &mut Node) -> Vec<Rows> {
    let interner = node.engine_mut().interner_mut();
    let row = |(rel, row): &(_, Vec<_>)| Rows {
        rel: *rel,
        count: 1,
        words: shapes.words(*rel, row, interner),
    };
    gift.rows.iter().map(row).collect()
}

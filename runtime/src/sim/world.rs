//! A run from its first happening to its last: time, phases, and what is due.
//! What nodes do, and what becomes of messages, is told in rooms of their own;
//! what is expected of a run is not known here.

use std::ops::ControlFlow;
use std::rc::Rc;

use crate::link;
use crate::link::Frame;
use crate::link::Link;
use crate::sim::cast::Prepared;
use crate::sim::cast::Shared;
use crate::sim::choices::Choices;
use crate::sim::faults::Plan;
use crate::sim::faults::Turn;
use crate::sim::ledger::Ledger;
use crate::sim::ledger::Tag;
use crate::sim::network::Network;
use crate::sim::queue::Queue;
use crate::sim::seat::Item;
use crate::sim::seat::Seat;
use crate::sim::story::Story;
use crate::sim::trace::Happening;
use crate::sim::trace::What;
use crate::sim::traffic::Book;
use crate::sim::watch::Looking;
use crate::sim::watch::Watch;
use crate::tick::ChainFailure;
use crate::tick::Node;

/// A program that only goes through its periods is at rest after so many of
/// the longest that change nothing.
const IDLE_PERIODS: i64 = 2;

/// A part of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Faults happen.
    Safety,
    /// No message is lost, nobody is cut off, all nodes are up.
    Liveness,
}

/// What a step came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Something happened.
    Went,
    /// Nothing will ever happen again, but for periods in which nothing changes.
    Quiet,
    /// Time is over.
    Time,
    /// Whoever looks on has seen enough.
    Stopped,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Nothing will ever happen again.
    Quiet,
    /// Time is over.
    Time,
    /// Whoever looked on had seen enough.
    Stopped,
}

/// Why a world cannot go on.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A chain went beyond a limit of the machine below.
    Limit {
        /// The node.
        node: usize,
        /// What happened.
        failure: Box<ChainFailure>,
    },
    /// More happened than may.
    Endless {
        /// How much may.
        most: u64,
    },
    /// A log does not give the node again that wrote it: the tick is not the
    /// function that it has to be.
    Replay {
        /// The node.
        node: usize,
    },
}

/// Something that is to come.
#[derive(Clone)]
pub(super) enum Event {
    Start { node: usize },
    Arrive { to: usize, from: usize, frame: Frame, message: u64 },
    Give { gift: usize },
    Turn { at: usize },
    Up { node: usize },
    Wake { node: usize, turn: u64 },
    Done { node: usize, start: u64 },
    Resend { node: usize },
    Calm,
}

/// Nodes in their network. A clone goes its own way.
#[derive(Clone)]
pub struct World {
    pub(super) shared: Rc<Shared>,
    pub(super) story: Rc<Story>,
    pub(super) choices: Choices,
    pub(super) now: i64,
    pub(super) phase: Phase,
    pub(super) nodes: Vec<Option<Node>>,
    pub(super) seats: Vec<Seat>,
    pub(super) queue: Queue<Event>,
    pub(super) net: Network,
    pub(super) ledger: Ledger,
    /// What is known of group messages, by sender and receiver.
    pub(super) books: Vec<Book>,
    pub(super) stopped: bool,
    /// The last time that something happened beside idle periods.
    pub(super) idle_since: i64,
    turns: Vec<(i64, Turn)>,
    end: i64,
    is_over: bool,
    /// Chains that happened.
    pub(super) chains: u64,
    /// Messages that were delivered.
    pub(super) delivered: u64,
    /// Memory that serves one message after the other.
    pub(super) frames: Vec<(usize, Frame)>,
    pub(super) bytes: Vec<u8>,
}

impl World {
    /// A world in which nothing has happened yet.
    pub fn new(cast: &Prepared, story: &Story, choices: Choices) -> World {
        let shared = cast.shared.clone();
        let (n, settings) = (shared.players.len(), &story.settings);
        let mut choices = choices;
        let plan = Plan::of(story, n, &mut choices);
        let mut net = Network::new(n, shared.channels.len(), settings, &story.faults);
        net.worsen(plan.rates[0], plan.rates[1], plan.rates[2]);
        let mut queue = Queue::new();
        let is_skew = |turn: &Turn| matches!(turn, Turn::Skew { .. });
        let turns = |first: bool| {
            let all = plan.turns.iter().enumerate();
            all.filter(move |(_, (at, turn))| (*at <= 0 && is_skew(turn)) == first)
        };
        // Clocks are off from the start; whoever stops at once has started.
        turns(true).for_each(|(at, turn)| queue.push(turn.0, true, Event::Turn { at }));
        (0..n).for_each(|node| queue.push(0, true, Event::Start { node }));
        turns(false).for_each(|(at, turn)| queue.push(turn.0.max(0), true, Event::Turn { at }));
        let gifts = || story.gifts.iter().enumerate();
        gifts().for_each(|(gift, of)| queue.push(of.at.max(0), true, Event::Give { gift }));
        let last = gifts().map(|(_, gift)| gift.at).max().unwrap_or(0).max(plan.over);
        if settings.liveness.is_some() {
            queue.push(last.saturating_add(settings.grace), false, Event::Calm);
        }
        let seat = |_| Seat::new(Link::new(links(story), 1, n));
        World {
            choices,
            now: 0,
            phase: Phase::Safety,
            nodes: (0..n).map(|_| None).collect(),
            seats: (0..n).map(seat).collect(),
            queue,
            net,
            ledger: Ledger::new(settings.traced),
            books: vec![Book::default(); n * n],
            stopped: false,
            idle_since: 0,
            turns: plan.turns,
            end: settings.until,
            is_over: false,
            chains: 0,
            delivered: 0,
            frames: Vec::new(),
            bytes: Vec::new(),
            story: Rc::new(story.clone()),
            shared,
        }
    }

    /// One happening.
    pub fn step(&mut self, watch: &mut dyn Watch) -> Result<Step, Trouble> {
        if self.stopped {
            return Ok(self.over(Step::Stopped));
        }
        if self.is_at_rest() {
            if self.phase == Phase::Liveness || self.story.settings.liveness.is_none() {
                return Ok(self.over(Step::Quiet));
            }
            self.calm(watch);
            return Ok(Step::Went);
        }
        let Some(at) = self.queue.next_at() else { return Ok(self.over(Step::Quiet)) };
        if at > self.end {
            self.now = self.now.max(self.end);
            return Ok(self.over(Step::Time));
        }
        if self.ledger.count > self.story.settings.most {
            return Err(Trouble::Endless { most: self.story.settings.most });
        }
        if self.queue.work() > 0 {
            self.idle_since = at;
        }
        let Some((at, event)) = self.queue.pop() else { return Ok(self.over(Step::Quiet)) };
        self.now = self.now.max(at);
        self.happen(event, watch)?;
        Ok(Step::Went)
    }

    /// Until nothing happens any more, time is over, or whoever looks on has seen
    /// enough.
    pub fn run(&mut self, watch: &mut dyn Watch) -> Result<End, Trouble> {
        loop {
            match self.step(watch)? {
                Step::Went => {}
                Step::Quiet => return Ok(End::Quiet),
                Step::Time => return Ok(End::Time),
                Step::Stopped => return Ok(End::Stopped),
            }
        }
    }

    pub(super) fn happen(&mut self, event: Event, watch: &mut dyn Watch) -> Result<(), Trouble> {
        match event {
            Event::Start { node } => self.start(node, watch),
            Event::Up { node } => self.up(node, watch),
            Event::Arrive { to, from, frame, message } => {
                self.arrive(to, from, frame, message);
                Ok(())
            }
            Event::Give { gift } => {
                self.give(gift);
                Ok(())
            }
            Event::Wake { node, turn } => self.wake(node, turn, watch),
            Event::Done { node, start } if self.seats[node].starts == start => {
                self.done(node, watch)
            }
            Event::Done { .. } => Ok(()),
            Event::Resend { node } => {
                self.resend(node);
                Ok(())
            }
            Event::Turn { at } => self.turn(at, watch),
            Event::Calm => {
                self.calm(watch);
                Ok(())
            }
        }
    }

    /// Whether nothing will happen any more that anybody could see.
    fn is_at_rest(&self) -> bool {
        if self.queue.work() > 0 {
            return false;
        }
        let up = self.nodes.iter().zip(&self.shared.players).filter(|(node, _)| node.is_some());
        let mut periods = up.map(|(_, player)| player).filter(|player| !player.periods.is_empty());
        let longest = periods.try_fold(0, |longest, player| {
            let own = player.periods.iter().copied().max().unwrap_or(0);
            (!player.reads_now).then_some(own.max(longest))
        });
        longest.is_some_and(|longest| {
            longest == 0 || self.now - self.idle_since > longest.saturating_mul(IDLE_PERIODS)
        })
    }

    /// The run ends: the number that stands for it has the last states in it.
    fn over(&mut self, step: Step) -> Step {
        if !std::mem::replace(&mut self.is_over, true) {
            for node in 0..self.nodes.len() {
                let Some(of) = &mut self.nodes[node] else { continue };
                let state = of.state_hash();
                let halves = [(state >> 64) as u64, state as u64];
                self.ledger.fold(self.now, node, Tag::State, halves);
            }
        }
        step
    }

    /// Faults are over.
    fn calm(&mut self, watch: &mut dyn Watch) {
        let Some(liveness) = self.story.settings.liveness else { return };
        if self.phase == Phase::Liveness {
            return;
        }
        self.phase = Phase::Liveness;
        self.net.calm();
        self.seats.iter_mut().for_each(|seat| seat.slow = 0);
        self.end = self.end.min(self.now.saturating_add(liveness));
        self.idle_since = self.now;
        self.ledger.tell(self.now, 0, Tag::Calm, [0; 2], || (What::Calm, None));
        let flow = watch.calm(&mut self.looking());
        self.heed(flow);
    }

    /// The next fault of the story.
    fn turn(&mut self, at: usize, watch: &mut dyn Watch) -> Result<(), Trouble> {
        let now = self.now;
        match self.turns[at].1.clone() {
            Turn::Cut { number, fault, from, to, both } => {
                self.cut(&from, &to, both, true);
                let (node, told) = (from.first().copied().unwrap_or(0), [number as u64, 0]);
                self.ledger.tell(now, node, Tag::Partition, told, || {
                    (What::Partition { fault, from, to, both, number }, None)
                });
            }
            Turn::Heal { number, from, to, both } => {
                self.cut(&from, &to, both, false);
                let (node, told) = (from.first().copied().unwrap_or(0), [number as u64, 0]);
                self.ledger.tell(now, node, Tag::Heal, told, || (What::Heal { number }, None));
            }
            Turn::Skew { node, by } => {
                self.seats[node].skew = by;
                let told = [by as u64, 0];
                self.ledger.tell(now, node, Tag::Skew, told, || (What::Skew { by }, None));
                self.plan_wake(node);
            }
            Turn::Slow { node, by } => {
                self.seats[node].slow = by;
                let told = [by as u64, 0];
                self.ledger.tell(now, node, Tag::Slow, told, || (What::Slow { by }, None));
            }
            Turn::Burst { by } => {
                self.net.burst = by;
                let told = [by as u64, 0];
                self.ledger.tell(now, 0, Tag::Burst, told, || (What::Burst { by }, None));
            }
            Turn::Down { node, fault, amnesia, for_ever } => {
                self.seats[node].is_gone |= for_ever;
                return self.down(node, fault, amnesia, watch);
            }
            Turn::Up { node } => return self.up(node, watch),
        }
        Ok(())
    }

    fn cut(&mut self, from: &[usize], to: &[usize], both: bool, begins: bool) {
        for (&a, &b) in from.iter().flat_map(|a| to.iter().map(move |b| (a, b))) {
            self.net.cut(a, b, begins);
            if both {
                self.net.cut(b, a, begins);
            }
        }
    }

    /// A node is given something from outside.
    fn give(&mut self, gift: usize) {
        let node = self.story.gifts[gift].node;
        let told = [gift as u64, 0];
        self.ledger.tell(self.now, node, Tag::Given, told, || (What::Given { gift }, None));
        let Some(seat) = self.seats.get_mut(node) else { return };
        if self.nodes[node].is_none() {
            seat.late.push(gift);
            return;
        }
        seat.inbox.push_back(Item::Gift(gift));
        self.plan_wake(node);
    }

    pub(super) fn looking(&mut self) -> Looking<'_> {
        Looking {
            now: self.now,
            phase: self.phase,
            happenings: self.ledger.trace().len(),
            nodes: &mut self.nodes,
        }
    }

    pub(super) fn heed(&mut self, flow: ControlFlow<()>) {
        self.stopped |= flow.is_break();
    }

    /// Nanoseconds since the start of the world.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Whether faults happen.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// A node that is up.
    pub fn node(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node).and_then(Option::as_mut)
    }

    /// Chains that happened so far.
    pub fn chains(&self) -> u64 {
        self.chains
    }

    /// Messages that reached a node so far, copies among them.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// A number that stands for everything that happened; when the run is over,
    /// also for the states of all nodes.
    pub fn trace_hash(&self) -> u128 {
        self.ledger.value()
    }

    /// The decisions that were made.
    pub fn choices(&self) -> &Choices {
        &self.choices
    }

    /// What happened, where the settings ask for it.
    pub fn trace(&self) -> &[Happening] {
        self.ledger.trace()
    }
}

/// How links are in this story.
pub(super) fn links(story: &Story) -> link::Settings {
    let settings = &story.settings;
    link::Settings {
        first_resend: settings.first_resend,
        most_resend: settings.most_resend,
        window: settings.window,
        queue: settings.queue,
    }
}

//! A node: its state between chains, and how a batch becomes chains. A batch
//! whose chain fails is halved until the guilty event is alone; that one is
//! given up, and everything else happens. Who chooses batches and instants is
//! not known here.

mod future;
mod gather;
mod replay;

use std::collections::VecDeque;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::types::typed;
use rustc_hash::FxHashSet;

use crate::dataflow::node::Body;
use crate::dataflow::node::Company;
use crate::dataflow::node::Workers;
use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::kernel::Stats;
use crate::kernel::TickInput;
use crate::tick::chain::Chain;
use crate::tick::chain::ChainFailure;
use crate::tick::chain::Dead;
use crate::tick::chain::Tick;
use crate::tick::chain::Why;
use crate::tick::gift;
use crate::tick::gift::Batch;
use crate::tick::gift::Gift;
use crate::tick::gift::Origin;
use crate::tick::parts::Parts;
use crate::tick::ports::Ask;
use crate::tick::ports::Sink;
use crate::tick::ports::Stop;
use crate::tick::settings::OnError;
use crate::tick::settings::Settings;
use crate::tick::timers::Timers;

/// Failing halves of a batch after which its events are taken one by one.
const HALVINGS_MAX: u32 = 64;
/// Batches of its own messages that a node takes while others wait outside.
const INNER_BATCHES_MAX: u32 = 1_000;

/// A node in memory. A clone goes its own way and shares what never changes.
#[derive(Clone)]
pub struct Node {
    body: Body,
    parts: Arc<Parts>,
    settings: Arc<Settings>,
    /// What chance hangs on.
    secret: u64,
    /// Starts before this one.
    boot: i64,
    is_started: bool,
    /// Whether the next chain is the one that the start makes.
    is_first: bool,
    me: u64,
    /// For each channel and timer: the nodes to which its messages have to arrive.
    groups: Vec<FxHashSet<u64>>,
    /// The last tick that happened, and its instant.
    tick: u64,
    last: Option<i64>,
    waiting: VecDeque<Gift>,
    timers: Timers,
    inner_batches: u32,
}

impl Node {
    /// A node that has not ticked yet. What the engine was loaded with are the
    /// rows that its tables begin with.
    pub fn new(program: &typed::Program, engine: Engine, settings: Settings, secret: u64) -> Node {
        Node::over(program, engine, settings, secret, None)
    }

    /// The same; its workers may be there already.
    pub fn over(
        program: &typed::Program,
        mut engine: Engine,
        mut settings: Settings,
        secret: u64,
        company: Option<Company>,
    ) -> Node {
        let mut parts = Parts::of(program);
        for &rel in &settings.show {
            let shown = parts.events.contains(&rel) || parts.views.contains(&rel);
            if !shown {
                let list = if parts.is_event(rel) { &mut parts.events } else { &mut parts.views };
                list.push(rel);
                list.sort();
            }
        }
        if settings.members.is_empty() {
            settings.members.push((settings.name.clone(), settings.role.clone()));
        }
        let mut word = |name: &str| engine.interner_mut().bytes(name.as_bytes());
        let me = word(&settings.name);
        let members: Vec<[u64; 2]> =
            settings.members.iter().map(|(name, role)| [word(name), word(role)]).collect();
        if let Some(rel) = parts.givens.me {
            engine.load(rel, &[me]);
        }
        if let Some(rel) = parts.givens.members {
            engine.load(rel, members.as_flattened());
        }
        let told = [parts.givens.stdout, parts.givens.stderr, parts.givens.halt];
        let told = told.into_iter().flatten().filter(|&rel| !parts.is_event(rel));
        let told: Vec<RelId> = told.collect();
        let workers = workers(&settings, &parts);
        let mut body = match company {
            Some(company) => Body::over(program, engine, &workers, company),
            None => Body::new(program, engine, &workers),
        };
        body.choose(settings.views);
        parts.views.iter().chain(&told).for_each(|rel| body.watch(*rel));
        let mut node = Node {
            body,
            parts: Arc::new(parts),
            boot: settings.boot,
            settings: Arc::new(settings),
            secret,
            is_started: false,
            is_first: true,
            me,
            groups: Vec::new(),
            tick: 0,
            last: None,
            waiting: VecDeque::new(),
            timers: Timers::default(),
            inner_batches: 0,
        };
        node.names();
        node
    }

    /// Looks up the names of nodes.
    fn names(&mut self) {
        let interner = self.body.engine_mut().interner_mut();
        self.me = interner.bytes(self.settings.name.as_bytes());
        let members = &self.settings.members;
        let mut of = |roles: &Vec<String>| {
            let members = members.iter().filter(|(_, role)| roles.contains(role));
            members.map(|(name, _)| interner.bytes(name.as_bytes())).collect()
        };
        self.groups = self.parts.sendings.iter().map(|sending| of(&sending.groups)).collect();
    }

    /// What holds in the last tick.
    pub fn engine(&self) -> &Engine {
        self.body.engine()
    }

    /// No tick follows: lets the workers go. What holds in the last tick stays.
    pub fn part(&mut self) {
        self.body.part();
    }

    /// What was done and what is held.
    pub fn stats(&self) -> Stats {
        self.body.stats()
    }

    /// Likewise, to make values with and to read whole rows.
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.body.engine_mut()
    }

    /// Has chance hang on something else, before the first tick.
    pub fn chance(&mut self, secret: u64) {
        self.secret = secret;
    }

    /// A number for the state between chains: equal for equal tables, firings,
    /// and rows put aside.
    pub fn state_hash(&mut self) -> u128 {
        self.body.state_hash()
    }

    /// Ticks that happened, those of failed chains aside.
    pub fn ticks(&self) -> u64 {
        self.tick
    }

    /// The instant of the last tick.
    pub fn last(&self) -> Option<i64> {
        self.last
    }

    /// Gives facts together: they wait for the next batch.
    pub fn give(&mut self, gift: Gift) {
        self.waiting.extend(gift::split(gift, &self.parts));
    }

    /// What there is to know for whoever chooses the next batch. While messages
    /// to itself wait they are a batch of their own, so that it does not hang
    /// on the clock which of them share a tick with what comes from outside.
    pub fn ask(&self) -> Ask {
        let ready = self.is_first || !self.waiting.is_empty();
        let shut = self.is_first || ready && self.inner_batches < INNER_BATCHES_MAX;
        Ask {
            ready,
            room: if shut { 0 } else { self.settings.batch },
            due: self.timers.due(),
            has_timers: self.timers.any(),
        }
    }

    /// Takes what was given, what waits and what is due by `now` into a batch,
    /// as much of it as may share a tick, and runs its chains.
    pub fn step(&mut self, now: i64, gifts: Vec<Gift>, sink: &mut dyn Sink) -> Result<(), Stop> {
        self.go(now, gifts, false, sink)
    }

    /// The same by hand: where there is nothing to take in, a tick without input.
    pub fn tick(&mut self, now: i64, sink: &mut dyn Sink) -> Result<(), Stop> {
        self.go(now, Vec::new(), true, sink)
    }

    fn go(
        &mut self,
        now: i64,
        gifts: Vec<Gift>,
        by_hand: bool,
        sink: &mut dyn Sink,
    ) -> Result<(), Stop> {
        self.inner_batches = if gifts.is_empty() { self.inner_batches + 1 } else { 0 };
        gifts.into_iter().for_each(|gift| self.give(gift));
        self.forget(&[]);
        let now = self.last.map_or(now, |last| now.max(last.saturating_add(1)));
        if !self.is_started {
            self.start(self.boot, now);
        }
        if self.is_first {
            return self.first(now, sink);
        }
        self.due(now);
        let batch = self.compose();
        if batch.is_empty() && !by_hand {
            return Ok(());
        }
        self.batch(batch, now, sink)
    }

    /// What has come by itself waits before everything else.
    fn due(&mut self, now: i64) {
        for due in self.timers.take(now, self.body.engine()).into_iter().rev() {
            self.waiting.push_front(due);
        }
    }

    /// Forgets values that nobody holds, when there are many of them.
    fn forget(&mut self, at_hand: &[Gift]) {
        let Some(values) = self.settings.held.as_ref() else { return };
        if !self.body.wants_collect() {
            return;
        }
        let gifts = self.waiting.iter().chain(at_hand);
        let waiting = gifts.flat_map(|gift| gift.delete.iter().chain(&gift.insert));
        let held: Vec<Rows> = waiting.cloned().chain(self.timers.rows()).collect();
        self.body.collect_but(&held, values);
        self.names();
    }

    /// The first tick. Where the program asks for its start it takes in nothing
    /// else; and no event is to blame when it fails.
    fn first(&mut self, now: i64, sink: &mut dyn Sink) -> Result<(), Stop> {
        self.is_first = false;
        let boot = vec![self.boot as u64];
        let batch = match self.parts.givens.startup {
            Some(startup) => vec![Gift::one(startup, boot).from(Origin::Own)],
            None => self.compose(),
        };
        if self.parts.givens.startup.is_none() && !batch.is_empty() {
            return self.batch(batch, now, sink);
        }
        match self.chain(&batch, now) {
            Ok(mut chain) => {
                chain.took = batch;
                Ok(sink.take(chain, self.body.engine_mut())?)
            }
            Err(failure) => Err(Stop::Failed(Box::new(failure))),
        }
    }

    /// What may share a tick, from the front.
    fn compose(&mut self) -> Vec<Gift> {
        // What waits alone is in nobody's way.
        if self.waiting.len() == 1 {
            return self.waiting.drain(..).collect();
        }
        let mut batch = Batch::default();
        while let Some(gift) = self.waiting.pop_front() {
            if let Err(gift) = batch.take(gift, &self.parts) {
                self.waiting.push_front(gift);
                break;
            }
        }
        batch.into_gifts()
    }

    /// Runs a batch, in parts if it fails as a whole.
    fn batch(&mut self, batch: Vec<Gift>, now: i64, sink: &mut dyn Sink) -> Result<(), Stop> {
        let mut parts = vec![batch];
        let mut failed = 0;
        let mut now = now;
        while let Some(part) = parts.pop() {
            let failure = match self.chain(&part, now) {
                Ok(mut chain) => {
                    chain.took = part;
                    now = self.last.unwrap_or(now).saturating_add(1);
                    let halts = chain.halt().is_some();
                    sink.take(chain, self.body.engine_mut())?;
                    if halts {
                        return Ok(());
                    }
                    continue;
                }
                Err(failure) => failure,
            };
            if failure.is_the_worlds() || self.settings.on_error == OnError::Halt {
                return Err(Stop::Failed(Box::new(failure)));
            }
            failed += 1;
            if part.len() <= 1 {
                for gift in part {
                    let failure = failure.clone();
                    sink.dead(&Dead { gift, failure }, self.body.engine_mut())?;
                }
            } else if failed < HALVINGS_MAX {
                let mut first = part;
                let second = first.split_off(first.len() / 2);
                parts.extend([second, first]);
            } else {
                parts.extend(part.into_iter().rev().map(|gift| vec![gift]));
            }
        }
        Ok(())
    }

    /// One chain, whole or not at all.
    fn chain(&mut self, gifts: &[Gift], now: i64) -> Result<Chain, ChainFailure> {
        let before = (self.tick, self.last);
        self.body.begin();
        match self.ticks_of(gift::input(gifts), now) {
            Ok(chain) => {
                self.body.commit();
                self.take_home(&chain);
                Ok(chain)
            }
            Err(why) => {
                let (tick, now) = (self.tick, self.last.unwrap_or(now));
                self.body.rollback();
                let why = match why {
                    Why::Tick(failure) if self.is_told(gifts) => {
                        Why::Tick(self.body.told(failure, &self.settings.limits))
                    }
                    why => why,
                };
                (self.tick, self.last) = before;
                Err(ChainFailure { tick, now, why })
            }
        }
    }

    /// Whether somebody hears why these failed: batches that are taken apart say
    /// nothing.
    fn is_told(&self, gifts: &[Gift]) -> bool {
        gifts.len() <= 1 || self.settings.on_error == OnError::Halt
    }

    /// Takes up what a chain that is sure has for the node itself.
    fn take_home(&mut self, chain: &Chain) {
        for tick in &chain.ticks {
            for rows in &tick.kept {
                for row in rows.words.chunks_exact(rows.words.len() / rows.count.max(1)) {
                    let gift = Gift::one(rows.rel, row.to_vec());
                    self.waiting.push_back(gift.from(Origin::Own));
                }
            }
            for rows in &tick.timers {
                let sending = self.parts.sendings.iter().find(|s| s.target == rows.rel);
                let at = sending.map_or(0, |sending| sending.at);
                for row in rows.words.chunks_exact(rows.words.len() / rows.count.max(1)) {
                    self.timers.set(row[at] as i64, rows.rel, row.to_vec());
                }
            }
        }
    }

    /// The tick that takes in, and those that follow by themselves. What ends
    /// the node ends the chain.
    fn ticks_of(&mut self, input: TickInput, now: i64) -> Result<Chain, Why> {
        let mut chain = Chain::default();
        let mut input = input;
        let mut now = now;
        loop {
            let own = !chain.ticks.is_empty();
            self.tick += 1;
            self.last = Some(now);
            let mut tick = Tick { number: self.tick, now, own, ..Tick::default() };
            if self.settings.traced {
                (tick.took, tick.taken_out) = (input.insert.clone(), input.delete.clone());
            }
            self.clock(&mut input, now);
            if self.settings.explained == Some(self.tick) {
                self.body.engine_mut().keep_ranks();
            }
            let end = self.body.tick(&input, &self.settings.limits).map_err(Why::Tick)?;
            self.gather(&mut tick)?;
            let over = tick.halt.is_some() || !end.own;
            chain.ticks.push(tick);
            if over {
                return Ok(chain);
            }
            if chain.ticks.len() as u64 > self.settings.max_own_ticks {
                let full = |rel: &RelId| self.body.count(*rel) > 0;
                let stages = self.parts.stages.iter().copied().filter(full).collect();
                return Err(Why::OwnTicks { most: self.settings.max_own_ticks, stages });
            }
            input = TickInput::default();
            now = now.saturating_add(1);
        }
    }

    /// Every tick has an instant and a chance of its own.
    fn clock(&self, input: &mut TickInput, now: i64) {
        let mut add = |rel: Option<RelId>, word: u64| {
            if let Some(rel) = rel {
                input.insert.push(Rows { rel, count: 1, words: vec![word] });
            }
        };
        add(self.parts.givens.now, now as u64);
        add(self.parts.givens.seed, seed(self.secret, self.boot as u64, self.tick));
    }
}

/// How many workers a node has, and what is to be seen of them. The tick that is
/// to be explained is one worker's.
fn workers(settings: &Settings, parts: &Parts) -> Workers {
    let count = if settings.explained.is_some() { 1 } else { settings.workers };
    let seen = (!settings.open).then(|| parts.read().collect());
    Workers { count, threads: settings.threads, seen }
}

/// What the chance of a tick hangs on.
fn seed(secret: u64, boot: u64, tick: u64) -> u64 {
    // The finisher of SplitMix64: every bit of the input moves every bit of
    // the result.
    let mix = |x: u64| {
        let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    [boot, tick].iter().fold(mix(secret), |x, part| {
        mix(x.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ mix(part.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    })
}

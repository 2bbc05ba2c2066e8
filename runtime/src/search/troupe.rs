//! The nodes of a test as machines with numbered states. Each state that a node
//! can come to is kept as the node itself, ready to go on from there, and each
//! move is made once. What a test expects of the nodes is not known here.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use rustc_hash::FxHashMap;

use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::search::stage::Moved;
use crate::search::stage::Parcel;
use crate::search::stage::Seen;
use crate::search::stage::State;
use crate::search::stage::Trouble;
use crate::sim::Choices;
use crate::sim::Gift;
use crate::sim::Map;
use crate::sim::Member;
use crate::sim::Prepared;
use crate::sim::Shapes;
use crate::tick;
use crate::tick::Chain;
use crate::tick::ChainFailure;
use crate::tick::Dead;
use crate::tick::Node;
use crate::tick::Sink;
use crate::tick::Stop;

/// States of single nodes that are kept.
const NODE_STATES_MOST: usize = 50_000;
/// Batches that a node makes of what it is given at once and sends itself.
const BATCHES_MOST: usize = 1_000;

/// A message, or an event of the test.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Content {
    /// A message.
    Message {
        /// The sender.
        from: usize,
        /// The receiver.
        to: usize,
        /// As a place in `Prepared::channels`.
        channel: u32,
        /// The row, encoded.
        row: Arc<[u8]>,
        /// Whether it always arrives in the end.
        sure: bool,
    },
    /// A gift of the story, by its place there.
    Gift(usize),
}

/// Rows of a collection that are seen, encoded, in value order.
pub type Shown = Vec<(RelId, Vec<Box<[u8]>>)>;

/// The moves of a node from one of its states that were made.
type Moves = FxHashMap<(Option<State>, u32, Vec<Parcel>), Rc<Moved>>;

/// Nodes with everything that is known of them.
pub struct Troupe {
    prepared: Prepared,
    gifts: Vec<Gift>,
    /// Nanoseconds of a step.
    step: i64,
    /// Whether gifts come by themselves, at their step.
    timed: bool,
    secret: u64,
    states: Vec<Node>,
    /// By node and what its future hangs on.
    known: FxHashMap<(usize, u128), State>,
    contents: Vec<Content>,
    parcels: FxHashMap<Content, Parcel>,
    shown: Vec<Shown>,
    seen: FxHashMap<Shown, Seen>,
    moves: Vec<Moves>,
    /// Why a move failed, the last time one did.
    failure: Option<(usize, Box<ChainFailure>)>,
    /// Moves that were made.
    made: u64,
}

impl Troupe {
    /// Nodes that have not started. `timed`: what the story gives them comes at
    /// its step; else it is given as any message.
    pub fn new(prepared: Prepared, gifts: &[Gift], step: i64, timed: bool) -> Troupe {
        let nodes = prepared.cast().nodes.len();
        Troupe {
            prepared,
            gifts: gifts.to_vec(),
            step: step.max(1),
            timed,
            secret: Choices::of(&Map::new(), u64::MAX).secret(),
            states: Vec::new(),
            known: FxHashMap::default(),
            contents: Vec::new(),
            parcels: FxHashMap::default(),
            shown: Vec::new(),
            seen: FxHashMap::default(),
            moves: vec![Moves::default(); nodes],
            failure: None,
            made: 0,
        }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.moves.len()
    }

    /// Moves of nodes that were made; others were known.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// What a message is.
    pub fn content(&self, parcel: Parcel) -> Option<&Content> {
        self.contents.get(parcel as usize)
    }

    /// What a channel is called.
    pub fn channel(&self, channel: u32) -> &str {
        self.prepared.channels().get(channel as usize).map_or("", String::as_str)
    }

    /// The rows that are seen.
    pub fn shown(&self, seen: Seen) -> &[(RelId, Vec<Box<[u8]>>)] {
        self.shown.get(seen as usize).map_or(&[], Vec::as_slice)
    }

    /// Of the last move that failed, the node and why; the node as it was before.
    pub fn failure(&self) -> Option<(usize, &ChainFailure)> {
        self.failure.as_ref().map(|(node, failure)| (*node, &**failure))
    }

    /// The number of a message or event.
    pub fn parcel(&mut self, content: Content) -> Parcel {
        if let Some(parcel) = self.parcels.get(&content) {
            return *parcel;
        }
        let parcel = self.contents.len() as Parcel;
        self.contents.push(content.clone());
        self.parcels.insert(content, parcel);
        parcel
    }

    fn seen(&mut self, shown: Shown) -> Seen {
        if let Some(seen) = self.seen.get(&shown) {
            return *seen;
        }
        let seen = self.shown.len() as Seen;
        self.shown.push(shown.clone());
        self.seen.insert(shown, seen);
        seen
    }

    /// What a node does at a step that takes these in.
    pub fn moved(
        &mut self,
        node: usize,
        state: Option<State>,
        step: u32,
        takes: &[Parcel],
    ) -> Result<Rc<Moved>, Trouble> {
        let mut takes = takes.to_vec();
        takes.sort_unstable();
        let key = (state, step, takes);
        if let Some(moved) = self.moves[node].get(&key) {
            return Ok(Rc::clone(moved));
        }
        let moved = Rc::new(self.make(node, state, step, &key.2)?);
        self.moves[node].insert(key, Rc::clone(&moved));
        Ok(moved)
    }

    fn make(
        &mut self,
        node: usize,
        state: Option<State>,
        step: u32,
        takes: &[Parcel],
    ) -> Result<Moved, Trouble> {
        self.made += 1;
        let shared = Rc::clone(&self.prepared.shared);
        let player = &shared.players[node];
        let mut acting = match state {
            Some(state) => self.states[state as usize].clone(),
            None => {
                let mut fresh = player.node.clone();
                fresh.chance(self.secret ^ node as u64);
                fresh
            }
        };
        let now = self.step.saturating_mul(i64::from(step));
        let gifts = self.given(node, step, takes, &player.shapes, acting.engine_mut());
        let mut sink =
            Told { shapes: &player.shapes, shown: Shown::new(), sent: Vec::new(), failure: None };
        let mut next = gifts;
        for _ in 0..BATCHES_MOST {
            match acting.step(now, std::mem::take(&mut next), &mut sink) {
                Ok(()) => {}
                Err(Stop::Failed(failure)) => sink.failure = Some(failure),
                Err(Stop::Io(_)) => {}
            }
            if sink.failure.is_some() || !acting.ask().ready {
                break;
            }
        }
        let Told { shown, sent, failure, .. } = sink;
        let name = &shared.cast.nodes[node].name;
        if failure.is_none() && acting.ask().ready {
            return Err(Trouble::TooLarge(format!("`{name}` sends itself messages without end")));
        }
        let mut found = Moved::default();
        if let Some(failure) = failure {
            self.failure = Some((node, failure));
            found.failed = true;
        }
        for (to, channel, row, sure) in sent {
            // Who is no member gets nothing.
            let Some(to) = shared.numbers.get(&to).copied() else { continue };
            let content = Content::Message { from: node, to, channel, row, sure };
            found.sent.push((to, self.parcel(content)));
        }
        let state = state_rows(&mut acting, &shared.cast.nodes[node], &player.shapes);
        let with_events = state.iter().cloned().chain(shown).collect();
        found.rests = self.seen(state);
        found.seen = self.seen(with_events);
        found.state = self.state(node, acting)?;
        Ok(found)
    }

    /// The number of the state that a node is in.
    fn state(&mut self, node: usize, mut acting: Node) -> Result<State, Trouble> {
        let key = (node, acting.future_hash());
        if let Some(state) = self.known.get(&key) {
            return Ok(*state);
        }
        if self.states.len() >= NODE_STATES_MOST {
            return Err(Trouble::TooLarge(format!(
                "the nodes can be in more than {NODE_STATES_MOST} different states"
            )));
        }
        let state = self.states.len() as State;
        self.states.push(acting);
        self.known.insert(key, state);
        Ok(state)
    }

    /// What a node is given together, message by message, and what the test
    /// gives it at this step.
    fn given(
        &self,
        node: usize,
        step: u32,
        takes: &[Parcel],
        shapes: &Shapes,
        engine: &mut Engine,
    ) -> Vec<tick::Gift> {
        let mut all = Vec::new();
        let at = |gift: &Gift| gift.at / self.step == i64::from(step);
        for gift in self.gifts.iter().filter(|gift| self.timed && gift.node == node && at(gift)) {
            all.push(stated(gift, shapes, engine));
        }
        for parcel in takes {
            match self.content(*parcel) {
                Some(Content::Message { channel, row, .. }) => {
                    // A role that does not know the channel does not hear of it.
                    let Some(rel) = shapes.rel(*channel) else { continue };
                    let words = shapes.read(rel, row, engine.interner_mut());
                    all.extend(words.ok().map(|words| tick::Gift::one(rel, words)));
                }
                Some(Content::Gift(at)) => {
                    all.extend(self.gifts.get(*at).map(|gift| stated(gift, shapes, engine)));
                }
                None => {}
            }
        }
        all
    }
}

fn stated(gift: &Gift, shapes: &Shapes, engine: &mut Engine) -> tick::Gift {
    let row = |(rel, row): &(RelId, Vec<bloom_compiler::oracle::Value>)| Rows {
        rel: *rel,
        count: 1,
        words: shapes.words(*rel, row, engine.interner_mut()),
    };
    tick::Gift::new(gift.rows.iter().map(row).collect())
}

/// The rows of the collections of a node that stay.
fn state_rows(acting: &mut Node, of: &Member, shapes: &Shapes) -> Shown {
    let mut all = Shown::new();
    let is_event = |rel: &RelId| of.program.rels.get(rel.index()).is_some_and(|rel| rel.event);
    for rel in of.show.iter().filter(|rel| !is_event(rel)) {
        let engine = acting.engine_mut();
        let (count, words) = (engine.len(*rel), engine.rows(*rel));
        if count > 0 {
            all.push((*rel, encoded(shapes, engine, *rel, count, &words)));
        }
    }
    all
}

fn encoded(
    shapes: &Shapes,
    engine: &Engine,
    rel: RelId,
    count: usize,
    words: &[u64],
) -> Vec<Box<[u8]>> {
    let width = words.len() / count.max(1);
    let row = |at: usize| {
        let mut bytes = Vec::new();
        let row = words.get(at * width..(at + 1) * width).unwrap_or_default();
        shapes.write(rel, row, engine.interner(), &mut bytes);
        bytes.into_boxed_slice()
    };
    (0..count).map(row).collect()
}

/// A message: to whom, its channel, its bytes, and whether it is never lost.
type Leaving = (Box<[u8]>, u32, Arc<[u8]>, bool);

/// Hears what a move says.
struct Told<'t> {
    shapes: &'t Shapes,
    /// Events of all its ticks.
    shown: Shown,
    sent: Vec<Leaving>,
    failure: Option<Box<ChainFailure>>,
}

impl Sink for Told<'_> {
    fn chain(&mut self, chain: &Chain, engine: &mut Engine) -> Result<(), io::Error> {
        for tick in &chain.ticks {
            for rows in &tick.shown {
                let bytes = encoded(self.shapes, engine, rows.rel, rows.count, &rows.words);
                self.shown.push((rows.rel, bytes));
            }
            for (rel, row, sure) in tick.messages() {
                let Some((channel, at)) = self.shapes.channel(rel) else { continue };
                let to = row.get(at).map_or(&[][..], |word| engine.interner().get_bytes(*word));
                let mut bytes = Vec::new();
                self.shapes.write(rel, row, engine.interner(), &mut bytes);
                self.sent.push((to.into(), channel, bytes.into(), sure));
            }
        }
        Ok(())
    }

    fn dead(&mut self, dead: &Dead, _: &mut Engine) -> Result<(), io::Error> {
        self.failure.get_or_insert_with(|| Box::new(dead.failure.clone()));
        Ok(())
    }
}

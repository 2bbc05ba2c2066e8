//! All orders in which what is under way can arrive. One thing happens at a
//! time: a message arrives, or an event of the test does, or, where the network
//! may do so, a message is lost or arrives twice. Deliveries to different nodes
//! commute: either way round, the nodes come to the same states with the same
//! messages under way, and from there on all orders are gone through once. So
//! orders are counted, not run one by one.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::search::play::Wrong;
use crate::search::stage::Moved;
use crate::search::stage::Parcel;
use crate::search::stage::Seen;
use crate::search::stage::Stage;
use crate::search::stage::State;
use crate::search::stage::Trouble;

/// States of all nodes together that may be met.
const STATES_MOST: usize = 300_000;
/// What may happen in one schedule.
const LENGTH_MOST: usize = 64;

/// What there is to order.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// Events of the test, by node, in the order in which the node gets them.
    pub given: Vec<Vec<Parcel>>,
    /// Whether messages may be lost.
    pub loses: bool,
    /// Whether messages may arrive twice.
    pub repeats: bool,
}

/// Something that happens in a schedule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Event {
    /// A node starts.
    Start(usize),
    /// An event of the test comes to a node.
    Give(usize, Parcel),
    /// A message arrives at a node.
    Deliver(usize, Parcel),
    /// A message arrives at a node, and will do so again.
    Repeat(usize, Parcel),
    /// A message to a node is lost.
    Lose(usize, Parcel),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Schedules {
    /// A shortest schedule after which something does not hold, and what.
    pub counterexample: Option<(Vec<Event>, Wrong)>,
    /// Schedules in all.
    pub schedules: u128,
    /// States of all nodes together that were met.
    pub states: u64,
    /// What happens in the longest schedule, starts aside.
    pub longest: usize,
}

/// A message under way: the receiver, what it is, whether it may come again.
type Flying = (usize, Parcel, bool);

struct Place {
    states: Vec<Option<State>>,
    rests: Vec<Option<Seen>>,
    moves: Vec<u32>,
    flight: Vec<Flying>,
    given: Vec<usize>,
    from: usize,
    event: Event,
    ways: u128,
}

type Key = (Vec<Option<State>>, Vec<Flying>, Vec<usize>);

/// Goes through all orders.
pub fn schedules(stage: &mut dyn Stage, offer: &Offer) -> Result<Schedules, Trouble> {
    let mut search = Search { stage, offer, layers: Vec::new(), found: None, states: 0, ended: 0 };
    search.start()?;
    let starts = search.layers.len();
    while search.found.is_none() && search.layers.last().is_some_and(|layer| !layer.is_empty()) {
        if search.layers.len() - starts > LENGTH_MOST {
            return Err(Trouble::TooLarge(format!(
                "more than {LENGTH_MOST} messages and events follow each other; a test whose \
                 nodes come to rest earlier can be gone through"
            )));
        }
        search.layer()?;
    }
    Ok(Schedules {
        counterexample: search.found,
        schedules: search.ended,
        states: search.states,
        longest: search.layers.len().saturating_sub(starts + 1),
    })
}

struct Search<'s> {
    stage: &'s mut dyn Stage,
    offer: &'s Offer,
    layers: Vec<Vec<Place>>,
    found: Option<(Vec<Event>, Wrong)>,
    states: u64,
    ended: u128,
}

impl Search<'_> {
    /// All nodes start; nothing is gained by another order of that.
    fn start(&mut self) -> Result<(), Trouble> {
        let nodes = self.stage.nodes();
        for node in 0..nodes {
            let mut place = match self.layers.last().and_then(|layer| layer.first()) {
                None => Place {
                    states: vec![None; nodes],
                    rests: vec![None; nodes],
                    moves: vec![0; nodes],
                    flight: Vec::new(),
                    given: vec![0; nodes],
                    from: 0,
                    event: Event::Start(node),
                    ways: 1,
                },
                Some(before) => before.after(Event::Start(node), 0),
            };
            let moved = self.stage.moved(node, None, 0, &[])?;
            let seen = place.take(node, &moved);
            self.layers.push(vec![place]);
            if let Some(wrong) = self.wrong(node, &moved, &seen)? {
                self.found = Some((self.way(self.layers.len() - 1, 0), wrong));
                return Ok(());
            }
        }
        Ok(())
    }

    /// Everything that can happen next, from every place.
    fn layer(&mut self) -> Result<(), Trouble> {
        let at = self.layers.len() - 1;
        let mut next: Vec<Place> = Vec::new();
        let mut known: FxHashMap<Key, usize> = FxHashMap::default();
        self.ends(at)?;
        if self.found.is_some() {
            return Ok(());
        }
        for from in 0..self.layers[at].len() {
            let events = self.events(&self.layers[at][from]);
            for event in events {
                let mut place = self.layers[at][from].after(event, from);
                if let Some(wrong) = self.happens(&mut place, event)? {
                    let mut way = self.way(at, from);
                    way.push(event);
                    self.found = Some((way, wrong));
                    return Ok(());
                }
                let key = (place.states.clone(), place.flight.clone(), place.given.clone());
                match known.get(&key) {
                    Some(at) => next[*at].ways = next[*at].ways.saturating_add(place.ways),
                    None => {
                        known.insert(key, next.len());
                        next.push(place);
                    }
                }
            }
        }
        self.states += next.len() as u64;
        if self.states > STATES_MOST as u64 {
            return Err(Trouble::TooLarge(format!(
                "the nodes can be in more than {STATES_MOST} different states with messages under \
                 way; fewer nodes or events make it smaller"
            )));
        }
        self.layers.push(next);
        Ok(())
    }

    /// Schedules that are over, after which more has to hold.
    fn ends(&mut self, at: usize) -> Result<(), Trouble> {
        for place in 0..self.layers[at].len() {
            if !self.events(&self.layers[at][place]).is_empty() {
                continue;
            }
            self.ended = self.ended.saturating_add(self.layers[at][place].ways);
            let seen = self.layers[at][place].rests.clone();
            if let Some(property) = self.stage.judge(&seen, true)? {
                self.found = Some((self.way(at, place), Wrong::Property(property)));
                return Ok(());
            }
        }
        Ok(())
    }

    /// What can happen at a place; equal messages count once.
    fn events(&self, place: &Place) -> Vec<Event> {
        let mut all = Vec::new();
        for (node, given) in self.offer.given.iter().enumerate() {
            all.extend(given.get(place.given[node]).map(|parcel| Event::Give(node, *parcel)));
        }
        for (node, parcel, again) in &place.flight {
            all.push(Event::Deliver(*node, *parcel));
            if self.stage.is_sure(*parcel) {
                continue;
            }
            if self.offer.repeats && !again {
                all.push(Event::Repeat(*node, *parcel));
            }
            if self.offer.loses && !again {
                all.push(Event::Lose(*node, *parcel));
            }
        }
        all.sort();
        all.dedup();
        all
    }

    fn happens(&mut self, place: &mut Place, event: Event) -> Result<Option<Wrong>, Trouble> {
        let (node, parcel) = match event {
            Event::Start(_) => return Ok(None),
            Event::Give(node, parcel) => {
                place.given[node] += 1;
                (node, parcel)
            }
            Event::Deliver(node, parcel) => {
                place.land(node, parcel, None);
                (node, parcel)
            }
            Event::Lose(node, parcel) => {
                place.land(node, parcel, Some(false));
                (node, parcel)
            }
            Event::Repeat(node, parcel) => {
                place.land(node, parcel, Some(false));
                place.flight.push((node, parcel, true));
                place.flight.sort_unstable();
                (node, parcel)
            }
        };
        if matches!(event, Event::Lose(..)) {
            return Ok(None);
        }
        let moved = self.stage.moved(node, place.states[node], place.moves[node], &[parcel])?;
        let seen = place.take(node, &moved);
        self.wrong(node, &moved, &seen)
    }

    fn wrong(
        &mut self,
        node: usize,
        moved: &Moved,
        seen: &[Option<Seen>],
    ) -> Result<Option<Wrong>, Trouble> {
        if moved.failed {
            return Ok(Some(Wrong::Tick(node)));
        }
        Ok(self.stage.judge(seen, false)?.map(Wrong::Property))
    }

    /// What happened on the way to a place.
    fn way(&self, layer: usize, place: usize) -> Vec<Event> {
        let mut all = Vec::new();
        let mut at = place;
        for layer in self.layers[..=layer].iter().rev() {
            all.push(layer[at].event);
            at = layer[at].from;
        }
        all.reverse();
        all
    }
}

impl Place {
    /// The place, about to become another by an event.
    fn after(&self, event: Event, from: usize) -> Place {
        Place {
            states: self.states.clone(),
            rests: self.rests.clone(),
            moves: self.moves.clone(),
            flight: self.flight.clone(),
            given: self.given.clone(),
            from,
            event,
            ways: self.ways,
        }
    }

    /// Takes in what a node did; what is seen then.
    fn take(&mut self, node: usize, moved: &Rc<Moved>) -> Vec<Option<Seen>> {
        self.states[node] = Some(moved.state);
        self.moves[node] += 1;
        self.flight.extend(moved.sent.iter().map(|(to, parcel)| (*to, *parcel, false)));
        self.flight.sort_unstable();
        let mut seen = self.rests.clone();
        seen[node] = Some(moved.seen);
        self.rests[node] = Some(moved.rests);
        seen
    }

    /// A message is under way no more; one that comes again, if any is meant.
    fn land(&mut self, node: usize, parcel: Parcel, again: Option<bool>) {
        let fits = |one: &Flying| {
            one.0 == node && one.1 == parcel && again.is_none_or(|again| one.2 == again)
        };
        // A copy lands before the message that may still be repeated or lost.
        if let Some(at) = self.flight.iter().rposition(fits) {
            self.flight.remove(at);
        }
    }
}

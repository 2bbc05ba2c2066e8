//! All runs in steps within bounds. After a step, runs whose nodes are in the
//! same states with the same messages under way have the same future; of these
//! the one with the fewest faults goes on for all. Since every combination of
//! losses and crashes is covered, that nothing was found is a proof, and what
//! is found has the fewest faults that there are.

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::search::play::Bounds;
use crate::search::play::Fault;
use crate::search::play::Wrong;
use crate::search::play::packets;
use crate::search::play::wrong;
use crate::search::stage::Moved;
use crate::search::stage::Parcel;
use crate::search::stage::Stage;
use crate::search::stage::State;
use crate::search::stage::Trouble;

/// Packets to one node in one step, every subset of which is tried.
const PACKETS_MOST: usize = 12;
/// States of all nodes together after one step.
const STATES_MOST: usize = 300_000;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The fewest faults after which something does not hold, and what.
    pub counterexample: Option<(BTreeSet<Fault>, Wrong)>,
    /// Combinations of losses and crashes that were covered, each of them as it
    /// can happen: only what is sent is lost, only who is up stops.
    pub combinations: u128,
    /// States of all nodes together that were met.
    pub states: u64,
}

/// Where runs can be after a step.
struct Place {
    states: Vec<Option<State>>,
    flight: Vec<(usize, usize, Vec<Parcel>)>,
    /// The fewest faults that lead here, the place before and those of the step.
    faults: usize,
    from: usize,
    last: Vec<Fault>,
    /// Combinations of faults that lead here.
    ways: u128,
}

/// What one node can do in a step.
struct Outcome {
    moved: Option<Rc<Moved>>,
    faults: Vec<Fault>,
    ways: u128,
}

type Key = (Vec<Option<State>>, Vec<(usize, usize, Vec<Parcel>)>);

/// Goes through all runs within bounds.
pub fn lockstep(stage: &mut dyn Stage, bounds: Bounds) -> Result<Verdict, Trouble> {
    let mut search = Search { stage, bounds, layers: Vec::new(), best: None, ended: 0, states: 0 };
    search.run()?;
    let Search { best, ended, states, .. } = search;
    let counterexample = best.map(|(faults, wrong)| (faults.into_iter().collect(), wrong));
    Ok(Verdict { counterexample, combinations: ended, states })
}

struct Search<'s> {
    stage: &'s mut dyn Stage,
    bounds: Bounds,
    layers: Vec<Vec<Place>>,
    best: Option<(Vec<Fault>, Wrong)>,
    ended: u128,
    states: u64,
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), Trouble> {
        let nodes = self.stage.nodes();
        let start = Place {
            states: vec![None; nodes],
            flight: Vec::new(),
            faults: 0,
            from: 0,
            last: Vec::new(),
            ways: 1,
        };
        self.layers.push(vec![start]);
        for step in 0..=self.bounds.last {
            let mut next = Next::default();
            let before = self.layers.len() - 1;
            for place in 0..self.layers[before].len() {
                if !self.is_hopeless(self.layers[before][place].faults) {
                    self.expand(step, place, &mut next)?;
                }
            }
            self.states += next.places.len() as u64;
            if step == self.bounds.last {
                let ways = next.places.iter().map(|place| place.ways);
                self.ended = ways.fold(self.ended, u128::saturating_add);
            }
            self.layers.push(next.places);
        }
        Ok(())
    }

    /// Whether nothing better can come of a place with so many faults.
    fn is_hopeless(&self, faults: usize) -> bool {
        self.best.as_ref().is_some_and(|(best, _)| faults >= best.len())
    }

    fn expand(&mut self, step: u32, place: usize, next: &mut Next) -> Result<(), Trouble> {
        let from = &self.layers[self.layers.len() - 1][place];
        let (states, flight) = (from.states.clone(), from.flight.clone());
        let down = if step == 0 { 0 } else { states.iter().filter(|s| s.is_none()).count() };
        let may_stop = step > 0 && down < self.bounds.crashes as usize;
        let mut outcomes = Vec::with_capacity(states.len());
        for (node, state) in states.iter().enumerate() {
            if step > 0 && state.is_none() {
                outcomes.push(vec![Outcome { moved: None, faults: Vec::new(), ways: 1 }]);
                continue;
            }
            let mut all = self.outcomes(step, node, *state, &flight)?;
            if may_stop {
                let faults = vec![Fault::Crash { step, node }];
                all.push(Outcome { moved: None, faults, ways: 1 });
            }
            outcomes.push(all);
        }
        let mut picked = vec![0; outcomes.len()];
        loop {
            let of: Vec<&Outcome> =
                picked.iter().zip(&outcomes).map(|(at, all)| &all[*at]).collect();
            let stopped = of.iter().filter(|one| one.moved.is_none()).count();
            if step == 0 || stopped <= self.bounds.crashes as usize {
                self.arrive(step, place, &of, next)?;
            }
            // The next combination, the last node's outcomes first.
            let Some(at) = (0..picked.len()).rev().find(|at| picked[*at] + 1 < outcomes[*at].len())
            else {
                return Ok(());
            };
            picked[at] += 1;
            picked[at + 1..].fill(0);
        }
    }

    /// What a node can do that is up, by what is lost on the way to it; what
    /// comes to the same counts once, with the fewest losses.
    fn outcomes(
        &mut self,
        step: u32,
        node: usize,
        state: Option<State>,
        flight: &[(usize, usize, Vec<Parcel>)],
    ) -> Result<Vec<Outcome>, Trouble> {
        let inbox: Vec<_> = flight.iter().filter(|(_, to, _)| *to == node).collect();
        // Packets of which something can be lost.
        let is_sure = |parcel: &Parcel| self.stage.is_sure(*parcel);
        let loses = step > 0 && self.bounds.loses(step - 1);
        let frail: Vec<usize> =
            (0..inbox.len()).filter(|at| loses && !inbox[*at].2.iter().all(is_sure)).collect();
        if frail.len() > PACKETS_MOST {
            return Err(Trouble::TooLarge(format!(
                "{} nodes send something to one node in one step; every subset of {PACKETS_MOST} \
                 at most is tried",
                frail.len()
            )));
        }
        let mut subsets: Vec<u32> = (0..1 << frail.len()).collect();
        subsets.sort_by_key(|lost| lost.count_ones());
        let mut all: Vec<Outcome> = Vec::new();
        for lost in subsets {
            let gone: Vec<usize> =
                (0..frail.len()).filter(|bit| lost >> bit & 1 == 1).map(|bit| frail[bit]).collect();
            let mut takes: Vec<Parcel> = Vec::new();
            for (at, (_, _, parcels)) in inbox.iter().enumerate() {
                let arrives =
                    |parcel: &&Parcel| !gone.contains(&at) || self.stage.is_sure(**parcel);
                takes.extend(parcels.iter().filter(arrives));
            }
            let moved = self.stage.moved(node, state, step, &takes)?;
            match all.iter_mut().find(|one| one.moved.as_ref() == Some(&moved)) {
                Some(known) => known.ways += 1,
                None => {
                    let loss = |at: &usize| {
                        let (from, to) = (inbox[*at].0, inbox[*at].1);
                        Fault::Loss { step: step - 1, from, to }
                    };
                    let faults = gone.iter().map(loss).collect();
                    all.push(Outcome { moved: Some(moved), faults, ways: 1 });
                }
            }
        }
        Ok(all)
    }

    /// What becomes of one combination of what nodes do.
    fn arrive(
        &mut self,
        step: u32,
        place: usize,
        of: &[&Outcome],
        next: &mut Next,
    ) -> Result<(), Trouble> {
        let from = &self.layers[self.layers.len() - 1][place];
        let faults = from.faults + of.iter().map(|one| one.faults.len()).sum::<usize>();
        let ways = of.iter().fold(from.ways, |ways, one| ways.saturating_mul(one.ways));
        if self.is_hopeless(faults) {
            return Ok(());
        }
        let last: Vec<Fault> = of.iter().flat_map(|one| one.faults.iter().copied()).collect();
        let moves: Vec<Option<Rc<Moved>>> = of.iter().map(|one| one.moved.clone()).collect();
        let end = step == self.bounds.last;
        if let Some(what) = wrong(self.stage, &moves, end)? {
            let mut all = last;
            all.extend(self.faults_to(place));
            self.best = Some((all, what));
            return Ok(());
        }
        let states = moves.iter().map(|moved| moved.as_ref().map(|moved| moved.state)).collect();
        // Nobody takes in what is sent to a node that has stopped.
        let sent = packets(moves.iter().map(|moved| moved.as_deref()));
        let flight = sent
            .into_iter()
            .filter(|((_, to), _)| moves.get(*to).is_some_and(Option::is_some))
            .map(|((from, to), parcels)| (from, to, parcels))
            .collect();
        next.put(Place { states, flight, faults, from: place, last, ways })
    }

    /// The faults on the way to a place of the last layer.
    fn faults_to(&self, place: usize) -> Vec<Fault> {
        let mut all = Vec::new();
        let mut at = place;
        for layer in self.layers.iter().rev() {
            all.extend(layer[at].last.iter().copied());
            at = layer[at].from;
        }
        all
    }
}

/// The places after a step.
#[derive(Default)]
struct Next {
    places: Vec<Place>,
    known: FxHashMap<Key, usize>,
}

impl Next {
    fn put(&mut self, place: Place) -> Result<(), Trouble> {
        let key = (place.states.clone(), place.flight.clone());
        if let Some(at) = self.known.get(&key) {
            let known = &mut self.places[*at];
            known.ways = known.ways.saturating_add(place.ways);
            if place.faults < known.faults {
                (known.faults, known.from, known.last) = (place.faults, place.from, place.last);
            }
            return Ok(());
        }
        if self.places.len() >= STATES_MOST {
            return Err(Trouble::TooLarge(format!(
                "the nodes can be in more than {STATES_MOST} different states after one step; \
                 fewer nodes, losses or crashes make it smaller"
            )));
        }
        self.known.insert(key, self.places.len());
        self.places.push(place);
        Ok(())
    }
}

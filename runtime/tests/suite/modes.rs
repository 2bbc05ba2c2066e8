//! Searches that leave nothing to chance: on machines made up at random, what
//! they find and what they prove is what trying everything finds.

mod verdicts;

use std::collections::BTreeSet;
use std::rc::Rc;

use bloom::search::Bounds;
use bloom::search::Event;
use bloom::search::Fault;
use bloom::search::Moved;
use bloom::search::Offer;
use bloom::search::Parcel;
use bloom::search::Stage;
use bloom::search::State;
use bloom::search::Trouble;
use bloom::search::lineage;
use bloom::search::lockstep;
use bloom::search::play;
use bloom::search::schedules;
use proptest::prop_assert;
use proptest::prop_assert_eq;
use proptest::proptest;

use crate::cases::cases;

/// Nodes that do what a hash says: nothing about them is monotone.
struct Toys {
    nodes: usize,
    seed: u64,
    /// States that a node can be in.
    states: u64,
    /// One of so many of what is seen in the end is bad.
    bad: u64,
    /// Whether what is seen on the way can be bad as well.
    always: bool,
}

fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x243f_6a88_85a3_08d3, |x, part| {
        let x = (x ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (x ^ (x >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (x >> 32)
    })
}

impl Stage for Toys {
    fn nodes(&self) -> usize {
        self.nodes
    }

    fn moved(
        &mut self,
        node: usize,
        state: Option<State>,
        _step: u32,
        takes: &[Parcel],
    ) -> Result<Rc<Moved>, Trouble> {
        let mut heard: Vec<u64> = takes.iter().map(|parcel| u64::from(*parcel)).collect();
        heard.sort_unstable();
        let before = state.map_or(u64::MAX, u64::from);
        let all: Vec<u64> = [self.seed, node as u64, before].into_iter().chain(heard).collect();
        let hash = mix(&all);
        let state = (hash % self.states) as State;
        let mut sent = Vec::new();
        for to in (0..self.nodes).filter(|to| *to != node) {
            let hash = mix(&[hash, to as u64]);
            if !hash.is_multiple_of(3) {
                sent.push((to, (hash >> 8) as Parcel % 2));
            }
        }
        Ok(Rc::new(Moved { state, sent, seen: state, rests: state, failed: false }))
    }

    fn is_sure(&self, _: Parcel) -> bool {
        false
    }

    fn judge(&mut self, nodes: &[Option<u32>], end: bool) -> Result<Option<usize>, Trouble> {
        if !end && !self.always {
            return Ok(None);
        }
        let all: Vec<u64> = nodes.iter().map(|seen| seen.map_or(99, u64::from)).collect();
        let hash = mix(&[&[self.seed, 7], &all[..]].concat());
        Ok(hash.is_multiple_of(self.bad).then_some(usize::from(end)))
    }
}

/// The least number of faults in all combinations within bounds, by trying them.
fn by_force(toys: &mut Toys, bounds: Bounds) -> Option<usize> {
    let mut all = Vec::new();
    for step in (0..bounds.last).filter(|step| bounds.loses(*step)) {
        for from in 0..toys.nodes {
            let others = (0..toys.nodes).filter(|to| *to != from);
            all.extend(others.map(|to| Fault::Loss { step, from, to }));
        }
    }
    let losses = all.len();
    let mut best = None;
    for lost in 0..1u64 << losses {
        let chosen = |at: &usize| lost >> at & 1 == 1;
        let lost: BTreeSet<Fault> = (0..losses).filter(chosen).map(|at| all[at]).collect();
        for crashes in crashes(toys.nodes, bounds) {
            let faults: BTreeSet<Fault> = lost.iter().chain(&crashes).copied().collect();
            if best.is_some_and(|best| faults.len() >= best) {
                continue;
            }
            let run = play(toys, bounds.last, &faults).expect("toys go on");
            if run.wrong.is_some() {
                best = Some(faults.len());
            }
        }
    }
    best
}

/// All ways in which so many nodes at most stop.
fn crashes(nodes: usize, bounds: Bounds) -> Vec<Vec<Fault>> {
    let mut all = vec![Vec::new()];
    for node in 0..nodes {
        for before in all.clone() {
            if before.len() < bounds.crashes as usize {
                for step in 1..=bounds.last {
                    let mut more = before.clone();
                    more.push(Fault::Crash { step, node });
                    all.push(more);
                }
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn a_proof_and_a_least_counterexample_are_what_trying_everything_gives(
        seed in 0u64..1 << 40,
        nodes in 2usize..4,
        states in 1u64..4,
        bad in 2u64..40,
        always in proptest::bool::ANY,
        crashes in 0u32..2,
    ) {
        let mut toys = Toys { nodes, seed, states, bad, always };
        // Three nodes send up to six packets in a step.
        let losses = if nodes == 2 { 3 } else { 1 };
        let bounds = Bounds { last: 4, losses, crashes };
        let forced = by_force(&mut toys, bounds);
        let found = lockstep(&mut toys, bounds).expect("it is small");
        prop_assert_eq!(forced, found.counterexample.as_ref().map(|(faults, _)| faults.len()));
        let traced = lineage(&mut toys, bounds).expect("it is small");
        prop_assert_eq!(forced, traced.counterexample.as_ref().map(|(faults, _)| faults.len()));
        for (faults, wrong) in found.counterexample.iter().chain(&traced.counterexample) {
            let run = play(&mut toys, bounds.last, faults).expect("toys go on");
            prop_assert_eq!(run.wrong, Some(*wrong));
        }
    }

    #[test]
    fn all_orders_are_those_that_trying_one_after_the_other_gives(
        seed in 0u64..1 << 40,
        nodes in 2usize..4,
        bad in 2u64..400,
        loses in proptest::bool::ANY,
        repeats in proptest::bool::ANY,
    ) {
        let mut few = Few { toys: Toys { nodes, seed, states: 3, bad, always: true }, most: 3 };
        let given = (0..nodes).map(|node| vec![100 + node as Parcel; 1]).collect();
        let offer = Offer { given, loses, repeats };
        let found = schedules(&mut few, &offer).expect("it is small");
        let mut way = Vec::new();
        let mut forced = Forced::default();
        try_all(&mut few, &offer, &mut way, &mut forced);
        prop_assert_eq!(forced.shortest, found.counterexample.as_ref().map(|(way, _)| way.len()));
        if forced.shortest.is_none() {
            prop_assert_eq!(forced.schedules, found.schedules);
            prop_assert_eq!(forced.longest, found.longest);
        }
        prop_assert!(found.states > 0 || found.counterexample.is_some());
    }
}

/// Nodes that fall silent after a few moves.
struct Few {
    toys: Toys,
    most: u32,
}

impl Stage for Few {
    fn nodes(&self) -> usize {
        self.toys.nodes
    }

    fn moved(
        &mut self,
        node: usize,
        state: Option<State>,
        step: u32,
        takes: &[Parcel],
    ) -> Result<Rc<Moved>, Trouble> {
        // How often it moved is a part of its state.
        let moves = state.map_or(0, |state| state / 100);
        let inner = state.map(|state| state % 100);
        let mut moved = (*self.toys.moved(node, inner, step, takes)?).clone();
        moved.state += 100 * (moves + 1).min(self.most);
        if moves + 1 >= self.most || moves == 0 {
            moved.sent.clear();
        }
        moved.sent.truncate(1);
        (moved.seen, moved.rests) = (moved.state, moved.state);
        Ok(Rc::new(moved))
    }

    fn is_sure(&self, parcel: Parcel) -> bool {
        parcel == 1
    }

    fn judge(&mut self, nodes: &[Option<u32>], end: bool) -> Result<Option<usize>, Trouble> {
        if nodes.iter().any(Option::is_none) {
            return Ok(None);
        }
        self.toys.judge(nodes, end)
    }
}

#[derive(Default)]
struct Forced {
    schedules: u128,
    longest: usize,
    shortest: Option<usize>,
}

/// Goes through all schedules one after the other, each from its beginning.
fn try_all(few: &mut Few, offer: &Offer, way: &mut Vec<Event>, forced: &mut Forced) {
    let nodes = few.nodes();
    let mut states: Vec<Option<State>> = vec![None; nodes];
    let mut flight: Vec<(usize, Parcel, bool)> = Vec::new();
    let mut given = vec![0; nodes];
    let mut bad = false;
    for node in 0..nodes {
        let moved = few.moved(node, None, 0, &[]).expect("toys go on");
        states[node] = Some(moved.state);
        flight.extend(moved.sent.iter().map(|(to, parcel)| (*to, *parcel, false)));
        bad |= few.judge(&states, false).expect("toys go on").is_some();
    }
    for event in way.iter() {
        let (node, parcel) = match *event {
            Event::Start(_) => continue,
            Event::Give(node, parcel)
            | Event::Deliver(node, parcel)
            | Event::Repeat(node, parcel)
            | Event::Lose(node, parcel) => (node, parcel),
        };
        if matches!(event, Event::Give(..)) {
            given[node] += 1;
        } else {
            let fresh = matches!(event, Event::Repeat(..) | Event::Lose(..));
            let fits = |f: &&(usize, Parcel, bool)| f.0 == node && f.1 == parcel && !(fresh && f.2);
            // Of equal ones the copy goes first.
            let best = flight.iter().filter(fits).max_by_key(|f| f.2).copied();
            let best = best.expect("it is under way");
            let at = flight.iter().position(|f| *f == best).expect("it is there");
            flight.remove(at);
        }
        if matches!(event, Event::Lose(..)) {
            continue;
        }
        if matches!(event, Event::Repeat(..)) {
            flight.push((node, parcel, true));
        }
        let moved = few.moved(node, states[node], 0, &[parcel]).expect("toys go on");
        states[node] = Some(moved.state);
        flight.extend(moved.sent.iter().map(|(to, parcel)| (*to, *parcel, false)));
        bad |= few.judge(&states, false).expect("toys go on").is_some();
    }
    let mut next: BTreeSet<Event> = BTreeSet::new();
    for (node, (all, at)) in offer.given.iter().zip(&given).enumerate() {
        next.extend(all.get(*at).map(|parcel| Event::Give(node, *parcel)));
    }
    for (node, parcel, again) in flight {
        next.insert(Event::Deliver(node, parcel));
        if offer.repeats && !again && !few.is_sure(parcel) {
            next.insert(Event::Repeat(node, parcel));
        }
        if offer.loses && !again && !few.is_sure(parcel) {
            next.insert(Event::Lose(node, parcel));
        }
    }
    if next.is_empty() {
        bad |= few.judge(&states, true).expect("toys go on").is_some();
        forced.schedules += 1;
        forced.longest = forced.longest.max(way.len());
    }
    if bad {
        let length = way.len() + nodes;
        forced.shortest = Some(forced.shortest.map_or(length, |best| best.min(length)));
        return;
    }
    for event in next {
        way.push(event);
        try_all(few, offer, way, forced);
        way.pop();
    }
}

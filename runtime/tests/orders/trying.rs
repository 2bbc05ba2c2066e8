//! Many runs of one stage, held against each other. What is free is the same in all of them and is
//! never taken back; of everything else it is kept whether it was seen to differ. Where programs and
//! inputs come from is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom::sim::Choices;
use bloom::sim::Prepared;
use bloom::sim::World;
use bloom_compiler::calm::model::Goal;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;

use crate::eye::Eye;
use crate::eye::Place;
use crate::eye::Rows;
use crate::eye::Shown;
use crate::stage::Stage;

/// Orders in an ordinary run.
const ORDERS: u64 = 4;

/// How many orders are tried.
pub fn orders() -> u64 {
    crate::wanted("BLOOM_ORDERS").unwrap_or(ORDERS)
}

/// What came of all runs of a stage.
#[derive(Default, Debug)]
pub struct Outcome {
    /// What is free, and was not.
    pub wrong: Vec<String>,
    /// What waits, and was seen to differ.
    pub differs: BTreeSet<String>,
    pub runs: u64,
}

/// Runs a stage in so many orders.
pub fn try_all(stage: &Stage, orders: u64) -> Outcome {
    let mut prepared = Prepared::new(&stage.cast);
    let mut out = Outcome::default();
    let mut first: Option<BTreeMap<Place, Rows>> = None;
    for seed in 1..=orders {
        let story = stage.shuffled(seed);
        // Where all is there from the start, the order of loading is all the order there is.
        if story.gifts.is_empty() {
            prepared = Prepared::new(&stage.reloaded(seed));
        }
        let mut world = World::new(&prepared, &story, Choices::seeded(seed));
        let mut eye = Eye::new(stage);
        if let Err(trouble) = world.run(&mut eye) {
            out.wrong.push(format!("order {seed} does not come to an end: {trouble:?}"));
            return out;
        }
        out.runs += 1;
        let mut trial = Trying { stage, seed, out: &mut out };
        trial.gone(&eye.shown);
        trial.replicas(&eye.shown);
        match &first {
            Some(first) => trial.compare(first, &eye.shown),
            None => first = Some(eye.shown.last),
        }
    }
    out
}

struct Trying<'a> {
    stage: &'a Stage,
    seed: u64,
    out: &'a mut Outcome,
}

impl Trying<'_> {
    /// Something differs: that is wrong where it is free.
    fn note(&mut self, at: usize, what: &dyn Fn() -> String) {
        let watched = &self.stage.watched[at];
        if watched.is_free() {
            self.out.wrong.push(format!("`{}`, order {}: {}", watched.name, self.seed, what()));
        } else {
            self.out.differs.insert(watched.name.clone());
        }
    }

    fn text(&self, (at, node): Place, row: &[Value]) -> String {
        let program = &self.stage.cast.nodes[node].program;
        let fact =
            |id: bloom_compiler::ids::RelId| oracle::fact(&program.rels[id.index()], row, program);
        self.stage.watched[at].at(node).map_or(String::new(), fact)
    }

    /// Nothing final is taken back.
    fn gone(&mut self, shown: &Shown) {
        for (place, row) in &shown.gone {
            if self.stage.watched[place.0].goal == Goal::Final {
                let text = self.text(*place, row);
                let node = &self.stage.cast.nodes[place.1].name;
                self.note(place.0, &|| format!("{text} is taken back at {node}"));
            }
        }
    }

    /// Replicas of one group have the same in the end.
    fn replicas(&mut self, shown: &Shown) {
        let none = Rows::new();
        for at in 0..self.stage.watched.len() {
            let watched = &self.stage.watched[at];
            let nodes: Vec<usize> = (0..self.stage.cast.nodes.len())
                .filter(|node| watched.at(*node).is_some())
                .collect();
            let rows = |node: usize| shown.last.get(&(at, node)).unwrap_or(&none);
            if !watched.replicated || watched.is_event(self.stage, &nodes) {
                continue;
            }
            for pair in nodes.windows(2) {
                if let Some(row) = rows(pair[0]).symmetric_difference(rows(pair[1])).next() {
                    let text = self.text((at, pair[0]), row);
                    self.note(at, &|| format!("one replica has {text}, another has not"));
                }
            }
        }
    }

    /// Every order comes to the same.
    fn compare(&mut self, first: &BTreeMap<Place, Rows>, shown: &Shown) {
        let none = Rows::new();
        let places: BTreeSet<Place> = first.keys().chain(shown.last.keys()).copied().collect();
        for place in places {
            let one = first.get(&place).unwrap_or(&none);
            let other = shown.last.get(&place).unwrap_or(&none);
            if let Some(row) = one.symmetric_difference(other).next() {
                let text = self.text(place, row);
                let node = &self.stage.cast.nodes[place.1].name;
                self.note(place.0, &|| {
                    format!("{text} is shown at {node} in one order, not in another")
                });
            }
        }
    }
}

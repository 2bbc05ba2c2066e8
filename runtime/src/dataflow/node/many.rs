//! Workers that tick together: who is voted down and what is told of it. What
//! they did is seen in a picture, a machine of the program as it was before it
//! was spread, which is told what each tick changed and runs no rule itself.
//! What a node makes of it is not known here.

use std::sync::Arc;

use bloom_compiler::calm::strata::stratify;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::maintain;
use bloom_compiler::plan::spread::ticking;
use bloom_compiler::types::typed;

use crate::dataflow::carry::Packet;
use crate::dataflow::node::Workers;
use crate::dataflow::node::hands::Hands;
use crate::dataflow::node::routes;
use crate::dataflow::node::routes::Routes;
use crate::dataflow::node::worker::Answer;
use crate::dataflow::node::worker::Order;
use crate::dataflow::node::worker::Worker;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::How;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickEnd;
use crate::kernel::TickInput;
use crate::kernel::share::Share;
use crate::kernel::share::To;

/// Many workers of one node.
#[derive(Clone)]
pub struct Many {
    /// What can be seen.
    front: Machine,
    routes: Routes,
    hands: Hands,
    /// What the program has, but can not be seen.
    unseen: Arc<Vec<RelId>>,
    /// What the ticks of the chain took in.
    taken: Vec<TickInput>,
    /// The same of the chain that was rolled back.
    undone: Vec<TickInput>,
    /// Whether a worker has many values that nobody may hold any more.
    full: bool,
}

impl Many {
    /// Spreads a program, and the rows that an engine was loaded with.
    pub fn new(program: &typed::Program, mut engine: Engine, workers: &Workers) -> Many {
        let all = (0..program.rels.len()).map(|rel| RelId(rel as u32));
        let rows = all.clone().map(|rel| Some(engine.len(rel) as u64).filter(|rows| *rows > 0));
        let strata = stratify(program, &mut Vec::new());
        let spread = ticking(program, &strata, &rows.collect::<Vec<_>>(), workers.count);
        let plan = Arc::new(maintain::plan(&spread.program, Vec::new()));
        let routes = Routes::new(&spread, &plan, workers.count);
        let is_seen = |rel: &RelId| workers.seen.as_ref().is_none_or(|seen| seen.contains(rel));
        let (seen, unseen): (Vec<RelId>, Vec<RelId>) = all.clone().partition(is_seen);
        let (spread, seen) = (Arc::new(spread), Arc::new(seen));
        let mut loaded = Vec::new();
        for rel in all {
            let count = engine.len(rel);
            if count > 0 {
                loaded.push(Rows { rel, count, words: engine.rows_as_they_lie(rel) });
            }
        }
        let loaded = routes.apart(&loaded, &engine);
        let worker = |(me, loaded): (usize, Vec<Packet>)| {
            let mut own = Engine::new(plan.as_ref().clone());
            if let Some(natives) = engine.natives() {
                own.bring(natives);
            }
            own.join_in(Share::new(&spread, &plan, me, workers.count));
            for packet in loaded {
                let Some(rows) = routes::rows(packet, &mut own) else { continue };
                match rows.words.is_empty() {
                    true => drop(own.load_unit(rows.rel)),
                    false => drop(own.load(rows.rel, &rows.words)),
                }
            }
            Worker::new(Machine::quiet(&spread.program, own), &spread, &seen)
        };
        let all: Vec<Worker> = loaded.into_iter().enumerate().map(worker).collect();
        let mut front = Machine::new(program, engine);
        unseen.iter().for_each(|rel| front.leave_out(*rel));
        Many {
            front,
            routes,
            hands: Hands::new(all, workers.threads),
            unseen: Arc::new(unseen),
            taken: Vec::new(),
            undone: Vec::new(),
            full: false,
        }
    }

    /// What can be seen of the last tick.
    pub fn front(&self) -> &Machine {
        &self.front
    }

    /// Likewise.
    pub fn front_mut(&mut self) -> &mut Machine {
        &mut self.front
    }

    /// A chain begins.
    pub fn begin(&mut self) {
        self.front.begin();
        self.taken.clear();
        self.hands.each(&Order::Begin);
    }

    /// It went well.
    pub fn commit(&mut self) {
        self.front.commit();
        self.taken.clear();
        self.hands.each(&Order::Commit);
    }

    /// It has not been.
    pub fn rollback(&mut self) {
        self.front.rollback();
        self.undone = std::mem::take(&mut self.taken);
        self.hands.each(&Order::Rollback);
    }

    /// One tick.
    pub fn tick(&mut self, input: &TickInput, limits: &Limits) -> Result<TickEnd, Failure> {
        self.taken.push(input.clone());
        self.front.look_on();
        let delete = self.routes.apart(&input.delete, self.front.engine());
        let insert = self.routes.apart(&input.insert, self.front.engine());
        let orders = delete.into_iter().zip(insert).map(|(delete, insert)| {
            let limits = limits.clone();
            Order::Open { delete, insert, limits }
        });
        let mut answers = sound(self.hands.all(orders.collect()))?;
        while let Some((number, how)) = least(&answers) {
            answers = self.stratum(number, how)?;
        }
        let answers = sound(self.hands.each(&Order::Close))?;
        let own = answers.iter().any(|answer| answer.own);
        self.full |= answers.iter().any(|answer| answer.full);
        for (me, answer) in answers.into_iter().enumerate() {
            self.see(me, answer);
        }
        self.front.looked_on();
        Ok(TickEnd { own })
    }

    /// Runs a stratum at all workers, to its end.
    fn stratum(&mut self, number: usize, how: How) -> Result<Vec<Answer>, Failure> {
        let mut answers = sound(self.hands.each(&Order::Go { number, how }))?;
        loop {
            let mut orders: Vec<Vec<Packet>> = vec![Vec::new(); self.hands.len()];
            for packets in answers.iter_mut().flat_map(|answer| answer.out.drain(..).enumerate()) {
                let (to, packets) = packets;
                orders[to].extend(packets);
            }
            if orders.iter().all(Vec::is_empty) {
                return sound(self.hands.each(&Order::End));
            }
            answers = sound(self.hands.all(orders.into_iter().map(Order::Take).collect()))?;
        }
    }

    /// Takes into the picture what a worker told.
    fn see(&mut self, me: usize, answer: Answer) {
        for word in answer.told {
            let Some(told) = word.read(&mut self.front) else { continue };
            let routes = &self.routes;
            let is_its = |engine: &Engine, row: &[u64]| {
                routes.home(told.rel.index(), row, engine) == To::One(me)
            };
            self.front.picture(&told, &is_its);
        }
    }

    /// Rows of a collection at all workers.
    pub fn count(&mut self, rel: RelId) -> usize {
        self.hands.each(&Order::Count(rel)).iter().map(|answer| answer.count).sum()
    }

    /// See [`Machine::state_hash`].
    pub fn state_hash(&mut self) -> u128 {
        match self.unseen.is_empty() {
            true => self.front.state_hash(),
            false => self.whole().state_hash(),
        }
    }

    /// One machine that has what all workers have.
    pub fn whole(&mut self) -> Machine {
        let mut whole = self.front.clone();
        if self.unseen.is_empty() {
            whole.go_on_alone();
            return whole;
        }
        let stays = self.unseen.iter().copied().filter(|rel| self.front.stays(*rel));
        let (mut put_by, mut fired_for) = (Vec::new(), Vec::new());
        let everywhere = |_: &Engine, _: &[u64]| false;
        for answer in self.hands.each(&Order::Tell(Arc::new(stays.collect()))) {
            for word in answer.told {
                if let Some(told) = word.read(&mut whole) {
                    whole.picture(&told, &everywhere);
                }
            }
            let engine = whole.engine_mut();
            put_by.extend(answer.put_by.into_iter().filter_map(|all| routes::rows(all, engine)));
            fired_for
                .extend(answer.fired_for.into_iter().filter_map(|all| routes::rows(all, engine)));
        }
        whole.wake(&put_by, &fired_for);
        whole
    }

    /// The failure that one machine meets in the chain that was rolled back: the
    /// first one, whatever the workers met first.
    pub fn judged(&mut self, failure: Failure, limits: &Limits) -> Failure {
        if let Failure::Limit { .. } = failure {
            return failure;
        }
        let mut whole = self.whole();
        whole.begin();
        for input in std::mem::take(&mut self.undone) {
            if let Err(failure) = whole.tick(&input, limits) {
                // Its words are made of values that the picture has to know.
                self.front.learn(&whole);
                return failure;
            }
        }
        Failure::Limit {
            which: "--workers",
            limit: self.hands.len().to_string(),
            rule: None,
            span: None,
            detail: "one worker alone does not fail: this is a bug".to_owned(),
        }
    }

    /// See [`Machine::wants_collect`].
    pub fn wants_collect(&self) -> bool {
        self.full || self.front.wants_collect()
    }

    /// See [`Machine::collect_but`].
    pub fn collect_but(&mut self, held: &[Rows], values: &[(TypeId, u64)]) {
        (self.full, self.undone) = (false, Vec::new());
        self.front.collect_but(held, values);
        self.hands.each(&Order::Collect);
    }
}

/// The least of what workers want to run, and as much of it as any of them wants.
fn least(answers: &[Answer]) -> Option<(usize, How)> {
    let votes = answers.iter().filter_map(|answer| answer.vote);
    let number = votes.clone().map(|(number, _)| number).min()?;
    let how = votes.filter(|vote| vote.0 == number).map(|(_, how)| how).max()?;
    Some((number, how))
}

/// The answers, or why a worker cannot go on.
fn sound(mut answers: Vec<Answer>) -> Result<Vec<Answer>, Failure> {
    let failure = answers.iter_mut().find_map(|answer| answer.failure.take());
    failure.map_or(Ok(answers), Err)
}

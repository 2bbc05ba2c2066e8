//! Workers that tick together, as whoever is in charge has them: what comes is
//! handed out by home, and what they did is seen in a picture, a machine of the
//! program as it was before it was spread, which is told what each tick changed
//! and runs no rule itself. Where workers are, and what a node makes of it, is
//! not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Spread;
use bloom_compiler::types::typed;

use crate::dataflow::failed::Failed;
use crate::dataflow::job::Broken;
use crate::dataflow::node::Body;
use crate::dataflow::node::Workers;
use crate::dataflow::node::company::Company;
use crate::dataflow::node::hands::Hands;
use crate::dataflow::node::routes;
use crate::dataflow::node::routes::Routes;
use crate::dataflow::node::setup::Setup;
use crate::dataflow::node::task::Said;
use crate::dataflow::node::task::What;
use crate::dataflow::node::task::Word;
use crate::dataflow::node::task::cut;
use crate::dataflow::report::Report;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::Stats;
use crate::kernel::TickEnd;
use crate::kernel::TickInput;
use crate::kernel::share::To;

/// What becomes of views: a worker does not count what others derived.
const ANEW: &str = "recomputed when something changed, because there are several workers";

/// What stands where a failure names a limit, if workers cannot go on.
pub const GONE: &str = "--workers";

/// Many workers of one node.
pub struct Many {
    /// What can be seen.
    front: Machine,
    routes: Routes,
    spread: Arc<Spread>,
    setup: Arc<Setup>,
    hands: Hands,
    /// Whether a chain has begun that workers do not know of.
    opens: bool,
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
    /// Spreads a program, and the rows that an engine was loaded with, over
    /// workers that begin here, or over those that are there already.
    pub fn new(
        program: &typed::Program,
        mut engine: Engine,
        workers: &Workers,
        company: Option<Company>,
    ) -> Many {
        let (setup, hands) = match company {
            Some(company) => company.hands(),
            None => {
                let (count, natives) = (workers.count, engine.natives());
                let setup = Setup::new(program, natives, count, &Limits::default(), None);
                let setup = Arc::new(setup);
                let begin = if workers.threads { Hands::threads } else { Hands::here };
                let hands = begin(&setup);
                (setup, hands)
            }
        };
        let all = (0..program.rels.len()).map(|rel| RelId(rel as u32));
        let rows = all.clone().map(|rel| Some(engine.len(rel) as u64).filter(|rows| *rows > 0));
        let rows: Vec<Option<u64>> = rows.collect();
        let planned = setup.planned(&rows);
        let (spread, plan) = (planned.spread.clone(), planned.plan.clone());
        let routes = Routes::new(&spread, &plan, hands.len());
        let is_seen = |rel: &RelId| workers.seen.as_ref().is_none_or(|seen| seen.contains(rel));
        let (seen, unseen): (Vec<RelId>, Vec<RelId>) = all.clone().partition(is_seen);
        let seen = seen.into_iter().map(RelId::index).collect();
        // What goes wrong is told by whatever they are asked next.
        let _ = hands.each(What::Begin { rows, seen });
        for rel in all {
            let count = engine.len(rel);
            if count > 0 {
                let loaded = Rows { rel, count, words: engine.rows_as_they_lie(rel) };
                for piece in cut(loaded) {
                    let each = routes.apart(&[piece], &engine);
                    let _ = hands.all(each.into_iter().map(What::Load).collect());
                }
            }
        }
        let mut front = Machine::new(program, engine);
        unseen.iter().for_each(|rel| front.leave_out(*rel));
        Many {
            front,
            routes,
            spread,
            setup,
            hands,
            opens: false,
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
        self.opens = true;
    }

    /// It went well.
    pub fn commit(&mut self) {
        self.front.commit();
        self.taken.clear();
        if !std::mem::take(&mut self.opens) {
            self.hands.commit();
        }
    }

    /// It has not been.
    pub fn rollback(&mut self) {
        self.front.rollback();
        self.undone = std::mem::take(&mut self.taken);
        if !std::mem::take(&mut self.opens) {
            // Workers that are gone say so in the next chain.
            let _ = self.hands.each(What::Rollback);
        }
    }

    /// One tick.
    pub fn tick(&mut self, input: &TickInput, limits: &Limits) -> Result<TickEnd, Failure> {
        self.taken.push(input.clone());
        self.front.look_on();
        self.setup.limit(limits);
        let opens = std::mem::take(&mut self.opens);
        let delete = self.routes.apart(&input.delete, self.front.engine());
        let insert = self.routes.apart(&input.insert, self.front.engine());
        let each = delete.into_iter().zip(insert);
        let each = each.map(|(delete, insert)| What::Tick { opens, delete, insert }).collect();
        let said = self.sound(self.hands.all(each))?;
        let own = said.iter().any(|said| said.own);
        self.full |= said.iter().any(|said| said.full);
        for (me, said) in said.into_iter().enumerate() {
            self.see(me, said);
        }
        self.front.looked_on();
        Ok(TickEnd { own })
    }

    /// What workers said, or the least of what they met.
    fn sound(&self, said: Result<Vec<Said>, Broken>) -> Result<Vec<Said>, Failure> {
        let mut said = said.map_err(|broken| failed(broken.0))?;
        let failures: Vec<Failed> =
            said.iter_mut().filter_map(|said| said.failure.take()).collect();
        if failures.is_empty() {
            return Ok(said);
        }
        let mut apart = Engine::new(self.routes.plan().clone());
        match Failed::least(failures, &mut apart) {
            Ok(Some(failure)) => Err(failure),
            Ok(None) => Ok(said),
            Err(_) => Err(failed("what a worker met cannot be read".to_owned())),
        }
    }

    /// Takes into the picture what a worker told.
    fn see(&mut self, me: usize, said: Said) {
        for told in Word::read(said.told, self.front.engine_mut()) {
            let routes = &self.routes;
            let is_its = |engine: &Engine, row: &[u64]| {
                routes.home(told.rel.index(), row, engine) == To::One(me)
            };
            self.front.picture(&told, &is_its);
        }
    }

    /// Rows of a collection at all workers.
    pub fn count(&mut self, rel: RelId) -> usize {
        let said = self.hands.each(What::Count(rel.index()));
        said.iter().flatten().map(|said| said.count).sum()
    }

    /// What all workers did and hold, as if it were one.
    pub fn stats(&self) -> Stats {
        let plain = Engine::new(self.routes.plan().clone());
        let mut sum = Report::default();
        let said = self.hands.each(What::Report);
        said.iter().flatten().for_each(|said| sum.add(&said.report));
        let mut stats = sum.stats(&plain, &self.spread);
        for follows in stats.rules.iter_mut().filter_map(|rule| rule.follows.as_mut()) {
            *follows = ANEW.to_owned();
        }
        stats
    }

    /// Lets the workers go: what can be seen stays as it is.
    pub fn part(&mut self) {
        self.hands.end();
    }

    /// See [`Machine::state_hash`].
    pub fn state_hash(&mut self) -> u128 {
        match self.unseen.is_empty() {
            true => self.front.state_hash(),
            false => self.whole().state_hash(),
        }
    }

    /// Goes its own way from here, in this thread: workers in threads of their
    /// own stay with who has them, and one machine has what they have.
    pub fn copy(&self) -> Body {
        let Some(hands) = self.hands.copy() else {
            return Body::One(Box::new(self.whole()));
        };
        Body::Many(Box::new(Many {
            front: self.front.clone(),
            routes: self.routes.clone(),
            spread: self.spread.clone(),
            setup: self.setup.clone(),
            hands,
            opens: self.opens,
            unseen: self.unseen.clone(),
            taken: self.taken.clone(),
            undone: self.undone.clone(),
            full: self.full,
        }))
    }

    /// One machine that has what all workers have: they tell what cannot be
    /// seen.
    pub fn whole(&self) -> Machine {
        let mut whole = self.front.clone();
        if self.unseen.is_empty() {
            whole.go_on_alone();
            return whole;
        }
        let stays = self.unseen.iter().copied().filter(|rel| self.front.stays(*rel));
        let said = self.hands.each(What::Tell(stays.map(RelId::index).collect()));
        let (mut put_by, mut fired_for) = (Vec::new(), Vec::new());
        let nobodys = |_: &Engine, _: &[u64]| false;
        for said in said.into_iter().flatten() {
            for told in Word::read(said.told, whole.engine_mut()) {
                whole.picture(&told, &nobodys);
            }
            let engine = whole.engine_mut();
            put_by.extend(said.put_by.into_iter().filter_map(|all| routes::rows(all, engine)));
            fired_for
                .extend(said.fired_for.into_iter().filter_map(|all| routes::rows(all, engine)));
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
        failed("one worker alone does not fail: this is a bug".to_owned())
    }

    /// See [`Machine::wants_collect`].
    pub fn wants_collect(&self) -> bool {
        self.full || self.front.wants_collect()
    }

    /// See [`Machine::collect_but`].
    pub fn collect_but(&mut self, held: &[Rows], values: &[(TypeId, u64)]) {
        (self.full, self.undone) = (false, Vec::new());
        self.front.collect_but(held, values);
        let _ = self.hands.each(What::Collect);
    }
}

/// What is said where workers cannot go on.
fn failed(detail: String) -> Failure {
    Failure::Limit { which: GONE, limit: String::new(), rule: None, span: None, detail }
}

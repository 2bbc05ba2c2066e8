//! A program that takes rows in while it runs. What needs none of them is
//! completed first; what more rows only add to runs for whatever came; when
//! nothing comes any more the rest follows. Where rows come from, and where
//! those go that are found, is not known here.

use std::time::Duration;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Place;
use bloom_compiler::plan::spread::spread;
use bloom_compiler::types::typed::Program;

use crate::dataflow::carry;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Planner;
use crate::kernel::Shift;
use crate::kernel::share::Share;
use crate::value::interner::Interner;

/// Matches after which a worker lets others look at what there is.
const MATCHES: u64 = 1 << 17;

/// A program under way.
pub struct River {
    workers: Vec<Worker>,
    /// The stratum that runs while rows come.
    along: Option<usize>,
    strata: usize,
    /// Where many workers run it: what rows from outside are written in.
    front: Option<Interner>,
    /// By relation, whether every worker has all of its rows.
    everywhere: Vec<bool>,
    /// Rows that went from one worker to another.
    moved: u64,
}

struct Worker {
    engine: Engine,
    shift: Shift,
    /// Rows that were looked at, by relation.
    seen: Vec<usize>,
}

/// Rows that nobody has seen yet, at one worker.
pub struct Fresh<'a> {
    /// The worker's engine, which knows what words mean.
    pub engine: &'a Engine,
    /// Flat words of the declared columns.
    pub words: Vec<u64>,
    /// How many rows there are.
    pub count: usize,
}

impl River {
    /// One worker. The engine has the plan of the program in its parts, and may
    /// have rows.
    pub fn alone(engine: Engine, flow: &Flow, limits: &Limits) -> Result<River, Failure> {
        River::new(vec![engine], flow, limits)
    }

    /// Many workers in turn, with the rows that an engine was loaded with; into
    /// `open` more will come.
    pub fn spread(
        (program, strata): (&Program, &Strata),
        sizes: &Sizes,
        open: &[RelId],
        loaded: &mut Engine,
        workers: usize,
        limits: &Limits,
    ) -> Result<River, Failure> {
        loaded.judge_loaded()?;
        let spread = spread(program, strata, &sizes.rows, workers);
        let flow = flow(&spread.program, &spread.strata, open, &[]);
        let plan = plan::build(&spread.program, &flow.strata, sizes);
        let engine = |me: usize| {
            let mut engine = Engine::new(plan.clone());
            engine.join_in(Share::new(&spread, &plan, me, workers));
            engine
        };
        let mut engines: Vec<Engine> = (0..workers).map(engine).collect();
        for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
            let count = loaded.len(rel);
            let words = loaded.rows_as_they_lie(rel);
            engines.iter_mut().for_each(|engine| {
                share_out(engine, rel, &words, count, loaded.interner());
            });
        }
        let mut river = River::new(engines, &flow, limits)?;
        river.front = Some(loaded.interner().clone());
        river.everywhere = spread.places.iter().map(|place| *place == Place::Everywhere).collect();
        Ok(river)
    }

    fn new(engines: Vec<Engine>, flow: &Flow, limits: &Limits) -> Result<River, Failure> {
        let along = engines.first().and_then(|engine| flow.along(engine.plan()));
        let strata = engines.first().map_or(0, |engine| engine.plan().strata.len());
        let worker = |mut engine: Engine| {
            let shift = Shift::new(&mut engine, limits)?;
            let seen = vec![0; engine.plan().rels.len()];
            Ok(Worker { engine, shift, seen })
        };
        let workers: Result<Vec<Worker>, Failure> = engines.into_iter().map(worker).collect();
        Ok(River {
            workers: workers?,
            along,
            strata,
            front: None,
            everywhere: Vec::new(),
            moved: 0,
        })
    }

    /// Completes what needs nothing that is still to come, and begins what does.
    pub fn begin(&mut self) -> Result<(), Failure> {
        for _ in 0..self.along.unwrap_or(0) {
            self.stratum()?;
        }
        if self.along.is_some() {
            self.each(|worker| worker.shift.begin(&mut worker.engine))?;
        }
        Ok(())
    }

    /// What the words of given rows mean.
    pub fn interner_mut(&mut self) -> Option<&mut Interner> {
        match (&mut self.front, self.workers.first_mut()) {
            (Some(front), _) => Some(front),
            (None, worker) => worker.map(|worker| worker.engine.interner_mut()),
        }
    }

    /// Takes rows from outside, in words of [`River::interner_mut`]. Gives how
    /// many of them were there already, as far as that is known.
    pub fn give(&mut self, rel: RelId, words: &[u64], count: usize) -> usize {
        if let Some(front) = self.front.take() {
            self.workers.iter_mut().for_each(|worker| {
                share_out(&mut worker.engine, rel, words, count, &front);
            });
            self.front = Some(front);
            return 0;
        }
        let Some(worker) = self.workers.first_mut() else { return 0 };
        if words.is_empty() {
            return (0..count).map(|_| worker.engine.load_unit(rel).equal).sum();
        }
        worker.engine.load(rel, words).equal
    }

    /// Rows were given, for which nothing was done for so long.
    pub fn fed(&mut self, idle: Duration) {
        self.workers.iter_mut().for_each(|worker| worker.shift.fed(idle));
    }

    /// Works for a while on what is there; whether there is more to do.
    pub fn work(&mut self, planner: Option<Planner<'_>>) -> Result<bool, Failure> {
        if self.along.is_none() {
            return Ok(false);
        }
        self.refit(planner);
        let mut more = false;
        for worker in &mut self.workers {
            more |= worker.shift.work(&mut worker.engine, MATCHES)?;
        }
        Ok(self.exchange() || more)
    }

    /// One plan is for one program: where many workers run, it is not theirs.
    fn refit(&mut self, planner: Option<Planner<'_>>) {
        if let (Some(planner), [worker]) = (planner, &mut self.workers[..]) {
            worker.shift.refit(&mut worker.engine, planner);
        }
    }

    /// Rows of a relation since the last time: each worker has its own, unless
    /// all have all.
    pub fn fresh<E>(
        &mut self,
        rel: RelId,
        mut each: impl FnMut(Fresh<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let everywhere = self.everywhere.get(rel.index()).copied().unwrap_or(false);
        let workers = if everywhere { 1 } else { self.workers.len() };
        for worker in self.workers.iter_mut().take(workers) {
            let from = worker.seen[rel.index()];
            let count = worker.engine.relation(rel).len();
            if count > from {
                worker.seen[rel.index()] = count;
                let words = worker.engine.rows_since(rel, from);
                each(Fresh { engine: &worker.engine, words, count: count - from })?;
            }
        }
        Ok(())
    }

    /// Nothing comes any more: completes what ran along. All that is to be done
    /// was done.
    pub fn close(&mut self) -> Result<(), Failure> {
        if self.along.is_some() {
            self.each(|worker| worker.shift.end(&mut worker.engine))?;
        }
        for worker in &mut self.workers {
            worker.shift.settle(&mut worker.engine);
        }
        Ok(())
    }

    /// Completes all that waited.
    pub fn finish(&mut self, mut planner: Option<Planner<'_>>) -> Result<(), Failure> {
        for _ in self.along.map_or(0, |along| along + 1)..self.strata {
            self.refit(planner.as_deref_mut().map(|planner| planner as Planner<'_>));
            self.stratum()?;
        }
        let violations = self.workers.first().map(|worker| worker.engine.plan().violations.clone());
        for rel in violations.into_iter().flatten() {
            if self.workers.iter().any(|worker| worker.engine.len(rel) > 0) {
                return Err(Failure::Invariant { rel });
            }
        }
        Ok(())
    }

    /// Bytes that all workers hold.
    pub fn bytes(&self) -> usize {
        self.workers.iter().map(|worker| worker.engine.bytes()).sum()
    }

    /// The engine of the first worker, for what all of them know alike.
    pub fn engine(&self) -> Option<&Engine> {
        self.workers.first().map(|worker| &worker.engine)
    }

    /// Rows that went from one worker to another.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// Everything in one engine: the only one, or one that has no rows.
    pub fn gather(mut self, empty: Engine) -> Engine {
        if self.front.is_none()
            && let Some(worker) = self.workers.pop()
        {
            return worker.engine;
        }
        let mut into = empty;
        for rel in (0..into.plan().rels.len()).map(|rel| RelId(rel as u32)) {
            let schema = &into.plan().rels[rel.index()];
            if schema.hidden {
                continue;
            }
            let types: Vec<TypeId> = schema.declared.iter().map(|col| col.ty).collect();
            let all = into.plan().types.clone();
            for Worker { engine, .. } in &mut self.workers {
                if types.is_empty() && engine.len(rel) > 0 {
                    into.load_unit(rel);
                }
                let words = engine.rows_as_they_lie(rel);
                let rows =
                    carry::translate(&all, &types, &words, engine.interner(), into.interner_mut());
                if let Ok(rows) = rows {
                    into.load(rel, &rows);
                }
            }
        }
        into
    }

    /// One stratum from its beginning to its end.
    fn stratum(&mut self) -> Result<(), Failure> {
        self.each(|worker| worker.shift.begin(&mut worker.engine))?;
        loop {
            for worker in &mut self.workers {
                worker.shift.work(&mut worker.engine, u64::MAX)?;
            }
            if !self.exchange() {
                break;
            }
        }
        self.each(|worker| worker.shift.end(&mut worker.engine))
    }

    fn each(&mut self, one: impl FnMut(&mut Worker) -> Result<(), Failure>) -> Result<(), Failure> {
        self.workers.iter_mut().try_for_each(one)
    }

    /// Hands rows over; whether there were any.
    fn exchange(&mut self) -> bool {
        let mut some = false;
        for from in 0..self.workers.len() {
            let all = self.workers[from].engine.for_others();
            for (to, parcels) in all.into_iter().enumerate() {
                for parcel in parcels {
                    some = true;
                    self.moved += parcel.rows as u64;
                    let packet = carry::pack(parcel, &self.workers[from].engine);
                    let engine = &mut self.workers[to].engine;
                    if let Ok(parcel) = carry::unpack(packet, engine) {
                        engine.take_in(&parcel);
                    }
                }
            }
        }
        some
    }
}

/// Gives a worker those of some rows that are its own.
fn share_out(engine: &mut Engine, rel: RelId, words: &[u64], count: usize, from: &Interner) {
    let declared = &engine.plan().rels[rel.index()].declared;
    let types: Vec<TypeId> = declared.iter().map(|col| col.ty).collect();
    if types.is_empty() {
        if count > 0 && engine.is_home(rel, &[]) {
            engine.load_unit(rel);
        }
        return;
    }
    let all = engine.plan().types.clone();
    // Bytes that were written a moment ago can be read.
    let Ok(own) = carry::translate(&all, &types, words, from, engine.interner_mut()) else {
        return;
    };
    let rows = own.chunks_exact(types.len());
    let own: Vec<u64> = rows.filter(|row| engine.is_home(rel, row)).flatten().copied().collect();
    engine.load(rel, &own);
}

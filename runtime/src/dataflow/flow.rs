//! A program that takes rows in while it runs, from outside. What needs none of
//! them is completed first; what more rows only add to runs for whatever came;
//! when nothing comes any more the rest follows. One worker does it in this
//! thread, many in threads of their own. Where rows come from, and where those go
//! that are found, is not known here.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::types::typed::Program;

use crate::dataflow::evaluation::Setup;
use crate::dataflow::evaluation::flow::Came;
use crate::dataflow::evaluation::flow::Inlet;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Order;
use crate::dataflow::report::Report;
use crate::dataflow::stock::Stock;
use crate::dataflow::whole::Gathered;
use crate::dataflow::whole::Whole;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Planner;
use crate::kernel::Shift;
use crate::value::interner::Interner;

/// Matches after which what was found is shown.
const MATCHES: u64 = 1 << 17;

/// Rows that nobody has seen yet, at one worker.
pub struct Fresh<'a> {
    /// The worker's engine, which knows what words mean.
    pub engine: &'a Engine,
    /// Flat words of the declared columns.
    pub words: Vec<u64>,
    /// How many rows there are.
    pub count: usize,
}

/// Where rows go that are found. Workers may call it at the same time.
pub trait Outlet: Send + Sync {
    /// Takes rows of a relation; each row comes once.
    fn rows(&self, rel: RelId, fresh: Fresh<'_>);
}

/// Why a program did not come to its end.
#[derive(Debug)]
pub enum Trouble {
    /// Something in it, or in its data.
    Failed(Failure),
    /// Workers could not go on.
    Broken(Broken),
}

/// What is read of a program in the course of it.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Banks {
    pub flow: Flow,
    /// Relations whose rows are shown as they are found.
    pub shown: Vec<RelId>,
    pub outlet: Arc<dyn Outlet>,
}

/// A program under way.
pub enum River {
    /// In this thread.
    One(Box<One>),
    /// In threads of their own, or in turn.
    Many(Box<Many>),
}

/// One worker.
pub struct One {
    engine: Engine,
    shift: Shift,
    banks: Banks,
    /// The stratum that runs while rows come, and how many there are.
    along: Option<usize>,
    strata: usize,
    /// Rows that were shown, by relation.
    seen: Vec<usize>,
}

/// Many workers.
pub struct Many {
    whole: Whole,
    inlet: Arc<Inlet>,
    /// Values that all workers began with, for each batch anew.
    base: Interner,
    next: Came,
    report: Report,
}

/// What is left when the work is done.
pub enum Left {
    /// All rows.
    One(Box<Engine>),
    /// All rows, where they lie, and what was done.
    Many(Box<Gathered>, Box<Report>),
}

impl River {
    /// One worker. The engine has the plan of the program in its parts, and may
    /// have rows.
    pub fn alone(engine: Engine, banks: Banks, limits: &Limits) -> River {
        let mut engine = engine;
        let along = banks.flow.along(engine.plan());
        let strata = engine.plan().strata.len();
        let seen = vec![0; engine.plan().rels.len()];
        let shift = Shift::new(&mut engine, limits);
        River::One(Box::new(One { engine, shift, banks, along, strata, seen }))
    }

    /// Many workers, in threads or in turn. `stock` are the rows that are there
    /// already, in words of the interner.
    pub fn spread(
        program: (Program, Strata),
        (stock, interner, sizes): (Stock, Interner, Sizes),
        banks: Banks,
        workers: usize,
        threads: bool,
        limits: &Limits,
    ) -> Result<River, Broken> {
        let base = interner.clone();
        let came = Came { interner: base.clone(), ..Came::default() };
        let Banks { flow, shown, outlet } = banks;
        let inlet = Inlet { open: flow.open, shown, outlet, came: RwLock::default() };
        let inlet = Arc::new(inlet);
        let setup = Setup::new(program, (stock, interner, sizes), (workers, 0..workers), limits)
            .flowing(inlet.clone());
        let whole = match threads {
            true => Whole::in_threads(setup)?,
            false => Whole::in_one_thread(setup),
        };
        let report = Report::default();
        Ok(River::Many(Box::new(Many { whole, inlet, base, next: came, report })))
    }

    /// Completes what needs nothing that is still to come, and begins what does.
    pub fn begin(&mut self) -> Result<(), Trouble> {
        match self {
            River::One(one) => one.begin().map_err(Trouble::Failed),
            River::Many(many) => {
                carried_out(&mut many.whole, Order::Load)?;
                carried_out(&mut many.whole, Order::Begin).map(drop)
            }
        }
    }

    /// What the words of given rows mean, until there is work.
    pub fn interner_mut(&mut self) -> &mut Interner {
        match self {
            River::One(one) => one.engine.interner_mut(),
            River::Many(many) => &mut many.next.interner,
        }
    }

    /// Takes rows from outside, in words of [`River::interner_mut`]. Gives how
    /// many of them were there already, as far as that is known.
    pub fn give(&mut self, rel: RelId, words: &[u64], count: usize) -> usize {
        match self {
            River::One(one) if words.is_empty() => {
                (0..count).map(|_| one.engine.load_unit(rel).equal).sum()
            }
            River::One(one) => one.engine.load(rel, words).equal,
            River::Many(many) => {
                many.next.stock.add(rel, words.to_vec(), count);
                0
            }
        }
    }

    /// Rows were given, for which nothing was done for so long.
    pub fn fed(&mut self, idle: Duration) {
        match self {
            River::One(one) => one.shift.fed(idle),
            River::Many(many) => many.next.idle += idle,
        }
    }

    /// Works for a while on what is there; whether there is more to do.
    pub fn work(&mut self, planner: Option<Planner<'_>>) -> Result<bool, Trouble> {
        match self {
            River::One(one) => one.work(planner).map_err(Trouble::Failed),
            River::Many(many) => many.work().map(|()| false),
        }
    }

    /// Completes all that waited; nothing comes any more, and all that could be
    /// done is done.
    pub fn finish(&mut self, planner: Option<Planner<'_>>) -> Result<(), Trouble> {
        match self {
            River::One(one) => one.finish(planner).map_err(Trouble::Failed),
            River::Many(many) => many.finish(),
        }
    }

    /// Bytes that are held, as far as they are known here.
    pub fn bytes(&self) -> usize {
        match self {
            River::One(one) => one.engine.bytes(),
            // Workers mind those of theirs.
            River::Many(many) => many.next.stock.bytes(),
        }
    }

    /// The work is done, or was given up: what is left of it.
    pub fn end(self) -> Result<Left, Broken> {
        match self {
            River::One(one) => Ok(Left::One(Box::new(one.engine))),
            River::Many(many) => {
                let Many { whole, report, .. } = *many;
                Ok(Left::Many(Box::new(whole.end()?), Box::new(report)))
            }
        }
    }
}

impl One {
    fn begin(&mut self) -> Result<(), Failure> {
        for _ in 0..self.along.unwrap_or(0) {
            self.stratum()?;
        }
        if self.along.is_some() {
            self.shift.begin(&mut self.engine)?;
        }
        self.show();
        Ok(())
    }

    fn work(&mut self, planner: Option<Planner<'_>>) -> Result<bool, Failure> {
        if self.along.is_none() {
            return Ok(false);
        }
        if let Some(planner) = planner {
            self.shift.refit(&mut self.engine, planner);
        }
        let more = self.shift.work(&mut self.engine, MATCHES)?;
        self.show();
        Ok(more)
    }

    fn finish(&mut self, mut planner: Option<Planner<'_>>) -> Result<(), Failure> {
        if self.along.is_some() {
            self.shift.end(&mut self.engine)?;
        }
        self.shift.settle(&mut self.engine);
        for _ in self.along.map_or(0, |along| along + 1)..self.strata {
            if let Some(planner) = planner.as_deref_mut() {
                self.shift.refit(&mut self.engine, planner);
            }
            self.stratum()?;
        }
        self.show();
        let violated = |rel: &&RelId| self.engine.len(**rel) > 0;
        match self.engine.plan().violations.iter().find(violated) {
            Some(&rel) => Err(Failure::Invariant { rel }),
            None => Ok(()),
        }
    }

    /// One stratum from its beginning to its end.
    fn stratum(&mut self) -> Result<(), Failure> {
        self.shift.begin(&mut self.engine)?;
        while self.shift.work(&mut self.engine, u64::MAX)? {}
        self.shift.end(&mut self.engine)
    }

    fn show(&mut self) {
        for &rel in &self.banks.shown {
            let (from, upto) = (self.seen[rel.index()], self.engine.relation(rel).len());
            if upto > from {
                self.seen[rel.index()] = upto;
                let words = self.engine.rows_since(rel, from);
                let fresh = Fresh { engine: &self.engine, words, count: upto - from };
                self.banks.outlet.rows(rel, fresh);
            }
        }
    }
}

impl Many {
    fn work(&mut self) -> Result<(), Trouble> {
        if self.next.stock.is_empty() {
            return Ok(());
        }
        let next = Came { interner: self.base.clone(), ..Came::default() };
        let came = std::mem::replace(&mut self.next, next);
        *self.inlet.came.write().unwrap_or_else(PoisonError::into_inner) = came;
        carried_out(&mut self.whole, Order::Came).map(drop)
    }

    fn finish(&mut self) -> Result<(), Trouble> {
        self.report = carried_out(&mut self.whole, Order::Finish)?;
        Ok(())
    }
}

/// Has an order carried out.
fn carried_out(whole: &mut Whole, order: Order) -> Result<Report, Trouble> {
    match whole.order(order).map_err(Trouble::Broken)? {
        (report, None) => Ok(report),
        (_, Some(failure)) => Err(Trouble::Failed(failure)),
    }
}

//! A whole evaluation, as the job of a worker: it takes its share of the rows
//! that were read, runs the strata one after the other, and says what became of
//! it. Strata of which nothing is sent are run without waiting; one of which rows
//! are sent ends the step, and the gate says that it is complete. Drivers are
//! not known here.

mod fails;
pub mod flow;
mod rows;

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::sync::RwLock;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::spread::Spread;
use bloom_compiler::plan::spread::spread;
use bloom_compiler::plan::spread::ticking;
use bloom_compiler::types::typed;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::evaluation::flow::Course;
use crate::dataflow::evaluation::flow::Inlet;
use crate::dataflow::failed::Failed;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Gate;
use crate::dataflow::job::Job;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Order;
use crate::dataflow::job::Post;
use crate::dataflow::job::to_all;
use crate::dataflow::report::Report;
use crate::dataflow::stock;
use crate::dataflow::stock::Stock;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Shift;
use crate::kernel::Together;
use crate::kernel::share::Share;
use crate::value::interner::Interner;

/// Matches after which a worker hands over what it has for others. Who waits for
/// more lets the others wait, until they take turns instead of working together:
/// with a hundred times as many, two workers take as long as one.
const MATCHES: u64 = 1 << 17;

/// What the workers of one process begin with.
pub struct Setup {
    program: typed::Program,
    strata: Strata,
    /// Rows that this process read, in the words of the interner.
    stock: RwLock<Stock>,
    interner: Interner,
    sizes: Sizes,
    /// All workers, and which of them are of this process.
    workers: usize,
    here: Range<usize>,
    limits: Limits,
    planned: OnceLock<Planned>,
    /// Of a run that takes rows in while it runs.
    inlet: Option<Arc<Inlet>>,
}

/// Rows of a relation, where they are known, and different values of its columns.
type RelSizes = (Option<u64>, Vec<u64>);

/// What follows from the sizes of everything that was read.
struct Planned {
    spread: Spread,
    /// By stratum: whether the next one has to wait for all workers, and the
    /// first stratum of the language that something of it belongs to, from 1.
    waits: Vec<bool>,
    levels: Vec<u32>,
    /// An engine without rows, of which each worker gets a clone.
    engine: Mutex<Engine>,
    common: Common,
    /// The stratum that runs while rows come.
    along: Option<usize>,
}

impl Setup {
    /// For a program without errors, rows that were read and what is known of
    /// them, for workers of which `here` are of this process.
    pub fn new(
        (program, strata): (typed::Program, Strata),
        (stock, interner, sizes): (Stock, Interner, Sizes),
        (workers, here): (usize, Range<usize>),
        limits: &Limits,
    ) -> Setup {
        let together = Some((Arc::new(Together::new(here.len())), 0));
        Setup {
            program,
            strata,
            stock: RwLock::new(stock),
            interner,
            sizes,
            workers,
            here,
            limits: Limits { together, ..limits.clone() },
            planned: OnceLock::new(),
            inlet: None,
        }
    }

    /// The workers of this process.
    pub fn here(&self) -> Range<usize> {
        self.here.clone()
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// How the program was spread, once that is known.
    pub fn spread(&self) -> Option<&Spread> {
        self.planned.get().map(|planned| &planned.spread)
    }

    /// Values that the workers of this process have in common.
    pub fn common(&self) -> Common {
        self.planned.get().map(|planned| planned.common).unwrap_or_default()
    }

    /// The plan for these sizes; made once in a process.
    fn planned(&self, sizes: &Sizes) -> &Planned {
        self.planned.get_or_init(|| {
            let divide = if self.inlet.is_some() { ticking } else { spread };
            let spread = divide(&self.program, &self.strata, &sizes.rows, self.workers);
            let (plan, along) = self.plan(&spread, &spread.sizes(sizes));
            // While rows come every stratum may have more to do.
            let flows = self.inlet.is_some();
            let waits = spread.waits(&plan).iter().map(|sent| *sent || flows).collect();
            let levels = fails::levels(&plan, &spread);
            let engine = Engine::with_values(plan, self.interner.clone());
            let common = Common::of(engine.interner());
            Planned { spread, waits, levels, engine: Mutex::new(engine), common, along }
        })
    }
}

/// What a worker is busy with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Hears how large everything is that was read.
    Sizes,
    /// Takes its share.
    Load,
    /// Runs this stratum; behind the last one, tells what it did.
    Stratum(usize),
    /// Tells what it did.
    Tell,
    /// Gives the first worker rows.
    Give,
}

/// One worker's part in an evaluation.
pub struct Evaluation {
    me: usize,
    setup: Arc<Setup>,
    engine: Option<Engine>,
    shift: Option<Shift>,
    phase: Phase,
    /// Whether the step under way was begun, and whether this worker told what
    /// it did.
    begun: bool,
    told: bool,
    /// Sizes of what processes read, by the worker that told them.
    sizes: Vec<(usize, Vec<RelSizes>)>,
    wanted: Vec<usize>,
    /// What failed anywhere.
    failed: Vec<Failed>,
    /// What failed here and was not told.
    untold: Vec<Failed>,
    equal: Vec<u64>,
    gates: u64,
    report: Report,
    /// How far the order goes, whether rows that came are to be taken, and by
    /// relation the rows that were shown.
    course: Course,
    waits: bool,
    seen: Vec<usize>,
}

impl Evaluation {
    /// The part of worker `me`.
    pub fn new(me: usize, setup: Arc<Setup>) -> Evaluation {
        Evaluation {
            me,
            setup,
            engine: None,
            shift: None,
            phase: Phase::Sizes,
            begun: false,
            told: false,
            sizes: Vec::new(),
            wanted: Vec::new(),
            failed: Vec::new(),
            untold: Vec::new(),
            equal: Vec::new(),
            gates: 0,
            report: Report::default(),
            course: Course::Through,
            waits: false,
            seen: Vec::new(),
        }
    }

    /// The jobs of the workers of one process.
    pub fn all(setup: &Arc<Setup>) -> Vec<Evaluation> {
        setup.here().map(|me| Evaluation::new(me, setup.clone())).collect()
    }

    /// The worker's engine, when it has one.
    pub fn into_engine(self) -> Option<Engine> {
        self.engine
    }

    fn engine(&mut self) -> Result<&mut Engine, Broken> {
        self.engine.as_mut().ok_or_else(|| Broken("it was to run before it had loaded".to_owned()))
    }

    /// Tells the sizes of what this process read.
    fn tell_sizes(&self, post: &mut Post) {
        if self.me != self.setup.here.start {
            return;
        }
        let Sizes { rows, mut distinct, .. } = self.setup.sizes.clone();
        distinct.resize(rows.len(), Vec::new());
        let sizes = rows.into_iter().zip(distinct).collect();
        to_all(self.setup.workers, &Mail::Sizes(sizes), post);
    }

    /// Makes an engine for what all processes read together.
    fn plan(&mut self) {
        self.sizes.sort_unstable_by_key(|(from, _)| *from);
        let parts = std::mem::take(&mut self.sizes).into_iter().map(|(_, sizes)| sizes);
        let all = Sizes { ticks: self.setup.sizes.ticks, ..stock::added(parts) };
        let planned = self.setup.planned(&all);
        let mut engine = planned.engine.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let share = Share::new(&planned.spread, engine.plan(), self.me, self.setup.workers);
        engine.join_in(share);
        self.engine = Some(engine);
    }

    /// Rows that others own are put into the post.
    fn send(&mut self, post: &mut Post) -> Result<(), Broken> {
        let (setup, engine) = (self.setup.clone(), self.engine()?);
        for (worker, parcels) in engine.for_others().into_iter().enumerate() {
            let near = setup.here.contains(&worker);
            let common = if near { setup.common() } else { Common::default() };
            for parcel in parcels {
                post.push((worker, Mail::Rows(carry::pack(parcel, engine, common))));
            }
        }
        Ok(())
    }

    /// Works on the stratum under way; behind the last one, looks for what must
    /// not be. Returns whether there is more to do.
    fn run(&mut self, number: usize, post: &mut Post) -> Result<bool, Broken> {
        let begun = std::mem::replace(&mut self.begun, true);
        let (Some(engine), Some(shift)) = (&mut self.engine, &mut self.shift) else {
            return Ok(false);
        };
        if number == engine.plan().strata.len() {
            let violated = |rel: &&RelId| engine.len(**rel) > 0;
            let violated = engine.plan().violations.iter().find(violated).copied();
            if let Some(rel) = violated.filter(|_| !begun) {
                self.fail(Failure::Invariant { rel })?;
            }
            return Ok(false);
        }
        let first = if begun { Ok(()) } else { shift.begin(engine) };
        let more = match first.and_then(|()| shift.work(engine, MATCHES)) {
            Ok(more) => more,
            Err(failure) => {
                self.shift = None;
                self.fail(failure)?;
                false
            }
        };
        self.send(post)?;
        Ok(more)
    }

    /// Works on strata up to one that has to wait for others.
    fn strata(&mut self, mut number: usize, post: &mut Post) -> Result<bool, Broken> {
        let setup = self.setup.clone();
        let waits = setup.planned.get().map_or(&[][..], |planned| &planned.waits);
        loop {
            let more = self.run(number, post)?;
            let goes_on = self.shift.is_some() && waits.get(number) == Some(&false);
            if more || !goes_on {
                return Ok(more);
            }
            self.end()?;
            number += 1;
            (self.phase, self.begun) = (Phase::Stratum(number), false);
            if !self.is_wanted(number) {
                return Ok(false);
            }
        }
    }

    /// Ends a stratum.
    fn end(&mut self) -> Result<(), Broken> {
        let (Some(engine), Some(shift)) = (&mut self.engine, &mut self.shift) else {
            return Ok(());
        };
        shift.end(engine).or_else(|failure| self.fail(failure))
    }

    /// Tells the first worker what was done.
    fn tell(&mut self, post: &mut Post) -> Result<(), Broken> {
        let equal = std::mem::take(&mut self.equal);
        let mut report = Report::of(self.engine()?);
        report.equal = equal;
        report.gates = self.gates;
        post.push((0, Mail::Report(report)));
        Ok(())
    }
}

impl Job for Evaluation {
    fn begin(&mut self, order: &Order) -> Result<(), Broken> {
        (self.begun, self.told, self.report) = (false, false, Report::default());
        self.failed.clear();
        self.phase = match order {
            Order::Load => Phase::Sizes,
            Order::Run => {
                self.course = Course::Through;
                self.start()?;
                Phase::Stratum(0)
            }
            Order::Begin => self.open()?,
            Order::Came => self.resume(),
            Order::Finish => self.run_out()?,
            Order::Give(rels) => {
                self.wanted.clone_from(rels);
                Phase::Give
            }
            Order::Stop => return Ok(()),
            Order::Task(_) | Order::Each(_) => {
                return Err(Broken("it does not tick, and was told to".to_owned()));
            }
        };
        Ok(())
    }

    fn take(&mut self, from: usize, mail: Mail) -> Result<(), Broken> {
        match mail {
            Mail::Rows(packet) => {
                // After a failure nobody reads them.
                let read = match self.phase {
                    Phase::Stratum(number) => self.is_wanted(number),
                    _ => self.failed.is_empty(),
                };
                if !read {
                    return Ok(());
                }
                let engine = self.engine()?;
                let unread = |why| Broken(format!("rows of worker {from} cannot be read: {why}"));
                let parcel = carry::unpack(packet, engine).map_err(unread)?;
                match (&mut self.shift, &mut self.engine, self.phase) {
                    (Some(shift), Some(engine), Phase::Stratum(_)) => {
                        shift.take_in(engine, &parcel);
                    }
                    (_, Some(engine), Phase::Load | Phase::Give) => {
                        let new = engine.take_in(&parcel);
                        let equal = self.equal.get_mut(parcel.rel);
                        equal.into_iter().for_each(|sum| *sum += (parcel.rows - new) as u64);
                    }
                    _ => {}
                }
            }
            Mail::Failed(failed) => self.failed.push(failed),
            Mail::Sizes(sizes) => self.sizes.push((from, sizes)),
            Mail::Report(report) => self.report.add(&report),
            Mail::Vote(_) | Mail::Said(_) | Mail::Order(_) | Mail::Broken(_) => {}
        }
        Ok(())
    }

    fn work(&mut self, post: &mut Post) -> Result<bool, Broken> {
        let mut more = false;
        let wanted = match self.phase {
            Phase::Stratum(number) => self.is_wanted(number),
            _ => self.failed.is_empty(),
        };
        if wanted {
            self.take_came()?;
            let begun = self.begun;
            match self.phase {
                Phase::Stratum(number) => more = self.strata(number, post)?,
                Phase::Sizes if !begun => self.tell_sizes(post),
                Phase::Load if !begun => {
                    self.load()?;
                    self.send(post)?;
                }
                Phase::Give if !begun => self.give(post)?,
                _ => {}
            }
        }
        if matches!(self.phase, Phase::Stratum(_)) {
            self.show();
        }
        let is_last = match self.phase {
            Phase::Tell => true,
            Phase::Stratum(number) => {
                self.engine.as_ref().is_some_and(|engine| engine.plan().strata.len() == number)
            }
            _ => false,
        };
        if is_last && !std::mem::replace(&mut self.told, true) {
            self.tell(post)?;
        }
        self.begun = true;
        for failed in std::mem::take(&mut self.untold) {
            to_all(self.setup.workers, &Mail::Failed(failed), post);
        }
        Ok(more)
    }

    fn pass(&mut self, _: &mut Post) -> Result<Gate, Broken> {
        self.begun = false;
        let strata = self.engine.as_ref().map_or(0, |engine| engine.plan().strata.len());
        let failed = !self.failed.is_empty();
        self.phase = match self.phase {
            Phase::Sizes => {
                self.plan();
                Phase::Load
            }
            Phase::Load => {
                let setup = self.setup.clone();
                *setup.stock.write().unwrap_or_else(PoisonError::into_inner) = Stock::new();
                if let Err(failure) = self.engine()?.judge_loaded() {
                    self.refuse(failure)?;
                }
                Phase::Tell
            }
            // Who failed may be behind the others: they all go the same way.
            Phase::Stratum(number) if failed && !self.is_wanted(number) => Phase::Tell,
            Phase::Stratum(number) if number == strata => return Ok(Gate::Over),
            Phase::Stratum(number) if self.pauses(number) => return Ok(Gate::Over),
            Phase::Stratum(number) => {
                self.gates += u64::from(number + 1 < strata);
                self.end()?;
                self.settle(number);
                Phase::Stratum(number + 1)
            }
            Phase::Tell | Phase::Give => return Ok(Gate::Over),
        };
        Ok(Gate::Next)
    }

    fn answer(&mut self) -> Result<Answer, Broken> {
        let report = std::mem::take(&mut self.report);
        let failed = std::mem::take(&mut self.failed);
        let unread = |why| Broken(format!("a failure of another worker cannot be read: {why}"));
        Ok(match Failed::least(failed, self.engine()?).map_err(unread)? {
            None => Answer::Done(report),
            Some(failure) => Answer::Failed(failure, report),
        })
    }

    fn leave(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

//! An evaluation that takes rows in while it runs: it pauses in the stratum that
//! more rows only add to, takes those that came, works them off, and pauses
//! again. What is found is shown at once by the worker that found it. Who has the
//! rows, and where they are shown, is not known here.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Place;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::evaluation::Phase;
use crate::dataflow::evaluation::Setup;
use crate::dataflow::flow::Fresh;
use crate::dataflow::flow::Outlet;
use crate::dataflow::job::Broken;
use crate::dataflow::stock::Stock;
use crate::kernel::Limits;
use crate::kernel::Shift;
use crate::value::interner::Interner;
use crate::value::merge::Merge;

/// Where rows come in and go out while workers run.
pub struct Inlet {
    /// Relations that more rows will come into.
    pub open: Vec<RelId>,
    /// Relations whose rows are shown as they are found.
    pub shown: Vec<RelId>,
    /// Where.
    pub outlet: Arc<dyn Outlet>,
    /// What every worker takes its part of next.
    pub came: RwLock<Came>,
}

impl Setup {
    /// The same for a run that takes rows in while it runs.
    pub fn flowing(self, inlet: Arc<Inlet>) -> Setup {
        Setup { inlet: Some(inlet), ..self }
    }

    /// What one worker may spend.
    pub(super) fn seated(&self, me: usize) -> Limits {
        let limits = self.limits.clone();
        let seat = me - self.here.start;
        let together = limits.together.map(|(all, _)| (all, seat));
        Limits { together, ..limits }
    }

    /// The plan of a spread program, and the stratum of it that runs while rows
    /// come.
    pub(super) fn plan(&self, spread: &Spread, sizes: &Sizes) -> (ir::Program, Option<usize>) {
        let Some(inlet) = &self.inlet else {
            return (plan::build(&spread.program, &spread.strata, sizes), None);
        };
        let flow = flow(&spread.program, &spread.strata, &inlet.open, &[]);
        let plan = plan::build(&spread.program, &flow.strata, sizes);
        let along = flow.along(&plan);
        (plan, along)
    }
}

/// Rows that came.
#[derive(Default)]
pub struct Came {
    /// In words of the interner.
    pub stock: Stock,
    /// See above.
    pub interner: Interner,
    /// Values that it began with, as did those of all workers.
    pub common: Common,
    /// How long there was nothing to do before.
    pub idle: Duration,
}

/// How far an evaluation goes before it is told more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Course {
    /// To the end.
    Through,
    /// To where rows come in.
    Pauses,
}

impl Evaluation {
    /// Begins what needs no rows that are still to come.
    pub(super) fn open(&mut self) -> Result<Phase, Broken> {
        self.course = Course::Pauses;
        self.start()?;
        Ok(if self.along().is_some() { Phase::Stratum(0) } else { Phase::Tell })
    }

    /// Goes on with rows that came.
    pub(super) fn resume(&mut self) -> Phase {
        (self.course, self.waits) = (Course::Pauses, true);
        self.begun = self.along().is_some();
        self.along().map_or(Phase::Tell, Phase::Stratum)
    }

    /// Goes on to the end: nothing comes any more.
    pub(super) fn run_out(&mut self) -> Result<Phase, Broken> {
        self.course = Course::Through;
        let setup = self.setup.clone();
        let open = setup.inlet.as_ref().map_or(&[][..], |inlet| &inlet.open);
        if let Err(failure) = Shift::judge_came(self.engine()?, open) {
            self.refuse(failure)?;
        }
        let Some(along) = self.along() else {
            self.start()?;
            return Ok(Phase::Stratum(0));
        };
        self.begun = true;
        Ok(Phase::Stratum(along))
    }

    /// A way through the strata, from the first.
    pub(super) fn start(&mut self) -> Result<(), Broken> {
        let limits = self.setup.seated(self.me);
        self.shift = Some(Shift::new(self.engine()?, &limits));
        Ok(())
    }

    /// The stratum that runs while rows come.
    pub(super) fn along(&self) -> Option<usize> {
        self.setup.planned.get().and_then(|planned| planned.along)
    }

    /// Whether the order is carried out when this stratum has nothing to do.
    pub(super) fn pauses(&self, stratum: usize) -> bool {
        self.course == Course::Pauses && self.along() == Some(stratum)
    }

    /// Takes this worker's part of what came, once in an order.
    pub(super) fn take_came(&mut self) -> Result<(), Broken> {
        if !std::mem::take(&mut self.waits) {
            return Ok(());
        }
        let setup = self.setup.clone();
        let Some(inlet) = &setup.inlet else { return Ok(()) };
        let came = inlet.came.read().unwrap_or_else(PoisonError::into_inner);
        let engine = self.engine()?;
        let types = engine.plan().types.clone();
        let mut merge = Merge::beside(&types, &came.interner, came.common.texts());
        for &rel in &inlet.open {
            let declared = &engine.plan().rels[rel.index()].declared;
            let cols: Vec<TypeId> = declared.iter().map(|col| col.ty).collect();
            if cols.is_empty() && came.stock.len(rel) > 0 {
                engine.load_own_unit(rel);
            }
            for block in came.stock.blocks(rel).iter().filter(|block| !block.is_empty()) {
                let mut words = block.clone();
                let own = engine.interner_mut();
                carry::translate(&mut merge, &types, &cols, &mut words, own);
                engine.load_own(rel, &words, &|_| false);
            }
        }
        if let Some(shift) = &mut self.shift {
            shift.fed(came.idle);
        }
        Ok(())
    }

    /// What came in the meantime is read as finished from here on.
    pub(super) fn settle(&mut self, stratum: usize) {
        if self.along() == Some(stratum)
            && let (Some(engine), Some(shift)) = (&mut self.engine, &mut self.shift)
        {
            shift.settle(engine);
        }
    }

    /// Shows what this worker found since the last time. What all workers have,
    /// the first one shows.
    pub(super) fn show(&mut self) {
        let setup = self.setup.clone();
        let (Some(inlet), Some(engine)) = (&setup.inlet, &mut self.engine) else { return };
        let places = setup.spread().map_or(&[][..], |spread| &spread.places);
        for &rel in &inlet.shown {
            let at = rel.index();
            if self.me > 0 && places.get(at) == Some(&Place::Everywhere) {
                continue;
            }
            self.seen.resize(self.seen.len().max(at + 1), 0);
            let (from, upto) = (self.seen[at], engine.relation(rel).len());
            if upto > from {
                self.seen[at] = upto;
                let words = engine.rows_since(rel, from);
                inlet.outlet.rows(rel, Fresh { engine, words, count: upto - from });
            }
        }
    }
}

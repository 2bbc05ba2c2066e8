//! A whole evaluation by many workers, from outside: load, run, and read rows
//! where they lie. Files are not known here.

use std::any::Any;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::carry;
use crate::dataflow::crew::Crew;
use crate::dataflow::evaluation::Evaluation;
use crate::dataflow::evaluation::Setup;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Order;
use crate::dataflow::job::ready;
use crate::dataflow::report::Report;
use crate::dataflow::team::Team;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Stats;
use crate::value::interner::Interner;
use crate::value::merge::Merge;

/// Workers and what they begin with.
pub struct Whole {
    setup: Arc<Setup>,
    drive: Drive,
}

/// Who lets them work.
enum Drive {
    Team(Team<Evaluation>),
    Crew(Crew),
}

/// What became of an order: what was done, and why it was not if it failed.
pub type Outcome = Result<(Report, Option<Failure>), Broken>;

impl Whole {
    /// Workers in this thread.
    pub fn in_one_thread(setup: Setup) -> Whole {
        let setup = Arc::new(setup);
        Whole { drive: Drive::Team(Team::new(Evaluation::all(&setup))), setup }
    }

    /// Workers in threads of their own.
    pub fn in_threads(setup: Setup) -> Result<Whole, Broken> {
        let setup = Arc::new(setup);
        let jobs = Evaluation::all(&setup);
        let jobs = jobs.into_iter().map(ready).collect();
        Ok(Whole { drive: Drive::Crew(Crew::start(jobs)?), setup })
    }

    /// Workers that a crew was started with elsewhere.
    pub fn of(setup: Arc<Setup>, crew: Crew) -> Whole {
        Whole { setup, drive: Drive::Crew(crew) }
    }

    /// Has an order carried out.
    pub fn order(&mut self, order: Order) -> Outcome {
        let answer = match &mut self.drive {
            Drive::Team(team) => team.order(&order),
            Drive::Crew(crew) => crew.order(order),
        };
        Ok(match answer? {
            Answer::Done(report) => (report, None),
            Answer::Failed(failure, report) => (report, Some(failure)),
            Answer::Said(_) => return Err(Broken("workers answer what nobody asked".to_owned())),
        })
    }

    /// The work is done; what workers of this process hold.
    pub fn end(self) -> Result<Gathered, Broken> {
        let left = match self.drive {
            Drive::Team(team) => team.leave()?,
            Drive::Crew(crew) => crew.stop()?,
        };
        let engine = |left: Box<dyn Any + Send>| {
            left.downcast::<Evaluation>().ok().and_then(|job| job.into_engine())
        };
        let engines: Option<Vec<Engine>> = left.into_iter().map(engine).collect();
        let engines = engines.filter(|engines| !engines.is_empty());
        let engines = engines.ok_or_else(|| Broken("a worker never loaded".to_owned()))?;
        Ok(Gathered { engines, setup: self.setup })
    }
}

/// The rows of all workers of a process, where they lie.
pub struct Gathered {
    engines: Vec<Engine>,
    setup: Arc<Setup>,
}

impl Gathered {
    /// The plan that they ran.
    pub fn plan(&self) -> &ir::Program {
        self.first().plan()
    }

    /// The engine of the first worker: what words mean.
    pub fn first(&self) -> &Engine {
        &self.engines[0]
    }

    /// How the program was spread.
    pub fn spread(&self) -> Option<&Spread> {
        self.setup.spread()
    }

    /// What was done, as of one worker.
    pub fn stats(&self, report: &Report) -> Stats {
        match self.spread() {
            Some(spread) => report.stats(self.first(), spread),
            None => self.first().stats(),
        }
    }

    /// Rows of a relation of the program.
    pub fn len(&self, rel: RelId) -> usize {
        self.engines.iter().map(|engine| engine.len(rel)).sum()
    }

    /// The interner of the words of [`Gathered::rows`].
    pub fn interner(&self) -> &Interner {
        self.first().interner()
    }

    /// The rows of a relation of the program in no order that means anything,
    /// in the words of the first worker.
    pub fn rows(&mut self, rel: RelId) -> Vec<u64> {
        let mut all: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let mut engines = self.engines.iter_mut();
            let first = engines.next();
            let others: Vec<_> =
                engines.map(|engine| scope.spawn(move || engine.rows_as_they_lie(rel))).collect();
            let first = first.map(|engine| engine.rows_as_they_lie(rel));
            let joined = others.into_iter().map(|one| match one.join() {
                Ok(rows) => rows,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            first.into_iter().chain(joined).collect()
        });
        let common = self.setup.common();
        let Some((first, others)) = self.engines.split_first_mut() else { return Vec::new() };
        let types = first.plan().types.clone();
        let declared = &first.plan().rels[rel.index()].declared;
        let cols: Vec<TypeId> = declared.iter().map(|col| col.ty).collect();
        for (engine, words) in others.iter().zip(&mut all[1..]) {
            let mut merge = Merge::beside(&types, engine.interner(), common.texts());
            carry::translate(&mut merge, &types, &cols, words, first.interner_mut());
        }
        match all.len() {
            1 => all.swap_remove(0),
            _ => all.concat(),
        }
    }
}

//! What the workers of one process have in common: the program, how it was
//! spread once that is known, what a tick may spend, and rows that were read
//! where others are in charge. What workers do is not known here.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::calm::strata::stratify;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::maintain;
use bloom_compiler::plan::spread::Spread;
use bloom_compiler::plan::spread::ticking;
use bloom_compiler::types::typed;

use crate::dataflow::carry::Packet;
use crate::dataflow::node::routes;
use crate::dataflow::node::task::cut;
use crate::dataflow::stock::Stock;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Natives;
use crate::kernel::Rows;
use crate::kernel::share::Share;

/// What workers have in common.
pub struct Setup {
    program: typed::Program,
    natives: Option<Arc<dyn Natives>>,
    workers: usize,
    limits: Mutex<Limits>,
    planned: OnceLock<Planned>,
    read: Mutex<Option<Read>>,
}

/// Rows that were read, and an engine that knows what their words mean.
pub struct Read {
    /// The rows.
    pub stock: Stock,
    /// Without rows.
    pub engine: Engine,
}

/// How the program was spread.
pub struct Planned {
    /// The program for many workers.
    pub spread: Arc<Spread>,
    /// How it is run.
    pub plan: Arc<ir::Program>,
    /// The strata of the program as it was written.
    pub strata: Strata,
    /// By stratum of the plan: whether a worker runs it without the others.
    pub alone: Vec<bool>,
}

impl Setup {
    /// For so many workers in all. Of the rows that were read here whoever is in
    /// charge does not know.
    pub fn new(
        program: &typed::Program,
        natives: Option<Arc<dyn Natives>>,
        workers: usize,
        limits: &Limits,
        read: Option<Read>,
    ) -> Setup {
        Setup {
            program: program.clone(),
            natives,
            workers,
            limits: Mutex::new(limits.clone()),
            planned: OnceLock::new(),
            read: Mutex::new(read),
        }
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.workers
    }

    fn limits_now(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a tick may spend at each worker of this process.
    pub fn limits(&self) -> Limits {
        self.limits_now().clone()
    }

    /// What ticks may spend from now on.
    pub fn limit(&self, limits: &Limits) {
        self.limits_now().clone_from(limits);
    }

    /// The plan for a node that begins with so many rows of each relation; made
    /// once in a process.
    pub fn planned(&self, rows: &[Option<u64>]) -> &Planned {
        self.planned.get_or_init(|| {
            let strata = stratify(&self.program, &mut Vec::new());
            let spread = ticking(&self.program, &strata, rows, self.workers);
            let plan = maintain::plan(&spread.program, Vec::new());
            let alone = spread.waits(&plan).into_iter().map(|waits| !waits).collect();
            Planned { spread: Arc::new(spread), plan: Arc::new(plan), strata, alone }
        })
    }

    /// How the program was spread, once that is known.
    pub fn plan(&self) -> Option<&Planned> {
        self.planned.get()
    }

    /// An engine for worker `me`, without rows.
    pub fn engine(&self, me: usize, rows: &[Option<u64>]) -> Engine {
        let planned = self.planned(rows);
        let mut engine = Engine::new(planned.plan.as_ref().clone());
        if let Some(natives) = &self.natives {
            engine.bring(natives.clone());
        }
        engine.join_in(Share::new(&planned.spread, &planned.plan, me, self.workers));
        engine
    }

    /// The rows that were read here, ready to travel. They are had once.
    pub fn given(&self) -> Vec<Packet> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Read { stock, engine }) = read else { return Vec::new() };
        let mut packets = Vec::new();
        for rel in (0..self.program.rels.len()).map(|rel| RelId(rel as u32)) {
            let arity = engine.plan().rels[rel.index()].declared.len();
            for words in stock.blocks(rel).iter().filter(|words| !words.is_empty()) {
                let rows = Rows { rel, count: words.len() / arity.max(1), words: words.clone() };
                packets.extend(cut(rows).into_iter().map(|rows| routes::packet(rows, &engine)));
            }
            if arity == 0 && stock.len(rel) > 0 {
                packets.push(routes::packet(Rows { rel, count: 1, words: Vec::new() }, &engine));
            }
        }
        packets
    }
}

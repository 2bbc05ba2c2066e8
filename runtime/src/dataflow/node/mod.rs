//! What ticks: one machine, or many workers that share the state of one node.
//! From outside both are the same, row by row. What a node does with it is not
//! known here.
//!
//! | room | owns |
//! |---|---|
//! | `many` | workers that tick together, and a picture of what they did |
//! | `hands` | where they are: in this thread, in threads, in other processes |
//! | `company` | those of several processes, before there is a node |
//! | `setup` | what the workers of a process have in common |
//! | `task` | what they are told, and what they say |
//! | `ticking` | one of them as a job: votes, strata, rows of others |
//! | `worker` | its machine |
//! | `routes` | which worker a row belongs to |
//!
//! A tick of many workers is one vote after the other. Before a stratum that
//! sends rows every worker says which one it wants to run next; all run the
//! least of these, so that strata with nothing new cost nobody anything. Rows
//! that belong to others go straight to them, until nobody has any. At the end
//! all have to agree that the tick is fine, or it has not been.

mod company;
mod hands;
mod many;
mod routes;
mod setup;
mod task;
mod ticking;
mod worker;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;

use crate::kernel::Choice;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::Stats;
use crate::kernel::TickEnd;
use crate::kernel::TickInput;
pub use company::Company;
pub use many::GONE;
pub use many::Many;
pub use setup::Read;
pub use setup::Setup;
pub use task::Said;
pub use task::Task;

/// How many workers a node has, and what is to be seen of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workers {
    /// Their number.
    pub count: usize,
    /// Whether each has a thread of its own.
    pub threads: bool,
    /// The collections whose rows can be read after a tick; `None`: all.
    pub seen: Option<Vec<RelId>>,
}

impl Default for Workers {
    fn default() -> Workers {
        Workers { count: 1, threads: false, seen: None }
    }
}

/// What ticks.
pub enum Body {
    /// One machine.
    One(Box<Machine>),
    /// Many workers.
    Many(Box<Many>),
}

impl Clone for Body {
    /// A clone goes its own way, in this thread.
    fn clone(&self) -> Body {
        match self {
            Body::One(machine) => Body::One(machine.clone()),
            Body::Many(many) => many.copy(),
        }
    }
}

impl Body {
    /// Before its first tick. What the engine has been loaded with are the rows
    /// that it begins with.
    pub fn new(program: &typed::Program, engine: Engine, workers: &Workers) -> Body {
        match workers.count {
            0 | 1 => Body::One(Box::new(Machine::new(program, engine))),
            _ => Body::Many(Box::new(Many::new(program, engine, workers, None))),
        }
    }

    /// The same over workers that are there already.
    pub fn over(
        program: &typed::Program,
        engine: Engine,
        workers: &Workers,
        company: Company,
    ) -> Body {
        Body::Many(Box::new(Many::new(program, engine, workers, Some(company))))
    }

    /// No tick follows: lets the workers go. What can be seen stays.
    pub fn part(&mut self) {
        if let Body::Many(many) = self {
            many.part();
        }
    }

    /// What can be seen of the last tick.
    pub fn engine(&self) -> &Engine {
        match self {
            Body::One(machine) => machine.engine(),
            Body::Many(many) => many.front().engine(),
        }
    }

    /// Likewise, to make values with and to read whole rows.
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.front_mut().engine_mut()
    }

    fn front_mut(&mut self) -> &mut Machine {
        match self {
            Body::One(machine) => machine,
            Body::Many(many) => many.front_mut(),
        }
    }

    /// See [`Machine::watch`].
    pub fn watch(&mut self, rel: RelId) {
        self.front_mut().watch(rel);
    }

    /// See [`Machine::changes`].
    pub fn changes(&mut self, rel: RelId) -> Vec<(i8, Vec<u64>)> {
        self.front_mut().changes(rel)
    }

    /// Rows of a collection after a tick, whether they can be read or not.
    pub fn count(&mut self, rel: RelId) -> usize {
        match self {
            Body::One(machine) => machine.engine().len(rel),
            Body::Many(many) => many.count(rel),
        }
    }

    /// See [`Machine::state_hash`].
    pub fn state_hash(&mut self) -> u128 {
        match self {
            Body::One(machine) => machine.state_hash(),
            Body::Many(many) => many.state_hash(),
        }
    }

    /// See [`Machine::choose`]; views of many workers are not followed.
    pub fn choose(&mut self, choice: Choice) {
        self.front_mut().choose(choice);
    }

    /// What was done and what is held.
    pub fn stats(&self) -> Stats {
        match self {
            Body::One(machine) => machine.stats(),
            Body::Many(many) => many.stats(),
        }
    }

    /// Begins a chain: what follows happens as a whole or not at all.
    pub fn begin(&mut self) {
        match self {
            Body::One(machine) => machine.begin(),
            Body::Many(many) => many.begin(),
        }
    }

    /// One tick. After an error the chain can only be rolled back.
    #[inline]
    pub fn tick(&mut self, input: &TickInput, limits: &Limits) -> Result<TickEnd, Failure> {
        match self {
            Body::One(machine) => machine.tick(input, limits),
            Body::Many(many) => many.tick(input, limits),
        }
    }

    /// Ends a chain that went well.
    pub fn commit(&mut self) {
        match self {
            Body::One(machine) => machine.commit(),
            Body::Many(many) => many.commit(),
        }
    }

    /// Ends a chain that failed: everything is as it was when it began.
    pub fn rollback(&mut self) {
        match self {
            Body::One(machine) => machine.rollback(),
            Body::Many(many) => many.rollback(),
        }
    }

    /// The failure of the chain that was rolled back last, in words that can be
    /// read: the one that one machine meets first.
    pub fn told(&mut self, failure: Failure, limits: &Limits) -> Failure {
        match self {
            Body::One(_) => failure,
            Body::Many(many) => many.judged(failure, limits),
        }
    }

    /// See [`Machine::wants_collect`].
    pub fn wants_collect(&self) -> bool {
        match self {
            Body::One(machine) => machine.wants_collect(),
            Body::Many(many) => many.wants_collect(),
        }
    }

    /// See [`Machine::collect_but`].
    pub fn collect_but(&mut self, held: &[Rows], values: &[(TypeId, u64)]) {
        match self {
            Body::One(machine) => machine.collect_but(held, values),
            Body::Many(many) => many.collect_but(held, values),
        }
    }

    /// The one machine, where it is one.
    pub fn into_one(self) -> Machine {
        match self {
            Body::One(machine) => *machine,
            Body::Many(many) => many.whole(),
        }
    }
}

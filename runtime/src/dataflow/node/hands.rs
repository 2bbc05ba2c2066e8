//! Where workers are: one after the other in this thread, each in a thread of
//! its own, or in other processes too. What they are told is not known here.

use std::cell::Cell;
use std::cell::RefCell;
use std::sync::Arc;

use crate::dataflow::crew::Crew;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Job;
use crate::dataflow::job::Order;
use crate::dataflow::job::Work;
use crate::dataflow::node::setup::Setup;
use crate::dataflow::node::task::Said;
use crate::dataflow::node::task::Task;
use crate::dataflow::node::task::What;
use crate::dataflow::node::ticking::Ticking;
use crate::dataflow::team::Team;

/// All workers of a node, by number.
pub struct Hands {
    workers: usize,
    drive: RefCell<Drive>,
    /// Whether a chain went well and workers do not know it.
    commits: Cell<bool>,
}

/// Who lets them work.
enum Drive {
    Here(Team<Ticking>),
    Threads(Crew),
    /// They cannot go on, and why.
    Broken(Broken),
}

impl Hands {
    /// Workers in this thread.
    pub fn here(setup: &Arc<Setup>) -> Hands {
        let jobs = (0..setup.workers()).map(|me| Ticking::new(me, setup.clone())).collect();
        Hands::new(setup, Drive::Here(Team::new(jobs)))
    }

    /// Each in a thread of its own.
    pub fn threads(setup: &Arc<Setup>) -> Hands {
        let crew = Crew::start(works(setup, 0..setup.workers()));
        Hands::new(setup, crew.map_or_else(Drive::Broken, Drive::Threads))
    }

    /// Those that were begun elsewhere.
    pub fn of(setup: &Arc<Setup>, crew: Crew) -> Hands {
        Hands::new(setup, Drive::Threads(crew))
    }

    fn new(setup: &Setup, drive: Drive) -> Hands {
        let (workers, drive) = (setup.workers(), RefCell::new(drive));
        Hands { workers, drive, commits: Cell::new(false) }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.workers
    }

    /// The same workers once more, to go their own way; `None` if they are not
    /// in this thread.
    pub fn copy(&self) -> Option<Hands> {
        let Drive::Here(team) = &*self.drive.borrow() else { return None };
        let drive = RefCell::new(Drive::Here(team.clone()));
        Some(Hands { workers: self.workers, drive, commits: self.commits.clone() })
    }

    /// The chain under way went well; workers hear of it with what comes next.
    pub fn commit(&self) {
        self.commits.set(true);
    }

    /// Tells each what it is to do, and waits until all have done it.
    pub fn all(&self, each: Vec<What>) -> Result<Vec<Said>, Broken> {
        let commits = self.commits.take();
        let task = |what| Order::Task(Task { commits, what });
        self.order(Order::Each(each.into_iter().map(task).collect()))
    }

    /// Tells all the same.
    pub fn each(&self, what: What) -> Result<Vec<Said>, Broken> {
        self.order(Order::Task(Task { commits: self.commits.take(), what }))
    }

    fn order(&self, order: Order) -> Result<Vec<Said>, Broken> {
        let mut drive = self.drive.borrow_mut();
        let answer = match &mut *drive {
            Drive::Here(team) => team.order(&order),
            Drive::Threads(crew) => crew.order(order),
            Drive::Broken(broken) => Err(broken.clone()),
        };
        let said = answer.and_then(said);
        if let Err(broken) = &said {
            *drive = Drive::Broken(broken.clone());
        }
        said
    }

    /// Lets them go: nothing more is asked of them.
    pub fn end(&self) {
        *self.drive.borrow_mut() = Drive::Broken(Broken("the workers were let go".to_owned()));
    }
}

/// What each worker said.
pub fn said(answer: Answer) -> Result<Vec<Said>, Broken> {
    match answer {
        Answer::Said(said) => Ok(said),
        Answer::Done(_) | Answer::Failed(..) => {
            Err(Broken("workers answer what nobody asked".to_owned()))
        }
    }
}

/// Workers that begin in their threads.
pub fn works(setup: &Arc<Setup>, which: std::ops::Range<usize>) -> Vec<Work> {
    let work = |me| {
        let setup = setup.clone();
        Box::new(move || Box::new(Ticking::new(me, setup)) as Box<dyn Job>) as Work
    };
    which.map(work).collect()
}

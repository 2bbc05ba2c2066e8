//! What a worker is for: orders come to it, it works on them step by step, and
//! between two steps all workers wait for each other. Who brings orders and
//! mail, and what says that a step is over, is not known here.
//!
//! An order is a row of steps, the same at all workers. Within a step anybody
//! may send to anybody, as often as needed; a step is over when nobody has
//! anything to do and nothing is on its way. So whatever was sent to all in a
//! step is known to all at its end, and all decide alike what comes next.

use std::any::Any;

use serde::Deserialize;
use serde::Serialize;

use crate::dataflow::carry::Packet;
use crate::dataflow::failed::Failed;
use crate::dataflow::node::Said;
use crate::dataflow::node::Task;
use crate::dataflow::report::Report;
use crate::kernel::Vote;

/// What the one in charge wants of all workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Take in the rows that were read.
    Load,
    /// Run to the fixpoint.
    Run,
    /// Run up to where rows come in that are still on their way.
    Begin,
    /// Take in those that came, and run for them.
    Came,
    /// No more come: run to the fixpoint.
    Finish,
    /// Give the first worker all rows of these relations.
    Give(Vec<usize>),
    /// Do this for the next tick, or for what comes between two.
    Task(Task),
    /// To each worker its own.
    Each(Vec<Order>),
    /// Nothing more; drivers see to it.
    Stop,
}

impl Order {
    /// What each of so many workers is told.
    pub fn each(self, workers: usize) -> Vec<Order> {
        match self {
            Order::Each(each) => each,
            order => vec![order; workers],
        }
    }
}

/// What travels between workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Mail {
    /// An order, from the one in charge to all.
    Order(Order),
    /// Rows of a relation.
    Rows(Packet),
    /// Something failed at a worker.
    Failed(Failed),
    /// Rows of each relation, and different values of their columns, as read by
    /// one process.
    Sizes(Vec<(Option<u64>, Vec<u64>)>),
    /// What a worker did.
    Report(Report),
    /// What a worker that ticks wants to run next; `None`: it cannot go on.
    Vote(Option<Vote>),
    /// What such a worker says of an order, or a piece of that.
    Said(Box<Said>),
    /// A worker cannot go on, and why.
    Broken(String),
}

/// Mail to be sent: for which worker, and what.
pub type Post = Vec<(usize, Mail)>;

/// Adds mail for all workers, the sender too.
pub fn to_all(workers: usize, mail: &Mail, post: &mut Post) {
    post.extend((0..workers).map(|worker| (worker, mail.clone())));
}

/// What comes after a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gate {
    /// Another step.
    Next,
    /// The order was carried out.
    Over,
}

/// What became of an order, as the first worker knows it.
#[derive(Debug)]
pub enum Answer {
    /// It was done.
    Done(Report),
    /// It failed: the least of all failures.
    Failed(crate::kernel::Failure, Report),
    /// What each worker says that ticks.
    Said(Vec<Said>),
}

/// Workers cannot go on, and why: a mistake of the tool, or one of them is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl Broken {
    /// What one worker said of itself.
    pub fn at(worker: usize, why: impl std::fmt::Display) -> Broken {
        Broken(format!("worker {worker} came to an end: {why}"))
    }
}

/// A worker's work, which begins in the thread that does it and stays there.
pub type Work = Box<dyn FnOnce() -> Box<dyn Job> + Send>;

/// A job that may begin anywhere.
pub fn ready(job: impl Job + Send + 'static) -> Work {
    Box::new(move || Box::new(job))
}

/// One worker's work.
pub trait Job {
    /// Begins an order: its first step is under way.
    fn begin(&mut self, order: &Order) -> Result<(), Broken>;

    /// Takes in what was sent in the step under way.
    fn take(&mut self, from: usize, mail: Mail) -> Result<(), Broken>;

    /// Works for a while. Returns whether there is more to do before others
    /// send something.
    fn work(&mut self, post: &mut Post) -> Result<bool, Broken>;

    /// The step is over everywhere. What is posted belongs to the next one.
    fn pass(&mut self, post: &mut Post) -> Result<Gate, Broken>;

    /// What became of the order that was carried out last; asked of the first
    /// worker.
    fn answer(&mut self) -> Result<Answer, Broken>;

    /// What is left when the work is done, for those who know what it was.
    fn leave(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<J: Job + ?Sized> Job for Box<J> {
    fn begin(&mut self, order: &Order) -> Result<(), Broken> {
        (**self).begin(order)
    }

    fn take(&mut self, from: usize, mail: Mail) -> Result<(), Broken> {
        (**self).take(from, mail)
    }

    fn work(&mut self, post: &mut Post) -> Result<bool, Broken> {
        (**self).work(post)
    }

    fn pass(&mut self, post: &mut Post) -> Result<Gate, Broken> {
        (**self).pass(post)
    }

    fn answer(&mut self) -> Result<Answer, Broken> {
        (**self).answer()
    }

    fn leave(self: Box<Self>) -> Box<dyn Any + Send> {
        (*self).leave()
    }
}

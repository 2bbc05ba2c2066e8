//! A worker as a state machine: orders and mail in, bounded work, mail out, and
//! a gate after each step. It knows where in which order it is, keeps what
//! comes too early, and turns a mistake of its own into a message to all. What
//! brings mail and opens gates (threads, sockets, a loop) is not known here.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Gate;
use crate::dataflow::job::Job;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Order;
use crate::dataflow::job::Post;
use crate::dataflow::job::to_all;

/// A step: of which order, and the how manyeth of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct At {
    /// Orders before it.
    pub order: u64,
    /// Steps of the order before it.
    pub step: u32,
}

impl At {
    /// The step after this one.
    pub fn next(self) -> At {
        At { step: self.step.saturating_add(1), ..self }
    }

    /// The first step of the next order.
    pub fn over(self) -> At {
        At { order: self.order + 1, step: 0 }
    }
}

/// One worker.
#[derive(Clone)]
pub struct Hand<J> {
    me: usize,
    workers: usize,
    job: J,
    at: At,
    /// Waits for an order.
    idle: bool,
    stopped: bool,
    /// What came for a step that is not yet under way: when, from whom, what.
    early: Vec<(At, usize, Mail)>,
    /// Why this worker cannot go on.
    broken: Option<String>,
    /// What must still be told to all.
    untold: bool,
    /// Why all come to an end: the worker, and what it says.
    ends: Option<(usize, String)>,
}

impl<J: Job> Hand<J> {
    /// Worker `me` of so many.
    pub fn new(me: usize, workers: usize, job: J) -> Hand<J> {
        Hand {
            me,
            workers,
            job,
            at: At::default(),
            idle: true,
            stopped: false,
            early: Vec::new(),
            broken: None,
            untold: false,
            ends: None,
        }
    }

    /// The worker's number.
    pub fn me(&self) -> usize {
        self.me
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// The step under way, or of the next order that one which waits for it.
    pub fn at(&self) -> At {
        self.at
    }

    /// Whether it waits for an order.
    pub fn is_idle(&self) -> bool {
        self.idle
    }

    /// Whether there will be no more orders.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The job, to look at.
    pub fn job(&self) -> &J {
        &self.job
    }

    /// The job, to prepare an order with.
    pub fn job_mut(&mut self) -> &mut J {
        &mut self.job
    }

    /// Takes what worker `from` sent in a step.
    pub fn take(&mut self, at: At, from: usize, mail: Mail) {
        match mail {
            mail @ Mail::Broken(_) => self.accept(from, mail),
            Mail::Order(order) if at == self.at && self.idle => self.begin(&order),
            mail if at != self.at || self.idle => self.early.push((at, from, mail)),
            mail => self.accept(from, mail),
        }
    }

    fn begin(&mut self, order: &Order) {
        self.idle = false;
        if *order == Order::Stop {
            self.stopped = true;
            return;
        }
        self.untold = self.broken.is_some();
        self.guarded((), |job| job.begin(order));
        self.deliver();
    }

    /// Takes in what came early for the step that is now under way.
    fn deliver(&mut self) {
        let at = self.at;
        let (due, later) = std::mem::take(&mut self.early).into_iter().partition(|m| m.0 == at);
        self.early = later;
        let due: Vec<(At, usize, Mail)> = due;
        due.into_iter().for_each(|(_, from, mail)| self.accept(from, mail));
    }

    fn accept(&mut self, from: usize, mail: Mail) {
        match mail {
            Mail::Broken(why) => {
                let first = self.ends.as_ref().is_none_or(|(worker, _)| from < *worker);
                if first {
                    self.ends = Some((from, why));
                }
            }
            mail => self.guarded((), |job| job.take(from, mail)),
        }
    }

    /// Works for a while on the step under way. Returns whether there is more
    /// to do.
    pub fn work(&mut self, post: &mut Post) -> bool {
        if self.idle || self.stopped {
            return false;
        }
        let on = self.ends.is_none();
        let more = on && self.guarded(false, |job| job.work(post));
        if std::mem::take(&mut self.untold) {
            let why = self.broken.clone().unwrap_or_default();
            to_all(self.workers, &Mail::Broken(why), post);
        }
        more && self.broken.is_none()
    }

    /// The step under way is over everywhere: goes to what comes after it. What
    /// is posted belongs to that.
    pub fn pass(&mut self, post: &mut Post) -> Gate {
        let gate = match &self.ends {
            Some(_) => Gate::Over,
            // The others hear of what goes wrong here in the next step.
            None => self.guarded(Gate::Next, |job| job.pass(post)),
        };
        match gate {
            Gate::Next => {
                self.at = self.at.next();
                self.deliver();
            }
            Gate::Over => {
                self.at = self.at.over();
                self.idle = true;
                let at = self.at;
                let is_order =
                    |mail: &(At, usize, Mail)| mail.0 == at && matches!(mail.2, Mail::Order(_));
                if let Some(place) = self.early.iter().position(is_order)
                    && let (_, _, Mail::Order(order)) = self.early.remove(place)
                {
                    self.begin(&order);
                }
            }
        }
        gate
    }

    /// What became of the order that was carried out last.
    pub fn answer(&mut self) -> Result<Answer, Broken> {
        if let Some((worker, why)) = &self.ends {
            return Err(Broken::at(*worker, why));
        }
        self.job.answer()
    }

    /// The worker's job is done; what is left of it.
    pub fn leave(self) -> Result<Box<dyn Any + Send>, Broken> {
        match (self.broken, self.ends) {
            (Some(why), _) => Err(Broken::at(self.me, why)),
            (None, Some((worker, why))) => Err(Broken::at(worker, why)),
            (None, None) => Ok(Box::new(self.job).leave()),
        }
    }

    /// Lets the job do something, unless it is broken. What goes wrong there, a
    /// panic too, breaks it: it is told to all.
    fn guarded<T>(&mut self, otherwise: T, run: impl FnOnce(&mut J) -> Result<T, Broken>) -> T {
        if self.broken.is_some() {
            return otherwise;
        }
        let job = &mut self.job;
        let why = match catch_unwind(AssertUnwindSafe(|| run(job))) {
            Ok(Ok(done)) => return done,
            Ok(Err(Broken(why))) => why,
            Err(panic) => said(&*panic),
        };
        self.broken = Some(why);
        self.untold = true;
        otherwise
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it gave no reason".to_owned())
}

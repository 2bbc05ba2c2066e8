//! Workers in threads, on timely dataflow: one operator with a loop, round
//! which everything goes that workers send to each other. The frontier of the
//! loop is what says that a step is over: nobody works on it any more, and
//! nothing of it is on its way. Threads start once and live on; the one in
//! charge gives them orders through the first worker. What workers do, and
//! where sockets come from, is not known here.
//!
//! A timestamp is the number of an order, the number of a step in it, and how
//! often mail was handed on inside of that: round the loop it has to grow.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;

use timely::WorkerConfig;
use timely::communication::WorkerGuards;
use timely::communication::allocator::AllocatorBuilder;
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Scope;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::ConnectLoop;
use timely::dataflow::operators::Feedback;
use timely::dataflow::operators::generic::operator::Operator;
use timely::progress::frontier::MutableAntichain;
use timely::scheduling::activate::SyncActivator;

use crate::dataflow::hand::At;
use crate::dataflow::hand::Hand;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Gate;
use crate::dataflow::job::Job;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Order;
use crate::dataflow::job::Post;
use crate::dataflow::job::Work;

/// Mail on its way: the worker it is for, the one it is from, and what it is.
type Sent = (u64, u64, Mail);
/// An order, a step, and how often mail was handed on in it.
type Time = u128;

/// Where the number of a step begins in a timestamp, and that of an order.
const STEP_BITS: u32 = 48;
const ORDER_BITS: u32 = 80;
/// Orders that wait at most.
const ORDERS_WAITING: usize = 4;

/// The workers of one process.
pub struct Crew {
    /// At the process with the first worker: how to give orders and hear what
    /// became of them.
    desk: Option<Desk>,
    /// What each worker left behind.
    guards: WorkerGuards<Option<Left>>,
}

/// What is left of a worker's job.
type Left = Result<Box<dyn Any + Send>, Broken>;

/// Where orders are given; without it the work ends.
struct Desk {
    orders: Option<SyncSender<Order>>,
    answers: Receiver<Result<Answer, Broken>>,
    bell: SyncActivator,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.orders = None;
        // A worker that is gone needs no bell.
        let _ = self.bell.activate();
    }
}

/// What the first worker needs to be given orders.
struct Seat {
    orders: Receiver<Order>,
    answers: Sender<Result<Answer, Broken>>,
}

impl Crew {
    /// Starts a thread for each job; they are all the workers there are.
    pub fn start(jobs: Vec<Work>) -> Result<Crew, Broken> {
        let config = timely::CommunicationConfig::Process(jobs.len());
        let (builders, others) = config.try_build().map_err(Broken)?;
        Crew::over(builders, others, jobs, 0)
    }

    /// The same of workers some of which are in other processes: those of this
    /// one are numbered from `first`. How they reach each other was built
    /// elsewhere.
    pub fn over(
        builders: Vec<AllocatorBuilder>,
        others: Box<dyn Any + Send>,
        jobs: Vec<Work>,
        first: usize,
    ) -> Result<Crew, Broken> {
        let (orders, waiting) = sync_channel(ORDERS_WAITING);
        let (told, answers) = mpsc::channel();
        let (hung, bell) = mpsc::channel();
        let seat = Mutex::new(Some((Seat { orders: waiting, answers: told }, hung)));
        let jobs: Vec<Mutex<Option<Work>>> =
            jobs.into_iter().map(|job| Mutex::new(Some(job))).collect();
        let jobs = Arc::new(jobs);
        let guards = timely::execute::execute_from(
            builders,
            others,
            WorkerConfig::default(),
            move |worker| {
                let me = worker.index();
                let job = me.checked_sub(first).and_then(|at| jobs.get(at));
                let job = job?.lock().unwrap_or_else(PoisonError::into_inner).take()?;
                let taken = || seat.lock().unwrap_or_else(PoisonError::into_inner).take();
                let (seat, hung) = (if me == 0 { taken() } else { None }).unzip();
                let left = Rc::new(RefCell::new(None));
                let post = Vec::new();
                let hand = Hand::new(me, worker.peers(), job());
                let stand = Stand { hand, seat, left: left.clone(), post, early: None };
                let address = worker.dataflow::<Time, _, _>(|scope| stand.build(scope));
                if let Some(hung) = hung {
                    // Nobody listens if the one in charge has gone.
                    let _ = hung.send(worker.sync_activator_for(address));
                }
                while left.borrow().is_none() {
                    worker.step_or_park(None);
                }
                left.take()
            },
        )
        .map_err(Broken)?;
        let desk = match first {
            0 => {
                let gone = |_| Broken("the first worker did not start".to_owned());
                Some(Desk { orders: Some(orders), answers, bell: bell.recv().map_err(gone)? })
            }
            _ => None,
        };
        Ok(Crew { desk, guards })
    }

    /// Has an order carried out, and waits for what becomes of it. Only for the
    /// process with the first worker.
    pub fn order(&mut self, order: Order) -> Result<Answer, Broken> {
        let gone = || Broken("the first worker came to an end".to_owned());
        let Some(desk) = &self.desk else {
            return Err(Broken("only the first process gives orders".to_owned()));
        };
        let orders = desk.orders.as_ref().ok_or_else(gone)?;
        orders.send(order).map_err(|_| gone())?;
        desk.bell.activate().map_err(|_| gone())?;
        desk.answers.recv().map_err(|_| gone())?
    }

    /// Ends the work, or waits until the first process ends it. Gives what is
    /// left of the jobs of this process, in the order of their workers.
    pub fn stop(self) -> Result<Vec<Box<dyn Any + Send>>, Broken> {
        drop(self.desk);
        let ended = |why: String| Broken(format!("a worker came to an end: {why}"));
        let left = self.guards.join().into_iter().map(|end| end.map_err(ended));
        left.map(|left| left?.unwrap_or_else(|| Err(Broken("a worker had no job".to_owned()))))
            .collect()
    }
}

/// A worker in its place in the dataflow.
struct Stand {
    hand: Hand<Box<dyn Job>>,
    seat: Option<Seat>,
    left: Rc<RefCell<Option<Left>>>,
    post: Post,
    /// Held while there is more to do in the step under way.
    early: Option<Capability<Time>>,
}

impl Stand {
    /// Puts it there; gives its address.
    fn build(self, scope: Scope<'_, Time>) -> Vec<usize> {
        let (handle, stream) = scope.feedback::<Vec<Sent>>(1);
        let route = Exchange::new(|sent: &Sent| sent.0);
        let mut address = Vec::new();
        let operator = stream.unary_frontier::<CapacityContainerBuilder<Vec<Sent>>, _, _, _>(
            route,
            "Worker",
            |capability, info| {
                address = info.address.to_vec();
                let again = scope.activator_for(info.address);
                let mut at_work = Some((self, capability));
                move |(input, frontier), output| {
                    // What still comes for one who has left is for nobody.
                    input.for_each(|capability, mail| match &mut at_work {
                        Some((stand, _)) => {
                            let at = at(*capability.time());
                            let held = stand.early.as_ref().map(Capability::time);
                            let is_first = held.is_none_or(|held| capability.time() < held);
                            if is_first && at == stand.hand.at() {
                                stand.early = Some(capability.retain(0));
                            }
                            stand.take(at, mail);
                        }
                        None => mail.clear(),
                    });
                    while let Some((stand, own)) = &mut at_work {
                        let more = stand.work();
                        let me = stand.hand.me() as u64;
                        let sent = stand.post.drain(..).map(|(to, mail)| (to as u64, me, mail));
                        output.session(stand.early.as_ref().unwrap_or(own)).give_iterator(sent);
                        if more {
                            stand.early.get_or_insert_with(|| own.clone());
                            again.activate();
                            break;
                        }
                        stand.early = None;
                        if stand.hand.is_stopped() {
                            at_work.take().into_iter().for_each(|(stand, _)| stand.end());
                            break;
                        }
                        if stand.hand.is_idle() {
                            break;
                        }
                        own.downgrade(&start(stand.hand.at().next()));
                        if !stand.goes_on(frontier) {
                            break;
                        }
                        own.downgrade(&start(stand.hand.at()));
                    }
                }
            },
        );
        operator.connect_loop(handle);
        address
    }

    fn take(&mut self, at: At, mail: &mut Vec<Sent>) {
        for (_, from, mail) in mail.drain(..) {
            self.hand.take(at, from as usize, mail);
        }
    }

    /// Works for a while; whether there is more to do.
    fn work(&mut self) -> bool {
        if let Some(seat) = self.seat.as_ref().filter(|_| self.hand.is_idle()) {
            let order = match seat.orders.try_recv() {
                Ok(order) => Some(order),
                Err(mpsc::TryRecvError::Empty) => None,
                // Who was in charge has gone.
                Err(mpsc::TryRecvError::Disconnected) => Some(Order::Stop),
            };
            if let Some(order) = order {
                let mut each = order.each(self.hand.workers()).into_iter().enumerate();
                let own = each.next();
                self.post.extend(each.map(|(to, order)| (to, Mail::Order(order))));
                if let Some((_, own)) = own {
                    self.hand.take(self.hand.at(), 0, Mail::Order(own));
                }
            }
        }
        self.hand.work(&mut self.post)
    }

    /// Whether the step under way is over; then another one is.
    fn goes_on(&mut self, frontier: &MutableAntichain<Time>) -> bool {
        if frontier.less_than(&start(self.hand.at().next())) {
            return false;
        }
        if self.hand.pass(&mut self.post) == Gate::Over
            && let Some(seat) = &self.seat
        {
            // Nobody listens if the one in charge has gone.
            let _ = seat.answers.send(self.hand.answer());
        }
        true
    }

    /// There will be no more orders.
    fn end(self) {
        *self.left.borrow_mut() = Some(self.hand.leave());
    }
}

/// The first timestamp of a step.
fn start(at: At) -> Time {
    Time::from(at.order) << ORDER_BITS | Time::from(at.step) << STEP_BITS
}

/// The step of a timestamp.
fn at(time: Time) -> At {
    At { order: (time >> ORDER_BITS) as u64, step: (time >> STEP_BITS) as u32 }
}

//! Where workers are: one after the other in this thread, or each in a thread of
//! its own. What they are told is not known here.

use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread;
use std::thread::JoinHandle;

use crate::dataflow::node::worker::Answer;
use crate::dataflow::node::worker::Order;
use crate::dataflow::node::worker::Seed;
use crate::dataflow::node::worker::Worker;
use crate::dataflow::report::Report;
use crate::kernel::Failure;

/// All workers of a node, by number.
pub enum Hands {
    /// In this thread: without chance.
    Here(Vec<Worker>),
    /// Each in its own.
    Threads(Vec<Hand>),
}

/// A worker in a thread.
pub struct Hand {
    orders: Option<Sender<Order>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl Hands {
    /// Workers in this thread, or each in a thread of its own, where it begins.
    pub fn new(seeds: Vec<Seed>, threads: bool) -> Hands {
        match threads {
            true => Hands::Threads(seeds.into_iter().map(Hand::start).collect()),
            false => Hands::Here(seeds.into_iter().map(Seed::worker).collect()),
        }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        match self {
            Hands::Here(workers) => workers.len(),
            Hands::Threads(hands) => hands.len(),
        }
    }

    /// Tells each what it is to do, and waits until all have done it.
    pub fn all(&mut self, orders: Vec<Order>) -> Vec<Answer> {
        match self {
            Hands::Here(workers) => {
                let each = workers.iter_mut().zip(orders);
                each.map(|(worker, order)| worker.follow(order)).collect()
            }
            Hands::Threads(hands) => all(hands, orders),
        }
    }

    /// What all have done so far.
    pub fn report(&self) -> Report {
        let reports: Vec<Report> = match self {
            Hands::Here(workers) => workers.iter().map(Worker::report).collect(),
            Hands::Threads(hands) => {
                let answers = all(hands, vec![Order::Report; hands.len()]);
                answers.into_iter().map(|answer| answer.report).collect()
            }
        };
        let mut sum = Report::default();
        reports.iter().for_each(|report| sum.add(report));
        sum
    }

    /// Tells all the same.
    pub fn each(&mut self, order: &Order) -> Vec<Answer> {
        let orders = vec![order.clone(); self.len()];
        self.all(orders)
    }
}

/// Tells each thread what it is to do, and waits for all of them.
pub fn all(hands: &[Hand], orders: Vec<Order>) -> Vec<Answer> {
    for (hand, order) in hands.iter().zip(orders) {
        if let Some(to) = &hand.orders {
            // Whoever is gone does not answer.
            let _ = to.send(order);
        }
    }
    let answer = |(me, hand): (usize, &Hand)| hand.answers.recv().unwrap_or_else(|_| gone(me));
    hands.iter().enumerate().map(answer).collect()
}

impl Hand {
    fn start(seed: Seed) -> Hand {
        let (orders, inbox) = channel();
        let (outbox, answers) = channel();
        let work = move || {
            let mut worker = seed.worker();
            while let Ok(order) = inbox.recv() {
                if outbox.send(worker.follow(order)).is_err() {
                    return;
                }
            }
        };
        Hand { orders: Some(orders), answers, thread: Some(thread::spawn(work)) }
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic was told by its missing answers.
            let _ = thread.join();
        }
    }
}

/// What is said for a worker that does not answer.
fn gone(me: usize) -> Answer {
    let failure = Failure::Limit {
        which: "--workers",
        limit: String::new(),
        rule: None,
        span: None,
        detail: format!("worker {me} came to an end before its work did"),
    };
    Answer { failure: Some(failure), ..Answer::default() }
}

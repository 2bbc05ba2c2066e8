//! Where workers are: one after the other in this thread, or each in a thread of
//! its own. What they are told is not known here.

use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread;
use std::thread::JoinHandle;

use crate::dataflow::node::worker::Answer;
use crate::dataflow::node::worker::Order;
use crate::dataflow::node::worker::Worker;
use crate::kernel::Failure;

/// All workers of a node, by number.
pub enum Hands {
    /// In this thread: without chance, and cloned as they are.
    Here(Vec<Worker>),
    /// Each in its own.
    Threads(Vec<Hand>),
}

/// What a thread is sent.
enum Call {
    Follow(Box<Order>),
    /// It is to hand a clone of itself over.
    Show(Sender<Worker>),
}

/// A worker in a thread.
pub struct Hand {
    calls: Option<Sender<Call>>,
    answers: Receiver<Answer>,
    thread: Option<JoinHandle<()>>,
}

impl Hands {
    /// Workers in this thread, or each in a thread.
    pub fn new(workers: Vec<Worker>, threads: bool) -> Hands {
        match threads {
            true => Hands::Threads(workers.into_iter().map(Hand::start).collect()),
            false => Hands::Here(workers),
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
            Hands::Threads(hands) => {
                for (hand, order) in hands.iter().zip(orders) {
                    if let Some(calls) = &hand.calls {
                        // Whoever is gone does not answer.
                        let _ = calls.send(Call::Follow(Box::new(order)));
                    }
                }
                let hands = hands.iter().enumerate();
                hands.map(|(me, hand)| hand.answers.recv().unwrap_or_else(|_| gone(me))).collect()
            }
        }
    }

    /// The same for all.
    pub fn each(&mut self, order: &Order) -> Vec<Answer> {
        let orders = vec![order.clone(); self.len()];
        self.all(orders)
    }
}

impl Clone for Hands {
    fn clone(&self) -> Hands {
        match self {
            Hands::Here(workers) => Hands::Here(workers.clone()),
            Hands::Threads(hands) => Hands::Here(hands.iter().filter_map(Hand::show).collect()),
        }
    }
}

impl Hand {
    fn start(mut worker: Worker) -> Hand {
        let (calls, inbox) = channel();
        let (outbox, answers) = channel();
        let work = move || {
            while let Ok(call) = inbox.recv() {
                match call {
                    Call::Follow(order) => {
                        if outbox.send(worker.follow(*order)).is_err() {
                            return;
                        }
                    }
                    Call::Show(to) => drop(to.send(worker.clone())),
                }
            }
        };
        Hand { calls: Some(calls), answers, thread: Some(thread::spawn(work)) }
    }

    fn show(&self) -> Option<Worker> {
        let (to, from) = channel();
        self.calls.as_ref()?.send(Call::Show(to)).ok()?;
        from.recv().ok()
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.calls = None;
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

//! Workers in one thread, one after the other: what the workers of a dataflow
//! do, without threads and without chance. A clone of a team goes on by itself
//! from where it was cloned. What workers do is not known here.

use std::any::Any;

use crate::dataflow::hand::Hand;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Job;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Order;
use crate::dataflow::job::Post;

/// The workers of one node.
#[derive(Clone)]
pub struct Team<J> {
    hands: Vec<Hand<J>>,
}

impl<J: Job> Team<J> {
    /// A team of workers with these jobs, numbered as they stand.
    pub fn new(jobs: Vec<J>) -> Team<J> {
        let workers = jobs.len();
        let hand = |(me, job)| Hand::new(me, workers, job);
        Team { hands: jobs.into_iter().enumerate().map(hand).collect() }
    }

    /// The jobs, to look at.
    pub fn jobs(&self) -> impl Iterator<Item = &J> {
        self.hands.iter().map(Hand::job)
    }

    /// The jobs, to prepare an order with.
    pub fn jobs_mut(&mut self) -> impl Iterator<Item = &mut J> {
        self.hands.iter_mut().map(Hand::job_mut)
    }

    /// Has an order carried out.
    pub fn order(&mut self, order: &Order) -> Result<Answer, Broken> {
        let mut post = Post::new();
        let each = order.clone().each(self.hands.len());
        for (hand, order) in self.hands.iter_mut().zip(each) {
            hand.take(hand.at(), 0, Mail::Order(order));
        }
        while !self.hands.iter().all(Hand::is_idle) {
            while self.round(&mut post) {}
            for from in 0..self.hands.len() {
                if !self.hands[from].is_idle() {
                    self.hands[from].pass(&mut post);
                }
                self.deliver(from, &mut post);
            }
        }
        match self.hands.first_mut() {
            Some(first) => first.answer(),
            None => Err(Broken("there is no worker".to_owned())),
        }
    }

    /// Everybody works once; whether somebody may have more to do.
    fn round(&mut self, post: &mut Post) -> bool {
        let mut more = false;
        for from in 0..self.hands.len() {
            more |= self.hands[from].work(post);
            more |= !post.is_empty();
            self.deliver(from, post);
        }
        more
    }

    fn deliver(&mut self, from: usize, post: &mut Post) {
        let Some(at) = self.hands.get(from).map(Hand::at) else { return };
        for (to, mail) in post.drain(..) {
            if let Some(hand) = self.hands.get_mut(to) {
                hand.take(at, from, mail);
            }
        }
    }

    /// The work is done; what is left of each worker's.
    pub fn leave(self) -> Result<Vec<Box<dyn Any + Send>>, Broken> {
        self.hands.into_iter().map(Hand::leave).collect()
    }
}

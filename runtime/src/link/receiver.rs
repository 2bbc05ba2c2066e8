//! Which group messages of one peer were taken in, and which are about to be.
//! The messages themselves are not here.

use std::collections::BTreeSet;

use crate::link::Frame;
use crate::link::Number;
use crate::link::Refusal;

/// What is known of the numbers of one peer.
#[derive(Clone, Default, Debug)]
pub(super) struct Receiver {
    /// The peer's life; `None` before anything came.
    life: Option<i64>,
    /// All numbers up to this one are durable here, or were in a life of this
    /// node that is over.
    upto: u64,
    /// Greater ones that are durable.
    beyond: BTreeSet<u64>,
    /// Given out, but not durable yet.
    given: BTreeSet<u64>,
    owes: bool,
}

impl Receiver {
    /// Whether a message is new. Its sender has at most `window` on their way.
    pub fn hear(&mut self, number: Number, base: u64, window: usize) -> Result<bool, Refusal> {
        let Number { life, nth } = number;
        if self.life.is_some_and(|known| life < known) {
            return Err(Refusal::Life);
        }
        if nth <= base || nth - base > window.max(1) as u64 {
            return Err(Refusal::Number);
        }
        self.live(life);
        self.settle(base);
        if nth <= self.upto || self.beyond.contains(&nth) {
            self.owes = true;
            return Ok(false);
        }
        Ok(self.given.insert(nth))
    }

    /// A message is durable.
    pub fn took(&mut self, number: Number) {
        if self.life.is_some_and(|known| number.life < known) {
            return;
        }
        self.live(number.life);
        self.given.remove(&number.nth);
        self.owes = true;
        if number.nth > self.upto {
            self.beyond.insert(number.nth);
            self.settle(self.upto);
        }
    }

    /// What is owed.
    pub fn ack(&mut self) -> Option<Frame> {
        let life = self.life.filter(|_| self.owes)?;
        self.owes = false;
        Some(Frame::Ack { life, upto: self.upto, beyond: self.beyond.iter().copied().collect() })
    }

    /// Another life counts from one again.
    fn live(&mut self, life: i64) {
        if self.life != Some(life) {
            *self = Receiver { life: Some(life), ..Receiver::default() };
        }
    }

    /// Everything up to a number is done with.
    fn settle(&mut self, base: u64) {
        if base > self.upto {
            self.upto = base;
            self.beyond = self.beyond.split_off(&(base + 1));
            self.given = self.given.split_off(&(base + 1));
        }
        while self.beyond.first() == Some(&(self.upto + 1)) {
            self.beyond.pop_first();
            self.upto += 1;
        }
    }
}

//! A node that starts again: what it did before is done once more, from what
//! its chains took in, and then it goes on. Where that was kept is not known
//! here.
//!
//! Whoever drives a node keeps, in this order and as they happen: each start
//! with its number and instant, and of each chain that is sure the instant of
//! its first tick and what it took in. A new node that is told all of it has
//! the tables, timers and messages to itself that the old one had, and its
//! chains say again what left: the sends that a link still has to bring to
//! their receivers.

use crate::tick::chain::Chain;
use crate::tick::chain::ChainFailure;
use crate::tick::gift::Gift;
use crate::tick::gift::Origin;
use crate::tick::node::Node;

impl Node {
    /// The node starts: periods count from this instant, and a program that
    /// reads `startup` hears of it before anything else. Without a call a node
    /// starts with its first batch.
    pub fn start(&mut self, boot: i64, now: i64) {
        self.is_started = true;
        self.boot = boot;
        self.timers.start(&self.settings.periods, now);
        self.is_first = self.last.is_none() || self.parts.givens.startup.is_some();
    }

    /// Does a chain again that was sure: it takes in what it took in, all of it
    /// and nothing else. It fails only if it is not the chain of this node and
    /// this program, or the machine below lacks what it had.
    pub fn replay(&mut self, now: i64, took: Vec<Gift>) -> Result<Chain, ChainFailure> {
        self.forget(&took);
        if !self.is_started {
            self.start(self.boot, now);
        }
        if !std::mem::take(&mut self.is_first) {
            self.due(now);
        }
        for gift in took.iter().filter(|gift| gift.origin == Origin::Own) {
            if let Some(at) = self.waiting.iter().position(|waiting| waiting == gift) {
                self.waiting.remove(at);
            }
        }
        let mut chain = self.chain(&took, now)?;
        chain.took = took;
        Ok(chain)
    }
}

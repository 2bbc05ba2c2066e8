//! What is asked of those who know what words mean. Where words come from is
//! not known here.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

/// How code ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Went {
    /// It has told of every way it goes on; perhaps of none.
    On,
    /// It failed: this match is a failure.
    Failed,
}

/// Knows what words mean.
pub trait Host {
    /// Runs code on registers, and tells of every way it goes on.
    fn run(&mut self, code: usize, regs: &mut [u64], on: &mut dyn FnMut(&mut [u64])) -> Went;

    /// Merges what another row of the same key has in columns that merge.
    fn merge(&mut self, head: usize, into: &mut [u64], from: &[u64]);

    /// Tells of every combination of results of a group, given its matches and
    /// how often each is there.
    fn gather(
        &mut self,
        number: usize,
        matches: &[(Vec<u64>, i64)],
        on: &mut dyn FnMut(&[u64]),
    ) -> Went;
}

/// What all operators of one dataflow share.
#[derive(Clone)]
pub struct Shared {
    /// Who is asked.
    pub host: Rc<RefCell<dyn Host>>,
    /// Numbers the times that the dataflow was run: what was computed once for
    /// all matches is computed once for each of them.
    pub turn: Rc<Cell<u32>>,
    /// Matches that were met.
    pub matches: Rc<Cell<u64>>,
}

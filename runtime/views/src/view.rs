//! A dataflow that is fed changes of what it reads and asked for changes of what
//! follows, in the caller's thread and when the caller wants. What rows are for is
//! not known here.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use timely::WorkerConfig;
use timely::communication::allocator::Allocator;
use timely::communication::allocator::thread::Thread;
use timely::worker::Worker;

use crate::build::Ends;
use crate::build::build;
use crate::code::Codec;
use crate::host::Host;
use crate::host::Shared;
use crate::spec::Spec;
use crate::stage::Pair;

/// Words that are written down beside rows before it is worth to begin anew, and
/// how many times as many as there were when all rows had been fed.
const BOOK_MIN: usize = 1 << 16;
const BOOK_TIMES: usize = 4;

/// A row that came (+1) or went (-1) of an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Feed {
    /// The number of the input.
    pub input: usize,
    /// Its words.
    pub row: Box<[u64]>,
    /// See above.
    pub sign: i64,
}

/// See above.
pub struct View {
    spec: Spec,
    worker: Worker,
    ends: Ends,
    codec: Codec,
    shared: Shared,
    time: u32,
    /// Words written down when it had been run once.
    booked: Option<usize>,
}

impl View {
    /// A dataflow that has been fed nothing.
    pub fn new(spec: Spec, host: Rc<RefCell<dyn Host>>) -> View {
        let codec = Codec::default();
        let (turn, matches) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let shared = Shared { host, turn, matches };
        let allocator = Allocator::Thread(Thread::default());
        let mut worker = Worker::new(WorkerConfig::default(), allocator, None);
        let mut ends = build(&mut worker, &spec, &shared, &codec);
        if let Some(unit) = ends.inputs.last_mut() {
            unit.update((0, 0), 1);
        }
        View { spec, worker, ends, codec, shared, time: 0, booked: None }
    }

    /// A row of an input came or went.
    pub fn feed(&mut self, input: usize, row: &[u64], sign: i64) {
        let pair = (self.codec.pack(row), 0);
        self.ends.inputs[input].update(pair, sign as isize);
    }

    /// Computes what follows. `on` is told again and again how many rows have
    /// come or gone so far; when it says no, the view is good for nothing.
    pub fn run(&mut self, on: &mut dyn FnMut(usize) -> bool) -> bool {
        self.time += 1;
        self.shared.turn.set(self.time);
        for input in &mut self.ends.inputs {
            input.advance_to(self.time);
            input.flush();
        }
        while self.ends.probe.less_than(&self.time) {
            self.worker.step();
            let rows = self.ends.heads.iter().map(|changes| changes.borrow().len()).sum();
            if !on(rows) {
                return false;
            }
        }
        self.booked.get_or_insert(self.codec.booked());
        true
    }

    /// Hands over the rows of a head that came, with how often, and those that
    /// went, with a number below zero.
    pub fn changes(&mut self, head: usize, each: &mut dyn FnMut(&[u64], i64)) {
        let mut changes: Vec<(Pair, i64)> =
            std::mem::take(&mut *self.ends.heads[head].borrow_mut());
        changes.sort_unstable_by_key(|(pair, _)| *pair);
        let of = &self.spec.heads[head];
        let split = of.merges.unwrap_or(of.width);
        let mut row = vec![0; of.width];
        for same in changes.chunk_by(|a, b| a.0 == b.0) {
            let sum: i64 = same.iter().map(|(_, n)| n).sum();
            if sum != 0 {
                let (key, val) = same[0].0;
                self.codec.unpack(key, split, |at, word| row[at] = word);
                self.codec.unpack(val, of.width - split, |at, word| row[split + at] = word);
                each(&row, sum);
            }
        }
    }

    /// Rules of which a match fails.
    pub fn failing(&self) -> Vec<usize> {
        let failures = self.ends.failures.borrow();
        (0..failures.len()).filter(|rule| failures[*rule] != 0).collect()
    }

    /// Matches that were met, those that went and intermediate ones too.
    pub fn matches(&self) -> u64 {
        self.shared.matches.get()
    }

    /// Whether it holds so much that nobody needs that it should be made anew.
    pub fn is_worn(&self) -> bool {
        let began = self.booked.unwrap_or(0).max(BOOK_MIN);
        self.codec.booked() > began * BOOK_TIMES || self.time > u32::MAX / 2
    }
}

//! One dataflow that follows a stratum, with what the present chain fed it, so
//! that the chain can be taken back by feeding the contrary. When it is fed is not
//! known here.

use std::cell::RefCell;
use std::rc::Rc;

use bloom_compiler::plan::views::Flow;
use bloom_views::View;

use crate::kernel::engine::Engine;
use crate::kernel::views::host::Words;
use crate::kernel::views::translate::translate;

/// Whether dataflows can be built.
pub const IS_THERE: bool = true;

/// Bytes that a row takes in the arrangements of a dataflow, about.
const BYTES_PER_ROW: usize = 160;

/// See above.
pub struct Built {
    view: View,
    host: Rc<RefCell<Words>>,
    /// By rule of the dataflow, the rule of the stratum.
    rules: Vec<usize>,
    /// What the chain fed so far: input, sign, words.
    fed: Vec<(usize, i64, Box<[u64]>)>,
    /// Rows that it was fed and that followed, less those that went.
    rows: i64,
    /// Matches when somebody asked last.
    matches: u64,
}

impl Built {
    /// A dataflow for a stratum, that has been fed nothing; none, where the
    /// engine runs another plan.
    pub fn new(engine: &Engine, flow: &Flow) -> Option<Built> {
        let plan = &engine.plan;
        let number = plan.strata.iter().position(|stratum| stratum.rels == flow.heads)?;
        let made = translate(plan, number, flow);
        let heads = flow.heads.iter().map(|rel| rel.index()).collect();
        let host = Rc::new(RefCell::new(Words::new(engine, heads, made.codes, made.groups)));
        let view = View::new(made.spec, host.clone());
        Some(Built { view, host, rules: made.rules, fed: Vec::new(), rows: 0, matches: 0 })
    }

    /// A row of an input came or went.
    pub fn feed(&mut self, input: usize, row: &[u64], sign: i64) {
        self.view.feed(input, row, sign);
        self.fed.push((input, sign, row.into()));
        self.rows += sign;
    }

    /// Computes what follows. False: `on` said no, and it is good for nothing.
    pub fn run(&mut self, engine: &mut Engine, on: &mut dyn FnMut(usize) -> bool) -> bool {
        self.host.borrow_mut().exchange(engine);
        let fine = self.view.run(on);
        self.host.borrow_mut().exchange(engine);
        fine
    }

    /// Hands over rows of a head that came and went.
    pub fn changes(&mut self, head: usize, each: &mut dyn FnMut(&[u64], i64)) {
        let mut rows = 0;
        self.view.changes(head, &mut |row, n| {
            rows += n;
            each(row, n);
        });
        self.rows += rows;
    }

    /// Rules of the stratum of which a match fails.
    pub fn failing(&self) -> Vec<usize> {
        let mut rules: Vec<usize> =
            self.view.failing().into_iter().map(|rule| self.rules[rule]).collect();
        rules.dedup();
        rules
    }

    /// Matches since somebody asked last.
    pub fn matches(&mut self) -> u64 {
        let all = self.view.matches();
        all - std::mem::replace(&mut self.matches, all)
    }

    /// Whether it should be built anew.
    pub fn is_worn(&self) -> bool {
        self.view.is_worn()
    }

    /// What was fed so far stays.
    pub fn begin(&mut self) {
        self.fed.clear();
    }

    /// Everything is as it was when the chain began. False: it is good for nothing.
    pub fn rollback(&mut self, engine: &mut Engine) -> bool {
        let fed = std::mem::take(&mut self.fed);
        if fed.is_empty() {
            return true;
        }
        for (input, sign, row) in fed {
            self.view.feed(input, &row, -sign);
            self.rows -= sign;
        }
        let fine = self.run(engine, &mut |_| true);
        for head in 0..self.host.borrow().heads() {
            self.view.changes(head, &mut |_, n| self.rows += n);
        }
        fine
    }

    /// Bytes held, about.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.rows).unwrap_or(0) * BYTES_PER_ROW
    }
}

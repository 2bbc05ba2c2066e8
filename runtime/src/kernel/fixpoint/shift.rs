//! Strata run piece by piece, by a worker among others: it begins, works on what
//! it has, is given rows by others, works on, and ends when nobody has anything
//! for anybody. Who says so is not known here.

use std::time::Duration;

use bloom_compiler::ids::RelId;

use crate::kernel::aggregate::Groups;
use crate::kernel::budget::Budget;
use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::fixpoint::Planner;
use crate::kernel::fixpoint::Work;
use crate::kernel::fixpoint::replan::Assumed;
use crate::kernel::fixpoint::replan::ROWS_MIN;
use crate::kernel::relation::Relation;
use crate::kernel::share::Parcel;
use crate::kernel::share::Share;

/// Rows that are new at once: what they lead to has to fit into memory before it
/// is handed over. Smaller windows cost more than they save.
const WINDOW: usize = 1 << 20;

/// A worker's way through the strata of its plan.
pub struct Shift {
    budget: Budget,
    growing: Vec<Option<Groups>>,
    suspects: Vec<(usize, usize)>,
    /// The stratum under way, and the number of its first rule.
    number: usize,
    first_rule: usize,
    begun: bool,
    /// The first stratum that was not judged.
    judged_from: usize,
    rounds: u64,
    before: Vec<u64>,
    /// What the plan was made for.
    assumed: Assumed,
    replan_rows: usize,
}

impl Shift {
    /// Before the first stratum.
    pub fn new(engine: &mut Engine, limits: &Limits) -> Shift {
        let budget = Budget::new(limits, engine.bytes());
        engine.rels.iter_mut().for_each(Relation::settle);
        engine.share.iter_mut().for_each(Share::forget);
        Shift {
            budget,
            growing: Vec::new(),
            suspects: Vec::new(),
            number: 0,
            first_rule: 0,
            begun: false,
            judged_from: 0,
            rounds: 0,
            before: Vec::new(),
            assumed: Assumed::of(engine),
            replan_rows: limits.replan_rows.unwrap_or(ROWS_MIN),
        }
    }

    /// Rows came from outside, for which nothing was done for so long.
    pub fn fed(&mut self, idle: Duration) {
        self.rounds = 0;
        self.budget.rest(idle);
    }

    /// Between two strata: what came from outside in the meantime is read as
    /// finished.
    pub fn settle(&mut self, engine: &mut Engine) {
        engine.rels.iter_mut().for_each(Relation::settle);
    }

    /// Whether rows that came from outside can be there together.
    pub fn judge_came(engine: &Engine, rels: &[RelId]) -> Result<(), Failure> {
        let came = |&at: &usize| rels.contains(&RelId(engine.plan.declared(at) as u32));
        let rels: Vec<usize> = (0..engine.rels.len()).filter(came).collect();
        engine.judge_points(&rels)?;
        rels.into_iter().try_for_each(|rel| engine.judge_keys(rel))
    }

    /// Takes another plan where relations have outgrown the one at hand. It may
    /// be asked before a stratum begins, and in the middle of it.
    pub fn refit(&mut self, engine: &mut Engine, planner: Planner<'_>) {
        let (number, begun) = (self.number, self.begun);
        let linked = engine.linked.clone();
        let mut work = Work {
            engine,
            linked,
            budget: &mut self.budget,
            growing: std::mem::take(&mut self.growing),
            planner: Some(planner),
            assumed: std::mem::take(&mut self.assumed),
            replan_rows: self.replan_rows,
            held: None,
            window: WINDOW,
        };
        if work.outgrown(number) || !begun && work.uninformed(number) {
            work.replan(number);
        }
        let Work { engine, linked, assumed, growing, .. } = work;
        engine.linked = linked;
        (self.assumed, self.growing) = (assumed, growing);
    }

    /// The stratum that is under way, or comes next; how many there are is the
    /// plan's.
    pub fn stratum(&self) -> usize {
        self.number
    }

    /// Begins a stratum.
    pub fn begin(&mut self, engine: &mut Engine) -> Result<(), Failure> {
        let at = (self.number, self.first_rule);
        self.begun = true;
        let rules = engine.linked.strata[self.number].rules.len();
        let own = &engine.rules[self.first_rule..self.first_rule + rules];
        (self.before, self.rounds) = (own.iter().map(|rule| rule.new_rows).collect(), 0);
        let on = self.with(engine, |work, suspects, _| {
            work.open(at.0);
            work.rules(at, None, suspects)
        });
        self.or_spent(engine, on)
    }

    /// Runs until nothing is new here, or so many matches were found that others
    /// should have what is theirs. Returns whether there is more to do.
    pub fn work(&mut self, engine: &mut Engine, matches: u64) -> Result<bool, Failure> {
        let at = (self.number, self.first_rule);
        let found = |engine: &Engine| engine.rules.iter().map(|rule| rule.matches).sum::<u64>();
        let until = found(engine).saturating_add(matches);
        let mut more = false;
        let on = self.with(engine, |work, suspects, rounds| {
            while let Some(rel) = work.news(at.0) {
                if found(work.engine) >= until {
                    more = true;
                    break;
                }
                *rounds += 1;
                if !work.round(at, rel, *rounds, suspects) {
                    return false;
                }
            }
            true
        });
        self.or_spent(engine, on)?;
        Ok(more)
    }

    /// Takes rows in that another worker derived, in this worker's words.
    pub fn take_in(&mut self, engine: &mut Engine, parcel: &Parcel) {
        let new = engine.take_in(parcel);
        let helps = engine.share.as_ref().is_some_and(|share| share.is_helper(parcel.rel));
        self.budget.counts(!helps);
        // What was spent too much is seen with the next step.
        self.budget.rows(new);
    }

    /// Ends a stratum: nothing comes any more.
    pub fn end(&mut self, engine: &mut Engine) -> Result<(), Failure> {
        let (number, from) = (self.number, self.judged_from);
        let judged = engine.linked.strata[number].judged;
        let result = self.with(engine, |work, suspects, _| {
            work.close(number);
            if judged { work.judge(suspects, from..number + 1) } else { Ok(()) }
        });
        if judged {
            self.suspects.clear();
            self.judged_from = number + 1;
        }
        self.first_rule += engine.linked.strata[number].rules.len();
        self.number += 1;
        self.begun = false;
        result
    }

    fn with<T>(
        &mut self,
        engine: &mut Engine,
        run: impl FnOnce(&mut Work<'_, '_>, &mut Vec<(usize, usize)>, &mut u64) -> T,
    ) -> T {
        let linked = engine.linked.clone();
        let growing = std::mem::take(&mut self.growing);
        let mut work = Work {
            engine,
            linked,
            budget: &mut self.budget,
            growing,
            planner: None,
            assumed: Assumed::default(),
            replan_rows: usize::MAX,
            held: None,
            window: WINDOW,
        };
        let result = run(&mut work, &mut self.suspects, &mut self.rounds);
        self.growing = work.growing;
        result
    }

    fn or_spent(&mut self, engine: &mut Engine, on: bool) -> Result<(), Failure> {
        let (at, before) = ((self.number, self.first_rule), std::mem::take(&mut self.before));
        let failure =
            (!on).then(|| self.with(engine, |work, _, _| work.spent(at.0, at.1, &before)));
        self.before = before;
        failure.map_or(Ok(()), Err)
    }
}

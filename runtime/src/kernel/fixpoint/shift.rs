//! Strata run piece by piece, by a worker among others: it begins, works on what
//! it has, is given rows by others, works on, and ends when nobody has anything
//! for anybody. Who says so is not known here.

use crate::kernel::aggregate::Groups;
use crate::kernel::budget::Budget;
use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::fixpoint::Work;
use crate::kernel::fixpoint::replan::Assumed;
use crate::kernel::relation::Relation;
use crate::kernel::share::Form;
use crate::kernel::share::Parcel;
use crate::kernel::sink::flush_words;

/// A worker's way through the strata of its plan.
pub struct Shift {
    budget: Budget,
    growing: Vec<Option<Groups>>,
    suspects: Vec<(usize, usize)>,
    /// The stratum under way, and the number of its first rule.
    number: usize,
    first_rule: usize,
    /// The first stratum that was not judged.
    judged_from: usize,
    rounds: u64,
    before: Vec<u64>,
}

impl Shift {
    /// Before the first stratum.
    pub fn new(engine: &mut Engine, limits: &Limits) -> Result<Shift, Failure> {
        engine.judge_loaded()?;
        let budget = Budget::new(limits, engine.bytes());
        engine.rels.iter_mut().for_each(Relation::settle);
        Ok(Shift {
            budget,
            growing: Vec::new(),
            suspects: Vec::new(),
            number: 0,
            first_rule: 0,
            judged_from: 0,
            rounds: 0,
            before: Vec::new(),
        })
    }

    /// The stratum that is under way, or comes next; how many there are is the
    /// plan's.
    pub fn stratum(&self) -> usize {
        self.number
    }

    /// Begins a stratum.
    pub fn begin(&mut self, engine: &mut Engine) -> Result<(), Failure> {
        let at = (self.number, self.first_rule);
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

impl Engine {
    /// Takes rows that another worker derived, in this worker's words.
    pub fn take_in(&mut self, parcel: &Parcel) {
        let rel = parcel.rel;
        let schema = &self.plan.rels[rel];
        match parcel.form {
            Form::Declared => {
                let arity = schema.declared.len();
                self.load_shaped(rel, &parcel.words, arity);
            }
            Form::Flat if schema.cols.is_empty() => {
                self.rels[rel].insert(&[]);
            }
            Form::Flat if schema.keys + schema.values == schema.cols.len() => {
                self.rels[rel].insert_rows(&parcel.words, &mut Vec::new());
            }
            Form::Flat => {
                let parts = self.parts();
                let mut scalars = parts.scalars;
                flush_words(&parcel.words, rel, parts.rels, &mut scalars);
            }
        }
    }

    /// The types of the words of a parcel's rows.
    pub fn parcel_types(&self, parcel: &Parcel) -> Vec<bloom_compiler::plan::ir::TypeId> {
        let schema = &self.plan.rels[parcel.rel];
        match parcel.form {
            Form::Declared => schema.declared.iter().map(|col| col.ty).collect(),
            Form::Flat => schema.cols.iter().map(|col| col.ty).collect(),
        }
    }

    /// Makes this the engine of one worker among others.
    pub fn join_in(&mut self, share: crate::kernel::share::Share) {
        let number = share.number();
        self.share = Some(share);
        if let Some((rel, me)) = number {
            self.load(rel, &[me]);
        }
    }

    /// Whether a row, as declared, is at home with this worker.
    pub fn is_home(&self, rel: bloom_compiler::ids::RelId, row: &[u64]) -> bool {
        let Some(share) = &self.share else { return true };
        let schema = &self.plan.rels[rel.index()];
        let mut fixed = vec![0; schema.keys + schema.values];
        for (col, word) in schema.declared.iter().zip(row) {
            if let bloom_compiler::plan::ir::Shape::Word(at) = col.shape
                && at < fixed.len()
            {
                fixed[at] = *word;
            }
        }
        share.is_home(rel.index(), &fixed, &self.plan.types, &self.interner)
    }

    /// Rows for other workers since the last time, by worker.
    pub fn for_others(&mut self) -> Vec<Vec<Parcel>> {
        self.share.as_mut().map(crate::kernel::share::Share::take).unwrap_or_default()
    }
}

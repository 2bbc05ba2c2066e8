//! A node's state and its tick: a pure function of the state and of what is
//! given. No clock, no chance and no disk is known here; instants and seeds
//! are rows like any other.
//!
//! Rows stay in their relations from tick to tick. What a tick put aside is
//! taken up by the next one; events are gone then. A chain of ticks is undone by
//! going back to marks, so that it costs what the chain changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan::ir::Life;
use bloom_compiler::plan::maintain;
use bloom_compiler::types::typed;
use rustc_hash::FxHashSet;

use crate::kernel::budget::Budget;
use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::maintain::Keeper;
use crate::kernel::relation::Mark;
use crate::kernel::relation::Relation;
use crate::kernel::stats::Stats;
use crate::kernel::ticks::boundary::Carried;
use crate::kernel::ticks::boundary::Left;
use crate::kernel::ticks::boundary::carried;
use crate::kernel::ticks::boundary::is_plain;
use crate::kernel::ticks::changes::Changes;
use crate::kernel::ticks::changes::Compared;
use crate::kernel::ticks::drive::Drive;
use crate::kernel::ticks::drive::Spare;
use crate::kernel::ticks::identity::together;
use crate::kernel::ticks::schedule::Schedule;
use crate::kernel::views::Choice;
use crate::kernel::views::Views;

/// Rows of a table from which on its growth is worth another plan.
const REPLAN_ROWS: usize = 4_096;
/// How many times more rows than the plan knew that takes.
const REPLAN_TIMES: usize = 10;

/// Rows of one collection: flat words of the declared columns in declared order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The collection.
    pub rel: RelId,
    /// Number of rows, for collections without columns.
    pub count: usize,
    /// The words.
    pub words: Vec<u64>,
}

/// What a tick takes in.
#[derive(Clone, Debug, Default)]
pub struct TickInput {
    /// Rows of tables to take out before the tick.
    pub delete: Vec<Rows>,
    /// Events, and rows of tables to put in before the tick.
    pub insert: Vec<Rows>,
}

/// What follows from a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickEnd {
    /// Whether a tick without input follows by itself: a table changed beyond
    /// what this tick saw, or an event was put off to the next.
    pub own: bool,
}

/// What a chain began with.
#[derive(Clone)]
pub(super) struct Before {
    marks: Vec<Mark>,
    left: Vec<Arc<Left>>,
    fired: BTreeMap<usize, FxHashSet<Vec<u64>>>,
    compared: Compared,
    has_ticked: bool,
    /// Relations that were exchanged for others since, in that order.
    relations: Vec<(usize, Relation)>,
}

/// A node in memory. A clone goes its own way and shares what never changes.
#[derive(Clone)]
pub struct Machine {
    pub(super) program: Arc<typed::Program>,
    pub(super) engine: Engine,
    pub(super) schedule: Arc<Schedule>,
    pub(super) carried: Vec<Carried>,
    /// By relation, how it was at the end of the tick before the last one.
    pub(super) marks: Vec<Mark>,
    /// By relation, whether the last tick exchanged it.
    pub(super) exchanged: Vec<bool>,
    /// What the last tick put aside.
    pub(super) left: Vec<Arc<Left>>,
    /// What the tick before put aside.
    pub(super) taken: Vec<Arc<Left>>,
    pub(super) compared: Compared,
    /// Values there were when they were last looked through.
    pub(super) values: usize,
    pub(super) spare: Spare,
    /// What is known of views that are kept up.
    pub(super) keeper: Keeper,
    /// Views that dataflows follow.
    pub(super) views: Views,
    /// Rows of tables that the plan knows of.
    assumed: Vec<usize>,
    pub(super) has_ticked: bool,
    pub(super) before: Option<Before>,
}

impl Machine {
    /// A node that has not ticked yet. What its engine has been loaded with are
    /// the rows that it begins with.
    pub fn new(program: &typed::Program, engine: Engine) -> Machine {
        let mut machine = Machine::quiet(program, engine);
        let is_shown = |rel: &usize| program.rels[*rel].is_shown();
        let shown = (0..program.rels.len()).filter(is_shown);
        machine.compared = Compared::of(
            shown.filter(|rel| !machine.tells(*rel) && !program.rels[*rel].event).collect(),
        );
        machine
    }

    /// The same, of which nobody wants to know what changed in its outputs.
    pub fn quiet(program: &typed::Program, engine: Engine) -> Machine {
        let mut machine = Machine {
            program: Arc::new(program.clone()),
            engine,
            schedule: Arc::default(),
            carried: Vec::new(),
            marks: Vec::new(),
            exchanged: Vec::new(),
            left: Vec::new(),
            taken: Vec::new(),
            compared: Compared::default(),
            values: 0,
            spare: Spare::default(),
            keeper: Keeper::default(),
            views: Views::default(),
            assumed: Vec::new(),
            has_ticked: false,
            before: None,
        };
        machine.replan();
        for rel in 0..machine.schedule.lives.len() {
            match machine.schedule.lives[rel] {
                Life::Kept => machine.engine.rels[rel].use_ids(),
                _ => machine.engine.empty(&machine.schedule, rel),
            }
            machine.engine.rels[rel].settle();
        }
        machine.mark();
        machine
    }

    /// Whether the changes of a relation are seen by its rows alone.
    pub(super) fn tells(&self, rel: usize) -> bool {
        is_plain(&self.engine.plan.rels[rel]) && self.schedule.lives[rel] != Life::Tick
    }

    /// A plan for the rows that there are.
    pub(super) fn replan(&mut self) {
        let lives = &self.schedule.lives;
        let is_kept = |rel: usize| lives.get(rel).is_none_or(|life| *life == Life::Kept);
        let len = |rel: usize| self.engine.rels[rel].live();
        let known = |rel: usize| Some(len(rel) as u64).filter(|rows| *rows > 0 && is_kept(rel));
        let rows = (0..self.program.rels.len()).map(known).collect();
        self.assumed = (0..self.program.rels.len()).map(len).collect();
        self.engine.replan(maintain::plan(&self.program, rows));
        self.schedule = Schedule::of(&self.engine.plan, &self.engine.linked).into();
        // What others derive for a view nobody counts here.
        self.keeper = match self.engine.share {
            None => Keeper::new(&self.engine.plan, &self.engine.linked),
            Some(_) => Keeper::default(),
        };
        self.views = self.views.replanned(&self.engine.plan);
        self.carried = carried(&self.program, &self.engine.plan);
        self.engine.rels.iter_mut().for_each(Relation::restore_members);
    }

    /// Whether a table has far more rows than the plan knows of.
    fn is_outgrown(&self) -> bool {
        let outgrown = |of: &Carried| {
            let rows = self.engine.rels[of.rel].live();
            rows >= REPLAN_ROWS && rows >= self.assumed[of.rel] * REPLAN_TIMES
        };
        self.carried.iter().any(|of| of.is_table && outgrown(of))
    }

    /// Says who follows views that could be followed in two ways.
    pub fn choose(&mut self, choice: Choice) {
        self.views.choice = choice;
    }

    /// What was done and what is held, with who follows which view and why.
    pub fn stats(&self) -> Stats {
        let mut stats = self.engine.stats();
        for (number, order) in self.schedule.strata.iter().enumerate() {
            let rules = order.first..order.first + order.rules.len();
            let Some(told) = self.views.told(number) else { continue };
            for rule in stats.rules.get_mut(rules).into_iter().flatten() {
                rule.follows = Some(told.clone());
            }
        }
        stats
    }

    /// What holds in the last tick.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Likewise, to make values with and to read whole rows.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Has the changes of a collection with sets or maps in its columns told
    /// from the next tick on. Those of outputs are, and those of collections
    /// without such columns.
    pub fn watch(&mut self, rel: RelId) {
        let at = rel.index();
        if !self.tells(at) && !self.compared.rels.contains(&at) {
            self.compared.rels.push(at);
            self.compared.look(&mut self.engine);
        }
    }

    /// What the last tick changed in a collection against the tick before: +1
    /// and the row, or -1, by the declared columns in value order. All events
    /// are new.
    pub fn changes(&mut self, rel: RelId) -> Changes {
        let at = rel.index();
        if let Some(changes) = self.compared.changes(at) {
            return changes;
        }
        if self.schedule.lives[at] == Life::Tick || self.exchanged[at] {
            let arity = self.engine.plan.rels[at].declared.len();
            if arity == 0 {
                return vec![(1, Vec::new()); self.engine.len(rel)];
            }
            return self
                .engine
                .rows(rel)
                .chunks_exact(arity)
                .map(|row| (1, row.to_vec()))
                .collect();
        }
        let changes = self.engine.rels[at].changes(self.marks[at]);
        self.engine.declared_changes(at, &changes)
    }

    /// A number for the state between ticks: equal for equal tables, firings
    /// and rows put aside.
    pub fn state_hash(&mut self) -> u128 {
        let mut parts = Vec::new();
        for rel in 0..self.program.rels.len() {
            if self.schedule.lives[rel] == Life::Kept {
                parts.push(self.engine.relation_hash(rel));
            } else if self.program.rels[rel].kind == RelKind::Firing {
                parts.push(match self.schedule.lives[rel] {
                    Life::Tick => {
                        let fired = self.engine.fired.get(&rel).into_iter().flatten();
                        let rows = fired.map(|row| self.engine.rows_hash(rel, row));
                        rows.fold(0, u128::wrapping_add)
                    }
                    _ => self.engine.relation_hash(rel),
                });
            }
        }
        let left = self.left.iter().map(|left| self.engine.left_hash(&self.carried, left));
        together(parts.into_iter().chain(left))
    }

    pub(super) fn mark(&mut self) {
        self.marks.clear();
        self.marks.extend(self.engine.rels.iter_mut().map(Relation::mark));
        self.exchanged.clear();
        self.exchanged.resize(self.marks.len(), false);
    }

    /// Whether a chain has begun and not ended.
    pub(super) fn is_in_chain(&self) -> bool {
        self.before.is_some()
    }

    /// Between two chains: nobody goes back any more.
    pub(super) fn tidy(&mut self) {
        self.views.commit();
        self.engine.rels.iter_mut().for_each(Relation::forget_marks);
        self.engine.sweep(&self.schedule, false);
        if self.is_outgrown() {
            self.replan();
        }
        self.mark();
    }

    /// Begins a chain: what follows happens as a whole or not at all.
    pub fn begin(&mut self) {
        self.tidy();
        self.keeper.begin();
        self.views.begin();
        self.before = Some(Before {
            marks: self.marks.clone(),
            left: self.left.clone(),
            fired: self.engine.fired.clone(),
            compared: self.compared.clone(),
            has_ticked: self.has_ticked,
            relations: Vec::new(),
        });
    }

    /// Ends a chain that went well.
    pub fn commit(&mut self) {
        self.keeper.commit();
        self.views.commit();
        self.before = None;
    }

    /// Ends a chain that failed: everything is as it was when it began, but for
    /// the rows that are shown, which are those of no tick.
    pub fn rollback(&mut self) {
        let Some(before) = self.before.take() else { return };
        for (rel, relation) in before.relations.into_iter().rev() {
            self.engine.rels[rel] = relation;
            for slot in self.schedule.slots[rel].clone() {
                self.engine.indexes[slot] = self.engine.linked.slots[slot].index();
            }
        }
        for at in 0..self.schedule.events.len() {
            let rel = self.schedule.events[at];
            self.engine.empty(&self.schedule, rel);
        }
        for at in 0..self.schedule.state.len() {
            let rel = self.schedule.state[at];
            self.engine.back_to(&self.schedule, rel, before.marks[rel]);
        }
        self.keeper.rollback(&mut self.engine);
        self.views.rollback(&mut self.engine);
        self.left = before.left;
        self.compared = before.compared;
        self.engine.fired = before.fired;
        self.has_ticked = before.has_ticked;
        self.carried.iter_mut().for_each(|of| of.calm = false);
        self.mark();
    }

    /// One tick. After an error the chain can only be rolled back.
    pub fn tick(&mut self, input: &TickInput, limits: &Limits) -> Result<TickEnd, Failure> {
        if self.before.is_none() {
            self.tidy();
        }
        self.keeper.tick();
        if self.engine.ranks.is_some() {
            self.whole(input, limits)?;
            return Ok(TickEnd::default());
        }
        self.take_in(input)?;
        self.run(limits)?;
        self.finish()
    }

    /// Ends a tick whose strata ran.
    pub(super) fn finish(&mut self) -> Result<TickEnd, Failure> {
        if let Some(&rel) =
            self.engine.plan.violations.iter().find(|rel| self.engine.len(**rel) > 0)
        {
            return Err(Failure::Invariant { rel });
        }
        self.has_ticked = true;
        self.engine.keep_fired(|rel| self.schedule.lives[rel] == Life::Tick);
        self.compared.look(&mut self.engine);
        self.leave()
    }

    fn run(&mut self, limits: &Limits) -> Result<(), Failure> {
        let mut budget = self.budget(limits);
        self.drive(&mut budget, |drive| drive.run())
    }

    /// What a tick may spend.
    pub(super) fn budget(&self, limits: &Limits) -> Budget {
        let weighs = limits.memory.is_some() && limits.process.is_some();
        let held = if weighs { self.engine.bytes() } else { 0 };
        Budget::new(limits, held)
    }

    /// Lends everything to what runs strata.
    pub(super) fn drive<T>(
        &mut self,
        budget: &mut Budget,
        run: impl FnOnce(&mut Drive<'_>) -> T,
    ) -> T {
        self.engine.once = !self.has_ticked;
        let linked = std::mem::take(&mut self.engine.linked);
        let mut exchanged = Vec::new();
        let mut drive = Drive {
            engine: &mut self.engine,
            linked: &linked,
            schedule: &self.schedule,
            marks: &self.marks,
            is_first: !self.has_ticked,
            budget,
            exchanged: &mut self.exchanged,
            before: &mut exchanged,
            spare: &mut self.spare,
            keeper: &mut self.keeper,
            views: &mut self.views,
        };
        let result = run(&mut drive);
        self.engine.linked = linked;
        if let Some(before) = &mut self.before {
            before.relations.append(&mut exchanged);
        }
        result
    }
}

//! Views kept up from tick to tick: how many matches each row has, and what
//! each group has seen, follow from what a tick changed, at a cost that follows
//! from the changes. When a tick begins, and what becomes of a stratum that
//! cannot be kept up, is not known here.
//!
//! | room | owns |
//! |---|---|
//! | `link` | the deltas of the plan, ready to run |
//! | `changes` | what a tick changed in relations |
//! | `walk` | matches with their signs |
//! | `rows`, `counts` | rows with signs; rows with more than one match |
//! | `groups`, `accumulator`, `bag` | groups of aggregates |

mod accumulator;
mod bag;
mod changes;
mod counts;
mod groups;
mod link;
mod rows;
mod walk;

use std::sync::Arc;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::aggregate::combinations;
use crate::kernel::budget::Budget;
use crate::kernel::engine::Engine;
use crate::kernel::engine::Parts;
use crate::kernel::link::Linked as Steps;
#[cfg(feature = "views")]
pub use crate::kernel::maintain::accumulator::Accumulator;
use crate::kernel::maintain::changes::Changes;
use crate::kernel::maintain::counts::Counts;
use crate::kernel::maintain::groups::Groups;
use crate::kernel::maintain::link::Linked;
use crate::kernel::maintain::link::Node;
use crate::kernel::maintain::rows::Rows;
use crate::kernel::maintain::walk::Out;
use crate::kernel::maintain::walk::Walk;
use crate::kernel::relation::Relation;

/// So many rows may change whatever the size of what is read, before all
/// matches are looked at instead.
const CHANGES_FREE: usize = 64;

/// Bytes of gathered rows that one tick leaves to the next.
const BYTES_KEPT: usize = 1 << 20;

/// What is kept of a stratum.
#[derive(Clone)]
struct State {
    /// Whether it is: at first, and after something failed, it is not.
    is_known: bool,
    counts: Counts,
    /// By rule, where it gathers matches.
    groups: Vec<Option<Groups>>,
}

/// What became of a stratum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Its rows are those of now: so many matches were met, and so many rows came.
    Done {
        /// See above.
        matches: u64,
        /// See above.
        new: u64,
    },
    /// Something failed: its rows are as they were, and it has to be run.
    Unknown,
    /// A limit is met.
    Spent,
}

/// Takes a row out of a relation of an engine, and out of its indexes.
pub type Take<'a> = &'a mut dyn FnMut(&mut Engine, usize, u32);

/// Keeps views up.
#[derive(Clone, Default)]
pub struct Keeper {
    linked: Arc<Linked>,
    strata: Vec<Option<State>>,
    changes: Changes,
    /// Memory that serves one stratum after the other.
    rows: Rows,
    regs: Vec<u64>,
}

impl Keeper {
    /// For a plan; nothing is known of its views.
    pub fn new(plan: &ir::Program, steps: &Steps) -> Keeper {
        let linked = link::link(plan, &steps.slots);
        let state = |stratum: &link::Stratum| State {
            is_known: false,
            counts: Counts::default(),
            groups: stratum
                .rules
                .iter()
                .map(|rule| rule.gathers.as_ref().map(|g| Groups::new(&g.spec, &g.types)))
                .collect(),
        };
        Keeper {
            strata: linked.strata.iter().map(|s| s.as_ref().map(state)).collect(),
            changes: Changes::new(plan.rels.len(), linked.looks.len()),
            linked: Arc::new(linked),
            ..Keeper::default()
        }
    }

    /// Whether a stratum is kept up.
    pub fn keeps(&self, number: usize) -> bool {
        self.strata.get(number).is_some_and(Option::is_some)
    }

    /// What a stratum reads that is kept up and whose changes are not known yet.
    pub fn unseen(&self, number: usize) -> Vec<usize> {
        let Some(Some(stratum)) = self.linked.strata.get(number) else { return Vec::new() };
        let reads = stratum.reads.iter().copied();
        reads.filter(|&rel| !self.changes.is_seen(rel)).collect()
    }

    /// Takes down what a tick changed in a complete relation that had `begin`
    /// rows when it began, and from which these were removed since.
    pub fn see(&mut self, rel: usize, relation: &Relation, begin: usize, removed: &[u32]) {
        self.changes.see(rel, relation, begin, removed);
    }

    /// A tick begins.
    pub fn tick(&mut self) {
        self.changes.reset();
    }

    /// A chain begins: what follows can be undone.
    pub fn begin(&mut self) {
        for state in self.strata.iter_mut().flatten() {
            state.counts.begin();
            state.groups.iter_mut().flatten().for_each(Groups::begin);
        }
    }

    /// A chain went well.
    pub fn commit(&mut self) {
        for state in self.strata.iter_mut().flatten() {
            state.counts.commit();
            state.groups.iter_mut().flatten().for_each(Groups::commit);
        }
    }

    /// A chain failed: everything is as it was when it began.
    pub fn rollback(&mut self, engine: &mut Engine) {
        let Parts { scalars, .. } = engine.parts();
        for state in self.strata.iter_mut().flatten() {
            if !state.counts.rollback() {
                state.forget();
            }
            state.groups.iter_mut().flatten().for_each(|groups| groups.rollback(&scalars));
        }
        self.changes.reset();
    }

    /// All words that are kept beside those of rows, with their types.
    pub fn each_word(&self, each: &mut dyn FnMut(TypeId, u64)) {
        let groups = self.strata.iter().flatten().flat_map(|state| &state.groups);
        groups.flatten().for_each(|groups| groups.each_word(each));
    }

    /// Gives up memory of what is gone. Between two chains only.
    pub fn shrink(&mut self) {
        self.rows = Rows::default();
        self.changes.shrink();
        for state in self.strata.iter_mut().flatten() {
            state.counts.shrink();
            state.groups.iter_mut().flatten().for_each(Groups::shrink);
        }
    }

    /// Bytes held, nearly.
    pub fn bytes(&self) -> usize {
        let of = |state: &State| {
            state.counts.bytes() + state.groups.iter().flatten().map(Groups::bytes).sum::<usize>()
        };
        self.strata.iter().flatten().map(of).sum::<usize>() + self.rows.bytes()
    }

    /// Brings a stratum up to what it reads, of which all changes were told.
    /// With `all` they say nothing, and all matches are looked at.
    pub fn run(
        &mut self,
        number: usize,
        all: bool,
        engine: &mut Engine,
        steps: &Steps,
        budget: &mut Budget,
        take: Take<'_>,
    ) -> Outcome {
        let Some(Some(stratum)) = self.linked.strata.get(number) else { return Outcome::Unknown };
        let Some(Some(state)) = self.strata.get_mut(number) else { return Outcome::Unknown };
        for &slot in &stratum.slots {
            let relation = &engine.rels[steps.slots[slot].rel];
            engine.indexes[slot].extend(relation, relation.len());
        }
        let changed: usize = stratum.reads.iter().map(|&rel| self.changes.of(rel).len()).sum();
        let there: usize = stratum.reads.iter().map(|&rel| engine.rels[rel].live()).sum();
        let all = all || !state.is_known || changed > CHANGES_FREE && changed > there / 2;
        if all {
            state.start(stratum.head, engine);
        } else {
            for &look in &stratum.looks {
                let by = &self.linked.looks[look];
                self.changes.make(look, by, &engine.rels[by.rel]);
            }
        }
        let schema = &engine.plan.rels[stratum.head];
        self.rows.clear(schema.keys + schema.values);
        let mut pass = Pass {
            engine,
            changes: &self.changes,
            looks: &self.linked.looks,
            rows: &mut self.rows,
            regs: &mut self.regs,
            budget,
            matches: 0,
        };
        let mut fine = true;
        for (rule, groups) in stratum.rules.iter().zip(&mut state.groups) {
            pass.regs.resize(rule.regs.max(pass.regs.len()), 0);
            fine = fine && pass.matches(rule, all, groups.as_mut());
        }
        let matches = pass.matches;
        let spent = budget.spent.is_some();
        if !fine || spent {
            state.forget();
            return if spent { Outcome::Spent } else { Outcome::Unknown };
        }
        let sums = self.rows.sums();
        let new = match all {
            true => state.counts.all(stratum.head, &self.rows, &sums, engine, take),
            false => state.counts.add(stratum.head, &self.rows, &sums, engine, take),
        };
        if self.rows.bytes() > BYTES_KEPT {
            self.rows = Rows::default();
        }
        let Some(new) = new else {
            state.forget();
            return Outcome::Unknown;
        };
        state.is_known = true;
        engine.rels[stratum.head].settle();
        match budget.rows(new) {
            true => Outcome::Done { matches, new: new as u64 },
            false => Outcome::Spent,
        }
    }
}

impl State {
    fn forget(&mut self) {
        self.is_known = false;
        self.counts.clear();
        self.groups.iter_mut().flatten().for_each(Groups::clear);
    }

    /// All matches are about to be met.
    fn start(&mut self, head: usize, engine: &mut Engine) {
        self.forget();
        engine.rels[head].use_ids();
    }
}

/// One time through the rules of a stratum.
struct Pass<'a> {
    engine: &'a mut Engine,
    changes: &'a Changes,
    looks: &'a [link::Look],
    rows: &'a mut Rows,
    regs: &'a mut Vec<u64>,
    budget: &'a mut Budget,
    matches: u64,
}

impl Pass<'_> {
    /// All matches of a rule, or those that came and went. False: something
    /// failed, or a limit is met.
    fn matches(&mut self, rule: &link::Rule, all: bool, mut groups: Option<&mut Groups>) -> bool {
        for nodes in rule.full.iter().filter(|_| all) {
            if !self.walk(nodes, groups.as_deref_mut()) {
                return false;
            }
        }
        for delta in rule.deltas.iter().filter(|_| !all) {
            let is_changed = self.changes.of(delta.of).any();
            if is_changed && !self.walk(&delta.nodes, groups.as_deref_mut()) {
                return false;
            }
        }
        match (groups, &rule.gathers) {
            (Some(groups), Some(gathers)) => self.finish(groups, gathers),
            _ => true,
        }
    }

    /// The rows of groups that were touched, before and now.
    fn finish(&mut self, groups: &mut Groups, gathers: &link::Gathers) -> bool {
        for at in groups.touched() {
            let Parts { mut scalars, .. } = self.engine.parts();
            let words = groups.finish(at, self.regs, self.rows, &mut scalars);
            let Ok(words) = words else { return false };
            let Some(words) = words else { continue };
            let from = self.rows.len();
            let fine = combinations(&words, &mut |words| {
                groups.load(words, self.regs);
                self.walk(&gathers.finish, None)
            });
            if !fine {
                return false;
            }
            groups.gave(at, self.rows, from, self.rows.len());
        }
        true
    }

    fn walk(&mut self, nodes: &[Node], groups: Option<&mut Groups>) -> bool {
        let is_match = groups.is_some();
        let Parts { rels, indexes, scalars, .. } = self.engine.parts();
        let mut walk = Walk {
            scalars,
            rels,
            indexes,
            changes: self.changes,
            looks: self.looks,
            budget: self.budget,
            out: match groups {
                Some(groups) => Out::Groups(groups),
                None => Out::Rows(self.rows),
            },
            failed: false,
            matches: 0,
            sign: 1,
            as_of: None,
            reached: false,
        };
        let on = walk.go(nodes, 0, self.regs);
        let (failed, matches) = (walk.failed, walk.matches);
        self.matches += if is_match { matches } else { 0 };
        on && !failed
    }
}

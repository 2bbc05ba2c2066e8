//! A node, tick after tick: what a tick leaves behind, and what the next one
//! begins with. This room must not know how rules give rows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::oracle::failure::Failure;
use crate::oracle::failure::Kind;
use crate::oracle::store::Rows;
use crate::oracle::store::Store;
use crate::oracle::store::key;
use crate::oracle::tick;
use crate::oracle::tick::Input;
use crate::oracle::tick::OracleLimits;
use crate::oracle::tick::Rules;
use crate::oracle::tick::State;
use crate::oracle::values::Value;
use crate::stack;
use crate::types::typed::Program;

/// What a tick takes in from outside.
#[derive(Clone, Debug, Default)]
pub struct TickInput {
    /// Events, and rows of tables and input views. Equal rows are one.
    pub insert: BTreeMap<RelId, Vec<Vec<Value>>>,
    /// Whole rows of tables and input views, taken out before the tick. What
    /// the tick before has put in stays.
    pub delete: BTreeMap<RelId, Vec<Vec<Value>>>,
}

/// A tick that has ended well.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// All rows of the tick: what the rules hold for.
    pub state: State,
    /// Whether the next tick comes by itself: a table changes, or an event was
    /// put aside for it.
    pub own: bool,
}

/// A node of a program. A copy goes its own way, so that ticks can be undone.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    program: &'a Program,
    strata_of_rule: &'a [u32],
    strata: u32,
    /// Whether there was a tick.
    has_ticked: bool,
    left: Left,
    /// The rows of the last tick of what rules fire for.
    fired: BTreeMap<RelId, Rows>,
}

/// What a tick leaves to the next.
#[derive(Clone, PartialEq, Debug, Default)]
struct Left {
    /// Rows of tables and input views that stay unless they are taken out from
    /// outside.
    kept: BTreeMap<RelId, Rows>,
    /// Rows that come whatever is taken out, of tables and of events.
    put: BTreeMap<RelId, Vec<Vec<Value>>>,
}

impl<'a> Node<'a> {
    /// A node before its first tick, with rows of tables and input views that
    /// are there, and events that the first tick takes in. `strata_of_rule` has
    /// the stratum of every rule, all below `strata`.
    pub fn new(
        program: &'a Program,
        strata_of_rule: &'a [u32],
        strata: u32,
        first: &Input,
    ) -> Node<'a> {
        let left = Left { kept: BTreeMap::new(), put: first.rows.clone() };
        let fired = BTreeMap::new();
        Node { program, strata_of_rule, strata, has_ticked: false, left, fired }
    }

    /// Runs one tick. One that fails leaves the node as it was.
    pub fn tick(&mut self, input: &TickInput, limits: &OracleLimits) -> Result<Tick, Failure> {
        stack::deep(|| self.run(input, limits))
    }

    fn run(&mut self, input: &TickInput, limits: &OracleLimits) -> Result<Tick, Failure> {
        let mut store = self.begin(input);
        let all = || (0..self.program.rels.len()).map(|i| RelId(i as u32));
        tick::check_points(&store, all())?;
        tick::check_keys(&store, all())?;
        let rules = Rules {
            program: self.program,
            strata_of_rule: self.strata_of_rule,
            strata: self.strata,
            is_first: !self.has_ticked,
            before: &self.fired,
        };
        tick::complete(rules, &mut store, limits)?;
        let state = State { rows: store.finish() };
        self.check_invariants(&state)?;
        let next = Node {
            has_ticked: true,
            left: self.leave(&state),
            fired: self.of_kind(&state, |kind| kind == RelKind::Firing),
            ..*self
        };
        let then = next.begin(&TickInput::default());
        for rel in all() {
            tick::check_points(&then, [rel].into_iter())?;
            tick::check_keys(&then, [rel].into_iter())?;
        }
        let then = then.finish();
        let own = all().any(|rel| match self.program.rels[rel.index()].kind {
            RelKind::Scratch => !then[rel.index()].is_empty(),
            kind => kind.is_table() && then[rel.index()] != state.rows[rel.index()],
        });
        *self = next;
        Ok(Tick { state, own })
    }

    /// The rows that the tick begins with.
    fn begin(&self, input: &TickInput) -> Store<'a> {
        let mut store = Store::new(self.program);
        for (rel, rows) in &self.left.kept {
            let out = input.delete.get(rel);
            for row in rows.iter().filter(|row| !out.is_some_and(|out| out.contains(row))) {
                store.insert(*rel, row.clone());
            }
        }
        for (rel, rows) in self.left.put.iter().chain(&input.insert) {
            for row in rows {
                store.insert(*rel, row.clone());
            }
        }
        store
    }

    /// What the end of the tick makes of its rows.
    fn leave(&self, state: &State) -> Left {
        let mut left = Left {
            kept: self.of_kind(state, |kind| kind.is_table() || kind == RelKind::InputView),
            put: BTreeMap::new(),
        };
        for (rel, rows) in self.program.rels.iter().zip(&state.rows) {
            let RelKind::Stage(stage, target) = rel.kind else { continue };
            let declared = &self.program.rels[target.index()];
            // Rows to delete have the columns of the key and no others.
            let keys: BTreeSet<Vec<Value>> = match stage {
                Stage::Delete => rows.iter().cloned().collect(),
                Stage::Replace => rows.iter().map(|row| key(declared, row)).collect(),
                Stage::Next | Stage::Send => BTreeSet::new(),
            };
            if let Some(kept) = left.kept.get_mut(&target) {
                kept.retain(|row| !keys.contains(&key(declared, row)));
            }
            if matches!(stage, Stage::Next | Stage::Replace) {
                left.put.entry(target).or_default().extend(rows.iter().cloned());
            }
        }
        left
    }

    /// The rows of all collections of a kind.
    fn of_kind(&self, state: &State, wanted: impl Fn(RelKind) -> bool) -> BTreeMap<RelId, Rows> {
        let numbered = self.program.rels.iter().zip(&state.rows).enumerate();
        numbered
            .filter(|(_, (rel, _))| wanted(rel.kind))
            .map(|(i, (_, rows))| (RelId(i as u32), rows.clone()))
            .collect()
    }

    fn check_invariants(&self, state: &State) -> Result<(), Failure> {
        let violated = self.of_kind(state, |kind| kind == RelKind::Violation);
        match violated.into_iter().find(|(_, rows)| !rows.is_empty()) {
            Some((rel, _)) => {
                let span = self.program.rels[rel.index()].name_span;
                Err(Failure::at(Kind::Invariant(rel), span, Vec::new()))
            }
            None => Ok(()),
        }
    }
}

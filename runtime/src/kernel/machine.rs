//! A node's state and its tick: a pure function of the state and of what is
//! given. No clock, no chance and no disk is known here; instants and seeds
//! are rows like any other.
//!
//! Between ticks there are the rows of tables, what rules fired for, and what
//! the last tick put aside. A tick is undone as a whole.

use std::collections::BTreeMap;

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::types::typed;
use rustc_hash::FxHashSet;

use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;

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

/// A collection's part in what passes from tick to tick.
struct Carried {
    rel: usize,
    is_table: bool,
    /// Declared columns that tell rows apart.
    keys: Vec<usize>,
    next: Option<usize>,
    delete: Option<usize>,
    replace: Option<usize>,
}

/// What a chain began with.
struct Before {
    tables: BTreeMap<usize, Vec<u64>>,
    units: Vec<usize>,
    fired: BTreeMap<usize, FxHashSet<Vec<u64>>>,
    has_ticked: bool,
}

/// A node in memory.
pub struct Machine {
    engine: Engine,
    carried: Vec<Carried>,
    /// Rows of tables, and events put off, as the next tick begins with them.
    waiting: BTreeMap<usize, Vec<u64>>,
    /// Those of them without columns that have their row.
    units: Vec<usize>,
    has_ticked: bool,
    before: Option<Before>,
}

impl Machine {
    /// A node that has not ticked yet. What its engine has been loaded with are
    /// the rows that it begins with.
    pub fn new(program: &typed::Program, engine: Engine) -> Machine {
        let stage = |how: Stage, target: usize| {
            let kind = RelKind::Stage(how, RelId(target as u32));
            program.rels.iter().position(|rel| rel.kind == kind)
        };
        let mut carried = Vec::new();
        for (rel, declared) in program.rels.iter().enumerate() {
            let is_table = declared.kind.is_table() || declared.kind == RelKind::InputView;
            let next = stage(Stage::Next, rel);
            if !is_table && next.is_none() {
                continue;
            }
            let schema = &engine.plan().rels[rel];
            let is_key =
                |d: &ir::Declared| matches!(d.shape, Shape::Word(col) if col < schema.keys);
            let keys =
                (0..schema.declared.len()).filter(|&i| is_key(&schema.declared[i])).collect();
            let (delete, replace) = (stage(Stage::Delete, rel), stage(Stage::Replace, rel));
            carried.push(Carried { rel, is_table, keys, next, delete, replace });
        }
        let mut machine = Machine {
            engine,
            carried,
            waiting: BTreeMap::new(),
            units: Vec::new(),
            has_ticked: false,
            before: None,
        };
        machine.keep_tables();
        machine
    }

    /// What holds in the last tick.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Likewise, to make values with and to read whole rows.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// Rows of a table, or events put off, as the next tick begins with them.
    pub fn waiting(&self, rel: RelId) -> &[u64] {
        self.waiting.get(&rel.index()).map_or(&[], Vec::as_slice)
    }

    /// Begins a chain: what follows happens as a whole or not at all.
    pub fn begin(&mut self) {
        self.before = Some(Before {
            tables: self.waiting.clone(),
            units: self.units.clone(),
            fired: self.engine.fired.clone(),
            has_ticked: self.has_ticked,
        });
    }

    /// Ends a chain that went well.
    pub fn commit(&mut self) {
        self.before = None;
    }

    /// Ends a chain that failed: everything is as it was when it began, but for
    /// the rows that are shown, which are those of no tick.
    pub fn rollback(&mut self) {
        if let Some(before) = self.before.take() {
            self.waiting = before.tables;
            self.units = before.units;
            self.engine.fired = before.fired;
            self.has_ticked = before.has_ticked;
        }
    }

    /// One tick. After an error the chain can only be rolled back.
    pub fn tick(&mut self, input: &TickInput, limits: &Limits) -> Result<TickEnd, Failure> {
        for rows in &input.delete {
            self.take_out(rows);
        }
        self.engine.clear();
        for (&rel, words) in &self.waiting {
            self.engine.load(RelId(rel as u32), words);
        }
        for &rel in &self.units {
            self.engine.load_unit(RelId(rel as u32));
        }
        for rows in &input.insert {
            match rows.words.is_empty() {
                true if rows.count > 0 => drop(self.engine.load_unit(rows.rel)),
                true => {}
                false => drop(self.engine.load(rows.rel, &rows.words)),
            }
        }
        self.engine.once = !self.has_ticked;
        self.engine.run(limits)?;
        self.has_ticked = true;
        self.engine.keep_fired();
        self.leave()
    }

    /// Rows of tables that are taken out from outside.
    fn take_out(&mut self, rows: &Rows) {
        let rel = rows.rel.index();
        let arity = self.arity(rel);
        if arity == 0 {
            self.units.retain(|&unit| unit != rel || rows.count == 0);
            return;
        }
        let out: FxHashSet<&[u64]> = rows.words.chunks_exact(arity).collect();
        if let Some(waiting) = self.waiting.get_mut(&rel) {
            let kept = waiting.chunks_exact(arity).filter(|row| !out.contains(row));
            *waiting = kept.flatten().copied().collect();
        }
    }

    fn arity(&self, rel: usize) -> usize {
        self.engine.plan().rels[rel].declared.len()
    }

    fn keep_tables(&mut self) {
        for at in 0..self.carried.len() {
            let rel = self.carried[at].rel;
            if self.carried[at].is_table {
                self.keep(rel, None);
            }
        }
    }

    /// Keeps rows for the next tick; those that are there now if none are given.
    fn keep(&mut self, rel: usize, rows: Option<Vec<u64>>) {
        let id = RelId(rel as u32);
        if self.arity(rel) == 0 {
            self.units.retain(|&unit| unit != rel);
            if self.engine.len(id) > 0 {
                self.units.push(rel);
            }
            return;
        }
        let rows = rows.unwrap_or_else(|| self.engine.rows_as_they_lie(id));
        self.waiting.insert(rel, rows);
    }

    /// What the tick leaves to the next one.
    fn leave(&mut self) -> Result<TickEnd, Failure> {
        let mut end = TickEnd::default();
        for at in 0..self.carried.len() {
            let (rel, arity) = (self.carried[at].rel, self.arity(self.carried[at].rel));
            let staged = |stage: Option<usize>| {
                stage.is_some_and(|rel| self.engine.len(RelId(rel as u32)) > 0)
            };
            let of = &self.carried[at];
            let (next, delete, replace) = (staged(of.next), staged(of.delete), staged(of.replace));
            if !of.is_table {
                end.own |= next;
                let rows = self.rows_of(of.next);
                self.waiting.insert(rel, rows);
                self.units.retain(|&unit| unit != rel);
                if next && arity == 0 {
                    self.units.push(rel);
                }
                continue;
            }
            if !next && !delete && !replace {
                self.keep(rel, None);
                continue;
            }
            end.own |= self.changed(at)?;
        }
        Ok(end)
    }

    fn rows_of(&mut self, rel: Option<usize>) -> Vec<u64> {
        rel.map_or(Vec::new(), |rel| self.engine.rows_as_they_lie(RelId(rel as u32)))
    }

    /// The rows of a table in the next tick; whether they are others than now.
    fn changed(&mut self, at: usize) -> Result<bool, Failure> {
        let of = &self.carried[at];
        let (rel, keys) = (of.rel, of.keys.clone());
        let (next, delete, replace) = (of.next, of.delete, of.replace);
        let arity = self.arity(rel);
        if arity == 0 {
            let has = |engine: &Engine, rel: Option<usize>| {
                rel.is_some_and(|rel| engine.len(RelId(rel as u32)) > 0)
            };
            let now = self.engine.len(RelId(rel as u32)) > 0;
            let then = has(&self.engine, next)
                || has(&self.engine, replace)
                || now && !has(&self.engine, delete);
            self.units.retain(|&unit| unit != rel);
            if then {
                self.units.push(rel);
            }
            return Ok(now != then);
        }
        let now = self.rows_of(Some(rel));
        let key = |row: &[u64]| -> Vec<u64> { keys.iter().map(|&k| row[k]).collect() };
        let mut gone: FxHashSet<Vec<u64>> = FxHashSet::default();
        let deleted = self.rows_of(delete);
        match keys.len() {
            0 if delete.is_some_and(|rel| self.engine.len(RelId(rel as u32)) > 0) => {
                gone.insert(Vec::new());
            }
            0 => {}
            n => gone.extend(deleted.chunks_exact(n).map(<[u64]>::to_vec)),
        }
        let replacing = self.rows_of(replace);
        gone.extend(replacing.chunks_exact(arity).map(&key));
        let kept = now.chunks_exact(arity).filter(|row| !gone.contains(&key(row)));
        let mut rows: Vec<u64> = kept.flatten().copied().collect();
        rows.extend(self.rows_of(next));
        rows.extend(replacing);
        let rows = self.engine.merged(RelId(rel as u32), &rows)?;
        let old: FxHashSet<&[u64]> = now.chunks_exact(arity).collect();
        let new: FxHashSet<&[u64]> = rows.chunks_exact(arity).collect();
        let differs = old != new;
        self.keep(rel, Some(rows));
        Ok(differs)
    }
}

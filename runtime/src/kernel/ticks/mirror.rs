//! A picture of a node at another machine of the same program, which runs no
//! rule: it is told what each tick changed. Who tells, and how values travel, is
//! not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Life;
use rustc_hash::FxHashSet;

use crate::kernel::engine::Engine;
use crate::kernel::machine::Machine;
use crate::kernel::machine::Rows;
use crate::kernel::ticks::boundary::Carried;
use crate::kernel::ticks::boundary::family;

/// What a tick changed in a collection at one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The collection.
    pub rel: RelId,
    /// Whether `gained` are all rows that the worker has, whatever there was.
    pub whole: bool,
    /// Rows that came, by the declared columns.
    pub gained: Rows,
    /// Rows that went.
    pub lost: Rows,
}

impl Machine {
    /// What the last tick changed in a collection; `None`: nothing.
    pub fn told(&mut self, rel: RelId) -> Option<Told> {
        let at = rel.index();
        if self.schedule.lives[at] == Life::Tick {
            return (self.engine.len(rel) > 0).then(|| self.all_of(rel));
        }
        // What stands deep inside of a value is a row of its own.
        if family(&self.schedule, at).into_iter().all(|rel| self.is_as_before(rel)) {
            return None;
        }
        if self.exchanged[at] || !self.tells(at) || self.engine.plan.rels[at].declared.is_empty() {
            return Some(self.all_of(rel));
        }
        let none = Rows { rel, count: 0, words: Vec::new() };
        let mut told = Told { rel, whole: false, gained: none.clone(), lost: none };
        for (sign, row) in self.changes(rel) {
            let rows = if sign > 0 { &mut told.gained } else { &mut told.lost };
            rows.count += 1;
            rows.words.extend(row);
        }
        Some(told)
    }

    /// All rows of a collection.
    pub fn all_of(&mut self, rel: RelId) -> Told {
        let words = self.engine.rows_as_they_lie(rel);
        let gained = Rows { rel, count: self.engine.len(rel), words };
        Told { rel, whole: true, gained, lost: Rows { rel, count: 0, words: Vec::new() } }
    }

    /// Forgets the rows of a collection that is no part of the picture.
    pub fn leave_out(&mut self, rel: RelId) {
        self.engine.empty(&self.schedule, rel.index());
        self.mark();
    }

    /// The picture of a tick begins: events are gone.
    pub fn look_on(&mut self) {
        if !self.is_in_chain() {
            self.tidy();
        }
        for at in 0..self.schedule.events.len() {
            let rel = self.schedule.events[at];
            self.engine.empty(&self.schedule, rel);
        }
        self.mark();
    }

    /// Takes up what a worker told. `is_its` says whether a row of the picture
    /// is that worker's.
    pub fn picture(&mut self, told: &Told, is_its: &dyn Fn(&Engine, &[u64]) -> bool) {
        let rel = told.rel.index();
        let arity = self.engine.plan.rels[rel].declared.len();
        if told.lost.count > 0 || told.whole {
            // Rows that go are looked up, and so is what they own.
            for held in family(&self.schedule, rel) {
                self.engine.rels[held].use_ids();
            }
        }
        let mut gone = Vec::new();
        if told.whole && self.schedule.lives[rel] != Life::Tick {
            gone = self.gone(told, arity, is_its);
        } else if told.lost.count > 0 {
            let of = Carried::by_words(rel, &self.engine.plan.rels[rel]);
            let rows = told.lost.words.chunks_exact(arity.max(1));
            gone.extend(rows.filter_map(|row| self.engine.same_row(&of, row)));
        }
        gone.into_iter().for_each(|row| self.engine.take_row(&self.schedule, rel, row));
        match arity {
            0 if told.gained.count > 0 => drop(self.engine.load_unit(told.rel)),
            0 => {}
            _ => drop(self.engine.load(told.rel, &told.gained.words)),
        }
        self.engine.rels[rel].settle();
    }

    /// The rows of a worker that are not among all that it has. Those that are
    /// are left out of what comes.
    fn gone(
        &mut self,
        told: &Told,
        arity: usize,
        is_its: &dyn Fn(&Engine, &[u64]) -> bool,
    ) -> Vec<u32> {
        let rel = told.rel.index();
        let live: Vec<u32> = self.engine.live_rows(rel);
        if arity == 0 {
            let goes = told.gained.count == 0 && is_its(&self.engine, &[]);
            return if goes { live } else { Vec::new() };
        }
        let there: FxHashSet<&[u64]> = told.gained.words.chunks_exact(arity).collect();
        let words = self.engine.rows_as_they_lie(told.rel);
        let rows = words.chunks_exact(arity).zip(live);
        let goes = |row: &[u64]| !there.contains(row) && is_its(&self.engine, row);
        rows.filter(|(row, _)| goes(row)).map(|(_, id)| id).collect()
    }

    /// The picture of a tick is complete.
    pub fn looked_on(&mut self) {
        self.has_ticked = true;
        self.engine.keep_fired(|rel| self.schedule.lives[rel] == Life::Tick);
        self.compared.look(&mut self.engine);
        self.taken = std::mem::take(&mut self.left);
        for at in 0..self.carried.len() {
            let left = self.engine.left(at, &self.carried[at]);
            self.left.extend(left.map(Arc::new));
        }
    }

    /// What the last tick put aside for the next one, by what it was put in.
    pub fn put_by(&self) -> Vec<Rows> {
        let mut all = Vec::new();
        for left in &self.left {
            for (rel, words) in left.rows(&self.carried[left.at]) {
                let arity = self.engine.plan.rels[rel].declared.len();
                let count = words.len().checked_div(arity).unwrap_or(1);
                all.push(Rows { rel: RelId(rel as u32), count, words: words.to_vec() });
            }
        }
        all
    }

    /// What rules fired for in the last tick, in collections of events.
    pub fn fired_for(&self) -> Vec<Rows> {
        let rows = |(rel, rows): (&usize, &FxHashSet<Vec<u64>>)| {
            let words = rows.iter().flatten().copied().collect();
            Rows { rel: RelId(*rel as u32), count: rows.len(), words }
        };
        self.engine.fired.iter().map(rows).collect()
    }

    /// Whether a collection is there between ticks.
    pub fn stays(&self, rel: RelId) -> bool {
        self.schedule.lives[rel.index()] != Life::Tick
    }

    /// The picture, with all that stays, goes on by itself from here: it is told
    /// what was put aside and fired for.
    pub fn wake(&mut self, put_by: &[Rows], fired_for: &[Rows]) {
        self.look_on();
        for rows in put_by {
            match rows.words.is_empty() {
                true if rows.count > 0 => drop(self.engine.load_unit(rows.rel)),
                true => {}
                false => drop(self.engine.load(rows.rel, &rows.words)),
            }
            self.engine.rels[rows.rel.index()].settle();
        }
        self.left.clear();
        for at in 0..self.carried.len() {
            let left = self.engine.left(at, &self.carried[at]);
            self.left.extend(left.map(Arc::new));
        }
        for rows in fired_for.iter().filter(|rows| rows.count > 0) {
            let fired = self.engine.fired.entry(rows.rel.index()).or_default();
            match rows.words.len() / rows.count {
                0 => drop(fired.insert(Vec::new())),
                arity => fired.extend(rows.words.chunks_exact(arity).map(<[u64]>::to_vec)),
            }
        }
        self.go_on_alone();
    }

    /// Takes over all values that a clone has made since.
    pub fn learn(&mut self, of: &Machine) {
        self.engine.interner = of.engine.interner.clone();
    }

    /// The picture goes on by itself: nothing is known of views but their rows.
    pub fn go_on_alone(&mut self) {
        self.look_on();
        self.replan();
        self.mark();
    }
}

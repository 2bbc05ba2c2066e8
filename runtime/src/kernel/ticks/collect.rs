//! Values that nobody holds any more are forgotten between two chains: from rows
//! that are there, from what was put aside or told, and from what the caller
//! holds, all others are not reached. Ids never move, so indexes stay as they are.

use bloom_compiler::plan::ir;

use crate::kernel::machine::Machine;
use crate::kernel::machine::Rows;
use crate::value::interner::Interner;
use crate::value::reached::Reached;

/// Values from which on it is worth to look whether they are still held.
const VALUES_MIN: usize = 1 << 10;

impl Machine {
    /// Whether there are twice as many values as were left the last time.
    pub fn wants_collect(&self) -> bool {
        self.engine.interner.values() >= (self.values * 2).max(VALUES_MIN)
    }

    /// Bytes held by relations, indexes, values, and what is known of views.
    pub fn bytes(&self) -> usize {
        self.engine.bytes() + self.keeper.bytes() + self.views.bytes()
    }

    /// Forgets values that no row has any more, and gives up memory of rows
    /// that are gone. Between two chains only: inside one it does nothing.
    /// `held` are rows that the caller keeps in words; other words that were
    /// made before mean nothing afterwards. Events of the last tick are gone.
    pub fn collect(&mut self, held: &[Rows]) {
        self.collect_but(held, &[]);
    }

    /// Likewise, where the caller keeps single values too.
    pub fn collect_but(&mut self, held: &[Rows], values: &[(ir::TypeId, u64)]) {
        if self.is_in_chain() {
            return;
        }
        for at in 0..self.schedule.events.len() {
            let rel = self.schedule.events[at];
            self.engine.empty(&self.schedule, rel);
            self.engine.rels[rel].sweep(None);
            for slot in self.schedule.slots[rel].clone() {
                self.engine.indexes[slot] = self.engine.linked.slots[slot].index();
            }
        }
        self.engine.sweep(&self.schedule, true);
        self.mark();
        self.taken.clear();
        self.keeper.shrink();
        self.views.forget_values(&self.engine.plan);
        let mut reached = Reached::default();
        let engine = &self.engine;
        for (schema, relation) in engine.plan.rels.iter().zip(&engine.rels) {
            for row in relation.rows().live() {
                for (col, of) in schema.cols.iter().enumerate() {
                    let word = relation.get(row, col);
                    reached.value(&engine.plan.types, of.ty, word, &engine.interner);
                }
            }
        }
        for (constant, &word) in engine.plan.consts.iter().zip(&engine.consts) {
            if let ir::Const::Text(_) | ir::Const::Bytes(_) = constant {
                reached.bytes(word);
            }
        }
        let (types, interner) = (&engine.plan.types, &engine.interner);
        self.keeper.each_word(&mut |ty, word| reached.value(types, ty, word, interner));
        values.iter().for_each(|&(ty, word)| reached.value(types, ty, word, interner));
        let mut rows = |rel: usize, words: &[u64]| {
            each(&engine.plan, &engine.interner, rel, words, &mut reached);
        };
        for left in &self.left {
            let (_, parts) = left.parts(&self.carried[left.at]);
            parts.into_iter().for_each(|(rel, words)| rows(rel, words));
        }
        for (&rel, fired) in &engine.fired {
            fired.iter().for_each(|row| rows(rel, row));
        }
        self.compared.each(&mut rows);
        held.iter().for_each(|held| rows(held.rel.index(), &held.words));
        self.engine.interner.sweep(&reached);
        if let Some(share) = &mut self.engine.share {
            share.forget();
        }
        self.engine.patterns.clear();
        self.values = self.engine.interner.values();
    }
}

/// Reaches the values of rows, flat words of the declared columns.
fn each(plan: &ir::Program, interner: &Interner, rel: usize, words: &[u64], reached: &mut Reached) {
    let declared = &plan.rels[rel].declared;
    for row in words.chunks_exact(declared.len().max(1)) {
        for (column, &word) in declared.iter().zip(row) {
            reached.value(&plan.types, column.ty, word, interner);
        }
    }
}

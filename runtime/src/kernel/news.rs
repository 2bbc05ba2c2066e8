//! What rules that fire are told: rows that were not there in the tick before.
//! What a tick is, is not known here.

use crate::kernel::engine::Engine;

impl Engine {
    /// Puts what is new in a complete relation into the one that holds its news.
    pub(super) fn fill_news(&mut self, stratum: &[usize]) {
        for at in 0..self.plan.news.len() {
            let (of, new) = self.plan.news[at];
            if !stratum.contains(&of.index()) {
                continue;
            }
            let arity = self.plan.rels[of.index()].declared.len();
            if arity == 0 {
                if self.len(of) > 0 && !self.fired.contains_key(&of.index()) {
                    self.load_unit(new);
                }
            } else {
                let rows = self.rows_as_they_lie(of);
                let before = self.fired.get(&of.index());
                let is_new = |row: &&[u64]| before.is_none_or(|before| !before.contains(*row));
                let fresh: Vec<u64> =
                    rows.chunks_exact(arity).filter(is_new).flatten().copied().collect();
                self.load(new, &fresh);
            }
            self.rels[new.index()].settle();
        }
    }

    /// Remembers what rules fired for, in those relations that do not stay.
    pub(super) fn keep_fired(&mut self, goes: impl Fn(usize) -> bool) {
        for at in 0..self.plan.news.len() {
            let (of, _) = self.plan.news[at];
            if !goes(of.index()) {
                continue;
            }
            let arity = self.plan.rels[of.index()].declared.len();
            self.fired.remove(&of.index());
            if self.len(of) > 0 {
                let rows = self.rows_as_they_lie(of);
                let rows = rows.chunks_exact(arity.max(1)).map(<[u64]>::to_vec);
                self.fired.insert(of.index(), rows.collect());
            }
        }
    }
}

//! What rules that fire are told: rows that were not there in the tick before.
//! What a tick is, is not known here.

use bloom_compiler::ids::RelId;

use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;

impl Engine {
    /// Rows as the relation would have them that was given these and no others,
    /// or two that cannot both be there.
    pub(super) fn merged(&mut self, rel: RelId, rows: &[u64]) -> Result<Vec<u64>, Failure> {
        let mut other = Engine::new(self.plan.clone());
        std::mem::swap(&mut other.interner, &mut self.interner);
        other.load(rel, rows);
        let judged = other.judge_keys(rel.index());
        let rows = other.rows_as_they_lie(rel);
        std::mem::swap(&mut other.interner, &mut self.interner);
        judged.map(|()| rows)
    }

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

    /// Remembers what rules fired for.
    pub(super) fn keep_fired(&mut self) {
        for at in 0..self.plan.news.len() {
            let (of, _) = self.plan.news[at];
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

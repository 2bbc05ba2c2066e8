//! When a run takes another plan: a relation has far more rows than the plan
//! at hand assumed, or a finished one far fewer. Only numbers of rows decide,
//! so that equal runs have equal plans; and no result depends on plans.

use bloom_compiler::ids::RelId;

use crate::kernel::engine::Engine;
use crate::kernel::fixpoint::Work;

/// Makes another plan of the same program, for an engine as it is now.
pub type Planner<'a> = &'a mut dyn FnMut(&Engine) -> bloom_compiler::plan::ir::Program;

/// How many times more rows than assumed are worth another plan.
const TIMES: usize = 10;
/// Relations smaller than this are read quickly in any order.
pub const ROWS_MIN: usize = 2_000;
/// Plans made in a run: a program of a thousand strata must not be planned a
/// thousand times.
const PLANS_MAX: u64 = 24;

/// What the plan at hand was made for.
#[derive(Default)]
pub struct Assumed {
    rows: Vec<usize>,
}

impl Assumed {
    /// The rows that there are now.
    pub fn of(engine: &Engine) -> Assumed {
        let rels = 0..engine.plan().rels.len();
        Assumed { rows: rels.map(|rel| engine.len(RelId(rel as u32))).collect() }
    }

    fn is_new(&self, rel: usize) -> bool {
        self.rows.get(rel).is_none_or(|rows| *rows == 0)
    }

    fn off(&self, rel: usize, now: usize, rows_min: usize) -> bool {
        let before = self.rows.get(rel).copied().unwrap_or(0);
        now >= rows_min && now >= before * TIMES
    }
}

impl Work<'_, '_> {
    /// Whether a stratum about to begin, or in the middle of it, reads far more
    /// rows than its plan was made for.
    pub(super) fn outgrown(&self, number: usize) -> bool {
        if self.planner.is_none() || self.engine.replans >= PLANS_MAX {
            return false;
        }
        let reads = &self.linked.strata[number].joined;
        let rows = |rel: &usize| self.engine.rels[*rel].live();
        reads.iter().any(|rel| self.assumed.off(*rel, rows(rel), self.replan_rows))
    }

    /// Whether a stratum about to begin joins something large with finished
    /// rows that were not there when its plan was made.
    pub(super) fn uninformed(&self, number: usize) -> bool {
        if self.planner.is_none() || self.engine.replans >= PLANS_MAX {
            return false;
        }
        let stratum = &self.linked.strata[number];
        let rows = |rel: &usize| self.engine.rels[*rel].live();
        let new = |rel: &&usize| !stratum.rels.contains(rel) && self.assumed.is_new(**rel);
        stratum.joined.iter().any(|rel| rows(rel) >= self.replan_rows)
            && stratum.joined.iter().any(|rel| new(&rel) && rows(rel) > 0)
    }

    /// Takes another plan, in the middle of a stratum: what was promoted stays
    /// promoted, and the indexes that the new plan reads know it.
    pub(super) fn replan(&mut self, number: usize) {
        let Some(planner) = &mut self.planner else { return };
        let plan = planner(self.engine);
        self.assumed = Assumed::of(self.engine);
        self.engine.replans += 1;
        let Some(linked) = self.engine.adopt(plan, &self.linked) else { return };
        self.linked = linked.into();
        self.release_unasked();
        self.extend_inputs(number);
        let linked = self.linked.clone();
        let stratum = &linked.strata[number];
        for &slot in stratum.slots.iter().chain(&linked.owned) {
            let rel = linked.slots[slot].rel;
            if stratum.rels.contains(&rel) {
                let (_, cur, _) = self.engine.rels[rel].window();
                self.engine.indexes[slot].extend(&self.engine.rels[rel], cur);
            }
        }
    }
    /// Gives up what relations need to find a row by itself where no rule asks
    /// them for one, and has it made where the plan at hand does ask.
    pub(super) fn release_unasked(&mut self) {
        let keep = self.engine.ranks.is_some();
        for (relation, &asked) in self.engine.rels.iter_mut().zip(&self.linked.asked) {
            if asked {
                relation.restore_members();
            } else if !keep {
                relation.release_members();
            }
        }
    }
}

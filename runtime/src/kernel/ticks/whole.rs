//! A tick from scratch: over the rows that it began with, by the plan of a
//! single run, which knows the round in which every row came. It is for those
//! who ask why a row is there; no tick comes after it.

use bloom_compiler::calm::strata::stratify;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::ir::Life;

use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::machine::Machine;
use crate::kernel::machine::TickEnd;

impl Machine {
    /// Runs the tick whose input has been taken in.
    pub(in crate::kernel) fn whole(&mut self, limits: &Limits) -> Result<TickEnd, Failure> {
        let (program, lives) = (&self.program, &self.schedule.lives);
        let given = |rel: &usize| lives[*rel] != Life::Follows && self.engine.rels[*rel].live() > 0;
        let given: Vec<usize> = (0..program.rels.len()).filter(given).collect();
        let mut rows = Vec::new();
        for rel in given {
            let id = RelId(rel as u32);
            rows.push((id, self.engine.rows_as_they_lie(id)));
        }
        let strata = stratify(&self.program, &mut Vec::new());
        let plan = plan::build(&self.program, &strata, &plan::Sizes::default());
        let mut engine = Engine::new(plan);
        std::mem::swap(&mut engine.interner, &mut self.engine.interner);
        engine.natives = self.engine.natives.take();
        engine.fired = std::mem::take(&mut self.engine.fired);
        engine.once = !self.has_ticked;
        engine.keep_ranks();
        // Constants are values of this interner from now on.
        engine.replan(engine.plan.clone());
        for (rel, words) in rows {
            match words.is_empty() {
                true => drop(engine.load_unit(rel)),
                false => drop(engine.load(rel, &words)),
            }
        }
        self.engine = engine;
        self.engine.run(limits)?;
        Ok(TickEnd::default())
    }
}

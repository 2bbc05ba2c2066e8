//! A tick from scratch: over the rows that it begins with, by the plan of a
//! single run, which knows the round in which every row came. It is for those
//! who ask why a row is there; no tick comes after it.

use std::collections::BTreeMap;

use bloom_compiler::calm::strata::stratify;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Life;
use rustc_hash::FxHashSet;

use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::machine::Machine;
use crate::kernel::machine::Rows;
use crate::kernel::machine::TickInput;

impl Machine {
    /// The tick that would be next, from nothing but what it begins with and
    /// with its rounds kept, for an explanation. The plan is one for a run.
    pub fn apart(
        mut self,
        input: &TickInput,
        plan: ir::Program,
        limits: &Limits,
    ) -> Result<Engine, Failure> {
        self.tidy();
        self.afresh(input, plan, limits)
    }

    /// The same in the place of the tick at hand.
    pub(in crate::kernel) fn whole(
        &mut self,
        input: &TickInput,
        limits: &Limits,
    ) -> Result<(), Failure> {
        let strata = stratify(&self.program, &mut Vec::new());
        let plan = plan::build(&self.program, &strata, &plan::Sizes::default());
        self.engine = self.afresh(input, plan, limits)?;
        Ok(())
    }

    fn afresh(
        &mut self,
        input: &TickInput,
        plan: ir::Program,
        limits: &Limits,
    ) -> Result<Engine, Failure> {
        let mut other = Engine::new(ir::Program::default());
        other.once = !self.has_ticked;
        other.fired = self.firings();
        self.take_in(input)?;
        let begins = |rel: &usize| {
            self.schedule.lives[*rel] == Life::Kept || self.schedule.events.contains(rel)
        };
        let rels: Vec<usize> = (0..self.program.rels.len()).filter(begins).collect();
        let mut rows = Vec::new();
        for rel in rels {
            let id = RelId(rel as u32);
            let words = self.engine.rows_as_they_lie(id);
            rows.push(Rows { rel: id, count: self.engine.len(id), words });
        }
        std::mem::swap(&mut other.interner, &mut self.engine.interner);
        other.natives = self.engine.natives.clone();
        other.replan(plan);
        for Rows { rel, count, words } in rows {
            match words.is_empty() {
                true if count > 0 => drop(other.load_unit(rel)),
                true => {}
                false => drop(other.load(rel, &words)),
            }
        }
        other.keep_ranks();
        let result = other.run(limits);
        if let Err(failure) = result {
            // What failed is told by the values that there were.
            std::mem::swap(&mut other.interner, &mut self.engine.interner);
            return Err(failure);
        }
        Ok(other)
    }

    /// What rules fired for in the last tick, also where the rows stay.
    fn firings(&mut self) -> BTreeMap<usize, FxHashSet<Vec<u64>>> {
        let mut fired = self.engine.fired.clone();
        for at in 0..self.engine.plan.news.len() {
            let (of, _) = self.engine.plan.news[at];
            if self.schedule.lives[of.index()] != Life::Tick && self.engine.len(of) > 0 {
                let arity = self.engine.plan.rels[of.index()].declared.len();
                let rows = self.engine.rows_as_they_lie(of);
                let rows = rows.chunks_exact(arity.max(1)).map(<[u64]>::to_vec).collect();
                fired.insert(of.index(), rows);
            }
        }
        fired
    }
}

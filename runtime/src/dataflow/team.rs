//! Workers in one thread, one after the other, stratum by stratum: what the
//! workers of a dataflow do, without threads and without chance. Sockets and
//! threads are not known here.

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Spread;
use bloom_compiler::plan::spread::spread;
use bloom_compiler::types::typed;

use crate::dataflow::carry;
use crate::dataflow::crew;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Shift;
use crate::kernel::share::Share;

/// The workers of one node.
pub struct Team {
    spread: Spread,
    engines: Vec<Engine>,
}

impl Team {
    /// Spreads a program, and the rows that an engine was loaded with.
    pub fn new(
        program: &typed::Program,
        strata: &Strata,
        sizes: &Sizes,
        loaded: &mut Engine,
        workers: usize,
    ) -> Result<Team, Failure> {
        loaded.judge_loaded()?;
        let spread = spread(program, strata, &sizes.rows, workers);
        let plan = plan::build(&spread.program, &spread.strata, &spread.sizes(sizes));
        let engine = |me: usize| {
            let mut engine = Engine::new(plan.clone());
            engine.join_in(Share::new(&spread, &plan, me, workers));
            engine
        };
        let mut team = Team { engines: (0..workers).map(engine).collect(), spread };
        team.load(program, loaded);
        Ok(team)
    }

    /// What was spread how.
    pub fn spread(&self) -> &Spread {
        &self.spread
    }

    fn load(&mut self, program: &typed::Program, loaded: &mut Engine) {
        for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
            let rows = loaded.len(rel);
            let types: Vec<TypeId> =
                loaded.plan().rels[rel.index()].declared.iter().map(|col| col.ty).collect();
            if rows > 0 && types.is_empty() {
                let copies = self.spread.loads.iter().filter(|(of, _)| *of == rel);
                for to in std::iter::once(rel).chain(copies.map(|(_, copy)| *copy)) {
                    let home = self.engines.iter_mut().filter(|engine| engine.is_home(to, &[]));
                    home.for_each(|one| {
                        one.load_unit(to);
                    });
                }
            }
            if rows == 0 || types.is_empty() {
                continue;
            }
            let words = loaded.rows_as_they_lie(rel);
            let all = loaded.plan().types.clone();
            for engine in &mut self.engines {
                let own = carry::translate(
                    &all,
                    &types,
                    &words,
                    loaded.interner(),
                    engine.interner_mut(),
                );
                let Ok(own) = own else { continue };
                // Copies of what is loaded are loaded too.
                let copies = self.spread.loads.iter().filter(|(of, _)| *of == rel);
                for to in std::iter::once(rel).chain(copies.map(|(_, copy)| *copy)) {
                    let own: Vec<u64> = own
                        .chunks_exact(types.len())
                        .filter(|row| engine.is_home(to, row))
                        .flatten()
                        .copied()
                        .collect();
                    engine.load(to, &own);
                }
            }
        }
    }

    /// Runs to the fixpoint.
    pub fn run(&mut self, limits: &Limits) -> Result<(), Failure> {
        let start = |engine: &mut Engine| Shift::new(engine, limits);
        let shifts: Result<Vec<Shift>, Failure> = self.engines.iter_mut().map(start).collect();
        let mut shifts = shifts?;
        let strata = self.engines.first().map_or(0, |engine| engine.plan().strata.len());
        for _ in 0..strata {
            for (shift, engine) in shifts.iter_mut().zip(&mut self.engines) {
                shift.begin(engine)?;
            }
            loop {
                for (shift, engine) in shifts.iter_mut().zip(&mut self.engines) {
                    shift.work(engine, u64::MAX)?;
                }
                if !self.exchange() {
                    break;
                }
            }
            for (shift, engine) in shifts.iter_mut().zip(&mut self.engines) {
                shift.end(engine)?;
            }
        }
        self.judge_invariants()
    }

    fn judge_invariants(&self) -> Result<(), Failure> {
        let violations = self.engines.first().map(|engine| engine.plan().violations.clone());
        for rel in violations.into_iter().flatten() {
            if self.engines.iter().any(|engine| engine.len(rel) > 0) {
                return Err(Failure::Invariant { rel });
            }
        }
        Ok(())
    }

    /// The same, each worker in a thread of its own.
    pub fn run_in_threads(&mut self, limits: &Limits) -> Result<(), Failure> {
        self.engines = crew::run(std::mem::take(&mut self.engines), limits)?;
        self.judge_invariants()
    }

    /// Hands rows over; whether there were any.
    fn exchange(&mut self) -> bool {
        let mut some = false;
        for from in 0..self.engines.len() {
            let all = self.engines[from].for_others();
            for (to, parcels) in all.into_iter().enumerate() {
                for parcel in parcels {
                    some = true;
                    let packet = carry::pack(parcel, &self.engines[from]);
                    let engine = &mut self.engines[to];
                    if let Ok(parcel) = carry::unpack(packet, engine) {
                        engine.take_in(&parcel);
                    }
                }
            }
        }
        some
    }

    /// Brings all rows of the program's own relations into one engine.
    pub fn gather(&mut self, into: &mut Engine) {
        for rel in (0..into.plan().rels.len()).map(|rel| RelId(rel as u32)) {
            let schema = &into.plan().rels[rel.index()];
            if schema.hidden {
                continue;
            }
            let types: Vec<TypeId> = schema.declared.iter().map(|col| col.ty).collect();
            let all = into.plan().types.clone();
            for engine in &mut self.engines {
                if types.is_empty() && engine.len(rel) > 0 {
                    into.load_unit(rel);
                }
                let words = engine.rows_as_they_lie(rel);
                let rows =
                    carry::translate(&all, &types, &words, engine.interner(), into.interner_mut());
                if let Ok(rows) = rows {
                    into.load(rel, &rows);
                }
            }
        }
    }
}

//! One worker: a machine with its share of the state, and what it does when it
//! is told to. Who tells is not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::carry::Packet;
use crate::dataflow::node::routes;
use crate::dataflow::node::task::Said;
use crate::dataflow::node::task::What;
use crate::dataflow::node::task::Word;
use crate::dataflow::report::Report;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::How;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::kernel::Told;
use crate::kernel::Vote;
use crate::kernel::share::Parcel;
use crate::value::codec::Malformed;

/// A worker.
#[derive(Clone)]
pub struct Worker {
    machine: Machine,
    spread: Arc<Spread>,
    /// Collections whose changes are told after every tick.
    seen: Arc<Vec<RelId>>,
}

impl Worker {
    /// Begins with the rows of its share. `seen` are the collections whose
    /// changes are told after every tick.
    pub fn new(engine: Engine, spread: Arc<Spread>, seen: Arc<Vec<RelId>>) -> Worker {
        Worker { machine: Machine::quiet(&spread.program, engine), spread, seen }
    }

    /// What words mean here.
    pub fn engine(&self) -> &Engine {
        self.machine.engine()
    }

    /// The chain under way went well.
    pub fn commit(&mut self) {
        self.machine.commit();
    }

    /// A tick begins, with these rows out and in.
    pub fn open(
        &mut self,
        opens: bool,
        (delete, insert): (&[Packet], &[Packet]),
        limits: &Limits,
    ) -> Result<(), Failure> {
        if opens {
            self.machine.begin();
        }
        let input = TickInput { delete: self.rows(delete), insert: self.rows(insert) };
        self.machine.open(&input, limits)
    }

    /// What it wants to run next.
    pub fn vote(&mut self) -> Vote {
        self.machine.vote()
    }

    /// A stratum runs, and so much of it.
    pub fn go(&mut self, number: usize, how: How) -> Result<(), Failure> {
        self.machine.go(number, how)
    }

    /// Rows that others derived, in words that mean something here.
    pub fn read(&mut self, packet: Packet) -> Result<Parcel, Malformed> {
        carry::unpack(packet, self.machine.engine_mut())
    }

    /// Takes such rows in, and goes on.
    pub fn go_on(&mut self, parcels: &[Parcel]) -> Result<(), Failure> {
        self.machine.go_on(parcels)
    }

    /// The stratum is complete.
    pub fn end(&mut self) -> Result<(), Failure> {
        self.machine.end()
    }

    /// The tick is complete: says what it changed.
    pub fn close(&mut self, said: &mut Said) -> Result<(), Failure> {
        said.own = self.machine.close()?.own;
        said.full = self.machine.wants_collect();
        let seen = self.seen.clone();
        let told = seen.iter().filter_map(|rel| self.machine.told(*rel)).collect();
        said.told = self.words(told);
        Ok(())
    }

    /// Does what takes no step with others.
    pub fn follow(&mut self, what: &What, said: &mut Said) {
        let machine = &mut self.machine;
        match what {
            What::Rollback => {
                machine.leave_off();
                machine.rollback();
            }
            What::Count(rel) => said.count = machine.engine().len(RelId(*rel as u32)),
            What::Tell(rels) => {
                let told = rels.iter().map(|rel| machine.all_of(RelId(*rel as u32))).collect();
                said.told = self.words(told);
                let (put_by, fired_for) = (self.machine.put_by(), self.machine.fired_for());
                let engine = self.machine.engine();
                let packet = |rows| routes::packet(rows, engine);
                said.put_by = put_by.into_iter().map(packet).collect();
                // Who fires may read a copy.
                let own = |rows: Rows| {
                    let of = self.spread.copy_of.get(rows.rel.index()).copied().flatten();
                    let packet = routes::packet(rows, engine);
                    Packet { rel: of.map_or(packet.rel, RelId::index), ..packet }
                };
                said.fired_for = fired_for.into_iter().map(own).collect();
            }
            What::Report => said.report = Report::of(machine.engine()),
            What::Collect => {
                if machine.wants_collect() {
                    machine.collect(&[]);
                }
            }
            What::Give | What::Begin { .. } | What::Load(_) | What::Tick { .. } => {}
        }
    }

    /// Rows for each worker.
    pub fn out(&mut self) -> Vec<Vec<Packet>> {
        let all = self.machine.engine_mut().for_others();
        let engine = self.machine.engine();
        let packed = |parcels: Vec<_>| {
            parcels
                .into_iter()
                .map(|parcel| carry::pack(parcel, engine, Common::default()))
                .collect()
        };
        all.into_iter().map(packed).collect()
    }

    fn words(&self, all: Vec<Told>) -> Vec<Word> {
        all.into_iter().flat_map(|told| Word::of(told, self.machine.engine())).collect()
    }

    fn rows(&mut self, packets: &[Packet]) -> Vec<Rows> {
        let engine = self.machine.engine_mut();
        packets.iter().filter_map(|packet| routes::rows(packet.clone(), engine)).collect()
    }
}

//! One worker: a machine with its share of the state, what it is told to do, and
//! what it answers. Who tells is not known here.

use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::carry::Packet;
use crate::dataflow::node::routes;
use crate::kernel::Failure;
use crate::kernel::How;
use crate::kernel::Limits;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::kernel::Told;
use crate::kernel::Vote;

/// What a worker is told to do.
#[derive(Clone)]
pub enum Order {
    /// A chain begins.
    Begin,
    /// It went well.
    Commit,
    /// It has not been.
    Rollback,
    /// A tick begins, with these rows out and in.
    Open { delete: Vec<Packet>, insert: Vec<Packet>, limits: Limits },
    /// A stratum runs, and so much of it.
    Go { number: usize, how: How },
    /// Rows that others derived.
    Take(Vec<Packet>),
    /// The stratum is complete.
    End,
    /// The tick is complete.
    Close,
    /// Rows of these are to be counted.
    Count(RelId),
    /// All rows of these are to be told, what was put aside, and what was fired
    /// for.
    Tell(Arc<Vec<RelId>>),
    /// Values that nobody holds are to be forgotten, if there are many.
    Collect,
}

/// What a worker answers.
#[derive(Default)]
pub struct Answer {
    /// Why it cannot go on.
    pub failure: Option<Failure>,
    /// What it wants to run next.
    pub vote: Vote,
    /// Rows for each worker.
    pub out: Vec<Vec<Packet>>,
    /// What the tick changed here.
    pub told: Vec<Word>,
    /// What was put aside, and what rules fired for.
    pub put_by: Vec<Packet>,
    /// See above.
    pub fired_for: Vec<Packet>,
    /// Whether a tick without input follows by itself.
    pub own: bool,
    /// Whether it has many values that nobody may hold any more.
    pub full: bool,
    /// Rows that were counted.
    pub count: usize,
}

/// What a worker tells of a collection, as it travels.
pub struct Word {
    rel: RelId,
    whole: bool,
    gained: Packet,
    lost: Packet,
}

impl Word {
    fn of(told: Told, machine: &Machine) -> Word {
        let Told { rel, whole, gained, lost } = told;
        let packet = |rows: Rows| routes::packet(rows, machine.engine());
        Word { rel, whole, gained: packet(gained), lost: packet(lost) }
    }

    /// In the words of another machine.
    pub fn read(self, machine: &mut Machine) -> Option<Told> {
        let Word { rel, whole, gained, lost } = self;
        let gained = routes::rows(gained, machine.engine_mut())?;
        let lost = routes::rows(lost, machine.engine_mut())?;
        Some(Told { rel, whole, gained, lost })
    }
}

/// A worker.
#[derive(Clone)]
pub struct Worker {
    machine: Machine,
    spread: Arc<Spread>,
    /// Collections whose changes are told after every tick.
    seen: Arc<Vec<RelId>>,
}

impl Worker {
    /// With a machine that has its share.
    pub fn new(machine: Machine, spread: &Arc<Spread>, seen: &Arc<Vec<RelId>>) -> Worker {
        Worker { machine, spread: spread.clone(), seen: seen.clone() }
    }

    /// Does what it is told.
    pub fn follow(&mut self, order: Order) -> Answer {
        let mut answer = Answer::default();
        if let Err(failure) = self.try_to(order, &mut answer) {
            answer.failure = Some(failure);
        }
        answer
    }

    fn try_to(&mut self, order: Order, answer: &mut Answer) -> Result<(), Failure> {
        let machine = &mut self.machine;
        match order {
            Order::Begin => machine.begin(),
            Order::Commit => machine.commit(),
            Order::Rollback => {
                machine.leave_off();
                machine.rollback();
            }
            Order::Open { delete, insert, limits } => {
                let delete = self.rows(delete);
                let insert = self.rows(insert);
                self.machine.open(&TickInput { delete, insert }, &limits)?;
                answer.vote = self.machine.vote();
            }
            Order::Go { number, how } => {
                machine.go(number, how)?;
                answer.out = self.out();
            }
            Order::Take(packets) => {
                let engine = machine.engine_mut();
                let read = packets.into_iter().map(|packet| carry::unpack(packet, engine));
                let parcels: Vec<_> = read.collect::<Result<_, _>>().map_err(|_| garbled())?;
                machine.go_on(&parcels)?;
                answer.out = self.out();
            }
            Order::End => {
                machine.end()?;
                answer.vote = machine.vote();
            }
            Order::Close => {
                answer.own = machine.close()?.own;
                answer.full = machine.wants_collect();
                let told = self.seen.iter().filter_map(|rel| machine.told(*rel)).collect();
                answer.told = self.words(told);
            }
            Order::Count(rel) => answer.count = machine.engine().len(rel),
            Order::Tell(rels) => {
                let told = rels.iter().map(|rel| machine.all_of(*rel)).collect();
                answer.told = self.words(told);
                let (put_by, fired_for) = (self.machine.put_by(), self.machine.fired_for());
                let engine = self.machine.engine();
                let packet = |rows| routes::packet(rows, engine);
                answer.put_by = put_by.into_iter().map(packet).collect();
                // Who fires may read a copy.
                let own = |rows: Rows| {
                    let of = self.spread.copy_of.get(rows.rel.index()).copied().flatten();
                    let packet = routes::packet(rows, engine);
                    Packet { rel: of.map_or(packet.rel, RelId::index), ..packet }
                };
                answer.fired_for = fired_for.into_iter().map(own).collect();
            }
            Order::Collect => {
                if machine.wants_collect() {
                    machine.collect(&[]);
                }
            }
        }
        Ok(())
    }

    fn words(&self, all: Vec<Told>) -> Vec<Word> {
        all.into_iter().map(|told| Word::of(told, &self.machine)).collect()
    }

    fn rows(&mut self, packets: Vec<Packet>) -> Vec<Rows> {
        let engine = self.machine.engine_mut();
        packets.into_iter().filter_map(|packet| routes::rows(packet, engine)).collect()
    }

    fn out(&mut self) -> Vec<Vec<Packet>> {
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
}

/// Rows that are none.
fn garbled() -> Failure {
    Failure::Limit {
        which: "--workers",
        limit: String::new(),
        rule: None,
        span: None,
        detail: "rows of another worker cannot be read".to_owned(),
    }
}

//! A worker that ticks, as a job. A tick is one vote after the other: each
//! worker tells all what it wants to run next, and all decide alike. Rows go
//! straight to whom they belong; that a stratum is complete is known when its
//! step is over. A stratum that sends nothing is run without asking. Drivers,
//! and what a node makes of a tick, are not known here.

use std::any::Any;
use std::sync::Arc;

use bloom_compiler::ids::RelId;

use crate::dataflow::carry::Packet;
use crate::dataflow::failed::Failed;
use crate::dataflow::job::Answer;
use crate::dataflow::job::Broken;
use crate::dataflow::job::Gate;
use crate::dataflow::job::Job;
use crate::dataflow::job::Mail;
use crate::dataflow::job::Order;
use crate::dataflow::job::Post;
use crate::dataflow::job::to_all;
use crate::dataflow::node::routes;
use crate::dataflow::node::setup::Setup;
use crate::dataflow::node::task::Said;
use crate::dataflow::node::task::Task;
use crate::dataflow::node::task::What;
use crate::dataflow::node::worker::Worker;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::How;
use crate::kernel::Vote;
use crate::kernel::share::Parcel;

/// What a worker is busy with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Hears what all want to run next.
    Vote,
    /// Runs this stratum.
    Run(usize, How),
    /// Says what became of the order.
    Tell,
}

/// A worker's part in the ticks of a node.
#[derive(Clone)]
pub struct Ticking {
    me: usize,
    setup: Arc<Setup>,
    /// Before its first tick: rows of its share.
    engine: Option<Engine>,
    seen: Arc<Vec<RelId>>,
    worker: Option<Worker>,
    phase: Phase,
    /// Whether the step under way was begun.
    begun: bool,
    /// What all want to run next.
    votes: Vec<Vote>,
    /// Whether somebody cannot go on.
    failed: bool,
    /// Rows that came and were not taken in.
    parcels: Vec<Parcel>,
    /// How often it waited for others.
    gates: u64,
    said: Said,
    /// At the first worker: what each said.
    heard: Vec<Said>,
}

impl Ticking {
    /// The part of worker `me`.
    pub fn new(me: usize, setup: Arc<Setup>) -> Ticking {
        Ticking {
            me,
            setup,
            engine: None,
            seen: Arc::default(),
            worker: None,
            phase: Phase::Tell,
            begun: false,
            votes: Vec::new(),
            failed: false,
            parcels: Vec::new(),
            gates: 0,
            said: Said::default(),
            heard: Vec::new(),
        }
    }

    /// The worker, which begins when it is needed first.
    fn worker(&mut self) -> Result<&mut Worker, Broken> {
        let early = || Broken("it was to tick before it had begun".to_owned());
        if let Some(engine) = self.engine.take() {
            let spread = self.setup.plan().ok_or_else(early)?.spread.clone();
            self.worker = Some(Worker::new(engine, spread, self.seen.clone()));
        }
        self.worker.as_mut().ok_or_else(early)
    }

    /// Takes rows that it begins with.
    fn load(&mut self, packets: &[Packet]) -> Result<(), Broken> {
        let late = || Broken("it was to load after it had begun".to_owned());
        let engine = self.engine.as_mut().ok_or_else(late)?;
        for packet in packets {
            let Some(rows) = routes::rows(packet.clone(), engine) else {
                return Err(Broken("rows that it begins with cannot be read".to_owned()));
            };
            match rows.words.is_empty() {
                true => drop(engine.load_unit(rows.rel)),
                false => drop(engine.load(rows.rel, &rows.words)),
            }
        }
        Ok(())
    }

    /// Notes what failed, if something did: the tick cannot go on here then, and
    /// what came is for nobody.
    fn sound(&mut self, result: Result<(), Failure>) -> Result<(), Broken> {
        let Err(failure) = result else { return Ok(()) };
        self.parcels.clear();
        let setup = self.setup.clone();
        let early = || Broken("it ticked before it had begun".to_owned());
        let planned = setup.plan().ok_or_else(early)?;
        let engine = self.worker()?.engine();
        let failed = Failed::of(failure, engine, Some(&planned.spread), &planned.strata);
        self.said.failure = Some(failed);
        Ok(())
    }

    /// Runs what nobody else is needed for, from this stratum on.
    fn go_alone(&mut self, mut from: usize) -> Result<(), Broken> {
        let setup = self.setup.clone();
        let alone = setup.plan().map_or(&[][..], |planned| &planned.alone);
        while self.said.failure.is_none() {
            let worker = self.worker()?;
            let Some((number, how)) = worker.vote() else { break };
            let by_itself = alone.get(from..=number).is_some_and(|all| all.iter().all(|one| *one));
            if !by_itself {
                break;
            }
            let ran = worker.go(number, how).and_then(|()| worker.end());
            self.sound(ran)?;
            from = number + 1;
        }
        Ok(())
    }

    /// What comes when all before this stratum is done. Where nobody sends
    /// anything any more there is nothing to vote on.
    fn after(&mut self, from: usize) -> Result<Phase, Broken> {
        let setup = self.setup.clone();
        let alone = setup.plan().map_or(&[][..], |planned| &planned.alone);
        if !alone.iter().skip(from).all(|one| *one) {
            return Ok(Phase::Vote);
        }
        if self.said.failure.is_none() {
            self.close()?;
        }
        Ok(Phase::Tell)
    }

    /// Ends the tick here.
    fn close(&mut self) -> Result<(), Broken> {
        let mut said = Said::default();
        let closed = self.worker()?.close(&mut said);
        self.said = said;
        self.sound(closed)
    }

    /// Works on a stratum with what is here.
    fn run(&mut self, begun: bool, number: usize, how: How, post: &mut Post) -> Result<(), Broken> {
        if self.said.failure.is_some() {
            self.parcels.clear();
            return Ok(());
        }
        let parcels = std::mem::take(&mut self.parcels);
        let worker = self.worker()?;
        let first = if begun { Ok(()) } else { worker.go(number, how) };
        let ran = first.and_then(|()| match parcels.is_empty() {
            true => Ok(()),
            false => worker.go_on(&parcels),
        });
        if ran.is_ok() {
            for (to, packets) in worker.out().into_iter().enumerate() {
                post.extend(packets.into_iter().map(|packet| (to, Mail::Rows(packet))));
            }
        }
        self.sound(ran)
    }
}

impl Job for Ticking {
    fn begin(&mut self, order: &Order) -> Result<(), Broken> {
        let Order::Task(Task { commits, what }) = order else {
            return Err(Broken("it ticks, and was told to do something else".to_owned()));
        };
        (self.begun, self.failed, self.phase) = (false, false, Phase::Tell);
        (self.said, self.heard) = (Said::default(), Vec::new());
        self.votes.clear();
        if *commits {
            self.worker()?.commit();
        }
        match what {
            What::Give => self.said.given = self.setup.given(),
            What::Begin { rows, seen } => {
                self.engine = Some(self.setup.engine(self.me, rows));
                self.seen = Arc::new(seen.iter().map(|rel| RelId(*rel as u32)).collect());
            }
            What::Load(packets) => self.load(packets)?,
            What::Tick { opens, delete, insert } => {
                let limits = self.setup.limits();
                let opened = self.worker()?.open(*opens, (delete, insert), &limits);
                self.sound(opened)?;
                self.go_alone(0)?;
                self.phase = self.after(0)?;
            }
            what => {
                let mut said = Said::default();
                self.worker()?.follow(what, &mut said);
                said.report.gates = self.gates;
                self.said = said;
            }
        }
        Ok(())
    }

    fn take(&mut self, from: usize, mail: Mail) -> Result<(), Broken> {
        match mail {
            Mail::Rows(packet) if self.said.failure.is_none() => {
                let unread = |why| Broken(format!("rows of worker {from} cannot be read: {why}"));
                let parcel = self.worker()?.read(packet).map_err(unread)?;
                self.parcels.push(parcel);
            }
            Mail::Vote(Some(vote)) => self.votes.push(vote),
            Mail::Vote(None) => self.failed = true,
            Mail::Said(piece) => {
                self.heard.resize(self.setup.workers(), Said::default());
                if let Some(said) = self.heard.get_mut(from) {
                    said.add(*piece);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn work(&mut self, post: &mut Post) -> Result<bool, Broken> {
        let begun = std::mem::replace(&mut self.begun, true);
        match self.phase {
            Phase::Run(number, how) => self.run(begun, number, how, post)?,
            Phase::Vote if !begun => {
                let vote = match self.said.failure {
                    None => Some(self.worker()?.vote()),
                    Some(_) => None,
                };
                to_all(self.setup.workers(), &Mail::Vote(vote), post);
            }
            Phase::Tell if !begun => {
                let pieces = std::mem::take(&mut self.said).pieces();
                post.extend(pieces.map(|piece| (0, Mail::Said(Box::new(piece)))));
            }
            _ => {}
        }
        Ok(false)
    }

    fn pass(&mut self, _: &mut Post) -> Result<Gate, Broken> {
        self.begun = false;
        self.gates += 1;
        match self.phase {
            Phase::Vote => {
                let next = least(&std::mem::take(&mut self.votes));
                self.phase = match next.filter(|_| !self.failed) {
                    Some((number, how)) => Phase::Run(number, how),
                    None => Phase::Tell,
                };
                if self.phase == Phase::Tell && !self.failed {
                    self.close()?;
                }
                Ok(Gate::Next)
            }
            Phase::Run(number, _) => {
                if self.said.failure.is_none() {
                    let ended = self.worker()?.end();
                    self.sound(ended)?;
                    self.go_alone(number + 1)?;
                }
                self.phase = self.after(number + 1)?;
                Ok(Gate::Next)
            }
            Phase::Tell => Ok(Gate::Over),
        }
    }

    fn answer(&mut self) -> Result<Answer, Broken> {
        Ok(Answer::Said(std::mem::take(&mut self.heard)))
    }

    fn leave(self: Box<Self>) -> Box<dyn Any + Send> {
        Box::new(())
    }
}

/// The least of what workers want to run, and as much of it as any of them wants.
fn least(votes: &[Vote]) -> Vote {
    let votes = votes.iter().flatten();
    let number = votes.clone().map(|(number, _)| *number).min()?;
    let how = votes.filter(|vote| vote.0 == number).map(|(_, how)| *how).max()?;
    Some((number, how))
}

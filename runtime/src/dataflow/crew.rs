//! Workers in threads, on timely dataflow: each runs the strata of the plan over
//! its own rows, and hands over the rows of others round a loop. The frontier of
//! that loop is what says that a stratum is complete: nobody works on it any
//! more, and nothing of it is on its way.
//!
//! A timestamp is the number of a stratum and, below it, how often rows were
//! handed on inside of it: round the loop it has to grow.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use timely::container::CapacityContainerBuilder;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::ConnectLoop;
use timely::dataflow::operators::Feedback;
use timely::dataflow::operators::generic::operator::Operator;
use timely::progress::frontier::MutableAntichain;

use crate::dataflow::carry;
use crate::dataflow::carry::Packet;
use crate::kernel::Engine;
use crate::kernel::Failure;
use crate::kernel::Limits;
use crate::kernel::Shift;

/// Rows on their way: the worker they are for, and the rows.
type Sent = (u64, Packet);
/// A stratum, and how often rows were handed on in it.
type Time = u128;

/// Matches after which a worker hands over what it has for others.
const MATCHES: u64 = 1 << 18;
/// Where the number of a stratum begins in a timestamp.
const STRATUM_BITS: u32 = 64;

/// The first failure, with the stratum it belongs to; those of one stratum all
/// are known before the next but one begins.
type Failed = Arc<Mutex<Vec<(usize, usize, Failure)>>>;

/// Runs each engine in a thread of its own, all together to the fixpoint.
/// Engines have their shares of one spread program, in the order of their
/// numbers, and are given back in that order.
pub fn run(engines: Vec<Engine>, limits: &Limits) -> Result<Vec<Engine>, Failure> {
    let workers = engines.len();
    let slots: Vec<Mutex<Option<Engine>>> =
        engines.into_iter().map(|engine| Mutex::new(Some(engine))).collect();
    let slots = Arc::new(slots);
    let failed: Failed = Arc::default();
    let (limits, given, told) = (limits.clone(), slots.clone(), failed.clone());
    let config = timely::Config::process(workers);
    let guards = timely::execute(config, move |worker| {
        let me = worker.index();
        let engine = given[me].lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(engine) = engine else { return };
        let done = Rc::new(RefCell::new(None));
        let hand = Hand::new(me, engine, &limits, told.clone(), done.clone());
        worker.dataflow::<Time, _, _>(|scope| hand.build(scope));
        while done.borrow().is_none() {
            worker.step_or_park(None);
        }
        *given[me].lock().unwrap_or_else(PoisonError::into_inner) = done.take();
    });
    let ended = match guards {
        Ok(guards) => guards.join().into_iter().all(|result| result.is_ok()),
        Err(_) => false,
    };
    let mut failures = std::mem::take(&mut *failed.lock().unwrap_or_else(PoisonError::into_inner));
    failures.sort_by_key(|(stratum, worker, _)| (*stratum, *worker));
    if let Some((_, _, failure)) = failures.into_iter().next() {
        return Err(failure);
    }
    let back: Option<Vec<Engine>> = slots
        .iter()
        .map(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take())
        .collect();
    back.filter(|_| ended).ok_or(Failure::Limit {
        which: "--workers",
        limit: workers.to_string(),
        rule: None,
        span: None,
        detail: "a worker came to an end before its work did".to_owned(),
    })
}

/// One worker.
struct Hand {
    me: usize,
    engine: Engine,
    shift: Option<Shift>,
    /// Strata of the plan; the one under way.
    strata: usize,
    stratum: usize,
    begun: bool,
    failed: Failed,
    done: Rc<RefCell<Option<Engine>>>,
}

impl Hand {
    fn new(
        me: usize,
        mut engine: Engine,
        limits: &Limits,
        failed: Failed,
        done: Rc<RefCell<Option<Engine>>>,
    ) -> Hand {
        let shift = Shift::new(&mut engine, limits);
        let strata = engine.plan().strata.len();
        let mut hand =
            Hand { me, engine, shift: None, strata, stratum: 0, begun: false, failed, done };
        match shift {
            Ok(shift) => hand.shift = Some(shift),
            Err(failure) => hand.fail(failure),
        }
        hand
    }

    fn build(self, scope: timely::dataflow::Scope<'_, Time>) {
        let (handle, stream) = scope.feedback::<Vec<Sent>>(1);
        let route = Exchange::new(|sent: &Sent| sent.0);
        let operator = stream.unary_frontier::<CapacityContainerBuilder<Vec<Sent>>, _, _, _>(
            route,
            "Strata",
            move |capability, info| {
                let (mut hand, mut standing) = (self, Some(capability));
                let again = scope.activator_for(info.address);
                // Held while there is more to do in the stratum under way.
                let mut early: Option<Capability<Time>> = None;
                move |(input, frontier), output| {
                    input.for_each(|capability, rows| {
                        hand.take_in(rows);
                        let is_earlier =
                            early.as_ref().is_none_or(|held| capability.time() < held.time());
                        if is_earlier {
                            early = Some(capability.retain(0));
                        }
                    });
                    loop {
                        let more = hand.work();
                        let sent = hand.sent();
                        if let Some(capability) = early.as_ref().or(standing.as_ref()) {
                            output.session(capability).give_iterator(sent.into_iter());
                        }
                        if more {
                            early = early.take().or_else(|| standing.clone());
                            again.activate();
                            break;
                        }
                        early = None;
                        if let Some(standing) = &mut standing {
                            standing.downgrade(&start(hand.stratum + 1));
                        }
                        if !hand.goes_on(frontier) {
                            break;
                        }
                        if hand.stratum == hand.strata {
                            standing = None;
                            hand.end();
                            break;
                        }
                    }
                }
            },
        );
        operator.connect_loop(handle);
    }

    /// Takes rows in that others derived.
    fn take_in(&mut self, rows: &mut Vec<Sent>) {
        for (_, packet) in rows.drain(..) {
            if self.shift.is_none() {
                continue;
            }
            match carry::unpack(packet, &mut self.engine) {
                Ok(parcel) => self.engine.take_in(&parcel),
                Err(_) => self.shift = None,
            }
        }
    }

    /// Works for a while; whether there is more to do.
    fn work(&mut self) -> bool {
        let Some(shift) = &mut self.shift else { return false };
        if self.stratum == self.strata {
            return false;
        }
        let begun = if self.begun { Ok(()) } else { shift.begin(&mut self.engine) };
        self.begun = true;
        match begun.and_then(|()| shift.work(&mut self.engine, MATCHES)) {
            Ok(more) => more,
            Err(failure) => {
                self.fail(failure);
                false
            }
        }
    }

    /// Rows for others.
    fn sent(&mut self) -> Vec<Sent> {
        let mut out = Vec::new();
        for (worker, parcels) in self.engine.for_others().into_iter().enumerate() {
            for parcel in parcels {
                out.push((worker as u64, carry::pack(parcel, &self.engine)));
            }
        }
        out
    }

    /// Whether the stratum is complete; then it is ended, and the next one is
    /// under way.
    fn goes_on(&mut self, frontier: &MutableAntichain<Time>) -> bool {
        if self.stratum == self.strata || frontier.less_than(&start(self.stratum + 1)) {
            return false;
        }
        // What failed in the stratum before is known to all by now.
        let has_failed = |failed: &(usize, usize, Failure)| failed.0 < self.stratum;
        if self.failed.lock().unwrap_or_else(PoisonError::into_inner).iter().any(has_failed) {
            self.shift = None;
        }
        if let Some(shift) = &mut self.shift
            && let Err(failure) = shift.end(&mut self.engine)
        {
            self.fail(failure);
        }
        self.stratum += 1;
        self.begun = false;
        true
    }

    fn fail(&mut self, failure: Failure) {
        self.shift = None;
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.push((self.stratum, self.me, failure));
    }

    fn end(&mut self) {
        let engine = std::mem::replace(&mut self.engine, Engine::new(Default::default()));
        *self.done.borrow_mut() = Some(engine);
    }
}

/// The first timestamp of a stratum.
fn start(stratum: usize) -> Time {
    (stratum as Time) << STRATUM_BITS
}

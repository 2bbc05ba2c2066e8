//! Which arrival or loss ends which sending of a message: the first sending, a
//! resend, or a copy.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use crate::sim::Happening;
use crate::sim::Id;
use crate::sim::Lost;
use crate::sim::What;

/// How sendings end.
#[derive(Default)]
pub struct Flights {
    /// By where it was sent: when it arrived and where in the trace, or why not.
    ends: BTreeMap<Id, (i64, Result<Id, Lost>)>,
    /// By arrival: where it was sent, and whether a copy arrived before.
    sent: BTreeMap<Id, (Id, bool)>,
    /// By message, how often it was resent and lost.
    in_vain: BTreeMap<u64, usize>,
}

/// The sendings of a message that have no end yet, and the last one.
#[derive(Default)]
struct Open {
    open: VecDeque<Id>,
    last: Option<Id>,
}

impl Flights {
    /// Of all that happened.
    pub fn of(trace: &[Happening]) -> Flights {
        let mut flights = Flights::default();
        let mut open: BTreeMap<u64, Open> = BTreeMap::new();
        for (id, happening) in trace.iter().enumerate() {
            match happening.what {
                What::Sent { message, .. } | What::Resent { message, .. } => {
                    let of = open.entry(message).or_default();
                    of.open.push_back(id);
                    of.last = Some(id);
                }
                What::Arrived { message } | What::Again { message } => {
                    let of = open.entry(message).or_default();
                    if let Some(first) = of.open.pop_front() {
                        flights.ends.insert(first, (happening.at, Ok(id)));
                        flights.sent.insert(id, (first, false));
                    } else if let Some(last) = of.last {
                        flights.sent.insert(id, (last, true));
                    }
                }
                // It had arrived.
                What::Lost { why: Lost::Crashed, .. } => {}
                What::Lost { message, why } => {
                    let of = open.entry(message).or_default();
                    // What the network loses it loses at once.
                    let ended = match why {
                        Lost::Down => of.open.pop_front(),
                        _ => of.open.pop_back(),
                    };
                    if let Some(ended) = ended {
                        let is_resend = trace
                            .get(ended)
                            .is_some_and(|of| matches!(of.what, What::Resent { .. }));
                        *flights.in_vain.entry(message).or_default() += usize::from(is_resend);
                        flights.ends.insert(ended, (happening.at, Err(why)));
                    }
                }
                _ => {}
            }
        }
        flights
    }

    /// How a sending ended; `None`: it is on its way.
    pub fn end(&self, sent: Id) -> Option<(i64, Result<Id, Lost>)> {
        self.ends.get(&sent).copied()
    }

    /// Where something that arrived was sent, and whether it is a copy.
    pub fn of_arrival(&self, arrival: Id) -> Option<(Id, bool)> {
        self.sent.get(&arrival).copied()
    }

    /// How often a message was resent and lost.
    pub fn in_vain(&self, message: u64) -> usize {
        self.in_vain.get(&message).copied().unwrap_or(0)
    }
}

//! A tick of one worker among others, piece by piece: it says which stratum it
//! wants to run next, is told which one all run, takes rows in that others
//! derived, and ends the stratum when nobody has anything for anybody. Who the
//! others are, and who tells, is not known here.

use crate::kernel::budget::Limits;
use crate::kernel::failure::Failure;
use crate::kernel::machine::Machine;
use crate::kernel::machine::TickEnd;
use crate::kernel::machine::TickInput;
use crate::kernel::share::Parcel;
use crate::kernel::ticks::drive::Drive;
use crate::kernel::ticks::drive::How;
use crate::kernel::ticks::drive::Pace;

/// What a worker wants to run next: the number of a stratum, and how much of it.
/// Of all votes the least stratum is run, as much of it as any worker wants.
pub type Vote = Option<(usize, How)>;

impl Machine {
    /// Begins a tick.
    pub fn open(&mut self, input: &TickInput, limits: &Limits) -> Result<(), Failure> {
        if !self.is_in_chain() {
            self.tidy();
        }
        self.take_in(input)?;
        let budget = self.budget(limits);
        self.spare.pace = Some(Pace { from: 0, how: How::Not, budget });
        self.paced((), |drive, _| drive.start());
        Ok(())
    }

    /// What this worker wants to run next.
    pub fn vote(&mut self) -> Vote {
        self.paced(None, |drive, pace| {
            let all = pace.from..drive.linked.strata.len();
            let mut wanted = all.map(|number| (number, drive.wants(number)));
            wanted.find(|(_, how)| *how != How::Not)
        })
    }

    /// Runs a stratum, as far as it gets with what is here.
    pub fn go(&mut self, number: usize, how: How) -> Result<(), Failure> {
        self.paced(Ok(()), |drive, pace| {
            for passed in pace.from..number {
                drive.pass(passed, false)?;
            }
            let order = &drive.schedule.strata[number];
            // Whether there is a view to make anew hangs on the worker: all do
            // alike, or rows of one that lost its own stay at another.
            let how = match how {
                How::Anew if order.views.is_empty() => How::Again,
                How::News | How::Again if order.grows && !order.views.is_empty() => How::Anew,
                how => how,
            };
            (pace.from, pace.how) = (number, how);
            if let Some(share) = &mut drive.engine.share {
                drive.linked.strata[number].rels.iter().for_each(|rel| share.forget_sent(*rel));
            }
            drive.open(number, how);
            let on = drive.begin(number, how >= How::Again) && drive.rounds(number);
            ends(drive, pace, on)
        })
    }

    /// Takes rows in that others derived, and goes on.
    pub fn go_on(&mut self, parcels: &[Parcel]) -> Result<(), Failure> {
        parcels.iter().for_each(|parcel| {
            self.engine.take_in(parcel);
        });
        self.paced(Ok(()), |drive, pace| {
            let on = drive.rounds(pace.from);
            ends(drive, pace, on)
        })
    }

    /// Ends the stratum: nothing comes any more.
    pub fn end(&mut self) -> Result<(), Failure> {
        self.paced(Ok(()), |drive, pace| {
            drive.close(pace.from, pace.how, true)?;
            pace.from += 1;
            drive.pass(pace.from - 1, true)
        })
    }

    /// Ends the tick. After an error, here as before, the chain can only be
    /// rolled back.
    pub fn close(&mut self) -> Result<TickEnd, Failure> {
        self.paced(Ok(()), |drive, pace| {
            let mut rest = pace.from..drive.linked.strata.len();
            rest.try_for_each(|passed| drive.pass(passed, false))
        })?;
        self.spare.pace = None;
        self.finish()
    }

    /// Leaves a tick that failed at this worker or at another.
    pub fn leave_off(&mut self) {
        self.paced((), |drive, pace| {
            if pace.from < drive.linked.strata.len() {
                drive.take_back(pace.from, false);
            }
        });
        self.spare.pace = None;
        drop(self.engine.for_others());
    }

    /// Works where the tick stands; outside of one there is nothing to do.
    fn paced<T>(&mut self, none: T, work: impl FnOnce(&mut Drive<'_>, &mut Pace) -> T) -> T {
        let Some(mut pace) = self.spare.pace.take() else { return none };
        let mut budget = std::mem::replace(&mut pace.budget, self.budget(&Limits::default()));
        let result = self.drive(&mut budget, |drive| work(drive, &mut pace));
        pace.budget = budget;
        self.spare.pace = Some(pace);
        result
    }
}

/// Ends a stratum that met a limit.
fn ends(drive: &mut Drive<'_>, pace: &Pace, on: bool) -> Result<(), Failure> {
    if on { Ok(()) } else { drive.close(pace.from, pace.how, false) }
}

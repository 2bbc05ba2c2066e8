//! Group messages to one peer, from the first that is not acknowledged to the
//! last that was sent. They are all kept: a node that sends faster than its
//! peer takes in has them in its memory, as it has its tables.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use crate::link::Bytes;
use crate::link::Frame;
use crate::link::Number;
use crate::link::Settings;

/// The messages to one peer.
#[derive(Clone, Default, Debug)]
pub(super) struct Sender {
    /// All numbers up to this one are acknowledged.
    base: u64,
    /// The messages behind it, by number; `None` are acknowledged.
    kept: VecDeque<Option<Kept>>,
    /// Of those, the first that may be on their way.
    open: usize,
    /// When each of them is to leave, again or at all.
    due: BTreeSet<(i64, u64)>,
    waiting: usize,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    channel: u32,
    row: Bytes,
    /// When it is to leave, if it may.
    at: i64,
    /// How long it waits after that.
    wait: i64,
    has_left: bool,
}

impl Sender {
    /// Takes a message; gives its number.
    pub fn push(&mut self, now: i64, channel: u32, row: Bytes, settings: &Settings) -> u64 {
        self.bytes += row.len();
        self.waiting += 1;
        let wait = settings.first_resend.max(1);
        self.kept.push_back(Some(Kept { channel, row, at: now, wait, has_left: false }));
        self.admit(now, settings);
        self.base + self.kept.len() as u64
    }

    /// Lets as many be on their way as may.
    fn admit(&mut self, now: i64, settings: &Settings) {
        while self.open < self.kept.len() && self.open < settings.window.max(1) {
            if let Some(kept) = &mut self.kept[self.open] {
                kept.at = now;
                self.due.insert((now, self.base + 1 + self.open as u64));
            }
            self.open += 1;
        }
    }

    /// Forgets what is acknowledged; `false` if it was never sent.
    pub fn acked(&mut self, now: i64, upto: u64, beyond: &[u64], settings: &Settings) -> bool {
        let last = self.base + self.kept.len() as u64;
        if beyond.iter().chain([&upto]).any(|nth| *nth > last) {
            return false;
        }
        for nth in (self.base + 1..=upto).chain(beyond.iter().copied()) {
            self.forget(nth);
        }
        while let Some(None) = self.kept.front() {
            self.kept.pop_front();
            self.base += 1;
            // After a restart something may be acknowledged before it left again.
            self.open = self.open.saturating_sub(1);
        }
        self.admit(now, settings);
        true
    }

    fn forget(&mut self, nth: u64) {
        let at = nth.checked_sub(self.base + 1).and_then(|at| usize::try_from(at).ok());
        let slot = at.and_then(|at| self.kept.get_mut(at));
        if let Some(kept) = slot.and_then(Option::take) {
            self.due.remove(&(kept.at, nth));
            self.bytes -= kept.row.len();
            self.waiting -= 1;
        }
    }

    /// When the next is to leave.
    pub fn due(&self) -> Option<i64> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Lets everything leave that is due; how many did for the first time, and
    /// how many again.
    pub fn leave(
        &mut self,
        now: i64,
        life: i64,
        settings: &Settings,
        mut out: impl FnMut(Frame),
    ) -> (u64, u64) {
        let mut count = (0, 0);
        while let Some(&(at, nth)) = self.due.first().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, nth));
            let slot = self.kept.get_mut((nth - self.base - 1) as usize);
            let Some(Some(kept)) = slot else { continue };
            *if kept.has_left { &mut count.1 } else { &mut count.0 } += 1;
            kept.has_left = true;
            kept.at = now.saturating_add(kept.wait);
            kept.wait = kept.wait.saturating_mul(2).min(settings.most_resend).max(1);
            self.due.insert((kept.at, nth));
            out(Frame::Group {
                number: Number { life, nth },
                base: self.base,
                channel: kept.channel,
                row: kept.row.clone(),
            });
        }
        count
    }

    /// Everything that may be on its way is due now.
    pub fn wake(&mut self, now: i64, settings: &Settings) {
        self.due.clear();
        for (at, kept) in self.kept.iter_mut().take(self.open).enumerate() {
            let Some(kept) = kept else { continue };
            (kept.at, kept.wait) = (now, settings.first_resend.max(1));
            self.due.insert((now, self.base + 1 + at as u64));
        }
    }

    /// Messages that are not acknowledged.
    pub fn len(&self) -> usize {
        self.waiting
    }

    /// Their bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

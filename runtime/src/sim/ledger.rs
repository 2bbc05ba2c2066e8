//! Where everything that happens is written down: in a number always, and as a
//! trace where somebody asks for it. What happens is decided elsewhere.

use crate::sim::trace::Fold;
use crate::sim::trace::Happening;
use crate::sim::trace::Id;
use crate::sim::trace::What;

/// What has happened so far.
#[derive(Clone)]
pub(super) struct Ledger {
    fold: Fold,
    trace: Option<Vec<Happening>>,
    /// By message, where it was sent in the trace.
    sent: Vec<Id>,
    messages: u64,
    /// Happenings, written down or not.
    pub count: u64,
}

/// Kinds of happenings in the number that stands for all.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(super) enum Tag {
    Given = 1,
    Sent,
    Resent,
    Lost,
    Arrived,
    Again,
    Acked,
    Took,
    Dead,
    Halted,
    Down,
    Up,
    Partition,
    Heal,
    Skew,
    Slow,
    Burst,
    Calm,
    State,
}

impl Ledger {
    pub fn new(traced: bool) -> Ledger {
        let trace = traced.then(Vec::new);
        Ledger { fold: Fold::new(), trace, sent: Vec::new(), messages: 0, count: 0 }
    }

    /// Something happens that is not worth a place in the trace.
    #[inline]
    pub fn fold(&mut self, at: i64, node: usize, tag: Tag, more: [u64; 2]) {
        self.count += 1;
        self.fold.word((tag as u64) << 56 ^ at as u64);
        self.fold.word(node as u64 ^ more[0].rotate_left(32));
        self.fold.word(more[1]);
    }

    /// Something happens.
    #[inline]
    pub fn tell(
        &mut self,
        at: i64,
        node: usize,
        tag: Tag,
        more: [u64; 2],
        what: impl FnOnce() -> (What, Option<Id>),
    ) -> Option<Id> {
        self.fold(at, node, tag, more);
        let trace = self.trace.as_mut()?;
        let (what, cause) = what();
        trace.push(Happening { at, node, what, cause });
        Some(trace.len() - 1)
    }

    /// Bytes that are part of what happens.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.fold.bytes(bytes);
    }

    /// A number for a new message.
    pub fn message(&mut self) -> u64 {
        self.messages += 1;
        self.messages - 1
    }

    /// A message was sent there in the trace.
    pub fn was_sent(&mut self, message: u64, id: Option<Id>) {
        let Some(id) = id else { return };
        self.sent.resize((message as usize + 1).max(self.sent.len()), id);
        self.sent[message as usize] = id;
    }

    /// Where a message was sent in the trace.
    pub fn sent(&self, message: u64) -> Option<Id> {
        self.sent.get(message as usize).copied()
    }

    /// What was written down.
    pub fn trace(&self) -> &[Happening] {
        self.trace.as_deref().unwrap_or_default()
    }

    /// The number that stands for all.
    pub fn value(&self) -> u128 {
        self.fold.value()
    }
}

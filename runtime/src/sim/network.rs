//! What becomes of a frame between two nodes: how long it takes, and whether it
//! arrives. Rates and partitions are here; what frames hold is not known.

use crate::sim::choices::ACKS;
use crate::sim::choices::Choices;
use crate::sim::choices::Door;
use crate::sim::choices::Key;
use crate::sim::story::Fault;
use crate::sim::story::Settings;

/// A message that is held up may take so many times as long as any other.
const HELD_UP: i64 = 4;

/// The network as it is at a moment.
#[derive(Clone)]
pub(super) struct Network {
    nodes: usize,
    least: i64,
    span: i64,
    loss: f64,
    duplicate: f64,
    reorder: f64,
    /// What every message takes longer at the moment.
    pub burst: i64,
    /// From the first node to the second, partitions that are in the way.
    cuts: Vec<u32>,
    /// Messages so far: by sender, receiver and channel, acknowledgements last.
    counts: Vec<u64>,
    channels: usize,
}

/// A transmission, by name.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub from: usize,
    pub to: usize,
    pub channel: u32,
    pub nth: u64,
    pub again: u32,
}

impl Name {
    fn key(&self, door: Door) -> Key {
        Key {
            door,
            who: self.from as u32,
            whom: self.to as u32,
            channel: self.channel,
            nth: self.nth,
            again: self.again,
        }
    }
}

/// When copies of a frame arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Passage {
    /// It is on its way, and arrives after so long; so does a copy.
    Arrives(i64, Option<i64>),
    /// It was lost.
    Lost,
    /// It cannot pass.
    Cut,
}

impl Network {
    pub fn new(nodes: usize, channels: usize, settings: &Settings, faults: &[Fault]) -> Network {
        let (mut least, mut most) = settings.delay;
        let (mut loss, mut duplicate, mut reorder) = (0.0f64, 0.0f64, 0.0f64);
        for fault in faults {
            match fault {
                Fault::Delay { least: a, most: b } => (least, most) = (*a, *b),
                Fault::Loss(odds) => loss = loss.max(*odds),
                Fault::Duplicate(odds) => duplicate = duplicate.max(*odds),
                Fault::Reorder(odds) => reorder = reorder.max(*odds),
                _ => {}
            }
        }
        Network {
            nodes,
            least: least.max(0),
            span: most.saturating_sub(least.max(0)).max(0),
            loss,
            duplicate,
            reorder,
            burst: 0,
            cuts: vec![0; nodes * nodes],
            counts: vec![0; nodes * nodes * (channels + 1)],
            channels,
        }
    }

    /// More is lost, comes twice, or is held up.
    pub fn worsen(&mut self, loss: f64, duplicate: f64, reorder: f64) {
        self.loss = self.loss.max(loss);
        self.duplicate = self.duplicate.max(duplicate);
        self.reorder = self.reorder.max(reorder);
    }

    /// From now on nothing is lost.
    pub fn calm(&mut self) {
        (self.loss, self.duplicate, self.reorder, self.burst) = (0.0, 0.0, 0.0, 0);
        self.cuts.fill(0);
    }

    /// A partition begins or ends.
    pub fn cut(&mut self, from: usize, to: usize, begins: bool) {
        if let Some(cut) = self.cuts.get_mut(from * self.nodes + to) {
            *cut = if begins { *cut + 1 } else { cut.saturating_sub(1) };
        }
    }

    /// Whether nothing passes.
    pub fn is_cut(&self, from: usize, to: usize) -> bool {
        self.cuts[from * self.nodes + to] > 0
    }

    /// The number of a new message among those of its channel between the two.
    pub fn number(&mut self, from: usize, to: usize, channel: u32) -> u64 {
        let of = if channel == ACKS { self.channels } else { channel as usize };
        let at = (from * self.nodes + to) * (self.channels + 1) + of;
        self.counts[at] += 1;
        self.counts[at] - 1
    }

    /// What becomes of a frame.
    pub fn pass(&self, name: Name, choices: &mut Choices) -> Passage {
        if self.is_cut(name.from, name.to) {
            return Passage::Cut;
        }
        if choices.happens(name.key(Door::Loss), self.loss) {
            return Passage::Lost;
        }
        let span = self.span as u64 + 1;
        let mut takes = self.takes(choices.below(name.key(Door::Delay), span));
        if choices.happens(name.key(Door::Reorder), self.reorder) {
            let held = (self.least + self.span).saturating_mul(HELD_UP).max(1) as u64;
            takes = takes.saturating_add(choices.below(name.key(Door::HeldUp), held) as i64 + 1);
        }
        let copy = choices
            .happens(name.key(Door::Duplicate), self.duplicate)
            .then(|| self.takes(choices.below(name.key(Door::CopyDelay), span)));
        Passage::Arrives(takes, copy)
    }

    fn takes(&self, more: u64) -> i64 {
        self.least.saturating_add(more as i64).saturating_add(self.burst)
    }
}

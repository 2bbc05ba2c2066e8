//! One run in steps: what is sent in a step arrives in the next one or is
//! lost, and a node that stops has stopped for ever. What a node sends another
//! in one step is one packet. Which faults there are is given.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::search::stage::Moved;
use crate::search::stage::Parcel;
use crate::search::stage::Seen;
use crate::search::stage::Stage;
use crate::search::stage::Trouble;

/// What may happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The last step; the first one is 0.
    pub last: u32,
    /// The last step in which a packet that is sent may be lost. Packets of step
    /// 0 may be lost too, unless this is 0: then none is.
    pub losses: u32,
    /// How many nodes may stop.
    pub crashes: u32,
}

impl Bounds {
    /// Whether packets of a step may be lost.
    pub fn loses(&self, step: u32) -> bool {
        self.losses > 0 && step <= self.losses
    }
}

/// Something that goes wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// The packet that one node sends another in a step is lost.
    Loss {
        /// The step.
        step: u32,
        /// The sender.
        from: usize,
        /// The receiver.
        to: usize,
    },
    /// A node stops before a step and never starts again.
    Crash {
        /// The first step that it has no part in; not 0.
        step: u32,
        /// The node.
        node: usize,
    },
}

/// A step of a run.
#[derive(Clone, Debug, Default)]
pub struct StepOf {
    /// What each node did; none where it has stopped.
    pub moves: Vec<Option<Rc<Moved>>>,
    /// The messages that arrived, by sender and receiver.
    pub arrived: BTreeMap<(usize, usize), Vec<Parcel>>,
    /// Those that were sent and are lost.
    pub lost: BTreeMap<(usize, usize), Vec<Parcel>>,
}

impl StepOf {
    /// What is seen of each node.
    pub fn seen(&self) -> Vec<Option<Seen>> {
        self.moves.iter().map(|moved| moved.as_ref().map(|moved| moved.seen)).collect()
    }

    /// What is sent in it, by sender and receiver, in ascending order.
    pub fn packets(&self) -> BTreeMap<(usize, usize), Vec<Parcel>> {
        packets(self.moves.iter().map(|moved| moved.as_deref()))
    }
}

/// What nodes send each other, by sender and receiver.
pub(super) fn packets<'m>(
    moves: impl Iterator<Item = Option<&'m Moved>>,
) -> BTreeMap<(usize, usize), Vec<Parcel>> {
    let mut all: BTreeMap<(usize, usize), Vec<Parcel>> = BTreeMap::new();
    for (from, moved) in moves.enumerate() {
        for (to, parcel) in moved.into_iter().flat_map(|moved| &moved.sent) {
            all.entry((from, *to)).or_default().push(*parcel);
        }
    }
    all
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its steps from 0.
    pub steps: Vec<StepOf>,
    /// The property that does not hold after the last of them.
    pub wrong: Option<Wrong>,
}

/// What does not hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wrong {
    /// A property, by number.
    Property(usize),
    /// A tick of this node failed.
    Tick(usize),
}

/// What does not hold after the moves of a step.
pub(super) fn wrong(
    stage: &mut dyn Stage,
    moves: &[Option<Rc<Moved>>],
    end: bool,
) -> Result<Option<Wrong>, Trouble> {
    let failed = |moved: &Option<Rc<Moved>>| moved.as_ref().is_some_and(|moved| moved.failed);
    if let Some(node) = moves.iter().position(failed) {
        return Ok(Some(Wrong::Tick(node)));
    }
    let seen: Vec<Option<Seen>> =
        moves.iter().map(|moved| moved.as_ref().map(|moved| moved.seen)).collect();
    Ok(stage.judge(&seen, end)?.map(Wrong::Property))
}

/// Plays a run to its end, or to the step after which something is wrong.
pub fn play(stage: &mut dyn Stage, last: u32, faults: &BTreeSet<Fault>) -> Result<Run, Trouble> {
    let nodes = stage.nodes();
    let mut steps: Vec<StepOf> = Vec::new();
    for step in 0..=last {
        let mut now = StepOf::default();
        let sent = steps.last().map(StepOf::packets).unwrap_or_default();
        for ((from, to), parcels) in sent {
            let lost = faults.contains(&Fault::Loss { step: step - 1, from, to });
            let (kept, gone): (Vec<Parcel>, Vec<Parcel>) =
                parcels.into_iter().partition(|parcel| !lost || stage.is_sure(*parcel));
            for (list, parcels) in [(&mut now.arrived, kept), (&mut now.lost, gone)] {
                if !parcels.is_empty() {
                    list.insert((from, to), parcels);
                }
            }
        }
        for node in 0..nodes {
            let before = steps.last().map(|before| before.moves[node].as_ref());
            let stops = faults.contains(&Fault::Crash { step, node });
            if matches!(before, Some(None)) || stops {
                now.moves.push(None);
                continue;
            }
            let takes: Vec<Parcel> = (0..nodes)
                .flat_map(|from| now.arrived.get(&(from, node)))
                .flatten()
                .copied()
                .collect();
            let state = before.flatten().map(|moved| moved.state);
            now.moves.push(Some(stage.moved(node, state, step, &takes)?));
        }
        let found = wrong(stage, &now.moves, step == last)?;
        steps.push(now);
        if found.is_some() {
            return Ok(Run { steps, wrong: found });
        }
    }
    Ok(Run { steps, wrong: None })
}

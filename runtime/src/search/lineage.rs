//! Bounds gone through by what good runs rest on. Of each packet of a good run
//! it is tried whether its receiver does the same without it, and without any
//! others that are of no account either; the rest is what the run rests on.
//! Whatever goes wrong within bounds must take one of these away, so every one
//! of them is taken away in turn, fewest faults first. When nothing is left to
//! take away, nothing can go wrong.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use crate::search::play::Bounds;
use crate::search::play::Fault;
use crate::search::play::Run;
use crate::search::play::Wrong;
use crate::search::play::play;
use crate::search::stage::Parcel;
use crate::search::stage::Stage;
use crate::search::stage::State;
use crate::search::stage::Trouble;

/// Runs that may be tried.
const RUNS_MOST: u64 = 100_000;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The fewest faults after which something does not hold, and what.
    pub counterexample: Option<(BTreeSet<Fault>, Wrong)>,
    /// Runs that were tried.
    pub runs: u64,
}

/// Goes through bounds by what good runs rest on.
pub fn lineage(stage: &mut dyn Stage, bounds: Bounds) -> Result<Lineage, Trouble> {
    let mut waiting = VecDeque::from([BTreeSet::new()]);
    let mut met: BTreeSet<BTreeSet<Fault>> = BTreeSet::from([BTreeSet::new()]);
    let mut runs = 0;
    while let Some(faults) = waiting.pop_front() {
        runs += 1;
        if runs > RUNS_MOST {
            return Err(Trouble::TooLarge(format!(
                "more than {RUNS_MOST} combinations of faults would have to be tried"
            )));
        }
        let run = play(stage, bounds.last, &faults)?;
        if let Some(wrong) = run.wrong {
            return Ok(Lineage { counterexample: Some((faults, wrong)), runs });
        }
        for fault in rests_on(stage, bounds, &run, &faults)? {
            let mut more = faults.clone();
            if more.insert(fault) && met.insert(more.clone()) {
                waiting.push_back(more);
            }
        }
    }
    Ok(Lineage { counterexample: None, runs })
}

/// The faults within bounds that can make a difference to a good run.
pub(super) fn rests_on(
    stage: &mut dyn Stage,
    bounds: Bounds,
    run: &Run,
    faults: &BTreeSet<Fault>,
) -> Result<Vec<Fault>, Trouble> {
    let stopped = faults.iter().filter(|fault| matches!(fault, Fault::Crash { .. })).count();
    let may_stop = stopped < bounds.crashes as usize;
    let mut found = Vec::new();
    for (at, step) in run.steps.iter().enumerate().skip(1) {
        for (node, moved) in step.moves.iter().enumerate() {
            let Some(moved) = moved else { continue };
            let number = at as u32;
            let crash = Fault::Crash { step: number, node };
            if may_stop && !faults.iter().any(|f| is_crash_of(f, node)) {
                found.push(crash);
            }
            if !bounds.loses(number - 1) {
                continue;
            }
            let state = run.steps[at - 1].moves[node].as_ref().map(|before| before.state);
            let inbox: Vec<(usize, &[Parcel])> = step
                .arrived
                .iter()
                .filter(|((_, to), _)| *to == node)
                .map(|((from, _), parcels)| (*from, parcels.as_slice()))
                .collect();
            let mut tried = Tried { stage, node, state, step: number, inbox: &inbox };
            for from in tried.needed(moved)? {
                found.push(Fault::Loss { step: number - 1, from, to: node });
            }
        }
    }
    Ok(found)
}

fn is_crash_of(fault: &Fault, of: usize) -> bool {
    matches!(fault, Fault::Crash { node, .. } if *node == of)
}

/// A node before a move.
struct Tried<'t> {
    stage: &'t mut dyn Stage,
    node: usize,
    state: Option<State>,
    step: u32,
    inbox: &'t [(usize, &'t [Parcel])],
}

impl Tried<'_> {
    /// The senders without whose packets the node may do something else: with
    /// theirs, it does the same whichever of the others are lost.
    fn needed(&mut self, moved: &crate::search::Moved) -> Result<Vec<usize>, Trouble> {
        let mut idle: Vec<usize> = Vec::new();
        for at in 0..self.inbox.len() {
            idle.push(at);
            let mut same = true;
            // Those subsets that lose the new one; the others were tried.
            for lost in 0..1u32 << (idle.len() - 1) {
                let is_lost = |place: usize| {
                    place == at
                        || idle
                            .iter()
                            .take(idle.len() - 1)
                            .position(|one| *one == place)
                            .is_some_and(|bit| lost >> bit & 1 == 1)
                };
                let mut takes: Vec<Parcel> = Vec::new();
                for (place, (_, parcels)) in self.inbox.iter().enumerate() {
                    let gone = is_lost(place);
                    takes.extend(parcels.iter().filter(|p| !gone || self.stage.is_sure(**p)));
                }
                if *self.stage.moved(self.node, self.state, self.step, &takes)? != *moved {
                    same = false;
                    break;
                }
            }
            if !same {
                idle.pop();
            }
        }
        let all = self.inbox.iter().enumerate();
        Ok(all.filter(|(at, _)| !idle.contains(at)).map(|(_, (from, _))| *from).collect())
    }
}

//! The search: sets of facts by what they cost, the cheapest first, each put to
//! the judge in the ways that fit the point. It ends when something is shown,
//! or when its steps are spent; it never looks at a clock.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::calm::model::Kind;
use crate::calm::witness::judge::Evidence;
use crate::calm::witness::judge::Judge;
use crate::calm::witness::judge::Plan;
use crate::calm::witness::judge::Way;
use crate::calm::witness::rows::Item;
use crate::calm::witness::rows::Shelf;
use crate::calm::witness::rows::is_plain;
use crate::calm::witness::world::Broken;

/// Facts of an example, at most.
const FACTS_MAX: usize = 5;
/// What an example costs, at most.
const COST_MAX: u32 = 16;

/// What was found, with the facts that it is about.
pub(super) struct Found {
    pub(super) plan: Plan,
    pub(super) items: Vec<Item>,
    pub(super) evidence: Evidence,
}

/// Whether a plan shows the same with all rules that can fire.
pub(super) type Whole<'a> = dyn Fn(&Plan, &[Item]) -> Result<bool, Broken> + 'a;

/// What is looked for.
pub(super) struct Search<'a> {
    pub(super) shelf: &'a Shelf<'a>,
    pub(super) judge: &'a Judge<'a>,
    pub(super) items: &'a [Item],
    pub(super) kind: Kind,
    /// Whether repeats are what the point is about.
    pub(super) repeats: bool,
    /// The collection of the point: an event of it is late, or one of two.
    pub(super) late: (usize, crate::ids::RelId),
    /// Rules over time: in which order facts come may matter.
    pub(super) is_timed: bool,
    /// Whether rules read the clock.
    pub(super) has_clock: bool,
    /// Whether they draw something for each event.
    pub(super) draws: bool,
    /// Whether they set timers.
    pub(super) has_timers: bool,
    /// Whether a plan shows the same with all rules that can fire.
    pub(super) whole: &'a Whole<'a>,
    pub(super) steps: &'a Cell<u64>,
    /// By what is there before, whether it shows something.
    pub(super) shows: RefCell<BTreeMap<Vec<usize>, bool>>,
}

impl Search<'_> {
    /// The cheapest that is found; `None` when steps are spent or everything was
    /// tried. And the most facts that were tried together.
    pub(super) fn run(&self) -> (Option<Found>, usize) {
        let mut most = 0;
        for total in 0..=COST_MAX {
            let mut chosen = Vec::new();
            match self.sets(total, 0, &mut chosen, &mut most) {
                Err(Broken::Spent) => return (None, most),
                Ok(Some(found)) => return (Some(found), most),
                _ => {}
            }
        }
        (None, most)
    }

    /// Sets of items from this number on that cost exactly so much more.
    fn sets(
        &self,
        left: u32,
        from: usize,
        chosen: &mut Vec<usize>,
        most: &mut usize,
    ) -> Result<Option<Found>, Broken> {
        if left == 0 {
            return self.attempt(chosen, most);
        }
        if chosen.len() == FACTS_MAX {
            return Ok(None);
        }
        for at in from..self.items.len() {
            let item = &self.items[at];
            if item.cost > left {
                break;
            }
            if chosen.iter().any(|other| !self.shelf.agree(&self.items[*other], item)) {
                continue;
            }
            chosen.push(at);
            let found = self.sets(left - item.cost, at + 1, chosen, most);
            chosen.pop();
            if let Ok(None) = found {
                continue;
            }
            return found;
        }
        Ok(None)
    }

    fn spend(&self) -> Result<(), Broken> {
        let left = self.steps.get().checked_sub(1).ok_or(Broken::Spent)?;
        self.steps.set(left);
        Ok(())
    }

    fn attempt(&self, chosen: &[usize], most: &mut usize) -> Result<Option<Found>, Broken> {
        self.spend()?;
        if !is_plain(chosen.iter().map(|at| &self.items[*at])) {
            return Ok(None);
        }
        let (loaded, events): (Vec<usize>, Vec<usize>) =
            chosen.iter().partition(|at| self.items[**at].is_loaded);
        if events.is_empty() || !events.iter().any(|at| self.is_late(*at)) {
            return Ok(None);
        }
        *most = chosen.len().max(*most);
        for (moves, eager) in [(false, true), (false, false), (true, true), (true, false)] {
            if moves && !self.has_clock || !eager && !self.has_timers {
                continue;
            }
            for plan in self.plans(&loaded, &events, (moves, eager)) {
                let wanted = match plan.way {
                    Way::Late => self.judge.is_final.then_some(true),
                    // What is broken before is no matter of the operations.
                    Way::Together => Some(false),
                    _ => None,
                };
                if let Some(wanted) = wanted
                    && self.shows(&plan)? != wanted
                {
                    continue;
                }
                let Some(evidence) = self.judge.judge(&plan, self.items)? else { continue };
                if !(self.whole)(&plan, self.items)? {
                    continue;
                }
                let (plan, evidence) = self.turned(plan, evidence)?;
                return Ok(Some(self.found(plan, evidence)));
            }
        }
        Ok(None)
    }

    /// Whether something is shown that could be taken back; asked once of the
    /// same facts.
    fn shows(&self, plan: &Plan) -> Result<bool, Broken> {
        let mut key = plan.loaded.clone();
        for batch in &plan.have {
            key.push(usize::MAX);
            key.extend(batch);
        }
        key.push(usize::MAX - usize::from(plan.moves) - 2 * usize::from(plan.eager));
        if let Some(known) = self.shows.borrow().get(&key) {
            return Ok(*known);
        }
        let shows = match self.judge.run(plan, self.items, &plan.have) {
            Ok(world) => !world.shown.is_empty(),
            Err(Broken::Spent) => return Err(Broken::Spent),
            Err(Broken::Failed(_) | Broken::TooLong) => false,
        };
        self.shows.borrow_mut().insert(key, shows);
        Ok(shows)
    }

    /// Whether an event may be the late one: of the point's collection, or any
    /// where rules send what the point names.
    fn is_late(&self, at: usize) -> bool {
        let item = &self.items[at];
        let is_one = item.rows.len() == 1;
        is_one && (self.judge.channel.is_some() || (self.shelf.part(item), item.rel) == self.late)
    }

    /// Whether an event is there already: late it would be no other fact, unless
    /// something is drawn for each or counts them.
    fn is_again(&self, late: usize, events: &[usize]) -> bool {
        let item = &self.items[late];
        let same = |other: &Item| {
            (other.player, other.rel) == (item.player, item.rel) && other.rows == item.rows
        };
        let counts = self.draws || matches!(self.kind, Kind::Order | Kind::Persist);
        !counts && events.iter().any(|at| *at != late && same(&self.items[*at]))
    }

    /// Ways to put these events to the judge.
    fn plans(&self, loaded: &[usize], events: &[usize], (moves, eager): (bool, bool)) -> Vec<Plan> {
        let mut out = Vec::new();
        let plan = |way: Way, have: Vec<Vec<usize>>, last: Vec<usize>| Plan {
            way,
            loaded: loaded.to_vec(),
            have,
            last,
            moves,
            eager,
        };
        let others = |of: &[usize]| -> Vec<usize> {
            events.iter().copied().filter(|at| !of.contains(at)).collect()
        };
        let pairs = || {
            let of = |a: usize| events.iter().map(move |b| (a, *b));
            let pairs = events.iter().flat_map(|a| of(*a));
            pairs.filter(|(a, b)| a != b && self.is_late(*a)).collect::<Vec<_>>()
        };
        let singles: Vec<usize> = events.iter().copied().filter(|at| self.is_late(*at)).collect();
        let is_one = |at: usize| self.items[at].rows.len() == 1;
        match self.kind {
            _ if self.repeats => {
                for &late in &singles {
                    for have in self.arranged(&others(&[late])) {
                        out.push(plan(Way::Twice, have, vec![late]));
                    }
                }
            }
            Kind::Exclusive | Kind::Escrow => {
                for (a, b) in pairs().into_iter().filter(|(_, b)| is_one(*b)) {
                    for have in self.arranged(&others(&[a, b])).into_iter().take(2) {
                        out.push(plan(Way::Together, have, vec![a, b]));
                    }
                }
                return out;
            }
            Kind::Order | Kind::Persist => {
                for (a, b) in pairs() {
                    for have in self.arranged(&others(&[a, b])) {
                        if self.shelf.may_meet(&self.items[a], &self.items[b]) {
                            out.push(plan(Way::OneTick, have.clone(), vec![a, b]));
                        }
                        out.push(plan(Way::Swapped, have, vec![a, b]));
                    }
                }
            }
            Kind::Seal | Kind::Local | Kind::Frontier => {}
        }
        for &late in singles.iter().filter(|late| !self.is_again(**late, events)) {
            for have in self.arranged(&others(&[late])) {
                out.push(plan(Way::Late, have.clone(), vec![late]));
                if let Some(channel) = &self.judge.channel {
                    out.push(plan(Way::Last(channel.clone()), have.clone(), vec![late]));
                    out.push(plan(Way::Held(channel.clone()), have, vec![late]));
                }
            }
        }
        // Two orders say more than a late fact, where both can be shown; and one late
        // message more than all of them.
        let is_order = self.kind == Kind::Order;
        out.sort_by_key(|plan| match plan.way {
            Way::Swapped if is_order => 0,
            Way::OneTick if is_order => 1,
            Way::Last(_) => 3,
            _ => 2,
        });
        out
    }

    /// Ways in which the other events may have come before: at one time as far
    /// as they may share a tick, and where it matters one by one.
    fn arranged(&self, events: &[usize]) -> Vec<Vec<Vec<usize>>> {
        let mut batches: Vec<Vec<usize>> = Vec::new();
        for &at in events {
            let fits = |batch: &Vec<usize>| {
                batch.iter().all(|other| self.shelf.may_meet(&self.items[*other], &self.items[at]))
            };
            match batches.last_mut().filter(|batch| fits(batch)) {
                Some(batch) => batch.push(at),
                None => batches.push(vec![at]),
            }
        }
        let mut out = vec![batches];
        if self.is_timed && events.len() > 1 && events.len() < 4 {
            let mut orders = Vec::new();
            permutations(&mut events.to_vec(), 0, &mut orders);
            out.extend(
                orders.into_iter().map(|order| order.into_iter().map(|at| vec![at]).collect()),
            );
        }
        out
    }

    /// Of two orders that which shows something stands first.
    fn turned(&self, plan: Plan, evidence: Evidence) -> Result<(Plan, Evidence), Broken> {
        if plan.way != Way::Swapped || !evidence.gone.is_empty() {
            return Ok((plan, evidence));
        }
        let mut turned = plan.clone();
        turned.last.reverse();
        Ok(match self.judge.judge(&turned, self.items)? {
            Some(better) => (turned, better),
            None => (plan, evidence),
        })
    }

    /// The plan with nothing but the items that it is about.
    fn found(&self, plan: Plan, evidence: Evidence) -> Found {
        let used: Vec<usize> = plan.items().collect();
        let place = |at: &usize| used.iter().position(|used| used == at).unwrap_or_default();
        let moved = |of: &[usize]| of.iter().map(place).collect::<Vec<usize>>();
        let items = used.iter().map(|at| self.items[*at].clone()).collect();
        let plan = Plan {
            loaded: moved(&plan.loaded),
            have: plan.have.iter().map(|batch| moved(batch)).collect(),
            last: moved(&plan.last),
            ..plan
        };
        Found { plan, items, evidence }
    }
}

fn permutations(all: &mut [usize], from: usize, out: &mut Vec<Vec<usize>>) {
    if from + 1 >= all.len() {
        out.push(all.to_vec());
        return;
    }
    for at in from..all.len() {
        all.swap(from, at);
        permutations(all, from + 1, out);
        all.swap(from, at);
    }
}

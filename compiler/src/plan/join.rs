//! The order of goals: least rows looked at, by an estimate. This room must
//! not know steps or heads.
//!
//! Tests and bindings run as soon as they can; atoms are tried in every order
//! (up to a limit, the most selective first), and the order with the smallest
//! sum of intermediate matches wins.

use crate::plan::context::Shared;
use crate::plan::estimate::ELEMENTS;
use crate::plan::fallible;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::MeetGoal;
use crate::plan::goals::Places;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::goals::pat_open;
use crate::plan::goals::pat_reads;
use crate::plan::goals::pat_vars;
use crate::plan::goals::reg;
use crate::source::Span;
use crate::types::typed::ExprKind;

/// Partial orders looked at per variant.
const NODES_MAX: usize = 2_000;
/// Goals looked at per variant, which is what a node of a long rule costs.
const LOOKS_MAX: usize = 200_000;
/// How much worse than its rows a product is: estimates of joins are too high
/// more often than this.
const UNCONNECTED: f64 = 50.0;
/// What a value costs that leads an intersection: lists are read in order.
const MEET_LOOK: f64 = 0.5;

/// What is to be ordered.
pub struct Planner<'a, 'p> {
    /// Relations and sizes.
    pub shared: &'a Shared<'p>,
    /// Collections by variable.
    pub places: &'a Places,
    /// The goals.
    pub goals: &'a [Goal],
    /// Variables that have values before the first goal.
    pub outer: &'a Vars,
    /// The order that the program fixes for atoms, by their places; the atoms
    /// it does not name are free.
    pub fixed: &'a [Span],
    /// Whether indexes that do not exist yet are to be avoided.
    pub frugal: bool,
}

#[derive(Default)]
struct Info {
    mentions: Vars,
    binds: Vars,
    /// Variables that must have values first.
    needs: Vars,
    /// How many of the goals that can fail stand before this one in the strict
    /// order.
    after: usize,
    /// Order among the goals that only test or bind.
    rank: u8,
}

#[derive(Clone)]
struct State {
    bound: Vars,
    matches: f64,
    cost: f64,
    order: Vec<usize>,
    done: Vec<bool>,
    /// How many of the goals that can fail, from the first on, are done.
    tried: usize,
}

/// A goal that may come next: how many matches it makes of one, and its cost.
struct Choice {
    index: usize,
    rows: f64,
    cost: f64,
}

struct Search<'s, 'a, 'p> {
    of: &'s Planner<'a, 'p>,
    infos: Vec<Info>,
    /// The late goals that can fail, in the strict order.
    failing: Vec<usize>,
    nodes_max: usize,
    best: Option<State>,
    nodes: usize,
}

impl Planner<'_, '_> {
    /// The goals' numbers in order; `delta` comes first.
    pub fn order(&self, delta: Option<usize>) -> Vec<usize> {
        let (infos, failing) = self.infos();
        let nodes_max = NODES_MAX.min(LOOKS_MAX / self.goals.len().max(1));
        let mut search = Search { of: self, infos, failing, nodes_max, best: None, nodes: 0 };
        let mut state = State {
            bound: self.outer.clone(),
            matches: 1.0,
            cost: 0.0,
            order: Vec::new(),
            done: vec![false; self.goals.len()],
            tried: 0,
        };
        if let Some(first) = delta {
            search.settle(&mut state, true);
            search.take(first, &mut state);
        }
        search.explore(state);
        search.best.map(|best| best.order).unwrap_or_default()
    }

    /// What is known of each goal, and the late ones that can fail.
    fn infos(&self) -> (Vec<Info>, Vec<usize>) {
        let mut bindable = self.outer.clone();
        self.goals.iter().for_each(|g| g.binds(self.places, &mut bindable));
        let mut infos: Vec<Info> =
            self.goals.iter().map(|goal| self.info(goal, &bindable)).collect();
        // A late goal that cut first would hide that an earlier one fails.
        let mut failing: Vec<usize> = Vec::new();
        for (index, goal) in self.goals.iter().enumerate().filter(|(_, goal)| goal.late) {
            infos[index].after = failing.len();
            if fallible::goal(goal, self.shared.program) {
                failing.push(index);
            }
        }
        (infos, failing)
    }

    fn info(&self, goal: &Goal, bindable: &Vars) -> Info {
        let mut info = Info::default();
        goal.mentions(self.places, &mut info.mentions);
        goal.binds(self.places, &mut info.binds);
        let fails = fallible::goal(goal, self.shared.program);
        match &goal.kind {
            GoalKind::Atom(_) | GoalKind::Meet(_) => {}
            GoalKind::Test(e) => {
                expr_vars(e, self.places, &mut info.needs);
                info.rank = if fails { 3 } else { 1 };
            }
            GoalKind::Unify(p, e) | GoalKind::Each(p, e) => {
                expr_vars(e, self.places, &mut info.needs);
                pat_reads(p, self.places, &mut info.needs);
                info.rank = if fails { 4 } else { 0 };
            }
            GoalKind::Absent(_) => {
                // What nothing outside binds is the absence's own.
                info.needs = info.mentions.common(bindable);
                info.rank = if fails { 3 } else { 2 };
            }
        }
        info
    }
}

impl Search<'_, '_, '_> {
    fn explore(&mut self, mut state: State) {
        self.nodes += 1;
        self.settle(&mut state, false);
        let mut next: Vec<Choice> = Vec::new();
        for (index, goal) in self.of.goals.iter().enumerate() {
            if !self.open(index, &state) || !self.in_turn(index, &state) {
                continue;
            }
            match &goal.kind {
                GoalKind::Atom(atom) if self.waits(atom, &state) => {}
                GoalKind::Atom(atom) => {
                    let (rows, mut extra) = self.of.lookup(atom, &state.bound);
                    // Nothing connects it with what is there already.
                    if rows > 1.0 && !self.connected(atom, &state) {
                        extra += rows * UNCONNECTED;
                    }
                    next.push(Choice { index, rows, cost: 1.0 + rows + extra });
                }
                GoalKind::Meet(meet) => {
                    let (looks, rows) = self.of.meet(meet, &state.bound);
                    let mut cost = 1.0 + looks * MEET_LOOK;
                    if rows > 1.0 && !meet.atoms.iter().any(|atom| self.connected(atom, &state)) {
                        cost += rows * UNCONNECTED;
                    }
                    next.push(Choice { index, rows, cost });
                }
                GoalKind::Each(..) if self.infos[index].needs.within(&state.bound) => {
                    next.push(Choice { index, rows: ELEMENTS, cost: 1.0 + ELEMENTS });
                }
                _ => {}
            }
        }
        if next.is_empty() {
            let waiting = state.order.len();
            self.settle(&mut state, true);
            let all_done = (0..state.done.len()).all(|index| !self.open(index, &state));
            return match state.order.len() == waiting || all_done {
                true => self.finish(state),
                false => self.explore(state),
            };
        }
        next.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        for Choice { index, rows, cost } in next {
            let cost = state.cost + state.matches * cost;
            let hopeless = self.best.as_ref().is_some_and(|best| cost >= best.cost);
            // The first descent takes the most selective goal each time.
            if hopeless || (self.best.is_some() && self.nodes >= self.nodes_max) {
                continue;
            }
            let mut longer = state.clone();
            longer.cost = cost;
            longer.matches *= rows;
            self.take(index, &mut longer);
            self.explore(longer);
        }
    }

    /// Whether the program puts another atom before this one that is not done.
    fn waits(&self, atom: &AtomGoal, state: &State) -> bool {
        let place = |atom: &AtomGoal| self.of.fixed.iter().position(|span| *span == atom.span);
        let Some(own) = place(atom) else { return false };
        self.of.goals.iter().zip(&state.done).any(|(goal, done)| match &goal.kind {
            GoalKind::Atom(other) => !done && place(other).is_some_and(|at| at < own),
            _ => false,
        })
    }

    /// Whether an atom is the first one, or shares a value with those before.
    fn connected(&self, atom: &AtomGoal, state: &State) -> bool {
        let first = *self.of.outer == Vars::default()
            && !state
                .order
                .iter()
                .any(|i| matches!(self.of.goals[*i].kind, GoalKind::Atom(_) | GoalKind::Meet(_)));
        first || atom.args.iter().any(|(_, var)| state.bound.has(*var))
    }

    fn finish(&mut self, mut state: State) {
        self.settle(&mut state, true);
        // A conjunction can be executed in its own order, so nothing is left;
        // should something be, its own order is the best guess.
        for index in 0..state.done.len() {
            if self.open(index, &state) {
                self.take(index, &mut state);
            }
        }
        if self.best.as_ref().is_none_or(|best| state.cost < best.cost) {
            self.best = Some(state);
        }
    }

    fn take(&self, index: usize, state: &mut State) {
        if !state.done[index] {
            state.done[index] = true;
            state.order.push(index);
            state.bound.add_all(&self.infos[index].binds);
            if let GoalKind::Meet(meet) = &self.of.goals[index].kind {
                self.satisfy(meet, state);
            }
            while self.failing.get(state.tried).is_some_and(|goal| state.done[*goal]) {
                state.tried += 1;
            }
        }
    }

    /// Whether a goal is still to be met. What is bound needs no intersection.
    fn open(&self, index: usize, state: &State) -> bool {
        let bound = |goal: &Goal| match &goal.kind {
            GoalKind::Meet(meet) => state.bound.has(meet.var),
            _ => false,
        };
        !state.done[index] && !bound(&self.of.goals[index])
    }

    /// Atoms whose last variable was just found among their values hold.
    fn satisfy(&self, meet: &MeetGoal, state: &mut State) {
        for (index, goal) in self.of.goals.iter().enumerate() {
            let GoalKind::Atom(atom) = &goal.kind else { continue };
            let ordinary = self.of.shared.ordinary(atom.rel);
            let listed = meet.atoms.contains(atom);
            if listed && atom.args.iter().all(|(c, v)| *c < ordinary && state.bound.has(*v)) {
                state.done[index] = true;
            }
        }
    }

    /// Takes all goals that only test or bind and are ready. Failing bindings
    /// that help nobody wait: fewer matches meet them later.
    fn settle(&self, state: &mut State, last: bool) {
        loop {
            let waiting = (0..self.of.goals.len()).filter(|i| self.open(*i, state));
            let mut ready: Vec<usize> = waiting.filter(|i| self.ready(*i, state, last)).collect();
            ready.sort_by_key(|i| self.infos[*i].rank);
            if ready.is_empty() {
                return;
            }
            // What neither binds nor fails makes no other goal ready: all such
            // are taken at once.
            let tests = |i: &usize| matches!(self.infos[*i].rank, 1 | 2);
            let many = ready.iter().take_while(|i| tests(i)).count().max(1);
            for index in ready.into_iter().take(many) {
                if matches!(self.of.goals[index].kind, GoalKind::Test(_) | GoalKind::Absent(_)) {
                    state.matches *= 0.5;
                }
                self.take(index, state);
            }
        }
    }

    /// Whether all that must fail first, if at all, has been tried.
    fn in_turn(&self, index: usize, state: &State) -> bool {
        self.infos[index].after <= state.tried
    }

    fn ready(&self, index: usize, state: &State, last: bool) -> bool {
        if !self.in_turn(index, state) {
            return false;
        }
        let info = &self.infos[index];
        match &self.of.goals[index].kind {
            GoalKind::Atom(_) | GoalKind::Meet(_) | GoalKind::Each(..) => false,
            GoalKind::Test(_) | GoalKind::Absent(_) => info.needs.within(&state.bound),
            GoalKind::Unify(p, e) => {
                if info.needs.within(&state.bound) {
                    return info.rank == 0 || last || self.helps(index, state);
                }
                // The other way round: the pattern gives the variable its value.
                let ExprKind::Var(v) = e.kind else { return false };
                let mut vars = Vars::default();
                pat_vars(p, &mut vars);
                pat_reads(p, self.of.places, &mut vars);
                !self.of.places.contains_key(&reg(v)) && !pat_open(p) && vars.within(&state.bound)
            }
        }
    }

    /// Whether a goal that is left can use what this one binds.
    fn helps(&self, index: usize, state: &State) -> bool {
        let binds = &self.infos[index].binds;
        let mut fresh = Vars::default();
        if let GoalKind::Unify(p, _) = &self.of.goals[index].kind {
            pat_vars(p, &mut fresh);
        }
        if fresh.meets(&state.bound) {
            return true;
        }
        (0..self.of.goals.len())
            .any(|i| i != index && self.open(i, state) && self.infos[i].mentions.meets(binds))
    }
}

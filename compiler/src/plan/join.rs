//! The order of goals: least rows looked at, by an estimate. This room must
//! not know steps or heads.
//!
//! Tests and bindings run as soon as they can; atoms are tried in every order
//! (up to a limit, the most selective first), and the order with the smallest
//! sum of intermediate matches wins.

use crate::ids::RelId;
use crate::plan::context::Shared;
use crate::plan::fallible;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::Places;
use crate::plan::goals::Vars;
use crate::plan::goals::expr_vars;
use crate::plan::goals::pat_open;
use crate::plan::goals::pat_reads;
use crate::plan::goals::pat_vars;
use crate::plan::goals::reg;
use crate::plan::ir::Shape;
use crate::types::typed::ExprKind;

/// Partial orders looked at per variant.
const NODES_MAX: usize = 2_000;
/// Goals looked at per variant, which is what a node of a long rule costs.
const LOOKS_MAX: usize = 200_000;
/// Rows of a relation of which nothing is known: loaded, and derived.
const ROWS_LOADED: f64 = 10_000.0;
const ROWS_DERIVED: f64 = 100_000.0;
/// Elements of a collection.
const ELEMENTS: f64 = 8.0;
/// How much worse than its rows a product is: estimates of joins are too high
/// more often than this.
const UNCONNECTED: f64 = 50.0;
/// What an index costs that nobody else needs, where none should be made.
const NEW_INDEX: f64 = 1e12;

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
            GoalKind::Atom(_) => {}
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

    /// Estimated rows of a relation.
    fn rows(&self, rel: RelId) -> f64 {
        let known = self.shared.sizes.rows.get(rel.index()).copied().flatten();
        if let Some((owner, _)) = self.shared.rels[rel.index()].owner {
            return known.map_or(self.rows(owner) * ELEMENTS, |n| n as f64);
        }
        let most = self.shared.most_rows as f64;
        match (known, self.shared.derived[rel.index()]) {
            (Some(n), false) => n as f64,
            (None, false) => ROWS_LOADED,
            (Some(n), true) => (n as f64).max(most * 4.0).max(1.0),
            (None, true) => ROWS_DERIVED.max(most * 4.0),
        }
    }

    /// Estimated number of distinct values of a physical column.
    fn distinct(&self, rel: RelId, col: usize) -> Option<f64> {
        if self.shared.derived[rel.index()] {
            return None;
        }
        let declared = &self.shared.rels[rel.index()].declared;
        let at = declared.iter().position(|d| matches!(d.shape, Shape::Word(c) if c == col))?;
        let known = *self.shared.sizes.distinct.get(rel.index())?.get(at)?;
        (known > 0).then_some(known as f64)
    }

    /// Estimated rows that a look-up gives, and what it costs beyond them.
    fn lookup(&self, atom: &AtomGoal, bound: &Vars) -> (f64, f64) {
        let rel = &self.shared.rels[atom.rel.index()];
        if atom.row.is_some_and(|row| bound.has(row)) {
            return (0.9, 0.0);
        }
        let ordinary = rel.keys + rel.values;
        let mut given: Vec<usize> =
            atom.args.iter().filter(|(_, v)| bound.has(*v)).map(|(col, _)| *col).collect();
        given.sort_unstable();
        let cells = given.iter().filter(|col| **col >= ordinary).count();
        given.retain(|col| *col < ordinary);
        let rows = self.rows(atom.rel).max(1.0);
        let filter = 0.5f64.powi(cells as i32);
        if (0..rel.keys).all(|key| given.contains(&key)) {
            return (0.8 * filter, 0.0);
        }
        if given.is_empty() {
            return (rows * filter, rows * 0.1);
        }
        let extra = if self.frugal && !rel.indexes.contains(&given) { NEW_INDEX } else { 0.0 };
        if rel.owner.is_some() && given.contains(&0) {
            return (ELEMENTS * filter, extra);
        }
        let known: Option<Vec<f64>> = given.iter().map(|c| self.distinct(atom.rel, *c)).collect();
        let matches = match known {
            Some(distinct) => rows / distinct.iter().product::<f64>().clamp(1.0, rows),
            None => rows.powf(1.0 - given.len() as f64 / ordinary.max(1) as f64),
        };
        (matches * filter, extra)
    }
}

impl Search<'_, '_, '_> {
    fn explore(&mut self, mut state: State) {
        self.nodes += 1;
        self.settle(&mut state, false);
        let mut next: Vec<(usize, f64, f64)> = Vec::new();
        for (index, goal) in self.of.goals.iter().enumerate() {
            if state.done[index] || !self.in_turn(index, &state) {
                continue;
            }
            match &goal.kind {
                GoalKind::Atom(atom) => {
                    let (rows, mut extra) = self.of.lookup(atom, &state.bound);
                    // Nothing connects it with what is there already.
                    if rows > 1.0 && !self.connected(atom, &state) {
                        extra += rows * UNCONNECTED;
                    }
                    next.push((index, rows, extra));
                }
                GoalKind::Each(..) if self.infos[index].needs.within(&state.bound) => {
                    next.push((index, ELEMENTS, 0.0));
                }
                _ => {}
            }
        }
        if next.is_empty() {
            let waiting = state.order.len();
            self.settle(&mut state, true);
            return match state.order.len() == waiting || state.done.iter().all(|done| *done) {
                true => self.finish(state),
                false => self.explore(state),
            };
        }
        next.sort_by(|a, b| (a.1 + a.2).total_cmp(&(b.1 + b.2)));
        for (index, rows, extra) in next {
            let cost = state.cost + state.matches * (1.0 + rows + extra);
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

    /// Whether an atom is the first one, or shares a value with those before.
    fn connected(&self, atom: &AtomGoal, state: &State) -> bool {
        let first = *self.of.outer == Vars::default()
            && !state.order.iter().any(|i| matches!(self.of.goals[*i].kind, GoalKind::Atom(_)));
        first || atom.args.iter().any(|(_, var)| state.bound.has(*var))
    }

    fn finish(&mut self, mut state: State) {
        self.settle(&mut state, true);
        // A conjunction can be executed in its own order, so nothing is left;
        // should something be, its own order is the best guess.
        for index in 0..state.done.len() {
            if !state.done[index] {
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
            while self.failing.get(state.tried).is_some_and(|goal| state.done[*goal]) {
                state.tried += 1;
            }
        }
    }

    /// Takes all goals that only test or bind and are ready. Failing bindings
    /// that help nobody wait: fewer matches meet them later.
    fn settle(&self, state: &mut State, last: bool) {
        loop {
            let waiting = (0..self.of.goals.len()).filter(|i| !state.done[*i]);
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
            GoalKind::Atom(_) | GoalKind::Each(..) => false,
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
            .any(|i| i != index && !state.done[i] && self.infos[i].mentions.meets(binds))
    }
}

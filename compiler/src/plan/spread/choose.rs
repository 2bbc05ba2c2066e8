//! Where each relation is at home and each rule runs, so that as few rows as
//! possible are copied and sent. A descent one decision at a time, from a start
//! in which every rule has what is best for itself alone, then by moves of
//! several decisions at once. How a choice is made true is not known here.

mod moves;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::plan::spread::Place;
use crate::plan::spread::sites::Rows;
use crate::plan::spread::sites::Way;
use crate::plan::spread::sites::divides;
use crate::plan::spread::sites::positive;
use crate::plan::spread::sites::ways;
use crate::plan::spread::tied::Tied;
use crate::types::typed::ExprKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Passes over all decisions; most programs are settled after three.
const PASSES: usize = 8;
/// What a row costs that is sent to another worker, in rows that are kept.
const SENT: f64 = 1.0;
/// What a row costs that is kept once more.
const KEPT: f64 = 1.5;
/// What a row costs that is loaded once more at another place, or at every
/// worker: there it is nobody's share any more.
const LOADED: (f64, f64) = (0.5, 1.0);
/// What a match costs that only the first worker can look for.
const ALONE: f64 = 4.0;
/// Matches for each row of what a join reads.
const JOIN: f64 = 3.0;
/// What cannot be done.
const NEVER: f64 = 1e18;

/// What was chosen.
pub struct Chosen {
    /// Where each relation's rows go first.
    pub homes: Vec<Place>,
    /// How each rule runs.
    pub ways: Vec<Way>,
}

/// Chooses for a program whose rules are simple. `loaded` are the relations that
/// only facts and files fill.
pub fn choose(program: &Program, sizes: &Rows, loaded: &[bool], number: Option<RelId>) -> Chosen {
    // What grows inside its own recursion cannot be copied. Where its readers
    // cannot come together elsewhere they do at the first worker.
    let mut together = BTreeSet::new();
    let search = loop {
        let mut search = Search::start(program, sizes, loaded, number, &together);
        for _ in 0..PASSES {
            if !search.pass() && !search.moves() {
                break;
            }
        }
        match search.torn() {
            Some(rel) => together.insert(search.tied.leader(rel)),
            None => break search,
        };
    };
    let Search { homes, options, taken, .. } = search;
    let ways = options.into_iter().zip(taken).map(|(mut ways, nth)| ways.swap_remove(nth));
    Chosen { homes, ways: ways.collect() }
}

struct Search<'a> {
    program: &'a Program,
    sizes: &'a Rows,
    loaded: &'a [bool],
    homes: Vec<Place>,
    candidates: Vec<Vec<Place>>,
    options: Vec<Vec<Way>>,
    taken: Vec<usize>,
    /// How many rules read a relation at a place.
    needs: BTreeMap<(RelId, Place), usize>,
    writers: Vec<Vec<usize>>,
    tied: Tied,
}

impl<'a> Search<'a> {
    fn start(
        program: &'a Program,
        sizes: &'a Rows,
        loaded: &'a [bool],
        number: Option<RelId>,
        together: &BTreeSet<RelId>,
    ) -> Search<'a> {
        let mut writers = vec![Vec::new(); program.rels.len()];
        for (index, rule) in program.rules.iter().enumerate() {
            writers[rule.head.index()].push(index);
        }
        let rels = (0..program.rels.len()).map(|rel| RelId(rel as u32));
        let tied = Tied::of(program);
        let is_together = |rel: RelId| together.contains(&tied.leader(rel));
        let candidates = |rel: RelId| match is_together(rel) {
            _ if Some(rel) == number => vec![Place::Own],
            true => vec![Place::First],
            false => homes(program, rel),
        };
        let candidates: Vec<Vec<Place>> = rels.map(candidates).collect();
        let homes = candidates.iter().map(|places| places[0].clone());
        let option = |rule: &Rule| {
            let mut all = ways(program, rule, number);
            let is_bound = |rel: &RelId| is_together(*rel);
            let reads = all.iter().flat_map(|way| &way.reads).any(|(rel, _)| is_bound(rel));
            if reads || is_bound(&rule.head) && rule.grows {
                all.drain(..all.len() - 1);
            }
            all
        };
        let options: Vec<Vec<Way>> = program.rules.iter().map(option).collect();
        let mut search = Search {
            program,
            sizes,
            loaded,
            homes: homes.collect(),
            candidates,
            taken: options.iter().map(|ways| ways.len() - 1).collect(),
            options,
            needs: BTreeMap::new(),
            writers,
            tied,
        };
        for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
            search.settle(rel, search.homes[rel.index()].clone());
        }
        for rule in 0..program.rules.len() {
            search.taken[rule] = search.best_way(rule);
            search.need(rule, true);
        }
        search
    }

    /// Decides everything once more; whether something changed.
    fn pass(&mut self) -> bool {
        let mut changed = false;
        for rel in (0..self.program.rels.len()).map(|rel| RelId(rel as u32)) {
            if !self.tied.is_bound(rel) {
                let home = self.best_home(rel);
                changed |= home != self.homes[rel.index()];
                self.settle(rel, home);
            }
        }
        for rule in 0..self.program.rules.len() {
            self.need(rule, false);
            let best = self.best_way(rule);
            changed |= best != self.taken[rule];
            self.taken[rule] = best;
            self.need(rule, true);
        }
        changed
    }

    /// A relation that would have to be in two places though it cannot be copied.
    fn torn(&self) -> Option<RelId> {
        let growing = |rel: &RelId| self.program.rels[rel.index()].has_growth();
        let away = |(rel, place): &(RelId, Place)| *place != self.homes[rel.index()];
        let reads = self.needs.iter().filter(|(_, count)| **count > 0).map(|(read, _)| read);
        let torn = reads.filter(|read| growing(&read.0) && away(read)).map(|(rel, _)| *rel).next();
        torn.or_else(|| {
            let rules = self.program.rules.iter().enumerate().filter(|(_, rule)| rule.grows);
            let mut wanders = rules.filter(|(at, rule)| {
                let way = &self.options[*at][self.taken[*at]];
                !stays(rule, way, &self.homes[rule.head.index()])
            });
            wanders.next().map(|(_, rule)| rule.head)
        })
    }

    /// Notes what a rule reads, or strikes it out.
    fn need(&mut self, rule: usize, on: bool) {
        for (rel, place) in reads(&self.options[rule][self.taken[rule]]) {
            let count = self.needs.entry((rel, place)).or_insert(0);
            *count = if on { *count + 1 } else { count.saturating_sub(1) };
        }
    }

    fn best_way(&self, rule: usize) -> usize {
        self.best_way_to(rule, true)
    }

    /// The same; where what it derives belongs may not be settled yet.
    fn best_way_to(&self, rule: usize, settled: bool) -> usize {
        let cost = |way: &Way| {
            let new = |read: &&(RelId, Place)| self.needs.get(read).is_none_or(|count| *count == 0);
            let all = reads(way);
            let copies = all.iter().filter(new);
            let copies =
                copies.map(|(rel, place)| self.copy(*rel, place, &self.homes[rel.index()]));
            let head = self.program.rules[rule].head;
            let sent = if settled { self.sends(rule, way, &self.homes[head.index()]) } else { 0.0 };
            copies.sum::<f64>() + sent
        };
        least(self.options[rule].iter().map(cost))
    }

    /// Puts a relation, and what follows it, at a place.
    fn settle(&mut self, rel: RelId, home: Place) {
        if self.tied.is_bound(rel) {
            return;
        }
        for (other, place) in self.tied.places(rel, &home) {
            self.homes[other.index()] = place;
        }
        self.homes[rel.index()] = home;
    }

    fn best_home(&self, rel: RelId) -> Place {
        let candidates = &self.candidates[rel.index()];
        let cost = |home: &Place| {
            let others = self.tied.places(rel, home).into_iter();
            let others = others.map(|(other, place)| self.at_home(other, &place));
            self.at_home(rel, home) + others.sum::<f64>()
        };
        let best = least(candidates.iter().map(cost));
        candidates[best].clone()
    }

    /// What it costs that a relation is at home at a place.
    fn at_home(&self, rel: RelId, home: &Place) -> f64 {
        let copies = self.copies(rel, home);
        let rules = self.writers[rel.index()].iter();
        let way = |rule: usize| &self.options[rule][self.taken[rule]];
        copies + rules.map(|rule| self.sends(*rule, way(*rule), home)).sum::<f64>()
    }

    /// What copies of a relation cost that is at home at a place.
    fn copies(&self, rel: RelId, home: &Place) -> f64 {
        let needed = self
            .needs
            .range((rel, Place::Hash(Vec::new()))..)
            .take_while(|((of, _), _)| *of == rel)
            .filter(|(_, count)| **count > 0)
            .map(|((_, place), _)| place);
        needed.map(|place| self.copy(rel, place, home)).sum()
    }

    /// What it costs that a relation is read at a place.
    fn copy(&self, rel: RelId, place: &Place, home: &Place) -> f64 {
        if place == home {
            return 0.0;
        }
        // What grows inside its own recursion has one place.
        if self.program.rels[rel.index()].has_growth() {
            return NEVER;
        }
        let rows = self.sizes.of(rel).max(1.0);
        let (once, each) = if self.loaded[rel.index()] { LOADED } else { (KEPT, KEPT) };
        match place {
            Place::Everywhere => rows * each * self.sizes.workers,
            Place::Hash(_) | Place::First | Place::Own => rows * once,
        }
    }

    /// What it costs to bring what a rule derives to where it belongs, and to
    /// find it.
    fn sends(&self, rule: usize, way: &Way, home: &Place) -> f64 {
        let rule = &self.program.rules[rule];
        if self.loaded[rule.head.index()] {
            return 0.0;
        }
        // What grows inside its own recursion is read where it is made.
        if rule.grows && !stays(rule, way, home) {
            return NEVER;
        }
        let atoms = positive(&rule.body.lits);
        let rows = atoms.iter().map(|atom| self.sizes.of(atom.rel)).fold(1.0, f64::max);
        let matches = if atoms.len() > 1 { rows * JOIN } else { rows };
        let alone = if way.by.is_none() && !rule.is_fact { matches * ALONE } else { 0.0 };
        let found = if rule.aggs.is_empty() { matches } else { self.sizes.of(rule.head) };
        alone + if stays(rule, way, home) { 0.0 } else { found * SENT }
    }
}

/// Whether what a rule derives is where it belongs.
pub fn stays(rule: &Rule, way: &Way, home: &Place) -> bool {
    match (home, way.by) {
        (Place::First, None) => true,
        (Place::Hash(cols), Some(var)) => {
            let holds = |col: &usize| matches!(rule.args[*col].kind, ExprKind::Var(v) if v == var);
            matches!(cols.as_slice(), [col] if holds(col))
        }
        _ => false,
    }
}

/// What a rule reads, each once.
fn reads(way: &Way) -> BTreeSet<(RelId, Place)> {
    way.reads.iter().cloned().collect()
}

/// Where a relation could be at home; what comes first is a start.
fn homes(program: &Program, rel: RelId) -> Vec<Place> {
    let cols = &program.rels[rel.index()].cols;
    let divided = (0..cols.len()).filter(|col| divides(&cols[*col]));
    let mut out: Vec<Place> = divided.map(|col| Place::Hash(vec![col])).collect();
    out.push(Place::First);
    out
}

/// The place of the least; the first of equals.
fn least(costs: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::INFINITY);
    for (at, cost) in costs.enumerate() {
        if cost < best.1 {
            best = (at, cost);
        }
    }
    best.0
}

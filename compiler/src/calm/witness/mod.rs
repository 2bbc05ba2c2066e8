//! Smallest examples of points: a few facts, one that comes late or in another
//! order, and what was shown and is gone. The judge is the oracle; a point
//! without an example is not free for that.
//!
//! | room | owns |
//! |---|---|
//! | `stage` | who plays |
//! | `slice` `small` | the rules that matter, and nothing else |
//! | `domain` `rows` | values and facts to try, the plainest first |
//! | `world` | nodes that hand messages on at once |
//! | `judge` `together` | what an example has to show |
//! | `search` | sets of facts, the cheapest first |
//! | `names` | names that read well |
//! | `tell` | facts as the user writes them |

mod domain;
mod judge;
mod names;
mod rows;
mod search;
mod slice;
mod small;
mod stage;
mod tell;
mod together;
mod world;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::calm::model::Code;
use crate::calm::model::Goal;
use crate::calm::model::Kind;
use crate::calm::model::Point;
use crate::calm::model::Report;
use crate::calm::model::Verdict;
use crate::calm::model::What;
use crate::calm::proof;
use crate::calm::proof::Witness;
use crate::calm::witness::domain::Domain;
use crate::calm::witness::judge::Judge;
use crate::calm::witness::judge::Plan;
use crate::calm::witness::rows::Item;
use crate::calm::witness::rows::Shelf;
use crate::calm::witness::search::Search;
use crate::calm::witness::slice::At;
use crate::calm::witness::slice::Rules;
use crate::calm::witness::slice::Slice;
use crate::calm::witness::small::Small;
use crate::calm::witness::stage::Stage;
use crate::calm::witness::tell::Teller;
use crate::calm::witness::world::Broken;
use crate::calm::witness::world::Set;
use crate::calm::witness::world::Watched;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage as Op;
use crate::source::SourceMap;
use crate::types::judge::Sign;
use crate::types::judge::atoms;
use crate::types::typed::Program;

pub use stage::Actor;

/// Steps of the judge for all points of a report, if nobody says otherwise: a
/// step is a rule that is looked at in a tick.
pub const STEPS: u64 = 5_000_000;

/// Steps for one point, at most.
const STEPS_OF_ONE: u64 = 400_000;

/// Steps to find better names with.
const STEPS_OF_NAMES: u64 = 20_000;

/// Collections that are tried together; of more only those on the way are.
const SOURCES_MAX: usize = 12;

/// Names that stand for other nodes.
const NODES: [&str; 3] = ["n1", "n2", "n3"];

/// Looks for an example of every point. `steps` is what the judge may do for all
/// of them together.
pub fn examples(actors: &[Actor<'_>], sources: &SourceMap, report: &mut Report, steps: u64) {
    let stage = Stage::new(actors, sources);
    let rules = Rules::of(&stage);
    let each = steps / report.points.len().max(1) as u64;
    let each = each.min(STEPS_OF_ONE);
    let found: Vec<proof::Search> = report
        .points
        .iter()
        .map(|point| {
            let seen = report
                .verdicts
                .iter()
                .find(|verdict| verdict.name == point.output && verdict.points.contains(&point.id));
            match seen {
                Some(verdict) => Hunt { stage: &stage, rules: &rules, point, verdict }.run(each),
                None => proof::Search::CannotRun("nothing that is shown hangs on it".into()),
            }
        })
        .collect();
    for (point, found) in report.points.iter_mut().zip(found) {
        point.witness = found;
    }
}

/// The program that a role plays examples with: parameters without a value have one.
pub fn played(actors: &[Actor<'_>], sources: &SourceMap, role_at: usize) -> Program {
    let mut program = actors[role_at].typed.clone();
    Stage::new(actors, sources).settled(role_at, &mut program);
    program
}

/// The search for one point.
struct Hunt<'a> {
    stage: &'a Stage<'a>,
    rules: &'a Rules<'a>,
    point: &'a Point,
    verdict: &'a Verdict,
}

impl Hunt<'_> {
    fn run(&self, bound: u64) -> proof::Search {
        let shown = self.shown();
        let behind = self.rules.behind(&shown);
        let way = self.rules.on_the_way(self.point, &shown);
        let mut all = self.rules.all_sources(&behind);
        if all.len() > SOURCES_MAX {
            all.clone_from(&way);
        }
        let mut most = 0;
        let mut left = bound;
        let loadable = matches!(self.point.kind, Kind::Exclusive | Kind::Escrow);
        let tables = if loadable { self.rules.tables(&behind) } else { BTreeSet::new() };
        let with_tables: BTreeSet<At> = way.union(&tables).copied().collect();
        let mut rounds: Vec<&BTreeSet<At>> = Vec::new();
        for sources in [&way, &all, &with_tables] {
            if !rounds.contains(&sources) {
                rounds.push(sources);
            }
        }
        let mut rounds: Vec<(&BTreeSet<At>, usize)> =
            rounds.into_iter().map(|sources| (sources, 1)).collect();
        // What one node of a role does not show, two may.
        if self.stage.actors.len() > 1 || self.stage.actors[0].role.is_some() {
            rounds.push((&way, 2));
        }
        let mut rest = rounds.len() as u64;
        for (sources, copies) in rounds {
            let slice = self.rules.slice(&behind, sources);
            let steps = Cell::new(left / rest.max(1));
            rest -= 1;
            let given = steps.get();
            let (found, facts) = self.within(&slice, &shown, copies, &steps);
            if let Some(found) = found {
                return proof::Search::Found(found);
            }
            most = most.max(facts);
            left -= given.saturating_sub(steps.get());
        }
        let tried = match most {
            0 => "nothing small enough could be tried".to_string(),
            1 => "single facts were tried".to_string(),
            _ => format!("sets of up to {most} facts were tried"),
        };
        proof::Search::NotFound { bound, tried }
    }

    /// What is looked at: the output, or the messages.
    fn shown(&self) -> Vec<At> {
        let (part, rel) = (self.verdict.role_at, self.verdict.rel);
        if self.verdict.what != What::Channel {
            return vec![(part, rel)];
        }
        let name = &self.stage.actors[part].typed.rels[rel.index()].name;
        let mut out = Vec::new();
        for (part, actor) in self.stage.actors.iter().enumerate() {
            for (at, of) in actor.typed.rels.iter().enumerate() {
                let RelKind::Stage(Op::Send, target) = of.kind else { continue };
                if actor.typed.rels[target.index()].name == *name {
                    out.push((part, RelId(at as u32)));
                }
            }
        }
        // One role is watched: the first that sends them.
        out.retain({
            let first = out.first().map(|at| at.0);
            move |at| Some(at.0) == first
        });
        out
    }

    /// Looks among the facts of a slice.
    fn within(
        &self,
        slice: &Slice,
        shown: &[At],
        copies: usize,
        steps: &Cell<u64>,
    ) -> (Option<Witness>, usize) {
        let Some(set) = self.set(slice, shown, copies, steps) else { return (None, 0) };
        let named = match self.stage.actors.len() {
            1 => NODES.map(str::to_string).to_vec(),
            _ => set.nodes.clone(),
        };
        let shelf = Shelf { set: &set, domain: Domain::of(&set.smalls, named) };
        let items = shelf.items(self.rules, &slice.sources);
        let judge = self.judge(&set);
        let whole = |plan: &Plan, items: &[Item]| self.holds(&set, plan, items, shown);
        let search = Search {
            shelf: &shelf,
            judge: &judge,
            items: &items,
            kind: self.point.kind,
            repeats: self.point.code == Code::RepeatsChangeResult,
            late: self.late(&set),
            is_timed: set.smalls.iter().any(|small| is_timed(small)),
            has_clock: set.smalls.iter().any(|small| has(small, Given::Now)),
            draws: set.smalls.iter().any(|small| has(small, Given::Seed)),
            has_timers: set.smalls.iter().any(|small| has_timers(small)),
            whole: &whole,
            steps,
            shows: RefCell::new(BTreeMap::new()),
        };
        let (found, most) = search.run();
        let found = found.map(|found| {
            steps.set(STEPS_OF_NAMES);
            let better = names::named(&judge, found);
            Teller { set: &set, point: self.point }.witness(&better)
        });
        (found, most)
    }

    /// The nodes that play, with what is kept of their programs.
    fn set<'s>(
        &'s self,
        slice: &Slice,
        shown: &[At],
        copies: usize,
        steps: &'s Cell<u64>,
    ) -> Option<Set<'s>> {
        let &(part, first) = shown.first()?;
        let parts = 0..self.stage.actors.len();
        let also = |of: usize| {
            let here = shown.iter().filter(|at| at.0 == of).map(|at| at.1);
            here.collect::<Vec<RelId>>()
        };
        let one: Vec<Rc<Small>> =
            parts.clone().map(|of| Rc::new(Small::of(self.stage, of, slice, &also(of)))).collect();
        // The first nodes have the numbers of their roles.
        let smalls: Vec<Rc<Small>> = (0..copies).flat_map(|_| one.iter().cloned()).collect();
        let is_event = self.stage.actors[part].typed.rels[first.index()].event
            || self.verdict.what == What::Channel;
        let watched = Watched {
            player: part,
            rels: shown.iter().filter_map(|at| smalls[part].number(at.1)).collect(),
            is_event,
            parts: match self.verdict.what {
                What::Invariant => parts_of(&smalls[part]),
                What::Output | What::Channel => Vec::new(),
            },
        };
        let node = |copy: usize, of: usize| match copies {
            1 => self.stage.node(of),
            _ => format!("{}[{copy}]", self.stage.node(of)),
        };
        let nodes: Vec<String> = (0..copies)
            .flat_map(|copy| parts.clone().map(move |of| (copy, of)))
            .map(|(copy, of)| node(copy, of))
            .collect();
        Some(Set { stage: self.stage, smalls, nodes, watched, steps })
    }

    fn judge<'s>(&self, set: &'s Set<'s>) -> Judge<'s> {
        Judge { set, is_final: self.point.goal == Goal::Final, channel: self.channel() }
    }

    /// Whether it is so when all rules that can fire for these facts do, also those
    /// that have no part in what is shown: they may refuse what comes.
    fn holds(
        &self,
        set: &Set<'_>,
        plan: &Plan,
        items: &[Item],
        shown: &[At],
    ) -> Result<bool, Broken> {
        let old = |item: &Item| {
            let small = &set.smalls[item.player];
            (small.part, small.old[item.rel.index()])
        };
        let used = plan.items().map(|at| old(&items[at]));
        let slice = self.rules.slice(&self.rules.everything(), &used.collect());
        let copies = set.smalls.len() / self.stage.actors.len();
        let Some(whole) = self.set(&slice, shown, copies, set.steps) else { return Ok(false) };
        let moved = |item: &Item| {
            let rel = old(item).1;
            // What the plan does not use has no number here, and needs none.
            let rel = whole.smalls[item.player].number(rel).unwrap_or(RelId(0));
            Item { rel, ..item.clone() }
        };
        let items: Vec<Item> = items.iter().map(moved).collect();
        Ok(self.judge(&whole).judge(plan, &items)?.is_some())
    }

    /// The channel or timer of the point, if rules send on it and nothing comes from outside.
    fn channel(&self) -> Option<String> {
        let at = (self.point.role_at, self.point.rel);
        let rel = self.rules.rel(at);
        let is_sent = matches!(rel.kind, RelKind::Channel | RelKind::Timer);
        (is_sent && !self.rules.is_source(at)).then(|| rel.name.clone())
    }

    /// The collection of the point among the players.
    fn late(&self, set: &Set<'_>) -> (usize, RelId) {
        let part = self.point.role_at;
        // What is not there is never late.
        let rel = set.smalls[part].number(self.point.rel).unwrap_or(RelId(u32::MAX));
        (part, rel)
    }
}

/// What the rule of an invariant reads, the only rule that nobody reads.
fn parts_of(small: &Small) -> Vec<RelId> {
    let mut out = BTreeSet::new();
    for rule in &small.program.rules {
        if small.whole_kind(rule.head) == RelKind::Violation {
            atoms(&rule.body.lits, &mut |atom, sign| {
                if sign == Sign::Positive {
                    out.insert(atom.rel);
                }
            });
        }
    }
    out.into_iter().collect()
}

/// Whether rules write what holds in a later tick.
fn is_timed(small: &Small) -> bool {
    let kinds: BTreeSet<bool> = small
        .program
        .rels
        .iter()
        .map(|rel| matches!(rel.kind, RelKind::Stage(op, _) if op != Op::Send))
        .collect();
    kinds.contains(&true)
}

fn has_timers(small: &Small) -> bool {
    small.program.rels.iter().any(|rel| rel.kind == RelKind::Timer)
}

fn has(small: &Small, given: Given) -> bool {
    small.program.rels.iter().any(|rel| rel.given == Some(given))
}

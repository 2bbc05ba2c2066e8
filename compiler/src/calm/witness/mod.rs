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
use crate::calm::witness::rows::Shelf;
use crate::calm::witness::search::Search;
use crate::calm::witness::slice::At;
use crate::calm::witness::slice::Rules;
use crate::calm::witness::small::Small;
use crate::calm::witness::stage::Stage;
use crate::calm::witness::tell::Teller;
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
        let all = self.rules.all_sources(&behind);
        let mut most = 0;
        let mut left = bound;
        let loadable = matches!(self.point.kind, Kind::Exclusive | Kind::Escrow);
        let tables = if loadable { self.rules.tables(&behind) } else { BTreeSet::new() };
        let with_tables: BTreeSet<At> = all.union(&tables).copied().collect();
        let mut rounds = vec![&way, &all, &with_tables];
        rounds.dedup();
        let last = rounds.len() - 1;
        for (round, sources) in rounds.into_iter().enumerate() {
            let slice = self.rules.slice(&behind, sources);
            // A half for the way of the point, what is left for everything.
            let steps = Cell::new(if round == last { left } else { left / 2 });
            let given = steps.get();
            let (found, facts) = self.within(&slice, &shown, &steps);
            if let Some(found) = found {
                return proof::Search::Found(found);
            }
            most = most.max(facts);
            left -= given.saturating_sub(steps.get());
        }
        let tried = format!("sets of up to {most} facts were tried");
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

    fn within(
        &self,
        slice: &slice::Slice,
        shown: &[At],
        steps: &Cell<u64>,
    ) -> (Option<Witness>, usize) {
        let Some(&(part, first)) = shown.first() else { return (None, 0) };
        let takes_part = |at: &usize| {
            *at == part || !slice.rules[*at].is_empty() || slice.sources.iter().any(|s| s.0 == *at)
        };
        let parts: Vec<usize> = (0..self.stage.actors.len()).filter(takes_part).collect();
        let also = |of: usize| {
            let here = shown.iter().filter(|at| at.0 == of).map(|at| at.1);
            here.collect::<Vec<RelId>>()
        };
        let smalls: Vec<Small> =
            parts.iter().map(|of| Small::of(self.stage, *of, slice, &also(*of))).collect();
        let nodes: Vec<String> = parts.iter().map(|of| self.stage.node(*of)).collect();
        let Some(player) = parts.iter().position(|of| *of == part) else { return (None, 0) };
        let event = self.stage.actors[part].typed.rels[first.index()].event;
        let watched = Watched {
            player,
            rels: shown.iter().filter_map(|at| smalls[player].number(at.1)).collect(),
            is_event: event || self.verdict.what == What::Channel,
            parts: match self.verdict.what {
                What::Invariant => parts_of(&smalls[player]),
                What::Output | What::Channel => Vec::new(),
            },
        };
        let set = Set { stage: self.stage, smalls: &smalls, nodes: nodes.clone(), watched, steps };
        let named = match self.stage.actors.len() {
            1 => NODES.map(str::to_string).to_vec(),
            _ => nodes.clone(),
        };
        let shelf = Shelf { smalls: &smalls, nodes, domain: Domain::of(&smalls, named) };
        let items = shelf.items(self.rules, &slice.sources);
        let judge =
            Judge { set: &set, is_final: self.point.goal == Goal::Final, channel: self.channel() };
        let search = Search {
            shelf: &shelf,
            judge: &judge,
            items: &items,
            kind: self.point.kind,
            repeats: self.point.code == Code::RepeatsChangeResult,
            late: self.late(&smalls),
            is_timed: smalls.iter().any(is_timed),
            has_clock: smalls.iter().any(has_clock),
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

    /// The channel of the point, if rules send on it and nothing comes from outside.
    fn channel(&self) -> Option<String> {
        let at = (self.point.role_at, self.point.rel);
        let rel = self.rules.rel(at);
        (rel.kind == RelKind::Channel && !self.rules.is_source(at)).then(|| rel.name.clone())
    }

    /// The collection of the point among the players.
    fn late(&self, smalls: &[Small]) -> (usize, RelId) {
        let at = |(player, small): (usize, &Small)| {
            let rel = small.number(self.point.rel).filter(|_| small.part == self.point.role_at)?;
            Some((player, rel))
        };
        smalls.iter().enumerate().find_map(at).unwrap_or((usize::MAX, self.point.rel))
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

fn has_clock(small: &Small) -> bool {
    small.program.rels.iter().any(|rel| matches!(rel.given, Some(Given::Now)))
}

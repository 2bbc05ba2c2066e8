//! What of a system matters for a point: the rules behind what is shown, and the
//! collections from outside that are needed to show it. Whatever has no part in
//! it is left away, so that an example costs little to try. How rules are run
//! is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::model::Point;
use crate::calm::witness::stage::Stage;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::names::hir::Stage as Op;
use crate::types::judge::Sign;
use crate::types::judge::atoms;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Rel;
use crate::types::typed::Rule;

/// A collection of the whole system: of which role, and its number there.
pub(super) type At = (usize, RelId);

/// A rule, likewise.
pub(super) type RuleAt = (usize, usize);

/// What something costs that no facts give.
const NEVER: u32 = u32::MAX / 4;

/// All rules of a system, by what they write.
pub(super) struct Rules<'a> {
    stage: &'a Stage<'a>,
    /// Rules by the collection that gains rows by them, also over time and by messages.
    by_head: BTreeMap<At, Vec<RuleAt>>,
    /// The facts that a row takes, at least, and the rule for it, if it is none
    /// from outside.
    least: BTreeMap<At, (u32, Option<RuleAt>)>,
}

/// What matters of a system.
pub(super) struct Slice {
    /// The rules that are kept, by role, ascending.
    pub(super) rules: Vec<Vec<usize>>,
    /// Where facts come from.
    pub(super) sources: Vec<At>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(stage: &'a Stage<'a>) -> Rules<'a> {
        let mut by_head: BTreeMap<At, Vec<RuleAt>> = BTreeMap::new();
        for (part, actor) in stage.actors.iter().enumerate() {
            for (at, rule) in actor.typed.rules.iter().enumerate() {
                for target in targets(stage, part, rule.head) {
                    by_head.entry(target).or_default().push((part, at));
                }
            }
        }
        let mut rules = Rules { stage, by_head, least: BTreeMap::new() };
        rules.weigh();
        rules
    }

    pub(super) fn rel(&self, (part, rel): At) -> &'a Rel {
        &self.stage.actors[part].typed.rels[rel.index()]
    }

    fn rule(&self, (part, rule): RuleAt) -> &'a Rule {
        &self.stage.actors[part].typed.rules[rule]
    }

    fn of_head(&self, at: At) -> &[RuleAt] {
        self.by_head.get(&at).map_or(&[], Vec::as_slice)
    }

    /// Whether rows come from outside of the system.
    pub(super) fn is_source(&self, at: At) -> bool {
        let rel = self.rel(at);
        match rel.kind {
            _ if rel.given == Some(Given::Stdin) => true,
            _ if rel.given.is_some() || rel.reach != Reach::Program => false,
            RelKind::Input | RelKind::InputTable | RelKind::InputView | RelKind::StaticTable => {
                true
            }
            RelKind::Table => self.of_head(at).is_empty(),
            // Of a program without roles any number of nodes may be there.
            RelKind::Channel => self.stage.actors.len() == 1 || self.of_head(at).is_empty(),
            RelKind::Periodic => true,
            _ => false,
        }
    }

    /// Finds for every collection how few facts give it a row.
    fn weigh(&mut self) {
        for (part, actor) in self.stage.actors.iter().enumerate() {
            for (rel, declared) in actor.typed.rels.iter().enumerate() {
                let at = (part, RelId(rel as u32));
                let is_there = declared.given.is_some_and(|given| given != Given::Stdin);
                match (is_there, self.is_source(at)) {
                    (true, _) => drop(self.least.insert(at, (0, None))),
                    (_, true) => drop(self.least.insert(at, (1, None))),
                    _ => {}
                }
            }
        }
        self.settle();
        // What only follows from itself has been loaded.
        let lost: Vec<At> = self.by_head.keys().copied().filter(|&at| self.is_lost(at)).collect();
        for at in lost {
            self.least.insert(at, (3, None));
        }
        self.settle();
    }

    fn is_lost(&self, at: At) -> bool {
        let rel = self.rel(at);
        let can = rel.kind == RelKind::Table && rel.reach == Reach::Program;
        can && !self.least.contains_key(&at)
    }

    /// Whether it can be loaded though rules write it.
    pub(super) fn is_loaded(&self, at: At) -> bool {
        self.least.get(&at) == Some(&(3, None))
    }

    fn settle(&mut self) {
        loop {
            let mut news = false;
            for (at, rules) in &self.by_head {
                for rule in rules {
                    let Some(cost) = self.cost(*rule) else { continue };
                    let known = self.least.get(at).map_or(NEVER, |least| least.0);
                    if cost < known {
                        self.least.insert(*at, (cost, Some(*rule)));
                        news = true;
                    }
                }
            }
            if !news {
                return;
            }
        }
    }

    fn cost(&self, (part, rule): RuleAt) -> Option<u32> {
        let of = |rel| self.least.get(&(part, rel)).map(|least| least.0);
        needs(&self.rule((part, rule)).body.lits, &of).map(|cost| cost.min(NEVER - 1))
    }

    /// All rules there are.
    pub(super) fn everything(&self) -> BTreeSet<RuleAt> {
        let actors = self.stage.actors.iter().enumerate();
        actors.flat_map(|(part, of)| (0..of.typed.rules.len()).map(move |at| (part, at))).collect()
    }

    /// Everything behind what is shown.
    pub(super) fn behind(&self, shown: &[At]) -> BTreeSet<RuleAt> {
        let mut found = BTreeSet::new();
        let mut seen: BTreeSet<At> = BTreeSet::new();
        let mut open: Vec<At> = shown.to_vec();
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            for &(part, rule) in self.of_head(at) {
                found.insert((part, rule));
                atoms(&self.rule((part, rule)).body.lits, &mut |atom, _| {
                    open.push((part, atom.rel))
                });
            }
        }
        found
    }

    /// Sources that are needed to go the way of a point to what is shown.
    pub(super) fn on_the_way(&self, point: &Point, shown: &[At]) -> BTreeSet<At> {
        let mut seen = BTreeSet::new();
        let mut found = BTreeSet::new();
        for step in &point.path {
            let rules = &self.stage.actors[step.role_at].typed.rules;
            let Some(rule) = rules.get(step.rule_at) else { continue };
            atoms(&rule.body.lits, &mut |atom, _| {
                self.needed((step.role_at, atom.rel), &mut seen, &mut found);
            });
        }
        for at in shown.iter().copied().chain([(point.role_at, point.rel)]) {
            self.needed(at, &mut seen, &mut found);
        }
        found
    }

    /// The sources of the least way to a row.
    fn needed(&self, at: At, seen: &mut BTreeSet<At>, found: &mut BTreeSet<At>) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            if self.is_source(at) || self.is_loaded(at) {
                found.insert(at);
            }
            let rule = self.least.get(&at).and_then(|least| least.1);
            if let Some((part, rule)) = rule {
                atoms(&self.rule((part, rule)).body.lits, &mut |atom, sign| {
                    if matches!(sign, Sign::Positive | Sign::All) {
                        open.push((part, atom.rel));
                    }
                });
            }
        }
    }

    /// All sources that rules read.
    pub(super) fn all_sources(&self, rules: &BTreeSet<RuleAt>) -> BTreeSet<At> {
        let mut found = BTreeSet::new();
        for &(part, rule) in rules {
            atoms(&self.rule((part, rule)).body.lits, &mut |atom, _| {
                let at = (part, atom.rel);
                if self.is_source(at) || self.is_loaded(at) {
                    found.insert(at);
                }
            });
        }
        found
    }

    /// Tables that these rules read and that can be loaded.
    pub(super) fn tables(&self, rules: &BTreeSet<RuleAt>) -> BTreeSet<At> {
        let mut found = BTreeSet::new();
        for &(part, rule) in rules {
            atoms(&self.rule((part, rule)).body.lits, &mut |atom, _| {
                let rel = self.rel((part, atom.rel));
                if rel.kind == RelKind::Table && rel.reach == Reach::Program {
                    found.insert((part, atom.rel));
                }
            });
        }
        found
    }

    /// The rules that may fire when facts come from these sources only.
    pub(super) fn slice(&self, rules: &BTreeSet<RuleAt>, sources: &BTreeSet<At>) -> Slice {
        let mut there: BTreeSet<At> = sources.clone();
        let mut kept: BTreeSet<RuleAt> = BTreeSet::new();
        loop {
            let before = kept.len();
            for &(part, rule) in
                rules.iter().filter(|rule| !kept.contains(rule)).collect::<Vec<_>>()
            {
                let of = |rel: RelId| {
                    let at = (part, rel);
                    let given = self.rel(at).given.is_some_and(|given| given != Given::Stdin);
                    (given || there.contains(&at)).then_some(1)
                };
                if needs(&self.rule((part, rule)).body.lits, &of).is_some() {
                    kept.insert((part, rule));
                    let head = self.rule((part, rule)).head;
                    there.extend(targets(self.stage, part, head));
                }
            }
            if kept.len() == before {
                break;
            }
        }
        let mut by_part = vec![Vec::new(); self.stage.actors.len()];
        kept.iter().for_each(|&(part, rule)| by_part[part].push(rule));
        Slice { rules: by_part, sources: sources.iter().copied().collect() }
    }
}

/// What gains rows when a rule fires: its head, and what a stage is taken up by.
fn targets(stage: &Stage<'_>, part: usize, head: RelId) -> Vec<At> {
    let rels = &stage.actors[part].typed.rels;
    let mut out = vec![(part, head)];
    match rels[head.index()].kind {
        RelKind::Stage(Op::Send, target) if rels[target.index()].kind == RelKind::Channel => {
            let name = &rels[target.index()].name;
            for other in 0..stage.actors.len() {
                let found = stage.rel(other, name).map(|rel| (other, rel));
                let of = |(part, rel): &At| stage.actors[*part].typed.rels[rel.index()].kind;
                out.extend(found.filter(|at| of(at) == RelKind::Channel));
            }
        }
        RelKind::Stage(_, target) => out.push((part, target)),
        _ => {}
    }
    out
}

/// The cost of all that has to be there for a body to hold; `None` where
/// something never is.
fn needs(lits: &[Lit], of: &dyn Fn(RelId) -> Option<u32>) -> Option<u32> {
    let mut sum: u32 = 0;
    for lit in lits {
        let cost = match &lit.kind {
            LitKind::Atom(atom) => of(atom.rel)?,
            LitKind::Or(branches) => branches.iter().filter_map(|lits| needs(lits, of)).min()?,
            LitKind::Not(_)
            | LitKind::Cond(_)
            | LitKind::Bind(..)
            | LitKind::In(..)
            | LitKind::Else { .. }
            | LitKind::All { .. } => 0,
        };
        sum = sum.saturating_add(cost);
    }
    Some(sum.min(NEVER - 1))
}

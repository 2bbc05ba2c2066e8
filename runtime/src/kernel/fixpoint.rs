//! Semi-naive evaluation, stratum by stratum.
//!
//! Within a stratum one relation's window is promoted at a time and all rules
//! that read it are run for that window before the next one: relations come in
//! topological order, so that a window holds as much as it can.

mod ranked;
mod replan;
mod shift;
mod stage;
mod windows;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bloom_compiler::plan::ir::Window;

use crate::kernel::aggregate::Groups;
use crate::kernel::budget::Budget;
use crate::kernel::budget::Limits;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::failure::Least;
use crate::kernel::fixpoint::replan::Assumed;
use crate::kernel::fixpoint::replan::ROWS_MIN;
use crate::kernel::link::Linked;
use crate::kernel::link::Variant;
use crate::kernel::link::slots_on;
use crate::kernel::profile::At;
use crate::kernel::relation::Relation;
use crate::kernel::sink::Sink;

/// Runs all strata; with a planner, under new plans where rows outgrow the old.
pub fn run(
    engine: &mut Engine,
    limits: &Limits,
    planner: Option<Planner<'_>>,
) -> Result<(), Failure> {
    let mut budget = Budget::new(limits, engine.bytes());
    let linked = std::mem::take(&mut engine.linked);
    let assumed = Assumed::of(engine);
    let replan_rows = limits.replan_rows.unwrap_or(ROWS_MIN);
    let budget = &mut budget;
    let held = engine.ranks.is_some().then(Vec::new);
    let growing = Vec::new();
    let window = usize::MAX;
    let mut work =
        Work { engine, linked, budget, planner, assumed, replan_rows, growing, held, window };
    let result = work.run();
    let Work { engine, linked, .. } = work;
    engine.linked = linked;
    result
}

pub use replan::Planner;
pub use shift::Shift;
pub(super) use stage::Stage;
pub(super) use stage::audit;

/// Relations, and rules of strata, that are judged together.
type Judged = (Vec<usize>, Vec<(usize, usize)>);

struct Work<'a, 'p> {
    engine: &'a mut Engine,
    linked: Arc<Linked>,
    budget: &'a mut Budget,
    /// The groups of the rules of the stratum that are read while they grow.
    growing: Vec<Option<Groups>>,
    planner: Option<Planner<'p>>,
    assumed: Assumed,
    /// Rows from which a relation's growth counts.
    replan_rows: usize,
    /// Where ranks are kept: what this round derived so far, by rule.
    held: Option<Vec<(usize, Sink)>>,
    /// Rows at most that are new at once.
    window: usize,
}

impl Work<'_, '_> {
    fn run(&mut self) -> Result<(), Failure> {
        let mut suspects: Vec<(usize, usize)> = Vec::new();
        let mut judged_from = 0;
        let mut first_rule = 0;
        // What was loaded is read as finished; strata settle what they complete.
        self.engine.rels.iter_mut().for_each(Relation::settle);
        self.release_unasked();
        for number in 0..self.linked.strata.len() {
            let started = self.engine.profile.is_some().then(Instant::now);
            let rounds = self.engine.rounds;
            let result = self.stratum(number, first_rule, &mut suspects);
            if let Some((profile, started)) = self.engine.profile.as_mut().zip(started) {
                profile.end_stratum(number, self.engine.rounds - rounds, started.elapsed());
                profile.weigh(&self.linked.slots, &self.engine.indexes);
            }
            result?;
            if self.linked.strata[number].judged {
                self.judge(&suspects, judged_from..number + 1)?;
                suspects.clear();
                judged_from = number + 1;
            }
            first_rule += self.linked.strata[number].rules.len();
            for &at in &self.linked.strata[number].slots {
                let slot = &self.linked.slots[at];
                if slot.last == number {
                    self.engine.indexes[at] = slot.index();
                }
            }
        }
        Ok(())
    }

    fn stratum(
        &mut self,
        number: usize,
        first_rule: usize,
        suspects: &mut Vec<(usize, usize)>,
    ) -> Result<(), Failure> {
        let linked = self.linked.clone();
        let stratum = &linked.strata[number];
        self.open(number);
        let own = &self.engine.rules[first_rule..first_rule + stratum.rules.len()];
        let before: Vec<u64> = own.iter().map(|r| r.new_rows).collect();
        let at = (number, first_rule);
        if self.outgrown(number) || self.uninformed(number) {
            self.replan(number);
        }
        let mut rounds = 0;
        let ranked = self.held.is_some();
        let mut on =
            if ranked { self.ranked(at, suspects) } else { self.rules(at, None, suspects) };
        while on && !ranked {
            let Some(rel) = self.news(number) else { break };
            if self.outgrown(number) {
                self.replan(number);
            }
            rounds += 1;
            on = self.round(at, rel, rounds, suspects);
        }
        if !on {
            return Err(self.spent(number, first_rule, &before));
        }
        self.close(number);
        Ok(())
    }

    /// Makes a stratum ready to begin: all that is there is new to it.
    fn open(&mut self, number: usize) {
        let linked = self.linked.clone();
        let stratum = &linked.strata[number];
        for &rel in &stratum.rels {
            self.engine.rels[rel].unsettle();
        }
        for &rel in &stratum.rels {
            for at in slots_on(&linked.slots, rel) {
                if self.engine.indexes[at].upto() > 0 {
                    self.engine.indexes[at] = linked.slots[at].index();
                }
            }
        }
        self.extend_inputs(number);
        self.growing = stratum.rules.iter().map(|_| None).collect();
    }

    /// The first relation of a stratum that has something new.
    fn news(&self, number: usize) -> Option<usize> {
        let rels = &self.linked.strata[number].rels;
        rels.iter().copied().find(|&rel| self.engine.rels[rel].has_news())
    }

    /// Runs what reads a relation for what is new in it. False: a limit is met.
    fn round(
        &mut self,
        at: (usize, usize),
        rel: usize,
        rounds: u64,
        suspects: &mut Vec<(usize, usize)>,
    ) -> bool {
        self.engine.rounds += 1;
        let (new, changed) = self.promote(rel, at.0);
        let engine = &*self.engine;
        self.budget.round(rounds, || engine.bytes())
            && self.rules(at, Some((rel, new, changed)), suspects)
    }

    /// A stratum is complete.
    fn close(&mut self, number: usize) {
        let linked = self.linked.clone();
        let rels = &linked.strata[number].rels;
        for &rel in rels {
            self.engine.rels[rel].settle();
        }
        self.engine.fill_news(rels);
    }

    /// Runs the rules of a stratum that read the window of a relation, which
    /// has new rows or changed ones; without one, those that run once.
    fn rules(
        &mut self,
        (number, first_rule): (usize, usize),
        wanted: Option<(usize, bool, bool)>,
        suspects: &mut Vec<(usize, usize)>,
    ) -> bool {
        let linked = self.linked.clone();
        for (i, rule) in linked.strata[number].rules.iter().enumerate() {
            let at = At { stratum: number, rule: i, variant: 0 };
            if self.engine.plan.strata[number].rules[i].once && !self.engine.once {
                continue;
            }
            let source = self.engine.plan.strata[number].rules[i].source;
            if self.engine.share.as_ref().is_some_and(|share| share.is_idle(source)) {
                continue;
            }
            let stats_at = first_rule + i;
            if rule.is_aggregate && !rule.grows {
                // All alternatives feed the same groups.
                if wanted.is_none() && !self.variants(at, stats_at, &rule.variants, suspects) {
                    return false;
                }
                continue;
            }
            for (nth, variant) in rule.variants.chunks(1).enumerate() {
                let at = At { variant: nth, ..at };
                let runs = match (wanted, variant[0].delta) {
                    (None, None) => true,
                    (Some((rel, new, changed)), Some((delta, window))) => {
                        rel == delta && (new || changed && window == Window::Changed)
                    }
                    _ => false,
                };
                if runs && !self.variants(at, stats_at, variant, suspects) {
                    return false;
                }
            }
        }
        true
    }

    /// Runs variants of one rule; false: a limit is met.
    fn variants(
        &mut self,
        at: At,
        stats_at: usize,
        variants: &[Variant],
        suspects: &mut Vec<(usize, usize)>,
    ) -> bool {
        let (number, rule_at) = (at.stratum, at.rule);
        let linked = self.linked.clone();
        let rule = &linked.strata[number].rules[rule_at];
        let spec = &self.engine.plan.strata[number].rules[rule_at];
        let started = Instant::now();
        let source = spec.source;
        let schema = &self.engine.plan.rels[rule.head];
        let mut sink = Sink::new(rule.head, schema, &self.engine.rels[rule.head]);
        if self.held.is_some() {
            sink.hold();
        }
        sink.away = self.engine.share.as_mut().and_then(|share| share.away_of(source, rule.head));
        let helps = self.engine.share.as_ref().is_some_and(|share| share.is_helper(rule.head));
        self.budget.counts(!helps);
        let kept = self.growing[rule_at].take();
        let mut groups = kept.or_else(|| spec.aggregate.as_ref().map(Groups::new));
        let mut regs = vec![0; rule.regs];
        let mut stage = Stage::of(self.engine, &linked, self.budget);
        let (mut on, mut matches) = (true, 0);
        for variant in variants {
            let mut run = stage.run(&variant.nodes, Some(&mut sink), groups.as_mut(), None);
            on = on && run.go(0, &mut regs);
            matches += run.matches;
            if run.failed {
                suspects.push((number, rule_at));
            }
        }
        if let (true, Some(groups)) = (on, &mut groups) {
            let (fine, failed) = stage.finish(rule, groups, &mut sink, &mut regs);
            on = fine;
            if failed {
                suspects.push((number, rule_at));
            }
        }
        on = (self.held.is_some() || stage.flush(&mut sink)) && on;
        self.growing[rule_at] = groups.filter(|_| rule.grows);
        if let (Some(share), Some(away)) = (&mut self.engine.share, sink.away.take()) {
            match share.is_each(source) {
                true => share.drop(rule.head, away),
                false => share.keep(rule.head, Some(stats_at), sink.form(), away),
            }
        }
        let again = self.engine.share.as_ref().is_some_and(|share| share.is_again(source));
        let stats = &mut self.engine.rules[stats_at];
        // What every worker runs is the work of the first one.
        stats.matches += if again { 0 } else { matches };
        stats.new_rows += sink.new as u64;
        stats.runs += 1;
        let time = started.elapsed();
        stats.cpu_seconds += time.as_secs_f64();
        if let Some(profile) = &mut self.engine.profile {
            profile.add(at, matches, sink.new as u64, time);
        }
        if let Some(held) = &mut self.held {
            held.push((stats_at, sink));
        }
        on
    }

    /// Decides whether what failed on the way is a failure, and which is least.
    fn judge(
        &mut self,
        suspects: &[(usize, usize)],
        strata: std::ops::Range<usize>,
    ) -> Result<(), Failure> {
        let mut rels: Vec<usize> =
            strata.clone().flat_map(|s| self.linked.strata[s].rels.iter().copied()).collect();
        rels.sort_unstable();
        let mut suspects = suspects.to_vec();
        suspects.sort_unstable();
        suspects.dedup();
        for number in strata.filter(|_| !suspects.is_empty()) {
            self.extend_inputs(number);
            for &slot in &self.linked.strata[number].slots {
                let rel = self.linked.slots[slot].rel;
                let to = self.engine.rels[rel].len();
                self.engine.indexes[slot].extend(&self.engine.rels[rel], to);
            }
        }
        // Strata of the language may be judged together here; the first of them
        // that has something to say says it.
        let mut levels = BTreeMap::<u32, Judged>::new();
        let share = self.engine.share.as_ref();
        for rel in rels {
            let of = self.engine.plan.declared(rel);
            let level = share.map_or(0, |share| share.level(of));
            levels.entry(level).or_default().0.push(rel);
        }
        for suspect in suspects {
            let source = self.engine.plan.strata[suspect.0].rules[suspect.1].source;
            let level = share.map_or(0, |share| share.rule_level(source));
            levels.entry(level).or_default().1.push(suspect);
        }
        levels.into_values().try_for_each(|(rels, suspects)| self.verdict(&rels, &suspects))
    }

    /// What is wrong with these relations, and with what these rules found.
    fn verdict(&mut self, rels: &[usize], suspects: &[(usize, usize)]) -> Result<(), Failure> {
        // What was derived from one of two values of a point means nothing.
        self.engine.judge_points(rels)?;
        let mut least = Least::default();
        let linked = self.linked.clone();
        for &suspect in suspects {
            audit(self.engine, &linked, self.budget, suspect, &mut least);
        }
        if let Some(failure) = least.take(&self.engine.plan.types, &self.engine.interner) {
            return Err(failure);
        }
        rels.iter().try_for_each(|rel| self.engine.judge_keys(*rel))
    }

    /// The limit that was met, with the rule that derived most in this stratum.
    fn spent(&self, number: usize, first_rule: usize, before: &[u64]) -> Failure {
        let rules = self.linked.strata[number].rules.len();
        let grown = |i: &usize| self.engine.rules[*i].new_rows - before[*i - first_rule];
        let rule = (first_rule..first_rule + rules).max_by_key(grown);
        let rule = rule.map(|i| &self.engine.rules[i]);
        let (which, limit) = self.budget.met().unwrap_or(("--max-seconds", String::new()));
        Failure::Limit {
            which,
            limit,
            rule: rule.map(|r| r.name.clone()),
            span: rule.map(|r| r.span),
            detail: rule.map_or(String::new(), |r| {
                format!("it has derived {} rows in {} runs so far", r.new_rows, r.runs)
            }),
        }
    }
}

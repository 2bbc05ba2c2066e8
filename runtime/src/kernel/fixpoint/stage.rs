//! An engine taken apart, so that the steps of a rule can run over its relations
//! while they add to one of them; and the audit of a rule in which something
//! failed. In which order rules run is not known here.

use bloom_compiler::plan::ir;

use crate::kernel::aggregate::Groups;
use crate::kernel::aggregate::combinations;
use crate::kernel::budget::Budget;
use crate::kernel::engine::Engine;
use crate::kernel::engine::Parts;
use crate::kernel::failure::Least;
use crate::kernel::index::Index;
use crate::kernel::link::Linked;
use crate::kernel::link::Node;
use crate::kernel::link::Rule;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::kernel::sink::Sink;
use crate::kernel::steps::OnFail;
use crate::kernel::steps::Run;

/// Evaluates a rule in the strict order over the finished stratum.
pub(in crate::kernel) fn audit(
    engine: &mut Engine,
    linked: &Linked,
    budget: &mut Budget,
    (number, at): (usize, usize),
    least: &mut Least,
) {
    let rule = &linked.strata[number].rules[at];
    let spec = engine.plan.strata[number].rules[at].clone();
    let mut regs = vec![0; rule.regs];
    let mut groups = spec.aggregate.as_ref().map(Groups::new);
    let mut stage = Stage::of(engine, linked, budget);
    for (audit, bound) in &rule.audits {
        let mut see = |node: usize, span, kind, regs: &[u64], s: &Scalars| {
            least.see(&spec, &bound[node], regs, (kind, span), s);
        };
        let on_fail: OnFail = &mut see;
        stage.run(&audit.nodes, None, groups.as_mut(), Some(on_fail)).go(0, &mut regs);
    }
    if let Some(groups) = &mut groups {
        stage.audit_groups(rule, &spec, groups, &mut regs, least);
    }
}

/// The engine's parts, taken apart for a run.
pub(in crate::kernel) struct Stage<'a> {
    pub(in crate::kernel) rels: &'a mut [Relation],
    indexes: &'a [Index],
    owner_slots: &'a [Option<usize>],
    pub(in crate::kernel) scalars: Scalars<'a>,
    pub(in crate::kernel) budget: &'a mut Budget,
}

impl<'a> Stage<'a> {
    pub(in crate::kernel) fn of(
        engine: &'a mut Engine,
        linked: &'a Linked,
        budget: &'a mut Budget,
    ) -> Stage<'a> {
        let Parts { rels, indexes, scalars, .. } = engine.parts();
        Stage { scalars, rels, indexes, owner_slots: &linked.owner_slots, budget }
    }

    pub(in crate::kernel) fn run<'b>(
        &'b mut self,
        nodes: &'b [Node],
        sink: Option<&'b mut Sink>,
        groups: Option<&'b mut Groups>,
        on_fail: Option<OnFail<'b>>,
    ) -> Run<'b> {
        Run {
            nodes,
            rels: self.rels,
            indexes: self.indexes,
            owner_slots: self.owner_slots,
            scalars: self.scalars.again(),
            sink,
            groups,
            on_fail,
            failed: false,
            first_fail: None,
            reached: false,
            group: Vec::new(),
            group_words: Vec::new(),
            memos: Vec::new(),
            matches: 0,
            budget: self.budget,
        }
    }

    pub(in crate::kernel) fn flush(&mut self, sink: &mut Sink) -> bool {
        sink.flush(self.rels, &mut self.scalars, self.budget)
    }

    /// Derives the rows of all groups. Returns whether to go on, and whether
    /// something failed.
    pub(in crate::kernel) fn finish(
        &mut self,
        rule: &Rule,
        groups: &mut Groups,
        sink: &mut Sink,
        regs: &mut [u64],
    ) -> (bool, bool) {
        let mut failed = false;
        for group in groups.due() {
            groups.load_key(group, regs);
            let mut derive = |stage: &mut Stage<'_>, regs: &mut [u64]| {
                let mut run = stage.run(&rule.finish, Some(&mut *sink), None, None);
                let on = run.go(0, regs);
                failed |= run.failed;
                on
            };
            let on = match groups.load_single(group, regs) {
                Some(Ok(())) => derive(self, regs),
                Some(Err(_)) => {
                    failed = true;
                    continue;
                }
                None => match groups.results(group, regs, &mut self.scalars) {
                    Ok(results) => combinations(&results, &mut |words| {
                        groups.load_results(words, regs);
                        derive(self, regs)
                    }),
                    Err(_) => {
                        failed = true;
                        continue;
                    }
                },
            };
            if !on {
                return (false, failed);
            }
        }
        (true, failed)
    }

    fn audit_groups(
        &mut self,
        rule: &Rule,
        spec: &ir::Rule,
        groups: &mut Groups,
        regs: &mut [u64],
        least: &mut Least,
    ) {
        for group in groups.due() {
            groups.load_key(group, regs);
            let results = match groups.results(group, regs, &mut self.scalars) {
                Ok(results) => results,
                Err(fail) => {
                    let bound = rule.bound_in_finish.first();
                    let none = Vec::new();
                    least.see(spec, bound.unwrap_or(&none), regs, fail, &self.scalars);
                    continue;
                }
            };
            combinations(&results, &mut |words| {
                groups.load_results(words, regs);
                let mut see = |node: usize, span, kind, regs: &[u64], s: &Scalars| {
                    least.see(spec, &rule.bound_in_finish[node], regs, (kind, span), s);
                };
                self.run(&rule.finish, None, None, Some(&mut see)).go(0, regs)
            });
        }
    }
}

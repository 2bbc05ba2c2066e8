//! Moves of a relation together with what stands in a circle with it and the
//! rules around them: where the home alone or one rule alone would cost more,
//! all of them at once may cost less. What a choice costs is not known here.

use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::plan::spread::Place;
use crate::plan::spread::choose::Search;
use crate::plan::spread::choose::reads;

/// Rules around a relation that are looked at together at most.
const RULES_MAX: usize = 48;
/// Times that what stands around a relation is settled once more.
const SWEEPS: usize = 2;
/// What a move has to save, as a part of the cost: sums are rounded.
const LESS: f64 = 1e-6;

impl Search<'_> {
    /// Moves relations for as long as one pass over all; whether one was moved.
    pub(super) fn moves(&mut self) -> bool {
        let readers = self.readers();
        let mut moved = false;
        for at in 0..self.program.rels.len() {
            let rel = RelId(at as u32);
            if self.tied.is_bound(rel) || self.candidates[at].len() < 2 {
                continue;
            }
            let circle = self.circle(rel, &readers);
            let touches =
                |rel: &RelId| readers[rel.index()].iter().chain(&self.writers[rel.index()]);
            let rules: BTreeSet<usize> = circle.iter().flat_map(touches).copied().collect();
            if rules.is_empty() || rules.len() > RULES_MAX {
                continue;
            }
            for home in self.candidates[at].clone() {
                moved |= home != self.homes[at] && self.moves_to(rel, home, &circle, &rules);
            }
        }
        moved
    }

    /// By relation, the rules that read it.
    fn readers(&self) -> Vec<Vec<usize>> {
        let mut readers = vec![Vec::new(); self.program.rels.len()];
        for (rule, ways) in self.options.iter().enumerate() {
            let read = ways.first().map(reads).unwrap_or_default();
            let rels: BTreeSet<RelId> = read.into_iter().map(|(rel, _)| rel).collect();
            rels.into_iter().for_each(|rel| readers[rel.index()].push(rule));
        }
        readers
    }

    /// A relation, and those that a rule leads to from it and another leads back
    /// from.
    fn circle(&self, rel: RelId, readers: &[Vec<usize>]) -> Vec<RelId> {
        let heads = readers[rel.index()].iter().map(|rule| self.program.rules[*rule].head);
        let heads: BTreeSet<RelId> = heads.filter(|head| *head != rel).collect();
        let leads_back = |head: &RelId| {
            let mut rules = readers[head.index()].iter();
            rules.any(|rule| self.program.rules[*rule].head == rel) && !self.tied.is_bound(*head)
        };
        std::iter::once(rel).chain(heads.into_iter().filter(leads_back)).collect()
    }

    /// Moves a relation if that costs less, all in all.
    fn moves_to(
        &mut self,
        rel: RelId,
        home: Place,
        circle: &[RelId],
        rules: &BTreeSet<usize>,
    ) -> bool {
        let before = self.around(circle, rules);
        let homes: Vec<Place> = circle.iter().map(|rel| self.homes[rel.index()].clone()).collect();
        let taken: Vec<usize> = rules.iter().map(|rule| self.taken[*rule]).collect();
        self.settle(rel, home);
        // Rules that share a copy would each hold on to it, since another pays; and
        // those that fill the rest of the circle to where that is at home.
        rules.iter().for_each(|rule| self.need(*rule, false));
        for &rule in rules {
            let head = self.program.rules[rule].head;
            self.taken[rule] = self.best_way_to(rule, head == rel || !circle.contains(&head));
            self.need(rule, true);
        }
        for sweep in 0..SWEEPS {
            if sweep > 0 {
                rules.iter().for_each(|rule| self.retake(*rule, None));
            }
            for other in circle.iter().filter(|other| **other != rel) {
                let home = self.best_home(*other);
                self.settle(*other, home);
            }
        }
        rules.iter().for_each(|rule| self.retake(*rule, None));
        if self.around(circle, rules) < before * (1.0 - LESS) {
            return true;
        }
        for (rel, home) in circle.iter().zip(homes) {
            self.settle(*rel, home);
        }
        rules.iter().zip(taken).for_each(|(rule, way)| self.retake(*rule, Some(way)));
        false
    }

    /// Lets a rule run in this way, or in the best one.
    fn retake(&mut self, rule: usize, way: Option<usize>) {
        self.need(rule, false);
        self.taken[rule] = way.unwrap_or_else(|| self.best_way(rule));
        self.need(rule, true);
    }

    /// What these rules cost, with all copies of what stands around them.
    fn around(&self, circle: &[RelId], rules: &BTreeSet<usize>) -> f64 {
        let mut rels: BTreeSet<RelId> = circle.iter().copied().collect();
        let mut sent = 0.0;
        for &rule in rules {
            let way = &self.options[rule][self.taken[rule]];
            let head = self.program.rules[rule].head;
            sent += self.sends(rule, way, &self.homes[head.index()]);
            rels.extend(way.reads.iter().map(|(rel, _)| *rel));
        }
        let copies = rels.into_iter().map(|rel| self.copies(rel, &self.homes[rel.index()]));
        sent + copies.sum::<f64>()
    }
}

//! Which strata a tick runs, and how much of each. A stratum that reads nothing
//! new is not touched; one that only gains goes on from what is new; any other
//! is made anew. What a tick begins with, and what it leaves, is not known here.

use std::time::Instant;

use bloom_compiler::plan::ir::Life;
use bloom_compiler::plan::ir::Window;
use serde::Deserialize;
use serde::Serialize;

use crate::kernel::aggregate::Groups;
use crate::kernel::budget::Budget;
use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::fixpoint::Stage;
use crate::kernel::link::Linked;
use crate::kernel::link::Variant;
use crate::kernel::maintain::Keeper;
use crate::kernel::profile::At;
use crate::kernel::relation::Mark;
use crate::kernel::relation::Relation;
use crate::kernel::sink::Sink;
use crate::kernel::ticks::schedule::Read;
use crate::kernel::ticks::schedule::Reads;
use crate::kernel::ticks::schedule::Schedule;
use crate::kernel::ticks::shadow::Aside;
use crate::kernel::views::Views;

/// What happened to a relation since the tick before.
#[derive(Clone, Copy, Default)]
pub struct Status {
    /// It has rows that it had not.
    pub gained: bool,
    /// It had rows that it has not.
    pub lost: bool,
    /// Cells of rows that stayed have other words.
    pub cells: bool,
}

impl Status {
    /// Whether anything happened.
    pub fn any(self) -> bool {
        self.gained || self.lost || self.cells
    }
}

/// Memory that serves one tick after the other, and how far a tick is.
#[derive(Default)]
pub struct Spare {
    sink: Option<Box<Sink>>,
    regs: Vec<u64>,
    pub(super) suspects: Vec<(usize, usize)>,
    /// Groups of the present stratum that are read while they grow.
    growing: Vec<Option<Groups>>,
    /// Views of the present stratum that are made anew, as they were.
    pub(super) aside: Vec<Aside>,
    /// Windows of the present stratum so far.
    rounds: u64,
    /// The first stratum that was not judged, and whether one ran since.
    judged_from: usize,
    ran: bool,
    /// Of a tick that is run piece by piece.
    pub(super) pace: Option<Pace>,
}

/// Where a tick that is run piece by piece stands.
pub struct Pace {
    /// The first stratum that has not been passed.
    pub from: usize,
    /// How much of it runs, once it runs.
    pub how: How,
    /// What may still be spent.
    pub budget: Budget,
}

impl Clone for Spare {
    fn clone(&self) -> Spare {
        Spare::default()
    }
}

/// A tick under way.
pub struct Drive<'a> {
    /// The relations.
    pub engine: &'a mut Engine,
    /// Its plan, ready to run.
    pub linked: &'a Linked,
    /// What rules read.
    pub schedule: &'a Schedule,
    /// By relation, how it was at the end of the tick before.
    pub marks: &'a [Mark],
    /// Whether no tick was before.
    pub is_first: bool,
    /// What may still be spent.
    pub budget: &'a mut Budget,
    /// By relation, whether it was exchanged for another in this tick.
    pub exchanged: &'a mut [bool],
    /// Relations as they were before they were exchanged, in that order.
    pub before: &'a mut Vec<(usize, Relation)>,
    /// See above.
    pub spare: &'a mut Spare,
    /// What is known of views that are kept up.
    pub keeper: &'a mut Keeper,
    /// Views that dataflows follow.
    pub views: &'a mut Views,
}

/// How much of a stratum runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum How {
    /// Nothing of it.
    Not,
    /// What is new, and what events bring.
    News,
    /// All of it over rows that stay.
    Again,
    /// All of it, and what is not derived again goes.
    Anew,
}

impl Drive<'_> {
    /// Runs what is to be run of all strata.
    pub fn run(&mut self) -> Result<(), Failure> {
        self.start();
        for number in 0..self.linked.strata.len() {
            let how = self.how(number);
            match how {
                How::Not => {}
                _ if !self.is_ordered(number) && self.keep_up(number)? => {
                    // A dataflow that is not told of a tick is of no use in the next.
                    self.views.drop_one(number);
                }
                how if self.follow(number, how == How::Anew)? => {}
                How::Anew => self.anew_counted(number)?,
                how => self.stratum(number, how)?,
            }
            self.pass(number, how != How::Not)?;
        }
        Ok(())
    }

    /// Runs a stratum from its beginning to its end.
    pub(super) fn stratum(&mut self, number: usize, how: How) -> Result<(), Failure> {
        self.open(number, how);
        let on = self.begin(number, how >= How::Again) && self.rounds(number);
        self.close(number, how, on)
    }

    /// Before the first stratum.
    pub(super) fn start(&mut self) {
        self.spare.suspects.clear();
        (self.spare.judged_from, self.spare.ran) = (0, false);
    }

    /// Behind a stratum: who fires for what it has hears of it, and what failed
    /// on the way is judged when that can be said.
    pub(super) fn pass(&mut self, number: usize, ran: bool) -> Result<(), Failure> {
        let linked = self.linked;
        if ran {
            self.spare.ran = true;
            self.tell_news(&linked.strata[number].rels);
        }
        if linked.strata[number].judged {
            if self.spare.ran {
                self.judge(self.spare.judged_from..number + 1)?;
            }
            (self.spare.judged_from, self.spare.ran) = (number + 1, false);
        }
        Ok(())
    }

    /// What happened to a relation so far.
    pub fn status(&self, rel: usize) -> Status {
        if self.exchanged[rel] {
            return Status { gained: true, lost: true, cells: true };
        }
        let (gained, lost, cells) = self.engine.rels[rel].changed_since(self.marks[rel]);
        Status { gained, lost, cells }
    }

    /// How much of a stratum runs, as far as is known here.
    pub(super) fn wants(&self, number: usize) -> How {
        let order = &self.schedule.strata[number];
        let rels = &self.linked.strata[number].rels;
        let mut how = if rels.iter().any(|&rel| self.waits(rel)) { How::News } else { How::Not };
        for (at, reads) in order.rules.iter().enumerate() {
            if !self.is_idle(number, at) {
                how = how.max(self.how_rule(reads, order.grows, rels));
            }
        }
        how
    }

    /// Whether another worker runs a rule.
    #[inline]
    fn is_idle(&self, number: usize, at: usize) -> bool {
        let source = || self.engine.plan.strata[number].rules[at].source;
        self.engine.share.as_ref().is_some_and(|share| share.is_idle(source()))
    }

    fn how(&self, number: usize) -> How {
        let (how, order) = (self.wants(number), &self.schedule.strata[number]);
        let views = &order.views;
        let has_rows = || views.iter().any(|&rel| !self.engine.rels[rel].is_empty());
        match how {
            How::Anew if views.is_empty() || !has_rows() => How::Again,
            // Groups that grew in another tick are not there any more.
            How::News | How::Again if order.grows && !views.is_empty() => match has_rows() {
                true => How::Anew,
                false => How::Again,
            },
            how => how,
        }
    }

    /// Whether a relation has rows that its own stratum has not seen.
    fn waits(&self, rel: usize) -> bool {
        let relation = &self.engine.rels[rel];
        match self.schedule.lives[rel] {
            Life::Tick => !relation.is_empty(),
            _ => relation.has_news(),
        }
    }

    fn how_rule(&self, reads: &Reads, grows: bool, own: &[usize]) -> How {
        if self.is_first {
            return How::Again;
        }
        if reads.once {
            return How::Not;
        }
        // What hangs on events is derived from nothing in every tick.
        if reads.life == Life::Tick || reads.fires {
            let fires = reads.needs.iter().any(|needs| self.fires(needs));
            return if fires { How::News } else { How::Not };
        }
        if reads.always {
            return How::Again;
        }
        let mut how = How::Not;
        if reads.life == Life::Kept && self.status(reads.head).lost {
            how = How::Again;
        }
        for &(rel, read) in &reads.of {
            let status = self.status(rel);
            if !status.any() {
                continue;
            }
            let is_own = own.contains(&rel);
            let differs = match read {
                _ if self.exchanged[rel] => true,
                Read::Whole => !is_own || grows,
                Read::Cells => status.cells && !is_own,
                Read::Rows => false,
            };
            how = how.max(match reads.life {
                Life::Follows if differs || status.lost => How::Anew,
                _ if differs => How::Again,
                _ => How::News,
            });
        }
        how
    }

    fn fires(&self, needs: &[usize]) -> bool {
        needs.iter().all(|&rel| !self.engine.rels[rel].is_empty())
    }

    /// Makes a stratum ready to run.
    pub(super) fn open(&mut self, number: usize, how: How) {
        let (linked, schedule) = (self.linked, self.schedule);
        let (stratum, order) = (&linked.strata[number], &schedule.strata[number]);
        if how == How::Anew {
            self.put_aside(number);
        }
        // Where nothing is read that is written here, rows need not be new again.
        let again = how >= How::Again && order.is_recursive;
        for &rel in &stratum.rels {
            let relation = &mut self.engine.rels[rel];
            match schedule.lives[rel] {
                Life::Tick => relation.resume(0),
                _ if again => relation.unsettle(),
                _ => relation.resume(Relation::rows_at(self.marks[rel])),
            }
        }
        self.extend(number, again);
        if order.grows {
            self.spare.growing = stratum.rules.iter().map(|_| None).collect();
        }
        self.spare.rounds = 0;
    }

    /// Ends a stratum that ran; `on`: within its limits.
    pub(super) fn close(&mut self, number: usize, how: How, on: bool) -> Result<(), Failure> {
        for &rel in &self.linked.strata[number].rels {
            self.engine.rels[rel].settle();
        }
        if how == How::Anew {
            self.take_back(number, on);
        }
        if on { Ok(()) } else { Err(self.spent(number)) }
    }

    /// What runs once: all rules, or those that have news. False: a limit is met.
    pub(super) fn begin(&mut self, number: usize, all: bool) -> bool {
        self.once(number, all) && (all || self.gains(number))
    }

    /// The variants that run once.
    fn once(&mut self, number: usize, all: bool) -> bool {
        let (linked, schedule) = (self.linked, self.schedule);
        for (at, rule) in linked.strata[number].rules.iter().enumerate() {
            let reads = &schedule.strata[number].rules[at];
            let spec = &self.engine.plan.strata[number].rules[at];
            if spec.once && !self.engine.once {
                continue;
            }
            let runs = all || reads.life == Life::Tick || reads.fires;
            if !runs || self.is_idle(number, at) {
                continue;
            }
            if rule.is_aggregate && !rule.grows {
                if !self.variants((number, at), 0..rule.variants.len()) {
                    return false;
                }
                continue;
            }
            for (nth, variant) in rule.variants.iter().enumerate() {
                if variant.delta.is_none() && !self.variants((number, at), nth..nth + 1) {
                    return false;
                }
            }
        }
        true
    }

    /// Rules over the state, for what is new in what others completed.
    fn gains(&mut self, number: usize) -> bool {
        let (linked, schedule) = (self.linked, self.schedule);
        for &rel in &schedule.strata[number].gains {
            if self.exchanged[rel] || !self.status(rel).gained {
                continue;
            }
            self.engine.rels[rel].show(Relation::rows_at(self.marks[rel]));
            let mut on = true;
            for (at, rule) in linked.strata[number].rules.iter().enumerate() {
                let reads = &schedule.strata[number].rules[at];
                if reads.life == Life::Tick || self.is_idle(number, at) {
                    continue;
                }
                for (nth, variant) in rule.variants.iter().enumerate() {
                    let reads_it = variant.delta.is_some_and(|(of, _)| of == rel);
                    on = on && (!reads_it || self.variants((number, at), nth..nth + 1));
                }
            }
            self.engine.rels[rel].settle();
            if !on {
                return false;
            }
        }
        true
    }

    /// Window by window, until nothing is new.
    pub(super) fn rounds(&mut self, number: usize) -> bool {
        let linked = self.linked;
        let stratum = &linked.strata[number];
        if !self.schedule.strata[number].is_recursive {
            return true;
        }
        while let Some(&rel) = stratum.rels.iter().find(|&&rel| self.engine.rels[rel].has_news()) {
            self.spare.rounds += 1;
            self.engine.rounds += 1;
            let (new, changed) = self.promote(rel, number);
            let engine = &*self.engine;
            if !self.budget.round(self.spare.rounds, || engine.bytes()) {
                return false;
            }
            for (at, rule) in stratum.rules.iter().enumerate() {
                if self.is_idle(number, at) {
                    continue;
                }
                for (nth, variant) in rule.variants.iter().enumerate() {
                    let runs = variant.delta.is_some_and(|(delta, window)| {
                        delta == rel && (new || changed && window == Window::Changed)
                    });
                    if runs && !self.variants((number, at), nth..nth + 1) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Runs variants of one rule; false: a limit is met.
    fn variants(&mut self, (number, at): (usize, usize), range: std::ops::Range<usize>) -> bool {
        let (linked, schedule) = (self.linked, self.schedule);
        let rule = &linked.strata[number].rules[at];
        let order = &schedule.strata[number];
        let needs = &order.rules[at].needs[range.clone()];
        if needs.iter().all(|needs| !self.fires(needs)) {
            return true;
        }
        let started = self.engine.profile.is_some().then(Instant::now);
        let schema = &self.engine.plan.rels[rule.head];
        let mut sink = self.spare.sink.take().unwrap_or_default();
        sink.again(rule.head, schema, &self.engine.rels[rule.head]);
        let spec = &self.engine.plan.strata[number].rules[at];
        let share = self.engine.share.as_mut();
        sink.away = share.and_then(|share| share.away_of(spec.source, rule.head));
        let kept = if rule.grows { self.spare.growing[at].take() } else { None };
        let mut groups = kept.or_else(|| spec.aggregate.as_ref().map(Groups::new));
        let mut regs = std::mem::take(&mut self.spare.regs);
        regs.resize(rule.regs.max(regs.len()), 0);
        let variants: &[Variant] = &rule.variants[range.clone()];
        let mut stage = Stage::of(self.engine, linked, self.budget);
        let (mut on, mut matches, mut failed) = (true, 0, false);
        for (variant, needs) in variants.iter().zip(needs) {
            if needs.iter().any(|&rel| stage.rels[rel].is_empty()) {
                continue;
            }
            let mut run = stage.run(&variant.nodes, Some(&mut sink), groups.as_mut(), None);
            on = on && run.go(0, &mut regs);
            matches += run.matches;
            failed |= run.failed;
        }
        if let (true, Some(groups)) = (on, &mut groups) {
            let (fine, fails) = stage.finish(rule, groups, &mut sink, &mut regs);
            on = fine;
            failed |= fails;
        }
        on = stage.flush(&mut sink) && on;
        if let (Some(share), Some(away)) = (&mut self.engine.share, sink.away.take()) {
            share.keep(rule.head, Some(order.first + at), sink.form(), away);
        }
        if failed {
            self.spare.suspects.push((number, at));
        }
        if rule.grows {
            self.spare.growing[at] = groups;
        }
        let stats = &mut self.engine.rules[order.first + at];
        stats.matches += matches;
        stats.new_rows += sink.new as u64;
        stats.runs += 1;
        if let Some((profile, started)) = self.engine.profile.as_mut().zip(started) {
            let time = started.elapsed();
            let at = At { stratum: number, rule: at, variant: range.start };
            stats.cpu_seconds += time.as_secs_f64();
            profile.add(at, matches, sink.new as u64, time);
        }
        self.spare.sink = Some(sink);
        self.spare.regs = regs;
        on
    }
}

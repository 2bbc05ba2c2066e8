//! Goes through the matches that a tick made and unmade, each with a sign.
//! Rows are only read here; what becomes of a match is not known.

use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::Code;
use bloom_compiler::plan::ir::ROW_ID;
use bloom_compiler::plan::ir::Reg;
use bloom_compiler::plan::upkeep::Time;
use rustc_hash::FxHashSet;

use crate::kernel::budget::Budget;
use crate::kernel::index::Index;
use crate::kernel::maintain::changes::Changes;
use crate::kernel::maintain::groups::Groups;
use crate::kernel::maintain::link::Look;
use crate::kernel::maintain::link::Node;
use crate::kernel::maintain::rows::Rows;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::kernel::scalar::Stop;
use crate::kernel::scalar::range_length;
use crate::kernel::steps::with_key;

/// Where matches go.
pub enum Out<'a> {
    /// Each is a row.
    Rows(&'a mut Rows),
    /// Each is one of a group.
    Groups(&'a mut Groups),
}

/// One way through the matches of a rule.
pub struct Walk<'a> {
    /// All relations.
    pub rels: &'a [Relation],
    /// All indexes, by slot.
    pub indexes: &'a [Index],
    /// What changed in what is read.
    pub changes: &'a Changes,
    /// Look-ups of that.
    pub looks: &'a [Look],
    /// What code works with.
    pub scalars: Scalars<'a>,
    /// What may still be spent.
    pub budget: &'a mut Budget,
    /// Where matches go.
    pub out: Out<'a>,
    /// Something failed: nothing is known.
    pub failed: bool,
    /// Complete matches.
    pub matches: u64,
    /// The sign of the present match.
    pub sign: i64,
    /// As of when everything reads, inside an absence.
    pub as_of: Option<Time>,
    /// The steps inside an absence came to their end.
    pub reached: bool,
}

impl<'a> Walk<'a> {
    /// Runs from node `at` on. False: stop everything; something failed, the
    /// budget is spent, or the end of the steps inside an absence was reached.
    pub fn go(&mut self, nodes: &'a [Node], at: usize, regs: &mut [u64]) -> bool {
        let Some(node) = nodes.get(at) else {
            self.reached = true;
            return false;
        };
        let next = (nodes, at + 1);
        match node {
            Node::Scan { rel, time, checks, binds } => {
                self.scan((*rel, self.time(*time)), checks, binds, next, regs)
            }
            Node::Changed { rel, apart, checks, binds } => match apart {
                true => self.apart(*rel, checks, binds, next, regs),
                false => self.changed(*rel, checks, binds, next, regs),
            },
            Node::Probe { slot, look, time, key, checks, binds } => {
                let index = &self.indexes[*slot];
                if !index.carry().is_empty() {
                    // Rows cannot be told apart.
                    self.failed = true;
                    return false;
                }
                let rows: &'a [u32] = with_key(key, regs, |key| index.get(key).words);
                let at = (*look, self.time(*time));
                let lost = with_key(key, regs, |key| self.lost(at, key));
                self.rows(at, (rows, &lost), (checks, binds), next, regs)
            }
            Node::Find { look, time, key, checks, binds } => {
                let at = (*look, self.time(*time));
                self.find(at, key, (checks, binds), next, regs)
            }
            Node::Absent { time, inner } => self.absent(*time, inner, next, regs),
            Node::Equal(a, b) => {
                regs[*a as usize] != regs[*b as usize] || self.go(nodes, next.1, regs)
            }
            Node::Eval(code) => match self.eval(code, regs) {
                true => self.go(nodes, next.1, regs),
                false => !self.failed,
            },
            Node::Test(code, reg) => match self.eval(code, regs) && regs[*reg as usize] != 0 {
                true => self.go(nodes, next.1, regs),
                false => !self.failed,
            },
            Node::Each { .. } | Node::EachEntry { .. } | Node::EachInt { .. } => {
                self.each(node, next, regs)
            }
            Node::Row(row) => {
                self.matches += 1;
                if let Out::Rows(rows) = &mut self.out {
                    rows.push(row.iter().map(|&reg| regs[reg as usize]), self.sign);
                }
                true
            }
            Node::Match => {
                self.matches += 1;
                if let Out::Groups(groups) = &mut self.out {
                    groups.add(regs, self.sign, &self.scalars);
                }
                true
            }
        }
    }

    fn time(&self, own: Time) -> Time {
        self.as_of.unwrap_or(own)
    }

    /// Runs code; false: cut.
    fn eval(&mut self, code: &Code, regs: &mut [u64]) -> bool {
        match self.scalars.run(code, regs, self.rels) {
            Ok(()) => true,
            Err(Stop::NoRow) => false,
            Err(Stop::Fail(..)) => {
                self.failed = true;
                false
            }
        }
    }

    /// Binds a row and goes on; false only when everything stops.
    #[inline(always)]
    fn row(
        &mut self,
        (rel, row): (usize, usize),
        checks: &[Check],
        binds: &[Bind],
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        let relation = &self.rels[rel];
        if !fits(relation, row, checks, regs) {
            return true;
        }
        for bind in binds {
            regs[bind.reg as usize] = word(relation, row, bind.col);
        }
        self.go(next.0, next.1, regs)
    }

    fn find(
        &mut self,
        at: (usize, Time),
        key: &[Reg],
        (checks, binds): (&[Check], &[Bind]),
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        if checks.is_empty() && binds.is_empty() {
            let found = with_key(key, regs, |key| self.has(at, key));
            return !found || self.go(next.0, next.1, regs);
        }
        let mut rows = Vec::new();
        with_key(key, regs, |key| {
            self.rels[self.looks[at.0].rel].find(key, |row| {
                rows.push(row);
                false
            })
        });
        let lost = with_key(key, regs, |key| self.lost(at, key));
        self.rows(at, (&rows, &lost), (checks, binds), next, regs)
    }

    /// Rows that are there, of which those are read that were there at the
    /// time, and rows that went since.
    fn rows(
        &mut self,
        (look, time): (usize, Time),
        (rows, lost): (&[u32], &[u32]),
        (checks, binds): (&[Check], &[Bind]),
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        let rel = self.looks[look].rel;
        let end = match time {
            Time::Old => self.changes.of(rel).begin,
            _ => usize::MAX,
        };
        let there = rows.iter().map(|&row| row as usize).filter(|&row| row < end);
        for row in there.chain(lost.iter().map(|&row| row as usize)) {
            if !self.budget.step() || !self.row((rel, row), checks, binds, next, regs) {
                return false;
            }
        }
        true
    }

    fn scan(
        &mut self,
        (rel, time): (usize, Time),
        checks: &[Check],
        binds: &[Bind],
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        let (relation, changes) = (&self.rels[rel], self.changes);
        let (end, lost) = match time {
            Time::Old => (changes.of(rel).begin, &changes.of(rel).lost[..]),
            _ => (relation.len(), &[][..]),
        };
        let there = (0..end).filter(|&row| !relation.is_dead(row));
        for row in there.chain(lost.iter().map(|&row| row as usize)) {
            if !self.budget.step() || !self.row((rel, row), checks, binds, next, regs) {
                return false;
            }
        }
        true
    }

    /// Rows that came, and rows that went.
    fn changed(
        &mut self,
        rel: usize,
        checks: &[Check],
        binds: &[Bind],
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        let changed = self.changes.of(rel);
        for (rows, sign) in [(&changed.gained, 1), (&changed.lost, -1)] {
            for &row in rows {
                self.sign = sign;
                let on = self.budget.step();
                if !on || !self.row((rel, row as usize), checks, binds, next, regs) {
                    return false;
                }
            }
        }
        true
    }

    /// What changed rows bind, each combination once. The sign is not theirs: the
    /// absence that flips may stand before.
    fn apart(
        &mut self,
        rel: usize,
        checks: &[Check],
        binds: &[Bind],
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        let (changed, relation) = (self.changes.of(rel), &self.rels[rel]);
        let mut seen: FxHashSet<Vec<u64>> = FxHashSet::default();
        for &row in changed.gained.iter().chain(&changed.lost) {
            let row = row as usize;
            if !fits(relation, row, checks, regs) {
                continue;
            }
            let words = binds.iter().map(|bind| word(relation, row, bind.col)).collect();
            if changed.len() > 1 && !seen.insert(words) {
                continue;
            }
            if !self.budget.step() || !self.row((rel, row), &[], binds, next, regs) {
                return false;
            }
        }
        true
    }

    /// Rows that went and are read as of the time.
    fn lost(&self, (look, time): (usize, Time), key: &[u64]) -> Vec<u32> {
        let by = &self.looks[look];
        match time {
            Time::Old if !self.changes.of(by.rel).lost.is_empty() => {
                self.changes.lost((look, by), key, &self.rels[by.rel]).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a row has a key. Relations need not know the number of the row.
    fn has(&self, (look, time): (usize, Time), key: &[u64]) -> bool {
        let by = (look, &self.looks[look]);
        let relation = &self.rels[by.1.rel];
        if time != Time::Old {
            return relation.has(key);
        }
        self.changes.lost(by, key, relation).next().is_some()
            || relation.has(key) && self.changes.gained(by, key, relation).next().is_none()
    }

    fn absent(
        &mut self,
        time: Time,
        inner: &'a [Node],
        next: (&'a [Node], usize),
        regs: &mut [u64],
    ) -> bool {
        if time != Time::Changed {
            let Some(there) = self.exists(time, inner, regs) else { return false };
            return there || self.go(next.0, next.1, regs);
        }
        let Some(was) = self.exists(Time::Old, inner, regs) else { return false };
        let Some(is) = self.exists(Time::Now, inner, regs) else { return false };
        if was == is {
            return true;
        }
        let sign = self.sign;
        self.sign = if is { -sign } else { sign };
        let on = self.go(next.0, next.1, regs);
        self.sign = sign;
        on
    }

    /// Whether steps have a match; `None`: stop everything.
    fn exists(&mut self, time: Time, inner: &'a [Node], regs: &mut [u64]) -> Option<bool> {
        let as_of = self.as_of.replace(time);
        self.reached = false;
        self.go(inner, 0, regs);
        let found = std::mem::take(&mut self.reached);
        self.as_of = as_of;
        (!self.failed && self.budget.spent.is_none()).then_some(found)
    }

    fn each(&mut self, node: &Node, next: (&'a [Node], usize), regs: &mut [u64]) -> bool {
        let words = |walk: &Self, from: Reg, regs: &[u64]| {
            walk.scalars.interner.get_words(regs[from as usize]).to_vec()
        };
        match node {
            Node::Each { from, element } => words(self, *from, regs).into_iter().all(|word| {
                regs[*element as usize] = word;
                self.budget.step() && self.go(next.0, next.1, regs)
            }),
            Node::EachEntry { from, key, value } => {
                words(self, *from, regs).chunks_exact(2).all(|entry| {
                    regs[*key as usize] = entry[0];
                    regs[*value as usize] = entry[1];
                    self.budget.step() && self.go(next.0, next.1, regs)
                })
            }
            Node::EachInt { lo, hi, element } => {
                let (lo, hi) = (regs[*lo as usize] as i64, regs[*hi as usize] as i64);
                if let Err(Some(_)) = range_length(lo, hi) {
                    self.failed = true;
                    return false;
                }
                (lo..hi).all(|x| {
                    regs[*element as usize] = x as u64;
                    self.budget.step() && self.go(next.0, next.1, regs)
                })
            }
            _ => true,
        }
    }
}

fn fits(relation: &Relation, row: usize, checks: &[Check], regs: &[u64]) -> bool {
    checks.iter().all(|check| match *check {
        Check::Reg(col, reg) => relation.get(row, col as usize) == regs[reg as usize],
        Check::Cols(a, b) => relation.get(row, a as usize) == relation.get(row, b as usize),
    })
}

fn word(relation: &Relation, row: usize, col: u16) -> u64 {
    if col == ROW_ID { row as u64 } else { relation.get(row, col as usize) }
}

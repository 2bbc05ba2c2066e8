//! The nested loop: runs the steps of a variant, depth first.
//!
//! Rows that are read stand still while a variant runs: what it derives goes
//! to the end of its relation, beyond every window, and into no index.

mod blocks;
mod meet;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::ROW_ID;
use bloom_compiler::plan::ir::Reg;
use bloom_compiler::plan::ir::Window;
use bloom_compiler::source::Span;

use crate::kernel::aggregate::Groups;
use crate::kernel::budget::Budget;
use crate::kernel::index::Index;
use crate::kernel::link::Node;
use crate::kernel::link::Probe;
use crate::kernel::owners::Owners;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::kernel::scalar::Stop;
use crate::kernel::scalar::range_length;
use crate::kernel::sink::Sink;

pub use meet::Memo;

/// Key columns that are gathered without an allocation.
const KEY_INLINE: usize = 8;

/// Rows that a scan looks ahead to bring what they will probe into the cache.
const AHEAD: usize = 8;

/// A failure seen in an audit: at which node, where, what, and the registers.
pub type OnFail<'a> = &'a mut dyn FnMut(usize, Span, FailKind, &[u64], &Scalars);

/// One run of a variant.
pub struct Run<'a> {
    /// What intersections remember.
    pub memos: Vec<Memo>,
    /// Its steps.
    pub nodes: &'a [Node],
    /// All relations.
    pub rels: &'a mut [Relation],
    /// All indexes, by slot.
    pub indexes: &'a [Index],
    /// For hidden relations: the slot of the index on the owner's row id.
    pub owner_slots: &'a [Option<usize>],
    /// What code works with.
    pub scalars: Scalars<'a>,
    /// Where derived rows go; `None` in an audit.
    pub sink: Option<&'a mut Sink>,
    /// Where matches go when the head has aggregates.
    pub groups: Option<&'a mut Groups>,
    /// Hears of failures; without it a failure cuts and is only noted.
    pub on_fail: Option<OnFail<'a>>,
    /// Whether something failed.
    pub failed: bool,
    /// The first place, in the source, where something failed.
    pub first_fail: Option<(Span, FailKind)>,
    /// The steps inside an [`Node::Absent`] came to their end.
    pub reached: bool,
    /// Rows of the present group.
    pub group: Vec<u32>,
    /// What they give, where that is narrow.
    pub group_words: Vec<u32>,
    /// Complete matches.
    pub matches: u64,
    /// What may still be spent.
    pub budget: &'a mut Budget,
}

impl<'a> Run<'a> {
    /// Runs from node `at` on. False: stop everything; the budget is spent, or
    /// the end of the steps inside an `Absent` was reached.
    pub fn go(&mut self, at: usize, regs: &mut [u64]) -> bool {
        let nodes = self.nodes;
        let Some(node) = nodes.get(at) else {
            self.reached = true;
            return false;
        };
        match node {
            Node::Scan { rel, window, checks, binds } => {
                self.scan(at, *rel, *window, checks, binds, regs)
            }
            Node::Probe(probe) => self.probe(at, probe, regs),
            Node::Meet(meet) => self.meet(at, meet, regs),
            Node::Find { rel, key, checks, binds } => self.find(at, *rel, key, checks, binds, regs),
            Node::Fetch { rel, row, checks, binds } => {
                let row = regs[*row as usize] as usize;
                self.row(at, *rel, row, checks, binds, regs)
            }
            Node::AntiFind { rel, key } => {
                if with_key(key, regs, |key| self.rels[*rel].has(key)) {
                    return true;
                }
                self.go(at + 1, regs)
            }
            Node::AntiProbe { slot, key } => self.finds(*slot, key, regs) || self.go(at + 1, regs),
            Node::Semi { slot, key } => !self.finds(*slot, key, regs) || self.go(at + 1, regs),
            Node::AntiAny { rel } => self.rels[*rel].live() > 0 || self.go(at + 1, regs),
            Node::Any { rel } => self.rels[*rel].live() == 0 || self.go(at + 1, regs),
            Node::Equal { a, b } => regs[*a as usize] != regs[*b as usize] || self.go(at + 1, regs),
            Node::Eval(code) => !self.eval(at, code, regs) || self.go(at + 1, regs),
            Node::Test(code, reg) => {
                let holds = self.eval(at, code, regs) && regs[*reg as usize] != 0;
                !holds || self.go(at + 1, regs)
            }
            Node::Each { .. } | Node::EachEntry { .. } | Node::EachInt { .. } => {
                self.each(at, node, regs)
            }
            Node::Collect { row, shape, to } => {
                let row = regs[*row as usize] as usize;
                let owners =
                    Owners { rels: self.rels, indexes: self.indexes, slots: self.owner_slots };
                regs[*to as usize] = owners.collect(shape, row, None, &mut self.scalars);
                self.go(at + 1, regs)
            }
            Node::Absent(inner) => self.absent(at, inner, regs),
            Node::ScanGroups { rel, key } => self.scan_groups(at, *rel, key, regs),
            Node::GroupRows { rel, binds, fused } => {
                self.group_rows(at, *rel, binds, fused.as_deref(), regs)
            }
            Node::Emit(emit) => {
                self.matches += 1;
                match &mut self.sink {
                    Some(sink) => sink.emit(emit, regs, self.rels, &mut self.scalars, self.budget),
                    None => true,
                }
            }
            Node::Accumulate => {
                self.matches += 1;
                if let Some(groups) = &mut self.groups {
                    groups.add(regs, &self.scalars);
                }
                true
            }
        }
    }

    /// Whether an index has rows under the key.
    #[inline(always)]
    fn finds(&self, slot: usize, key: &[Reg], regs: &[u64]) -> bool {
        with_key(key, regs, |key| !self.indexes[slot].get(key).words.is_empty())
    }

    /// Cut if the inner steps have a match. Without one, what failed inside is
    /// a failure of this match.
    fn absent(&mut self, at: usize, inner: &'a [Node], regs: &mut [u64]) -> bool {
        let nodes = std::mem::replace(&mut self.nodes, inner);
        let on_fail = self.on_fail.take();
        let failed = std::mem::take(&mut self.failed);
        let first_fail = self.first_fail.take();
        let on = self.go(0, regs);
        let found = std::mem::take(&mut self.reached);
        let inner_fail = std::mem::replace(&mut self.first_fail, first_fail);
        self.nodes = nodes;
        self.on_fail = on_fail;
        self.failed = failed;
        if found {
            return true;
        }
        if let Some((span, kind)) = inner_fail {
            self.fail(at, span, kind, regs);
            // Outside an audit the steps are not in the strict order, in which
            // the failing one may never be met: then there is no match inside.
            // Nobody hears of failures inside another absence, so an audit is known
            // by what it derives: nothing.
            if self.sink.is_none() {
                return on;
            }
        }
        on && self.go(at + 1, regs)
    }

    /// Runs code; false: cut.
    fn eval(&mut self, at: usize, code: &ir::Code, regs: &mut [u64]) -> bool {
        match self.scalars.run(code, regs, self.rels) {
            Ok(()) => true,
            Err(Stop::NoRow) => false,
            Err(Stop::Fail(kind, span)) => {
                self.fail(at, span, kind, regs);
                false
            }
        }
    }

    #[cold]
    fn fail(&mut self, at: usize, span: Span, kind: FailKind, regs: &[u64]) {
        self.failed = true;
        let new = (span, kind);
        if self.first_fail.is_none_or(|old| place(new) < place(old)) {
            self.first_fail = Some(new);
        }
        if let Some(on_fail) = &mut self.on_fail {
            on_fail(at, span, kind, regs, &self.scalars);
        }
    }

    /// Binds a row and goes on; false only when everything stops.
    #[inline(always)]
    fn row(
        &mut self,
        at: usize,
        rel: usize,
        row: usize,
        checks: &[Check],
        binds: &[Bind],
        regs: &mut [u64],
    ) -> bool {
        let relation = &self.rels[rel];
        for check in checks {
            let equal = match *check {
                Check::Reg(col, reg) => relation.get(row, col as usize) == regs[reg as usize],
                Check::Cols(a, b) => relation.get(row, a as usize) == relation.get(row, b as usize),
            };
            if !equal {
                return true;
            }
        }
        for bind in binds {
            regs[bind.reg as usize] =
                if bind.col == ROW_ID { row as u64 } else { relation.get(row, bind.col as usize) };
        }
        self.go(at + 1, regs)
    }

    fn scan(
        &mut self,
        at: usize,
        rel: usize,
        window: Window,
        checks: &[Check],
        binds: &[Bind],
        regs: &mut [u64],
    ) -> bool {
        let relation = &self.rels[rel];
        let (old, cur, changed) = relation.window();
        let has_dead = relation.live() < relation.len();
        let changed = if window == Window::Changed { changed.to_vec() } else { Vec::new() };
        let from = if window == Window::All { 0 } else { old };
        let ahead = self.probe_ahead(at, binds);
        let n = cur - from + changed.len();
        let nth =
            |i: usize| if i < cur - from { from + i } else { changed[i - (cur - from)] as usize };
        for i in 0..n {
            let row = nth(i);
            if has_dead && self.rels[rel].is_dead(row) {
                continue;
            }
            if let Some((slot, col)) = ahead {
                let index = &self.indexes[slot];
                if i + 2 * AHEAD < n {
                    index.prefetch_group(self.rels[rel].get(nth(i + 2 * AHEAD), col));
                }
                if i + AHEAD < n {
                    index.prefetch_postings(self.rels[rel].get(nth(i + AHEAD), col));
                }
            }
            if !self.budget.step() || !self.row(at, rel, row, checks, binds, regs) {
                return false;
            }
        }
        true
    }

    /// The index that the step after a scan probes by one scanned column.
    fn probe_ahead(&self, at: usize, binds: &[Bind]) -> Option<(usize, usize)> {
        let Some(Node::Probe(probe)) = self.nodes.get(at + 1) else { return None };
        let [key] = probe.key[..] else { return None };
        let bind = binds.iter().find(|b| b.reg == key && b.col != ROW_ID)?;
        Some((probe.slot, bind.col as usize))
    }

    fn probe(&mut self, at: usize, probe: &Probe, regs: &mut [u64]) -> bool {
        let indexes = self.indexes;
        let index = &indexes[probe.slot];
        let postings = with_key(&probe.key, regs, |key| index.get(key));
        if !self.budget.step() {
            return false;
        }
        if index.carry().is_empty() {
            for &row in postings.words {
                let row = row as usize;
                if self.rels[probe.rel].is_dead(row) {
                    continue;
                }
                if !self.row(at, probe.rel, row, &probe.checks, &probe.binds, regs) {
                    return false;
                }
            }
            return true;
        }
        if let (Some(sources), Some(_), None) = (&probe.fused, &self.sink, &self.on_fail)
            && let Some(on) = self.emit_postings(sources, postings, regs)
        {
            return on;
        }
        'posting: for words in postings.words.chunks_exact(postings.stride) {
            for check in &probe.carried_checks {
                let equal = match *check {
                    Check::Reg(place, reg) => {
                        u64::from(words[place as usize]) == regs[reg as usize]
                    }
                    Check::Cols(a, b) => words[a as usize] == words[b as usize],
                };
                if !equal {
                    continue 'posting;
                }
            }
            for &(place, reg) in &probe.carried_binds {
                regs[reg as usize] = u64::from(words[place]);
            }
            if !self.go(at + 1, regs) {
                return false;
            }
        }
        true
    }

    fn find(
        &mut self,
        at: usize,
        rel: usize,
        key: &[Reg],
        checks: &[Check],
        binds: &[Bind],
        regs: &mut [u64],
    ) -> bool {
        if checks.is_empty() && binds.is_empty() {
            let found = with_key(key, regs, |key| self.rels[rel].has(key));
            return !found || self.go(at + 1, regs);
        }
        // With a key conflict there are several such rows; the tick will fail,
        // but which failure is the least must not hang on their order.
        let mut rows = [0u32; 4];
        let mut n = 0;
        let mut more = Vec::new();
        with_key(key, regs, |key| {
            self.rels[rel].find(key, |row| {
                if n < rows.len() {
                    rows[n] = row;
                } else {
                    more.push(row);
                }
                n += 1;
                false
            })
        });
        for &row in rows[..n.min(4)].iter().chain(&more) {
            if !self.row(at, rel, row as usize, checks, binds, regs) {
                return false;
            }
        }
        true
    }

    fn each(&mut self, at: usize, node: &Node, regs: &mut [u64]) -> bool {
        match node {
            Node::Each { from, element } => {
                let list = regs[*from as usize];
                let mut i = 0;
                while let Some(&word) = self.scalars.interner.get_words(list).get(i) {
                    regs[*element as usize] = word;
                    if !self.budget.step() || !self.go(at + 1, regs) {
                        return false;
                    }
                    i += 1;
                }
                true
            }
            Node::EachEntry { from, key, value } => {
                let map = regs[*from as usize];
                let mut i = 0;
                while let Some(&[k, v]) = self.scalars.interner.get_words(map).get(i..i + 2) {
                    regs[*key as usize] = k;
                    regs[*value as usize] = v;
                    if !self.budget.step() || !self.go(at + 1, regs) {
                        return false;
                    }
                    i += 2;
                }
                true
            }
            Node::EachInt { lo, hi, element } => {
                let (lo, hi) = (regs[*lo as usize] as i64, regs[*hi as usize] as i64);
                if let Err(Some(kind)) = range_length(lo, hi) {
                    self.fail(at, Span::default(), kind, regs);
                    return true;
                }
                for x in lo..hi {
                    regs[*element as usize] = x as u64;
                    if !self.budget.step() || !self.go(at + 1, regs) {
                        return false;
                    }
                }
                true
            }
            _ => true,
        }
    }
}

fn place((span, kind): (Span, FailKind)) -> (u32, u32, FailKind) {
    (span.lo, span.hi, kind)
}

/// The key's words, gathered from registers.
#[inline(always)]
pub fn with_key<T>(key: &[Reg], regs: &[u64], f: impl FnOnce(&[u64]) -> T) -> T {
    if key.len() == 1 {
        return f(&[regs[key[0] as usize]]);
    }
    if key.len() <= KEY_INLINE {
        let mut words = [0; KEY_INLINE];
        for (word, &reg) in words.iter_mut().zip(key) {
            *word = regs[reg as usize];
        }
        return f(&words[..key.len()]);
    }
    let words: Vec<u64> = key.iter().map(|&reg| regs[reg as usize]).collect();
    f(&words)
}

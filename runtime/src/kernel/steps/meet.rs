//! Intersections inside the nested loop: the shortest list leads, the others
//! are asked. Lists that did not change since the last time are met once.

use crate::kernel::index::Index;
use crate::kernel::intersect::Base;
use crate::kernel::intersect::both;
use crate::kernel::intersect::retain;
use crate::kernel::link::Meet;
use crate::kernel::steps::Run;
use crate::kernel::steps::with_key;

/// What an intersection remembers from one time to the next.
#[derive(Default)]
pub struct Memo {
    base: Base,
    /// What the lists that stay have in common, if there are several, and
    /// which lists that was.
    common: Vec<u32>,
    of: Vec<(usize, usize)>,
    out: Vec<u32>,
}

/// Lists that one intersection reads without an allocation.
const LISTS_INLINE: usize = 8;

impl<'a> Run<'a> {
    /// Every word that all lists have.
    pub(super) fn meet(&mut self, at: usize, meet: &'a Meet, regs: &mut [u64]) -> bool {
        if !self.budget.step() {
            return false;
        }
        let indexes = self.indexes;
        if meet.under.is_empty() {
            return self.meet_keys(at, meet, regs);
        }
        if meet.under.len() > LISTS_INLINE
            || meet.under.iter().any(|under| indexes[under.slot].carry().is_empty())
        {
            return self.meet_rows(at, meet, regs);
        }
        let mut lists: [&'a [u32]; LISTS_INLINE] = [&[]; LISTS_INLINE];
        for (list, under) in lists.iter_mut().zip(&meet.under) {
            *list = with_key(&under.key, regs, |key| indexes[under.slot].get(key)).words;
            if list.is_empty() {
                return true;
            }
        }
        let lists = &lists[..meet.under.len()];
        if let [list] = lists {
            return self.meet_words(at, meet, list, regs);
        }
        if self.memos.len() <= meet.memo {
            self.memos.resize_with(meet.memo + 1, Memo::default);
        }
        let memo = &mut self.memos[meet.memo];
        memo.meet(&lists[..meet.staying], &lists[meet.staying..]);
        let out = std::mem::take(&mut memo.out);
        let on = self.meet_words(at, meet, &out, regs);
        self.memos[meet.memo].out = out;
        on
    }

    /// Goes on with each word of a list that is a key wherever it must be.
    fn meet_words(&mut self, at: usize, meet: &Meet, list: &[u32], regs: &mut [u64]) -> bool {
        let mut before = None;
        for &word in list {
            // A list has a word once for each row that gives it.
            if before == Some(word) {
                continue;
            }
            before = Some(word);
            if self.is_key(meet, u64::from(word)) {
                regs[meet.to as usize] = u64::from(word);
                if !self.go(at + 1, regs) {
                    return false;
                }
            }
        }
        true
    }

    #[inline(always)]
    fn is_key(&self, meet: &Meet, word: u64) -> bool {
        meet.keys.iter().all(|slot| self.indexes[*slot].has_key(word))
    }

    /// No list is given: the keys of one index are asked of the others.
    fn meet_keys(&mut self, at: usize, meet: &Meet, regs: &mut [u64]) -> bool {
        let indexes = self.indexes;
        let least = meet.keys.iter().min_by_key(|slot| indexes[**slot].keys_at_most());
        let Some(&least) = least else { return true };
        indexes[least].each_key(|word| {
            if !self.is_key(meet, word) {
                return true;
            }
            regs[meet.to as usize] = word;
            self.budget.step() && self.go(at + 1, regs)
        })
    }

    /// Where words are wide, lists are of rows in the order of their words.
    fn meet_rows(&mut self, at: usize, meet: &Meet, regs: &mut [u64]) -> bool {
        let indexes = self.indexes;
        let lists: Vec<(&Index, &[u32], usize)> = meet
            .under
            .iter()
            .map(|under| {
                let index = &indexes[under.slot];
                (index, with_key(&under.key, regs, |key| index.get(key)).words, under.rel)
            })
            .collect();
        let word = |run: &Self, (index, list, rel): &(&Index, &[u32], usize), i: usize| {
            let at = list[i];
            match (index.carry().is_empty(), index.ordered()) {
                (true, Some(col)) => run.rels[*rel].get(at as usize, col),
                _ => u64::from(at),
            }
        };
        let Some(lead) = lists.iter().min_by_key(|list| list.1.len()) else { return true };
        let mut before = None;
        for i in 0..lead.1.len() {
            let value = word(self, lead, i);
            if before == Some(value) {
                continue;
            }
            before = Some(value);
            let everywhere = lists.iter().all(|list| {
                let (mut low, mut high) = (0, list.1.len());
                while low < high {
                    let middle = (low + high) / 2;
                    if word(self, list, middle) < value {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                let alive = |i: usize| {
                    let (index, rows, rel) = list;
                    !index.carry().is_empty() || !self.rels[*rel].is_dead(rows[i] as usize)
                };
                (low..list.1.len()).take_while(|i| word(self, list, *i) == value).any(alive)
            });
            if everywhere && self.is_key(meet, value) {
                regs[meet.to as usize] = value;
                if !self.go(at + 1, regs) {
                    return false;
                }
            }
        }
        true
    }
}

impl Memo {
    /// Puts into `out` what all lists have in common.
    fn meet(&mut self, staying: &[&[u32]], others: &[&[u32]]) {
        self.out.clear();
        let Some((first, others)) = others.split_first() else {
            self.stay(staying);
            self.out.extend_from_slice(&self.common);
            return;
        };
        match staying {
            [] => {
                let Some((second, rest)) = others.split_first() else {
                    return self.out.extend_from_slice(first);
                };
                both(first, second, &mut self.out);
                rest.iter().for_each(|list| retain(&mut self.out, list));
            }
            [one] => {
                self.base.set(one);
                self.base.meet(one, first, &mut self.out);
                others.iter().for_each(|list| retain(&mut self.out, list));
            }
            _ => {
                if self.stay(staying) {
                    self.base.set(&[]);
                }
                self.base.set(&self.common);
                self.base.meet(&self.common, first, &mut self.out);
                others.iter().for_each(|list| retain(&mut self.out, list));
            }
        }
    }

    /// Meets the lists that stay, if they are others than the last time.
    fn stay(&mut self, staying: &[&[u32]]) -> bool {
        let place = |list: &&[u32]| (list.as_ptr() as usize, list.len());
        if self.of.iter().copied().eq(staying.iter().map(place)) {
            return false;
        }
        self.of.clear();
        self.of.extend(staying.iter().map(place));
        self.common.clear();
        match staying {
            [] => {}
            [one] => self.common.extend_from_slice(one),
            [one, two, rest @ ..] => {
                both(one, two, &mut self.common);
                rest.iter().for_each(|list| retain(&mut self.common, list));
            }
        }
        true
    }
}

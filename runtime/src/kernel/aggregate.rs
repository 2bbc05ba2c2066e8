//! Groups and their aggregates. Ints are summed in 128 bits and floats
//! exactly, so that no result depends on the order of the matches; what keeps
//! values (`list`, `collect`, ties) sorts them by value in the end.

use std::cmp::Ordering;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed::AggFn;
use hashbrown::HashTable;

use crate::kernel::exact::ExactSum;
use crate::kernel::exact::mean;
use crate::kernel::scalar::Scalars;
use crate::value::collections;
use crate::value::interner::hash_words;
use crate::value::order::compare;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// What an aggregate has seen of one group.
enum State {
    Count(u64),
    /// Distinct words; which ones, the table of the aggregate knows.
    Distinct(u64),
    Int(i128, u64),
    Float(ExactSum, u64),
    /// The least, or greatest, word.
    Best(u64),
    Flag(bool),
    /// Words, distinct or with repeats.
    Words(Vec<u64>),
    /// For `list` and `top`: rows of the order's words and the value.
    Ordered(Vec<u64>),
    /// For `argmin` and `argmax`: the best order, and the values that have it.
    Arg(Vec<u64>, Vec<u64>),
}

/// All groups of one rule.
pub struct Groups {
    spec: ir::Aggregate,
    table: HashTable<u32>,
    keys: Vec<u64>,
    /// `aggs` states for each group.
    states: Vec<State>,
    /// `(group, word)` pairs seen by the aggregates of distinct values.
    seen: Vec<HashTable<(u32, u64)>>,
    groups: usize,
    /// Of what grows: the groups with a match since they were last finished,
    /// and for each group whether it is one of them.
    touched: Vec<usize>,
    is_touched: Vec<bool>,
}

impl Groups {
    /// No groups yet.
    pub fn new(spec: &ir::Aggregate) -> Groups {
        Groups {
            seen: spec.aggs.iter().map(|_| HashTable::new()).collect(),
            spec: spec.clone(),
            table: HashTable::new(),
            keys: Vec::new(),
            states: Vec::new(),
            groups: 0,
            touched: Vec::new(),
            is_touched: Vec::new(),
        }
    }

    /// The groups to finish: all, or of what grows those with a new match.
    pub fn due(&mut self) -> Vec<usize> {
        if !self.spec.grows {
            return (0..self.groups).collect();
        }
        let due = std::mem::take(&mut self.touched);
        due.iter().for_each(|&group| self.is_touched[group] = false);
        due
    }

    /// Adds a match.
    pub fn add(&mut self, regs: &[u64], s: &Scalars) {
        let n = self.spec.group.len();
        let key: Vec<u64>;
        let mut one = [0; 4];
        let key: &[u64] = if n <= 4 {
            for (word, &r) in one.iter_mut().zip(&self.spec.group) {
                *word = regs[r as usize];
            }
            &one[..n]
        } else {
            key = self.spec.group.iter().map(|&r| regs[r as usize]).collect();
            &key
        };
        let hash = hash_words(key);
        let keys = &self.keys;
        let of = |g: u32| &keys[g as usize * n..(g as usize + 1) * n];
        let found = match key {
            // Comparing nothing with nothing where no memory is can take longer
            // than all the rest.
            [] => {
                if self.groups > 0 {
                    Some(&0)
                } else {
                    None
                }
            }
            &[word] => self.table.find(hash, |&g| keys[g as usize] == word),
            _ => self.table.find(hash, |&g| of(g) == key),
        };
        let group = match found {
            Some(&g) => g as usize,
            None => {
                let g = self.groups as u32;
                self.groups += 1;
                self.table.insert_unique(hash, g, |&g| hash_words(of(g)));
                self.keys.extend_from_slice(key);
                for agg in &self.spec.aggs {
                    self.states.push(start(agg, s));
                }
                g as usize
            }
        };
        if self.spec.grows {
            self.is_touched.resize(self.groups, false);
            if !std::mem::replace(&mut self.is_touched[group], true) {
                self.touched.push(group);
            }
        }
        let width = self.spec.aggs.len();
        for (i, agg) in self.spec.aggs.iter().enumerate() {
            let state = &mut self.states[group * width + i];
            step(state, agg, regs, s, &mut self.seen[i], group as u32);
        }
    }

    /// Puts a group's key into registers.
    pub fn load_key(&self, group: usize, regs: &mut [u64]) {
        let n = self.spec.group.len();
        for (i, &r) in self.spec.group.iter().enumerate() {
            regs[r as usize] = self.keys[group * n + i];
        }
    }

    /// Puts results into registers.
    pub fn load_results(&self, words: &[u64], regs: &mut [u64]) {
        for (agg, &word) in self.spec.aggs.iter().zip(words) {
            regs[agg.to as usize] = word;
        }
    }

    /// Puts a group's results into registers where each aggregate has just one
    /// and no list need be made for it; `None` where that is not so.
    pub fn load_single(
        &mut self,
        group: usize,
        regs: &mut [u64],
    ) -> Option<Result<(), (FailKind, Span)>> {
        let width = self.spec.aggs.len();
        let states = &mut self.states[group * width..(group + 1) * width];
        for (state, agg) in states.iter_mut().zip(&self.spec.aggs) {
            match single(state, agg)? {
                Ok(word) => regs[agg.to as usize] = word,
                Err(kind) => return Some(Err((kind, agg.span))),
            }
        }
        Some(Ok(()))
    }

    /// The results of a group: for each aggregate the words it gives (several
    /// where ties are kept), or how it fails.
    pub fn results(
        &mut self,
        group: usize,
        regs: &[u64],
        s: &mut Scalars,
    ) -> Result<Vec<Vec<u64>>, (FailKind, Span)> {
        let width = self.spec.aggs.len();
        let mut all = Vec::with_capacity(width);
        for (i, agg) in self.spec.aggs.iter().enumerate() {
            let words = finish(&mut self.states[group * width + i], agg, regs, s);
            all.push(words.map_err(|kind| (kind, agg.span))?);
        }
        Ok(all)
    }
}

/// Every way to take one word from each list.
pub fn combinations(lists: &[Vec<u64>], each: &mut dyn FnMut(&[u64]) -> bool) -> bool {
    let mut at = vec![0; lists.len()];
    if lists.iter().any(Vec::is_empty) {
        return true;
    }
    loop {
        let words: Vec<u64> = lists.iter().zip(&at).map(|(list, &i)| list[i]).collect();
        if !each(&words) {
            return false;
        }
        let Some(i) = (0..at.len()).rev().find(|&i| at[i] + 1 < lists[i].len()) else {
            return true;
        };
        at[i] += 1;
        at[i + 1..].fill(0);
    }
}

fn start(agg: &ir::Agg, s: &Scalars) -> State {
    let float = matches!(s.types[agg.arg_ty.0 as usize], Type::Float);
    match agg.func {
        AggFn::Count => State::Count(0),
        AggFn::CountDistinct => State::Distinct(0),
        AggFn::Sum | AggFn::Avg if float => State::Float(ExactSum::default(), 0),
        AggFn::Sum | AggFn::Avg => State::Int(0, 0),
        // The first match replaces it: it is told apart by being empty.
        AggFn::Min | AggFn::Max | AggFn::Choose => State::Words(Vec::new()),
        AggFn::Any => State::Flag(false),
        AggFn::All => State::Flag(true),
        AggFn::Collect => State::Words(Vec::new()),
        AggFn::List | AggFn::Top => State::Ordered(Vec::new()),
        AggFn::ArgMin | AggFn::ArgMax => State::Arg(Vec::new(), Vec::new()),
    }
}

#[inline(always)]
fn step(
    state: &mut State,
    agg: &ir::Agg,
    regs: &[u64],
    s: &Scalars,
    seen: &mut HashTable<(u32, u64)>,
    group: u32,
) {
    let word = agg.arg.map_or(0, |r| regs[r as usize]);
    match state {
        State::Count(n) => *n += 1,
        State::Distinct(n) => *n += u64::from(is_first(seen, group, word)),
        State::Int(sum, n) => {
            *sum += i128::from(word as i64);
            *n += 1;
        }
        State::Float(sum, n) => {
            sum.add(word_float(word));
            *n += 1;
        }
        State::Best(best) => {
            if word != *best {
                let order = compare(s.types, agg.arg_ty, word, *best, s.interner);
                if order
                    == (if agg.func == AggFn::Max { Ordering::Greater } else { Ordering::Less })
                {
                    *best = word;
                }
            }
        }
        State::Flag(flag) => match agg.func {
            AggFn::Any => *flag |= word != 0,
            _ => *flag &= word != 0,
        },
        State::Words(words) => match agg.func {
            AggFn::Collect => {
                if is_first(seen, group, word) {
                    words.push(word);
                }
            }
            _ => *state = State::Best(word),
        },
        State::Ordered(rows) => {
            rows.extend(agg.by.iter().map(|b| regs[b.0 as usize]));
            rows.push(word);
        }
        State::Arg(best, words) => {
            let by: Vec<u64> = agg.by.iter().map(|b| regs[b.0 as usize]).collect();
            let order = if words.is_empty() {
                Ordering::Less
            } else {
                let order = compare_by(&by, best, agg, s);
                if agg.func == AggFn::ArgMax { order.reverse() } else { order }
            };
            match order {
                Ordering::Less => {
                    *best = by;
                    *words = vec![word];
                }
                Ordering::Equal => words.push(word),
                Ordering::Greater => {}
            }
        }
    }
}

fn is_first(seen: &mut HashTable<(u32, u64)>, group: u32, word: u64) -> bool {
    let hash = |p: &(u32, u64)| hash_words(&[u64::from(p.0), p.1]);
    let pair = (group, word);
    match seen.entry(hash(&pair), |p| *p == pair, hash) {
        hashbrown::hash_table::Entry::Occupied(_) => false,
        hashbrown::hash_table::Entry::Vacant(slot) => {
            slot.insert(pair);
            true
        }
    }
}

fn compare_by(a: &[u64], b: &[u64], agg: &ir::Agg, s: &Scalars) -> Ordering {
    for ((&x, &y), &(_, ty, desc)) in a.iter().zip(b).zip(&agg.by) {
        let order = compare(s.types, ty, x, y, s.interner);
        if order != Ordering::Equal {
            return if desc { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

/// The word of an aggregate that has just one, ready to be read.
fn single(state: &mut State, agg: &ir::Agg) -> Option<Result<u64, FailKind>> {
    let avg = agg.func == AggFn::Avg;
    Some(Ok(match state {
        State::Count(n) | State::Distinct(n) => *n,
        State::Int(sum, n) if avg => float_word(mean(*sum, *n)),
        State::Int(sum, _) => match i64::try_from(*sum) {
            Ok(sum) => sum as u64,
            Err(_) => return Some(Err(FailKind::Overflow)),
        },
        State::Float(sum, n) => float_word(if avg { sum.mean(*n) } else { sum.total() }),
        State::Best(word) => *word,
        State::Flag(flag) => u64::from(*flag),
        State::Words(_) | State::Ordered(_) | State::Arg(..) => return None,
    }))
}

fn finish(
    state: &mut State,
    agg: &ir::Agg,
    regs: &[u64],
    s: &mut Scalars,
) -> Result<Vec<u64>, FailKind> {
    Ok(match state {
        State::Count(_)
        | State::Distinct(_)
        | State::Int(..)
        | State::Float(..)
        | State::Best(_)
        | State::Flag(_) => single(state, agg).into_iter().collect::<Result<_, _>>()?,
        State::Words(words) => {
            let element = match s.types[agg.ty.0 as usize] {
                Type::Set(t) => t,
                _ => agg.arg_ty,
            };
            vec![collections::set(s.types, element, words.clone(), s.interner)]
        }
        State::Ordered(rows) => {
            let width = agg.by.len() + 1;
            let mut order: Vec<&[u64]> = rows.chunks_exact(width).collect();
            order.sort_by(|a, b| {
                compare_by(a, b, agg, s).then_with(|| {
                    compare(s.types, agg.arg_ty, a[width - 1], b[width - 1], s.interner)
                })
            });
            let limit = agg
                .limit
                .map_or(usize::MAX, |r| usize::try_from(regs[r as usize] as i64).unwrap_or(0));
            let words: Vec<u64> = order.iter().take(limit).map(|row| row[width - 1]).collect();
            vec![s.interner.words(&words)]
        }
        State::Arg(_, words) => {
            let mut words = words.clone();
            words.sort_by(|&a, &b| compare(s.types, agg.arg_ty, a, b, s.interner));
            // Ties are values, each once.
            words.dedup();
            words
        }
    })
}

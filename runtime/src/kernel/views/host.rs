//! What a dataflow asks of the kernel: expressions, merges of cells, and groups.
//! Values are lent to it while the dataflow runs. Rows are not known here.

use std::sync::Arc;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Merge;
use bloom_compiler::plan::ir::Step;
use bloom_views::Host;
use bloom_views::Went;

use crate::kernel::aggregate::combinations;
use crate::kernel::engine::Engine;
use crate::kernel::functions::Patterns;
use crate::kernel::maintain::Accumulator;
use crate::kernel::natives::Natives;
use crate::kernel::scalar::Scalars;
use crate::kernel::scalar::Stop;
use crate::kernel::scalar::range_length;
use crate::value::interner::Interner;
use crate::value::lattice;
use crate::value::order::compare;

/// No limit, for aggregates that have none.
const ALL: u64 = i64::MAX as u64;

/// See above.
pub struct Words {
    plan: Arc<ir::Program>,
    /// By head of the dataflow, the relation.
    heads: Vec<usize>,
    codes: Arc<Vec<Vec<Step>>>,
    groups: Arc<Vec<ir::Aggregate>>,
    consts: Vec<u64>,
    natives: Option<Arc<dyn Natives>>,
    /// What is lent.
    interner: Interner,
    patterns: Patterns,
}

impl Words {
    /// For the dataflow of a stratum.
    pub fn new(
        engine: &Engine,
        heads: Vec<usize>,
        codes: Vec<Vec<Step>>,
        groups: Vec<ir::Aggregate>,
    ) -> Words {
        Words {
            plan: engine.plan.clone(),
            heads,
            codes: Arc::new(codes),
            groups: Arc::new(groups),
            consts: engine.consts.clone(),
            natives: engine.natives.clone(),
            interner: Interner::default(),
            patterns: Patterns::default(),
        }
    }

    /// Takes over what an engine has of values, or gives it back.
    pub fn exchange(&mut self, engine: &mut Engine) {
        std::mem::swap(&mut self.interner, &mut engine.interner);
        std::mem::swap(&mut self.patterns, &mut engine.patterns);
    }

    /// Number of heads of the dataflow.
    pub fn heads(&self) -> usize {
        self.heads.len()
    }

    fn scalars(&mut self) -> Scalars<'_> {
        let natives = self.natives.as_deref();
        Scalars::of(&self.plan, &self.consts, &mut self.interner, &self.patterns, natives)
    }
}

/// Goes through steps; true: something failed on one of the ways.
fn go(steps: &[Step], s: &mut Scalars, regs: &mut [u64], on: &mut dyn FnMut(&mut [u64])) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        on(regs);
        return false;
    };
    match step {
        Step::Equal { a, b } => regs[*a as usize] == regs[*b as usize] && go(rest, s, regs, on),
        Step::Eval(code) => match s.run(code, regs, &[]) {
            Ok(()) => go(rest, s, regs, on),
            Err(Stop::NoRow) => false,
            Err(Stop::Fail(..)) => true,
        },
        Step::Test(code, reg) => match s.run(code, regs, &[]) {
            Ok(()) => regs[*reg as usize] != 0 && go(rest, s, regs, on),
            Err(Stop::NoRow) => false,
            Err(Stop::Fail(..)) => true,
        },
        Step::Each { from, element } => {
            let words = s.interner.get_words(regs[*from as usize]).to_vec();
            words.into_iter().fold(false, |failed, word| {
                regs[*element as usize] = word;
                go(rest, s, regs, on) || failed
            })
        }
        Step::EachEntry { from, key, value } => {
            let words = s.interner.get_words(regs[*from as usize]).to_vec();
            words.chunks_exact(2).fold(false, |failed, entry| {
                regs[*key as usize] = entry[0];
                regs[*value as usize] = entry[1];
                go(rest, s, regs, on) || failed
            })
        }
        Step::EachInt { lo, hi, element } => {
            let (lo, hi) = (regs[*lo as usize] as i64, regs[*hi as usize] as i64);
            if let Err(Some(_)) = range_length(lo, hi) {
                return true;
            }
            (lo..hi).fold(false, |failed, x| {
                regs[*element as usize] = x as u64;
                go(rest, s, regs, on) || failed
            })
        }
        _ => go(rest, s, regs, on),
    }
}

fn went(failed: bool) -> Went {
    if failed { Went::Failed } else { Went::On }
}

impl Host for Words {
    fn run(&mut self, code: usize, regs: &mut [u64], on: &mut dyn FnMut(&mut [u64])) -> Went {
        let codes = self.codes.clone();
        went(go(&codes[code], &mut self.scalars(), regs, on))
    }

    fn merge(&mut self, head: usize, into: &mut [u64], from: &[u64]) {
        let plan = self.plan.clone();
        let rel = &plan.rels[self.heads[head]];
        let s = self.scalars();
        for (at, col) in rel.cols[rel.keys + rel.values..].iter().enumerate() {
            let (a, b) = (into[at], from[at]);
            let order = || compare(s.types, col.ty, b, a, s.interner);
            match col.merge {
                Some(Merge::Max) if order().is_gt() => into[at] = b,
                Some(Merge::Min) if order().is_lt() => into[at] = b,
                Some(Merge::Join(number)) => {
                    let of = &s.lattices[number as usize];
                    // Columns of which there may be one value only have no dataflow.
                    if let Ok(joined) = lattice::join(of, a, b, s.types, s.interner) {
                        into[at] = joined;
                    }
                }
                _ => {}
            }
        }
    }

    fn gather(
        &mut self,
        number: usize,
        matches: &[(Vec<u64>, i64)],
        on: &mut dyn FnMut(&[u64]),
    ) -> Went {
        let groups = self.groups.clone();
        let spec = &groups[number];
        let mut s = self.scalars();
        let n: i64 = matches.iter().map(|(_, n)| *n).sum();
        let (mut at, mut words) = (0, Vec::new());
        for agg in &spec.aggs {
            let from = at + usize::from(agg.limit.is_some());
            let to = from + agg.by.len() + usize::from(agg.arg.is_some());
            let mut accumulator = Accumulator::of(agg, s.types);
            let mut limit = ALL;
            for (given, n) in matches {
                if agg.limit.is_some() {
                    limit = given[at];
                }
                accumulator.add_times(agg, &given[from..to], *n, &s);
            }
            match accumulator.words(agg, n.unsigned_abs(), limit, &mut s) {
                Some(all) => words.push(all),
                None => return Went::Failed,
            }
            at = to;
        }
        combinations(&words, &mut |words| {
            on(words);
            true
        });
        Went::On
    }
}

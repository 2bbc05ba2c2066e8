//! What one aggregate knows of one group: enough to take a match out again that
//! was put in. Nothing here depends on the order of matches. Which group it is,
//! and when it is asked, is not known here.

use std::cmp::Ordering;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::typed::AggFn;

use crate::kernel::exact::ExactSum;
use crate::kernel::exact::mean;
use crate::kernel::maintain::bag::Bag;
use crate::kernel::scalar::Scalars;
use crate::value::collections;
use crate::value::order::compare;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// What is kept.
#[derive(Clone)]
pub enum Accumulator {
    /// The number of matches is enough.
    Count,
    /// A sum of ints.
    Int(i128),
    /// A sum of floats, and how many of those are NaN, infinite, and negative
    /// and infinite: these have no place in it.
    Float(ExactSum, [i64; 3]),
    /// How many are true.
    Flags(i64),
    /// The words of the order and the value, in order.
    Bag(Bag),
}

impl Accumulator {
    /// Of no match.
    pub fn of(agg: &ir::Agg, types: &[Type]) -> Accumulator {
        let float = matches!(types[agg.arg_ty.0 as usize], Type::Float);
        match agg.func {
            AggFn::Count => Accumulator::Count,
            AggFn::Sum | AggFn::Avg if float => Accumulator::Float(ExactSum::default(), [0; 3]),
            AggFn::Sum | AggFn::Avg => Accumulator::Int(0),
            AggFn::Any | AggFn::All => Accumulator::Flags(0),
            AggFn::CountDistinct
            | AggFn::Min
            | AggFn::Max
            | AggFn::Choose
            | AggFn::Collect
            | AggFn::List
            | AggFn::Top
            | AggFn::ArgMin
            | AggFn::ArgMax => Accumulator::Bag(Bag::default()),
        }
    }

    /// Bytes held beside itself.
    pub fn bytes(&self) -> usize {
        match self {
            Accumulator::Bag(bag) => bag.bytes(),
            _ => 0,
        }
    }

    /// Puts a match in, or with the sign -1 takes it out. `entry` is the words
    /// of the order and the value.
    pub fn add(&mut self, agg: &ir::Agg, entry: &[u64], sign: i64, s: &Scalars) {
        let word = entry.last().copied().unwrap_or(0);
        match self {
            Accumulator::Count => {}
            Accumulator::Int(sum) => *sum += i128::from(word as i64) * i128::from(sign),
            Accumulator::Float(sum, special) => {
                let x = word_float(word);
                if x.is_finite() {
                    sum.add(if sign < 0 { -x } else { x });
                } else {
                    let which = if x.is_nan() { 0 } else { 1 + usize::from(x < 0.0) };
                    special[which] += sign;
                }
            }
            Accumulator::Flags(n) => *n += i64::from(word != 0) * sign,
            Accumulator::Bag(bag) => bag.add(entry, sign, |a, b| in_order(a, b, agg, s)),
        }
    }

    /// Puts a match in that is there so many times.
    #[cfg(feature = "views")]
    pub fn add_times(&mut self, agg: &ir::Agg, entry: &[u64], n: i64, s: &Scalars) {
        match self {
            Accumulator::Float(..) => (0..n).for_each(|_| self.add(agg, entry, 1, s)),
            _ => self.add(agg, entry, n, s),
        }
    }

    /// The words that it gives for a group of so many matches; `None`: it fails,
    /// or does not know.
    pub fn words(
        &mut self,
        agg: &ir::Agg,
        n: u64,
        limit: u64,
        s: &mut Scalars,
    ) -> Option<Vec<u64>> {
        let is_avg = agg.func == AggFn::Avg;
        Some(vec![match self {
            Accumulator::Count => n,
            Accumulator::Int(sum) if is_avg => float_word(mean(*sum, n)),
            Accumulator::Int(sum) => i64::try_from(*sum).ok()? as u64,
            Accumulator::Float(_, [nan, ..]) if *nan > 0 => float_word(f64::NAN),
            Accumulator::Float(_, [_, above, below]) if *above > 0 && *below > 0 => {
                float_word(f64::NAN)
            }
            Accumulator::Float(_, [_, above, _]) if *above > 0 => float_word(f64::INFINITY),
            Accumulator::Float(_, [_, _, below]) if *below > 0 => float_word(f64::NEG_INFINITY),
            Accumulator::Float(sum, _) => {
                float_word(if is_avg { sum.mean(n) } else { sum.total() })
            }
            Accumulator::Flags(trues) => u64::from(match agg.func {
                AggFn::Any => *trues > 0,
                _ => *trues as u64 == n,
            }),
            Accumulator::Bag(bag) => return from_bag(bag, agg, limit, s),
        }])
    }
}

/// By the order's words as they are asked for, then by value.
fn in_order(a: &[u64], b: &[u64], agg: &ir::Agg, s: &Scalars) -> Ordering {
    by(a, b, agg, s).then_with(|| {
        let at = agg.by.len();
        compare(s.types, agg.arg_ty, a[at], b[at], s.interner)
    })
}

fn by(a: &[u64], b: &[u64], agg: &ir::Agg, s: &Scalars) -> Ordering {
    for ((&x, &y), &(_, ty, desc)) in a.iter().zip(b).zip(&agg.by) {
        let order = compare(s.types, ty, x, y, s.interner);
        if order != Ordering::Equal {
            return if desc { order.reverse() } else { order };
        }
    }
    Ordering::Equal
}

fn from_bag(bag: &Bag, agg: &ir::Agg, limit: u64, s: &mut Scalars) -> Option<Vec<u64>> {
    let width = agg.by.len() + 1;
    let value = |entry: &[u64]| entry[width - 1];
    let mut entries = bag.entries(width);
    Some(match agg.func {
        AggFn::CountDistinct => vec![bag.len() as u64],
        AggFn::Max => vec![value(entries.next_back()?.0)],
        AggFn::ArgMin => {
            let first = entries.next()?.0;
            let ties = entries.take_while(|(e, _)| by(e, first, agg, s).is_eq());
            std::iter::once(value(first)).chain(ties.map(|(e, _)| value(e))).collect()
        }
        AggFn::ArgMax => {
            let last = entries.next_back()?.0;
            let ties = entries.rev().take_while(|(e, _)| by(e, last, agg, s).is_eq());
            let mut words: Vec<u64> = ties.map(|(e, _)| value(e)).collect();
            words.reverse();
            words.push(value(last));
            words
        }
        AggFn::Collect => {
            let element = match s.types[agg.ty.0 as usize] {
                Type::Set(t) => t,
                _ => agg.arg_ty,
            };
            let words = entries.map(|(e, _)| value(e)).collect();
            vec![collections::set(s.types, element, words, s.interner)]
        }
        AggFn::List | AggFn::Top => {
            let most = usize::try_from(limit as i64).ok()?;
            let mut words = Vec::new();
            for (entry, n) in entries {
                let n = usize::try_from(n).ok()?.min(most - words.len());
                words.extend(std::iter::repeat_n(value(entry), n));
                if words.len() == most {
                    break;
                }
            }
            vec![s.interner.words(&words)]
        }
        _ => vec![value(entries.next()?.0)],
    })
}

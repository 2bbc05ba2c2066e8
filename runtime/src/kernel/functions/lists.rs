//! Functions on lists and options.

use bloom_compiler::limits::RANGE_MAX;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins::Func;
use rustc_hash::FxHashSet;

use super::Args;
use super::Outcome;
use super::option;
use super::ty;
use crate::kernel::exact::ExactSum;
use crate::kernel::scalar::Scalars;
use crate::value::order::compare;
use crate::value::word::float_word;
use crate::value::word::word_float;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = a.words[0];
    match f {
        Func::OrElse => {
            return Ok(if x == 0 { a.words[1] } else { s.interner.get_words(x - 1)[0] });
        }
        Func::IsSome => return Ok(u64::from(x != 0)),
        Func::IsNone => return Ok(u64::from(x == 0)),
        Func::Range => return range(a.int(0), a.int(1), a.int(2), s),
        Func::SumOf => return sum(a, s),
        _ => {}
    }
    let words = s.interner.get_words(x);
    match f {
        Func::Length => return Ok(words.len() as u64),
        Func::IsEmpty => return Ok(u64::from(words.is_empty())),
        Func::First | Func::Last | Func::Get | Func::MinOf | Func::MaxOf | Func::IndexOf => {
            let found = one(f, a, words, s);
            return Ok(option(s, found));
        }
        _ => {}
    }
    let other = || s.interner.get_words(a.words[1]);
    let out: Vec<u64> = match f {
        Func::Reverse => words.iter().rev().copied().collect(),
        Func::Sort => {
            let element = element(s, a.tys[0]);
            let mut out = words.to_vec();
            out.sort_by(|&a, &b| compare(s.types, element, a, b, s.interner));
            out
        }
        Func::Slice => {
            let n = words.len() as i64;
            let from = a.int(1).clamp(0, n);
            let to = a.int(2).clamp(from, n);
            words[from as usize..to as usize].to_vec()
        }
        Func::Take => words.iter().take(a.count(1)).copied().collect(),
        Func::Drop => words.iter().skip(a.count(1)).copied().collect(),
        Func::Append => {
            within(words.len() + other().len())?;
            [words, other()].concat()
        }
        Func::Flatten => {
            let inner = words.iter().map(|&w| s.interner.get_words(w));
            within(inner.clone().map(<[u64]>::len).sum())?;
            inner.flatten().copied().collect()
        }
        Func::Distinct => {
            let mut seen = FxHashSet::default();
            words.iter().copied().filter(|w| seen.insert(*w)).collect()
        }
        Func::Zip => {
            let pairs: Vec<[u64; 2]> = words.iter().zip(other()).map(|(a, b)| [*a, *b]).collect();
            pairs.iter().map(|pair| s.interner.words(pair)).collect()
        }
        // `enumerate`
        _ => {
            let words = words.to_vec();
            let pairs = words.iter().enumerate();
            pairs.map(|(i, &w)| s.interner.words(&[i as u64, w])).collect()
        }
    };
    Ok(s.interner.words(&out))
}

/// One element of a list, or where it stands.
fn one(f: Func, a: &Args, words: &[u64], s: &Scalars) -> Option<u64> {
    let element = element(s, a.tys[0]);
    let order = |a: &&u64, b: &&u64| compare(s.types, element, **a, **b, s.interner);
    match f {
        Func::First => words.first().copied(),
        Func::Last => words.last().copied(),
        Func::Get => words.get(usize::try_from(a.int(1)).ok()?).copied(),
        Func::MinOf => words.iter().min_by(order).copied(),
        Func::MaxOf => words.iter().max_by(order).copied(),
        _ => words.iter().position(|w| *w == a.words[1]).map(|i| i as u64),
    }
}

fn element(s: &Scalars, id: TypeId) -> TypeId {
    match ty(s, id) {
        Type::List(t) => *t,
        _ => id,
    }
}

fn sum(a: &Args, s: &Scalars) -> Outcome {
    let words = s.interner.get_words(a.words[0]);
    if matches!(ty(s, a.ty), Type::Float) {
        let mut sum = ExactSum::default();
        words.iter().for_each(|&word| sum.add(word_float(word)));
        return Ok(float_word(sum.total()));
    }
    let total: i128 = words.iter().map(|&word| i128::from(word as i64)).sum();
    i64::try_from(total).map(|total| total as u64).map_err(|_| Some(FailKind::Overflow))
}

/// A list that is made of others could double with each round of a recursion.
fn within(elements: usize) -> Result<(), Option<FailKind>> {
    if elements as u64 > RANGE_MAX { Err(Some(FailKind::TooLong)) } else { Ok(()) }
}

fn range(from: i64, to: i64, step: i64, s: &mut Scalars) -> Outcome {
    let ahead = match step {
        0 => return Err(Some(FailKind::BadArgument)),
        1.. if to > from => to.abs_diff(from),
        ..0 if to < from => from.abs_diff(to),
        _ => 0,
    };
    let n = ahead.div_ceil(step.unsigned_abs());
    within(n as usize)?;
    // The last one is before the end, so no step but the one behind it leaves the ints.
    let words: Vec<u64> =
        (0..n as i64).map(|i| from.wrapping_add(i.wrapping_mul(step)) as u64).collect();
    Ok(s.interner.words(&words))
}

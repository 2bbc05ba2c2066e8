//! Functions on lists, options, sets and maps.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::texts::option;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::collections;
use crate::value::order::compare;

/// What is no list of words: options, texts and bytes. `None`: it is one.
fn of_others(f: Func, a: &Args, s: &mut Scalars) -> Option<u64> {
    let x = a.words[0];
    match (f, ty(s, a.tys[0])) {
        (Func::OrElse, _) => Some(if x == 0 { a.words[1] } else { s.interner.get_words(x - 1)[0] }),
        (Func::IsSome, _) => Some(u64::from(x != 0)),
        (Func::Length, Type::Str) => Some(s.interner.get_text(x).chars().count() as u64),
        (Func::Length, Type::Bytes) => Some(s.interner.get_bytes(x).len() as u64),
        (Func::Reverse, Type::Str) => {
            let out: String = s.interner.get_text(x).chars().rev().collect();
            Some(s.interner.bytes(out.as_bytes()))
        }
        _ => None,
    }
}

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    if let Some(word) = of_others(f, a, s) {
        return Ok(word);
    }
    let x = a.words[0];
    let words = s.interner.get_words(x);
    match f {
        Func::Length => Ok(words.len() as u64),
        Func::Size if is_bag(s, a) => {
            let times = words.chunks_exact(2).try_fold(0i64, |n, e| n.checked_add(e[1] as i64));
            Ok(times.unwrap_or(i64::MAX) as u64)
        }
        Func::Size => {
            let entries = if matches!(ty(s, a.tys[0]), Type::Map(..)) { 2 } else { 1 };
            Ok((words.len() / entries) as u64)
        }
        Func::First => {
            let word = words.first().copied();
            Ok(option(s, word))
        }
        Func::Last => {
            let word = words.last().copied();
            Ok(option(s, word))
        }
        Func::GetOr => {
            let Type::Map(key, _) = ty(s, a.tys[0]) else { return Ok(a.words[2]) };
            let found = collections::at_key(s.types, *key, x, a.words[1], s.interner);
            Ok(found.unwrap_or(a.words[2]))
        }
        Func::Reverse => build(s, words.iter().rev().copied().collect()),
        Func::Sort | Func::ToSet => {
            let element = element(s, a.tys[0]);
            if f == Func::ToSet {
                return Ok(collections::set(s.types, element, words.to_vec(), s.interner));
            }
            let mut out = words.to_vec();
            out.sort_by(|&a, &b| compare(s.types, element, a, b, s.interner));
            build(s, out)
        }
        Func::Slice => {
            let n = words.len() as i64;
            let from = a.int(1).clamp(0, n);
            let to = a.int(2).clamp(from, n);
            build(s, words[from as usize..to as usize].to_vec())
        }
        Func::Append => build(s, [words, s.interner.get_words(a.words[1])].concat()),
        Func::Enumerate => {
            let words = words.to_vec();
            let pairs = words.iter().enumerate();
            let out = pairs.map(|(i, &w)| s.interner.words(&[i as u64, w])).collect();
            build(s, out)
        }
        Func::ToList if matches!(ty(s, a.tys[0]), Type::Map(..)) => {
            let entries = words.to_vec();
            let out = entries.chunks_exact(2).map(|e| s.interner.words(e)).collect();
            build(s, out)
        }
        Func::Keys => build(s, words.chunks_exact(2).map(|e| e[0]).collect()),
        Func::Union | Func::Intersect if is_bag(s, a) => combine_bags(f, a, s),
        Func::Union | Func::Intersect | Func::Difference => combine(f, a, s),
        // A set is already the ascending list of its elements.
        _ => Ok(x),
    }
}

fn build(s: &mut Scalars, words: Vec<u64>) -> Outcome {
    Ok(s.interner.words(&words))
}

fn element(s: &Scalars, id: TypeId) -> TypeId {
    match ty(s, id) {
        Type::List(t) | Type::Set(t) => *t,
        _ => id,
    }
}

fn is_bag(s: &Scalars, a: &Args) -> bool {
    matches!(ty(s, a.tys[0]), Type::Bag(..))
}

/// The greater multiplicities of two bags, or the lesser of what both have.
fn combine_bags(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let Type::Bag(element, _) = *ty(s, a.tys[0]) else { return Err(None) };
    let (x, y) = (s.interner.get_words(a.words[0]), s.interner.get_words(a.words[1]));
    let (x, _) = x.as_chunks::<2>();
    let times = |w| collections::at_key(s.types, element, a.words[1], w, s.interner);
    let mut entries: Vec<(u64, u64)> = Vec::with_capacity(x.len());
    if f == Func::Intersect {
        entries.extend(x.iter().filter_map(|&[w, n]| Some((w, n.min(times(w)?)))));
        if entries.is_empty() {
            return Err(None);
        }
    } else {
        // Of equal elements the last stays.
        entries.extend(y.as_chunks::<2>().0.iter().map(|&[w, n]| (w, n)));
        entries.extend(x.iter().map(|&[w, n]| (w, n.max(times(w).unwrap_or(0)))));
    }
    Ok(collections::map(s.types, element, entries, s.interner))
}

fn combine(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let element = element(s, a.tys[0]);
    let (x, y) = (s.interner.get_words(a.words[0]), s.interner.get_words(a.words[1]));
    let has = |set: &[u64], w: u64| collections::in_set(s.types, element, set, w, s.interner);
    let words: Vec<u64> = match f {
        Func::Union => x.iter().chain(y).copied().collect(),
        Func::Intersect => x.iter().copied().filter(|&w| has(y, w)).collect(),
        _ => x.iter().copied().filter(|&w| !has(y, w)).collect(),
    };
    if f == Func::Intersect && words.is_empty() {
        return Err(None);
    }
    Ok(collections::set(s.types, element, words, s.interner))
}

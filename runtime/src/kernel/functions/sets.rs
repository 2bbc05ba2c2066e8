//! Functions on sets, maps and bags: word lists in value order.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::option;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::collections;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = a.words[0];
    match ty(s, a.tys[0]) {
        Type::Map(key, _) => map(f, a, *key, s),
        Type::Bag(element, _) => bag(f, a, *element, s),
        Type::Set(element) => set(f, a, *element, s),
        // A list becomes a set or a map.
        Type::List(of) if f == Func::ToSet => {
            let words = s.interner.get_words(x).to_vec();
            Ok(collections::set(s.types, *of, words, s.interner))
        }
        _ => {
            let pairs = s.interner.get_words(x).iter().map(|&pair| {
                let pair = s.interner.get_words(pair);
                (pair[0], pair[1])
            });
            let entries = pairs.collect();
            match ty(s, a.ty) {
                Type::Map(key, _) => Ok(collections::map(s.types, *key, entries, s.interner)),
                _ => Err(None),
            }
        }
    }
}

fn map(f: Func, a: &Args, key: TypeId, s: &mut Scalars) -> Outcome {
    let x = a.words[0];
    let entries: Vec<(u64, u64)> =
        s.interner.get_words(x).chunks_exact(2).map(|e| (e[0], e[1])).collect();
    let words: Vec<u64> = match f {
        Func::Size => return Ok(entries.len() as u64),
        Func::IsEmpty => return Ok(u64::from(entries.is_empty())),
        Func::Get => {
            let found = collections::at_key(s.types, key, x, a.words[1], s.interner);
            return Ok(option(s, found));
        }
        Func::GetOr => {
            let found = collections::at_key(s.types, key, x, a.words[1], s.interner);
            return Ok(found.unwrap_or(a.words[2]));
        }
        Func::Keys => entries.iter().map(|e| e.0).collect(),
        Func::Values => entries.iter().map(|e| e.1).collect(),
        Func::Insert | Func::Merge => {
            let mut all = entries;
            if f == Func::Insert {
                all.push((a.words[1], a.words[2]));
            } else {
                let other = s.interner.get_words(a.words[1]).chunks_exact(2);
                all.extend(other.map(|e| (e[0], e[1])));
            }
            return Ok(collections::map(s.types, key, all, s.interner));
        }
        Func::Remove => {
            let others = entries.iter().filter(|e| e.0 != a.words[1]);
            others.flat_map(|e| [e.0, e.1]).collect()
        }
        // `to_list`
        _ => entries.iter().map(|e| s.interner.words(&[e.0, e.1])).collect(),
    };
    Ok(s.interner.words(&words))
}

/// The multiplicities of bags: their sum, the greater of two, or the lesser of
/// what both have. Otherwise a bag is a map.
fn bag(f: Func, a: &Args, element: TypeId, s: &mut Scalars) -> Outcome {
    let (x, _) = s.interner.get_words(a.words[0]).as_chunks::<2>();
    let times = |w| collections::at_key(s.types, element, a.words[1], w, s.interner);
    let mut entries: Vec<(u64, u64)> = Vec::with_capacity(x.len());
    match f {
        Func::Size => {
            let size = x.iter().try_fold(0i64, |sum, e| sum.checked_add(e[1] as i64));
            return Ok(size.unwrap_or(i64::MAX) as u64);
        }
        Func::Intersect => {
            entries.extend(x.iter().filter_map(|&[w, n]| Some((w, n.min(times(w)?)))));
            if entries.is_empty() {
                return Err(None);
            }
        }
        Func::Union => {
            // Of equal elements the last stays.
            let (y, _) = s.interner.get_words(a.words[1]).as_chunks::<2>();
            entries.extend(y.iter().map(|&[w, n]| (w, n)));
            entries.extend(x.iter().map(|&[w, n]| (w, n.max(times(w).unwrap_or(0)))));
        }
        _ => return map(f, a, element, s),
    }
    Ok(collections::map(s.types, element, entries, s.interner))
}

fn set(f: Func, a: &Args, element: TypeId, s: &mut Scalars) -> Outcome {
    let x = s.interner.get_words(a.words[0]);
    let other = || s.interner.get_words(a.words[1]);
    let has = |set: &[u64], w: u64| collections::in_set(s.types, element, set, w, s.interner);
    let words: Vec<u64> = match f {
        Func::Size => return Ok(x.len() as u64),
        Func::IsEmpty => return Ok(u64::from(x.is_empty())),
        Func::Union => x.iter().chain(other()).copied().collect(),
        Func::Insert => x.iter().copied().chain([a.words[1]]).collect(),
        Func::Remove => x.iter().copied().filter(|&w| w != a.words[1]).collect(),
        Func::Intersect => x.iter().copied().filter(|&w| has(other(), w)).collect(),
        Func::Difference => x.iter().copied().filter(|&w| !has(other(), w)).collect(),
        // A set is already the ascending list of its elements.
        _ => return Ok(a.words[0]),
    };
    if f == Func::Intersect && words.is_empty() {
        return Err(None);
    }
    Ok(collections::set(s.types, element, words, s.interner))
}

//! Sets and maps as interned word lists in value order.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::value::interner::Interner;
use crate::value::order::compare;

/// A set of the words, in value order, each once.
pub fn set(types: &[Type], element: TypeId, mut words: Vec<u64>, interner: &mut Interner) -> u64 {
    words.sort_by(|&a, &b| compare(types, element, a, b, interner));
    words.dedup();
    interner.words(&words)
}

/// A map of the entries; of equal keys the last wins.
pub fn map(
    types: &[Type],
    key: TypeId,
    mut entries: Vec<(u64, u64)>,
    interner: &mut Interner,
) -> u64 {
    // The sort is stable: of equal keys the last one written stays last.
    entries.sort_by(|a, b| compare(types, key, a.0, b.0, interner));
    let mut words: Vec<u64> = Vec::with_capacity(entries.len() * 2);
    for (k, v) in entries {
        let n = words.len();
        if n >= 2 && words[n - 2] == k {
            words[n - 1] = v;
        } else {
            words.extend([k, v]);
        }
    }
    interner.words(&words)
}

/// Whether a set's words hold one.
pub fn in_set(types: &[Type], element: TypeId, set: &[u64], x: u64, interner: &Interner) -> bool {
    if set.len() <= 16 {
        return set.contains(&x);
    }
    set.binary_search_by(|&y| compare(types, element, y, x, interner)).is_ok()
}

/// The value at a key of a map.
pub fn at_key(types: &[Type], key: TypeId, map: u64, k: u64, interner: &Interner) -> Option<u64> {
    let (entries, _) = interner.get_words(map).as_chunks::<2>();
    if entries.len() <= 16 {
        return entries.iter().find(|e| e[0] == k).map(|e| e[1]);
    }
    let at = entries.binary_search_by(|e| compare(types, key, e[0], k, interner)).ok()?;
    Some(entries[at][1])
}

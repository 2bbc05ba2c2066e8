//! Whole values of lattices: how two of them merge. Columns whose parts lie in
//! rows of their own merge part by part in the kernel and do not come here.

use std::cmp::Ordering;

use bloom_compiler::plan::ir::Lattice;
use bloom_compiler::plan::ir::Type;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::order::compare;

/// Two different points have no common larger value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clash;

/// The least value that is at least both.
pub fn join(
    lattice: &Lattice,
    a: u64,
    b: u64,
    types: &[Type],
    interner: &mut Interner,
) -> Result<u64, Clash> {
    if a == b {
        return Ok(a);
    }
    Ok(match lattice {
        Lattice::Max(ty) => match compare(types, *ty, a, b, interner) {
            Ordering::Less => b,
            _ => a,
        },
        Lattice::Min(ty) => match compare(types, *ty, a, b, interner) {
            Ordering::Greater => b,
            _ => a,
        },
        Lattice::Any => a | b,
        Lattice::All => a & b,
        Lattice::Set(element) => {
            let words = [interner.get_words(a), interner.get_words(b)].concat();
            collections::set(types, *element, words, interner)
        }
        Lattice::Map(key, entry) => {
            let (x, y) = (interner.get_words(a).to_vec(), interner.get_words(b).to_vec());
            let (mut x, mut y) = (&x[..], &y[..]);
            let mut out = Vec::with_capacity(x.len() + y.len());
            while let ([k, v, xs @ ..], [l, w, ys @ ..]) = (x, y) {
                match compare(types, *key, *k, *l, interner) {
                    Ordering::Less => {
                        out.extend([*k, *v]);
                        x = xs;
                    }
                    Ordering::Greater => {
                        out.extend([*l, *w]);
                        y = ys;
                    }
                    Ordering::Equal => {
                        out.extend([*k, join(entry, *v, *w, types, interner)?]);
                        (x, y) = (xs, ys);
                    }
                }
            }
            out.extend(x);
            out.extend(y);
            interner.words(&out)
        }
        Lattice::Pair(l, m) => {
            let ((x, v), (y, w)) = (pair(a, interner), pair(b, interner));
            let first = join(l, x, y, types, interner)?;
            let second = join(m, v, w, types, interner)?;
            interner.words(&[first, second])
        }
        Lattice::Lex(version, m) => {
            let ((x, v), (y, w)) = (pair(a, interner), pair(b, interner));
            if x != y {
                let larger = join(version, x, y, types, interner)?;
                return Ok(if larger == x { a } else { b });
            }
            let second = join(m, v, w, types, interner)?;
            interner.words(&[x, second])
        }
        Lattice::Point(_) => return Err(Clash),
    })
}

/// Whether `b` is at least `a`.
pub fn leq(lattice: &Lattice, a: u64, b: u64, types: &[Type], interner: &mut Interner) -> bool {
    join(lattice, a, b, types, interner) == Ok(b)
}

fn pair(word: u64, interner: &Interner) -> (u64, u64) {
    match interner.get_words(word) {
        [a, b, ..] => (*a, *b),
        _ => (0, 0),
    }
}

#[cfg(test)]
mod tests {
    use bloom_compiler::plan::ir::TypeId;

    use super::*;

    #[test]
    fn the_larger_version_wins_and_equal_ones_merge() {
        let types = [Type::Int, Type::Set(TypeId(0)), Type::Tuple(vec![TypeId(0), TypeId(1)])];
        let (int, set) = (Lattice::Max(TypeId(0)), Lattice::Set(TypeId(0)));
        let lex = Lattice::Lex(Box::new(int), Box::new(set));
        let interner = &mut Interner::new();
        let mut value = |version: u64, elements: &[u64]| {
            let set = collections::set(&types, TypeId(0), elements.to_vec(), interner);
            interner.words(&[version, set])
        };
        let (old, one, two, both) =
            (value(1, &[9]), value(2, &[3]), value(2, &[4]), value(2, &[3, 4]));
        assert_eq!(join(&lex, old, one, &types, interner), Ok(one));
        assert_eq!(join(&lex, one, old, &types, interner), Ok(one));
        assert_eq!(join(&lex, one, two, &types, interner), Ok(both));
        assert!(leq(&lex, old, two, &types, interner) && !leq(&lex, one, two, &types, interner));
    }

    #[test]
    fn maps_merge_entry_by_entry_and_points_clash() {
        let types = [Type::Int];
        let interner = &mut Interner::new();
        let max = Lattice::Map(TypeId(0), Box::new(Lattice::Max(TypeId(0))));
        let point = Lattice::Map(TypeId(0), Box::new(Lattice::Point(TypeId(0))));
        let mut map = |entries: &[u64]| interner.words(entries);
        let (a, b, c) = (map(&[1, 10, 2, 20]), map(&[2, 25, 3, 30]), map(&[1, 10, 2, 25, 3, 30]));
        assert_eq!(join(&max, a, b, &types, interner), Ok(c));
        assert_eq!(join(&point, a, b, &types, interner), Err(Clash));
        let d = interner.words(&[3, 30]);
        assert_eq!(join(&point, b, d, &types, interner), Ok(b));
    }
}

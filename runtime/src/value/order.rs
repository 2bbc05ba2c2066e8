//! The value order of every type: what rows, sets and aggregates are sorted by.

use std::cmp::Ordering;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::value::interner::Interner;
use crate::value::json;

/// Compares two words of one type by value. Linear in the size of compound
/// values; equal ids are equal without looking inside.
pub fn compare(types: &[Type], ty: TypeId, a: u64, b: u64, interner: &Interner) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    match &types[ty.0 as usize] {
        Type::Int | Type::Nat | Type::Time | Type::Duration => (a as i64).cmp(&(b as i64)),
        Type::Float | Type::Bool => a.cmp(&b),
        Type::Str | Type::Bytes | Type::Node | Type::Uuid => {
            interner.get_bytes(a).cmp(interner.get_bytes(b))
        }
        Type::Json => json::compare(a, b, interner),
        Type::Tuple(parts) => {
            let (a, b) = (interner.get_words(a), interner.get_words(b));
            compare_each(types, parts.iter().copied(), a, b, interner)
        }
        Type::Record { fields, .. } => {
            let (a, b) = (interner.get_words(a), interner.get_words(b));
            compare_each(types, fields.iter().map(|f| f.1), a, b, interner)
        }
        Type::List(t) | Type::Set(t) => {
            let (a, b) = (interner.get_words(a), interner.get_words(b));
            compare_each(types, std::iter::repeat(*t), a, b, interner)
        }
        Type::Map(k, v) | Type::Bag(k, v) => {
            let (a, b) = (interner.get_words(a), interner.get_words(b));
            compare_each(types, [*k, *v].into_iter().cycle(), a, b, interner)
        }
        Type::Option(t) => match (a, b) {
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            (a, b) => {
                let (a, b) = (interner.get_words(a - 1)[0], interner.get_words(b - 1)[0]);
                compare(types, *t, a, b, interner)
            }
        },
        Type::Enum { variants, .. } => {
            let (a, b) = (interner.get_words(a), interner.get_words(b));
            a[0].cmp(&b[0]).then_with(|| {
                let payload = variants[a[0] as usize].1.iter().copied();
                stack::step(|| compare_each(types, payload, &a[1..], &b[1..], interner))
            })
        }
    }
}

fn compare_each(
    types: &[Type],
    tys: impl Iterator<Item = TypeId>,
    a: &[u64],
    b: &[u64],
    interner: &Interner,
) -> Ordering {
    for ((&x, &y), ty) in a.iter().zip(b).zip(tys) {
        let order = compare(types, ty, x, y, interner);
        if order != Ordering::Equal {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

/// Whether unsigned order of words is the value order.
pub fn is_unsigned(ty: &Type) -> bool {
    matches!(ty, Type::Float | Type::Bool | Type::Nat)
}

/// Whether signed order of words is the value order.
pub fn is_signed(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Nat | Type::Time | Type::Duration)
}

/// Sorts flat rows of the given column types by value and returns them.
pub fn sort_rows(types: &[Type], cols: &[TypeId], rows: Vec<u64>, interner: &Interner) -> Vec<u64> {
    let arity = cols.len();
    if arity == 0 || rows.len() <= arity {
        return rows;
    }
    let n = rows.len() / arity;
    if cols.iter().all(|&c| is_signed(&types[c.0 as usize]) || is_unsigned(&types[c.0 as usize])) {
        return sort_scalars(types, cols, rows);
    }
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by(|&i, &j| {
        let (a, b) = (&rows[i as usize * arity..], &rows[j as usize * arity..]);
        compare_each(types, cols.iter().copied(), &a[..arity], &b[..arity], interner)
    });
    let mut out = Vec::with_capacity(rows.len());
    for i in order {
        out.extend_from_slice(&rows[i as usize * arity..][..arity]);
    }
    out
}

/// Rows of scalars: words are turned so that unsigned order is value order,
/// which lets the sort compare slices.
fn sort_scalars(types: &[Type], cols: &[TypeId], mut rows: Vec<u64>) -> Vec<u64> {
    let arity = cols.len();
    let flips: Vec<u64> =
        cols.iter().map(|c| if is_signed(&types[c.0 as usize]) { 1 << 63 } else { 0 }).collect();
    let turn = |rows: &mut [u64]| {
        for row in rows.chunks_exact_mut(arity) {
            for (word, flip) in row.iter_mut().zip(&flips) {
                *word ^= flip;
            }
        }
    };
    turn(&mut rows);
    match arity {
        1 => rows.sort_unstable(),
        2 => rows.as_chunks_mut::<2>().0.sort_unstable(),
        3 => rows.as_chunks_mut::<3>().0.sort_unstable(),
        4 => rows.as_chunks_mut::<4>().0.sort_unstable(),
        _ => {
            let mut refs: Vec<&[u64]> = rows.chunks_exact(arity).collect();
            refs.sort_unstable();
            rows = refs.concat();
        }
    }
    turn(&mut rows);
    rows
}

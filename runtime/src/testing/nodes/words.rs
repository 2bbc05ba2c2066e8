//! Single words of one interner as those of another, one at a time and with
//! nothing remembered: either of them may forget values in between. What the
//! words stand for is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::kernel::Engine;
use crate::value::interner::Interner;
use crate::value::json;

/// The word in `to` of a value of this type.
pub(super) fn moved(
    types: &[Type],
    ty: TypeId,
    word: u64,
    from: &Interner,
    to: &mut Interner,
) -> u64 {
    match &types[ty.0 as usize] {
        Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => word,
        Type::Str | Type::Node | Type::Bytes | Type::Uuid => to.bytes(from.get_bytes(word)),
        Type::Option(_) if word == 0 => 0,
        Type::Option(_) => list(types, ty, word - 1, from, to) + 1,
        _ => list(types, ty, word, from, to),
    }
}

fn list(types: &[Type], ty: TypeId, id: u64, from: &Interner, to: &mut Interner) -> u64 {
    let words = from.get_words(id);
    let mut new = Vec::with_capacity(words.len());
    for (at, &word) in words.iter().enumerate() {
        if matches!(types[ty.0 as usize], Type::Json) {
            new.push(match json::part(words, at) {
                json::Part::Word => word,
                json::Part::Text => to.bytes(from.get_bytes(word)),
                json::Part::Json => stack::step(|| list(types, ty, word, from, to)),
            });
            continue;
        }
        new.push(match part(types, ty, words, at) {
            Some(part) => stack::step(|| moved(types, part, word, from, to)),
            None => word,
        });
    }
    to.words(&new)
}

/// The type of a component; `None` for the number of an enum's variant.
fn part(types: &[Type], ty: TypeId, words: &[u64], at: usize) -> Option<TypeId> {
    match &types[ty.0 as usize] {
        Type::Tuple(parts) => parts.get(at).copied(),
        Type::Record { fields, .. } => fields.get(at).map(|field| field.1),
        Type::List(of) | Type::Set(of) | Type::Option(of) => Some(*of),
        Type::Map(key, value) | Type::Bag(key, value) => {
            Some(if at.is_multiple_of(2) { *key } else { *value })
        }
        Type::Enum { variants, .. } => {
            let variant = variants.get(*words.first()? as usize)?;
            variant.1.get(at.checked_sub(1)?).copied()
        }
        _ => None,
    }
}

/// Rows of a collection of one engine in words of another; `first` stands in
/// front of every row.
pub(super) fn rows(
    from: &Engine,
    rel: RelId,
    (count, words): (usize, &[u64]),
    first: Option<u64>,
    to: &mut Interner,
) -> Vec<u64> {
    let plan = from.plan();
    let columns = &plan.rels[rel.index()].declared;
    let width = columns.len();
    let mut out = Vec::with_capacity(count * (width + 1));
    for at in 0..count {
        out.extend(first);
        let row = words.get(at * width..(at + 1) * width).unwrap_or_default();
        for (column, word) in columns.iter().zip(row) {
            out.push(moved(&plan.types, column.ty, *word, from.interner(), to));
        }
    }
    out
}

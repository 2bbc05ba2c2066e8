//! Values that a test states, as words of an engine. What they are given for is
//! not known here.

use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::json;
use crate::value::word::float_word;

/// The words of a row.
pub fn words(types: &[Type], cols: &[TypeId], row: &[Value], interner: &mut Interner) -> Vec<u64> {
    cols.iter().zip(row).map(|(&ty, value)| word(types, ty, value, interner)).collect()
}

/// The word of a value; it is made if no row has it yet.
fn word(types: &[Type], ty: TypeId, value: &Value, interner: &mut Interner) -> u64 {
    match (&types[ty.0 as usize], value) {
        (_, Value::Int(i) | Value::Time(i) | Value::Duration(i)) => *i as u64,
        (_, Value::Float(f)) => float_word(f.get()),
        (_, Value::Bool(b)) => u64::from(*b),
        (_, Value::Str(s) | Value::Node(s)) => interner.bytes(s.as_bytes()),
        (_, Value::Bytes(b)) => interner.bytes(b),
        (_, Value::Uuid(b)) => interner.bytes(b),
        (_, Value::Json(j)) => match json::parse(j.text().as_bytes(), interner) {
            Some(word) => word,
            None => json::null(interner),
        },
        (Type::Option(of), Value::Some(inner)) => {
            let inner = word(types, *of, inner, interner);
            1 + interner.words(&[inner])
        }
        (Type::Tuple(of), Value::Tuple(values)) => {
            let words = words(types, of, values, interner);
            interner.words(&words)
        }
        (Type::Record { fields, .. }, Value::Record(values)) => {
            let of: Vec<TypeId> = fields.iter().map(|(_, ty)| *ty).collect();
            let words = words(types, &of, values, interner);
            interner.words(&words)
        }
        (Type::Enum { variants, .. }, Value::Enum(variant, payload)) => {
            let of = variants.get(*variant).map_or(&[][..], |(_, of)| of);
            let mut all = vec![*variant as u64];
            all.extend(words(types, of, payload, interner));
            interner.words(&all)
        }
        (Type::List(of), Value::List(values)) => {
            let words: Vec<u64> = values.iter().map(|v| word(types, *of, v, interner)).collect();
            interner.words(&words)
        }
        (Type::Set(of), Value::Set(values)) => {
            let words = values.iter().map(|v| word(types, *of, v, interner)).collect();
            collections::set(types, *of, words, interner)
        }
        (Type::Map(key, of) | Type::Bag(key, of), Value::Map(entries)) => {
            let pair = |(k, v)| (word(types, *key, k, interner), word(types, *of, v, interner));
            let entries = entries.iter().map(pair).collect();
            collections::map(types, *key, entries, interner)
        }
        // None; and what the types of the program rule out.
        _ => 0,
    }
}

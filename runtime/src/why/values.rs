//! Words to values and back. An explanation is about values as people write
//! them; this room is the only one here that knows how the engine keeps them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::oracle::Json;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::value::interner::Interner;
use crate::value::json;
use crate::value::text;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// The value of a word.
pub fn value(types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> Value {
    let part = |ty: TypeId, word: u64| value(types, ty, word, interner);
    let parts = |of: &[TypeId], words: &[u64]| -> Vec<Value> {
        of.iter().zip(words).map(|(ty, word)| part(*ty, *word)).collect()
    };
    let own = |word| interner.get_words(word);
    match &types[ty.0 as usize] {
        Type::Int | Type::Nat => Value::Int(word as i64),
        Type::Float => Value::float(word_float(word)),
        Type::Bool => Value::Bool(word != 0),
        Type::Str => Value::str(interner.get_text(word)),
        Type::Node => Value::Node(interner.get_text(word).to_owned()),
        Type::Bytes => Value::Bytes(interner.get_bytes(word).to_vec()),
        Type::Time => Value::Time(word as i64),
        Type::Duration => Value::Duration(word as i64),
        Type::Uuid => Value::Uuid(interner.get_bytes(word).try_into().unwrap_or_default()),
        Type::Json => {
            let mut text = Vec::new();
            json::write(word, interner, &mut text);
            Json::parse(&String::from_utf8_lossy(&text)).map_or(Value::None, Value::Json)
        }
        Type::Tuple(of) => Value::Tuple(parts(of, own(word))),
        Type::List(of) => Value::List(own(word).iter().map(|word| part(*of, *word)).collect()),
        Type::Option(of) => Value::option(text::some(word, interner).map(|inner| part(*of, inner))),
        Type::Record { fields, .. } => {
            let pairs = fields.iter().zip(own(word));
            Value::Record(pairs.map(|((_, ty), word)| part(*ty, *word)).collect())
        }
        Type::Enum { variants, .. } => {
            let words = own(word);
            let variant = words[0] as usize;
            Value::Enum(variant, parts(&variants[variant].1, &words[1..]))
        }
        Type::Set(of) => {
            Value::Set(own(word).iter().map(|word| part(*of, *word)).collect::<BTreeSet<_>>())
        }
        Type::Map(key, of) | Type::Bag(key, of) => {
            let entries = own(word).chunks_exact(2);
            let entries = entries.map(|entry| (part(*key, entry[0]), part(*of, entry[1])));
            Value::Map(entries.collect::<BTreeMap<_, _>>())
        }
    }
}

/// Whether words of a type can be looked up by value; what holds JSON cannot.
/// An enum may hold itself, so each type is looked at once.
pub fn is_found(types: &[Type], ty: TypeId) -> bool {
    let mut seen = BTreeSet::from([ty]);
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        let inner: Vec<TypeId> = match &types[ty.0 as usize] {
            Type::Json => return false,
            Type::Tuple(of) => of.clone(),
            Type::List(of) | Type::Set(of) | Type::Option(of) => vec![*of],
            Type::Map(key, of) | Type::Bag(key, of) => vec![*key, *of],
            Type::Record { fields, .. } => fields.iter().map(|(_, ty)| *ty).collect(),
            Type::Enum { variants, .. } => {
                variants.iter().flat_map(|(_, of)| of).copied().collect()
            }
            _ => Vec::new(),
        };
        open.extend(inner.into_iter().filter(|ty| seen.insert(*ty)));
    }
    true
}

/// The word of a value; `None` where no row can hold it, because it was never
/// met.
pub fn word(types: &[Type], ty: TypeId, value: &Value, interner: &Interner) -> Option<u64> {
    let part = |ty: &TypeId, value: &Value| word(types, *ty, value, interner);
    let words = |of: &mut dyn Iterator<Item = Option<u64>>| -> Option<u64> {
        let words: Option<Vec<u64>> = of.collect();
        interner.find_words(&words?)
    };
    match (&types[ty.0 as usize], value) {
        (_, Value::Int(i) | Value::Time(i) | Value::Duration(i)) => Some(*i as u64),
        (_, Value::Float(f)) => Some(float_word(f.get())),
        (_, Value::Bool(b)) => Some(u64::from(*b)),
        (_, Value::Str(s) | Value::Node(s)) => interner.find_bytes(s.as_bytes()),
        (_, Value::Bytes(b)) => interner.find_bytes(b),
        (_, Value::Uuid(b)) => interner.find_bytes(b),
        (_, Value::None) => Some(0),
        (Type::Option(of), Value::Some(inner)) => {
            let inner = part(of, inner)?;
            Some(1 + interner.find_words(&[inner])?)
        }
        (Type::Tuple(of), Value::Tuple(values)) => {
            words(&mut of.iter().zip(values).map(|(ty, v)| part(ty, v)))
        }
        (Type::Record { fields, .. }, Value::Record(values)) => {
            words(&mut fields.iter().zip(values).map(|((_, ty), v)| part(ty, v)))
        }
        (Type::Enum { variants, .. }, Value::Enum(variant, payload)) => {
            let of = &variants.get(*variant)?.1;
            let payload = of.iter().zip(payload).map(|(ty, v)| part(ty, v));
            words(&mut std::iter::once(Some(*variant as u64)).chain(payload))
        }
        (Type::List(of), Value::List(values)) => words(&mut values.iter().map(|v| part(of, v))),
        (Type::Set(of), Value::Set(values)) => words(&mut values.iter().map(|v| part(of, v))),
        (Type::Map(key, of) | Type::Bag(key, of), Value::Map(entries)) => {
            words(&mut entries.iter().flat_map(|(k, v)| [part(key, k), part(of, v)]))
        }
        _ => None,
    }
}

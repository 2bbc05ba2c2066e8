//! Values of a history as words of an engine that is to have them.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::Engine;
use crate::value::interner::Interner;
use crate::value::literal::Reader;
use crate::value::word::float_word;

/// Loads a row of values.
pub fn load(engine: &mut Engine, rel: RelId, row: &[Value]) {
    match (words(engine, rel, row), row.is_empty()) {
        (_, true) => drop(engine.load_unit(rel)),
        (Some(words), false) => drop(engine.load(rel, &words)),
        (None, false) => {}
    }
}

/// The words of a row of values.
pub fn words(engine: &mut Engine, rel: RelId, row: &[Value]) -> Option<Vec<u64>> {
    let types = engine.plan().types.clone();
    let declared = engine.plan().rels.get(rel.index())?.declared.clone();
    let pairs = declared.iter().zip(row);
    let words = pairs.map(|(of, value)| word(&types, of.ty, value, engine.interner_mut()));
    words.collect()
}

fn word(
    types: &[Type],
    ty: TypeId,
    value: &Value,
    interner: &mut Interner,
) -> Option<u64> {
    let mut all = |parts: &mut dyn Iterator<Item = (TypeId, &Value)>| {
        let words: Option<Vec<u64>> =
            parts.map(|(ty, value)| word(types, ty, value, interner)).collect();
        words.map(|words| interner.words(&words))
    };
    match (types.get(ty.0 as usize)?, value) {
        (Type::Str | Type::Node, Value::Str(text) | Value::Node(text)) => {
            Some(interner.bytes(text.as_bytes()))
        }
        (Type::Bytes, Value::Bytes(bytes)) => Some(interner.bytes(bytes)),
        (Type::Uuid, Value::Uuid(bytes)) => Some(interner.bytes(bytes)),
        (_, Value::Int(i) | Value::Time(i) | Value::Duration(i)) => Some(*i as u64),
        (_, Value::Bool(is)) => Some(u64::from(*is)),
        (_, Value::Float(float)) => Some(float_word(float.get())),
        (Type::Option(_), Value::None) => Some(0),
        (Type::Option(of), Value::Some(inner)) => {
            Some(1 + all(&mut std::iter::once((*of, &**inner)))?)
        }
        (Type::Tuple(of), Value::Tuple(parts)) => all(&mut of.iter().copied().zip(parts)),
        (Type::Record { fields, .. }, Value::Record(parts)) => {
            all(&mut fields.iter().map(|(_, ty)| *ty).zip(parts))
        }
        (Type::List(of), Value::List(parts)) => all(&mut parts.iter().map(|part| (*of, part))),
        (Type::Set(of), Value::Set(parts)) => all(&mut parts.iter().map(|part| (*of, part))),
        (Type::Map(key, of) | Type::Bag(key, of), Value::Map(entries)) => {
            all(&mut entries.iter().flat_map(|(k, v)| [(*key, k), (*of, v)]))
        }
        (Type::Enum { variants, .. }, Value::Enum(variant, parts)) => {
            let of = &variants.get(*variant)?.1;
            let mut words = vec![*variant as u64];
            for (ty, part) in of.iter().zip(parts) {
                words.push(word(types, *ty, part, interner)?);
            }
            Some(interner.words(&words))
        }
        // What is a tree of its own is read as it is written.
        (Type::Json, Value::Json(json)) => {
            Reader::whole(types, ty, json.text().as_bytes(), interner).ok()
        }
        _ => None,
    }
}


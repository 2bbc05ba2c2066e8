//! Any value of the language as a Rust value, for those who do not know types
//! when they write their program. Words go in and come out here; what rows
//! are is not known.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::types::show;

use crate::embed::column::Cell;
use crate::embed::column::FromColumn;
use crate::embed::column::Slot;
use crate::embed::column::ToColumn;
use crate::value::collections;
use crate::value::json;
use crate::value::text;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Of type `int` or `nat`.
    Int(i64),
    /// Of type `float`.
    Float(f64),
    /// Of type `bool`.
    Bool(bool),
    /// Of type `str`.
    Str(String),
    /// Of type `bytes`.
    Bytes(Vec<u8>),
    /// Of type `node`.
    Node(String),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Nanoseconds.
    Duration(i64),
    /// Of type `uuid`.
    Uuid([u8; 16]),
    /// JSON as text.
    Json(String),
    /// Its parts.
    Tuple(Vec<Value>),
    /// Its elements.
    List(Vec<Value>),
    /// No value.
    None,
    /// A value.
    Some(Box<Value>),
    /// Values of the fields, in the order of their declaration.
    Record(Vec<Value>),
    /// Name of the constructor, payload.
    Enum(String, Vec<Value>),
    /// Its elements, ascending.
    Set(Vec<Value>),
    /// Its entries, by key. Also what a `Bag` holds.
    Map(Vec<(Value, Value)>),
}

impl FromColumn<'_> for Value {
    fn from_column(cell: Cell<'_>) -> Result<Value, String> {
        let of = |ty, word: &u64| Value::from_column(cell.part(ty, *word));
        let words = || cell.interner.get_words(cell.word);
        let bytes = || cell.interner.get_bytes(cell.word);
        let text = || cell.interner.get_text(cell.word).to_owned();
        Ok(match cell.type_of() {
            Type::Int | Type::Nat => Value::Int(cell.word as i64),
            Type::Float => Value::Float(word_float(cell.word)),
            Type::Bool => Value::Bool(cell.word != 0),
            Type::Str => Value::Str(text()),
            Type::Node => Value::Node(text()),
            Type::Bytes => Value::Bytes(bytes().to_vec()),
            Type::Time => Value::Time(cell.word as i64),
            Type::Duration => Value::Duration(cell.word as i64),
            Type::Uuid => Value::Uuid(bytes().try_into().unwrap_or_default()),
            Type::Json => {
                let mut out = Vec::new();
                json::write(cell.word, cell.interner, &mut out);
                Value::Json(String::from_utf8_lossy(&out).into_owned())
            }
            Type::Tuple(tys) => {
                let parts = tys.iter().zip(words()).map(|(ty, word)| of(*ty, word));
                Value::Tuple(parts.collect::<Result<_, _>>()?)
            }
            Type::List(ty) => {
                Value::List(words().iter().map(|word| of(*ty, word)).collect::<Result<_, _>>()?)
            }
            Type::Set(ty) => {
                Value::Set(words().iter().map(|word| of(*ty, word)).collect::<Result<_, _>>()?)
            }
            Type::Option(ty) => match text::some(cell.word, cell.interner) {
                Some(inner) => Value::Some(Box::new(of(*ty, &inner)?)),
                None => Value::None,
            },
            Type::Record { fields, .. } => {
                let parts = fields.iter().zip(words()).map(|((_, ty), word)| of(*ty, word));
                Value::Record(parts.collect::<Result<_, _>>()?)
            }
            Type::Enum { variants, .. } => {
                let (name, tys) = &variants[words()[0] as usize];
                let parts = tys.iter().zip(&words()[1..]).map(|(ty, word)| of(*ty, word));
                Value::Enum(name.clone(), parts.collect::<Result<_, _>>()?)
            }
            Type::Map(key, value) | Type::Bag(key, value) => {
                let (entries, _) = words().as_chunks::<2>();
                let entry = |[k, v]: &[u64; 2]| Ok((of(*key, k)?, of(*value, v)?));
                Value::Map(entries.iter().map(entry).collect::<Result<_, String>>()?)
            }
        })
    }
}

impl ToColumn for Value {
    fn to_column(&self, slot: &mut Slot<'_>) -> Result<u64, String> {
        let types = slot.types;
        match (self, &types[slot.ty.0 as usize]) {
            (Value::Int(i), Type::Int) => Ok(*i as u64),
            (Value::Int(i), Type::Nat) if *i >= 0 => Ok(*i as u64),
            (Value::Float(x), Type::Float) => Ok(float_word(*x)),
            (Value::Bool(b), Type::Bool) => Ok(u64::from(*b)),
            (Value::Str(s), Type::Str) | (Value::Node(s), Type::Node) => {
                Ok(slot.interner.bytes(s.as_bytes()))
            }
            (Value::Bytes(b), Type::Bytes) => Ok(slot.interner.bytes(b)),
            (Value::Time(i), Type::Time) | (Value::Duration(i), Type::Duration) => Ok(*i as u64),
            (Value::Uuid(b), Type::Uuid) => Ok(slot.interner.bytes(b)),
            (Value::Json(text), Type::Json) => {
                json::parse(text.as_bytes(), slot.interner).ok_or_else(|| "no JSON".to_owned())
            }
            (Value::Tuple(parts), Type::Tuple(tys)) if parts.len() == tys.len() => {
                let words = slot.parts(tys.iter().copied().zip(parts))?;
                Ok(slot.interner.words(&words))
            }
            (Value::Record(parts), Type::Record { fields, .. }) if parts.len() == fields.len() => {
                let words = slot.parts(fields.iter().map(|field| field.1).zip(parts))?;
                Ok(slot.interner.words(&words))
            }
            (Value::List(parts), Type::List(ty)) => {
                let words = slot.parts(parts.iter().map(|part| (*ty, part)))?;
                Ok(slot.interner.words(&words))
            }
            (Value::Set(parts), Type::Set(ty)) => {
                let words = slot.parts(parts.iter().map(|part| (*ty, part)))?;
                Ok(collections::set(types, *ty, words, slot.interner))
            }
            (Value::None, Type::Option(_)) => Ok(0),
            (Value::Some(inner), Type::Option(ty)) => {
                let word = slot.part(*ty, &**inner)?;
                Ok(1 + slot.interner.words(&[word]))
            }
            (Value::Enum(name, parts), Type::Enum { variants, .. }) => {
                let found =
                    variants.iter().position(|(n, of)| n == name && of.len() == parts.len());
                let variant = found.ok_or_else(|| slot.mismatch(self))?;
                let mut words = vec![variant as u64];
                words.extend(slot.parts(variants[variant].1.iter().copied().zip(parts))?);
                Ok(slot.interner.words(&words))
            }
            (Value::Map(entries), Type::Map(key, value) | Type::Bag(key, value)) => {
                let keys = slot.parts(entries.iter().map(|(k, _)| (*key, k)))?;
                let values = slot.parts(entries.iter().map(|(_, v)| (*value, v)))?;
                let entries = keys.into_iter().zip(values).collect();
                Ok(collections::map(types, *key, entries, slot.interner))
            }
            _ => Err(slot.mismatch(self)),
        }
    }
}

impl Slot<'_> {
    /// What is said of a value of another type.
    pub(super) fn mismatch(&self, found: &dyn std::fmt::Debug) -> String {
        format!("expected {}, found {found:?}", show(self.types, self.ty))
    }
}

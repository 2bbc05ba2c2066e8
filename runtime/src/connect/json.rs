//! JSON to the word of a value, guided by its type, without a tree between.
//! Texts stand for times, durations, uuids and bytes; sets are arrays, maps
//! objects or arrays of pairs, enums `"Name"` or `{"Name": […]}`, `null` is
//! `None`. This room must not know rows.

use std::fmt;

use bloom_compiler::limits::DATA_DEPTH_MAX;
use bloom_compiler::limits::JSON_DEPTH_MAX;
use bloom_compiler::limits::VALUE_DEPTH_MAX;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;
use serde::de;
use serde::de::DeserializeSeed;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::json;
use crate::value::parse;
use crate::value::parse::Mismatch;
use crate::value::word::float_word;

/// Reads one value of a type.
pub struct ValueSeed<'a> {
    /// The types of the plan.
    pub types: &'a [Type],
    /// The type wanted.
    pub ty: TypeId,
    /// Where texts and compound values go.
    pub interner: &'a mut Interner,
    /// Values around this one.
    pub depth: u32,
}

impl<'a> ValueSeed<'a> {
    fn of(&self) -> &'a Type {
        &self.types[self.ty.0 as usize]
    }

    fn part(&mut self, ty: TypeId) -> ValueSeed<'_> {
        ValueSeed { types: self.types, ty, interner: self.interner, depth: self.depth + 1 }
    }

    fn off<E: de::Error>(&self, found: impl fmt::Display) -> E {
        let wanted = parse::wanted(self.types, self.ty);
        E::custom(format_args!("expected {wanted}, found {found}"))
    }

    fn int<E: de::Error>(self, value: i64) -> Result<u64, E> {
        match self.of() {
            Type::Int => Ok(value as u64),
            Type::Nat if value >= 0 => Ok(value as u64),
            Type::Float => Ok(float_word(value as f64)),
            _ => Err(self.off(value)),
        }
    }

    fn text<E: de::Error>(self, text: &str) -> Result<u64, E> {
        match self.of() {
            Type::Int | Type::Nat | Type::Bool => {
                Err(self.off(format_args!("the text {}", parse::quote(text.as_bytes()))))
            }
            Type::Float if !matches!(text, "inf" | "-inf" | "nan") => {
                Err(self.off(format_args!("the text {}", parse::quote(text.as_bytes()))))
            }
            Type::Str | Type::Node => Ok(self.interner.bytes(text.as_bytes())),
            Type::Enum { variants, .. } => {
                match variants.iter().position(|(name, payload)| name == text && payload.is_empty())
                {
                    Some(variant) => Ok(self.interner.words(&[variant as u64])),
                    None => Err(self.off(parse::quote(text.as_bytes()))),
                }
            }
            _ => parse::plain(self.types, self.ty, text.as_bytes(), self.interner)
                .map_err(|Mismatch(message)| E::custom(message)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = u64;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<u64, D::Error> {
        if self.depth > DATA_DEPTH_MAX {
            let title = format!("more than {VALUE_DEPTH_MAX} values inside of each other");
            return Err(de::Error::custom(title));
        }
        stack::step(|| match self.of() {
            Type::Option(_) => from.deserialize_option(self),
            Type::Json => {
                json::Seed { interner: self.interner, left: JSON_DEPTH_MAX }.deserialize(from)
            }
            _ => from.deserialize_any(self),
        })
    }
}

impl<'de> de::Visitor<'de> for ValueSeed<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&parse::wanted(self.types, self.ty))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<u64, E> {
        match self.of() {
            Type::Bool => Ok(u64::from(value)),
            _ => Err(self.off(value)),
        }
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        self.int(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        match (i64::try_from(value), self.of()) {
            (Ok(value), _) => self.int(value),
            (Err(_), Type::Float) => Ok(float_word(value as f64)),
            _ => Err(self.off(format_args!("{value}, which is out of range"))),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
        match self.of() {
            Type::Float => Ok(float_word(value)),
            _ => Err(self.off(format_args!("{value:?}"))),
        }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        self.text(text)
    }

    fn visit_unit<E: de::Error>(self) -> Result<u64, E> {
        Err(self.off("null"))
    }

    fn visit_none<E: de::Error>(self) -> Result<u64, E> {
        Ok(0)
    }

    fn visit_some<D: de::Deserializer<'de>>(mut self, from: D) -> Result<u64, D::Error> {
        let Type::Option(of) = *self.of() else { return Err(self.off("a value")) };
        let inner = match self.types[of.0 as usize] {
            // `null` is taken: what `Some` of an option holds is in an array.
            Type::Option(_) => from.deserialize_any(Wrapped(self.part(of)))?,
            _ => self.part(of).deserialize(from)?,
        };
        Ok(self.interner.words(&[inner]) + 1)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, mut seq: A) -> Result<u64, A::Error> {
        match self.of() {
            Type::Tuple(parts) => self.each(parts.iter().copied(), parts.len(), seq, &[]),
            Type::Record { fields, .. } => {
                self.each(fields.iter().map(|field| field.1), fields.len(), seq, &[])
            }
            Type::List(of) | Type::Set(of) => {
                let mut words = Vec::new();
                while let Some(word) = seq.next_element_seed(self.part(*of))? {
                    words.push(word);
                }
                match self.of() {
                    Type::List(_) => Ok(self.interner.words(&words)),
                    _ => Ok(collections::set(self.types, *of, words, self.interner)),
                }
            }
            Type::Map(key, value) | Type::Bag(key, value) => {
                let mut entries = Vec::new();
                let (types, key, value, depth) = (self.types, *key, *value, self.depth);
                while let Some(entry) = seq.next_element_seed(Entry {
                    types,
                    key,
                    value,
                    depth,
                    interner: self.interner,
                })? {
                    entries.push(entry);
                }
                Ok(collections::map(types, key, entries, self.interner))
            }
            _ => Err(self.off("an array")),
        }
    }

    fn visit_map<A: de::MapAccess<'de>>(mut self, mut map: A) -> Result<u64, A::Error> {
        match self.of() {
            Type::Map(key, value) | Type::Bag(key, value) => {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let k = parse::plain(self.types, *key, name.as_bytes(), self.interner)
                        .map_err(|Mismatch(message)| de::Error::custom(message))?;
                    entries.push((k, map.next_value_seed(self.part(*value))?));
                }
                Ok(collections::map(self.types, *key, entries, self.interner))
            }
            Type::Record { fields, .. } => {
                let mut words = vec![None; fields.len()];
                while let Some(name) = map.next_key::<String>()? {
                    match fields.iter().position(|field| field.0 == name) {
                        Some(i) => words[i] = Some(map.next_value_seed(self.part(fields[i].1))?),
                        None => drop(map.next_value::<de::IgnoredAny>()?),
                    }
                }
                if let Some(missing) = words.iter().position(Option::is_none) {
                    return Err(self.off(format_args!("an object without `{}`", fields[missing].0)));
                }
                let words: Vec<u64> = words.into_iter().flatten().collect();
                Ok(self.interner.words(&words))
            }
            Type::Enum { variants, .. } => {
                let Some(name) = map.next_key::<String>()? else {
                    return Err(self.off("an empty object"));
                };
                let Some(variant) = variants.iter().position(|(known, _)| *known == name) else {
                    return Err(self.off(parse::quote(name.as_bytes())));
                };
                let word = map.next_value_seed(Payload { seed: self, variant })?;
                match map.next_key::<String>()? {
                    None => Ok(word),
                    Some(_) => Err(de::Error::custom("expected one constructor in the object")),
                }
            }
            _ => Err(self.off("an object")),
        }
    }
}

impl ValueSeed<'_> {
    /// Components of these types, after the words in `first`.
    fn each<'de, A: de::SeqAccess<'de>>(
        &mut self,
        types: impl Iterator<Item = TypeId>,
        count: usize,
        mut seq: A,
        first: &[u64],
    ) -> Result<u64, A::Error> {
        let mut words = first.to_vec();
        for ty in types {
            match seq.next_element_seed(self.part(ty))? {
                Some(word) => words.push(word),
                None => {
                    let found = words.len() - first.len();
                    return Err(self.off(format_args!("an array of {found}")));
                }
            }
        }
        if seq.next_element::<de::IgnoredAny>()?.is_some() {
            return Err(self.off(format_args!("an array of more than {count}")));
        }
        Ok(self.interner.words(&words))
    }
}

/// The array after the name of a constructor.
struct Payload<'a> {
    seed: ValueSeed<'a>,
    variant: usize,
}

impl<'de> DeserializeSeed<'de> for Payload<'_> {
    type Value = u64;

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<u64, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Payload<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of what the constructor holds")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, seq: A) -> Result<u64, A::Error> {
        let Type::Enum { variants, .. } = self.seed.of() else {
            return Err(self.seed.off("an array"));
        };
        let payload = &variants[self.variant].1;
        let first = [self.variant as u64];
        self.seed.each(payload.iter().copied(), payload.len(), seq, &first)
    }
}

/// A pair of an array that is a map.
struct Entry<'a> {
    types: &'a [Type],
    key: TypeId,
    value: TypeId,
    depth: u32,
    interner: &'a mut Interner,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = (u64, u64);

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<(u64, u64), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> de::Visitor<'de> for Entry<'_> {
    type Value = (u64, u64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of a key and a value")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<(u64, u64), A::Error> {
        let Entry { types, key, value, depth, interner } = self;
        let depth = depth + 1;
        let short = || de::Error::custom("expected an array of a key and a value");
        let key = seq.next_element_seed(ValueSeed { types, ty: key, interner, depth })?;
        let key = key.ok_or_else(short)?;
        let value = seq.next_element_seed(ValueSeed { types, ty: value, interner, depth })?;
        let value = value.ok_or_else(short)?;
        match seq.next_element::<de::IgnoredAny>()? {
            None => Ok((key, value)),
            Some(_) => Err(short()),
        }
    }
}

/// A value in an array of one.
struct Wrapped<'a>(ValueSeed<'a>);

impl<'de> de::Visitor<'de> for Wrapped<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null or an array of one value")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<u64, A::Error> {
        let inner = seq.next_element_seed(self.0)?;
        match (inner, seq.next_element::<de::IgnoredAny>()?) {
            (Some(inner), None) => Ok(inner),
            _ => Err(de::Error::custom("expected null or an array of one value")),
        }
    }
}

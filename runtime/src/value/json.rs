//! JSON values as interned trees. A node is a word list: a head that holds
//! kind and depth, then a scalar, a text, the elements, or names and values
//! by ascending name. So equal JSON is one id, and a part is one look-up.
//! This room must not know functions or files.

use std::cmp::Ordering;
use std::fmt;

use bloom_compiler::limits::JSON_DEPTH_MAX;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;

use crate::value::interner::Interner;
use crate::value::text;
use crate::value::word::float_word;
use crate::value::word::word_float;

const NULL: u64 = 0;
const BOOL: u64 = 1;
const INT: u64 = 2;
const FLOAT: u64 = 3;
const STR: u64 = 4;
const ARRAY: u64 = 5;
const OBJECT: u64 = 6;
/// Bits of the head below the depth.
const KIND_BITS: u32 = 8;

/// A node, with ids of its parts.
#[derive(Clone, Copy, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Node<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// The id of the text.
    Str(u64),
    Array(&'a [u64]),
    /// Ids of names and of values, in turn.
    Object(&'a [u64]),
}

/// What a JSON value is.
pub fn node(word: u64, interner: &Interner) -> Node<'_> {
    let words = interner.get_words(word);
    let rest = &words[1..];
    match words[0] & ((1 << KIND_BITS) - 1) {
        BOOL => Node::Bool(rest[0] != 0),
        INT => Node::Int(rest[0] as i64),
        FLOAT => Node::Float(word_float(rest[0])),
        STR => Node::Str(rest[0]),
        ARRAY => Node::Array(rest),
        OBJECT => Node::Object(rest),
        _ => Node::Null,
    }
}

/// What it is, in a word.
pub fn kind(word: u64, interner: &Interner) -> &'static str {
    match node(word, interner) {
        Node::Null => "null",
        Node::Bool(_) => "bool",
        Node::Int(_) => "int",
        Node::Float(_) => "float",
        Node::Str(_) => "str",
        Node::Array(_) => "array",
        Node::Object(_) => "object",
    }
}

fn depth(word: u64, interner: &Interner) -> u64 {
    interner.get_words(word)[0] >> KIND_BITS
}

/// A text, which is UTF-8.
pub fn str(text: &[u8], interner: &mut Interner) -> u64 {
    let id = interner.bytes(text);
    interner.words(&[STR, id])
}

/// `true` or `false`.
pub fn bool(value: bool, interner: &mut Interner) -> u64 {
    interner.words(&[BOOL, u64::from(value)])
}

/// A whole number.
pub fn int(value: i64, interner: &mut Interner) -> u64 {
    interner.words(&[INT, value as u64])
}

/// Any other number.
pub fn float(value: f64, interner: &mut Interner) -> u64 {
    interner.words(&[FLOAT, float_word(value)])
}

/// An array; `None` when it nests too deep.
pub fn array(parts: &[u64], interner: &mut Interner) -> Option<u64> {
    let deepest = parts.iter().map(|&part| depth(part, interner)).max().unwrap_or(0);
    nested(ARRAY, deepest, parts, interner)
}

/// An object of names and values; of equal names the last wins. `None` when it
/// nests too deep.
pub fn object(mut entries: Vec<(u64, u64)>, interner: &mut Interner) -> Option<u64> {
    let deepest = entries.iter().map(|e| depth(e.1, interner)).max().unwrap_or(0);
    // The sort is stable: of equal names the last one written stays last.
    entries.sort_by(|a, b| interner.get_bytes(a.0).cmp(interner.get_bytes(b.0)));
    let mut words: Vec<u64> = Vec::with_capacity(entries.len() * 2);
    for (name, value) in entries {
        let n = words.len();
        if n >= 2 && words[n - 2] == name {
            words[n - 1] = value;
        } else {
            words.extend([name, value]);
        }
    }
    nested(OBJECT, deepest, &words, interner)
}

fn nested(kind: u64, deepest: u64, rest: &[u64], interner: &mut Interner) -> Option<u64> {
    if deepest as usize >= JSON_DEPTH_MAX {
        return None;
    }
    let mut words = vec![kind | (deepest + 1) << KIND_BITS];
    words.extend_from_slice(rest);
    Some(interner.words(&words))
}

/// The order of values: by kind, then by value; objects as ascending lists of
/// names and values.
pub fn compare(a: u64, b: u64, interner: &Interner) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let rank = |word| interner.get_words(word)[0] & ((1 << KIND_BITS) - 1);
    let bytes = |a, b| interner.get_bytes(a).cmp(interner.get_bytes(b));
    match (node(a, interner), node(b, interner)) {
        (Node::Int(a), Node::Int(b)) => a.cmp(&b),
        (Node::Float(a), Node::Float(b)) => float_word(a).cmp(&float_word(b)),
        (Node::Bool(a), Node::Bool(b)) => a.cmp(&b),
        (Node::Str(a), Node::Str(b)) => bytes(a, b),
        (Node::Array(a), Node::Array(b)) => {
            let parts = a.iter().zip(b).map(|(&a, &b)| compare(a, b, interner));
            parts.fold(Ordering::Equal, Ordering::then).then(a.len().cmp(&b.len()))
        }
        (Node::Object(a), Node::Object(b)) => {
            for (a, b) in a.chunks_exact(2).zip(b.chunks_exact(2)) {
                let order = bytes(a[0], b[0]).then_with(|| compare(a[1], b[1], interner));
                if order.is_ne() {
                    return order;
                }
            }
            a.len().cmp(&b.len())
        }
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Appends the text, without white space.
pub fn write(word: u64, interner: &Interner, out: &mut Vec<u8>) {
    match node(word, interner) {
        Node::Null => out.extend_from_slice(b"null"),
        Node::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        Node::Int(i) => text::int(i, out),
        Node::Float(f) => text::float(f, out),
        Node::Str(id) => quoted(interner.get_bytes(id), out),
        Node::Array(parts) => {
            out.push(b'[');
            for (i, &part) in parts.iter().enumerate() {
                out.extend_from_slice(if i > 0 { b"," } else { b"" });
                write(part, interner, out);
            }
            out.push(b']');
        }
        Node::Object(entries) => {
            out.push(b'{');
            for (i, entry) in entries.chunks_exact(2).enumerate() {
                out.extend_from_slice(if i > 0 { b"," } else { b"" });
                quoted(interner.get_bytes(entry[0]), out);
                out.push(b':');
                write(entry[1], interner, out);
            }
            out.push(b'}');
        }
    }
}

/// Appends a text as JSON has it.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) {
    // Writing a text to a Vec has no way to fail.
    let _ = serde_json::to_writer(out, &String::from_utf8_lossy(text));
}

/// The value that a text shows, unless it nests too deep.
pub fn parse(text: &[u8], interner: &mut Interner) -> Option<u64> {
    let mut from = serde_json::Deserializer::from_slice(text);
    let word = Seed { interner, left: JSON_DEPTH_MAX }.deserialize(&mut from).ok()?;
    from.end().ok()?;
    Some(word)
}

/// Bytes of the JSON value that a text begins with, with what is before it.
pub fn extent(text: &[u8]) -> Option<usize> {
    let start = text.iter().position(|b| !b.is_ascii_whitespace())?;
    if matches!(text[start], b'{' | b'[' | b'"') {
        let mut values = serde_json::Deserializer::from_slice(text).into_iter::<de::IgnoredAny>();
        values.next()?.ok()?;
        return Some(values.byte_offset());
    }
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    let length = text[start..].iter().take_while(|b| part(b)).count();
    Some(start + length)
}

/// The value `null`.
pub fn null(interner: &mut Interner) -> u64 {
    interner.words(&[NULL])
}

/// Reads one value.
pub struct Seed<'a> {
    /// Where nodes go.
    pub interner: &'a mut Interner,
    /// Arrays and objects that may be inside of each other from here on.
    pub left: usize,
}

impl Seed<'_> {
    fn part<E: de::Error>(&mut self) -> Result<Seed<'_>, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Seed { interner: self.interner, left }),
            None => Err(too_deep()),
        }
    }
}

fn too_deep<E: de::Error>() -> E {
    E::custom(format_args!("expected JSON of at most {JSON_DEPTH_MAX} levels, found more"))
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u64, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for Seed<'_> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<u64, E> {
        Ok(null(self.interner))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<u64, E> {
        Ok(bool(value, self.interner))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        Ok(int(value, self.interner))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<u64, E> {
        Ok(float(value, self.interner))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        Ok(str(text.as_bytes(), self.interner))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, mut seq: A) -> Result<u64, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element_seed(self.part()?)? {
            parts.push(part);
        }
        array(&parts, self.interner).ok_or_else(too_deep)
    }

    fn visit_map<A: de::MapAccess<'de>>(mut self, mut map: A) -> Result<u64, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let name = self.interner.bytes(name.as_bytes());
            entries.push((name, map.next_value_seed(self.part()?)?));
        }
        object(entries, self.interner).ok_or_else(too_deep)
    }
}

/// Any value as JSON, in the form that JSON lines have; `None` when it nests
/// too deep.
pub fn of(types: &[Type], ty: TypeId, word: u64, interner: &mut Interner) -> Option<u64> {
    Builder { types, interner }.value(ty, word, JSON_DEPTH_MAX + 1)
}

struct Builder<'a> {
    types: &'a [Type],
    interner: &'a mut Interner,
}

impl Builder<'_> {
    fn value(&mut self, ty: TypeId, word: u64, left: usize) -> Option<u64> {
        let left = left.checked_sub(1)?;
        let types = self.types;
        match &types[ty.0 as usize] {
            Type::Json => Some(word),
            Type::Int | Type::Nat => Some(self.interner.words(&[INT, word])),
            Type::Float if word_float(word).is_finite() => {
                Some(self.interner.words(&[FLOAT, word]))
            }
            Type::Bool => Some(self.interner.words(&[BOOL, word])),
            Type::Str | Type::Node => Some(self.interner.words(&[STR, word])),
            Type::Float | Type::Bytes | Type::Time | Type::Duration | Type::Uuid => {
                let text = self.plain(ty, word);
                Some(str(&text, self.interner))
            }
            Type::Option(_) if word == 0 => Some(null(self.interner)),
            Type::Option(of) => {
                let inner = self.interner.get_words(word - 1)[0];
                // `null` would be the inner `None`, so an array tells them apart.
                match types[of.0 as usize] {
                    Type::Option(_) => self.each([(*of, inner)].into_iter(), left),
                    // Options have no depth of their own.
                    _ => self.value(*of, inner, left + 1),
                }
            }
            Type::Tuple(parts) => {
                let words = self.interner.get_words(word).to_vec();
                self.each(parts.iter().copied().zip(words), left)
            }
            Type::List(of) | Type::Set(of) => {
                let words = self.interner.get_words(word).to_vec();
                self.each(words.into_iter().map(|word| (*of, word)), left)
            }
            Type::Record { fields, .. } => {
                let words = self.interner.get_words(word).to_vec();
                let mut entries = Vec::new();
                for ((name, ty), word) in fields.iter().zip(words) {
                    let name = self.interner.bytes(name.as_bytes());
                    entries.push((name, self.value(*ty, word, left)?));
                }
                object(entries, self.interner)
            }
            Type::Enum { variants, .. } => {
                let words = self.interner.get_words(word).to_vec();
                let (name, payload) = &variants[words[0] as usize];
                if payload.is_empty() {
                    return Some(str(name.as_bytes(), self.interner));
                }
                let left = left.checked_sub(1)?;
                let parts =
                    self.each(payload.iter().copied().zip(words[1..].iter().copied()), left)?;
                let name = self.interner.bytes(name.as_bytes());
                object(vec![(name, parts)], self.interner)
            }
            Type::Map(key, of) | Type::Bag(key, of) => self.map(*key, *of, word, left),
        }
    }

    fn plain(&self, ty: TypeId, word: u64) -> Vec<u8> {
        let mut out = Vec::new();
        text::plain(self.types, ty, word, self.interner, &mut out);
        out
    }

    fn each(&mut self, parts: impl Iterator<Item = (TypeId, u64)>, left: usize) -> Option<u64> {
        let mut words = Vec::new();
        for (ty, word) in parts {
            words.push(self.value(ty, word, left)?);
        }
        array(&words, self.interner)
    }

    /// An object where keys have a plain text, else an array of pairs.
    fn map(&mut self, key: TypeId, of: TypeId, word: u64, left: usize) -> Option<u64> {
        let words = self.interner.get_words(word).to_vec();
        let mut entries = Vec::new();
        for entry in words.chunks_exact(2) {
            if is_name(&self.types[key.0 as usize]) {
                let name = self.plain(key, entry[0]);
                let name = self.interner.bytes(&name);
                entries.push((name, self.value(of, entry[1], left)?));
            } else {
                let parts = [(key, entry[0]), (of, entry[1])];
                entries.push((0, self.each(parts.into_iter(), left.checked_sub(1)?)?));
            }
        }
        if is_name(&self.types[key.0 as usize]) {
            return object(entries, self.interner);
        }
        let pairs: Vec<u64> = entries.into_iter().map(|e| e.1).collect();
        array(&pairs, self.interner)
    }
}

/// Whether values of a type make good names in an object.
pub fn is_name(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int
            | Type::Nat
            | Type::Bool
            | Type::Str
            | Type::Node
            | Type::Uuid
            | Type::Time
            | Type::Duration
    )
}

/// The type of what stands in a node's word list at a position, for moving it
/// to another interner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A word that is the same everywhere.
    Word,
    /// A text.
    Text,
    /// A node.
    Json,
}

/// What stands at a position of a node's word list.
pub fn part(words: &[u64], i: usize) -> Part {
    match (words[0] & ((1 << KIND_BITS) - 1), i) {
        (_, 0) => Part::Word,
        (STR, _) => Part::Text,
        (OBJECT, _) if !i.is_multiple_of(2) => Part::Text,
        (ARRAY | OBJECT, _) => Part::Json,
        _ => Part::Word,
    }
}

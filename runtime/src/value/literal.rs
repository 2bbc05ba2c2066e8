//! Reads compound values from their literal form: tuples, lists, sets, maps,
//! options, records and enums, with quoted text inside. This room knows the
//! form that `text` writes; it must not know what interpolation is: `{{` is a
//! brace here and a single one is taken as it stands.

use bloom_compiler::limits::DATA_DEPTH_MAX;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::json;
use crate::value::parse;
use crate::value::word::float_word;

/// Why a text is no value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unread {
    /// It is none of this type.
    Mismatch,
    /// It holds values deeper inside each other than a value may.
    TooDeep,
}

/// Walks over a text. Methods give `None` when the text is no such value; how
/// deep they go is bounded.
pub struct Reader<'a> {
    types: &'a [Type],
    text: &'a [u8],
    at: usize,
    /// Values around this one; beyond the limit it stays there.
    depth: u32,
    interner: &'a mut Interner,
}

impl Reader<'_> {
    /// The value that the whole text is.
    pub fn whole(
        types: &[Type],
        ty: TypeId,
        text: &[u8],
        interner: &mut Interner,
    ) -> Result<u64, Unread> {
        let mut reader = Reader { types, text, at: 0, depth: 0, interner };
        let word = reader.value(ty);
        reader.space();
        match word {
            _ if reader.depth > DATA_DEPTH_MAX => Err(Unread::TooDeep),
            Some(word) if reader.at == text.len() => Ok(word),
            _ => Err(Unread::Mismatch),
        }
    }

    fn space(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    fn take(&mut self, mark: u8) -> Option<()> {
        self.space();
        (self.text.get(self.at) == Some(&mark)).then(|| self.at += 1)
    }

    /// The characters up to the next that cannot be in a number, a time or a name.
    fn word(&mut self) -> &[u8] {
        self.space();
        let start = self.at;
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'.');
        while self.text.get(self.at).is_some_and(part) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// A time has colons inside; elsewhere a colon ends a key.
    fn time(&mut self) -> Option<i64> {
        self.space();
        let rest = &self.text[self.at..];
        let end = rest
            .iter()
            .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.' | b':')))
            .unwrap_or(rest.len());
        // The colon after a time that is a key of a map is not part of it.
        let text = rest[..end].strip_suffix(b":").unwrap_or(&rest[..end]);
        self.at += text.len();
        parse::time(text)
    }

    fn value(&mut self, ty: TypeId) -> Option<u64> {
        self.depth += 1;
        if self.depth > DATA_DEPTH_MAX {
            return None;
        }
        let word = self.value_here(ty)?;
        self.depth -= 1;
        Some(word)
    }

    fn value_here(&mut self, ty: TypeId) -> Option<u64> {
        let types = self.types;
        match &types[ty.0 as usize] {
            Type::Int => parse::int(self.word()).map(|value| value as u64),
            Type::Nat => parse::int(self.word()).filter(|v| *v >= 0).map(|value| value as u64),
            Type::Float => parse::float(self.word()).map(float_word),
            Type::Bool => match self.word() {
                b"true" => Some(1),
                b"false" => Some(0),
                _ => None,
            },
            Type::Duration => parse::duration(self.word()).map(|value| value as u64),
            Type::Time => self.time().map(|value| value as u64),
            Type::Uuid => {
                let bytes = parse::uuid(self.word())?;
                Some(self.interner.bytes(&bytes))
            }
            Type::Json => {
                let rest = &self.text[self.at..];
                let length = json::extent(rest)?;
                self.at += length;
                json::parse(&rest[..length], self.interner)
            }
            Type::Str | Type::Node => {
                let text = self.quoted()?;
                Some(self.interner.bytes(text.as_bytes()))
            }
            Type::Bytes => {
                self.take(b'b')?;
                let inside = self.between_quotes()?;
                let bytes = parse::unescape_bytes(&self.text[inside])?;
                Some(self.interner.bytes(&bytes))
            }
            Type::Tuple(parts) => {
                self.take(b'(')?;
                let words = self.each_of(parts, b')')?;
                Some(self.interner.words(&words))
            }
            Type::List(of) => {
                self.take(b'[')?;
                let words = self.all_of(*of, b']')?;
                Some(self.interner.words(&words))
            }
            Type::Set(of) => {
                self.take(b'{')?;
                let words = self.all_of(*of, b'}')?;
                Some(collections::set(types, *of, words, self.interner))
            }
            Type::Map(key, value) | Type::Bag(key, value) => self.map(*key, *value),
            Type::Option(of) => match self.word() {
                b"None" => Some(0),
                b"Some" => {
                    self.take(b'(')?;
                    let inner = self.value(*of)?;
                    self.take(b')')?;
                    Some(self.interner.words(&[inner]) + 1)
                }
                _ => None,
            },
            Type::Record { name, fields } => self.record(name, fields),
            Type::Enum { variants, .. } => self.variant(variants),
        }
    }

    fn variant(&mut self, variants: &[(String, Vec<TypeId>)]) -> Option<u64> {
        let name = self.word();
        let variant = variants.iter().position(|(known, _)| known.as_bytes() == name)?;
        let payload = &variants[variant].1;
        let mut words = vec![variant as u64];
        if !payload.is_empty() {
            self.take(b'(')?;
            words.extend(stack::step(|| self.each_of(payload, b')'))?);
        }
        Some(self.interner.words(&words))
    }

    /// Fields by name, in any order; the record's name may be left out.
    fn record(&mut self, name: &str, fields: &[(String, TypeId)]) -> Option<u64> {
        let written = self.word();
        if !written.is_empty() && written != name.as_bytes() {
            return None;
        }
        self.take(b'{')?;
        let mut words: Vec<Option<u64>> = vec![None; fields.len()];
        while self.take(b'}').is_none() {
            let name = self.word();
            let field = fields.iter().position(|(known, _)| known.as_bytes() == name)?;
            self.take(b':')?;
            let word = self.value(fields[field].1)?;
            if words[field].replace(word).is_some() {
                return None;
            }
            self.comma(b'}')?;
        }
        let words: Vec<u64> = words.into_iter().collect::<Option<_>>()?;
        Some(self.interner.words(&words))
    }

    fn map(&mut self, key: TypeId, value: TypeId) -> Option<u64> {
        self.take(b'{')?;
        let mut entries = Vec::new();
        while self.take(b'}').is_none() {
            let k = self.value(key)?;
            self.take(b':')?;
            let v = self.value(value)?;
            entries.push((k, v));
            self.comma(b'}')?;
        }
        Some(collections::map(self.types, key, entries, self.interner))
    }

    /// A comma, or nothing before the closing bracket.
    fn comma(&mut self, close: u8) -> Option<()> {
        if self.take(b',').is_some() {
            return Some(());
        }
        self.space();
        (self.text.get(self.at) == Some(&close)).then_some(())
    }

    fn each_of(&mut self, parts: &[TypeId], close: u8) -> Option<Vec<u64>> {
        let mut words = Vec::with_capacity(parts.len());
        for part in parts {
            words.push(self.value(*part)?);
            self.comma(close)?;
        }
        self.take(close)?;
        Some(words)
    }

    fn all_of(&mut self, of: TypeId, close: u8) -> Option<Vec<u64>> {
        let mut words = Vec::new();
        while self.take(close).is_none() {
            words.push(self.value(of)?);
            self.comma(close)?;
        }
        Some(words)
    }

    /// What stands between two quotes, escapes as they are.
    fn between_quotes(&mut self) -> Option<std::ops::Range<usize>> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            match self.text.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(start..self.at - 1)
    }

    fn quoted(&mut self) -> Option<String> {
        let inside = self.between_quotes()?;
        unescape(std::str::from_utf8(&self.text[inside]).ok()?)
    }
}

/// The text of a literal, without its quotes.
pub fn unescape(inside: &str) -> Option<String> {
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' | '}' => {
                chars.next_if_eq(&c);
                out.push(c);
            }
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                '0' => out.push('\0'),
                c @ ('"' | '\\' | '\'') => out.push(c),
                'x' => {
                    let hex: String = chars.by_ref().take(2).collect();
                    out.push(char::from(u8::from_str_radix(&hex, 16).ok().filter(|b| *b < 128)?));
                }
                'u' => {
                    chars.next_if_eq(&'{')?;
                    let hex: String = chars.by_ref().take_while(|c| *c != '}').collect();
                    out.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                }
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::text;

    const TYPES: &[Type] =
        &[Type::Int, Type::Str, Type::Set(TypeId(0)), Type::Map(TypeId(1), TypeId(2)), Type::Time];

    fn again(ty: u32, text: &str) -> Option<String> {
        let mut interner = Interner::new();
        let word = Reader::whole(TYPES, TypeId(ty), text.as_bytes(), &mut interner).ok()?;
        let mut out = Vec::new();
        text::literal(TYPES, TypeId(ty), word, &interner, &mut out);
        String::from_utf8(out).ok()
    }

    #[test]
    fn sets_and_maps_are_put_in_order() {
        assert_eq!(again(2, "{3, 1, 2, 1}").unwrap(), "{1, 2, 3}");
        assert_eq!(again(2, " { } ").unwrap(), "{}");
        let map = r#"{"b": {2}, "a": {1,}, "b": {}}"#;
        assert_eq!(again(3, map).unwrap(), r#"{"a": {1}, "b": {}}"#);
        for text in ["{1", "{1,,2}", "{1 2}", "{1}}", "{x}"] {
            assert_eq!(again(2, text), None, "{text}");
        }
    }

    #[test]
    fn texts_lose_their_escapes() {
        assert_eq!(unescape(r#"a\"{{b}}\u{e9}\x41"#).unwrap(), "a\"{b}éA");
        assert_eq!(unescape(r"\q"), None);
        assert_eq!(again(1, r#""a\n""#).unwrap(), r#""a\n""#);
    }
}

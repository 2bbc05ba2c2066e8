//! Reads values from their text, the inverse of `text`: the plain form of
//! files and the literal form inside of compound values. This room must not
//! know files, columns or rows: it takes a text and a type.

use bloom_compiler::limits::VALUE_DEPTH_MAX;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::types::show;

use crate::value::interner::Interner;
use crate::value::literal::Reader;
use crate::value::literal::Unread;
use crate::value::text;
use crate::value::word::float_word;

/// Longest part of a text that a message quotes, in characters.
const QUOTED_MAX: usize = 40;

/// Why a text is no value of a type, for people: `expected a nat, found "-3"`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch(pub String);

impl Mismatch {
    /// Says what was expected instead of `found`.
    pub fn expected(what: &str, found: &[u8]) -> Mismatch {
        Mismatch(format!("expected {what}, found {}", quote(found)))
    }
}

/// A text between quotes, cut to a length that fits a message.
pub fn quote(found: &[u8]) -> String {
    let text = String::from_utf8_lossy(found);
    let mut short: String = text.chars().take(QUOTED_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// What a value of a type is called in messages: "an int", "a Set<int>".
pub fn wanted(types: &[Type], ty: TypeId) -> String {
    match &types[ty.0 as usize] {
        Type::Int => "an int".into(),
        Type::Nat => "a nat".into(),
        Type::Float => "a float".into(),
        Type::Bool => "true or false".into(),
        Type::Str => "a text".into(),
        Type::Bytes => "bytes".into(),
        Type::Node => "a node".into(),
        Type::Time => "a time such as 2026-01-31T12:00:00Z".into(),
        Type::Duration => "a duration such as 90s".into(),
        Type::Uuid => "a uuid".into(),
        Type::Json => "JSON".into(),
        Type::Enum { variants, .. } => {
            let names: Vec<&str> = variants.iter().map(|(name, _)| name.as_str()).collect();
            match names.as_slice() {
                [] => "a value of an enum without values".into(),
                [one] => (*one).into(),
                [most @ .., last] if most.len() < 8 => format!("{} or {last}", most.join(", ")),
                _ => format!("one of {} values", names.len()),
            }
        }
        _ => {
            let name = show(types, ty);
            let vowel = name.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']);
            format!("{} {name}", if vowel { "an" } else { "a" })
        }
    }
}

/// A value from its plain text. A `str` or `node` is the text itself; where
/// an option is wanted, the plain text of what it holds will do.
pub fn plain(
    types: &[Type],
    ty: TypeId,
    text: &[u8],
    interner: &mut Interner,
) -> Result<u64, Mismatch> {
    let mismatch = || Mismatch::expected(&wanted(types, ty), text);
    match &types[ty.0 as usize] {
        Type::Str | Type::Node | Type::Bytes | Type::Uuid => {
            let bytes = plain_bytes(types, ty, text)?;
            Ok(interner.bytes(&bytes))
        }
        Type::Option(of) => {
            let trimmed = text.trim_ascii();
            if trimmed == b"None" {
                return Ok(0);
            }
            if trimmed.starts_with(b"Some(")
                && let Ok(word) = Reader::whole(types, ty, trimmed, interner)
            {
                return Ok(word);
            }
            let inner = plain(types, *of, text, interner)?;
            Ok(interner.words(&[inner]) + 1)
        }
        Type::Int
        | Type::Nat
        | Type::Float
        | Type::Bool
        | Type::Time
        | Type::Duration
        | Type::Json
        | Type::Tuple(_)
        | Type::List(_)
        | Type::Record { .. }
        | Type::Enum { .. }
        | Type::Set(_)
        | Type::Map(..)
        | Type::Bag(..) => {
            let trimmed = text.trim_ascii();
            match &types[ty.0 as usize] {
                Type::Int => int(trimmed).map(|value| value as u64),
                Type::Nat => int(trimmed).filter(|value| *value >= 0).map(|value| value as u64),
                Type::Float => float(trimmed).map(float_word),
                Type::Bool => bool(trimmed).map(u64::from),
                Type::Time => time(trimmed).map(|value| value as u64),
                Type::Duration => duration(trimmed).map(|value| value as u64),
                _ => match Reader::whole(types, ty, trimmed, interner) {
                    Ok(word) => Some(word),
                    Err(Unread::Mismatch) => None,
                    Err(Unread::TooDeep) => return Err(too_deep(text)),
                },
            }
            .ok_or_else(mismatch)
        }
    }
}

/// Of a value that holds others deeper than a value may.
fn too_deep(text: &[u8]) -> Mismatch {
    let title = format!("more than {VALUE_DEPTH_MAX} values inside of each other in");
    Mismatch(format!("{title} {}", quote(text)))
}

/// The bytes of a plain `str`, `node`, `bytes` or `uuid`.
pub fn plain_bytes<'a>(
    types: &[Type],
    ty: TypeId,
    text: &'a [u8],
) -> Result<std::borrow::Cow<'a, [u8]>, Mismatch> {
    match &types[ty.0 as usize] {
        Type::Bytes => {
            if let [b'b', b'"', inside @ .., b'"'] = text
                && let Some(bytes) = unescape_bytes(inside)
            {
                return Ok(bytes.into());
            }
            Ok(text.into())
        }
        Type::Uuid => match uuid(text.trim_ascii()) {
            Some(bytes) => Ok(bytes.to_vec().into()),
            None => Err(Mismatch::expected("a uuid", text)),
        },
        _ => match std::str::from_utf8(text) {
            Ok(_) => Ok(text.into()),
            Err(_) => Err(Mismatch::expected("text in UTF-8", text)),
        },
    }
}

/// An int in decimal, with an optional sign.
pub fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for &digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Counted downwards, since the least int has no positive twin.
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// A float: decimal, with an exponent, `inf`, `-inf` or `nan`.
pub fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok()
}

/// `true` or `false`, also as `1`, `0` and in other case, as tools write them.
pub fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"True" | b"TRUE" | b"1" | b"t" => Some(true),
        b"false" | b"False" | b"FALSE" | b"0" | b"f" => Some(false),
        _ => None,
    }
}

/// A time after RFC 3339 with its offset, in nanoseconds since 1970.
pub fn time(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let time: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

/// A duration: numbers with units, from `90s` to `1h30m`, in nanoseconds.
pub fn duration(text: &[u8]) -> Option<i64> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        // The least duration has no positive twin among the ints.
        let value: u64 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
        let (unit, _) = text::UNITS.iter().find(|(_, name)| name.as_bytes() == &rest[..letters])?;
        rest = &rest[letters..];
        total = total.checked_add(i128::from(value) * i128::from(*unit))?;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// A uuid with its four hyphens.
pub fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    uuid::Uuid::try_parse_ascii(text).ok().map(uuid::Uuid::into_bytes)
}

/// Bytes of a literal, without its quotes.
pub fn unescape_bytes(inside: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first == b'"' {
            return None;
        }
        if first != b'\\' {
            out.push(first);
            continue;
        }
        let (&letter, after) = rest.split_first()?;
        rest = after;
        match letter {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'0' => out.push(0),
            b'"' | b'\\' | b'\'' => out.push(letter),
            b'x' => {
                let hex = std::str::from_utf8(rest.get(..2)?).ok()?;
                out.push(u8::from_str_radix(hex, 16).ok()?);
                rest = &rest[2..];
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_reach_both_ends() {
        for value in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(int(value.to_string().as_bytes()), Some(value));
        }
        for text in ["", "-", "+", "9223372036854775808", "-9223372036854775809", "1x", "1.0"] {
            assert_eq!(int(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn durations_add_their_parts() {
        assert_eq!(duration(b"90s"), Some(90_000_000_000));
        assert_eq!(duration(b"-1h30m"), Some(-5_400_000_000_000));
        assert_eq!(duration(b"-9223372036854775808ns"), Some(i64::MIN));
        for text in ["9223372036854775808ns", "", "-", "s", "1", "1x", "99999999999d"] {
            assert_eq!(duration(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn mismatches_name_what_was_expected() {
        let types = [Type::Nat, Type::Option(TypeId(0))];
        let mut interner = Interner::new();
        let error = plain(&types, TypeId(0), b"-3", &mut interner).unwrap_err();
        assert_eq!(error.0, "expected a nat, found \"-3\"");
        assert_eq!(plain(&types, TypeId(0), b" 3 ", &mut interner), Ok(3));
        assert_eq!(plain(&types, TypeId(1), b"None", &mut interner), Ok(0));
        let bare = plain(&types, TypeId(1), b"3", &mut interner);
        assert_eq!(bare, plain(&types, TypeId(1), b"Some(3)", &mut interner));
    }
}

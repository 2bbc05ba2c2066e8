//! The text of values: as literals, where text is quoted, and plain, as in
//! files and interpolation, where it stands bare. This room appends to a
//! buffer; it must not know who reads it or how it is read back.

use std::io::Write;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::value::interner::Interner;
use crate::value::json;
use crate::value::word::word_float;

/// Units of durations in nanoseconds, largest first.
pub const UNITS: &[(i64, &str)] = &[
    (86_400_000_000_000, "d"),
    (3_600_000_000_000, "h"),
    (60_000_000_000, "m"),
    (1_000_000_000, "s"),
    (1_000_000, "ms"),
    (1_000, "us"),
    (1, "ns"),
];

/// Appends a value as plain text: a `str` or `node` stands bare, everything
/// else is a literal.
pub fn plain(types: &[Type], ty: TypeId, word: u64, interner: &Interner, out: &mut Vec<u8>) {
    match &types[ty.0 as usize] {
        Type::Str | Type::Node => out.extend_from_slice(interner.get_bytes(word)),
        _ => literal(types, ty, word, interner, out),
    }
}

/// Appends a value as a literal: `"a"`, `Some([1, 2])`, `P{x: 1}`.
pub fn literal(types: &[Type], ty: TypeId, word: u64, interner: &Interner, out: &mut Vec<u8>) {
    let part = |ty: TypeId, word: u64, out: &mut Vec<u8>| literal(types, ty, word, interner, out);
    match &types[ty.0 as usize] {
        Type::Int | Type::Nat => int(word as i64, out),
        Type::Float => float(word_float(word), out),
        Type::Bool => out.extend_from_slice(if word != 0 { b"true" } else { b"false" }),
        Type::Str | Type::Node => quoted(interner.get_bytes(word), out),
        Type::Bytes => bytes(interner.get_bytes(word), out),
        Type::Time => time(word as i64, out),
        Type::Duration => duration(word as i64, out),
        Type::Uuid => uuid(interner.get_bytes(word), out),
        Type::Json => json::write(word, interner, out),
        Type::Tuple(parts) => {
            let words = interner.get_words(word);
            out.push(b'(');
            list(words.iter().zip(parts), out, |(&word, &ty), out| part(ty, word, out));
            // `(x)` would be x.
            out.extend_from_slice(if parts.len() == 1 { b",)" } else { b")" });
        }
        ty @ (Type::List(of) | Type::Set(of)) => {
            let (open, close) =
                if matches!(ty, Type::Set(_)) { (b'{', b'}') } else { (b'[', b']') };
            out.push(open);
            list(interner.get_words(word).iter(), out, |&word, out| part(*of, word, out));
            out.push(close);
        }
        Type::Map(key, value) | Type::Bag(key, value) => {
            out.push(b'{');
            list(interner.get_words(word).as_chunks::<2>().0.iter(), out, |[k, v], out| {
                part(*key, *k, out);
                out.extend_from_slice(b": ");
                part(*value, *v, out);
            });
            out.push(b'}');
        }
        Type::Option(of) => match some(word, interner) {
            None => out.extend_from_slice(b"None"),
            Some(inner) => {
                out.extend_from_slice(b"Some(");
                part(*of, inner, out);
                out.push(b')');
            }
        },
        Type::Record { name, fields } => {
            out.extend_from_slice(name.as_bytes());
            out.push(b'{');
            let words = interner.get_words(word);
            list(words.iter().zip(fields), out, |(&word, (name, ty)), out| {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b": ");
                part(*ty, word, out);
            });
            out.push(b'}');
        }
        Type::Enum { variants, .. } => {
            let words = interner.get_words(word);
            let (name, payload) = &variants[words[0] as usize];
            out.extend_from_slice(name.as_bytes());
            if payload.is_empty() {
                return;
            }
            let parts = words[1..].iter().zip(payload);
            out.push(b'(');
            stack::step(|| list(parts, out, |(&word, &ty), out| part(ty, word, out)));
            out.push(b')');
        }
    }
}

/// What an option holds.
pub fn some(word: u64, interner: &Interner) -> Option<u64> {
    (word != 0).then(|| interner.get_words(word - 1)[0])
}

fn list<T>(
    parts: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut one: impl FnMut(T, &mut Vec<u8>),
) {
    for (i, part) in parts.enumerate() {
        if i > 0 {
            out.extend_from_slice(b", ");
        }
        one(part, out);
    }
}

/// Appends an integer in decimal.
pub fn int(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    while rest >= 100 {
        at -= 2;
        let pair = (rest % 100) as usize * 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
        rest /= 100;
    }
    if rest >= 10 {
        at -= 2;
        let pair = rest as usize * 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        digits[at] = b'0' + rest as u8;
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// The numbers from 00 to 99: half as many divisions as digit by digit.
const PAIRS: [u8; 200] = {
    let mut pairs = [0; 200];
    let mut n = 0;
    while n < 100 {
        pairs[n * 2] = b'0' + (n / 10) as u8;
        pairs[n * 2 + 1] = b'0' + (n % 10) as u8;
        n += 1;
    }
    pairs
};

/// Appends the shortest text that reads back as this float, with a point or
/// an exponent.
pub fn float(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if (1e-4..1e15).contains(&value.abs()) {
        // Where no exponent is needed JSON has the same digits, several times
        // as fast; writing to a Vec has no way to fail.
        let _ = serde_json::to_writer(out, &value);
    } else {
        append(out, format_args!("{value:?}"));
    }
}

/// Appends a time in UTC after RFC 3339, with as many digits of a second as
/// it needs.
pub fn time(ns: i64, out: &mut Vec<u8>) {
    // Every i64 of nanoseconds is a timestamp between the years 1677 and 2262.
    match jiff::Timestamp::from_nanosecond(i128::from(ns)) {
        Ok(time) => append(out, format_args!("{time}")),
        Err(_) => int(ns, out),
    }
}

/// Appends a duration in the largest unit in which it is a whole number.
pub fn duration(ns: i64, out: &mut Vec<u8>) {
    if ns == 0 {
        return out.extend_from_slice(b"0s");
    }
    let (unit, name) = UNITS.iter().find(|(unit, _)| ns % unit == 0).unwrap_or(&(1, "ns"));
    int(ns / unit, out);
    out.extend_from_slice(name.as_bytes());
}

/// Appends a uuid in its usual form of five groups.
pub fn uuid(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        out.push(HEX[usize::from(byte >> 4)]);
        out.push(HEX[usize::from(byte & 15)]);
    }
}

/// Appends text between quotes, escaped so that it reads back inside a
/// program: braces are doubled, since single ones interpolate.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    if text.iter().all(|&b| b >= b' ' && b != 127 && !matches!(b, b'"' | b'\\' | b'{' | b'}')) {
        // U+0080 to U+009F are control characters of two bytes, C2 80 to C2 9F.
        if !text.windows(2).any(|w| w[0] == 0xC2 && w[1] < 0xA0) {
            out.extend_from_slice(text);
            return out.push(b'"');
        }
    }
    for c in String::from_utf8_lossy(text).chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\0' => out.extend_from_slice(b"\\0"),
            '{' => out.extend_from_slice(b"{{"),
            '}' => out.extend_from_slice(b"}}"),
            c if c.is_control() => append(out, format_args!("\\u{{{:x}}}", c as u32)),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

/// Appends bytes as a literal.
pub fn bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"b\"");
    for &byte in bytes {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b' '..=b'~' => out.push(byte),
            _ => append(out, format_args!("\\x{byte:02x}")),
        }
    }
    out.push(b'"');
}

fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a Vec has no way to fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_in_full_range() {
        for value in [0, 7, -7, 10, 99, 100, -101, 1_000, i64::MAX, i64::MIN] {
            assert_eq!(of(|out| int(value, out)), value.to_string());
        }
        let mut state = 1u64;
        for i in 0..200_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let whole = (state >> 20) as f64;
            let value = [whole, -whole / 1e3, whole / 1e18, f64::from_bits(state)][i % 4];
            let wanted = if value.is_nan() { "nan".into() } else { format!("{value:?}") };
            assert_eq!(of(|out| float(value, out)), wanted);
        }
        for (value, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e300, "1e300"),
            (-2.5, "-2.5"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(of(|out| float(value, out)), text);
        }
    }

    #[test]
    fn durations_take_the_largest_whole_unit() {
        for (ns, text) in [
            (0, "0s"),
            (90_000_000_000, "90s"),
            (120_000_000_000, "2m"),
            (-5_000_000_000, "-5s"),
            (1_500_000, "1500us"),
            (7, "7ns"),
            (i64::MIN, "-9223372036854775808ns"),
        ] {
            assert_eq!(of(|out| duration(ns, out)), text);
        }
    }

    #[test]
    fn times_have_the_digits_they_need() {
        for (ns, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_700_000_000_120_000_000, "2023-11-14T22:13:20.12Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(of(|out| time(ns, out)), text);
        }
    }

    #[test]
    fn quotes_and_braces_are_escaped() {
        for (text, literal) in
            [("a b", r#""a b""#), ("a\"{x}\\", r#""a\"{{x}}\\""#), ("é\n\u{85}", "\"é\\n\\u{85}\"")]
        {
            assert_eq!(of(|out| quoted(text.as_bytes(), out)), literal);
        }
        assert_eq!(of(|out| bytes(&[0, b'a', b'"', 255], out)), r#"b"\x00a\"\xff""#);
    }
}

//! Values of literals: numbers, durations, strings with escapes and
//! interpolation, bytes. Works on the text of one token; expressions inside
//! a string go back through the parser, which hands itself in.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::source::FileId;
use crate::source::Span;

/// The units of durations and their nanoseconds, longest first.
pub const UNITS: &[(&str, i64)] = &[
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// A place and the messages about it.
pub struct Sink<'d> {
    /// The file.
    pub file: FileId,
    /// Where messages go.
    pub diagnostics: &'d mut Vec<Diagnostic>,
}

impl Sink<'_> {
    fn number(&mut self, lo: usize, text: &str, title: impl Into<String>, help: &str) {
        let span = Span::new(self.file, lo, lo + text.len());
        let message = Diagnostic::error(codes::MALFORMED_NUMBER, span, title);
        self.diagnostics.push(if help.is_empty() { message } else { message.help(help) });
    }

    fn string(&mut self, lo: usize, hi: usize, title: impl Into<String>, help: &str) {
        let span = Span::new(self.file, lo, hi);
        self.diagnostics.push(Diagnostic::error(codes::MALFORMED_STRING, span, title).help(help));
    }
}

/// The value of `42`, `1_000`, `0xff`.
pub fn int(sink: &mut Sink, lo: usize, text: &str) -> u64 {
    let digits = text.replace('_', "");
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(hex) => (hex.to_string(), 16),
        None => (digits, 10),
    };
    let wrong = digits.find(|c: char| !c.is_digit(radix));
    if wrong.is_some() || digits.is_empty() {
        let help = "whole numbers: `42`, `1_000`, `0xff`; fractions: `2.5`, `1e9`; \
                    durations: `100ms`, `5s`, `2m`, `1h`, `3d`";
        sink.number(lo, text, format!("`{text}` is not a number"), help);
        return 0;
    }
    match u64::from_str_radix(&digits, radix) {
        Ok(value) if value <= i64::MAX as u64 + 1 => value,
        _ => {
            let title = format!("`{text}` does not fit into an `int`");
            sink.number(lo, text, title, "the largest `int` is 9223372036854775807");
            0
        }
    }
}

/// The value of `2.5`, `1e9`.
pub fn float(sink: &mut Sink, lo: usize, text: &str) -> f64 {
    match text.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => value,
        Ok(_) => {
            sink.number(lo, text, format!("`{text}` does not fit into a `float`"), "");
            0.0
        }
        Err(_) => {
            let help = "fractions are written `2.5`, `1e9`, `2.5e-3`; a duration takes whole \
                        numbers, as in `2s500ms`";
            sink.number(lo, text, format!("`{text}` is not a number"), help);
            0.0
        }
    }
}

/// The nanoseconds of a duration; nothing is said of what is none.
pub fn nanoseconds(text: &str) -> Option<i64> {
    let mut said = Vec::new();
    let mut sink = Sink { file: FileId(0), diagnostics: &mut said };
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    let value = duration(&mut sink, 0, text);
    (starts && said.is_empty()).then_some(value)
}

/// The nanoseconds of `5s`, `1h30m`.
pub fn duration(sink: &mut Sink, lo: usize, text: &str) -> i64 {
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits =
            rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_').len();
        let after = &rest[digits..];
        let letters =
            after.len() - after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let unit = UNITS.iter().find(|(name, _)| *name == &after[..letters]);
        let count = rest[..digits].replace('_', "");
        let (Some((_, nanos)), false) = (unit, count.is_empty()) else {
            let help =
                "units are `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, and may be combined: `1h30m`";
            sink.number(lo, text, format!("`{text}` is not a duration"), help);
            return 0;
        };
        let part = count.parse::<i64>().ok().and_then(|n| n.checked_mul(*nanos));
        match part.and_then(|part| total.checked_add(part)) {
            Some(sum) => total = sum,
            None => {
                let help = "durations are counted in nanoseconds and end at about 292 years";
                sink.number(lo, text, format!("`{text}` does not fit into a `duration`"), help);
                return 0;
            }
        }
        rest = &after[letters..];
    }
    total
}

/// A piece of a string's inside.
pub enum Piece {
    /// Text with escapes undone.
    Text(String),
    /// An expression, by its place.
    Expr(usize, usize),
}

/// Takes the inside of `"…"` apart; `lo` is where it begins in the file.
pub fn pieces(sink: &mut Sink, lo: usize, inside: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut i = 0;
    while let Some(c) = inside[i..].chars().next() {
        let next = inside[i + c.len_utf8()..].chars().next();
        match c {
            '\\' => {
                let (value, used) = escape(sink, lo + i, &inside[i..]);
                text.extend(value.and_then(char::from_u32));
                i += used;
            }
            '{' | '}' if next == Some(c) => {
                text.push(c);
                i += 2;
            }
            '{' => {
                let Some(end) = interpolation_end(&inside[i..]) else {
                    let help = "close it with `}`, or write `{{` for a brace";
                    sink.string(lo + i, lo + i + 1, "this `{` in a string is not closed", help);
                    return pieces;
                };
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.push(Piece::Expr(lo + i + 1, lo + i + end));
                i += end + 1;
            }
            '}' => {
                let help = "write `}}` for a brace";
                sink.string(lo + i, lo + i + 1, "this `}` in a string closes nothing", help);
                i += 1;
            }
            c => {
                text.push(c);
                i += c.len_utf8();
            }
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// Where the `}` of a `{` at the beginning stands.
fn interpolation_end(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'{' => open += 1,
            b'}' if open == 1 => return Some(i),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The bytes of `b"…"`, from its inside.
pub fn bytes(sink: &mut Sink, lo: usize, inside: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(inside.len());
    let mut i = 0;
    while let Some(c) = inside[i..].chars().next() {
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            i += c.len_utf8();
            continue;
        }
        let hex = inside.get(i + 2..i + 4).filter(|_| inside[i..].starts_with("\\x"));
        if let Some(byte) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            out.push(byte);
            i += 4;
            continue;
        }
        let (value, used) = escape(sink, lo + i, &inside[i..]);
        if let Some(c) = value.and_then(char::from_u32) {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        i += used;
    }
    out
}

/// The value of the escape at the beginning of `text` and its length.
fn escape(sink: &mut Sink, lo: usize, text: &str) -> (Option<u32>, usize) {
    let Some(letter) = text[1..].chars().next() else { return (None, 1) };
    let plain = match letter {
        'n' => Some('\n'),
        't' => Some('\t'),
        'r' => Some('\r'),
        '0' => Some('\0'),
        '\\' | '"' | '\'' => Some(letter),
        _ => None,
    };
    if let Some(c) = plain {
        return (Some(c as u32), 2);
    }
    if letter == 'x' {
        let value = text.get(2..4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(value) = value.filter(|v| *v < 0x80) {
            return (Some(value), 4);
        }
    }
    if letter == 'u' && text[2..].starts_with('{') {
        let end = text.find('}').unwrap_or(text.len());
        let value = text.get(3..end).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(value) = value.filter(|v| char::from_u32(*v).is_some()) {
            return (Some(value), end + 1);
        }
    }
    let used = 1 + letter.len_utf8();
    let help = "known are `\\n` `\\t` `\\r` `\\0` `\\\\` `\\\"` `\\x41` `\\u{1F600}`; \
                a raw string `r\"…\"` takes `\\` as it is";
    sink.string(lo, lo + used, format!("unknown escape `{}`", &text[..used]), help);
    (None, used)
}

/// A string as a literal, without its quotes.
pub fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '{' => out.push_str("{{"),
            '}' => out.push_str("}}"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// Bytes as a literal, without the quotes.
pub fn escape_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &b in bytes {
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x20..0x7f => out.push(b as char),
            _ => out.push_str(&format!("\\x{b:02x}")),
        }
    }
    out
}

/// Nanoseconds as a literal.
pub fn duration_text(nanos: i64) -> String {
    let (unit, size) = match nanos {
        0 => ("s", 1),
        _ => UNITS.iter().copied().find(|(_, size)| nanos % size == 0).unwrap_or(("ns", 1)),
    };
    format!("{}{unit}", nanos / size)
}

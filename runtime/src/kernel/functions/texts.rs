//! Functions on texts and bytes.

use bloom_compiler::limits::TEXT_BYTES_MAX;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::text;
use crate::value::word::float_word;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    match f {
        Func::Str => {
            let mut out = Vec::new();
            text::plain(s.types, a.tys[0], a.words[0], s.interner, &mut out);
            return make(s, &out);
        }
        Func::Concat => return concat(a, s),
        Func::Time if !matches!(ty(s, a.tys[0]), Type::Str) => return Ok(a.words[0]),
        Func::Utf8 => {
            let ok = std::str::from_utf8(s.interner.get_bytes(a.words[0])).is_ok();
            return Ok(option(s, ok.then_some(a.words[0])));
        }
        // Texts and bytes are interned alike.
        Func::Bytes => return Ok(a.words[0]),
        _ => {}
    }
    let x = s.interner.get_text(a.words[0]);
    let arg = |i: usize| s.interner.get_text(a.words[i]);
    match f {
        Func::Lower => {
            let out = x.to_lowercase();
            make(s, out.as_bytes())
        }
        Func::Upper => {
            let out = x.to_uppercase();
            make(s, out.as_bytes())
        }
        Func::Trim => {
            let out = x.trim().to_owned();
            make(s, out.as_bytes())
        }
        Func::Contains => Ok(u64::from(x.contains(arg(1)))),
        Func::StartsWith => Ok(u64::from(x.starts_with(arg(1)))),
        Func::EndsWith => Ok(u64::from(x.ends_with(arg(1)))),
        Func::Replace => replace(a, s),
        Func::Split => {
            let parts = split(x, arg(1));
            let words: Vec<u64> = parts.iter().map(|p| s.interner.bytes(p.as_bytes())).collect();
            Ok(s.interner.words(&words))
        }
        Func::Substr => {
            let from = usize::try_from(a.int(1)).unwrap_or(0);
            let count = usize::try_from(a.int(2)).unwrap_or(0);
            let out: String = x.chars().skip(from).take(count).collect();
            make(s, out.as_bytes())
        }
        Func::IndexOf => {
            let at = x.find(arg(1)).map(|byte| x[..byte].chars().count() as u64);
            Ok(option(s, at))
        }
        Func::ParseInt => {
            let value = x.trim().parse::<i64>().ok().map(|v| v as u64);
            Ok(option(s, value))
        }
        Func::ParseFloat => {
            let value = x.trim().parse::<f64>().ok().map(float_word);
            Ok(option(s, value))
        }
        _ => {
            let value = x.parse::<jiff::Timestamp>().ok();
            let ns = value.and_then(|t| i64::try_from(t.as_nanosecond()).ok()).map(|ns| ns as u64);
            Ok(option(s, ns))
        }
    }
}

/// The pieces between the separators; characters if there is nothing to separate them.
fn split(text: &str, separator: &str) -> Vec<String> {
    if separator.is_empty() {
        return text.chars().map(String::from).collect();
    }
    text.split(separator).map(String::from).collect()
}

/// `None` or `Some` of a word.
pub(super) fn option(s: &mut Scalars, word: Option<u64>) -> u64 {
    word.map_or(0, |w| 1 + s.interner.words(&[w]))
}

fn make(s: &mut Scalars, bytes: &[u8]) -> Outcome {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Some(FailKind::TooLong));
    }
    Ok(s.interner.bytes(bytes))
}

fn concat(a: &Args, s: &mut Scalars) -> Outcome {
    let parts = s.interner.get_words(a.words[0]);
    let sep = s.interner.get_bytes(a.words[1]);
    let mut out = Vec::new();
    for (i, &part) in parts.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(sep);
        }
        out.extend_from_slice(s.interner.get_bytes(part));
        if out.len() > TEXT_BYTES_MAX {
            return Err(Some(FailKind::TooLong));
        }
    }
    make(s, &out)
}

fn replace(a: &Args, s: &mut Scalars) -> Outcome {
    let text = |i: usize| s.interner.get_text(a.words[i]);
    let (x, from, to) = (text(0), text(1), text(2));
    // The length is known before anything is built.
    let found = x.matches(from).count();
    let grown = found.saturating_mul(to.len()).saturating_add(x.len());
    if grown > TEXT_BYTES_MAX {
        return Err(Some(FailKind::TooLong));
    }
    let out = x.replace(from, to);
    make(s, out.as_bytes())
}

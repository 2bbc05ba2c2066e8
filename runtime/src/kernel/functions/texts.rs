//! Functions on texts and bytes.

use bloom_compiler::limits::TEXT_BYTES_MAX;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::make;
use super::option;
use super::some_text;
use super::texts;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::text;
use crate::value::word::float_word;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = a.words[0];
    match f {
        Func::Str => {
            let mut out = Vec::new();
            text::plain(s.types, a.tys[0], x, s.interner, &mut out);
            make(s, &out)
        }
        Func::Concat => concat(a, s),
        Func::Replace => replace(a, s),
        Func::Repeat => repeat(a, s),
        Func::PadLeft | Func::PadRight => pad(f, a, s),
        Func::Utf8 => {
            let ok = std::str::from_utf8(s.interner.get_bytes(x)).is_ok();
            Ok(option(s, ok.then_some(x)))
        }
        // Texts and bytes are interned alike.
        Func::Bytes => Ok(x),
        Func::IsEmpty => Ok(u64::from(s.interner.get_bytes(x).is_empty())),
        Func::Length if matches!(ty(s, a.tys[0]), Type::Bytes) => {
            Ok(s.interner.get_bytes(x).len() as u64)
        }
        Func::FromCodePoint => {
            let found = u32::try_from(a.int(0)).ok().and_then(char::from_u32);
            some_text(s, found.map(String::from))
        }
        _ => of_text(f, a, s),
    }
}

fn of_text(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = s.interner.get_text(a.words[0]);
    let out: String = match f {
        Func::Lower => x.to_lowercase(),
        Func::Upper => x.to_uppercase(),
        Func::Trim => x.trim().into(),
        Func::Reverse => x.chars().rev().collect(),
        Func::Substr => x.chars().skip(a.count(1)).take(a.count(2)).collect(),
        Func::Length => return Ok(x.chars().count() as u64),
        Func::Words => {
            let parts: Vec<String> = x.split_whitespace().map(String::from).collect();
            return Ok(texts(s, &parts));
        }
        Func::Lines => {
            let parts: Vec<String> = x.lines().map(String::from).collect();
            return Ok(texts(s, &parts));
        }
        Func::Get => {
            let at = usize::try_from(a.int(1)).ok();
            let found = at.and_then(|i| x.chars().nth(i)).map(String::from);
            return some_text(s, found);
        }
        Func::ParseInt | Func::ParseFloat | Func::CodePoint => {
            let value = match f {
                Func::ParseInt => x.trim().parse::<i64>().ok().map(|v| v as u64),
                Func::ParseFloat => x.trim().parse::<f64>().ok().map(float_word),
                _ => x.chars().next().map(|c| u64::from(u32::from(c))),
            };
            return Ok(option(s, value));
        }
        _ => return of_two(f, a, s),
    };
    make(s, out.as_bytes())
}

/// A text and another that may stand in it.
fn of_two(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let (x, y) = (s.interner.get_text(a.words[0]), s.interner.get_text(a.words[1]));
    match f {
        Func::Contains => Ok(u64::from(x.contains(y))),
        Func::StartsWith => Ok(u64::from(x.starts_with(y))),
        Func::EndsWith => Ok(u64::from(x.ends_with(y))),
        Func::StripPrefix => {
            let found = x.strip_prefix(y).map(String::from);
            some_text(s, found)
        }
        Func::StripSuffix => {
            let found = x.strip_suffix(y).map(String::from);
            some_text(s, found)
        }
        Func::IndexOf => {
            let at = x.find(y).map(|byte| x[..byte].chars().count() as u64);
            Ok(option(s, at))
        }
        // `split`
        _ => {
            let parts = split(x, y);
            Ok(texts(s, &parts))
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

fn repeat(a: &Args, s: &mut Scalars) -> Outcome {
    let x = s.interner.get_text(a.words[0]);
    if x.len().saturating_mul(a.count(1)) > TEXT_BYTES_MAX {
        return Err(Some(FailKind::TooLong));
    }
    let out = if x.is_empty() { String::new() } else { x.repeat(a.count(1)) };
    make(s, out.as_bytes())
}

fn pad(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let (x, with) = (s.interner.get_text(a.words[0]), s.interner.get_text(a.words[2]));
    if with.chars().count() != 1 {
        return Err(Some(FailKind::BadArgument));
    }
    let missing = a.count(1).saturating_sub(x.chars().count());
    if missing.saturating_mul(with.len()).saturating_add(x.len()) > TEXT_BYTES_MAX {
        return Err(Some(FailKind::TooLong));
    }
    let padding = with.repeat(missing);
    let out = if f == Func::PadLeft { padding + x } else { format!("{x}{padding}") };
    make(s, out.as_bytes())
}

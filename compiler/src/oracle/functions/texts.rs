//! Texts and bytes.

use crate::limits::TEXT_BYTES_MAX;
use crate::oracle::exprs::bounded;
use crate::oracle::failure::Kind;
use crate::oracle::functions::Answer;
use crate::oracle::functions::count;
use crate::oracle::functions::fail;
use crate::oracle::functions::strings;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Int;
    use Value::Str;
    let text = |s: String| Some(bounded(s, span));
    let at = |i: &i64| usize::try_from(*i).unwrap_or(0);
    Some(Ok(match (func, values) {
        (Func::Length, [Str(s)]) => count(s.chars().count()),
        (Func::Length, [Value::Bytes(b)]) => count(b.len()),
        (Func::IsEmpty, [Str(s)]) => Value::Bool(s.is_empty()),
        (Func::IsEmpty, [Value::Bytes(b)]) => Value::Bool(b.is_empty()),
        (Func::Lower, [Str(s)]) => return text(s.to_lowercase()),
        (Func::Upper, [Str(s)]) => return text(s.to_uppercase()),
        (Func::Trim, [Str(s)]) => return text(s.trim().into()),
        (Func::Split, [Str(s), Str(by)]) if by.is_empty() => {
            Value::List(s.chars().map(Value::str).collect())
        }
        (Func::Split, [Str(s), Str(by)]) => strings(s.split(by.as_str())),
        (Func::Words, [Str(s)]) => strings(s.split_whitespace()),
        (Func::Lines, [Str(s)]) => strings(s.lines()),
        (Func::Concat, [Value::List(parts), Str(between)]) => {
            let parts: Vec<&str> = parts
                .iter()
                .filter_map(|p| if let Str(s) = p { Some(&**s) } else { None })
                .collect();
            return text(parts.join(between));
        }
        (Func::Substr, [Str(s), Int(from), Int(length)]) => {
            return text(s.chars().skip(at(from)).take(at(length)).collect());
        }
        (Func::Get, [Str(s), Int(i)]) => {
            let found = usize::try_from(*i).ok().and_then(|i| s.chars().nth(i));
            Value::option(found.map(Value::str))
        }
        (Func::PadLeft | Func::PadRight, [Str(s), Int(n), Str(with)]) => {
            return padded(func, s, *n, with, span);
        }
        (Func::Repeat, [Str(s), Int(n)]) => {
            if s.len().saturating_mul(at(n)) > TEXT_BYTES_MAX {
                return fail(Kind::TooLong, span);
            }
            Str(s.repeat(if s.is_empty() { 0 } else { at(n) }))
        }
        (Func::ParseInt, [Str(s)]) => Value::option(s.trim().parse().ok().map(Int)),
        (Func::ParseFloat, [Str(s)]) => Value::option(s.trim().parse().ok().map(Value::float)),
        (Func::Reverse, [Str(s)]) => Str(s.chars().rev().collect()),
        (Func::CodePoint, [Str(s)]) => {
            Value::option(s.chars().next().map(|c| Int(i64::from(u32::from(c)))))
        }
        (Func::FromCodePoint, [Int(n)]) => {
            let found = u32::try_from(*n).ok().and_then(char::from_u32);
            Value::option(found.map(Value::str))
        }
        (Func::Bytes, [Str(s)]) => Value::Bytes(s.as_bytes().to_vec()),
        (Func::Utf8, [Value::Bytes(b)]) => {
            Value::option(String::from_utf8(b.clone()).ok().map(Value::Str))
        }
        _ => return of_two(func, values, span),
    }))
}

/// A text and another that may stand in it.
fn of_two(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Str;
    let [Str(s), Str(part), rest @ ..] = values else { return None };
    let part = part.as_str();
    Some(Ok(match (func, rest) {
        (Func::Contains, []) => Value::Bool(s.contains(part)),
        (Func::StartsWith, []) => Value::Bool(s.starts_with(part)),
        (Func::EndsWith, []) => Value::Bool(s.ends_with(part)),
        (Func::StripPrefix, []) => Value::option(s.strip_prefix(part).map(Value::str)),
        (Func::StripSuffix, []) => Value::option(s.strip_suffix(part).map(Value::str)),
        (Func::Replace, [Str(to)]) => return Some(bounded(s.replace(part, to), span)),
        (Func::IndexOf, []) => {
            let byte = s.find(part);
            Value::option(byte.map(|b| count(s[..b].chars().count())))
        }
        _ => return None,
    }))
}

fn padded(func: Func, s: &str, n: i64, with: &str, span: Span) -> Answer {
    if with.chars().count() != 1 {
        return fail(Kind::BadArgument, span);
    }
    let missing = usize::try_from(n).unwrap_or(0).saturating_sub(s.chars().count());
    if missing.saturating_mul(with.len()).saturating_add(s.len()) > TEXT_BYTES_MAX {
        return fail(Kind::TooLong, span);
    }
    let padding = with.repeat(missing);
    let text = if func == Func::PadLeft { padding + s } else { s.to_string() + &padding };
    Some(Ok(Value::Str(text)))
}

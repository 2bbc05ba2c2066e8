//! The functions of the language, one by one, on plain values. This room
//! must not know which of them grow, or how an engine computes them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::oracle::arith;
use crate::oracle::exprs::bounded;
use crate::oracle::exprs::broken;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::text;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Expr;
use crate::types::typed::Program;
use crate::types::typed::Slack;

/// The value of a function for these arguments. The expressions of the
/// arguments are there for their types.
pub fn apply(
    func: Func,
    args: &[Expr],
    values: Vec<Value>,
    span: Span,
    program: &Program,
) -> Result<Value, Stop> {
    if func == Func::Str {
        let shown = values.first().zip(args.first());
        return bounded(shown.map_or(String::new(), |(v, e)| text::plain(v, &e.ty, program)), span);
    }
    match numbers(func, &values, span)
        .or_else(|| texts(func, &values, span))
        .or_else(|| lists(func, &values))
        .or_else(|| bags(func, args, &values))
        .or_else(|| collections(func, &values))
        .or_else(|| times(func, &values, span))
    {
        Some(result) => result,
        None => Err(broken("a function was given what it does not take", span)),
    }
}

type Answer = Option<Result<Value, Stop>>;

fn fail(kind: Kind, span: Span) -> Answer {
    Some(Err(Stop::Fail(kind, span)))
}

fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn numbers(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Float;
    use Value::Int;
    let float = |f: f64| Some(Ok(Value::float(f)));
    Some(Ok(match (func, values) {
        (Func::Abs, [Int(i)]) if *i >= 0 => Int(*i),
        (Func::Abs, [Value::Duration(d)]) if *d >= 0 => Value::Duration(*d),
        (Func::Abs, [v @ (Int(_) | Value::Duration(_))]) => {
            return Some(arith::negate(v.clone(), Slack::Fail, span));
        }
        (Func::Abs, [Float(f)]) => return float(f.get().abs()),
        (Func::Min, [a, b]) => a.min(b).clone(),
        (Func::Max, [a, b]) => a.max(b).clone(),
        (Func::Int, [Int(i)]) => Int(*i),
        (Func::Int, [Value::Bool(b)]) => Int(i64::from(*b)),
        (Func::Int, [Float(f)]) => {
            let whole = f.get().trunc();
            // Both bounds are floats exactly; 2^63 is the first one too great.
            if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole) {
                let kind = if whole.is_nan() { Kind::BadArgument } else { Kind::Overflow };
                return fail(kind, span);
            }
            Int(whole as i64)
        }
        (Func::Float, [Int(i)]) => return float(*i as f64),
        (Func::Float, [Float(f)]) => Float(*f),
        (Func::Nat, [Int(i)]) if *i < 0 => return fail(Kind::Negative, span),
        (Func::Nat, [Int(i)]) => Int(*i),
        (Func::Floor, [Float(f)]) => return float(f.get().floor()),
        (Func::Ceil, [Float(f)]) => return float(f.get().ceil()),
        (Func::Round, [Float(f)]) => return float(f.get().round()),
        (Func::Sqrt, [Float(f)]) => return float(f.get().sqrt()),
        (Func::Pow, [Float(a), Float(b)]) => return float(a.get().powf(b.get())),
        (Func::Pow, [Int(base), Int(exponent)]) => return Some(power(*base, *exponent, span)),
        _ => return None,
    }))
}

/// A power by repeated multiplication. Bases that never leave -1..=1 need
/// only the parity of the exponent, all others overflow soon.
fn power(base: i64, exponent: i64, span: Span) -> Result<Value, Stop> {
    let times = if (-1..=1).contains(&base) && exponent > 1 { 2 - exponent % 2 } else { exponent };
    let mut out = Value::Int(1);
    for _ in 0..times {
        out = arith::arith(Arith::Mul, out, Value::Int(base), Slack::Fail, span)?;
    }
    Ok(out)
}

fn texts(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Int;
    use Value::Str;
    let text = |s: String| Some(bounded(s, span));
    Some(Ok(match (func, values) {
        (Func::Length, [Str(s)]) => count(s.chars().count()),
        (Func::Length, [Value::Bytes(b)]) => count(b.len()),
        (Func::Lower, [Str(s)]) => return text(s.to_lowercase()),
        (Func::Upper, [Str(s)]) => return text(s.to_uppercase()),
        (Func::Trim, [Str(s)]) => return text(s.trim().into()),
        (Func::Contains, [Str(s), Str(part)]) => Value::Bool(s.contains(part.as_str())),
        (Func::StartsWith, [Str(s), Str(part)]) => Value::Bool(s.starts_with(part.as_str())),
        (Func::EndsWith, [Str(s), Str(part)]) => Value::Bool(s.ends_with(part.as_str())),
        (Func::Replace, [Str(s), Str(from), Str(to)]) => {
            return text(s.replace(from.as_str(), to));
        }
        (Func::Split, [Str(s), Str(by)]) if by.is_empty() => {
            Value::List(s.chars().map(Value::str).collect())
        }
        (Func::Split, [Str(s), Str(by)]) => {
            Value::List(s.split(by.as_str()).map(Value::str).collect())
        }
        (Func::Concat, [Value::List(parts), Str(between)]) => {
            let parts: Vec<&str> = parts
                .iter()
                .filter_map(|p| if let Str(s) = p { Some(&**s) } else { None })
                .collect();
            return text(parts.join(between));
        }
        (Func::Substr, [Str(s), Int(from), Int(length)]) => {
            let at = |i: &i64| usize::try_from(*i).unwrap_or(0);
            return text(s.chars().skip(at(from)).take(at(length)).collect());
        }
        (Func::IndexOf, [Str(s), Str(part)]) => {
            let byte = s.find(part.as_str());
            Value::option(byte.map(|b| count(s[..b].chars().count())))
        }
        (Func::ParseInt, [Str(s)]) => Value::option(s.parse().ok().map(Int)),
        (Func::ParseFloat, [Str(s)]) => Value::option(s.parse().ok().map(Value::float)),
        (Func::Reverse, [Str(s)]) => Str(s.chars().rev().collect()),
        (Func::Bytes, [Str(s)]) => Value::Bytes(s.as_bytes().to_vec()),
        (Func::Utf8, [Value::Bytes(b)]) => {
            Value::option(String::from_utf8(b.clone()).ok().map(Value::Str))
        }
        _ => return None,
    }))
}

fn lists(func: Func, values: &[Value]) -> Answer {
    use Value::Int;
    use Value::List;
    Some(Ok(match (func, values) {
        (Func::Length, [List(list)]) => count(list.len()),
        (Func::Reverse, [List(list)]) => List(list.iter().rev().cloned().collect()),
        (Func::Sort, [List(list)]) => {
            let mut sorted = list.clone();
            sorted.sort();
            List(sorted)
        }
        (Func::First, [List(list)]) => Value::option(list.first().cloned()),
        (Func::Last, [List(list)]) => Value::option(list.last().cloned()),
        (Func::Slice, [List(list), Int(from), Int(to)]) => {
            let at = |i: &i64| usize::try_from(*i).unwrap_or(0).min(list.len());
            List(list.get(at(from)..at(to)).unwrap_or(&[]).to_vec())
        }
        (Func::Append, [List(a), List(b)]) => List(a.iter().chain(b).cloned().collect()),
        (Func::Enumerate, [List(list)]) => {
            let numbered = list.iter().enumerate();
            List(numbered.map(|(i, v)| Value::Tuple(vec![count(i), v.clone()])).collect())
        }
        (Func::ToSet, [List(list)]) => Value::Set(list.iter().cloned().collect()),
        _ => return None,
    }))
}

fn collections(func: Func, values: &[Value]) -> Answer {
    use Value::Map;
    use Value::Set;
    Some(Ok(match (func, values) {
        (Func::ToList, [Set(set)]) => Value::List(set.iter().cloned().collect()),
        (Func::ToList, [Map(map)]) => {
            let pair = |(k, v): (&Value, &Value)| Value::Tuple(vec![k.clone(), v.clone()]);
            Value::List(map.iter().map(pair).collect())
        }
        (Func::OrElse, [Value::Some(value), _]) => (**value).clone(),
        (Func::OrElse, [Value::None, otherwise]) => otherwise.clone(),
        (Func::IsSome, [Value::Some(_)]) => Value::Bool(true),
        (Func::IsSome, [Value::None]) => Value::Bool(false),
        (Func::Size, [Set(set)]) => count(set.len()),
        (Func::Size, [Map(map)]) => count(map.len()),
        (Func::Union, [Set(a), Set(b)]) => Set(a | b),
        (Func::Intersect, [Set(a), Set(b)]) => {
            let both: BTreeSet<Value> = a & b;
            if both.is_empty() {
                return Some(Err(Stop::NoRow));
            }
            Set(both)
        }
        (Func::Difference, [Set(a), Set(b)]) => Set(a - b),
        (Func::Keys, [Map(map)]) => Set(map.keys().cloned().collect()),
        (Func::GetOr, [Map(map), key, otherwise]) => map.get(key).unwrap_or(otherwise).clone(),
        _ => return None,
    }))
}

/// Of two bags the multiplicities count, where of maps only the keys do.
fn bags(func: Func, args: &[Expr], values: &[Value]) -> Answer {
    use Value::Map;
    if !args.iter().any(|a| matches!(a.ty, Ty::Bag(_))) {
        return None;
    }
    let times = |n: &Value| if let Value::Int(n) = n { *n } else { 0 };
    Some(Ok(match (func, values) {
        (Func::Size, [Map(bag)]) => {
            // Multiplicities are not negative, so the sum can only be too large.
            let size = bag.values().try_fold(0i64, |sum, n| sum.checked_add(times(n)));
            Value::Int(size.unwrap_or(i64::MAX))
        }
        (Func::Union, [Map(a), Map(b)]) => {
            let mut all = a.clone();
            for (x, n) in b {
                let most = all.get(x).map_or(n, |m| m.max(n)).clone();
                all.insert(x.clone(), most);
            }
            Map(all)
        }
        (Func::Intersect, [Map(a), Map(b)]) => {
            let both = a.iter().filter_map(|(x, n)| Some((x.clone(), n.min(b.get(x)?).clone())));
            let both: BTreeMap<Value, Value> = both.collect();
            if both.is_empty() {
                return Some(Err(Stop::NoRow));
            }
            Map(both)
        }
        _ => return None,
    }))
}

fn times(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Duration;
    use Value::Time;
    Some(Ok(match (func, values) {
        (Func::Floor, [Time(t), Duration(d)]) => match multiple(*t, *d, span) {
            Ok(ns) => Time(ns),
            Err(stop) => return Some(Err(stop)),
        },
        (Func::Floor, [Duration(t), Duration(d)]) => match multiple(*t, *d, span) {
            Ok(ns) => Duration(ns),
            Err(stop) => return Some(Err(stop)),
        },
        (Func::SinceEpoch, [Time(t)]) => Duration(*t),
        (Func::Time, [Duration(d)]) => Time(*d),
        (Func::Time, [Value::Str(s)]) => {
            let parsed = s.parse::<jiff::Timestamp>().ok();
            let ns = parsed.and_then(|t| i64::try_from(t.as_nanosecond()).ok());
            Value::option(ns.map(Time))
        }
        (Func::Millis, [Duration(d)]) => Value::Int(d / 1_000_000),
        (Func::Seconds, [Duration(d)]) => Value::float(*d as f64 / 1e9),
        _ => return None,
    }))
}

/// The greatest multiple of `step` that is not above `ns`.
fn multiple(ns: i64, step: i64, span: Span) -> Result<i64, Stop> {
    if step <= 0 {
        return Err(Stop::Fail(Kind::BadArgument, span));
    }
    let down = i128::from(ns) - i128::from(ns).rem_euclid(step.into());
    i64::try_from(down).map_err(|_| Stop::Fail(Kind::Overflow, span))
}

//! Lists and options.

use crate::limits::RANGE_MAX;
use crate::oracle::arith::float_sum;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::functions::Answer;
use crate::oracle::functions::count;
use crate::oracle::functions::fail;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Ty;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    use Value::Int;
    use Value::List;
    let at = |i: &i64| usize::try_from(*i).unwrap_or(0);
    Some(Ok(match (func, values) {
        (Func::Length, [List(list)]) => count(list.len()),
        (Func::IsEmpty, [List(list)]) => Value::Bool(list.is_empty()),
        (Func::Reverse, [List(list)]) => List(list.iter().rev().cloned().collect()),
        (Func::Sort, [List(list)]) => {
            let mut sorted = list.clone();
            sorted.sort();
            List(sorted)
        }
        (Func::First, [List(list)]) => Value::option(list.first().cloned()),
        (Func::Last, [List(list)]) => Value::option(list.last().cloned()),
        (Func::Get, [List(list), Int(i)]) => {
            Value::option(usize::try_from(*i).ok().and_then(|i| list.get(i).cloned()))
        }
        (Func::Slice, [List(list), Int(from), Int(to)]) => {
            let at = |i: &i64| at(i).min(list.len());
            List(list.get(at(from)..at(to)).unwrap_or(&[]).to_vec())
        }
        (Func::Take, [List(list), Int(n)]) => List(list.iter().take(at(n)).cloned().collect()),
        (Func::Drop, [List(list), Int(n)]) => List(list.iter().skip(at(n)).cloned().collect()),
        (Func::Append, [List(a), List(b)]) if (a.len() + b.len()) as u64 > RANGE_MAX => {
            return fail(Kind::TooLong, span);
        }
        (Func::Append, [List(a), List(b)]) => List(a.iter().chain(b).cloned().collect()),
        (Func::Flatten, [List(lists)]) => {
            let inner = lists.iter().filter_map(|l| if let List(l) = l { Some(l) } else { None });
            if inner.clone().map(|l| l.len() as u64).sum::<u64>() > RANGE_MAX {
                return fail(Kind::TooLong, span);
            }
            List(inner.flatten().cloned().collect())
        }
        (Func::Zip, [List(a), List(b)]) => {
            let pairs = a.iter().zip(b);
            List(pairs.map(|(a, b)| Value::Tuple(vec![a.clone(), b.clone()])).collect())
        }
        (Func::Enumerate, [List(list)]) => {
            let numbered = list.iter().enumerate();
            List(numbered.map(|(i, v)| Value::Tuple(vec![count(i), v.clone()])).collect())
        }
        (Func::Distinct, [List(list)]) => {
            let first = |(i, v): &(usize, &Value)| !list[..*i].contains(v);
            List(list.iter().enumerate().filter(first).map(|(_, v)| v.clone()).collect())
        }
        (Func::IndexOf, [List(list), x]) => {
            Value::option(list.iter().position(|v| v == x).map(count))
        }
        (Func::MinOf, [List(list)]) => Value::option(list.iter().min().cloned()),
        (Func::MaxOf, [List(list)]) => Value::option(list.iter().max().cloned()),
        (Func::Range, [Int(from), Int(to), Int(step)]) => return range(*from, *to, *step, span),
        (Func::OrElse, [Value::Some(value), _]) => (**value).clone(),
        (Func::OrElse, [Value::None, otherwise]) => otherwise.clone(),
        (Func::IsSome, [option]) => Value::Bool(*option != Value::None),
        (Func::IsNone, [option]) => Value::Bool(*option == Value::None),
        _ => return None,
    }))
}

/// The sum of a list; the type tells what the sum of nothing is.
pub(super) fn sum(list: &[Value], ty: &Ty, span: Span) -> Result<Value, Stop> {
    let of = if let Ty::List(of) = ty { &**of } else { ty };
    if *of == Ty::Float {
        let float = |v: &Value| if let Value::Float(f) = v { Some(f.get()) } else { None };
        return Ok(Value::float(float_sum(list.iter().filter_map(float))));
    }
    let whole = |v: &Value| match v {
        Value::Int(n) | Value::Duration(n) => i128::from(*n),
        _ => 0,
    };
    let total: i128 = list.iter().map(whole).sum();
    let total = i64::try_from(total).map_err(|_| Stop::Fail(Kind::Overflow, span))?;
    Ok(if *of == Ty::Duration { Value::Duration(total) } else { Value::Int(total) })
}

fn range(from: i64, to: i64, step: i64, span: Span) -> Answer {
    if step == 0 {
        return fail(Kind::BadArgument, span);
    }
    let mut list = Vec::new();
    let (mut x, to, step) = (i128::from(from), i128::from(to), i128::from(step));
    while if step > 0 { x < to } else { x > to } {
        if list.len() as u64 == RANGE_MAX {
            return fail(Kind::TooLong, span);
        }
        list.push(Value::Int(x as i64));
        x += step;
    }
    Some(Ok(Value::List(list)))
}

//! Functions on ints, floats, times and durations.

use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::order::compare;
use crate::value::word::float_word;

/// 2^63, the first float that is no int.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_SECOND: f64 = 1e9;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let of_float = matches!(a.tys.first().map(|&t| ty(s, t)), Some(Type::Float));
    match f {
        Func::Abs if of_float => Ok(float_word(a.float(0).abs())),
        Func::Abs => a.int(0).checked_abs().map(|x| x as u64).ok_or(Some(FailKind::Overflow)),
        Func::Min | Func::Max => {
            let order = compare(s.types, a.ty, a.words[0], a.words[1], s.interner);
            let first = if f == Func::Min { order.is_le() } else { order.is_ge() };
            Ok(if first { a.words[0] } else { a.words[1] })
        }
        Func::Int if of_float => {
            let x = a.float(0).trunc();
            if x.is_nan() {
                Err(Some(FailKind::BadArgument))
            } else if (-INT_END..INT_END).contains(&x) {
                Ok(x as i64 as u64)
            } else {
                Err(Some(FailKind::Overflow))
            }
        }
        Func::Int => Ok(a.words[0]),
        Func::Float if of_float => Ok(a.words[0]),
        Func::Float => Ok(float_word(a.int(0) as f64)),
        Func::Nat if a.int(0) < 0 => Err(Some(FailKind::Negative)),
        Func::Nat => Ok(a.words[0]),
        Func::Floor if of_float => Ok(float_word(a.float(0).floor())),
        Func::Floor => floor_to(a.int(0), a.int(1)),
        Func::Ceil => Ok(float_word(a.float(0).ceil())),
        Func::Round => Ok(float_word(a.float(0).round())),
        Func::Sqrt => Ok(float_word(a.float(0).sqrt())),
        Func::Pow if of_float => Ok(float_word(a.float(0).powf(a.float(1)))),
        Func::Pow => power(a.int(0), a.int(1)),
        Func::Millis => Ok((a.int(0) / NANOS_PER_MILLI) as u64),
        Func::Seconds => Ok(float_word(a.int(0) as f64 / NANOS_PER_SECOND)),
        // A time is its duration since the epoch.
        _ => Ok(a.words[0]),
    }
}

fn floor_to(x: i64, unit: i64) -> Outcome {
    if unit <= 0 {
        return Err(Some(FailKind::BadArgument));
    }
    match x.checked_sub(x.rem_euclid(unit)) {
        Some(down) => Ok(down as u64),
        None => Err(Some(FailKind::Overflow)),
    }
}

fn power(base: i64, exponent: i64) -> Outcome {
    match (base, u32::try_from(exponent)) {
        (_, Ok(e)) => base.checked_pow(e).map(|x| x as u64).ok_or(Some(FailKind::Overflow)),
        (0 | 1, Err(_)) => Ok(base as u64),
        (-1, Err(_)) => Ok(if exponent % 2 == 0 { 1 } else { -1i64 as u64 }),
        (_, Err(_)) => Err(Some(FailKind::Overflow)),
    }
}

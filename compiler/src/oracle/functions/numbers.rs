//! Ints and floats.

use crate::oracle::arith;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::functions::Answer;
use crate::oracle::functions::fail;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::typed::Arith;
use crate::types::typed::Slack;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
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
        (Func::Sign, [Int(i)]) => Int(i.signum()),
        (Func::Sign, [Float(f)]) if f.get() == 0.0 => return float(0.0),
        (Func::Sign, [Float(f)]) => return float(f.get().signum()),
        (Func::Min | Func::MinOf, [a, b]) => a.min(b).clone(),
        (Func::Max | Func::MaxOf, [a, b]) => a.max(b).clone(),
        (Func::Clamp, [x, low, _]) if x < low => low.clone(),
        (Func::Clamp, [x, _, high]) if x > high => high.clone(),
        (Func::Clamp, [x, _, _]) => x.clone(),
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
        (Func::Fixed, [Float(f), Int(digits)]) => match usize::try_from(*digits) {
            Ok(digits @ 0..=1074) => Value::Str(fixed(f.get(), digits)),
            _ => return fail(Kind::BadArgument, span),
        },
        (Func::Sqrt, [Float(f)]) => return float(f.get().sqrt()),
        (Func::IsNan, [Float(f)]) => Value::Bool(f.get().is_nan()),
        (Func::Pow, [Float(a), Float(b)]) => return float(a.get().powf(b.get())),
        (Func::Pow, [Int(base), Int(exponent)]) => return Some(power(*base, *exponent, span)),
        _ => return whole(func, values, span),
    }))
}

/// What is about ints alone; in wide ints, so that only the result can be out
/// of range.
fn whole(func: Func, values: &[Value], span: Span) -> Answer {
    let [Value::Int(a), rest @ ..] = values else { return None };
    let b = if let [Value::Int(b)] = rest { *b } else { 0 };
    let (x, y) = (i128::from(*a), i128::from(b));
    let exact = match func {
        Func::DivFloor | Func::ModFloor if b == 0 => return fail(Kind::DivisionByZero, span),
        Func::DivFloor => (x - floor_rest(x, y)) / y,
        Func::ModFloor => floor_rest(x, y),
        Func::Gcd => gcd(x.abs(), y.abs()),
        Func::BitAnd => x & y,
        Func::BitOr => x | y,
        Func::BitXor => x ^ y,
        Func::ShiftLeft | Func::ShiftRight if !(0..64).contains(&b) => {
            return fail(Kind::BadArgument, span);
        }
        // The low 64 bits, read with their sign.
        Func::ShiftLeft => i128::from((x << y) as i64),
        Func::ShiftRight => x >> y,
        Func::BitCount => (0..64).map(|bit| x >> bit & 1).sum(),
        _ => return None,
    };
    match i64::try_from(exact) {
        Ok(i) => Some(Ok(Value::Int(i))),
        Err(_) => fail(Kind::Overflow, span),
    }
}

/// The remainder with the sign of the divisor.
fn floor_rest(a: i128, b: i128) -> i128 {
    let rest = a % b;
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
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

/// All digits of a float, 1074 behind the point, rounded by the rule of schools.
fn fixed(x: f64, digits: usize) -> String {
    if x.is_nan() {
        return "nan".into();
    }
    let exact = format!("{:.1074}", x.abs());
    let Some((whole, rest)) = exact.split_once('.') else {
        return if x > 0.0 { "inf".into() } else { "-inf".into() };
    };
    let mut kept: Vec<u8> = whole.bytes().chain(rest.bytes().take(digits)).collect();
    let mut carry = rest.as_bytes().get(digits).is_some_and(|d| *d >= b'5');
    for digit in kept.iter_mut().rev() {
        let next = *digit + u8::from(carry);
        carry = next > b'9';
        *digit = if carry { b'0' } else { next };
    }
    if carry {
        kept.insert(0, b'1');
    }
    let zero = kept.iter().all(|d| *d == b'0');
    let mut text: String = kept.into_iter().map(char::from).collect();
    if digits > 0 {
        text.insert(text.len() - digits, '.');
    }
    if x < 0.0 && !zero { format!("-{text}") } else { text }
}

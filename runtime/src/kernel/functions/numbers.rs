//! Functions on ints and floats, and what compares values of any type.

use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::make;
use super::ty;
use crate::kernel::scalar::Scalars;
use crate::value::order::compare;
use crate::value::word::float_word;

/// 2^63, the first float that is no int.
const INT_END: f64 = 9_223_372_036_854_775_808.0;

/// As many digits as a float can have behind the point.
const DIGITS_MAX: usize = 1074;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let of_float = matches!(a.tys.first().map(|&t| ty(s, t)), Some(Type::Float));
    match f {
        Func::Min | Func::MinOf | Func::Max | Func::MaxOf | Func::Clamp => Ok(compared(f, a, s)),
        Func::Float if of_float => Ok(a.words[0]),
        Func::Float => Ok(float_word(a.int(0) as f64)),
        Func::Fixed => fixed(a.float(0), a.int(1), s),
        _ if of_float => float(f, a),
        _ => int(f, a),
    }
}

fn compared(f: Func, a: &Args, s: &Scalars) -> u64 {
    let order = |x: u64, y: u64| compare(s.types, a.ty, x, y, s.interner);
    let (x, y) = (a.words[0], a.words[1]);
    match f {
        Func::Clamp if order(x, y).is_lt() => y,
        Func::Clamp if order(x, a.words[2]).is_gt() => a.words[2],
        Func::Clamp => x,
        Func::Min | Func::MinOf => {
            if order(x, y).is_le() {
                x
            } else {
                y
            }
        }
        _ => {
            if order(x, y).is_ge() {
                x
            } else {
                y
            }
        }
    }
}

fn float(f: Func, a: &Args) -> Outcome {
    let x = a.float(0);
    Ok(float_word(match f {
        Func::Abs => x.abs(),
        Func::Sign if x > 0.0 => 1.0,
        Func::Sign if x < 0.0 => -1.0,
        Func::Sign => x,
        Func::IsNan => return Ok(u64::from(x.is_nan())),
        Func::Int => return truncated(x.trunc()),
        Func::Floor => x.floor(),
        Func::Ceil => x.ceil(),
        Func::Round => x.round(),
        Func::Sqrt => x.sqrt(),
        _ => x.powf(a.float(1)),
    }))
}

fn truncated(x: f64) -> Outcome {
    if x.is_nan() {
        Err(Some(FailKind::BadArgument))
    } else if (-INT_END..INT_END).contains(&x) {
        Ok(x as i64 as u64)
    } else {
        Err(Some(FailKind::Overflow))
    }
}

/// The library rounds halves to even, so a half is written whole and cut here. A float ends
/// behind the point after as many decimal digits as binary ones, and then in a 5.
fn fixed(x: f64, digits: i64, s: &mut Scalars) -> Outcome {
    let digits = usize::try_from(digits).ok().filter(|n| *n <= DIGITS_MAX);
    let digits = digits.ok_or(Some(FailKind::BadArgument))?;
    let mut text = if x.is_finite() && binary_digits(x) == digits + 1 {
        let mut text = format!("{x:.0$}", digits + 1).into_bytes();
        text.truncate(text.len() - if digits == 0 { 2 } else { 1 });
        one_up(text)
    } else if x.is_nan() {
        b"nan".to_vec()
    } else {
        format!("{x:.digits$}").into_bytes()
    };
    if text[0] == b'-' && text[1..].iter().all(|c| matches!(c, b'0' | b'.')) {
        text.remove(0);
    }
    make(s, &text)
}

/// How many binary digits a finite float has behind the point.
fn binary_digits(x: f64) -> usize {
    let bits = x.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
    let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
    let down = 1075 - exponent.max(1) - i64::from(mantissa.trailing_zeros());
    if mantissa == 0 { 0 } else { usize::try_from(down).unwrap_or(0) }
}

/// A decimal number with its last digit raised by one, away from zero.
fn one_up(mut text: Vec<u8>) -> Vec<u8> {
    for at in (0..text.len()).rev() {
        match text[at] {
            b'9' => text[at] = b'0',
            b'0'..=b'8' => {
                text[at] += 1;
                return text;
            }
            _ => {}
        }
    }
    let sign = usize::from(text.first() == Some(&b'-'));
    text.insert(sign, b'1');
    text
}

fn int(f: Func, a: &Args) -> Outcome {
    let x = a.int(0);
    let y = || a.int(1);
    let overflow = Some(FailKind::Overflow);
    Ok(match f {
        Func::Abs => x.checked_abs().ok_or(overflow)?,
        Func::Sign => x.signum(),
        Func::Nat if x < 0 => return Err(Some(FailKind::Negative)),
        Func::Pow => return power(x, y()),
        Func::DivFloor | Func::ModFloor if y() == 0 => {
            return Err(Some(FailKind::DivisionByZero));
        }
        Func::DivFloor => {
            let cut = x.checked_div(y()).ok_or(overflow)?;
            // Cut towards zero is one too much where something is left on the other side.
            if x % y() != 0 && (x < 0) != (y() < 0) { cut - 1 } else { cut }
        }
        Func::ModFloor => {
            // The least int by -1 leaves nothing; the machine would trap.
            let rest = x.checked_rem(y()).unwrap_or(0);
            if rest != 0 && (rest < 0) != (y() < 0) { rest + y() } else { rest }
        }
        Func::Gcd => {
            i64::try_from(gcd(x.unsigned_abs(), y().unsigned_abs())).map_err(|_| overflow)?
        }
        Func::BitAnd => x & y(),
        Func::BitOr => x | y(),
        Func::BitXor => x ^ y(),
        Func::ShiftLeft | Func::ShiftRight => {
            let places = u32::try_from(y()).ok().filter(|n| *n < 64);
            let places = places.ok_or(Some(FailKind::BadArgument))?;
            if f == Func::ShiftLeft { x << places } else { x >> places }
        }
        Func::BitCount => i64::from(x.count_ones()),
        // An int, a nat or a bool is the word.
        _ => x,
    } as u64)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn power(base: i64, exponent: i64) -> Outcome {
    match (base, u32::try_from(exponent)) {
        (_, Ok(e)) => base.checked_pow(e).map(|x| x as u64).ok_or(Some(FailKind::Overflow)),
        (0 | 1, Err(_)) => Ok(base as u64),
        (-1, Err(_)) => Ok(if exponent % 2 == 0 { 1 } else { -1i64 as u64 }),
        (_, Err(_)) => Err(Some(FailKind::Overflow)),
    }
}

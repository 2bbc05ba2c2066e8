//! Arithmetic: exact in wide integers, then judged against the range of the
//! type. This room must not know variables or rules.

use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::typed::Arith;
use crate::types::typed::Slack;

/// `a op b`.
pub fn arith(op: Arith, a: Value, b: Value, slack: Slack, span: Span) -> Result<Value, Stop> {
    use Value::Duration;
    use Value::Int;
    use Value::Time;
    let whole = |a: i64, b: i64| integers(op, a.into(), b.into(), slack, span);
    Ok(match (a, b, op) {
        (Value::Float(a), Value::Float(b), _) => Value::float(floats(op, a.get(), b.get())),
        (Int(a), Int(b), _) => Int(whole(a, b)?),
        (Time(a), Duration(b), Arith::Add | Arith::Sub) => Time(whole(a, b)?),
        (Duration(a), Time(b), Arith::Add) => Time(whole(a, b)?),
        (Time(a), Time(b), Arith::Sub) => Duration(whole(a, b)?),
        (Duration(a), Duration(b), Arith::Add | Arith::Sub | Arith::Rem) => Duration(whole(a, b)?),
        (Duration(a), Duration(b), Arith::Div) => Int(whole(a, b)?),
        (Duration(a), Int(b), Arith::Mul | Arith::Div) => Duration(whole(a, b)?),
        (Int(a), Duration(b), Arith::Mul) => Duration(whole(a, b)?),
        _ => return Err(Stop::Fail(Kind::Broken("arithmetic on values without it"), span)),
    })
}

/// `-a`.
pub fn negate(a: Value, slack: Slack, span: Span) -> Result<Value, Stop> {
    Ok(match a {
        Value::Int(a) => Value::Int(narrow(-i128::from(a), slack, span)?),
        Value::Duration(a) => Value::Duration(narrow(-i128::from(a), slack, span)?),
        Value::Float(a) => Value::float(-a.get()),
        _ => return Err(Stop::Fail(Kind::Broken("`-` on a value without it"), span)),
    })
}

fn floats(op: Arith, a: f64, b: f64) -> f64 {
    match op {
        Arith::Add => a + b,
        Arith::Sub => a - b,
        Arith::Mul => a * b,
        Arith::Div => a / b,
        Arith::Rem => a % b,
    }
}

fn integers(op: Arith, a: i128, b: i128, slack: Slack, span: Span) -> Result<i64, Stop> {
    if b == 0 && matches!(op, Arith::Div | Arith::Rem) {
        return Err(Stop::Fail(Kind::DivisionByZero, span));
    }
    let exact = match op {
        Arith::Add => a + b,
        Arith::Sub => a - b,
        Arith::Mul => a * b,
        Arith::Div => a / b,
        Arith::Rem => a % b,
    };
    narrow(exact, slack, span)
}

/// The exact result as a value of the language, or what becomes of it.
fn narrow(exact: i128, slack: Slack, span: Span) -> Result<i64, Stop> {
    i64::try_from(exact).map_err(|_| match slack {
        Slack::NoRowAbove if exact > 0 => Stop::NoRow,
        Slack::NoRowBelow if exact < 0 => Stop::NoRow,
        Slack::Fail | Slack::NoRowAbove | Slack::NoRowBelow => Stop::Fail(Kind::Overflow, span),
    })
}

/// The exact sum of floats, rounded once to the nearest float, ties to even.
///
/// Every finite float is a whole multiple of 2^-1074 below 2^2098 such units,
/// so positive and negative ones are added up as plain big numbers.
pub fn float_sum(values: impl Iterator<Item = f64>) -> f64 {
    float_mean(values, 1)
}

/// The exact mean of floats, `n` of them, rounded once.
pub fn float_mean(values: impl Iterator<Item = f64>, n: u64) -> f64 {
    let (mut above, mut below) = (Big::default(), Big::default());
    let (mut up, mut down) = (false, false);
    for value in values {
        if value.is_nan() {
            return f64::NAN;
        }
        if value.is_infinite() {
            *if value > 0.0 { &mut up } else { &mut down } = true;
            continue;
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        let side = if value < 0.0 { &mut below } else { &mut above };
        side.add_shifted(mantissa, exponent.saturating_sub(1));
    }
    match (up, down) {
        (true, true) => f64::NAN,
        (true, false) => f64::INFINITY,
        (false, true) => f64::NEG_INFINITY,
        (false, false) if above >= below => above.minus(&below).over(n),
        (false, false) => -below.minus(&above).over(n),
    }
}

/// The exact mean of ints with this sum, rounded once.
pub fn int_mean(total: i128, n: u64) -> f64 {
    let mut size = Big::default();
    let whole = total.unsigned_abs();
    size.add_shifted(whole as u64, ONE);
    size.add_shifted((whole >> 64) as u64, ONE + 64);
    if total < 0 { -size.over(n) } else { size.over(n) }
}

/// The place of the bit that counts one.
const ONE: usize = 1074;

/// Limbs of 32 bits: 2098 bits of one float and room for 2^78 of them.
const LIMBS: usize = 68;

/// A big natural number, most significant limb first, so that the derived
/// order is that of the numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Big([u32; LIMBS]);

impl Default for Big {
    fn default() -> Big {
        Big([0; LIMBS])
    }
}

impl Big {
    fn add_shifted(&mut self, mantissa: u64, shift: usize) {
        let mut wide = u128::from(mantissa) << (shift % 32);
        let mut at = LIMBS - 1 - shift / 32;
        while wide != 0 {
            wide += u128::from(self.0[at]);
            self.0[at] = wide as u32;
            wide >>= 32;
            at -= 1;
        }
    }

    /// The difference from a number that is not greater.
    fn minus(&self, other: &Big) -> Big {
        let mut out = Big::default();
        let mut borrow = 0i64;
        for at in (0..LIMBS).rev() {
            let digit = i64::from(self.0[at]) - i64::from(other.0[at]) - borrow;
            borrow = i64::from(digit < 0);
            out.0[at] = digit as u32;
        }
        out
    }

    fn bit(&self, index: usize) -> bool {
        self.0[LIMBS - 1 - index / 32] >> (index % 32) & 1 == 1
    }

    /// The float nearest to this many units divided by `n`.
    fn over(&self, n: u64) -> f64 {
        let (mut out, mut rest) = (Big::default(), 0u128);
        for at in 0..LIMBS {
            rest = rest << 32 | u128::from(self.0[at]);
            out.0[at] = (rest / u128::from(n)) as u32;
            rest %= u128::from(n);
        }
        out.rounded(rest * 2, n.into())
    }

    /// The float nearest to this many units and a fraction of one, of which
    /// twice the numerator is given.
    fn rounded(&self, twice: u128, n: u128) -> f64 {
        let Some(top) = (0..LIMBS * 32).rev().find(|&i| self.bit(i)) else {
            // Half of the least float is a tie, and zero is even.
            return if twice > n { f64::from_bits(1) } else { 0.0 };
        };
        let low = top.saturating_sub(52);
        let mantissa = (low..=top).rev().fold(0u64, |m, i| m << 1 | u64::from(self.bit(i)));
        let (half, beyond) = match low {
            0 => (twice >= n, twice > n),
            _ => (self.bit(low - 1), twice > 0 || (0..low - 1).any(|i| self.bit(i))),
        };
        let rounded = mantissa + u64::from(half && (beyond || mantissa & 1 == 1));
        // Without its top bit the mantissa of a normal float is added to the
        // exponent, so that a carry out of it raises the exponent.
        let bits = if top < 52 { rounded } else { ((low as u64) << 52) + rounded };
        f64::from_bits(bits.min(f64::INFINITY.to_bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_sums_are_exact_and_rounded_once() {
        let sum = |xs: &[f64]| float_sum(xs.iter().copied());
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[1e308, 1e308, -1e308]), 1e308);
        assert_eq!(sum(&[1e308, 1e308]), f64::INFINITY);
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[f64::MIN_POSITIVE, -f64::MIN_POSITIVE / 2.0]), f64::MIN_POSITIVE / 2.0);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
        assert_eq!(sum(&[-3.5]), -3.5);
        assert_eq!(sum(&[9007199254740992.0, 1.0]), 9007199254740992.0);
        assert_eq!(sum(&[9007199254740992.0, 1.0, 1e-300]), 9007199254740994.0);
        assert_eq!(sum(&[9007199254740991.0, 0.5, 0.5]), 9007199254740992.0);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn one_float_sums_to_itself() {
        let mut bits = 1u64;
        for _ in 0..2000 {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let float = f64::from_bits(bits);
            if float.is_finite() {
                assert_eq!(float_sum([float].into_iter()), float);
            }
        }
    }

    #[test]
    fn slack_is_taken_on_its_side_only() {
        let at = Span::default();
        let add = |a, b, slack| arith(Arith::Add, Value::Int(a), Value::Int(b), slack, at);
        assert_eq!(add(i64::MAX, 1, Slack::NoRowAbove), Err(Stop::NoRow));
        assert_eq!(add(i64::MAX, 1, Slack::NoRowBelow), Err(Stop::Fail(Kind::Overflow, at)));
        assert_eq!(add(i64::MIN, -1, Slack::NoRowBelow), Err(Stop::NoRow));
        assert_eq!(add(i64::MIN, -1, Slack::Fail), Err(Stop::Fail(Kind::Overflow, at)));
    }
}

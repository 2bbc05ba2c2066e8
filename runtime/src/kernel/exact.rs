//! Sums of floats: the exact result, rounded once, so that no bit of it hangs
//! on the order of the rows. A long accumulator after Kulisch: one wide fixed
//! point number that holds every finite float and their sums. (The crates that
//! were tried round negative totals wrongly, or panic when a sum overflows.)

/// Bits of one limb; the rest of its word takes carries.
const LIMB: u32 = 32;
/// Limbs: 2,098 bits of floats, and room above for 2^64 of them.
const LIMBS: usize = 68;
/// Additions before carries must be moved on: each adds less than 2^32.
const ADDS_MAX: u32 = 1 << 30;
/// Floats kept as they are before an accumulator is worth its half kilobyte.
const FEW: usize = 12;
/// Up to here every int is a float.
const EXACT: u128 = 1 << 53;
/// The exponent of the least bit of a float.
const LEAST: i32 = -1074;

/// A sum of floats.
#[derive(Clone)]
pub enum ExactSum {
    /// The floats.
    Few(Vec<f64>),
    /// Their sum.
    Many(Box<Accumulator>),
}

/// A fixed point number: limb `i` counts `2^(32 i - 1074)`.
#[derive(Clone)]
pub struct Accumulator {
    limbs: [i64; LIMBS],
    adds: u32,
    /// Infinities and NaN go their own way: an ordinary sum of them.
    special: Option<f64>,
}

impl Default for ExactSum {
    fn default() -> ExactSum {
        ExactSum::Few(Vec::new())
    }
}

impl ExactSum {
    /// Adds a float.
    pub fn add(&mut self, x: f64) {
        match self {
            ExactSum::Few(xs) if xs.len() < FEW => xs.push(x),
            ExactSum::Few(xs) => {
                let mut sum = Accumulator::of(xs);
                sum.add(x);
                *self = ExactSum::Many(Box::new(sum));
            }
            ExactSum::Many(sum) => sum.add(x),
        }
    }

    /// The sum, rounded to the nearest float, ties to even; infinite beyond
    /// the greatest.
    pub fn total(&mut self) -> f64 {
        self.mean(1)
    }

    /// The mean of `n` numbers with this sum, rounded likewise and only once.
    pub fn mean(&mut self, n: u64) -> f64 {
        match self {
            ExactSum::Few(xs) => Accumulator::of(xs).mean(n),
            ExactSum::Many(sum) => sum.mean(n),
        }
    }
}

/// The exact mean of `n` ints with this sum, rounded once.
pub fn mean(sum: i128, n: u64) -> f64 {
    // Both are floats: the machine rounds their quotient, and nothing else.
    if sum.unsigned_abs() <= EXACT && u128::from(n) <= EXACT {
        return sum as f64 / n as f64;
    }
    let pieces = (0..4).map(|i| {
        let piece = sum.unsigned_abs() >> (LIMB * i) & 0xffff_ffff;
        piece as f64 * power_of_two((LIMB * i) as i32) * if sum < 0 { -1.0 } else { 1.0 }
    });
    Accumulator::of(&pieces.collect::<Vec<_>>()).mean(n)
}

impl Accumulator {
    fn of(xs: &[f64]) -> Accumulator {
        let mut sum = Accumulator { limbs: [0; LIMBS], adds: 0, special: None };
        xs.iter().for_each(|&x| sum.add(x));
        sum
    }

    fn add(&mut self, x: f64) {
        if !x.is_finite() {
            self.special = Some(self.special.map_or(x, |y| y + x));
            return;
        }
        let bits = x.to_bits();
        let exponent = (bits >> 52 & 0x7ff) as u32;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormal floats have the exponent of the least normal ones.
        let (mantissa, offset) =
            if exponent == 0 { (fraction, 0) } else { (fraction | 1 << 52, exponent - 1) };
        let wide = u128::from(mantissa) << (offset % LIMB);
        let at = (offset / LIMB) as usize;
        for (i, limb) in self.limbs[at..at + 3].iter_mut().enumerate() {
            let part = (wide >> (LIMB * i as u32) & 0xffff_ffff) as i64;
            *limb += if bits >> 63 == 1 { -part } else { part };
        }
        self.adds += 1;
        if self.adds == ADDS_MAX {
            self.carry();
        }
    }

    /// Brings every limb but the last into `0..2^32`; the last has the sign.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.limbs[..LIMBS - 1] {
            let sum = *limb + carry;
            *limb = sum & 0xffff_ffff;
            carry = sum >> LIMB;
        }
        self.limbs[LIMBS - 1] += carry;
        self.adds = 0;
    }

    fn mean(&mut self, n: u64) -> f64 {
        if let Some(special) = self.special {
            return special;
        }
        self.carry();
        let negative = self.limbs[LIMBS - 1] < 0;
        if negative {
            self.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            self.carry();
        }
        let size = self.over(n);
        if negative {
            self.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            return -size;
        }
        size
    }

    /// The float nearest to an `n`th of the limbs, which are carried and not negative.
    fn over(&self, n: u64) -> f64 {
        if n <= 1 {
            return self.magnitude(0, 1);
        }
        let mut part = Accumulator { limbs: [0; LIMBS], adds: 0, special: None };
        let (n, mut rest) = (u128::from(n), 0u128);
        for at in (0..LIMBS).rev() {
            rest = rest << LIMB | self.limbs[at] as u128;
            part.limbs[at] = (rest / n) as i64;
            rest %= n;
        }
        part.magnitude(rest, n)
    }

    /// The float nearest to the limbs and `rest / n` of their least unit.
    fn magnitude(&self, rest: u128, n: u128) -> f64 {
        let top = self.limbs.iter().rposition(|&limb| limb != 0).unwrap_or(0);
        let bits = (self.limbs[top] as u64 | 1).ilog2();
        let high = top as u32 * LIMB + bits;
        if high < 53 {
            // No more bits than a float has: only the rest can ask for rounding.
            let whole = self.limbs[0] as u64 | (self.limbs[1] as u64) << LIMB;
            let up = 2 * rest > n || 2 * rest == n && whole & 1 == 1;
            return (whole + u64::from(up)) as f64 * f64::from_bits(1);
        }
        let low = high - 52;
        let mut mantissa = 0u64;
        for bit in (low..=high).rev() {
            mantissa = mantissa << 1 | self.bit(bit);
        }
        let half = self.bit(low - 1) == 1;
        let more = rest > 0 || (0..low - 1).any(|bit| self.bit(bit) == 1);
        if half && (more || mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa as f64 * power_of_two(low as i32 + LEAST)
    }

    fn bit(&self, at: u32) -> u64 {
        (self.limbs[(at / LIMB) as usize] >> (at % LIMB) & 1) as u64
    }
}

/// `2^e` for exponents that floats have; infinite beyond.
fn power_of_two(e: i32) -> f64 {
    match e {
        ..=-1023 => f64::from_bits(1 << (e - LEAST)),
        -1022..=1023 => f64::from_bits(((e + 1023) as u64) << 52),
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ExactSum;
    use super::mean;

    fn sum(xs: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        xs.iter().for_each(|&x| sum.add(x));
        sum.total()
    }

    #[test]
    fn rounds_once() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[-1.0, -1.0]), -2.0);
        assert_eq!(sum(&[-1.5]), -1.5);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, -1e16]), 1.0);
        assert_eq!(sum(&[1e308, 1e308, -1e308]), 1e308);
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[-f64::MAX, -f64::MAX]), f64::NEG_INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324, -1.5e-323]), -5e-324);
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0]), 1.0, "a tie goes to even");
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0, 5e-324]), 1.0 + f64::EPSILON);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }

    #[test]
    fn means_are_rounded_once() {
        let of = |xs: &[f64], n| {
            let mut sum = ExactSum::default();
            xs.iter().for_each(|&x| sum.add(x));
            sum.mean(n)
        };
        assert_eq!(of(&[f64::MAX, f64::MAX], 2), f64::MAX);
        assert_eq!(of(&[1.0, 1.0], 3), 2.0 / 3.0);
        assert_eq!(of(&[5e-324], 2), 0.0, "a tie goes to even");
        assert_eq!(of(&[1.5e-323], 2), 1e-323);
        assert_eq!(of(&[f64::INFINITY, 1.0], 2), f64::INFINITY);
        assert_eq!(mean(-3, 2), -1.5);
        assert_eq!(mean(i128::from(i64::MAX) * 2 - 1, 2), 9223372036854775807.0);
        assert_eq!(mean((1 << 54) + 1, 2), 9007199254740992.0);
        assert_eq!(mean((1 << 54) + 3, 2), 9007199254740994.0);
        assert_eq!(mean(-(1 << 54) - 3, 2), -9007199254740994.0);
    }

    proptest! {
        /// A quotient of two floats that are ints is rounded by the machine.
        #[test]
        fn agrees_with_the_machine_on_means(a in 0..1i64 << 53, n in 1..1u64 << 53) {
            let mut sum = ExactSum::default();
            sum.add(a as f64);
            prop_assert_eq!(sum.mean(n), a as f64 / n as f64);
        }

        /// Two floats are added by the machine with one rounding.
        #[test]
        fn agrees_with_the_machine_on_two(a in any::<f64>(), b in any::<f64>()) {
            let (found, wanted) = (sum(&[a, b]), a + b);
            prop_assert!(found == wanted || found.is_nan() && wanted.is_nan());
        }

        /// What is added and taken away again leaves nothing; order is nothing.
        #[test]
        fn order_does_not_matter(
            xs in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 0..40),
            x in -1e300..1e300f64,
        ) {
            let mut all = xs.clone();
            all.push(x);
            all.extend(xs.iter().map(|x| -x));
            prop_assert_eq!(sum(&all), x);
            all.reverse();
            prop_assert_eq!(sum(&all), x);
        }
    }
}

//! How many different words a column has, nearly, in one pass and four
//! kilobytes: HyperLogLog, with linear counting while there are few.

use crate::value::interner::hash_words;

/// Registers, as a power of two: an error of about 1.6 %.
const BITS: u32 = 12;
const REGISTERS: usize = 1 << BITS;

/// What was seen of a column.
pub struct Sketch {
    registers: Vec<u8>,
}

impl Default for Sketch {
    fn default() -> Sketch {
        Sketch { registers: vec![0; REGISTERS] }
    }
}

impl Sketch {
    /// Sees a word.
    #[inline(always)]
    pub fn add(&mut self, word: u64) {
        let hash = hash_words(&[word]);
        let at = (hash >> (64 - BITS)) as usize;
        // The mark ends the count where all other bits are 0.
        let rest = hash << BITS | 1 << (BITS - 1);
        let rank = rest.leading_zeros() as u8 + 1;
        self.registers[at] = self.registers[at].max(rank);
    }

    /// How many different ones there were.
    pub fn estimate(&self) -> u64 {
        let m = REGISTERS as f64;
        let sum: f64 = self.registers.iter().map(|rank| 0.5f64.powi(i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
        let empty = self.registers.iter().filter(|rank| **rank == 0).count();
        let few = raw <= 2.5 * m && empty > 0;
        (if few { m * (m / empty as f64).ln() } else { raw }).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::Sketch;

    #[test]
    fn estimates_are_near() {
        for n in [0u64, 1, 10, 1_000, 9_000, 12_000, 100_000, 1_000_000] {
            let mut sketch = Sketch::default();
            (0..n).for_each(|i| sketch.add(i));
            (0..n / 2).for_each(|i| sketch.add(i));
            let off = sketch.estimate().abs_diff(n) as f64;
            assert!(off <= 0.06 * n as f64, "{n} was taken for {}", sketch.estimate());
        }
    }
}

//! What ascending lists of words have in common. This room must not know
//! where lists come from.

/// How many times longer a list is before it is searched rather than read.
const GALLOP: usize = 16;
/// Words of a list before it is worth a set of bits.
const BITS_MIN: usize = 8;
/// Bits that a set may always have, and those for each word in it.
const BITS_FREE: usize = 1 << 16;
const BITS_PER_WORD: usize = 512;

/// The first place at or behind `from` whose word is not below `word`.
fn seek(list: &[u32], from: usize, word: u32) -> usize {
    let mut step = 1;
    let mut at = from;
    while at + step < list.len() && list[at + step] < word {
        at += step;
        step *= 2;
    }
    let end = (at + step + 1).min(list.len());
    at + list[at.min(end)..end].partition_point(|w| *w < word)
}

/// Puts into `out` what is in both lists, in order.
pub fn both(a: &[u32], b: &[u32], out: &mut Vec<u32>) {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() * GALLOP < long.len() {
        let mut at = 0;
        for &word in short {
            at = seek(long, at, word);
            if at == long.len() {
                return;
            }
            if long[at] == word {
                out.push(word);
            }
        }
        return;
    }
    let start = out.len();
    out.resize(start + short.len(), 0);
    let (mut i, mut j, mut n) = (0, 0, start);
    // Without a branch on the words, which nobody could predict.
    while i < short.len() && j < long.len() {
        let (x, y) = (short[i], long[j]);
        out[n] = x;
        n += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    out.truncate(n);
}

/// Keeps of an ascending list what is in another one too.
pub fn retain(kept: &mut Vec<u32>, list: &[u32]) {
    let mut at = 0;
    kept.retain(|&word| {
        at = seek(list, at, word);
        list.get(at) == Some(&word)
    });
}

/// A list that meets many others in turn, as bits where that is small.
#[derive(Default)]
pub struct Base {
    /// The list that the bits are of, by address: lists stand still in a run.
    of: (usize, usize),
    is_new: bool,
    words: Vec<u32>,
    bits: Vec<u64>,
    low: u32,
    /// One more than the greatest offset; 0: no bits.
    width: u32,
}

impl Base {
    /// Makes it stand for a list.
    pub fn set(&mut self, list: &[u32]) {
        let of = (list.as_ptr() as usize, list.len());
        if self.of != of {
            // Bits pay when the list is met a second time.
            self.clear();
            self.of = of;
            self.is_new = true;
            return;
        }
        if !std::mem::take(&mut self.is_new) {
            return;
        }
        let (Some(&low), Some(&high)) = (list.first(), list.last()) else { return };
        let width = (high - low) as usize + 1;
        if list.len() < BITS_MIN || width > BITS_FREE.max(list.len() * BITS_PER_WORD) {
            return;
        }
        self.low = low;
        self.width = width as u32;
        if self.bits.len() * 64 < width {
            self.bits.resize(width.div_ceil(64), 0);
        }
        self.words.extend_from_slice(list);
        for &word in list {
            let at = word - low;
            self.bits[at as usize / 64] |= 1 << (at % 64);
        }
    }

    fn clear(&mut self) {
        for word in self.words.drain(..) {
            self.bits[(word - self.low) as usize / 64] = 0;
        }
        self.width = 0;
    }

    /// Puts into `out` what `list`, which it was set to, and another have in common.
    pub fn meet(&self, list: &[u32], other: &[u32], out: &mut Vec<u32>) {
        if self.width == 0 || list.len() * GALLOP < other.len() {
            return both(list, other, out);
        }
        let start = out.len();
        out.resize(start + other.len(), 0);
        let mut n = start;
        for &word in other {
            let at = word.wrapping_sub(self.low);
            let inside = at < self.width;
            let at = if inside { at } else { 0 };
            let bit = self.bits[at as usize / 64] >> (at % 64) & 1;
            out[n] = word;
            n += usize::from(inside & (bit == 1));
        }
        out.truncate(n);
    }
}

#[cfg(test)]
mod tests {
    use super::Base;
    use super::both;
    use super::retain;

    fn list(seed: u32, n: u32, gap: u32) -> Vec<u32> {
        let mut state = seed;
        let mut word = seed % 7;
        let mut out = Vec::new();
        for _ in 0..n {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            word += 1 + (state >> 16) % gap;
            out.push(word);
        }
        out
    }

    #[test]
    fn all_ways_agree() {
        for (n, m, gap) in [(0, 5, 3), (1, 400, 2), (9, 9, 2), (40, 300, 4), (300, 20, 900)] {
            let (a, b) = (list(3, n, gap), list(11, m, 3));
            let plain: Vec<u32> = a.iter().copied().filter(|w| b.contains(w)).collect();
            let mut merged = Vec::new();
            both(&a, &b, &mut merged);
            assert_eq!(merged, plain, "both {n} {m}");
            let mut kept = a.clone();
            retain(&mut kept, &b);
            assert_eq!(kept, plain, "retain {n} {m}");
            let mut base = Base::default();
            for (one, other) in [(&a, &b), (&a, &b), (&b, &a), (&a, &b)] {
                let mut met = Vec::new();
                base.set(one);
                base.meet(one, other, &mut met);
                assert_eq!(met, plain, "base {n} {m}");
            }
        }
    }
}

//! Several words in one. Words that are small, as ids and most numbers are, stand
//! side by side in one word; others are written down once, and their number
//! stands for them. Equal words have equal codes as long as the book lives. What
//! words mean is not known here.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

/// Set in codes that are numbers of the book.
const BOOKED: u64 = 1 << 63;
/// No code is this one.
pub const NONE: u64 = u64::MAX;

/// Words that have no room in one.
#[derive(Default)]
struct Book {
    numbers: FxHashMap<Box<[u64]>, u64>,
    words: Vec<Box<[u64]>>,
}

/// From words to codes and back.
#[derive(Clone, Default)]
pub struct Codec {
    book: Rc<RefCell<Book>>,
}

impl Codec {
    /// Number of codes that were written down.
    pub fn booked(&self) -> usize {
        self.book.borrow().words.len()
    }

    /// The code of words.
    #[inline]
    pub fn pack(&self, words: &[u64]) -> u64 {
        match *words {
            [] => 0,
            [a] if a < BOOKED => a,
            [a, b] if (a | b) >> 31 == 0 => a << 31 | b,
            [a, b, c] if (a | b | c) >> 21 == 0 => (a << 21 | b) << 21 | c,
            [a, b, c, d] if (a | b | c | d) >> 15 == 0 => ((a << 15 | b) << 15 | c) << 15 | d,
            _ => self.book(words),
        }
    }

    /// Hands each word of a code, of which there are `n`, to its place.
    #[inline]
    pub fn unpack(&self, code: u64, n: usize, mut to: impl FnMut(usize, u64)) {
        const LOW31: u64 = (1 << 31) - 1;
        const LOW21: u64 = (1 << 21) - 1;
        const LOW15: u64 = (1 << 15) - 1;
        match n {
            0 => {}
            _ if code >= BOOKED => {
                let book = self.book.borrow();
                if let Some(words) = book.words.get((code & !BOOKED) as usize) {
                    words.iter().enumerate().for_each(|(at, &word)| to(at, word));
                }
            }
            1 => to(0, code),
            2 => {
                to(0, code >> 31);
                to(1, code & LOW31);
            }
            3 => {
                to(0, code >> 42);
                to(1, code >> 21 & LOW21);
                to(2, code & LOW21);
            }
            _ => {
                to(0, code >> 45);
                to(1, code >> 30 & LOW15);
                to(2, code >> 15 & LOW15);
                to(3, code & LOW15);
            }
        }
    }

    #[cold]
    fn book(&self, words: &[u64]) -> u64 {
        let book = &mut *self.book.borrow_mut();
        if let Some(number) = book.numbers.get(words) {
            return *number;
        }
        let number = BOOKED | book.words.len() as u64;
        book.words.push(words.into());
        book.numbers.insert(words.into(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::Codec;
    use super::NONE;

    fn there_and_back(codec: &Codec, words: &[u64]) -> u64 {
        let code = codec.pack(words);
        let mut back = vec![7; words.len()];
        codec.unpack(code, words.len(), |at, word| back[at] = word);
        assert_eq!(back, words);
        assert_ne!(code, NONE);
        code
    }

    #[test]
    fn words_come_back() {
        let codec = Codec::default();
        let edges = [0, 1, (1 << 15) - 1, 1 << 15, (1 << 21) - 1, 1 << 21, (1 << 31) - 1, 1 << 31];
        let wide = [(1 << 63) - 1, 1 << 63, u64::MAX];
        let all: Vec<u64> = edges.into_iter().chain(wide).collect();
        for n in 0..6 {
            for (i, &a) in all.iter().enumerate() {
                let words: Vec<u64> =
                    (0..n).map(|k| if k % 2 == 0 { a } else { all[(i + k) % 8] }).collect();
                assert_eq!(there_and_back(&codec, &words), there_and_back(&codec, &words));
            }
        }
    }

    #[test]
    fn different_words_differ() {
        let codec = Codec::default();
        let words: [&[u64]; 4] = [&[1, 2], &[2, 1], &[1, 1 << 40], &[1 << 40, 1]];
        let codes: std::collections::BTreeSet<u64> =
            words.iter().map(|words| codec.pack(words)).collect();
        assert_eq!(codes.len(), words.len());
    }
}

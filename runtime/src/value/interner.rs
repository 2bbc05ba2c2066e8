//! Texts and compound values behind ids. Equal values have equal ids, so that
//! a join never looks inside. Ids are below 2^32, which lets relations keep
//! rows of ids in half the space; they mean nothing outside this process.

use hashbrown::HashTable;

/// Interned byte strings and word lists. The two have ids of their own; the
/// type of a column says which is meant.
#[derive(Default)]
pub struct Interner {
    bytes: Pool<u8>,
    words: Pool<u64>,
}

/// Slices of one element type, each once.
struct Pool<T> {
    data: Vec<T>,
    /// Slice `i` is `data[ends[i]..ends[i + 1]]`.
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        Pool { data: Vec::new(), ends: vec![0], table: HashTable::new() }
    }
}

impl<T: Copy + Eq> Pool<T> {
    fn get(&self, id: u32) -> &[T] {
        &self.data[self.ends[id as usize]..self.ends[id as usize + 1]]
    }

    fn intern(&mut self, value: &[T], hash: impl Fn(&[T]) -> u64) -> u32 {
        let h = hash(value);
        if let Some(&id) = self.table.find(h, |&id| self.get(id) == value) {
            return id;
        }
        let id = u32::try_from(self.ends.len() - 1).expect("fewer than 2^32 distinct values");
        self.data.extend_from_slice(value);
        self.ends.push(self.data.len());
        let (data, ends) = (&self.data, &self.ends);
        self.table
            .insert_unique(h, id, |&id| hash(&data[ends[id as usize]..ends[id as usize + 1]]));
        id
    }

    fn find(&self, value: &[T], hash: impl Fn(&[T]) -> u64) -> Option<u32> {
        self.table.find(hash(value), |&id| self.get(id) == value).copied()
    }

    fn bytes_used(&self) -> usize {
        self.data.capacity() * size_of::<T>()
            + self.ends.capacity() * size_of::<usize>()
            + self.table.allocation_size()
    }
}

impl Interner {
    /// An empty interner.
    pub fn new() -> Interner {
        Interner::default()
    }

    /// The id of a byte string, as a word.
    pub fn bytes(&mut self, value: &[u8]) -> u64 {
        u64::from(self.bytes.intern(value, hash_bytes))
    }

    /// The id of a byte string that was interned before.
    pub fn find_bytes(&self, value: &[u8]) -> Option<u64> {
        self.bytes.find(value, hash_bytes).map(u64::from)
    }

    /// The bytes of an id.
    pub fn get_bytes(&self, id: u64) -> &[u8] {
        self.bytes.get(id as u32)
    }

    /// The text of an id. Texts are UTF-8 by construction.
    pub fn get_text(&self, id: u64) -> &str {
        std::str::from_utf8(self.get_bytes(id)).unwrap_or("\u{fffd}")
    }

    /// The id of a word list, as a word.
    pub fn words(&mut self, value: &[u64]) -> u64 {
        u64::from(self.words.intern(value, hash_words))
    }

    /// The id of a word list that was interned before.
    pub fn find_words(&self, value: &[u64]) -> Option<u64> {
        self.words.find(value, hash_words).map(u64::from)
    }

    /// The words of an id.
    pub fn get_words(&self, id: u64) -> &[u64] {
        self.words.get(id as u32)
    }

    /// Bytes held.
    pub fn bytes_used(&self) -> usize {
        self.bytes.bytes_used() + self.words.bytes_used()
    }
}

/// A hash with good low and high bits.
pub fn hash_words(words: &[u64]) -> u64 {
    let mut h = 0x243f_6a88_85a3_08d3u64;
    for &w in words {
        h = fold(h ^ w, 0x9e37_79b9_7f4a_7c15);
    }
    fold(h ^ words.len() as u64, 0xd6e8_feb8_6659_fd93)
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut h = 0x1319_8a2e_0370_7344u64 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        h = fold(h ^ u64::from_le_bytes(word), 0x9e37_79b9_7f4a_7c15);
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    h = fold(h ^ u64::from_le_bytes(last), 0xa076_1d64_78bd_642f);
    fold(h, 0xe703_7ed1_a0b4_28db)
}

/// Multiplication folded to 64 bits: every input bit reaches every output bit.
#[inline(always)]
pub fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn equal_values_have_equal_ids() {
        let mut i = Interner::new();
        let a = i.bytes(b"tea");
        let b = i.bytes(b"coffee, a longer text");
        assert_ne!(a, b);
        assert_eq!(i.bytes(b"tea"), a);
        assert_eq!(i.get_bytes(b), b"coffee, a longer text");
        let w = i.words(&[1, 2, 3]);
        assert_eq!(i.words(&[1, 2, 3]), w);
        assert_ne!(i.words(&[]), w);
        assert_eq!(i.get_words(w), [1, 2, 3]);
        assert_eq!(i.find_bytes(b"none"), None);
    }
}

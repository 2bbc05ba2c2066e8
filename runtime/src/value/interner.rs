//! Texts and compound values behind ids. Equal values have equal ids, so that
//! a join never looks inside. Ids are below 2^32, which lets relations keep
//! rows of ids in half the space; they mean nothing outside this process.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::value::depth::Depths;
use crate::value::prefetch::prefetch;
use crate::value::reached::Bits;
use crate::value::reached::Reached;

/// Interned byte strings and word lists. The two have ids of their own; the
/// type of a column says which is meant.
#[derive(Clone, Default)]
pub struct Interner {
    bytes: Pool<u8>,
    words: Pool<u64>,
    depths: Depths,
}

/// Bits of a place that are the length.
const LENGTH_BITS: u32 = 28;
/// The greatest length in a place: it is elsewhere.
const LENGTH: u64 = (1 << LENGTH_BITS) - 1;
/// Slices that are looked up together.
const BATCH: usize = 16;
/// A slot without an id.
const EMPTY: u64 = u64::MAX;
/// The part of a slot that is its id; the rest is of the hash.
const ID: u64 = u32::MAX as u64;

/// Slices of one element type, each once.
#[derive(Clone)]
struct Pool<T> {
    data: Vec<T>,
    /// Where slice `i` is in `data`: its first place, and in the low bits its
    /// length. Where one of them is too large, both are in `long`.
    places: Vec<u64>,
    long: Vec<(usize, usize)>,
    /// Ids that nobody uses, to be given again; the last is the next.
    free: Vec<u32>,
    /// Ids by hash, at most two thirds full. The high half of a hash stands
    /// beside the id, so that few slices are looked at in vain, and a growing
    /// table looks at none: where a probe starts is told by the same half.
    slots: Vec<u64>,
}

impl<T> Default for Pool<T> {
    fn default() -> Pool<T> {
        let slots = vec![EMPTY; BATCH];
        Pool { data: Vec::new(), places: Vec::new(), long: Vec::new(), free: Vec::new(), slots }
    }
}

impl<T: Copy + Eq> Pool<T> {
    fn len(&self) -> usize {
        self.places.len()
    }

    #[inline(always)]
    fn get(&self, id: u32) -> &[T] {
        let (from, len) = self.place(id);
        &self.data[from..from + len]
    }

    #[inline(always)]
    fn place(&self, id: u32) -> (usize, usize) {
        let place = self.places[id as usize];
        let (from, len) = ((place >> LENGTH_BITS) as usize, (place & LENGTH) as usize);
        if len == LENGTH as usize { self.long[from] } else { (from, len) }
    }

    /// Says where a slice is.
    fn packed(&mut self, from: usize, len: usize) -> u64 {
        if len as u64 >= LENGTH || from as u64 >= 1 << (64 - LENGTH_BITS) {
            self.long.push((from, len));
            return (self.long.len() as u64 - 1) << LENGTH_BITS | LENGTH;
        }
        (from as u64) << LENGTH_BITS | len as u64
    }

    #[inline(always)]
    fn start(&self, hash: u64) -> usize {
        ((hash & !ID) >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    /// The id of a slice, or the slot where it would be.
    #[inline(always)]
    fn find(&self, value: &[T], hash: u64) -> Result<u32, usize> {
        let mut at = self.start(hash);
        loop {
            let slot = self.slots[at];
            if slot == EMPTY {
                return Err(at);
            }
            if (slot ^ hash) & !ID == 0 && self.get(slot as u32) == value {
                return Ok(slot as u32);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn reserve(&mut self, more: usize) {
        let wanted = (self.len() + more) * 3 / 2 + 1;
        if wanted <= self.slots.len() {
            return;
        }
        let size = wanted.next_power_of_two().max(self.slots.len() * 2);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        for slot in old.into_iter().filter(|slot| *slot != EMPTY) {
            let mut at = self.start(slot);
            while self.slots[at] != EMPTY {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = slot;
        }
    }

    fn intern(&mut self, value: &[T], hash: u64) -> u32 {
        self.reserve(1);
        let at = match self.find(value, hash) {
            Ok(id) => return id,
            Err(at) => at,
        };
        let place = self.packed(self.data.len(), value.len());
        self.data.extend_from_slice(value);
        let id = match self.free.pop() {
            Some(id) => {
                self.places[id as usize] = place;
                id
            }
            None => {
                let id = u32::try_from(self.len()).ok().filter(|id| *id < u32::MAX);
                self.places.push(place);
                id.expect("fewer than 2^32 distinct values")
            }
        };
        self.slots[at] = (hash & !ID) | u64::from(id);
        id
    }

    /// Interns the slices of another pool from one on; gives their ids here.
    fn absorb(&mut self, from: &Pool<T>, first: usize, hash: impl Fn(&[T]) -> u64) -> Vec<u32> {
        let many = from.len().saturating_sub(first);
        let mut ids = Vec::with_capacity(many);
        let mut hashes = [0; BATCH];
        while ids.len() < many {
            let batch = first + ids.len()..from.len().min(first + ids.len() + BATCH);
            self.reserve(batch.len());
            // One look after the other for all, so that no one waits alone for
            // the table, for the place of a slice, and for the slice.
            for (hash_of, id) in hashes.iter_mut().zip(batch.clone()) {
                *hash_of = hash(from.get(id as u32));
                prefetch(&self.slots, self.start(*hash_of));
            }
            let known = |hash: u64| Some(self.slots[self.start(hash)]).filter(|s| *s != EMPTY);
            for hash in &hashes[..batch.len()] {
                known(*hash).inspect(|slot| prefetch(&self.places, (slot & ID) as usize));
            }
            for hash in &hashes[..batch.len()] {
                known(*hash).inspect(|slot| prefetch(&self.data, self.place(*slot as u32).0));
            }
            for (hash, id) in hashes.iter().zip(batch) {
                ids.push(self.intern(from.get(id as u32), *hash));
            }
        }
        ids
    }

    /// Forgets all slices but those whose bits are set. Ids stay what they are;
    /// those of forgotten slices are given again.
    fn sweep(&mut self, live: &Bits) {
        let ids = (0..self.len() as u32).rev().find(|id| live.has(*id)).map_or(0, |last| last + 1);
        let kept = (0..ids).filter(|id| live.has(*id));
        let mut data = Vec::with_capacity(kept.clone().map(|id| self.place(id).1).sum());
        let mut places = Vec::with_capacity(ids as usize);
        let old_long = std::mem::take(&mut self.long);
        self.free = (0..ids).rev().filter(|id| !live.has(*id)).collect();
        for id in 0..ids {
            if !live.has(id) {
                places.push(0);
                continue;
            }
            let place = self.places[id as usize];
            let (from, len) = ((place >> LENGTH_BITS) as usize, (place & LENGTH) as usize);
            let is_long = len == LENGTH as usize;
            let (from, len) = if is_long { old_long[from] } else { (from, len) };
            places.push(self.packed(data.len(), len));
            data.extend_from_slice(&self.data[from..from + len]);
        }
        (self.data, self.places) = (data, places);
        let used = (self.len() - self.free.len()) * 3 / 2 + 1;
        let size = used.next_power_of_two().max(BATCH);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        for slot in old.into_iter().filter(|slot| *slot != EMPTY && live.has(*slot as u32)) {
            let mut at = self.start(slot);
            while self.slots[at] != EMPTY {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = slot;
        }
    }

    fn bytes_used(&self) -> usize {
        self.data.capacity() * size_of::<T>()
            + self.places.capacity() * size_of::<u64>()
            + self.long.capacity() * size_of::<(usize, usize)>()
            + self.free.capacity() * size_of::<u32>()
            + self.slots.capacity() * size_of::<u64>()
    }
}

impl Interner {
    /// An empty interner.
    pub fn new() -> Interner {
        Interner::default()
    }

    /// The id of a byte string, as a word.
    pub fn bytes(&mut self, value: &[u8]) -> u64 {
        u64::from(self.bytes.intern(value, hash_bytes(value)))
    }

    /// The id of a byte string that was interned before.
    pub fn find_bytes(&self, value: &[u8]) -> Option<u64> {
        self.bytes.find(value, hash_bytes(value)).ok().map(u64::from)
    }

    /// The bytes of an id.
    pub fn get_bytes(&self, id: u64) -> &[u8] {
        self.bytes.get(id as u32)
    }

    /// Interns the byte strings of another interner from an id on: the one after
    /// `i` others has here the id at place `i`.
    pub fn absorb_bytes(&mut self, from: &Interner, first: u64) -> Vec<u32> {
        self.bytes.absorb(&from.bytes, first as usize, hash_bytes)
    }

    /// Brings the bytes of many ids into the cache: first the places of all,
    /// then what is there.
    pub fn prefetch_bytes(&self, ids: impl Iterator<Item = u64> + Clone) {
        for id in ids.clone() {
            prefetch(&self.bytes.places, id as usize);
        }
        for id in ids.filter(|id| (*id as usize) < self.bytes.len()) {
            prefetch(&self.bytes.data, self.bytes.place(id as u32).0);
        }
    }

    /// The text of an id. Texts are UTF-8 by construction.
    pub fn get_text(&self, id: u64) -> &str {
        std::str::from_utf8(self.get_bytes(id)).unwrap_or("\u{fffd}")
    }

    /// The id of a word list, as a word.
    pub fn words(&mut self, value: &[u64]) -> u64 {
        u64::from(self.words.intern(value, hash_words(value)))
    }

    /// The id of a word list that was interned before.
    pub fn find_words(&self, value: &[u64]) -> Option<u64> {
        self.words.find(value, hash_words(value)).ok().map(u64::from)
    }

    /// The words of an id.
    pub fn get_words(&self, id: u64) -> &[u64] {
        self.words.get(id as u32)
    }

    /// How deep a value is.
    pub fn depth(&mut self, types: &[Type], ty: TypeId, word: u64) -> u32 {
        let mut depths = std::mem::take(&mut self.depths);
        let depth = depths.of(types, ty, word, self);
        self.depths = depths;
        depth
    }

    /// Ids given so far: of texts, and of lists of words.
    pub fn ids(&self) -> (u64, u64) {
        (self.bytes.len() as u64, self.words.len() as u64)
    }

    /// Values held.
    pub fn values(&self) -> usize {
        self.bytes.len() - self.bytes.free.len() + self.words.len() - self.words.free.len()
    }

    /// Forgets all values but the reached ones. Their ids stay.
    pub fn sweep(&mut self, reached: &Reached) {
        self.bytes.sweep(&reached.bytes);
        self.words.sweep(&reached.words);
        self.depths = Depths::default();
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

/// Likewise of bytes.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
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

    #[test]
    fn interners_absorb_each_other() {
        let (mut a, mut b) = (Interner::new(), Interner::new());
        let text = |n: u32| format!("text {n}").into_bytes();
        let known: Vec<u64> = (0..5_000).map(|n| a.bytes(&text(n * 2))).collect();
        for n in 0..10_000 {
            b.bytes(&text(n));
        }
        let ids = a.absorb_bytes(&b, 0);
        for n in 0..10_000u32 {
            assert_eq!(a.get_bytes(u64::from(ids[n as usize])), text(n));
            assert_eq!(a.bytes(&text(n)), u64::from(ids[n as usize]));
            assert!(n % 2 == 1 || known[n as usize / 2] == u64::from(ids[n as usize]));
        }
    }
}

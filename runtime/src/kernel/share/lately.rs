//! What a worker remembers to send less: rows that went out lately, and hashes
//! of values by id. Where rows go is not known here.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use rustc_hash::FxHashMap;

use crate::value::codec;
use crate::value::interner::Interner;
use crate::value::interner::hash_bytes;
use crate::value::interner::hash_words;

/// Spreads packed rows over the places where they are remembered.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Rows that were sent lately: most that are derived again are derived soon.
/// What it forgets is sent twice, which changes nothing.
#[derive(Clone, Default)]
pub struct Lately {
    /// Row after row, each at the place that its hash names.
    rows: Vec<u64>,
    /// By place, the time since when it is taken; 0: it is free.
    taken: Vec<u32>,
    /// Times that all was forgotten.
    times: u32,
    /// Packed rows, likewise.
    packed: Vec<u64>,
}

/// Rows that are remembered for each relation: they fit into the second cache.
const LATELY: usize = 1 << 14;
/// The same of packed rows, as a power of two.
const PACKED_BITS: u32 = 16;

/// Packed rows that are not worth remembering, where there were no others.
const FEW: usize = 64;

/// Where a packed row is remembered.
#[inline(always)]
fn packed_place(row: u64) -> usize {
    (row.wrapping_mul(FACTOR) >> (64 - PACKED_BITS)) as usize
}

impl Lately {
    /// Takes packed rows out of the end of a list that were sent lately.
    pub fn thin(&mut self, rows: &mut Vec<u64>, from: usize) {
        if self.packed.is_empty() && rows.len() - from < FEW {
            return;
        }
        if self.packed.is_empty() {
            // At no place a row that could be there.
            self.packed.resize(1 << PACKED_BITS, 0);
            self.packed[packed_place(0)] = 1;
        }
        let mut kept = from;
        for at in from..rows.len() {
            let row = rows[at];
            let known = std::mem::replace(&mut self.packed[packed_place(row)], row);
            rows[kept] = row;
            kept += usize::from(known != row);
        }
        rows.truncate(kept);
    }

    /// Whether a row was not sent lately, as far as is remembered.
    #[inline(always)]
    pub fn is_new(&mut self, row: &[u64]) -> bool {
        let now = self.times + 1;
        if row.is_empty() {
            return std::mem::replace(self.first(), now) != now;
        }
        if self.taken.len() < LATELY {
            self.taken = vec![0; LATELY];
            self.rows = vec![0; LATELY * row.len()];
        }
        let at = hash_words(row) as usize % LATELY;
        let place = &mut self.rows[at * row.len()..(at + 1) * row.len()];
        if self.taken[at] == now && place == row {
            return false;
        }
        self.taken[at] = now;
        place.copy_from_slice(row);
        true
    }

    fn first(&mut self) -> &mut u32 {
        self.taken.resize(self.taken.len().max(1), 0);
        &mut self.taken[0]
    }

    /// Forgets what was sent, at no cost where nothing was.
    pub fn forget(&mut self) {
        self.packed.clear();
        self.times = self.times.wrapping_add(1);
        if self.times == u32::MAX {
            *self = Lately::default();
        }
    }
}

/// Hashes of values that are the same at every worker, by id where they have one.
#[derive(Clone, Default)]
pub struct Hashes {
    /// Of texts; 0: not known.
    texts: Vec<u64>,
    others: FxHashMap<(TypeId, u64), u64>,
    /// The types with `int` for `nat`: values that are equal as words are at one
    /// place, whichever of both a column says.
    alike: Vec<Type>,
}

impl Hashes {
    /// Forgets ids, which may come to stand for something else.
    pub fn forget(&mut self) {
        self.texts.clear();
        self.others.clear();
    }

    /// The hash of a value.
    #[inline(always)]
    pub fn value(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> u64 {
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => word,
            Type::Str | Type::Bytes | Type::Node | Type::Uuid => {
                match self.texts.get(word as usize) {
                    Some(&hash) if hash != 0 => hash,
                    _ => self.text(word, interner),
                }
            }
            _ => match self.others.get(&(ty, word)) {
                Some(hash) => *hash,
                None => self.other(types, ty, word, interner),
            },
        }
    }

    #[cold]
    fn other(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> u64 {
        if self.alike.len() != types.len() {
            let alike = |ty: &Type| if *ty == Type::Nat { Type::Int } else { ty.clone() };
            self.alike = types.iter().map(alike).collect();
        }
        let mut bytes = Vec::new();
        codec::encode(&self.alike, &[ty], &[word], interner, &mut bytes);
        let hash = hash_bytes(&bytes);
        self.others.insert((ty, word), hash);
        hash
    }

    #[cold]
    fn text(&mut self, word: u64, interner: &Interner) -> u64 {
        let hash = hash_bytes(interner.get_bytes(word)).max(1);
        if self.texts.len() <= word as usize {
            self.texts.resize((word as usize + 1).next_power_of_two(), 0);
        }
        self.texts[word as usize] = hash;
        hash
    }
}

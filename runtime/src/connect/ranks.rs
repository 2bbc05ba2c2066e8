//! The ranks of the texts and compound values in a column: each distinct value
//! is compared with others once per column, not once per row. Texts are told
//! apart eight bytes at a time. This room must not know rows.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::deal;
use crate::value::interner::Interner;
use crate::value::order::compare;
use crate::value::prefetch::prefetch;

/// A table of ranks may be so many times as long as there are rows.
const TABLE_PER_ROW: usize = 4;
/// Times that a group of texts is told apart by eight bytes; then as a whole.
const LEVELS: usize = 32;

/// Words of a column in value order.
pub struct Ranks {
    words: Vec<u64>,
    by_word: ByWord,
}

enum ByWord {
    /// The rank at the place of the word.
    Table(Vec<u32>),
    /// Words, ascending, with their ranks.
    List(Vec<(u64, u32)>),
}

impl Ranks {
    /// Distinct values.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The rank of a word of the column.
    pub fn of(&self, word: u64) -> u64 {
        match &self.by_word {
            ByWord::Table(ranks) => u64::from(ranks[word as usize]),
            ByWord::List(list) => list
                .binary_search_by_key(&word, |entry| entry.0)
                .map_or(0, |at| u64::from(list[at].1)),
        }
    }

    /// The word of a rank.
    pub fn word(&self, rank: u64) -> u64 {
        self.words[rank as usize]
    }

    /// Brings the word of a rank into the cache.
    pub fn prefetch(&self, rank: u64) {
        prefetch(&self.words, rank as usize);
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let by_word = match &self.by_word {
            ByWord::Table(ranks) => ranks.capacity() * 4,
            ByWord::List(list) => list.capacity() * 16,
        };
        self.words.capacity() * 8 + by_word
    }
}

/// The ranks of the words of a column of `count` rows.
pub fn new<W: Iterator<Item = u64>>(
    types: &[Type],
    ty: TypeId,
    words: impl Fn() -> W,
    count: usize,
    interner: &Interner,
) -> Ranks {
    let most = words().max().unwrap_or(0) as usize;
    if most / TABLE_PER_ROW > count {
        let mut distinct: Vec<u64> = words().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let sorted = by_value(types, ty, distinct, interner);
        let mut list: Vec<(u64, u32)> = sorted.iter().copied().zip(0..).collect();
        list.sort_unstable();
        return Ranks { words: sorted, by_word: ByWord::List(list) };
    }
    let mut table = vec![0u32; most + 1];
    words().for_each(|word| table[word as usize] = 1);
    let distinct = (0..=most).filter(|&word| table[word] != 0).map(|word| word as u64).collect();
    let sorted = by_value(types, ty, distinct, interner);
    for (&word, rank) in sorted.iter().zip(0..) {
        table[word as usize] = rank;
    }
    Ranks { words: sorted, by_word: ByWord::Table(table) }
}

fn by_value(types: &[Type], ty: TypeId, mut words: Vec<u64>, interner: &Interner) -> Vec<u64> {
    if let Type::Str | Type::Node | Type::Bytes | Type::Uuid = types[ty.0 as usize] {
        return texts(&words, interner);
    }
    words.sort_unstable_by(|&a, &b| compare(types, ty, a, b, interner));
    words
}

/// Eight bytes of a text, how many of them there are (9: more follow), and the
/// word. Ordered, this tells apart what differs here.
fn item(text: &[u8], word: u64) -> u128 {
    let mut lead = [0; 8];
    let have = text.len().min(8);
    lead[..have].copy_from_slice(&text[..have]);
    let length = text.len().min(9) as u128;
    u128::from(u64::from_be_bytes(lead)) << 64 | length << 60 | u128::from(word)
}

/// The word of an item.
fn word(item: u128) -> u64 {
    item as u64 & ((1 << 60) - 1)
}

/// Whether two items have eight bytes in common and more behind them.
fn undecided(a: u128, b: u128) -> bool {
    a >> 60 == b >> 60 && (a >> 60) & 15 == 9
}

/// Distinct texts in order.
fn texts(words: &[u64], interner: &Interner) -> Vec<u64> {
    let items = words.iter().map(|&word| item(interner.get_bytes(word), word));
    let mut items = deal::sorted(items, 64, |item| (item >> 64) as u64);
    let share = items.len().div_ceil(deal::threads()).max(1);
    std::thread::scope(|scope| {
        let mut rest = &mut items[..];
        while !rest.is_empty() {
            let mut cut = share.min(rest.len());
            while cut < rest.len() && undecided(rest[cut - 1], rest[cut]) {
                cut += 1;
            }
            let (mine, more) = std::mem::take(&mut rest).split_at_mut(cut);
            rest = more;
            if rest.is_empty() {
                settle(mine, 8, LEVELS, interner);
            } else {
                scope.spawn(move || settle(mine, 8, LEVELS, interner));
            }
        }
    });
    items.into_iter().map(word).collect()
}

/// Puts groups that have their first `depth` bytes in common in order.
fn settle(items: &mut [u128], depth: usize, levels: usize, interner: &Interner) {
    for group in items.chunk_by_mut(|a, b| undecided(*a, *b)).filter(|group| group.len() > 1) {
        if levels == 0 {
            group.sort_unstable_by_key(|item| interner.get_bytes(word(*item)));
            continue;
        }
        let first = interner.get_bytes(word(group[0]));
        let alike = |text: &[u8]| {
            let pairs = first[depth..].iter().zip(&text[depth..]);
            pairs.take_while(|(a, b)| a == b).count()
        };
        let common =
            group[1..].iter().map(|item| alike(interner.get_bytes(word(*item)))).min().unwrap_or(0);
        let from = depth + common;
        for one in group.iter_mut() {
            let word = word(*one);
            *one = item(&interner.get_bytes(word)[from..], word);
        }
        group.sort_unstable();
        settle(group, from + 8, levels - 1, interner);
    }
}

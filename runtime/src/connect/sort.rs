//! Rows in value order, on all cores: every column becomes a bounded number
//! whose order is that of its values (ids of texts and compound values their
//! ranks), a row of such numbers one key where it fits 64 or 128 bits, and
//! keys are dealt out by their leading bits and sorted part by part. This
//! room must not know what is done with the rows.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::deal;
use crate::connect::ranks;
use crate::connect::ranks::Ranks;
use crate::value::interner::Interner;
use crate::value::merge::is_interned;
use crate::value::order::is_signed;
use crate::value::order::sort_rows;

/// Rows that are not worth a second look.
const FEW: usize = 4_096;
/// Rows that are unpacked together.
const BLOCK: usize = 64;

/// Rows in order, possibly packed; [`Sorted::rows`] unpacks them.
pub struct Sorted {
    columns: Vec<Column>,
    count: usize,
    keys: Keys,
}

enum Keys {
    /// One word a row.
    Narrow(Vec<u64>),
    /// Two words a row.
    Wide(Vec<u128>),
    /// All words, as they are.
    Flat(Vec<u64>),
}

/// How a column's words become numbers from 0, and where those are in a key.
struct Column {
    /// Turns the words so that unsigned order is value order.
    flip: u64,
    /// The least of the turned words.
    least: u64,
    bits: u32,
    shift: u32,
    ranks: Option<Ranks>,
}

impl Column {
    fn number(&self, word: u64) -> u64 {
        match &self.ranks {
            Some(ranks) => ranks.of(word),
            None => (word ^ self.flip) - self.least,
        }
    }

    fn word(&self, number: u64) -> u64 {
        match &self.ranks {
            Some(ranks) => ranks.word(number),
            None => (number + self.least) ^ self.flip,
        }
    }

    fn mask(&self) -> u64 {
        u64::MAX.checked_shr(64 - self.bits).unwrap_or(0)
    }
}

/// Sorts flat rows of these column types.
pub fn sort(
    types: &[Type],
    cols: &[TypeId],
    rows: Vec<u64>,
    count: usize,
    interner: &Interner,
) -> Sorted {
    let arity = cols.len();
    if arity == 0 || count < FEW {
        let rows = if arity == 0 { rows } else { sort_rows(types, cols, rows, interner) };
        return Sorted { columns: Vec::new(), count, keys: Keys::Flat(rows) };
    }
    let mut columns = Vec::with_capacity(arity);
    for (i, &ty) in cols.iter().enumerate() {
        let words = || rows.iter().skip(i).step_by(arity).copied();
        columns.push(if is_interned(&types[ty.0 as usize]) {
            let ranks = ranks::new(types, ty, words, count, interner);
            let bits = width(ranks.len().saturating_sub(1) as u64);
            Column { flip: 0, least: 0, bits, shift: 0, ranks: Some(ranks) }
        } else {
            let flip = if is_signed(&types[ty.0 as usize]) { 1 << 63 } else { 0 };
            let (least, most) = words().fold((u64::MAX, 0), |(least, most), word| {
                (least.min(word ^ flip), most.max(word ^ flip))
            });
            Column { flip, least, bits: width(most - least), shift: 0, ranks: None }
        });
    }
    let mut total = 0;
    for column in columns.iter_mut().rev() {
        column.shift = total;
        total += column.bits;
    }
    let keys = match total {
        0..=64 => Keys::Narrow(narrow(&columns, &rows, total)),
        65..=128 => Keys::Wide(wide(&columns, &rows, total)),
        _ => Keys::Flat(flat(&columns, rows)),
    };
    Sorted { columns, count, keys }
}

fn narrow(columns: &[Column], rows: &[u64], total: u32) -> Vec<u64> {
    let pack = |row: &[u64]| {
        let each = row.iter().zip(columns);
        each.fold(0u64, |key, (&word, column)| {
            key.checked_shl(column.bits).unwrap_or(0) | column.number(word)
        })
    };
    let keys = rows.chunks_exact(columns.len()).map(pack);
    deal::sorted(keys, total, |key| *key)
}

fn wide(columns: &[Column], rows: &[u64], total: u32) -> Vec<u128> {
    let pack = |row: &[u64]| {
        let each = row.iter().zip(columns);
        each.fold(0u128, |key, (&word, column)| {
            key << column.bits | u128::from(column.number(word))
        })
    };
    let keys = rows.chunks_exact(columns.len()).map(pack);
    let low = total - 64;
    deal::sorted(keys, 64, move |key| (key >> low) as u64)
}

/// Rows too wide for a key: their numbers side by side.
fn flat(columns: &[Column], mut rows: Vec<u64>) -> Vec<u64> {
    let arity = columns.len();
    for row in rows.chunks_exact_mut(arity) {
        row.iter_mut().zip(columns).for_each(|(word, column)| *word = column.number(*word));
    }
    let bits = columns[0].bits;
    rows = match arity {
        3 => deal::sorted(rows.as_chunks::<3>().0.iter().copied(), bits, |row| row[0]).concat(),
        4 => deal::sorted(rows.as_chunks::<4>().0.iter().copied(), bits, |row| row[0]).concat(),
        _ => deal::sorted(rows.chunks_exact(arity), bits, |row: &&[u64]| row[0]).concat(),
    };
    for row in rows.chunks_exact_mut(arity) {
        row.iter_mut().zip(columns).for_each(|(number, column)| *number = column.word(*number));
    }
    rows
}

/// Bits of a number.
fn width(most: u64) -> u32 {
    64 - most.leading_zeros()
}

impl Sorted {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let ranks = self.columns.iter().filter_map(|column| column.ranks.as_ref());
        let keys = match &self.keys {
            Keys::Narrow(keys) => keys.capacity() * 8,
            Keys::Wide(keys) => keys.capacity() * 16,
            Keys::Flat(rows) => rows.capacity() * 8,
        };
        keys + ranks.map(Ranks::bytes).sum::<usize>()
    }

    /// Calls `each` with rows `from..to`, in order, some at a time.
    pub fn rows(&self, from: usize, to: usize, arity: usize, mut each: impl FnMut(&[u64])) {
        let mut block = vec![0; arity * BLOCK];
        for from in (from..to).step_by(BLOCK) {
            let to = to.min(from + BLOCK);
            match &self.keys {
                Keys::Flat(rows) => {
                    each(&rows[from * arity..to * arity]);
                    continue;
                }
                Keys::Narrow(keys) => self.unpack(&keys[from..to], &mut block, |key, shift| {
                    key.checked_shr(shift).unwrap_or(0)
                }),
                Keys::Wide(keys) => self.unpack(&keys[from..to], &mut block, |key, shift| {
                    key.checked_shr(shift).unwrap_or(0) as u64
                }),
            }
            each(&block[..(to - from) * arity]);
        }
    }

    /// Keys back to words, column by column: what a column needs is looked up
    /// for all of them together.
    fn unpack<K: Copy>(&self, keys: &[K], block: &mut [u64], part: impl Fn(K, u32) -> u64) {
        let arity = self.columns.len();
        for (i, column) in self.columns.iter().enumerate() {
            let mask = column.mask();
            let words = block[i..].iter_mut().step_by(arity);
            words.zip(keys).for_each(|(word, &key)| *word = part(key, column.shift) & mask);
            let words = || block[i..].iter().step_by(arity).take(keys.len());
            if let Some(ranks) = &column.ranks {
                words().for_each(|&rank| ranks.prefetch(rank));
            }
            let words = block[i..].iter_mut().step_by(arity).take(keys.len());
            words.for_each(|word| *word = column.word(*word));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::order::sort_rows;
    use crate::value::word::float_word;

    /// Words that are spread, near each other, equal, and at both ends.
    fn numbers(n: usize, kind: usize) -> Vec<u64> {
        let mut state = kind as u64 + 1;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 11
        };
        let one = |_| match kind {
            0 => next() % 1_000,
            1 => (next() % 2_000) as i64 as u64,
            2 => (next() as i64 - (1 << 52)) as u64,
            3 => float_word(next() as f64 / 1e9 - 4e6),
            4 => [i64::MIN, i64::MAX, 0, -1][next() as usize % 4] as u64,
            _ => 7,
        };
        (0..n).map(one).collect()
    }

    fn same(types: &[Type], columns: &[Vec<u64>], cols: &[TypeId], interner: &Interner) {
        let n = columns[0].len();
        let mut rows = Vec::new();
        for i in 0..n {
            rows.extend(columns.iter().map(|column| column[i]));
        }
        let wanted = sort_rows(types, cols, rows.clone(), interner);
        let sorted = sort(types, cols, rows, n, interner);
        let mut found = Vec::new();
        sorted.rows(0, n, cols.len(), |row| found.extend_from_slice(row));
        assert!(found == wanted, "{types:?} {cols:?}");
    }

    #[test]
    fn scalars_are_in_value_order() {
        let types = [Type::Nat, Type::Int, Type::Int, Type::Float, Type::Int, Type::Int];
        let interner = Interner::new();
        let n = 3 * FEW;
        let columns: Vec<Vec<u64>> = (0..6).map(|kind| numbers(n, kind)).collect();
        for choice in [
            &[0][..],
            &[1, 0],
            &[2, 0],
            &[3, 2],
            &[3, 4],
            &[5],
            &[5, 5],
            &[4, 3, 2],
            &[0, 4, 3, 2],
            &[0, 1, 2, 3, 4, 5],
        ] {
            let taken: Vec<Vec<u64>> = choice.iter().map(|&i: &usize| columns[i].clone()).collect();
            let cols: Vec<TypeId> = choice.iter().map(|&i| TypeId(i as u32)).collect();
            same(&types, &taken, &cols, &interner);
        }
    }

    #[test]
    fn texts_are_in_value_order() {
        let types = [Type::Str, Type::Option(TypeId(0)), Type::Int];
        let mut interner = Interner::new();
        let long = "x".repeat(300);
        let texts: Vec<u64> = numbers(3 * FEW, 0)
            .into_iter()
            .enumerate()
            .map(|(i, n)| {
                let text = match i % 7 {
                    0 => format!("user-{n}"),
                    1 => format!("{}", n % 50),
                    2 => "\0".repeat(n as usize % 20),
                    3 => format!("{long}{n}"),
                    4 => format!("{}b", "a".repeat(n as usize % 90)),
                    5 => String::new(),
                    _ => format!("\u{e9}{n}"),
                };
                interner.bytes(text.as_bytes())
            })
            .collect();
        let options: Vec<u64> = texts
            .iter()
            .map(|&word| if word % 5 == 0 { 0 } else { interner.words(&[word]) + 1 })
            .collect();
        let ints = numbers(3 * FEW, 2);
        let columns = [texts, options, ints];
        same(&types, &columns, &[TypeId(0), TypeId(1), TypeId(2)], &interner);
        same(&types, &columns[1..], &[TypeId(1), TypeId(2)], &interner);
    }
}

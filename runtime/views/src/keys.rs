//! Rows by what they are looked up by, and what stands once for each key: the
//! operators that hold what came before. Rules are not known here.

use differential_dataflow::VecCollection;
use differential_dataflow::operators::arrange::Arrange;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::operators::arrange::TraceAgent;
use differential_dataflow::trace::implementations::KeyBatcher;
use differential_dataflow::trace::implementations::KeyBuilder;
use differential_dataflow::trace::implementations::KeySpine;
use differential_dataflow::trace::implementations::ValBuilder;
use differential_dataflow::trace::implementations::ValSpine;
use timely::order::Product;
use timely::progress::Timestamp;

use crate::code::Codec;
use crate::stage::Pair;

/// The number of a change of what is read, and the round inside of it.
pub type Time = Product<u32, u32>;
/// Rows or matches, with how often each is there.
pub type Rows<'s> = VecCollection<'s, Time, Pair, isize>;
/// First words that are there, once each.
pub type Keys<'s> = Arranged<'s, TraceAgent<KeySpine<u64, Time, isize>>>;

/// Turns rows into pairs of some columns and others.
pub struct Keyed {
    codec: Codec,
    /// Whether they are such pairs as they are.
    is_so: bool,
    cols: Vec<usize>,
    rest: Vec<usize>,
    /// Columns that the first word of a row holds.
    split: usize,
    row: Vec<u64>,
    words: Vec<u64>,
}

impl Keyed {
    /// From rows that lie as `layout` says.
    pub fn new(
        codec: &Codec,
        layout: (Vec<usize>, Vec<usize>),
        cols: &[usize],
        rest: &[usize],
    ) -> Keyed {
        let (key, val) = layout;
        Keyed {
            codec: codec.clone(),
            is_so: cols == key && rest == val,
            cols: cols.to_vec(),
            rest: rest.to_vec(),
            split: key.len(),
            row: vec![0; key.len() + val.len()],
            words: Vec::new(),
        }
    }

    /// All of them.
    pub fn apply<'x, T: Timestamp>(
        mut self,
        rows: VecCollection<'x, T, Pair, isize>,
    ) -> VecCollection<'x, T, Pair, isize> {
        if self.is_so {
            return rows;
        }
        rows.map(move |pair| self.one(pair))
    }

    fn one(&mut self, (first, second): Pair) -> Pair {
        let Keyed { codec, cols, rest, split, row, words, .. } = self;
        let others = row.len() - *split;
        codec.unpack(first, *split, |at, word| row[at] = word);
        codec.unpack(second, others, |at, word| row[*split + at] = word);
        let mut pack = |cols: &[usize]| {
            words.clear();
            words.extend(cols.iter().map(|col| row[*col]));
            codec.pack(words)
        };
        (pack(cols), pack(rest))
    }
}

/// First words, once each.
pub fn distinct(rows: Rows<'_>) -> Keys<'_> {
    let keys = rows.map(|(key, _)| (key, ()));
    let keys = keys.arrange_named::<
        KeyBatcher<u64, Time, isize>,
        KeyBuilder<u64, Time, isize>,
        KeySpine<u64, Time, isize>,
    >("Distinct");
    keys.reduce_abelian::<_, KeyBuilder<u64, Time, isize>, KeySpine<u64, Time, isize>, _, _>(
        "Distinct",
        |_, given, out| {
            if given[0].1 > 0 {
                out.push(((), 1));
            }
        },
        |out, key, changes| {
            out.clear();
            out.extend(changes.drain(..).map(|(val, time, n)| ((*key, val), time, n)));
        },
    )
}

/// Second words of each first word, as the logic makes them.
pub fn grouped<'s, L>(rows: Rows<'s>, logic: L) -> Rows<'s>
where
    L: FnMut(&u64, &[(&u64, isize)], &mut Vec<(u64, isize)>) + 'static,
{
    let rows = rows.arrange_by_key();
    let groups = rows
        .reduce_abelian::<_, ValBuilder<u64, u64, Time, isize>, ValSpine<u64, u64, Time, isize>, _, _>(
            "Grouped",
            logic,
            |out, key, changes| {
                out.clear();
                out.extend(changes.drain(..).map(|(val, time, n)| ((*key, val), time, n)));
            },
        );
    groups.as_collection(|key, val| (*key, *val))
}

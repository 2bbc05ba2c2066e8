//! A file into a store. A block at a time is read, cut into pieces of whole
//! records and parsed on all cores, while the pieces of the block before are
//! merged and stored; so neither the text nor the parsed words of a large
//! file are ever held whole. This room must not know what the store does.

use std::io::Read;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::blocks::Blocks;
use crate::connect::blocks::Breaks;
use crate::connect::blocks::split;
use crate::connect::compress::Compression;
use crate::connect::compress::Damage;
use crate::connect::compress::unpacked;
use crate::connect::deal;
use crate::connect::delimited;
use crate::connect::delimited::Dialect;
use crate::connect::files::Format;
use crate::connect::header;
use crate::connect::header::HeaderRule;
use crate::connect::jsonl;
use crate::connect::piece::Bad;
use crate::connect::piece::Piece;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::value::interner::Interner;
use crate::value::merge::Merge;
use crate::value::merge::is_interned;

/// Bytes of a block for each thread.
const BLOCK_BYTES: usize = 512 << 10;
/// Bytes of text that are worth a thread.
const PIECE_BYTES_MIN: usize = 256 << 10;

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file is cut up for threads; no result depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Cutting {
    /// Bytes read at a time.
    pub block: usize,
    /// Bytes that are worth a piece of their own.
    pub piece: usize,
    /// Pieces parsed at the same time.
    pub threads: usize,
}

impl Default for Cutting {
    fn default() -> Cutting {
        let threads = deal::threads();
        Cutting { block: BLOCK_BYTES * threads, piece: PIECE_BYTES_MIN, threads }
    }
}

/// Where rows go.
pub trait Store {
    /// What the words of rows mean.
    fn interner(&mut self) -> &mut Interner;
    /// Takes rows; gives how many of them it already had. `count` is their
    /// number, which flat words without columns do not tell.
    fn store(&mut self, rel: RelId, rows: &[u64], count: usize) -> usize;
    /// Hears how many rows are about to come, more or less.
    fn expect(&mut self, _rel: RelId, _rows: usize) {}
    /// Whether it takes no more.
    fn is_full(&self) -> bool {
        false
    }
}

/// How a file is read.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Reading {
    pub format: Format,
    pub header: HeaderRule,
    /// Bad records to keep, of those in one file.
    pub keep: usize,
    /// Bytes of the text, if that is known.
    pub bytes: Option<u64>,
    pub cutting: Cutting,
}

/// What came of a file.
#[derive(Default, Debug)]
#[allow(missing_docs)]
pub struct Outcome {
    /// Rows read, equal ones too.
    pub rows: u64,
    /// Rows that the store already had.
    pub equal: u64,
    /// The first bad records.
    pub bad: Vec<Bad>,
    /// All bad records.
    pub bad_count: u64,
    /// Something the user may want to know.
    pub notice: Option<String>,
}

/// Why a file was not read to its end.
#[derive(Debug)]
pub enum LoadError {
    /// It cannot be read.
    Io(std::io::Error),
    /// It is cut off, damaged, or no data of its format, from this line and
    /// column on.
    Damaged(String, u64, usize),
    /// Its header is not one of the relation.
    Header(String),
    /// The store takes no more.
    Full,
}

/// Reads a whole file into a store; `promised` is the compression that its name
/// tells. `progress` hears of every block's bytes.
pub fn load(
    source: Box<dyn Read + Send>,
    promised: Option<Compression>,
    schema: &Schema,
    types: &[Type],
    reading: Reading,
    store: &mut dyn Store,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, LoadError> {
    let (breaks, dialect) = manner(reading.format)?;
    let source = unpacked(source, promised).and_then(unmarked);
    let source = source.map_err(|error| damaged(error, 0, &[]))?;
    let mut blocks = Blocks::new(source, breaks, reading.cutting.block);
    let mut loading = Loading {
        schema,
        types,
        store,
        outcome: Outcome::default(),
        lines: 0,
        records: 0,
        keep: reading.keep,
        spare: Vec::new(),
    };
    let mut block = Vec::new();
    let mut plan: Option<Plan<'_>> = None;
    let mut ready: Vec<Piece> = Vec::new();
    while blocks.next(&mut block).map_err(|error| {
        let before: u64 = ready.iter().map(|piece| piece.lines).sum();
        damaged(error, loading.lines + before, &block)
    })? {
        let mut text = &block[..];
        if plan.is_none() && is_blank(text) {
            // The first record is yet to come.
            loading.lines += memchr::memchr_iter(b'\n', text).count() as u64;
            continue;
        }
        let plan = match &mut plan {
            Some(plan) => &*plan,
            None => {
                let (new, skip) = loading.open(reading, dialect, text)?;
                text = &text[skip..];
                &*plan.insert(new)
            }
        };
        let Cutting { piece, threads, .. } = reading.cutting;
        let parts = (text.len() / piece.max(1)).clamp(1, threads.max(1));
        let pieces = split(breaks, text, parts);
        if loading.store.is_full() {
            return Err(LoadError::Full);
        }
        ready = loading.round(&pieces, std::mem::take(&mut ready), plan, reading.bytes);
        progress(block.len() as u64);
    }
    if let Some(plan) = &plan {
        for piece in ready {
            loading.take(piece, plan);
        }
    }
    if loading.store.is_full() { Err(LoadError::Full) } else { Ok(loading.outcome) }
}

/// Whether there are only empty lines.
pub(super) fn is_blank(text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        match delimited::blank(text, at) {
            Some(next) => at = next,
            None => return false,
        }
    }
    true
}

/// The text without the mark that some tools begin one with.
pub(super) fn unmarked(mut source: Box<dyn Read>) -> std::io::Result<Box<dyn Read>> {
    let mut start = Vec::new();
    source.by_ref().take(MARK.len() as u64).read_to_end(&mut start)?;
    if start == MARK {
        start.clear();
    }
    Ok(Box::new(std::io::Cursor::new(start).chain(source)))
}

/// Where records of a text format end, and how fields are marked off unless
/// they are JSON.
pub(super) fn manner(format: Format) -> Result<(Breaks, Option<Dialect>), LoadError> {
    let quoted = |delimiter| Dialect { delimiter, quotes: true };
    Ok(match format {
        Format::Csv => (Breaks::Quoted(b','), Some(quoted(b','))),
        Format::Tsv => (Breaks::Quoted(b'\t'), Some(quoted(b'\t'))),
        Format::Facts => (Breaks::Lines, Some(Dialect { delimiter: b'\t', quotes: false })),
        Format::Jsonl => (Breaks::Lines, None),
        Format::Parquet => {
            return Err(LoadError::Damaged("Parquet is no text of records".into(), 1, 1));
        }
    })
}

/// Where a file turned out to be damaged: `block` is what came last, after
/// `lines` lines.
pub(super) fn damaged(error: std::io::Error, lines: u64, block: &[u8]) -> LoadError {
    let Some(damage) = error.get_ref().and_then(|error| error.downcast_ref::<Damage>()) else {
        return LoadError::Io(error);
    };
    let lines = lines + memchr::memchr_iter(b'\n', block).count() as u64;
    let start = memchr::memrchr(b'\n', block).map_or(0, |at| at + 1);
    LoadError::Damaged(damage.0.clone(), lines + 1, block.len() - start + 1)
}

/// How the records of a file are read, once its first record is known.
pub(super) enum Plan<'a> {
    Delimited(delimited::Layout<'a>),
    Jsonl(jsonl::Layout<'a>),
}

impl Plan<'_> {
    pub(super) fn read(&self, text: &[u8], rows: Vec<u64>) -> Piece {
        match self {
            Plan::Delimited(layout) => delimited::read(layout, text, rows),
            Plan::Jsonl(layout) => jsonl::read(layout, text, rows),
        }
    }

    /// Whether a column may come from the file.
    fn has(&self, column: usize) -> bool {
        match self {
            Plan::Delimited(layout) => layout.targets.contains(&column),
            Plan::Jsonl(_) => true,
        }
    }
}

/// What the first record of a file tells.
pub(super) struct Opened<'a> {
    pub(super) plan: Plan<'a>,
    /// Bytes that are no data.
    pub(super) skip: usize,
    pub(super) notice: Option<String>,
}

/// Looks at the first record.
pub(super) fn opened<'a>(
    (types, schema): (&'a [Type], &'a Schema),
    reading: Reading,
    dialect: Option<Dialect>,
    text: &[u8],
) -> Result<Opened<'a>, LoadError> {
    let keep = reading.keep;
    let Some(dialect) = dialect else {
        let plan = Plan::Jsonl(jsonl::Layout { types, schema, keep });
        return Ok(Opened { plan, skip: 0, notice: None });
    };
    let rule = match (reading.format, reading.header) {
        // These files have no header unless someone says so.
        (Format::Facts, HeaderRule::Auto) => HeaderRule::No,
        (_, rule) => rule,
    };
    let header::Opening { targets, skip, notice } =
        header::opening(schema, rule, dialect, text).map_err(LoadError::Header)?;
    let plan = Plan::Delimited(delimited::Layout { types, schema, targets, dialect, keep });
    Ok(Opened { plan, skip, notice })
}

/// Numbers the records of a piece that comes after so many.
pub(super) fn number(piece: &mut Piece, schema: &Schema, plan: &Plan<'_>, records: u64) {
    let arity = schema.columns.len();
    for &at in &piece.numbered {
        piece.rows[at] += records;
    }
    // Records of JSON lines say one by one whether they hold a number.
    if records > 0 && matches!(plan, Plan::Delimited(_)) {
        for i in 0..arity {
            if schema.columns[i].filler == Filler::Line && !plan.has(i) {
                piece.rows.iter_mut().skip(i).step_by(arity).for_each(|n| *n += records);
            }
        }
    }
}

/// The columns whose words mean something in the interner of a piece only.
pub(super) fn foreign(schema: &Schema, plan: &Plan<'_>, types: &[Type]) -> Vec<(usize, TypeId)> {
    let columns = schema.columns.iter().map(|column| column.ty).enumerate();
    columns.filter(|(i, ty)| plan.has(*i) && is_interned(&types[ty.0 as usize])).collect()
}

/// Turns the words of a piece in these columns into those of an interner.
pub(super) fn translate(
    piece: &mut Piece,
    arity: usize,
    columns: &[(usize, TypeId)],
    types: &[Type],
    to: &mut Interner,
) {
    if columns.is_empty() {
        return;
    }
    piece.filled.sort_unstable();
    let mut merge = Merge::new(types, &piece.interner);
    for (r, row) in piece.rows.chunks_exact_mut(arity).enumerate() {
        for &(i, ty) in columns {
            if piece.filled.is_empty() || piece.filled.binary_search(&(r * arity + i)).is_err() {
                row[i] = merge.word(ty, row[i], to);
            }
        }
    }
}

/// A load under way.
struct Loading<'a, 's> {
    schema: &'a Schema,
    types: &'a [Type],
    store: &'s mut dyn Store,
    outcome: Outcome,
    /// Lines and records before the next piece.
    lines: u64,
    records: u64,
    keep: usize,
    /// Buffers of stored pieces, for later ones: what a thread frees that soon
    /// ends is not at hand for the next.
    spare: Vec<Vec<u64>>,
}

impl<'a> Loading<'a, '_> {
    /// Looks at the first record; gives what to skip of the first block.
    fn open(
        &mut self,
        reading: Reading,
        dialect: Option<Dialect>,
        text: &[u8],
    ) -> Result<(Plan<'a>, usize), LoadError> {
        let about = (self.types, self.schema);
        let Opened { plan, skip, notice } = opened(about, reading, dialect, text)?;
        self.outcome.notice = notice;
        self.lines += memchr::memchr_iter(b'\n', &text[..skip]).count() as u64;
        Ok((plan, skip))
    }

    /// Tells the store what the first pieces say of a file with more to come:
    /// a table that need not grow takes half the time and memory.
    fn expect(&mut self, pieces: &[Piece], bytes: Option<u64>) {
        let (0, Some(bytes)) = (self.records, bytes) else { return };
        let read: usize = pieces.iter().map(|piece| piece.bytes).sum();
        let records: u64 = pieces.iter().map(|piece| piece.records).sum();
        if read > 0 && bytes > 2 * read as u64 {
            // A little too much costs nothing until it is touched.
            let rows = 1.02 * records as f64 * bytes as f64 / read as f64;
            self.store.expect(self.schema.rel, rows as usize);
        }
    }

    /// Parses pieces on all cores while those of the block before are stored.
    fn round(
        &mut self,
        pieces: &[&[u8]],
        done: Vec<Piece>,
        plan: &Plan<'_>,
        bytes: Option<u64>,
    ) -> Vec<Piece> {
        std::thread::scope(|scope| {
            let workers: Vec<_> = match pieces {
                [_] if done.is_empty() => Vec::new(),
                _ => pieces
                    .iter()
                    .map(|piece| {
                        let rows = self.spare.pop().unwrap_or_default();
                        scope.spawn(move || plan.read(piece, rows))
                    })
                    .collect(),
            };
            self.expect(&done, bytes);
            for piece in done {
                self.take(piece, plan);
            }
            if workers.is_empty() {
                return pieces.iter().map(|piece| plan.read(piece, Vec::new())).collect();
            }
            let joined = workers.into_iter().map(|worker| match worker.join() {
                Ok(piece) => piece,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.collect()
        })
    }

    /// Stores the rows of a piece and notes its bad records.
    fn take(&mut self, mut piece: Piece, plan: &Plan<'_>) {
        let arity = self.schema.columns.len();
        number(&mut piece, self.schema, plan, self.records);
        let columns = foreign(self.schema, plan, self.types);
        translate(&mut piece, arity, &columns, self.types, self.store.interner());
        let count = (piece.records - piece.bad_count) as usize;
        if count > 0 {
            let equal = self.store.store(self.schema.rel, &piece.rows, count);
            self.outcome.equal += equal as u64;
        }
        debug_assert_eq!(piece.rows.len(), count * arity);
        self.outcome.rows += count as u64;
        self.outcome.bad_count += piece.bad_count;
        let room = self.keep.saturating_sub(self.outcome.bad.len());
        piece.rows.clear();
        self.spare.push(std::mem::take(&mut piece.rows));
        for mut bad in piece.bad.into_iter().take(room) {
            bad.line += self.lines + 1;
            self.outcome.bad.push(bad);
        }
        self.lines += piece.lines;
        self.records += piece.records;
    }
}

//! What one thread makes of its part of a file: rows, and the records that are
//! none. This room must not know formats; positions count from the part's
//! beginning until the whole file is put together.

use crate::value::interner::Interner;
use crate::value::parse::Mismatch;

/// Longest part of a bad record that is kept, in bytes.
pub const RECORD_BYTES_MAX: usize = 64 << 10;

/// A record that is no row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bad {
    /// Line, from 0 in a piece and from 1 in a file.
    pub line: u64,
    /// Character in the line, from 1.
    pub column: usize,
    /// The column of the relation it was meant for.
    pub field: Option<usize>,
    /// What was expected and what was found.
    pub message: String,
    /// The record, without its line break.
    pub record: Vec<u8>,
}

/// The rows of a part of a file.
#[derive(Default)]
pub struct Piece {
    /// Flat, in declared order, in words of `interner` (fillers aside).
    pub rows: Vec<u64>,
    /// Records, good and bad.
    pub records: u64,
    /// Line breaks.
    pub lines: u64,
    /// Bytes of text.
    pub bytes: usize,
    /// The first bad records.
    pub bad: Vec<Bad>,
    /// All bad records.
    pub bad_count: u64,
    /// What the words of the rows mean.
    pub interner: Interner,
    /// Positions in `rows` of fillers, which are words of the store already;
    /// ascending. Columns that the file does not have are not listed.
    pub filled: Vec<usize>,
    /// Positions in `rows` of record numbers that stand for empty fields;
    /// ascending, and in JSON lines of all that the file does not give. They
    /// count from the piece's beginning.
    pub numbered: Vec<usize>,
}

/// Why and where a record is no row.
#[derive(Debug)]
pub struct Trouble {
    /// The byte at fault.
    pub at: usize,
    /// The column of the relation.
    pub field: Option<usize>,
    /// What was expected and found.
    pub mismatch: Mismatch,
}

/// Counts lines on demand: only bad records need to know theirs.
pub struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    /// Counts in a text.
    pub fn new(text: &'a [u8]) -> Lines<'a> {
        Lines { text, at: 0, line: 0 }
    }

    /// The line (from 0) and the character in it (from 1) of a byte; bytes are
    /// asked for in ascending order.
    pub fn place(&mut self, at: usize) -> (u64, usize) {
        let at = at.min(self.text.len());
        if at > self.at {
            self.line += memchr::memchr_iter(b'\n', &self.text[self.at..at]).count() as u64;
            self.at = at;
        }
        let start = memchr::memrchr(b'\n', &self.text[..at]).map_or(0, |at| at + 1);
        (self.line, String::from_utf8_lossy(&self.text[start..at]).chars().count() + 1)
    }
}

impl Piece {
    /// Takes back the row that began at `base`.
    pub fn take_back(&mut self, base: usize) {
        self.rows.truncate(base);
        while self.filled.last().is_some_and(|at| *at >= base) {
            self.filled.pop();
        }
        while self.numbered.last().is_some_and(|at| *at >= base) {
            self.numbered.pop();
        }
    }

    /// Keeps a bad record, if fewer than `keep` were kept.
    pub fn reject(&mut self, lines: &mut Lines<'_>, record: &[u8], trouble: Trouble, keep: usize) {
        self.bad_count += 1;
        if self.bad.len() >= keep {
            return;
        }
        let (line, column) = lines.place(trouble.at);
        let record = record.strip_suffix(b"\n").unwrap_or(record);
        let record = record.strip_suffix(b"\r").unwrap_or(record);
        self.bad.push(Bad {
            line,
            column,
            field: trouble.field,
            message: trouble.mismatch.0,
            record: record[..record.len().min(RECORD_BYTES_MAX)].to_vec(),
        });
    }
}

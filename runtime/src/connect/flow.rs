//! A file read while it is still being written: whatever whole records are
//! there become a piece at once, and nobody waits for the next ones to hand it
//! on. This room must not know where pieces go, nor that there are others like it.

use std::io::Read;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::blocks::Blocks;
use crate::connect::compress::Compression;
use crate::connect::compress::unpacked;
use crate::connect::load;
use crate::connect::load::LoadError;
use crate::connect::load::Opened;
use crate::connect::load::Reading;
use crate::connect::piece::Bad;
use crate::connect::piece::Piece;
use crate::connect::schema::Schema;
use crate::value::interner::Interner;

/// Rows that are there.
pub struct Arrived {
    piece: Piece,
    /// Columns whose words are the piece's own.
    columns: Vec<(usize, TypeId)>,
    arity: usize,
}

impl Arrived {
    /// The rows, in words of an interner; fillers are words of it already.
    pub fn rows(&mut self, types: &[Type], to: &mut Interner) -> &[u64] {
        load::translate(&mut self.piece, self.arity, &self.columns, types, to);
        self.columns.clear();
        &self.piece.rows
    }

    /// How many rows there are.
    pub fn count(&self) -> usize {
        (self.piece.records - self.piece.bad_count) as usize
    }

    /// The records that are none, with their lines in the file, and how many there
    /// are in all.
    pub fn take_bad(&mut self) -> (Vec<Bad>, u64) {
        (std::mem::take(&mut self.piece.bad), self.piece.bad_count)
    }
}

/// Reads a file to its end; `give` takes the pieces in order, and says whether
/// more are wanted. What is to be known of the file is returned.
pub fn read(
    source: Box<dyn Read + Send>,
    promised: Option<Compression>,
    schema: &Schema,
    types: &[Type],
    reading: Reading,
    give: &mut dyn FnMut(Arrived) -> bool,
) -> Result<Option<String>, LoadError> {
    let (breaks, dialect) = load::manner(reading.format)?;
    let source = unpacked(source, promised).and_then(load::unmarked);
    let source = source.map_err(|error| load::damaged(error, 0, &[]))?;
    let mut blocks = Blocks::new(source, breaks, reading.cutting.block);
    let (mut block, mut plan, mut told) = (Vec::new(), None, None);
    let (mut lines, mut records) = (0, 0);
    while blocks.ready(&mut block).map_err(|error| load::damaged(error, lines, &block))? {
        let mut text = &block[..];
        if plan.is_none() && load::is_blank(text) {
            lines += breaks_in(text);
            continue;
        }
        let plan = match &mut plan {
            Some(plan) => &*plan,
            None => {
                let opened = load::opened((types, schema), reading, dialect, text)?;
                let Opened { plan: new, skip, notice } = opened;
                lines += breaks_in(&text[..skip]);
                (text, told) = (&text[skip..], notice);
                &*plan.insert(new)
            }
        };
        let mut piece = plan.read(text, Vec::new());
        load::number(&mut piece, schema, plan, records);
        piece.bad.iter_mut().for_each(|bad| bad.line += lines + 1);
        lines += piece.lines;
        records += piece.records;
        let columns = load::foreign(schema, plan, types);
        if !give(Arrived { piece, columns, arity: schema.columns.len() }) {
            break;
        }
    }
    Ok(told)
}

fn breaks_in(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

//! Rows to the bytes of a file: chunks of rows are rendered, and packed, by
//! threads while those before are handed on in order. So what is held at a
//! time are the sorted rows and two chunks of text for each thread. This room
//! must not know where the bytes go.

use std::io;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::compress::Compression;
use crate::connect::deal;
use crate::connect::schema::Schema;
use crate::connect::sort::Sorted;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::value::interner::Interner;

/// Rows rendered at a time.
const CHUNK_ROWS: usize = 1 << 15;

/// What rows are and how they are to look.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Export<'a> {
    pub types: &'a [Type],
    pub schema: &'a Schema,
    pub interner: &'a Interner,
    pub form: Form,
    pub compression: Option<Compression>,
}

/// Renders all rows; `out` takes the bytes in order.
pub fn export(
    of: Export<'_>,
    rows: &Sorted,
    out: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let chunks = rows.len().div_ceil(CHUNK_ROWS).max(1);
    if chunks == 1 {
        return out(&chunk(of, rows, 0)?);
    }
    let threads = deal::threads();
    let mut done: Vec<Vec<u8>> = Vec::new();
    let mut next = 0;
    while next < chunks || !done.is_empty() {
        done = std::thread::scope(|scope| {
            let more = next..chunks.min(next + threads);
            next = more.end;
            let workers: Vec<_> = more.map(|at| scope.spawn(move || chunk(of, rows, at))).collect();
            for text in &done {
                out(text)?;
            }
            let joined = workers.into_iter().map(|worker| match worker.join() {
                Ok(text) => text,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.collect::<io::Result<Vec<Vec<u8>>>>()
        })?;
    }
    Ok(())
}

fn chunk(of: Export<'_>, rows: &Sorted, at: usize) -> io::Result<Vec<u8>> {
    let mut writer = RowWriter::new(of.types, of.schema, of.form);
    let mut text = Vec::new();
    if at == 0 {
        writer.header(&mut text);
    }
    let (from, to) = (at * CHUNK_ROWS, rows.len().min((at + 1) * CHUNK_ROWS));
    let arity = of.schema.columns.len();
    if arity == 0 {
        (from..to).for_each(|_| writer.row(&[], of.interner, &mut text));
    }
    let is_text = |ty: TypeId| matches!(of.types[ty.0 as usize], Type::Str | Type::Node);
    let texts: Vec<usize> = (0..arity).filter(|&i| is_text(of.schema.columns[i].ty)).collect();
    rows.rows(from, to, arity, |block| {
        for &column in &texts {
            of.interner.prefetch_bytes(block[column..].iter().step_by(arity).copied());
        }
        for row in block.chunks_exact(arity.max(1)) {
            writer.row(row, of.interner, &mut text);
        }
    });
    match of.compression {
        Some(format) => format.pack(&text),
        None => Ok(text),
    }
}

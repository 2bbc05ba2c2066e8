//! Rows of an embedding program to words of an engine, and back. What the rows
//! are for is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;

use crate::embed::column::Cell;
use crate::embed::column::Slot;
use crate::embed::error::Error;
use crate::embed::row::FromRow;
use crate::embed::row::Row;
use crate::value::interner::Interner;

/// Flat words of rows, and how many rows there are.
pub(super) fn put<R: Row>(
    plan: &ir::Program,
    rel: RelId,
    rows: impl IntoIterator<Item = R>,
    interner: &mut Interner,
) -> Result<(Vec<u64>, usize), Error> {
    let of = &plan.rels[rel.index()];
    let mut words = Vec::new();
    let mut count = 0;
    for row in rows {
        let columns = row.columns();
        if columns.len() != of.declared.len() {
            return Err(Error::Columns(of.name.clone(), of.declared.len(), columns.len()));
        }
        for (column, declared) in columns.into_iter().zip(&of.declared) {
            let mut slot = Slot { types: &plan.types, interner: &mut *interner, ty: declared.ty };
            let word = column
                .to_column(&mut slot)
                .map_err(|why| Error::Mismatch(of.name.clone(), declared.name.clone(), why))?;
            words.push(word);
        }
        count += 1;
    }
    Ok((words, count))
}

/// Rows from flat words.
pub(super) fn read<R: FromRow>(
    plan: &ir::Program,
    rel: RelId,
    (words, count): (&[u64], usize),
    interner: &Interner,
) -> Result<Vec<R>, Error> {
    let of = &plan.rels[rel.index()];
    if let Some(wanted) = R::COLUMNS.filter(|n| *n != of.declared.len()) {
        return Err(Error::Columns(of.name.clone(), of.declared.len(), wanted));
    }
    let arity = of.declared.len();
    let mut rows = Vec::with_capacity(count);
    for row in 0..count {
        let words = &words[row * arity..(row + 1) * arity];
        let cell = |(&word, of): (&u64, &ir::Declared)| Cell {
            types: &plan.types,
            interner,
            ty: of.ty,
            word,
        };
        let cells: Vec<Cell<'_>> = words.iter().zip(&of.declared).map(cell).collect();
        rows.push(R::from_row(&cells).map_err(|(column, why)| {
            Error::Mismatch(of.name.clone(), of.declared[column].name.clone(), why)
        })?);
    }
    Ok(rows)
}

//! A Parquet file into a store: the declared columns by their names, row by
//! row. A file says of its columns what they hold, so what the library cannot
//! read is refused before the first row. This room must not know how values
//! are made of fields.

use std::fs::File;
use std::sync::Arc;

use bloom_compiler::plan::ir::Type;
use parquet::basic::ConvertedType;
use parquet::basic::LogicalType;
use parquet::basic::TimeUnit;
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::reader::SerializedFileReader;
use parquet::record::Row;
use parquet::schema::types::Type as FileType;

use crate::connect::load::LoadError;
use crate::connect::load::Outcome;
use crate::connect::load::Reading;
use crate::connect::load::Store;
use crate::connect::parquet::value::Values;
use crate::connect::piece::Bad;
use crate::connect::piece::RECORD_BYTES_MAX;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::value::parse::Mismatch;

/// Rows that are stored at a time.
const BATCH: usize = 1 << 14;

/// Reads a whole file into a store. `progress` hears of bytes, more or less.
pub fn load(
    file: File,
    schema: &Schema,
    types: &[Type],
    reading: Reading,
    store: &mut dyn Store,
    progress: &mut dyn FnMut(u64),
) -> Result<Outcome, LoadError> {
    let reader = SerializedFileReader::new(file).map_err(|error| damaged(&error, 0))?;
    let root = reader.metadata().file_metadata().schema().clone();
    let columns = columns(&root, schema)?;
    let projected = FileType::group_type_builder(root.name())
        .with_fields(columns.iter().map(|column| Arc::clone(&column.of)).collect())
        .build()
        .map_err(|error| damaged(&error, 0))?;
    let total = reader.metadata().file_metadata().num_rows().max(0) as u64;
    store.expect(schema.rel, total as usize);
    let mut outcome = Outcome::default();
    let mut rows = Vec::new();
    let mut number = 0;
    let template = schema.template();
    let each = reader.get_row_iter(Some(projected)).map_err(|error| damaged(&error, 0))?;
    let mut stored = 0;
    for row in each {
        let row = row.map_err(|error| damaged(&error, number))?;
        number += 1;
        let base = rows.len();
        rows.extend_from_slice(&template);
        let mut record = Record { schema, types, columns: &columns, number };
        if let Err((column, mismatch)) = record.fill(&row, store, &mut rows[base..]) {
            rows.truncate(base);
            outcome.bad_count += 1;
            if outcome.bad.len() < reading.keep {
                outcome.bad.push(bad(number, column, mismatch, &row));
            }
        } else {
            outcome.rows += 1;
        }
        if number as usize % BATCH == 0 || number == total {
            let count = (outcome.rows - stored) as usize;
            if count > 0 {
                outcome.equal += store.store(schema.rel, &rows, count) as u64;
            }
            stored = outcome.rows;
            rows.clear();
            progress(reading.bytes.unwrap_or(0) * BATCH as u64 / total.max(1));
            if store.is_full() {
                return Err(LoadError::Full);
            }
        }
    }
    Ok(outcome)
}

fn damaged(error: &ParquetError, row: u64) -> LoadError {
    LoadError::Damaged(format!("the Parquet data is damaged: {error}"), row + 1, 1)
}

fn bad(number: u64, column: usize, mismatch: Mismatch, row: &Row) -> Bad {
    let mut record = row.to_string().into_bytes();
    record.truncate(RECORD_BYTES_MAX);
    Bad { line: number, column: 1, field: Some(column), message: mismatch.0, record }
}

/// A column of the file that the relation declares.
struct Column {
    /// Its position in the relation.
    column: usize,
    of: Arc<FileType>,
    nanoseconds: bool,
}

/// The columns to read, in the file's order.
fn columns(root: &FileType, schema: &Schema) -> Result<Vec<Column>, LoadError> {
    let mut columns = Vec::new();
    for of in root.get_fields() {
        let Some(column) = schema.position(of.name()) else { continue };
        if let Some(why) = unreadable(of) {
            let name = of.name();
            return Err(LoadError::Header(format!("the column `{name}` holds {why}")));
        }
        let logical = of.get_basic_info().logical_type_ref();
        let nanoseconds =
            matches!(logical, Some(LogicalType::Timestamp(of)) if of.unit == TimeUnit::NANOS);
        columns.push(Column { column, of: Arc::clone(of), nanoseconds });
    }
    let found = |column: &usize| columns.iter().any(|one| one.column == *column);
    let missing: Vec<String> = schema
        .required()
        .into_iter()
        .filter(|column| !found(column))
        .map(|column| format!("`{}`", schema.columns[column].name))
        .collect();
    if missing.is_empty() {
        return Ok(columns);
    }
    let names: Vec<&str> = root.get_fields().iter().map(|field| field.name()).collect();
    Err(LoadError::Header(format!(
        "the file lacks {}; its columns are {}",
        missing.join(", "),
        names.join(", ")
    )))
}

/// What a column holds that has no value here. The library ends the process
/// over some of these, so they are refused before it reads them.
fn unreadable(of: &FileType) -> Option<String> {
    if of.is_group() {
        return of.get_fields().iter().find_map(|field| unreadable(field));
    }
    match of.get_basic_info().converted_type() {
        ConvertedType::NONE
        | ConvertedType::UTF8
        | ConvertedType::ENUM
        | ConvertedType::JSON
        | ConvertedType::BSON
        | ConvertedType::DECIMAL
        | ConvertedType::DATE
        | ConvertedType::TIMESTAMP_MILLIS
        | ConvertedType::TIMESTAMP_MICROS
        | ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64
        | ConvertedType::INT_8
        | ConvertedType::INT_16
        | ConvertedType::INT_32
        | ConvertedType::INT_64 => None,
        other => Some(format!("values of the kind {other}, which no type here has")),
    }
}

/// A row on its way in.
struct Record<'a> {
    schema: &'a Schema,
    types: &'a [Type],
    columns: &'a [Column],
    number: u64,
}

impl Record<'_> {
    fn fill(
        &mut self,
        row: &Row,
        store: &mut dyn Store,
        words: &mut [u64],
    ) -> Result<(), (usize, Mismatch)> {
        for (i, column) in self.schema.columns.iter().enumerate() {
            if column.filler == Filler::Line {
                words[i] = self.number;
            }
        }
        for (from, (_, field)) in self.columns.iter().zip(row.get_column_iter()) {
            let column = &self.schema.columns[from.column];
            let null = matches!(field, parquet::record::Field::Null);
            if null && column.filler != Filler::Required {
                continue;
            }
            let mut values = Values {
                types: self.types,
                nanoseconds: from.nanoseconds,
                interner: store.interner(),
            };
            words[from.column] =
                values.word(column.ty, field).map_err(|mismatch| (from.column, mismatch))?;
        }
        Ok(())
    }
}

//! Sorted rows to a Parquet file: numbers, bools, texts, bytes and times in
//! the format's own types, options of them as nulls, compound values as the
//! text of their literals. A batch of rows is one row group, so memory is
//! bounded. This room must not know where the bytes go.

use std::io;
use std::io::Write;
use std::sync::Arc;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use parquet::basic::Compression as Packing;
use parquet::basic::LogicalType;
use parquet::basic::Repetition;
use parquet::basic::TimeUnit;
use parquet::basic::Type as Physical;
use parquet::data_type::BoolType;
use parquet::data_type::ByteArray;
use parquet::data_type::ByteArrayType;
use parquet::data_type::DoubleType;
use parquet::data_type::FixedLenByteArray;
use parquet::data_type::FixedLenByteArrayType;
use parquet::data_type::Int64Type;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedColumnWriter;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type as FileType;

use crate::connect::compress::Compression;
use crate::connect::export::Export;
use crate::connect::sort::Sorted;
use crate::value::text;
use crate::value::word::word_float;

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 18;

/// Writes all rows as one file.
pub fn write(of: Export<'_>, rows: &Sorted, out: impl Write + Send) -> io::Result<()> {
    written(of, rows, out).map_err(|error| match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    })
}

fn written(of: Export<'_>, rows: &Sorted, out: impl Write + Send) -> Result<(), ParquetError> {
    let fields = of.schema.columns.iter().map(|column| field(of.types, &column.name, column.ty));
    let root = FileType::group_type_builder(&of.schema.name)
        .with_fields(fields.collect::<Result<Vec<_>, ParquetError>>()?)
        .build()?;
    let packing = match of.compression {
        None => Packing::SNAPPY,
        Some(Compression::Gzip) => Packing::GZIP(Default::default()),
        Some(Compression::Zstd) => Packing::ZSTD(Default::default()),
    };
    let properties = WriterProperties::builder()
        .set_compression(packing)
        .set_created_by(concat!("bloom ", env!("CARGO_PKG_VERSION")).into())
        .build();
    let mut file = SerializedFileWriter::new(out, Arc::new(root), Arc::new(properties))?;
    let arity = of.schema.columns.len();
    for from in (0..rows.len()).step_by(GROUP_ROWS) {
        let to = rows.len().min(from + GROUP_ROWS);
        let mut columns = vec![Vec::with_capacity(to - from); arity];
        rows.rows(from, to, arity, |block| {
            for row in block.chunks_exact(arity.max(1)) {
                columns.iter_mut().zip(row).for_each(|(column, &word)| column.push(word));
            }
        });
        let mut group = file.next_row_group()?;
        for (words, column) in columns.iter().zip(&of.schema.columns) {
            if let Some(mut writer) = group.next_column()? {
                Batch { of, ty: column.ty, words }.write(&mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
    }
    file.close().map(drop)
}

/// What an option holds, if a type is one of a value that the format knows.
fn optional(types: &[Type], ty: TypeId) -> Option<TypeId> {
    match types[ty.0 as usize] {
        Type::Option(of) if !matches!(types[of.0 as usize], Type::Option(_)) => Some(of),
        _ => None,
    }
}

fn field(types: &[Type], name: &str, ty: TypeId) -> Result<Arc<FileType>, ParquetError> {
    let repetition = match optional(types, ty) {
        Some(_) => Repetition::OPTIONAL,
        None => Repetition::REQUIRED,
    };
    let held = optional(types, ty).unwrap_or(ty);
    let (physical, logical, length) = match &types[held.0 as usize] {
        Type::Int | Type::Nat | Type::Duration => (Physical::INT64, None, 0),
        Type::Time => {
            let logical = LogicalType::timestamp(true, TimeUnit::NANOS);
            (Physical::INT64, Some(logical), 0)
        }
        Type::Float => (Physical::DOUBLE, None, 0),
        Type::Bool => (Physical::BOOLEAN, None, 0),
        Type::Bytes => (Physical::BYTE_ARRAY, None, 0),
        Type::Uuid => (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::Uuid), 16),
        _ => (Physical::BYTE_ARRAY, Some(LogicalType::String), 0),
    };
    let field = FileType::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .with_length(length)
        .build()?;
    Ok(Arc::new(field))
}

/// The words of a column in one row group.
struct Batch<'a> {
    of: Export<'a>,
    ty: TypeId,
    words: &'a [u64],
}

impl Batch<'_> {
    fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let (types, interner) = (self.of.types, self.of.interner);
        let some = |word: u64| text::some(word, interner);
        let held = optional(types, self.ty);
        let levels: Option<Vec<i16>> =
            held.map(|_| self.words.iter().map(|&word| i16::from(some(word).is_some())).collect());
        let words: Vec<u64> = match held {
            Some(_) => self.words.iter().filter_map(|&word| some(word)).collect(),
            None => self.words.to_vec(),
        };
        let ty = held.unwrap_or(self.ty);
        let levels = levels.as_deref();
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat | Type::Time | Type::Duration => {
                let values: Vec<i64> = words.iter().map(|&word| word as i64).collect();
                writer.typed::<Int64Type>().write_batch(&values, levels, None)?;
            }
            Type::Float => {
                let values: Vec<f64> = words.iter().map(|&word| word_float(word)).collect();
                writer.typed::<DoubleType>().write_batch(&values, levels, None)?;
            }
            Type::Bool => {
                let values: Vec<bool> = words.iter().map(|&word| word != 0).collect();
                writer.typed::<BoolType>().write_batch(&values, levels, None)?;
            }
            Type::Uuid => {
                let bytes = |&word: &u64| {
                    FixedLenByteArray::from(ByteArray::from(interner.get_bytes(word).to_vec()))
                };
                let values: Vec<FixedLenByteArray> = words.iter().map(bytes).collect();
                writer.typed::<FixedLenByteArrayType>().write_batch(&values, levels, None)?;
            }
            kind => {
                let raw = matches!(kind, Type::Bytes);
                let bytes = |&word: &u64| {
                    let mut out = Vec::new();
                    match raw {
                        true => out.extend_from_slice(interner.get_bytes(word)),
                        false => text::plain(types, ty, word, interner, &mut out),
                    }
                    ByteArray::from(out)
                };
                let values: Vec<ByteArray> = words.iter().map(bytes).collect();
                writer.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
            }
        }
        Ok(())
    }
}

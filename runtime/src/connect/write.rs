//! Rows to text: facts for people, CSV, TSV and JSON lines for files. This
//! room appends to a buffer; it must not know where the buffer goes or in
//! which order rows come.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::connect::schema::Schema;
use crate::value::interner::Interner;
use crate::value::json;
use crate::value::text;
use crate::value::word::word_float;

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `path("a", "c")`
    Facts,
    /// Commas, with a header.
    Csv,
    /// Tabs, with a header.
    Tsv,
    /// One object per line.
    Jsonl,
}

impl Form {
    /// The extension of files.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Facts => "facts",
            Form::Csv => "csv",
            Form::Tsv => "tsv",
            Form::Jsonl => "jsonl",
        }
    }
}

/// Writes rows of one relation.
pub struct RowWriter<'a> {
    types: &'a [Type],
    schema: &'a Schema,
    form: Form,
    field: Vec<u8>,
}

impl<'a> RowWriter<'a> {
    /// For the rows of a relation.
    pub fn new(types: &'a [Type], schema: &'a Schema, form: Form) -> RowWriter<'a> {
        RowWriter { types, schema, form, field: Vec::new() }
    }

    /// What stands before the first row.
    pub fn header(&self, out: &mut Vec<u8>) {
        let Some(delimiter) = self.delimiter() else { return };
        for (i, column) in self.schema.columns.iter().enumerate() {
            if i > 0 {
                out.push(delimiter);
            }
            csv_field(column.name.as_bytes(), delimiter, out);
        }
        out.push(b'\n');
    }

    fn delimiter(&self) -> Option<u8> {
        match self.form {
            Form::Csv => Some(b','),
            Form::Tsv => Some(b'\t'),
            Form::Facts | Form::Jsonl => None,
        }
    }

    /// One row and its line break.
    pub fn row(&mut self, row: &[u64], interner: &Interner, out: &mut Vec<u8>) {
        match self.form {
            Form::Facts => {
                out.extend_from_slice(self.schema.name.as_bytes());
                out.push(b'(');
                for (i, (&word, column)) in row.iter().zip(&self.schema.columns).enumerate() {
                    out.extend_from_slice(if i > 0 { b", " } else { b"" });
                    text::literal(self.types, column.ty, word, interner, out);
                }
                out.push(b')');
            }
            Form::Jsonl => {
                out.push(b'{');
                for (i, (&word, column)) in row.iter().zip(&self.schema.columns).enumerate() {
                    out.extend_from_slice(if i > 0 { b"," } else { b"" });
                    json_text(column.name.as_bytes(), out);
                    out.push(b':');
                    json(self.types, column.ty, word, interner, out);
                }
                out.push(b'}');
            }
            Form::Csv | Form::Tsv => {
                let delimiter = self.delimiter().unwrap_or(b',');
                if row.is_empty() {
                    out.extend_from_slice(b"()");
                }
                for (i, (&word, column)) in row.iter().zip(&self.schema.columns).enumerate() {
                    if i > 0 {
                        out.push(delimiter);
                    }
                    match &self.types[column.ty.0 as usize] {
                        Type::Int | Type::Nat => text::int(word as i64, out),
                        // What needs no quotes needs no look for any.
                        Type::Float => text::float(word_float(word), out),
                        Type::Str | Type::Node => {
                            csv_field(interner.get_bytes(word), delimiter, out);
                        }
                        _ => self.other(column.ty, word, interner, delimiter, out),
                    }
                }
            }
        }
        out.push(b'\n');
    }
}

impl RowWriter<'_> {
    fn other(
        &mut self,
        ty: TypeId,
        word: u64,
        interner: &Interner,
        delimiter: u8,
        out: &mut Vec<u8>,
    ) {
        self.field.clear();
        text::plain(self.types, ty, word, interner, &mut self.field);
        csv_field(&self.field, delimiter, out);
    }
}

/// A field, between quotes where it needs them. An empty one is quoted, since
/// without quotes it would be a missing value.
pub fn csv_field(field: &[u8], delimiter: u8, out: &mut Vec<u8>) {
    let plain = |b: &u8| *b != delimiter && !matches!(b, b'"' | b'\n' | b'\r');
    if !field.is_empty() && field.iter().all(plain) {
        return out.extend_from_slice(field);
    }
    out.push(b'"');
    for &byte in field {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// A text in JSON.
pub fn json_text(text: &[u8], out: &mut Vec<u8>) {
    json::quoted(text, out);
}

/// A value in JSON, in the form that `json` reads.
pub fn json(types: &[Type], ty: TypeId, word: u64, interner: &Interner, out: &mut Vec<u8>) {
    let part = |ty: TypeId, word: u64, out: &mut Vec<u8>| json(types, ty, word, interner, out);
    let shown = |out: &mut Vec<u8>| {
        let mut text = Vec::new();
        text::plain(types, ty, word, interner, &mut text);
        json_text(&text, out);
    };
    match &types[ty.0 as usize] {
        Type::Int | Type::Nat => text::int(word as i64, out),
        Type::Float if word_float(word).is_finite() => text::float(word_float(word), out),
        Type::Bool => text::literal(types, ty, word, interner, out),
        Type::Str | Type::Node => json_text(interner.get_bytes(word), out),
        Type::Float | Type::Bytes | Type::Time | Type::Duration | Type::Uuid => shown(out),
        Type::Json => json::write(word, interner, out),
        Type::Tuple(parts) => {
            let words = interner.get_words(word).iter().zip(parts);
            array(words, out, |(word, ty), out| part(*ty, *word, out));
        }
        Type::List(of) | Type::Set(of) => {
            array(interner.get_words(word).iter(), out, |word, out| part(*of, *word, out));
        }
        Type::Option(of) => match text::some(word, interner) {
            None => out.extend_from_slice(b"null"),
            Some(inner) if matches!(types[of.0 as usize], Type::Option(_)) => {
                array([inner].iter(), out, |word, out| part(*of, *word, out));
            }
            Some(inner) => part(*of, inner, out),
        },
        Type::Record { fields, .. } => {
            out.push(b'{');
            for (i, (&word, (name, ty))) in interner.get_words(word).iter().zip(fields).enumerate()
            {
                out.extend_from_slice(if i > 0 { b"," } else { b"" });
                json_text(name.as_bytes(), out);
                out.push(b':');
                part(*ty, word, out);
            }
            out.push(b'}');
        }
        Type::Enum { variants, .. } => {
            let words = interner.get_words(word);
            let (name, payload) = &variants[words[0] as usize];
            if payload.is_empty() {
                return json_text(name.as_bytes(), out);
            }
            out.push(b'{');
            json_text(name.as_bytes(), out);
            out.push(b':');
            stack::step(|| {
                let parts = words[1..].iter().zip(payload);
                array(parts, out, |(word, ty), out| part(*ty, *word, out));
            });
            out.push(b'}');
        }
        Type::Map(key, value) | Type::Bag(key, value) => {
            map(types, (*key, *value), word, interner, out);
        }
    }
}

/// An object where keys have a plain text, else an array of pairs.
fn map(
    types: &[Type],
    (key, value): (TypeId, TypeId),
    word: u64,
    interner: &Interner,
    out: &mut Vec<u8>,
) {
    let entries = interner.get_words(word).chunks_exact(2);
    if !json::is_name(&types[key.0 as usize]) {
        return array(entries, out, |entry, out| {
            out.push(b'[');
            json(types, key, entry[0], interner, out);
            out.push(b',');
            json(types, value, entry[1], interner, out);
            out.push(b']');
        });
    }
    out.push(b'{');
    for (i, entry) in entries.enumerate() {
        out.extend_from_slice(if i > 0 { b"," } else { b"" });
        let mut text = Vec::new();
        text::plain(types, key, entry[0], interner, &mut text);
        json_text(&text, out);
        out.push(b':');
        json(types, value, entry[1], interner, out);
    }
    out.push(b'}');
}

fn array<T>(
    parts: impl Iterator<Item = T>,
    out: &mut Vec<u8>,
    mut one: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'[');
    for (i, part) in parts.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        one(part, out);
    }
    out.push(b']');
}

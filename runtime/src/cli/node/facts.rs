//! Rows as the texts that leave a node: facts for people, events in JSON. What
//! is said with them is not known here.

use bloom_compiler::plan::ir::Type;

use crate::connect::schema::Schema;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::connect::write::json_text;
use crate::tick::Gift;
use crate::tick::Rows;
use crate::value::interner::Interner;

/// The rows one by one.
pub fn each(rows: &Rows) -> impl Iterator<Item = &[u64]> {
    let arity = rows.words.len().checked_div(rows.count).unwrap_or(0);
    (0..rows.count).map(move |at| &rows.words[at * arity..(at + 1) * arity])
}

/// The rows, one in a line, without a header.
pub fn lines(
    rows: &Rows,
    form: Form,
    types: &[Type],
    schema: &Schema,
    interner: &Interner,
    out: &mut Vec<u8>,
) {
    let mut writer = RowWriter::new(types, schema, form);
    for row in each(rows) {
        writer.row(row, interner, out);
    }
}

/// A row as `{"rel":{"col":…}}`.
pub fn event(row: &[u64], types: &[Type], schema: &Schema, interner: &Interner, out: &mut Vec<u8>) {
    out.push(b'{');
    json_text(schema.name.as_bytes(), out);
    out.push(b':');
    RowWriter::new(types, schema, Form::Jsonl).row(row, interner, out);
    // A row ends with a line break.
    out.pop();
    out.push(b'}');
}

/// What was given together: one object, or an array of them.
pub fn gift(
    gift: &Gift,
    types: &[Type],
    schemas: &[Schema],
    interner: &Interner,
    out: &mut Vec<u8>,
) {
    let several = gift.insert.iter().map(|rows| rows.count).sum::<usize>() != 1;
    if several {
        out.push(b'[');
    }
    let all = gift.insert.iter().flat_map(|rows| each(rows).map(move |row| (rows.rel, row)));
    for (i, (rel, row)) in all.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        event(row, types, &schemas[rel.index()], interner, out);
    }
    if several {
        out.push(b']');
    }
}

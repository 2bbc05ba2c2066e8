//! Records that could not be read, written as CSV: where each stood, why it is
//! no row, and the record itself. This room must not decide what is bad.

use std::io::Write;

use crate::connect::piece::Bad;
use crate::connect::schema::Schema;
use crate::connect::write::csv_field;

/// The header of a file of rejects.
pub const HEADER: &str = "file,line,column,message,record\n";

/// The message of a bad record: `expected an int, found "x" (column cost of link)`.
pub fn message(bad: &Bad, schema: &Schema) -> String {
    match bad.field.and_then(|field| schema.columns.get(field)) {
        Some(column) => format!("{} (column {} of {})", bad.message, column.name, schema.name),
        None => bad.message.clone(),
    }
}

/// Writes bad records of a file.
pub fn write(out: &mut dyn Write, file: &str, schema: &Schema, bad: &[Bad]) -> std::io::Result<()> {
    let mut line = Vec::new();
    for bad in bad {
        line.clear();
        csv_field(file.as_bytes(), b',', &mut line);
        let _ = write!(line, ",{},{},", bad.line, bad.column);
        csv_field(message(bad, schema).as_bytes(), b',', &mut line);
        line.push(b',');
        csv_field(&bad.record, b',', &mut line);
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

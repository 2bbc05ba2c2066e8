//! Lines of JSON to rows: objects by the names of columns, or arrays by
//! position. What a relation does not declare is passed over, since logs hold
//! more than a program wants. This room must not know files.

use std::fmt;

use bloom_compiler::plan::ir::Type;
use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;

use crate::connect::json::ValueSeed;
use crate::connect::piece::Lines;
use crate::connect::piece::Piece;
use crate::connect::piece::Trouble;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::value::interner::Interner;
use crate::value::parse::Mismatch;

/// How records become rows.
pub struct Layout<'a> {
    /// The types of the plan.
    pub types: &'a [Type],
    /// The relation.
    pub schema: &'a Schema,
    /// How many bad records to keep.
    pub keep: usize,
}

/// Reads every line of a text; its words go into `rows`, which is empty.
pub fn read(layout: &Layout<'_>, text: &[u8], rows: Vec<u64>) -> Piece {
    let mut piece = Piece { rows, ..Piece::default() };
    let mut lines = Lines::new(text);
    let template = layout.schema.template();
    let mut at = 0;
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n + 1);
        let line = text[at..end].trim_ascii_end();
        if !line.trim_ascii().is_empty() {
            let base = piece.rows.len();
            piece.rows.extend_from_slice(&template);
            piece.records += 1;
            if let Err(mut trouble) = record(layout, line, &mut piece, base) {
                piece.take_back(base);
                trouble.at += at;
                piece.reject(&mut lines, &text[at..end], trouble, layout.keep);
            }
        }
        at = end;
    }
    piece.bytes = text.len();
    piece.lines = memchr::memchr_iter(b'\n', text).count() as u64;
    piece
}

fn record(layout: &Layout<'_>, line: &[u8], piece: &mut Piece, base: usize) -> Result<(), Trouble> {
    let mut current = None;
    let mut seen = vec![false; layout.schema.columns.len()];
    let visitor = RowVisitor {
        types: layout.types,
        schema: layout.schema,
        row: &mut piece.rows[base..],
        interner: &mut piece.interner,
        seen: &mut seen,
        current: &mut current,
    };
    let mut json = serde_json::Deserializer::from_slice(line);
    // Values of a program may be deeper than the library lets JSON be; how deep
    // they are is counted where they are read.
    json.disable_recursion_limit();
    let read = json.deserialize_any(visitor).and_then(|()| json.end());
    read.map_err(|error| trouble(&error, current, line.len()))?;
    for (i, column) in layout.schema.columns.iter().enumerate() {
        if seen[i] {
            continue;
        }
        match column.filler {
            // `None` is the same word in every interner.
            Filler::Word(0) if matches!(layout.types[column.ty.0 as usize], Type::Option(_)) => {}
            Filler::Word(_)
                if crate::value::merge::is_interned(&layout.types[column.ty.0 as usize]) =>
            {
                piece.filled.push(base + i);
            }
            Filler::Word(_) => {}
            Filler::Line => {
                piece.numbered.push(base + i);
                piece.rows[base + i] = piece.records;
            }
            Filler::Required => {
                let message = format!("the record has no `{}`", column.name);
                return Err(Trouble { at: 0, field: None, mismatch: Mismatch(message) });
            }
        }
    }
    Ok(())
}

/// What the library found wrong with a line of so many bytes.
pub(super) fn trouble(error: &serde_json::Error, field: Option<usize>, len: usize) -> Trouble {
    let text = error.to_string();
    // The place is told by the file's own line and column.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let at = error.column().saturating_sub(1).min(len);
    let message = match error.classify() {
        serde_json::error::Category::Data => reworded(message),
        _ => format!("this is no JSON: {message}"),
    };
    Trouble { at, field, mismatch: Mismatch(message) }
}

/// "invalid type: X, expected Y" in the words of all other messages.
fn reworded(message: &str) -> String {
    let rest = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
    match rest.and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((found, wanted)) => format!("expected {wanted}, found {found}"),
        None => message.to_owned(),
    }
}

/// Reads one row, an object or an array.
pub(super) struct RowVisitor<'a> {
    pub types: &'a [Type],
    pub schema: &'a Schema,
    /// The row, with what stands for missing values.
    pub row: &'a mut [u64],
    pub interner: &'a mut Interner,
    /// Which columns were there.
    pub seen: &'a mut [bool],
    /// The column being read, for messages.
    pub current: &'a mut Option<usize>,
}

impl RowVisitor<'_> {
    fn seed(&mut self, column: usize) -> ValueSeed<'_> {
        *self.current = Some(column);
        self.seen[column] = true;
        ValueSeed {
            types: self.types,
            ty: self.schema.columns[column].ty,
            interner: self.interner,
            depth: 0,
        }
    }
}

impl<'de> de::Visitor<'de> for RowVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: de::MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(ColumnName(self.schema))? {
            match column {
                Some(column) => self.row[column] = map.next_value_seed(self.seed(column))?,
                None => drop(map.next_value::<de::IgnoredAny>()?),
            }
        }
        *self.current = None;
        Ok(())
    }

    fn visit_seq<A: de::SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        let all = self.schema.columns.len();
        for column in 0..all {
            match seq.next_element_seed(self.seed(column))? {
                Some(word) => self.row[column] = word,
                None => {
                    self.seen[column] = false;
                    break;
                }
            }
        }
        *self.current = None;
        match seq.next_element::<de::IgnoredAny>()? {
            None => Ok(()),
            Some(_) => Err(de::Error::custom(format_args!(
                "expected an array of at most {all} ({})",
                self.schema.names()
            ))),
        }
    }
}

/// The column that a key names.
struct ColumnName<'a>(&'a Schema);

impl<'de> DeserializeSeed<'de> for ColumnName<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<usize>, D::Error> {
        from.deserialize_str(self)
    }
}

impl de::Visitor<'_> for ColumnName<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.position(name))
    }
}

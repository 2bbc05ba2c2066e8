//! CSV, TSV and `.facts` to words. Quotes follow RFC 4180: they open at the
//! start of a field, a doubled one is one, and line breaks may stand inside.
//! This room must not know files: it takes a text that starts with a record
//! and ends with a line break.

use std::borrow::Cow;

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;

use crate::connect::blocks::closing_quote;
use crate::connect::blocks::record_end;
use crate::connect::piece::Lines;
use crate::connect::piece::Piece;
use crate::connect::piece::Trouble;
use crate::connect::schema::Filler;
use crate::connect::schema::Schema;
use crate::value::parse;
use crate::value::parse::Mismatch;
use crate::value::word::float_word;

/// Digits that always fit an int.
const DIGITS_SAFE: usize = 18;

/// How fields are marked off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub struct Dialect {
    pub delimiter: u8,
    pub quotes: bool,
}

/// How the fields of a record become the columns of a row.
pub struct Layout<'a> {
    /// The types of the plan.
    pub types: &'a [Type],
    /// The relation.
    pub schema: &'a Schema,
    /// Field by field, the column it is for.
    pub targets: Vec<usize>,
    /// How fields are marked off.
    pub dialect: Dialect,
    /// How many bad records to keep.
    pub keep: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Nat,
    Float,
    Text,
    Other,
}

/// A field: its content without quotes, and where the next begins.
struct Field<'t> {
    content: Cow<'t, [u8]>,
    quoted: bool,
    next: usize,
    last: bool,
}

/// Reads every record of a text; its words go into `rows`, which is empty.
pub fn read(layout: &Layout<'_>, text: &[u8], rows: Vec<u64>) -> Piece {
    let arity = layout.schema.columns.len();
    let mut reader = Reader {
        layout,
        text,
        kinds: layout.targets.iter().map(|&column| kind(layout, column)).collect(),
        piece: Piece { rows, ..Piece::default() },
    };
    let template = layout.schema.template();
    let numbered: Vec<usize> = (0..arity)
        .filter(|i| layout.schema.columns[*i].filler == Filler::Line && !layout.targets.contains(i))
        .collect();
    let mut lines = Lines::new(text);
    let mut at = 0;
    while at < text.len() {
        if let Some(next) = blank(text, at) {
            at = next;
            continue;
        }
        let base = reader.piece.rows.len();
        reader.piece.rows.extend_from_slice(&template);
        reader.piece.records += 1;
        match reader.record(at, base) {
            Ok(next) => {
                for &column in &numbered {
                    reader.piece.rows[base + column] = reader.piece.records;
                }
                at = next;
            }
            Err(trouble) => {
                reader.piece.take_back(base);
                let end = end(layout.dialect, text, at);
                reader.piece.reject(&mut lines, &text[at..end], trouble, layout.keep);
                at = end;
            }
        }
    }
    reader.piece.bytes = text.len();
    reader.piece.lines = memchr::memchr_iter(b'\n', text).count() as u64;
    reader.piece
}

/// One past an empty line.
pub fn blank(text: &[u8], at: usize) -> Option<usize> {
    match text[at] {
        b'\n' => Some(at + 1),
        b'\r' if text.get(at + 1) == Some(&b'\n') => Some(at + 2),
        _ => None,
    }
}

/// One past a record.
pub fn end(dialect: Dialect, text: &[u8], at: usize) -> usize {
    let end = if dialect.quotes {
        record_end(dialect.delimiter, text, at)
    } else {
        memchr::memchr(b'\n', &text[at..]).map(|n| at + n + 1)
    };
    end.unwrap_or(text.len())
}

fn kind(layout: &Layout<'_>, column: usize) -> Kind {
    match layout.types[layout.schema.columns[column].ty.0 as usize] {
        Type::Int => Kind::Int,
        Type::Nat => Kind::Nat,
        Type::Float => Kind::Float,
        Type::Str | Type::Node => Kind::Text,
        _ => Kind::Other,
    }
}

struct Reader<'a, 't> {
    layout: &'a Layout<'a>,
    text: &'t [u8],
    kinds: Vec<Kind>,
    piece: Piece,
}

impl<'t> Reader<'_, 't> {
    /// Fills the row at `base`; gives where the next record begins.
    fn record(&mut self, start: usize, base: usize) -> Result<usize, Trouble> {
        let mut at = start;
        let fields = self.kinds.len();
        if fields == 0 {
            return self.empty_row(start);
        }
        for i in 0..fields {
            let column = self.layout.targets[i];
            if matches!(self.kinds[i], Kind::Int | Kind::Nat)
                && let Some((word, next, last)) = self.fast_int(at, self.kinds[i])
                && last == (i + 1 == fields)
            {
                self.piece.rows[base + column] = word;
                at = next;
                continue;
            }
            let field = self.field(at).map_err(|mismatch| self.trouble(at, i, mismatch))?;
            if field.last != (i + 1 == fields) {
                return Err(self.miscounted(start, at));
            }
            let word = self.word(i, &field, base).map_err(|m| self.trouble(at, i, m))?;
            self.piece.rows[base + column] = word;
            at = field.next;
        }
        Ok(at)
    }

    /// A relation without columns has one row, written `()`.
    fn empty_row(&self, start: usize) -> Result<usize, Trouble> {
        let end = end(self.layout.dialect, self.text, start);
        let record = self.text[start..end].trim_ascii();
        if record == b"()" {
            return Ok(end);
        }
        let mismatch = Mismatch::expected("`()`, as the relation has no columns", record);
        Err(Trouble { at: start, field: None, mismatch })
    }

    fn trouble(&self, at: usize, field: usize, mismatch: Mismatch) -> Trouble {
        Trouble { at, field: Some(self.layout.targets[field]), mismatch }
    }

    /// The word of an int of few digits, where the next field begins, and
    /// whether the record ends.
    #[inline(always)]
    fn fast_int(&self, start: usize, kind: Kind) -> Option<(u64, usize, bool)> {
        let text = self.text;
        let negative = kind == Kind::Int && text.get(start) == Some(&b'-');
        let first = start + usize::from(negative);
        let mut at = first;
        let mut value = 0u64;
        while let Some(digit) = text.get(at).map(|b| b.wrapping_sub(b'0'))
            && digit <= 9
        {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        if at == first || at - first > DIGITS_SAFE {
            return None;
        }
        let word = if negative { value.wrapping_neg() } else { value };
        match *text.get(at)? {
            b'\n' => Some((word, at + 1, true)),
            b'\r' if text.get(at + 1) == Some(&b'\n') => Some((word, at + 2, true)),
            byte if byte == self.layout.dialect.delimiter => Some((word, at + 1, false)),
            _ => None,
        }
    }

    fn field(&self, at: usize) -> Result<Field<'t>, Mismatch> {
        let text = self.text;
        if self.layout.dialect.quotes && text.get(at) == Some(&b'"') {
            return self.quoted_field(at + 1);
        }
        let delimiter = self.layout.dialect.delimiter;
        let length = text[at..].iter().position(|&b| b == delimiter || b == b'\n');
        let end = length.map_or(text.len(), |n| at + n);
        let last = text.get(end) != Some(&delimiter);
        let content = &text[at..end];
        let content = if last { content.strip_suffix(b"\r").unwrap_or(content) } else { content };
        Ok(Field { content: content.into(), quoted: false, next: end + 1, last })
    }

    fn quoted_field(&self, at: usize) -> Result<Field<'t>, Mismatch> {
        let text = self.text;
        let Some(close) = closing_quote(text, at) else {
            return Err(Mismatch("this quote is never closed".into()));
        };
        let raw = &text[at..close];
        let content = match memchr::memchr(b'"', raw) {
            None => Cow::Borrowed(raw),
            Some(_) => {
                let mut doubled = false;
                let once = |b: &&u8| {
                    doubled = **b == b'"' && !doubled;
                    !doubled
                };
                Cow::Owned(raw.iter().filter(once).copied().collect())
            }
        };
        let (next, last) = match &text[close + 1..] {
            [] => (close + 1, true),
            [b'\n', ..] => (close + 2, true),
            [b'\r', b'\n', ..] => (close + 3, true),
            [byte, ..] if *byte == self.layout.dialect.delimiter => (close + 2, false),
            rest => {
                let more = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                let found = parse::quote(&rest[..more]);
                return Err(Mismatch(format!("found {found} after the closing quote")));
            }
        };
        Ok(Field { content, quoted: true, next, last })
    }

    fn word(&mut self, i: usize, field: &Field<'_>, base: usize) -> Result<u64, Mismatch> {
        let column = self.layout.targets[i];
        let of = &self.layout.schema.columns[column];
        let (types, ty) = (self.layout.types, of.ty);
        if field.content.is_empty() && !field.quoted {
            return self.empty(ty, column, base);
        }
        match self.kinds[i] {
            Kind::Text if field.content.is_ascii() => {
                return Ok(self.piece.interner.bytes(&field.content));
            }
            Kind::Float => {
                if let Some(value) = parse::float(&field.content) {
                    return Ok(float_word(value));
                }
            }
            Kind::Int | Kind::Nat | Kind::Text | Kind::Other => {}
        }
        parse::plain(types, ty, &field.content, &mut self.piece.interner)
    }

    /// An empty field: `None`, then the default, then an empty `str`.
    fn empty(&mut self, ty: TypeId, column: usize, base: usize) -> Result<u64, Mismatch> {
        let ty_of = &self.layout.types[ty.0 as usize];
        if matches!(ty_of, Type::Option(_)) {
            return Ok(0);
        }
        match self.layout.schema.columns[column].filler {
            Filler::Line => {
                self.piece.numbered.push(base + column);
                Ok(self.piece.records)
            }
            // A word of the store, unlike those of the fields around it.
            Filler::Word(word) => {
                self.piece.filled.push(base + column);
                Ok(word)
            }
            Filler::Required if matches!(ty_of, Type::Str) => Ok(self.piece.interner.bytes(b"")),
            Filler::Required => {
                let wanted = parse::wanted(self.layout.types, ty);
                Err(Mismatch(format!("expected {wanted}, found an empty field")))
            }
        }
    }

    /// The record that starts at `start` has another number of fields than
    /// the first one.
    fn miscounted(&self, start: usize, at: usize) -> Trouble {
        let mut found = 0;
        let mut next = start;
        while let Ok(field) = self.field(next) {
            found += 1;
            next = field.next;
            if field.last || next >= self.text.len() {
                break;
            }
        }
        let wanted = self.kinds.len();
        let fields = if wanted == 1 { "field" } else { "fields" };
        let names: Vec<&str> = self
            .layout
            .targets
            .iter()
            .map(|&column| self.layout.schema.columns[column].name.as_str())
            .collect();
        let names = names.join(", ");
        let message = format!("expected {wanted} {fields} ({names}), found {found}");
        Trouble {
            at: if found < wanted { at } else { start },
            field: None,
            mismatch: Mismatch(message),
        }
    }
}

//! A field of a Parquet file to the word of a value, guided by its type, as
//! strict as JSON is: numbers are no texts. Whatever the library calls text
//! may hold the literal of a compound value. This room must not know rows.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use parquet::data_type::Decimal;
use parquet::record::Field;

use crate::value::collections;
use crate::value::interner::Interner;
use crate::value::parse;
use crate::value::parse::Mismatch;
use crate::value::word::float_word;

const DAY_NS: i64 = 86_400_000_000_000;

/// How a value is made.
pub struct Values<'a> {
    /// The types of the plan.
    pub types: &'a [Type],
    /// Whether plain 64-bit ints are nanoseconds, as the file's schema tells.
    pub nanoseconds: bool,
    /// Where texts and compound values go.
    pub interner: &'a mut Interner,
}

impl Values<'_> {
    /// The word of a field.
    pub fn word(&mut self, ty: TypeId, field: &Field) -> Result<u64, Mismatch> {
        let off = |found: String| {
            let wanted = parse::wanted(self.types, ty);
            Mismatch(format!("expected {wanted}, found {found}"))
        };
        let types = self.types;
        if let Type::Option(of) = types[ty.0 as usize] {
            return match field {
                Field::Null => Ok(0),
                // Written as a literal: one null cannot tell two kinds of it apart.
                Field::Str(text) if matches!(types[of.0 as usize], Type::Option(_)) => {
                    parse::plain(types, ty, text.as_bytes(), self.interner)
                }
                some => {
                    let inner = self.word(of, some)?;
                    Ok(self.interner.words(&[inner]) + 1)
                }
            };
        }
        match (&types[ty.0 as usize], field) {
            (Type::Bool | Type::Float | Type::Int | Type::Nat, _) => {
                self.number(ty, field).ok_or_else(|| off(shown(field)))
            }
            (Type::Duration, Field::Long(value)) => Ok(*value as u64),
            (Type::Time, _) => match self.time(field) {
                Some(value) => Ok(value as u64),
                None => self.text(ty, field),
            },
            (Type::Bytes | Type::Uuid, Field::Bytes(value))
                if matches!(types[ty.0 as usize], Type::Bytes) || value.len() == 16 =>
            {
                Ok(self.interner.bytes(value.data()))
            }
            (Type::Str | Type::Node, Field::Bytes(value)) => {
                parse::plain(types, ty, value.data(), self.interner)
            }
            (Type::List(of) | Type::Set(of), Field::ListInternal(list)) => {
                let words = list.elements().iter().map(|element| self.word(*of, element));
                let words = words.collect::<Result<Vec<u64>, Mismatch>>()?;
                match &types[ty.0 as usize] {
                    Type::Set(_) => Ok(collections::set(types, *of, words, self.interner)),
                    _ => Ok(self.interner.words(&words)),
                }
            }
            (Type::Map(key, value), Field::MapInternal(map)) => {
                let each = map.entries().iter();
                let each = each.map(|(k, v)| Ok((self.word(*key, k)?, self.word(*value, v)?)));
                let entries = each.collect::<Result<Vec<(u64, u64)>, Mismatch>>()?;
                Ok(collections::map(types, *key, entries, self.interner))
            }
            (Type::Record { fields, .. }, Field::Group(row)) => {
                let mut words = Vec::with_capacity(fields.len());
                for (name, ty) in fields {
                    let found = row.get_column_iter().find(|(known, _)| *known == name);
                    let (_, field) =
                        found.ok_or_else(|| off(format!("a group without `{name}`")))?;
                    words.push(self.word(*ty, field)?);
                }
                Ok(self.interner.words(&words))
            }
            _ => self.text(ty, field),
        }
    }

    /// The word of a number or a bool.
    fn number(&self, ty: TypeId, field: &Field) -> Option<u64> {
        let whole = match field {
            Field::Decimal(value) => parse::int(decimal(value).as_bytes()),
            _ => int(field),
        };
        match (&self.types[ty.0 as usize], field) {
            (Type::Bool, Field::Bool(value)) => Some(u64::from(*value)),
            (Type::Bool, _) => None,
            (Type::Float, Field::Float16(value)) => Some(float_word(f64::from(*value))),
            (Type::Float, Field::Float(value)) => Some(float_word(f64::from(*value))),
            (Type::Float, Field::Double(value)) => Some(float_word(*value)),
            (Type::Float, Field::Decimal(value)) => {
                parse::float(decimal(value).as_bytes()).map(float_word)
            }
            (Type::Float, _) => whole.map(|value| float_word(value as f64)),
            (Type::Nat, _) => whole.filter(|value| *value >= 0).map(|value| value as u64),
            _ => whole.map(|value| value as u64),
        }
    }

    fn text(&mut self, ty: TypeId, field: &Field) -> Result<u64, Mismatch> {
        if let Field::Str(text) = field {
            return parse::plain(self.types, ty, text.as_bytes(), self.interner);
        }
        let wanted = parse::wanted(self.types, ty);
        Err(Mismatch(format!("expected {wanted}, found {}", shown(field))))
    }

    /// Nanoseconds since 1970.
    fn time(&self, field: &Field) -> Option<i64> {
        match field {
            Field::TimestampMillis(value) => value.checked_mul(1_000_000),
            Field::TimestampMicros(value) => value.checked_mul(1_000),
            Field::Date(days) => i64::from(*days).checked_mul(DAY_NS),
            Field::Long(value) if self.nanoseconds => Some(*value),
            _ => None,
        }
    }
}

fn int(field: &Field) -> Option<i64> {
    match field {
        Field::Byte(value) => Some(i64::from(*value)),
        Field::Short(value) => Some(i64::from(*value)),
        Field::Int(value) => Some(i64::from(*value)),
        Field::Long(value) => Some(*value),
        Field::UByte(value) => Some(i64::from(*value)),
        Field::UShort(value) => Some(i64::from(*value)),
        Field::UInt(value) => Some(i64::from(*value)),
        Field::ULong(value) => i64::try_from(*value).ok(),
        _ => None,
    }
}

/// The digits of a decimal, with a point if it has places behind one.
fn decimal(value: &Decimal) -> String {
    let negative = value.data().first().is_some_and(|byte| byte >> 7 == 1);
    // Two's complement, most significant byte first; what does not fit is left
    // to those who read the digits.
    let start = if negative { -1i128 } else { 0 };
    let bytes = value.data();
    let bytes = &bytes[bytes.len().saturating_sub(16)..];
    let whole = bytes.iter().fold(start, |whole, byte| whole << 8 | i128::from(*byte));
    let scale = usize::try_from(value.scale()).unwrap_or(0);
    let digits = format!("{:0>width$}", whole.unsigned_abs(), width = scale + 1);
    let (before, after) = digits.split_at(digits.len() - scale);
    let point =
        if after.trim_end_matches('0').is_empty() { String::new() } else { format!(".{after}") };
    format!("{}{before}{point}", if negative { "-" } else { "" })
}

/// A field in a message.
fn shown(field: &Field) -> String {
    match field {
        Field::Null => "null".into(),
        Field::Str(text) => format!("the text {}", parse::quote(text.as_bytes())),
        Field::Bytes(_) => "bytes".into(),
        Field::Group(_) => "a group".into(),
        Field::ListInternal(_) => "a list".into(),
        Field::MapInternal(_) => "a map".into(),
        other => other.to_string(),
    }
}

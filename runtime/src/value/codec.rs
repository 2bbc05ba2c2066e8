//! Rows as bytes: what messages and logs are made of. Equal rows have equal
//! bytes on every node, and bytes that are not exactly what [`encode`] writes
//! are refused, so bytes can be compared in the place of rows. Who sends or
//! keeps them is not known here.
//!
//! A value has no mark of its type: whoever reads has the same types. Counts,
//! lengths and numbers take as many bytes as they need, seven bits in each, the
//! low ones first; signed ones are folded so that small ones are short. Every
//! value takes at least a byte, so a count says no more than the bytes hold.

use std::cmp::Ordering;
use std::fmt;

use bloom_compiler::limits::DATA_DEPTH_MAX;
use bloom_compiler::limits::JSON_DEPTH_MAX;
use bloom_compiler::limits::ROW_BYTES_MAX;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;

use crate::value::interner::Interner;
use crate::value::json;
use crate::value::order::compare;
use crate::value::word::float_word;
use crate::value::word::word_float;

/// Bytes of a uuid.
const UUID_BYTES: usize = 16;
/// Bits of a number in each of its bytes.
const BITS: u32 = 7;

/// Why bytes are no row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// They end before the row does.
    Ends,
    /// So many are left over.
    Rest(usize),
    /// Something stands there that no row of these types is written with.
    Wrong(&'static str),
    /// Values are inside each other deeper than they may be.
    TooDeep,
    /// There are more of them than any row may take.
    TooLong,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Ends => f.write_str("the bytes end before the row does"),
            Malformed::Rest(1) => f.write_str("a byte is left over after the row"),
            Malformed::Rest(n) => write!(f, "{n} bytes are left over after the row"),
            Malformed::Wrong(what) => write!(f, "expected {what}"),
            Malformed::TooDeep => write!(f, "values nest deeper than {DATA_DEPTH_MAX} levels"),
            Malformed::TooLong => write!(f, "a row takes at most {ROW_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for Malformed {}

/// Appends the canonical bytes of a row: the same value gives the same bytes
/// on every node.
pub fn encode(
    types: &[Type],
    cols: &[TypeId],
    row: &[u64],
    interner: &Interner,
    out: &mut Vec<u8>,
) {
    let mut writer = Writer { types, interner, out };
    for (&ty, &word) in cols.iter().zip(row) {
        writer.value(ty, word);
    }
}

/// Reads one row, of which all bytes are used. It never panics, whatever the
/// bytes are, and takes no more memory than they justify.
pub fn decode(
    types: &[Type],
    cols: &[TypeId],
    bytes: &[u8],
    interner: &mut Interner,
) -> Result<Vec<u64>, Malformed> {
    if bytes.len() > ROW_BYTES_MAX {
        return Err(Malformed::TooLong);
    }
    let mut reader = Reader { types, interner, bytes };
    let row = cols.iter().map(|&ty| reader.value(ty, DATA_DEPTH_MAX)).collect::<Result<_, _>>()?;
    match reader.bytes.len() {
        0 => Ok(row),
        left => Err(Malformed::Rest(left)),
    }
}

/// Appends a number.
fn number(mut n: u64, out: &mut Vec<u8>) {
    while n >> BITS > 0 {
        out.push(n as u8 | 1 << BITS);
        n >>= BITS;
    }
    out.push(n as u8);
}

/// Numbers near zero, of either sign, become small ones.
fn folded(n: i64) -> u64 {
    (n << 1 ^ n >> 63) as u64
}

fn unfolded(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// The first byte of a JSON value.
mod kind {
    pub const NULL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    pub const INT: u8 = 3;
    pub const FLOAT: u8 = 4;
    pub const STR: u8 = 5;
    pub const ARRAY: u8 = 6;
    pub const OBJECT: u8 = 7;
}

struct Writer<'a> {
    types: &'a [Type],
    interner: &'a Interner,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn value(&mut self, ty: TypeId, word: u64) {
        let (types, interner) = (self.types, self.interner);
        match &types[ty.0 as usize] {
            Type::Int | Type::Time | Type::Duration => number(folded(word as i64), self.out),
            Type::Nat => number(word, self.out),
            Type::Float => self.float(word_float(word)),
            Type::Bool => self.out.push(u8::from(word != 0)),
            Type::Str | Type::Bytes | Type::Node => self.text(word),
            Type::Uuid => self.out.extend_from_slice(interner.get_bytes(word)),
            Type::Json => self.json(word),
            Type::Option(_) if word == 0 => self.out.push(0),
            Type::Option(of) => {
                self.out.push(1);
                self.value(*of, interner.get_words(word - 1)[0]);
            }
            Type::Tuple(parts) if parts.is_empty() => self.out.push(0),
            Type::Tuple(parts) => self.each(parts.iter().copied(), interner.get_words(word)),
            Type::Record { fields, .. } if fields.is_empty() => self.out.push(0),
            Type::Record { fields, .. } => {
                self.each(fields.iter().map(|field| field.1), interner.get_words(word));
            }
            Type::List(of) | Type::Set(of) => {
                let words = interner.get_words(word);
                number(words.len() as u64, self.out);
                self.each(std::iter::repeat(*of), words);
            }
            Type::Map(key, of) | Type::Bag(key, of) => {
                let words = interner.get_words(word);
                number(words.len() as u64 / 2, self.out);
                self.each([*key, *of].into_iter().cycle(), words);
            }
            Type::Enum { variants, .. } => {
                let words = interner.get_words(word);
                number(words[0], self.out);
                let payload = &variants[words[0] as usize].1;
                stack::step(|| self.each(payload.iter().copied(), &words[1..]));
            }
        }
    }

    fn each(&mut self, types: impl Iterator<Item = TypeId>, words: &[u64]) {
        for (ty, &word) in types.zip(words) {
            self.value(ty, word);
        }
    }

    fn text(&mut self, word: u64) {
        let bytes = self.interner.get_bytes(word);
        number(bytes.len() as u64, self.out);
        self.out.extend_from_slice(bytes);
    }

    fn float(&mut self, x: f64) {
        let x = if x.is_nan() { f64::NAN } else { x };
        self.out.extend_from_slice(&x.to_bits().to_le_bytes());
    }

    fn json(&mut self, word: u64) {
        let interner = self.interner;
        match json::node(word, interner) {
            json::Node::Null => self.out.push(kind::NULL),
            json::Node::Bool(b) => self.out.push(if b { kind::TRUE } else { kind::FALSE }),
            json::Node::Int(n) => {
                self.out.push(kind::INT);
                number(folded(n), self.out);
            }
            json::Node::Float(x) => {
                self.out.push(kind::FLOAT);
                self.float(x);
            }
            json::Node::Str(text) => {
                self.out.push(kind::STR);
                self.text(text);
            }
            json::Node::Array(parts) => {
                self.out.push(kind::ARRAY);
                number(parts.len() as u64, self.out);
                parts.iter().for_each(|&part| self.json(part));
            }
            json::Node::Object(entries) => {
                self.out.push(kind::OBJECT);
                number(entries.len() as u64 / 2, self.out);
                for entry in entries.chunks_exact(2) {
                    self.text(entry[0]);
                    self.json(entry[1]);
                }
            }
        }
    }
}

struct Reader<'a> {
    types: &'a [Type],
    interner: &'a mut Interner,
    /// What is left.
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A value in which there may be others so deep.
    fn value(&mut self, ty: TypeId, left: u32) -> Result<u64, Malformed> {
        let types = self.types;
        let inside = || left.checked_sub(1).ok_or(Malformed::TooDeep);
        match &types[ty.0 as usize] {
            Type::Int | Type::Time | Type::Duration => Ok(unfolded(self.number()?) as u64),
            Type::Nat => match self.number()? {
                n if n > i64::MAX as u64 => Err(Malformed::Wrong("a number that is not negative")),
                n => Ok(n),
            },
            Type::Float => Ok(float_word(self.float()?)),
            Type::Bool => Ok(u64::from(self.flag("true or false")?)),
            Type::Bytes => {
                let bytes = self.counted()?;
                Ok(self.interner.bytes(bytes))
            }
            Type::Str | Type::Node => self.text(),
            Type::Uuid => {
                let bytes = self.take(UUID_BYTES)?;
                Ok(self.interner.bytes(bytes))
            }
            Type::Json => self.json(JSON_DEPTH_MAX),
            Type::Option(of) => match self.flag("a value or none")? {
                false => Ok(0),
                true => {
                    let word = self.value(*of, inside()?)?;
                    Ok(self.interner.words(&[word]) + 1)
                }
            },
            Type::Tuple(parts) => self.parts(parts.iter().copied(), inside()?),
            Type::Record { fields, .. } => self.parts(fields.iter().map(|f| f.1), inside()?),
            Type::List(of) => {
                let words = self.many(std::iter::repeat(*of), 1, inside()?)?;
                Ok(self.interner.words(&words))
            }
            Type::Set(of) => {
                let words = self.many(std::iter::repeat(*of), 1, inside()?)?;
                self.ascending(*of, &words, 1, "the elements of a set, each once, ascending")
            }
            Type::Map(key, of) | Type::Bag(key, of) => {
                let words = self.many([*key, *of].into_iter().cycle(), 2, inside()?)?;
                self.ascending(*key, &words, 2, "the keys of a map, each once, ascending")
            }
            Type::Enum { variants, .. } => {
                let variant = self.number()?;
                let found = usize::try_from(variant).ok().and_then(|at| variants.get(at));
                let (_, payload) = found.ok_or(Malformed::Wrong("a constructor of the enum"))?;
                let left = inside()?;
                let mut words = vec![variant];
                stack::step(|| {
                    for &ty in payload {
                        words.push(self.value(ty, left)?);
                    }
                    Ok(self.interner.words(&words))
                })
            }
        }
    }

    fn parts(
        &mut self,
        types: impl ExactSizeIterator<Item = TypeId>,
        left: u32,
    ) -> Result<u64, Malformed> {
        if types.len() == 0 && self.byte()? != 0 {
            return Err(Malformed::Wrong("a value without parts"));
        }
        let words: Vec<u64> = types.map(|ty| self.value(ty, left)).collect::<Result<_, _>>()?;
        Ok(self.interner.words(&words))
    }

    /// As many times `width` values as the number before them says.
    fn many(
        &mut self,
        types: impl Iterator<Item = TypeId>,
        width: usize,
        left: u32,
    ) -> Result<Vec<u64>, Malformed> {
        let count = self.count(width)?;
        types.take(count * width).map(|ty| self.value(ty, left)).collect()
    }

    /// How many follow, of which each takes at least so many bytes.
    fn count(&mut self, least: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed::Ends)?;
        if count > self.bytes.len() / least {
            return Err(Malformed::Ends);
        }
        Ok(count)
    }

    /// A collection whose elements or keys stand at every `width`th place.
    fn ascending(
        &mut self,
        ty: TypeId,
        words: &[u64],
        width: usize,
        wanted: &'static str,
    ) -> Result<u64, Malformed> {
        let keys = words.iter().step_by(width);
        let less = |(a, b)| compare(self.types, ty, a, b, self.interner) == Ordering::Less;
        if !keys.clone().copied().zip(keys.skip(1).copied()).all(less) {
            return Err(Malformed::Wrong(wanted));
        }
        Ok(self.interner.words(words))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(Malformed::Ends)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        let (&byte, rest) = self.bytes.split_first().ok_or(Malformed::Ends)?;
        self.bytes = rest;
        Ok(byte)
    }

    fn flag(&mut self, wanted: &'static str) -> Result<bool, Malformed> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed::Wrong(wanted)),
        }
    }

    /// A number in the fewest bytes that hold it.
    fn number(&mut self) -> Result<u64, Malformed> {
        let wrong = Err(Malformed::Wrong("a number of 64 bits, as short as it can be"));
        let mut n = 0;
        for at in 0..=u64::BITS / BITS {
            let byte = self.byte()?;
            let bits = u64::from(byte & ((1 << BITS) - 1));
            if bits << (at * BITS) >> (at * BITS) != bits {
                return wrong;
            }
            n |= bits << (at * BITS);
            if byte >> BITS == 0 {
                return if byte == 0 && at > 0 { wrong } else { Ok(n) };
            }
        }
        wrong
    }

    fn float(&mut self) -> Result<f64, Malformed> {
        let mut bytes = [0; size_of::<u64>()];
        bytes.copy_from_slice(self.take(size_of::<u64>())?);
        let bits = u64::from_le_bytes(bytes);
        let x = f64::from_bits(bits);
        match word_float(float_word(x)).to_bits() == bits {
            true => Ok(x),
            false => Err(Malformed::Wrong("a float, without a negative zero and other NaNs")),
        }
    }

    fn counted(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.count(1)?;
        self.take(count)
    }

    fn text(&mut self) -> Result<u64, Malformed> {
        let bytes = self.counted()?;
        match std::str::from_utf8(bytes) {
            Ok(_) => Ok(self.interner.bytes(bytes)),
            Err(_) => Err(Malformed::Wrong("text in UTF-8")),
        }
    }

    fn json(&mut self, left: usize) -> Result<u64, Malformed> {
        let inside = || left.checked_sub(1).ok_or(Malformed::TooDeep);
        match self.byte()? {
            kind::NULL => Ok(json::null(self.interner)),
            kind::FALSE => Ok(json::bool(false, self.interner)),
            kind::TRUE => Ok(json::bool(true, self.interner)),
            kind::INT => {
                let n = unfolded(self.number()?);
                Ok(json::int(n, self.interner))
            }
            kind::FLOAT => {
                let x = self.float()?;
                if !x.is_finite() {
                    return Err(Malformed::Wrong("a finite number in JSON"));
                }
                Ok(json::float(x, self.interner))
            }
            kind::STR => {
                let text = self.counted()?;
                if std::str::from_utf8(text).is_err() {
                    return Err(Malformed::Wrong("text in UTF-8"));
                }
                Ok(json::str(text, self.interner))
            }
            kind::ARRAY => {
                let (count, left) = (self.count(1)?, inside()?);
                let parts: Vec<u64> =
                    (0..count).map(|_| self.json(left)).collect::<Result<_, _>>()?;
                json::array(&parts, self.interner).ok_or(Malformed::TooDeep)
            }
            kind::OBJECT => {
                let (count, left) = (self.count(2)?, inside()?);
                let mut entries: Vec<(u64, u64)> = Vec::new();
                for _ in 0..count {
                    let name = self.text()?;
                    let last = entries.last().map(|last| self.interner.get_bytes(last.0));
                    if last.is_some_and(|last| last >= self.interner.get_bytes(name)) {
                        return Err(Malformed::Wrong("names of an object, each once, ascending"));
                    }
                    entries.push((name, self.json(left)?));
                }
                json::object(entries, self.interner).ok_or(Malformed::TooDeep)
            }
            _ => Err(Malformed::Wrong("a kind of JSON")),
        }
    }
}

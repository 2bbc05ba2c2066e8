//! The functions of the language over words. What each means is said in its
//! row of the compiler's table; the tests run that table's examples here.
//!
//! | room | owns |
//! |---|---|
//! | `numbers` | ints and floats |
//! | `texts` | texts and bytes |
//! | `regexes` | regular expressions, each compiled once |
//! | `times` | times and durations |
//! | `lists` | lists and options |
//! | `sets` | sets and maps |
//! | `json` | JSON values |
//! | `hashing` | hashes, uuids, encodings of bytes |

mod hashing;
mod json;
mod lists;
mod numbers;
mod regexes;
mod sets;
mod texts;
mod times;

use bloom_compiler::limits::TEXT_BYTES_MAX;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins;
use bloom_compiler::types::builtins::Func;
use bloom_compiler::types::builtins::Group;

use crate::kernel::scalar::Scalars;
pub use hashing::Encoder;
pub use regexes::Patterns;

/// `Err(None)`: no row; `Err(Some(kind))`: the tick fails.
pub type Outcome = Result<u64, Option<FailKind>>;

/// The arguments of a call with their types.
pub struct Args<'a> {
    words: &'a [u64],
    tys: &'a [TypeId],
    /// Type of the result.
    ty: TypeId,
}

impl Args<'_> {
    fn int(&self, i: usize) -> i64 {
        self.words[i] as i64
    }

    /// A number of things: negative counts as 0.
    fn count(&self, i: usize) -> usize {
        usize::try_from(self.int(i)).unwrap_or(0)
    }

    fn float(&self, i: usize) -> f64 {
        crate::value::word::word_float(self.words[i])
    }
}

/// Calls a function.
pub fn call(f: Func, words: &[u64], tys: &[TypeId], ty: TypeId, s: &mut Scalars) -> Outcome {
    let a = Args { words, tys, ty };
    let first = tys.first().map(|&t| self::ty(s, t));
    match (f, first) {
        (Func::Hash | Func::UuidOf | Func::Spread | Func::Owners, _) => hashing::call(f, &a, s),
        (Func::Json, _) => json::call(f, words[0], &a, s),
        (Func::Min | Func::Max | Func::Clamp, _) => numbers::call(f, &a, s),
        (Func::MinOf | Func::MaxOf, _) if words.len() == 2 => numbers::call(f, &a, s),
        (_, Some(Type::Json)) => json::call(f, words[0], &a, s),
        (_, Some(Type::Option(of))) if is_json(s, *of) && !about_options(f) => {
            let first = there_or_null(words[0], s);
            json::call(f, first, &a, s)
        }
        (Func::Abs | Func::Floor, Some(Type::Time | Type::Duration)) => times::call(f, &a, s),
        (Func::Length | Func::IsEmpty | Func::Reverse | Func::IndexOf, Some(Type::List(_))) => {
            lists::call(f, &a, s)
        }
        (Func::Get, Some(Type::Str)) => texts::call(f, &a, s),
        (Func::IsEmpty | Func::Get, Some(Type::Set(_) | Type::Map(..))) => sets::call(f, &a, s),
        _ => match builtins::of(f).group {
            Group::Numbers => numbers::call(f, &a, s),
            Group::Text => texts::call(f, &a, s),
            Group::Regex => regexes::call(f, &a, s),
            Group::Time => times::call(f, &a, s),
            Group::Lists | Group::Options => lists::call(f, &a, s),
            Group::SetsAndMaps => sets::call(f, &a, s),
            Group::Json => json::call(f, words[0], &a, s),
            Group::Hashing => hashing::call(f, &a, s),
        },
    }
}

fn ty<'a>(s: &Scalars<'a>, id: TypeId) -> &'a Type {
    &s.types[id.0 as usize]
}

fn is_json(s: &Scalars, id: TypeId) -> bool {
    *ty(s, id) == Type::Json
}

fn about_options(f: Func) -> bool {
    builtins::of(f).group == Group::Options
}

/// JSON that may be missing, to a function that asks for JSON.
fn there_or_null(option: u64, s: &mut Scalars) -> u64 {
    match option.checked_sub(1) {
        Some(there) => s.interner.get_words(there)[0],
        None => crate::value::json::null(s.interner),
    }
}

/// `None` or `Some` of a word.
fn option(s: &mut Scalars, word: Option<u64>) -> u64 {
    word.map_or(0, |w| 1 + s.interner.words(&[w]))
}

/// A text or bytes, unless too long.
fn make(s: &mut Scalars, bytes: &[u8]) -> Outcome {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(Some(FailKind::TooLong));
    }
    Ok(s.interner.bytes(bytes))
}

/// `None` or `Some` of a text.
fn some_text(s: &mut Scalars, text: Option<String>) -> Outcome {
    let word = text.map(|text| s.interner.bytes(text.as_bytes()));
    Ok(option(s, word))
}

/// A list of texts.
fn texts(s: &mut Scalars, parts: &[String]) -> u64 {
    let words: Vec<u64> = parts.iter().map(|p| s.interner.bytes(p.as_bytes())).collect();
    s.interner.words(&words)
}

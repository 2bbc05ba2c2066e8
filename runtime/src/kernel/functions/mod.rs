//! The functions of the language over words. What each means is said beside
//! its name in the compiler's table; the tests run that table's examples here.
//!
//! | room | owns |
//! |---|---|
//! | `numbers` | ints, floats, times, durations |
//! | `texts` | texts and bytes |
//! | `lists` | lists, options, sets, maps |

mod lists;
mod numbers;
mod texts;

use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins::Func;

use crate::kernel::scalar::Scalars;

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

    fn float(&self, i: usize) -> f64 {
        crate::value::word::word_float(self.words[i])
    }
}

/// Calls a function.
pub fn call(f: Func, words: &[u64], tys: &[TypeId], ty: TypeId, s: &mut Scalars) -> Outcome {
    let a = Args { words, tys, ty };
    match f {
        Func::Abs
        | Func::Min
        | Func::Max
        | Func::Int
        | Func::Float
        | Func::Nat
        | Func::Floor
        | Func::Ceil
        | Func::Round
        | Func::Sqrt
        | Func::Pow
        | Func::SinceEpoch
        | Func::Millis
        | Func::Seconds => numbers::call(f, &a, s),
        Func::Lower
        | Func::Upper
        | Func::Trim
        | Func::Contains
        | Func::StartsWith
        | Func::EndsWith
        | Func::Replace
        | Func::Split
        | Func::Concat
        | Func::Substr
        | Func::IndexOf
        | Func::Str
        | Func::ParseInt
        | Func::ParseFloat
        | Func::Time
        | Func::Bytes
        | Func::Utf8 => texts::call(f, &a, s),
        Func::Length
        | Func::Reverse
        | Func::Sort
        | Func::First
        | Func::Last
        | Func::Slice
        | Func::Append
        | Func::Enumerate
        | Func::ToSet
        | Func::ToList
        | Func::OrElse
        | Func::IsSome
        | Func::Size
        | Func::Union
        | Func::Intersect
        | Func::Difference
        | Func::Keys
        | Func::GetOr => lists::call(f, &a, s),
        // The types put operations of a lattice in their place.
        Func::Join | Func::Leq => Err(Some(FailKind::BadArgument)),
    }
}

fn ty<'a>(s: &'a Scalars, id: TypeId) -> &'a Type {
    &s.types[id.0 as usize]
}

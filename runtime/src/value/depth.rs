//! How deep values are inside each other. Only enums can hold values of
//! themselves, so their depths are remembered: a value that is built around
//! another looks no deeper than that one. This room must not know what limit
//! is put to it.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;
use rustc_hash::FxHashMap;

use crate::value::interner::Interner;

/// The depths of enum values met so far, by type and word.
#[derive(Clone, Default)]
pub struct Depths {
    known: FxHashMap<(TypeId, u64), u32>,
}

impl Depths {
    /// How deep a value is; numbers, texts and `None` have nothing inside.
    pub fn of(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> u32 {
        match &types[ty.0 as usize] {
            Type::Int
            | Type::Nat
            | Type::Float
            | Type::Bool
            | Type::Str
            | Type::Bytes
            | Type::Node
            | Type::Time
            | Type::Duration
            | Type::Uuid
            // What JSON holds has a limit of its own.
            | Type::Json => 0,
            Type::Option(_) if word == 0 => 0,
            Type::Option(t) => {
                let inside = interner.get_words(word - 1);
                self.around(types, [*t].into_iter(), inside, interner)
            }
            Type::Tuple(parts) => {
                self.around(types, parts.iter().copied(), interner.get_words(word), interner)
            }
            Type::Record { fields, .. } => {
                let parts = fields.iter().map(|field| field.1);
                self.around(types, parts, interner.get_words(word), interner)
            }
            Type::List(t) | Type::Set(t) => {
                let parts = std::iter::repeat(*t);
                self.around(types, parts, interner.get_words(word), interner)
            }
            Type::Map(k, v) | Type::Bag(k, v) => {
                let parts = [*k, *v].into_iter().cycle();
                self.around(types, parts, interner.get_words(word), interner)
            }
            Type::Enum { variants, .. } => {
                if let Some(depth) = self.known.get(&(ty, word)) {
                    return *depth;
                }
                let words = interner.get_words(word);
                let parts = variants[words[0] as usize].1.iter().copied();
                let depth = stack::step(|| self.around(types, parts, &words[1..], interner));
                self.known.insert((ty, word), depth);
                depth
            }
        }
    }

    fn around(
        &mut self,
        types: &[Type],
        parts: impl Iterator<Item = TypeId>,
        words: &[u64],
        interner: &Interner,
    ) -> u32 {
        let depths = parts.zip(words).map(|(ty, &word)| self.of(types, ty, word, interner));
        1 + depths.max().unwrap_or(0)
    }
}

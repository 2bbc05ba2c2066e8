//! Which interned values are reached from words of known types. Where the words
//! stand, and what becomes of values that are not reached, is not known here.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use rustc_hash::FxHashSet;

use crate::value::interner::Interner;
use crate::value::json;

/// A set of ids.
#[derive(Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Whether an id is in it.
    #[inline(always)]
    pub fn has(&self, id: u32) -> bool {
        self.0.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// Adds an id; whether it was not in it.
    #[inline(always)]
    fn add(&mut self, id: u32) -> bool {
        let at = id as usize / 64;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        let is_new = self.0[at] >> (id % 64) & 1 == 0;
        self.0[at] |= 1 << (id % 64);
        is_new
    }
}

/// What was reached so far.
#[derive(Default)]
pub struct Reached {
    /// Ids of texts and bytes.
    pub bytes: Bits,
    /// Ids of word lists.
    pub words: Bits,
    /// Lists that were looked into, as values of a type: one list may be a
    /// value of several.
    seen: FxHashSet<(TypeId, u64)>,
    waiting: Vec<(TypeId, u64)>,
}

impl Reached {
    /// Reaches a text.
    pub fn bytes(&mut self, word: u64) {
        self.bytes.add(word as u32);
    }

    /// Reaches a value and all that is in it.
    #[inline(always)]
    pub fn value(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) {
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => {}
            Type::Str | Type::Bytes | Type::Node | Type::Uuid => self.bytes(word),
            _ => self.whole(types, ty, word, interner),
        }
    }

    fn whole(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) {
        self.waiting.push((ty, word));
        while let Some((ty, word)) = self.waiting.pop() {
            match &types[ty.0 as usize] {
                Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => {}
                Type::Str | Type::Bytes | Type::Node | Type::Uuid => self.bytes(word),
                Type::Option(_) if word == 0 => {}
                _ if !self.seen.insert((ty, word)) => {}
                Type::Json => self.json(ty, word, interner),
                Type::Option(of) => {
                    self.words.add((word - 1) as u32);
                    self.waiting.push((*of, interner.get_words(word - 1)[0]));
                }
                Type::Tuple(parts) => self.parts(parts.iter().copied(), 0, word, interner),
                Type::Record { fields, .. } => {
                    self.parts(fields.iter().map(|field| field.1), 0, word, interner);
                }
                Type::List(of) | Type::Set(of) => {
                    self.parts(std::iter::repeat(*of), 0, word, interner);
                }
                Type::Map(key, of) | Type::Bag(key, of) => {
                    self.parts([*key, *of].into_iter().cycle(), 0, word, interner);
                }
                Type::Enum { variants, .. } => {
                    let variant = interner.get_words(word)[0] as usize;
                    self.parts(variants[variant].1.iter().copied(), 1, word, interner);
                }
            }
        }
    }

    fn parts(
        &mut self,
        types: impl Iterator<Item = TypeId>,
        from: usize,
        word: u64,
        interner: &Interner,
    ) {
        self.words.add(word as u32);
        self.waiting.extend(types.zip(interner.get_words(word)[from..].iter().copied()));
    }

    fn json(&mut self, ty: TypeId, word: u64, interner: &Interner) {
        self.words.add(word as u32);
        match json::node(word, interner) {
            json::Node::Str(text) => self.bytes(text),
            json::Node::Array(parts) => self.waiting.extend(parts.iter().map(|part| (ty, *part))),
            json::Node::Object(entries) => {
                for entry in entries.chunks_exact(2) {
                    self.bytes(entry[0]);
                    self.waiting.push((ty, entry[1]));
                }
            }
            json::Node::Null | json::Node::Bool(_) | json::Node::Int(_) | json::Node::Float(_) => {}
        }
    }
}

//! Moves words from one interner to another. Threads read with an interner of
//! their own, so that they never wait for each other; here their ids become
//! those of the store. This room must not know files or relations.

use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::stack;
use rustc_hash::FxHashMap;

use crate::value::interner::Interner;
use crate::value::json;

/// Stands for an id that was not met yet; interners give ids below it.
const UNKNOWN: u32 = u32::MAX;

/// What is known about the ids of one interner in another.
pub struct Merge<'a> {
    types: &'a [Type],
    from: &'a Interner,
    /// Texts below this id are the same in both.
    same: u64,
    bytes: Vec<u32>,
    /// By type: two types may share a list of words whose parts differ.
    words: Vec<Vec<u32>>,
}

/// What stands at a place of the list of words of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A word that means the same everywhere.
    Word,
    /// A text.
    Text,
    /// A value of this type.
    Of(TypeId),
}

impl<'a> Merge<'a> {
    /// Ids of `from`, for values of these types.
    pub fn new(types: &'a [Type], from: &'a Interner) -> Merge<'a> {
        Merge::beside(types, from, 0)
    }

    /// The same where texts below an id are known to be the same in both.
    pub fn beside(types: &'a [Type], from: &'a Interner, same: u64) -> Merge<'a> {
        let words = vec![Vec::new(); types.len()];
        Merge { types, from, same, bytes: Vec::new(), words }
    }

    /// The word in `to` of a value.
    pub fn word(&mut self, ty: TypeId, word: u64, to: &mut Interner) -> u64 {
        let types = self.types;
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => word,
            Type::Str | Type::Node | Type::Bytes | Type::Uuid => self.text(word, to),
            Type::Option(_) if word == 0 => 0,
            Type::Option(_) => self.list(ty, word - 1, to) + 1,
            Type::Json
            | Type::Tuple(_)
            | Type::List(_)
            | Type::Record { .. }
            | Type::Enum { .. }
            | Type::Set(_)
            | Type::Map(..)
            | Type::Bag(..) => self.list(ty, word, to),
        }
    }

    fn text(&mut self, word: u64, to: &mut Interner) -> u64 {
        let Some(own) = word.checked_sub(self.same) else { return word };
        // All at once: many look-ups side by side take a fraction.
        if self.bytes.is_empty() {
            self.bytes = to.absorb_bytes(self.from, self.same);
        }
        u64::from(self.bytes[own as usize])
    }

    fn list(&mut self, ty: TypeId, id: u64, to: &mut Interner) -> u64 {
        if let Some(known) = known(&self.words[ty.0 as usize], id) {
            return known;
        }
        // Sets and maps are in value order, which no id has a part in: their
        // elements keep their places.
        let from: &'a [u64] = self.from.get_words(id);
        let mut new = Vec::with_capacity(from.len());
        for (i, &word) in from.iter().enumerate() {
            new.push(match part(self.types, ty, from, i) {
                Part::Word => word,
                Part::Text => self.text(word, to),
                Part::Of(part) => stack::step(|| self.word(part, word, to)),
            });
        }
        let new = to.words(&new);
        learn(&mut self.words[ty.0 as usize], id, new);
        new
    }
}

/// What stands at a place of a value that is a list of words.
pub fn part(types: &[Type], ty: TypeId, words: &[u64], i: usize) -> Part {
    match &types[ty.0 as usize] {
        Type::Tuple(parts) => Part::Of(parts[i]),
        Type::Record { fields, .. } => Part::Of(fields[i].1),
        Type::List(of) | Type::Set(of) | Type::Option(of) => Part::Of(*of),
        Type::Map(key, value) | Type::Bag(key, value) => {
            Part::Of(if i.is_multiple_of(2) { *key } else { *value })
        }
        // The number of the variant comes first.
        Type::Enum { variants, .. } if i > 0 => Part::Of(variants[words[0] as usize].1[i - 1]),
        Type::Json => match json::part(words, i) {
            json::Part::Word => Part::Word,
            json::Part::Text => Part::Text,
            json::Part::Json => Part::Of(ty),
        },
        _ => Part::Word,
    }
}

/// Looks which words mean the same in two interners that began alike.
pub struct Same<'a> {
    types: &'a [Type],
    interner: &'a Interner,
    /// Ids of texts and of lists below these are the same in both.
    texts: u64,
    lists: u64,
    /// What was found of compound values.
    known: FxHashMap<(TypeId, u64), bool>,
}

impl<'a> Same<'a> {
    /// Words of one of them. Ids of texts and of lists below those given are the
    /// same in both.
    pub fn new(types: &'a [Type], interner: &'a Interner, (texts, lists): (u64, u64)) -> Same<'a> {
        Same { types, interner, texts, lists, known: FxHashMap::default() }
    }

    /// Whether a word means the same in both. A list of words has one id whatever
    /// its type is: one that both know as a pair of numbers may be, as a record,
    /// around a value that only one of them knows.
    pub fn holds(&mut self, ty: TypeId, word: u64) -> bool {
        let id = match &self.types[ty.0 as usize] {
            Type::Str | Type::Bytes | Type::Node | Type::Uuid => return word < self.texts,
            // The word after the id; nothing is 0.
            Type::Option(_) if word == 0 => return true,
            Type::Option(_) => word - 1,
            kind if !is_interned(kind) => return true,
            _ => word,
        };
        if id >= self.lists {
            return false;
        }
        if let Some(known) = self.known.get(&(ty, word)) {
            return *known;
        }
        let words = self.interner.get_words(id);
        let mut all = words.iter().enumerate();
        let holds = all.all(|(at, &word)| match part(self.types, ty, words, at) {
            Part::Word => true,
            Part::Text => word < self.texts,
            Part::Of(part) => stack::step(|| self.holds(part, word)),
        });
        self.known.insert((ty, word), holds);
        holds
    }
}

/// Whether words of a type are ids, so that they mean nothing elsewhere.
pub fn is_interned(ty: &Type) -> bool {
    !matches!(ty, Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration)
}

fn known(memo: &[u32], id: u64) -> Option<u64> {
    memo.get(id as usize).filter(|known| **known != UNKNOWN).map(|known| u64::from(*known))
}

fn learn(memo: &mut Vec<u32>, id: u64, new: u64) {
    if memo.len() <= id as usize {
        memo.resize(id as usize + 1, UNKNOWN);
    }
    memo[id as usize] = new as u32;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse;
    use crate::value::text;

    #[test]
    fn values_stay_what_they_are() {
        let variants = vec![("A".into(), vec![]), ("B".into(), vec![TypeId(0), TypeId(1)])];
        let types = [
            Type::Str,
            Type::Map(TypeId(0), TypeId(2)),
            Type::Option(TypeId(0)),
            Type::Enum { name: "E".into(), variants },
            Type::Set(TypeId(3)),
        ];
        let source = r#"{A, B("x", {"k": None, "l": Some("x")})}"#;
        let (mut from, mut to) = (Interner::new(), Interner::new());
        to.bytes(b"something else");
        let word = parse::plain(&types, TypeId(4), source.as_bytes(), &mut from).unwrap();
        let new = Merge::new(&types, &from).word(TypeId(4), word, &mut to);
        let mut out = Vec::new();
        text::literal(&types, TypeId(4), new, &to, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), source);
    }

    #[test]
    fn a_list_that_both_know_may_be_around_what_one_knows() {
        let variants = vec![("A".into(), vec![TypeId(0)]), ("B".into(), vec![TypeId(2)])];
        let types = [
            Type::Int,
            Type::Tuple(vec![TypeId(0), TypeId(0)]),
            Type::Enum { name: "E".into(), variants },
        ];
        let mut interner = Interner::new();
        let pair = interner.words(&[1, 1]);
        let known = interner.ids();
        let inside = interner.words(&[0, 7]);
        let around = interner.words(&[1, inside]);
        assert_eq!((inside, around), (1, pair));
        let mut same = Same::new(&types, &interner, known);
        assert!(same.holds(TypeId(1), pair));
        assert!(!same.holds(TypeId(2), around));
    }

    #[test]
    fn json_stays_what_it_is() {
        let types = [Type::Json];
        let source = r#"{"a":[1,"x",{"b":null}],"c":2.5}"#;
        let (mut from, mut to) = (Interner::new(), Interner::new());
        to.bytes(b"something else");
        to.words(&[7]);
        let word = parse::plain(&types, TypeId(0), source.as_bytes(), &mut from).unwrap();
        let new = Merge::new(&types, &from).word(TypeId(0), word, &mut to);
        let mut out = Vec::new();
        text::literal(&types, TypeId(0), new, &to, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), source);
        assert_eq!(parse::plain(&types, TypeId(0), source.as_bytes(), &mut to), Ok(new));
    }
}

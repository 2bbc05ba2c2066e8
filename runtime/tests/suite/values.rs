//! What is written can be read: random values of random types go through
//! their text, through a CSV field and through JSON, and come back as the
//! same words.

use std::ops::Range;

use bloom::connect::json::ValueSeed;
use bloom::connect::write::json;
use bloom::value::codec;
use bloom::value::collections;
use bloom::value::interner::Interner;
use bloom::value::json;
use bloom::value::literal;
use bloom::value::parse;
use bloom::value::text;
use bloom::value::word::float_word;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use proptest::prelude::*;
use serde::de::DeserializeSeed;

use crate::cases::cases;

/// A stream of choices, so that a type and a value of it can be made together.
struct Words(u64);

impl Words {
    /// Any word.
    fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.any() % n
    }
}

const SCALARS: u64 = 11;
const SIZES: Range<u64> = 0..4;

/// A type at most so deep, added to the table.
fn ty(types: &mut Vec<Type>, depth: u32, words: &mut Words) -> TypeId {
    let forms = if depth == 0 { SCALARS } else { SCALARS + 7 };
    let form = words.below(forms);
    let mut part = |words: &mut Words| ty(types, depth - 1, words);
    let new = match form {
        0 => Type::Int,
        1 => Type::Nat,
        2 => Type::Float,
        3 => Type::Bool,
        4 => Type::Str,
        5 => Type::Bytes,
        6 => Type::Node,
        7 => Type::Time,
        8 => Type::Duration,
        9 => Type::Uuid,
        10 => Type::Json,
        11 => Type::Tuple((0..words.below(SIZES.end)).map(|_| part(words)).collect()),
        12 => Type::List(part(words)),
        13 => Type::Option(part(words)),
        14 => Type::Set(part(words)),
        15 => Type::Map(part(words), part(words)),
        16 => {
            let fields = ["x", "y2"].map(|name| (name.to_owned(), part(words)));
            Type::Record { name: "P".into(), fields: fields.into() }
        }
        _ => {
            let payload = (0..1 + words.below(2)).map(|_| part(words)).collect();
            let variants = vec![("Noop".into(), vec![]), ("Put".into(), payload)];
            Type::Enum { name: "Op".into(), variants }
        }
    };
    types.push(new);
    TypeId(types.len() as u32 - 1)
}

fn string(words: &mut Words) -> String {
    const PARTS: &[&str] =
        &["a", "Z", " ", "\"", "\\", "{", "}", "\n", "\r", "\t", ",", "é", "\u{85}", "None", "'"];
    let n = words.below(6);
    (0..n).map(|_| PARTS[words.below(PARTS.len() as u64) as usize]).collect()
}

fn value(types: &[Type], ty: TypeId, words: &mut Words, interner: &mut Interner) -> u64 {
    let size = words.below(SIZES.end);
    let mut many = |of: TypeId, words: &mut Words| -> Vec<u64> {
        (0..size).map(|_| value(types, of, words, interner)).collect()
    };
    match &types[ty.0 as usize] {
        Type::Int | Type::Time | Type::Duration if size == 0 => words.below(1000),
        Type::Int | Type::Time | Type::Duration => words.any(),
        Type::Nat => words.any() >> (1 + words.below(60)),
        Type::Float if size == 0 => float_word(words.below(100) as f64 / 4.0),
        Type::Float => float_word(f64::from_bits(words.any())),
        Type::Bool => words.below(2),
        Type::Str | Type::Node => {
            let text = string(words);
            interner.bytes(text.as_bytes())
        }
        Type::Bytes => {
            let bytes: Vec<u8> = (0..size).map(|_| words.any() as u8).collect();
            interner.bytes(&bytes)
        }
        Type::Uuid => {
            let half = [words.any().to_le_bytes(), words.any().to_be_bytes()];
            interner.bytes(&half.concat())
        }
        Type::Json => {
            // No `null` on top: in a file it would be the `None` of an option around.
            let texts = ["1", "-2.5", "true", "[]", "{}", "\"a\\n\"", "[null,{\"b\":[0]}]"];
            let text = texts[words.below(texts.len() as u64) as usize];
            json::parse(text.as_bytes(), interner).expect("it is JSON")
        }
        Type::Tuple(parts) => {
            let parts: Vec<u64> =
                parts.iter().map(|part| value(types, *part, words, interner)).collect();
            interner.words(&parts)
        }
        Type::Record { fields, .. } => {
            let parts: Vec<u64> =
                fields.iter().map(|field| value(types, field.1, words, interner)).collect();
            interner.words(&parts)
        }
        Type::List(of) => {
            let all = many(*of, words);
            interner.words(&all)
        }
        Type::Set(of) => {
            let all = many(*of, words);
            collections::set(types, *of, all, interner)
        }
        Type::Map(key, of) | Type::Bag(key, of) => {
            let keys = many(*key, words);
            let entries =
                keys.into_iter().map(|key| (key, value(types, *of, words, interner))).collect();
            collections::map(types, *key, entries, interner)
        }
        Type::Option(_) if size == 0 => 0,
        Type::Option(of) => {
            let inner = value(types, *of, words, interner);
            interner.words(&[inner]) + 1
        }
        Type::Enum { variants, .. } => {
            let variant = words.below(2);
            let mut all = vec![variant];
            for part in &variants[variant as usize].1 {
                all.push(value(types, *part, words, interner));
            }
            interner.words(&all)
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn values_come_back(seed in any::<u64>()) {
        let mut words = Words(seed);
        let mut types = Vec::new();
        let ty = ty(&mut types, 3, &mut words);
        let mut interner = Interner::new();
        let word = value(&types, ty, &mut words, &mut interner);

        let mut shown = Vec::new();
        text::literal(&types, ty, word, &interner, &mut shown);
        let read = literal::Reader::whole(&types, ty, &shown, &mut interner);
        prop_assert_eq!(read.ok(), Some(word), "literal {}", String::from_utf8_lossy(&shown));

        let mut shown = Vec::new();
        text::plain(&types, ty, word, &interner, &mut shown);
        let read = parse::plain(&types, ty, &shown, &mut interner);
        prop_assert_eq!(read, Ok(word), "plain {}", String::from_utf8_lossy(&shown));

        let mut shown = Vec::new();
        json(&types, ty, word, &interner, &mut shown);
        let mut from = serde_json::Deserializer::from_slice(&shown);
        let read = ValueSeed { types: &types, ty, interner: &mut interner, depth: 0 }.deserialize(&mut from);
        prop_assert_eq!(read.ok(), Some(word), "json {}", String::from_utf8_lossy(&shown));
    }

    /// Equal rows have equal bytes, in whatever order a node met their values.
    #[test]
    fn rows_come_back_from_bytes(seed in any::<u64>()) {
        let mut words = Words(seed);
        let mut types = Vec::new();
        let cols: Vec<TypeId> = (0..words.below(4)).map(|_| ty(&mut types, 3, &mut words)).collect();
        let (mut here, mut there) = (Interner::new(), Interner::new());
        for word in (0..words.below(20)).rev() {
            there.bytes(format!("{word}").as_bytes());
            there.words(&[word]);
        }
        let row: Vec<u64> = cols.iter().map(|ty| value(&types, *ty, &mut words, &mut here)).collect();
        let (mut sent, mut again) = (Vec::new(), Vec::new());
        codec::encode(&types, &cols, &row, &here, &mut sent);
        prop_assert_eq!(codec::decode(&types, &cols, &sent, &mut here), Ok(row));
        let heard = codec::decode(&types, &cols, &sent, &mut there);
        let heard = heard.map_err(|why| TestCaseError::fail(why.to_string()))?;
        codec::encode(&types, &cols, &heard, &there, &mut again);
        prop_assert_eq!(&sent, &again);
        sent.push(0);
        prop_assert_eq!(codec::decode(&types, &cols, &sent, &mut here), Err(codec::Malformed::Rest(1)));
    }

    /// Whatever bytes arrive, they are refused or are the bytes of the row that
    /// they are read as.
    #[test]
    fn any_bytes_are_a_row_or_refused(
        seed in any::<u64>(),
        bytes in proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..24),
        change in any::<(u16, u8)>(),
    ) {
        let mut words = Words(seed);
        let mut types = Vec::new();
        let cols = [ty(&mut types, 3, &mut words)];
        let mut interner = Interner::new();
        let mut changed = Vec::new();
        let word = value(&types, cols[0], &mut words, &mut interner);
        codec::encode(&types, &cols, &[word], &interner, &mut changed);
        let at = usize::from(change.0) % changed.len();
        changed[at] = change.1;
        for bytes in [bytes, changed] {
            if let Ok(row) = codec::decode(&types, &cols, &bytes, &mut interner) {
                let mut again = Vec::new();
                codec::encode(&types, &cols, &row, &interner, &mut again);
                prop_assert_eq!(again, bytes);
            }
        }
    }

    /// Whatever stands in a file, reading it says yes or no.
    #[test]
    fn any_text_is_read_or_refused(seed in any::<u64>(), input in "[-{}()\\[\\]\":, .a-zA-Z0-9\\\\]{0,24}") {
        let mut words = Words(seed);
        let mut types = Vec::new();
        let ty = ty(&mut types, 2, &mut words);
        let mut interner = Interner::new();
        let _ = parse::plain(&types, ty, input.as_bytes(), &mut interner);
        let mut from = serde_json::Deserializer::from_str(&input);
        let _ = ValueSeed { types: &types, ty, interner: &mut interner, depth: 0 }.deserialize(&mut from);
    }
}

/// A value inside a value, as deep as one likes, costs a reader no more than a
/// refusal.
#[test]
fn bytes_do_not_nest_without_end() {
    let chain = Type::Enum {
        name: "Chain".into(),
        variants: vec![("End".into(), vec![]), ("Link".into(), vec![TypeId(0)])],
    };
    let types = [chain, Type::Json, Type::List(TypeId(3)), Type::Tuple(Vec::new())];
    let mut interner = Interner::new();
    let mut read = |ty: u32, bytes: &[u8]| {
        codec::decode(&types, &[TypeId(ty)], bytes, &mut interner).map(|_| ())
    };
    assert_eq!(read(0, &[[1; 1_000].as_slice(), &[0]].concat()), Ok(()));
    assert_eq!(read(0, &[1; 1_000_000]), Err(codec::Malformed::TooDeep));
    assert_eq!(read(1, &[6, 1].repeat(1_000)), Err(codec::Malformed::TooDeep));
    assert_eq!(read(1, &[[6, 1].repeat(100).as_slice(), &[0]].concat()), Ok(()));
    // Two values without parts, and more of them than there are bytes.
    assert_eq!(read(2, &[2, 0, 0]), Ok(()));
    assert_eq!(read(2, &[0xff, 0xff, 0xff, 0xff, 0x7f, 0]), Err(codec::Malformed::Ends));
}

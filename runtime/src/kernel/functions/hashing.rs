//! Hashes that never change, uuids, and encodings of bytes.

use bloom_compiler::limits::VIRTUAL_NODES;
use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::make;
use super::option;
use crate::kernel::scalar::Scalars;
use crate::value::interner::Interner;
use crate::value::json;
use crate::value::order::compare;
use crate::value::parse;
use crate::value::word::float_word;
use crate::value::word::word_float;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// 2^53: as many floats lie evenly between 0 and 1.
const FLOAT_PARTS: f64 = 9_007_199_254_740_992.0;
/// The bits of the one NaN.
const NAN: u64 = 0x7ff8_0000_0000_0000;

pub(super) fn call(f: Func, a: &Args, s: &mut Scalars) -> Outcome {
    let x = a.words[0];
    if f == Func::Spread {
        return spread(x, a, s);
    }
    if f == Func::Owners {
        return Ok(owners(a, s));
    }
    if matches!(f, Func::Hash | Func::UuidOf) {
        let mut bytes = Vec::new();
        Encoder { types: s.types, interner: s.interner, out: &mut bytes }.value(a.tys[0], x);
        if f == Func::UuidOf {
            return Ok(s.interner.bytes(&uuid_of(bytes)));
        }
        return Ok(siphash(&bytes) >> 1);
    }
    let bytes = s.interner.get_bytes(x);
    let found = match f {
        Func::Hex => {
            let out: Vec<u8> = bytes.iter().flat_map(|b| [hex(b >> 4), hex(b & 15)]).collect();
            return make(s, &out);
        }
        Func::Base64 => {
            let out = base64(bytes);
            return make(s, &out);
        }
        Func::FromHex => from_hex(bytes),
        Func::FromBase64 => from_base64(bytes),
        _ => parse::uuid(bytes).map(|uuid| uuid.to_vec()),
    };
    let word = found.map(|bytes| s.interner.bytes(&bytes));
    Ok(option(s, word))
}

/// Two hashes side by side, marked as a uuid of version 8.
fn uuid_of(mut encoded: Vec<u8>) -> [u8; 16] {
    let first = u128::from(siphash(&encoded));
    encoded.push(b'2');
    let bits = first << 64 | u128::from(siphash(&encoded));
    let (version, variant) = (0xf << 76, 0x3 << 62);
    (bits & !(version | variant) | 0x8 << 76 | 0x2 << 62).to_be_bytes()
}

/// The first different nodes of the ring, from the hash of a key on.
fn owners(a: &Args, s: &mut Scalars) -> u64 {
    let nodes = s.interner.get_words(a.words[1]);
    let element = match super::ty(s, a.tys[1]) {
        Type::List(of) => *of,
        _ => a.tys[1],
    };
    let mut bytes = Vec::new();
    Encoder { types: s.types, interner: s.interner, out: &mut bytes }.value(a.tys[0], a.words[0]);
    let from = siphash(&bytes) >> 1;
    let mut ring: Vec<(u64, u64)> = Vec::with_capacity(nodes.len() * VIRTUAL_NODES as usize);
    for &node in nodes {
        bytes.clear();
        let mut out = Encoder { types: s.types, interner: s.interner, out: &mut bytes };
        out.number(b'(', 2);
        out.value(element, node);
        let end = bytes.len();
        for number in 0..VIRTUAL_NODES {
            bytes.truncate(end);
            bytes.push(b'i');
            bytes.extend_from_slice(&number.to_le_bytes());
            ring.push((siphash(&bytes) >> 1, node));
        }
    }
    let order = |a: u64, b: u64| compare(s.types, element, a, b, s.interner);
    ring.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| order(a.1, b.1)));
    let (behind, ahead) = ring.split_at(ring.partition_point(|(place, _)| *place < from));
    let copies = a.count(2);
    let mut found: Vec<u64> = Vec::new();
    for (_, node) in ahead.iter().chain(behind) {
        if found.len() >= copies {
            break;
        }
        if !found.contains(node) {
            found.push(*node);
        }
    }
    s.interner.words(&found)
}

/// The share of the end that a hash of 63 bits has of all.
fn spread(hash: u64, a: &Args, s: &Scalars) -> Outcome {
    let bad = Err(Some(FailKind::BadArgument));
    if *super::ty(s, a.tys[1]) == Type::Float {
        let end = a.float(1);
        if !(end > 0.0 && end.is_finite()) {
            return bad;
        }
        let share = (hash >> 10) as f64 / FLOAT_PARTS * end;
        // What rounds up to the end is as good as anything else.
        return Ok(float_word(if share < end { share } else { 0.0 }));
    }
    match u64::try_from(a.int(1)) {
        Ok(end @ 1..) => Ok(((u128::from(hash) * u128::from(end)) >> 63) as u64),
        _ => bad,
    }
}

/// Writes the canonical encoding of values: a letter for the kind, numbers in
/// eight bytes with the least first, lengths in front of what they count. It
/// is part of the format version.
pub struct Encoder<'a> {
    pub types: &'a [Type],
    pub interner: &'a Interner,
    pub out: &'a mut Vec<u8>,
}

impl Encoder<'_> {
    fn number(&mut self, tag: u8, n: u64) {
        self.out.push(tag);
        self.out.extend_from_slice(&n.to_le_bytes());
    }

    fn text(&mut self, tag: u8, bytes: &[u8]) {
        self.number(tag, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    pub fn value(&mut self, ty: TypeId, word: u64) {
        let (types, interner) = (self.types, self.interner);
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat => self.number(b'i', word),
            Type::Float if word_float(word).is_nan() => self.number(b'f', NAN),
            Type::Float => self.number(b'f', word_float(word).to_bits()),
            Type::Bool => self.out.extend_from_slice(&[b'b', word as u8]),
            Type::Str => self.text(b's', interner.get_bytes(word)),
            Type::Bytes => self.text(b'y', interner.get_bytes(word)),
            Type::Node => self.text(b'n', interner.get_bytes(word)),
            Type::Time => self.number(b't', word),
            Type::Duration => self.number(b'd', word),
            Type::Uuid => {
                self.out.push(b'u');
                self.out.extend_from_slice(interner.get_bytes(word));
            }
            Type::Json => {
                let mut text = Vec::new();
                json::write(word, interner, &mut text);
                self.text(b'j', &text);
            }
            Type::Option(_) if word == 0 => self.out.push(b'-'),
            Type::Option(of) => {
                self.out.push(b'+');
                self.value(*of, interner.get_words(word - 1)[0]);
            }
            Type::Tuple(parts) => self.each(b'(', parts.iter().copied(), word),
            Type::Record { fields, .. } => self.each(b'r', fields.iter().map(|f| f.1), word),
            Type::List(of) => self.each(b'[', std::iter::repeat(*of), word),
            Type::Set(of) => self.each(b'{', std::iter::repeat(*of), word),
            Type::Map(key, of) | Type::Bag(key, of) => {
                let words = interner.get_words(word);
                self.number(b'm', words.len() as u64 / 2);
                for (&word, ty) in words.iter().zip([*key, *of].into_iter().cycle()) {
                    self.value(ty, word);
                }
            }
            Type::Enum { variants, .. } => {
                let words = interner.get_words(word);
                let (name, payload) = &variants[words[0] as usize];
                self.text(b'e', name.as_bytes());
                self.number(b'(', payload.len() as u64);
                for (&ty, &word) in payload.iter().zip(&words[1..]) {
                    self.value(ty, word);
                }
            }
        }
    }

    fn each(&mut self, tag: u8, types: impl Iterator<Item = TypeId>, word: u64) {
        let words = self.interner.get_words(word);
        self.number(tag, words.len() as u64);
        for (&word, ty) in words.iter().zip(types) {
            self.value(ty, word);
        }
    }
}

/// SipHash-2-4 with a key of zeros.
fn siphash(bytes: &[u8]) -> u64 {
    let mut v = [
        0x736f_6d65_7073_6575u64,
        0x646f_7261_6e64_6f6d,
        0x6c79_6765_6e65_7261,
        0x7465_6462_7974_6573,
    ];
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        absorb(&mut v, u64::from_le_bytes(word));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    last[7] = bytes.len() as u8;
    absorb(&mut v, u64::from_le_bytes(last));
    v[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut v));
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn absorb(v: &mut [u64; 4], word: u64) {
    v[3] ^= word;
    round(v);
    round(v);
    v[0] ^= word;
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

fn hex(digit: u8) -> u8 {
    b"0123456789abcdef"[usize::from(digit)]
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    text.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let six = (all >> (18 - 6 * i) & 63) as usize;
            out.push(if i <= chunk.len() { DIGITS[six] } else { b'=' });
        }
    }
    out
}

fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let padded = text.len().is_multiple_of(4);
    let padding =
        if padded { text.iter().rev().take(2).take_while(|b| **b == b'=').count() } else { 0 };
    let digits = &text[..text.len() - padding];
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut held, mut bits) = (0u32, 0);
    for &b in digits {
        let six = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    // What is left over is zero.
    (held == 0).then_some(out)
}

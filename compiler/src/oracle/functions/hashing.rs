//! Hashes, uuids and encodings of bytes, written out step by step.

use std::collections::BTreeSet;
use std::hash::Hasher;

use crate::limits::VIRTUAL_NODES;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::functions::Answer;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Ty;
use crate::types::typed::Expr;
use crate::types::typed::Program;

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    Some(Ok(match (func, values) {
        (Func::Spread, [Value::Int(hash), end]) => return Some(spread(*hash, end, span)),
        (Func::Uuid, [Value::Str(text)]) => Value::option(uuid(text).map(Value::Uuid)),
        (Func::Hex, [Value::Bytes(bytes)]) => {
            Value::Str(bytes.iter().map(|b| format!("{b:02x}")).collect())
        }
        (Func::FromHex, [Value::Str(text)]) => Value::option(from_hex(text).map(Value::Bytes)),
        (Func::Base64, [Value::Bytes(bytes)]) => Value::Str(base64(bytes)),
        (Func::FromBase64, [Value::Str(text)]) => {
            Value::option(from_base64(text).map(Value::Bytes))
        }
        _ => return None,
    }))
}

/// The upper 63 bits of SipHash-2-4 with a key of zeros over the canonical
/// encoding.
pub(super) fn hash(value: &Value, ty: &Ty, program: &Program) -> Value {
    let mut bytes = Vec::new();
    encode(value, ty, program, &mut bytes);
    Value::Int((siphash(&bytes) >> 1) as i64)
}

/// Every node stands at 64 places of a ring, those of the hashes of itself with
/// the numbers from 0; the owners of a key are the first different nodes from
/// the hash of the key on.
pub(super) fn owners(values: &[Value], args: &[Expr], program: &Program) -> Answer {
    let [key, Value::List(nodes), Value::Int(copies)] = values else { return None };
    let [key_arg, nodes_arg, _] = args else { return None };
    let Ty::List(of) = &nodes_arg.ty else { return None };
    let pair = Ty::Tuple(vec![(**of).clone(), Ty::Int]);
    let mut ring = BTreeSet::new();
    for node in nodes {
        for number in 0..VIRTUAL_NODES as i64 {
            let place = Value::Tuple(vec![node.clone(), Value::Int(number)]);
            ring.insert((hash(&place, &pair, program), node));
        }
    }
    let from = hash(key, &key_arg.ty, program);
    let ahead = ring.iter().filter(|(place, _)| *place >= from);
    let behind = ring.iter().filter(|(place, _)| *place < from);
    let mut found: Vec<Value> = Vec::new();
    for (_, node) in ahead.chain(behind) {
        if found.len() as i64 >= *copies {
            break;
        }
        if !found.contains(node) {
            found.push((*node).clone());
        }
    }
    Some(Ok(Value::List(found)))
}

/// The hash of the canonical encoding and that of the encoding with one more
/// letter, marked as a uuid of version 8: one of a kind of its own.
pub(super) fn uuid_of(value: &Value, ty: &Ty, program: &Program) -> Value {
    let mut bytes = Vec::new();
    encode(value, ty, program, &mut bytes);
    let first = siphash(&bytes);
    bytes.push(b'2');
    let mut uuid = [first.to_be_bytes(), siphash(&bytes).to_be_bytes()].concat();
    uuid[6] = uuid[6] % 16 + 0x80;
    uuid[8] = uuid[8] % 64 + 0x80;
    uuid.try_into().map_or(Value::None, Value::Uuid)
}

fn siphash(bytes: &[u8]) -> u64 {
    // It is out of favour for not being named by its parameters; it is this
    // very function, and will be.
    #[allow(deprecated)]
    let mut hasher = std::hash::SipHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The share of the end that the hash has of 2^63.
fn spread(hash: i64, end: &Value, span: Span) -> Result<Value, Stop> {
    let whole = |end: i64| ((i128::from(hash) * i128::from(end)) / (1 << 63)) as i64;
    match end {
        Value::Int(end) if *end > 0 => Ok(Value::Int(whole(*end))),
        Value::Duration(end) if *end > 0 => Ok(Value::Duration(whole(*end))),
        Value::Float(end) if end.get() > 0.0 && end.get().is_finite() => {
            // The upper 53 bits are a float exactly.
            let share = (hash >> 10) as f64 / 9_007_199_254_740_992.0 * end.get();
            // What rounds up to the end is as good as anything else.
            Ok(Value::float(if share < end.get() { share } else { 0.0 }))
        }
        _ => Err(Stop::Fail(Kind::BadArgument, span)),
    }
}

fn encode(value: &Value, ty: &Ty, program: &Program, out: &mut Vec<u8>) {
    let number = |tag: u8, n: u64, out: &mut Vec<u8>| {
        out.push(tag);
        out.extend(n.to_le_bytes());
    };
    let text = |tag: u8, bytes: &[u8], out: &mut Vec<u8>| {
        number(tag, bytes.len() as u64, out);
        out.extend(bytes);
    };
    let each = |parts: &mut dyn Iterator<Item = (&Value, &Ty)>, out: &mut Vec<u8>| {
        parts.for_each(|(part, ty)| encode(part, ty, program, out));
    };
    match (value, ty) {
        (Value::Int(i), _) => number(b'i', *i as u64, out),
        (Value::Float(f), _) if f.get().is_nan() => number(b'f', 0x7ff8 << 48, out),
        (Value::Float(f), _) => number(b'f', f.get().to_bits(), out),
        (Value::Bool(b), _) => out.extend([b'b', u8::from(*b)]),
        (Value::Str(s), _) => text(b's', s.as_bytes(), out),
        (Value::Bytes(bytes), _) => text(b'y', bytes, out),
        (Value::Node(name), _) => text(b'n', name.as_bytes(), out),
        (Value::Time(ns), _) => number(b't', *ns as u64, out),
        (Value::Duration(ns), _) => number(b'd', *ns as u64, out),
        (Value::Uuid(bytes), _) => {
            out.push(b'u');
            out.extend(bytes);
        }
        (Value::Json(json), _) => text(b'j', json.text().as_bytes(), out),
        (Value::None, _) => out.push(b'-'),
        (Value::Some(inner), Ty::Option(of)) => {
            out.push(b'+');
            encode(inner, of, program, out);
        }
        (Value::Tuple(parts), Ty::Tuple(types)) => {
            number(b'(', parts.len() as u64, out);
            each(&mut parts.iter().zip(types), out);
        }
        (Value::Record(parts), Ty::Record(id)) => {
            number(b'r', parts.len() as u64, out);
            let types = program.records[id.index()].fields.iter().map(|(_, t)| t);
            each(&mut parts.iter().zip(types), out);
        }
        (Value::Enum(variant, payload), Ty::Enum(id, args)) => {
            let of = &program.enums[id.index()];
            let (name, types) = (&of.variants[*variant].0, of.payload(*variant, args));
            text(b'e', name.as_bytes(), out);
            number(b'(', payload.len() as u64, out);
            each(&mut payload.iter().zip(&types), out);
        }
        (Value::List(parts), Ty::List(of)) => {
            number(b'[', parts.len() as u64, out);
            each(&mut parts.iter().map(|p| (p, &**of)), out);
        }
        (Value::Set(parts), Ty::Set(of)) => {
            number(b'{', parts.len() as u64, out);
            each(&mut parts.iter().map(|p| (p, &**of)), out);
        }
        (Value::Map(entries), Ty::Map(key, of)) => {
            number(b'm', entries.len() as u64, out);
            each(&mut entries.iter().flat_map(|(k, v)| [(k, &**key), (v, &**of)]), out);
        }
        (Value::Map(entries), Ty::Bag(of)) => {
            number(b'm', entries.len() as u64, out);
            each(&mut entries.iter().flat_map(|(k, v)| [(k, &**of), (v, &Ty::Nat)]), out);
        }
        // Types rule it out.
        _ => {}
    }
}

/// Five groups of hexadecimal digits with hyphens between.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    if lengths != [8, 4, 4, 4, 12] {
        return None;
    }
    from_hex(&groups.concat())?.try_into().ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits?;
    let pair = |pair: &[u32]| Some((pair.first()? * 16 + pair.get(1)?) as u8);
    digits.chunks(2).map(pair).collect()
}

fn base64(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|b| (0..8).rev().map(move |i| b >> i & 1)).collect();
    let digit = |six: &[u8]| {
        let value = (0..6).fold(0, |v, i| v * 2 + six.get(i).copied().unwrap_or(0));
        char::from(DIGITS[usize::from(value)])
    };
    let mut out: String = bits.chunks(6).map(digit).collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = if text.len().is_multiple_of(4) {
        text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text)
    } else {
        text
    };
    let text = text.replace('-', "+").replace('_', "/");
    let mut bits = Vec::new();
    for c in text.bytes() {
        let value = DIGITS.iter().position(|d| *d == c)?;
        bits.extend((0..6).rev().map(|i| (value >> i & 1) as u8));
    }
    let (whole, rest) = bits.split_at(bits.len() / 8 * 8);
    // A lone digit is no byte, and bits that are left over are zero.
    if rest.len() >= 6 || rest.contains(&1) {
        return None;
    }
    Some(whole.chunks(8).map(|byte| byte.iter().fold(0, |v, bit| v * 2 + bit)).collect())
}

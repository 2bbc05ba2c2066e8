//! Functions on JSON values.

use bloom_compiler::plan::ir::FailKind;
use bloom_compiler::types::builtins::Func;

use super::Args;
use super::Outcome;
use super::make;
use super::option;
use crate::kernel::scalar::Scalars;
use crate::value::json;
use crate::value::json::Node;
use crate::value::parse;
use crate::value::word::float_word;

/// A function of `x`, which is the first argument or null in its place.
pub(super) fn call(f: Func, x: u64, a: &Args, s: &mut Scalars) -> Outcome {
    match f {
        Func::Json => json::of(s.types, a.tys[0], x, s.interner).ok_or(Some(FailKind::TooLong)),
        Func::ParseJson => {
            let text = s.interner.get_bytes(x).to_vec();
            let word = json::parse(&text, s.interner);
            Ok(option(s, word))
        }
        Func::JsonText => {
            let mut out = Vec::new();
            json::write(x, s.interner, &mut out);
            make(s, &out)
        }
        Func::Kind => {
            let kind = json::kind(x, s.interner);
            make(s, kind.as_bytes())
        }
        Func::IsNull => Ok(u64::from(json::node(x, s.interner) == Node::Null)),
        Func::Get => {
            let found = part(x, a, s);
            Ok(option(s, found))
        }
        _ => {
            let found = inside(f, x, s);
            Ok(option(s, found))
        }
    }
}

/// A part by its name or its position, as the value has names or positions;
/// which of the two was asked for is told by the type.
fn part(x: u64, a: &Args, s: &Scalars) -> Option<u64> {
    let at = a.words[1];
    let by_name = matches!(super::ty(s, a.tys[1]), bloom_compiler::plan::ir::Type::Str);
    match json::node(x, s.interner) {
        Node::Array(parts) if !by_name => parts.get(usize::try_from(at as i64).ok()?).copied(),
        Node::Object(entries) if by_name => {
            let (entries, _) = entries.as_chunks::<2>();
            let name = s.interner.get_bytes(at);
            let found = entries.binary_search_by(|e| s.interner.get_bytes(e[0]).cmp(name));
            found.ok().map(|i| entries[i][1])
        }
        _ => None,
    }
}

/// What a JSON value holds, where it is of the kind asked for.
fn inside(f: Func, x: u64, s: &mut Scalars) -> Option<u64> {
    Some(match (f, json::node(x, s.interner)) {
        (Func::Int, Node::Int(i)) => i as u64,
        (Func::Nat, Node::Int(i)) if i >= 0 => i as u64,
        (Func::Float, Node::Int(i)) => float_word(i as f64),
        (Func::Float, Node::Float(f)) => float_word(f),
        (Func::Bool, Node::Bool(b)) => u64::from(b),
        (Func::Str, Node::Str(id)) => id,
        (Func::Time, Node::Str(id)) => parse::time(s.interner.get_bytes(id))? as u64,
        (Func::Length, Node::Array(parts)) => parts.len() as u64,
        (Func::Items, Node::Array(parts)) => {
            let parts = parts.to_vec();
            s.interner.words(&parts)
        }
        (Func::Entries, Node::Object(entries)) => {
            let entries = entries.to_vec();
            let pairs: Vec<u64> =
                entries.chunks_exact(2).map(|pair| s.interner.words(pair)).collect();
            s.interner.words(&pairs)
        }
        (Func::Keys, Node::Object(entries)) => {
            // Names are in the order of texts, which is that of a set.
            let names: Vec<u64> = entries.chunks_exact(2).map(|entry| entry[0]).collect();
            s.interner.words(&names)
        }
        _ => return None,
    })
}

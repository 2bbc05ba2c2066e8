//! JSON values: what they are and what is in them.

use crate::oracle::exprs::bounded;
use crate::oracle::functions::Answer;
use crate::oracle::functions::count;
use crate::oracle::functions::times;
use crate::oracle::json::Json;
use crate::oracle::values::Value;
use crate::source::Span;
use crate::types::builtins::Func;
use crate::types::ty::Ty;

pub(super) fn call(func: Func, values: &[Value], span: Span) -> Answer {
    Some(Ok(match (func, values) {
        (Func::ParseJson, [Value::Str(text)]) => Value::option(Json::parse(text).map(Value::Json)),
        (Func::JsonText, [Value::Json(json)]) => return Some(bounded(json.text(), span)),
        (Func::Kind, [Value::Json(json)]) => Value::str(json.kind()),
        (Func::IsNull, [Value::Json(json)]) => Value::Bool(*json == Json::Null),
        (Func::Get, [Value::Json(json), at]) => Value::option(part(json, at).map(Value::Json)),
        (_, [Value::Json(json)]) => Value::option(inside(func, json)?),
        _ => return None,
    }))
}

/// Whether a function asks for JSON and is given some that may be missing.
pub(super) fn may_be_missing(func: Func, of: &Ty) -> bool {
    let json = matches!(of, Ty::Option(of) if **of == Ty::Json);
    json && (matches!(func, Func::JsonText | Func::Kind | Func::IsNull | Func::Get)
        || inside(func, &Json::Null).is_some())
}

/// The same with null in the place of what is missing.
pub(super) fn or_null(func: Func, values: &[Value], span: Span) -> Answer {
    let mut values = values.to_vec();
    let first = match values.first()? {
        Value::Some(there) => (**there).clone(),
        _ => Value::Json(Json::Null),
    };
    values[0] = first;
    call(func, &values, span)
}

fn part(json: &Json, at: &Value) -> Option<Json> {
    match (json, at) {
        (Json::Object(entries), Value::Str(name)) => entries.get(name).cloned(),
        (Json::Array(parts), Value::Int(i)) => parts.get(usize::try_from(*i).ok()?).cloned(),
        _ => None,
    }
}

/// What a JSON value holds where it is of the kind asked for. The outer
/// `None`: no function of JSON.
fn inside(func: Func, json: &Json) -> Option<Option<Value>> {
    let value = match (func, json) {
        (Func::Int, Json::Int(i)) => Value::Int(*i),
        (Func::Nat, Json::Int(i)) if *i >= 0 => Value::Int(*i),
        (Func::Float, Json::Int(i)) => Value::float(*i as f64),
        (Func::Float, Json::Float(f)) => Value::Float(*f),
        (Func::Bool, Json::Bool(b)) => Value::Bool(*b),
        (Func::Str, Json::Str(text)) => Value::str(text.as_str()),
        (Func::Time, Json::Str(text)) => return Some(times::shown(text).map(Value::Time)),
        (Func::Length, Json::Array(parts)) => count(parts.len()),
        (Func::Items, Json::Array(parts)) => {
            Value::List(parts.iter().cloned().map(Value::Json).collect())
        }
        (Func::Entries, Json::Object(entries)) => {
            let entry = |(name, part): (&String, &Json)| {
                Value::Tuple(vec![Value::str(name.as_str()), Value::Json(part.clone())])
            };
            Value::List(entries.iter().map(entry).collect())
        }
        (Func::Keys, Json::Object(entries)) => {
            Value::Set(entries.keys().map(|name| Value::str(name.as_str())).collect())
        }
        (
            Func::Int
            | Func::Nat
            | Func::Float
            | Func::Bool
            | Func::Str
            | Func::Time
            | Func::Length
            | Func::Items
            | Func::Entries
            | Func::Keys,
            _,
        ) => return Some(None),
        _ => return None,
    };
    Some(Some(value))
}

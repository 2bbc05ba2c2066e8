//! JSON values as trees: from text, to text, and of any value. This room must
//! not know how an engine keeps them.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::limits::JSON_DEPTH_MAX;
use crate::oracle::text;
use crate::oracle::values::Float;
use crate::oracle::values::Value;
use crate::types::ty::Ty;
use crate::types::typed;

/// A JSON value. The derived order is that of the language: by kind as listed
/// here, then by value; objects as ascending lists of names and values.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(Float),
    Str(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The value that a text shows, unless it nests too deep.
    pub fn parse(text: &str) -> Option<Json> {
        let tree: serde_json::Value = serde_json::from_str(text).ok()?;
        Some(Json::from(tree)).filter(|json| json.depth() <= JSON_DEPTH_MAX)
    }

    /// Arrays and objects inside of each other.
    pub fn depth(&self) -> usize {
        match self {
            Json::Array(parts) => 1 + parts.iter().map(Json::depth).max().unwrap_or(0),
            Json::Object(entries) => 1 + entries.values().map(Json::depth).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// What it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "bool",
            Json::Int(_) => "int",
            Json::Float(_) => "float",
            Json::Str(_) => "str",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Its text, without white space.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            // Writing to a String has no way to fail.
            Json::Bool(b) => drop(write!(out, "{b}")),
            Json::Int(i) => drop(write!(out, "{i}")),
            Json::Float(f) => drop(write!(out, "{:?}", f.get())),
            Json::Str(text) => quoted(text, out),
            Json::Array(parts) => {
                out.push('[');
                for (i, part) in parts.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    part.write(out);
                }
                out.push(']');
            }
            Json::Object(entries) => {
                out.push('{');
                for (i, (name, part)) in entries.iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { "," });
                    quoted(name, out);
                    out.push(':');
                    part.write(out);
                }
                out.push('}');
            }
        }
    }

    /// Any value as JSON; `None` when it nests too deep.
    pub fn of(value: &Value, ty: &Ty, program: &typed::Program) -> Option<Json> {
        Some(tree(value, ty, program)).filter(|json| json.depth() <= JSON_DEPTH_MAX)
    }
}

impl From<serde_json::Value> for Json {
    fn from(tree: serde_json::Value) -> Json {
        match tree {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(b) => Json::Bool(b),
            serde_json::Value::Number(n) => match n.as_i64() {
                Some(i) => Json::Int(i),
                None => Json::Float(Float::new(n.as_f64().unwrap_or(f64::NAN))),
            },
            serde_json::Value::String(text) => Json::Str(text),
            serde_json::Value::Array(parts) => {
                Json::Array(parts.into_iter().map(Json::from).collect())
            }
            serde_json::Value::Object(entries) => {
                Json::Object(entries.into_iter().map(|(k, v)| (k, Json::from(v))).collect())
            }
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

fn tree(value: &Value, ty: &Ty, program: &typed::Program) -> Json {
    let one = |value: &Value, ty: &Ty| tree(value, ty, program);
    let each = |values: &mut dyn Iterator<Item = &Value>, ty: &Ty| {
        Json::Array(values.map(|v| one(v, ty)).collect())
    };
    match (value, ty) {
        (Value::Json(json), _) => json.clone(),
        (Value::Int(i), _) => Json::Int(*i),
        (Value::Float(f), _) if f.get().is_finite() => Json::Float(*f),
        (Value::Bool(b), _) => Json::Bool(*b),
        (Value::None, _) => Json::Null,
        // `null` would be the inner `None`, so an array tells them apart.
        (Value::Some(inner), Ty::Option(of)) if matches!(**of, Ty::Option(_)) => {
            Json::Array(vec![one(inner, of)])
        }
        (Value::Some(inner), Ty::Option(of)) => one(inner, of),
        (Value::List(list), Ty::List(of)) => each(&mut list.iter(), of),
        (Value::Set(set), Ty::Set(of)) => each(&mut set.iter(), of),
        (Value::Tuple(parts), Ty::Tuple(types)) => {
            Json::Array(parts.iter().zip(types).map(|(v, t)| one(v, t)).collect())
        }
        (Value::Record(parts), Ty::Record(id)) => {
            let fields = &program.records[id.index()].fields;
            let entry = |((name, t), v): (&(String, Ty), &Value)| (name.clone(), one(v, t));
            Json::Object(fields.iter().zip(parts).map(entry).collect())
        }
        (Value::Enum(variant, payload), Ty::Enum(id, args)) => {
            let of = &program.enums[id.index()];
            let (name, types) = (&of.variants[*variant].0, of.payload(*variant, args));
            if payload.is_empty() {
                return Json::Str(name.clone());
            }
            let parts = payload.iter().zip(&types).map(|(v, t)| one(v, t)).collect();
            Json::Object([(name.clone(), Json::Array(parts))].into())
        }
        (Value::Map(_), Ty::Bag(t)) => one(value, &Ty::Map(t.clone(), Box::new(Ty::Nat))),
        (Value::Map(map), Ty::Map(k, v)) if is_name(k) => {
            let entry =
                |(key, value): (&Value, &Value)| (text::plain(key, k, program), one(value, v));
            Json::Object(map.iter().map(entry).collect())
        }
        (Value::Map(map), Ty::Map(k, v)) => {
            let pair =
                |(key, value): (&Value, &Value)| Json::Array(vec![one(key, k), one(value, v)]);
            Json::Array(map.iter().map(pair).collect())
        }
        _ => Json::Str(text::plain(value, ty, program)),
    }
}

/// Whether values of a type make good names in an object.
fn is_name(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Int | Ty::Nat | Ty::Bool | Ty::Str | Ty::Node | Ty::Uuid | Ty::Time | Ty::Duration
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_json_is_an_equal_value() {
        let parse = |text: &str| Json::parse(text).unwrap();
        assert_eq!(parse(r#"{"b": 1, "a": [2]}"#), parse(r#"{"a":[2],"b":1}"#));
        assert_eq!(parse(r#"{"a": 1, "a": 2}"#).text(), r#"{"a":2}"#);
        assert_ne!(parse("1"), parse("1.0"));
        assert_eq!(parse("9223372036854775808").kind(), "float");
        assert_eq!(parse("1e2").text(), "100.0");
        assert!(parse("99") < parse("1.0") && parse("true") < parse("0"));
    }

    #[test]
    fn nesting_has_an_end() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Json::parse(&nested(JSON_DEPTH_MAX)).is_some());
        assert!(Json::parse(&nested(JSON_DEPTH_MAX + 1)).is_none());
    }
}

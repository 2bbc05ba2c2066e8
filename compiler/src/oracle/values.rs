//! Plain values, as trees, with the order of the language, and how lattices
//! join them. This room exists so that there is a second, obvious
//! representation of every value; it must not know words, interners or how
//! any engine stores a row.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::oracle::json::Json;
use crate::types::ty::Lattice;

/// A value. The derived order is the order of the language: text by code
/// point, compounds lexicographically, sets and maps as the ascending lists
/// of what they hold, `None` before `Some`, enums by constructor and payload.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum Value {
    /// Of type int or nat.
    Int(i64),
    Float(Float),
    Bool(bool),
    Str(String),
    Bytes(Vec<u8>),
    Node(String),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Time(i64),
    /// Nanoseconds.
    Duration(i64),
    Uuid([u8; 16]),
    Json(Json),
    Tuple(Vec<Value>),
    List(Vec<Value>),
    None,
    Some(Box<Value>),
    /// Fields in declared order.
    Record(Vec<Value>),
    /// Number of the constructor, payload.
    Enum(usize, Vec<Value>),
    Set(BTreeSet<Value>),
    Map(BTreeMap<Value, Value>),
}

/// A float with a total order: no negative zero, one NaN, which is greatest.
#[derive(Clone, Copy, Debug)]
pub struct Float(f64);

impl Float {
    /// The float of the language that stands for a machine float.
    pub fn new(float: f64) -> Float {
        if float.is_nan() {
            Float(f64::NAN)
        } else if float == 0.0 {
            Float(0.0)
        } else {
            Float(float)
        }
    }

    /// The machine float.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Float) -> Ordering {
        // With the two zeros and all NaNs made one, the comparison can only
        // be undecided when a NaN takes part.
        self.0.partial_cmp(&other.0).unwrap_or_else(|| self.0.is_nan().cmp(&other.0.is_nan()))
    }
}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Float) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Float {
    fn eq(&self, other: &Float) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Float {}

impl Value {
    /// How deep values are inside each other; numbers, texts and `None` have
    /// nothing inside.
    pub fn depth(&self) -> u32 {
        let most = match self {
            Value::Tuple(parts)
            | Value::List(parts)
            | Value::Record(parts)
            | Value::Enum(_, parts) => parts.iter().map(Value::depth).max(),
            Value::Some(inner) => Some(inner.depth()),
            Value::Set(parts) => parts.iter().map(Value::depth).max(),
            Value::Map(entries) => entries.iter().map(|(k, v)| k.depth().max(v.depth())).max(),
            _ => return 0,
        };
        1 + most.unwrap_or(0)
    }

    /// A float value.
    pub fn float(float: f64) -> Value {
        Value::Float(Float::new(float))
    }

    /// A text value.
    pub fn str(text: impl Into<String>) -> Value {
        Value::Str(text.into())
    }

    /// `Some(value)` or `None`.
    pub fn option(value: Option<Value>) -> Value {
        value.map_or(Value::None, |v| Value::Some(Box::new(v)))
    }
}

/// Two different points merged: the lesser and the greater stand for both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// The lesser.
    Least,
    /// The greater.
    Greatest,
}

/// The least value of the lattice that is at least both. A value that does
/// not have the lattice's type is kept as it is: types rule that out.
pub fn join(lattice: &Lattice, a: &Value, b: &Value) -> Value {
    join_as(Point::Least, lattice, a, b)
}

/// The same with a choice for points that differ.
pub fn join_as(point: Point, lattice: &Lattice, a: &Value, b: &Value) -> Value {
    match (lattice, a, b) {
        (Lattice::Point(_), _, _) => match point {
            Point::Least => a.min(b).clone(),
            Point::Greatest => a.max(b).clone(),
        },
        (Lattice::Lex(l, m), Value::Tuple(x), Value::Tuple(y)) => match (&x[..], &y[..]) {
            ([x0, x1], [y0, y1]) if x0 == y0 => {
                Value::Tuple(vec![x0.clone(), join_as(point, m, x1, y1)])
            }
            ([x0, _], [y0, _]) => {
                if join_as(point, l, x0, y0) == *x0 {
                    a.clone()
                } else {
                    b.clone()
                }
            }
            _ => a.clone(),
        },
        (Lattice::Max(_), _, _) => a.max(b).clone(),
        (Lattice::Min(_), _, _) => a.min(b).clone(),
        (Lattice::Any, Value::Bool(x), Value::Bool(y)) => Value::Bool(*x || *y),
        (Lattice::All, Value::Bool(x), Value::Bool(y)) => Value::Bool(*x && *y),
        (Lattice::Set(_), Value::Set(x), Value::Set(y)) => {
            Value::Set(x.union(y).cloned().collect())
        }
        (Lattice::Map(_, entry), Value::Map(x), Value::Map(y)) => {
            Value::Map(pointwise(point, entry, x, y))
        }
        (Lattice::Pair(l, m), Value::Tuple(x), Value::Tuple(y)) => match (&x[..], &y[..]) {
            ([x0, x1], [y0, y1]) => {
                Value::Tuple(vec![join_as(point, l, x0, y0), join_as(point, m, x1, y1)])
            }
            _ => a.clone(),
        },
        _ => a.clone(),
    }
}

/// Entries of both, joined where both have the key: a missing entry is bottom.
fn pointwise(
    point: Point,
    entry: &Lattice,
    a: &BTreeMap<Value, Value>,
    b: &BTreeMap<Value, Value>,
) -> BTreeMap<Value, Value> {
    let mut all = a.clone();
    for (key, value) in b {
        let merged = match all.get(key) {
            Some(old) => join_as(point, entry, old, value),
            None => value.clone(),
        };
        all.insert(key.clone(), merged);
    }
    all
}

/// Whether `b` is at least `a` in the lattice.
pub fn leq(lattice: &Lattice, a: &Value, b: &Value) -> bool {
    clashes(lattice, a, b).is_none() && join(lattice, a, b) == *b
}

/// What is merged twice, when the two differ in a point that decides.
pub fn clashes(lattice: &Lattice, a: &Value, b: &Value) -> Option<(Value, Value)> {
    let least = join_as(Point::Least, lattice, a, b);
    let greatest = join_as(Point::Greatest, lattice, a, b);
    (least != greatest).then_some((least, greatest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_one_zero_and_one_greatest_nan() {
        assert_eq!(Value::float(-0.0), Value::float(0.0));
        assert_eq!(Value::float(f64::NAN), Value::float(-f64::NAN));
        assert!(Value::float(f64::INFINITY) < Value::float(f64::NAN));
        assert!(Value::float(f64::NEG_INFINITY) < Value::float(-1.0));
    }

    #[test]
    fn compounds_order_lexicographically() {
        let list = |xs: &[i64]| Value::List(xs.iter().map(|&x| Value::Int(x)).collect());
        assert!(list(&[1]) < list(&[1, 0]));
        assert!(list(&[1, 9]) < list(&[2]));
        assert!(Value::None < Value::option(Some(Value::Int(i64::MIN))));
        assert!(Value::Enum(0, vec![Value::Int(9)]) < Value::Enum(1, vec![]));
        assert!(Value::str("Z") < Value::str("a"));
        let set = |xs: &[i64]| Value::Set(xs.iter().map(|&x| Value::Int(x)).collect());
        assert!(set(&[1, 2, 3]) < set(&[1, 3]));
    }

    #[test]
    fn maps_join_entry_by_entry() {
        let lattice = Lattice::Map(
            crate::types::ty::Ty::Str,
            Box::new(Lattice::Max(crate::types::ty::Ty::Int)),
        );
        let map = |xs: &[(&str, i64)]| {
            Value::Map(xs.iter().map(|&(k, v)| (Value::str(k), Value::Int(v))).collect())
        };
        let joined = join(&lattice, &map(&[("a", 1), ("b", 5)]), &map(&[("b", 2), ("c", 3)]));
        assert_eq!(joined, map(&[("a", 1), ("b", 5), ("c", 3)]));
        assert!(leq(&lattice, &map(&[("b", 2)]), &joined));
        assert!(!leq(&lattice, &joined, &map(&[("b", 2)])));
    }
}

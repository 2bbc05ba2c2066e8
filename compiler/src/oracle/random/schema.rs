//! Random types, lattices, collections and values of small domains, so that
//! joins meet. This room must not know rules.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ids::EnumId;
use crate::ids::RecordId;
use crate::oracle::json::Json;
use crate::oracle::random::dice::Dice;
use crate::oracle::values::Float;
use crate::oracle::values::Value;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::ty::TypeNames;

/// Declared in every program. Programs refer to these by number.
pub const PRELUDE: &[&str] = &[
    "type P = { x: int, y: str };",
    "enum Op { Put(str, int), Get(str), Nop }",
    "enum Color { Red, Green, Blue }",
    "enum Tree<T> { Tip, Fork(Tree<T>, T, Tree<T>) }",
    "const two: int = 2;",
    "const base: nat = 1;",
    "fn twice(a: int): int = a * 2;",
    "fn near(a: int, b: int): bool = a - b < 2 and b - a < 2;",
    "fn key_of(o: Op): str = match (o) { Put(a, _) => a, Get(a) => a, Nop => \"nop\" };",
];

/// The record of the prelude.
pub const RECORD: Ty = Ty::Record(RecordId(0));
/// The enum with payloads.
pub const OP: Ty = Ty::Enum(EnumId(0), Vec::new());
/// The enum without.
pub const COLOR: Ty = Ty::Enum(EnumId(1), Vec::new());

/// The enum that holds itself, with values of a type.
pub fn tree(of: Ty) -> Ty {
    Ty::Enum(EnumId(2), vec![of])
}

/// Names of the prelude.
pub struct Names;

impl TypeNames for Names {
    fn record(&self, _: RecordId) -> &str {
        "P"
    }

    fn enumeration(&self, id: EnumId) -> &str {
        match id {
            EnumId(0) => "Op",
            EnumId(1) => "Color",
            _ => "Tree",
        }
    }
}

/// What a collection is in a random program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A table that is loaded and that no rule writes.
    Base,
    /// Events from outside.
    Input,
    /// Derived over state.
    State,
    /// Derived from events.
    Event,
}

/// What a column is to its row.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Role {
    Key,
    Value,
    Cell(Lattice),
}

/// A collection.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Rel {
    pub name: String,
    pub kind: Kind,
    pub cols: Vec<(Ty, Role)>,
    /// Collections of one group may be recursive through each other; a group
    /// may use those below in any way.
    pub group: usize,
}

impl Rel {
    /// Whether its key determines columns that do not merge.
    pub fn has_values(&self) -> bool {
        self.cols.iter().any(|(_, role)| *role == Role::Value)
    }

    /// The values of a row's key.
    pub fn key(&self, row: &[Value]) -> Vec<Value> {
        let parts = row.iter().zip(&self.cols).filter(|(_, (_, role))| *role == Role::Key);
        parts.map(|(value, _)| value.clone()).collect()
    }

    /// The declaration.
    pub fn declare(&self, word: &str) -> String {
        use crate::types::ty::show;
        use crate::types::ty::show_lattice;
        let column = |(i, (ty, role)): (usize, &(Ty, Role))| match role {
            // Its lattice reads as that of a map.
            _ if matches!(ty, Ty::Bag(_)) => format!("c{i}: {}", show(ty, &Names)),
            Role::Cell(lattice) => format!("c{i}: {}", show_lattice(lattice, &Names)),
            Role::Key | Role::Value => format!("c{i}: {}", show(ty, &Names)),
        };
        let cols: Vec<String> = self.cols.iter().enumerate().map(column).collect();
        let keys = self.cols.iter().filter(|(_, r)| *r == Role::Key).count();
        // Without an arrow a set or map of a key would be a column that merges.
        let collection = |ty: &Ty| matches!(ty, Ty::Set(_) | Ty::Map(..) | Ty::Bag(_));
        let arrow = self.kind != Kind::Input
            && self.cols.iter().any(|(ty, r)| match r {
                Role::Key => collection(ty),
                Role::Value => true,
                Role::Cell(_) => false,
            });
        let text = if arrow {
            format!("{} => {}", cols[..keys].join(", "), cols[keys..].join(", "))
        } else {
            cols.join(", ")
        };
        format!("{word} {}({});", self.name, text.trim())
    }
}

/// What a column of the type is right of the arrow: a set merges there, and a
/// map must not stand there unless its entries merge.
pub fn value_role(ty: &Ty) -> Option<Role> {
    match ty {
        Ty::Set(of) => Some(Role::Cell(Lattice::Set((**of).clone()))),
        Ty::Bag(of) => Some(Role::Cell(Lattice::bag((**of).clone()))),
        Ty::Map(..) => None,
        _ => Some(Role::Value),
    }
}

/// A scalar type.
pub fn scalar(dice: &mut Dice) -> Ty {
    let all = [
        (30, Ty::Int),
        (10, Ty::Nat),
        (6, Ty::Float),
        (6, Ty::Bool),
        (24, Ty::Str),
        (3, Ty::Bytes),
        (4, Ty::Node),
        (5, Ty::Time),
        (5, Ty::Duration),
        (3, Ty::Uuid),
        (4, Ty::Json),
        (4, COLOR),
    ];
    let mut at = dice.below(all.iter().map(|(weight, _)| weight).sum());
    for (weight, ty) in all {
        if at < weight {
            return ty;
        }
        at -= weight;
    }
    Ty::Int
}

/// A type; compound ones nest at most `depth` deep.
pub fn any_type(dice: &mut Dice, depth: usize) -> Ty {
    if depth == 0 || dice.chance(65) {
        return scalar(dice);
    }
    let inner = |dice: &mut Dice| any_type(dice, depth - 1).widen();
    match dice.below(9) {
        8 => tree(inner(dice)),
        0 | 1 => Ty::Tuple(vec![inner(dice), inner(dice)]),
        2 => Ty::List(Box::new(inner(dice))),
        3 => Ty::Option(Box::new(inner(dice))),
        4 => RECORD,
        5 => OP,
        6 => Ty::Set(Box::new(inner(dice))),
        7 => Ty::Bag(Box::new(inner(dice))),
        _ => Ty::Map(Box::new(inner(dice)), Box::new(inner(dice))),
    }
}

/// A lattice; those with parts nest at most `depth` deep.
pub fn any_lattice(dice: &mut Dice, depth: usize) -> Lattice {
    let nested = if depth == 0 { 8 } else { 15 };
    match dice.below(nested) {
        0 => Lattice::Max(Ty::Int),
        1 => Lattice::Min(Ty::Int),
        2 => Lattice::Max(Ty::Nat),
        3 => Lattice::Any,
        4 => Lattice::All,
        5 => Lattice::Max(any_type(dice, 1).widen()),
        6 => Lattice::Min(any_type(dice, 1).widen()),
        7 | 8 => Lattice::Set(any_type(dice, 1).widen()),
        9 => {
            let key = scalar(dice).widen();
            Lattice::Map(key, Box::new(any_lattice(dice, depth - 1)))
        }
        10 => Lattice::Map(Ty::Str, Box::new(any_lattice(dice, depth - 1))),
        11 | 12 => {
            let version = match dice.below(4) {
                0 => Lattice::Max(Ty::Int),
                1 => Lattice::Min(Ty::Int),
                2 => Lattice::Max(any_type(dice, 1).widen()),
                _ => {
                    let (term, index) = (Lattice::Max(Ty::Nat), Lattice::Min(Ty::Int));
                    Lattice::Lex(Box::new(term), Box::new(index))
                }
            };
            Lattice::Lex(Box::new(version), Box::new(any_lattice(dice, depth - 1)))
        }
        13 if dice.chance(25) => Lattice::Point(scalar(dice).widen()),
        _ => {
            let first = any_lattice(dice, depth - 1);
            Lattice::Pair(Box::new(first), Box::new(any_lattice(dice, depth - 1)))
        }
    }
}

/// A value of a type. `wild` ones reach the ends of their range.
pub fn value(dice: &mut Dice, ty: &Ty, wild: bool) -> Value {
    let small = |dice: &mut Dice| dice.below(4) as i64;
    let many = |dice: &mut Dice| dice.below(4);
    match ty {
        Ty::Int if wild && dice.chance(8) => Value::Int([i64::MIN, i64::MAX][dice.below(2)]),
        Ty::Int => Value::Int(small(dice) - 1),
        Ty::Nat => Value::Int(small(dice)),
        Ty::Float if wild && dice.chance(20) => {
            Value::float([f64::NAN, f64::INFINITY, -0.0, 1e300, 5e-324][dice.below(5)])
        }
        Ty::Float => Value::float([-1.5, 0.0, 0.1, 2.5][dice.below(4)]),
        Ty::Bool => Value::Bool(dice.chance(50)),
        Ty::Str => Value::str(["a", "b", "c", "ab", "", "naïve {x}"][dice.below(6)]),
        Ty::Bytes => Value::Bytes([&b"a"[..], b"\xff\0", b""][dice.below(3)].to_vec()),
        Ty::Node => Value::Node(["n1", "n2", "n3"][dice.below(3)].into()),
        Ty::Time => Value::Time(small(dice) * 30_000_000_000),
        Ty::Duration => Value::Duration((small(dice) - 1) * 30_000_000_000),
        Ty::Uuid => Value::Uuid([dice.below(3) as u8; 16]),
        Ty::Json => Value::Json(json(dice, 2)),
        Ty::Tuple(parts) => Value::Tuple(parts.iter().map(|t| value(dice, t, wild)).collect()),
        Ty::List(of) => Value::List((0..many(dice)).map(|_| value(dice, of, wild)).collect()),
        Ty::Option(of) => {
            let inner = dice.chance(70).then(|| value(dice, of, wild));
            Value::option(inner)
        }
        Ty::Record(_) => {
            Value::Record(vec![value(dice, &Ty::Int, wild), value(dice, &Ty::Str, wild)])
        }
        Ty::Enum(id, _) if *id == EnumId(0) => match dice.below(3) {
            0 => Value::Enum(0, vec![value(dice, &Ty::Str, wild), value(dice, &Ty::Int, wild)]),
            1 => Value::Enum(1, vec![value(dice, &Ty::Str, wild)]),
            _ => Value::Enum(2, vec![]),
        },
        Ty::Enum(_, of) => match &of[..] {
            [of] if dice.chance(40) => {
                let left = value(dice, ty, wild);
                Value::Enum(1, vec![left, value(dice, of, wild), value(dice, ty, wild)])
            }
            [_] => Value::Enum(0, vec![]),
            _ => Value::Enum(dice.below(3), vec![]),
        },
        Ty::Set(of) => {
            let set: BTreeSet<Value> = (0..many(dice)).map(|_| value(dice, of, wild)).collect();
            Value::Set(set)
        }
        Ty::Map(k, v) => {
            let entries: BTreeMap<Value, Value> =
                (0..many(dice)).map(|_| (value(dice, k, wild), value(dice, v, wild))).collect();
            Value::Map(entries)
        }
        Ty::Bag(of) => {
            let times = |dice: &mut Dice| value(dice, &Ty::Nat, wild);
            let entries: BTreeMap<Value, Value> =
                (0..many(dice)).map(|_| (value(dice, of, wild), times(dice))).collect();
            Value::Map(entries)
        }
        Ty::Param(_) | Ty::Error => Value::None,
    }
}

fn json(dice: &mut Dice, depth: usize) -> Json {
    let kinds = if depth == 0 { 6 } else { 9 };
    match dice.below(kinds) {
        0 => Json::Null,
        1 => Json::Bool(dice.chance(50)),
        2 | 3 => Json::Int(dice.below(4) as i64 - 1),
        4 => Json::Float(Float::new([-1.5, 0.0, 1.0, 1e300][dice.below(4)])),
        5 => Json::Str(["a", "b", "", "na\u{ef}ve \"{x}\""][dice.below(4)].into()),
        6 => Json::Array((0..dice.below(3)).map(|_| json(dice, depth - 1)).collect()),
        _ => {
            let names = ["a", "b", "c d"].iter().take(dice.below(4));
            Json::Object(names.map(|n| (n.to_string(), json(dice, depth - 1))).collect())
        }
    }
}

/// Rows of a collection. Its keys are rarely violated.
pub fn rows(dice: &mut Dice, rel: &Rel, wild: bool) -> Vec<Vec<Value>> {
    let mut out: Vec<Vec<Value>> = Vec::new();
    let mut keys: BTreeSet<Vec<Value>> = BTreeSet::new();
    let many = if dice.chance(4) { 0 } else { 3 + dice.below(8) };
    for _ in 0..many {
        let row: Vec<Value> = rel.cols.iter().map(|(ty, _)| value(dice, ty, wild)).collect();
        let fresh = keys.insert(rel.key(&row));
        if fresh || !rel.has_values() || dice.chance(1) {
            out.push(row);
        }
    }
    out
}

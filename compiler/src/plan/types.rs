//! Types of the typed program as numbered plan types, so that a type is
//! compared by its number. This room must not know relations or rules.
//!
//! Records and enums are spelled out here: after this room nobody needs the
//! typed program to read or show a value.

use std::collections::BTreeMap;

use crate::plan::ir::Type;
use crate::plan::ir::TypeId;
use crate::types::ty::Ty;
use crate::types::typed;

/// The types met so far.
pub struct Types<'a> {
    program: &'a typed::Program,
    list: Vec<Type>,
    ids: BTreeMap<Ty, TypeId>,
}

impl<'a> Types<'a> {
    /// No types yet.
    pub fn new(program: &'a typed::Program) -> Types<'a> {
        Types { program, list: Vec::new(), ids: BTreeMap::new() }
    }

    /// The number of a type.
    pub fn id(&mut self, ty: &Ty) -> TypeId {
        if let Some(id) = self.ids.get(ty) {
            return *id;
        }
        // The number is taken before the parts are looked at: an enum may hold itself.
        let id = TypeId(self.list.len() as u32);
        self.list.push(Type::Bool);
        self.ids.insert(ty.clone(), id);
        let full = self.full(ty);
        self.list[id.0 as usize] = full;
        id
    }

    /// All types, by number.
    pub fn finish(self) -> Vec<Type> {
        self.list
    }

    fn full(&mut self, ty: &Ty) -> Type {
        let program = self.program;
        match ty {
            Ty::Int => Type::Int,
            Ty::Nat => Type::Nat,
            Ty::Float => Type::Float,
            // Programs with errors are never planned; any type does here.
            Ty::Bool | Ty::Error => Type::Bool,
            Ty::Str => Type::Str,
            Ty::Bytes => Type::Bytes,
            Ty::Node => Type::Node,
            Ty::Time => Type::Time,
            Ty::Duration => Type::Duration,
            Ty::Uuid => Type::Uuid,
            Ty::Json => Type::Json,
            Ty::Tuple(parts) => Type::Tuple(parts.iter().map(|t| self.id(t)).collect()),
            Ty::List(t) => Type::List(self.id(t)),
            Ty::Option(t) => Type::Option(self.id(t)),
            Ty::Set(t) => Type::Set(self.id(t)),
            Ty::Map(k, v) => {
                let key = self.id(k);
                Type::Map(key, self.id(v))
            }
            Ty::Record(id) => {
                let record = &program.records[id.index()];
                let fields = record.fields.iter().map(|(n, t)| (n.clone(), self.id(t))).collect();
                Type::Record { name: record.name.clone(), fields }
            }
            Ty::Enum(id) => {
                let of = &program.enums[id.index()];
                let variant = |(name, payload): &(String, Vec<Ty>)| {
                    (name.clone(), payload.iter().map(|t| self.id(t)).collect())
                };
                Type::Enum {
                    name: of.name.clone(),
                    variants: of.variants.iter().map(variant).collect(),
                }
            }
        }
    }
}

/// A plan type as the user would write it.
pub fn show(types: &[Type], id: TypeId) -> String {
    let one = |id: &TypeId| show(types, *id);
    match &types[id.0 as usize] {
        Type::Int => "int".into(),
        Type::Nat => "nat".into(),
        Type::Float => "float".into(),
        Type::Bool => "bool".into(),
        Type::Str => "str".into(),
        Type::Bytes => "bytes".into(),
        Type::Node => "node".into(),
        Type::Time => "time".into(),
        Type::Duration => "duration".into(),
        Type::Uuid => "uuid".into(),
        Type::Json => "json".into(),
        Type::Tuple(parts) => {
            format!("({})", parts.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        Type::List(t) => format!("[{}]", one(t)),
        Type::Option(t) => format!("{}?", one(t)),
        Type::Record { name, .. } | Type::Enum { name, .. } => name.clone(),
        Type::Set(t) => format!("Set<{}>", one(t)),
        Type::Map(k, v) => format!("Map<{}, {}>", one(k), one(v)),
    }
}

//! Types of the typed program as numbered plan types, so that a type is
//! compared by its number. This room must not know relations or rules.
//!
//! Records and enums are spelled out here: after this room nobody needs the
//! typed program to read or show a value.

use std::collections::BTreeMap;

use crate::plan::ir::Lattice;
use crate::plan::ir::Type;
use crate::plan::ir::TypeId;
use crate::types::ty;
use crate::types::ty::Ty;
use crate::types::typed;

/// The types met so far.
pub struct Types<'a> {
    program: &'a typed::Program,
    list: Vec<Type>,
    lattices: Vec<Lattice>,
    ids: BTreeMap<Ty, TypeId>,
}

impl<'a> Types<'a> {
    /// No types yet.
    pub fn new(program: &'a typed::Program) -> Types<'a> {
        Types { program, list: Vec::new(), lattices: Vec::new(), ids: BTreeMap::new() }
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

    /// The number of a lattice.
    pub fn lattice(&mut self, lattice: Lattice) -> u32 {
        let known = self.lattices.iter().position(|l| *l == lattice);
        known.unwrap_or_else(|| {
            self.lattices.push(lattice);
            self.lattices.len() - 1
        }) as u32
    }

    /// A lattice with numbered types. `point` says how points merge.
    pub fn merging(&mut self, lattice: &ty::Lattice, point: &dyn Fn(TypeId) -> Lattice) -> Lattice {
        let mut part = |l: &ty::Lattice| Box::new(self.merging(l, point));
        match lattice {
            ty::Lattice::Max(t) => Lattice::Max(self.id(t)),
            ty::Lattice::Min(t) => Lattice::Min(self.id(t)),
            ty::Lattice::Any => Lattice::Any,
            ty::Lattice::All => Lattice::All,
            ty::Lattice::Set(t) => Lattice::Set(self.id(t)),
            ty::Lattice::Map(k, l) => {
                let entry = part(l);
                Lattice::Map(self.id(k), entry)
            }
            ty::Lattice::Pair(l, m) => {
                let left = part(l);
                Lattice::Pair(left, part(m))
            }
            ty::Lattice::Lex(l, m) => {
                let version = part(l);
                Lattice::Lex(version, part(m))
            }
            ty::Lattice::Point(t) => point(self.id(t)),
        }
    }

    /// All types and lattices, by number.
    pub fn finish(self) -> (Vec<Type>, Vec<Lattice>) {
        (self.list, self.lattices)
    }

    fn full(&mut self, ty: &Ty) -> Type {
        let program = self.program;
        match ty {
            Ty::Int => Type::Int,
            Ty::Nat => Type::Nat,
            Ty::Float => Type::Float,
            // Programs with errors are never planned; any type does here.
            Ty::Bool | Ty::Param(_) | Ty::Error => Type::Bool,
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
            Ty::Bag(t) => {
                let element = self.id(t);
                Type::Bag(element, self.id(&Ty::Nat))
            }
            Ty::Record(id) => {
                let record = &program.records[id.index()];
                let fields = record.fields.iter().map(|(n, t)| (n.clone(), self.id(t))).collect();
                Type::Record { name: record.name.clone(), fields }
            }
            Ty::Enum(id, args) => {
                let of = &program.enums[id.index()];
                let variant = |(name, payload): &(String, Vec<Ty>)| {
                    (name.clone(), payload.iter().map(|t| self.id(&t.instance(args))).collect())
                };
                Type::Enum {
                    name: ty::show(ty, program),
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
        Type::Bag(t, _) => format!("Bag<{}>", one(t)),
    }
}

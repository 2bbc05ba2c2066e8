//! Where the columns of a relation are found in its rows. This room must not
//! know rules: the layout of a program does not depend on how it is evaluated.
//!
//! A row holds keys, then values, then cells. A `Pair` cell is two cells; the
//! contents of a set or map cell are rows of a hidden relation, keyed by the
//! row that owns them, and the cell itself counts them. Elements that are
//! tuples have a column for each of their parts. A `Lex` is one whole value. A
//! `Point` is the least and the greatest value that it was given.

use crate::ids::RelId;
use crate::plan::ir;
use crate::plan::ir::Col;
use crate::plan::ir::Declared;
use crate::plan::ir::LEAVES_MAX;
use crate::plan::ir::Merge;
use crate::plan::ir::Rel;
use crate::plan::ir::Shape;
use crate::plan::ir::TypeId;
use crate::plan::types::Types;
use crate::types::ty::Lattice;
use crate::types::ty::Ty;
use crate::types::typed;
use crate::types::typed::Role;

/// The relations of a program: its own, then hidden ones.
pub fn layout(program: &typed::Program, types: &mut Types) -> Vec<Rel> {
    let mut rels: Vec<Rel> = program.rels.iter().map(|rel| empty(&rel.name)).collect();
    for (index, rel) in program.rels.iter().enumerate() {
        let id = RelId(index as u32);
        let mut shapes: Vec<Option<Shape>> = vec![None; rel.cols.len()];
        for wanted in [Role::Key, Role::Value] {
            for (place, col) in rel.cols.iter().enumerate().filter(|(_, c)| c.role == wanted) {
                let at = push(&mut rels[index], Col { ty: types.id(&col.ty), merge: None });
                shapes[place] = Some(Shape::Word(at));
            }
            match wanted {
                Role::Key => rels[index].keys = rels[index].cols.len(),
                _ => rels[index].values = rels[index].cols.len() - rels[index].keys,
            }
        }
        for (place, col) in rel.cols.iter().enumerate() {
            if let Role::Cell(lattice) = &col.role {
                let name = format!("{}.{}", rel.name, col.name);
                shapes[place] = Some(cell(lattice, id, &name, types, &mut rels));
            }
        }
        let declared = rel.cols.iter().zip(shapes).filter_map(|(col, shape)| {
            Some(Declared { name: col.name.clone(), ty: types.id(&col.ty), shape: shape? })
        });
        rels[index].declared = declared.collect();
    }
    rels
}

/// The column that counts what a row owns in a hidden relation.
pub fn count_col(rels: &[Rel], hidden: RelId) -> usize {
    rels[hidden.index()].owner.map_or(0, |(_, col)| col)
}

/// The parts that a value of a type is spread over: the fields that lead to
/// each, and its type. One part without fields: it stays whole.
pub fn leaves(ty: &Ty) -> Vec<(Vec<usize>, Ty)> {
    let mut out = Vec::new();
    parts(ty, &mut Vec::new(), &mut out);
    if out.len() > LEAVES_MAX { vec![(Vec::new(), ty.clone())] } else { out }
}

fn parts(ty: &Ty, at: &mut Vec<usize>, out: &mut Vec<(Vec<usize>, Ty)>) {
    match ty {
        Ty::Tuple(tys) if !tys.is_empty() && out.len() <= LEAVES_MAX => {
            for (field, ty) in tys.iter().enumerate() {
                at.push(field);
                parts(ty, at, out);
                at.pop();
            }
        }
        _ => out.push((at.clone(), ty.clone())),
    }
}

/// Columns of the words of a shape, with their collections' counts.
pub fn words(rels: &[Rel], shape: &Shape, out: &mut Vec<usize>) {
    match shape {
        Shape::Word(col) => out.push(*col),
        Shape::Tuple(_, parts) => parts.iter().for_each(|part| words(rels, part, out)),
        Shape::Set { rel, .. } | Shape::Map { rel, .. } => out.push(count_col(rels, *rel)),
    }
}

fn empty(name: &str) -> Rel {
    Rel {
        name: name.to_owned(),
        cols: Vec::new(),
        keys: 0,
        values: 0,
        declared: Vec::new(),
        indexes: Vec::new(),
        lists: Vec::new(),
        owner: None,
        element: Vec::new(),
        points: Vec::new(),
        hidden: false,
        stratum: 0,
        life: ir::Life::default(),
    }
}

fn push(rel: &mut Rel, col: Col) -> usize {
    rel.cols.push(col);
    rel.cols.len() - 1
}

/// Adds the cells of a lattice to a relation.
fn cell(
    lattice: &Lattice,
    rel: RelId,
    name: &str,
    types: &mut Types,
    rels: &mut Vec<Rel>,
) -> Shape {
    let mut word = |ty: &Ty, merge: Merge| {
        let ty = types.id(ty);
        Shape::Word(push(&mut rels[rel.index()], Col { ty, merge: Some(merge) }))
    };
    match lattice {
        Lattice::Point(ty) => {
            let (low, high) = (word(ty, Merge::Min), word(ty, Merge::Max));
            if let (Shape::Word(low), Shape::Word(high)) = (&low, &high) {
                rels[rel.index()].points.push((*low, *high));
            }
            low
        }
        Lattice::Lex(..) => whole(lattice, rel, types, rels),
        Lattice::Max(ty) => word(ty, Merge::Max),
        Lattice::Min(ty) => word(ty, Merge::Min),
        Lattice::Any => word(&Ty::Bool, Merge::Max),
        Lattice::All => word(&Ty::Bool, Merge::Min),
        Lattice::Pair(a, b) => {
            let ty = types.id(&lattice.plain());
            let left = cell(a, rel, &format!("{name}.0"), types, rels);
            let right = cell(b, rel, &format!("{name}.1"), types, rels);
            Shape::Tuple(ty, vec![left, right])
        }
        Lattice::Set(element) => {
            let (hidden, element) = contents(element, rel, name, types, rels);
            Shape::Set { ty: types.id(&lattice.plain()), rel: hidden, element }
        }
        Lattice::Map(key, inner) => {
            let (hidden, key) = contents(key, rel, name, types, rels);
            let value = cell(inner, hidden, &format!("{name}.value"), types, rels);
            let ty = types.id(&lattice.plain());
            Shape::Map { ty, rel: hidden, key, value: Box::new(value) }
        }
    }
}

/// A cell that holds whole values. Where a point is in them, a second cell keeps
/// the greatest values of points where the first keeps the least.
fn whole(lattice: &Lattice, rel: RelId, types: &mut Types, rels: &mut [Rel]) -> Shape {
    let ty = types.id(&lattice.plain());
    let mut cell = |point: &dyn Fn(TypeId) -> ir::Lattice| {
        let merging = types.merging(lattice, point);
        let merge = Some(Merge::Join(types.lattice(merging)));
        push(&mut rels[rel.index()], Col { ty, merge })
    };
    let low = cell(&ir::Lattice::Min);
    if lattice.can_clash() {
        let high = cell(&ir::Lattice::Max);
        rels[rel.index()].points.push((low, high));
    }
    Shape::Word(low)
}

/// The hidden relation of a collection: owner and element, or owner and key;
/// and the shape of the elements or keys.
fn contents(
    element: &Ty,
    owner: RelId,
    name: &str,
    types: &mut Types,
    rels: &mut Vec<Rel>,
) -> (RelId, Box<Shape>) {
    let hidden = RelId(rels.len() as u32);
    let count = types.id(&Ty::Nat);
    let merge = Some(Merge::Count(hidden));
    let at = push(&mut rels[owner.index()], Col { ty: count, merge });
    let mut rel = empty(name);
    let leaves = leaves(element);
    rel.cols = vec![Col { ty: count, merge: None }];
    rel.cols.extend(leaves.iter().map(|(_, ty)| Col { ty: types.id(ty), merge: None }));
    rel.keys = rel.cols.len();
    let spread = leaves.len() > 1;
    rel.element = leaves.into_iter().map(|(path, _)| path).collect();
    rel.owner = Some((owner, at));
    rel.hidden = true;
    rels.push(rel);
    let shape = if spread { tuple(element, &mut 1, types) } else { Shape::Word(1) };
    (hidden, Box::new(shape))
}

/// The shape of a tuple whose parts stand in the columns from `next` on.
fn tuple(ty: &Ty, next: &mut usize, types: &mut Types) -> Shape {
    match ty {
        Ty::Tuple(tys) if !tys.is_empty() => {
            let parts = tys.iter().map(|ty| tuple(ty, next, types)).collect();
            Shape::Tuple(types.id(ty), parts)
        }
        _ => {
            *next += 1;
            Shape::Word(*next - 1)
        }
    }
}

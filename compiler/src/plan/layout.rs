//! Where the columns of a relation are found in its rows. This room must not
//! know rules: the layout of a program does not depend on how it is evaluated.
//!
//! A row holds keys, then values, then cells. A `Pair` cell is two cells; the
//! contents of a set or map cell are rows of a hidden relation, keyed by the
//! row that owns them, and the cell itself counts them.

use crate::ids::RelId;
use crate::plan::ir::Col;
use crate::plan::ir::Declared;
use crate::plan::ir::Merge;
use crate::plan::ir::Rel;
use crate::plan::ir::Shape;
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

/// Columns of the words of a shape, with their collections' counts.
pub fn words(rels: &[Rel], shape: &Shape, out: &mut Vec<usize>) {
    match shape {
        Shape::Word(col) => out.push(*col),
        Shape::Pair(_, a, b) => {
            words(rels, a, out);
            words(rels, b, out);
        }
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
        hidden: false,
        stratum: 0,
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
        Lattice::Max(ty) => word(ty, Merge::Max),
        Lattice::Min(ty) => word(ty, Merge::Min),
        Lattice::Any => word(&Ty::Bool, Merge::Max),
        Lattice::All => word(&Ty::Bool, Merge::Min),
        Lattice::Pair(a, b) => {
            let ty = types.id(&lattice.plain());
            let left = cell(a, rel, &format!("{name}.0"), types, rels);
            let right = cell(b, rel, &format!("{name}.1"), types, rels);
            Shape::Pair(ty, Box::new(left), Box::new(right))
        }
        Lattice::Set(element) => {
            let hidden = contents(element, rel, name, types, rels);
            Shape::Set { ty: types.id(&lattice.plain()), rel: hidden }
        }
        Lattice::Map(key, inner) => {
            let hidden = contents(key, rel, name, types, rels);
            let value = cell(inner, hidden, &format!("{name}.value"), types, rels);
            let ty = types.id(&lattice.plain());
            Shape::Map { ty, rel: hidden, value: Box::new(value) }
        }
    }
}

/// The hidden relation of a collection: owner and element, or owner and key.
fn contents(
    element: &Ty,
    owner: RelId,
    name: &str,
    types: &mut Types,
    rels: &mut Vec<Rel>,
) -> RelId {
    let hidden = RelId(rels.len() as u32);
    let (count, element) = (types.id(&Ty::Nat), types.id(element));
    let merge = Some(Merge::Count(hidden));
    let at = push(&mut rels[owner.index()], Col { ty: count, merge });
    let mut rel = empty(name);
    rel.cols = vec![Col { ty: count, merge: None }, Col { ty: element, merge: None }];
    rel.keys = 2;
    rel.owner = Some((owner, at));
    rel.hidden = true;
    rels.push(rel);
    hidden
}

//! The columns of a relation as files see them. This room must not know where
//! values of defaults come from: they are handed in as words.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::types::show;

/// What a column takes when a file lacks it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filler {
    /// Nothing: the file must have it.
    Required,
    /// The record's number in its file, from 1.
    Line,
    /// A word of the store's interner.
    Word(u64),
}

/// A column.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Column {
    pub name: String,
    pub ty: ir::TypeId,
    pub filler: Filler,
}

/// A relation.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Schema {
    pub rel: RelId,
    pub name: String,
    pub columns: Vec<Column>,
}

impl Schema {
    /// The schema of a relation of a plan, with one filler per column.
    pub fn new(plan: &ir::Program, rel: RelId, fillers: &[Filler]) -> Schema {
        let of = &plan.rels[rel.index()];
        let optional = |ty: ir::TypeId| matches!(plan.types[ty.0 as usize], ir::Type::Option(_));
        let columns = of
            .declared
            .iter()
            .enumerate()
            .map(|(i, column)| Column {
                name: column.name.clone(),
                ty: column.ty,
                filler: match fillers.get(i).copied().unwrap_or(Filler::Required) {
                    // What a file lacks is `None` where that is a value.
                    Filler::Required if optional(column.ty) => Filler::Word(0),
                    filler => filler,
                },
            })
            .collect();
        Schema { rel, name: of.name.clone(), columns }
    }

    /// The position of a column.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The columns a file must have, by position.
    pub fn required(&self) -> Vec<usize> {
        let required = |i: &usize| self.columns[*i].filler == Filler::Required;
        (0..self.columns.len()).filter(required).collect()
    }

    /// The names of all columns as a header: `from, to, cost`.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        names.join(", ")
    }

    /// The columns with their types: `from: str, to: str`.
    pub fn show(&self, types: &[ir::Type]) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{}: {}", column.name, show(types, column.ty)))
            .collect();
        columns.join(", ")
    }

    /// A row of fillers to start a record from.
    pub fn template(&self) -> Vec<u64> {
        self.columns
            .iter()
            .map(|column| if let Filler::Word(word) = column.filler { word } else { 0 })
            .collect()
    }
}

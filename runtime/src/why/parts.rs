//! What a row is made of where its columns merge: a word for each scalar, the
//! elements of its sets, the entries of its maps, each with the round in which
//! it came. Each part has a derivation of its own. This room must not know
//! rules.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed::Program;

use crate::why::store::END;
use crate::why::store::RowId;
use crate::why::store::Store;

/// A way into a value.
#[derive(Clone, PartialEq, Debug)]
enum Step {
    Field(usize),
    Key(Value),
    Element(Value),
}

/// A part of a row.
#[derive(Clone, Debug)]
pub struct Part {
    /// The declared column, and the way into its value; none: the row itself.
    place: Option<(usize, Vec<Step>)>,
    /// The word at the end of that way, where it is one.
    word: Option<Value>,
    /// The round in which it came.
    pub round: u32,
}

impl Part {
    /// Whether a row from a rule brings this part.
    pub fn is_in(&self, row: &[Value]) -> bool {
        let Some((column, path)) = &self.place else { return true };
        let mut value = row.get(*column);
        for step in path {
            value = match (step, value) {
                (Step::Field(i), Some(Value::Tuple(parts))) => parts.get(*i),
                (Step::Key(key), Some(Value::Map(entries))) => entries.get(key),
                (Step::Element(wanted), Some(Value::Set(set))) => set.get(wanted),
                _ => None,
            };
        }
        value.is_some_and(|value| self.word.as_ref().is_none_or(|word| word == value))
    }

    /// A whole column that is one word.
    pub fn column(&self) -> Option<(usize, &Value)> {
        match (&self.place, &self.word) {
            (Some((column, path)), Some(word)) if path.is_empty() => Some((*column, word)),
            _ => None,
        }
    }

    /// `cost = 3`, `who: "ann"`, `seen["k"].0 = 4`.
    pub fn text(&self, rel: usize, program: &Program) -> Option<String> {
        let (column, path) = self.place.as_ref()?;
        let column = program.rels[rel].cols.get(*column)?;
        let (mut out, mut ty) = (column.name.clone(), &column.ty);
        let show = |value: &Value, ty: &Ty| oracle::show(value, ty, program);
        for step in path {
            match (step, ty) {
                (Step::Field(i), Ty::Tuple(parts)) => {
                    out += &format!(".{i}");
                    ty = parts.get(*i).unwrap_or(&Ty::Error);
                }
                (Step::Key(key), Ty::Map(of, value)) => {
                    out += &format!("[{}]", show(key, of));
                    ty = value;
                }
                (Step::Element(element), Ty::Set(of)) => {
                    out += &format!(": {}", show(element, of));
                }
                _ => {}
            }
        }
        if let Some(word) = &self.word {
            out += &format!(" = {}", show(word, ty));
        }
        Some(out)
    }
}

/// The parts of a row at the end of a round, in order of columns and values.
pub fn parts(store: &Store, schema: &ir::Rel, id: RowId, upto: u32) -> Vec<Part> {
    let fixed = schema.keys + schema.values;
    let mut out = Vec::new();
    for (column, declared) in schema.declared.iter().enumerate() {
        if !matches!(declared.shape, Shape::Word(col) if col < fixed) {
            let mut walk = Walk { store, column, upto, out: &mut out };
            walk.shape(id, &declared.shape, &mut Vec::new());
        }
    }
    if out.is_empty() {
        out.push(Part { place: None, word: None, round: store.round(id) });
    }
    out
}

struct Walk<'a, 'b> {
    store: &'a Store<'b>,
    column: usize,
    upto: u32,
    out: &'a mut Vec<Part>,
}

impl Walk<'_, '_> {
    fn shape(&mut self, id: RowId, shape: &Shape, path: &mut Vec<Step>) {
        match shape {
            Shape::Word(col) => {
                let (_, round) = self.store.word(id, *col, self.upto);
                let word = self.store.shaped(id, shape, self.upto);
                self.part(path.clone(), Some(word), round);
            }
            Shape::Tuple(_, parts) => {
                for (i, part) in parts.iter().enumerate() {
                    path.push(Step::Field(i));
                    self.shape(id, part, path);
                    path.pop();
                }
            }
            Shape::Set { rel, element, .. } => {
                for (element, id) in self.owned(*rel, element, id) {
                    let round = self.store.round(id);
                    let path = path.iter().cloned().chain([Step::Element(element)]);
                    self.part(path.collect(), None, round);
                }
            }
            Shape::Map { rel, key, value, .. } => {
                for (key, id) in self.owned(*rel, key, id) {
                    path.push(Step::Key(key));
                    let before = self.out.len();
                    self.shape(id, value, path);
                    if self.out.len() == before {
                        self.part(path.clone(), None, self.store.round(id));
                    }
                    path.pop();
                }
            }
        }
    }

    fn part(&mut self, path: Vec<Step>, word: Option<Value>, round: u32) {
        self.out.push(Part { place: Some((self.column, path)), word, round });
    }

    fn owned(&self, rel: RelId, element: &Shape, owner: RowId) -> Vec<(Value, RowId)> {
        let rows = self.store.owned(rel, owner.row, self.upto).into_iter();
        let ids = rows.map(|row| RowId { rel, row });
        let mut all: Vec<_> = ids.map(|id| (self.store.shaped(id, element, END), id)).collect();
        all.sort();
        all
    }
}

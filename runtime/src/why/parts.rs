//! What a row is made of where its columns merge: a word for each scalar, the
//! elements of its sets, the entries of its maps, each with the round in which
//! it came. Each part has a derivation of its own. This room must not know
//! rules.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Lattice;
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
    /// What a `Lex` holds under this version.
    Under(Value),
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
                (Step::Under(version), Some(Value::Tuple(pair))) => {
                    pair.get(1).filter(|_| pair.first() == Some(version))
                }
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
                (Step::Field(_) | Step::Under(_), Ty::Tuple(parts)) => {
                    let field = if let Step::Field(i) = step { *i } else { 1 };
                    out += &format!(".{field}");
                    ty = parts.get(field).unwrap_or(&Ty::Error);
                }
                (Step::Key(key), Ty::Map(of, value)) => {
                    out += &format!("[{}]", show(key, of));
                    ty = value;
                }
                (Step::Key(key), Ty::Bag(of)) => {
                    out += &format!("[{}]", show(key, of));
                    ty = &Ty::Nat;
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
            Shape::Word(col) => match self.store.lattice(id.rel, *col) {
                Some(lattice) => self.whole(id, *col, lattice, path),
                None => {
                    let (_, round) = self.store.word(id, *col, self.upto);
                    let word = self.store.shaped(id, shape, self.upto);
                    self.part(path.clone(), Some(word), round);
                }
            },
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

    /// A cell that holds a whole value: each part came when the cell began to
    /// have it for good.
    fn whole(&mut self, id: RowId, col: usize, lattice: &Lattice, path: &[Step]) {
        let history = self.store.history(id, col, self.upto);
        let Some((_, now)) = history.first() else { return };
        let mut found = Vec::new();
        leaves(lattice, now, &mut Vec::new(), &mut found);
        for (way, word) in found {
            let inside = Part { place: Some((0, way)), word, round: 0 };
            let has = |(_, value): &&(u32, Value)| inside.is_in(std::slice::from_ref(value));
            let since = history.iter().take_while(has).last();
            let round = since.map_or_else(|| self.store.round(id), |(round, _)| *round);
            let Some((_, way)) = inside.place else { continue };
            self.part([path, &way].concat(), inside.word, round);
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

/// The ways into a value of a lattice, with the words at their ends. What one
/// way leads to is brought by one contribution, whatever merged with it.
fn leaves(
    lattice: &Lattice,
    value: &Value,
    path: &mut Vec<Step>,
    out: &mut Vec<(Vec<Step>, Option<Value>)>,
) {
    match (lattice, value) {
        (Lattice::Set(_), Value::Set(set)) => {
            for element in set {
                let way = path.iter().cloned().chain([Step::Element(element.clone())]);
                out.push((way.collect(), None));
            }
        }
        (Lattice::Map(_, inner), Value::Map(entries)) => {
            for (key, value) in entries {
                let before = out.len();
                path.push(Step::Key(key.clone()));
                leaves(inner, value, path, out);
                if out.len() == before {
                    out.push((path.clone(), None));
                }
                path.pop();
            }
        }
        (Lattice::Pair(a, b), Value::Tuple(parts)) => {
            for (i, (lattice, value)) in [a, b].into_iter().zip(parts).enumerate() {
                path.push(Step::Field(i));
                leaves(lattice, value, path, out);
                path.pop();
            }
        }
        (Lattice::Lex(_, inner), Value::Tuple(parts)) => {
            if let [version, value] = &parts[..] {
                let way = path.iter().cloned().chain([Step::Field(0)]);
                out.push((way.collect(), Some(version.clone())));
                path.push(Step::Under(version.clone()));
                leaves(inner, value, path, out);
                path.pop();
            }
        }
        _ => out.push((path.clone(), Some(value.clone()))),
    }
}

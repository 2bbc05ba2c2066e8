//! The rows of all collections while a tick runs. This room knows columns
//! and how they merge; it must not know rules.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::oracle::failure::Conflict;
use crate::oracle::failure::Failure;
use crate::oracle::failure::Kind;
use crate::oracle::values::Point;
use crate::oracle::values::Value;
use crate::oracle::values::join_as;
use crate::types::typed::Col;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;

/// The rows of one collection by their columns that do not merge. Rows that
/// differ in value columns only stand side by side until keys are checked.
pub type Table = BTreeMap<Vec<Value>, Vec<Value>>;

/// Rows in value order.
pub type Rows = BTreeSet<Vec<Value>>;

/// The rows of all collections.
pub struct Store<'a> {
    program: &'a Program,
    tables: Vec<Table>,
    /// Where points are inside of columns: the rows with the greatest value that
    /// each of them was given, where `tables` have the least.
    greatest: Vec<Table>,
}

impl<'a> Store<'a> {
    /// No rows.
    pub fn new(program: &'a Program) -> Store<'a> {
        let tables = || vec![Table::new(); program.rels.len()];
        Store { program, tables: tables(), greatest: tables() }
    }

    /// The rows of a collection.
    pub fn rows(&self, rel: RelId) -> impl Iterator<Item = &[Value]> {
        self.tables[rel.index()].values().map(Vec::as_slice)
    }

    /// Number of all rows.
    pub fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    /// Adds a row or merges it into the one it belongs to; whether that
    /// changed anything.
    pub fn insert(&mut self, rel: RelId, row: Vec<Value>) -> bool {
        let declared = &self.program.rels[rel.index()];
        let can_clash = |col: &Col| matches!(&col.role, Role::Cell(l) if l.can_clash());
        if declared.cols.iter().any(can_clash) {
            put(declared, &mut self.greatest[rel.index()], row.clone(), Point::Greatest);
        }
        put(declared, &mut self.tables[rel.index()], row, Point::Least)
    }

    /// The least row, by key, with a point that was given two values.
    pub fn clash(&self, rel: RelId) -> Option<Failure> {
        let declared = &self.program.rels[rel.index()];
        let mut rows = self.greatest[rel.index()].iter();
        let (key, a, b) = rows.find_map(|(key, greatest)| {
            let least = self.tables[rel.index()].get(key)?;
            (least != greatest).then(|| (key.clone(), least.clone(), greatest.clone()))
        })?;
        let conflict = Box::new(Conflict { rel, key, a, b });
        Some(Failure::at(Kind::PointConflict(conflict), declared.name_span, Vec::new()))
    }

    /// Has these rows and no others; whether that changed anything.
    pub fn replace(&mut self, rel: RelId, rows: impl Iterator<Item = Vec<Value>>) -> bool {
        let old = std::mem::take(&mut self.tables[rel.index()]);
        rows.for_each(|row| {
            self.insert(rel, row);
        });
        self.tables[rel.index()] != old
    }

    /// The least pair of rows, by key and then by values, that have one key
    /// and different values.
    pub fn conflict(&self, rel: RelId) -> Option<Failure> {
        let declared = &self.program.rels[rel.index()];
        if !declared.has_values() {
            return None;
        }
        let mut by_key: BTreeMap<Vec<Value>, BTreeSet<Vec<Value>>> = BTreeMap::new();
        for row in self.rows(rel) {
            let key = key(declared, row);
            let values = part(declared, row, |r| matches!(r, Role::Value));
            by_key.entry(key).or_default().insert(values);
        }
        let (key, values) = by_key.into_iter().find(|(_, values)| values.len() > 1)?;
        let mut values = values.into_iter();
        let (a, b) = (values.next()?, values.next()?);
        let conflict = Box::new(Conflict { rel, key, a, b });
        Some(Failure::at(Kind::KeyConflict(conflict), declared.name_span, Vec::new()))
    }

    /// What is left of it in the end: the rows, sorted.
    pub fn finish(self) -> Vec<Rows> {
        self.tables.into_iter().map(|table| table.into_values().collect()).collect()
    }
}

/// Adds a row to a table or merges it; whether that changed anything.
fn put(rel: &Rel, table: &mut Table, row: Vec<Value>, point: Point) -> bool {
    let fixed = part(rel, &row, |r| !matches!(r, Role::Cell(_)));
    let Some(old) = table.get(&fixed) else {
        table.insert(fixed, row);
        return true;
    };
    let merge = |(col, (old, new)): (&Col, (&Value, &Value))| match &col.role {
        Role::Cell(lattice) => join_as(point, lattice, old, new),
        Role::Key | Role::Value => old.clone(),
    };
    let merged: Vec<Value> = rel.cols.iter().zip(old.iter().zip(&row)).map(merge).collect();
    let changed = merged != *old;
    table.insert(fixed, merged);
    changed
}

/// The columns of a row that are part of its key.
pub fn key(rel: &Rel, row: &[Value]) -> Vec<Value> {
    part(rel, row, |r| matches!(r, Role::Key))
}

/// The columns of a row that have a certain role.
fn part(rel: &Rel, row: &[Value], wanted: impl Fn(&Role) -> bool) -> Vec<Value> {
    let chosen = rel.cols.iter().zip(row).filter(|(col, _)| wanted(&col.role));
    chosen.map(|(_, value)| value.clone()).collect()
}

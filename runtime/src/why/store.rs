//! The rows of a run that is over, as values and as of any round of it. Look-ups
//! by columns are built when first asked for, so that no question scans a
//! relation twice. This room must not know rules.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::Lattice;
use bloom_compiler::plan::ir::Merge;
use bloom_compiler::plan::ir::Shape;

use crate::kernel::Engine;
use crate::kernel::Ranks;
use crate::kernel::relation::Relation;
use crate::why::values;

/// Later than every round.
pub const END: u32 = u32::MAX;

/// What of the rows is seen: of the relations of one stratum those that were
/// there at the end of a round, of all others everything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct View {
    stratum: Option<usize>,
    upto: u32,
}

impl View {
    /// Everything.
    pub const END: View = View { stratum: None, upto: END };
}

/// A row by its relation and number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub struct RowId {
    pub rel: RelId,
    pub row: u32,
}

/// The rows of a relation in the order of some of its columns.
type Lookups = BTreeMap<(usize, Vec<usize>), Rc<Vec<u32>>>;

/// The rows of a finished run.
pub struct Store<'a> {
    engine: &'a Engine,
    ranks: &'a Ranks,
    /// The stratum that writes a relation; none: it was only loaded.
    strata: Vec<Option<usize>>,
    /// For collections that aggregate inside their own recursion: the hidden
    /// relation of their rows as far as they have grown.
    grown: BTreeMap<RelId, RelId>,
    lookups: RefCell<Lookups>,
    /// Rows that may still be tried.
    fuel: Cell<u64>,
}

impl<'a> Store<'a> {
    /// Of an engine whose run kept its ranks.
    pub fn new(engine: &'a Engine, ranks: &'a Ranks, fuel: u64) -> Store<'a> {
        let plan = engine.plan();
        let mut strata = vec![None; plan.rels.len()];
        for (number, stratum) in plan.strata.iter().enumerate() {
            stratum.rels.iter().for_each(|rel| strata[rel.index()] = Some(number));
        }
        let mut grown = BTreeMap::new();
        for (number, rel) in plan.rels.iter().enumerate() {
            let Some(name) = rel.name.strip_suffix(".growing") else { continue };
            let of = plan.rels.iter().position(|rel| rel.name == name);
            if let (Some(of), true) = (of, rel.owner.is_none()) {
                grown.insert(RelId(of as u32), RelId(number as u32));
            }
        }
        Store { engine, ranks, strata, grown, lookups: RefCell::default(), fuel: Cell::new(fuel) }
    }

    /// What there was so many rounds before one of this relation.
    pub fn before(&self, rel: RelId, round: u32, rounds: u32) -> View {
        View { stratum: self.strata[rel.index()], upto: round.saturating_sub(rounds) }
    }

    /// Where the rows of a collection are that a view sees: inside the recursion
    /// in which they grow, they are held apart from the finished ones.
    fn held(&self, rel: RelId, view: View) -> RelId {
        match self.grown.get(&rel) {
            Some(grown) if self.strata[grown.index()] == view.stratum => *grown,
            _ => rel,
        }
    }

    /// The collection whose rows a relation holds.
    pub fn collection(&self, rel: RelId) -> RelId {
        self.grown.iter().find(|(_, grown)| **grown == rel).map_or(rel, |(of, _)| *of)
    }

    /// The last round of a relation that a view sees.
    pub fn upto(&self, rel: RelId, view: View) -> u32 {
        match self.strata[rel.index()] {
            Some(stratum) if Some(stratum) == view.stratum => view.upto,
            _ => END,
        }
    }

    /// Where a relation stands in the order of completion.
    pub fn level(&self, rel: RelId) -> usize {
        self.strata[rel.index()].map_or(0, |stratum| stratum + 1)
    }

    /// Whether rows may still be tried; says so once too often for each row.
    pub fn spend(&self) -> bool {
        let left = self.fuel.get().saturating_sub(1);
        self.fuel.set(left);
        left > 0
    }

    /// Gives every search its own allowance.
    pub fn refuel(&self, fuel: u64) {
        self.fuel.set(fuel);
    }

    /// Whether the allowance of the present search was not enough.
    pub fn is_spent(&self) -> bool {
        self.fuel.get() == 0
    }

    /// The round in which a row came; 0: it was loaded.
    pub fn round(&self, id: RowId) -> u32 {
        self.ranks.row(id.rel.index(), id.row)
    }

    /// The last round up to one in which a row, or what it owns, changed.
    pub fn version(&self, id: RowId, upto: u32) -> u32 {
        let mut last = self.ranks.changed(id.rel.index(), id.row, upto);
        for hidden in self.owned_by(id.rel) {
            for row in self.owned(hidden, id.row, upto) {
                last = last.max(self.version(RowId { rel: hidden, row }, upto));
            }
        }
        last
    }

    fn owned_by(&self, owner: RelId) -> Vec<RelId> {
        let rels = self.engine.plan().rels.iter().enumerate();
        let of = |rel: &Option<(RelId, usize)>| rel.is_some_and(|(rel, _)| rel == owner);
        rels.filter(|(_, rel)| of(&rel.owner)).map(|(i, _)| RelId(i as u32)).collect()
    }

    /// Rows of a hidden relation that a row owned at the end of a round.
    pub fn owned(&self, hidden: RelId, owner: u32, upto: u32) -> Vec<u32> {
        let rows = self.lookup(hidden, &[(0, u64::from(owner))]);
        let there = |row: &u32| self.round(RowId { rel: hidden, row: *row }) <= upto;
        rows.into_iter().filter(there).collect()
    }

    /// The columns of a row at the end of a round. Those that nobody wants are
    /// left empty.
    pub fn row(&self, id: RowId, upto: u32, wanted: impl Fn(usize) -> bool) -> Vec<Value> {
        let declared = &self.engine.plan().rels[id.rel.index()].declared;
        let column = |(i, column): (usize, &bloom_compiler::plan::ir::Declared)| match wanted(i) {
            true => self.shaped(id, &column.shape, upto),
            false => Value::None,
        };
        // Rows that grow may have columns more than the collection.
        let arity = self.engine.plan().rels[self.collection(id.rel).index()].declared.len();
        declared.iter().take(arity).enumerate().map(column).collect()
    }

    /// The value that a row has in a shape.
    pub fn shaped(&self, id: RowId, shape: &Shape, upto: u32) -> Value {
        let plan = self.engine.plan();
        match shape {
            Shape::Word(col) => {
                let ty = plan.rels[id.rel.index()].cols[*col].ty;
                let (word, _) = self.word(id, *col, upto);
                values::value(&plan.types, ty, word, self.engine.interner())
            }
            Shape::Tuple(_, parts) => {
                Value::Tuple(parts.iter().map(|part| self.shaped(id, part, upto)).collect())
            }
            Shape::Set { rel, element, .. } => {
                let rows = self.owned(*rel, id.row, upto).into_iter();
                let of = |row: u32| self.shaped(RowId { rel: *rel, row }, element, END);
                Value::Set(rows.map(of).collect())
            }
            Shape::Map { rel, key, value, .. } => {
                let rows = self.owned(*rel, id.row, upto).into_iter();
                let entry = |row: u32| {
                    let id = RowId { rel: *rel, row };
                    (self.shaped(id, key, END), self.shaped(id, value, upto))
                };
                Value::Map(rows.map(entry).collect())
            }
        }
    }

    /// A column's word at the end of a round, and since which round.
    pub fn word(&self, id: RowId, col: usize, upto: u32) -> (u64, u32) {
        let schema = &self.engine.plan().rels[id.rel.index()];
        let fixed = schema.keys + schema.values;
        let now = self.relation(id.rel).get(id.row as usize, col);
        match col.checked_sub(fixed) {
            None => (now, self.round(id)),
            Some(cell) => self.ranks.cell(id.rel.index(), id.row, cell as u32, upto, now),
        }
    }

    /// How a cell merges that holds a whole value; none for all other columns.
    pub fn lattice(&self, rel: RelId, col: usize) -> Option<&'a Lattice> {
        let plan = self.engine.plan();
        match plan.rels[rel.index()].cols[col].merge {
            Some(Merge::Join(number)) => plan.lattices.get(number as usize),
            _ => None,
        }
    }

    /// What a cell held from which round on, back from the end of a round.
    pub fn history(&self, id: RowId, col: usize, upto: u32) -> Vec<(u32, Value)> {
        let shape = Shape::Word(col);
        let mut held = Vec::new();
        let mut upto = upto;
        loop {
            let (_, since) = self.word(id, col, upto);
            held.push((since, self.shaped(id, &shape, upto)));
            if since <= self.round(id) {
                return held;
            }
            upto = since - 1;
        }
    }

    /// Rows with these values in columns that do not merge, in a view. `None`
    /// values were never met, so that no row has them.
    pub fn find(&self, rel: RelId, bound: &[(usize, Value)], view: View) -> Vec<RowId> {
        let rel = self.held(rel, view);
        let Some(key) = self.key(rel, bound) else { return Vec::new() };
        let upto = self.upto(rel, view);
        let rows = self.lookup(rel, &key).into_iter().map(|row| RowId { rel, row });
        rows.filter(|id| upto == END || self.round(*id) <= upto).collect()
    }

    /// How many rows have these values in the end.
    pub fn count(&self, rel: RelId, bound: &[(usize, Value)]) -> usize {
        match self.key(rel, bound) {
            Some(key) => self.range(rel, &key).1.len(),
            None => 0,
        }
    }

    /// The rows that have these values in the end. Values that no look-up finds
    /// are compared.
    pub fn having(&self, rel: RelId, bound: &[(usize, Value)]) -> Vec<RowId> {
        let mut rows = self.find(rel, bound, View::END);
        let schema = &self.engine.plan().rels[rel.index()];
        let types = &self.engine.plan().types;
        let is_compared = |column: usize| !values::is_found(types, schema.declared[column].ty);
        let compared: Vec<_> = bound.iter().filter(|(column, _)| is_compared(*column)).collect();
        if !compared.is_empty() {
            let asked = |column: usize| compared.iter().any(|(other, _)| *other == column);
            rows.retain(|id| {
                let row = self.row(*id, END, asked);
                compared.iter().all(|(column, value)| row[*column] == *value)
            });
        }
        rows
    }

    /// Whether a declared column can be looked up by its value.
    pub fn is_fixed(&self, rel: RelId, column: usize) -> bool {
        let schema = &self.engine.plan().rels[rel.index()];
        let shape = schema.declared.get(column).map(|declared| &declared.shape);
        matches!(shape, Some(Shape::Word(col)) if *col < schema.keys + schema.values)
    }

    fn key(&self, rel: RelId, bound: &[(usize, Value)]) -> Option<Vec<(usize, u64)>> {
        let plan = self.engine.plan();
        let schema = &plan.rels[rel.index()];
        let mut key = Vec::with_capacity(bound.len());
        for (column, value) in bound {
            let declared = schema.declared.get(*column)?;
            let Shape::Word(col) = declared.shape else { continue };
            let found = values::is_found(&plan.types, declared.ty);
            if found && col < schema.keys + schema.values {
                let interner = self.engine.interner();
                key.push((col, values::word(&plan.types, declared.ty, value, interner)?));
            }
        }
        key.sort_unstable();
        Some(key)
    }

    fn relation(&self, rel: RelId) -> &Relation {
        self.engine.relation(rel)
    }

    fn lookup(&self, rel: RelId, key: &[(usize, u64)]) -> Vec<u32> {
        let (order, range) = self.range(rel, key);
        order[range].to_vec()
    }

    /// All rows ordered by the columns of the key, and the part that has it.
    fn range(&self, rel: RelId, key: &[(usize, u64)]) -> (Rc<Vec<u32>>, std::ops::Range<usize>) {
        let cols: Vec<usize> = key.iter().map(|(col, _)| *col).collect();
        let relation = self.relation(rel);
        let mut lookups = self.lookups.borrow_mut();
        let order = lookups.entry((rel.index(), cols.clone())).or_insert_with(|| {
            let live = (0..relation.len()).filter(|row| !relation.is_dead(*row));
            let mut rows: Vec<u32> = live.map(|row| row as u32).collect();
            // Words are gathered first: the sort reads them many times.
            let words = |row: u32| cols.iter().map(move |col| relation.get(row as usize, *col));
            match cols.len() {
                0 => {}
                1 => rows.sort_by_cached_key(|row| relation.get(*row as usize, cols[0])),
                2 => rows.sort_by_cached_key(|row| {
                    let word = |col: usize| relation.get(*row as usize, cols[col]);
                    (word(0), word(1))
                }),
                _ => rows.sort_by(|a, b| words(*a).cmp(words(*b))),
            }
            Rc::new(rows)
        });
        let words = |row: u32| cols.iter().map(move |col| relation.get(row as usize, *col));
        let wanted = || key.iter().map(|(_, word)| *word);
        let from = order.partition_point(|row| words(*row).lt(wanted()));
        let many = order[from..].partition_point(|row| words(*row).eq(wanted()));
        (order.clone(), from..from + many)
    }
}

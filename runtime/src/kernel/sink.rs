//! Where derived rows go: buffered, then added to their relation in batches,
//! so that the memory behind the membership test is fetched ahead of its use.

use bloom_compiler::plan::ir::CellIn;
use bloom_compiler::plan::ir::Col;
use bloom_compiler::plan::ir::Emit;
use bloom_compiler::plan::ir::LEAVES_MAX;
use bloom_compiler::plan::ir::Leaf;
use bloom_compiler::plan::ir::Merge;
use bloom_compiler::plan::ir::Path;
use bloom_compiler::plan::ir::Rel;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::budget::Budget;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::kernel::share::Away;
use crate::kernel::share::Form;
use crate::kernel::share::To;
use crate::kernel::share::declared;
use crate::value::interner::Interner;
use crate::value::lattice;
use crate::value::order::compare;

/// Rows gathered before they are added.
const BATCH: usize = 2048;

/// The buffer of one head relation.
#[derive(Default)]
pub struct Sink {
    rel: usize,
    /// Rows have no cells and go in as flat words.
    plain: bool,
    /// Cells are words, and rows with them are flat too.
    words: bool,
    /// Rows of one or two words, packed; kept apart from `flat`.
    packed: Vec<u64>,
    packs: bool,
    flat: Vec<u64>,
    scratch: Vec<u64>,
    /// Set while rows wait for the end of their round.
    held: Option<Held>,
    /// Where rows of other workers go, where there are others.
    pub away: Option<Box<Away>>,
    /// Rows that were new.
    pub new: usize,
}

/// What waits beside the buffers of rows.
#[derive(Default)]
struct Held {
    /// Rows with collections, and the registers they come from.
    rows: Vec<(Emit, Vec<u64>)>,
    /// The row without columns.
    unit: bool,
    /// Words in a buffer from which repeated rows are taken out.
    crowded: usize,
}

/// Words of waiting rows from which it pays to look for repeated ones.
const CROWDED: usize = 1 << 20;

impl Sink {
    /// A sink for a relation as it is now.
    pub fn new(rel: usize, schema: &Rel, relation: &Relation) -> Sink {
        let mut sink = Sink::default();
        sink.again(rel, schema, relation);
        sink
    }

    /// The same buffers, empty, for another relation as it is now.
    pub fn again(&mut self, rel: usize, schema: &Rel, relation: &Relation) {
        let counts = |c: &Col| matches!(c.merge, Some(Merge::Count(_)));
        self.rel = rel;
        self.plain = schema.keys + schema.values == schema.cols.len();
        self.words = !self.plain && schema.owner.is_none() && !schema.cols.iter().any(counts);
        self.packs = self.plain && schema.owner.is_none() && relation.takes_packed();
        self.packed.clear();
        self.flat.clear();
        self.held = None;
        self.away = None;
        self.new = 0;
    }

    /// How rows for others are written.
    pub fn form(&self) -> Form {
        if self.plain || self.words { Form::Flat } else { Form::Declared }
    }

    /// Lets rows wait until [`Sink::release`], so that nothing of a round is
    /// seen inside it.
    pub fn hold(&mut self) {
        self.held = Some(Held { crowded: CROWDED, ..Held::default() });
    }

    /// Adds what waited. False: a limit is met.
    pub fn release(&mut self, rels: &mut [Relation], s: &mut Scalars, budget: &mut Budget) -> bool {
        let held = self.held.take().unwrap_or_default();
        let mut on = true;
        if held.unit {
            let new = usize::from(rels[self.rel].insert(&[]).1);
            self.new += new;
            on = budget.rows(new);
        }
        let rows = held.rows.iter();
        on && rows.into_iter().all(|(emit, regs)| self.emit(emit, regs, rels, s, budget))
            && self.flush(rels, s, budget)
    }

    /// Whether rows wait; where there are many, those that are known are left out.
    fn holds(&mut self, rels: &[Relation]) -> bool {
        let Some(held) = &mut self.held else { return false };
        let waiting = self.packed.len().max(self.flat.len());
        if self.plain && waiting >= held.crowded {
            let relation = &rels[self.rel];
            self.packed.sort_unstable();
            self.packed.dedup();
            thin(&mut self.flat, relation.rows().arity());
            held.crowded = (self.packed.len().max(self.flat.len()) * 2).max(CROWDED);
        }
        true
    }

    /// Whether packed rows may be put into [`Sink::packed`].
    #[inline(always)]
    pub fn packs(&self) -> bool {
        self.packs
    }

    /// Whether flat rows with their cells may be put into [`Sink::flat`].
    #[inline(always)]
    pub fn takes_flat(&self) -> bool {
        self.words || self.plain && !self.packs
    }

    /// The buffer of flat rows.
    #[inline(always)]
    pub fn flat(&mut self) -> &mut Vec<u64> {
        &mut self.flat
    }

    /// Adds the flat rows when there are enough of them.
    #[inline(always)]
    pub fn flush_if_full(
        &mut self,
        rels: &mut [Relation],
        s: &mut Scalars,
        budget: &mut Budget,
    ) -> bool {
        self.flat.len() < BATCH || self.holds(rels) || self.flush(rels, s, budget)
    }

    /// The buffer of packed rows.
    #[inline(always)]
    pub fn packed(&mut self) -> &mut Vec<u64> {
        &mut self.packed
    }

    /// Adds the packed rows when there are enough of them.
    #[inline(always)]
    pub fn flush_packed_if_full(
        &mut self,
        rels: &mut [Relation],
        s: &Scalars,
        budget: &mut Budget,
    ) -> bool {
        self.packed.len() < BATCH || self.holds(rels) || self.flush_packed(rels, s, budget)
    }

    fn flush_packed(&mut self, rels: &mut [Relation], s: &Scalars, budget: &mut Budget) -> bool {
        let relation = &mut rels[self.rel];
        if let Some(away) = &mut self.away {
            away.split_packed(&mut self.packed, relation.rows().arity(), s.types, s.interner);
        }
        let before = relation.len();
        if relation.takes_packed() {
            relation.insert_packed(&self.packed);
        } else {
            for &packed in &self.packed {
                if relation.rows().arity() == 1 {
                    relation.insert(&[packed]);
                } else {
                    relation.insert(&[packed >> 32, packed & u64::from(u32::MAX)]);
                }
            }
            self.packs = false;
        }
        self.packed.clear();
        let new = relation.len() - before;
        self.new += new;
        budget.rows(new)
    }

    /// Derives a row. False: a limit is met.
    #[inline(always)]
    pub fn emit(
        &mut self,
        emit: &Emit,
        regs: &[u64],
        rels: &mut [Relation],
        s: &mut Scalars,
        budget: &mut Budget,
    ) -> bool {
        if self.plain {
            self.flat.extend(emit.row.iter().map(|&r| regs[r as usize]));
            if emit.row.is_empty() {
                if let Some(held) = &mut self.held {
                    held.unit = true;
                    return true;
                }
                if self.away.as_mut().is_some_and(|away| !away.unit()) {
                    return true;
                }
                let new = usize::from(rels[self.rel].insert(&[]).1);
                self.new += new;
                return budget.rows(new);
            }
            return self.flat.len() < BATCH * emit.row.len()
                || self.holds(rels)
                || self.flush(rels, s, budget);
        }
        if self.words {
            self.flat.extend(emit.row.iter().map(|&r| regs[r as usize]));
            for cell in &emit.cells {
                if let CellIn::Word(r) = cell {
                    self.flat.push(regs[*r as usize]);
                }
            }
            return self.flat.len() < BATCH || self.holds(rels) || self.flush(rels, s, budget);
        }
        if let Some(held) = &mut self.held {
            held.rows.push((emit.clone(), regs.to_vec()));
            return true;
        }
        if self.sends(emit, regs, s) {
            return true;
        }
        let before = self.new;
        self.flat.clear();
        self.flat.extend(emit.row.iter().map(|&r| regs[r as usize]));
        let row = std::mem::take(&mut self.flat);
        let mut puts = Puts { rels, s, new: 0 };
        puts.row(self.rel, &row, &emit.cells, regs);
        self.new += puts.new;
        self.flat = row;
        self.new == before || budget.rows(self.new - before)
    }

    /// Whether a row with collections is for others only; they get it.
    fn sends(&mut self, emit: &Emit, regs: &[u64], s: &mut Scalars) -> bool {
        let Some(away) = &mut self.away else { return false };
        let fixed: Vec<u64> = emit.row.iter().map(|&r| regs[r as usize]).collect();
        let to = away.to(&fixed, s.types, s.interner);
        if away.is_own(to) {
            return false;
        }
        let row = declared(emit, regs, s.rels, self.rel, s.interner);
        match to {
            To::One(worker) => away.add(worker, &row),
            To::All => away.add_all(&row),
        }
        to != To::All
    }

    /// Adds what is buffered. False: a limit is met.
    pub fn flush(&mut self, rels: &mut [Relation], s: &mut Scalars, budget: &mut Budget) -> bool {
        if !self.packed.is_empty() && !self.flush_packed(rels, s, budget) {
            return false;
        }
        if let (true, Some(away)) = (self.plain || self.words, &mut self.away) {
            let arity = s.rels[self.rel].cols.len();
            away.split(&mut self.flat, arity, s.types, s.interner);
        }
        if self.flat.is_empty() {
            return true;
        }
        if self.words {
            let new = flush_words(&self.flat, self.rel, rels, s);
            self.flat.clear();
            self.new += new;
            return budget.rows(new);
        }
        if !self.plain {
            self.flat.clear();
            return true;
        }
        let new = rels[self.rel].insert_rows(&self.flat, &mut self.scratch);
        self.flat.clear();
        self.new += new;
        self.packs &= rels[self.rel].takes_packed();
        budget.rows(new)
    }
}

/// Flat rows, each once.
fn thin(flat: &mut Vec<u64>, arity: usize) {
    if arity == 0 {
        return;
    }
    let mut rows: Vec<&[u64]> = flat.chunks_exact(arity).collect();
    rows.sort_unstable();
    rows.dedup();
    *flat = rows.concat();
}

/// Merges flat rows whose cells are words. Returns how many changed something.
pub fn flush_words(flat: &[u64], rel: usize, rels: &mut [Relation], s: &mut Scalars) -> usize {
    let schema = &s.rels[rel];
    let fixed = schema.keys + schema.values;
    let relation = &mut rels[rel];
    if let Some(changed) = relation.merge_pairs(flat) {
        return changed;
    }
    let mut new = 0;
    for block in flat.chunks(schema.cols.len() * 16) {
        for row in block.chunks_exact(schema.cols.len()) {
            relation.prefetch(&row[..schema.keys]);
        }
        for row in block.chunks_exact(schema.cols.len()) {
            let (id, is_new) = relation.insert(&row[..fixed]);
            if is_new {
                relation.start_cells(&row[fixed..]);
                new += 1;
                continue;
            }
            for (cell, &word) in row[fixed..].iter().enumerate() {
                let ty = schema.cols[fixed + cell].ty;
                new += usize::from(merge(relation, (id, cell), word, ty, s));
            }
        }
    }
    new
}

/// Merges a word into a cell; whether that changed it.
fn merge(
    relation: &mut Relation,
    (id, cell): (u32, usize),
    word: u64,
    ty: TypeId,
    s: &mut Scalars,
) -> bool {
    let Some(number) = relation.lattice(cell) else {
        let order = |a, b| compare(s.types, ty, a, b, s.interner);
        return relation.merge(id, cell, word, order);
    };
    let have = relation.cell(id, cell);
    let lattice = &s.lattices[number as usize];
    // Points are the least or the greatest value here, which cannot clash.
    match lattice::join(lattice, have, word, s.types, s.interner) {
        Ok(joined) => relation.replace(id, cell, joined),
        Err(lattice::Clash) => false,
    }
}

/// Puts rows with cells into relations, and what they own into hidden ones.
pub struct Puts<'a, 'b> {
    /// All relations.
    pub rels: &'a mut [Relation],
    /// Types and values.
    pub s: &'a mut Scalars<'b>,
    /// Rows that were new, hidden ones and changed cells counted.
    pub new: usize,
}

/// A cell's contribution as words.
enum Put<'a> {
    Word(u64),
    Nothing,
    Element(&'a [u16]),
    Elements(u64),
    Entry(&'a [u16], &'a [CellIn]),
    Entries(u64, &'a [Path]),
}

impl Puts<'_, '_> {
    /// A row whose cells come from registers.
    pub fn row(&mut self, rel: usize, row: &[u64], cells: &[CellIn], regs: &[u64]) {
        let r = |reg: &u16| regs[*reg as usize];
        let put = |cell: &CellIn| match cell {
            CellIn::Word(reg) => r(reg),
            _ => 0,
        };
        let first: Vec<u64> = cells.iter().map(put).collect();
        let (id, new) = self.upsert(rel, row, &first);
        for (i, cell) in cells.iter().enumerate() {
            let put = match cell {
                CellIn::Word(reg) => Put::Word(r(reg)),
                CellIn::Nothing => Put::Nothing,
                CellIn::Element(regs) => Put::Element(regs),
                CellIn::Elements(reg) => Put::Elements(r(reg)),
                CellIn::Entry(regs, inner) => Put::Entry(regs, inner),
                CellIn::Entries(reg, paths) => Put::Entries(r(reg), paths),
            };
            self.cell(rel, id, i, new, put, regs);
        }
    }

    fn upsert(&mut self, rel: usize, row: &[u64], first: &[u64]) -> (u32, bool) {
        let (id, new) = self.rels[rel].insert(row);
        if new {
            self.new += 1;
            self.rels[rel].start_cells(first);
            if let Some((owner, cell)) = self.s.owners[rel] {
                self.rels[owner].count(row[0] as u32, cell);
            }
        }
        (id, new)
    }

    fn cell(&mut self, rel: usize, id: u32, cell: usize, new: bool, put: Put, regs: &[u64]) {
        let schema = &self.s.rels[rel];
        let col = &schema.cols[schema.keys + schema.values + cell];
        let hidden = match col.merge {
            Some(Merge::Count(hidden)) => hidden.index(),
            _ => usize::MAX,
        };
        match put {
            Put::Word(word) => {
                if !new {
                    let changed = merge(&mut self.rels[rel], (id, cell), word, col.ty, self.s);
                    self.new += usize::from(changed);
                }
            }
            Put::Nothing => {}
            Put::Element(element) => {
                let (row, n) = in_regs(id, element, regs);
                self.upsert(hidden, &row[..n], &[]);
            }
            Put::Elements(set) => {
                let mut at = 0;
                while let Some(&word) = self.s.interner.get_words(set).get(at) {
                    let (row, n) = spread(id, word, &self.s.rels[hidden].element, self.s.interner);
                    self.upsert(hidden, &row[..n], &[]);
                    at += 1;
                }
            }
            Put::Entry(key, inner) => {
                let (row, n) = in_regs(id, key, regs);
                self.row(hidden, &row[..n], inner, regs);
            }
            Put::Entries(map, paths) => {
                let mut at = 0;
                while let Some(&[key, value]) = self.s.interner.get_words(map).get(at..at + 2) {
                    let (row, n) = spread(id, key, &self.s.rels[hidden].element, self.s.interner);
                    self.entry(hidden, &row[..n], value, paths);
                    at += 2;
                }
            }
        }
    }

    /// A row whose cells are found inside one value.
    pub fn entry(&mut self, rel: usize, row: &[u64], value: u64, paths: &[Path]) {
        let interner = &*self.s.interner;
        let at = |path: &Path| in_fields(value, &path.fields, interner);
        let first: Vec<u64> =
            paths.iter().map(|p| if matches!(p.leaf, Leaf::Word) { at(p) } else { 0 }).collect();
        let (id, new) = self.upsert(rel, row, &first);
        for (i, path) in paths.iter().enumerate() {
            let at = in_fields(value, &path.fields, self.s.interner);
            let put = match &path.leaf {
                Leaf::Word => Put::Word(at),
                Leaf::Set => Put::Elements(at),
                Leaf::Map(inner) => Put::Entries(at, inner),
            };
            self.cell(rel, id, i, new, put, &[]);
        }
    }
}

/// Words of a row of a hidden relation, and how many there are.
type Owned = ([u64; LEAVES_MAX + 1], usize);

/// An owner, and an element that stands in registers.
fn in_regs(owner: u32, element: &[u16], regs: &[u64]) -> Owned {
    let mut row = [u64::from(owner); LEAVES_MAX + 1];
    for (word, reg) in row[1..].iter_mut().zip(element) {
        *word = regs[*reg as usize];
    }
    (row, 1 + element.len())
}

/// An owner, and an element that is one value.
pub fn spread(owner: u32, element: u64, paths: &[Vec<usize>], interner: &Interner) -> Owned {
    let mut row = [u64::from(owner); LEAVES_MAX + 1];
    for (word, path) in row[1..].iter_mut().zip(paths) {
        *word = in_fields(element, path, interner);
    }
    (row, 1 + paths.len())
}

/// What is inside of nested tuples.
fn in_fields(value: u64, fields: &[usize], interner: &Interner) -> u64 {
    fields.iter().fold(value, |word, &field| interner.get_words(word)[field])
}

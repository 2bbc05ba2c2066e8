//! A worker's share of a program that many run: which rows are its own, and
//! those that it derived for others. Who the others are, and how rows get to
//! them, is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::CellIn;
use bloom_compiler::plan::ir::Emit;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Place;
use bloom_compiler::plan::spread::Site;
use bloom_compiler::plan::spread::Spread;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde::Serialize;

use crate::value::codec;
use crate::value::interner::Interner;
use crate::value::interner::fold;
use crate::value::interner::hash_bytes;
use crate::value::interner::hash_words;

/// A worker's share.
#[derive(Clone)]
pub struct Share {
    /// The number of this worker, and how many there are.
    me: usize,
    workers: usize,
    routes: Vec<Route>,
    /// By rule of the spread program: whether this worker leaves it to the first.
    idle: Vec<bool>,
    /// By rule: whether every worker runs it, and keeps what is its own.
    each: Vec<bool>,
    /// The relation of the workers' numbers.
    number: Option<RelId>,
    /// Rows for each worker.
    out: Vec<Vec<Parcel>>,
    /// By relation: rows that were sent lately.
    lately: Vec<Lately>,
    hashes: Hashes,
    /// Relations of the program that was spread; what comes behind is helpers.
    own: usize,
    /// Rows put out for others so far.
    moved: u64,
}

/// Rows of one relation for one worker. Its words mean what they mean to the
/// worker that derived them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The relation.
    pub rel: usize,
    /// The rule that derived them, by its place in the plan; none: they were read.
    pub rule: Option<usize>,
    /// How a row is written.
    pub form: Form,
    /// How many rows there are.
    pub rows: usize,
    /// Row after row.
    pub words: Vec<u64>,
}

/// How the rows of a parcel are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Key and value columns, then cells.
    Flat,
    /// As declared; a set or map is what one match gave to it.
    Declared,
}

/// Where the rows of a relation belong.
#[derive(Clone)]
enum Route {
    /// Here, wherever that is.
    Here,
    /// At the worker that these columns name.
    Hash(Vec<Column>),
    Everywhere,
    First,
}

/// A column that rows are divided by.
#[derive(Clone, Copy)]
struct Column {
    physical: usize,
    declared: usize,
    ty: TypeId,
}

impl Share {
    /// The share of worker `me` of a spread program, of which this is a plan.
    pub fn new(spread: &Spread, plan: &ir::Program, me: usize, workers: usize) -> Share {
        let route = |(rel, place): (usize, &Place)| match place {
            Place::Everywhere => Route::Everywhere,
            Place::First => Route::First,
            Place::Own => Route::Here,
            Place::Hash(cols) => {
                let schema = &plan.rels[rel];
                let column = |&declared: &usize| match schema.declared[declared].shape {
                    Shape::Word(physical) => {
                        Some(Column { physical, declared, ty: schema.declared[declared].ty })
                    }
                    _ => None,
                };
                Route::Hash(cols.iter().filter_map(column).collect())
            }
        };
        let idle = |site: &Site| *site == Site::First && me > 0;
        Share {
            me,
            workers,
            routes: spread.places.iter().enumerate().map(route).collect(),
            idle: spread.sites.iter().map(idle).collect(),
            each: spread.sites.iter().map(|site| *site == Site::Each).collect(),
            number: spread.number,
            out: vec![Vec::new(); workers],
            lately: vec![Lately::default(); spread.places.len()],
            hashes: Hashes::default(),
            own: spread.own,
            moved: 0,
        }
    }

    /// Forgets what was sent, and what ids meant: before another run, and when
    /// values were swept.
    pub fn forget(&mut self) {
        self.lately.fill(Lately::default());
        self.hashes = Hashes::default();
    }

    /// Whether a relation only helps to spread the program.
    pub fn is_helper(&self, rel: usize) -> bool {
        rel >= self.own && rel < self.routes.len()
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Rows put out for others so far; a row for several counts for each.
    pub fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether another worker runs a rule.
    pub fn is_idle(&self, source: u32) -> bool {
        self.idle.get(source as usize).copied().unwrap_or(false)
    }

    /// Whether every worker runs a rule, so that what is for others is theirs
    /// already.
    pub fn is_each(&self, source: u32) -> bool {
        self.each.get(source as usize).copied().unwrap_or(false)
    }

    /// Whether the first worker runs the same rule with the same rows.
    pub fn is_again(&self, source: u32) -> bool {
        self.me > 0 && self.is_each(source)
    }

    /// The relation of the workers' numbers, and this worker's.
    pub fn number(&self) -> Option<(RelId, u64)> {
        self.number.map(|rel| (rel, self.me as u64))
    }

    /// Where to put the rows of a relation that are not this worker's.
    pub fn away(&mut self, rel: usize) -> Option<Away> {
        let route = self.routes.get(rel).cloned().unwrap_or(Route::Here);
        if matches!(route, Route::Here) || matches!(route, Route::First) && self.me == 0 {
            return None;
        }
        Some(Away {
            route,
            me: self.me,
            rows: vec![0; self.workers],
            out: vec![Vec::new(); self.workers],
            lately: self.lately.get_mut(rel).map(std::mem::take).unwrap_or_default(),
            hashes: std::mem::take(&mut self.hashes),
        })
    }

    /// Takes rows for others, which a rule derived.
    pub fn keep(&mut self, rel: usize, rule: Option<usize>, form: Form, away: Away) {
        self.hashes = away.hashes;
        if let Some(lately) = self.lately.get_mut(rel) {
            *lately = away.lately;
        }
        for ((out, rows), words) in self.out.iter_mut().zip(away.rows).zip(away.out) {
            if rows > 0 {
                self.moved += rows as u64;
                out.push(Parcel { rel, rule, form, rows, words });
            }
        }
    }

    /// Rows for each worker since the last time.
    pub fn take(&mut self) -> Vec<Vec<Parcel>> {
        self.out.iter_mut().map(std::mem::take).collect()
    }
}

/// Rows of one relation that are not this worker's.
pub struct Away {
    route: Route,
    me: usize,
    rows: Vec<usize>,
    out: Vec<Vec<u64>>,
    lately: Lately,
    hashes: Hashes,
}

impl Away {
    /// Keeps this worker's rows in a buffer of flat rows and takes the others.
    pub fn split(&mut self, flat: &mut Vec<u64>, arity: usize, types: &[Type], i: &Interner) {
        if arity == 0 {
            return;
        }
        let mut kept = 0;
        for from in (0..flat.len()).step_by(arity) {
            let row = &flat[from..from + arity];
            if self.take(row, types, i) {
                flat.copy_within(from..from + arity, kept);
                kept += arity;
            }
        }
        flat.truncate(kept);
    }

    /// The same of packed rows of one or two columns.
    pub fn split_packed(
        &mut self,
        packed: &mut Vec<u64>,
        arity: usize,
        types: &[Type],
        i: &Interner,
    ) {
        packed.retain(|&row| match arity {
            1 => self.take(&[row], types, i),
            _ => self.take(&[row >> 32, row & u64::from(u32::MAX)], types, i),
        });
    }

    /// The row without columns; whether it is this worker's too.
    pub fn unit(&mut self) -> bool {
        self.take(&[], &[], &Interner::default())
    }

    /// Whether a row is this worker's; if it is another's, it is taken.
    #[inline(always)]
    fn take(&mut self, row: &[u64], types: &[Type], interner: &Interner) -> bool {
        match self.to(row, types, interner) {
            To::One(worker) if worker == self.me => true,
            To::One(worker) => {
                if self.lately.is_new(row) {
                    self.add(worker, row);
                }
                false
            }
            To::All => {
                self.add_all(row);
                true
            }
        }
    }

    /// Where a row belongs, by its key and value columns.
    #[inline(always)]
    pub fn to(&mut self, row: &[u64], types: &[Type], interner: &Interner) -> To {
        self.place(row, |col| col.physical, types, interner)
    }

    /// Where a row belongs that is as it was declared.
    pub fn to_declared(&mut self, row: &[u64], types: &[Type], interner: &Interner) -> To {
        self.place(row, |col| col.declared, types, interner)
    }

    #[inline(always)]
    fn place(
        &mut self,
        row: &[u64],
        at: impl Fn(&Column) -> usize,
        types: &[Type],
        interner: &Interner,
    ) -> To {
        match &self.route {
            Route::Here => To::One(self.me),
            Route::First => To::One(0),
            Route::Everywhere => To::All,
            Route::Hash(cols) => {
                let mut hash = SEED;
                for col in cols {
                    let value = self.hashes.value(types, col.ty, row[at(col)], interner);
                    hash = fold(hash ^ value, FACTOR);
                }
                To::One(worker_of(hash, self.out.len()))
            }
        }
    }

    /// Whether that is this worker, and no other.
    pub fn is_own(&self, to: To) -> bool {
        to == To::One(self.me)
    }

    /// Adds a row for one worker.
    #[inline(always)]
    pub fn add(&mut self, worker: usize, row: &[u64]) {
        self.rows[worker] += 1;
        self.out[worker].extend_from_slice(row);
    }

    /// Adds a row for all others.
    pub fn add_all(&mut self, row: &[u64]) {
        (0..self.out.len()).filter(|&worker| worker != self.me).for_each(|worker| {
            self.rows[worker] += 1;
            self.out[worker].extend_from_slice(row);
        });
    }
}

/// Rows that were sent lately: most that are derived again are derived soon.
/// What it forgets is sent twice, which changes nothing.
#[derive(Clone, Default)]
struct Lately {
    /// Row after row, each at the place that its hash names.
    rows: Vec<u64>,
    taken: Vec<bool>,
}

/// Rows that are remembered for each relation: they fit into the second cache.
const LATELY: usize = 1 << 14;

impl Lately {
    /// Whether a row was not sent lately, as far as is remembered.
    #[inline(always)]
    fn is_new(&mut self, row: &[u64]) -> bool {
        if row.is_empty() {
            return !std::mem::replace(self.first(), true);
        }
        if self.taken.len() < LATELY {
            self.taken = vec![false; LATELY];
            self.rows = vec![0; LATELY * row.len()];
        }
        let at = hash_words(row) as usize % LATELY;
        let place = &mut self.rows[at * row.len()..(at + 1) * row.len()];
        if self.taken[at] && place == row {
            return false;
        }
        self.taken[at] = true;
        place.copy_from_slice(row);
        true
    }

    fn first(&mut self) -> &mut bool {
        self.taken.resize(self.taken.len().max(1), false);
        &mut self.taken[0]
    }
}

/// Where a row belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum To {
    One(usize),
    All,
}

const SEED: u64 = 0x5851_f42d_4c95_7f2d;
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// The worker that a hash names.
#[inline(always)]
fn worker_of(hash: u64, workers: usize) -> usize {
    ((u128::from(hash) * workers as u128) >> 64) as usize
}

/// Hashes of values that are the same at every worker, by id where they have one.
#[derive(Clone, Default)]
struct Hashes {
    /// Of texts; 0: not known.
    texts: Vec<u64>,
    others: FxHashMap<(TypeId, u64), u64>,
}

impl Hashes {
    #[inline(always)]
    fn value(&mut self, types: &[Type], ty: TypeId, word: u64, interner: &Interner) -> u64 {
        match &types[ty.0 as usize] {
            Type::Int | Type::Nat | Type::Float | Type::Bool | Type::Time | Type::Duration => word,
            Type::Str | Type::Bytes | Type::Node | Type::Uuid => {
                match self.texts.get(word as usize) {
                    Some(&hash) if hash != 0 => hash,
                    _ => self.text(word, interner),
                }
            }
            _ => *self.others.entry((ty, word)).or_insert_with(|| {
                let mut bytes = Vec::new();
                codec::encode(types, &[ty], &[word], interner, &mut bytes);
                hash_bytes(&bytes)
            }),
        }
    }

    #[cold]
    fn text(&mut self, word: u64, interner: &Interner) -> u64 {
        let hash = hash_bytes(interner.get_bytes(word)).max(1);
        if self.texts.len() <= word as usize {
            self.texts.resize((word as usize + 1).next_power_of_two(), 0);
        }
        self.texts[word as usize] = hash;
        hash
    }
}

/// What a match gives to a row, as the row is declared: a set is what it adds.
pub fn declared(
    emit: &Emit,
    regs: &[u64],
    rels: &[ir::Rel],
    rel: usize,
    interner: &mut Interner,
) -> Vec<u64> {
    let schema = &rels[rel];
    let row: Vec<u64> = emit.row.iter().map(|&reg| regs[reg as usize]).collect();
    let mut given = Given { rels, regs, interner };
    schema.declared.iter().map(|col| given.value(schema, &row, &emit.cells, &col.shape)).collect()
}

struct Given<'a> {
    rels: &'a [ir::Rel],
    regs: &'a [u64],
    interner: &'a mut Interner,
}

impl Given<'_> {
    fn value(&mut self, of: &ir::Rel, row: &[u64], cells: &[CellIn], shape: &Shape) -> u64 {
        let fixed = of.keys + of.values;
        match shape {
            Shape::Word(col) if *col < fixed => row[*col],
            Shape::Word(col) => match &cells[*col - fixed] {
                CellIn::Word(reg) | CellIn::Elements(reg) | CellIn::Entries(reg, _) => {
                    self.regs[*reg as usize]
                }
                _ => 0,
            },
            Shape::Tuple(_, parts) => {
                let parts: Vec<u64> =
                    parts.iter().map(|part| self.value(of, row, cells, part)).collect();
                self.interner.words(&parts)
            }
            Shape::Set { rel, element, .. } => match self.cell(*rel, of, cells) {
                CellIn::Element(regs) => {
                    let element = self.element(&regs, element);
                    self.interner.words(&[element])
                }
                CellIn::Elements(reg) => self.regs[reg as usize],
                _ => self.interner.words(&[]),
            },
            Shape::Map { rel, key, value, .. } => match self.cell(*rel, of, cells) {
                CellIn::Entry(regs, inner) => {
                    let held = &self.rels[rel.index()];
                    let mut words = vec![0];
                    words.extend(regs.iter().map(|&reg| self.regs[reg as usize]));
                    let key = self.element(&regs, key);
                    let value = self.value(held, &words, &inner, value);
                    self.interner.words(&[key, value])
                }
                CellIn::Entries(reg, _) => self.regs[reg as usize],
                _ => self.interner.words(&[]),
            },
        }
    }

    /// What goes into the cell that counts the rows of a hidden relation.
    fn cell(&self, held: bloom_compiler::ids::RelId, of: &ir::Rel, cells: &[CellIn]) -> CellIn {
        let fixed = of.keys + of.values;
        let owner = self.rels[held.index()].owner;
        let at = owner.and_then(|(_, col)| col.checked_sub(fixed));
        at.and_then(|at| cells.get(at)).cloned().unwrap_or(CellIn::Nothing)
    }

    /// An element or key: its columns stand behind that of the owner.
    fn element(&mut self, regs: &[u16], shape: &Shape) -> u64 {
        match shape {
            Shape::Word(col) => self.regs[regs[col - 1] as usize],
            Shape::Tuple(_, parts) => {
                let parts: Vec<u64> = parts.iter().map(|part| self.element(regs, part)).collect();
                self.interner.words(&parts)
            }
            Shape::Set { .. } | Shape::Map { .. } => 0,
        }
    }
}

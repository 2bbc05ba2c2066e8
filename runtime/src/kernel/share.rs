//! A worker's share of a program that many run: which rows are its own, and
//! those that it derived for others. Who the others are, and how rows get to
//! them, is not known here.

mod declared;
mod lately;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::plan::spread::Place;
use bloom_compiler::plan::spread::Site;
use bloom_compiler::plan::spread::Spread;
use serde::Deserialize;
use serde::Serialize;

pub use crate::kernel::share::declared::declared;
use crate::kernel::share::lately::Hashes;
use crate::kernel::share::lately::Lately;
use crate::value::interner::Interner;
use crate::value::interner::fold;

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
    /// By rule: whether all that it derives belongs to whoever derives it.
    stays: Vec<bool>,
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
    /// By relation and by rule, when one worker would judge it.
    levels: (Vec<u32>, Vec<u32>),
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
    /// The one or two columns of a row in one word.
    Packed,
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
        let stays = |(site, sends): (&Site, &bool)| *site == Site::Meeting && !sends;
        Share {
            me,
            workers,
            routes: spread.places.iter().enumerate().map(route).collect(),
            idle: spread.sites.iter().map(idle).collect(),
            each: spread.sites.iter().map(|site| *site == Site::Each).collect(),
            stays: spread.sites.iter().zip(&spread.sends).map(stays).collect(),
            number: spread.number,
            out: vec![Vec::new(); workers],
            lately: vec![Lately::default(); spread.places.len()],
            hashes: Hashes::default(),
            own: spread.own,
            moved: 0,
            levels: spread.levels.clone(),
        }
    }

    /// Forgets what was sent, and what ids meant: before another run, and when
    /// values were swept.
    pub fn forget(&mut self) {
        self.lately.iter_mut().for_each(Lately::forget);
        self.hashes.forget();
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

    /// When one worker would judge the rows of a relation.
    pub fn level(&self, rel: usize) -> u32 {
        self.levels.0.get(rel).copied().unwrap_or(u32::MAX)
    }

    /// When one worker would judge what a rule fails with.
    pub fn rule_level(&self, source: u32) -> u32 {
        self.levels.1.get(source as usize).copied().unwrap_or(u32::MAX)
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
    pub fn away(&mut self, rel: usize) -> Option<Box<Away>> {
        let route = self.routes.get(rel).cloned().unwrap_or(Route::Here);
        if matches!(route, Route::Here) || matches!(route, Route::First) && self.me == 0 {
            return None;
        }
        let lately = self.lately.get_mut(rel).map(std::mem::take).unwrap_or_default();
        let hashes = std::mem::take(&mut self.hashes);
        Some(self.along(route, lately, hashes))
    }

    /// The same of those that a rule derives: nowhere, where they can be no one
    /// else's, so that nobody has to look.
    pub fn away_of(&mut self, source: u32, rel: usize) -> Option<Box<Away>> {
        let stays = self.stays.get(source as usize).copied().unwrap_or(false);
        if stays { None } else { self.away(rel) }
    }

    /// Leaves it to others to derive what is theirs.
    pub fn drop(&mut self, rel: usize, away: Box<Away>) {
        self.hashes = away.hashes;
        if let Some(lately) = self.lately.get_mut(rel) {
            *lately = away.lately;
        }
    }

    /// What was sent of a relation so far is sent again if it is derived again.
    pub fn forget_sent(&mut self, rel: usize) {
        if let Some(lately) = self.lately.get_mut(rel) {
            lately.forget();
        }
    }

    /// Tells where rows of a relation belong that are not derived here: none is
    /// kept back. `None`: all belong to the first worker.
    pub fn router(&self, rel: usize) -> Option<Box<Away>> {
        let route = self.routes.get(rel).cloned()?;
        Some(self.along(route, Lately::default(), Hashes::default()))
    }

    /// Nothing is put there yet.
    fn along(&self, route: Route, lately: Lately, hashes: Hashes) -> Box<Away> {
        Box::new(Away {
            route,
            me: self.me,
            rows: vec![0; self.workers],
            out: vec![Vec::new(); self.workers],
            packed: vec![Vec::new(); self.workers],
            lately,
            hashes,
        })
    }

    /// Takes rows for others, which a rule derived.
    pub fn keep(&mut self, rel: usize, rule: Option<usize>, form: Form, away: Box<Away>) {
        self.hashes = away.hashes;
        if let Some(lately) = self.lately.get_mut(rel) {
            *lately = away.lately;
        }
        let mut put = |worker: usize, form: Form, rows: usize, words: Vec<u64>| {
            if rows > 0 {
                self.moved += rows as u64;
                self.out[worker].push(Parcel { rel, rule, form, rows, words });
            }
        };
        for (worker, words) in away.packed.into_iter().enumerate() {
            put(worker, Form::Packed, words.len(), words);
        }
        for (worker, (rows, words)) in away.rows.into_iter().zip(away.out).enumerate() {
            put(worker, form, rows, words);
        }
    }

    /// Rows for each worker since the last time.
    pub fn take(&mut self) -> Vec<Vec<Parcel>> {
        self.out.iter_mut().map(std::mem::take).collect()
    }
}

/// Rows of one relation that are not this worker's. It is boxed wherever it
/// goes: a sink, which mostly has none, is moved a hundred times in a tick.
pub struct Away {
    route: Route,
    me: usize,
    rows: Vec<usize>,
    out: Vec<Vec<u64>>,
    /// Packed rows, by worker; this one's are there only for a moment.
    packed: Vec<Vec<u64>>,
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
        let before: Vec<usize> = self.packed.iter().map(Vec::len).collect();
        match &self.route {
            Route::Here => return,
            Route::Everywhere => {
                let others = (0..before.len()).filter(|worker| *worker != self.me);
                others.for_each(|worker| self.packed[worker].extend_from_slice(packed));
            }
            Route::First => self.packed[0].append(packed),
            Route::Hash(_) => self.deal(packed, arity, types, i),
        }
        for (worker, from) in before.into_iter().enumerate() {
            if worker != self.me {
                self.lately.thin(&mut self.packed[worker], from);
            }
        }
    }

    /// Deals packed rows out to the workers that own them. Nothing is decided
    /// from row to row: who a row is for cannot be foreseen.
    fn deal(&mut self, packed: &mut Vec<u64>, arity: usize, types: &[Type], i: &Interner) {
        let Route::Hash(cols) = &self.route else { return };
        let (workers, hashes) = (self.packed.len(), &mut self.hashes);
        let mut ends: Vec<usize> = self.packed.iter().map(Vec::len).collect();
        for (out, end) in self.packed.iter_mut().zip(&ends) {
            out.resize(end + packed.len(), 0);
        }
        for &row in packed.iter() {
            let mut hash = SEED;
            for col in cols {
                let word = match (arity, col.physical) {
                    (1, _) => row,
                    (_, 0) => row >> 32,
                    _ => row & u64::from(u32::MAX),
                };
                hash = fold(hash ^ hashes.value(types, col.ty, word, i), FACTOR);
            }
            let worker = worker_of(hash, workers);
            self.packed[worker][ends[worker]] = row;
            ends[worker] += 1;
        }
        self.packed.iter_mut().zip(ends).for_each(|(out, end)| out.truncate(end));
        packed.clear();
        packed.append(&mut self.packed[self.me]);
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
                if self.lately.is_new(row) {
                    self.add_all(row);
                }
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

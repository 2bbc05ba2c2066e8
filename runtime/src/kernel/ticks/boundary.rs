//! Between two ticks: what a tick put aside, tried at its end and taken up at
//! the beginning of the next; and what is taken out from outside. Strata are not
//! known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;
use bloom_compiler::types::typed;
use rustc_hash::FxHashSet;

use crate::kernel::engine::Engine;
use crate::kernel::failure::Failure;
use crate::kernel::machine::Rows;
use crate::kernel::relation::Mark;
use crate::kernel::ticks::schedule::Schedule;

/// A collection's part in what passes from tick to tick.
#[derive(Clone)]
pub struct Carried {
    /// The collection.
    pub rel: usize,
    /// Whether it keeps its rows.
    pub is_table: bool,
    /// Declared columns that tell rows apart.
    keys: Vec<usize>,
    next: Option<usize>,
    delete: Option<usize>,
    replace: Option<usize>,
    /// Declared columns are words, one for each column there is.
    plain: bool,
    /// What was put aside last changes nothing as long as it stays as it is.
    pub calm: bool,
}

impl Carried {
    /// A collection whose rows are found by their words.
    pub fn by_words(rel: usize, schema: &ir::Rel) -> Carried {
        Carried {
            rel,
            is_table: false,
            keys: Vec::new(),
            next: None,
            delete: None,
            replace: None,
            plain: is_plain(schema),
            calm: false,
        }
    }

    /// The collection and its stages.
    pub fn rels(&self) -> impl Iterator<Item = usize> + '_ {
        [Some(self.rel), self.next, self.delete, self.replace].into_iter().flatten()
    }
}

/// What a tick put aside for a collection.
#[derive(Clone, Default)]
pub struct Left {
    /// Its number among those that are carried.
    pub at: usize,
    /// Keys of rows that go.
    delete: Vec<u64>,
    /// Rows that come, and those of them that others of their key give way to.
    next: Vec<u64>,
    replace: Vec<u64>,
    /// The same for a collection without columns.
    deletes: bool,
    comes: bool,
    /// Whether the table is the same with it.
    pub quiet: bool,
}

impl Left {
    /// What it says by itself, and rows with the relations that held them.
    pub fn parts(&self, of: &Carried) -> ([u128; 3], Vec<(usize, &[u64])>) {
        let units = [of.rel as u128, u128::from(self.deletes), u128::from(self.comes)];
        let all = [(of.delete, &self.delete), (of.next, &self.next), (of.replace, &self.replace)];
        let parts = all.into_iter().filter_map(|(rel, rows)| Some((rel?, rows.as_slice())));
        (units, parts.collect())
    }

    /// Relations with what was put aside in them, row after row. In those that
    /// have no columns there is one row.
    pub fn rows(&self, of: &Carried) -> Vec<(usize, &[u64])> {
        let mut all = self.parts(of).1;
        all.retain(|(_, words)| !words.is_empty());
        let none: &[u64] = &[];
        if self.deletes && self.delete.is_empty() {
            all.extend(of.delete.map(|rel| (rel, none)));
        }
        if self.comes && self.next.is_empty() && self.replace.is_empty() {
            all.extend(of.next.or(of.replace).map(|rel| (rel, none)));
        }
        all
    }
}

/// The collections of a program that are carried.
pub fn carried(program: &typed::Program, plan: &ir::Program) -> Vec<Carried> {
    let stage = |how: Stage, target: usize| {
        let kind = RelKind::Stage(how, RelId(target as u32));
        program.rels.iter().position(|rel| rel.kind == kind)
    };
    let mut carried = Vec::new();
    for (rel, declared) in program.rels.iter().enumerate() {
        let is_table = declared.kind.is_table() || declared.kind == RelKind::InputView;
        let next = stage(Stage::Next, rel);
        if !is_table && next.is_none() {
            continue;
        }
        let schema = &plan.rels[rel];
        let is_key = |d: &ir::Declared| matches!(d.shape, Shape::Word(col) if col < schema.keys);
        let keys = (0..schema.declared.len()).filter(|&i| is_key(&schema.declared[i])).collect();
        let (delete, replace) = (stage(Stage::Delete, rel), stage(Stage::Replace, rel));
        let plain = is_plain(schema);
        carried.push(Carried { rel, is_table, keys, next, delete, replace, plain, calm: false });
    }
    carried
}

/// Whether a row is the words of its declared columns and nothing else.
pub fn is_plain(schema: &ir::Rel) -> bool {
    let is_word = |d: &ir::Declared| matches!(d.shape, Shape::Word(_));
    schema.declared.iter().all(is_word) && schema.declared.len() == schema.cols.len()
}

impl Engine {
    /// What a tick put aside for a collection; `None`: nothing.
    pub(in crate::kernel) fn left(&mut self, at: usize, of: &Carried) -> Option<Left> {
        let has = |engine: &Engine, stage: Option<usize>| {
            stage.is_some_and(|rel| engine.rels[rel].live() > 0)
        };
        let (next, delete) = (has(self, of.next), has(self, of.delete));
        let replace = has(self, of.replace);
        if !next && !delete && !replace {
            return None;
        }
        let mut rows = |stage: Option<usize>, some: bool| match stage {
            Some(rel) if some => self.rows_as_they_lie(RelId(rel as u32)),
            _ => Vec::new(),
        };
        Some(Left {
            at,
            deletes: delete,
            comes: next || replace,
            quiet: false,
            delete: rows(of.delete, delete),
            next: rows(of.next, next),
            replace: rows(of.replace, replace),
        })
    }

    /// Takes up what a tick put aside.
    pub(in crate::kernel) fn take_up(&mut self, schedule: &Schedule, all: &[Carried], left: &Left) {
        let of = &all[left.at];
        let (rel, id) = (of.rel, RelId(of.rel as u32));
        let arity = self.plan.rels[rel].declared.len();
        if arity == 0 {
            if left.deletes && !left.comes {
                self.live_rows(rel).into_iter().for_each(|row| self.take_row(schedule, rel, row));
            }
            if left.comes {
                self.load_unit(id);
            }
            return;
        }
        if of.is_table {
            let mut gone = self.with_keys(of, &left.delete, of.keys.len(), None);
            if of.keys.is_empty() && (left.deletes || !left.replace.is_empty()) {
                gone.extend(self.live_rows(rel));
            }
            gone.extend(self.with_keys(of, &left.replace, arity, Some(&of.keys)));
            if of.plain && !gone.is_empty() {
                for row in left.next.chunks_exact(arity).chain(left.replace.chunks_exact(arity)) {
                    if let Some(same) = self.same_row(of, row) {
                        gone.remove(&same);
                    }
                }
            }
            let mut gone: Vec<u32> = gone.into_iter().collect();
            gone.sort_unstable();
            gone.into_iter().for_each(|row| self.take_row(schedule, rel, row));
        }
        self.load(id, &left.next);
        self.load(id, &left.replace);
    }

    /// Rows whose key is among these: words of `width` each, in which the key
    /// columns stand at `places`, or are all there is.
    fn with_keys(
        &self,
        of: &Carried,
        words: &[u64],
        width: usize,
        places: Option<&[usize]>,
    ) -> FxHashSet<u32> {
        let mut found = FxHashSet::default();
        if width == 0 || of.keys.is_empty() {
            return found;
        }
        let declared = &self.plan.rels[of.rel].declared;
        let mut key = vec![0; of.keys.len()];
        for row in words.chunks_exact(width) {
            for (nth, &col) in of.keys.iter().enumerate() {
                let Shape::Word(physical) = declared[col].shape else { continue };
                let from = if places.is_some() { col } else { nth };
                if let (Some(to), Some(&word)) = (key.get_mut(physical), row.get(from)) {
                    *to = word;
                }
            }
            self.rels[of.rel].find(&key, |row| {
                found.insert(row);
                false
            });
        }
        found
    }

    /// The row that has just these words.
    pub(in crate::kernel) fn same_row(&self, of: &Carried, declared: &[u64]) -> Option<u32> {
        let schema = &self.plan.rels[of.rel];
        let mut row = vec![0; schema.cols.len()];
        for (word, column) in declared.iter().zip(&schema.declared) {
            let Shape::Word(col) = column.shape else { return None };
            row[col] = *word;
        }
        let relation = &self.rels[of.rel];
        let mut same = None;
        relation.find(&row[..schema.keys], |id| {
            let is_same = (schema.keys..row.len()).all(|c| relation.get(id as usize, c) == row[c]);
            same = is_same.then_some(id);
            is_same
        });
        same
    }

    /// Rows that are there.
    pub(in crate::kernel) fn live_rows(&self, rel: usize) -> Vec<u32> {
        let relation = &self.rels[rel];
        (0..relation.len()).filter(|&row| !relation.is_dead(row)).map(|row| row as u32).collect()
    }

    /// Takes out rows of a table that were named from outside.
    pub(in crate::kernel) fn take_out(&mut self, schedule: &Schedule, of: &Carried, rows: &Rows) {
        let rel = of.rel;
        let arity = self.plan.rels[rel].declared.len();
        let mut gone: Vec<u32> = Vec::new();
        if arity == 0 {
            gone = if rows.count > 0 { self.live_rows(rel) } else { gone };
        } else if of.plain {
            gone.extend(rows.words.chunks_exact(arity).filter_map(|row| self.same_row(of, row)));
        } else {
            let out: FxHashSet<&[u64]> = rows.words.chunks_exact(arity).collect();
            let words = self.rows_as_they_lie(RelId(rel as u32));
            let live = self.live_rows(rel);
            let named = words.chunks_exact(arity).zip(live).filter(|(row, _)| out.contains(row));
            gone.extend(named.map(|(_, id)| id));
        }
        gone.into_iter().for_each(|row| self.take_row(schedule, rel, row));
    }

    /// Tries what a tick put aside for a table: whether the table changes by it,
    /// or has two rows then that cannot both be there. The table stays.
    pub(in crate::kernel) fn try_left(
        &mut self,
        schedule: &Schedule,
        all: &[Carried],
        left: &Left,
    ) -> Result<bool, Failure> {
        let of = &all[left.at];
        let family = family(schedule, of.rel);
        let rows = |engine: &mut Engine| -> Option<FxHashSet<Vec<u64>>> {
            let arity = engine.plan.rels[of.rel].declared.len();
            let shaped = !of.plain && arity > 0;
            let words = shaped.then(|| engine.rows_as_they_lie(RelId(of.rel as u32)))?;
            Some(words.chunks_exact(arity).map(<[u64]>::to_vec).collect())
        };
        let before = rows(self);
        let marks: Vec<Mark> = family.iter().map(|&rel| self.rels[rel].mark()).collect();
        self.take_up(schedule, all, left);
        let judged = match self.judge_points(&family) {
            Ok(()) => self.judge_keys(of.rel),
            conflict => conflict,
        };
        let differs = match before {
            Some(before) => rows(self).is_some_and(|now| now != before),
            None => !self.rels[of.rel].changes(marks[0]).is_empty(),
        };
        for (&rel, mark) in family.iter().zip(marks) {
            self.back_to(schedule, rel, mark);
        }
        judged.map(|()| differs)
    }
}

/// A relation and all that its rows own.
pub fn family(schedule: &Schedule, rel: usize) -> Vec<usize> {
    let mut all = vec![rel];
    let mut at = 0;
    while at < all.len() {
        all.extend(&schedule.owned[all[at]]);
        at += 1;
    }
    all
}

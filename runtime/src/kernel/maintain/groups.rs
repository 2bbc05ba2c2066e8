//! The groups of one rule, kept from tick to tick: what each aggregate has seen
//! of a group, and the rows that the group gave when it was last finished. What
//! was put in can be taken out, so a chain is undone by its matches turned
//! round. What a row is for is not known here.

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::TypeId;
use hashbrown::HashTable;

use crate::kernel::maintain::accumulator::Accumulator;
use crate::kernel::maintain::rows::Rows;
use crate::kernel::scalar::Scalars;
use crate::value::interner::hash_words;

/// No limit, for aggregates that have none.
const ALL: u64 = i64::MAX as u64;

#[derive(Clone)]
struct Group {
    /// The group's variables.
    key: Box<[u64]>,
    /// Matches; below zero as long as not all changes were told.
    n: i64,
    accumulators: Vec<Accumulator>,
    /// By aggregate.
    limits: Vec<u64>,
    /// The rows that it gave, one after the other, and how many.
    rows: Vec<u64>,
    gave: usize,
    is_touched: bool,
}

/// What has to be turned round.
#[derive(Clone)]
enum Undo {
    /// A match: its group, and the entries of all aggregates.
    Match { sign: i64, key: Box<[u64]>, entries: Box<[u64]> },
    /// The rows that a group gave before.
    Gave { key: Box<[u64]>, rows: Vec<u64>, gave: usize },
}

/// All groups of one rule.
#[derive(Clone)]
pub struct Groups {
    spec: ir::Aggregate,
    types: Vec<TypeId>,
    table: HashTable<u32>,
    groups: Vec<Option<Group>>,
    free: Vec<u32>,
    touched: Vec<u32>,
    undo: Option<Vec<Undo>>,
    /// Memory for one match.
    key: Vec<u64>,
    entries: Vec<u64>,
}

impl Groups {
    /// None yet; `types` are those of the group's variables.
    pub fn new(spec: &ir::Aggregate, types: &[TypeId]) -> Groups {
        Groups {
            spec: spec.clone(),
            types: types.to_vec(),
            table: HashTable::new(),
            groups: Vec::new(),
            free: Vec::new(),
            touched: Vec::new(),
            undo: None,
            key: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// None any more.
    pub fn clear(&mut self) {
        *self = Groups::new(&self.spec, &self.types);
    }

    /// Bytes held, nearly.
    pub fn bytes(&self) -> usize {
        let held = |group: &Group| {
            let own: usize = group.accumulators.iter().map(Accumulator::bytes).sum();
            own + (group.key.len() + group.rows.capacity() + group.limits.len()) * 8
                + group.accumulators.capacity() * size_of::<Accumulator>()
        };
        self.groups.iter().flatten().map(held).sum::<usize>()
            + self.groups.capacity() * size_of::<Option<Group>>()
            + self.table.capacity() * 5
    }

    /// Gives up memory of groups that are gone.
    pub fn shrink(&mut self) {
        if self.free.is_empty() {
            return;
        }
        self.groups.retain(Option::is_some);
        self.groups.shrink_to_fit();
        self.free = Vec::new();
        let groups = &self.groups;
        let hash = |at: &u32| groups[*at as usize].as_ref().map_or(0, |g| hash_words(&g.key));
        self.table = HashTable::with_capacity(groups.len());
        for at in 0..groups.len() as u32 {
            self.table.insert_unique(hash(&at), at, hash);
        }
    }

    /// From now on what happens can be undone.
    pub fn begin(&mut self) {
        self.undo = Some(Vec::new());
    }

    /// Nobody undoes any more.
    pub fn commit(&mut self) {
        self.undo = None;
    }

    /// A match that came, or with the sign -1 went.
    pub fn add(&mut self, regs: &[u64], sign: i64, s: &Scalars) {
        let (mut key, mut entries) =
            (std::mem::take(&mut self.key), std::mem::take(&mut self.entries));
        key.clear();
        key.extend(self.spec.group.iter().map(|&reg| regs[reg as usize]));
        entries.clear();
        for agg in &self.spec.aggs {
            entries.push(agg.limit.map_or(ALL, |reg| regs[reg as usize]));
            entries.extend(agg.by.iter().map(|(reg, _, _)| regs[*reg as usize]));
            entries.extend(agg.arg.map(|reg| regs[reg as usize]));
        }
        self.put(&key, &entries, sign, s);
        if let Some(undo) = &mut self.undo {
            let (key, entries) = (key.as_slice().into(), entries.as_slice().into());
            undo.push(Undo::Match { sign, key, entries });
        }
        (self.key, self.entries) = (key, entries);
    }

    fn put(&mut self, key: &[u64], entries: &[u64], sign: i64, s: &Scalars) {
        let at = self.group(key, s);
        let Some(group) = &mut self.groups[at as usize] else { return };
        group.n += sign;
        let mut entries = entries;
        for (i, agg) in self.spec.aggs.iter().enumerate() {
            let (own, rest) = entries.split_at(1 + agg.by.len() + usize::from(agg.arg.is_some()));
            group.limits[i] = own[0];
            group.accumulators[i].add(agg, &own[1..], sign, s);
            entries = rest;
        }
        if !std::mem::replace(&mut group.is_touched, true) {
            self.touched.push(at);
        }
    }

    fn find(&self, key: &[u64]) -> Option<u32> {
        let same = |at: &u32| self.groups[*at as usize].as_ref().is_some_and(|g| *g.key == *key);
        self.table.find(hash_words(key), same).copied()
    }

    fn group(&mut self, key: &[u64], s: &Scalars) -> u32 {
        if let Some(at) = self.find(key) {
            return at;
        }
        let group = Group {
            key: key.into(),
            n: 0,
            accumulators: self.spec.aggs.iter().map(|a| Accumulator::of(a, s.types)).collect(),
            limits: vec![ALL; self.spec.aggs.len()],
            rows: Vec::new(),
            gave: 0,
            is_touched: false,
        };
        let at = self.free.pop().unwrap_or_else(|| {
            self.groups.push(None);
            self.groups.len() as u32 - 1
        });
        self.groups[at as usize] = Some(group);
        let groups = &self.groups;
        let hash = |at: &u32| groups[*at as usize].as_ref().map_or(0, |g| hash_words(&g.key));
        self.table.insert_unique(hash_words(key), at, hash);
        at
    }

    fn remove(&mut self, at: u32) {
        let Some(group) = self.groups[at as usize].take() else { return };
        if let Ok(found) = self.table.find_entry(hash_words(&group.key), |other| *other == at) {
            found.remove();
        }
        self.free.push(at);
    }

    /// The groups with a match that came or went.
    pub fn touched(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.touched)
    }

    /// Takes back the rows that a group gave. For a group with matches its key
    /// is put into registers, and for each aggregate there are the words it
    /// gives. `Err`: something failed, or what was told does not add up.
    pub fn finish(
        &mut self,
        at: u32,
        regs: &mut [u64],
        out: &mut Rows,
        s: &mut Scalars,
    ) -> Result<Option<Vec<Vec<u64>>>, ()> {
        let Some(group) = &mut self.groups[at as usize] else { return Ok(None) };
        group.is_touched = false;
        let (rows, gave) = (std::mem::take(&mut group.rows), std::mem::take(&mut group.gave));
        let width = rows.len().checked_div(gave).unwrap_or(0);
        for row in 0..gave {
            out.push(rows[row * width..(row + 1) * width].iter().copied(), -1);
        }
        if let Some(undo) = &mut self.undo {
            undo.push(Undo::Gave { key: group.key.clone(), rows, gave });
        }
        let n = u64::try_from(group.n).map_err(|_| ())?;
        if n == 0 {
            self.remove(at);
            return Ok(None);
        }
        for (&reg, &word) in self.spec.group.iter().zip(&group.key) {
            regs[reg as usize] = word;
        }
        let aggs = self.spec.aggs.iter().zip(&mut group.accumulators).zip(&group.limits);
        let words = aggs.map(|((agg, acc), &limit)| acc.words(agg, n, limit, s).ok_or(()));
        words.collect::<Result<_, _>>().map(Some)
    }

    /// Puts one word for each aggregate into registers.
    pub fn load(&self, words: &[u64], regs: &mut [u64]) {
        for (agg, &word) in self.spec.aggs.iter().zip(words) {
            regs[agg.to as usize] = word;
        }
    }

    /// Remembers rows that a group gave, those of a buffer from `from` to `to`.
    pub fn gave(&mut self, at: u32, out: &Rows, from: usize, to: usize) {
        if let Some(group) = &mut self.groups[at as usize] {
            (from..to).for_each(|row| group.rows.extend_from_slice(out.row(row)));
            group.gave = to - from;
        }
    }

    /// Everything is as it was at the beginning of the chain.
    pub fn rollback(&mut self, s: &Scalars) {
        for undo in self.undo.take().unwrap_or_default().into_iter().rev() {
            match undo {
                Undo::Match { sign, key, entries } => self.put(&key, &entries, -sign, s),
                Undo::Gave { key, rows, gave } => {
                    let at = self.group(&key, s);
                    if let Some(group) = &mut self.groups[at as usize] {
                        (group.rows, group.gave) = (rows, gave);
                        if !std::mem::replace(&mut group.is_touched, true) {
                            self.touched.push(at);
                        }
                    }
                }
            }
        }
        for at in std::mem::take(&mut self.touched) {
            let Some(group) = &mut self.groups[at as usize] else { continue };
            group.is_touched = false;
            if group.n == 0 {
                self.remove(at);
            }
        }
    }

    /// All words that are kept, with their types.
    pub fn each_word(&self, each: &mut dyn FnMut(TypeId, u64)) {
        for group in self.groups.iter().flatten() {
            self.types.iter().zip(&group.key).for_each(|(&ty, &word)| each(ty, word));
            for (agg, accumulator) in self.spec.aggs.iter().zip(&group.accumulators) {
                let Accumulator::Bag(bag) = accumulator else { continue };
                for (entry, _) in bag.entries(agg.by.len() + 1) {
                    let types = agg.by.iter().map(|(_, ty, _)| *ty).chain([agg.arg_ty]);
                    types.zip(entry).for_each(|(ty, &word)| each(ty, word));
                }
            }
        }
    }
}

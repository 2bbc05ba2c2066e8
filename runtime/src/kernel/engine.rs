//! The engine: a plan with its relations. Load rows, run, read rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Shape;
use rustc_hash::FxHashSet;

use crate::kernel::budget::Limits;
use crate::kernel::failure::Failure;
use crate::kernel::failure::key_conflict;
use crate::kernel::fixpoint;
use crate::kernel::fixpoint::Planner;
use crate::kernel::functions::Patterns;
use crate::kernel::index::Index;
use crate::kernel::link::Linked;
use crate::kernel::link::Slot;
use crate::kernel::link::link;
use crate::kernel::natives::Natives;
use crate::kernel::owners::Owners;
use crate::kernel::points;
use crate::kernel::profile::Profile;
use crate::kernel::ranks::Ranks;
use crate::kernel::relation::Join;
use crate::kernel::relation::Relation;
use crate::kernel::scalar::Scalars;
use crate::kernel::share::Share;
use crate::kernel::sink::Puts;
use crate::kernel::sketch::Sketch;
use crate::kernel::stats::RuleStats;
use crate::value::interner::Interner;
use crate::value::interner::hash_words;
use crate::value::order::is_signed;
use crate::value::order::is_unsigned;
use crate::value::order::sort_rows;
use crate::value::word::float_word;

/// What became of loaded rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Loaded {
    /// Rows that were new.
    pub new: usize,
    /// Rows that were there already.
    pub equal: usize,
}

/// A program that runs in this thread. A clone shares the plan, which never
/// changes, and nothing else.
#[derive(Clone)]
pub struct Engine {
    pub(super) plan: Arc<ir::Program>,
    pub(super) linked: Arc<Linked>,
    pub(super) rels: Vec<Relation>,
    pub(super) indexes: Vec<Index>,
    pub(super) interner: Interner,
    pub(super) patterns: Patterns,
    pub(super) natives: Option<Arc<dyn Natives>>,
    pub(super) consts: Vec<u64>,
    pub(super) owners: Vec<Option<(usize, usize)>>,
    pub(super) rules: Vec<RuleStats>,
    pub(super) rounds: u64,
    /// Kept only where somebody asked for them.
    pub(super) ranks: Option<Ranks>,
    pub(super) profile: Option<Profile>,
    /// Times that a run took another plan.
    pub(super) replans: u64,
    /// Whether rules run that run once.
    pub(super) once: bool,
    /// What rules fired for in the tick before, by relation.
    pub(super) fired: BTreeMap<usize, FxHashSet<Vec<u64>>>,
    /// Where it is one of many workers: what is its own.
    pub(super) share: Option<Share>,
}

/// What a run works on, taken apart so that it can be lent part by part.
pub(super) struct Parts<'a> {
    pub(super) rels: &'a mut [Relation],
    pub(super) indexes: &'a [Index],
    /// Of the engine's own links; a run has taken these away.
    pub(super) slots: &'a [Option<usize>],
    pub(super) scalars: Scalars<'a>,
}

impl Engine {
    /// An engine with empty relations.
    pub fn new(plan: ir::Program) -> Engine {
        Engine::with_values(plan, Interner::new())
    }

    /// An engine with empty relations that knows some values.
    pub fn with_values(plan: ir::Program, interner: Interner) -> Engine {
        let mut engine = Engine {
            rels: plan.rels.iter().map(|r| relation(r, &plan.types)).collect(),
            owners: Vec::new(),
            linked: Arc::default(),
            indexes: Vec::new(),
            interner,
            patterns: Patterns::default(),
            natives: None,
            consts: Vec::new(),
            rules: Vec::new(),
            rounds: 0,
            ranks: None,
            profile: None,
            replans: 0,
            once: true,
            fired: BTreeMap::new(),
            share: None,
            plan: Arc::default(),
        };
        engine.replan(plan);
        engine
    }

    /// Takes another plan of the same program: the relations it shares with the
    /// old one (all that are not helpers of rules) must be the same.
    pub fn replan(&mut self, plan: ir::Program) {
        for rel in &plan.rels[self.rels.len().min(plan.rels.len())..] {
            self.rels.push(relation(rel, &plan.types));
        }
        self.linked = link(&plan).into();
        self.indexes = self.linked.slots.iter().map(Slot::index).collect();
        self.owners = plan
            .rels
            .iter()
            .map(|r| {
                r.owner.map(|(rel, col)| (rel.index(), col_to_cell(&plan.rels[rel.index()], col)))
            })
            .collect();
        self.consts = self.constants(&plan);
        self.rules = plan
            .strata
            .iter()
            .flat_map(|s| &s.rules)
            .map(|rule| RuleStats::new(&plan, rule))
            .collect();
        self.plan = plan.into();
    }

    /// The rows of a relation as they are held, hidden relations included.
    pub fn relation(&self, rel: RelId) -> &Relation {
        &self.rels[rel.index()]
    }

    fn constants(&mut self, plan: &ir::Program) -> Vec<u64> {
        let word = |c: &ir::Const| match c {
            ir::Const::Word(w) => *w,
            ir::Const::Float(x) => float_word(*x),
            ir::Const::Text(t) => self.interner.bytes(t.as_bytes()),
            ir::Const::Bytes(b) => self.interner.bytes(b),
        };
        plan.consts.iter().map(word).collect()
    }

    /// The plan.
    pub fn plan(&self) -> &ir::Program {
        &self.plan
    }

    /// The interner of all values.
    pub fn interner(&self) -> &Interner {
        &self.interner
    }

    /// The interner, to make values with.
    pub fn interner_mut(&mut self) -> &mut Interner {
        &mut self.interner
    }

    /// Makes room for rows that are about to be loaded.
    pub fn expect(&mut self, rel: RelId, rows: usize) {
        let relation = &mut self.rels[rel.index()];
        relation.reserve(rows.saturating_sub(relation.len()));
    }

    /// How many different words the declared columns have, nearly; 0 for those
    /// that are no words. Looks at every row.
    pub fn distinct(&self, rel: RelId) -> Vec<u64> {
        let relation = &self.rels[rel.index()];
        let count = |d: &ir::Declared| {
            let Shape::Word(col) = d.shape else { return 0 };
            let mut sketch = Sketch::default();
            (0..relation.len()).for_each(|row| sketch.add(relation.get(row, col)));
            sketch.estimate().clamp(1, relation.len().max(1) as u64)
        };
        self.plan.rels[rel.index()].declared.iter().map(count).collect()
    }

    /// Up to `n` rows of a relation, spread over all of it: words of the
    /// declared columns that are words, the others 0.
    pub fn sample(&self, rel: RelId, n: usize) -> Vec<Vec<u64>> {
        let relation = &self.rels[rel.index()];
        let declared = &self.plan.rels[rel.index()].declared;
        let word = |row: usize, d: &ir::Declared| match d.shape {
            Shape::Word(col) => relation.get(row, col),
            _ => 0,
        };
        let rows = spread(relation.len(), n).into_iter().filter(|row| !relation.is_dead(*row));
        rows.map(|row| declared.iter().map(|d| word(row, d)).collect()).collect()
    }

    /// Adds rows: flat words of the declared columns in declared order.
    pub fn load(&mut self, rel: RelId, rows: &[u64]) -> Loaded {
        let schema = &self.plan.rels[rel.index()];
        let arity = schema.declared.len();
        if arity == 0 {
            return Loaded::default();
        }
        let total = rows.len().checked_div(arity).unwrap_or(0);
        let before = self.rels[rel.index()].len();
        let in_order = schema.declared.iter().enumerate().all(|(i, d)| is_word(&d.shape, i));
        let plain = schema.keys + schema.values == schema.cols.len();
        if plain && in_order {
            let mut scratch = Vec::new();
            self.rels[rel.index()].reserve(total);
            for block in rows.chunks(arity * 4096) {
                self.rels[rel.index()].insert_rows(block, &mut scratch);
            }
        } else {
            self.load_shaped(rel.index(), rows, arity);
        }
        let new = self.rels[rel.index()].len() - before;
        Loaded { new, equal: total.saturating_sub(new) }
    }

    /// Adds one row to a relation without columns.
    pub fn load_unit(&mut self, rel: RelId) -> Loaded {
        let new = usize::from(self.rels[rel.index()].insert(&[]).1);
        Loaded { new, equal: 1 - new }
    }

    /// Declared columns go where their shapes say.
    pub(super) fn load_shaped(&mut self, rel: usize, rows: &[u64], arity: usize) {
        let schema = self.plan.rels[rel].clone();
        let fixed = schema.keys + schema.values;
        let mut paths: Vec<Option<(usize, ir::Path)>> = vec![None; schema.cols.len()];
        for (i, declared) in schema.declared.iter().enumerate() {
            place(&declared.shape, i, &mut Vec::new(), &self.plan.rels, &mut paths);
        }
        // The declared row is one value whose fields the paths lead to.
        double(&schema, &mut paths);
        let mut row = vec![0; fixed];
        for declared in rows.chunks_exact(arity) {
            for (col, word) in row.iter_mut().enumerate() {
                if let Some((i, _)) = &paths[col] {
                    *word = declared[*i];
                }
            }
            let value = self.interner.words(declared);
            let cells: Vec<ir::Path> = paths[fixed..]
                .iter()
                .flatten()
                .map(|(i, path)| {
                    let mut fields = vec![*i];
                    fields.extend(&path.fields);
                    ir::Path { fields, leaf: path.leaf.clone() }
                })
                .collect();
            let Parts { rels, mut scalars, .. } = self.parts();
            Puts { rels, s: &mut scalars, new: 0 }.entry(rel, &row, value, &cells);
        }
    }

    pub(super) fn parts(&mut self) -> Parts<'_> {
        let natives = self.natives.as_deref();
        let of_plan =
            Scalars::of(&self.plan, &self.consts, &mut self.interner, &self.patterns, natives);
        let scalars = Scalars { owners: &self.owners, ..of_plan };
        let slots = &self.linked.owner_slots;
        Parts { rels: &mut self.rels, indexes: &self.indexes, slots, scalars }
    }

    /// Takes another plan in the middle of a run, with what indexes have so far
    /// and what rules have done. `None`, and nothing happens: it is no plan of
    /// the same rules over the same relations.
    pub(super) fn adopt(&mut self, plan: ir::Program, before: &Linked) -> Option<Linked> {
        let rules = |plan: &ir::Program| -> Vec<(u32, usize)> {
            let of = |s: &ir::Stratum| s.rules.iter().map(|r| r.source).collect::<Vec<_>>();
            let strata = plan.strata.iter().enumerate();
            strata.flat_map(|(i, s)| of(s).into_iter().map(move |source| (source, i))).collect()
        };
        if rules(&plan) != rules(&self.plan) || plan.rels.len() != self.rels.len() {
            return None;
        }
        let linked = link(&plan);
        let mut old: Vec<Option<Index>> = self.indexes.drain(..).map(Some).collect();
        for slot in &linked.slots {
            let known = before.slots.iter().position(|other| other.is_alike(slot));
            let index = known.and_then(|at| old[at].take());
            self.indexes.push(index.unwrap_or_else(|| slot.index()));
        }
        self.consts = self.constants(&plan);
        self.plan = plan.into();
        Some(linked)
    }

    /// Runs to the fixpoint.
    pub fn run(&mut self, limits: &Limits) -> Result<(), Failure> {
        self.run_planning(limits, None)
    }

    /// Likewise; the planner is asked again when relations outgrow the plan.
    pub fn run_planning(
        &mut self,
        limits: &Limits,
        planner: Option<Planner<'_>>,
    ) -> Result<(), Failure> {
        self.judge_loaded()?;
        if self.ranks.is_some() {
            self.ranks = Some(Ranks::start(&mut self.rels));
        }
        if self.profile.is_some() {
            self.profile = Some(Profile::of(&self.plan));
        }
        fixpoint::run(self, limits, planner)?;
        if let Some(&rel) = self.plan.violations.iter().find(|rel| self.len(**rel) > 0) {
            return Err(Failure::Invariant { rel });
        }
        if let Some(ranks) = &mut self.ranks {
            ranks.finish(&self.rels);
        }
        Ok(())
    }

    /// Whether rows that were loaded can be there together.
    pub fn judge_loaded(&self) -> Result<(), Failure> {
        let rels: Vec<usize> = (0..self.rels.len()).collect();
        self.judge_points(&rels)?;
        rels.into_iter().try_for_each(|rel| self.judge_keys(rel))
    }

    pub(super) fn judge_points(&self, rels: &[usize]) -> Result<(), Failure> {
        points::conflict(self, rels).map_or(Ok(()), Err)
    }

    pub(super) fn judge_keys(&self, rel: usize) -> Result<(), Failure> {
        let schema = &self.plan.rels[rel];
        let found = key_conflict(schema, &self.rels[rel], &self.plan.types, &self.interner);
        let Some((a, b)) = found else { return Ok(()) };
        let declared = |row: &[u64]| -> Vec<u64> {
            let word = |d: &ir::Declared| match d.shape {
                Shape::Word(col) => row.get(col).copied(),
                _ => None,
            };
            schema.declared.iter().filter_map(word).collect()
        };
        Err(Failure::KeyConflict {
            rel: RelId(rel as u32),
            key: a[..schema.keys].to_vec(),
            a: declared(&a),
            b: declared(&b),
        })
    }

    /// Number of rows of a relation.
    pub fn len(&self, rel: RelId) -> usize {
        self.rels[rel.index()].live()
    }

    /// The rows of a relation: flat words of the declared columns, ascending
    /// in value order.
    pub fn rows(&mut self, rel: RelId) -> Vec<u64> {
        let rows = self.rows_as_they_lie(rel);
        let declared = &self.plan.rels[rel.index()].declared;
        let cols: Vec<ir::TypeId> = declared.iter().map(|d| d.ty).collect();
        sort_rows(&self.plan.types, &cols, rows, &self.interner)
    }

    /// The same in no order that means anything, for those who sort them.
    pub fn rows_as_they_lie(&mut self, rel: RelId) -> Vec<u64> {
        self.rows_since(rel, 0)
    }

    /// The same of the rows after the first `from` that ever came.
    pub fn rows_since(&mut self, rel: RelId, from: usize) -> Vec<u64> {
        let declared: Vec<Shape> =
            self.plan.rels[rel.index()].declared.iter().map(|d| d.shape.clone()).collect();
        // In the middle of a stratum indexes must not know more than its rules do.
        if declared.iter().any(|shape| !matches!(shape, Shape::Word(_))) {
            self.index_owned();
        }
        let at = rel.index();
        let n = self.rels[at].len();
        let mut out = Vec::with_capacity(n.saturating_sub(from) * declared.len());
        let Parts { rels, indexes, slots, mut scalars } = self.parts();
        let owners = Owners { rels, indexes, slots };
        for row in (from..n).filter(|&row| !rels[at].is_dead(row)) {
            for shape in &declared {
                out.push(match shape {
                    Shape::Word(col) => rels[at].get(row, *col),
                    other => owners.collect(other, row, Some(at), &mut scalars),
                });
            }
        }
        out
    }

    /// Indexes on owners know every row.
    pub(super) fn index_owned(&mut self) {
        for slot in self.linked.owner_slots.iter().flatten() {
            let rel = self.linked.slots[*slot].rel;
            let to = self.rels[rel].len();
            self.indexes[*slot].extend(&self.rels[rel], to);
        }
    }

    /// Bytes held by relations, indexes and values.
    pub fn bytes(&self) -> usize {
        self.rels.iter().map(Relation::bytes).sum::<usize>()
            + self.indexes.iter().map(Index::bytes).sum::<usize>()
            + self.interner.bytes_used()
    }
}

/// `n` places of `len`, each once. They are scattered, since rows that are near
/// each other, or as far apart as each other, have more in common than others.
fn spread(len: usize, n: usize) -> Vec<usize> {
    if len <= n {
        return (0..len).collect();
    }
    let place = |i: usize| (hash_words(&[i as u64]) % len as u64) as usize;
    let mut places: Vec<usize> = (0..n).map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

pub(super) fn relation(rel: &ir::Rel, types: &[ir::Type]) -> Relation {
    let join = |c: &ir::Col| {
        let ty = &types[c.ty.0 as usize];
        Some(Join::of(c.merge?, is_signed(ty), is_unsigned(ty)))
    };
    Relation::new(rel.keys, rel.values, rel.cols.iter().filter_map(join).collect())
}

/// `ir::Rel::owner` counts columns from the first; relations count cells.
fn col_to_cell(owner: &ir::Rel, col: usize) -> usize {
    col.saturating_sub(owner.keys + owner.values)
}

pub(super) fn is_word(shape: &Shape, col: usize) -> bool {
    matches!(shape, Shape::Word(c) if *c == col)
}

/// Both cells of a point take what it is given.
fn double(rel: &ir::Rel, paths: &mut [Option<(usize, ir::Path)>]) {
    for &(least, greatest) in &rel.points {
        paths[greatest] = paths[least].clone();
    }
}

/// Notes for every physical column which declared column it is in, and where.
fn place(
    shape: &Shape,
    declared: usize,
    fields: &mut Vec<usize>,
    rels: &[ir::Rel],
    paths: &mut [Option<(usize, ir::Path)>],
) {
    match shape {
        Shape::Word(col) => {
            let path = ir::Path { fields: fields.clone(), leaf: ir::Leaf::Word };
            paths[*col] = Some((declared, path));
        }
        Shape::Tuple(_, parts) => {
            for (i, part) in parts.iter().enumerate() {
                fields.push(i);
                place(part, declared, fields, rels, paths);
                fields.pop();
            }
        }
        Shape::Set { rel, .. } | Shape::Map { rel, .. } => {
            let owner = rels[rel.index()].owner;
            let Some((_, col)) = owner else { return };
            let leaf = match shape {
                Shape::Map { value, rel, .. } => {
                    let inner = &rels[rel.index()];
                    let mut below = vec![None; inner.cols.len()];
                    place(value, 0, &mut Vec::new(), rels, &mut below);
                    double(inner, &mut below);
                    let cells = below.into_iter().skip(inner.keys).flatten();
                    ir::Leaf::Map(cells.map(|(_, path)| path).collect())
                }
                _ => ir::Leaf::Set,
            };
            paths[col] = Some((declared, ir::Path { fields: fields.clone(), leaf }));
        }
    }
}

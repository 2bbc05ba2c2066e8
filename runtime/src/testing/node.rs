//! A node that is given rows tick by tick, by hand: time passes when a tick says
//! so, timers come back when their time has come, and what it sends to itself
//! arrives with the next tick. Everything else that it sends stays where it
//! can be looked at. A tick that fails has not been.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::strata::Strata;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

use crate::dataflow::node::Body;
use crate::dataflow::node::Workers;
use crate::embed::failure;
use crate::kernel::Choice;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::testing::rows;
use crate::testing::second::Dispute;
use crate::testing::second::Outcome;
use crate::testing::second::Second;
use crate::value::interner::hash_words;

/// The name of the node that a test runs.
pub const ME: &str = "n1";
/// Words of the declared columns of a row.
pub type Row = Vec<u64>;

/// What a tick is given.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub insert: Vec<(RelId, Row)>,
    /// Rows with these values, where there is one.
    pub delete: Vec<(RelId, Vec<Option<u64>>)>,
}

/// The rows of a tick that has been.
type Shown = Vec<(usize, Row)>;

/// A node under test.
pub struct Node<'p> {
    pub program: &'p typed::Program,
    body: Body,
    limits: Limits,
    /// The instant of the last tick.
    now: i64,
    me: u64,
    role: u64,
    /// Timers that wait, with the collection.
    waiting: BTreeSet<(usize, Row)>,
    /// Messages to itself.
    arriving: BTreeSet<(usize, Row)>,
    /// Rows of the last tick, where the engine has others since.
    shown: Option<Shown>,
    /// Every tick is computed by this too.
    second: Option<Second<'p>>,
    /// What was found otherwise there in the last tick, or the one that failed.
    pub dispute: Option<Dispute>,
    /// Where everything that a tick was given comes from, if somebody asks.
    pub origins: Option<Origins>,
}

/// Where the rows come from that a tick began with.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Of the last tick alone.
    pub came: BTreeMap<(usize, Row), Came>,
    /// The number of the tick in which a row of a table was first.
    pub since: BTreeMap<(usize, Row), usize>,
    /// The number of the tick that is next; 0 starts the program.
    pub tick: usize,
}

/// How a row came into a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Came {
    Given,
    Timer,
    Sent,
}

/// An engine for a program, without rows.
pub fn engine(program: &typed::Program, strata: &Strata) -> Engine {
    Engine::new(plan::build(program, strata, &plan::Sizes::default()))
}

impl<'p> Node<'p> {
    /// Says who follows views, before the first tick.
    pub fn choose(&mut self, choice: Choice) {
        self.body.choose(choice);
    }

    /// A node that has not ticked.
    pub fn new(
        (program, role): (&'p typed::Program, &str),
        strata: &Strata,
        limits: &Limits,
        workers: usize,
    ) -> Node<'p> {
        let mut engine = engine(program, strata);
        let me = engine.interner_mut().bytes(ME.as_bytes());
        let role = engine.interner_mut().bytes(role.as_bytes());
        for (i, rel) in program.rels.iter().enumerate() {
            match rel.given {
                Some(Given::Me) => load(&mut engine, RelId(i as u32), &[me]),
                Some(Given::Members) => load(&mut engine, RelId(i as u32), &[me, role]),
                _ => {}
            }
        }
        Node {
            program,
            body: Body::new(program, engine, &Workers { count: workers, ..Workers::default() }),
            limits: limits.clone(),
            now: 0,
            me,
            role,
            waiting: BTreeSet::new(),
            arriving: BTreeSet::new(),
            shown: None,
            second: None,
            dispute: None,
            origins: None,
        }
    }

    /// Has every tick computed by the slow evaluator as well.
    pub fn doubt(&mut self, strata: &'p Strata, role: &str) {
        self.second = Some(Second::new(self.program, strata, role));
    }

    /// What the tick is given that starts the program, beside these rows.
    pub fn boot(&self, rows: Vec<(RelId, Row)>) -> Input {
        let boot = self.given(Given::Startup).map(|rel| (rel, vec![0]));
        Input { insert: rows.into_iter().chain(boot).collect(), delete: Vec::new() }
    }

    /// The collection of the language, if the program has it.
    fn given(&self, given: Given) -> Option<RelId> {
        let at = self.program.rels.iter().position(|rel| rel.given == Some(given));
        at.map(|at| RelId(at as u32))
    }

    /// The instant of the last tick.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The engine, with the rows of the last tick unless one has failed since.
    pub fn engine(&self) -> &Engine {
        self.body.engine()
    }

    /// Likewise, to make values with.
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.body.engine_mut()
    }

    /// What a tick of this instant has by itself: `now`, `me` and their kin.
    pub fn always(&self, given: Given, now: i64) -> Option<Row> {
        match given {
            Given::Now => Some(vec![now as u64]),
            Given::Me => Some(vec![self.me]),
            Given::Members => Some(vec![self.me, self.role]),
            Given::Seed => Some(vec![seed(now)]),
            Given::Startup | Given::Stdin | Given::Stdout | Given::Stderr | Given::Halt => None,
        }
    }

    /// Words of the rows of a collection in the last tick, in no order, and
    /// how many there are.
    pub fn rows(&mut self, rel: RelId) -> (usize, Row) {
        if let Some(shown) = &self.shown {
            return shown.get(rel.index()).cloned().unwrap_or_default();
        }
        let engine = self.body.engine_mut();
        (engine.len(rel), engine.rows_as_they_lie(rel))
    }

    /// Keeps the rows of the last tick although another may fail.
    pub fn remember(&mut self) {
        if self.shown.is_none() {
            let all = 0..self.program.rels.len() as u32;
            let shown = all.map(|rel| self.rows(RelId(rel))).collect();
            self.shown = Some(shown);
        }
    }

    /// One tick, or why it failed; then it has not been.
    pub fn tick(&mut self, input: &Input, now: i64) -> Result<(), Box<Diagnostic>> {
        let came = self.coming(input, now);
        let taken = self.taken(input, &came, now);
        let engine = self.body.engine();
        let second = self.second.as_mut().map(|second| second.tick(&taken, engine));
        self.body.begin();
        if let Err(failed) = self.body.tick(&taken, &self.limits) {
            self.body.rollback();
            let failed = self.body.told(failed, &self.limits);
            let engine = self.body.engine();
            let diagnostic = failure::diagnostic(&failed, self.program, engine);
            self.compare(second, Outcome::failed(&diagnostic));
            return Err(Box::new(diagnostic));
        }
        self.body.commit();
        self.shown = None;
        if second.is_some() {
            let rows = self.all_rows();
            self.compare(second, Outcome::Rows(rows));
        }
        self.now = now;
        let back = |key: &(usize, Row)| came.get(key) == Some(&Came::Timer);
        self.waiting.retain(|key| !back(key));
        self.send();
        self.trace(came);
        Ok(())
    }

    fn compare(&mut self, second: Option<Outcome>, first: Outcome) {
        if let (Some(with), Some(second)) = (&mut self.second, second) {
            self.dispute = with.compare(second, first);
        }
    }

    /// The rows of all collections of the last tick.
    fn all_rows(&mut self) -> Vec<Vec<Vec<Value>>> {
        let all = 0..self.program.rels.len() as u32;
        let of = |rel| {
            let words = self.rows(RelId(rel));
            rows::values(self.body.engine(), RelId(rel), words)
        };
        all.map(of).collect()
    }

    /// The tick that would be next, apart and with its rounds; `None` when it
    /// fails. The instant is that of its tick.
    pub fn apart(mut self, input: &Input, now: i64, strata: &Strata) -> Option<(Engine, Origins)> {
        let came = self.coming(input, now);
        let taken = self.taken(input, &came, now);
        let origins = Origins { came, ..self.origins.take().unwrap_or_default() };
        let plan = plan::build(self.program, strata, &plan::Sizes::default());
        let engine = self.body.into_one().apart(&taken, plan, &self.limits).ok()?;
        Some((engine, origins))
    }

    /// The events of the next tick, and rows that it is given.
    fn coming(&self, input: &Input, now: i64) -> BTreeMap<(usize, Row), Came> {
        let mut came = BTreeMap::new();
        for (rel, row) in &self.waiting {
            let at = self.program.rels[*rel].at.and_then(|at| row.get(at));
            if at.is_some_and(|at| *at as i64 <= now) {
                came.insert((*rel, row.clone()), Came::Timer);
            }
        }
        came.extend(self.arriving.iter().map(|key| (key.clone(), Came::Sent)));
        for (rel, row) in &input.insert {
            came.entry((rel.index(), row.clone())).or_insert(Came::Given);
        }
        came
    }

    fn taken(&mut self, input: &Input, came: &BTreeMap<(usize, Row), Came>, now: i64) -> TickInput {
        let one = |rel: usize, words: Row| Rows { rel: RelId(rel as u32), count: 1, words };
        let mut taken = TickInput::default();
        taken.insert.extend(came.keys().map(|(rel, row)| one(*rel, row.clone())));
        for (rel, declared) in self.program.rels.iter().enumerate() {
            match declared.given {
                Some(Given::Now) => taken.insert.push(one(rel, vec![now as u64])),
                Some(Given::Seed) => taken.insert.push(one(rel, vec![seed(now)])),
                _ => {}
            }
        }
        for (rel, pattern) in &input.delete {
            let rows = self.body.engine_mut().rows_as_they_lie(*rel);
            let fits = |row: &[u64]| {
                row.iter().zip(pattern).all(|(word, wanted)| wanted.is_none_or(|w| w == *word))
            };
            if pattern.is_empty() {
                taken.delete.push(one(rel.index(), Vec::new()));
                continue;
            }
            let there = rows.chunks_exact(pattern.len().max(1));
            for row in there.filter(|row| fits(row)) {
                taken.delete.push(one(rel.index(), row.to_vec()));
            }
        }
        taken
    }

    /// The rows that are sent, with the collection they are for.
    fn sent(&mut self) -> Vec<(usize, Row)> {
        let stages: Vec<(usize, RelId)> = self
            .program
            .rels
            .iter()
            .enumerate()
            .filter_map(|(at, rel)| match rel.kind {
                RelKind::Stage(Stage::Send, target) => Some((at, target)),
                _ => None,
            })
            .collect();
        let mut rows = Vec::new();
        for (at, target) in stages {
            let (count, words) = self.rows(RelId(at as u32));
            let arity = self.program.rels[at].cols.len();
            match arity {
                0 => rows.extend((0..count).map(|_| (target.index(), Vec::new()))),
                n => rows.extend(words.chunks_exact(n).map(|row| (target.index(), row.to_vec()))),
            }
        }
        rows
    }

    /// Timers wait; what is for this node itself arrives with the next tick.
    fn send(&mut self) {
        self.arriving.clear();
        for (rel, row) in self.sent() {
            let declared = &self.program.rels[rel];
            let at = declared.at.and_then(|at| row.get(at));
            if declared.kind == RelKind::Timer {
                self.waiting.insert((rel, row));
            } else if at == Some(&self.me) {
                self.arriving.insert((rel, row));
            }
        }
    }

    /// Notes since when rows are there.
    fn trace(&mut self, came: BTreeMap<(usize, Row), Came>) {
        let Some(mut origins) = self.origins.take() else { return };
        origins.came = came;
        let before = std::mem::take(&mut origins.since);
        for at in 0..self.program.rels.len() {
            let kind = self.program.rels[at].kind;
            let arity = self.program.rels[at].cols.len();
            if arity == 0 || !(kind.is_table() || kind == RelKind::InputView) {
                continue;
            }
            for row in self.rows(RelId(at as u32)).1.chunks_exact(arity) {
                let key = (at, row.to_vec());
                let since = before.get(&key).copied().unwrap_or(origins.tick);
                origins.since.insert(key, since);
            }
        }
        origins.tick += 1;
        self.origins = Some(origins);
    }
}

/// What stands for chance in a tick.
fn seed(now: i64) -> u64 {
    hash_words(&[now as u64]) >> 1
}

/// Loads one row, also of a collection without columns.
pub fn load(engine: &mut Engine, rel: RelId, row: &[u64]) {
    if row.is_empty() {
        engine.load_unit(rel);
    } else {
        engine.load(rel, row);
    }
}

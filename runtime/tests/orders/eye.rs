//! Looks on while a world runs, and keeps what each node shows: of views and tables what they hold
//! after each chain, of events and messages all that there were. What is expected is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bloom::kernel::Engine;
use bloom::kernel::Rows as Words;
use bloom::sim::Looking;
use bloom::sim::Watch;
use bloom::tick::Chain;
use bloom::tick::ChainFailure;
use bloom::tick::Gift;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rel;
use bloom_compiler::types::typed::Role;

use crate::stage::Stage;

/// Some rows of one collection.
pub type Rows = BTreeSet<Vec<Value>>;
/// What is looked at, by its number in the stage, at a node.
pub type Place = (usize, usize);

/// What a run showed.
#[derive(Default)]
pub struct Shown {
    /// In the end.
    pub last: BTreeMap<Place, Rows>,
    /// Rows that were there after a chain, and not after a later one.
    pub gone: BTreeSet<(Place, Vec<Value>)>,
    /// Whether a chain failed.
    pub failed: bool,
}

/// Whoever looks on.
pub struct Eye<'a> {
    stage: &'a Stage,
    pub shown: Shown,
}

impl<'a> Eye<'a> {
    pub fn new(stage: &'a Stage) -> Eye<'a> {
        Eye { stage, shown: Shown::default() }
    }

    /// Rows of events and messages.
    fn events(&mut self, place: Place, rel: &Rel, engine: &Engine, words: &Words) {
        let shown = self.shown.last.entry(place).or_default();
        for row in values(engine, words) {
            add(rel, shown, masked(row));
        }
    }

    fn lines(&mut self, place: Place, lines: impl Iterator<Item = Value>) {
        self.shown.last.entry(place).or_default().extend(lines.map(|line| vec![line]));
    }

    fn state(&mut self, place: Place, rel: &Rel, now: Rows) {
        let before = self.shown.last.insert(place, now);
        let now = &self.shown.last[&place];
        for row in before.into_iter().flatten().filter(|row| !stays(rel, row, now)) {
            self.shown.gone.insert((place, row));
        }
    }
}

impl Watch for Eye<'_> {
    fn chain(&mut self, looking: &mut Looking<'_>, node: usize, chain: &Chain) -> ControlFlow<()> {
        let Some(of) = looking.node(node) else { return ControlFlow::Continue(()) };
        let stage = self.stage;
        let program: &Program = &stage.cast.nodes[node].program;
        for (at, watched) in stage.watched.iter().enumerate() {
            let Some(id) = watched.at(node) else { continue };
            let (place, rel) = ((at, node), &program.rels[id.index()]);
            for tick in &chain.ticks {
                match rel.name.as_str() {
                    "stdout" => self.lines(place, tick.stdout.iter().map(Value::str)),
                    "stderr" => self.lines(place, tick.stderr.iter().map(Value::str)),
                    "halt" => {
                        let codes = tick.halt.into_iter().map(|code| Value::Int(code.into()));
                        self.lines(place, codes);
                    }
                    _ => {}
                }
                let all = tick.shown.iter().chain(&tick.sent).chain(&tick.kept);
                for words in all.filter(|words| words.rel == id) {
                    self.events(place, rel, of.engine(), words);
                }
            }
            if rel.kind.is_table() || rel.is_shown() && !rel.event {
                let engine = of.engine_mut();
                let words = Words { rel: id, count: engine.len(id), words: engine.rows(id) };
                let now = values(engine, &words).into_iter().map(masked).collect();
                self.state(place, rel, now);
            }
        }
        ControlFlow::Continue(())
    }

    fn dead(
        &mut self,
        _: &mut Looking<'_>,
        _: usize,
        _: &ChainFailure,
        _: Option<&Gift>,
    ) -> ControlFlow<()> {
        self.shown.failed = true;
        ControlFlow::Continue(())
    }
}

/// Words as values.
pub fn values(engine: &Engine, words: &Words) -> Vec<Vec<Value>> {
    let types = &engine.plan().types;
    let declared = &engine.plan().rels[words.rel.index()].declared;
    if declared.is_empty() {
        return vec![Vec::new(); words.count.min(1)];
    }
    let row = |row: &[u64]| {
        let cells = declared.iter().zip(row);
        cells
            .map(|(col, word)| bloom::why::value(types, col.ty, *word, engine.interner()))
            .collect()
    };
    words.words.chunks_exact(declared.len()).map(row).collect()
}

/// Times and what is drawn by chance are others in every run: only that they are there counts.
fn masked(mut row: Vec<Value>) -> Vec<Value> {
    row.iter_mut().for_each(mask);
    row
}

fn mask(value: &mut Value) {
    match value {
        Value::Time(at) => *at = 0,
        Value::Uuid(bytes) => *bytes = [0; 16],
        Value::Tuple(parts) | Value::List(parts) | Value::Record(parts) | Value::Enum(_, parts) => {
            parts.iter_mut().for_each(mask);
        }
        Value::Some(inner) => mask(inner),
        Value::Set(all) => {
            *all = std::mem::take(all)
                .into_iter()
                .map(|value| masked(vec![value]).remove(0))
                .collect();
        }
        _ => {}
    }
}

/// One more row of an event: where columns merge, all rows of a key are one.
fn add(rel: &Rel, shown: &mut Rows, row: Vec<Value>) {
    let merges = rel.cols.iter().any(|col| matches!(col.role, Role::Cell(_)));
    let same = |other: &&Vec<Value>| {
        let mut cols = rel.cols.iter().zip(other.iter().zip(&row));
        cols.all(|(col, (a, b))| matches!(col.role, Role::Cell(_)) || a == b)
    };
    let Some(before) = shown.iter().find(|other| merges && same(other)).cloned() else {
        shown.insert(row);
        return;
    };
    let cols = rel.cols.iter().zip(before.iter().zip(&row));
    let joined = cols.map(|(col, (a, b))| match &col.role {
        Role::Cell(lattice) => oracle::join(lattice, a, b),
        _ => a.clone(),
    });
    let joined = joined.collect();
    shown.remove(&before);
    shown.insert(joined);
}

/// Whether a row is still there, grown where it merges.
fn stays(rel: &Rel, row: &[Value], now: &Rows) -> bool {
    now.contains(row)
        || now.iter().any(|there| {
            rel.cols.iter().zip(row.iter().zip(there)).all(|(col, (was, is))| match &col.role {
                Role::Cell(lattice) => oracle::leq(lattice, was, is),
                Role::Key | Role::Value => was == is,
            })
        })
}

/// A collection of a program, by the name that the user has for it.
pub fn named(program: &Program, name: &str) -> Option<RelId> {
    let is = |rel: &Rel| rel.name == name && !rel.kind.is_hidden();
    program.rels.iter().position(is).map(|at| RelId(at as u32))
}

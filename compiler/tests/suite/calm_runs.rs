//! All runs of one node over a few events: every order, and every way to share
//! ticks, by the oracle. What is shown after each batch is kept. What anybody
//! expects of it is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::Node;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::State;
use bloom_compiler::oracle::TickInput;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rel;
use bloom_compiler::types::typed::Role;

/// Ticks that follow by themselves, after which a run is given up.
const OWN_TICKS: usize = 20;

const LIMITS: OracleLimits =
    OracleLimits { rounds_max: 200, rows_max: 5_000, tries_max: 2_000_000 };

/// A row from outside.
pub type Event = (RelId, Vec<Value>);
/// Some rows of one collection.
pub type Rows = BTreeSet<Vec<Value>>;
/// What there is to see: of views and tables what they hold, of events and
/// messages all that there were.
pub type Content = BTreeMap<RelId, Rows>;
/// Some of the events, as bits.
pub type Mask = u32;

/// What all runs over the same events show.
#[derive(Default)]
pub struct Runs {
    /// By the batches of a whole run what is shown in the end.
    pub ends: BTreeMap<Vec<Mask>, Content>,
    /// Rows that a batch took back, with the batch.
    pub gone: BTreeSet<(RelId, Vec<Value>, Mask)>,
    /// What differs when a message comes again: its number, and where.
    pub again: BTreeSet<(usize, RelId)>,
    /// Collections whose keys had two rows, so that an event was given up.
    pub conflicts: BTreeSet<RelId>,
    /// Whether a tick failed in another way.
    pub failed: bool,
}

/// All runs; `None` where one does not end.
pub fn all(compiled: &Compiled, first: &oracle::Input, events: &[Event]) -> Option<Runs> {
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
    let node = Node::new(program, &strata.of_rule, strata.count, first);
    let mut moment = Moment { node, clock: 0, content: Content::new() };
    let mut runs = Runs::default();
    moment.chain(program, &[], &mut runs)?;
    let mut walk = Walk { program, events, runs, batches: Vec::new() };
    walk.from(&moment, (1 << events.len()) - 1)?;
    walk.repeats(&moment)?;
    Some(walk.runs)
}

/// A node between two batches, and what it has shown.
#[derive(Clone)]
struct Moment<'a> {
    node: Node<'a>,
    clock: i64,
    content: Content,
}

impl<'a> Moment<'a> {
    /// Takes a batch in, and what follows by itself. One that fails is halved; a
    /// single event that fails is given up.
    fn chain(&mut self, program: &Program, batch: &[&Event], runs: &mut Runs) -> Option<()> {
        let mut next = self.clone();
        match next.ticks(program, batch) {
            Ticks::Well => {
                *self = next;
                Some(())
            }
            Ticks::Endless => None,
            Ticks::Failed(_) if batch.len() > 1 => {
                let (one, other) = batch.split_at(batch.len() / 2);
                self.chain(program, one, runs)?;
                self.chain(program, other, runs)
            }
            Ticks::Failed(Kind::KeyConflict(conflict)) => {
                runs.conflicts.insert(conflict.rel);
                Some(())
            }
            Ticks::Failed(_) => {
                runs.failed = true;
                Some(())
            }
        }
    }

    fn ticks(&mut self, program: &Program, batch: &[&Event]) -> Ticks {
        let mut batch = Some(batch);
        for _ in 0..=OWN_TICKS {
            self.clock += 1;
            let input = taken(program, batch.take().unwrap_or_default(), self.clock);
            let tick = match self.node.tick(&input, &LIMITS) {
                Ok(tick) => tick,
                Err(failure) => return Ticks::Failed(failure.kind),
            };
            self.look(program, &tick.state, !tick.own);
            if !tick.own {
                return Ticks::Well;
            }
        }
        Ticks::Endless
    }

    /// Events count in every tick, state at the end of a chain.
    fn look(&mut self, program: &Program, state: &State, is_last: bool) {
        for (id, rel) in rels(program) {
            let sends = match rel.kind {
                RelKind::Stage(Stage::Send, of) => Some(of),
                _ if rel.is_shown() => None,
                _ => continue,
            };
            let at = sends.unwrap_or(id);
            let rows = &state.rows[id.index()];
            let shown = self.content.entry(at).or_default();
            if sends.is_some() || rel.event {
                rows.iter().for_each(|row| add(rel, shown, row));
            } else if is_last {
                *shown = rows.iter().cloned().collect();
            }
        }
    }
}

enum Ticks {
    Well,
    Failed(Kind),
    Endless,
}

/// One more row of an event: where columns merge, all rows of a key are one.
fn add(rel: &Rel, shown: &mut Rows, row: &[Value]) {
    let same = |other: &Vec<Value>| {
        let cols = rel.cols.iter().zip(other.iter().zip(row));
        cols.into_iter().all(|(col, (a, b))| matches!(col.role, Role::Cell(_)) || a == b)
    };
    let merges = rel.cols.iter().any(|col| matches!(col.role, Role::Cell(_)));
    let Some(before) = shown.iter().find(|other| merges && same(other)).cloned() else {
        shown.insert(row.to_vec());
        return;
    };
    let cols = rel.cols.iter().zip(before.iter().zip(row));
    let joined = cols.map(|(col, (a, b))| match &col.role {
        Role::Cell(lattice) => oracle::join(lattice, a, b),
        _ => a.clone(),
    });
    let joined = joined.collect();
    shown.remove(&before);
    shown.insert(joined);
}

/// What a tick takes in, with what is given to every tick.
pub fn taken(program: &Program, batch: &[&Event], clock: i64) -> TickInput {
    let mut input = TickInput::default();
    for (id, row) in batch {
        input.insert.entry(*id).or_default().push(row.clone());
    }
    for (id, rel) in rels(program) {
        let row = match rel.given {
            Some(Given::Now) => Value::Time(clock),
            Some(Given::Seed) => Value::Int(clock),
            Some(Given::Me) => Value::Node("n1".into()),
            _ => continue,
        };
        input.insert.entry(id).or_default().push(vec![row]);
    }
    input
}

/// The collections of a program.
pub fn rels(program: &Program) -> impl Iterator<Item = (RelId, &Rel)> {
    program.rels.iter().enumerate().map(|(at, rel)| (RelId(at as u32), rel))
}

/// Whether a row that was shown is still there, grown where it merges.
pub fn stays(rel: &Rel, row: &[Value], rows: &Rows) -> bool {
    rows.contains(row)
        || rows.iter().any(|there| {
            rel.cols.iter().zip(row.iter().zip(there)).all(|(col, (was, is))| match &col.role {
                Role::Cell(lattice) => oracle::leq(lattice, was, is),
                Role::Key | Role::Value => was == is,
            })
        })
}

/// The events of a batch.
pub fn of(events: &[Event], batch: Mask) -> Vec<&Event> {
    let all = events.iter().enumerate();
    all.filter(|(at, _)| batch >> at & 1 == 1).map(|(_, event)| event).collect()
}

/// The way through all runs.
struct Walk<'a> {
    program: &'a Program,
    events: &'a [Event],
    runs: Runs,
    batches: Vec<Mask>,
}

impl Walk<'_> {
    fn from(&mut self, moment: &Moment<'_>, left: Mask) -> Option<()> {
        if left == 0 {
            self.runs.ends.insert(self.batches.clone(), moment.content.clone());
            return Some(());
        }
        // Every part of what is left, the empty one aside.
        let mut batch = left;
        while batch != 0 {
            if self.may_share(batch) {
                let mut next = moment.clone();
                next.chain(self.program, &of(self.events, batch), &mut self.runs)?;
                self.compare(moment, &next, batch);
                self.batches.push(batch);
                self.from(&next, left & !batch)?;
                self.batches.pop();
            }
            batch = (batch - 1) & left;
        }
        Some(())
    }

    fn may_share(&self, batch: Mask) -> bool {
        let all = of(self.events, batch);
        all.iter().enumerate().all(|(at, (rel, row))| {
            let by = self.program.rels[rel.index()].serial.as_deref();
            // Two equal events never share a tick.
            let same = |(other, there): &&Event| match by {
                Some([]) => true,
                Some(by) => other == rel && by.iter().all(|col| there[*col] == row[*col]),
                None => other == rel && there == row,
            };
            !all.iter().enumerate().any(|(other, event)| other != at && same(event))
        })
    }

    /// Rows of state that a batch took back.
    fn compare(&mut self, before: &Moment<'_>, after: &Moment<'_>, batch: Mask) {
        for (id, rows) in &before.content {
            let rel = &self.program.rels[id.index()];
            let now = &after.content[id];
            for row in rows.iter().filter(|row| !rel.event && !stays(rel, row, now)) {
                self.runs.gone.insert((*id, row.clone(), batch));
            }
        }
    }

    /// Each message once more, at every later time, with the others one by one.
    fn repeats(&mut self, start: &Moment<'_>) -> Option<()> {
        let count = self.events.len();
        let (program, events) = (self.program, self.events);
        let runs = &mut self.runs;
        let run = |order: &[usize], runs: &mut Runs| {
            let mut moment = start.clone();
            for at in order {
                moment.chain(program, &[&events[*at]], runs)?;
            }
            Some(moment.content)
        };
        for turn in 0..count {
            let order: Vec<usize> = (0..count).map(|at| (at + turn) % count).collect();
            let once = run(&order, runs)?;
            for (place, at) in order.iter().enumerate() {
                if program.rels[events[*at].0.index()].kind != RelKind::Channel {
                    continue;
                }
                for later in place + 1..=count {
                    let mut more = order.clone();
                    more.insert(later, *at);
                    let twice = run(&more, runs)?;
                    let differ = once.iter().filter(|(id, rows)| twice.get(id) != Some(rows));
                    runs.again.extend(differ.map(|(id, _)| (*at, *id)));
                }
            }
        }
        Some(())
    }
}

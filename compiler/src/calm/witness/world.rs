//! Nodes of the judge that hand messages on at once: what they show after each
//! thing that comes from outside. Which things come, and what follows from what is
//! shown, is not known here.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::calm::witness::rows::Item;
use crate::calm::witness::small::Small;
use crate::calm::witness::stage::Stage;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage as Op;
use crate::oracle;
use crate::oracle::Kind;
use crate::oracle::Node;
use crate::oracle::OracleLimits;
use crate::oracle::Rows;
use crate::oracle::TickInput;
use crate::oracle::Value;
use crate::types::typed::Rel;

/// What a tick may use; examples are small.
const LIMITS: OracleLimits = OracleLimits { rounds_max: 100, rows_max: 2_000, tries_max: 200_000 };
/// Ticks that follow from one thing that comes.
const TICKS_MAX: usize = 40;
/// The instant of the first tick, in nanoseconds.
const BEGIN: i64 = 1_767_268_800_000_000_000;
/// What passes between two things that come, where time passes at all.
const SECOND: i64 = 1_000_000_000;

/// A row that a player takes in.
pub(super) type Row = (RelId, Vec<Value>);

/// What was taken in by one node in one tick.
#[derive(Clone, Debug)]
pub(super) struct Intake {
    pub(super) player: usize,
    pub(super) rows: Vec<Row>,
    pub(super) now: i64,
    pub(super) seed: i64,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) player: usize,
    pub(super) rels: Vec<RelId>,
    /// What was shown stays as it was shown.
    pub(super) is_event: bool,
    /// Of an invariant the collections whose rows break it.
    pub(super) parts: Vec<RelId>,
}

/// Everything that all worlds of one search share.
pub(super) struct Set<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) smalls: Vec<Rc<Small>>,
    pub(super) nodes: Vec<String>,
    pub(super) watched: Watched,
    /// Steps of the judge that are left.
    pub(super) steps: &'a Cell<u64>,
}

/// Why a run came to no end.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Broken {
    /// A tick failed.
    Failed(Kind),
    /// It would not end.
    TooLong,
    /// No steps are left.
    Spent,
}

/// A run.
pub(super) struct World<'a> {
    set: &'a Set<'a>,
    nodes: Vec<Node<'a>>,
    pending: VecDeque<(usize, Row)>,
    /// The channel whose messages stay under way, and those that do.
    hold: Option<String>,
    held: Vec<(usize, Row)>,
    timers: BTreeSet<(usize, RelId, Vec<Value>)>,
    /// Whether time passes.
    moves: bool,
    /// Whether timers go off before anything else comes.
    eager: bool,
    now: i64,
    /// What is shown.
    pub(super) shown: Rows,
    /// Rows of the parts of an invariant.
    pub(super) parts: Vec<Row>,
    nth: u32,
    /// Messages that left, by channel.
    pub(super) sent: Vec<(usize, Row)>,
    /// Tables as the last tick of each node left them.
    pub(super) tables: Vec<BTreeMap<RelId, Rows>>,
    /// What the nodes began with, and what they took in.
    pub(super) began: Vec<Vec<Row>>,
    pub(super) intake: Vec<Intake>,
}

impl<'a> World<'a> {
    /// Nodes after their start, with rows that were loaded before.
    pub(super) fn new(
        set: &'a Set<'a>,
        loaded: &[&Item],
        time: (bool, bool),
    ) -> Result<Self, Broken> {
        let input = |player: usize| {
            let mut input = oracle::Input::default();
            for item in loaded.iter().filter(|item| item.player == player) {
                input.rows.entry(item.rel).or_default().extend(item.rows.iter().cloned());
            }
            input
        };
        World::with(set, (0..set.smalls.len()).map(input).collect(), time)
    }

    /// Likewise, with these rows.
    pub(super) fn with(
        set: &'a Set<'a>,
        mut inputs: Vec<oracle::Input>,
        (moves, eager): (bool, bool),
    ) -> Result<Self, Broken> {
        let mut nodes = Vec::new();
        let flat = |input: &oracle::Input| -> Vec<Row> {
            let rows = input.rows.iter();
            rows.flat_map(|(rel, rows)| rows.iter().map(|row| (*rel, row.clone()))).collect()
        };
        let began = inputs.iter().map(flat).collect();
        for (player, small) in set.smalls.iter().enumerate() {
            let mut input = std::mem::take(&mut inputs[player]);
            for (at, rel) in small.program.rels.iter().enumerate() {
                let rows = match rel.given {
                    Some(Given::Me) => vec![vec![Value::Node(set.nodes[player].clone())]],
                    Some(Given::Members) => members(set),
                    _ => continue,
                };
                input.rows.insert(RelId(at as u32), rows);
            }
            nodes.push(Node::new(&small.program, &small.of_rule, small.strata, &input));
        }
        let mut world = World {
            set,
            nodes,
            pending: VecDeque::new(),
            hold: None,
            held: Vec::new(),
            timers: BTreeSet::new(),
            moves,
            eager,
            now: BEGIN,
            shown: Rows::new(),
            parts: Vec::new(),
            nth: 0,
            sent: Vec::new(),
            tables: vec![BTreeMap::new(); set.smalls.len()],
            began,
            intake: Vec::new(),
        };
        for player in 0..set.smalls.len() {
            let given = |rel: &Rel| rel.given == Some(Given::Startup);
            let boot = set.smalls[player].program.rels.iter().position(given);
            let rows = boot.map(|at| (RelId(at as u32), vec![Value::Int(0)]));
            world.ticks(player, rows.into_iter().collect())?;
        }
        world.settle()?;
        Ok(world)
    }

    /// Keeps messages of a channel under way from now on.
    pub(super) fn hold(&mut self, channel: &str) {
        self.hold = Some(channel.to_string());
    }

    /// Hands on what was held back; whether there was something.
    pub(super) fn release(&mut self) -> Result<bool, Broken> {
        self.hold = None;
        let held = std::mem::take(&mut self.held);
        self.pending.extend(held.iter().cloned());
        self.settle()?;
        Ok(!held.is_empty())
    }

    /// Events that come at one time.
    pub(super) fn give(&mut self, items: &[&Item]) -> Result<(), Broken> {
        self.pass();
        if let Some(rows) = one_by_one(self.set, items) {
            for (player, row) in rows {
                self.ticks(player, vec![row])?;
                self.settle()?;
                self.pass();
            }
            return Ok(());
        }
        self.nth = items.iter().map(|item| item.nth).max().unwrap_or_default();
        for player in 0..self.nodes.len() {
            let mine = items.iter().filter(|item| item.player == player);
            let rows: Vec<Row> =
                mine.flat_map(|item| item.rows.iter().map(|row| (item.rel, row.clone()))).collect();
            if !rows.is_empty() {
                self.ticks(player, rows)?;
            }
        }
        self.nth = 0;
        self.settle()
    }

    /// A tick without anything that comes.
    pub(super) fn idle(&mut self) -> Result<(), Broken> {
        self.pass();
        (0..self.nodes.len()).try_for_each(|player| self.ticks(player, Vec::new()))?;
        self.settle()
    }

    fn pass(&mut self) {
        if self.moves {
            self.now += SECOND;
        }
    }

    /// Hands on messages and lets timers go off until nothing is left.
    fn settle(&mut self) -> Result<(), Broken> {
        for _ in 0..TICKS_MAX {
            if let Some((player, row)) = self.pending.pop_front() {
                self.ticks(player, vec![row])?;
            } else if let Some((player, rel, row)) = self.timer() {
                let at = self.set.smalls[player].program.rels[rel.index()].at;
                if let Some(Value::Time(at)) = at.and_then(|at| row.get(at)) {
                    self.now = self.now.max(*at);
                }
                self.ticks(player, vec![(rel, row)])?;
            } else {
                return Ok(());
            }
        }
        Err(Broken::TooLong)
    }

    fn timer(&mut self) -> Option<(usize, RelId, Vec<Value>)> {
        if self.eager { self.timers.pop_first() } else { None }
    }

    /// A tick of a node, and those that follow by themselves.
    fn ticks(&mut self, player: usize, rows: Vec<Row>) -> Result<(), Broken> {
        let mut rows = rows;
        for number in 0..TICKS_MAX {
            let own = self.tick(player, std::mem::take(&mut rows), number)?;
            if !own {
                return Ok(());
            }
        }
        Err(Broken::TooLong)
    }

    fn tick(&mut self, player: usize, rows: Vec<Row>, number: usize) -> Result<bool, Broken> {
        let small = &self.set.smalls[player];
        let left = self.set.steps.get().checked_sub(small.steps()).ok_or(Broken::Spent)?;
        self.set.steps.set(left);
        let seed = seed(&rows, number, player, self.nth);
        let mut input = TickInput::default();
        for (rel, row) in &rows {
            input.insert.entry(*rel).or_default().push(row.clone());
        }
        for (at, rel) in small.program.rels.iter().enumerate() {
            let row = match rel.given {
                Some(Given::Now) => vec![Value::Time(self.now)],
                Some(Given::Seed) => vec![Value::Int(seed)],
                _ => continue,
            };
            input.insert.insert(RelId(at as u32), vec![row]);
        }
        self.intake.push(Intake { player, rows, now: self.now, seed });
        let tick = self.nodes[player].tick(&input, &LIMITS);
        let tick = tick.map_err(|failure| Broken::Failed(failure.kind))?;
        self.look(player, &tick.state.rows);
        Ok(tick.own)
    }

    /// What the tick shows, sends and keeps.
    fn look(&mut self, player: usize, state: &[Rows]) {
        let watched = &self.set.watched;
        if watched.player == player {
            if !watched.is_event {
                self.shown.clear();
            }
            for rel in &watched.rels {
                self.shown.extend(state[rel.index()].iter().cloned());
            }
            let of = |rel: &RelId| {
                let rel = *rel;
                state[rel.index()].iter().map(move |row| (rel, row.clone()))
            };
            self.parts = watched.parts.iter().flat_map(of).collect();
        }
        let small = &self.set.smalls[player];
        for (at, rel) in small.program.rels.iter().enumerate() {
            let rows = &state[at];
            if rel.kind.is_table() {
                self.tables[player].insert(RelId(at as u32), rows.clone());
            }
            if let (RelKind::Stage(Op::Send, target), false) = (rel.kind, rows.is_empty()) {
                rows.iter().for_each(|row| self.send(player, target, row));
            }
        }
    }

    fn send(&mut self, player: usize, target: RelId, row: &[Value]) {
        let channel = &self.set.smalls[player].program.rels[target.index()];
        let is_held = self.hold.as_ref() == Some(&channel.name);
        if channel.kind == RelKind::Timer {
            self.sent.push((player, (target, row.to_vec())));
            if is_held {
                self.held.push((player, (target, row.to_vec())));
                return;
            }
            self.timers.insert((player, target, row.to_vec()));
            return;
        }
        self.sent.push((player, (target, row.to_vec())));
        let Some(Value::Node(to)) = channel.at.and_then(|at| row.get(at)) else { return };
        let Some(to) = self.set.nodes.iter().position(|node| node == to) else { return };
        let Some(there) = self.set.smalls[to].named(&channel.name, RelKind::Channel) else {
            return;
        };
        let message = (to, (there, row.to_vec()));
        match is_held {
            true => self.held.push(message),
            false => self.pending.push_back(message),
        }
    }
}

/// The rows of a group that must not share a tick.
fn one_by_one(set: &Set<'_>, items: &[&Item]) -> Option<Vec<(usize, Row)>> {
    let of = |item: &&&Item| {
        let rel = &set.smalls[item.player].program.rels[item.rel.index()];
        item.rows.len() > 1 && rel.serial.is_some()
    };
    items.iter().find(of)?;
    let rows = items
        .iter()
        .flat_map(|item| item.rows.iter().map(|row| (item.player, (item.rel, row.clone()))));
    Some(rows.collect())
}

fn members(set: &Set<'_>) -> Vec<Vec<Value>> {
    let one = |(node, small): (&String, &Rc<Small>)| {
        vec![Value::Node(node.clone()), Value::str(set.stage.role(small.part))]
    };
    set.nodes.iter().zip(&set.smalls).map(one).collect()
}

/// What stands for chance: the same wherever the same comes.
fn seed(rows: &[Row], number: usize, player: usize, nth: u32) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |text: &str| {
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(&format!("{number} {player} {nth}"));
    rows.iter().for_each(|(rel, row)| add(&format!("{rel:?}{row:?}")));
    (hash >> 1) as i64
}

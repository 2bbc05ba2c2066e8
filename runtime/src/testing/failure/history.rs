//! What happened in a run, tick by tick: what each took in, what was in it,
//! what it changed, and which messages went from where to where. The run is
//! done once more with everything told. Any tick can be put together again with
//! its rounds kept, so that its rows can be explained.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bloom_compiler::calm::strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

use crate::kernel::Engine;
use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::kernel::TickInput;
use crate::sim::Cast;
use crate::sim::Choices;
use crate::sim::Happening;
use crate::sim::Id;
use crate::sim::Looking;
use crate::sim::Lost;
use crate::sim::Member;
use crate::sim::Prepared;
use crate::sim::Story;
use crate::sim::Trouble;
use crate::sim::Watch;
use crate::sim::World;
use crate::testing::failure::load::load;
use crate::testing::failure::load::words;
use crate::testing::failure::messages;
use crate::testing::rows;
use crate::tick::Chain;
use crate::tick::ChainFailure;
use crate::tick::Gift;
use crate::tick::Tick;

/// A row of values.
pub type Row = Vec<Value>;
/// A tick, as its place in the history.
pub type TickId = usize;
/// Rows by their collection.
type ByRel = BTreeMap<RelId, BTreeSet<Row>>;

/// A tick that happened.
#[derive(Clone, Debug, Default)]
pub struct Ticked {
    /// The node.
    pub node: usize,
    /// The number that the node gives it.
    pub number: u64,
    /// When, in nanoseconds from the start of the world.
    pub at: i64,
    /// Its instant, as the node's clock tells it.
    pub now: i64,
    /// The tick whose state it began with; none: it was the first of a disk.
    pub before: Option<TickId>,
    /// The chain in the trace.
    pub chain: Option<Id>,
    /// What it took in.
    pub took: ByRel,
    taken_out: ByRel,
    /// Its events, and rows of all that is made anew in every tick.
    pub events: ByRel,
    /// State that came with it.
    pub gained: ByRel,
    /// State that went with it.
    pub lost: ByRel,
    /// What the node sent to itself in it.
    pub kept: ByRel,
    /// The timers that it set.
    pub timers: ByRel,
}

/// A message between two nodes.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its number in the run.
    pub id: u64,
    /// The sender.
    pub from: usize,
    /// The receiver, if there is such a member.
    pub to: Option<usize>,
    /// The name of the channel.
    pub channel: String,
    /// Its row.
    pub row: Row,
    /// When it was sent.
    pub at: i64,
    /// The tick that sent it.
    pub tick: Option<TickId>,
    /// Whether it is resent until it is acknowledged.
    pub is_group: bool,
    /// What became of it and of its copies, in order of time.
    pub fates: Vec<(i64, Fate)>,
}

/// What becomes of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives.
    Arrived,
    /// A chain takes it in, of which this is the first tick.
    Taken(TickId),
    /// It does not arrive, or a copy of it.
    Lost(Lost),
    /// It is resent.
    Resent,
    /// It arrives though it was there before.
    Again,
}

/// A run, told.
pub struct History {
    /// Who played.
    pub cast: Cast,
    /// All ticks of all nodes, in order.
    pub ticks: Vec<Ticked>,
    /// By node, its last tick, of which it has the state.
    pub last: Vec<Option<TickId>>,
    /// What happened.
    pub trace: Vec<Happening>,
    /// Messages by number.
    pub messages: BTreeMap<u64, Message>,
}

/// Up to where a run is told.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// No chain after this time.
    pub at: i64,
    /// The chain of this node that has this tick is the last, at that time.
    pub tick: Option<(usize, u64)>,
}

impl History {
    /// Runs a story with these decisions and tells it.
    pub fn of(
        cast: &Cast,
        story: &Story,
        choices: Choices,
        until: Until,
    ) -> Result<History, Trouble> {
        let mut cast = cast.clone();
        cast.traced = true;
        for member in &mut cast.nodes {
            let rels = member.program.rels.iter().enumerate();
            let told = rels.filter(|(_, rel)| !rel.kind.is_hidden() || rel.given.is_some());
            member.show = told.map(|(at, _)| RelId(at as u32)).collect();
        }
        let mut story = story.clone();
        story.settings.traced = true;
        let prepared = Prepared::new(&cast);
        let mut world = World::new(&prepared, &story, choices);
        let count = cast.nodes.len();
        let mut recorder =
            Recorder { until, ticks: Vec::new(), last: vec![None; count], over: None };
        world.run(&mut recorder)?;
        let (ticks, last) = (recorder.ticks, recorder.last);
        let mut trace = world.trace().to_vec();
        trace.truncate(recorder.over.unwrap_or(trace.len()));
        let messages = BTreeMap::new();
        let mut history = History { cast, ticks, last, trace, messages };
        history.messages = messages::of(&history, prepared.channels());
        Ok(history)
    }

    /// The node of a number.
    pub fn member(&self, node: usize) -> Option<&Member> {
        self.cast.nodes.get(node)
    }

    /// The program of the node of a tick.
    pub fn program(&self, tick: TickId) -> Option<&typed::Program> {
        let node = self.ticks.get(tick)?.node;
        self.member(node).map(|member| &*member.program)
    }

    /// A tick and those before it, back to the start of its disk.
    pub fn back(&self, tick: TickId) -> impl Iterator<Item = (TickId, &Ticked)> {
        let mut next = Some(tick);
        std::iter::from_fn(move || {
            let id = next?;
            let ticked = self.ticks.get(id)?;
            next = ticked.before;
            Some((id, ticked))
        })
    }

    /// The tick up to this one since which a row of state is there without a
    /// break; `None` if the node began with it.
    pub fn since(&self, tick: TickId, rel: RelId, row: &Row) -> Option<TickId> {
        let came = |ticked: &Ticked| ticked.gained.get(&rel).is_some_and(|rows| rows.contains(row));
        self.back(tick).find(|(_, ticked)| came(ticked)).map(|(id, _)| id)
    }

    /// The rows of state that a node has in the end.
    pub fn rows(&self, node: usize, rel: RelId) -> BTreeSet<Row> {
        let mut rows = BTreeSet::new();
        let Some(last) = self.last.get(node).copied().flatten() else { return rows };
        let mut back: Vec<&Ticked> = self.back(last).map(|(_, ticked)| ticked).collect();
        while let Some(ticked) = back.pop() {
            for row in ticked.lost.get(&rel).into_iter().flatten() {
                rows.remove(row);
            }
            rows.extend(ticked.gained.get(&rel).into_iter().flatten().cloned());
        }
        rows
    }

    /// A tick done once more, with its rounds kept.
    pub fn engine(&self, tick: TickId) -> Option<Engine> {
        let node = self.ticks.get(tick)?.node;
        let member = self.member(node)?;
        let program = &*member.program;
        let mut engine = Engine::new((*member.plan).clone());
        for (rel, row) in &member.tables {
            load(&mut engine, *rel, row);
        }
        for (rel, declared) in program.rels.iter().enumerate() {
            let rel = RelId(rel as u32);
            let name = |member: &Member| Value::Node(member.name.clone());
            match declared.given {
                Some(Given::Me) => load(&mut engine, rel, &[name(member)]),
                Some(Given::Members) => self.cast.nodes.iter().for_each(|member| {
                    load(&mut engine, rel, &[name(member), Value::Str(member.role.clone())]);
                }),
                _ => {}
            }
        }
        let mut machine = Machine::new(program, engine);
        let mut back: Vec<&Ticked> = self.back(tick).map(|(_, ticked)| ticked).collect();
        back.reverse();
        let (last, before) = back.split_last()?;
        for ticked in before {
            let input = input(program, ticked, machine.engine_mut());
            machine.tick(&input, &self.cast.limits).ok()?;
        }
        let input = input(program, last, machine.engine_mut());
        let strata = strata::stratify(program, &mut Vec::new());
        let plan = plan::build(program, &strata, &plan::Sizes::default());
        machine.apart(&input, plan, &self.cast.limits).ok()
    }
}

/// Whether rows are gone when the tick ends.
pub fn is_event(rel: &typed::Rel) -> bool {
    rel.event || rel.kind.is_incoming() || rel.kind == RelKind::Scratch
}

/// What a tick is given when it is done once more.
fn input(program: &typed::Program, ticked: &Ticked, engine: &mut Engine) -> TickInput {
    let mut all = |rows: &ByRel| {
        let mut out = Vec::new();
        for (rel, rows) in rows {
            let found: Vec<Vec<u64>> = rows.iter().map(|row| words(engine, *rel, row)).collect();
            out.push(Rows { rel: *rel, count: found.len(), words: found.concat() });
        }
        out
    };
    let mut input = TickInput { delete: all(&ticked.taken_out), insert: all(&ticked.took) };
    for (rel, declared) in program.rels.iter().enumerate() {
        let rel = RelId(rel as u32);
        match declared.given {
            Some(Given::Now) => {
                input.insert.push(Rows { rel, count: 1, words: vec![ticked.now as u64] });
            }
            Some(Given::Seed) => {
                let seed = ticked.events.get(&rel).or(ticked.gained.get(&rel)).cloned();
                let seed: ByRel = seed.into_iter().map(|rows| (rel, rows)).collect();
                input.insert.extend(all(&seed));
            }
            _ => {}
        }
    }
    input
}

struct Recorder {
    until: Until,
    ticks: Vec<Ticked>,
    last: Vec<Option<TickId>>,
    /// How many happenings there were when it was over.
    over: Option<usize>,
}

impl Recorder {
    fn tick(&mut self, engine: &Engine, node: usize, at: i64, chain: Option<Id>, tick: &Tick) {
        let by_rel = |all: &[Rows]| {
            let mut out = ByRel::new();
            for Rows { rel, count, words } in all {
                let found = rows::values(engine, *rel, (*count, words.clone()));
                out.entry(*rel).or_default().extend(found);
            }
            out
        };
        let changed = |of: fn(&crate::tick::Change) -> &Rows| {
            let rows: Vec<Rows> = tick.changed.iter().map(|change| of(change).clone()).collect();
            by_rel(&rows)
        };
        let ticked = Ticked {
            node,
            number: tick.number,
            at,
            now: tick.now,
            before: self.last.get(node).copied().flatten(),
            chain,
            took: by_rel(&tick.took),
            taken_out: by_rel(&tick.taken_out),
            events: by_rel(&tick.shown),
            gained: changed(|change| &change.gained),
            lost: changed(|change| &change.lost),
            kept: by_rel(&tick.kept),
            timers: by_rel(&tick.timers),
        };
        if let Some(last) = self.last.get_mut(node) {
            *last = Some(self.ticks.len());
        }
        self.ticks.push(ticked);
    }

    fn stop(&mut self, happenings: usize) -> ControlFlow<()> {
        self.over = Some(happenings);
        ControlFlow::Break(())
    }
}

impl Watch for Recorder {
    fn chain(&mut self, looking: &mut Looking<'_>, node: usize, chain: &Chain) -> ControlFlow<()> {
        let (at, happenings) = (looking.now(), looking.happenings());
        if at > self.until.at {
            return self.stop(happenings.saturating_sub(1));
        }
        let Some(engine) = looking.node(node).map(|node| node.engine()) else {
            return ControlFlow::Continue(());
        };
        for tick in &chain.ticks {
            self.tick(engine, node, at, happenings.checked_sub(1), tick);
        }
        let is_last = self.until.tick.is_some_and(|(of, tick)| {
            of == node && at == self.until.at && chain.ticks.iter().any(|t| t.number == tick)
        });
        if is_last { self.stop(happenings) } else { ControlFlow::Continue(()) }
    }

    fn up(&mut self, looking: &mut Looking<'_>, node: usize, _boot: i64) -> ControlFlow<()> {
        let ticks = looking.node(node).map_or(0, |node| node.ticks());
        // It has the state of the last tick that its disk knows of.
        let mut last = self.last.get(node).copied().flatten();
        while let Some(ticked) = last.and_then(|id| self.ticks.get(id)) {
            if ticked.number <= ticks {
                break;
            }
            last = ticked.before;
        }
        if let Some(place) = self.last.get_mut(node) {
            *place = last;
        }
        ControlFlow::Continue(())
    }

    fn dead(
        &mut self,
        looking: &mut Looking<'_>,
        _: usize,
        _: &ChainFailure,
        _: Option<&Gift>,
    ) -> ControlFlow<()> {
        let happenings = looking.happenings();
        self.stop(happenings)
    }
}

/// A row as a fact of its collection.
pub fn fact(program: &typed::Program, rel: RelId, row: &[Value]) -> String {
    program.rels.get(rel.index()).map_or(String::new(), |rel| oracle::fact(rel, row, program))
}

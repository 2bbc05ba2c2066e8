//! One node of a program, tick by tick: events in, what leaves out. The caller
//! is the clock and the network. Nothing is printed and no time is read.

use std::io;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Given;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::types::typed;

use crate::embed::defaults;
use crate::embed::error::Diagnostics;
use crate::embed::error::Error;
use crate::embed::exchange;
use crate::embed::failure;
use crate::embed::program::Program;
use crate::embed::row::FromRow;
use crate::embed::row::Row;
use crate::kernel::DATAFLOWS_ARE_THERE;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::unfollowed;
use crate::tick;
use crate::tick::Chain;
use crate::tick::Dead;
use crate::tick::Gift;
use crate::tick::OnError;
use crate::tick::Rows;
use crate::tick::Settings;
use crate::tick::Sink;
use crate::tick::Stop;

/// A node that is about to start.
pub struct NodeBuilder {
    program: Program,
    engine: Engine,
    settings: Settings,
    seed: u64,
}

impl NodeBuilder {
    pub(super) fn new(program: Program) -> NodeBuilder {
        let mut engine = Engine::new(program.parts.plan.clone());
        engine.bring(program.parts.natives.clone());
        // Words never leave this room: what is read is read before the next tick.
        let mut settings = Settings { held: Some(Vec::new()), ..Settings::default() };
        if let Some(role) = &program.parts.role {
            settings.role.clone_from(role);
        }
        NodeBuilder { program, engine, settings, seed: 0 }
    }

    /// What the node is called, and `me` says; `local` if not given.
    pub fn name(mut self, name: &str) -> NodeBuilder {
        self.settings.name = name.to_owned();
        self
    }

    /// What `fresh()` and `random()` hang on.
    pub fn seed(mut self, seed: u64) -> NodeBuilder {
        self.seed = seed;
        self
    }

    /// What a tick may spend.
    pub fn limits(mut self, limits: Limits) -> NodeBuilder {
        self.settings.limits = limits;
        self
    }

    /// Ticks that may follow by themselves; 100,000 if not given.
    pub fn max_own_ticks(mut self, most: u64) -> NodeBuilder {
        self.settings.max_own_ticks = most;
        self
    }

    /// What becomes of an event whose tick fails; it is given up if not said.
    pub fn on_error(mut self, what: OnError) -> NodeBuilder {
        self.settings.on_error = what;
        self
    }

    /// Adds rows to a table before the first tick.
    pub fn load<R: Row>(
        mut self,
        table: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<NodeBuilder, Error> {
        let rel = find(&self.program.parts.typed, table)?;
        let declared = &self.program.parts.typed.rels[rel.index()];
        if !declared.is_loadable() || declared.event {
            return Err(Error::NotLoadable(table.to_owned()));
        }
        let interner = self.engine.interner_mut();
        let (words, count) = exchange::put(&self.program.parts.plan, rel, rows, interner)?;
        match words.is_empty() {
            true if count > 0 => drop(self.engine.load_unit(rel)),
            true => {}
            false => drop(self.engine.load(rel, &words)),
        }
        Ok(self)
    }

    /// The node. It has not ticked yet.
    pub fn start(self) -> Result<Node, Error> {
        let NodeBuilder { program, engine, mut settings, seed } = self;
        let parts = &program.parts;
        if let Some(found) = unfollowed(&parts.typed, DATAFLOWS_ARE_THERE) {
            let sources = parts.sources.clone();
            return Err(Error::Failed(Diagnostics { sources, all: vec![found] }));
        }
        settings.periods = defaults::periods(&parts.typed, &engine).map_err(|found| {
            Error::Failed(Diagnostics { sources: parts.sources.clone(), all: vec![*found] })
        })?;
        let node = tick::Node::new(&parts.typed, engine, settings, seed);
        Ok(Node { program, node })
    }
}

fn find(program: &typed::Program, name: &str) -> Result<RelId, Error> {
    let names = || program.rels.iter().filter(|rel| !rel.kind.is_hidden());
    let found = program.rels.iter().position(|rel| rel.name == name && !rel.kind.is_hidden());
    match found {
        Some(at) => Ok(RelId(at as u32)),
        None => {
            let near = closest(name, names().map(|rel| rel.name.as_str())).map(str::to_owned);
            Err(Error::UnknownCollection(name.to_owned(), near))
        }
    }
}

/// A node of a program.
pub struct Node {
    program: Program,
    node: tick::Node,
}

impl Node {
    /// Gives events, or rows of a table, together: they are taken in by the next
    /// tick, except that equal events have a tick each.
    pub fn give<R: Row>(
        &mut self,
        collection: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<(), Error> {
        let rows = self.outside(collection, rows)?;
        self.node.give(Gift::new(vec![rows]));
        Ok(())
    }

    /// Takes rows out of a table before the next tick.
    pub fn take_out<R: Row>(
        &mut self,
        table: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<(), Error> {
        let rows = self.outside(table, rows)?;
        if self.program.parts.typed.rels[rows.rel.index()].event {
            return Err(Error::NotLoadable(table.to_owned()));
        }
        self.node.give(Gift { delete: vec![rows], ..Gift::default() });
        Ok(())
    }

    /// Rows that may come from outside.
    fn outside<R: Row>(
        &mut self,
        name: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Rows, Error> {
        let parts = &self.program.parts;
        let rel = find(&parts.typed, name)?;
        let declared = &parts.typed.rels[rel.index()];
        let open = match declared.given {
            Some(given) => given == Given::Stdin,
            None => {
                let is_static = declared.kind == RelKind::StaticTable;
                let open = declared.kind == RelKind::Channel || declared.is_loadable();
                open && !is_static
            }
        };
        if !open {
            return Err(Error::NotLoadable(name.to_owned()));
        }
        let interner = self.node.engine_mut().interner_mut();
        let (words, count) = exchange::put(&parts.plan, rel, rows, interner)?;
        Ok(Rows { rel, count, words })
    }

    /// Whether something waits for a tick: what was given and could not share
    /// one with others, and messages to itself.
    pub fn waits(&self) -> bool {
        self.node.ask().ready
    }

    /// The instant at which something comes by itself: a timer, or a `periodic`.
    pub fn due(&self) -> Option<i64> {
        self.node.ask().due
    }

    /// Ticks so far.
    pub fn ticks(&self) -> u64 {
        self.node.ticks()
    }

    /// A tick at an instant, in nanoseconds since 1970, with what was given and
    /// what is due, and the ticks that follow from it. Time does not go back:
    /// an instant before the last one is the next after that. The first tick of
    /// a program that reads `startup` takes in nothing else. If nothing waits
    /// and nothing is due there is none.
    pub fn tick_at(&mut self, now: i64) -> Result<Effects<'_>, Error> {
        let mut gathered = Gathered::default();
        let done = self.node.step(now, Vec::new(), &mut gathered);
        let (program, node) = (&self.program, &self.node);
        match done {
            Ok(()) => Ok(Effects { program, node, chains: gathered.chains, dead: gathered.dead }),
            Err(Stop::Io(error)) => Err(Error::Io(error)),
            Err(Stop::Failed(failed)) => {
                let parts = &program.parts;
                let found = failure::of_chain(&failed, &parts.typed, node.engine());
                let sources = parts.sources.clone();
                Err(Error::Failed(Diagnostics { sources, all: vec![found] }))
            }
        }
    }

    /// The rows of a collection in the last tick, in value order.
    pub fn rows<R: FromRow>(&mut self, collection: &str) -> Result<Vec<R>, Error> {
        let plan = &self.program.parts.plan;
        let rel = find(&self.program.parts.typed, collection)?;
        let engine = self.node.engine_mut();
        let (count, words) = (engine.len(rel), engine.rows(rel));
        exchange::read(plan, rel, (&words, count), engine.interner())
    }
}

/// What leaves waits here until the step is over.
#[derive(Default)]
struct Gathered {
    chains: Vec<Chain>,
    dead: Vec<Dead>,
}

impl Sink for Gathered {
    fn chain(&mut self, chain: &Chain, _: &mut Engine) -> Result<(), io::Error> {
        self.chains.push(chain.clone());
        Ok(())
    }

    fn dead(&mut self, dead: &Dead, _: &mut Engine) -> Result<(), io::Error> {
        self.dead.push(dead.clone());
        Ok(())
    }
}

/// What left the node.
pub struct Effects<'a> {
    program: &'a Program,
    node: &'a tick::Node,
    chains: Vec<Chain>,
    dead: Vec<Dead>,
}

/// Events that were given up.
#[derive(Debug)]
pub struct DeadLetter {
    /// Their collections, one for each of those given together.
    pub collections: Vec<String>,
    /// Why.
    pub why: Diagnostics,
}

impl Effects<'_> {
    fn ticks(&self) -> impl Iterator<Item = &tick::Tick> {
        self.chains.iter().flat_map(|chain| &chain.ticks)
    }

    fn read<'r, R: FromRow>(
        &self,
        collection: &str,
        all: impl Iterator<Item = &'r Rows>,
    ) -> Result<Vec<R>, Error> {
        let parts = &self.program.parts;
        let rel = find(&parts.typed, collection)?;
        let mut found = Vec::new();
        for rows in all.filter(|rows| rows.rel == rel) {
            let words = (rows.words.as_slice(), rows.count);
            found.extend(exchange::read(&parts.plan, rel, words, self.node.engine().interner())?);
        }
        Ok(found)
    }

    /// Rows of an output that shows events, tick by tick.
    pub fn shown<R: FromRow>(&self, output: &str) -> Result<Vec<R>, Error> {
        self.read(output, self.ticks().flat_map(|tick| &tick.shown))
    }

    /// Rows that came into an output that is a view.
    pub fn gained<R: FromRow>(&self, output: &str) -> Result<Vec<R>, Error> {
        let changed = self.ticks().flat_map(|tick| &tick.changed);
        self.read(output, changed.map(|change| &change.gained))
    }

    /// Rows that went from it.
    pub fn lost<R: FromRow>(&self, output: &str) -> Result<Vec<R>, Error> {
        let changed = self.ticks().flat_map(|tick| &tick.changed);
        self.read(output, changed.map(|change| &change.lost))
    }

    /// Messages to others. Those to the node itself come back by themselves.
    pub fn sent<R: FromRow>(&self, channel: &str) -> Result<Vec<R>, Error> {
        self.read(channel, self.ticks().flat_map(|tick| &tick.sent))
    }

    /// Lines of `stdout`.
    pub fn stdout(&self) -> Vec<&str> {
        self.ticks().flat_map(|tick| &tick.stdout).map(String::as_str).collect()
    }

    /// Lines of `stderr`.
    pub fn stderr(&self) -> Vec<&str> {
        self.ticks().flat_map(|tick| &tick.stderr).map(String::as_str).collect()
    }

    /// The code with which the program wants to end.
    pub fn halt(&self) -> Option<u8> {
        self.chains.iter().find_map(Chain::halt)
    }

    /// Events that were given up because their ticks failed.
    pub fn dead(&self) -> Vec<DeadLetter> {
        let parts = &self.program.parts;
        let letter = |dead: &Dead| {
            let name = |rows: &Rows| {
                let name = &parts.typed.rels[rows.rel.index()].name;
                std::iter::repeat_n(name.clone(), rows.count)
            };
            let found = failure::of_chain(&dead.failure, &parts.typed, self.node.engine());
            let why = Diagnostics { sources: parts.sources.clone(), all: vec![found] };
            DeadLetter { collections: dead.gift.insert.iter().flat_map(name).collect(), why }
        };
        self.dead.iter().map(letter).collect()
    }
}

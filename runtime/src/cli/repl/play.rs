//! The program as it is now, at work: a node in memory whose clock goes on only
//! when a tick does. What has been typed, and in which order, is not known here.

use std::io;
use std::rc::Rc;

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan;
use bloom_compiler::plan::ir;
use bloom_compiler::source::Span;
use bloom_compiler::types::typed;

use crate::cli::compile::Checked;
use crate::cli::repl::given;
use crate::cli::repl::given::Row;
use crate::embed::defaults;
use crate::embed::failure;
use crate::embed::sizes;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Rows;
use crate::tick::Chain;
use crate::tick::Dead;
use crate::tick::Gift;
use crate::tick::Node;
use crate::tick::OnError;
use crate::tick::Settings;
use crate::tick::Sink;
use crate::tick::Stop;
use crate::value::merge::Merge;

/// Batches of its own messages that a node takes before somebody types again.
const OWN_BATCHES_MAX: usize = 1_000;
/// Rows that are worth a plan that knows how many there are.
const REPLAN_ROWS: usize = 2_000;
/// What chance hangs on: it is the same in every session.
const SECRET: u64 = 0;

/// Rows from files, as they were loaded first.
pub struct Loaded {
    engine: Engine,
    tables: Vec<Table>,
}

struct Table {
    name: String,
    columns: Vec<ir::TypeId>,
    rows: Rows,
}

impl Table {
    fn words(&self, merge: &mut Merge<'_>, engine: &mut Engine) -> Vec<u64> {
        let columns = self.columns.iter().cycle();
        let moved = |(&word, &ty): (&u64, &ir::TypeId)| merge.word(ty, word, engine.interner_mut());
        self.rows.words.iter().zip(columns).map(moved).collect()
    }
}

impl Loaded {
    /// The rows that an engine has been loaded with.
    pub fn of(program: &typed::Program, mut engine: Engine) -> Loaded {
        let mut tables = Vec::new();
        for (i, rel) in program.rels.iter().enumerate() {
            let id = RelId(i as u32);
            let count = engine.len(id);
            if count == 0 || !rel.kind.is_loadable() {
                continue;
            }
            let columns = engine.plan().rels[i].declared.iter().map(|of| of.ty).collect();
            let words = engine.rows_as_they_lie(id);
            tables.push(Table {
                name: rel.name.clone(),
                columns,
                rows: Rows { rel: id, count, words },
            });
        }
        Loaded { engine, tables }
    }

    /// Whether a collection has rows from files.
    pub fn has(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table.name == name)
    }

    /// Puts the rows into another engine, and those of inputs into a gift.
    fn load(&self, program: &typed::Program, engine: &mut Engine, gift: &mut Gift) {
        let mut merge = Merge::new(&self.engine.plan().types, self.engine.interner());
        for table in &self.tables {
            let Some(rel) = position(program, &table.name) else { continue };
            let words = table.words(&mut merge, engine);
            let rows = Rows { rel, count: table.rows.count, words };
            match program.rels[rel.index()].kind {
                RelKind::Input => gift.insert.push(rows),
                _ => load(engine, &rows),
            }
        }
    }
}

fn load(engine: &mut Engine, rows: &Rows) {
    if rows.words.is_empty() && rows.count > 0 {
        engine.load_unit(rows.rel);
    } else {
        engine.load(rows.rel, &rows.words);
    }
}

/// The collection of this name.
pub fn position(program: &typed::Program, name: &str) -> Option<RelId> {
    program.rels.iter().position(|rel| rel.name == name).map(|at| RelId(at as u32))
}

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// Rows come from outside.
    Give(Vec<Row>),
    /// Ticks without input, each at an instant or right after the last.
    Tick(Vec<Option<i64>>),
    /// From here on, rows wait for a tick; or not any longer.
    Hold(bool),
}

/// What came of it.
#[derive(Default)]
pub struct Heard {
    /// In order.
    pub chains: Vec<Chain>,
    /// Whether messages to itself still wait.
    pub goes_on: bool,
    /// Rows that wait for a tick.
    pub held: usize,
}

impl Sink for Heard {
    fn chain(&mut self, chain: &Chain, _: &mut Engine) -> io::Result<()> {
        self.chains.push(chain.clone());
        Ok(())
    }

    fn dead(&mut self, _: &Dead, _: &mut Engine) -> io::Result<()> {
        Ok(())
    }
}

/// What a program begins with.
#[derive(Default)]
pub struct Begin<'a> {
    /// Rows from files.
    pub loaded: Option<&'a Loaded>,
    /// Rows that are there before the first tick.
    pub fixed: Vec<Row>,
    /// The number of the tick that is to be explained; the last one.
    pub explained: Option<u64>,
}

/// A program at work.
pub struct Play {
    pub checked: Rc<Checked>,
    node: Node,
    held: Vec<Row>,
    holding: bool,
    explained: Option<u64>,
}

impl Play {
    /// A program that has just started.
    pub fn start(
        checked: Rc<Checked>,
        limits: &Limits,
        begin: &Begin,
    ) -> Result<(Play, Heard), Box<Diagnostic>> {
        let program = &checked.typed;
        let first = plan::build(program, &checked.strata, &plan::Sizes::default());
        let mut engine = Engine::new(first);
        let mut gift = Gift::default();
        if let Some(loaded) = begin.loaded {
            loaded.load(program, &mut engine, &mut gift);
        }
        for row in &begin.fixed {
            if let Some(rows) = whole(program, row, &mut engine) {
                load(&mut engine, &rows);
            }
        }
        let rows: usize = (0..program.rels.len()).map(|i| engine.len(RelId(i as u32))).sum();
        if rows >= REPLAN_ROWS {
            let sizes = sizes::of(program, &engine);
            engine.replan(plan::build(program, &checked.strata, &sizes));
        }
        let settings = Settings {
            on_error: OnError::Halt,
            limits: limits.clone(),
            periods: defaults::periods(program, &engine)?,
            traced: true,
            explained: begin.explained,
            ..Settings::default()
        };
        let node = Node::new(program, engine, settings, SECRET);
        let explained = begin.explained;
        let mut play = Play { checked, node, held: Vec::new(), holding: false, explained };
        let mut heard = Heard::default();
        play.go(0, Vec::new(), &mut heard)?;
        if !gift.is_empty() {
            play.go(1, vec![gift], &mut heard)?;
        }
        Ok((play, heard))
    }

    /// The program.
    pub fn program(&self) -> &typed::Program {
        &self.checked.typed
    }

    /// The rows of the last tick.
    pub fn engine(&self) -> &Engine {
        self.node.engine()
    }

    /// Likewise, to read whole rows.
    pub fn engine_mut(&mut self) -> &mut Engine {
        self.node.engine_mut()
    }

    /// Ticks so far.
    pub fn ticks(&self) -> u64 {
        self.node.ticks()
    }

    /// The instant of the last tick.
    pub fn now(&self) -> i64 {
        self.node.last().unwrap_or_default()
    }

    /// Lets something happen. After an error the play is over.
    pub fn step(&mut self, step: &Step) -> Result<Heard, Box<Diagnostic>> {
        let mut heard = Heard::default();
        match step {
            Step::Give(rows) if self.holding => self.held.extend(rows.iter().cloned()),
            Step::Give(rows) => self.give(rows, &mut heard)?,
            Step::Tick(instants) => {
                for at in instants {
                    let at = at.unwrap_or_else(|| self.now().saturating_add(1));
                    if self.held.is_empty() {
                        self.tick(at, &mut heard)?;
                    } else {
                        let held = std::mem::take(&mut self.held);
                        self.give_at(at, &held, &mut heard)?;
                    }
                }
            }
            Step::Hold(hold) => {
                self.holding = *hold;
                let held = std::mem::take(&mut self.held);
                if *hold {
                    self.held = held;
                } else if !held.is_empty() {
                    self.give(&held, &mut heard)?;
                }
            }
        }
        heard.held = self.held.len();
        Ok(heard)
    }

    fn give(&mut self, rows: &[Row], heard: &mut Heard) -> Result<(), Box<Diagnostic>> {
        let at = self.now().saturating_add(1);
        self.give_at(at, rows, heard)
    }

    fn give_at(&mut self, at: i64, rows: &[Row], heard: &mut Heard) -> Result<(), Box<Diagnostic>> {
        let mut gift = Gift::default();
        let checked = Rc::clone(&self.checked);
        let program = &checked.typed;
        for row in rows {
            let Some(rel) = position(program, &row.rel) else { continue };
            // These were there before the first tick.
            if program.rels[rel.index()].kind == RelKind::StaticTable {
                continue;
            }
            let engine = self.node.engine_mut();
            if row.delete {
                let wanted = given::words(row, rel, engine);
                gift.delete.extend(wanted.map(|wanted| given::matching(rel, &wanted, engine)));
            } else {
                gift.insert.extend(whole(program, row, engine));
            }
        }
        self.go(at, vec![gift], heard)
    }

    fn tick(&mut self, at: i64, heard: &mut Heard) -> Result<(), Box<Diagnostic>> {
        self.node.tick(at, heard).map_err(|stop| self.failed(stop))?;
        self.settle(heard)
    }

    fn go(&mut self, at: i64, gifts: Vec<Gift>, heard: &mut Heard) -> Result<(), Box<Diagnostic>> {
        self.node.step(at, gifts, heard).map_err(|stop| self.failed(stop))?;
        self.settle(heard)
    }

    /// What waits inside is taken up before anybody types again.
    fn settle(&mut self, heard: &mut Heard) -> Result<(), Box<Diagnostic>> {
        for _ in 0..OWN_BATCHES_MAX {
            let explained = self.explained.is_some_and(|last| self.node.ticks() >= last);
            if explained || !self.node.ask().ready {
                return Ok(());
            }
            let next = self.now().saturating_add(1);
            self.node.step(next, Vec::new(), heard).map_err(|stop| self.failed(stop))?;
        }
        heard.goes_on = true;
        Ok(())
    }

    fn failed(&self, stop: Stop) -> Box<Diagnostic> {
        let program = self.program();
        Box::new(match stop {
            Stop::Failed(failed) => failure::of_chain(&failed, program, self.engine()),
            // Nothing is read or written here.
            Stop::Io(error) => {
                Diagnostic::error(codes::LIMIT_REACHED, Span::default(), error.to_string())
            }
        })
    }
}

/// The one row that was given.
fn whole(program: &typed::Program, row: &Row, engine: &mut Engine) -> Option<Rows> {
    let rel = position(program, &row.rel)?;
    let words: Option<Vec<u64>> = given::words(row, rel, engine)?.into_iter().collect();
    Some(Rows { rel, count: 1, words: words? })
}

/// Whether ticks cannot be told apart: nothing happens in one that does not
/// hold in the next, so all rows may as well come at once.
pub fn is_timeless(program: &typed::Program) -> bool {
    let timed = |rel: &typed::Rel| {
        let hidden = rel.kind.is_hidden() && rel.kind != RelKind::Violation;
        hidden || rel.event || rel.kind.is_incoming() || rel.given.is_some()
    };
    !program.rels.iter().any(timed)
}

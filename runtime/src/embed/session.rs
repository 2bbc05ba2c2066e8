//! One run of a program: rows in, the fixpoint, rows out. What is compiled is
//! shared with other sessions; nothing is printed.

use std::io::Read;

use bloom_compiler::diag::suggest::closest;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;

use crate::connect::files::Format;
use crate::connect::header::HeaderRule;
use crate::connect::load;
use crate::connect::load::Cutting;
use crate::connect::load::LoadError;
use crate::connect::load::Reading;
use crate::connect::load::Store;
use crate::connect::rejects;
use crate::connect::schema::Schema;
use crate::embed::defaults;
use crate::embed::error::Diagnostics;
use crate::embed::error::Error;
use crate::embed::exchange;
use crate::embed::failure;
use crate::embed::program::Program;
use crate::embed::row::FromRow;
use crate::embed::row::Row;
use crate::embed::sizes;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Stats;
use crate::value::interner::Interner;

/// Rows that are worth a plan that knows how many there are.
const REPLAN_ROWS: usize = 2_000;
/// Bad records that an error names.
const BAD_NAMED: usize = 20;

/// A run of a program.
pub struct Session {
    program: Program,
    engine: Engine,
    turn: Turn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Loading,
    Done,
    Failed,
}

impl Session {
    pub(super) fn new(program: Program) -> Session {
        let mut engine = Engine::new(program.parts.plan.clone());
        engine.bring(program.parts.natives.clone());
        Session { program, engine, turn: Turn::Loading }
    }

    fn relation(&self, name: &str) -> Result<RelId, Error> {
        let rels = &self.program.parts.typed.rels;
        let names = || rels.iter().map(|rel| rel.name.as_str());
        match names().position(|other| other == name) {
            Some(at) => Ok(RelId(at as u32)),
            None => {
                let near = closest(name, names()).map(str::to_owned);
                Err(Error::UnknownCollection(name.to_owned(), near))
            }
        }
    }

    fn loadable(&self, name: &str) -> Result<RelId, Error> {
        if self.turn != Turn::Loading {
            return Err(Error::OutOfTurn("rows are loaded before a session runs"));
        }
        let rel = self.relation(name)?;
        let declared = &self.program.parts.typed.rels[rel.index()];
        match declared.is_loadable() {
            true => Ok(rel),
            false => Err(Error::NotLoadable(name.to_owned())),
        }
    }

    /// Adds rows to a table or an input; gives how many were new. Where one does
    /// not fit, none is added.
    pub fn insert<R: Row>(
        &mut self,
        collection: &str,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<usize, Error> {
        let rel = self.loadable(collection)?;
        let interner = self.engine.interner_mut();
        let (words, count) = exchange::put(&self.program.parts.plan, rel, rows, interner)?;
        if words.is_empty() {
            return Ok((0..count).map(|_| self.engine.load_unit(rel).new).sum());
        }
        Ok(self.engine.load(rel, &words).new)
    }

    /// Adds the rows of a CSV text, with or without a header; gives how many it
    /// has. Bad records are an error.
    pub fn load_csv(
        &mut self,
        collection: &str,
        from: impl Read + Send + 'static,
    ) -> Result<u64, Error> {
        let rel = self.loadable(collection)?;
        let parts = self.program.parts.clone();
        let fillers = defaults::fillers(&parts.typed, &mut self.engine)
            .map_err(|found| self.failed(*found))?;
        let schema = Schema::new(&parts.plan, rel, &fillers[rel.index()]);
        let reading = Reading {
            format: Format::Csv,
            header: HeaderRule::Auto,
            keep: BAD_NAMED,
            bytes: None,
            cutting: Cutting::default(),
        };
        // What is bad shows only at the end, so rows wait until then.
        let mut rows = Rows { interner: self.engine.interner_mut(), words: Vec::new(), count: 0 };
        let types = &parts.plan.types;
        let from: Box<dyn Read + Send> = Box::new(from);
        let outcome = load::load(from, None, &schema, types, reading, &mut rows, &mut |_| {});
        let Rows { words, count, .. } = rows;
        let outcome = outcome.map_err(|error| match error {
            LoadError::Io(error) => Error::Io(error),
            LoadError::Header(why) => Error::Records(vec![why]),
            LoadError::Damaged(why, line, column) => {
                Error::Records(vec![format!("{line}:{column}: {why}")])
            }
            LoadError::Full => Error::Records(vec!["there are too many".into()]),
        })?;
        if outcome.bad_count > 0 {
            let named = outcome.bad.iter();
            let named =
                named.map(|bad| format!("line {}: {}", bad.line, rejects::message(bad, &schema)));
            return Err(Error::Records(named.collect()));
        }
        if schema.columns.is_empty() {
            for _ in 0..count {
                self.engine.load_unit(rel);
            }
        } else {
            self.engine.load(rel, &words);
        }
        Ok(outcome.rows)
    }

    fn failed(&self, found: bloom_compiler::diag::Diagnostic) -> Error {
        Error::Failed(Diagnostics { sources: self.program.parts.sources.clone(), all: vec![found] })
    }

    /// Derives all rows.
    pub fn run(&mut self) -> Result<(), Error> {
        self.run_within(&Limits::default())
    }

    /// Derives all rows, or fails where that takes more than the limits allow.
    pub fn run_within(&mut self, limits: &Limits) -> Result<(), Error> {
        if self.turn != Turn::Loading {
            return Err(Error::OutOfTurn("a session runs once; start another one"));
        }
        let Program { parts } = self.program.clone();
        let rows: usize =
            (0..parts.typed.rels.len()).map(|i| self.engine.len(RelId(i as u32))).sum();
        if rows >= REPLAN_ROWS {
            let sizes = sizes::of(&parts.typed, &self.engine);
            self.engine.replan(plan::build(&parts.typed, &parts.strata, &sizes));
        }
        let mut again = |engine: &Engine| {
            plan::build(&parts.typed, &parts.strata, &sizes::now(&parts.typed, engine))
        };
        match self.engine.run_planning(limits, Some(&mut again)) {
            Ok(()) => {
                self.turn = Turn::Done;
                Ok(())
            }
            Err(why) => {
                self.turn = Turn::Failed;
                Err(self.failed(failure::diagnostic(&why, &parts.typed, &self.engine)))
            }
        }
    }

    /// The rows of a collection after the run, in value order.
    pub fn rows<R: FromRow>(&mut self, collection: &str) -> Result<std::vec::IntoIter<R>, Error> {
        if self.turn != Turn::Done {
            return Err(Error::OutOfTurn("rows are read after a session ran"));
        }
        let rel = self.relation(collection)?;
        let count = self.engine.len(rel);
        let words = self.engine.rows(rel);
        let plan = &self.program.parts.plan;
        exchange::read(plan, rel, (&words, count), self.engine.interner()).map(Vec::into_iter)
    }

    /// What the run did and what is held.
    pub fn stats(&self) -> Stats {
        self.engine.stats()
    }
}

/// Rows that wait to be stored.
struct Rows<'a> {
    interner: &'a mut Interner,
    words: Vec<u64>,
    count: usize,
}

impl Store for Rows<'_> {
    fn interner(&mut self) -> &mut Interner {
        self.interner
    }

    fn store(&mut self, _rel: RelId, rows: &[u64], count: usize) -> usize {
        self.words.extend_from_slice(rows);
        self.count += count;
        0
    }
}

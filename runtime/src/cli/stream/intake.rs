//! Rows on their way from readers into relations: taken in as they come, bad
//! records told or left out. This room must not know what is computed.

use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use std::time::Instant;

use bloom_compiler::diag::codes;
use bloom_compiler::plan::ir::Type;

use crate::cli::exit::Exit;
use crate::cli::intake;
use crate::cli::intake::BAD_LISTED;
use crate::cli::intake::REJECTS_KEPT;
use crate::cli::intake::Rejects;
use crate::cli::options::RunOptions;
use crate::cli::stream::readers;
use crate::cli::stream::readers::Came;
use crate::cli::stream::readers::Task;
use crate::cli::talk::Talk;
use crate::connect::files::Source;
use crate::connect::load::LoadError;
use crate::connect::load::Outcome;
use crate::connect::piece::Bad;
use crate::connect::rejects;
use crate::connect::schema::Schema;
use crate::dataflow::flow::River;
use crate::embed::failure::size;

/// Pieces that are taken in before there is work again.
const PIECES_MAX: usize = 32;

/// The way in.
pub struct Intake<'a> {
    sources: Vec<Source>,
    /// What came of each so far.
    outcomes: Vec<Outcome>,
    schemas: &'a [Schema],
    types: &'a [Type],
    options: &'a RunOptions,
    talk: &'a Talk,
    heard: Receiver<Came>,
    /// Files that have not ended.
    open: usize,
    rejects: Option<Rejects>,
    bad_count: u64,
}

impl<'a> Intake<'a> {
    /// Begins to read.
    pub fn start(
        sources: Vec<Source>,
        schemas: &'a [Schema],
        types: &'a Arc<[Type]>,
        options: &'a RunOptions,
        talk: &'a Talk,
    ) -> Result<Intake<'a>, Exit> {
        let rejects = options.rejects.as_deref();
        let rejects = rejects.map(|path| Rejects::open(path, talk)).transpose()?;
        let task = |source: &Source| Task {
            source: source.clone(),
            reading: intake::reading(source, options),
            schema: schemas[source.rel.index()].clone(),
        };
        let heard = readers::start(sources.iter().map(task).collect(), types);
        let (open, bad_count) = (sources.len(), 0);
        let outcomes = sources.iter().map(|_| Outcome::default()).collect();
        Ok(Intake {
            sources,
            outcomes,
            schemas,
            types,
            options,
            talk,
            heard,
            open,
            rejects,
            bad_count,
        })
    }

    /// Whether a file may still have rows.
    pub fn is_open(&self) -> bool {
        self.open > 0
    }

    /// Takes in what is there, up to a bound; where there is nothing else to do
    /// it waits for something.
    pub fn take_in(&mut self, waits: bool, river: &mut River) -> Result<(), Exit> {
        let mut idle = Duration::ZERO;
        if waits && self.open > 0 {
            let since = Instant::now();
            let Ok(came) = self.heard.recv() else {
                self.talk.error("a reader came to an end before its file did");
                return Err(Exit::Bug);
            };
            idle = since.elapsed();
            self.take(came, river)?;
        }
        for _ in 0..PIECES_MAX {
            let Ok(came) = self.heard.try_recv() else { break };
            self.take(came, river)?;
        }
        river.fed(idle);
        Ok(())
    }

    fn take(&mut self, came: Came, river: &mut River) -> Result<(), Exit> {
        match came {
            Came::Rows(at, mut arrived) => {
                let (bad, count) = arrived.take_bad();
                self.bad(at, bad, count)?;
                let rel = self.sources[at].rel;
                let count = arrived.count();
                let rows = arrived.rows(self.types, river.interner_mut());
                if count > 0 {
                    self.outcomes[at].equal += river.give(rel, rows, count) as u64;
                    self.outcomes[at].rows += count as u64;
                }
                self.fits(at, river)
            }
            Came::End(at, notice) => {
                self.open -= 1;
                self.outcomes[at].notice = notice;
                Ok(())
            }
            Came::Closed(why) => Err(self.talk.refuse(why)),
            Came::Broken(at, error) => Err(self.unreadable(at, &error)),
        }
    }

    fn bad(&mut self, at: usize, bad: Vec<Bad>, count: u64) -> Result<(), Exit> {
        if count == 0 {
            return Ok(());
        }
        self.bad_count += count;
        let (source, talk) = (&self.sources[at], self.talk);
        if self.options.reject {
            let kept = &mut self.outcomes[at].bad;
            if self.rejects.is_some() {
                kept.extend(bad.into_iter().take(REJECTS_KEPT.saturating_sub(kept.len())));
            }
            return Ok(());
        }
        let name = source.name();
        for bad in bad.iter().take(BAD_LISTED) {
            let text = rejects::message(bad, &self.schemas[source.rel.index()]);
            talk.bad(&codes::BAD_RECORD.to_string(), (&name, bad.line, bad.column), &text);
        }
        talk.error(&format!(
            "the run ended in the middle, because of {}; --on-bad-row reject goes on without them",
            intake::records(count)
        ));
        Err(Exit::Program)
    }

    fn fits(&self, at: usize, river: &River) -> Result<(), Exit> {
        let Some(most) = self.options.limits.memory else { return Ok(()) };
        if river.bytes() as u64 <= most {
            return Ok(());
        }
        let (most, name) = (size(most as usize), self.sources[at].name());
        self.talk.limit(&format!("the run reached --max-memory: {most}, while loading {name}"));
        Err(Exit::Program)
    }

    fn unreadable(&self, at: usize, error: &LoadError) -> Exit {
        let (name, code) = (self.sources[at].name(), codes::BAD_RECORD.to_string());
        match error {
            LoadError::Io(error) => {
                return self.talk.refuse(format!("cannot read {name}: {error}"));
            }
            LoadError::Header(why) => self.talk.bad(&code, (&name, 1, 1), why),
            LoadError::Damaged(why, line, column) => {
                self.talk.bad(&code, (&name, *line, *column), why);
            }
            LoadError::Full => {}
        }
        self.talk.error(&format!("the run ended in the middle, because of {name}"));
        Exit::Program
    }

    /// Everything has come: tells what is worth knowing.
    pub fn finish(mut self) -> Result<(), Exit> {
        for (source, outcome) in self.sources.iter().zip(&self.outcomes) {
            let schema = &self.schemas[source.rel.index()];
            if let Some(notice) = &outcome.notice {
                self.talk.note(&format!("{}: {notice}", source.name()));
            }
            intake::tell_equal(source, schema, outcome.equal, self.talk);
            if let Some(rejects) = &mut self.rejects {
                rejects.write(&source.name(), schema, outcome, self.talk)?;
            }
        }
        match self.rejects {
            Some(rejects) => rejects.finish(self.bad_count, self.talk),
            None if self.bad_count == 0 => Ok(()),
            None => {
                self.talk.note(&format!("left out {}", intake::records(self.bad_count)));
                Ok(())
            }
        }
    }
}

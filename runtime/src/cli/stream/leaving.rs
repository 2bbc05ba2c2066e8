//! Rows on their way out while others come: those that are new, in value order
//! among themselves, and written at once, whichever worker found them. Which rows
//! may leave is not known here.

use std::io;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir::Type;

use crate::cli::exit::Exit;
use crate::cli::stats::Took;
use crate::cli::stats::Watch;
use crate::cli::talk::Talk;
use crate::cli::talk::closed;
use crate::connect::schema::Schema;
use crate::connect::sort;
use crate::connect::write::Form;
use crate::connect::write::RowWriter;
use crate::dataflow::flow::Fresh;
use crate::dataflow::flow::Outlet;

/// The last line where something went wrong.
const INCOMPLETE: &[u8] = b"incomplete\n";
/// Text that is written at a time.
const TEXT_BYTES: usize = 64 << 10;

/// The way out.
pub struct Leaving {
    types: Arc<[Type]>,
    schemas: Vec<Schema>,
    form: Form,
    watch: Watch,
    gone: Mutex<Gone>,
}

/// What has left.
#[derive(Clone, Default)]
#[allow(missing_docs)]
pub struct Tally {
    /// Rows, by relation.
    pub rows: Vec<u64>,
    /// What had passed when the first of them left.
    pub first: Option<Took>,
}

#[derive(Default)]
struct Gone {
    tally: Tally,
    /// Why nothing can be written any more.
    failed: Option<io::Error>,
}

impl Leaving {
    /// Nothing has left. `watch` began with the run.
    pub fn new(types: Arc<[Type]>, schemas: &[Schema], form: Form, watch: Watch) -> Leaving {
        let tally = Tally { rows: vec![0; schemas.len()], first: None };
        let gone = Mutex::new(Gone { tally, failed: None });
        Leaving { types, schemas: schemas.to_vec(), form, watch, gone }
    }

    /// Writes what stands before the rows of a relation.
    pub fn header(&self, rel: RelId) {
        let mut text = Vec::new();
        let schema = &self.schemas[rel.index()];
        RowWriter::new(&self.types, schema, self.form).header(&mut text);
        self.write(&mut self.gone(), &text);
    }

    /// What has left so far.
    pub fn tally(&self) -> Tally {
        self.gone().tally.clone()
    }

    /// Whether all could be written.
    pub fn fine(&self, talk: &Talk) -> Result<(), Exit> {
        match &self.gone().failed {
            Some(error) => Err(closed(talk, error)),
            None => Ok(()),
        }
    }

    /// Says that rows are missing.
    pub fn incomplete(&self) {
        self.write(&mut self.gone(), INCOMPLETE);
    }

    fn gone(&self) -> MutexGuard<'_, Gone> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, gone: &mut Gone, text: &[u8]) {
        if gone.failed.is_some() {
            return;
        }
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text).and_then(|()| out.flush());
        gone.failed = written.err();
    }
}

impl Outlet for Leaving {
    fn rows(&self, rel: RelId, fresh: Fresh<'_>) {
        let Fresh { engine, words, count } = fresh;
        let schema = &self.schemas[rel.index()];
        let cols: Vec<_> = schema.columns.iter().map(|column| column.ty).collect();
        let sorted = sort::sort(&self.types, &cols, words, count, engine.interner());
        let mut writer = RowWriter::new(&self.types, schema, self.form);
        let mut text = Vec::new();
        if cols.is_empty() {
            (0..count).for_each(|_| writer.row(&[], engine.interner(), &mut text));
        }
        sorted.rows(0, sorted.len(), cols.len(), |block| {
            for row in block.chunks_exact(cols.len().max(1)) {
                writer.row(row, engine.interner(), &mut text);
            }
            if text.len() >= TEXT_BYTES {
                self.write(&mut self.gone(), &text);
                text.clear();
            }
        });
        let mut gone = self.gone();
        self.write(&mut gone, &text);
        gone.tally.rows[rel.index()] += count as u64;
        if gone.tally.first.is_none() {
            gone.tally.first = Some(self.watch.passed());
        }
    }
}

//! Rows on their way out while others come: those that are new, in value order
//! among themselves, and written at once. Which rows may leave is not known
//! here.

use std::io::Write;
use std::time::Instant;

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

/// The last line where something went wrong.
const INCOMPLETE: &[u8] = b"incomplete\n";
/// Text that is written at a time.
const TEXT_BYTES: usize = 64 << 10;

/// The way out.
pub struct Leaving<'a> {
    types: &'a [Type],
    form: Form,
    talk: &'a Talk,
    watch: Watch,
    text: Vec<u8>,
    /// Rows that left, by relation.
    pub rows: Vec<u64>,
    /// What had passed when the first of them did.
    pub first: Option<Took>,
    /// When the last did.
    pub last: Instant,
}

impl<'a> Leaving<'a> {
    /// Nothing has left. `watch` began with the run.
    pub fn new(
        types: &'a [Type],
        form: Form,
        rels: usize,
        talk: &'a Talk,
        watch: Watch,
    ) -> Leaving<'a> {
        let (rows, first, last) = (vec![0; rels], None, Instant::now());
        Leaving { types, form, talk, watch, text: Vec::new(), rows, first, last }
    }

    /// Writes what stands before the rows of a relation.
    pub fn header(&mut self, schema: &Schema) -> Result<(), Exit> {
        RowWriter::new(self.types, schema, self.form).header(&mut self.text);
        self.flush()
    }

    /// Writes rows.
    pub fn rows(&mut self, schema: &Schema, fresh: Fresh<'_>) -> Result<(), Exit> {
        let Fresh { engine, words, count } = fresh;
        let cols: Vec<_> = schema.columns.iter().map(|column| column.ty).collect();
        let sorted = sort::sort(self.types, &cols, words, count, engine.interner());
        let mut writer = RowWriter::new(self.types, schema, self.form);
        if cols.is_empty() {
            (0..count).for_each(|_| writer.row(&[], engine.interner(), &mut self.text));
        }
        let mut written = Ok(());
        sorted.rows(0, sorted.len(), cols.len(), |block| {
            for row in block.chunks_exact(cols.len().max(1)) {
                writer.row(row, engine.interner(), &mut self.text);
            }
            if self.text.len() >= TEXT_BYTES && written.is_ok() {
                written = std::io::stdout().write_all(&self.text);
                self.text.clear();
            }
        });
        self.rows[schema.rel.index()] += count as u64;
        written.map_err(|error| closed(self.talk, &error))?;
        self.flush()?;
        self.last = Instant::now();
        if self.first.is_none() {
            self.first = Some(self.watch.passed());
        }
        Ok(())
    }

    /// Says that rows are missing.
    pub fn incomplete(&mut self) {
        self.text.extend_from_slice(INCOMPLETE);
        // Whoever is gone need not know, and all others hear of it by the code.
        let _ = self.flush();
    }

    fn flush(&mut self) -> Result<(), Exit> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&self.text).and_then(|()| out.flush());
        self.text.clear();
        written.map_err(|error| closed(self.talk, &error))
    }
}

//! Rows that a test states, and what its rules find in the rows of a tick. Both
//! are computed by a small program of the test's own rules, run over copies of
//! the rows, so that a test never changes what it looks at, and the program
//! under test is the one that runs otherwise.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::Declared;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;

use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::testing::node;
use crate::testing::node::Node;
use crate::testing::node::Row;
use crate::value::interner::Interner;
use crate::value::merge::Merge;
use crate::why;

/// What rules of a test found.
pub struct Findings {
    engine: Engine,
}

/// Runs the rules of these collections of a test over the rows of the last
/// tick, as of an instant. `program` is the one that has the tests.
pub fn find(
    program: &typed::Program,
    node: &mut Node,
    wanted: &[RelId],
    now: i64,
    limits: &Limits,
) -> Result<Findings, Box<Diagnostic>> {
    let small = driver::expected(program, wanted);
    let mut engine = node::engine(&small.program, &small.strata);
    for rel in &small.reads {
        let declared = &small.program.rels[rel.index()];
        let (count, rows) = match declared.given.and_then(|given| node.always(given, now)) {
            Some(row) => (1, row),
            None if rel.index() < program.rels.len() => node.rows(*rel),
            // The program never says anything of it.
            None => continue,
        };
        let columns = Columns::of(&engine, *rel);
        let rows = columns.moved(node.engine().interner(), &rows, engine.interner_mut());
        match declared.cols.len() {
            0 if count > 0 => node::load(&mut engine, *rel, &[]),
            0 => {}
            _ => drop(engine.load(*rel, &rows)),
        }
    }
    match engine.run(limits) {
        Ok(()) => Ok(Findings { engine }),
        Err(failed) => Err(Box::new(failure::diagnostic(&failed, &small.program, &engine))),
    }
}

impl Findings {
    /// Number of rows.
    pub fn len(&self, rel: RelId) -> usize {
        self.engine.len(rel)
    }

    /// The rows as words of another engine, in no order.
    pub fn words(&mut self, rel: RelId, to: &mut Engine) -> Row {
        let rows = self.engine.rows_as_they_lie(rel);
        let columns = Columns::of(&self.engine, rel);
        columns.moved(self.engine.interner(), &rows, to.interner_mut())
    }

    /// The rows as values, in no order.
    pub fn values(&mut self, rel: RelId) -> Vec<Vec<Value>> {
        let rows = (self.engine.len(rel), self.engine.rows_as_they_lie(rel));
        values(&self.engine, rel, rows)
    }
}

/// Rows of an engine as values.
pub fn values(engine: &Engine, rel: RelId, (count, words): (usize, Row)) -> Vec<Vec<Value>> {
    let plan = engine.plan();
    let declared = &plan.rels[rel.index()].declared;
    if declared.is_empty() {
        return vec![Vec::new(); count];
    }
    let value = |(word, column): (&u64, &Declared)| {
        why::value(&plan.types, column.ty, *word, engine.interner())
    };
    let row = |row: &[u64]| row.iter().zip(declared).map(value).collect();
    words.chunks_exact(declared.len()).map(row).collect()
}

/// How the rows of a collection are to be read.
struct Columns {
    types: Vec<Type>,
    columns: Vec<TypeId>,
}

impl Columns {
    fn of(engine: &Engine, rel: RelId) -> Columns {
        let plan = engine.plan();
        let columns = plan.rels[rel.index()].declared.iter().map(|column| column.ty).collect();
        Columns { types: plan.types.clone(), columns }
    }

    /// Words of one interner as those of another.
    fn moved(&self, from: &Interner, rows: &[u64], to: &mut Interner) -> Row {
        let mut merge = Merge::new(&self.types, from);
        let columns = self.columns.iter().cycle();
        rows.iter().zip(columns).map(|(word, ty)| merge.word(*ty, *word, to)).collect()
    }
}

//! Rows from outside as they were typed. They are kept as texts of values: the
//! program may change under them, and with it how values are held.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::TestFact;
use bloom_compiler::names::hir::TestStepKind;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

use crate::embed::failure;
use crate::kernel::Engine;
use crate::kernel::Limits;
use crate::kernel::Rows;
use crate::value::literal::Reader;
use crate::value::text;

/// A row that is given, or taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// The collection.
    pub rel: String,
    /// Whether it is taken out: every row that has these values.
    pub delete: bool,
    /// By column; none: any value.
    pub values: Vec<Option<String>>,
}

impl Row {
    /// As it could be typed.
    pub fn show(&self) -> String {
        let values: Vec<&str> =
            self.values.iter().map(|value| value.as_deref().unwrap_or("_")).collect();
        let sign = if self.delete { "-" } else { "" };
        format!("{sign}{}({});", self.rel, values.join(", "))
    }

    /// Whether it takes out a row with these values.
    pub fn fits(&self, other: &Row) -> bool {
        self.rel == other.rel
            && self.values.iter().zip(&other.values).all(|(a, b)| a.is_none() || a == b)
    }
}

/// The rows that were typed, as they are read with a program. What cannot be
/// computed is told.
pub fn rows(program: &typed::Program) -> Result<Vec<Row>, Box<Diagnostic>> {
    let Some(test) = program.tests.list.last() else { return Ok(Vec::new()) };
    let facts: Vec<&TestFact> = test
        .steps
        .iter()
        .flat_map(|step| match &step.kind {
            TestStepKind::Tick(tick) => tick.facts.iter().collect(),
            _ => Vec::new(),
        })
        .collect();
    let wanted: Vec<RelId> = facts.iter().map(|fact| fact.row).collect();
    let small = driver::expected(program, &wanted);
    let sizes = plan::Sizes::default();
    let mut engine = Engine::new(plan::build(&small.program, &small.strata, &sizes));
    if let Err(failed) = engine.run(&Limits::default()) {
        return Err(Box::new(failure::diagnostic(&failed, &small.program, &engine)));
    }
    let mut rows = Vec::new();
    for fact in facts {
        let rel = &program.rels[fact.rel.index()];
        let words = engine.rows(fact.row);
        // An expression without a value gives no row.
        if words.len() != fact.cols.len() || engine.len(fact.row) == 0 {
            continue;
        }
        let mut values = vec![None; rel.cols.len()];
        let declared = &engine.plan().rels[fact.row.index()].declared;
        for ((&col, &word), of) in fact.cols.iter().zip(&words).zip(declared) {
            values[col] = Some(literal(&engine, of.ty, word));
        }
        rows.push(Row { rel: rel.name.clone(), delete: fact.delete, values });
    }
    Ok(rows)
}

/// A value as it could be typed.
pub fn literal(engine: &Engine, ty: plan::ir::TypeId, word: u64) -> String {
    let mut out = Vec::new();
    text::literal(&engine.plan().types, ty, word, engine.interner(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The words of a row; none for values that may be any. `None` where the
/// collection has other columns by now.
pub fn words(row: &Row, rel: RelId, engine: &mut Engine) -> Option<Vec<Option<u64>>> {
    let declared = engine.plan().rels[rel.index()].declared.clone();
    let types = engine.plan().types.clone();
    if declared.len() != row.values.len() {
        return None;
    }
    let mut words = Vec::with_capacity(declared.len());
    for (value, of) in row.values.iter().zip(&declared) {
        words.push(match value {
            None => None,
            Some(text) => {
                Some(Reader::whole(&types, of.ty, text.as_bytes(), engine.interner_mut()).ok()?)
            }
        });
    }
    Some(words)
}

/// The rows of a collection that have these values.
pub fn matching(rel: RelId, wanted: &[Option<u64>], engine: &mut Engine) -> Rows {
    let count = engine.len(rel);
    if wanted.is_empty() {
        return Rows { rel, count, words: Vec::new() };
    }
    let words = engine.rows(rel);
    let fits = |row: &&[u64]| wanted.iter().zip(*row).all(|(a, b)| a.is_none_or(|a| a == *b));
    let found: Vec<u64> =
        words.chunks_exact(wanted.len()).filter(fits).flatten().copied().collect();
    Rows { rel, count: found.len() / wanted.len(), words: found }
}

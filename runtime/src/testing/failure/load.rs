//! Values of a history as words of an engine that is to have them.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::Engine;
use crate::sim;

/// Loads a row of values.
pub fn load(engine: &mut Engine, rel: RelId, row: &[Value]) {
    if row.is_empty() {
        engine.load_unit(rel);
    } else {
        let words = words(engine, rel, row);
        engine.load(rel, &words);
    }
}

/// The words of a row of values.
pub fn words(engine: &mut Engine, rel: RelId, row: &[Value]) -> Vec<u64> {
    let Some(of) = engine.plan().rels.get(rel.index()) else { return Vec::new() };
    let cols: Vec<TypeId> = of.declared.iter().map(|column| column.ty).collect();
    let types = engine.plan().types.clone();
    sim::words(&types, &cols, row, engine.interner_mut())
}

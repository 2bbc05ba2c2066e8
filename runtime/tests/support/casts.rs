//! Casts for worlds, made of small programs. What worlds do is not known here.

// Each binary uses a part of it.
#![allow(dead_code)]

use std::sync::Arc;

use bloom::sim::Cast;
use bloom::sim::Gift;
use bloom::sim::Member;
use bloom::sim::Prepared;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::Value;
use bloom_compiler::plan::maintain;
use bloom_compiler::types::typed;

/// So many nodes of each role; a program without roles has the role `node`.
/// Periodics have their times by name, in nanoseconds.
pub fn cast(text: &str, groups: &[(&str, usize)], periods: &[(&str, i64)]) -> Cast {
    let compiled = driver::check("world.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let mut nodes = Vec::new();
    for (role, count) in groups {
        let own = compiled.roles.iter().find(|own| own.name == *role);
        let program = own.map(|own| &own.typed).or(compiled.typed.as_ref());
        let program = Arc::new(program.expect("the role is there").clone());
        let plan = Arc::new(maintain::plan(&program, vec![None; program.rels.len()]));
        let of = |(name, every): &(&str, i64)| find(&program, name).map(|rel| (rel, *every));
        for index in 0..*count {
            nodes.push(Member {
                name: format!("{role}[{index}]"),
                role: (*role).to_owned(),
                program: program.clone(),
                plan: plan.clone(),
                tables: Vec::new(),
                periods: periods.iter().filter_map(of).collect(),
                show: Vec::new(),
            });
        }
    }
    Cast::new(nodes)
}

fn find(program: &typed::Program, name: &str) -> Option<RelId> {
    let at = program.rels.iter().position(|rel| rel.name == name)?;
    Some(RelId(at as u32))
}

/// A collection of a node's program.
pub fn rel(cast: &Cast, node: usize, name: &str) -> RelId {
    find(&cast.nodes[node].program, name).expect("the collection is there")
}

/// One row for a node at a time.
pub fn gift(cast: &Cast, node: usize, at: i64, name: &str, row: Vec<Value>) -> Gift {
    Gift { node, at, rows: vec![(rel(cast, node, name), row)] }
}

/// The rows of a collection of a node that is up, as words.
pub fn rows(
    cast: &Prepared,
    world: &mut bloom::sim::World,
    node: usize,
    name: &str,
) -> Vec<Vec<u64>> {
    let rel = rel(cast.cast(), node, name);
    let engine = world.node(node).expect("the node is up").engine_mut();
    let arity = engine.plan().rels[rel.index()].declared.len().max(1);
    engine.rows(rel).chunks_exact(arity).map(<[u64]>::to_vec).collect()
}

//! What is known about the relations: their rows, and how many values their
//! columns have, by a sketch of all rows or, of very large ones, from a sample.
//! Joins are ordered by it; nothing that is shown depends on it.

use std::collections::BTreeSet;

use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
#[cfg(feature = "cli")]
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

#[cfg(feature = "cli")]
use crate::dataflow::stock::Stock;
use crate::kernel::Engine;

/// Rows looked at of a relation larger than is worth a look at each.
const SAMPLE: usize = 1_000;
/// Rows up to which all are looked at: a few milliseconds.
const SKETCHED: usize = 2_000_000;

/// Rows and distinct values of what was loaded; of what rules fill nothing is
/// known yet.
pub fn of(program: &typed::Program, engine: &Engine) -> plan::Sizes {
    let written = |rel| program.rules.iter().any(|rule| rule.head == rel && !rule.is_fact);
    sizes(program, engine, |rel, _| !written(rel))
}

/// Likewise of rows that were read and are nobody's yet; of each relation it is
/// known how rows are declared. Only the tool shares rows out.
#[cfg(feature = "cli")]
pub fn of_stock(program: &typed::Program, stock: &Stock, plan: &ir::Program) -> plan::Sizes {
    let written = |rel| program.rules.iter().any(|rule| rule.head == rel && !rule.is_fact);
    let joined = joined(program);
    let mut sizes = plan::Sizes::default();
    for rel in (0..program.rels.len()).map(|i| RelId(i as u32)) {
        let (rows, known) = (stock.len(rel), !written(rel));
        let wanted = known && joined.contains(&rel) && rows > 0;
        let distinct = || stock.distinct(rel, &plan.rels[rel.index()]);
        sizes.rows.push(known.then_some(rows as u64));
        sizes.distinct.push(if wanted { distinct() } else { Vec::new() });
    }
    sizes
}

/// In the middle of a run: what rules have filled is known too.
pub fn now(program: &typed::Program, engine: &Engine) -> plan::Sizes {
    let written = |rel| program.rules.iter().any(|rule| rule.head == rel && !rule.is_fact);
    sizes(program, engine, |rel, rows| rows > 0 || !written(rel))
}

fn sizes(
    program: &typed::Program,
    engine: &Engine,
    known: impl Fn(RelId, usize) -> bool,
) -> plan::Sizes {
    let joined = joined(program);
    let mut sizes = plan::Sizes::default();
    for rel in (0..program.rels.len()).map(|i| RelId(i as u32)) {
        let rows = engine.len(rel);
        let known = known(rel, rows);
        sizes.rows.push(known.then_some(rows as u64));
        let joined = joined.contains(&rel);
        let wanted = known && joined && rows > 0;
        sizes.distinct.push(if wanted { distinct(rel, engine) } else { Vec::new() });
    }
    sizes
}

/// The collections that rules join with others: only those have an order.
fn joined(program: &typed::Program) -> BTreeSet<RelId> {
    let mut all = BTreeSet::new();
    for rule in &program.rules {
        let mut atoms = Vec::new();
        atoms_of(&rule.body.lits, &mut atoms);
        if atoms.len() > 1 {
            all.extend(atoms);
        }
    }
    all
}

fn atoms_of(lits: &[typed::Lit], out: &mut Vec<RelId>) {
    for lit in lits {
        match &lit.kind {
            typed::LitKind::Atom(atom) => out.push(atom.rel),
            typed::LitKind::Or(sides) => sides.iter().for_each(|side| atoms_of(side, out)),
            typed::LitKind::Not(inner) => atoms_of(inner, out),
            typed::LitKind::Else { atom, otherwise, .. } => {
                out.push(atom.rel);
                atoms_of(otherwise, out);
            }
            typed::LitKind::All { lits, .. } => atoms_of(lits, out),
            typed::LitKind::Cond(_) | typed::LitKind::Bind(..) | typed::LitKind::In(..) => {}
        }
    }
}

/// Estimates column by column.
fn distinct(rel: RelId, engine: &Engine) -> Vec<u64> {
    if engine.len(rel) <= SKETCHED {
        return engine.distinct(rel);
    }
    let sample = engine.sample(rel, SAMPLE);
    let arity = engine.plan().rels[rel.index()].declared.len();
    let column = |i: usize| {
        let mut words: Vec<u64> = sample.iter().map(|row| row[i]).collect();
        words.sort_unstable();
        let groups: Vec<usize> = words.chunk_by(|a, b| a == b).map(<[u64]>::len).collect();
        let single = groups.iter().filter(|n| **n == 1).count();
        estimate(words.len(), groups.len(), single, engine.len(rel))
    };
    (0..arity).map(column).collect()
}

/// Distinct values among `rows`, of which a sample of `n` had `found`, `single`
/// of them once. The more values were met once, the more were not met at all:
/// the first-order jackknife of Haas and Stokes.
fn estimate(n: usize, found: usize, single: usize, rows: usize) -> u64 {
    let (n, rows) = (n.max(1) as f64, rows.max(1) as f64);
    let unseen = (1.0 - n / rows).max(0.0) * single as f64 / n;
    (found as f64 / (1.0 - unseen).max(1.0 / rows)).clamp(found as f64, rows).round() as u64
}

#[cfg(test)]
mod tests {
    use super::estimate;

    #[test]
    fn small_relations_are_counted() {
        assert_eq!(estimate(10, 7, 5, 10), 7);
        assert_eq!(estimate(0, 0, 0, 0), 0);
    }

    #[test]
    fn samples_tell_few_values_from_many() {
        // All alike, all different, and ten rows for each value.
        assert_eq!(estimate(1_000, 1, 0, 1_000_000), 1);
        assert_eq!(estimate(1_000, 1_000, 1_000, 1_000_000), 1_000_000);
        let tenth = estimate(1_000, 995, 991, 1_000_000);
        assert!((50_000..200_000).contains(&tenth), "{tenth}");
    }
}

//! Which relations must know what rows they have: those that rules write, and
//! those that steps look up by key. Of the others only indexes are read, and
//! what they would need to find a row by itself is memory for nothing. This
//! room must not know how rows are found.

use bloom_compiler::plan::ir;

use crate::kernel::link::Node;
use crate::kernel::link::Stratum;

/// For each relation of a plan, whether it is asked for rows.
pub(super) fn asked(plan: &ir::Program, strata: &[Stratum]) -> Vec<bool> {
    // Cells and what they own are found by the keys of their rows.
    let shaped = |rel: &ir::Rel| rel.owner.is_some() || rel.keys + rel.values < rel.cols.len();
    let mut asked: Vec<bool> = plan.rels.iter().map(shaped).collect();
    for rule in strata.iter().flat_map(|stratum| &stratum.rules) {
        asked[rule.head] = true;
        note(&rule.finish, &mut asked);
        let audits = rule.audits.iter().map(|(audit, _)| audit);
        rule.variants.iter().chain(audits).for_each(|variant| note(&variant.nodes, &mut asked));
    }
    asked
}

fn note(nodes: &[Node], asked: &mut [bool]) {
    for node in nodes {
        match node {
            Node::Find { rel, .. } | Node::AntiFind { rel, .. } => asked[*rel] = true,
            Node::Absent(inner) => note(inner, asked),
            _ => {}
        }
    }
}

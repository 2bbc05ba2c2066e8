//! Windows in groups. Where a body reads only some columns of its delta and
//! the others go straight into the head, the rest of the body is the same for
//! all rows that agree in those columns: it is searched once for each group,
//! and the rows of the group are met at the end.

use std::collections::BTreeSet;

use bloom_compiler::plan::ir::Bind;
use bloom_compiler::plan::ir::Check;
use bloom_compiler::plan::ir::ROW_ID;
use bloom_compiler::plan::ir::Reg;
use bloom_compiler::plan::ir::Window;

use crate::kernel::link::Node;
use crate::kernel::link::Probe;
use crate::kernel::link::Source;
use crate::kernel::relation::Relation;

/// Searches behind the delta from which grouping pays.
const SEARCHES_MIN: usize = 2;

/// Turns `scan new …, searches, emit` into `groups of new …, searches, the
/// group's rows, emit` where that saves searches.
pub fn group(nodes: Vec<Node>) -> Vec<Node> {
    match plan(&nodes) {
        Some((at, key, rest)) => rewrite(nodes, at, key, rest),
        None => nodes,
    }
}

/// Where the scan is, and its binds: those that searches read, and the others.
fn plan(nodes: &[Node]) -> Option<(usize, Vec<Bind>, Vec<Bind>)> {
    let at = nodes.iter().position(|n| !matches!(n, Node::Eval(_)))?;
    let Node::Scan { window: Window::New, checks, binds, .. } = &nodes[at] else { return None };
    let (Node::Emit(emit), between) = (nodes.last()?, &nodes[at + 1..nodes.len() - 1]) else {
        return None;
    };
    if !checks.is_empty() || !emit.cells.is_empty() || binds.iter().any(|b| b.col == ROW_ID) {
        return None;
    }
    let mut reads = BTreeSet::new();
    for node in between {
        reads.extend(read(node)?);
    }
    let searches = |n: &&Node| !matches!(n, Node::Equal { .. });
    if between.iter().filter(searches).count() < SEARCHES_MIN {
        return None;
    }
    let (key, rest): (Vec<Bind>, Vec<Bind>) = binds.iter().partition(|b| reads.contains(&b.reg));
    (!key.is_empty() && !rest.is_empty()).then_some((at, key, rest))
}

/// The registers that a search reads; `None`: not a plain search.
fn read(node: &Node) -> Option<Vec<Reg>> {
    let checked = |checks: &[Check]| {
        checks
            .iter()
            .filter_map(|c| if let Check::Reg(_, r) = c { Some(*r) } else { None })
            .collect()
    };
    let mut regs: Vec<Reg> = match node {
        Node::Probe(Probe { checks, .. })
        | Node::Find { checks, .. }
        | Node::Scan { checks, .. } => checked(checks),
        Node::AntiFind { .. }
        | Node::AntiProbe { .. }
        | Node::Semi { .. }
        | Node::Equal { .. }
        | Node::Any { .. }
        | Node::AntiAny { .. } => Vec::new(),
        Node::Meet(_) => Vec::new(),
        _ => return None,
    };
    match node {
        Node::Probe(Probe { key, .. })
        | Node::Find { key, .. }
        | Node::AntiFind { key, .. }
        | Node::AntiProbe { key, .. }
        | Node::Semi { key, .. } => regs.extend(key),
        Node::Equal { a, b } => regs.extend([*a, *b]),
        Node::Meet(meet) => regs.extend(meet.under.iter().flat_map(|under| &under.key)),
        _ => {}
    }
    Some(regs)
}

fn rewrite(mut nodes: Vec<Node>, at: usize, key: Vec<Bind>, rest: Vec<Bind>) -> Vec<Node> {
    let Node::Scan { rel, .. } = nodes[at] else { return nodes };
    nodes[at] = Node::ScanGroups { rel, key };
    let fused = match nodes.last() {
        Some(Node::Emit(emit)) if matches!(emit.row.len(), 1 | 2) => Some(
            emit.row
                .iter()
                .map(|reg| match rest.iter().position(|b| b.reg == *reg) {
                    Some(place) => Source::Posting(place),
                    None => Source::Reg(*reg),
                })
                .collect(),
        ),
        _ => None,
    };
    let end = nodes.len() - 1;
    // The last search no longer stands before the head: the group's rows do.
    if let Node::Probe(probe) = &mut nodes[end - 1] {
        probe.fused = None;
    }
    nodes.insert(end, Node::GroupRows { rel, binds: rest, fused });
    nodes
}

/// Rows `from..to`, ordered so that equal keys stand together.
pub fn grouped(relation: &Relation, from: usize, to: usize, key: &[Bind]) -> Vec<u32> {
    let col = |i: usize| key[i].col as usize;
    if key.len() == 1 && relation.rows().is_narrow() && col(0) < relation.rows().arity() {
        let mut pairs: Vec<u64> =
            (from..to).map(|row| relation.get(row, col(0)) << 32 | row as u64).collect();
        pairs.sort_unstable();
        return pairs.into_iter().map(|pair| pair as u32).collect();
    }
    let mut rows: Vec<u32> = (from..to).map(|row| row as u32).collect();
    let words = |row: u32, i: usize| relation.get(row as usize, col(i));
    rows.sort_unstable_by(|&a, &b| {
        (0..key.len()).map(|i| words(a, i)).cmp((0..key.len()).map(|i| words(b, i)))
    });
    rows
}

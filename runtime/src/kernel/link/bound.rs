//! Which variables have values before each step, for messages about failures.

use std::collections::BTreeSet;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::Reg;

use crate::kernel::link::Node;

/// For each node, which variables have values before it.
pub(super) fn bound(
    vars: &[(String, ir::TypeId, Reg)],
    nodes: &[Node],
    mut written: BTreeSet<Reg>,
) -> Vec<Vec<usize>> {
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        all.push((0..vars.len()).filter(|&i| written.contains(&vars[i].2)).collect());
        match node {
            Node::Scan { binds, .. }
            | Node::Find { binds, .. }
            | Node::Fetch { binds, .. }
            | Node::ScanGroups { key: binds, .. }
            | Node::GroupRows { binds, .. } => {
                written.extend(binds.iter().map(|b| b.reg));
            }
            Node::Probe(probe) => written.extend(probe.binds.iter().map(|b| b.reg)),
            Node::Meet(meet) => {
                written.insert(meet.to);
            }
            Node::Eval(code) | Node::Test(code, _) => {
                written.extend(code.ops.iter().filter_map(target));
            }
            Node::Each { element, .. } | Node::EachInt { element, .. } => {
                written.insert(*element);
            }
            Node::EachEntry { key, value, .. } => written.extend([*key, *value]),
            Node::Collect { to, .. } => {
                written.insert(*to);
            }
            Node::AntiFind { .. }
            | Node::AntiProbe { .. }
            | Node::AntiAny { .. }
            | Node::Any { .. }
            | Node::Semi { .. }
            | Node::Equal { .. }
            | Node::Emit(_)
            | Node::Accumulate
            | Node::Absent(_) => {}
        }
    }
    all
}

fn target(op: &ir::Op) -> Option<Reg> {
    use ir::Op;
    match op {
        Op::Const { d, .. }
        | Op::Move { d, .. }
        | Op::Int { d, .. }
        | Op::NegInt { d, .. }
        | Op::Float { d, .. }
        | Op::NegFloat { d, .. }
        | Op::Same { d, .. }
        | Op::CompareInt { d, .. }
        | Op::Compare { d, .. }
        | Op::Not { d, .. }
        | Op::Join { d, .. }
        | Op::Leq { d, .. }
        | Op::Words { d, .. }
        | Op::Set { d, .. }
        | Op::Map { d, .. }
        | Op::Enum { d, .. }
        | Op::Some { d, .. }
        | Op::None { d }
        | Op::Field { d, .. }
        | Op::IsVariant { d, .. }
        | Op::Payload { d, .. }
        | Op::IsSome { d, .. }
        | Op::Inner { d, .. }
        | Op::InList { d, .. }
        | Op::InSet { d, .. }
        | Op::InMap { d, .. }
        | Op::IndexList { d, .. }
        | Op::IndexMap { d, .. }
        | Op::Owns { d, .. }
        | Op::Range { d, .. }
        | Op::Text { d, .. }
        | Op::Call { d, .. }
        | Op::Builtin { d, .. }
        | Op::Native { d, .. } => Some(*d),
        Op::Jump { .. } | Op::JumpIf { .. } | Op::JumpIfNot { .. } | Op::NoRow | Op::Fail(_) => {
            None
        }
    }
}

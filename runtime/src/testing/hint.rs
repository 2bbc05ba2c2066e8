//! What is often meant where a test fails: a row that comes with the next tick,
//! or goes with it, and a message that is sent where one is looked for that
//! arrives. It looks at rows that a tick put aside and decides nothing.

use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::typed;
use bloom_compiler::types::typed::Role;

use crate::testing::node::Node;
use crate::testing::rows;

/// What to do about a row that is not there. `wanted` has the columns that are
/// asked for.
pub fn missing(node: &mut Node, rel: RelId, wanted: &[Option<Value>]) -> Option<String> {
    let kind = node.program.rels.get(rel.index())?.kind;
    let fits = |row: &Vec<Value>| {
        row.iter().zip(wanted).all(|(value, wanted)| wanted.as_ref().is_none_or(|w| w == value))
    };
    if let RelKind::Stage(Stage::Send, channel) = kind {
        let arrives = there(node, channel).iter().any(fits);
        return arrives.then(|| "it arrives in this tick: leave out `sent`".to_owned());
    }
    for (how, sign) in [(Stage::Next, "<+"), (Stage::Replace, "<+-")] {
        let stage = stage(node.program, how, rel);
        if stage.is_some_and(|stage| there(node, stage).iter().any(fits)) {
            return Some(format!(
                "it is there in the next tick, where a rule with `{sign}` puts it: write `tick;` \
                 before this line"
            ));
        }
    }
    let stage = stage(node.program, Stage::Send, rel)?;
    let is_sent = there(node, stage).iter().any(fits);
    let what = match kind {
        RelKind::Timer => "it waits, and comes back when its time has come",
        _ => "it is sent in this tick, and not received",
    };
    is_sent.then(|| format!("{what}: write `expect sent …`"))
}

/// What to do about a row that is there.
pub fn extra(node: &mut Node, rel: RelId, row: &[Value]) -> Option<String> {
    let stage = stage(node.program, Stage::Delete, rel)?;
    let cols = &node.program.rels[rel.index()].cols;
    let keys: Vec<Value> = cols
        .iter()
        .zip(row)
        .filter(|(col, _)| col.role == Role::Key)
        .map(|(_, value)| value.clone())
        .collect();
    let goes = there(node, stage).contains(&keys);
    goes.then(|| {
        "it is gone in the next tick, where a rule with `<-` takes it out: write `tick;` before \
         this line"
            .to_owned()
    })
}

fn stage(program: &typed::Program, how: Stage, rel: RelId) -> Option<RelId> {
    let kind = RelKind::Stage(how, rel);
    let at = program.rels.iter().position(|rel| rel.kind == kind)?;
    Some(RelId(at as u32))
}

fn there(node: &mut Node, rel: RelId) -> Vec<Vec<Value>> {
    let words = node.rows(rel);
    rows::values(node.engine(), rel, words)
}

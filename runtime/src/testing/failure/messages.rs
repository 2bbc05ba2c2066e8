//! The messages of a run, with where each was sent and what became of it.

use std::collections::BTreeMap;

use bloom_compiler::names::hir::RelKind;
use bloom_compiler::plan::ir::TypeId;

use crate::sim::Id;
use crate::sim::Member;
use crate::sim::What;
use crate::testing::failure::history::Fate;
use crate::testing::failure::history::History;
use crate::testing::failure::history::Message;
use crate::testing::failure::history::Row;
use crate::testing::failure::history::TickId;
use crate::value::codec;
use crate::value::interner::Interner;
use crate::why;

/// All messages, with what became of them.
pub fn of(history: &History, channels: &[String]) -> BTreeMap<u64, Message> {
    let mut all: BTreeMap<u64, Message> = BTreeMap::new();
    let mut first: BTreeMap<Id, TickId> = BTreeMap::new();
    let mut sender: BTreeMap<(Id, u64), TickId> = BTreeMap::new();
    for (id, ticked) in history.ticks.iter().enumerate() {
        if let Some(chain) = ticked.chain {
            first.entry(chain).or_insert(id);
            sender.insert((chain, ticked.number), id);
        }
    }
    for (id, happening) in history.trace.iter().enumerate() {
        let mut fate = |message: &u64, fate: Fate| {
            if let Some(message) = all.get_mut(message) {
                message.fates.push((happening.at, fate));
            }
        };
        match &happening.what {
            What::Sent { message, to, channel, row, group, tick, .. } => {
                let channel = channels.get(*channel as usize).cloned().unwrap_or_default();
                let member = history.member(happening.node);
                let row = member.and_then(|member| decoded(member, &channel, row));
                let chain = happening.cause;
                let message = Message {
                    id: *message,
                    from: happening.node,
                    to: *to,
                    channel,
                    row: row.unwrap_or_default(),
                    at: happening.at,
                    tick: chain.and_then(|chain| sender.get(&(chain, *tick)).copied()),
                    is_group: group.is_some(),
                    fates: Vec::new(),
                };
                all.insert(message.id, message);
            }
            What::Resent { message, .. } => fate(message, Fate::Resent),
            What::Lost { message, why } => fate(message, Fate::Lost(*why)),
            What::Arrived { message } => fate(message, Fate::Arrived),
            What::Again { message } => fate(message, Fate::Again),
            What::Took { messages, .. } => {
                if let Some(tick) = first.get(&id) {
                    messages.iter().for_each(|message| fate(message, Fate::Taken(*tick)));
                }
            }
            _ => {}
        }
    }
    all
}

/// A row of a channel, as the sender's program reads it.
fn decoded(member: &Member, channel: &str, bytes: &[u8]) -> Option<Row> {
    let rel = member
        .program
        .rels
        .iter()
        .position(|rel| rel.kind == RelKind::Channel && rel.name == channel)?;
    let plan = &*member.plan;
    let cols: Vec<TypeId> = plan.rels.get(rel)?.declared.iter().map(|column| column.ty).collect();
    let mut interner = Interner::default();
    let words = codec::decode(&plan.types, &cols, bytes, &mut interner).ok()?;
    let value = |(word, ty): (&u64, &TypeId)| why::value(&plan.types, *ty, *word, &interner);
    Some(words.iter().zip(&cols).map(value).collect())
}

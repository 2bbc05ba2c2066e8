//! The table of names, settled: a place is where the text was written, and
//! what several instances declare at one place is one thing to a reader.

use std::collections::BTreeMap;

use crate::ids::ConstId;
use crate::ids::EnumId;
use crate::ids::FnId;
use crate::ids::RecordId;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::occurrences;
use crate::names::occurrences::Thing;
use crate::source::SourceMap;
use crate::source::Span;

/// The first of equal things.
#[derive(Default)]
struct Firsts {
    rels: Vec<RelId>,
    fns: Vec<FnId>,
    consts: Vec<ConstId>,
    enums: Vec<EnumId>,
    records: Vec<RecordId>,
}

/// Settles the table of a program.
pub(super) fn settle(program: &mut hir::Program, sources: &SourceMap) {
    let firsts = Firsts {
        rels: first(program.rels.iter().map(|r| sources.written(r.name_span)), RelId),
        fns: first(program.fns.iter().map(|f| sources.written(f.name_span)), FnId),
        consts: first(program.consts.iter().map(|c| sources.written(c.name_span)), ConstId),
        enums: first(program.enums.iter().map(|e| sources.written(e.span)), EnumId),
        records: first(program.records.iter().map(|r| sources.written(r.span)), RecordId),
    };
    for occurrence in &mut program.occurrences {
        occurrence.span = sources.written(occurrence.span);
        occurrence.thing = firsts.of(occurrence.thing);
    }
    occurrences::in_order(program);
    // Variables of several instances are numbered apart; the first stays.
    let mut kept: Vec<occurrences::Occurrence> = Vec::new();
    for found in std::mem::take(&mut program.occurrences) {
        let is_var = |thing: Thing| matches!(thing, Thing::Var(..));
        let known = kept
            .iter()
            .rev()
            .take_while(|other| other.span == found.span)
            .any(|other| is_var(other.thing) && is_var(found.thing));
        if !known {
            kept.push(found);
        }
    }
    program.occurrences = kept;
}

/// For each place the first thing declared there.
fn first<Id: Copy>(places: impl Iterator<Item = Span>, id: impl Fn(u32) -> Id) -> Vec<Id> {
    let mut known = BTreeMap::new();
    places.enumerate().map(|(i, place)| *known.entry(place).or_insert(id(i as u32))).collect()
}

impl Firsts {
    fn of(&self, thing: Thing) -> Thing {
        match thing {
            Thing::Rel(id) => Thing::Rel(get(&self.rels, id.index(), id)),
            Thing::Col(id, col) => Thing::Col(get(&self.rels, id.index(), id), col),
            Thing::Fn(id) => Thing::Fn(get(&self.fns, id.index(), id)),
            Thing::Const(id) => Thing::Const(get(&self.consts, id.index(), id)),
            Thing::Enum(id) => Thing::Enum(get(&self.enums, id.index(), id)),
            Thing::Variant(id, variant) => {
                Thing::Variant(get(&self.enums, id.index(), id), variant)
            }
            Thing::Record(id) => Thing::Record(get(&self.records, id.index(), id)),
            Thing::Field(id, field) => Thing::Field(get(&self.records, id.index(), id), field),
            Thing::Alias(_) | Thing::Var(..) => thing,
        }
    }
}

fn get<Id: Copy>(all: &[Id], index: usize, otherwise: Id) -> Id {
    all.get(index).copied().unwrap_or(otherwise)
}

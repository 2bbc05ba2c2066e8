//! Facts to try: rows of the collections from outside, the plainest first, and
//! what may not be together. What they are tried for is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::witness::domain;
use crate::calm::witness::domain::Domain;
use crate::calm::witness::domain::Priced;
use crate::calm::witness::slice::At;
use crate::calm::witness::slice::Rules;
use crate::calm::witness::world::Set;
use crate::ids::RelId;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::oracle::Value;
use crate::types::typed::Program;
use crate::types::typed::Rel;
use crate::types::typed::Role;

/// Rows of one collection, at most.
const ROWS_MAX: usize = 40;
/// Groups of rows of one collection, at most.
const GROUPS_MAX: usize = 8;
/// How often one event may come.
const AGAIN: u32 = 3;
/// What a fact costs beside its values.
const FACT: u32 = 2;
/// What a group of them costs.
const GROUP: u32 = 3;

/// A fact, or several of one collection that differ in one column.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The player that takes it in.
    pub(super) player: usize,
    /// The collection, by its number in the player's program.
    pub(super) rel: RelId,
    pub(super) rows: Vec<Vec<Value>>,
    /// It is there before the first tick, and is no event.
    pub(super) is_loaded: bool,
    /// Which of several equal events it is.
    pub(super) nth: u32,
    pub(super) cost: u32,
}

/// All that can be tried.
pub(super) struct Shelf<'a> {
    pub(super) set: &'a Set<'a>,
    pub(super) domain: Domain,
}

impl Shelf<'_> {
    /// Rows of these sources, by cost.
    pub(super) fn items(&self, rules: &Rules<'_>, sources: &[At]) -> Vec<Item> {
        let mut out = Vec::new();
        for &at in sources {
            for (player, small) in self.set.smalls.iter().enumerate() {
                if small.part == at.0 {
                    self.of_source(rules, at, player, &mut out);
                }
            }
        }
        out.sort_by_key(|item| item.cost);
        out
    }

    /// Rows that a player takes in from a source.
    fn of_source(&self, rules: &Rules<'_>, at: At, player: usize, out: &mut Vec<Item>) {
        let small = &self.set.smalls[player];
        let Some(rel) = small.number(at.1) else { return };
        let declared = rules.rel(at);
        let lost = rules.is_loaded(at);
        let is_loaded = lost || matches!(declared.kind, RelKind::StaticTable | RelKind::Table);
        let cost = if lost { FACT + 1 } else { FACT };
        let one = |(price, row): (u32, Vec<Value>)| Item {
            player,
            rel,
            rows: vec![row],
            is_loaded,
            nth: 0,
            cost: cost + price,
        };
        let rows = self.rows(player, declared, &small.program);
        let first = rows.first().map(|row| row.1.clone());
        // An event may come again; where something is drawn for each it matters more.
        let draws = small.program.rels.iter().any(|rel| rel.given == Some(Given::Seed));
        let more = u32::from(!draws);
        if let Some(plain) = first.clone().filter(|_| declared.kind == RelKind::Input) {
            let again = |nth: u32| Item { nth, ..one((nth + more, plain.clone())) };
            out.extend((1..AGAIN).map(again));
        }
        out.extend(rows.into_iter().map(one));
        let groups = first.map(|row| self.groups(declared, &row)).unwrap_or_default();
        out.extend(groups.into_iter().map(|rows| Item {
            player,
            rel,
            rows,
            is_loaded,
            nth: 0,
            cost: cost + GROUP,
        }));
    }

    /// Rows of a collection: the plainest, and those that differ in one column
    /// or in two.
    fn rows(&self, player: usize, rel: &Rel, program: &Program) -> Vec<(u32, Vec<Value>)> {
        let mut columns: Vec<Vec<Priced>> = Vec::new();
        for (at, col) in rel.cols.iter().enumerate() {
            let is_address = rel.kind == RelKind::Channel && rel.at == Some(at);
            columns.push(match is_address {
                true => vec![(0, Value::Node(self.set.nodes[player].clone()))],
                false => self.domain.values(&col.ty, program),
            });
        }
        let mut out: BTreeMap<Vec<usize>, u32> = BTreeMap::new();
        let mut open = vec![(vec![0; columns.len()], 0)];
        if columns.iter().any(Vec::is_empty) {
            return Vec::new();
        }
        for depth in 0..3 {
            let mut next = Vec::new();
            for (row, from) in open {
                let price =
                    |row: &[usize]| row.iter().zip(&columns).map(|(at, of)| of[*at].0).sum::<u32>();
                let cost = price(&row);
                if depth < 2 && cost < 3 {
                    for at in from..columns.len() {
                        for other in 1..columns[at].len() {
                            let mut more = row.clone();
                            more[at] = other;
                            next.push((more, at + 1));
                        }
                    }
                }
                out.insert(row, cost);
            }
            open = next;
        }
        let mut rows: Vec<(u32, Vec<usize>)> = out.into_iter().map(|(r, cost)| (cost, r)).collect();
        rows.sort();
        rows.truncate(ROWS_MAX);
        let row = |(cost, row): (u32, Vec<usize>)| {
            let values = row.iter().zip(&columns).map(|(at, of)| of[*at].1.clone());
            (cost, values.collect())
        };
        rows.into_iter().map(row).collect()
    }

    /// As many rows as the program has numbers for, that differ in one column.
    fn groups(&self, rel: &Rel, plain: &[Value]) -> Vec<Vec<Vec<Value>>> {
        let mut out = Vec::new();
        let has_values = rel.cols.iter().any(|col| col.role != Role::Key);
        for size in self.domain.sizes() {
            for (at, col) in rel.cols.iter().enumerate() {
                let is_address = rel.kind == RelKind::Channel && rel.at == Some(at);
                if is_address || has_values && col.role != Role::Key {
                    continue;
                }
                let row = |n: usize| {
                    let mut row = plain.to_vec();
                    row[at] = self.domain.nth(&col.ty, n)?;
                    Some(row)
                };
                if out.len() == GROUPS_MAX {
                    return out;
                }
                // The first two are left for those that come beside them.
                out.extend((2..size + 2).map(row).collect::<Option<Vec<_>>>());
            }
        }
        out
    }

    /// The role of the player that takes it in.
    pub(super) fn part(&self, item: &Item) -> usize {
        self.set.smalls[item.player].part
    }

    pub(super) fn rel(&self, item: &Item) -> &Rel {
        &self.set.smalls[item.player].program.rels[item.rel.index()]
    }

    /// Whether two items keep the promises of the collection together: rows
    /// with one key are one row.
    pub(super) fn agree(&self, one: &Item, other: &Item) -> bool {
        if one.player != other.player || one.rel != other.rel || one.nth != other.nth {
            return true;
        }
        let rel = self.rel(one);
        let key = |row: &[Value]| -> Vec<Value> {
            let cols = rel.cols.iter().zip(row).enumerate();
            let is_key = |at: usize, role: &Role| {
                *role == Role::Key && (rel.kind != RelKind::Channel || rel.at != Some(at))
            };
            let key = cols.filter(|(at, (col, _))| is_key(*at, &col.role));
            key.map(|(_, (_, value))| value.clone()).collect()
        };
        let keys: BTreeSet<Vec<Value>> = one.rows.iter().map(|row| key(row)).collect();
        !other.rows.iter().any(|row| keys.contains(&key(row)))
    }

    /// Whether events may share a tick.
    pub(super) fn may_meet(&self, one: &Item, other: &Item) -> bool {
        if one.player != other.player {
            return true;
        }
        if one.rel == other.rel && one.nth != other.nth {
            return false;
        }
        let alone = |item: &Item| self.rel(item).serial.as_ref().is_some_and(Vec::is_empty);
        if alone(one) || alone(other) {
            return false;
        }
        let serial = self.rel(one).serial.as_ref().filter(|_| one.rel == other.rel);
        let same = |by: &Vec<usize>| {
            let pairs = one.rows.iter().flat_map(|a| other.rows.iter().map(move |b| (a, b)));
            pairs.into_iter().any(|(a, b)| by.iter().all(|at| a.get(*at) == b.get(*at)))
        };
        !serial.is_some_and(same)
    }
}

/// Whether no value is used while a plainer one of its kind is free: everything
/// else is the same with other names.
pub(super) fn is_plain<'i>(items: impl Iterator<Item = &'i Item>) -> bool {
    let (mut texts, mut uuids) = (BTreeSet::new(), BTreeSet::new());
    let mut see = |value: &Value| match value {
        Value::Str(text) => {
            texts.extend(domain::TEXTS.iter().position(|t| t == text));
        }
        Value::Uuid(bytes) => drop(uuids.insert(usize::from(bytes[15].saturating_sub(1)))),
        _ => {}
    };
    let single = items.filter(|item| item.rows.len() == 1);
    for row in single.flat_map(|item| &item.rows) {
        row.iter().for_each(|value| each(value, &mut see));
    }
    let dense = |set: &BTreeSet<usize>| set.last().is_none_or(|last| last + 1 == set.len());
    dense(&texts) && dense(&uuids)
}

/// Calls `f` with a value and all inside of it.
fn each(value: &Value, f: &mut dyn FnMut(&Value)) {
    f(value);
    match value {
        Value::Tuple(parts) | Value::List(parts) | Value::Record(parts) | Value::Enum(_, parts) => {
            parts.iter().for_each(|part| each(part, f));
        }
        Value::Some(inner) => each(inner, f),
        Value::Set(parts) => parts.iter().for_each(|part| each(part, f)),
        Value::Map(entries) => entries.iter().for_each(|(k, v)| {
            each(k, f);
            each(v, f);
        }),
        _ => {}
    }
}

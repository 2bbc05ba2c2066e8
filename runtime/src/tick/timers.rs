//! What a node has waiting for an instant: timers, which are facts that it set
//! for itself, and periods. Reading a clock is not done here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::ids::RelId;

use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::tick::gift::Gift;
use crate::tick::gift::Origin;
use crate::value::order::sort_rows;

/// A collection that gets an event every so often.
#[derive(Clone)]
struct Period {
    rel: RelId,
    every: i64,
    next: i64,
}

/// Timers and periods.
#[derive(Clone, Default)]
pub(super) struct Timers {
    /// Equal facts are one.
    set: BTreeMap<(i64, RelId), BTreeSet<Vec<u64>>>,
    periods: Vec<Period>,
}

impl Timers {
    /// Periods begin to count. The first event comes when one has passed.
    pub fn start(&mut self, periods: &[(RelId, i64)], now: i64) {
        let period = |&(rel, every): &(RelId, i64)| {
            let every = every.max(1);
            Period { rel, every, next: now.saturating_add(every) }
        };
        self.periods = periods.iter().map(period).collect();
    }

    /// Sets a timer.
    pub fn set(&mut self, at: i64, rel: RelId, row: Vec<u64>) {
        self.set.entry((at, rel)).or_default().insert(row);
    }

    /// Whether a timer is set.
    pub fn any(&self) -> bool {
        !self.set.is_empty()
    }

    /// The rows of all timers.
    pub fn rows(&self) -> impl Iterator<Item = Rows> {
        self.set.iter().map(|((_, rel), rows)| {
            let words = rows.iter().flatten().copied().collect();
            Rows { rel: *rel, count: rows.len(), words }
        })
    }

    /// The instant at which the next of them is due.
    pub fn due(&self) -> Option<i64> {
        let timer = self.set.keys().next().map(|(at, _)| *at);
        self.periods.iter().map(|period| period.next).chain(timer).min()
    }

    /// Takes out what is due: timers by instant, declaration and value, then
    /// periods. Of a period that passed several times the last is told.
    pub fn take(&mut self, now: i64, engine: &Engine) -> Vec<Gift> {
        let mut due = Vec::new();
        while let Some(entry) = self.set.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, rel), rows) = entry.remove_entry();
            let plan = engine.plan();
            let cols: Vec<_> =
                plan.rels[rel.index()].declared.iter().map(|column| column.ty).collect();
            let flat = rows.into_iter().flatten().collect();
            let sorted = sort_rows(&plan.types, &cols, flat, engine.interner());
            let rows = sorted.chunks_exact(cols.len().max(1));
            due.extend(rows.map(|row| Gift::one(rel, row.to_vec()).from(Origin::Own)));
        }
        for period in self.periods.iter_mut().filter(|period| period.next <= now) {
            let missed = (now - period.next) / period.every;
            let at = period.next + missed * period.every;
            period.next = at.saturating_add(period.every);
            due.push(Gift::one(period.rel, vec![at as u64]).from(Origin::Own));
        }
        due
    }
}

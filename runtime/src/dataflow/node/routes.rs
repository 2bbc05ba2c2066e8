//! Which worker a row belongs to, for whoever hands rows to all of them.

use std::sync::Arc;

use bloom_compiler::plan::ir;
use bloom_compiler::plan::spread::Spread;

use crate::dataflow::carry;
use crate::dataflow::carry::Common;
use crate::dataflow::carry::Packet;
use crate::kernel::Engine;
use crate::kernel::Rows;
use crate::kernel::share::Form;
use crate::kernel::share::Parcel;
use crate::kernel::share::Share;
use crate::kernel::share::To;

/// Knows where rows are at home.
#[derive(Clone)]
pub struct Routes {
    share: Arc<Share>,
    plan: Arc<ir::Program>,
    workers: usize,
}

impl Routes {
    /// Of a spread program and its plan.
    pub fn new(spread: &Spread, plan: &Arc<ir::Program>, workers: usize) -> Routes {
        let share = Share::new(spread, plan, 0, workers);
        Routes { share: Arc::new(share), plan: plan.clone(), workers }
    }

    /// The worker that a row belongs to, as it is declared.
    pub fn home(&self, rel: usize, row: &[u64], engine: &Engine) -> To {
        let away = self.share.router(rel);
        away.map_or(To::One(0), |mut away| {
            away.to_declared(row, &self.plan.types, engine.interner())
        })
    }

    /// Rows, apart by the worker they belong to and ready to travel.
    pub fn apart(&self, all: &[Rows], engine: &Engine) -> Vec<Vec<Packet>> {
        let mut out = vec![Vec::new(); self.workers];
        for rows in all.iter().filter(|rows| rows.count > 0) {
            let Some(mut away) = self.share.router(rows.rel.index()) else { continue };
            let mut own: Vec<(usize, Vec<u64>)> = vec![(0, Vec::new()); self.workers];
            let arity = rows.words.len() / rows.count;
            let mut add = |row: &[u64]| {
                let to = match away.to_declared(row, &self.plan.types, engine.interner()) {
                    To::One(worker) => worker..worker + 1,
                    To::All => 0..self.workers,
                };
                own[to].iter_mut().for_each(|(count, words)| {
                    *count += 1;
                    words.extend_from_slice(row);
                });
            };
            match arity {
                0 => add(&[]),
                _ => rows.words.chunks_exact(arity).for_each(add),
            }
            for (to, (count, words)) in own.into_iter().enumerate().filter(|(_, own)| own.0 > 0) {
                out[to].push(packet(Rows { rel: rows.rel, count, words }, engine));
            }
        }
        out
    }
}

/// Rows of declared columns, ready to travel.
pub fn packet(rows: Rows, engine: &Engine) -> Packet {
    let Rows { rel, count, words } = rows;
    let parcel = Parcel { rel: rel.index(), rule: None, form: Form::Declared, rows: count, words };
    carry::pack(parcel, engine, Common::default())
}

/// The same in the words of another engine. What cannot be read was not written
/// by a worker of this program.
pub fn rows(packet: Packet, engine: &mut Engine) -> Option<Rows> {
    let Parcel { rel, rows, words, .. } = carry::unpack(packet, engine).ok()?;
    Some(Rows { rel: bloom_compiler::ids::RelId(rel as u32), count: rows, words })
}

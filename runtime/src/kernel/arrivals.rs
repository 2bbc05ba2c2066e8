//! Rows that a worker does not derive itself: those of its share of what was
//! read, and those that others derived for it. How they come is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;
use bloom_compiler::plan::ir::TypeId;

use crate::kernel::engine::Engine;
use crate::kernel::engine::Loaded;
use crate::kernel::engine::is_word;
use crate::kernel::share::Form;
use crate::kernel::share::Parcel;
use crate::kernel::share::Share;
use crate::kernel::share::To;
use crate::kernel::sink::flush_words;

/// Bits of the second of two columns in one word.
const HALF: u32 = 32;

impl Engine {
    /// Makes this the engine of one worker among others.
    pub fn join_in(&mut self, share: Share) {
        let number = share.number();
        self.share = Some(share);
        if let Some((rel, me)) = number {
            self.load(rel, &[me]);
        }
    }

    /// What is this worker's own, where there are others.
    pub fn share(&self) -> Option<&Share> {
        self.share.as_ref()
    }

    /// Loads those of some rows, as declared, that belong here. Rows of workers
    /// that `reads` names are put out for them; others do that for themselves.
    pub fn load_own(&mut self, rel: RelId, rows: &[u64], reads: &dyn Fn(usize) -> bool) -> Loaded {
        let Some(share) = &mut self.share else { return self.load(rel, rows) };
        let Some(mut away) = share.away(rel.index()) else { return self.load(rel, rows) };
        let schema = &self.plan.rels[rel.index()];
        let (arity, workers) = (schema.declared.len().max(1), share.workers());
        let mut own = Vec::new();
        for row in rows.chunks_exact(arity) {
            let to = away.to_declared(row, &self.plan.types, &self.interner);
            if to == To::All || away.is_own(to) {
                own.extend_from_slice(row);
            }
            match to {
                To::One(worker) if !reads(worker) => {}
                To::One(worker) if away.is_own(To::One(worker)) => {}
                To::One(worker) => away.add(worker, row),
                To::All => (0..workers)
                    .filter(|&worker| reads(worker) && !away.is_own(To::One(worker)))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .for_each(|worker| away.add(worker, row)),
            }
        }
        share.keep(rel.index(), None, read_form(schema), away);
        self.load(rel, &own)
    }

    /// Loads the row without columns, where it belongs here.
    pub fn load_own_unit(&mut self, rel: RelId) -> Loaded {
        let away = self.share.as_mut().and_then(|share| share.away(rel.index()));
        let Some(mut away) = away else { return self.load_unit(rel) };
        let to = away.to(&[], &self.plan.types, &self.interner);
        let is_here = to == To::All || away.is_own(to);
        if let Some(share) = &mut self.share {
            share.keep(rel.index(), None, Form::Flat, away);
        }
        if is_here { self.load_unit(rel) } else { Loaded::default() }
    }

    /// Takes rows that another worker derived, in this worker's words. Returns
    /// how many were new.
    pub fn take_in(&mut self, parcel: &Parcel) -> usize {
        let rel = parcel.rel;
        let schema = &self.plan.rels[rel];
        let before = self.rels[rel].len();
        let new = match parcel.form {
            Form::Declared => {
                let arity = schema.declared.len().max(1);
                self.load_shaped(rel, &parcel.words, arity);
                self.rels[rel].len() - before
            }
            Form::Packed if self.rels[rel].takes_packed() => {
                self.rels[rel].insert_packed(&parcel.words);
                self.rels[rel].len() - before
            }
            Form::Packed => {
                let row = |&word: &u64| match schema.cols.len() {
                    1 => vec![word],
                    _ => vec![word >> HALF, word & u64::from(u32::MAX)],
                };
                let flat: Vec<u64> = parcel.words.iter().flat_map(row).collect();
                self.rels[rel].insert_rows(&flat, &mut Vec::new())
            }
            Form::Flat if schema.cols.is_empty() => usize::from(self.rels[rel].insert(&[]).1),
            Form::Flat if schema.keys + schema.values == schema.cols.len() => {
                self.rels[rel].insert_rows(&parcel.words, &mut Vec::new())
            }
            Form::Flat => {
                let parts = self.parts();
                let mut scalars = parts.scalars;
                flush_words(&parcel.words, rel, parts.rels, &mut scalars)
            }
        };
        if let Some(rule) = parcel.rule.and_then(|at| self.rules.get_mut(at)) {
            rule.new_rows += new as u64;
        }
        new
    }

    /// All rows of a relation, as they are declared.
    pub fn as_parcel(&mut self, rel: RelId) -> Parcel {
        let form = read_form(&self.plan.rels[rel.index()]);
        let words = self.rows_as_they_lie(rel);
        Parcel { rel: rel.index(), rule: None, form, rows: self.len(rel), words }
    }

    /// The types of the words of a parcel's rows; `None` for a parcel that is
    /// none of this program.
    pub fn parcel_types(&self, rel: usize, form: Form) -> Option<Vec<TypeId>> {
        let schema = self.plan.rels.get(rel)?;
        Some(match form {
            Form::Declared => schema.declared.iter().map(|col| col.ty).collect(),
            Form::Flat | Form::Packed => schema.cols.iter().map(|col| col.ty).collect(),
        })
    }

    /// Rows for other workers since the last time, by worker.
    pub fn for_others(&mut self) -> Vec<Vec<Parcel>> {
        self.share.as_mut().map(Share::take).unwrap_or_default()
    }
}

/// How rows that were read are written: those without cells, in the order of
/// their columns, are flat.
fn read_form(schema: &ir::Rel) -> Form {
    let is_plain = schema.keys + schema.values == schema.cols.len();
    let in_order = schema.declared.iter().enumerate().all(|(at, col)| is_word(&col.shape, at));
    if is_plain && in_order { Form::Flat } else { Form::Declared }
}

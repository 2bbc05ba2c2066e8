//! A number for everything that the future of a node hangs on: whoever goes
//! through what can become of nodes need not go twice from the same place. What
//! is done with such numbers is not known here.

use crate::kernel::Rows;
use crate::tick::node::Node;
use crate::value::codec;
use crate::value::interner::hash_bytes;

/// The second half of the number sees the same bytes behind these.
const SALT: &[u8] = b"second half";

impl Node {
    /// Equal for nodes of one program and one name that do the same from now on,
    /// if they are told the same at the same instants: equal state, timers and
    /// messages to itself, with the same right to chance.
    pub fn future_hash(&mut self) -> u128 {
        let state = self.body.state_hash();
        let mut bytes = state.to_le_bytes().to_vec();
        if self.parts.givens.seed.is_some() {
            bytes.extend(self.tick.to_le_bytes());
        }
        if self.parts.givens.now.is_some() {
            bytes.extend(self.last.unwrap_or_default().to_le_bytes());
        }
        let timers: Vec<Rows> = self.timers.rows().collect();
        timers.iter().for_each(|rows| self.written(rows, &mut bytes));
        for gift in &self.waiting {
            bytes.push(u8::MAX);
            for rows in gift.delete.iter().chain(&gift.insert) {
                self.written(rows, &mut bytes);
            }
        }
        let low = hash_bytes(&bytes);
        bytes.extend_from_slice(SALT);
        u128::from(hash_bytes(&bytes)) << 64 | u128::from(low)
    }

    /// Appends rows, those of a set in an order of their own.
    fn written(&self, rows: &Rows, out: &mut Vec<u8>) {
        let engine = self.body.engine();
        let plan = engine.plan();
        let Some(declared) = plan.rels.get(rows.rel.index()).map(|rel| &rel.declared) else {
            return;
        };
        let cols: Vec<_> = declared.iter().map(|column| column.ty).collect();
        let mut all: Vec<Vec<u8>> = Vec::with_capacity(rows.count);
        for row in rows.words.chunks_exact(cols.len().max(1)) {
            let mut bytes = Vec::new();
            codec::encode(&plan.types, &cols, row, engine.interner(), &mut bytes);
            all.push(bytes);
        }
        all.sort();
        out.extend((rows.rel.index() as u64).to_le_bytes());
        out.extend((rows.count as u64).to_le_bytes());
        for bytes in all {
            out.extend((bytes.len() as u64).to_le_bytes());
            out.extend(bytes);
        }
    }
}

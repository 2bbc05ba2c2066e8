//! A number for a state: equal for equal rows, in whatever order they came and
//! whatever ids their values have. Which relations are state is not known here.

use bloom_compiler::ids::RelId;
use bloom_compiler::plan::ir;

use crate::kernel::engine::Engine;
use crate::kernel::functions::Encoder;
use crate::kernel::ticks::boundary::Carried;
use crate::kernel::ticks::boundary::Left;
use crate::value::interner::hash_bytes;

/// The second hash of a row sees its bytes behind these.
const SALT: &[u8] = b"second half";

/// A prime that keeps the parts of a state apart.
const PARTS: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// One number of several, in this order.
pub fn together(parts: impl Iterator<Item = u128>) -> u128 {
    parts.fold(0, |sum, part| sum.wrapping_mul(PARTS).wrapping_add(part))
}

impl Engine {
    /// The sum of the hashes of a relation's rows.
    pub(in crate::kernel) fn relation_hash(&mut self, rel: usize) -> u128 {
        if self.plan.rels[rel].declared.is_empty() {
            return u128::from(self.rels[rel].live() > 0);
        }
        let rows = self.rows_as_they_lie(RelId(rel as u32));
        self.rows_hash(rel, &rows)
    }

    /// The same of rows as the relation could have them.
    pub(in crate::kernel) fn rows_hash(&self, rel: usize, rows: &[u64]) -> u128 {
        let declared = &self.plan.rels[rel].declared;
        let types: Vec<ir::TypeId> = declared.iter().map(|declared| declared.ty).collect();
        let mut sum = 0u128;
        let mut bytes = Vec::new();
        for row in rows.chunks_exact(types.len().max(1)) {
            bytes.clear();
            bytes.extend_from_slice(&(rel as u64).to_le_bytes());
            let mut encoder =
                Encoder { types: &self.plan.types, interner: &self.interner, out: &mut bytes };
            for (&ty, &word) in types.iter().zip(row) {
                encoder.value(ty, word);
            }
            let low = hash_bytes(&bytes);
            bytes.extend_from_slice(SALT);
            sum = sum.wrapping_add(u128::from(hash_bytes(&bytes)) << 64 | u128::from(low));
        }
        sum
    }

    /// What a tick put aside.
    pub(in crate::kernel) fn left_hash(&self, all: &[Carried], left: &Left) -> u128 {
        let (units, parts) = left.parts(&all[left.at]);
        let hash = |(rel, rows): (usize, &[u64])| self.rows_hash(rel, rows);
        together(units.into_iter().chain(parts.into_iter().map(hash)))
    }
}

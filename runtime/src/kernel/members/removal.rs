//! Rows that are forgotten, one by one or all together, and known again. Why rows
//! go is not known here.

use crate::kernel::members::Members;
use crate::kernel::members::pack;
use crate::kernel::members::packed_hash;
use crate::kernel::members::table::EMPTY;
use crate::kernel::members::table::Table;
use crate::kernel::members::tagged;
use crate::kernel::rows::NARROW;
use crate::kernel::rows::Rows;
use crate::value::interner::hash_words;

/// Slots of a table that an emptied one may keep for each row it had, and those
/// that are always kept.
const SPARE_SLOTS_PER_ROW: usize = 16;
const SPARE_SLOTS: usize = 256;

impl Members {
    /// Forgets all rows, at a cost that follows from how many there are. Memory
    /// that was for far more is given up.
    pub fn empty(&mut self, rows: &Rows) {
        let spare = SPARE_SLOTS.max(rows.len() * SPARE_SLOTS_PER_ROW);
        match self {
            Members::Bits { .. } => *self = Members::Packed(Table::with_capacity(0)),
            Members::Packed(table) | Members::Ids(table) => {
                if table.slots.len() > spare {
                    *table = Table::with_capacity(rows.len());
                } else if table.used > 0 {
                    table.slots.fill(EMPTY);
                    table.used = 0;
                }
            }
            Members::Direct(table) => {
                for row in rows.live() {
                    if let Some(id) = table.get_mut(rows.get(row, 0) as usize) {
                        *id = 0;
                    }
                }
            }
            Members::Released => {}
        }
    }

    /// The same form, for no rows.
    pub fn like(&self) -> Members {
        match self {
            Members::Bits { .. } | Members::Packed(_) => {
                Members::Bits { bits: Vec::new(), shift: 0, limit: 0 }
            }
            Members::Direct(_) => Members::Direct(Vec::new()),
            Members::Ids(_) => Members::Ids(Table::with_capacity(0)),
            Members::Released => Members::Released,
        }
    }

    /// Forgets a row that is there.
    pub fn forget(&mut self, rows: &Rows, key: &[u64], row: u32) {
        match self {
            Members::Bits { bits, shift, .. } => {
                let packed = pack(rows, row as usize);
                let at = (packed >> 32 << *shift) | (packed & NARROW);
                bits[(at >> 6) as usize] &= !(1 << (at & 63));
            }
            Members::Packed(table) => {
                let packed = pack(rows, row as usize);
                let mut at = table.start(packed_hash(packed));
                while table.slots[at] != packed {
                    at = table.next(at);
                }
                table.remove_at(at, packed_hash);
            }
            Members::Direct(table) => table[key[0] as usize] = 0,
            Members::Ids(table) => {
                let hash = hash_words(key);
                let word = tagged(hash, row as usize);
                let mut at = table.start(hash);
                while table.slots[at] != word {
                    at = table.next(at);
                }
                table.remove_at(at, |word| word);
            }
            Members::Released => {}
        }
    }

    /// Knows a row again that it knew, in whatever form.
    pub fn remember(&mut self, rows: &Rows, key: &[u64], row: u32) {
        match self {
            Members::Bits { bits, shift, limit } => {
                let packed = pack(rows, row as usize);
                let at = (packed >> 32 << *shift) | (packed & NARROW);
                if (packed & NARROW) >> *shift == 0 && at < *limit {
                    bits[(at >> 6) as usize] |= 1 << (at & 63);
                } else {
                    // The table was made for other rows since.
                    self.leave_bits(rows, 1);
                }
            }
            Members::Packed(table) => {
                if table.is_full(1) {
                    table.grow(1, packed_hash);
                }
                let packed = pack(rows, row as usize);
                let mut at = table.start(packed_hash(packed));
                while table.slots[at] != EMPTY && table.slots[at] != packed {
                    at = table.next(at);
                }
                table.used += usize::from(table.slots[at] == EMPTY);
                table.slots[at] = packed;
            }
            Members::Direct(_) | Members::Ids(_) => self.note(rows, key, row),
            Members::Released => {}
        }
    }
}

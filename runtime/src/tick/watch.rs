//! What changed in views and tables from tick to tick, as the machine tells it.
//! What the changes are for is not known here.

use bloom_compiler::ids::RelId;

use crate::kernel::Machine;
use crate::kernel::Rows;
use crate::tick::chain::Change;

/// What is there in the last tick and was not in the one before, and the other
/// way round. Before the first tick there was nothing.
pub(super) fn look(machine: &mut Machine, rels: &[RelId], is_first: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for &rel in rels {
        let rows = |count: usize, words: Vec<u64>| Rows { rel, count, words };
        if is_first {
            let count = machine.engine().len(rel);
            if count > 0 {
                let words = machine.engine_mut().rows(rel);
                changes.push(Change { gained: rows(count, words), lost: rows(0, Vec::new()) });
            }
            continue;
        }
        let (mut gained, mut lost) = (rows(0, Vec::new()), rows(0, Vec::new()));
        for (sign, row) in machine.changes(rel) {
            let side = if sign > 0 { &mut gained } else { &mut lost };
            side.count += 1;
            side.words.extend(row);
        }
        if gained.count + lost.count > 0 {
            changes.push(Change { gained, lost });
        }
    }
    changes
}

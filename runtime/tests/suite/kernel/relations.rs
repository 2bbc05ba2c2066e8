//! Relations against plain sets and maps: every form of rows and of
//! membership, and the ways from one to the next.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::cases::cases;

use bloom::kernel::relation::Change;
use bloom::kernel::relation::Join;
use bloom::kernel::relation::Relation;

fn rows_of(relation: &Relation) -> BTreeSet<Vec<u64>> {
    (0..relation.len())
        .filter(|&row| !relation.is_dead(row))
        .map(|row| {
            let mut words = Vec::new();
            relation.copy_row(row, &mut words);
            words
        })
        .collect()
}

/// Small words, words around 2^16 and 2^32, and wide ones: every form of
/// rows and of membership, and the ways from one to the next.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => 0..40u64,
        3 => 65_000..140_000u64,
        1 => (1u64 << 32) - 3..(1 << 32) + 3,
        1 => any::<u64>(),
    ]
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn batches_are_sets(
        arity in 1..4usize,
        batches in prop::collection::vec(prop::collection::vec(word(), 0..300), 1..8),
        releases in prop::collection::vec(0..3u8, 8),
    ) {
        let mut relation = Relation::new(arity, 0, Vec::new());
        let mut model = BTreeSet::new();
        let mut scratch = Vec::new();
        for (batch, release) in batches.iter().zip(releases) {
            if release == 0 {
                relation.release_members();
            }
            let flat = &batch[..batch.len() / arity * arity];
            let before = model.len();
            model.extend(flat.chunks_exact(arity).map(<[u64]>::to_vec));
            let new = relation.insert_rows(flat, &mut scratch);
            prop_assert_eq!(new, model.len() - before);
        }
        prop_assert_eq!(&rows_of(&relation), &model);
        if model.len() % 4 == 0 {
            relation.release_members();
        }
        for row in batches.concat().chunks_exact(arity) {
            prop_assert_eq!(relation.has(row), model.contains(row));
        }
    }

    #[test]
    fn cells_take_the_least(rows in prop::collection::vec((word(), word()), 0..400)) {
        let mut relation = Relation::new(1, 0, vec![Join::MinUnsigned]);
        let mut model: BTreeMap<u64, u64> = BTreeMap::new();
        for &(key, word) in &rows {
            let (id, new) = relation.insert(&[key]);
            if new {
                relation.start_cells(&[word]);
            } else {
                relation.merge(id, 0, word, |_, _| Ordering::Equal);
            }
            let least = model.entry(key).or_insert(word);
            *least = word.min(*least);
        }
        let expected: BTreeSet<Vec<u64>> = model.into_iter().map(|(k, v)| vec![k, v]).collect();
        prop_assert_eq!(rows_of(&relation), expected);
    }

    #[test]
    fn a_rollback_leaves_nothing_behind(
        before in prop::collection::vec((word(), word()), 0..60),
        after in prop::collection::vec((word(), word()), 0..60),
        removed in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        cells in any::<bool>(),
    ) {
        let joins = if cells { vec![Join::MaxUnsigned] } else { Vec::new() };
        let mut relation = Relation::new(if cells { 1 } else { 2 }, 0, joins);
        let add = |relation: &mut Relation, rows: &[(u64, u64)]| {
            for &(a, b) in rows {
                if cells {
                    let (id, new) = relation.insert(&[a]);
                    if new {
                        relation.start_cells(&[b]);
                    } else {
                        relation.merge(id, 0, b, |_, _| Ordering::Equal);
                    }
                } else {
                    relation.insert(&[a, b]);
                }
            }
        };
        add(&mut relation, &before);
        let old = rows_of(&relation);
        let mark = relation.mark();
        for index in &removed {
            if relation.live() > 0 {
                relation.remove(index.index(relation.len()) as u32);
            }
        }
        add(&mut relation, &after);
        let new = rows_of(&relation);
        let mut replayed = old.clone();
        for Change { sign, row } in relation.changes(mark) {
            let told = if sign < 0 { replayed.remove(&row) } else { replayed.insert(row) };
            prop_assert!(told, "a change is told once");
        }
        prop_assert_eq!(&replayed, &new);
        relation.rollback(mark);
        prop_assert_eq!(&rows_of(&relation), &old);
        add(&mut relation, &before);
        prop_assert_eq!(&rows_of(&relation), &old, "membership survived");
    }
}

#[test]
fn sparse_rows_that_become_dense_stay_a_set() {
    const NODES: u64 = 6_000;
    const ROWS: usize = 800_000;
    let mut relation = Relation::new(2, 0, Vec::new());
    // Steps without a common divisor with the number of pairs: no pair twice.
    let nth = |i: usize| (i as u64 * 7_919 + 1) % (NODES * NODES);
    let row = |i: usize| [nth(i) / NODES, nth(i) % NODES];
    let mut scratch = Vec::new();
    for from in (0..ROWS).step_by(10_000) {
        let flat: Vec<u64> = (from..from + 10_000).flat_map(row).collect();
        assert_eq!(relation.insert_rows(&flat, &mut scratch), 10_000);
        assert_eq!(relation.insert_rows(&flat[..200], &mut scratch), 0);
    }
    assert!((0..ROWS).step_by(997).all(|i| relation.has(&row(i))));
    assert!((ROWS..ROWS + 10_000).all(|i| !relation.has(&row(i))));
}

//! Indexes against a plain map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::cases::cases;

use bloom::kernel::index::Index;
use bloom::kernel::relation::Relation;

fn word() -> impl Strategy<Value = u64> {
    prop_oneof![12 => 0..30u64, 2 => 60_000..90_000u64, 1 => any::<u64>()]
}

proptest! {
    #![proptest_config(cases(200))]

    /// In one piece or grown window by window, with carried columns or row
    /// ids: the postings are the rows, and truncation takes the last ones out.
    #[test]
    fn postings_are_the_rows(
        rows in prop::collection::vec((word(), word(), word()), 1..300),
        cuts in prop::collection::vec(0..300usize, 0..5),
        cols in prop_oneof![Just(vec![0]), Just(vec![1]), Just(vec![0, 2])],
        carry in any::<bool>(),
    ) {
        let mut relation = Relation::new(3, 0, Vec::new());
        for &(a, b, c) in &rows {
            relation.insert(&[a, b, c]);
        }
        let rest: Vec<usize> = (0..3).filter(|c| !cols.contains(c)).collect();
        let mut index = Index::new(cols.clone(), carry.then(|| rest.clone()));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c % relation.len()).collect();
        cuts.sort_unstable();
        for to in cuts.into_iter().chain([relation.len()]) {
            index.extend(&relation, to);
        }
        let check = |index: &Index, upto: usize| {
            let mut model: BTreeMap<Vec<u64>, Vec<Vec<u64>>> = BTreeMap::new();
            for row in 0..upto {
                let words = |cols: &[usize]| cols.iter().map(|&c| relation.get(row, c)).collect();
                model.entry(words(&cols)).or_default().push(words(&rest));
            }
            for row in 0..relation.len() {
                let key: Vec<u64> = cols.iter().map(|&c| relation.get(row, c)).collect();
                let postings = index.get(&key);
                let found: Vec<Vec<u64>> = postings.words.chunks_exact(postings.stride).map(|p| {
                    if index.carry().is_empty() {
                        rest.iter().map(|&c| relation.get(p[0] as usize, c)).collect()
                    } else {
                        p.iter().map(|&w| u64::from(w)).collect()
                    }
                }).collect();
                assert_eq!(&found, model.get(&key).unwrap_or(&Vec::new()));
            }
        };
        check(&index, relation.len());
        let half = relation.len() / 2;
        index.truncate(&relation, half);
        check(&index, half);
    }
}

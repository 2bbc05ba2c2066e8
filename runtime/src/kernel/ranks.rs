//! In which round of its stratum every row came and every cell changed: what
//! an explanation walks back along. Only a run that was asked for it keeps
//! this; rows are append-only, so the number of rows after each round says it
//! all, and cells have their journal.

use rustc_hash::FxHashMap;

use crate::kernel::engine::Engine;
use crate::kernel::relation::Relation;

/// The rounds of a run.
#[derive(Clone, Default)]
pub struct Ranks {
    rels: Vec<Rounds>,
}

/// Of one relation.
#[derive(Clone, Default)]
struct Rounds {
    /// Rows, and changes of cells, after each round; after none first.
    ends: Vec<(usize, usize)>,
    /// By row: round, cell and the word before, in that order.
    changes: FxHashMap<u32, Vec<(u32, u32, u64)>>,
}

impl Engine {
    /// Makes the run keep the round in which every row came and every cell
    /// changed; it then goes round by round, which takes more time.
    pub fn keep_ranks(&mut self) {
        self.ranks = Some(Ranks::default());
    }

    /// The rounds, of a run that kept them.
    pub fn ranks(&self) -> Option<&Ranks> {
        self.ranks.as_ref()
    }
}

impl Ranks {
    /// Before the first round.
    pub(super) fn start(rels: &mut [Relation]) -> Ranks {
        let rounds = |relation: &mut Relation| {
            relation.mark();
            Rounds { ends: vec![end(relation)], changes: FxHashMap::default() }
        };
        Ranks { rels: rels.iter_mut().map(rounds).collect() }
    }

    /// A round of the stratum that writes the relation is over.
    pub(super) fn end_round(&mut self, rel: usize, relation: &Relation) {
        self.rels[rel].ends.push(end(relation));
    }

    /// The run is over.
    pub(super) fn finish(&mut self, rels: &[Relation]) {
        for (rounds, relation) in self.rels.iter_mut().zip(rels) {
            for (at, &(row, cell, word)) in relation.changed_cells().iter().enumerate() {
                let round = rounds.ends.partition_point(|&(_, changes)| changes <= at) as u32;
                rounds.changes.entry(row).or_default().push((round, cell, word));
            }
        }
    }

    /// The round in which a row came; 0: it was loaded.
    pub fn row(&self, rel: usize, row: u32) -> u32 {
        self.rels[rel].ends.partition_point(|&(rows, _)| rows <= row as usize) as u32
    }

    /// The last round, up to one, in which a row came or a cell of it changed.
    pub fn changed(&self, rel: usize, row: u32, upto: u32) -> u32 {
        let changes = self.rels[rel].changes.get(&row).into_iter().flatten();
        let last = changes.map(|change| change.0).filter(|&round| round <= upto).max();
        last.unwrap_or_else(|| self.row(rel, row))
    }

    /// The word of a cell at the end of a round, and the round in which the
    /// cell got it. `now` is what it holds in the end.
    pub fn cell(&self, rel: usize, row: u32, cell: u32, upto: u32, now: u64) -> (u64, u32) {
        let changes = self.rels[rel].changes.get(&row).into_iter().flatten();
        let mut round = self.row(rel, row);
        for &(changed, _, before) in changes.filter(|change| change.1 == cell) {
            if changed > upto {
                return (before, round);
            }
            round = changed;
        }
        (now, round)
    }
}

fn end(relation: &Relation) -> (usize, usize) {
    (relation.len(), relation.changed_cells().len())
}

//! What is put aside for a collection lies where that collection does: whether
//! the next tick changes it is then seen by the worker that has the row. Which
//! place that is, is not known here.

use crate::ids::RelId;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::plan::spread::Place;
use crate::types::typed::Program;
use crate::types::typed::Role;

/// Relations that lie where others do.
pub struct Tied {
    /// By relation: those that follow it, and for each of its columns the one
    /// that holds the same there.
    with: Vec<Vec<(RelId, Vec<Option<usize>>)>>,
    /// By relation: the one that it follows.
    to: Vec<Option<RelId>>,
}

impl Tied {
    /// In a program that ticks or does not.
    pub fn of(program: &Program) -> Tied {
        let mut tied =
            Tied { with: vec![Vec::new(); program.rels.len()], to: vec![None; program.rels.len()] };
        for (at, rel) in program.rels.iter().enumerate() {
            let RelKind::Stage(how, target) = rel.kind else { continue };
            let of = &program.rels[target.index()].cols;
            let cols: Vec<Option<usize>> = match how {
                Stage::Send => continue,
                Stage::Next | Stage::Replace => (0..of.len()).map(Some).collect(),
                // Only what tells rows apart is there.
                Stage::Delete => {
                    let mut next = 0..rel.cols.len();
                    let keys = of.iter().map(|col| col.role == Role::Key);
                    keys.map(|is_key| if is_key { next.next() } else { None }).collect()
                }
            };
            tied.with[target.index()].push((RelId(at as u32), cols));
            tied.to[at] = Some(target);
        }
        tied
    }

    /// Whether a relation follows another one.
    pub fn is_bound(&self, rel: RelId) -> bool {
        self.to[rel.index()].is_some()
    }

    /// The one that a relation follows, or itself.
    pub fn leader(&self, rel: RelId) -> RelId {
        self.to[rel.index()].unwrap_or(rel)
    }

    /// Where those are that follow a relation at this place.
    pub fn places(&self, rel: RelId, home: &Place) -> Vec<(RelId, Place)> {
        let place = |cols: &[Option<usize>]| match home {
            Place::Hash(by) => {
                let there = by.iter().map(|col| cols.get(*col).copied().flatten());
                there.collect::<Option<Vec<usize>>>().map_or(Place::First, Place::Hash)
            }
            other => other.clone(),
        };
        self.with[rel.index()].iter().map(|(other, cols)| (*other, place(cols))).collect()
    }
}

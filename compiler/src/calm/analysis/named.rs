//! The collections that a user can name when something is to be assumed of them.
//! What follows from an assumption is not known here.

use crate::calm::model::RelName;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;

use super::system::Rels;
use super::system::System;

/// A collection by its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Named {
    /// As reports call it.
    pub name: RelName,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Whether its facts come from outside, and not from rules alone.
    pub outside: bool,
}

/// All collections of a system that the program declares, by name; each once.
pub fn collections(system: &System<'_>) -> Vec<Named> {
    let rels = Rels::of(system);
    let mut out = Vec::new();
    for rel in 0..rels.len() {
        let of = rels.get(rel);
        if of.kind.is_hidden() || of.given.is_some() {
            continue;
        }
        let outside = match of.kind {
            RelKind::Channel | RelKind::Timer => true,
            // Those of a module are fed by whoever uses it.
            RelKind::Input | RelKind::InputTable | RelKind::InputView => of.reach == Reach::Program,
            _ => false,
        };
        let columns = of.cols.iter().map(|col| col.name.clone()).collect();
        out.push(Named { name: rels.name(rel), columns, outside });
    }
    out.sort();
    out.dedup();
    out
}

//! Estimates of how many rows a goal looks at and gives, from the sizes of
//! relations and the distinct values of their columns. This room must not know
//! orders: it judges one goal behind given variables.

use crate::ids::RelId;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::MeetGoal;
use crate::plan::goals::Vars;
use crate::plan::ir::Shape;
use crate::plan::join::Planner;

/// Rows of a relation of which nothing is known: loaded, and derived.
const ROWS_LOADED: f64 = 10_000.0;
const ROWS_DERIVED: f64 = 100_000.0;
/// Events of a tick: few beside the rows of tables.
const ROWS_EVENTS: f64 = 2.0;
/// Elements of a collection.
pub(super) const ELEMENTS: f64 = 8.0;
/// What an index costs that nobody else needs, where none should be made.
const NEW_INDEX: f64 = 1e12;
/// Share of a list's values that an intersection keeps where nothing is known.
const KEPT: f64 = 0.5;

impl Planner<'_, '_> {
    /// Estimated rows of a relation.
    fn rows(&self, rel: RelId) -> f64 {
        if self.shared.is_event(rel) {
            return ROWS_EVENTS;
        }
        let known = self.shared.sizes.rows.get(rel.index()).copied().flatten();
        if let Some((owner, _)) = self.shared.rels[rel.index()].owner {
            return known.map_or(self.rows(owner) * ELEMENTS, |n| n as f64);
        }
        let most = self.shared.most_rows as f64;
        match (known, self.shared.derived[rel.index()]) {
            (Some(n), false) => n as f64,
            (None, false) => ROWS_LOADED,
            (Some(n), true) => (n as f64).max(1.0),
            (None, true) => ROWS_DERIVED.max(most * 4.0),
        }
    }

    /// Estimated number of distinct values of a physical column.
    fn distinct(&self, rel: RelId, col: usize) -> Option<f64> {
        let declared = &self.shared.rels[rel.index()].declared;
        let at = declared.iter().position(|d| matches!(d.shape, Shape::Word(c) if c == col))?;
        let known = *self.shared.sizes.distinct.get(rel.index())?.get(at)?;
        (known > 0).then_some(known as f64)
    }

    /// Estimated rows that a look-up gives, and what it costs beyond them.
    pub(super) fn lookup(&self, atom: &AtomGoal, bound: &Vars) -> (f64, f64) {
        let rel = &self.shared.rels[atom.rel.index()];
        if atom.row.is_some_and(|row| bound.has(row)) {
            return (0.9, 0.0);
        }
        let ordinary = rel.keys + rel.values;
        let mut given: Vec<usize> =
            atom.args.iter().filter(|(_, v)| bound.has(*v)).map(|(col, _)| *col).collect();
        given.sort_unstable();
        let cells = given.iter().filter(|col| **col >= ordinary).count();
        given.retain(|col| *col < ordinary);
        let rows = self.rows(atom.rel).max(1.0);
        let filter = 0.5f64.powi(cells as i32);
        if (0..rel.keys).all(|key| given.contains(&key)) {
            return (0.8 * filter, 0.0);
        }
        if given.is_empty() {
            return (rows * filter, rows * 0.1);
        }
        let extra = if self.frugal && !rel.indexes.contains(&given) { NEW_INDEX } else { 0.0 };
        if rel.owner.is_some() && given.contains(&0) {
            return (ELEMENTS * filter, extra);
        }
        let known: Option<Vec<f64>> = given.iter().map(|c| self.distinct(atom.rel, *c)).collect();
        let matches = match known {
            Some(distinct) => rows / distinct.iter().product::<f64>().clamp(1.0, rows),
            None => rows.powf(1.0 - given.len() as f64 / ordinary.max(1) as f64),
        };
        (matches * filter, extra)
    }
    /// Estimated values that lead an intersection, and those that it gives.
    pub(super) fn meet(&self, meet: &MeetGoal, bound: &Vars) -> (f64, f64) {
        let mut lists: Vec<(f64, f64)> = meet
            .atoms
            .iter()
            .filter_map(|atom| {
                let (col, _) = *atom.args.iter().find(|(_, var)| *var == meet.var)?;
                let domain = self.domain(atom.rel, col);
                let given = atom.args.iter().any(|(_, var)| bound.has(*var));
                let length = if given { self.lookup(atom, bound).0 } else { domain };
                Some((length.min(domain), domain))
            })
            .collect();
        lists.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some((least, _)) = lists.first().copied() else { return (0.0, 0.0) };
        let most = lists.iter().map(|list| list.1).fold(1.0, f64::max);
        // The keys of a relation are most of what other lists lead to.
        let kept = |length: f64| if length >= most { KEPT } else { length / most };
        let gives = lists[1..].iter().fold(least, |matches, list| matches * kept(list.0));
        (least, gives)
    }

    /// Estimated distinct values of a column, whatever is known.
    fn domain(&self, rel: RelId, col: usize) -> f64 {
        let rows = self.rows(rel).max(1.0);
        let ordinary = self.shared.ordinary(rel).max(1);
        self.distinct(rel, col).unwrap_or_else(|| rows.powf(1.0 / ordinary as f64)).max(1.0)
    }
}

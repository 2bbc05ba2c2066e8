//! Which variables of a body are found by intersection: those of its cyclic
//! core, what is left of the body's hypergraph when ears are taken off until
//! none is left. A body without a core needs no intermediate result that is
//! greater than what is read and written; with one every order of joins may
//! need it. This room must not know costs.

use std::collections::BTreeSet;

use crate::plan::context::Shared;
use crate::plan::goals::AtomGoal;
use crate::plan::goals::Goal;
use crate::plan::goals::GoalKind;
use crate::plan::goals::MeetGoal;
use crate::plan::ir::Reg;
use crate::source::Span;

/// Atoms beyond which no core is looked for: finding it is quadratic.
const ATOMS_MAX: usize = 64;

/// Adds a goal for each variable that can be found by intersection. The atoms
/// stay goals: they may still be read row by row where that is cheaper. An
/// order that the program fixes is one of atoms, read one by one.
/// `multiple`: every combination of rows counts.
pub fn with_meets(
    shared: &Shared,
    mut goals: Vec<Goal>,
    fixed: &[Span],
    multiple: bool,
) -> Vec<Goal> {
    let core = core(&goals);
    if core.is_empty() || !fixed.is_empty() {
        return goals;
    }
    let atoms: Vec<AtomGoal> = goals
        .iter()
        .filter(|goal| !goal.late)
        .filter_map(|goal| if let GoalKind::Atom(atom) = &goal.kind { Some(atom) } else { None })
        .filter(|atom| fits(shared, atom, multiple))
        .filter(|atom| inside(shared, atom, &core).count() > 1)
        .cloned()
        .collect();
    for var in core {
        let has = |atom: &&AtomGoal| ordinary(shared, atom).any(|(_, v)| v == var);
        let atoms: Vec<AtomGoal> = atoms.iter().filter(has).cloned().collect();
        if atoms.len() > 1 {
            goals.push(Goal { kind: GoalKind::Meet(MeetGoal { var, atoms }), late: false });
        }
    }
    goals
}

/// Columns that are no cells, and their variables.
fn ordinary<'a>(shared: &'a Shared, atom: &'a AtomGoal) -> impl Iterator<Item = (usize, Reg)> + 'a {
    let ordinary = shared.ordinary(atom.rel);
    atom.args.iter().copied().filter(move |(col, _)| *col < ordinary)
}

fn inside<'a>(
    shared: &'a Shared,
    atom: &'a AtomGoal,
    core: &'a BTreeSet<Reg>,
) -> impl Iterator<Item = (usize, Reg)> + 'a {
    ordinary(shared, atom).filter(|(_, var)| core.contains(var))
}

/// Whether lists of an atom's relation can stand for its rows: nobody asks for
/// the row itself, no variable stands in it twice, and where combinations of
/// rows count, there is one row for its variables.
fn fits(shared: &Shared, atom: &AtomGoal, multiple: bool) -> bool {
    let rel = &shared.rels[atom.rel.index()];
    let vars: BTreeSet<Reg> = atom.args.iter().map(|(_, var)| *var).collect();
    atom.row.is_none()
        && !rel.hidden
        && vars.len() == atom.args.len()
        && (!multiple || atom.args.len() == rel.cols.len())
}

/// The variables of the core: an ear is an atom whose variables, but for those
/// that stand nowhere else, are all in one other atom.
fn core(goals: &[Goal]) -> BTreeSet<Reg> {
    let mut edges: Vec<BTreeSet<Reg>> = goals
        .iter()
        .filter_map(|goal| match &goal.kind {
            GoalKind::Atom(atom) => Some(atom.args.iter().map(|(_, var)| *var).collect()),
            _ => None,
        })
        .collect();
    if edges.len() < 3 || edges.len() > ATOMS_MAX {
        return BTreeSet::new();
    }
    loop {
        let before = (edges.len(), edges.iter().map(BTreeSet::len).sum::<usize>());
        let vars: BTreeSet<Reg> = edges.iter().flatten().copied().collect();
        for var in vars {
            if edges.iter().filter(|edge| edge.contains(&var)).count() == 1 {
                edges.iter_mut().for_each(|edge| {
                    edge.remove(&var);
                });
            }
        }
        let ear = (0..edges.len()).find(|i| {
            let within = |j: &usize| j != i && edges[*i].is_subset(&edges[*j]);
            edges[*i].is_empty() || (0..edges.len()).any(|j| within(&j))
        });
        if let Some(ear) = ear {
            edges.remove(ear);
        }
        if before == (edges.len(), edges.iter().map(BTreeSet::len).sum::<usize>()) {
            return edges.into_iter().flatten().collect();
        }
    }
}

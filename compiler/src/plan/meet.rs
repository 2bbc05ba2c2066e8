//! Intersections as steps: a variable from the lists of all atoms that have
//! it, under what is bound of them already. This room must not know how the
//! order was found.

use crate::plan::goals::AtomGoal;
use crate::plan::goals::MeetGoal;
use crate::plan::ir::List;
use crate::plan::ir::Reg;
use crate::plan::ir::Step;
use crate::plan::ir::Values;
use crate::plan::lower::Lower;

impl Lower<'_, '_> {
    /// Binds a variable to each value that all its atoms have.
    pub(super) fn meet(&mut self, meet: &MeetGoal) {
        let mut of: Vec<Values> = Vec::new();
        for atom in &meet.atoms {
            let values = self.values(atom, meet.var);
            of.extend(values.filter(|values| !of.contains(values)));
        }
        self.steps.push(Step::Intersect { to: meet.var, of });
        self.bound.add(meet.var);
    }

    fn values(&mut self, atom: &AtomGoal, var: Reg) -> Option<Values> {
        let rel = atom.rel;
        let ordinary = self.shared.ordinary(rel);
        let mut args: Vec<(usize, Reg)> =
            atom.args.iter().copied().filter(|(col, _)| *col < ordinary).collect();
        args.sort_unstable();
        let (own, _) = *args.iter().find(|(_, v)| *v == var)?;
        let given: Vec<(usize, Reg)> =
            args.iter().copied().filter(|(_, v)| self.bound.has(*v)).collect();
        if given.is_empty() {
            // Any list by this column has its words as keys.
            let (other, _) = *args.iter().find(|(col, _)| *col != own)?;
            let known = |list: &List| list.key == [own];
            let list = self.shared.rels[rel.index()].lists.iter().position(known);
            let list = list.unwrap_or_else(|| self.shared.list(rel, &[own], other));
            return Some(Values::Keys { rel, list });
        }
        let cols: Vec<usize> = given.iter().map(|(col, _)| *col).collect();
        let list = self.shared.list(rel, &cols, own);
        Some(Values::Under { rel, list, key: given.iter().map(|(_, v)| *v).collect() })
    }
}

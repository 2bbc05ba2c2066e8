//! Signs of variables. A variable is a `nat` when any place that binds it
//! says so; under alternatives, when every alternative does; what a negation
//! reads says nothing about the variables that come in from outside. Signs
//! only narrow, so repeating until nothing changes comes to an end.

use crate::names::hir;
use crate::names::hir::LitKind as L;
use crate::types::elaborate::Elab;
use crate::types::elaborate_bodies::element;
use crate::types::precise::has_int;
use crate::types::precise::lub;
use crate::types::precise::meet;
use crate::types::ty::Ty;

/// One side of an alternative.
#[derive(Clone, Copy)]
enum Branch<'h> {
    Lits(&'h [hir::Lit]),
    Atom(&'h hir::Atom),
}

impl Elab<'_, '_> {
    /// Finds the signs of the variables of a body.
    pub fn narrow(&mut self, lits: &[hir::Lit]) {
        if !self.vars.iter().any(has_int) {
            return;
        }
        let said = self.diags.len();
        let frozen = vec![false; self.vars.len()];
        loop {
            let before = self.vars.clone();
            self.conjunction(lits, &frozen);
            if before == self.vars {
                break;
            }
        }
        // Whatever an expression had to say is said when it is built.
        self.diags.truncate(said);
    }

    fn conjunction(&mut self, lits: &[hir::Lit], frozen: &[bool]) {
        for (i, lit) in lits.iter().enumerate() {
            match &lit.kind {
                L::Atom(atom) => self.narrow_atom(atom, frozen),
                L::Bind(p, e) => {
                    let ty = self.expr(e).ty;
                    self.bind(p, &ty, frozen);
                }
                L::In(p, e) => {
                    let ty = element(&self.expr(e).ty);
                    self.bind(p, &ty, frozen);
                }
                L::Cond(_) | L::Error => {}
                L::Or(branches) => {
                    let outer = outside(lits, i, frozen);
                    let branches: Vec<_> = branches.iter().map(|b| Branch::Lits(b)).collect();
                    self.alternatives(&branches, &outer, frozen);
                }
                L::Else { atom, otherwise } => {
                    let outer = outside(lits, i, frozen);
                    let branches = [Branch::Atom(atom), Branch::Lits(otherwise)];
                    self.alternatives(&branches, &outer, frozen);
                }
                L::Not(inner) => {
                    let outer = outside(lits, i, frozen);
                    self.conjunction(inner, &outer);
                }
                L::All { var, range, lits: inner, .. } => {
                    let outer = outside(lits, i, frozen);
                    let ty = element(&self.expr(range).ty);
                    self.narrow_var(*var, &ty, &outer);
                    self.conjunction(inner, &outer);
                }
            }
        }
    }

    fn narrow_atom(&mut self, atom: &hir::Atom, frozen: &[bool]) {
        for (i, p) in atom.args.iter().enumerate() {
            let ty = self.column(atom.rel, i);
            self.bind(p, &ty, frozen);
        }
    }

    fn narrow_var(&mut self, v: crate::ids::VarId, ty: &Ty, frozen: &[bool]) {
        if frozen.get(v.index()) == Some(&false) {
            let slot = &mut self.vars[v.index()];
            *slot = meet(slot, ty);
        }
    }

    fn bind(&mut self, p: &hir::Pat, ty: &Ty, frozen: &[bool]) {
        match (&p.kind, ty) {
            (hir::PatKind::Var(v), _) => self.narrow_var(*v, ty, frozen),
            (hir::PatKind::Tuple(ps), Ty::Tuple(ts)) => {
                for (p, t) in ps.iter().zip(ts) {
                    self.bind(p, t, frozen);
                }
            }
            (hir::PatKind::Construct(id, variant, ps), _) => {
                for (p, t) in ps.iter().zip(&self.payload(*id, *variant, ty)) {
                    self.bind(p, t, frozen);
                }
            }
            (hir::PatKind::Record(id, ps), _) => {
                for (p, t) in ps.iter().zip(&self.field_types(*id)) {
                    self.bind(p, t, frozen);
                }
            }
            (hir::PatKind::Some(p), Ty::Option(t)) => self.bind(p, t, frozen),
            _ => {}
        }
    }

    fn alternatives(&mut self, branches: &[Branch<'_>], outer: &[bool], frozen: &[bool]) {
        let before = self.vars.clone();
        let mut results = Vec::new();
        for branch in branches {
            self.vars.clone_from(&before);
            let mut touched = vec![false; before.len()];
            match branch {
                Branch::Lits(lits) => {
                    self.conjunction(lits, frozen);
                    touch_all(lits, &mut touched);
                }
                Branch::Atom(atom) => {
                    self.narrow_atom(atom, frozen);
                    atom.args.iter().for_each(|p| touch(p, &mut touched));
                }
            }
            results.push((std::mem::take(&mut self.vars), touched));
        }
        self.vars = before;
        for v in 0..self.vars.len() {
            let saying: Vec<&Ty> = results
                .iter()
                .filter(|(_, touched)| touched[v])
                .map(|(vars, _)| &vars[v])
                .collect();
            // A variable that also comes from outside is what the outside
            // says, unless every side agrees.
            if saying.len() < branches.len() && outer[v] {
                continue;
            }
            if let Some(ty) = saying.into_iter().cloned().reduce(|a, b| lub(&a, &b)) {
                self.vars[v] = ty;
            }
        }
    }
}

/// The variables bound by the other literals, or from further outside.
fn outside(lits: &[hir::Lit], i: usize, frozen: &[bool]) -> Vec<bool> {
    let mut bound = frozen.to_vec();
    touch_all(&lits[..i], &mut bound);
    touch_all(&lits[i + 1..], &mut bound);
    bound
}

/// Marks the variables that the patterns of a body can bind.
pub(crate) fn touch_all(lits: &[hir::Lit], bound: &mut [bool]) {
    for lit in lits {
        match &lit.kind {
            L::Atom(atom) => atom.args.iter().for_each(|p| touch(p, bound)),
            L::Bind(p, _) | L::In(p, _) => touch(p, bound),
            L::Or(branches) => branches.iter().for_each(|b| touch_all(b, bound)),
            L::Else { atom, otherwise } => {
                atom.args.iter().for_each(|p| touch(p, bound));
                touch_all(otherwise, bound);
            }
            L::Not(_) | L::All { .. } | L::Cond(_) | L::Error => {}
        }
    }
}

fn touch(p: &hir::Pat, bound: &mut [bool]) {
    match &p.kind {
        hir::PatKind::Var(v) => {
            if let Some(b) = bound.get_mut(v.index()) {
                *b = true;
            }
        }
        hir::PatKind::Tuple(ps)
        | hir::PatKind::Construct(_, _, ps)
        | hir::PatKind::Record(_, ps) => {
            ps.iter().for_each(|p| touch(p, bound));
        }
        hir::PatKind::Some(p) => touch(p, bound),
        hir::PatKind::Wild | hir::PatKind::None | hir::PatKind::Expr(_) => {}
    }
}

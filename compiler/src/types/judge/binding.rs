//! Which variables a literal needs before it can run, and which it gives. Both
//! depend on where else in the rule a variable stands: one that stands nowhere
//! but inside a `not` is that `not`'s own.

use crate::ids::VarId;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

use super::walk;

/// The variables that have a value, by number.
#[derive(Clone, Debug)]
pub(super) struct Bound(Vec<bool>);

impl Bound {
    pub(super) fn none(vars: usize) -> Bound {
        Bound(vec![false; vars])
    }

    pub(super) fn has(&self, v: VarId) -> bool {
        self.0.get(v.index()).copied().unwrap_or(false)
    }

    /// Whether this is news.
    pub(super) fn add(&mut self, v: VarId) -> bool {
        if v.index() >= self.0.len() {
            self.0.resize(v.index() + 1, false);
        }
        !std::mem::replace(&mut self.0[v.index()], true)
    }
}

/// How often each variable stands in a rule.
#[derive(Clone, Debug)]
pub(super) struct Counts(Vec<u32>);

impl Counts {
    pub(super) fn none(vars: usize) -> Counts {
        Counts(vec![0; vars])
    }

    pub(super) fn count(&mut self, v: VarId) {
        if v.index() >= self.0.len() {
            self.0.resize(v.index() + 1, 0);
        }
        self.0[v.index()] += 1;
    }

    /// Whether it stands there once.
    pub(super) fn once(&self, v: VarId) -> bool {
        self.of(v) == 1
    }

    fn of(&self, v: VarId) -> u32 {
        self.0.get(v.index()).copied().unwrap_or(0)
    }
}

/// Calls back with every variable of a part of a rule.
pub(super) type Visit<'a> = dyn FnMut(&mut dyn FnMut(VarId)) + 'a;

/// The variables of a part of a rule that stand elsewhere in it too.
pub(super) fn shared(total: &Counts, part: &mut Visit<'_>) -> Vec<VarId> {
    let mut seen: Vec<(VarId, u32)> = Vec::new();
    part(&mut |v| match seen.iter_mut().find(|(w, _)| *w == v) {
        Some((_, n)) => *n += 1,
        None => seen.push((v, 1)),
    });
    seen.into_iter().filter(|(v, n)| *n < total.of(*v)).map(|(v, _)| v).collect()
}

/// The shared variables of some literals.
pub(super) fn shared_lits(total: &Counts, lits: &[Lit]) -> Vec<VarId> {
    shared(total, &mut |f| walk::lits_vars(lits, &mut |v, _| f(v)))
}

/// The shared variables of a literal.
pub(super) fn shared_lit(total: &Counts, lit: &Lit) -> Vec<VarId> {
    shared(total, &mut |f| walk::lit_vars(lit, &mut |v, _| f(v)))
}

fn push(into: &mut Vec<VarId>, v: VarId) {
    if !into.contains(&v) {
        into.push(v);
    }
}

/// The variables that an expression reads and that have no value.
fn unread(expr: &Expr, bound: &Bound, into: &mut Vec<VarId>) {
    walk::reads(expr, &mut |v, _| {
        if !bound.has(v) {
            push(into, v);
        }
    });
}

/// What expressions inside patterns lack, counting what the patterns give.
fn unread_pats(pats: &[Pat], bound: &Bound, own: bool, into: &mut Vec<VarId>) {
    let mut given = bound.clone();
    if own {
        pats.iter().for_each(|p| {
            walk::binders(p, &mut |v, _| {
                given.add(v);
            })
        });
    }
    pats.iter().for_each(|p| walk::pat_exprs(p, &mut |e| unread(e, &given, into)));
}

/// `x = y` with a value for `x` only is `y = x`.
pub(super) fn turned(pat: &Pat, expr: &Expr, bound: &Bound) -> bool {
    match (&pat.kind, &expr.kind) {
        (PatKind::Var(a), ExprKind::Var(b)) => bound.has(*a) && !bound.has(*b),
        _ => false,
    }
}

/// The variables that must get a value before the literal can run; none when it
/// is ready.
pub(super) fn missing(total: &Counts, lit: &Lit, bound: &Bound) -> Vec<VarId> {
    let mut lacks = Vec::new();
    match &lit.kind {
        LitKind::Atom(atom) => unread_pats(&atom.args, bound, true, &mut lacks),
        LitKind::Cond(e) => unread(e, bound, &mut lacks),
        LitKind::Bind(p, e) | LitKind::In(p, e) => {
            if matches!(lit.kind, LitKind::Bind(..)) && turned(p, e, bound) {
                return lacks;
            }
            unread_pats(std::slice::from_ref(p), bound, false, &mut lacks);
            unread(e, bound, &mut lacks);
        }
        LitKind::Not(_) => {
            for v in shared_lit(total, lit) {
                if !bound.has(v) {
                    push(&mut lacks, v);
                }
            }
        }
        LitKind::All { var, range, .. } => {
            unread(range, bound, &mut lacks);
            for v in shared_lit(total, lit) {
                if !bound.has(v) && v != *var {
                    push(&mut lacks, v);
                }
            }
        }
        LitKind::Or(branches) => {
            let outer = shared_lit(total, lit);
            for branch in branches {
                let after = closure(total, branch, bound);
                for v in &outer {
                    if !after.has(*v) {
                        push(&mut lacks, *v);
                    }
                }
            }
        }
        LitKind::Else { .. } => missing_else(total, lit, bound, &mut lacks),
    }
    lacks
}

/// The variables that the right side of an `else` must give, because the atom
/// gives them and nothing else does; and what both sides need.
fn missing_else(total: &Counts, lit: &Lit, bound: &Bound, lacks: &mut Vec<VarId>) {
    let LitKind::Else { atom, otherwise, .. } = &lit.kind else { return };
    unread_pats(&atom.args, bound, false, lacks);
    let right = closure(total, otherwise, bound);
    let left = shared(total, &mut |f| walk::atom_vars(atom, &mut |v, _| f(v)));
    for v in left.iter().chain(&shared_lits(total, otherwise)) {
        if !bound.has(*v) && !right.has(*v) {
            push(lacks, *v);
        }
    }
    let mut in_atom = Vec::new();
    walk::atom_vars(atom, &mut |v, _| push(&mut in_atom, v));
    for v in shared_lit(total, lit) {
        if !bound.has(v) && !in_atom.contains(&v) {
            push(lacks, v);
        }
    }
}

/// The variables that a literal could give a value, ready or not.
pub(super) fn gives(total: &Counts, lit: &Lit) -> Vec<VarId> {
    let mut given = Vec::new();
    match &lit.kind {
        LitKind::Atom(atom) => {
            atom.args.iter().for_each(|p| walk::binders(p, &mut |v, _| push(&mut given, v)));
        }
        LitKind::Bind(p, e) => {
            walk::binders(p, &mut |v, _| push(&mut given, v));
            if let (PatKind::Var(_), ExprKind::Var(v)) = (&p.kind, &e.kind) {
                push(&mut given, *v);
            }
        }
        LitKind::In(p, _) => walk::binders(p, &mut |v, _| push(&mut given, v)),
        LitKind::Or(branches) => {
            let outer = shared_lit(total, lit);
            for inner in branches.iter().flatten() {
                for v in gives(total, inner) {
                    if outer.contains(&v) {
                        push(&mut given, v);
                    }
                }
            }
        }
        LitKind::Else { atom, otherwise, .. } => {
            let outer = shared_lit(total, lit);
            let mut all = Vec::new();
            atom.args.iter().for_each(|p| walk::binders(p, &mut |v, _| push(&mut all, v)));
            otherwise.iter().for_each(|l| all.extend(gives(total, l)));
            all.into_iter().filter(|v| outer.contains(v)).for_each(|v| push(&mut given, v));
        }
        LitKind::Not(_) | LitKind::Cond(_) | LitKind::All { .. } => {}
    }
    given
}

/// The variables with a value after as many of the literals as can run.
pub(super) fn closure(total: &Counts, lits: &[Lit], bound: &Bound) -> Bound {
    let mut after = bound.clone();
    let mut waiting: Vec<&Lit> = lits.iter().collect();
    loop {
        let before = waiting.len();
        waiting.retain(|lit| {
            let ready = missing(total, lit, &after).is_empty();
            if ready {
                for v in gives(total, lit) {
                    after.add(v);
                }
            }
            !ready
        });
        if waiting.len() == before {
            return after;
        }
    }
}

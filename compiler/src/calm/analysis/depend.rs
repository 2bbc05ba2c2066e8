//! What determines what within one rule: keys that are declared, equalities,
//! functions. Nothing else is known of the rows.

use std::collections::BTreeSet;

use crate::types::builtins::Func;
use crate::types::judge::reads;
use crate::types::typed::Agg;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::reading::told;
use super::system::Rel;
use super::system::Rels;

/// The variables that an expression reads.
pub(crate) fn vars_of(e: &Expr) -> Vec<usize> {
    let mut out = Vec::new();
    reads(e, &mut |v, _| out.push(v.index()));
    out
}

fn pat_known(pat: &Pat, known: &BTreeSet<usize>) -> bool {
    match &pat.kind {
        PatKind::Wild => false,
        PatKind::Var(v) => known.contains(&v.index()),
        PatKind::Expr(e) => vars_of(e).iter().all(|v| known.contains(v)),
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => ps.iter().all(|p| pat_known(p, known)),
        PatKind::Some(p) => pat_known(p, known),
        PatKind::None => true,
    }
}

fn pat_give(pat: &Pat, known: &mut BTreeSet<usize>) {
    match &pat.kind {
        PatKind::Var(v) => {
            known.insert(v.index());
        }
        PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
            ps.iter().for_each(|p| pat_give(p, known));
        }
        PatKind::Some(p) => pat_give(p, known),
        PatKind::Wild | PatKind::Expr(_) | PatKind::None => {}
    }
}

/// Whether the columns that tell rows apart are all known.
pub(crate) fn key_known(
    rels: &Rels<'_>,
    clause: &Clause,
    atom: &Atom,
    known: &BTreeSet<usize>,
) -> bool {
    let of = rels.get(rels.number(clause.role, atom.rel));
    of.cols
        .iter()
        .zip(&atom.args)
        .enumerate()
        .all(|(at, (col, pat))| col.role != Role::Key || of.at == Some(at) || pat_known(pat, known))
}

/// Whether they are known at one time: also the group of what is aggregated.
fn row_known(rels: &Rels<'_>, clause: &Clause, atom: &Atom, known: &BTreeSet<usize>) -> bool {
    let group = rels.group(rels.number(clause.role, atom.rel));
    key_known(rels, clause, atom, known)
        || group.is_some_and(|cols| {
            cols.iter().all(|col| atom.args.get(*col).is_some_and(|pat| pat_known(pat, known)))
        })
}

/// Everything that the variables at hand determine, whenever it is asked.
pub(crate) fn closure(rels: &Rels<'_>, clause: &Clause, known: &mut BTreeSet<usize>) {
    close(rels, clause, known, false);
}

/// The same at one time: then what merges has one value too.
pub(crate) fn instant(rels: &Rels<'_>, clause: &Clause, known: &mut BTreeSet<usize>) {
    close(rels, clause, known, true);
}

fn close(rels: &Rels<'_>, clause: &Clause, known: &mut BTreeSet<usize>, merged: bool) {
    let classes = clause.classes();
    loop {
        let before = known.len();
        for (var, class) in classes.iter().enumerate() {
            if known.contains(class) || known.contains(&var) {
                known.extend([*class, var]);
            }
        }
        for lit in &clause.lits {
            step(rels, clause, lit, known, merged);
        }
        if known.len() == before {
            return;
        }
    }
}

fn step(rels: &Rels<'_>, clause: &Clause, lit: &Lit, known: &mut BTreeSet<usize>, merged: bool) {
    match &lit.kind {
        LitKind::Atom(atom)
            if key_known(rels, clause, atom, known)
                || merged && row_known(rels, clause, atom, known) =>
        {
            let of = rels.get(rels.number(clause.role, atom.rel));
            for (col, pat) in of.cols.iter().zip(&atom.args) {
                if merged || !matches!(col.role, Role::Cell(_)) {
                    pat_give(pat, known);
                }
            }
        }
        LitKind::Bind(pat, e) => {
            if vars_of(e).iter().all(|v| known.contains(v)) {
                pat_give(pat, known);
            }
            if pat_known(pat, known) {
                let mut vars = Vec::new();
                told(e, &mut vars);
                known.extend(vars.iter().map(|v| v.index()));
            }
        }
        LitKind::Cond(e) => {
            let ExprKind::Compare(Cmp::Eq, a, b) = &e.kind else { return };
            for (from, to) in [(a, b), (b, a)] {
                if vars_of(from).iter().all(|v| known.contains(v)) {
                    let mut vars = Vec::new();
                    told(to, &mut vars);
                    known.extend(vars.iter().map(|v| v.index()));
                }
            }
        }
        LitKind::Else { atom, otherwise, outputs }
            if merged && row_known(rels, clause, atom, known) =>
        {
            let given = |lit: &Lit| match &lit.kind {
                LitKind::Bind(_, e) => vars_of(e).iter().all(|v| known.contains(v)),
                _ => false,
            };
            if otherwise.iter().all(given) {
                known.extend(outputs.iter().map(|v| v.index()));
            }
        }
        // An element and its place in a list.
        LitKind::In(Pat { kind: PatKind::Tuple(ps), .. }, e)
            if vars_of(e).iter().all(|v| known.contains(v)) =>
        {
            if let (ExprKind::Builtin(Func::Enumerate, _), [place, element]) =
                (&e.kind, ps.as_slice())
                && pat_known(place, known)
            {
                pat_give(element, known);
            }
        }
        _ => {}
    }
}

/// Whether what a rule aggregates in a group is there as a whole or not at all:
/// every match belongs to rows that the group determines, or to an element of a
/// collection that it carries and of which all are asked to be there.
pub(crate) fn whole_group(rels: &Rels<'_>, clause: &Clause, distinct: &[&Expr]) -> bool {
    let mut known: BTreeSet<usize> = clause.group.iter().map(|v| v.index()).collect();
    closure(rels, clause, &mut known);
    if !distinct.is_empty() && distinct.iter().all(|e| vars_of(e).iter().all(|v| known.contains(v)))
    {
        return true;
    }
    let mut elements = known.clone();
    for lit in &clause.lits {
        if let LitKind::In(pat, e) = &lit.kind
            && vars_of(e).iter().all(|v| known.contains(v))
        {
            pat_give(pat, &mut elements);
        }
    }
    clause.lits.iter().all(|lit| match &lit.kind {
        LitKind::Atom(atom) => {
            key_known(rels, clause, atom, &known)
                || key_known(rels, clause, atom, &elements) && asked(clause, atom, &known)
        }
        LitKind::Cond(_) | LitKind::All { .. } | LitKind::Bind(..) => true,
        LitKind::In(_, e) => vars_of(e).iter().all(|v| known.contains(v)),
        LitKind::Not(_) | LitKind::Or(_) | LitKind::Else { .. } => false,
    })
}

/// Whether the rule asks for such a row of every element.
fn asked(clause: &Clause, atom: &Atom, known: &BTreeSet<usize>) -> bool {
    clause.lits.iter().any(|lit| match &lit.kind {
        LitKind::All { range, lits, .. } => {
            vars_of(range).iter().all(|v| known.contains(v))
                && lits
                    .iter()
                    .any(|lit| matches!(&lit.kind, LitKind::Atom(inner) if inner.rel == atom.rel))
        }
        _ => false,
    })
}

/// Of a rule that aggregates the collections that only say whether a group is there
/// at all: more of them adds no match to a group, or none that counts.
pub(crate) fn switches(rels: &Rels<'_>, clause: &Clause) -> BTreeSet<Rel> {
    let mut out = BTreeSet::new();
    if clause.aggs.is_empty() || clause.on_event(rels) {
        return out;
    }
    let mut group: BTreeSet<usize> = clause.group.iter().map(|v| v.index()).collect();
    closure(rels, clause, &mut group);
    let mut others = BTreeSet::new();
    for (at, lit) in clause.lits.iter().enumerate() {
        let mut read = Vec::new();
        super::clauses::atoms(std::slice::from_ref(lit), &mut |atom| {
            read.push(rels.number(clause.role, atom.rel));
        });
        match is_switch(rels, clause, at, &group) {
            true => out.extend(read),
            false => others.extend(read),
        }
    }
    out.retain(|rel| !others.contains(rel));
    out
}

fn is_switch(rels: &Rels<'_>, clause: &Clause, at: usize, group: &BTreeSet<usize>) -> bool {
    let of = |lit: &Lit| {
        let mut vars = BTreeSet::new();
        super::reading::vars_of(std::slice::from_ref(lit), &mut |v| {
            vars.insert(v.index());
        });
        vars
    };
    let own: BTreeSet<usize> = of(&clause.lits[at]).difference(group).copied().collect();
    let known = |vars: &BTreeSet<usize>| vars.iter().all(|v| own.contains(v) || group.contains(v));
    let kept = |(other, lit): (usize, &Lit)| {
        let vars = of(lit);
        other == at
            || vars.is_disjoint(&own)
            || matches!(lit.kind, LitKind::Cond(_)) && known(&vars)
    };
    let counted = |agg: &Agg| {
        let by = agg.by.iter().map(|(e, _)| e);
        agg.args.iter().chain(by).any(|e| vars_of(e).iter().any(|v| own.contains(v)))
    };
    let apart = clause.lits.iter().enumerate().all(kept) && !clause.aggs.iter().any(counted);
    let matches = clause.aggs.iter().any(|agg| agg.func.counts_matches());
    apart
        && match &clause.lits[at].kind {
            LitKind::Atom(atom) => !matches || key_known(rels, clause, atom, group),
            LitKind::Not(_) => true,
            _ => false,
        }
}

//! What happens to tables over time: which only gain rows, which only lose
//! them, which are changed by operations that may be exchanged, and which hang
//! on the order of their operations. What hangs on the tables is not known here.

use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::builtins::Func;
use crate::types::typed::Arith;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::depend::closure;
use super::depend::vars_of;
use super::growth::Growth;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;

/// What becomes of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// It only gains rows.
    Gains,
    /// It was filled before, and only loses rows.
    Loses,
    /// Rows are replaced, and the result is the same in any order.
    Commutes,
    /// The order of the operations decides.
    Ordered(Code),
}

/// The table that a rule changes with `<-` or `<+-`, and reads as it was.
pub(crate) fn changed(rels: &Rels<'_>, clause: &Clause) -> Option<Rel> {
    match rels.get(clause.head).kind {
        RelKind::Stage(Stage::Delete | Stage::Replace, target) => {
            Some(rels.number(clause.role, target))
        }
        _ => None,
    }
}

/// What rules with this operator there are for a table.
fn writers<'c>(
    rels: &'c Rels<'_>,
    rules: &'c Rules,
    table: Rel,
    wanted: &'c [Option<Stage>],
) -> impl Iterator<Item = &'c Clause> {
    let all = rules.makers(table).iter().map(|at| &rules[*at]);
    all.filter(move |clause| {
        let how = match rels.get(clause.head).kind {
            RelKind::Stage(how, target) if rels.number(clause.role, target) == table => Some(how),
            _ if clause.head == table => None,
            _ => return false,
        };
        wanted.contains(&how)
    })
}

/// Judges a table.
pub(crate) fn class(rels: &Rels<'_>, rules: &Rules, growth: &Growth, table: Rel) -> Class {
    let deletes = writers(rels, rules, table, &[Some(Stage::Delete)]).count();
    let replaces: Vec<&Clause> = writers(rels, rules, table, &[Some(Stage::Replace)]).collect();
    let grows = |clause: &&Clause| {
        let mut any = false;
        super::clauses::atoms(&clause.lits, &mut |atom| {
            any |= growth.grows[rels.number(clause.role, atom.rel)];
        });
        any
    };
    let inserts = writers(rels, rules, table, &[None, Some(Stage::Next)]).filter(grows).count()
        + usize::from(growth.source[table]);
    match (deletes, replaces.as_slice()) {
        (0, []) => Class::Gains,
        (_, []) if inserts == 0 => Class::Loses,
        (0, all) if inserts == 0 => {
            // A rule for when there is no row goes with one for when there is.
            let later: Vec<&Clause> =
                all.iter().copied().filter(|c| !is_first(rels, c, table)).collect();
            let replaces = if later.is_empty() { all } else { later.as_slice() };
            let mut classes = replaces.iter().map(|clause| replace(rels, clause, table));
            let first = classes.next().unwrap_or(Class::Ordered(Code::OverwriteInArrivalOrder));
            // Different ways of changing a row need not go together.
            let alike = replaces.len() == 1 || replaces.iter().all(|c| adds(rels, c, table));
            match classes.all(|class| class == first) && alike {
                true => first,
                false => Class::Ordered(Code::OverwriteInArrivalOrder),
            }
        }
        _ => Class::Ordered(Code::OverwriteInArrivalOrder),
    }
}

/// Whether a rule holds only where there is no row of its key.
fn is_first(rels: &Rels<'_>, clause: &Clause, table: Rel) -> bool {
    clause.lits.iter().any(|lit| match &lit.kind {
        LitKind::Not(lits) => match lits.as_slice() {
            [Lit { kind: LitKind::Atom(atom), .. }] => {
                let of = rels.get(table);
                rels.number(clause.role, atom.rel) == table
                    && of.cols.iter().zip(&atom.args).all(|(col, pat)| {
                        col.role == Role::Key || matches!(pat.kind, PatKind::Wild)
                    })
            }
            _ => false,
        },
        _ => false,
    })
}

/// Whether a rule that writes a table reads of it only the row of the key that it
/// writes.
pub(crate) fn of_own_key(rels: &Rels<'_>, clause: &Clause, table: Rel) -> bool {
    let of = rels.get(table);
    let classes = clause.classes();
    let mut fine = true;
    super::clauses::atoms(&clause.lits, &mut |atom| {
        if rels.number(clause.role, atom.rel) != table {
            return;
        }
        // A stage may have some of the columns only.
        let stage = rels.get(clause.head);
        let written = |name: &str| {
            let at = stage.cols.iter().position(|col| col.name == name)?;
            clause.args.get(at)
        };
        let pairs = of.cols.iter().zip(&atom.args);
        let pairs = pairs.map(|(col, pat)| (col, pat, written(&col.name)));
        fine &= pairs.into_iter().all(|(col, pat, arg)| match (&pat.kind, arg.map(|e| &e.kind)) {
            (PatKind::Var(a), Some(ExprKind::Var(b))) => {
                col.role != Role::Key || classes[a.index()] == classes[b.index()]
            }
            (PatKind::Expr(a), _) if col.role == Role::Key => {
                let name = |v: usize| Some(format!("v{}", classes[v]));
                let shape = |e: &Expr| super::rows::shape(e, &name);
                shape(a).is_some() && shape(a) == arg.and_then(shape)
            }
            _ => col.role != Role::Key,
        });
    });
    fine
}

/// The row of the table itself that a rule reads.
fn own<'c>(rels: &Rels<'_>, clause: &'c Clause, table: Rel) -> Option<&'c Atom> {
    fn find<'c>(lits: &'c [Lit], is: &dyn Fn(&Atom) -> bool) -> Option<&'c Atom> {
        lits.iter().find_map(|lit| match &lit.kind {
            LitKind::Atom(atom) | LitKind::Else { atom, .. } if is(atom) => Some(atom),
            LitKind::Not(lits) => find(lits, is),
            _ => None,
        })
    }
    find(&clause.lits, &|atom| rels.number(clause.role, atom.rel) == table)
}

/// Values of the row that is replaced, by variable.
fn old_vars(rels: &Rels<'_>, atom: Option<&Atom>, table: Rel) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let Some(atom) = atom else { return out };
    for (col, pat) in rels.get(table).cols.iter().zip(&atom.args) {
        if col.role != Role::Key {
            crate::types::judge::binders(pat, &mut |v, _| {
                out.insert(v.index());
            });
        }
    }
    out
}

fn replace(rels: &Rels<'_>, clause: &Clause, table: Rel) -> Class {
    let ordered = Class::Ordered(Code::OverwriteInArrivalOrder);
    let atom = own(rels, clause, table);
    let old = old_vars(rels, atom, table);
    let mut key = BTreeSet::new();
    let of = rels.get(table);
    for (col, arg) in of.cols.iter().zip(&clause.args) {
        if col.role == Role::Key {
            key.extend(vars_of(arg));
        }
    }
    let guards = guards(&clause.lits, &old);
    if let Some(wins) = last_writer(&guards, &old) {
        let mut known = key.clone();
        known.extend(wins.iter().copied());
        closure(rels, clause, &mut known);
        let values = of.cols.iter().zip(&clause.args).filter(|(c, _)| c.role != Role::Key);
        let told = values
            .into_iter()
            .all(|(_, arg)| vars_of(arg).iter().all(|v| known.contains(v) || old.contains(v)));
        // Time and writer together name a write.
        return match told || wins.len() > 1 {
            true => Class::Commutes,
            false => Class::Ordered(Code::TieBreakMissing),
        };
    }
    if !guards.is_empty() {
        return ordered;
    }
    let mut known = key;
    closure(rels, clause, &mut known);
    let fine = |(at, (col, arg)): (usize, (&crate::types::typed::Col, &Expr))| {
        let slot = atom.and_then(|atom| atom.args.get(at)).and_then(|pat| match pat.kind {
            PatKind::Var(v) => Some(v.index()),
            _ => None,
        });
        col.role == Role::Key
            || vars_of(arg).is_empty() && !has_aggregate(arg)
            || slot.is_some_and(|slot| folds(clause, arg, slot, &old))
            || !arg_uses(arg, &old) && vars_of(arg).iter().all(|v| known.contains(v)) && {
                !has_aggregate(arg)
            }
    };
    match of.cols.iter().zip(&clause.args).enumerate().all(fine) {
        true => Class::Commutes,
        false => ordered,
    }
}

fn adds(rels: &Rels<'_>, clause: &Clause, table: Rel) -> bool {
    let atom = own(rels, clause, table);
    let old = old_vars(rels, atom, table);
    let of = rels.get(table);
    of.cols.iter().zip(&clause.args).enumerate().all(|(at, (col, arg))| {
        let slot = atom.and_then(|atom| atom.args.get(at)).and_then(|pat| match pat.kind {
            PatKind::Var(v) => Some(v.index()),
            _ => None,
        });
        col.role == Role::Key
            || slot.is_some_and(|slot| match &arg.kind {
                ExprKind::Arith(Arith::Add | Arith::Sub, ..) => folds(clause, arg, slot, &old),
                ExprKind::Var(v) => v.index() == slot,
                _ => false,
            })
    })
}

fn arg_uses(arg: &Expr, vars: &BTreeSet<usize>) -> bool {
    vars_of(arg).iter().any(|v| vars.contains(v))
}

fn has_aggregate(e: &Expr) -> bool {
    let mut found = matches!(e.kind, ExprKind::Agg(_));
    crate::types::parts::parts(e, &mut |part| found |= has_aggregate(part));
    found
}

/// Whether a value is what was there, with something added, or the greater or
/// lesser of it and something.
fn folds(clause: &Clause, arg: &Expr, slot: usize, old: &BTreeSet<usize>) -> bool {
    let is_old = |e: &Expr| matches!(e.kind, ExprKind::Var(v) if v.index() == slot);
    let free = |e: &Expr| {
        let mut aggs = true;
        each_agg(e, &mut |i| {
            aggs &=
                clause.aggs.get(i).is_some_and(|agg| agg.args.iter().all(|e| !arg_uses(e, old)));
        });
        aggs && !arg_uses(e, old)
    };
    match &arg.kind {
        ExprKind::Var(v) => v.index() == slot,
        ExprKind::Arith(Arith::Add, a, b, _) => is_old(a) && free(b) || is_old(b) && free(a),
        ExprKind::Arith(Arith::Sub, a, b, _) => is_old(a) && free(b),
        ExprKind::Builtin(Func::Max | Func::Min | Func::Union, args) => match args.as_slice() {
            [a, b] => is_old(a) && free(b) || is_old(b) && free(a),
            _ => false,
        },
        _ => false,
    }
}

pub(crate) fn each_agg(e: &Expr, f: &mut dyn FnMut(usize)) {
    if let ExprKind::Agg(i) = e.kind {
        f(i);
    }
    crate::types::parts::parts(e, &mut |part| each_agg(part, f));
}

/// Conditions on the row that is replaced.
fn guards<'c>(lits: &'c [Lit], old: &BTreeSet<usize>) -> Vec<&'c Expr> {
    let mut out = Vec::new();
    for lit in lits {
        match &lit.kind {
            LitKind::Cond(e) if arg_uses(e, old) => out.push(e),
            LitKind::Bind(_, e) | LitKind::In(_, e) if arg_uses(e, old) => out.push(e),
            LitKind::Not(lits) => out.extend(guards(lits, old)),
            _ => {}
        }
    }
    out
}

/// Of "the later one wins": the variables of the event that are compared.
fn last_writer(guards: &[&Expr], old: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    let [only] = guards else { return None };
    let ExprKind::Compare(Cmp::Gt | Cmp::Ge | Cmp::Lt | Cmp::Le, a, b) = &only.kind else {
        return None;
    };
    let all_old = |e: &Expr| vars_of(e).iter().all(|v| old.contains(v)) && arg_uses(e, old);
    let none_old = |e: &Expr| !arg_uses(e, old);
    match (all_old(a) && none_old(b), all_old(b) && none_old(a)) {
        (true, _) => Some(vars_of(b).into_iter().collect()),
        (_, true) => Some(vars_of(a).into_iter().collect()),
        _ => None,
    }
}

/// Whether a fold counts the same message twice: it adds, and nothing tells
/// that the message was seen before.
pub(crate) fn counts_repeats(rels: &Rels<'_>, clause: &Clause, table: Rel) -> bool {
    let atom = own(rels, clause, table);
    let of = rels.get(table);
    let adds = of.cols.iter().zip(&clause.args).enumerate().any(|(at, (col, arg))| {
        let slot = atom.and_then(|atom| atom.args.get(at)).and_then(|pat| match pat.kind {
            PatKind::Var(v) => Some(v.index()),
            _ => None,
        });
        let sums = matches!(arg.kind, ExprKind::Arith(Arith::Add | Arith::Sub, ..));
        col.role != Role::Key && sums && slot.is_some_and(|slot| vars_of(arg).contains(&slot))
    });
    let asks = clause.lits.iter().any(|lit| match &lit.kind {
        LitKind::Not(lits) => lits.iter().any(|lit| match &lit.kind {
            LitKind::Atom(atom) => rels.number(clause.role, atom.rel) != table,
            _ => false,
        }),
        _ => false,
    });
    adds && !asks
}

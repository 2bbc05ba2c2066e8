//! Rules that say nothing that others do not say already, and parts of bodies
//! that the rest implies: they are left out before anything is judged. A rule is
//! contained in another one of its head when the other's body can be found in
//! what its own body implies. How rules are run is not known here.

use std::collections::BTreeMap;

use crate::types::judge::reads;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;

/// Steps of unfolding what a body implies.
const STEPS_MAX: usize = 4;

/// A value as far as it can be compared: a variable, or what is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Term {
    Var(usize),
    Text(String),
    Any,
}

/// A row that is there, or was there when it mattered.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    rel: Rel,
    terms: Vec<Term>,
}

fn term(e: &Expr, classes: &[usize]) -> Term {
    match &e.kind {
        ExprKind::Var(v) => Term::Var(classes.get(v.index()).copied().unwrap_or(v.index())),
        kind => {
            let mut vars = 0;
            reads(e, &mut |_, _| vars += 1);
            match vars {
                0 => Term::Text(format!("{kind:?}")),
                _ => Term::Any,
            }
        }
    }
}

fn pat(p: &Pat, classes: &[usize]) -> Term {
    match &p.kind {
        PatKind::Var(v) => Term::Var(classes.get(v.index()).copied().unwrap_or(v.index())),
        PatKind::Expr(e) => term(e, classes),
        _ => Term::Any,
    }
}

fn row(rels: &Rels<'_>, role: usize, atom: &Atom, classes: &[usize]) -> Row {
    let terms = atom.args.iter().map(|p| pat(p, classes)).collect();
    Row { rel: rels.number(role, atom.rel), terms }
}

/// What is compared of a rule.
struct Body {
    classes: Vec<usize>,
    /// The rows that it needs; nothing where it needs other things too.
    wanted: Option<Vec<Row>>,
    /// What was there once need not have been there together.
    single: bool,
    /// The rows that it has, and with those that must have been there before.
    have: Vec<Row>,
    past: Vec<Row>,
}

/// Leaves out what others say.
pub(crate) fn absorb(rels: &Rels<'_>, clauses: Vec<Clause>) -> Vec<Clause> {
    let mut by_head: BTreeMap<Rel, Vec<usize>> = BTreeMap::new();
    for (at, clause) in clauses.iter().enumerate() {
        by_head.entry(clause.head).or_default().push(at);
    }
    let mut gone = vec![false; clauses.len()];
    for group in by_head.values().filter(|group| group.len() > 1) {
        let body = |at: &usize| body(rels, &clauses, &clauses[*at], &by_head);
        let bodies: Vec<Body> = group.iter().map(body).collect();
        for (here, &at) in group.iter().enumerate() {
            gone[at] = group.iter().enumerate().any(|(there, &other)| {
                let (wide, narrow) = (&clauses[other], &clauses[at]);
                other != at
                    && !gone[other]
                    && contains(rels, (wide, &bodies[there]), (narrow, &bodies[here]))
            });
        }
    }
    let mut out: Vec<Clause> = clauses
        .iter()
        .zip(&gone)
        .filter(|(_, gone)| !**gone)
        .map(|(clause, _)| clause.clone())
        .collect();
    out.iter_mut().for_each(|clause| shorten(rels, &clauses, &by_head, clause));
    out
}

fn body(
    rels: &Rels<'_>,
    clauses: &[Clause],
    clause: &Clause,
    by_head: &BTreeMap<Rel, Vec<usize>>,
) -> Body {
    let classes = clause.classes();
    let wanted = wanted(rels, clause, &classes);
    let given = |row: &&Row| rels.get(row.rel).given.is_none();
    let single = wanted.iter().flatten().filter(given).count() < 2;
    let have = implied(rels, clauses, clause, &classes, by_head, false);
    let past = implied(rels, clauses, clause, &classes, by_head, true);
    Body { classes, wanted, single, have, past }
}

/// Whether all that one rule derives is derived by another one.
fn contains(rels: &Rels<'_>, wide: (&Clause, &Body), narrow: (&Clause, &Body)) -> bool {
    let ((wide, of), (narrow, by)) = (wide, narrow);
    if !wide.aggs.is_empty() || !narrow.aggs.is_empty() || wide.role != narrow.role {
        return false;
    }
    let Some(wanted) = &of.wanted else { return false };
    let have = if rels.remembers(wide.head) && of.single { &by.past } else { &by.have };
    if !wanted.iter().all(|row| have.iter().any(|other| other.rel == row.rel)) {
        return false;
    }
    let mut env: BTreeMap<usize, Term> = BTreeMap::new();
    for (a, b) in wide.args.iter().zip(&narrow.args) {
        if !fit(&term(a, &of.classes), &term(b, &by.classes), &mut env) {
            return false;
        }
    }
    found(wanted, have, &env)
}

/// The rows that a rule needs, if it needs nothing but rows. A rule that an event
/// sets off needs that event alone, so that it was set off whenever it came.
fn wanted(rels: &Rels<'_>, clause: &Clause, classes: &[usize]) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    for lit in &clause.lits {
        match &lit.kind {
            LitKind::Atom(atom) => {
                let one = row(rels, clause.role, atom, classes);
                rows.push(one);
            }
            // Equal variables are one already.
            LitKind::Bind(Pat { kind: PatKind::Var(_), .. }, e)
                if matches!(e.kind, ExprKind::Var(_)) => {}
            _ => return None,
        }
    }
    Some(rows)
}

/// The rows that a body has, and those that must have been there before.
fn implied(
    rels: &Rels<'_>,
    clauses: &[Clause],
    clause: &Clause,
    classes: &[usize],
    by_head: &BTreeMap<Rel, Vec<usize>>,
    remembers: bool,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for lit in &clause.lits {
        if let LitKind::Atom(atom) = &lit.kind {
            rows.push(row(rels, clause.role, atom, classes));
        }
    }
    if !remembers {
        return rows;
    }
    let mut from = 0;
    for _ in 0..STEPS_MAX {
        let upto = rows.len();
        for at in from..upto {
            let known = rows[at].clone();
            let Some([only]) = by_head.get(&known.rel).map(Vec::as_slice) else { continue };
            if rels.stages(known.rel).is_empty() && rels.get(known.rel).given.is_none() {
                unfold(rels, &clauses[*only], &known, &mut rows);
            }
        }
        from = upto;
    }
    rows
}

/// What the only rule of a collection read to derive a row.
fn unfold(rels: &Rels<'_>, rule: &Clause, known: &Row, rows: &mut Vec<Row>) {
    if !rule.aggs.is_empty() {
        return;
    }
    let classes = rule.classes();
    let mut env: BTreeMap<usize, Term> = BTreeMap::new();
    for (arg, value) in rule.args.iter().zip(&known.terms) {
        if let Term::Var(v) = term(arg, &classes) {
            env.insert(v, value.clone());
        }
    }
    for lit in &rule.lits {
        let LitKind::Atom(atom) = &lit.kind else { continue };
        let mut one = row(rels, rule.role, atom, &classes);
        for term in &mut one.terms {
            if let Term::Var(v) = term {
                *term = env.get(v).cloned().unwrap_or(Term::Any);
            }
        }
        if !rows.contains(&one) {
            rows.push(one);
        }
    }
}

fn fit(a: &Term, b: &Term, env: &mut BTreeMap<usize, Term>) -> bool {
    match a {
        Term::Any => false,
        Term::Text(text) => matches!(b, Term::Text(other) if other == text),
        Term::Var(v) => match env.get(v) {
            Some(known) => known == b && *b != Term::Any,
            None => {
                if *b == Term::Any {
                    return false;
                }
                env.insert(*v, b.clone());
                true
            }
        },
    }
}

/// Whether all rows can be found with one value for each variable.
fn found(wanted: &[Row], have: &[Row], env: &BTreeMap<usize, Term>) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return true };
    have.iter().filter(|row| row.rel == first.rel).any(|row| {
        let mut env = env.clone();
        let fits = first.terms.iter().zip(&row.terms).all(|(a, b)| match a {
            Term::Any => true,
            Term::Var(v) if !env.contains_key(v) => {
                env.insert(*v, b.clone());
                true
            }
            _ => fit(a, b, &mut env),
        });
        fits && found(rest, have, &env)
    })
}

/// Leaves out of a body what an event in it implies by itself: a table that
/// takes in that very event in the same tick.
fn shorten(
    rels: &Rels<'_>,
    clauses: &[Clause],
    by_head: &BTreeMap<Rel, Vec<usize>>,
    clause: &mut Clause,
) {
    let classes = clause.classes();
    let events: Vec<Row> = clause
        .events(rels)
        .into_iter()
        .map(|atom| row(rels, clause.role, atom, &classes))
        .collect();
    if events.is_empty() || clause.lits.len() < 2 {
        return;
    }
    let role = clause.role;
    let implied = |lit: &Lit| {
        let LitKind::Atom(atom) = &lit.kind else { return false };
        let known = row(rels, role, atom, &classes);
        if rels.get(known.rel).event {
            return false;
        }
        let rules = by_head.get(&known.rel).into_iter().flatten().map(|at| &clauses[*at]);
        rules.filter(|rule| rule.aggs.is_empty()).any(|rule| {
            let own = rule.classes();
            let Some(wanted) = wanted(rels, rule, &own) else { return false };
            let mut env = BTreeMap::new();
            let args = rule.args.iter().zip(&known.terms);
            let heads = args
                .into_iter()
                .all(|(arg, value)| *value == Term::Any || fit(&term(arg, &own), value, &mut env));
            // A value that the row gives must not be new here.
            let bound = known.terms.iter().all(|t| match t {
                Term::Var(v) => events.iter().any(|e| e.terms.contains(&Term::Var(*v))),
                _ => true,
            });
            heads && bound && found(&wanted, &events, &env)
        })
    };
    clause.lits.retain(|lit| !implied(lit));
}

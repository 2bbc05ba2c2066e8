//! Rows as far as they can be compared: which variable, or which written value,
//! stands in which column. Whether rows that are wanted are among those at hand,
//! and which others follow from these at the same time. What follows from it is
//! not known here.

use std::collections::BTreeMap;

use crate::types::judge::reads;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::system::Rel;
use super::system::Rels;

/// Rules that are chained to find what follows.
const STEPS_MAX: usize = 4;
/// Rows of one collection that are looked at.
const ROWS_MAX: usize = 16;

/// A value as far as it can be compared: a variable, or what is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Term {
    Var(usize),
    Text(String),
    Any,
}

/// A row that is there, or was there when it mattered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Row {
    pub(crate) rel: Rel,
    pub(crate) terms: Vec<Term>,
}

/// What variables stand for.
pub(crate) type Env = BTreeMap<usize, Term>;

/// Rules by their head.
pub(crate) type ByHead = BTreeMap<Rel, Vec<usize>>;

/// What a rule needs, if it needs nothing but rows, and conditions on them.
pub(crate) struct Wanted<'c> {
    pub(crate) rows: Vec<Row>,
    pub(crate) conds: Vec<&'c Expr>,
}

pub(crate) fn term(e: &Expr, classes: &[usize]) -> Term {
    match &e.kind {
        ExprKind::Var(v) => Term::Var(classes.get(v.index()).copied().unwrap_or(v.index())),
        kind => {
            let mut vars = 0;
            reads(e, &mut |_, _| vars += 1);
            match (vars, kind) {
                (0, ExprKind::Agg(_)) => Term::Any,
                (0, _) => shape(e, &|_| None).map_or(Term::Any, Term::Text),
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

pub(crate) fn row(rels: &Rels<'_>, role: usize, atom: &Atom, classes: &[usize]) -> Row {
    let terms = atom.args.iter().map(|p| pat(p, classes)).collect();
    Row { rel: rels.number(role, atom.rel), terms }
}

/// An expression as a text that is the same where it means the same; `None` of one
/// that is not worth comparing.
pub(crate) fn shape(e: &Expr, name: &dyn Fn(usize) -> Option<String>) -> Option<String> {
    let of = |e: &Expr| shape(e, name);
    let all = |es: &[Expr]| es.iter().map(of).collect::<Option<Vec<String>>>();
    Some(match &e.kind {
        ExprKind::Var(v) => name(v.index())?,
        ExprKind::Literal(literal) => format!("{literal:?}"),
        ExprKind::Const(id) => format!("const {}", id.index()),
        ExprKind::None => "none".to_string(),
        ExprKind::Some(e) => format!("some({})", of(e)?),
        ExprKind::Not(e) => format!("not({})", of(e)?),
        ExprKind::Neg(e, _) => format!("-({})", of(e)?),
        ExprKind::Tuple(es) => format!("({})", all(es)?.join(", ")),
        ExprKind::List(es) => format!("[{}]", all(es)?.join(", ")),
        ExprKind::Set(es) => format!("{{{}}}", all(es)?.join(", ")),
        ExprKind::Construct(of, at, es) => {
            format!("{}.{at}({})", of.index(), all(es)?.join(", "))
        }
        ExprKind::Field(e, at) => format!("{}.{at}", of(e)?),
        ExprKind::Compare(Cmp::Gt, a, b) => format!("({} < {})", of(b)?, of(a)?),
        ExprKind::Compare(Cmp::Ge, a, b) => format!("({} <= {})", of(b)?, of(a)?),
        ExprKind::Compare(cmp, a, b) => format!("({} {} {})", of(a)?, cmp.sign(), of(b)?),
        ExprKind::Arith(op, a, b, _) => format!("({} {} {})", of(a)?, op.sign(), of(b)?),
        ExprKind::Logic(op, a, b) => format!("({} {op:?} {})", of(a)?, of(b)?),
        ExprKind::Builtin(func, es) => format!("{func:?}({})", all(es)?.join(", ")),
        _ => return None,
    })
}

/// The shape of a condition where variables have these values.
pub(crate) fn condition(e: &Expr, classes: &[usize], env: Option<&Env>) -> Option<String> {
    shape(e, &|var| {
        let class = classes.get(var).copied().unwrap_or(var);
        let value = match env {
            None => Term::Var(class),
            Some(env) => env.get(&class)?.clone(),
        };
        match value {
            Term::Var(v) => Some(format!("v{v}")),
            Term::Text(text) => Some(text),
            Term::Any => None,
        }
    })
}

/// What a rule needs; `None` where it needs other things than rows and conditions.
pub(crate) fn wanted<'c>(
    rels: &Rels<'_>,
    clause: &'c Clause,
    classes: &[usize],
) -> Option<Wanted<'c>> {
    let mut out = Wanted { rows: Vec::new(), conds: Vec::new() };
    for lit in &clause.lits {
        match &lit.kind {
            LitKind::Atom(atom) => out.rows.push(row(rels, clause.role, atom, classes)),
            LitKind::Cond(e) => out.conds.push(e),
            // Equal variables are one already.
            LitKind::Bind(Pat { kind: PatKind::Var(_), .. }, e)
                if matches!(e.kind, ExprKind::Var(_)) => {}
            _ => return None,
        }
    }
    Some(out)
}

/// The rows of a body that every match has.
pub(crate) fn rows(rels: &Rels<'_>, role: usize, lits: &[Lit], classes: &[usize]) -> Vec<Row> {
    let atoms = lits.iter().filter_map(|lit| match &lit.kind {
        LitKind::Atom(atom) => Some(row(rels, role, atom, classes)),
        _ => None,
    });
    atoms.collect()
}

/// Puts a value in the place of a variable, or compares it with what is there.
pub(crate) fn fit(a: &Term, b: &Term, env: &mut Env) -> bool {
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

/// Calls `f` with each way to find all the rows among others, one value for each
/// variable, until it says that it has seen enough.
pub(crate) fn each_match(
    wanted: &[Row],
    have: &[Row],
    env: &Env,
    f: &mut dyn FnMut(&Env) -> bool,
) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return f(env) };
    let may = |row: &&Row| {
        let differ = |(a, b): (&Term, &Term)| match (a, b) {
            (Term::Text(a), Term::Text(b)) => a != b,
            _ => false,
        };
        row.rel == first.rel && !first.terms.iter().zip(&row.terms).any(differ)
    };
    have.iter().filter(may).any(|row| {
        let mut env = env.clone();
        let fits = first.terms.iter().zip(&row.terms).all(|(a, b)| match a {
            Term::Any => true,
            Term::Var(v) if !env.contains_key(v) => {
                env.insert(*v, b.clone());
                true
            }
            _ => fit(a, b, &mut env),
        });
        fits && each_match(rest, have, &env, f)
    })
}

/// Rows of a collection that follow in the same tick from rows that are there.
pub(crate) fn derived(
    rels: &Rels<'_>,
    clauses: &[Clause],
    by_head: &ByHead,
    rel: Rel,
    have: &[Row],
) -> Vec<Row> {
    follow(rels, clauses, by_head, rel, have, STEPS_MAX)
}

fn follow(
    rels: &Rels<'_>,
    clauses: &[Clause],
    by_head: &ByHead,
    rel: Rel,
    have: &[Row],
    steps: usize,
) -> Vec<Row> {
    let mut out = Vec::new();
    let Some(steps) = steps.checked_sub(1) else { return out };
    for rule in by_head.get(&rel).into_iter().flatten().map(|at| &clauses[*at]).take(ROWS_MAX) {
        let classes = rule.classes();
        let needs = match wanted(rels, rule, &classes) {
            Some(needs) if rule.aggs.is_empty() && !rule.fires && needs.conds.is_empty() => needs,
            _ => continue,
        };
        let mut there = have.to_vec();
        for row in &needs.rows {
            if !there.iter().any(|known| known.rel == row.rel) {
                let more = follow(rels, clauses, by_head, row.rel, have, steps);
                there.extend(more);
            }
        }
        each_match(&needs.rows, &there, &Env::new(), &mut |env| {
            let value = |arg: &Expr| match term(arg, &classes) {
                Term::Var(v) => env.get(&v).cloned().unwrap_or(Term::Any),
                other => other,
            };
            out.push(Row { rel, terms: rule.args.iter().map(value).collect() });
            out.len() >= ROWS_MAX
        });
    }
    out.truncate(ROWS_MAX);
    out
}

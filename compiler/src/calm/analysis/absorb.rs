//! Rules that say nothing that others do not say already, and parts of bodies
//! that the rest implies: they are left out before anything is judged. A rule is
//! contained in another one of its head when the other's body can be found in
//! what its own body implies. How rules are run is not known here.

use std::collections::BTreeMap;

use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::reading::truth;
use super::rows::ByHead;
use super::rows::Env;
use super::rows::Row;
use super::rows::Term;
use super::rows::Wanted;
use super::rows::condition;
use super::rows::derived;
use super::rows::each_match;
use super::rows::fit;
use super::rows::row;
use super::rows::rows;
use super::rows::term;
use super::rows::wanted;
use super::system::Rel;
use super::system::Rels;
use super::tables::of_own_key;

/// Steps of unfolding what a body implies.
const STEPS_MAX: usize = 4;

/// What is compared of a rule.
struct Body<'c> {
    classes: Vec<usize>,
    /// What it needs sooner or later; nothing where it needs other things than rows.
    wanted: Option<Wanted<'c>>,
    /// What was there once need not have been there together.
    single: bool,
    /// The rows that it has, and with those that must have been there before.
    have: Vec<Row>,
    past: Vec<Row>,
    /// Conditions that its matches pass.
    conds: Vec<String>,
}

/// All rules, by their heads.
struct All<'r> {
    rels: &'r Rels<'r>,
    clauses: &'r [Clause],
    by_head: &'r ByHead,
}

/// Whether a rule asks for what never holds.
fn never(rels: &Rels<'_>, clause: &Clause) -> bool {
    let consts = &rels.part(clause.head).typed.consts;
    clause.lits.iter().any(|lit| match &lit.kind {
        LitKind::Cond(e) => truth(consts, e) == Some(false),
        _ => false,
    })
}

/// Leaves out what others say.
pub(crate) fn absorb(rels: &Rels<'_>, mut clauses: Vec<Clause>) -> Vec<Clause> {
    clauses.retain(|clause| !never(rels, clause));
    let mut by_head: ByHead = BTreeMap::new();
    for (at, clause) in clauses.iter().enumerate() {
        by_head.entry(clause.head).or_default().push(at);
    }
    let all = All { rels, clauses: &clauses, by_head: &by_head };
    let mut gone = vec![false; clauses.len()];
    for group in by_head.values().filter(|group| group.len() > 1) {
        let bodies: Vec<Body<'_>> = group.iter().map(|at| all.body(&clauses[*at])).collect();
        // Of two that say the same the one over state alone stays.
        let mut order: Vec<usize> = (0..group.len()).collect();
        order.sort_by_key(|here| !clauses[group[*here]].on_event(rels));
        for here in order {
            gone[group[here]] = (0..group.len()).any(|there| {
                let (wide, narrow) = (&clauses[group[there]], &clauses[group[here]]);
                here != there
                    && !gone[group[there]]
                    && all.contains((wide, &bodies[there]), (narrow, &bodies[here]))
            });
        }
    }
    let kept = clauses.iter().zip(&gone).filter(|(_, gone)| !**gone);
    let mut out: Vec<Clause> = kept.map(|(clause, _)| clause.clone()).collect();
    out.iter_mut().for_each(|clause| all.shorten(clause));
    out
}

impl<'r> All<'r> {
    fn body(&self, clause: &'r Clause) -> Body<'r> {
        let classes = clause.classes();
        let mut wanted = wanted(self.rels, clause, &classes);
        let given = |row: &&Row| self.rels.get(row.rel).given.is_none();
        let single = wanted.iter().flat_map(|w| &w.rows).filter(given).count() < 2;
        if let Some(wanted) = &mut wanted {
            self.without_clocks(clause, &mut wanted.rows);
        }
        let have = rows(self.rels, clause.role, &clause.lits, &classes);
        let past = self.past(have.clone());
        let passed = clause.lits.iter().filter_map(|lit| match &lit.kind {
            LitKind::Cond(e) => condition(e, &classes, None),
            _ => None,
        });
        let conds = passed.collect();
        Body { classes, wanted, single, have, past, conds }
    }

    /// Whether all that one rule derives is derived by another one.
    fn contains(&self, wide: (&Clause, &Body<'_>), narrow: (&Clause, &Body<'_>)) -> bool {
        let ((wide, of), (narrow, by)) = (wide, narrow);
        if !wide.aggs.is_empty() || !narrow.aggs.is_empty() || wide.role != narrow.role {
            return false;
        }
        let Some(wanted) = &of.wanted else { return false };
        let mut env = Env::new();
        for (a, b) in wide.args.iter().zip(&narrow.args) {
            if !fit(&term(a, &of.classes), &term(b, &by.classes), &mut env) {
                return false;
            }
        }
        let past = self.rels.remembers(wide.head) && of.single;
        let have = if past { &by.past } else { &by.have };
        let mut more = Vec::new();
        for row in &wanted.rows {
            if have.iter().any(|known| known.rel == row.rel) {
                continue;
            }
            let new = derived(self.rels, self.clauses, self.by_head, row.rel, &by.have);
            if new.is_empty() {
                return false;
            }
            more.extend(new);
        }
        let joined = (!more.is_empty()).then(|| [have.as_slice(), &more].concat());
        let have = joined.as_ref().unwrap_or(have);
        let passes = |env: &Env| {
            let passed = |e: &&_| {
                condition(e, &of.classes, Some(env)).is_some_and(|c| by.conds.contains(&c))
            };
            wanted.conds.iter().all(passed)
        };
        each_match(&wanted.rows, have, &env, &mut |env| passes(env))
    }

    /// A rule that sends what stays for ever, again and again, does not need the
    /// moment.
    fn without_clocks(&self, clause: &Clause, rows: &mut Vec<Row>) {
        let rels = self.rels;
        let sends = matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Send, _));
        let clock = |row: &Row| rels.get(row.rel).kind == RelKind::Periodic;
        if sends && rows.iter().all(|row| clock(row) || self.stays(row.rel)) {
            rows.retain(|row| !clock(row));
        }
    }

    /// Whether its rows are never taken out.
    fn stays(&self, rel: Rel) -> bool {
        let of = self.rels.get(rel);
        let taken = |(how, _): &(Stage, Rel)| matches!(how, Stage::Delete | Stage::Replace);
        of.given.is_some_and(|given| !matches!(given, crate::names::hir::Given::Now)) && !of.event
            || of.kind.is_table() && !self.rels.stages(rel).iter().any(taken)
    }

    /// These rows, and those that must have been there before.
    fn past(&self, mut rows: Vec<Row>) -> Vec<Row> {
        let mut from = 0;
        for _ in 0..STEPS_MAX {
            let upto = rows.len();
            for at in from..upto {
                let known = rows[at].clone();
                let Some([only]) = self.by_head.get(&known.rel).map(Vec::as_slice) else {
                    continue;
                };
                let plain = self.rels.stages(known.rel).is_empty();
                if plain && self.rels.get(known.rel).given.is_none() {
                    unfold(self.rels, &self.clauses[*only], &known, &mut rows);
                }
            }
            from = upto;
        }
        rows
    }

    /// Leaves out that there is no row of the key yet: with it or without, there is
    /// one from then on.
    fn first_alone(&self, clause: &mut Clause) {
        let RelKind::Stage(Stage::Next, target) = self.rels.get(clause.head).kind else { return };
        let table = self.rels.number(clause.role, target);
        if !self.rels.get(table).kind.is_table() || !self.stays(table) {
            return;
        }
        let firsts: Vec<bool> =
            clause.lits.iter().map(|lit| is_first(self.rels, clause, lit, table)).collect();
        let mut firsts = firsts.into_iter();
        clause.lits.retain(|_| !firsts.next().unwrap_or(false));
    }

    /// Leaves out of a body what an event in it implies by itself: what takes in
    /// that very event in the same tick.
    fn shorten(&self, clause: &mut Clause) {
        let (rels, classes, role) = (self.rels, clause.classes(), clause.role);
        self.first_alone(clause);
        let events: Vec<Row> =
            clause.events(rels).into_iter().map(|atom| row(rels, role, atom, &classes)).collect();
        if events.is_empty() || clause.lits.len() < 2 {
            return;
        }
        let implied = |lit: &Lit| {
            let LitKind::Atom(atom) = &lit.kind else { return false };
            let known = row(rels, role, atom, &classes);
            if rels.get(known.rel).event {
                return false;
            }
            // A value that the row gives must not be new here.
            let more = derived(rels, self.clauses, self.by_head, known.rel, &events);
            more.iter().any(|row| {
                let pairs = row.terms.iter().zip(&known.terms);
                pairs.into_iter().all(|(a, b)| *b == Term::Any || a == b)
            })
        };
        clause.lits.retain(|lit| !implied(lit));
    }
}

/// Whether a literal says that a table has no row of the key that the rule writes.
fn is_first(rels: &Rels<'_>, clause: &Clause, lit: &Lit, table: Rel) -> bool {
    let LitKind::Not(inner) = &lit.kind else { return false };
    let [Lit { kind: LitKind::Atom(atom), .. }] = inner.as_slice() else { return false };
    let of = rels.get(table);
    let values = of.cols.iter().zip(&atom.args).filter(|(col, _)| col.role != Role::Key);
    rels.number(clause.role, atom.rel) == table
        && values.into_iter().all(|(_, pat)| matches!(pat.kind, PatKind::Wild))
        && of_own_key(rels, &Clause { lits: vec![lit.clone()], ..clause.clone() }, table)
}

/// What the only rule of a collection read to derive a row.
fn unfold(rels: &Rels<'_>, rule: &Clause, known: &Row, rows: &mut Vec<Row>) {
    if !rule.aggs.is_empty() {
        return;
    }
    let classes = rule.classes();
    let mut env = Env::new();
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

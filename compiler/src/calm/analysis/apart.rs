//! Whether two rules can never both have the same key: they ask one row for different
//! things, or one denies what the other has. Where values come from is not known
//! here.

use crate::types::typed::Atom;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;

use super::clauses::Clause;
use super::firm::Firm;
use super::rows::Term;
use super::rows::condition;
use super::rows::row;
use super::system::Rel;

impl Firm<'_> {
    /// Whether two rules read one row, each in another case of it.
    pub(crate) fn apart(&self, one: (&Clause, &[usize]), other: (&Clause, &[usize])) -> bool {
        let (mine, theirs) = (one.0.classes(), other.0.classes());
        let atoms = |clause: &Clause| -> Vec<Atom> {
            let atoms = clause.lits.iter().filter_map(|lit| match &lit.kind {
                LitKind::Atom(atom) => Some(atom.clone()),
                _ => None,
            });
            atoms.collect()
        };
        atoms(one.0).iter().any(|a| {
            atoms(other.0).iter().any(|b| {
                let x = row(self.rels, one.0.role, a, &mine);
                let y = row(self.rels, other.0.role, b, &theirs);
                let of = self.rels.get(x.rel);
                let place = |clause: &Clause, key: &[usize], classes: &[usize], t: &Term| {
                    key.iter().position(|col| match clause.args.get(*col).map(|arg| &arg.kind) {
                        Some(ExprKind::Var(v)) => *t == Term::Var(classes[v.index()]),
                        _ => false,
                    })
                };
                let keyed = x.rel == y.rel
                    && of.has_values()
                    && self.rels.identity(x.rel).iter().all(|col| {
                        let left = place(one.0, one.1, &mine, &x.terms[*col]);
                        left.is_some() && left == place(other.0, other.1, &theirs, &y.terms[*col])
                    });
                keyed && self.cases((one.0, &mine, &x.terms), (other.0, &theirs, &y.terms))
            })
        })
    }

    /// Whether one rule denies a row that the other one has: then it is the denial that
    /// has to wait, and not the two for each other.
    pub(crate) fn denied(&self, one: (&Clause, &[usize]), other: (&Clause, &[usize])) -> bool {
        let named = |(clause, key): (&Clause, &[usize]), atom: &Atom| -> (Rel, Vec<Term>) {
            let classes = clause.classes();
            let row = row(self.rels, clause.role, atom, &classes);
            let place = |v: usize| {
                key.iter().position(|col| match clause.args.get(*col).map(|arg| &arg.kind) {
                    Some(ExprKind::Var(var)) => classes.get(var.index()) == Some(&v),
                    _ => false,
                })
            };
            let name = |term: &Term| match term {
                Term::Var(v) => place(*v).map_or(Term::Any, Term::Var),
                other => other.clone(),
            };
            (row.rel, row.terms.iter().map(name).collect())
        };
        one.0.lits.iter().any(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return false };
            let (rel, terms) = named(one, atom);
            other.0.lits.iter().any(|lit| {
                let LitKind::Not(inner) = &lit.kind else { return false };
                let [Lit { kind: LitKind::Atom(denied), .. }] = inner.as_slice() else {
                    return false;
                };
                let wild = denied.args.iter().map(|pat| matches!(pat.kind, PatKind::Wild));
                let (of, wanted) = named(other, denied);
                let pairs = terms.iter().zip(&wanted).zip(wild);
                rel == of
                    && pairs.into_iter().all(|((a, b), wild)| wild || a == b && *a != Term::Any)
            })
        })
    }

    /// Whether one row cannot be as both rules want it.
    fn cases(
        &self,
        one: (&Clause, &[usize], &[Term]),
        other: (&Clause, &[usize], &[Term]),
    ) -> bool {
        let literal = one.2.iter().zip(other.2).any(|pair| match pair {
            (Term::Text(a), Term::Text(b)) => a != b,
            _ => false,
        });
        let passed = |(clause, classes, terms): (&Clause, &[usize], &[Term])| -> Vec<String> {
            let env = terms.iter().enumerate().filter_map(|(col, term)| match term {
                Term::Var(v) => Some((*v, Term::Text(format!("column {col}")))),
                _ => None,
            });
            let env = env.collect();
            let conds = clause.lits.iter().filter_map(|lit| match &lit.kind {
                LitKind::Cond(e) => condition(e, classes, Some(&env)),
                _ => None,
            });
            conds.collect()
        };
        let (mine, theirs) = (passed(one), passed(other));
        literal || mine.iter().any(|cond| theirs.iter().any(|also| opposed(cond, also)))
    }
}

/// Whether of two conditions one holds where the other does not.
fn opposed(one: &str, other: &str) -> bool {
    let not = |a: &str, b: &str| *a == format!("not({b})");
    let split = |text: &str, by: &str| {
        let (a, b) = text.strip_prefix('(')?.strip_suffix(')')?.split_once(by)?;
        Some((a.to_string(), b.to_string()))
    };
    let less = |a: &str, b: &str| match (split(a, " < "), split(b, " <= ")) {
        (Some((x, y)), Some((v, w))) => x == w && y == v,
        _ => false,
    };
    let equal = |a: &str, b: &str| match (split(a, " == "), split(b, " != ")) {
        (Some(x), Some(y)) => x == y,
        _ => false,
    };
    [(one, other), (other, one)].iter().any(|(a, b)| not(a, b) || less(a, b) || equal(a, b))
}

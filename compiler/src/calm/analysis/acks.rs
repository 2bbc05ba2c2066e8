//! Guards of messages that hold back only what was received: "again, until it is
//! acknowledged". That the acknowledgement is there says, by the rules over which
//! it came, that this very message was delivered to this very node. Whether it
//! is sent once more then changes nothing for those who read it, so such a guard
//! is left out before anything is judged; and so is a deletion that only such
//! senders see. What readers do with messages is not known here.

use std::collections::BTreeMap;

use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::typed::Atom;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;

use super::clauses;
use super::clauses::Clause;
use super::rows::Row;
use super::rows::Term;
use super::rows::row;
use super::rows::term;
use super::system::Rel;
use super::system::Rels;

/// Rules that are followed back from an acknowledgement.
const STEPS_MAX: usize = 8;

/// A row at a node.
#[derive(Clone)]
struct There {
    row: Row,
    node: Term,
}

/// Follows rows back to what they came from.
struct Chase<'c> {
    rels: &'c Rels<'c>,
    clauses: &'c [Clause],
    /// Rules by what they make.
    makers: BTreeMap<Rel, Vec<usize>>,
}

/// Leaves such guards and deletions out.
pub(crate) fn leave_out(rels: &Rels<'_>, clauses: &mut Vec<Clause>) {
    let sends = |clause: &Clause| is(rels, clause, Stage::Send);
    if !clauses.iter().any(sends) {
        return;
    }
    let mut makers: BTreeMap<Rel, Vec<usize>> = BTreeMap::new();
    for (at, clause) in clauses.iter().enumerate() {
        for target in rels.targets(clause.head) {
            makers.entry(*target).or_default().push(at);
        }
    }
    let chase = Chase { rels, clauses, makers };
    let mut guards: Vec<(usize, usize)> = Vec::new();
    for (at, clause) in clauses.iter().enumerate().filter(|(_, clause)| sends(clause)) {
        for (lit, _) in
            clause.lits.iter().enumerate().filter(|(_, lit)| chase.holds_back(clause, lit))
        {
            guards.push((at, lit));
        }
    }
    let gone: Vec<usize> =
        (0..clauses.len()).filter(|at| chase.takes_what_came(&clauses[*at])).collect();
    for (at, lit) in guards.into_iter().rev() {
        clauses[at].lits.remove(lit);
    }
    for at in gone.into_iter().rev() {
        clauses.remove(at);
    }
}

fn is(rels: &Rels<'_>, clause: &Clause, wanted: Stage) -> bool {
    matches!(rels.get(clause.head).kind, RelKind::Stage(how, _) if how == wanted)
}

/// The node that runs a rule, by the name that the rule has for it.
fn me(rels: &Rels<'_>, clause: &Clause, classes: &[usize]) -> Option<Term> {
    clause.lits.iter().find_map(|lit| {
        let LitKind::Atom(atom) = &lit.kind else { return None };
        let one = row(rels, clause.role, atom, classes);
        (rels.get(one.rel).given == Some(Given::Me)).then(|| one.terms.first().cloned())?
    })
}

impl Chase<'_> {
    /// Whether a literal denies an acknowledgement of the message of its rule.
    fn holds_back(&self, clause: &Clause, lit: &Lit) -> bool {
        let LitKind::Not(inner) = &lit.kind else { return false };
        let [Lit { kind: LitKind::Atom(atom), .. }] = inner.as_slice() else { return false };
        let classes = clause.classes();
        let denied = row(self.rels, clause.role, atom, &classes);
        self.is_received(clause, &classes, denied)
    }

    /// Whether that the row is there says that the message of the rule was received.
    fn is_received(&self, clause: &Clause, classes: &[usize], row: Row) -> bool {
        let Some(&channel) = self.rels.targets(clause.head).first() else { return false };
        let Some(at) = self.rels.get(channel).at else { return false };
        let mut terms: Vec<Term> = clause.args.iter().map(|arg| term(arg, classes)).collect();
        if terms.contains(&Term::Any) || at >= terms.len() {
            return false;
        }
        let node = std::mem::replace(&mut terms[at], Term::Any);
        let message = There { row: Row { rel: channel, terms }, node };
        let here = me(self.rels, clause, classes).unwrap_or(Term::Text("here".to_string()));
        self.says(&There { row, node: here }, &message, STEPS_MAX)
    }

    /// Whether a row says that the message was received.
    fn says(&self, known: &There, message: &There, steps: usize) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        let same = self.rels.copies(known.row.rel).contains(&message.row.rel)
            && known.node == message.node
            && message
                .row
                .terms
                .iter()
                .zip(&known.row.terms)
                .all(|(a, b)| *a == Term::Any || a == b);
        if same {
            return true;
        }
        let rel = known.row.rel;
        if !matches!(self.rels.get(rel).kind, RelKind::Channel)
            && (self.rels.get(rel).kind.is_incoming() || self.rels.get(rel).given.is_some())
        {
            return false;
        }
        // Whoever made it: by every rule the message must have come.
        let makers = self.makers.get(&rel).map_or(&[][..], Vec::as_slice);
        let plain =
            |clause: &Clause| clause.aggs.is_empty() && !is(self.rels, clause, Stage::Replace);
        let mut all = makers
            .iter()
            .map(|at| &self.clauses[*at])
            .filter(|clause| !is(self.rels, clause, Stage::Delete))
            .peekable();
        all.peek().is_some()
            && all.all(|clause| plain(clause) && self.by(clause, known, message, steps))
    }

    /// Whether a row made by this rule says it.
    fn by(&self, clause: &Clause, known: &There, message: &There, steps: usize) -> bool {
        let classes = clause.classes();
        let of = self.rels.get(known.row.rel);
        let mut env: BTreeMap<usize, Term> = BTreeMap::new();
        for (at, arg) in clause.args.iter().enumerate() {
            let Term::Var(v) = term(arg, &classes) else { continue };
            let arrives = of.kind == RelKind::Channel && of.at == Some(at);
            let value = if arrives { Some(&known.node) } else { known.row.terms.get(at) };
            match value {
                Some(Term::Any) | None => {}
                Some(value) => drop(env.entry(v).or_insert_with(|| value.clone())),
            }
        }
        // A message comes from some node, which may be known by its name.
        let node = match (of.kind == RelKind::Channel, me(self.rels, clause, &classes)) {
            (false, _) => known.node.clone(),
            (true, Some(Term::Var(v))) => env.get(&v).cloned().unwrap_or(Term::Any),
            (true, _) => Term::Any,
        };
        clause.lits.iter().any(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return false };
            let row = self.read(clause, atom, &classes, &env);
            self.says(&There { row, node: node.clone() }, message, steps)
        })
    }

    fn read(
        &self,
        clause: &Clause,
        atom: &Atom,
        classes: &[usize],
        env: &BTreeMap<usize, Term>,
    ) -> Row {
        let mut one = row(self.rels, clause.role, atom, classes);
        for term in &mut one.terms {
            if let Term::Var(v) = term {
                *term = env.get(v).cloned().unwrap_or(Term::Any);
            }
        }
        one
    }

    /// Whether a rule deletes rows that nobody reads but rules that send them, and
    /// none before what it sends was received.
    fn takes_what_came(&self, clause: &Clause) -> bool {
        let RelKind::Stage(Stage::Delete, target) = self.rels.get(clause.head).kind else {
            return false;
        };
        let table = self.rels.number(clause.role, target);
        let mut readers = 0;
        let fine = self.clauses.iter().all(|reader| {
            let mut atoms: Vec<&Atom> = Vec::new();
            clauses::atoms(&reader.lits, &mut |atom| {
                if self.rels.number(reader.role, atom.rel) == table {
                    atoms.push(atom);
                }
            });
            let own = reader.head == clause.head;
            readers += usize::from(!own && !atoms.is_empty());
            own || atoms.is_empty()
                || is(self.rels, reader, Stage::Send)
                    && atoms.iter().all(|atom| self.is_taken(clause, reader, atom))
        });
        fine && readers > 0
    }

    /// Whether the event that takes a row says that what the reader sends for the
    /// row was received.
    fn is_taken(&self, taking: &Clause, reader: &Clause, atom: &Atom) -> bool {
        let plain = reader.lits.iter().any(|lit| match &lit.kind {
            LitKind::Atom(one) => std::ptr::eq(one, atom),
            _ => false,
        });
        let classes = reader.classes();
        let known = row(self.rels, reader.role, atom, &classes);
        let stage = self.rels.get(taking.head);
        let table = self.rels.get(known.rel);
        let own = taking.classes();
        let mut env: BTreeMap<usize, Term> = BTreeMap::new();
        for (col, arg) in stage.cols.iter().zip(&taking.args) {
            let at = table.cols.iter().position(|c| c.name == col.name);
            if let (Term::Var(v), Some(value)) =
                (term(arg, &own), at.and_then(|at| known.terms.get(at)))
                && *value != Term::Any
            {
                env.entry(v).or_insert_with(|| value.clone());
            }
        }
        plain
            && taking.lits.iter().any(|lit| {
                let LitKind::Atom(event) = &lit.kind else { return false };
                let row = self.read(taking, event, &own, &env);
                self.is_received(reader, &classes, row)
            })
    }
}

//! What rules do that an event sets off: what they count in a tick, whom the event
//! meets by chance, and which values they draw for it. State that grows, and
//! tables, are judged where they are read and written.

use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::calm::obstacles::word;
use crate::names::hir::Given;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::types::judge::binders;
use crate::types::typed::AggFn;
use crate::types::typed::Atom;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::columns::group_gate;
use super::depend::vars_of;
use super::edges::Builder;
use super::edges::Meets;
use super::edges::standing;
use super::graph::Turn;
use super::origin;
use super::system::Rel;
use super::system::Rels;
use super::tables;
use super::value::Gate;
use super::value::Node;
use super::value::Place;
use super::walk::Found;

impl Builder<'_> {
    /// Whether a rule that an event sets off counts what it finds there, in a way
    /// that what comes later would change.
    pub(crate) fn sums_up(&self, clause: &Clause) -> bool {
        !clause.aggs.is_empty()
            && !self.absorbed(clause)
            && !super::depend::whole_group(self.rels, clause, &[])
    }

    /// Whether each aggregate goes into a column that merges as it does.
    pub(crate) fn absorbed(&self, clause: &Clause) -> bool {
        use crate::types::ty::Lattice as L;
        let target = self.rels.targets(clause.head);
        let Some(head) = target.first().map(|rel| self.rels.get(*rel)) else { return false };
        head.cols.iter().zip(&clause.args).all(|(col, arg)| match &arg.kind {
            ExprKind::Agg(i) => matches!(
                (clause.aggs[*i].func, &col.role),
                (AggFn::Max, Role::Cell(L::Max(_)))
                    | (AggFn::Min, Role::Cell(L::Min(_)))
                    | (AggFn::Any, Role::Cell(L::Any))
                    | (AggFn::All, Role::Cell(L::All))
                    | (AggFn::Collect, Role::Cell(L::Set(_)))
            ),
            _ => true,
        })
    }

    /// The columns of a collection that a rule's events or group know.
    pub(crate) fn event_gate(&self, clause: &Clause, rel: Rel) -> Gate {
        let mut gate = group_gate(self.rels, clause);
        gate.retain(|(r, _)| *r == rel);
        gate
    }

    /// An event that counts with others of its tick.
    pub(crate) fn counted_events(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let changes = tables::changed(self.rels, clause).is_some();
        if changes || self.absorbed(clause) {
            return;
        }
        let group: Vec<usize> = clause.group.iter().map(|v| v.index()).collect();
        let alone = |atom: &&Atom| {
            let rel = self.rels.number(clause.role, atom.rel);
            let own = self.rels.identity(rel);
            !own.iter().all(|col| match atom.args.get(*col).map(|pat| &pat.kind) {
                Some(PatKind::Var(v)) => group.contains(&v.index()),
                Some(PatKind::Expr(_)) => true,
                _ => false,
            })
        };
        let events: Vec<Rel> = clause
            .events(self.rels)
            .into_iter()
            .filter(|atom| !quiet(self.rels, clause, atom))
            .filter(alone)
            .map(|atom| self.rels.number(clause.role, atom.rel))
            .collect();
        let (agg, gate) = (&clause.aggs[0], group_gate(self.rels, clause));
        let (span, operator) = (agg.span, word(agg.func).to_string());
        let place = Place { span, operator, code: Code::AggregateShown, gate, mild: false };
        for rel in events {
            let spot = Some((place.clone(), Kind::Seal));
            self.edge(at, Node::Rows(rel), Node::Matches(at), Turn::Hard, spot);
        }
    }

    /// Events that meet what comes at other times.
    pub(crate) fn meetings(&mut self, at: usize, found: &Found<'_>) {
        let clause = &self.clauses[at];
        let rels = self.rels;
        let events = clause.events(rels);
        let state: Vec<Rel> = found.state.iter().map(|(rel, _)| *rel).collect();
        let counts = self.sums_up(clause);
        let meets = |rel: &Rel| self.growth.grows[*rel] && !self.volatile(*rel) && !counts;
        let met: Vec<Rel> = state.into_iter().filter(meets).collect();
        let kept = !met.is_empty();
        let mut changing: Vec<Rel> = Vec::new();
        super::clauses::atoms(&clause.lits, &mut |atom| {
            let rel = rels.number(clause.role, atom.rel);
            if self.volatile(rel) && tables::changed(rels, clause) != Some(rel) {
                changing.push(rel);
            }
        });
        let mut edges = Vec::new();
        for (i, atom) in events.iter().enumerate() {
            if quiet(rels, clause, atom) {
                continue;
            }
            let rel = rels.number(clause.role, atom.rel);
            let place = |operator: &str, code, gate| {
                let operator = operator.to_string();
                Place { span: atom.span, operator, code, gate, mild: false }
            };
            let other = events.iter().enumerate().any(|(j, other)| {
                i != j
                    && !quiet(rels, clause, other)
                    && !origin::together(rels, self.clauses, clause, atom, other)
            });
            if kept || other {
                let gate = vec![(rel, Vec::new())];
                let place = place("join", Code::RendezvousWithoutState, gate);
                edges.push((rel, place, Kind::Persist, other));
            }
            if let Some(table) = changing.first() {
                let gate = shared(rels, clause, atom, *table);
                let place = place("read", Code::OverwriteInArrivalOrder, gate);
                edges.push((rel, place, Kind::Order, false));
            }
        }
        for (rel, place, kind, other) in edges {
            let spot = Some((place, kind));
            let spot = self.edge(at, Node::Rows(rel), Node::Matches(at), Turn::Hard, spot);
            if let (Some(spot), Kind::Persist) = (spot, kind) {
                self.meets.insert(spot, Meets { state: met.clone(), other });
            }
        }
    }

    /// A message that comes twice and counts twice.
    pub(crate) fn repeats(&mut self, at: usize, target: Rel) {
        let clause = &self.clauses[at];
        if !tables::counts_repeats(self.rels, clause, target) {
            return;
        }
        let message = clause.events(self.rels).into_iter().find(|atom| {
            origin::source(self.rels, self.clauses, clause.role, atom.rel).is_some_and(|rel| {
                self.rels.get(rel).kind == RelKind::Channel && !comes_once(self.rels, rel)
            })
        });
        let Some(atom) = message else { return };
        let rel = self.rels.number(clause.role, atom.rel);
        let (span, operator) = (clause.head_span, "<+-".to_string());
        let code = Code::RepeatsChangeResult;
        let place = Place { span, operator, code, gate: Vec::new(), mild: false };
        let spot = Some((place, Kind::Persist));
        self.edge(at, Node::Rows(rel), Node::Rows(target), Turn::Hard, spot);
    }

    /// Values that every replica draws for itself: the time, `fresh()`, `random()`.
    /// What is sent was drawn once, by the sender.
    pub(crate) fn draws(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let rels = self.rels;
        let sends = matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Send, _));
        let Some(word) = drawn(rels, clause) else { return };
        if sends || !rels.part(clause.head).replicated {
            return;
        }
        let events: Vec<Rel> = clause
            .events(rels)
            .into_iter()
            .map(|atom| rels.number(clause.role, atom.rel))
            .filter(|rel| self.growth.grows[*rel])
            .collect();
        for &target in rels.targets(clause.head) {
            let gate = self.table_gate(clause, target);
            let place = Place {
                span: clause.head_span,
                operator: word.to_string(),
                code: Code::OverwriteInArrivalOrder,
                gate,
                mild: false,
            };
            for rel in &events {
                let spot = Some((place.clone(), Kind::Order));
                self.edge(at, Node::Rows(*rel), Node::Rows(target), Turn::Hard, spot);
            }
        }
    }
}

/// Whether messages to a role are taken in once: it is replicated, and whoever
/// sends them sends them to the group.
fn comes_once(rels: &Rels<'_>, channel: Rel) -> bool {
    let part = rels.part(channel);
    let (true, Some(role)) = (part.replicated, part.name) else { return false };
    let sends = |rel: &&Rel| rels.stages(**rel).iter().any(|(how, _)| *how == Stage::Send);
    let mut senders = rels.copies(channel).iter().filter(sends).peekable();
    let to_group = |rel: &Rel| {
        rels.declared(*rel).is_some_and(|of| of.groups.iter().any(|group| group == role))
    };
    senders.peek().is_some() && senders.all(to_group)
}

/// What a rule draws for its head, in a word.
fn drawn(rels: &Rels<'_>, clause: &Clause) -> Option<&'static str> {
    let mut from: BTreeSet<usize> = BTreeSet::new();
    let mut word = "now";
    for lit in &clause.lits {
        let LitKind::Atom(atom) = &lit.kind else { continue };
        let given = rels.get(rels.number(clause.role, atom.rel)).given;
        if matches!(given, Some(Given::Now | Given::Seed)) {
            atom.args.iter().for_each(|pat| {
                binders(pat, &mut |v, _| {
                    from.insert(v.index());
                });
            });
            word = if given == Some(Given::Seed) { "fresh" } else { word };
        }
    }
    for lit in &clause.lits {
        if let LitKind::Bind(pat, e) = &lit.kind
            && vars_of(e).iter().any(|v| from.contains(v))
        {
            binders(pat, &mut |v, _| {
                from.insert(v.index());
            });
        }
    }
    let shown = clause.args.iter().any(|arg| vars_of(arg).iter().any(|v| from.contains(v)));
    shown.then_some(word)
}

/// Events that come before everything else, or again and again: what they find
/// at one time they find at another.
fn quiet(rels: &Rels<'_>, clause: &Clause, atom: &Atom) -> bool {
    let of = rels.get(rels.number(clause.role, atom.rel));
    of.kind == RelKind::Periodic || of.given == Some(Given::Startup)
}

/// The columns of an event that say which row of a table it reads.
fn shared(rels: &Rels<'_>, clause: &Clause, event: &Atom, table: Rel) -> Gate {
    let classes = clause.classes();
    let mut key = Vec::new();
    super::clauses::atoms(&clause.lits, &mut |atom| {
        if rels.number(clause.role, atom.rel) == table {
            for (col, pat) in rels.get(table).cols.iter().zip(&atom.args) {
                if let (Role::Key, PatKind::Var(v)) = (&col.role, &pat.kind) {
                    key.push(classes[v.index()]);
                }
            }
        }
    });
    vec![(rels.number(clause.role, event.rel), standing(event, &classes, &key))]
}

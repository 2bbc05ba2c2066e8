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
use crate::source::Span;
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
use super::reading::pat_vars;
use super::reading::told;
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
        let counts = self.sums_up(clause);
        let mut open: BTreeSet<Span> = BTreeSet::new();
        let mut changing: Vec<&Atom> = Vec::new();
        super::clauses::atoms(&clause.lits, &mut |atom| {
            let rel = rels.number(clause.role, atom.rel);
            if self.shifts.unsettled(rels, clause, atom)
                && tables::changed(rels, clause) != Some(rel)
            {
                open.insert(atom.span);
                changing.push(atom);
            }
        });
        let meets =
            |(rel, span): &&(Rel, Span)| self.growth.grows[*rel] && !open.contains(span) && !counts;
        let met: Vec<Rel> = found.state.iter().filter(meets).map(|(rel, _)| *rel).collect();
        let kept = !met.is_empty();
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
            if !changing.is_empty() {
                let gate = self.shared(clause, atom, &changing);
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

    /// What a rule that an event or a change sets off finds in state that is replaced
    /// hangs on who wrote it before: by what it asks for, and for everything where it
    /// asks for all.
    pub(crate) fn writers(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let rels = self.rels;
        let changed = tables::changed(rels, clause);
        let staged = matches!(rels.get(clause.head).kind, RelKind::Stage(..));
        if !staged && !clause.on_event(rels) {
            return;
        }
        let mut edges = Vec::new();
        super::clauses::atoms(&clause.lits, &mut |atom| {
            let rel = rels.number(clause.role, atom.rel);
            if changed == Some(rel) || rels.get(rel).kind.is_table() && !staged {
                return;
            }
            for table in self.shifts.tables(rels, clause, atom) {
                let known = self.asked(clause, atom, table);
                let classes = clause.classes();
                let place = Place {
                    span: atom.span,
                    operator: "read".to_string(),
                    code: Code::OverwriteInArrivalOrder,
                    gate: vec![(rel, standing(atom, &classes, &known))],
                    mild: false,
                };
                for source in self.sources_of(table) {
                    edges.push((source, place.clone()));
                }
            }
        });
        for (source, place) in edges {
            let spot = Some((place, Kind::Order));
            self.edge(at, Node::Rows(source), Node::Matches(at), Turn::Hard, spot);
        }
    }

    /// The streams that write a table.
    fn sources_of(&self, table: Rel) -> BTreeSet<Rel> {
        let mut out = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut work = vec![table];
        while let Some(rel) = work.pop() {
            for clause in self.clauses.makers(rel).iter().map(|at| &self.clauses[*at]) {
                for atom in clause.events(self.rels) {
                    let event = self.rels.number(clause.role, atom.rel);
                    if self.growth.source[event] {
                        out.insert(event);
                    } else if seen.insert(event) {
                        work.push(event);
                    }
                }
            }
        }
        out
    }

    /// The variables by which a rule asks for rows of one key of a table: they stand
    /// in its event, or become its key, and are copies of the table's key.
    fn asked(&self, clause: &Clause, atom: &Atom, table: Rel) -> Vec<usize> {
        let rels = self.rels;
        let classes = clause.classes();
        let mut given: BTreeSet<usize> = BTreeSet::new();
        for event in clause.events(rels) {
            event.args.iter().for_each(|pat| {
                pat_vars(pat, &mut |v| {
                    given.insert(classes[v.index()]);
                });
            });
        }
        if given.is_empty() {
            for target in rels.targets(clause.head) {
                for (col, arg) in rels.get(*target).cols.iter().zip(&clause.args) {
                    if col.role == Role::Key {
                        let mut vars = Vec::new();
                        told(arg, &mut vars);
                        given.extend(vars.iter().map(|v| classes[v.index()]));
                    }
                }
            }
        }
        let rel = rels.number(clause.role, atom.rel);
        let of = rels.get(table);
        let keys: Vec<usize> =
            (0..of.cols.len()).filter(|col| of.cols[*col].role == Role::Key).collect();
        let mut out = Vec::new();
        for (col, pat) in atom.args.iter().enumerate() {
            if let PatKind::Var(v) = pat.kind
                && given.contains(&classes[v.index()])
                && self.shifts.copies(table, (rel, col), &keys)
            {
                out.push(classes[v.index()]);
            }
        }
        out
    }

    /// The columns of an event that say which rows of tables it reads.
    fn shared(&self, clause: &Clause, event: &Atom, changing: &[&Atom]) -> Gate {
        let classes = clause.classes();
        let mut key: Option<BTreeSet<usize>> = None;
        for atom in changing {
            for table in self.shifts.tables(self.rels, clause, atom) {
                let asked: BTreeSet<usize> = self.asked(clause, atom, table).into_iter().collect();
                key = Some(match key {
                    None => asked,
                    Some(key) => key.intersection(&asked).copied().collect(),
                });
            }
        }
        let key: Vec<usize> = key.unwrap_or_default().into_iter().collect();
        vec![(self.rels.number(clause.role, event.rel), standing(event, &classes, &key))]
    }

    /// Values that every replica draws for itself: the time, `fresh()`, `random()`.
    /// What is sent was drawn once, by the sender.
    pub(crate) fn draws(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let rels = self.rels;
        let sends = matches!(rels.get(clause.head).kind, RelKind::Stage(Stage::Send, _));
        let Some((word, cols)) = drawn(rels, clause) else { return };
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
            let fickle = cols.iter().all(|col| self.shifts.fickle.contains(&(target, *col)));
            let to = match fickle {
                true => cols.iter().map(|col| Node::Col(target, *col)).collect(),
                false => vec![Node::Rows(target)],
            };
            for (rel, to) in events.iter().flat_map(|rel| to.iter().map(move |to| (rel, to))) {
                let spot = Some((place.clone(), Kind::Order));
                self.edge(at, Node::Rows(*rel), *to, Turn::Hard, spot);
            }
        }
    }
}

/// Whether messages to a role are taken in once: it is replicated, and whoever
/// sends them sends them to the group.
pub(crate) fn comes_once(rels: &Rels<'_>, channel: Rel) -> bool {
    let part = rels.part(channel);
    let (true, Some(role)) = (part.replicated, part.name) else { return false };
    let sends = |rel: &&Rel| rels.stages(**rel).iter().any(|(how, _)| *how == Stage::Send);
    let mut senders = rels.copies(channel).iter().filter(sends).peekable();
    let to_group = |rel: &Rel| {
        rels.declared(*rel).is_some_and(|of| of.groups.iter().any(|group| group == role))
    };
    senders.peek().is_some() && senders.all(to_group)
}

/// What a rule draws for its head, in a word, and for which columns.
pub(crate) fn drawn(rels: &Rels<'_>, clause: &Clause) -> Option<(&'static str, Vec<usize>)> {
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
    let is = |col: &usize| vars_of(&clause.args[*col]).iter().any(|v| from.contains(v));
    let cols: Vec<usize> = (0..clause.args.len()).filter(is).collect();
    (!cols.is_empty()).then_some((word, cols))
}

/// Events that come before everything else, or again and again: what they find
/// at one time they find at another.
fn quiet(rels: &Rels<'_>, clause: &Clause, atom: &Atom) -> bool {
    let of = rels.get(rels.number(clause.role, atom.rel));
    of.kind == RelKind::Periodic || of.given == Some(Given::Startup)
}

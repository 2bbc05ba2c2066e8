//! The edges of the graph, rule by rule: what the matches of a rule follow, and
//! what its head makes of them. Here it is decided where somebody could wait,
//! and for what. Which places are taken is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::calm::model::Variance;
use crate::calm::obstacles::word;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::source::Span;
use crate::types::typed::Atom;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::columns::aggregates;
use super::depend::switches;
use super::events::comes_once;
use super::graph::Edge;
use super::graph::Graph;
use super::graph::Spot;
use super::graph::Turn;
use super::growth::Growth;
use super::origin;
use super::reading::told;
use super::rules::Rules;
use super::shifts::Shifts;
use super::system::Rel;
use super::system::Rels;
use super::tables;
use super::tables::Class;
use super::value::Gate;
use super::value::Node;
use super::value::Place;
use super::value::Val;
use super::walk;
use super::walk::Around;
use super::walk::Columns;
use super::walk::Found;
use super::walk::Touch;

/// A condition on what grows, that can only become true.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) clause: usize,
    pub(crate) span: Span,
    pub(crate) node: Node,
}

/// Whom an event meets by chance.
#[derive(Clone, Debug)]
pub(crate) struct Meets {
    /// State that is still growing.
    pub(crate) state: Vec<Rel>,
    /// Whether another event too.
    pub(crate) other: bool,
}

/// Puts the graph together.
pub(crate) struct Builder<'a> {
    pub(crate) rels: &'a Rels<'a>,
    pub(crate) clauses: &'a Rules,
    pub(crate) growth: &'a Growth,
    pub(crate) columns: &'a Columns,
    pub(crate) shifts: &'a Shifts,
    pub(crate) graph: Graph,
    pub(crate) passed: Vec<Passed>,
    /// By spot: whom an event meets there by chance.
    pub(crate) meets: BTreeMap<usize, Meets>,
    /// Of the rule at hand: what switches groups on and off.
    switches: BTreeSet<Rel>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(
        rels: &'a Rels<'a>,
        clauses: &'a Rules,
        growth: &'a Growth,
        columns: &'a Columns,
        shifts: &'a Shifts,
    ) -> Builder<'a> {
        let (graph, passed, meets) = (Graph::default(), Vec::new(), BTreeMap::new());
        let switches = BTreeSet::new();
        Builder { rels, clauses, growth, columns, shifts, graph, passed, meets, switches }
    }

    pub(crate) fn build(&mut self) {
        for source in 0..self.rels.len() {
            if self.growth.source[source] {
                self.graph.node(Node::Rows(source));
            }
        }
        for at in 0..self.clauses.len() {
            if self.growth.grows[self.clauses[at].head] {
                self.clause(at);
            }
        }
    }

    pub(crate) fn class(&self, rel: Rel) -> Class {
        self.shifts.class(rel)
    }

    /// Whether rows of a table are replaced, or come and go.
    pub(crate) fn volatile(&self, rel: Rel) -> bool {
        self.shifts.volatile(rel)
    }

    pub(crate) fn edge(
        &mut self,
        at: usize,
        from: Node,
        to: Node,
        turn: Turn,
        spot: Option<(Place, Kind)>,
    ) -> Option<usize> {
        let word = spot.as_ref().map_or("join", |(place, _)| place.operator.as_str()).to_string();
        let spot = spot.map(|(place, kind)| self.graph.spot(Spot { clause: at, place, kind }));
        let to = self.graph.node(to);
        self.graph.add(Edge { from, to, turn, spot, clause: Some(at), word });
        spot
    }

    pub(crate) fn grows(&self, node: Node) -> bool {
        match node {
            Node::Rows(rel) | Node::Col(rel, _) => self.growth.grows[rel],
            Node::Matches(_) | Node::Counted(_) => true,
        }
    }

    fn clause(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let own = tables::changed(self.rels, clause);
        let (rules, growth, fickle) = (self.clauses, self.growth, &self.shifts.fickle);
        let around = Around { rules, growth, fickle };
        let mut found = walk::body(self.rels, self.columns, clause, own, around);
        let on_event = clause.on_event(self.rels);
        self.switches = switches(self.rels, clause);
        let touches = std::mem::take(&mut found.touches);
        for touch in touches {
            if self.grows(touch.node) {
                self.touch(at, touch, on_event, &found);
            }
        }
        for (span, node) in &found.thresholds {
            if self.grows(*node) {
                self.passed.push(Passed { clause: at, span: *span, node: *node });
            }
        }
        if on_event {
            self.meetings(at, &found);
        }
        found.reader.aggs = match on_event {
            true => vec![Val::Fixed; clause.aggs.len()],
            false => aggregates((self.rels, self.clauses), self.columns, clause, &found, at),
        };
        if on_event && !clause.aggs.is_empty() {
            self.counted_events(at);
        }
        self.draws(at);
        self.writers(at);
        for &target in self.rels.targets(clause.head) {
            self.rows(at, target);
            self.values(at, target, &found);
        }
    }

    /// What the matches follow.
    fn touch(&mut self, at: usize, touch: Touch, on_event: bool, found: &Found<'_>) {
        let clause = &self.clauses[at];
        let to = Node::Matches(at);
        let (Node::Rows(rel) | Node::Col(rel, _)) = touch.node else { return };
        let state = !self.rels.is_event(rel);
        let place = touch.place.clone().unwrap_or_else(|| Place {
            span: span_of(clause, self.rels, rel),
            operator: "join".to_string(),
            code: Code::OverwriteInArrivalOrder,
            gate: found.gates.get(&touch.node).cloned().unwrap_or_default(),
            mild: false,
        });
        if on_event && state && self.is_unsettled(clause, touch.node) {
            let place = Place { code: Code::OverwriteInArrivalOrder, ..place };
            self.edge(at, touch.node, to, Turn::Hard, Some((place, Kind::Order)));
        } else if on_event && !touch.sign.is_safe() {
            let place = Place { mild: false, ..place };
            self.edge(at, touch.node, to, Turn::Hard, Some((place, Kind::Seal)));
        } else if on_event && state && self.sums_up(clause) {
            let agg = &clause.aggs[0];
            let gate = self.event_gate(clause, rel);
            let operator = word(agg.func).to_string();
            let code = Code::AggregateShown;
            let place = Place { span: agg.span, operator, code, gate, mild: false };
            self.edge(at, touch.node, to, Turn::Hard, Some((place, Kind::Seal)));
        } else {
            let turn = match touch.sign {
                Variance::Zero | Variance::Plus => Turn::Same,
                Variance::Minus => Turn::Flip,
                Variance::Any => Turn::Both,
            };
            let spot = touch.place.map(|place| (place, Kind::Seal));
            if !self.switches.is_empty() && !self.switches.contains(&rel) {
                self.edge(at, touch.node, Node::Counted(at), turn, spot.clone());
            }
            self.edge(at, touch.node, to, turn, spot);
        }
    }

    /// What a match puts into the rows of a collection.
    fn rows(&mut self, at: usize, target: Rel) {
        let clause = &self.clauses[at];
        let (from, to) = (Node::Matches(at), Node::Rows(target));
        let kind = self.rels.get(clause.head).kind;
        let operator = match kind {
            RelKind::Stage(Stage::Replace, _) => "<+-",
            RelKind::Stage(Stage::Delete, _) => "<-",
            RelKind::Stage(Stage::Next, _) => "<+",
            RelKind::Stage(Stage::Send, _) => "<~",
            _ => "<=",
        };
        let gate = self.table_gate(clause, target);
        let place = |code| Place {
            span: clause.head_span,
            operator: operator.to_string(),
            code,
            gate: gate.clone(),
            mild: false,
        };
        let class = self.class(target);
        match (class, kind) {
            (_, RelKind::Stage(Stage::Send, _)) => {
                self.edge(at, from, to, Turn::Send, None);
            }
            (Class::Loses, RelKind::Stage(Stage::Delete, _)) => {
                let spot = Some((place(Code::NegatedGrowing), Kind::Seal));
                self.edge(at, from, to, Turn::Flip, spot);
            }
            (Class::Commutes | Class::Ordered(_), _) if self.shifts.keeps(target) => {
                self.edge(at, from, to, Turn::Remember, None);
                let (turn, code) = match class {
                    Class::Ordered(code) => (Turn::Hard, code),
                    _ => (Turn::History, Code::OverwriteInArrivalOrder),
                };
                let place = place(code);
                for to in self.values_of(target) {
                    self.edge(at, from, to, turn, Some((place.clone(), Kind::Order)));
                }
                if class == Class::Commutes {
                    self.repeats(at, target);
                }
            }
            (Class::Commutes, _) => {
                let place = place(Code::OverwriteInArrivalOrder);
                self.edge(at, from, to, Turn::History, Some((place, Kind::Order)));
                self.repeats(at, target);
            }
            (Class::Ordered(code), _) => {
                let spot = Some((place(code), Kind::Order));
                self.edge(at, from, to, Turn::Hard, spot);
            }
            _ if !self.shifts.conflicts(target, at).is_empty() => {
                let place = place(Code::OverwriteInArrivalOrder);
                let keeps = clause.fires || self.rels.remembers(target);
                let turn = if keeps { Turn::Remember } else { Turn::Same };
                self.edge(at, from, to, turn, None);
                for col in self.shifts.conflicts(target, at).to_vec() {
                    let spot = Some((place.clone(), Kind::Order));
                    self.edge(at, from, Node::Col(target, col), Turn::Hard, spot);
                }
            }
            _ if clause.fires || self.rels.remembers(target) => {
                self.edge(at, from, to, Turn::Remember, None);
            }
            _ => {
                self.edge(at, from, to, Turn::Same, None);
            }
        }
    }

    /// A message that comes twice and counts twice.
    fn repeats(&mut self, at: usize, target: Rel) {
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
        for to in self.values_of(target) {
            self.edge(at, Node::Rows(rel), to, Turn::Hard, spot.clone());
        }
    }

    /// What changes of a table: the values in its rows, where the rows stay.
    fn values_of(&self, table: Rel) -> Vec<Node> {
        let of = self.rels.get(table);
        let values = (0..of.cols.len()).filter(|col| of.cols[*col].role == Role::Value);
        match self.shifts.keeps(table) {
            true => values.map(|col| Node::Col(table, col)).collect(),
            false => vec![Node::Rows(table)],
        }
    }

    /// Whether what is read may be another thing at another time.
    fn is_unsettled(&self, clause: &Clause, node: Node) -> bool {
        let (rel, value) = match node {
            Node::Rows(rel) => (rel, None),
            Node::Col(rel, col) => (rel, Some(col)),
            Node::Matches(_) | Node::Counted(_) => return false,
        };
        if value.is_some_and(|col| self.shifts.fickle.contains(&(rel, col))) {
            return self.volatile(rel);
        }
        let mut found = false;
        super::clauses::atoms(&clause.lits, &mut |atom| {
            found |= self.rels.number(clause.role, atom.rel) == rel
                && self.shifts.unsettled(self.rels, clause, atom);
        });
        found && !self.shifts.keeps(rel)
    }

    /// The columns of what a rule reads that become the key of its table.
    pub(crate) fn table_gate(&self, clause: &Clause, target: Rel) -> Gate {
        let classes = clause.classes();
        let mut key = Vec::new();
        if !tables::of_own_key(self.rels, clause, target) {
            return gate_of_none(self.rels, clause);
        }
        // A stage may have some of the columns only.
        for col in self.rels.get(target).cols.iter().filter(|col| col.role == Role::Key) {
            let vars = self.written(clause, &col.name);
            key.extend(vars.iter().map(|var| (&col.name, *var)));
        }
        let vars: Vec<usize> = key.iter().map(|(_, var)| *var).collect();
        let mut gate = Vec::new();
        super::clauses::atoms(&clause.lits, &mut |atom| {
            let rel = self.rels.number(clause.role, atom.rel);
            if rel == target {
                return;
            }
            let mut cols = standing(atom, &classes, &vars);
            cols.retain(|(var, at)| {
                let goes = |(_, of): &&(&String, usize)| of == var;
                key.iter().filter(goes).any(|(name, _)| self.alike(target, (rel, *at), name))
            });
            gate.push((rel, cols));
        });
        gate
    }

    /// The variables that a rule writes into a column.
    fn written(&self, clause: &Clause, name: &str) -> BTreeSet<usize> {
        let classes = clause.classes();
        let cols = &self.rels.get(clause.head).cols;
        let mut vars = Vec::new();
        if let Some(arg) =
            cols.iter().position(|c| c.name == name).and_then(|at| clause.args.get(at))
        {
            told(arg, &mut vars);
        }
        vars.iter().map(|v| classes[v.index()]).collect()
    }

    /// Whether all rules that write a table from a column of what they read write it
    /// into this one. Otherwise two events meet there that differ in it.
    fn alike(&self, table: Rel, (rel, at): (Rel, usize), name: &str) -> bool {
        self.clauses.makers(table).iter().map(|rule| &self.clauses[*rule]).all(|clause| {
            let classes = clause.classes();
            let written = self.written(clause, name);
            let mut fine = true;
            super::clauses::atoms(&clause.lits, &mut |atom| {
                if self.rels.number(clause.role, atom.rel) == rel
                    && let Some(PatKind::Var(v)) = atom.args.get(at).map(|pat| &pat.kind)
                {
                    fine &= written.contains(&classes[v.index()]);
                }
            });
            fine
        })
    }
}

/// Nothing is known of what a rule reads.
fn gate_of_none(rels: &Rels<'_>, clause: &Clause) -> Gate {
    let mut gate = Vec::new();
    super::clauses::atoms(&clause.lits, &mut |atom| {
        gate.push((rels.number(clause.role, atom.rel), Vec::new()));
    });
    gate
}

fn span_of(clause: &Clause, rels: &Rels<'_>, rel: Rel) -> Span {
    let mut span = None;
    super::clauses::atoms(&clause.lits, &mut |atom| {
        if rels.number(clause.role, atom.rel) == rel {
            span = span.or(Some(atom.span));
        }
    });
    span.unwrap_or(clause.head_span)
}

/// The columns of an atom in which variables of these classes stand.
pub(crate) fn standing(atom: &Atom, classes: &[usize], wanted: &[usize]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    for (col, pat) in atom.args.iter().enumerate() {
        if let PatKind::Var(v) = pat.kind
            && wanted.contains(&classes[v.index()])
        {
            out.push((classes[v.index()], col));
        }
    }
    out
}

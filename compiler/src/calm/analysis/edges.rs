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
use crate::types::typed::Expr;
use crate::types::typed::PatKind;
use crate::types::typed::Role;

use super::clauses::Clause;
use super::columns::aggregates;
use super::columns::carries;
use super::depend::switches;
use super::graph::Edge;
use super::graph::Graph;
use super::graph::Spot;
use super::graph::Turn;
use super::growth::Growth;
use super::reading::least;
use super::reading::told;
use super::rules::Rules;
use super::system::Rel;
use super::system::Rels;
use super::tables;
use super::tables::Class;
use super::unique;
use super::value::Flow;
use super::value::Gate;
use super::value::Node;
use super::value::Place;
use super::value::Val;
use super::value::order_of;
use super::walk;
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
    pub(crate) classes: BTreeMap<Rel, Class>,
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
    ) -> Builder<'a> {
        let mut classes = BTreeMap::new();
        for rel in (0..rels.len()).filter(|rel| rels.get(*rel).kind.is_table()) {
            classes.insert(rel, tables::class(rels, clauses, growth, rel));
        }
        let (graph, passed, meets) = (Graph::default(), Vec::new(), BTreeMap::new());
        let switches = BTreeSet::new();
        Builder { rels, clauses, growth, columns, classes, graph, passed, meets, switches }
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

    fn class(&self, rel: Rel) -> Class {
        self.classes.get(&rel).copied().unwrap_or(Class::Gains)
    }

    /// Whether rows of a table are replaced, or come and go.
    pub(crate) fn volatile(&self, rel: Rel) -> bool {
        matches!(self.class(rel), Class::Commutes | Class::Ordered(_))
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

    fn grows(&self, node: Node) -> bool {
        match node {
            Node::Rows(rel) | Node::Col(rel, _) => self.growth.grows[rel],
            Node::Matches(_) | Node::Counted(_) => true,
        }
    }

    fn clause(&mut self, at: usize) {
        let clause = &self.clauses[at];
        let own = tables::changed(self.rels, clause);
        let mut found =
            walk::body(self.rels, self.columns, clause, own, (self.clauses, self.growth));
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
        if on_event && state && self.volatile(rel) {
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
        let place = |code| Place {
            span: clause.head_span,
            operator: operator.to_string(),
            code,
            gate: self.table_gate(clause, target),
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
            (Class::Commutes, _) => {
                let place = place(Code::OverwriteInArrivalOrder);
                self.edge(at, from, to, Turn::History, Some((place, Kind::Order)));
                self.repeats(at, target);
            }
            (Class::Ordered(code), _) => {
                let spot = Some((place(code), Kind::Order));
                self.edge(at, from, to, Turn::Hard, spot);
            }
            _ if self.may_differ(clause, target) => {
                let spot = Some((place(Code::OverwriteInArrivalOrder), Kind::Order));
                self.edge(at, from, to, Turn::Hard, spot);
            }
            _ if clause.fires || self.rels.remembers(target) => {
                self.edge(at, from, to, Turn::Remember, None);
            }
            _ => {
                self.edge(at, from, to, Turn::Same, None);
            }
        }
    }

    /// Whether rows of one key may differ, so that the first one stays.
    fn may_differ(&self, clause: &Clause, target: Rel) -> bool {
        match self.rels.get(target).kind.is_table() {
            true => tables::conflicts(self.rels, clause, target),
            false => {
                let around = ((self.rels, self.clauses), (self.growth, self.columns));
                unique::differs(around.0, around.1, clause, target)
            }
        }
    }

    /// The columns of what a rule reads that become the key of its table.
    pub(crate) fn table_gate(&self, clause: &Clause, target: Rel) -> Gate {
        let classes = clause.classes();
        let mut key = Vec::new();
        for (col, arg) in self.rels.get(target).cols.iter().zip(&clause.args) {
            if col.role == Role::Key {
                let mut vars = Vec::new();
                told(arg, &mut vars);
                key.extend(vars.iter().map(|v| classes[v.index()]));
            }
        }
        let mut gate = Vec::new();
        super::clauses::atoms(&clause.lits, &mut |atom| {
            let rel = self.rels.number(clause.role, atom.rel);
            if rel != target {
                gate.push((rel, standing(atom, &classes, &key)));
            }
        });
        gate
    }

    /// What a match puts into columns that move.
    fn values(&mut self, at: usize, target: Rel, found: &Found<'_>) {
        let clause = &self.clauses[at];
        if matches!(self.rels.get(clause.head).kind, RelKind::Stage(Stage::Delete, _)) {
            return;
        }
        let of = self.rels.get(target);
        for (col, arg) in clause.args.iter().enumerate() {
            let Some(column) = of.cols.get(col) else { continue };
            if least(&column.role, arg) {
                continue;
            }
            let val = found.reader.expr(arg);
            // What an event showed stays as it was shown.
            let said = of.event && of.kind == RelKind::Output;
            match &column.role {
                Role::Cell(lattice) if !said => {
                    let place = value_place(arg, Code::LatticeRevealed);
                    let flows = val.along(&order_of(lattice), &place);
                    self.cell(at, target, col, flows, found);
                }
                _ if val.is_fixed() => {}
                _ if carries(self.rels, target) => self.carried(at, target, col, arg, &val, found),
                _ => {
                    for flow in val.flows() {
                        self.kept(at, target, arg, flow, found);
                    }
                }
            }
        }
    }

    /// A value into a column that merges.
    fn cell(&mut self, at: usize, target: Rel, col: usize, flows: Vec<Flow>, found: &Found<'_>) {
        let to = Node::Col(target, col);
        let clause = &self.clauses[at];
        let remembers = clause.fires || self.rels.remembers(target);
        let turn = match self.class(target) {
            Class::Ordered(_) => Turn::Hard,
            Class::Commutes => Turn::History,
            _ if remembers => Turn::Remember,
            _ => Turn::Same,
        };
        let spot = matches!(turn, Turn::Hard | Turn::History).then(|| {
            let gate = self.table_gate(clause, target);
            let (span, operator) = (clause.head_span, "<+-".to_string());
            let code = Code::OverwriteInArrivalOrder;
            (Place { span, operator, code, gate, mild: false }, Kind::Order)
        });
        self.edge(at, Node::Matches(at), to, turn, spot);
        for flow in flows {
            if !self.grows(flow.node) {
                continue;
            }
            let place = self.with_gate(flow.via.clone(), flow.node, found);
            match (flow.sign, remembers) {
                (Variance::Plus, true) => {
                    self.edge(at, flow.node, to, Turn::Remember, None);
                }
                (Variance::Plus, false) => {
                    let spot = place.map(|place| (place, Kind::Seal));
                    self.edge(at, flow.node, to, Turn::Same, spot);
                }
                (_, true) => {
                    let place = place.unwrap_or_else(|| value_place_at(clause.head_span));
                    self.edge(at, flow.node, to, Turn::Hard, Some((place, Kind::Seal)));
                }
                (sign, false) => {
                    let place = place.unwrap_or_else(|| value_place_at(clause.head_span));
                    let turn = if sign == Variance::Minus { Turn::Flip } else { Turn::Both };
                    self.edge(at, flow.node, to, turn, Some((place, Kind::Seal)));
                }
            }
        }
    }

    fn with_gate(&self, place: Option<Place>, node: Node, found: &Found<'_>) -> Option<Place> {
        place.map(|mut place| {
            if place.gate.is_empty() {
                place.gate = found.gates.get(&node).cloned().unwrap_or_default();
            }
            place
        })
    }

    /// A moving value in a column of a view or a message.
    fn carried(
        &mut self,
        at: usize,
        target: Rel,
        col: usize,
        arg: &Expr,
        val: &Val,
        found: &Found<'_>,
    ) {
        let to = Node::Col(target, col);
        let Some(moving) = self.columns.get(&(target, col)) else { return };
        let place = value_place(arg, Code::AggregateShown);
        let remembers = self.clauses[at].fires || self.rels.remembers(target);
        for flow in val.along(&moving.order, &place) {
            if !self.grows(flow.node) {
                continue;
            }
            let reveals = match flow.node {
                Node::Col(rel, c) => {
                    matches!(self.rels.get(rel).cols[c].role, Role::Cell(_)) && !remembers
                }
                _ => false,
            };
            let mut via = self.with_gate(flow.via.clone(), flow.node, found);
            if via.is_none() && reveals {
                let code = Code::LatticeRevealed;
                let gate = found.gates.get(&flow.node).cloned().unwrap_or_default();
                let operator = "reveal".to_string();
                via = Some(Place { span: arg.span, operator, code, gate, mild: true });
            }
            let turn = match (flow.sign, remembers) {
                (Variance::Zero | Variance::Plus, false) => Turn::Same,
                (Variance::Zero | Variance::Plus, true) => Turn::Remember,
                (_, true) => Turn::Hard,
                (Variance::Minus, false) => Turn::Flip,
                (Variance::Any, false) => Turn::Both,
            };
            let spot = match turn {
                Turn::Remember => None,
                _ => via.map(|place| (place, Kind::Seal)),
            };
            self.edge(at, flow.node, to, turn, spot);
        }
    }

    /// A moving value that is kept as it was at the moment.
    fn kept(&mut self, at: usize, target: Rel, arg: &Expr, flow: Flow, found: &Found<'_>) {
        if !self.grows(flow.node) {
            return;
        }
        let code = match flow.node {
            Node::Col(rel, c) if matches!(self.rels.get(rel).cols[c].role, Role::Cell(_)) => {
                Code::LatticeRevealed
            }
            _ => Code::AggregateShown,
        };
        let mut place = flow.via.unwrap_or_else(|| value_place(arg, code));
        if place.gate.is_empty() {
            place.gate = found.gates.get(&flow.node).cloned().unwrap_or_default();
        }
        place.mild = false;
        let volatile = match flow.node {
            Node::Rows(rel) | Node::Col(rel, _) => self.volatile(rel),
            Node::Matches(_) | Node::Counted(_) => false,
        };
        let kind = if volatile { Kind::Order } else { Kind::Seal };
        let spot = Some((place, kind));
        self.edge(at, flow.node, Node::Rows(target), Turn::Hard, spot);
    }
}

fn value_place(arg: &Expr, code: Code) -> Place {
    Place { code, ..value_place_at(arg.span) }
}

fn value_place_at(span: Span) -> Place {
    let operator = "value".to_string();
    Place { span, operator, code: Code::AggregateShown, gate: Vec::new(), mild: false }
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

//! What matches put into columns: into those that merge, into those whose values
//! move, and into those that keep what they were given once. What matches follow
//! is not known here.

use crate::calm::model::Code;
use crate::calm::model::Kind;
use crate::calm::model::Variance;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::source::Span;
use crate::types::typed::Expr;
use crate::types::typed::Role;

use super::columns::carries;
use super::edges::Builder;
use super::graph::Turn;
use super::reading::least;
use super::system::Rel;
use super::tables::Class;
use super::value::Flow;
use super::value::Node;
use super::value::Place;
use super::value::Val;
use super::value::order_of;
use super::walk::Found;

impl Builder<'_> {
    /// What a match puts into columns that move.
    pub(crate) fn values(&mut self, at: usize, target: Rel, found: &Found<'_>) {
        let clause = &self.clauses[at];
        if matches!(self.rels.get(clause.head).kind, RelKind::Stage(Stage::Delete, _)) {
            return;
        }
        let of = self.rels.get(target);
        // What leaves when an event asks for it is as it was at that moment.
        let copies = self.rels.copies(target);
        let leaves = of.kind == RelKind::Channel
            && clause.on_event(self.rels)
            && copies.iter().all(|rel| self.clauses.readers(*rel).is_empty());
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
                _ if carries(self.rels, target) && !leaves => {
                    self.carried(at, target, col, arg, &val, found);
                }
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

//! Conditions in a body: which of them are thresholds, and counts that are put
//! against the most they can be. What else a body does is not known here.

use crate::calm::model::Code;
use crate::calm::model::Variance;
use crate::ids::VarId;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;

use super::reading::compares;
use super::system::Rel;
use super::value::Flow;
use super::value::Node;
use super::value::Order;
use super::value::Val;
use super::walk::Stand;
use super::walk::Walk;

impl Walk<'_> {
    pub(crate) fn cond(&mut self, e: &Expr, stand: &Stand) {
        let val = match self.bounded(e) {
            Some(val) => val,
            None => self.found.reader.expr(e),
        };
        if val.is_fixed() {
            return;
        }
        let place = self.place(e.span, "if", Code::ThresholdWrongWay);
        let compares = compares(e);
        // What may become false again waits for nothing.
        let kept = val.along(&Order::Up, &place).iter().all(|flow| flow.sign.is_safe());
        for mut flow in val.along(&Order::Up, &place) {
            let sign = stand.sign.of(flow.sign);
            if sign == Variance::Plus && compares && kept {
                self.found.thresholds.push((e.span, flow.node));
            }
            // What is taken off what is compared goes the wrong way.
            if let (Variance::Minus, Some(via)) = (sign, &mut flow.via)
                && compares
            {
                via.code = Code::ThresholdWrongWay;
            }
            self.touch(flow, stand, &place);
        }
    }

    /// A count that is as large as it can be.
    fn bounded(&self, e: &Expr) -> Option<Val> {
        let ExprKind::Compare(Cmp::Eq, a, b) = &e.kind else { return None };
        let (ExprKind::Var(a), ExprKind::Var(b)) = (&a.kind, &b.kind) else { return None };
        let reader = &self.found.reader;
        for (count, bound) in [(a, b), (b, a)] {
            let Some(Val::Moves { flows, .. }) = reader.env.get(count.index()) else { continue };
            let ([Flow { node: Node::Col(rel, col), .. }], Some(other)) =
                (flows.as_slice(), self.column_of(*bound))
            else {
                continue;
            };
            let all = self.around;
            if super::bounds::bounded(self.rels, all.rules, all.growth, (*rel, *col), other) {
                return Some(Val::moves(Order::Up, flows.clone()));
            }
        }
        None
    }

    /// Whether a count is put against a number that it cannot pass.
    pub(crate) fn is_bound_by(&self, count: (Rel, usize), var: VarId) -> bool {
        let all = self.around;
        let other = self.clause.lits.iter().find_map(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return None };
            let rel = self.rels.number(self.clause.role, atom.rel);
            let is = |p: &Pat| matches!(p.kind, PatKind::Var(v) if v == var);
            let col = atom.args.iter().position(is)?;
            ((rel, col) != count).then_some((rel, col))
        });
        other.is_some_and(|other| {
            super::bounds::bounded(self.rels, all.rules, all.growth, count, other)
        })
    }

    /// The column in which a variable stands first.
    fn column_of(&self, var: VarId) -> Option<(Rel, usize)> {
        self.clause.lits.iter().find_map(|lit| {
            let LitKind::Atom(atom) = &lit.kind else { return None };
            let is = |p: &Pat| matches!(p.kind, PatKind::Var(v) if v == var);
            let col = atom.args.iter().position(is)?;
            Some((self.rels.number(self.clause.role, atom.rel), col))
        })
    }
}

//! Types of rules: bodies, then heads. Atoms come first because collections
//! are where types are declared, so that a mismatch is shown at the other
//! place.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::names::hir;
use crate::names::hir::LitKind;
use crate::source::Span;
use crate::types::context::Cx;
use crate::types::context::Place;
use crate::types::context::Why;
use crate::types::context::each_var;
use crate::types::deferred::Task;
use crate::types::unify::T;

impl<'a> Cx<'_, 'a> {
    /// Types one rule. What waits may still be waiting afterwards.
    pub fn rule(&mut self, rule: &'a hir::Rule) {
        self.enter(&rule.vars);
        self.scope().body = &rule.body;
        self.conjunction(&rule.body);
        self.settle();
        self.head(rule);
        self.settle();
        self.ambiguous_matches(rule);
        self.kept_number(rule);
        if rule.is_fact && !self.scope().aggs.is_empty() {
            let span = self.scope().aggs[0].expr.span;
            self.error(
                Diagnostic::error(codes::AGGREGATE_PLACE, span, "a fact has nothing to aggregate")
                    .help("give the rule a body"),
            );
        }
    }

    fn head(&mut self, rule: &'a hir::Rule) {
        self.scope().place = Place::Head;
        for (i, arg) in rule.args.iter().enumerate() {
            let want = self.column(rule.head, i);
            self.check(arg, &want, Why::Column(rule.head, i));
        }
        self.scope().place = Place::Body;
    }

    fn conjunction(&mut self, lits: &'a [hir::Lit]) {
        for lit in lits {
            if let LitKind::Atom(atom) = &lit.kind {
                self.atom(atom);
            }
        }
        for lit in lits {
            self.literal_of_body(lit);
        }
    }

    fn atom(&mut self, atom: &'a hir::Atom) {
        for (i, p) in atom.args.iter().enumerate() {
            let t = self.column(atom.rel, i);
            self.pattern(p, &t, Why::Column(atom.rel, i));
        }
    }

    fn literal_of_body(&mut self, lit: &'a hir::Lit) {
        match &lit.kind {
            // Done before all others.
            LitKind::Atom(_) => {}
            LitKind::Not(lits) => self.conjunction(lits),
            LitKind::Cond(e) => {
                self.check(e, &T::Bool, Why::Wanted("a condition"));
            }
            LitKind::Bind(p, e) => {
                let t = self.expr(e);
                self.settle();
                self.pattern(p, &t, Why::Value(e));
            }
            LitKind::In(pat, coll) => {
                let ct = self.expr(coll);
                self.settle();
                self.defer(Task::Each { pat, coll, ct });
            }
            LitKind::Or(branches) => {
                for branch in branches {
                    self.conjunction(branch);
                }
            }
            LitKind::Else { atom, otherwise } => {
                self.atom(atom);
                self.conjunction(otherwise);
            }
            LitKind::All { var, var_span, range, lits } => {
                let ct = self.expr(range);
                self.settle();
                self.defer(Task::AllOf { var: *var, span: *var_span, coll: range, ct });
                self.conjunction(lits);
            }
            LitKind::Error => self.scope().bad = true,
        }
    }

    /// With `or` one row could match in several ways, so there is no number
    /// of matches to count.
    fn ambiguous_matches(&mut self, rule: &'a hir::Rule) {
        let Some(or) = find_or(&rule.body) else { return };
        let counting = self.scope().aggs.iter().find(|a| a.func.counts_matches()).cloned();
        if let Some(agg) = counting {
            let title = format!("`{}` counts matches, and the body has `or`", agg.name);
            self.error(
                Diagnostic::error(codes::AGGREGATE_OR, agg.expr.span, title)
                    .label(or, "a row may match both sides")
                    .note("Whether a row that matches both sides counts once or twice would be a guess.")
                    .help("let a view hold the alternatives, one rule for each, and aggregate over that view"),
            );
        }
    }

    /// `n` of `top(n, e, by)` is one number for the group.
    fn kept_number(&mut self, rule: &'a hir::Rule) {
        let tops: Vec<_> =
            self.scope().aggs.iter().filter(|a| a.args.len() == 2).cloned().collect();
        for top in tops {
            let group = group_of(rule, &|e| {
                self.scopes[self.current].aggs.iter().any(|a| std::ptr::eq(a.expr, e))
            });
            let mut loose = None;
            each_var(&top.args[0], &mut |v| {
                if !group.contains(&v) {
                    loose = loose.or(Some(v));
                }
            });
            if let Some(v) = loose {
                let title =
                    format!("`{}` is not the same for all matches of a group", self.name(v));
                self.error(
                    Diagnostic::error(codes::AGGREGATE_TYPE, top.args[0].span, title)
                        .at("the number of elements to keep")
                        .help("use a constant, or a variable that stands in the head outside the aggregates"),
                );
            }
        }
    }
}

/// The variables of the head outside aggregates, in order.
pub(crate) fn group_of(
    rule: &hir::Rule,
    is_agg: &dyn Fn(&hir::Expr) -> bool,
) -> Vec<crate::ids::VarId> {
    fn walk(
        e: &hir::Expr,
        is_agg: &dyn Fn(&hir::Expr) -> bool,
        group: &mut Vec<crate::ids::VarId>,
    ) {
        if is_agg(e) {
            return;
        }
        if let hir::ExprKind::Var(v) = e.kind
            && !group.contains(&v)
        {
            group.push(v);
        }
        for child in e.children() {
            walk(child, is_agg, group);
        }
    }
    let mut group = Vec::new();
    for arg in &rule.args {
        walk(arg, is_agg, &mut group);
    }
    group
}

/// The first alternative whose matches multiply those of the body.
fn find_or(lits: &[hir::Lit]) -> Option<Span> {
    lits.iter().find_map(|lit| match &lit.kind {
        LitKind::Or(_) => Some(lit.span),
        LitKind::Else { otherwise, .. } => find_or(otherwise),
        _ => None,
    })
}

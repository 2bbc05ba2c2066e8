//! When a literal can be evaluated, for those who match a body in an order of
//! their own. This room only puts questions to `binding` and `walk`.

use crate::ids::VarId;
use crate::types::typed::Expr;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Rule;

use super::binding;
use super::binding::Bound;
use super::binding::Counts;
use super::walk;

/// What is known of a rule's variables.
#[derive(Clone, Debug)]
pub struct Ready {
    total: Counts,
    vars: usize,
}

impl Ready {
    /// Of a rule.
    pub fn of(rule: &Rule) -> Ready {
        let vars = rule.vars.len();
        let mut total = Counts::none(vars);
        walk::head_exprs(rule, &mut |e| walk::reads(e, &mut |v, _| total.count(v)));
        walk::lits_vars(&rule.body.lits, &mut |v, _| total.count(v));
        Ready { total, vars }
    }

    /// Whether a literal can be evaluated when these variables have values.
    pub fn is_ready(&self, lit: &Lit, has_value: &dyn Fn(VarId) -> bool) -> bool {
        let mut bound = Bound::none(self.vars);
        for var in (0..self.vars as u32).map(VarId).filter(|var| has_value(*var)) {
            bound.add(var);
        }
        // An alternative that stands ready alone is matched literal by literal.
        matches!(lit.kind, LitKind::Or(_)) || binding::missing(&self.total, lit, &bound).is_empty()
    }
}

/// The variables that an expression reads.
pub fn expr_vars(expr: &Expr) -> Vec<VarId> {
    let mut out = Vec::new();
    walk::reads(expr, &mut |var, _| out.push(var));
    out
}

/// The variables that occur in a literal.
pub fn lit_vars(lit: &Lit) -> Vec<VarId> {
    let mut out = Vec::new();
    walk::lit_vars(lit, &mut |var, _| out.push(var));
    out
}

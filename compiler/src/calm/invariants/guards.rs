//! What a rule tells of its event beyond the columns that it copies: rows that
//! had to be there for the event to do anything, whether it always does it, and
//! on which side of zero its numbers are. Which events there are, and what they
//! are needed for, is not known here.

use crate::calm::invariants::origins::Origin;
use crate::calm::invariants::origins::Turn;
use crate::calm::invariants::origins::column_of;
use crate::calm::invariants::origins::variable;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir::RelKind;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Atom;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Views inside of views that are looked through.
const DEEPEST: usize = 8;
/// Rows that are kept in mind of one event.
const MOST_GUARDS: usize = 8;

/// A row of a collection had to be there: for each column the one of the event
/// with the same value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Guard {
    pub rel: RelId,
    pub cols: Vec<Option<usize>>,
}

/// Rules by what they derive.
pub(super) struct Heads<'p> {
    program: &'p Program,
    /// The only rule of each collection.
    only: Vec<Option<&'p Rule>>,
}

impl<'p> Heads<'p> {
    pub fn of(program: &'p Program) -> Heads<'p> {
        let mut rules: Vec<(usize, Option<&'p Rule>)> = vec![(0, None); program.rels.len()];
        for rule in &program.rules {
            let of = &mut rules[rule.head.index()];
            *of = (of.0 + 1, Some(rule));
        }
        let only = rules.into_iter().map(|(n, rule)| rule.filter(|_| n == 1)).collect();
        Heads { program, only }
    }

    /// The rows without which the event of a rule does nothing, beside those
    /// without which there would not be the event.
    pub fn guards(&self, rule: &Rule, event: &Atom, way: &Origin) -> Vec<Guard> {
        let mut out = way.guards.clone();
        if self.program.rels[event.rel.index()].event {
            for atom in atoms(rule) {
                let rel = &self.program.rels[atom.rel.index()];
                if rel.event || rel.given.is_some() {
                    continue;
                }
                let known = |var| column_of(rule, event, var).and_then(|col| way.cols[col]);
                let cols = atom.args.iter().map(|pat| named(pat).and_then(known)).collect();
                self.below(Guard { rel: atom.rel, cols }, DEEPEST, &mut out);
            }
        }
        out.sort();
        out.dedup();
        out.truncate(MOST_GUARDS);
        out
    }

    /// The rows from which a row of a view is made.
    fn below(&self, row: Guard, depth: usize, out: &mut Vec<Guard>) {
        let kind = &self.program.rels[row.rel.index()].kind;
        if !matches!(kind, RelKind::View | RelKind::OutputView) {
            out.push(row);
            return;
        }
        let (Some(rule), Some(depth)) = (self.only[row.rel.index()], depth.checked_sub(1)) else {
            return;
        };
        let known = |var: VarId| {
            let at = rule.args.iter().position(|arg| variable(arg) == Some(var))?;
            row.cols[at]
        };
        for atom in atoms(rule) {
            let cols = atom.args.iter().map(|pat| named(pat).and_then(known)).collect();
            self.below(Guard { rel: atom.rel, cols }, depth, out);
        }
    }
}

/// The atoms without which a body has no match.
fn atoms(rule: &Rule) -> impl Iterator<Item = &Atom> {
    rule.body.lits.iter().filter_map(|lit| match &lit.kind {
        LitKind::Atom(atom) => Some(atom),
        _ => None,
    })
}

fn named(pat: &Pat) -> Option<VarId> {
    match &pat.kind {
        PatKind::Var(var) => Some(*var),
        PatKind::Expr(e) => variable(e),
        _ => None,
    }
}

/// Whether a rule has its head for every row of the atom.
pub(super) fn is_sure(rule: &Rule, atom: &Atom) -> bool {
    let alone = |lit: &Lit| matches!(&lit.kind, LitKind::Atom(other) if other.span == atom.span);
    let mut vars: Vec<VarId> = Vec::new();
    let open = |pat: &Pat| match pat.kind {
        PatKind::Wild => true,
        PatKind::Var(var) => {
            let new = !vars.contains(&var);
            vars.push(var);
            new
        }
        _ => false,
    };
    rule.body.lits.iter().all(alone) && rule.aggs.is_empty() && atom.args.iter().all(open)
}

/// On which side of zero a value of a rule is: `Up` is not below, `Down` not
/// above. `known` tells it of columns of the event.
pub(super) fn side(rule: &Rule, e: &Expr, known: &dyn Fn(VarId) -> Turn) -> Turn {
    if e.ty == Ty::Nat {
        return Turn::Up;
    }
    match &e.kind {
        ExprKind::Literal(Literal::Int(n)) if *n >= 0 => Turn::Up,
        ExprKind::Literal(Literal::Int(_)) => Turn::Down,
        ExprKind::Var(var) => match known(*var) {
            Turn::Any => bound(rule, *var),
            side => side,
        },
        ExprKind::Neg(a, _) => match side(rule, a, known) {
            Turn::Up => Turn::Down,
            Turn::Down => Turn::Up,
            Turn::Any => Turn::Any,
        },
        ExprKind::Arith(Arith::Add, a, b, _) => {
            let (a, b) = (side(rule, a, known), side(rule, b, known));
            if a == b { a } else { Turn::Any }
        }
        _ => Turn::Any,
    }
}

/// On which side of zero the conditions of a body keep a variable.
fn bound(rule: &Rule, var: VarId) -> Turn {
    for lit in &rule.body.lits {
        let LitKind::Cond(Expr { kind: ExprKind::Compare(cmp, a, b), .. }) = &lit.kind else {
            continue;
        };
        let (above, limit) = match (cmp, variable(a) == Some(var), variable(b) == Some(var)) {
            (Cmp::Gt | Cmp::Ge, true, false) => (true, b),
            (Cmp::Lt | Cmp::Le, false, true) => (true, a),
            (Cmp::Lt | Cmp::Le, true, false) => (false, b),
            (Cmp::Gt | Cmp::Ge, false, true) => (false, a),
            _ => continue,
        };
        match (above, &limit.kind) {
            (true, ExprKind::Literal(Literal::Int(n))) if *n >= 0 => return Turn::Up,
            (false, ExprKind::Literal(Literal::Int(n))) if *n <= 0 => return Turn::Down,
            _ => {}
        }
    }
    Turn::Any
}

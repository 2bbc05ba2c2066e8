//! Recursion that makes values: each round may find new ones, and without a
//! bound it ends only at a limit. What bounds it is a condition on the values,
//! a collection outside of the recursion that holds them, or that a value is
//! taken apart on the way.

use rustc_hash::FxHashSet;

use crate::calm::strata::Strata;
use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::ids::VarId;
use crate::types::builtins::Func;
use crate::types::judge::Sign;
use crate::types::judge::atoms;
use crate::types::judge::binders;
use crate::types::judge::lit_vars;
use crate::types::judge::reads;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Arith;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Role;
use crate::types::typed::Rule;

type Vars = FxHashSet<VarId>;

/// Reports rules that may make new values for ever.
pub(super) fn lint(program: &Program, strata: &Strata, diags: &mut Vec<Diagnostic>) {
    for rule in program.rules.iter().filter(|rule| !rule.is_fact && rule.aggs.is_empty()) {
        let own = strata.scc_of_rel[rule.head.index()];
        let inside = |atom: &Atom| strata.scc_of_rel[atom.rel.index()] == own;
        let mut again: Option<&Atom> = None;
        atoms(&rule.body.lits, &mut |atom, sign| {
            if sign == Sign::Positive && inside(atom) {
                again = again.or(Some(atom));
            }
        });
        let Some(again) = again else { continue };
        let flow = Flow::of(rule, &inside);
        if flow.descends || rule.args.iter().any(|arg| flow.makes(arg) && !flow.open(arg)) {
            continue;
        }
        let cols = &program.rels[rule.head.index()].cols;
        let found = rule.args.iter().zip(cols).find(|(arg, col)| {
            // What merges keeps one value for each key.
            !matches!(col.role, Role::Cell(_)) && flow.invents(arg)
        });
        if let Some((arg, _)) = found {
            diags.push(message(program, strata, rule, again, arg));
        }
    }
}

fn message(
    program: &Program,
    strata: &Strata,
    rule: &Rule,
    again: &Atom,
    arg: &Expr,
) -> Diagnostic {
    let name = |rel: crate::ids::RelId| program.rels[rel.index()].name.as_str();
    let own = strata.scc_of_rel[rule.head.index()];
    let cycle: Vec<String> = strata
        .order
        .iter()
        .filter(|rel| strata.scc_of_rel[rel.index()] == own)
        .map(|rel| format!("`{}`", name(*rel)))
        .collect();
    let through =
        if cycle.len() > 1 { format!(" through {}", cycle.join(", ")) } else { String::new() };
    let title =
        format!("the recursion of `{}`{through} may make new values without end", name(rule.head));
    let number = matches!(arg.ty, Ty::Int | Ty::Nat | Ty::Float | Ty::Duration | Ty::Time);
    let diagnostic = Diagnostic::warning(codes::INVENTED_VALUES, arg.span, title)
        .at("this may be a value that was not there before")
        .label(again.span, format!("made from what `{}` holds already", name(again.rel)))
        .note("On a cycle in the data every round finds new rows, until a limit ends the run.");
    diagnostic.help(match number {
        true => {
            "bound it, for example by a condition `… < 100`, or keep only the best in a column \
                 `Min<…>` or `Max<…>`"
        }
        false => "bound it by a condition, or by a collection that holds all values there may be",
    })
}

/// What flows where in one rule.
struct Flow {
    /// Variables that hold what the recursion found, or what is made of it.
    again: Vars,
    /// Those among them that something holds within bounds.
    bounded: Vars,
    /// Variables whose value was made in this rule.
    made: Vars,
    /// The recursion goes on with a part of a value, which has an end.
    descends: bool,
}

impl Flow {
    fn of(rule: &Rule, inside: &dyn Fn(&Atom) -> bool) -> Flow {
        let mut flow = Flow {
            again: Vars::default(),
            bounded: Vars::default(),
            made: Vars::default(),
            descends: false,
        };
        let mut parts = Vars::default();
        atoms(&rule.body.lits, &mut |atom, sign| {
            for arg in &atom.args {
                if sign == Sign::Positive && inside(atom) {
                    binders(arg, &mut |v, _| flow.again.extend([v]));
                } else {
                    held_by(arg, &mut |v| flow.bounded.extend([v]));
                    taken_apart(arg, &mut |v| parts.extend([v]));
                }
                taken_apart(arg, &mut |v| flow.bounded.extend([v]));
            }
        });
        bound_apart(&rule.body.lits, &mut |v| parts.extend([v]));
        flow.descends = parts.iter().any(|v| flow.again.contains(v));
        flow.conditions(&rule.body.lits);
        // What a bound value is made of, or makes, is bound too; what is made
        // of the recursion's values belongs to it.
        loop {
            let before = (flow.again.len(), flow.bounded.len(), flow.made.len());
            flow.bindings(&rule.body.lits);
            if before == (flow.again.len(), flow.bounded.len(), flow.made.len()) {
                return flow;
            }
        }
    }

    fn conditions(&mut self, lits: &[Lit]) {
        for lit in lits {
            match &lit.kind {
                LitKind::Cond(_)
                | LitKind::Not(_)
                | LitKind::In(..)
                | LitKind::All { .. }
                | LitKind::Else { .. } => {
                    self.bounded.extend(lit_vars(lit));
                }
                LitKind::Or(branches) => branches.iter().for_each(|b| self.conditions(b)),
                LitKind::Bind(p, _) => {
                    taken_apart(p, &mut |v| self.bounded.extend([v]));
                }
                LitKind::Atom(_) => {}
            }
        }
    }

    fn bindings(&mut self, lits: &[Lit]) {
        for lit in lits {
            match &lit.kind {
                LitKind::Bind(p, e) => {
                    let (mut from, mut to) = (Vec::new(), Vec::new());
                    reads(e, &mut |v, _| from.push(v));
                    binders(p, &mut |v, _| to.push(v));
                    if from.iter().any(|v| self.again.contains(v)) {
                        self.again.extend(&to);
                    }
                    if to.iter().any(|v| self.bounded.contains(v)) {
                        self.bounded.extend(&from);
                    }
                    if !from.is_empty() && from.iter().all(|v| self.bounded.contains(v)) {
                        self.bounded.extend(&to);
                    }
                    if self.makes(e) {
                        self.made.extend(&to);
                    }
                }
                LitKind::Or(branches) => branches.iter().for_each(|b| self.bindings(b)),
                _ => {}
            }
        }
    }

    /// Whether an argument of the head may be new each round.
    fn invents(&self, arg: &Expr) -> bool {
        self.makes(arg) && self.open(arg)
    }

    /// Whether it hangs on something of the recursion that nothing bounds.
    fn open(&self, e: &Expr) -> bool {
        let mut open = false;
        reads(e, &mut |v, _| open |= self.again.contains(&v) && !self.bounded.contains(&v));
        open
    }

    /// Whether an expression makes a value larger than what it is made of.
    fn makes(&self, e: &Expr) -> bool {
        let grows = match &e.kind {
            ExprKind::Var(v) => return self.made.contains(v),
            ExprKind::Arith(op, ..) => matches!(op, Arith::Add | Arith::Sub | Arith::Mul),
            ExprKind::Builtin(func, _) => {
                matches!(func, Func::Append | Func::Concat | Func::Pow)
            }
            ExprKind::Interp(_)
            | ExprKind::Tuple(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Map(_)
            | ExprKind::Record(..)
            | ExprKind::Construct(..)
            | ExprKind::Some(_) => true,
            _ => false,
        };
        let mut hangs = false;
        parts(e, &mut |part| {
            reads(part, &mut |v, _| hangs |= self.again.contains(&v));
        });
        grows && hangs
    }
}

/// Calls `f` with the variables that an argument is, or hangs on.
fn held_by(arg: &Pat, f: &mut dyn FnMut(VarId)) {
    match &arg.kind {
        PatKind::Expr(e) => reads(e, &mut |v, _| f(v)),
        _ => binders(arg, &mut |v, _| f(v)),
    }
}

/// Calls `f` with the variables that bindings take out of a value.
fn bound_apart(lits: &[Lit], f: &mut dyn FnMut(VarId)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Bind(p, _) => taken_apart(p, f),
            LitKind::Or(branches) => branches.iter().for_each(|b| bound_apart(b, f)),
            _ => {}
        }
    }
}

/// Calls `f` with the variables inside of a compound pattern: what they hold is
/// smaller than what was there.
fn taken_apart(p: &Pat, f: &mut dyn FnMut(VarId)) {
    if !matches!(p.kind, PatKind::Var(_)) {
        binders(p, &mut |v, _| f(v));
    }
}

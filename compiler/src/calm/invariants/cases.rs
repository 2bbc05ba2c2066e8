//! The ways in which an invariant can be violated: its condition with views
//! put in the place of their names, down to tables and events. Values of
//! different rules that must be equal are one class. What makes a case come
//! true is not known here.

use std::ops::Range;
use std::rc::Rc;

use crate::calm::model::Variance;
use crate::ids::RelId;
use crate::ids::VarId;
use crate::names::hir::Reach;
use crate::names::hir::RelKind;
use crate::source::Span;
use crate::types::parts::parts;
use crate::types::ty::Ty;
use crate::types::typed::Agg;
use crate::types::typed::AggFn;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Literal;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Views inside of views that are looked through.
const DEEPEST: usize = 16;
/// Cases of one invariant; a view that would make more is taken as it stands.
const MOST_CASES: usize = 64;

/// The value of each variable of a rule, as a class.
pub(super) type Env = Rc<Vec<usize>>;

/// One conjunction that violates the invariant.
#[derive(Clone, Default)]
pub(super) struct Case<'p> {
    /// For each value one that it equals and that was there before; itself if none.
    same: Vec<usize>,
    pub held: Vec<Held>,
    pub absent: Vec<Absent<'p>>,
    pub said: Vec<Said<'p>>,
    /// Values that are computed.
    pub values: Vec<(usize, &'p Expr, Env)>,
    pub groups: Vec<Group>,
}

/// A row that has to be there.
#[derive(Clone)]
pub(super) struct Held {
    pub rel: RelId,
    pub args: Vec<usize>,
    pub span: Span,
    /// Without it the violation is no smaller.
    pub soft: bool,
    /// It stands for any number of rows, in ways that are not looked through.
    pub whole: bool,
}

/// Rows that must not be there.
#[derive(Clone)]
pub(super) struct Absent<'p> {
    pub what: What<'p>,
    pub env: Env,
}

#[derive(Clone, Copy)]
pub(super) enum What<'p> {
    Lits(&'p [Lit]),
    Atom(&'p Atom),
}

/// A condition.
#[derive(Clone)]
pub(super) struct Said<'p> {
    pub expr: &'p Expr,
    pub env: Env,
    /// A part of a pattern or a range: how it follows its values is not known.
    pub opaque: bool,
}

/// An aggregate over some of the rows.
#[derive(Clone)]
pub(super) struct Group {
    pub var: usize,
    /// Where it goes when there are more rows.
    pub up: Variance,
    /// Whether several rows together do what none of them does alone.
    pub many: bool,
    /// Whether it adds up what is above zero.
    pub adds: bool,
    /// The value that it adds up, where that is all it does.
    pub summed: Option<usize>,
    pub held: Range<usize>,
    pub absent: Range<usize>,
    /// What the rows of a group have in common.
    pub keys: Vec<usize>,
}

impl<'p> Case<'p> {
    pub fn class(&self, var: usize) -> usize {
        let mut at = var;
        while self.same[at] != at {
            at = self.same[at];
        }
        at
    }

    /// The number of values there are.
    pub fn size(&self) -> usize {
        self.same.len()
    }

    fn fresh(&mut self) -> usize {
        self.same.push(self.same.len());
        self.same.len() - 1
    }

    /// The older of the two stands for both.
    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.class(a), self.class(b));
        self.same[a.max(b)] = a.min(b);
    }

    /// An empty conjunction over the same values.
    pub fn inside(&self) -> Case<'p> {
        Case { same: self.same.clone(), values: self.values.clone(), ..Case::default() }
    }
}

/// Takes conditions apart.
pub(super) struct Cases<'p> {
    pub program: &'p Program,
    recursive: Vec<bool>,
}

impl<'p> Cases<'p> {
    pub fn new(program: &'p Program) -> Cases<'p> {
        let mut reads: Vec<Vec<usize>> = vec![Vec::new(); program.rels.len()];
        for rule in &program.rules {
            atoms(&rule.body.lits, &mut |atom| reads[rule.head.index()].push(atom.rel.index()));
        }
        let reaches_itself = |start: usize| {
            let mut seen = vec![false; reads.len()];
            let mut open = reads[start].clone();
            while let Some(at) = open.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    open.extend(&reads[at]);
                }
            }
            seen[start]
        };
        let recursive = (0..reads.len()).map(reaches_itself).collect();
        Cases { program, recursive }
    }

    /// The cases of a rule that derives a violation.
    pub fn of(&self, rule: &'p Rule) -> Vec<Case<'p>> {
        let mut case = Case::default();
        let env = env(&mut case, rule);
        self.body(case, &rule.body.lits, &env, 0)
    }

    /// The cases of what must not be, over the values of the case around it.
    pub fn within(&self, case: &Case<'p>, absent: &Absent<'p>) -> Vec<Case<'p>> {
        match absent.what {
            What::Lits(lits) => self.body(case.inside(), lits, &absent.env, 0),
            What::Atom(atom) => self.atom(case.inside(), atom, &absent.env, false, 0),
        }
    }

    fn body(&self, case: Case<'p>, lits: &'p [Lit], env: &Env, depth: usize) -> Vec<Case<'p>> {
        let mut cases = vec![case];
        for lit in lits {
            let each = cases.into_iter();
            cases = each.flat_map(|case| self.lit(case, lit, env, depth)).collect();
        }
        cases
    }

    fn lit(&self, mut case: Case<'p>, lit: &'p Lit, env: &Env, depth: usize) -> Vec<Case<'p>> {
        let said = |expr, opaque| Said { expr, env: env.clone(), opaque };
        match &lit.kind {
            LitKind::Atom(atom) => return self.atom(case, atom, env, false, depth),
            LitKind::Cond(e) => case.said.push(said(e, false)),
            LitKind::In(_, e) => case.said.push(said(e, true)),
            LitKind::Bind(pat, e) => match (&pat.kind, &e.kind) {
                (PatKind::Var(v), ExprKind::Var(w)) => case.unite(env[v.index()], env[w.index()]),
                (PatKind::Var(v), _) => case.values.push((env[v.index()], e, env.clone())),
                _ => case.said.push(said(e, true)),
            },
            LitKind::Not(inner) => {
                let what = What::Lits(inner);
                case.absent.push(Absent { what, env: env.clone() });
            }
            LitKind::Or(branches) => {
                let each = branches.iter();
                return each.flat_map(|b| self.body(case.clone(), b, env, depth)).collect();
            }
            LitKind::Else { atom, otherwise, .. } => {
                let soft = self.is_least(atom, otherwise);
                let mut cases = self.atom(case.clone(), atom, env, soft, depth);
                let what = What::Atom(atom);
                case.absent.push(Absent { what, env: env.clone() });
                cases.extend(self.body(case, otherwise, env, depth));
                return cases;
            }
            LitKind::All { lits, .. } => return self.body(case, lits, env, depth),
        }
        vec![case]
    }

    /// Whether the right side of an `else` is zero and the left side counts.
    fn is_least(&self, atom: &Atom, otherwise: &[Lit]) -> bool {
        let zero = |lit: &Lit| match &lit.kind {
            LitKind::Bind(_, e) => matches!(e.kind, ExprKind::Literal(Literal::Int(0))),
            _ => false,
        };
        let mut rules = self.program.rules.iter().filter(|rule| rule.head == atom.rel);
        otherwise.iter().all(zero)
            && rules.all(|rule| !rule.aggs.is_empty() && rule.aggs.iter().all(adds))
    }

    fn atom(
        &self,
        mut case: Case<'p>,
        atom: &'p Atom,
        env: &Env,
        soft: bool,
        depth: usize,
    ) -> Vec<Case<'p>> {
        let mut args = Vec::new();
        for pat in &atom.args {
            args.push(match &pat.kind {
                PatKind::Var(v) => env[v.index()],
                PatKind::Expr(e) => match e.kind {
                    ExprKind::Var(v) => env[v.index()],
                    _ => {
                        let var = case.fresh();
                        case.values.push((var, e, env.clone()));
                        var
                    }
                },
                _ => case.fresh(),
            });
        }
        let rules: Vec<&'p Rule> =
            self.program.rules.iter().filter(|rule| rule.head == atom.rel).collect();
        let whole = self.recursive[atom.rel.index()] && self.is_derived(atom.rel);
        let looks = self.is_derived(atom.rel) && !whole && depth < DEEPEST;
        if !looks || rules.is_empty() || rules.len() > MOST_CASES {
            let whole = self.is_derived(atom.rel);
            case.held.push(Held { rel: atom.rel, args, span: atom.span, soft, whole });
            return vec![case];
        }
        let each = rules.into_iter();
        each.flat_map(|rule| self.rule(case.clone(), rule, &args, soft, depth + 1)).collect()
    }

    /// Whether its rules say all there is to it.
    fn is_derived(&self, rel: RelId) -> bool {
        let rel = &self.program.rels[rel.index()];
        match rel.kind {
            RelKind::View | RelKind::Scratch | RelKind::Output | RelKind::OutputView => true,
            RelKind::Input | RelKind::InputView => rel.reach == Reach::Input,
            _ => false,
        }
    }

    /// The body of a rule in the place of its head.
    fn rule(
        &self,
        mut case: Case<'p>,
        rule: &'p Rule,
        args: &[usize],
        soft: bool,
        depth: usize,
    ) -> Vec<Case<'p>> {
        let inner = env(&mut case, rule);
        for (arg, value) in rule.args.iter().zip(args) {
            match arg.kind {
                ExprKind::Var(v) => case.unite(*value, inner[v.index()]),
                _ if rule.aggs.is_empty() => case.values.push((*value, arg, inner.clone())),
                _ => {}
            }
        }
        let (held, absent) = (case.held.len(), case.absent.len());
        let mut cases = self.body(case, &rule.body.lits, &inner, depth);
        for case in &mut cases {
            case.held[held..].iter_mut().for_each(|held| held.soft |= soft);
            let keys: Vec<usize> = rule.group.iter().map(|v| inner[v.index()]).collect();
            for (arg, value) in rule.args.iter().zip(args) {
                let of = aggregates(rule, arg);
                if of.is_empty() {
                    continue;
                }
                let direct = matches!(arg.kind, ExprKind::Agg(_));
                case.groups.push(Group {
                    var: *value,
                    up: if direct { direction(of[0]) } else { Variance::Any },
                    many: of.iter().any(|agg| agg.func.counts_matches() || gathers(agg.func)),
                    adds: of.iter().all(|agg| adds(agg)),
                    summed: summand(of[0]).filter(|_| direct).map(|var| inner[var.index()]),
                    held: held..case.held.len(),
                    absent: absent..case.absent.len(),
                    keys: keys.clone(),
                });
            }
        }
        cases
    }
}

fn env(case: &mut Case<'_>, rule: &Rule) -> Env {
    Rc::new(rule.vars.iter().map(|_| case.fresh()).collect())
}

/// The aggregates of an expression of a head.
fn aggregates<'p>(rule: &'p Rule, e: &Expr) -> Vec<&'p Agg> {
    let mut out = Vec::new();
    if let ExprKind::Agg(at) = e.kind {
        out.extend(rule.aggs.get(at));
    }
    parts(e, &mut |part| out.extend(aggregates(rule, part)));
    out
}

/// The variable that an aggregate adds up.
fn summand(agg: &Agg) -> Option<VarId> {
    match (agg.func, agg.args.first().map(|arg| &arg.kind)) {
        (AggFn::Sum, Some(ExprKind::Var(var))) => Some(*var),
        _ => None,
    }
}

fn gathers(func: AggFn) -> bool {
    matches!(func, AggFn::CountDistinct | AggFn::Collect)
}

/// Whether an aggregate adds up what is not below zero.
fn adds(agg: &Agg) -> bool {
    match agg.func {
        AggFn::Count | AggFn::CountDistinct => true,
        AggFn::Sum => agg.ty == Ty::Nat,
        _ => false,
    }
}

fn direction(agg: &Agg) -> Variance {
    match agg.func {
        AggFn::Collect | AggFn::Max | AggFn::Any => Variance::Plus,
        AggFn::Min | AggFn::All => Variance::Minus,
        _ if adds(agg) => Variance::Plus,
        _ => Variance::Any,
    }
}

/// Calls `f` with every atom of a body.
fn atoms<'p>(lits: &'p [Lit], f: &mut dyn FnMut(&'p Atom)) {
    for lit in lits {
        match &lit.kind {
            LitKind::Atom(atom) => f(atom),
            LitKind::Not(inner) | LitKind::All { lits: inner, .. } => atoms(inner, f),
            LitKind::Or(branches) => branches.iter().for_each(|b| atoms(b, f)),
            LitKind::Else { atom, otherwise, .. } => {
                f(atom);
                atoms(otherwise, f);
            }
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
        }
    }
}

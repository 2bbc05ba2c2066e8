//! The order of a conjunction: a literal runs after those that give it what it
//! needs, what cannot fail before what can, and among the ready ones the first
//! in the source. Where no order gives every variable a value, the rule is
//! unsafe, and this is where it is noticed; the words are in `unbound`.

use crate::diag::Diagnostic;
use crate::ids::VarId;
use crate::types::ty::Ty;
use crate::types::typed::Atom;
use crate::types::typed::Body;
use crate::types::typed::Cmp;
use crate::types::typed::Expr;
use crate::types::typed::ExprKind;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::PatKind;
use crate::types::typed::Program;
use crate::types::typed::Rule;
use crate::types::typed::Var;

use super::binding;
use super::binding::Bound;
use super::binding::Counts;
use super::fallible;
use super::unbound;
use super::unbound::Problem;
use super::walk;

struct Scheduler<'a> {
    program: &'a Program,
    total: Counts,
    vars: Vec<Var>,
    problems: Vec<Problem>,
}

/// Puts the body of a rule in order; `false` when a variable has no value, which
/// is reported.
pub(super) fn rule(program: &Program, rule: &mut Rule, diags: &mut Vec<Diagnostic>) -> bool {
    let mut total = Counts::none(rule.vars.len());
    walk::head_exprs(rule, &mut |e| walk::reads(e, &mut |v, _| total.count(v)));
    walk::lits_vars(&rule.body.lits, &mut |v, _| total.count(v));
    let mut bound = Bound::none(rule.vars.len());
    let vars = std::mem::take(&mut rule.vars);
    let mut scheduler = Scheduler { program, total, vars, problems: Vec::new() };
    scheduler.only_denied(&rule.body.lits);
    let (lits, early) = scheduler.conjunction(&rule.body.lits, &mut bound);
    let mut unread: Vec<VarId> = Vec::new();
    walk::head_exprs(rule, &mut |e| {
        walk::reads(e, &mut |v, _| {
            if bound.add(v) {
                unread.push(v);
            }
        });
    });
    rule.vars = scheduler.vars;
    let mut problems = scheduler.problems;
    problems.extend(unread.into_iter().map(Problem::Unbound));
    if problems.is_empty() {
        rule.body = Body { lits, early };
        return true;
    }
    for problem in &problems {
        diags.push(unbound::message(program, rule, problem));
    }
    false
}

impl Scheduler<'_> {
    /// A variable that stands in one negated atom and nowhere else: whoever
    /// wrote it forgot to bind it, or meant `_`. Only a conjunction under `not`
    /// has variables of its own.
    fn only_denied(&mut self, lits: &[Lit]) {
        for lit in lits {
            match &lit.kind {
                LitKind::Not(inner) => {
                    if let [Lit { kind: LitKind::Atom(atom), .. }] = &inner[..] {
                        self.denied(atom);
                    } else {
                        self.only_denied(inner);
                    }
                }
                LitKind::Or(branches) => branches.iter().for_each(|b| self.only_denied(b)),
                LitKind::Else { otherwise, .. } => self.only_denied(otherwise),
                LitKind::All { lits, .. } => self.only_denied(lits),
                LitKind::Atom(_) | LitKind::Cond(_) | LitKind::Bind(..) | LitKind::In(..) => {}
            }
        }
    }

    fn denied(&mut self, atom: &Atom) {
        let mut own: Vec<VarId> = Vec::new();
        walk::atom_vars(atom, &mut |v, _| {
            if !own.contains(&v) {
                own.push(v);
            }
        });
        let shared = binding::shared(&self.total, &mut |f| walk::atom_vars(atom, &mut |v, _| f(v)));
        for v in own {
            let meant = self.vars.get(v.index()).is_some_and(|var| var.name.starts_with('_'));
            if !meant && !shared.contains(&v) {
                self.problems.push(Problem::Unbound(v));
            }
        }
    }

    /// The literals in order, and how many of them stand before the first that
    /// can fail. Variables that get a value are added to `bound`.
    fn conjunction(&mut self, lits: &[Lit], bound: &mut Bound) -> (Vec<Lit>, usize) {
        let mut waiting: Vec<(&Lit, bool)> =
            lits.iter().map(|lit| (lit, fallible::lit(self.program, lit))).collect();
        let mut out = Vec::with_capacity(lits.len());
        self.run(&mut waiting, bound, &mut out, false);
        let early = out.len();
        loop {
            self.run(&mut waiting, bound, &mut out, true);
            if waiting.is_empty() {
                return (out, early);
            }
            let stuck: Vec<&Lit> = waiting.iter().map(|(lit, _)| *lit).collect();
            self.stuck(&stuck, bound);
        }
    }

    /// Takes ready literals until there is none. An `else` waits for all that
    /// is ready without it: what it has to give itself must not hang on where
    /// it stands.
    fn run(
        &mut self,
        waiting: &mut Vec<(&Lit, bool)>,
        bound: &mut Bound,
        out: &mut Vec<Lit>,
        late: bool,
    ) {
        loop {
            let ready = |(lit, fails): &(&Lit, bool)| {
                (late || !fails) && binding::missing(&self.total, lit, bound).is_empty()
            };
            let plain = |w: &(&Lit, bool)| !matches!(w.0.kind, LitKind::Else { .. });
            let next = waiting
                .iter()
                .position(|w| plain(w) && ready(w))
                .or_else(|| waiting.iter().position(|w| !plain(w) && ready(w)));
            let Some(next) = next else { return };
            let (lit, _) = waiting.remove(next);
            self.emit(lit, bound, out);
        }
    }

    fn emit(&mut self, lit: &Lit, bound: &mut Bound, out: &mut Vec<Lit>) {
        let span = lit.span;
        let mut after = Vec::new();
        let kind = match &lit.kind {
            LitKind::Atom(atom) => LitKind::Atom(self.atom(atom, bound, &mut after)),
            LitKind::Not(lits) => LitKind::Not(self.conjunction(lits, &mut bound.clone()).0),
            LitKind::Cond(e) => LitKind::Cond(e.clone()),
            LitKind::Bind(p, e) if binding::turned(p, e, bound) => turn(p, e),
            LitKind::Bind(p, e) => LitKind::Bind(p.clone(), e.clone()),
            LitKind::In(p, e) => LitKind::In(p.clone(), e.clone()),
            LitKind::Or(branches) => LitKind::Or(
                branches.iter().map(|b| self.conjunction(b, &mut bound.clone()).0).collect(),
            ),
            LitKind::Else { atom, otherwise, .. } => self.otherwise(atom, otherwise, bound),
            LitKind::All { var, range, lits } => {
                let mut inner = bound.clone();
                inner.add(*var);
                let lits = self.conjunction(lits, &mut inner).0;
                LitKind::All { var: *var, range: range.clone(), lits }
            }
        };
        out.push(Lit { kind, span });
        out.extend(after);
        for v in binding::gives(&self.total, lit) {
            bound.add(v);
        }
    }

    /// An argument such as the second of `p(x, x + 1)` hangs on what the atom
    /// itself gives: it becomes a comparison after the atom.
    fn atom(&mut self, atom: &Atom, bound: &Bound, after: &mut Vec<Lit>) -> Atom {
        let args = atom.args.iter().map(|arg| self.pattern(arg, bound, after)).collect();
        Atom { args, ..atom.clone() }
    }

    fn pattern(&mut self, pat: &Pat, bound: &Bound, after: &mut Vec<Lit>) -> Pat {
        let kind = match &pat.kind {
            PatKind::Expr(e) => {
                let mut waits = false;
                walk::reads(e, &mut |v, _| waits = waits || !bound.has(v));
                if !waits {
                    return pat.clone();
                }
                let fresh = self.fresh(pat);
                let value = Expr { kind: ExprKind::Var(fresh), ty: pat.ty.clone(), span: pat.span };
                let same = ExprKind::Compare(Cmp::Eq, Box::new(value), Box::new(e.clone()));
                let same = Expr { kind: same, ty: Ty::Bool, span: pat.span };
                after.push(Lit { kind: LitKind::Cond(same), span: pat.span });
                PatKind::Var(fresh)
            }
            PatKind::Tuple(ps) => {
                PatKind::Tuple(ps.iter().map(|p| self.pattern(p, bound, after)).collect())
            }
            PatKind::Construct(id, variant, ps) => {
                let ps = ps.iter().map(|p| self.pattern(p, bound, after)).collect();
                PatKind::Construct(*id, *variant, ps)
            }
            PatKind::Some(p) => PatKind::Some(Box::new(self.pattern(p, bound, after))),
            PatKind::Wild | PatKind::Var(_) | PatKind::None => pat.kind.clone(),
        };
        Pat { kind, ..pat.clone() }
    }

    fn fresh(&mut self, pat: &Pat) -> VarId {
        let id = VarId(self.vars.len() as u32);
        self.vars.push(Var {
            name: "_".to_string(),
            ty: pat.ty.clone(),
            grows: None,
            span: pat.span,
        });
        id
    }

    fn otherwise(&mut self, atom: &Atom, otherwise: &[Lit], bound: &Bound) -> LitKind {
        let right = binding::closure(&self.total, otherwise, bound);
        let shared = binding::shared(&self.total, &mut |f| walk::atom_vars(atom, &mut |v, _| f(v)));
        let outputs: Vec<VarId> =
            shared.iter().copied().filter(|v| !bound.has(*v) && right.has(*v)).collect();
        let mut atom = atom.clone();
        for arg in &mut atom.args {
            self.blank(arg);
        }
        let otherwise = self.conjunction(otherwise, &mut bound.clone()).0;
        LitKind::Else { atom, otherwise, outputs }
    }

    /// A variable that stands once in the whole rule asks for nothing.
    fn blank(&self, pat: &mut Pat) {
        match &mut pat.kind {
            PatKind::Var(v) if self.total.once(*v) => pat.kind = PatKind::Wild,
            PatKind::Tuple(ps) | PatKind::Construct(_, _, ps) => {
                ps.iter_mut().for_each(|p| self.blank(p));
            }
            PatKind::Some(p) => self.blank(p),
            PatKind::Var(_) | PatKind::Wild | PatKind::None | PatKind::Expr(_) => {}
        }
    }

    /// None of the literals is ready: reports why, and takes the variables as
    /// given, so that the rest of the rule is judged too.
    fn stuck(&mut self, waiting: &[&Lit], bound: &mut Bound) {
        let mut found = false;
        for lit in waiting {
            let two_sided = matches!(lit.kind, LitKind::Or(_) | LitKind::Else { .. });
            let either_way = two_sided || equates(lit);
            for v in binding::missing(&self.total, lit, bound) {
                let other = waiting.iter().any(|giver| {
                    let same = std::ptr::eq::<Lit>(*giver, *lit);
                    !(same && either_way) && binding::gives(&self.total, giver).contains(&v)
                });
                if other || bound.has(v) {
                    continue;
                }
                found = true;
                let partly = two_sided && binding::gives(&self.total, lit).contains(&v);
                let problem = if partly { self.partial(lit, v, bound) } else { None };
                self.problems.push(problem.unwrap_or(Problem::Unbound(v)));
                bound.add(v);
            }
        }
        if !found {
            self.circle(waiting, bound);
        }
    }

    /// One side of `or` or `else` gives the variable a value, another does not.
    fn partial(&self, lit: &Lit, v: VarId, bound: &Bound) -> Option<Problem> {
        let gives = |lits: &[Lit]| binding::closure(&self.total, lits, bound).has(v);
        let span = |lits: &[Lit]| match (lits.first(), lits.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => lit.span,
        };
        match &lit.kind {
            LitKind::Or(branches) => {
                let (with, without) = branches.iter().partition(|b| gives(b));
                let spans = |of: Vec<&Vec<Lit>>| of.into_iter().map(|b| span(b)).collect();
                Some(Problem::Or { var: v, with: spans(with), without: spans(without) })
            }
            LitKind::Else { atom, otherwise, .. } => {
                let left = atom.span;
                let right = span(otherwise);
                let (with, without) = if gives(otherwise) { (right, left) } else { (left, right) };
                Some(Problem::Else { var: v, with, without })
            }
            _ => None,
        }
    }

    fn circle(&mut self, waiting: &[&Lit], bound: &mut Bound) {
        let mut path: Vec<(&Lit, VarId)> = Vec::new();
        let mut lit = waiting[0];
        while !path.iter().any(|(seen, _)| std::ptr::eq::<Lit>(*seen, lit)) {
            let missing = binding::missing(&self.total, lit, bound);
            let Some(&v) = missing.first() else { break };
            path.push((lit, v));
            let gives = |g: &&&Lit| binding::gives(&self.total, g).contains(&v);
            let another = |g: &&&Lit| !std::ptr::eq::<Lit>(**g, lit);
            let mut givers = waiting.iter().filter(gives);
            let giver = givers.clone().find(another).or_else(|| givers.next());
            let Some(giver) = giver else { break };
            lit = giver;
        }
        let start = path.iter().position(|(seen, _)| std::ptr::eq::<Lit>(*seen, lit)).unwrap_or(0);
        let steps: Vec<_> = path[start..].iter().map(|(lit, v)| (lit.span, *v)).collect();
        for (_, v) in &path {
            bound.add(*v);
        }
        self.problems.push(Problem::Circle(steps));
    }
}

/// `x = y`, which gives the one the value of the other.
fn equates(lit: &Lit) -> bool {
    match &lit.kind {
        LitKind::Bind(p, e) => match (&p.kind, &e.kind) {
            (PatKind::Var(a), ExprKind::Var(b)) => a != b,
            _ => false,
        },
        _ => false,
    }
}

fn turn(pat: &Pat, expr: &Expr) -> LitKind {
    match (&pat.kind, &expr.kind) {
        (PatKind::Var(a), ExprKind::Var(b)) => LitKind::Bind(
            Pat { kind: PatKind::Var(*b), ty: expr.ty.clone(), span: expr.span },
            Expr { kind: ExprKind::Var(*a), ty: pat.ty.clone(), span: pat.span },
        ),
        _ => LitKind::Bind(pat.clone(), expr.clone()),
    }
}

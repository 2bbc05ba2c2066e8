//! Matches of a body over the rows of a finished run. Literals are taken in
//! the order that finds a match soonest, whatever stands first in the source;
//! which rows a match rests on is noted beside it. This room must not know
//! heads, rounds, or why anybody asks.

use bloom_compiler::ids::VarId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Env;
use bloom_compiler::oracle::Place;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::Want;
use bloom_compiler::source::Span;
use bloom_compiler::types::judge::Ready;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::Expr;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Pat;
use bloom_compiler::types::typed::PatKind;
use bloom_compiler::types::typed::Program;

use crate::why::store::RowId;
use crate::why::store::Store;
use crate::why::store::View;

/// What a match rests on, with the number of the literal in its body.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Used {
    /// A row.
    Row(RowId),
    /// No row matches this.
    Absent,
    /// A condition, with the variables in it.
    Holds(Vec<VarId>),
}

/// What a match rests on: number of the literal, its place, what it is.
pub type Trace = Vec<(usize, Span, Used)>;

/// Hears of a match; false: enough.
pub type Each<'e> = &'e mut dyn FnMut(&Env, &Trace) -> bool;

/// Cost of going through a value of unknown size.
const ELEMENTS_GUESSED: usize = 16;

/// A body to be matched.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Solver<'a> {
    pub program: &'a Program,
    pub store: &'a Store<'a>,
    pub ready: &'a Ready,
    pub view: View,
}

/// A literal that waits, with its number in the body.
type Waiting<'a> = (usize, &'a Lit);

impl<'a> Solver<'a> {
    /// Calls back with every match that extends `env`; false when that said
    /// enough.
    pub fn matches(self, lits: &'a [Lit], env: &Env, each: Each<'_>) -> bool {
        let waiting: Vec<Waiting<'a>> = lits.iter().enumerate().collect();
        self.solve(waiting, env, &mut Vec::new(), each)
    }

    /// The first match found, whichever that is.
    pub fn any(self, lits: &'a [Lit], env: &Env) -> Option<(Env, Trace)> {
        let mut found = None;
        self.matches(lits, env, &mut |env, trace| {
            found = Some((env.clone(), trace.clone()));
            false
        });
        found
    }

    fn solve(
        self,
        mut waiting: Vec<Waiting<'a>>,
        env: &Env,
        trace: &mut Trace,
        each: Each<'_>,
    ) -> bool {
        let Some(next) = self.next(&waiting, env) else {
            // Nothing waits: whatever is left unready would break a promise of
            // the typed program and matches nothing.
            return !waiting.is_empty() || each(env, trace);
        };
        let (number, lit) = waiting.remove(next);
        let mut on = |env: &Env, trace: &mut Trace, used: Used| {
            trace.push((number, lit.span, used));
            let on = self.solve(waiting.clone(), env, trace, &mut *each);
            trace.pop();
            on
        };
        let holds = || Used::Holds(bloom_compiler::types::judge::lit_vars(lit));
        match &lit.kind {
            LitKind::Atom(atom) => {
                self.atom(atom, env, &mut |env, id| on(env, trace, Used::Row(id)))
            }
            LitKind::Not(lits) => self.any(lits, env).is_some() || on(env, trace, Used::Absent),
            LitKind::Cond(cond) => {
                let holds_now = oracle::truth(cond, Place::new(self.program, env));
                !matches!(holds_now, Ok(true)) || on(env, trace, holds())
            }
            LitKind::Bind(pat, expr) => match self.bind(pat, expr, env) {
                Some(env) => on(&env, trace, holds()),
                None => true,
            },
            LitKind::In(pat, expr) => {
                self.elements(pat, expr, env).iter().all(|env| on(env, trace, holds()))
            }
            LitKind::All { var, range, lits } => {
                !self.every(*var, range, lits, env) || on(env, trace, holds())
            }
            LitKind::Or(branches) => branches.iter().all(|branch| {
                let more = branch.iter().map(|lit| (number, lit));
                let waiting = waiting.iter().copied().chain(more).collect();
                self.solve(waiting, env, trace, &mut *each)
            }),
            LitKind::Else { atom, otherwise, outputs } => {
                if self.is_present(atom, outputs, env) {
                    return self.atom(atom, env, &mut |env, id| on(env, trace, Used::Row(id)));
                }
                let more = otherwise.iter().map(|lit| (number, lit));
                let waiting = waiting.iter().copied().chain(more).collect();
                trace.push((number, atom.span, Used::Absent));
                let on = self.solve(waiting, env, trace, each);
                trace.pop();
                on
            }
        }
    }

    /// The literal to take next: what is cheapest among what is ready.
    fn next(self, waiting: &[Waiting<'a>], env: &Env) -> Option<usize> {
        let has = |var: VarId| env.get(var.index()).is_some_and(Option::is_some);
        let ready =
            waiting.iter().enumerate().filter(|(_, (_, lit))| self.ready.is_ready(lit, &has));
        ready.min_by_key(|(_, (_, lit))| self.cost(lit, env)).map(|(at, _)| at)
    }

    fn cost(self, lit: &Lit, env: &Env) -> usize {
        match &lit.kind {
            LitKind::Cond(_) | LitKind::Bind(..) | LitKind::Or(_) => 0,
            LitKind::Not(_) | LitKind::All { .. } | LitKind::Else { .. } => 1,
            LitKind::In(..) => ELEMENTS_GUESSED,
            LitKind::Atom(atom) => self.store.count(atom.rel, &self.bound(atom, env)),
        }
    }

    /// The columns of an atom that have values already.
    pub fn bound(self, atom: &Atom, env: &Env) -> Vec<(usize, Value)> {
        let columns = atom.args.iter().enumerate();
        columns.filter_map(|(i, pat)| Some((i, self.known(pat, env)?))).collect()
    }

    /// The value that a pattern stands for.
    fn known(self, pat: &Pat, env: &Env) -> Option<Value> {
        match &pat.kind {
            PatKind::Var(var) => env.get(var.index()).cloned().flatten(),
            PatKind::Expr(expr) => oracle::eval(expr, Place::new(self.program, env)).ok(),
            PatKind::None => Some(Value::None),
            PatKind::Some(inner) => Some(Value::Some(Box::new(self.known(inner, env)?))),
            PatKind::Construct(_, variant, pats) => {
                Some(Value::Enum(*variant, self.all_known(pats, env)?))
            }
            PatKind::Tuple(pats) => {
                let values = self.all_known(pats, env)?;
                Some(match pat.ty {
                    Ty::Record(_) => Value::Record(values),
                    _ => Value::Tuple(values),
                })
            }
            PatKind::Wild => None,
        }
    }

    fn all_known(self, pats: &[Pat], env: &Env) -> Option<Vec<Value>> {
        pats.iter().map(|pat| self.known(pat, env)).collect()
    }

    /// Whether an atom asks for parts of a value, which no look-up finds.
    pub fn asks_parts(self, atom: &Atom, env: &Env) -> bool {
        let simple = |pat: &Pat| matches!(pat.kind, PatKind::Wild | PatKind::Var(_));
        atom.args.iter().any(|pat| !simple(pat) && self.known(pat, env).is_none())
    }

    fn atom(self, atom: &Atom, env: &Env, each: &mut dyn FnMut(&Env, RowId) -> bool) -> bool {
        let at = Place::new(self.program, env);
        let wants: Result<Vec<Want>, _> =
            atom.args.iter().map(|pat| oracle::want(pat, at)).collect();
        let Ok(wants) = wants else { return true };
        for id in self.store.find(atom.rel, &self.bound(atom, env), self.view) {
            if !self.store.spend() {
                return false;
            }
            let upto = self.store.upto(id.rel, self.view);
            let row = self.store.row(id, upto, |i| !matches!(wants[i], Want::Any));
            let mut env = env.clone();
            let fits = oracle::fits_all(&wants, &row, &mut env, self.program);
            if matches!(fits, Ok(true)) && !each(&env, id) {
                return false;
            }
        }
        true
    }

    /// Whether the atom of an `else` has a row, whatever its outputs are.
    fn is_present(self, atom: &Atom, outputs: &[VarId], env: &Env) -> bool {
        let mut open = env.clone();
        outputs.iter().for_each(|var| open[var.index()] = None);
        !self.atom(atom, &open, &mut |_, _| false)
    }

    fn bind(self, pat: &Pat, expr: &Expr, env: &Env) -> Option<Env> {
        let mut extended = env.clone();
        if let (PatKind::Var(to), ExprKind::Var(from)) = (&pat.kind, &expr.kind)
            && env[from.index()].is_none()
        {
            extended[from.index()] = env[to.index()].clone();
            return Some(extended);
        }
        let at = Place::new(self.program, env);
        let wanted = oracle::want(pat, at).ok()?;
        let value = oracle::eval(expr, at).ok()?;
        let fits = oracle::fits_all(&[wanted], &[value], &mut extended, self.program);
        matches!(fits, Ok(true)).then_some(extended)
    }

    fn elements(self, pat: &Pat, expr: &Expr, env: &Env) -> Vec<Env> {
        let at = Place::new(self.program, env);
        let values = oracle::eval(expr, at).and_then(|value| oracle::elements(value, expr));
        let (Ok(wanted), Ok(values)) = (oracle::want(pat, at), values) else {
            return Vec::new();
        };
        let wanted = [wanted];
        let fit = |value: Value| {
            let mut env = env.clone();
            let fits = oracle::fits_all(&wanted, &[value], &mut env, self.program);
            matches!(fits, Ok(true)).then_some(env)
        };
        values.into_iter().filter_map(fit).collect()
    }

    fn every(self, var: VarId, range: &Expr, lits: &'a [Lit], env: &Env) -> bool {
        let at = Place::new(self.program, env);
        let values = oracle::eval(range, at).and_then(|value| oracle::elements(value, range));
        values.is_ok_and(|values| {
            values.into_iter().all(|value| {
                let mut env = env.clone();
                env[var.index()] = Some(value);
                self.any(lits, &env).is_some()
            })
        })
    }
}

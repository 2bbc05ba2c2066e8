//! Matches of bodies, by trying every row in every place. This room must not
//! know in which order rules run, nor any index or delta.
//!
//! A match is a set of values for the variables. Matching gives a list, with
//! as many entries as there are combinations of rows, and with failures
//! beside matches: which of them matter is for the caller to say.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::ids::RelId;
use crate::ids::VarId;
use crate::oracle::exprs::Env;
use crate::oracle::exprs::Place;
use crate::oracle::exprs::broken;
use crate::oracle::exprs::eval;
use crate::oracle::exprs::truth;
use crate::oracle::failure::Failure;
use crate::oracle::failure::Stop;
use crate::oracle::patterns::fits;
use crate::oracle::patterns::fits_all;
use crate::oracle::patterns::want;
use crate::oracle::store::Rows;
use crate::oracle::store::Store;
use crate::oracle::values::Value;
use crate::types::typed::Atom;
use crate::types::typed::Expr;
use crate::types::typed::Lit;
use crate::types::typed::LitKind;
use crate::types::typed::Pat;
use crate::types::typed::Program;

/// A match, or why it fails.
pub type Outcome = Result<Env, Failure>;

/// What bodies are matched against.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct World<'a> {
    pub program: &'a Program,
    pub store: &'a Store<'a>,
    /// The rows of the tick before, of collections that are asked for news.
    pub before: &'a BTreeMap<RelId, Rows>,
    /// Rows that may still be tried.
    pub fuel: &'a Cell<u64>,
}

impl World<'_> {
    /// Matches of a conjunction that extend `env`; each literal only where
    /// those before it hold.
    pub fn conjunction(self, lits: &[Lit], env: Env, out: &mut Vec<Outcome>) {
        let Some((first, rest)) = lits.split_first() else {
            out.push(Ok(env));
            return;
        };
        for outcome in self.literal(first, &env) {
            match outcome {
                Ok(extended) => self.conjunction(rest, extended, out),
                Err(failure) => out.push(Err(failure)),
            }
        }
    }

    fn all_matches(self, lits: &[Lit], env: &Env) -> Vec<Outcome> {
        let mut out = Vec::new();
        self.conjunction(lits, env.clone(), &mut out);
        out
    }

    fn literal(self, lit: &Lit, env: &Env) -> Vec<Outcome> {
        let at = Place::new(self.program, env);
        let result = match &lit.kind {
            LitKind::Atom(atom) => self.atom(atom, env),
            LitKind::Not(lits) => {
                return test(holds(self.all_matches(lits, env)).map(|b| !b), env);
            }
            LitKind::Cond(cond) => {
                truth(cond, at).map(|holds| if holds { vec![Ok(env.clone())] } else { vec![] })
            }
            LitKind::Bind(pat, expr) => self.bind(pat, expr, env),
            LitKind::In(pat, expr) => self.elements(pat, expr, env),
            LitKind::Or(branches) => {
                return branches.iter().flat_map(|lits| self.all_matches(lits, env)).collect();
            }
            LitKind::Else { atom, otherwise, outputs } => {
                self.otherwise(atom, otherwise, outputs, env)
            }
            LitKind::All { var, range, lits } => {
                return self.every(*var, range, lits, env);
            }
        };
        result.unwrap_or_else(|stop| stopped(stop, env))
    }

    fn atom(self, atom: &Atom, env: &Env) -> Result<Vec<Outcome>, Stop> {
        let at = Place::new(self.program, env);
        let wants = atom.args.iter().map(|pat| want(pat, at)).collect::<Result<Vec<_>, _>>()?;
        let old = self.before.get(&atom.rel).filter(|_| atom.news);
        let mut out = Vec::new();
        for row in self.store.rows(atom.rel).filter(|row| !old.is_some_and(|o| o.contains(*row))) {
            // The caller asks for what is left and ends the run.
            let Some(left) = self.fuel.get().checked_sub(1) else { break };
            self.fuel.set(left);
            let mut extended = env.clone();
            match fits_all(&wants, row, &mut extended, self.program) {
                Ok(true) => out.push(Ok(extended)),
                Ok(false) => {}
                Err(stop) => out.extend(stopped(stop, &extended)),
            }
        }
        Ok(out)
    }

    fn bind(self, pat: &Pat, expr: &Expr, env: &Env) -> Result<Vec<Outcome>, Stop> {
        let at = Place::new(self.program, env);
        let wanted = want(pat, at)?;
        let value = eval(expr, at)?;
        let mut extended = env.clone();
        let fitting = fits(&wanted, &value, &mut extended, self.program)?;
        Ok(if fitting { vec![Ok(extended)] } else { vec![] })
    }

    fn elements(self, pat: &Pat, expr: &Expr, env: &Env) -> Result<Vec<Outcome>, Stop> {
        let at = Place::new(self.program, env);
        let wanted = want(pat, at)?;
        let mut out = Vec::new();
        for element in elements(eval(expr, at)?, expr)? {
            let mut extended = env.clone();
            match fits(&wanted, &element, &mut extended, self.program) {
                Ok(true) => out.push(Ok(extended)),
                Ok(false) => {}
                Err(stop) => out.extend(stopped(stop, &extended)),
            }
        }
        Ok(out)
    }

    fn otherwise(
        self,
        atom: &Atom,
        otherwise: &[Lit],
        outputs: &[VarId],
        env: &Env,
    ) -> Result<Vec<Outcome>, Stop> {
        // Whether there is a row is asked without the values that the right
        // side would give, so that `p(k, v) else v = 0` never gives two.
        let mut open = env.clone();
        for var in outputs {
            open[var.index()] = None;
        }
        let present = self.atom(atom, &open)?;
        match holds(present) {
            Ok(true) => self.atom(atom, env),
            Ok(false) => Ok(self.all_matches(otherwise, env)),
            Err(failure) => Ok(vec![Err(failure)]),
        }
    }

    fn every(self, var: VarId, range: &Expr, lits: &[Lit], env: &Env) -> Vec<Outcome> {
        let values = eval(range, Place::new(self.program, env)).and_then(|v| elements(v, range));
        let values = match values {
            Ok(values) => values,
            Err(stop) => return stopped(stop, env),
        };
        let each = values.into_iter().map(|value| {
            let mut extended = env.clone();
            extended[var.index()] = Some(value);
            holds(self.all_matches(lits, &extended))
        });
        let each: Vec<Result<bool, Failure>> = each.collect();
        // Likewise one element without a match decides.
        if each.contains(&Ok(false)) {
            return vec![];
        }
        let least = each.into_iter().filter_map(Result::err).min();
        test(least.map_or(Ok(true), Err), env)
    }
}

/// Whether there is a match. One match decides, whatever else fails: so it
/// does not hang on which is met first. Without one the least failure does.
fn holds(outcomes: Vec<Outcome>) -> Result<bool, Failure> {
    if outcomes.iter().any(Result::is_ok) {
        return Ok(true);
    }
    match outcomes.into_iter().filter_map(Result::err).min() {
        Some(failure) => Err(failure),
        None => Ok(false),
    }
}

fn test(result: Result<bool, Failure>, env: &Env) -> Vec<Outcome> {
    match result {
        Ok(true) => vec![Ok(env.clone())],
        Ok(false) => vec![],
        Err(failure) => vec![Err(failure)],
    }
}

fn stopped(stop: Stop, env: &Env) -> Vec<Outcome> {
    Failure::of(stop, env).map(Err).into_iter().collect()
}

/// The elements of a list by position, of a set, and of a map as pairs.
pub fn elements(value: Value, expr: &Expr) -> Result<Vec<Value>, Stop> {
    match value {
        Value::List(list) => Ok(list),
        Value::Set(set) => Ok(set.into_iter().collect()),
        Value::Map(map) => Ok(map.into_iter().map(|(k, v)| Value::Tuple(vec![k, v])).collect()),
        _ => Err(broken("only lists, sets and maps have elements", expr.span)),
    }
}

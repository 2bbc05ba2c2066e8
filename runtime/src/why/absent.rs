//! Why a fact is not there: for every rule that could give it, the longest
//! beginning of its body that has a match, and the literal after that. What is
//! missing there, and could be derived itself, is asked once more.

use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Env;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::judge::lit_vars;
use bloom_compiler::types::typed::Atom;
use bloom_compiler::types::typed::Col;
use bloom_compiler::types::typed::Lit;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Rule;

use crate::why::data::Absence;
use crate::why::data::Attempt;
use crate::why::data::Failing;
use crate::why::heads;
use crate::why::present::Walk;
use crate::why::present::binding;
use crate::why::present::bindings;
use crate::why::solve::Solver;
use crate::why::solve::Trace;
use crate::why::store::END;
use crate::why::store::View;

/// Matches of a beginning that are counted.
const COUNTED: usize = 10_000;
/// Rows named as being near.
const NEAR: usize = 3;

/// What no row has.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The columns that are given.
    pub columns: Vec<Option<Value>>,
    /// Whether parts of values were asked for too.
    pub parts: bool,
}

impl Wanted {
    /// What an atom asks for under these values of variables.
    pub fn by(atom: &Atom, solver: Solver<'_>, env: &Env) -> Wanted {
        let mut columns = vec![None; atom.args.len()];
        for (i, value) in solver.bound(atom, env) {
            columns[i] = Some(value);
        }
        Wanted { columns, parts: solver.asks_parts(atom, env) }
    }
}

impl<'a> Walk<'a> {
    /// Why no row has these columns. `deeper`: how often what is missing is
    /// asked about in turn.
    pub fn absence(&mut self, rel: RelId, wanted: Wanted, deeper: usize) -> Absence {
        let near = self.near(rel, &wanted);
        let fixed = self.fixed(rel, &wanted.columns);
        let Wanted { columns: wanted, parts } = wanted;
        // A row that only holds other merged values is there: nothing failed.
        let is_there = !parts && !self.store.having(rel, &fixed).is_empty();
        let mut attempts = Vec::new();
        for number in 0..self.program.rules.len() {
            let rule = &self.program.rules[number];
            if rule.head == rel && !rule.is_fact && !is_there {
                attempts.push(self.attempt(number, rule, &wanted, deeper));
            }
        }
        Absence { rel, wanted, near, attempts }
    }

    /// The given columns by which rows are looked up.
    fn fixed(&self, rel: RelId, wanted: &[Option<Value>]) -> Vec<(usize, Value)> {
        let given = wanted.iter().enumerate().filter_map(|(i, value)| Some((i, value.clone()?)));
        given.filter(|(i, _)| self.store.is_fixed(rel, *i)).collect()
    }

    fn attempt(
        &mut self,
        number: usize,
        rule: &'a Rule,
        wanted: &[Option<Value>],
        deeper: usize,
    ) -> Attempt {
        let mut attempt = Attempt {
            rule: number,
            premises: Vec::new(),
            matches: 0,
            at_least: false,
            bindings: Vec::new(),
            failing: Failing::Head { span: rule.head_span, gives: None },
        };
        // What merges has no say in whether there is a row.
        let keys: Vec<Option<Value>> = wanted
            .iter()
            .enumerate()
            .map(|(i, value)| value.clone().filter(|_| self.store.is_fixed(rule.head, i)))
            .collect();
        let Some(env) = heads::seed(self.program, rule, &keys) else { return attempt };
        let lits = &rule.body.lits;
        let solver = self.solver(number, View::END);
        let mut reached = 0;
        while reached < lits.len() {
            self.store.refuel(self.options.effort);
            if solver.any(&lits[..reached + 1], &env).is_none() {
                break;
            }
            reached += 1;
        }
        if self.store.is_spent() {
            attempt.failing = Failing::Effort;
            return attempt;
        }
        let mut least: Option<(Env, Trace)> = None;
        self.store.refuel(self.options.effort);
        solver.matches(&lits[..reached], &env, &mut |env, trace| {
            if least.as_ref().is_none_or(|(least, _)| env < least) {
                least = Some((env.clone(), trace.clone()));
            }
            attempt.matches += 1;
            attempt.matches < COUNTED
        });
        attempt.at_least = attempt.matches >= COUNTED;
        let Some((env, trace)) = least else { return attempt };
        attempt.bindings = bindings(self.program, rule, &env);
        attempt.premises = self.premises(rule, &env, &trace, View::END, None);
        attempt.failing = match lits.get(reached) {
            Some(lit) => self.failing(number, rule, lit, &env, deeper),
            None => self.head(number, rule, &env),
        };
        attempt
    }

    fn failing(
        &mut self,
        number: usize,
        rule: &'a Rule,
        lit: &'a Lit,
        env: &Env,
        deeper: usize,
    ) -> Failing {
        let solver = self.solver(number, View::END);
        match &lit.kind {
            LitKind::Atom(atom) => {
                let wanted = Wanted::by(atom, solver, env);
                let near = self.near(atom.rel, &wanted);
                let fact = self.pattern(atom.rel, &wanted.columns);
                let derived = |rule: &Rule| rule.head == atom.rel && !rule.is_fact;
                let asked = (atom.rel, wanted.columns.clone());
                let is_derived = deeper > 0 && self.program.rules.iter().any(derived);
                let absence = is_derived.then(|| self.absence(atom.rel, wanted, deeper - 1));
                let deeper = absence.filter(|a| !a.attempts.is_empty()).map(Box::new);
                Failing::Atom { span: lit.span, asked, fact, near, deeper }
            }
            LitKind::Not(lits) => match solver.any(lits, env) {
                Some((env, trace)) => {
                    let premises = self.premises(rule, &env, &trace, View::END, Some(1));
                    Failing::Present { span: lit.span, premises }
                }
                None => Failing::Effort,
            },
            _ => {
                let mut vars = lit_vars(lit);
                vars.sort();
                vars.dedup();
                let values = vars.iter().filter_map(|var| binding(self.program, rule, env, *var));
                Failing::Test { span: lit.span, values: values.collect() }
            }
        }
    }

    /// The body holds; what the head gives is not what was wanted.
    fn head(&self, number: usize, rule: &'a Rule, env: &Env) -> Failing {
        let row = if rule.aggs.is_empty() {
            heads::row(self.program, rule, env)
        } else {
            let mut group: Env = vec![None; env.len()];
            rule.group.iter().for_each(|var| group[var.index()] = env[var.index()].clone());
            let mut matches = Vec::new();
            self.store.refuel(self.options.effort);
            let solver = self.solver(number, View::END);
            solver.matches(&rule.body.lits, &group, &mut |env, trace| {
                matches.push((env.clone(), trace.clone()));
                true
            });
            let groups = heads::groups(self.program, rule, matches);
            let rows = groups.first().map(|group| group.rows(self.program, rule));
            rows.and_then(|rows| Some(rows.into_iter().next()?.0))
        };
        let rel = &self.program.rels[rule.head.index()];
        let gives = row.map(|row| oracle::fact(rel, &row, self.program));
        Failing::Head { span: rule.head_span, gives }
    }

    /// `link("b", _)`.
    pub fn pattern(&self, rel: RelId, wanted: &[Option<Value>]) -> String {
        let rel = &self.program.rels[rel.index()];
        let column = |(col, value): (&Col, &Option<Value>)| match value {
            Some(value) => oracle::show(value, &col.ty, self.program),
            None => "_".to_owned(),
        };
        let columns: Vec<String> = rel.cols.iter().zip(wanted).map(column).collect();
        format!("{}({})", rel.name, columns.join(", "))
    }

    /// What rows there are in the place of one that is missing.
    fn near(&self, rel: RelId, wanted: &Wanted) -> String {
        let given = &self.fixed(rel, &wanted.columns)[..];
        let name = &self.program.rels[rel.index()].name;
        let all = self.store.count(rel, &[]);
        if all == 0 {
            return format!("`{name}` has no rows");
        }
        let cols = &self.program.rels[rel.index()].cols;
        let says = |(i, value): &(usize, Value)| {
            format!("{} = {}", cols[*i].name, oracle::show(value, &cols[*i].ty, self.program))
        };
        let count = self.store.having(rel, given).len();
        if count > 0 && wanted.parts {
            let examples = self.examples(rel, given);
            return format!("{}, and none has such parts: {examples}", rows(count));
        }
        if count > 0 {
            return format!("instead there is {}", self.examples(rel, given));
        }
        let alone =
            |one: &(usize, Value)| self.store.having(rel, std::slice::from_ref(one)).is_empty();
        for left_out in (0..given.len()).rev() {
            let mut rest = given.to_vec();
            let one = rest.remove(left_out);
            let count = self.store.having(rel, &rest).len();
            if count > 0 {
                let mut wanted = vec![None; cols.len()];
                rest.iter().for_each(|(i, value)| wanted[*i] = Some(value.clone()));
                let nowhere =
                    if rest.is_empty() || !alone(&one) { "" } else { ", which no row has" };
                let pattern = self.pattern(rel, &wanted);
                return format!(
                    "{pattern} has {}, none with {}{nowhere}: {}",
                    rows(count),
                    says(&one),
                    self.examples(rel, &rest)
                );
            }
        }
        if let Some(one) = given.iter().find(|one| alone(one)) {
            return format!("no row of `{name}` has {}", says(one));
        }
        format!("`{name}` has {}, none with all of these values", rows(all))
    }

    /// The first rows in value order with these columns.
    fn examples(&self, rel: RelId, given: &[(usize, Value)]) -> String {
        let ids = self.store.having(rel, given);
        let mut all: Vec<Vec<Value>> =
            ids.iter().take(COUNTED).map(|id| self.store.row(*id, END, |_| true)).collect();
        all.sort();
        let declared = &self.program.rels[rel.index()];
        let first = all.iter().take(NEAR).map(|row| oracle::fact(declared, row, self.program));
        let first: Vec<String> = first.collect();
        let more = if ids.len() > NEAR { ", …" } else { "" };
        format!("{}{more}", first.join(", "))
    }
}

fn rows(n: usize) -> String {
    if n == 1 { "1 row".into() } else { format!("{n} rows") }
}

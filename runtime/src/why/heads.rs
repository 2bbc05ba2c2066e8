//! Heads read backwards: which values of a rule's variables a wanted row
//! leaves open, and forwards: the rows that a match or a group gives. This room
//! must not know how matches are found.

use std::collections::BTreeMap;

use bloom_compiler::oracle;
use bloom_compiler::oracle::Env;
use bloom_compiler::oracle::Place;
use bloom_compiler::oracle::Share;
use bloom_compiler::oracle::Value;
use bloom_compiler::types::judge::expr_vars;
use bloom_compiler::types::typed::AggFn;
use bloom_compiler::types::typed::Expr;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rule;

use crate::why::solve::Trace;

/// The values that a row with these columns forces on the variables; `None`
/// where the head cannot give such a row.
pub fn seed(program: &Program, rule: &Rule, wanted: &[Option<Value>]) -> Option<Env> {
    let mut env: Env = vec![None; rule.vars.len()];
    for (arg, value) in rule.args.iter().zip(wanted) {
        if let Some(value) = value
            && !force(program, arg, value, &mut env)
        {
            return None;
        }
    }
    Some(env)
}

fn force(program: &Program, expr: &Expr, value: &Value, env: &mut Env) -> bool {
    match (&expr.kind, value) {
        (ExprKind::Var(var), value) => match &env[var.index()] {
            Some(other) => other == value,
            None => {
                env[var.index()] = Some(value.clone());
                true
            }
        },
        (ExprKind::Tuple(exprs), Value::Tuple(values))
        | (ExprKind::Record(_, exprs), Value::Record(values))
        | (ExprKind::List(exprs), Value::List(values)) => force_all(program, exprs, values, env),
        (ExprKind::Construct(_, made, exprs), Value::Enum(variant, values)) => {
            made == variant && force_all(program, exprs, values, env)
        }
        (ExprKind::Some(inner), Value::Some(value)) => force(program, inner, value, env),
        (ExprKind::Some(_), Value::None) | (ExprKind::None, Value::Some(_)) => false,
        _ if is_open(expr) => true,
        // Without variables the value is known.
        _ => {
            let none = Env::new();
            let given = oracle::eval(expr, Place::new(program, &none));
            given.map_or(true, |given| given == *value)
        }
    }
}

fn force_all(program: &Program, exprs: &[Expr], values: &[Value], env: &mut Env) -> bool {
    let mut pairs = exprs.iter().zip(values);
    exprs.len() == values.len() && pairs.all(|(expr, value)| force(program, expr, value, env))
}

/// Whether the value hangs on the match.
fn is_open(expr: &Expr) -> bool {
    !expr_vars(expr).is_empty() || has_aggregate(expr)
}

fn has_aggregate(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Agg(_));
    bloom_compiler::types::parts::parts(expr, &mut |part| found |= has_aggregate(part));
    found
}

/// The row that a match gives; `None` where it gives none.
pub fn row(program: &Program, rule: &Rule, env: &Env) -> Option<Vec<Value>> {
    oracle::all(&rule.args, Place::new(program, env)).ok()
}

/// The matches of a group, with what each gives to the aggregates.
pub struct Group {
    /// The variables outside the aggregates.
    pub env: Env,
    members: Vec<(Env, Trace, Vec<Share>)>,
}

/// Matches by the variables outside the aggregates of their rule.
pub fn groups(program: &Program, rule: &Rule, matches: Vec<(Env, Trace)>) -> Vec<Group> {
    let mut groups: BTreeMap<Env, Vec<(Env, Trace, Vec<Share>)>> = BTreeMap::new();
    for (env, trace) in matches {
        let at = Place::new(program, &env);
        let shares: Result<Vec<Share>, _> =
            rule.aggs.iter().map(|agg| oracle::share(agg, at)).collect();
        // A match in which one aggregate gets no value counts for none.
        let Ok(shares) = shares else { continue };
        let mut group: Env = vec![None; env.len()];
        for var in &rule.group {
            group[var.index()] = env[var.index()].clone();
        }
        groups.entry(group).or_default().push((env, trace, shares));
    }
    groups.into_iter().map(|(env, members)| Group { env, members }).collect()
}

impl Group {
    /// The rows that the group gives, each with the values of the aggregates.
    pub fn rows(&self, program: &Program, rule: &Rule) -> Vec<(Vec<Value>, Vec<Value>)> {
        let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
        for (number, agg) in rule.aggs.iter().enumerate() {
            let shares: Vec<Share> =
                self.members.iter().map(|(_, _, shares)| shares[number].clone()).collect();
            let Ok(values) = oracle::fold(agg, &shares) else { return Vec::new() };
            let with = |have: Vec<Value>| {
                let add = |value: &Value| [&have[..], std::slice::from_ref(value)].concat();
                values.iter().map(add).collect::<Vec<_>>()
            };
            combinations = combinations.into_iter().flat_map(with).collect();
        }
        let given = combinations.into_iter().filter_map(|aggs| {
            let place = Place { program, env: &self.env, aggs: &aggs };
            let row = oracle::all(&rule.args, place).ok()?;
            Some((row, aggs))
        });
        given.collect()
    }

    /// The matches, those that decide the aggregates' values first.
    pub fn ordered(self, rule: &Rule, aggs: &[Value]) -> Vec<(Env, Trace)> {
        let decides = |shares: &[Share]| {
            rule.aggs.iter().zip(shares).zip(aggs).any(|((agg, share), value)| match agg.func {
                AggFn::Min
                | AggFn::Max
                | AggFn::Choose
                | AggFn::ArgMin
                | AggFn::ArgMax
                | AggFn::Any
                | AggFn::All => share.args.last() == Some(value),
                _ => false,
            })
        };
        let mut members = self.members;
        members.sort_by(|a, b| (!decides(&a.2)).cmp(&!decides(&b.2)).then_with(|| a.0.cmp(&b.0)));
        members.into_iter().map(|(env, trace, _)| (env, trace)).collect()
    }
}

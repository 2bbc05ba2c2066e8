//! The rules of one tick: stratum by stratum, all rules over everything until
//! nothing changes. This room must not know how to be fast, nor what one tick
//! leaves to the next.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::ids::RelId;
use crate::ids::RuleId;
use crate::oracle::aggregates::Share;
use crate::oracle::aggregates::fold;
use crate::oracle::aggregates::share;
use crate::oracle::bodies::Outcome;
use crate::oracle::bodies::World;
use crate::oracle::exprs::Env;
use crate::oracle::exprs::Place;
use crate::oracle::exprs::all;
use crate::oracle::failure::Failure;
use crate::oracle::failure::Kind;
use crate::oracle::failure::Stop;
use crate::oracle::node::Node;
use crate::oracle::node::TickInput;
use crate::oracle::store::Rows;
use crate::oracle::store::Store;
use crate::oracle::values::Value;
#[cfg(feature = "testing")]
use crate::stack;
use crate::types::typed::Program;
use crate::types::typed::Rule;

/// Rows from outside.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Rows with a value for every column.
    pub rows: BTreeMap<RelId, Vec<Vec<Value>>>,
}

/// All rows at the end of the tick.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// Per collection, in value order.
    pub rows: Vec<Rows>,
}

/// What a run may use; a naive evaluation would otherwise never end where
/// a program does not.
#[derive(Clone, Debug)]
pub struct OracleLimits {
    /// Rounds of one stratum.
    pub rounds_max: usize,
    /// Rows of all collections together.
    pub rows_max: usize,
    /// Rows that are tried in all places of all bodies.
    pub tries_max: u64,
}

impl Default for OracleLimits {
    fn default() -> OracleLimits {
        OracleLimits { rounds_max: 10_000, rows_max: 1_000_000, tries_max: u64::MAX }
    }
}

/// Runs the first tick alone. `strata_of_rule` has the stratum of every rule,
/// all below `strata`.
pub fn run(
    program: &Program,
    strata_of_rule: &[u32],
    strata: u32,
    input: &Input,
    limits: &OracleLimits,
) -> Result<State, Failure> {
    let mut node = Node::new(program, strata_of_rule, strata, input);
    node.tick(&TickInput::default(), limits).map(|tick| tick.state)
}

/// What the rules of a tick are run with.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub struct Rules<'a> {
    pub program: &'a Program,
    /// The stratum of every rule, all below `strata`.
    pub strata_of_rule: &'a [u32],
    pub strata: u32,
    /// Facts of tables hold in the first tick only.
    pub is_first: bool,
    /// The rows of the tick before, of collections that are asked for news.
    pub before: &'a BTreeMap<RelId, Rows>,
}

/// Adds all that follows by the rules, stratum by stratum.
pub fn complete(
    rules: Rules<'_>,
    store: &mut Store<'_>,
    limits: &OracleLimits,
) -> Result<(), Failure> {
    let fuel = Cell::new(limits.tries_max);
    for stratum in 0..rules.strata {
        let of_this: Vec<(RuleId, &Rule)> = rules.of(stratum);
        fixpoint(rules, &of_this, store, &fuel, limits)?;
        let heads: BTreeSet<RelId> = of_this.iter().map(|(_, rule)| rule.head).collect();
        // What was derived from one of two values of a point means nothing.
        check_points(store, heads.iter().copied())?;
        for (id, rule) in &of_this {
            let failures: Vec<Failure> = derive(rules.world(store, &fuel), rule)
                .into_iter()
                .filter_map(Result::err)
                .collect();
            if fuel.get() == 0 {
                return Err(beyond(*id, rule));
            }
            if let Some(failure) = failures.into_iter().min() {
                return Err(Failure { rule: Some(*id), ..failure });
            }
        }
        check_keys(store, heads.into_iter())?;
    }
    Ok(())
}

impl<'a> Rules<'a> {
    /// The rules of a stratum that hold in this tick.
    fn of(&self, stratum: u32) -> Vec<(RuleId, &'a Rule)> {
        let program = self.program;
        let is_table = |rule: &Rule| program.rels[rule.head.index()].kind.is_table();
        let numbered = program.rules.iter().enumerate();
        let of_this = numbered
            .filter(|(i, _)| self.strata_of_rule.get(*i) == Some(&stratum))
            .filter(|(_, rule)| self.is_first || !rule.is_fact || !is_table(rule));
        of_this.map(|(i, rule)| (RuleId(i as u32), rule)).collect()
    }

    fn world<'b>(&self, store: &'b Store<'b>, fuel: &'b Cell<u64>) -> World<'b>
    where
        'a: 'b,
    {
        World { program: self.program, store, before: self.before, fuel }
    }
}

/// The rows that one rule gives once over these rows and no others, failing
/// matches left out.
#[cfg(feature = "testing")]
pub fn step(program: &Program, rule: &Rule, rows: &State) -> Vec<Vec<Value>> {
    stack::deep(|| {
        let store = stored(program, rows);
        let fuel = Cell::new(u64::MAX);
        let before = BTreeMap::new();
        let world = World { program, store: &store, before: &before, fuel: &fuel };
        derive(world, rule).into_iter().flatten().collect()
    })
}

#[cfg(feature = "testing")]
fn stored<'a>(program: &'a Program, rows: &State) -> Store<'a> {
    let mut store = Store::new(program);
    for (rel, rows) in rows.rows.iter().enumerate() {
        for row in rows {
            store.insert(RelId(rel as u32), row.clone());
        }
    }
    store
}

/// Whether the first literals of a rule have a match over these rows that
/// extends `env`.
#[cfg(feature = "testing")]
pub fn has_match(program: &Program, rule: &Rule, lits: usize, env: Env, rows: &State) -> bool {
    stack::deep(|| {
        let store = stored(program, rows);
        let fuel = Cell::new(u64::MAX);
        let mut found = Vec::new();
        let before = BTreeMap::new();
        let world = World { program, store: &store, before: &before, fuel: &fuel };
        world.conjunction(&rule.body.lits[..lits], env, &mut found);
        found.iter().any(Result::is_ok)
    })
}

/// The least conflict of keys in these collections.
pub fn check_keys(store: &Store<'_>, rels: impl Iterator<Item = RelId>) -> Result<(), Failure> {
    rels.into_iter().try_for_each(|rel| store.conflict(rel).map_or(Ok(()), Err))
}

/// The least point in these collections that was given two values.
pub fn check_points(store: &Store<'_>, rels: impl Iterator<Item = RelId>) -> Result<(), Failure> {
    rels.into_iter().try_for_each(|rel| store.clash(rel).map_or(Ok(()), Err))
}

/// Applies the rules until nothing changes. A match that fails gives no row:
/// it may hang on a lattice value that is not final yet. What is aggregated in
/// its own recursion is aggregated anew in every round, over all matches so far.
fn fixpoint(
    with: Rules<'_>,
    rules: &[(RuleId, &Rule)],
    store: &mut Store<'_>,
    fuel: &Cell<u64>,
    limits: &OracleLimits,
) -> Result<(), Failure> {
    for _ in 0..limits.rounds_max {
        let mut changed = false;
        for (id, rule) in rules {
            let rows = derive(with.world(store, fuel), rule);
            let rows = rows.into_iter().flatten();
            if rule.grows {
                changed |= store.replace(rule.head, rows);
            } else {
                rows.for_each(|row| changed |= store.insert(rule.head, row));
            }
            if store.len() > limits.rows_max || fuel.get() == 0 {
                return Err(beyond(*id, rule));
            }
        }
        if !changed {
            return Ok(());
        }
    }
    match rules.first() {
        Some((id, rule)) => Err(beyond(*id, rule)),
        None => Ok(()),
    }
}

fn beyond(id: RuleId, rule: &Rule) -> Failure {
    Failure { rule: Some(id), ..Failure::at(Kind::Limit, rule.span, Vec::new()) }
}

/// The rows that a rule gives, and its failures.
fn derive(world: World<'_>, rule: &Rule) -> Vec<Result<Vec<Value>, Failure>> {
    let mut matches = Vec::new();
    world.conjunction(&rule.body.lits, vec![None; rule.vars.len()], &mut matches);
    if rule.aggs.is_empty() {
        return matches.into_iter().filter_map(|m| head(world, rule, m)).collect();
    }
    let mut out = Vec::new();
    for (env, shares) in groups(world, rule, matches, &mut out) {
        group_rows(world, rule, &env, &shares, &mut out);
    }
    out
}

fn head(world: World<'_>, rule: &Rule, outcome: Outcome) -> Option<Result<Vec<Value>, Failure>> {
    let env = match outcome {
        Ok(env) => env,
        Err(failure) => return Some(Err(failure)),
    };
    settle(all(&rule.args, Place::new(world.program, &env)), &env)
}

/// A row, a failure, or nothing.
fn settle(row: Result<Vec<Value>, Stop>, env: &Env) -> Option<Result<Vec<Value>, Failure>> {
    match row {
        Ok(row) => Some(Ok(row)),
        Err(stop) => Failure::of(stop, env).map(Err),
    }
}

/// The matches by the values of the variables outside aggregates: the
/// variables of the group, and per aggregate what each match gives it. A
/// match in which one aggregate gets no value counts for none.
fn groups(
    world: World<'_>,
    rule: &Rule,
    matches: Vec<Outcome>,
    out: &mut Vec<Result<Vec<Value>, Failure>>,
) -> BTreeMap<Env, Vec<Vec<Share>>> {
    let mut groups: BTreeMap<Env, Vec<Vec<Share>>> = BTreeMap::new();
    for outcome in matches {
        let env = match outcome {
            Ok(env) => env,
            Err(failure) => {
                out.push(Err(failure));
                continue;
            }
        };
        let at = Place::new(world.program, &env);
        let shares: Result<Vec<Share>, Stop> = rule.aggs.iter().map(|agg| share(agg, at)).collect();
        match shares {
            Ok(shares) => {
                let mut group: Env = vec![None; env.len()];
                for var in &rule.group {
                    group[var.index()] = env[var.index()].clone();
                }
                groups.entry(group).or_default().push(shares);
            }
            Err(stop) => out.extend(Failure::of(stop, &env).map(Err)),
        }
    }
    groups
}

/// One row per combination of the values of the aggregates.
fn group_rows(
    world: World<'_>,
    rule: &Rule,
    env: &Env,
    shares: &[Vec<Share>],
    out: &mut Vec<Result<Vec<Value>, Failure>>,
) {
    let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
    for (number, agg) in rule.aggs.iter().enumerate() {
        let of_this: Vec<Share> = shares.iter().map(|s| s[number].clone()).collect();
        let values = match fold(agg, &of_this) {
            Ok(values) => values,
            Err(stop) => {
                out.extend(Failure::of(stop, env).map(Err));
                return;
            }
        };
        combinations = combinations
            .into_iter()
            .flat_map(|c| values.iter().map(move |v| [&c[..], std::slice::from_ref(v)].concat()))
            .collect();
    }
    for aggs in &combinations {
        let at = Place { program: world.program, env, aggs };
        out.extend(settle(all(&rule.args, at), env));
    }
}

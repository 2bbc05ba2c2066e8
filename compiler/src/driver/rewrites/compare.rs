//! Two programs on the same inputs, run by the oracle, role by role: what one
//! shows and the other does not. How the second came about is not known here.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::chance;
use super::chance::Fact;
use super::chance::Given;
use super::chance::HERE;
use crate::calm::strata::Strata;
use crate::driver::Compiled;
use crate::ids::RelId;
use crate::names::hir;
use crate::names::hir::RelKind;
use crate::names::hir::Stage;
use crate::oracle;
use crate::oracle::Node;
use crate::oracle::OracleLimits;
use crate::oracle::TickInput;
use crate::oracle::Value;
use crate::types::typed::Program;
use crate::types::typed::Rel;

/// Inputs on which two programs are compared.
const RUNS: u64 = 100;

/// Ticks that follow by themselves on one batch, at most.
const OWN_TICKS: usize = 10;

const LIMITS: OracleLimits = OracleLimits { rounds_max: 60, rows_max: 2_000, tries_max: 200_000 };

/// What became of a comparison.
pub(super) enum Compared {
    /// They showed the same on this number of inputs.
    Same(usize),
    /// They do not, as the text says.
    Differs(String),
    /// They cannot be compared, and why.
    Unknown(String),
}

/// A program that can be run.
#[derive(Clone, Copy)]
struct Runs<'a> {
    role: Option<&'a str>,
    program: &'a Program,
    strata: &'a Strata,
}

/// What is shown of each collection, batch by batch; `None`: the batch is refused.
type Shown = Vec<Option<BTreeMap<String, BTreeSet<Vec<Value>>>>>;

/// Compares until the budget is used up, which is in rules that are run.
pub(super) fn compare(before: &Compiled, after: &Compiled, budget: &mut u64) -> Compared {
    if !before.options.natives.is_empty() {
        return Compared::Unknown(
            "It was not run: functions of the embedding program are not known here".into(),
        );
    }
    let (Some(old), Some(new)) = (parts(before), parts(after)) else {
        return Compared::Unknown(
            "It was not run: a role has a parameter that has no value yet".into(),
        );
    };
    let pairs: Vec<(Runs<'_>, Runs<'_>)> = old
        .into_iter()
        .filter_map(|part| Some((part, *new.iter().find(|other| other.role == part.role)?)))
        .collect();
    if let Some(what) = pairs.iter().find_map(|(old, new)| differing(old.program, new.program)) {
        return Compared::Unknown(what);
    }
    let text = before.sources.files().first().map_or("", |file| &file.text);
    let numbers = chance::numbers(text);
    let mut same = 0;
    for seed in 0..RUNS {
        for (old, new) in &pairs {
            let Some(given) = chance::given(old.program, &numbers, seed) else {
                return Compared::Unknown("It was not run: no values of some type are made".into());
            };
            match differs(*old, *new, &given, budget) {
                None => return ended(same),
                Some(false) => {}
                Some(true) => return Compared::Differs(example(*old, *new, given, budget)),
            }
        }
        same += 1;
    }
    ended(same)
}

fn ended(same: usize) -> Compared {
    match same {
        0 => Compared::Unknown("It was not run: the program is too large to be compared".into()),
        n => Compared::Same(n),
    }
}

/// The programs of the roles; `None` where one of them cannot be run.
fn parts(compiled: &Compiled) -> Option<Vec<Runs<'_>>> {
    if compiled.roles.is_empty() {
        let (program, strata) = (compiled.typed.as_ref()?, compiled.strata.as_ref()?);
        return Some(vec![Runs { role: None, program, strata }]);
    }
    let role = |role: &'_ crate::driver::Role| {
        let open = role.params.iter().any(|param| param.required);
        (!open).then_some(())
    };
    compiled.roles.iter().try_for_each(role)?;
    let all = compiled.roles.iter().map(|role| {
        Some(Runs { role: Some(&role.name), program: &role.typed, strata: role.strata.as_ref()? })
    });
    all.collect()
}

/// What the outside would have to know of a change, if there is something.
fn differing(old: &Program, new: &Program) -> Option<String> {
    let inside = |program: &Program| -> BTreeMap<String, Vec<String>> {
        let all = chance::streams(program).into_iter().chain(chance::loads(program));
        all.map(|rel| (rel.name.clone(), columns(rel))).collect()
    };
    let outside = |program: &Program| -> BTreeMap<String, Vec<String>> {
        let all = observables(program).into_iter();
        all.map(|(name, rel)| (name, columns(&program.rels[rel.index()]))).collect()
    };
    let changed = |old: BTreeMap<String, Vec<String>>, new: BTreeMap<String, Vec<String>>| {
        let other = |name: &&String| old.get(*name) != new.get(*name);
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        names.into_iter().find(other).cloned()
    };
    let what = changed(inside(old), inside(new)).map(|name| ("takes in", name));
    let what = what.or_else(|| changed(outside(old), outside(new)).map(|name| ("shows", name)));
    what.map(|(verb, name)| format!("What `{name}` {verb} is another"))
}

fn columns(rel: &Rel) -> Vec<String> {
    rel.cols.iter().map(|col| format!("{} {:?} {:?}", col.name, col.ty, col.lattice)).collect()
}

/// What can be seen from outside, by name.
fn observables(program: &Program) -> BTreeMap<String, RelId> {
    let mut out = BTreeMap::new();
    for (at, rel) in program.rels.iter().enumerate() {
        let name = match rel.kind {
            RelKind::Stage(Stage::Send, of) => &program.rels[of.index()].name,
            _ if rel.is_shown() => &rel.name,
            _ => continue,
        };
        out.insert(name.clone(), RelId(at as u32));
    }
    out
}

/// Whether the two show different things; `None` when the budget is used up.
fn differs(old: Runs<'_>, new: Runs<'_>, given: &Given, budget: &mut u64) -> Option<bool> {
    let was = run(old, given, budget)?;
    let is = run(new, given, budget)?;
    Some(was != is)
}

/// One run; `None` when the budget is used up.
fn run(of: Runs<'_>, given: &Given, budget: &mut u64) -> Option<Shown> {
    let rules = 1 + of.program.rules.len() as u64;
    let mut first = oracle::Input::default();
    for (id, row) in given.loaded.iter().filter_map(|fact| taken(of.program, fact)) {
        first.rows.entry(id).or_default().push(row);
    }
    let mut node = Node::new(of.program, &of.strata.of_rule, of.strata.count, &first);
    let known = uuids(given);
    let observables = observables(of.program);
    let mut out = Vec::new();
    let mut clock = 0;
    for batch in &given.batches {
        let mut shown: BTreeMap<String, BTreeSet<Vec<Value>>> = BTreeMap::new();
        let mut left: &[Fact] = batch;
        let mut failed = false;
        for _ in 0..=OWN_TICKS {
            *budget = budget.checked_sub(rules)?;
            clock += 1;
            let Ok(tick) = node.tick(&input(of.program, left, clock), &LIMITS) else {
                failed = true;
                break;
            };
            for (name, id) in &observables {
                let rel = &of.program.rels[id.index()];
                let rows = tick.state.rows[id.index()].iter();
                let rows: BTreeSet<Vec<Value>> = rows.map(|row| plain(row, &known)).collect();
                let so_far = shown.entry(name.clone()).or_default();
                match rel.event || rel.kind.is_hidden() {
                    true => so_far.extend(rows),
                    false => *so_far = rows,
                }
            }
            left = &[];
            if !tick.own {
                break;
            }
        }
        out.push((!failed).then_some(shown));
    }
    Some(out)
}

/// A fact as a row of this program.
fn taken(program: &Program, (name, row): &Fact) -> Option<(RelId, Vec<Value>)> {
    let mine = |rel: &Rel| rel.name == *name && !rel.kind.is_hidden() && rel.given.is_none();
    let at = program.rels.iter().position(mine)?;
    Some((RelId(at as u32), row.clone()))
}

fn input(program: &Program, batch: &[Fact], clock: i64) -> TickInput {
    let mut input = TickInput::default();
    for (id, row) in batch.iter().filter_map(|fact| taken(program, fact)) {
        input.insert.entry(id).or_default().push(row);
    }
    for (at, rel) in program.rels.iter().enumerate() {
        let row = match rel.given {
            Some(hir::Given::Now) => Value::Time(clock),
            Some(hir::Given::Seed) => Value::Int(clock),
            Some(hir::Given::Me) => Value::Node(HERE.into()),
            _ => continue,
        };
        input.insert.entry(RelId(at as u32)).or_default().push(vec![row]);
    }
    input
}

fn uuids(given: &Given) -> BTreeSet<[u8; 16]> {
    let mut out = BTreeSet::new();
    let all = given.loaded.iter().chain(given.batches.iter().flatten());
    for value in all.flat_map(|(_, row)| row) {
        if let Value::Uuid(id) = value {
            out.insert(*id);
        }
    }
    out
}

/// Ids that a program draws for itself are all alike to whoever compares.
fn plain(row: &[Value], known: &BTreeSet<[u8; 16]>) -> Vec<Value> {
    let one = |value: &Value| match value {
        Value::Uuid(id) if !known.contains(id) => Value::Uuid([0; 16]),
        other => other.clone(),
    };
    row.iter().map(one).collect()
}

/// The difference on an input, made small, in words.
fn example(old: Runs<'_>, new: Runs<'_>, mut given: Given, budget: &mut u64) -> String {
    let mut at = 0;
    while let Some(less) = without(&given, at) {
        match differs(old, new, &less, budget) {
            Some(true) => given = less,
            Some(false) => at += 1,
            None => break,
        }
    }
    // The last word is said whatever it costs: it is two small runs.
    let mut enough = u64::MAX;
    match (run(old, &given, &mut enough), run(new, &given, &mut enough)) {
        (Some(was), Some(is)) => told(old, new, &given, &was, &is),
        _ => "They show different things".to_string(),
    }
}

/// The input without its fact of this number, counted from the last.
fn without(given: &Given, at: usize) -> Option<Given> {
    let events: usize = given.batches.iter().map(Vec::len).sum();
    let mut less = given.clone();
    if at < events {
        let mut left = events - 1 - at;
        for batch in &mut less.batches {
            if left < batch.len() {
                batch.remove(left);
                break;
            }
            left -= batch.len();
        }
        less.batches.retain(|batch| !batch.is_empty());
        return Some(less);
    }
    let row = (given.loaded.len() + events).checked_sub(1 + at)?;
    less.loaded.remove(row);
    Some(less)
}

fn told(old: Runs<'_>, new: Runs<'_>, given: &Given, was: &Shown, is: &Shown) -> String {
    let facts = |facts: &[Fact]| {
        let all = facts.iter().map(|fact| format!("`{}`", text(old.program, fact)));
        all.collect::<Vec<_>>().join(" and ")
    };
    let steps: Vec<String> = given.batches.iter().map(|batch| facts(batch)).collect();
    let mut after = format!("after {}", steps.join(", then "));
    if !given.loaded.is_empty() {
        after = format!("with {}, {after}", facts(&given.loaded));
    }
    let mut chars = after.chars();
    let after: String =
        chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    let Some((was, is)) = was.iter().zip(is).find(|(was, is)| was != is) else {
        return format!("{after} they differ");
    };
    match (was, is) {
        (None, _) => format!("{after} it takes what it refused before"),
        (_, None) => format!("{after} it refuses what it took before"),
        (Some(was), Some(is)) => {
            let [gone, new] = [(was, is, old), (is, was, new)].map(|(all, others, of)| {
                let names = all.iter().find(|(name, rows)| others.get(*name) != Some(rows));
                let rows = names.into_iter().flat_map(|(name, rows)| {
                    let there = others.get(name);
                    let lost = rows
                        .iter()
                        .filter(move |row| there.is_none_or(|there| !there.contains(*row)));
                    lost.map(|row| format!("`{}`", text(of.program, &(name.clone(), row.clone()))))
                });
                rows.take(3).collect::<Vec<_>>().join(" and ")
            });
            match (gone.is_empty(), new.is_empty()) {
                (true, _) => format!("{after} it shows {new} as well"),
                (_, true) => format!("{after} it does not show {gone}"),
                _ => format!("{after} it shows {new} in place of {gone}"),
            }
        }
    }
}

fn text(program: &Program, (name, row): &Fact) -> String {
    let rel = program.rels.iter().find(|rel| rel.name == *name && !rel.kind.is_hidden());
    rel.map_or_else(|| name.clone(), |rel| oracle::fact(rel, row, program))
}

//! The canonical programs put to the test: each is given the same events in
//! many orders and batches by the oracle's node. What its page calls free must
//! be the same in all of them and never be taken back; what its page calls a
//! point must be seen to differ. How the analysis comes to either is not known.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom_compiler::calm::model::Answer;
use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::What;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::names::hir::Stage;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Node;
use bloom_compiler::oracle::OracleLimits;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::types::ty::Ty;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Rel;
use bloom_compiler::types::typed::Role;

use crate::calm_runs::Event;
use crate::calm_runs::rels;
use crate::calm_runs::taken;
use crate::calm_spec;
use crate::calm_spec::Case;
use crate::calm_spec::Wish;
use crate::cases;

/// Sets of events that a free program is tried with.
const TRIES_FREE: u32 = 60;
/// Sets of events after which a point has to be seen.
const TRIES_POINT: u64 = 3_000;
/// Random programs in an ordinary run.
const RANDOM: u32 = 50;
/// Orders of one set of events.
const ORDERS: u64 = 5;
/// Ticks that follow by themselves after the last event.
const OWN_TICKS: usize = 20;

const LIMITS: OracleLimits =
    OracleLimits { rounds_max: 200, rows_max: 5_000, tries_max: 2_000_000 };

/// Chance from a seed: a generator of xorshift.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end.max(1)
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at as u64 + 1) as usize);
        }
    }
}

/// Values of one set of events: few, so that rows meet.
struct Domain {
    wide: u64,
    ints: Vec<i64>,
}

impl Domain {
    fn value(&self, ty: &Ty, dice: &mut Dice, program: &Program) -> Value {
        let few = |dice: &mut Dice| dice.below(self.wide) as i64;
        match ty {
            Ty::Int | Ty::Nat if dice.below(3) == 0 => {
                Value::Int(self.ints[dice.below(self.ints.len() as u64) as usize])
            }
            Ty::Int if dice.below(4) == 0 => Value::Int(-few(dice)),
            Ty::Int | Ty::Nat => Value::Int(few(dice)),
            Ty::Float => Value::float(few(dice) as f64),
            Ty::Bool => Value::Bool(dice.below(2) == 0),
            Ty::Str => Value::str(["a", "b", "c", "d"][few(dice) as usize % 4]),
            Ty::Bytes => Value::Bytes(vec![few(dice) as u8]),
            Ty::Node => Value::Node(format!("n{}", few(dice) + 1)),
            Ty::Time => Value::Time(few(dice)),
            Ty::Duration => Value::Duration(few(dice)),
            Ty::Uuid => Value::Uuid([dice.below(24) as u8; 16]),
            Ty::Tuple(parts) => {
                Value::Tuple(parts.iter().map(|ty| self.value(ty, dice, program)).collect())
            }
            Ty::List(of) => Value::List(self.some(of, dice, program)),
            Ty::Set(of) => Value::Set(self.some(of, dice, program).into_iter().collect()),
            Ty::Map(key, of) => {
                let keys = self.some(key, dice, program);
                Value::Map(keys.into_iter().map(|k| (k, self.value(of, dice, program))).collect())
            }
            Ty::Option(of) => Value::option(Some(self.value(of, dice, program))),
            Ty::Enum(id, _) => {
                let variants = &program.enums[id.index()].variants;
                let plain = |at: &usize| variants[*at].1.is_empty();
                let plain: Vec<usize> = (0..variants.len()).filter(plain).collect();
                Value::Enum(plain[dice.below(plain.len() as u64) as usize], Vec::new())
            }
            other => panic!("no values of {other:?} are made"),
        }
    }

    fn some(&self, ty: &Ty, dice: &mut Dice, program: &Program) -> Vec<Value> {
        (0..dice.below(3)).map(|_| self.value(ty, dice, program)).collect()
    }

    fn row(&self, rel: &Rel, dice: &mut Dice, program: &Program) -> Vec<Value> {
        rel.cols.iter().map(|col| self.value(&col.ty, dice, program)).collect()
    }
}

/// What stands before `=>`.
fn key(rel: &Rel, row: &[Value]) -> Vec<Value> {
    let cols = rel.cols.iter().zip(row);
    cols.filter(|(col, _)| col.role == Role::Key).map(|(_, value)| value.clone()).collect()
}

/// Numbers that the program names, and those beside them.
fn numbers(text: &str) -> Vec<i64> {
    let words = text.split(|c: char| !c.is_ascii_digit());
    let named = words.filter_map(|word| word.parse::<i64>().ok()).filter(|n| *n < 10_000);
    let mut out: Vec<i64> = named.flat_map(|n| [(n - 1).max(0), n, n + 1]).collect();
    out.push(1);
    out
}

/// What is loaded before, and events: of each collection rows with keys of
/// their own, as inputs promise.
fn chance(program: &Program, text: &str, dice: &mut Dice) -> (oracle::Input, Vec<Event>) {
    let domain = Domain { wide: 1 + dice.below(4), ints: numbers(text) };
    let mut loaded = oracle::Input::default();
    let mut events = Vec::new();
    let many = 2 + dice.below(13);
    let written: BTreeSet<RelId> = program.rules.iter().map(|rule| rule.head).collect();
    let outside: Vec<(RelId, &Rel)> = rels(program)
        .filter(|(_, rel)| {
            rel.given.is_none()
                && (matches!(rel.kind, RelKind::Input | RelKind::InputTable) && rel.is_loadable()
                    || rel.kind == RelKind::Channel)
        })
        .collect();
    for (id, rel) in rels(program) {
        if rel.kind == RelKind::StaticTable || rel.kind == RelKind::Table && !written.contains(&id)
        {
            let rows = (0..dice.below(4)).map(|_| domain.row(rel, dice, program));
            let rows: BTreeMap<_, _> = rows.map(|row| (key(rel, &row), row)).collect();
            loaded.rows.insert(id, rows.into_values().collect());
        }
    }
    let mut taken = BTreeSet::new();
    for _ in 0..many {
        let (id, rel) = outside[dice.below(outside.len() as u64) as usize];
        let mut row = domain.row(rel, dice, program);
        if let (Some(at), RelKind::Channel) = (rel.at, rel.kind) {
            row[at] = Value::Node("n1".into());
        }
        if taken.insert((id, key(rel, &row))) {
            events.push((id, row));
        }
    }
    (loaded, events)
}

/// What a run shows of each observable: in the end and, of views, on the way.
#[derive(Default)]
struct Shown {
    last: BTreeMap<RelId, BTreeSet<Vec<Value>>>,
    ever: BTreeMap<RelId, BTreeSet<Vec<Value>>>,
}

/// Whether an event may share a tick with those before it.
fn fits(program: &Program, batch: &[Event], (id, row): &Event) -> bool {
    let Some(serial) = &program.rels[id.index()].serial else { return true };
    let same =
        |(other, there): &Event| other == id && serial.iter().all(|at| there[*at] == row[*at]);
    match serial.is_empty() {
        true => batch.is_empty(),
        false => !batch.iter().any(same),
    }
}

/// One run; `None` if a tick fails.
fn run(
    compiled: &Compiled,
    first: &oracle::Input,
    events: &[Event],
    dice: &mut Dice,
) -> Option<Shown> {
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
    let mut node = Node::new(program, &strata.of_rule, strata.count, first);
    let mut shown = Shown::default();
    let mut batches: Vec<Vec<Event>> = vec![Vec::new()];
    for event in events {
        let full = batches.last().is_none_or(|batch| {
            let alone = batch
                .iter()
                .any(|(id, _)| program.rels[id.index()].serial.as_ref().is_some_and(Vec::is_empty));
            alone || !fits(program, batch, event)
        });
        if full || dice.below(2) == 0 {
            batches.push(Vec::new());
        }
        batches.last_mut()?.push(event.clone());
    }
    let mut clock = 0;
    for batch in batches {
        let mut batch = Some(batch);
        for _ in 0..=OWN_TICKS {
            clock += 1;
            let batch = batch.take().unwrap_or_default();
            let input = taken(program, &batch.iter().collect::<Vec<_>>(), clock);
            let tick = node.tick(&input, &LIMITS).ok()?;
            look(program, &tick.state, &mut shown);
            if !tick.own {
                break;
            }
        }
    }
    Some(shown)
}

fn look(program: &Program, state: &oracle::State, shown: &mut Shown) {
    for (id, rel) in rels(program) {
        let sends = matches!(rel.kind, RelKind::Stage(Stage::Send, _));
        if !rel.is_shown() && !sends {
            continue;
        }
        let rows: BTreeSet<Vec<Value>> = state.rows[id.index()].iter().cloned().collect();
        let ever = shown.ever.entry(id).or_default();
        ever.extend(rows.iter().cloned());
        let last = if rel.event || sends { ever.clone() } else { rows };
        shown.last.insert(id, last);
    }
}

/// Whether a row that was shown is still there, grown where it merges.
fn stays(rel: &Rel, row: &[Value], last: &BTreeSet<Vec<Value>>) -> bool {
    last.iter().any(|there| {
        rel.cols.iter().zip(row.iter().zip(there)).all(|(col, (was, is))| match &col.role {
            Role::Cell(lattice) => oracle::leq(lattice, was, is),
            Role::Key | Role::Value => was == is,
        })
    })
}

/// The name that a page has for an observable, and whether it is final.
fn observed(program: &Program, rel: &Rel, case: &Case) -> Option<(Wish, bool)> {
    let name = match rel.kind {
        RelKind::Stage(Stage::Send, of) => format!("channel {}", program.rels[of.index()].name),
        _ => format!("output {}", rel.name),
    };
    let eventually = case.answer(&format!("{name} (eventually)"));
    let wish = case.answer(&name).map(|wish| (wish.clone(), true));
    wish.or_else(|| eventually.map(|wish| (wish.clone(), false)))
}

/// Observables that one set of events shows differently, or takes back.
fn differing(case: &Case, compiled: &Compiled, seed: u64) -> BTreeMap<RelId, String> {
    let mut out = BTreeMap::new();
    let Some(program) = &compiled.typed else { return out };
    let mut dice = Dice::new(seed);
    let (first, mut events) = chance(program, &case.program, &mut dice);
    let mut before: Option<Shown> = None;
    for _ in 0..ORDERS {
        dice.shuffle(&mut events);
        let Some(shown) = run(compiled, &first, &events, &mut dice) else { return out };
        for (id, rel) in rels(program) {
            let Some(last) = shown.last.get(&id) else { continue };
            let Some((_, is_final)) = observed(program, rel, case) else { continue };
            let gone = shown.ever[&id].iter().find(|row| !stays(rel, row, last));
            if let (Some(row), true) = (gone, is_final) {
                out.insert(id, format!("{} is taken back by {events:?}", text(rel, row, program)));
            }
            let other = before.as_ref().and_then(|before| before.last.get(&id));
            if other.is_some_and(|other| other != last) {
                out.insert(id, format!("{:?} or {last:?}, by the order of {events:?}", other));
            }
        }
        before = Some(shown);
    }
    out
}

fn text(rel: &Rel, row: &[Value], program: &Program) -> String {
    oracle::fact(rel, row, program)
}

/// What is wrong with a page.
fn wrong(case: &Case) -> Vec<String> {
    let compiled = driver::check("program.bloom", &case.program, &driver::Options::default());
    let Some(program) = compiled.typed.as_ref().filter(|_| compiled.roles.is_empty()) else {
        return Vec::new();
    };
    let mut waits: BTreeSet<RelId> = BTreeSet::new();
    let mut free: BTreeSet<RelId> = BTreeSet::new();
    for (id, rel) in rels(program) {
        match observed(program, rel, case) {
            Some((Wish::Points(_), _)) => waits.insert(id),
            Some((Wish::Word(word), _)) if word != "declared" => free.insert(id),
            _ => continue,
        };
    }
    let mut out = Vec::new();
    let mut seed = 0;
    let tries_free = u64::from(cases::cases(TRIES_FREE).cases);
    while seed < tries_free || !waits.is_empty() && seed < TRIES_POINT {
        seed += 1;
        for (id, why) in differing(case, &compiled, seed) {
            waits.remove(&id);
            if free.remove(&id) {
                out.push(format!("`{}` is not free: {why}", program.rels[id.index()].name));
            }
        }
    }
    let name = |id: &RelId| &program.rels[id.index()].name;
    out.extend(waits.iter().map(|id| format!("`{}` was never seen to differ", name(id))));
    out
}

#[test]
fn canonical_programs_do_what_their_pages_say() {
    let mut all = Vec::new();
    for case in calm_spec::cases() {
        let wrong = wrong(&case);
        if !wrong.is_empty() {
            all.push(format!("{}\n    {}", case.name, wrong.join("\n    ")));
        }
    }
    assert!(all.is_empty(), "{} pages are wrong:\n{}\n", all.len(), all.join("\n"));
}

/// Random programs over time: what the analysis calls free agrees in all orders.
#[test]
fn what_is_free_agrees_in_random_programs() {
    let (mut free, mut waits) = (0, 0);
    let mut wrong = Vec::new();
    for seed in 0..u64::from(cases::cases(RANDOM).cases) {
        let case = random::timed(seed).case();
        let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
        let Some(program) = compiled.typed.as_ref().filter(|_| !compiled.has_errors()) else {
            continue;
        };
        let report = compiled.report(&Assume::default());
        let answers = report.verdicts.iter().filter(|verdict| verdict.what == What::Output);
        let (sure, others): (Vec<_>, Vec<_>) =
            answers.partition(|verdict| matches!(verdict.answer, Answer::Free | Answer::Threshold));
        (free, waits) = (free + sure.len(), waits + others.len());
        let (first, mut events) = given(program, &case);
        let mut dice = Dice::new(seed);
        let mut before: Option<Shown> = None;
        for _ in 0..ORDERS {
            dice.shuffle(&mut events);
            let Some(shown) = run(&compiled, &first, &events, &mut dice) else { break };
            for verdict in &sure {
                let rel = &program.rels[verdict.rel.index()];
                let Some(last) = shown.last.get(&verdict.rel) else { continue };
                let gone = shown.ever[&verdict.rel].iter().find(|row| !stays(rel, row, last));
                let other = before.as_ref().and_then(|before| before.last.get(&verdict.rel));
                let differs = other.is_some_and(|other| other != last);
                // A program may take out by itself, at all replicas alike, what it shows.
                let gone =
                    gone.filter(|_| !case.source.contains("<-") && !case.source.contains("<+"));
                if gone.is_some() || differs {
                    let name = &rel.name;
                    wrong.push(format!(
                        "seed {seed}, `{name}`: gone {gone:?}, differs {differs}\n{events:?}\n{}",
                        case.source
                    ));
                }
            }
            before = Some(shown);
        }
    }
    wrong.sort_by_key(String::len);
    assert!(wrong.is_empty(), "{} of {free}, the shortest:\n{}", wrong.len(), wrong[0]);
    assert!(free * 20 > waits, "{free} free outputs of {waits} others are too few");
}

/// The rows of a random case: what is loaded, and what comes from outside.
fn given(program: &Program, case: &random::Case) -> (oracle::Input, Vec<Event>) {
    let inside = case.ticks.iter().flat_map(|tick| &tick.insert);
    let mut first = oracle::Input::default();
    let mut events = Vec::new();
    let mut taken = BTreeSet::new();
    for (name, rows) in case.facts.iter().chain(inside) {
        let named = |(_, rel): &(RelId, &Rel)| rel.name == *name && !rel.kind.is_hidden();
        let Some((id, rel)) = rels(program).find(named) else { continue };
        let comes =
            rel.kind.is_incoming() || matches!(rel.kind, RelKind::InputTable | RelKind::InputView);
        if rel.given.is_some() {
            continue;
        }
        for row in rows.iter().filter(|row| taken.insert((id, key(rel, row)))) {
            match comes {
                true => events.push((id, row.clone())),
                false => first.rows.entry(id).or_default().push(row.clone()),
            }
        }
    }
    (first, events)
}

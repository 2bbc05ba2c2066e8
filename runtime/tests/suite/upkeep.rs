//! Views that are kept up from tick to tick must have the rows that a run from
//! scratch gives them, after any changes of what they read, after chains that
//! were undone, and where a tick fails, it must fail alike.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bloom::dataflow::node::Body;
use bloom::kernel::Engine;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::kernel::Machine;
use bloom::kernel::Rows;
use bloom::kernel::TickInput;
use bloom::value::text;
use bloom::value::word::float_word;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir::Type;
use bloom_compiler::plan::upkeep::Kept;

use crate::programs::chosen;
use crate::ticks;
use crate::ticks::Manner;

/// Tables that all programs read, and those from which they choose rules.
const TABLES: &str = "
    input table a(x: int, y: int);
    input table b(x: int, s: str);
    input table f(x: int, w: float);
    input table k(x: int => y: int);
    input table one();
";

/// Views over them, each with what it needs; `#` stands for its number.
const VIEWS: &[&str] = &[
    "view v#(x: int); v#(x) <= a(x, _);",
    "view v#(x: int, z: int); v#(x, z) <= a(x, y), a(y, z);",
    "view v#(x: int); v#(x) <= a(x, y), a(y, x), a(x, x);",
    "view v#(x: int); v#(x) <= a(x, _), not b(x, _);",
    "view v#(x: int); v#(x) <= a(x, y), not a(y, x), x != y;",
    "view v#(x: int); v#(x) <= a(x, _), not b(x, \"s1\"); v#(y) <= a(_, y), not b(0, _);",
    "view v#(x: int, s: str); v#(x, s) <= a(x, _), b(x, s) else s = \"none\";",
    "view v#(x: int, y: int); v#(x, y) <= a(x, y) or a(y, x);",
    "view v#(x: int); v#(x) <= a(x, _), one();",
    "view v#(x: int); v#(x) <= a(x, _), not one();",
    "view v#(x: int => y: int); v#(x, y) <= k(x, y), not b(x, _);",
    "view v#(x: int, y: int); v#(x, y) <= a(x, z), k(z, y); v#(x, y) <= k(x, y);",
    "view v#(x: int, q: int); v#(x, 12 / y) <= a(x, y), y != 0; ",
    "view v#(x: int, q: int); v#(x, y) <= k(x, y), not b(y + 1, _);",
    "view v#(x: int, n: int); v#(x, n) <= a(x, y), n in 0..y;",
    "view v#(x: int, n: nat); v#(x, count()) <= a(x, _);",
    "view v#(n: nat); v#(count()) <= a(x, y), b(y, _);",
    "view v#(x: int, n: nat); v#(x, count(s)) <= a(x, y), b(y, s);",
    "view v#(x: int, t: int); v#(x, sum(y)) <= a(x, y), not k(x, _);",
    "view v#(x: int, t: float); v#(x, sum(w)) <= f(x, w);",
    "view v#(t: float, m: float); v#(sum(w), avg(w)) <= f(_, w), not one();",
    "view v#(x: int, t: float); v#(x, avg(y)) <= a(x, y);",
    "view v#(x: int, l: str, h: str); v#(x, min(s), max(s)) <= a(_, x), b(x, s);",
    "view v#(x: int, l: int, h: int); v#(x, min(y), max(y)) <= a(x, y);",
    "view v#(x: int, p: bool, q: bool); v#(x, any(y > 0), all(y > 0)) <= a(x, y);",
    "view v#(x: int, s: Set<str>); v#(x, collect(s)) <= b(x, s);",
    "view v#(x: int, s: str); v#(x, choose(s)) <= b(x, s);",
    "view v#(x: int, l: [int]); v#(x, list(y, desc(y))) <= a(x, y), b(x, _);",
    "view v#(l: [str]); v#(top(2, s, (desc(x), s))) <= b(x, s);",
    "view v#(x: int, y: int); v#(x, argmin(y, z)) <= a(x, y), a(y, z);",
    "view v#(x: int, s: str); v#(x, argmax(s, y)) <= a(x, y), b(y, s);",
    "view v#(x: int, n: nat); v#(x, count()) <= a(x, y), b(y, s) else s = \"none\";",
    "view v#(s: str, t: int); v#(s, sum(y)) <= a(x, y), b(x, s) else s = \"none\";",
    "view v#(s: str, n: nat); v#(upper(s), count()) <= b(x, s), a(x, _);",
    "view v#(x: int, n: nat); v#(x, count()) <= a(x, _); v#(x, 0) <= k(x, _), not a(x, _);",
    "view u#(x: int, n: nat); u#(x, count()) <= a(x, _);
     view v#(n: nat, m: nat); v#(n, count()) <= u#(_, n);",
    "view u#(x: int); u#(x) <= a(x, _), not b(x, _);
     view v#(x: int); v#(x) <= b(x, _), not u#(x);",
    "view u#(x: int, y: int); u#(x, y) <= a(x, y); u#(x, z) <= u#(x, y), a(y, z);
     view v#(x: int, n: nat); v#(x, count()) <= u#(x, _), not b(x, _);",
    "view u#(x: int, y: int); u#(x, y) <= a(x, y); u#(x, z) <= u#(x, y), u#(y, z), not b(z, _);
     view v#(x: int); v#(x) <= u#(x, x);",
    "view u#(x: int); view v#(x: int); u#(x) <= k(x, _), not one(); v#(y) <= u#(x), a(x, y);
     u#(y) <= v#(x), a(x, y), x != y;",
    "view v#(x: int, d: Min<int>); v#(x, y) <= k(x, y); v#(z, d + 1) <= v#(x, d), a(x, z);",
    "view v#(x: int, m: Max<str>); v#(x, s) <= b(x, s); v#(y, m) <= v#(x, m), a(x, y);",
    "view v#(x: int, n: int); v#(x, count()) <= a(x, _); v#(y, n) <= v#(x, n), a(x, y);",
    "view v#(x: int, y: int); v#(x, y) <= k(x, y); v#(y, 12 / z) <= v#(x, _), a(x, y), k(y, z);",
    "view v#(s: str); v#(s) <= b(0, s); v#(t) <= v#(s), b(x, s), t = upper(s), a(x, _);
     v#(t) <= v#(s), b(x, s), b(y, t), a(x, y);",
    "view v#(x: int); v#(x) <= k(x, _); v#(n) <= v#(x), a(x, y), n in 0..y, not (a(n, n) and b(n, _));",
    "view v#(x: int, y: int, z: int); v#(x, y, x) <= a(x, y); v#(z, x, y) <= v#(x, y, z), k(x, _);
     v#(x, x, z) <= v#(x, _, z), a(z, x);",
    "view v#(p: (int, str)); v#((x, s)) <= b(x, s); v#((y, s)) <= v#((x, s)), a(x, y);",
    "view v#(x: int, w: float); v#(x, w) <= f(x, w); v#(y, w) <= v#(x, w), a(x, y), not f(y, w);",
    "view v#(x: int, d: Max<int>); v#(x, 1) <= k(x, _); v#(y, d) <= v#(x, d), a(x, y), d > 0;
     view u#(x: int); u#(x) <= a(x, _), not v#(x, _);",
    "view v#(n: int); v#(t * 4000000000000000000) <= k(1, t);",
    "view v#(x: int => y: int); v#(x, y) <= a(x, y), y > 1;",
    "invariant few: not (a(x, x) and k(x, x) and b(x, _));",
    "view v#(x: int); v#(x) <= a(x, y), s = {y, x}, 1 in s;",
];

/// Pseudo-random numbers.
pub struct Dice(pub u64);

impl Dice {
    /// One below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A value of a column by its number.
fn word(engine: &mut Engine, ty: &Type, n: u64) -> u64 {
    const FLOATS: &[f64] = &[0.1, -0.25, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    match ty {
        Type::Str => engine.interner_mut().bytes(format!("s{n}").as_bytes()),
        Type::Float => float_word(FLOATS[n as usize % FLOATS.len()]),
        _ => (n as i64 - 1) as u64,
    }
}

type Facts = BTreeMap<usize, BTreeSet<Vec<u64>>>;

/// Rows in numbers that stand for values, as words.
fn words(engine: &mut Engine, facts: &Facts) -> Vec<Rows> {
    let mut out = Vec::new();
    for (&rel, rows) in facts {
        let declared = engine.plan().rels[rel].declared.clone();
        let types = engine.plan().types.clone();
        let mut words = Vec::new();
        for row in rows {
            for (&n, column) in row.iter().zip(&declared) {
                words.push(word(engine, &types[column.ty.0 as usize], n));
            }
        }
        out.push(Rows { rel: RelId(rel as u32), count: rows.len(), words });
    }
    out
}

fn shown(engine: &mut Engine, rel: usize) -> Vec<String> {
    let id = RelId(rel as u32);
    let words = engine.rows(id);
    let plan = engine.plan();
    let declared = &plan.rels[rel].declared;
    if declared.is_empty() {
        return vec!["()".to_owned(); engine.len(id)];
    }
    let row = |row: &[u64]| {
        let columns = row.iter().zip(declared).map(|(word, column)| {
            let mut out = Vec::new();
            text::literal(&plan.types, column.ty, *word, engine.interner(), &mut out);
            String::from_utf8_lossy(&out).into_owned()
        });
        columns.collect::<Vec<_>>().join(", ")
    };
    words.chunks(declared.len()).map(row).collect()
}

fn failure(failure: &Failure) -> String {
    match failure {
        Failure::KeyConflict { rel, .. } => format!("key of {rel:?}"),
        Failure::Expr { kind, span, .. } => format!("{kind:?} {span:?}"),
        Failure::Invariant { rel } => format!("invariant {rel:?}"),
        other => panic!("{other:?}"),
    }
}

/// What a run from scratch says of these facts.
fn from_scratch(compiled: &Compiled, facts: &Facts) -> Result<Vec<Vec<String>>, String> {
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{:?}", compiled.diagnostics)
    };
    let mut engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    for rows in words(&mut engine, facts) {
        match rows.words.is_empty() {
            true if rows.count > 0 => drop(engine.load_unit(rows.rel)),
            true => {}
            false => drop(engine.load(rows.rel, &rows.words)),
        }
    }
    engine.run(&Limits::default()).map_err(|why| failure(&why))?;
    Ok((0..program.rels.len()).map(|rel| shown(&mut engine, rel)).collect())
}

/// The text of a program of some views.
pub fn source(dice: &mut Dice) -> String {
    let mut text = TABLES.to_owned();
    for number in 0..1 + dice.below(4) {
        let view = VIEWS[dice.below(VIEWS.len() as u64) as usize];
        text.push_str(&view.replace('#', &number.to_string()));
        text.push('\n');
    }
    text
}

/// A program of some views, and how many of its rules are kept up.
fn program(dice: &mut Dice) -> (String, Compiled, usize) {
    let text = source(dice);
    let compiled = driver::check("views.bloom", &text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{text}\n{:#?}", compiled.diagnostics);
    let (Some(typed), Some(strata)) = (&compiled.typed, &compiled.strata) else { panic!("{text}") };
    let sizes = Sizes { ticks: true, ..Sizes::default() };
    let plan = plan::build(typed, strata, &sizes);
    let rules = plan.strata.iter().flat_map(|s| &s.rules);
    let kept = rules.filter(|rule| matches!(rule.kept, Some(Kept::Up(_)))).count();
    (text, compiled, kept)
}

/// Some rows of the tables, and what becomes of the facts.
fn changes(dice: &mut Dice, compiled: &Compiled, facts: &mut Facts, most: u64) -> [Facts; 2] {
    let (mut insert, mut delete) = (Facts::new(), Facts::new());
    let tables = compiled.typed.as_ref().map_or(Vec::new(), |program| {
        let named = |name: &&str| program.rels.iter().position(|rel| rel.name == **name);
        ["a", "a", "b", "f", "k", "one"].iter().filter_map(named).collect()
    });
    for _ in 0..dice.below(most) {
        let rel = tables[dice.below(tables.len() as u64) as usize];
        let width = compiled.typed.as_ref().map_or(0, |program| program.rels[rel].cols.len());
        let row: Vec<u64> = (0..width).map(|_| dice.below(5)).collect();
        let into = if dice.below(5) < 3 { &mut insert } else { &mut delete };
        into.entry(rel).or_default().insert(row);
    }
    // What goes and comes at once is there.
    for (rel, rows) in &delete {
        let there = facts.entry(*rel).or_default();
        there.retain(|row| !rows.contains(row));
    }
    for (rel, rows) in &insert {
        facts.entry(*rel).or_default().extend(rows.iter().cloned());
    }
    [insert, delete]
}

/// Plays one program; how many ticks went well, and how many failed.
pub fn play(seed: u64, manner: &Manner, done: &mut [usize; 3]) -> Result<(), String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (text, compiled, kept) = program(&mut dice);
    done[2] += kept;
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{text}")
    };
    let engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    let mut machine = Body::new(program, engine, &manner.workers);
    machine.choose(manner.choice);
    let mut facts = Facts::new();
    let most = if dice.below(8) == 0 { 300 } else { 2 + dice.below(12) };
    for chain in 0..12 {
        let before = facts.clone();
        machine.begin();
        let mut fine = true;
        for tick in 0..1 + dice.below(3) {
            let [insert, delete] = changes(&mut dice, &compiled, &mut facts, most);
            let engine = machine.engine_mut();
            let input =
                TickInput { insert: words(engine, &insert), delete: words(engine, &delete) };
            let found = machine.tick(&input, &Limits::default()).map_err(|failure| {
                machine.rollback();
                machine.told(failure, &Limits::default())
            });
            let wanted = from_scratch(&compiled, &facts);
            let at = format!(
                "seed {seed} chain {chain} tick {tick}\n{text}\n{facts:?}\n+ {insert:?}\n- {delete:?}"
            );
            match (found, wanted) {
                (Ok(_), Ok(wanted)) => {
                    done[0] += 1;
                    for (rel, wanted) in wanted.iter().enumerate() {
                        let found = shown(machine.engine_mut(), rel);
                        let name = &program.rels[rel].name;
                        if found != *wanted {
                            return Err(format!(
                                "{at}\n{name}: wanted {wanted:?}, found {found:?}"
                            ));
                        }
                    }
                }
                (Err(found), Err(wanted)) => {
                    done[1] += 1;
                    if failure(&found) != wanted {
                        return Err(format!("{at}\nwanted {wanted}, found {found:?}"));
                    }
                    fine = false;
                }
                (found, wanted) => return Err(format!("{at}\nwanted {wanted:?}, found {found:?}")),
            }
            if !fine {
                break;
            }
        }
        if fine && dice.below(3) > 0 {
            machine.commit();
        } else {
            machine.rollback();
            facts = before;
        }
        if dice.below(4) == 0 {
            machine.collect_but(&[], &[]);
        }
    }
    Ok(())
}

#[test]
fn every_view_is_one() {
    let mut wrong = Vec::new();
    for view in VIEWS {
        let text = format!("{TABLES}{}", view.replace('#', "1"));
        let compiled = driver::check("views.bloom", &text, &driver::Options::default());
        let titles: Vec<&String> = compiled.diagnostics.iter().map(|d| &d.title).collect();
        if compiled.has_errors() {
            wrong.push(format!("{view}\n{titles:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn views_of_many_workers_are_as_from_scratch() {
    let mut done = [0; 3];
    let (first, cases) = (chosen("BLOOM_SEED").unwrap_or(1), chosen("BLOOM_CASES").unwrap_or(90));
    // A view with values inside of values that is exchanged for one that changed less.
    const EXCHANGED: u64 = 20_261_596;
    for seed in (first..first + cases).chain([EXCHANGED]) {
        let workers = ticks::workers(2 + seed as usize % 3);
        if let Err(why) = play(seed, &Manner { workers, ..Manner::default() }, &mut done) {
            panic!("{why}");
        }
    }
    println!("{done:?}");
    assert!(done[0] as u64 > 3 * cases, "{done:?}");
}

#[test]
fn views_are_kept_up_as_from_scratch() {
    let (first, cases) = (chosen("BLOOM_SEED").unwrap_or(1), chosen("BLOOM_CASES").unwrap_or(150));
    let mut done = [0; 3];
    for seed in first..first + cases {
        if let Err(why) = play(seed, &Manner::default(), &mut done) {
            panic!("{why}");
        }
    }
    let [fine, failed, kept] = done;
    println!("{fine} ticks went well, {failed} failed, {kept} rules were kept up");
    assert!(fine as u64 > cases && kept as u64 > cases, "{done:?}");
}

#[test]
fn what_is_changed_often_is_not_forgotten() {
    let text =
        format!("{TABLES} view n(c: nat, t: int); n(count(), sum(y)) <= a(_, y), not one();");
    let compiled = driver::check("views.bloom", &text, &driver::Options::default());
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{text}")
    };
    let engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    let mut machine = Machine::new(program, engine);
    let rel = |name: &str| program.rels.iter().position(|r| r.name == name).expect("it is there");
    let (a, n) = (rel("a"), rel("n"));
    let rows = |range: std::ops::Range<u64>| {
        let words: Vec<u64> = range.clone().flat_map(|x| [x, x]).collect();
        Rows { rel: RelId(a as u32), count: range.count(), words }
    };
    let mut tick = |insert: Vec<Rows>, delete: Vec<Rows>| {
        machine.begin();
        machine.tick(&TickInput { insert, delete }, &Limits::default()).expect("nothing fails");
        machine.commit();
        shown(machine.engine_mut(), n)
    };
    assert_eq!(tick(vec![rows(0..1000)], vec![]), ["1000, 499500"]);
    // Rows that were removed are swept more than once here.
    for i in 0..3000 {
        let sum: u64 = (i + 1..i + 1001).sum();
        assert_eq!(
            tick(vec![rows(i + 1000..i + 1001)], vec![rows(i..i + 1)]),
            [format!("1000, {sum}")]
        );
    }
    assert_eq!(tick(vec![], vec![rows(0..4000)]), Vec::<String>::new());
}

#[test]
fn what_views_know_goes_with_what_they_read() {
    const TEXTS: u64 = 40_000;
    let text = format!(
        "{TABLES}
         view n(s: str, c: nat, t: int); n(s, count(), max(x)) <= b(x, s), not a(x, _);
         view p(s: str); p(s) <= b(x, s); p(s) <= b(x, s), not a(x, _);
         view l(s: str); l(upper(s)) <= b(_, s);
         view m(x: int, h: str); m(x, max(lower(s))) <= b(x, s);"
    );
    let compiled = driver::check("views.bloom", &text, &driver::Options::default());
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        panic!("{:?}", compiled.diagnostics)
    };
    let engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    let mut machine = Machine::new(program, engine);
    let rel = |name: &str| program.rels.iter().position(|r| r.name == name).expect("it is there");
    let b = RelId(rel("b") as u32);
    let tick = |machine: &mut Machine, from: u64, to: u64, comes: bool| {
        let engine = machine.engine_mut();
        let text =
            |n: u64, engine: &mut Engine| engine.interner_mut().bytes(format!("t{n}").as_bytes());
        let words = (from..to).flat_map(|n| [n % 7, text(n, engine)]).collect();
        let rows = vec![Rows { rel: b, count: (to - from) as usize, words }];
        let input = match comes {
            true => TickInput { insert: rows, delete: Vec::new() },
            false => TickInput { insert: Vec::new(), delete: rows },
        };
        machine.begin();
        machine.tick(&input, &Limits::default()).expect("nothing fails");
        machine.commit();
        if machine.wants_collect() {
            machine.collect(&[]);
        }
    };
    tick(&mut machine, 0, 1_000, true);
    tick(&mut machine, 1_000, 1_010, true);
    machine.collect(&[]);
    let before = machine.bytes();
    let names = ["n", "p", "l", "m"].map(rel);
    let rows: Vec<_> = names.iter().map(|&rel| shown(machine.engine_mut(), rel)).collect();
    for from in (2_000..TEXTS).step_by(500) {
        tick(&mut machine, from, from + 500, true);
        if from >= 4_000 {
            tick(&mut machine, from - 2_000, from - 1_500, false);
        }
    }
    tick(&mut machine, TEXTS - 2_000, TEXTS, false);
    machine.collect(&[]);
    let again: Vec<_> = names.iter().map(|&rel| shown(machine.engine_mut(), rel)).collect();
    assert_eq!(rows, again);
    let after = machine.bytes();
    assert!(after * 100 <= before * 105, "{after} bytes after {before}");
}

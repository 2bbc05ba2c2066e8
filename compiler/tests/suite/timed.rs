//! Random programs over time in the oracle alone: most compile and most of
//! their ticks go well, a failing tick leaves the node as it was, and what a
//! node does hangs on nothing but what it is given.

use std::collections::BTreeMap;

use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::names::hir::RelKind;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Failure;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::Node;
use bloom_compiler::oracle::Tick;
use bloom_compiler::oracle::TickInput;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;

use crate::steps;

/// Enough for small programs, and soon over for one that explodes.
const LIMITS: oracle::OracleLimits =
    oracle::OracleLimits { rounds_max: 300, rows_max: 3_000, tries_max: 500_000 };

fn compile(case: &Case) -> Compiled {
    driver::check("random.bloom", &case.source, &driver::Options::default())
}

/// All ticks of a program up to one that is too large; `None` when it has errors.
fn play(case: &Case, compiled: &Compiled) -> Option<Vec<Result<Tick, Failure>>> {
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
    let first = oracle::Input { rows: steps::named(program, &case.facts) };
    let mut node = Node::new(program, &strata.of_rule, strata.count, &first);
    let mut ticks = Vec::new();
    for given in &case.ticks {
        let insert = steps::named(program, &given.insert);
        let input = TickInput { insert, delete: steps::named(program, &given.delete) };
        let before = format!("{node:?}");
        let tick = node.tick(&input, &LIMITS);
        if tick.is_err() {
            assert_eq!(before, format!("{node:?}"), "a failing tick changes nothing");
        }
        let is_too_large = tick.as_ref().is_err_and(|failure| failure.kind == Kind::Limit);
        ticks.push(tick);
        if is_too_large {
            break;
        }
    }
    Some(ticks)
}

#[test]
fn random_programs_over_time_compile_and_go_on() {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut said: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    // Of how many stages and firings there are rows at some time.
    let mut filled: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for seed in 0..600 {
        let case = random::timed(seed).case();
        let compiled = compile(&case);
        for diagnostic in compiled.diagnostics.iter().filter(|d| d.is_error()) {
            let title = format!("{} {}", diagnostic.code.0, diagnostic.title);
            said.entry(title).or_insert((0, seed)).0 += 1;
        }
        let Some(ticks) = play(&case, &compiled) else {
            *counts.entry("refused").or_default() += 1;
            continue;
        };
        for tick in &ticks {
            let outcome = match tick {
                Ok(tick) if tick.own => "then a tick by itself",
                Ok(_) => "then quiet",
                Err(failure) => {
                    let broken = matches!(failure.kind, Kind::Broken(_));
                    assert!(!broken, "seed {seed}: {failure:?} in {case:?}");
                    failure.kind.name()
                }
            };
            *counts.entry(outcome).or_default() += 1;
        }
        let rels = compiled.typed.iter().flat_map(|program| &program.rels).enumerate();
        for (at, rel) in rels.filter(|(_, rel)| rel.kind.is_hidden()) {
            let ever = ticks.iter().flatten().any(|tick| !tick.state.rows[at].is_empty());
            let of = filled.entry(rel.kind.words().to_string()).or_default();
            *of = (of.0 + usize::from(ever), of.1 + 1);
        }
    }
    println!("{counts:?}\n{filled:?}");
    for (title, (times, seed)) in &said {
        println!("{times} times, as with seed {seed}: {title}");
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    let good = of("then quiet") + of("then a tick by itself");
    let failed = counts.values().sum::<usize>() - good - of("refused");
    assert!(of("refused") <= 30, "at least 95 of 100 programs compile");
    assert!(failed * 5 <= good, "most ticks do not fail: {failed} of {good}");
    assert!(of("then a tick by itself") >= 500, "many ticks are followed by others");
    filled.remove(RelKind::Violation.words());
    for (kind, (ever, all)) in &filled {
        assert!(ever * 3 > *all, "{kind}: {ever} of {all} have rows");
    }
}

/// What a tick leaves behind is known by its rows: a program that keeps all its
/// tables alone gives the same rows in a second run, tick by tick.
#[test]
fn a_node_hangs_on_what_it_is_given_alone() {
    for seed in 0..60 {
        let pieces = random::timed(seed);
        let case = pieces.case();
        let compiled = compile(&case);
        let shuffled = pieces.shuffled(seed, false).case();
        let other = compile(&shuffled);
        let (Some(first), Some(again)) = (play(&case, &compiled), play(&shuffled, &other)) else {
            continue;
        };
        for (number, (a, b)) in first.iter().zip(&again).enumerate() {
            match (a, b) {
                (Ok(a), Ok(b)) => {
                    assert_eq!(a.own, b.own, "seed {seed}, tick {number}");
                    let (a, b) = (by_name(&compiled, a), by_name(&other, b));
                    assert_eq!(a, b, "seed {seed}, tick {number}: {case:?}");
                }
                (Err(a), Err(b)) if a.kind == Kind::Limit || b.kind == Kind::Limit => break,
                (Err(_), Err(_)) => {}
                (Err(f), _) | (_, Err(f)) if f.kind == Kind::Limit => break,
                _ => panic!("seed {seed}, tick {number} fails in one order: {a:?} {b:?}"),
            }
        }
    }
}

type ByName<'a> = BTreeMap<(&'a str, String), Vec<&'a oracle::Rows>>;

/// Rows of all collections that rules write or read, by name and kind.
fn by_name<'a>(compiled: &'a Compiled, tick: &'a Tick) -> ByName<'a> {
    let mut out: ByName<'a> = BTreeMap::new();
    let rels = compiled.typed.iter().flat_map(|program| &program.rels);
    for (rel, rows) in rels.zip(&tick.state.rows) {
        // A collection may have several firing rules, in any order.
        if rel.kind != RelKind::Firing {
            out.entry((&rel.name, rel.kind.words().into())).or_default().push(rows);
        }
    }
    out
}

//! The oracle tried on itself: on random programs in other orders, on the
//! laws of lattices, on the examples of all functions. Whether an engine
//! agrees with it is tested where the engine is.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::TestCaseError;

use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Failure;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::State;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::oracle::random::Dice;
use bloom_compiler::types::builtins;
use bloom_compiler::types::ty::Lattice;

/// Enough for small programs, and soon over for one that explodes.
const LIMITS: oracle::OracleLimits =
    oracle::OracleLimits { rounds_max: 500, rows_max: 5_000, tries_max: 3_000_000 };

fn compile(source: &str) -> Compiled {
    driver::check("random.bloom", source, &driver::Options::default())
}

/// Runs a program; `None` when it has errors.
fn run(case: &Case) -> Option<(Compiled, Result<State, Failure>)> {
    let compiled = compile(&case.source);
    let (program, strata) = compiled.typed.as_ref().zip(compiled.strata.as_ref())?;
    let mut input = oracle::Input::default();
    for (i, rel) in program.rels.iter().enumerate() {
        let rows = case.facts.iter().filter(|(name, _)| *name == rel.name);
        let rows: Vec<_> = rows.flat_map(|(_, rows)| rows.clone()).collect();
        input.rows.insert(RelId(i as u32), rows);
    }
    let result = oracle::run(program, &strata.of_rule, strata.count, &input, &LIMITS);
    Some((compiled, result))
}

/// The rows by the names of their collections.
fn by_name(compiled: &Compiled, state: &State) -> BTreeMap<String, Vec<Vec<Value>>> {
    let rels = compiled.typed.iter().flat_map(|program| &program.rels);
    let named = rels
        .zip(&state.rows)
        .map(|(rel, rows)| (rel.name.clone(), rows.iter().cloned().collect::<Vec<_>>()));
    named.collect()
}

#[test]
fn random_programs_compile_and_end() {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut said: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let (mut derived, mut filled) = (0, 0);
    for seed in 0..600 {
        let case = random::program(seed).case();
        let compiled = compile(&case.source);
        for diagnostic in compiled.diagnostics.iter().filter(|d| d.is_error()) {
            let title = format!("{} {}", diagnostic.code.0, diagnostic.title);
            said.entry(title).or_insert((0, seed)).0 += 1;
        }
        let outcome = match run(&case) {
            None => "refused",
            Some((compiled, Ok(state))) => {
                for (name, rows) in by_name(&compiled, &state) {
                    if case.facts.iter().all(|(loaded, _)| *loaded != name) {
                        derived += 1;
                        filled += usize::from(!rows.is_empty());
                    }
                }
                "finished"
            }
            Some((_, Err(failure))) => {
                let broken = matches!(failure.kind, Kind::Broken(_));
                assert!(!broken, "seed {seed}: {failure:?} in {case:?}");
                failure.kind.name()
            }
        };
        *counts.entry(outcome).or_default() += 1;
    }
    println!("{counts:?}, {filled} of {derived} derived collections have rows");
    for (title, (times, seed)) in &said {
        println!("{times} times, as with seed {seed}: {title}");
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    assert!(of("refused") <= 30, "at least 95 of 100 programs compile");
    assert!(of("Limit") <= 30, "few programs are too large");
    assert!(filled * 2 > derived, "most collections have rows");
    assert!(of("finished") >= 400, "most programs do not fail");
}

#[test]
fn rows_do_not_depend_on_any_order() {
    let compared = RefCell::new(0);
    let result = random::runner(300).run(&random::Programs, |pieces| {
        let whole = run(&pieces.case());
        for (seed, bodies) in [(1, false), (2, false), (3, true), (4, true)] {
            let other = run(&pieces.shuffled(seed, bodies).case());
            let ((first, a), (second, b)) = match (&whole, &other) {
                (Some(whole), Some(other)) => (whole, other),
                (None, None) => continue,
                _ => return Err(TestCaseError::fail(format!("refused in one order: {seed}"))),
            };
            match (a, b) {
                (Ok(a), Ok(b)) if by_name(first, a) != by_name(second, b) => {
                    return Err(TestCaseError::fail(format!("other rows in order {seed}")));
                }
                // The order of two literals that may fail is their meaning.
                (Ok(_), Err(f)) | (Err(f), Ok(_)) if !bodies && f.kind != Kind::Limit => {
                    return Err(TestCaseError::fail(format!("fails in one order: {f:?}")));
                }
                _ => *compared.borrow_mut() += 1,
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(*compared.borrow() > 600, "{} programs were compared", compared.borrow());
}

#[test]
fn lattices_keep_their_laws() {
    let mut dice = Dice::new(1);
    for _ in 0..4_000 {
        let lattice = random::any_lattice(&mut dice, 3);
        let plain = lattice.plain();
        let mut value = || random::value(&mut dice, &plain, true);
        let (a, b, c) = (value(), value(), value());
        let join = |x: &Value, y: &Value| oracle::join(&lattice, x, y);
        assert_eq!(join(&a, &a), a, "{lattice:?} is idempotent");
        assert_eq!(join(&a, &b), join(&b, &a), "{lattice:?} commutes");
        assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)), "{lattice:?} associates");
        let both = join(&a, &b);
        let clash = !oracle::leq(&lattice, &a, &both) || !oracle::leq(&lattice, &b, &both);
        assert!(!clash || lattice.can_clash(), "{lattice:?} joins upwards");
        if oracle::leq(&lattice, &a, &c) && oracle::leq(&lattice, &b, &c) {
            assert!(oracle::leq(&lattice, &join(&a, &b), &c), "{lattice:?} joins to the least");
        }
        let bottom = match lattice {
            Lattice::Set(_) => Some(Value::Set(Default::default())),
            Lattice::Map(..) => Some(Value::Map(Default::default())),
            _ => None,
        };
        if let Some(bottom) = bottom {
            assert_eq!(join(&bottom, &a), a, "{lattice:?} has an empty bottom");
        }
    }
}

/// Programs that hold an example each.
#[test]
fn functions_do_what_their_examples_say() {
    let mut wrong = Vec::new();
    for builtin in builtins::TABLE {
        for (example, wanted) in builtin.examples {
            let source =
                format!("table one(n: int);\none(1);\nview r(x) <= one(_), x = ({example});\n");
            let compiled = compile(&source);
            let found = match run(&Case { source, ..Case::default() }) {
                None => format!("refused: {:?}", compiled.diagnostics),
                Some((compiled, Ok(state))) => shown(&compiled, &state),
                Some((_, Err(failure))) => failure.kind.name().to_string(),
            };
            if found != *wanted {
                wrong.push(format!("{example} is {found}, not {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The one value of `r`, or that there is none.
fn shown(compiled: &Compiled, state: &State) -> String {
    let Some(program) = &compiled.typed else { return String::new() };
    let values = program.rels.iter().zip(&state.rows).filter(|(rel, _)| rel.name == "r");
    let mut texts = values.flat_map(|(rel, rows)| {
        rows.iter().map(|row| oracle::show(&row[0], &rel.cols[0].ty, program))
    });
    texts.next().unwrap_or_else(|| "no row".into())
}

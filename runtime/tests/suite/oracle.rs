//! The kernel against the oracle: random programs with random rows, and the
//! pages that say what programs compute, must give the same rows in the same
//! order and text, or fail alike. A failing program shrinks and is printed.

use bloom::kernel::Engine;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::sim;
use bloom::value::interner::Interner;
use bloom::value::text;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::Kind;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir;
use bloom_compiler::types::builtins;
use bloom_compiler::types::typed;

use crate::programs;
use crate::programs::Counts;

/// Beyond these a program says nothing: it is left out, and counted.
pub const LIMITS: oracle::OracleLimits =
    oracle::OracleLimits { rounds_max: 500, rows_max: 3_000, tries_max: 1_000_000 };

/// The facts of all collections in order, or why the run failed.
pub type Outcome = Result<Vec<String>, String>;

/// A value as a word.
pub fn word(types: &[ir::Type], ty: ir::TypeId, value: &Value, interner: &mut Interner) -> u64 {
    sim::words(types, &[ty], std::slice::from_ref(value), interner)[0]
}

/// Rows from outside, by collection.
pub fn input(program: &typed::Program, case: &Case) -> oracle::Input {
    let mut input = oracle::Input::default();
    for (i, rel) in program.rels.iter().enumerate() {
        let rows = case.facts.iter().filter(|(name, _)| *name == rel.name);
        let rows: Vec<_> = rows.flat_map(|(_, rows)| rows.clone()).collect();
        input.rows.insert(RelId(i as u32), rows);
    }
    input
}

/// Nothing if it is too large to say anything.
pub fn by_oracle(
    program: &typed::Program,
    strata: &Strata,
    input: &oracle::Input,
) -> Option<Outcome> {
    match oracle::run(program, &strata.of_rule, strata.count, input, &LIMITS) {
        Ok(state) => {
            let rels = program.rels.iter().zip(&state.rows);
            let facts =
                rels.flat_map(|(rel, rows)| rows.iter().map(|row| oracle::fact(rel, row, program)));
            Some(Ok(facts.collect()))
        }
        Err(failure) if failure.kind == Kind::Limit => None,
        Err(failure) => Some(Err(match &failure.kind {
            Kind::KeyConflict(conflict) => {
                format!("KeyConflict of {}", program.rels[conflict.rel.index()].name)
            }
            Kind::PointConflict(conflict) => {
                format!("PointConflict of {}", program.rels[conflict.rel.index()].name)
            }
            kind => {
                // A sum overflows like anything else.
                let name = if *kind == Kind::SumOverflow { "Overflow" } else { kind.name() };
                let rule = failure.rule.map_or(0, |rule| rule.0);
                format!("{name} in rule {rule} at {:?}", failure.span)
            }
        })),
    }
}

/// Rows of a relation, in the words of an engine.
pub fn engine_words(engine: &mut Engine, rel: RelId, rows: &[Vec<Value>]) -> Vec<u64> {
    let types = engine.plan().types.clone();
    let declared = engine.plan().rels[rel.index()].declared.clone();
    words(&types, &declared, rows, engine.interner_mut())
}

/// Rows of these columns, in the words of an interner.
pub fn words(
    types: &[ir::Type],
    declared: &[ir::Declared],
    rows: &[Vec<Value>],
    interner: &mut Interner,
) -> Vec<u64> {
    let values = rows.iter().flat_map(|row| row.iter().zip(declared));
    values.map(|(value, column)| word(types, column.ty, value, interner)).collect()
}

/// An engine with the rows loaded.
pub fn loaded(
    program: &typed::Program,
    strata: &Strata,
    input: &oracle::Input,
    sizes: &Sizes,
) -> Engine {
    let mut engine = Engine::new(plan::build(program, strata, &Sizes::default()));
    for (rel, rows) in &input.rows {
        let words = engine_words(&mut engine, *rel, rows);
        engine.load(*rel, &words);
    }
    engine.replan(plan::build(program, strata, sizes));
    engine
}

pub fn by_kernel(
    program: &typed::Program,
    strata: &Strata,
    input: &oracle::Input,
    sizes: &Sizes,
) -> Outcome {
    let mut engine = loaded(program, strata, input, sizes);
    let limits = Limits {
        rows: Some(3_000_000),
        seconds: Some(20.0),
        replan_rows: Some(1),
        ..Limits::default()
    };
    // Plans change in the middle, between those for all these sizes.
    let all = self::sizes(program, input);
    let mut turn = 0;
    let mut again = |_: &Engine| {
        turn += 1;
        plan::build(program, strata, &all[turn % all.len()])
    };
    match engine.run_planning(&limits, Some(&mut again)) {
        Ok(()) => Ok((0..program.rels.len()).flat_map(|i| facts(&mut engine, i)).collect()),
        Err(failure) => Err(failed(program, &failure)),
    }
}

/// Which failure it is.
pub fn failed(program: &typed::Program, failure: &Failure) -> String {
    match failure {
        Failure::Expr { source_rule, kind, span, .. } => {
            format!("{kind:?} in rule {source_rule} at {span:?}")
        }
        Failure::KeyConflict { rel, .. } => {
            format!("KeyConflict of {}", program.rels[rel.index()].name)
        }
        Failure::PointConflict { rel, .. } => {
            format!("PointConflict of {}", program.rels[rel.index()].name)
        }
        other => format!("{other:?}"),
    }
}

/// The rows of a collection as facts.
pub fn facts(engine: &mut Engine, rel: usize) -> Vec<String> {
    let rows = texts(engine, rel);
    let name = &engine.plan().rels[rel].name;
    rows.into_iter().map(|row| format!("{name}{row}")).collect()
}

/// The rows of a collection as text: `(1, "a")`.
pub fn texts(engine: &mut Engine, rel: usize) -> Vec<String> {
    let words = engine.rows(RelId(rel as u32));
    let plan = engine.plan();
    let ir::Rel { declared, .. } = &plan.rels[rel];
    if declared.is_empty() {
        return vec!["()".to_string(); engine.len(RelId(rel as u32))];
    }
    let row = |row: &[u64]| {
        let columns = row.iter().zip(declared).map(|(word, column)| {
            let mut out = Vec::new();
            text::literal(&plan.types, column.ty, *word, engine.interner(), &mut out);
            String::from_utf8_lossy(&out).into_owned()
        });
        format!("({})", columns.collect::<Vec<_>>().join(", "))
    };
    words.chunks(declared.len().max(1)).map(row).collect()
}

/// Sizes that make the planner choose: those of the loaded rows, and wild guesses.
pub fn sizes(program: &typed::Program, input: &oracle::Input) -> Vec<Sizes> {
    let loaded = |i: usize| input.rows.get(&RelId(i as u32)).map_or(0, Vec::len) as u64;
    let guess = |i: usize| (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
    let all = 0..program.rels.len();
    let columns = |i: usize| program.rels[i].cols.len();
    vec![
        Sizes::default(),
        Sizes {
            rows: all.clone().map(|i| Some(loaded(i))).collect(),
            distinct: vec![Vec::new(); all.len()],
            ..Sizes::default()
        },
        Sizes {
            rows: all.clone().map(|i| Some(guess(i + 1))).collect(),
            distinct: all
                .map(|i| (0..columns(i)).map(|c| guess(i * 7 + c) / 3).collect())
                .collect(),
            ..Sizes::default()
        },
    ]
}

/// A program with its rows, and what the oracle makes of it.
pub struct Task {
    pub program: typed::Program,
    pub strata: Strata,
    pub input: oracle::Input,
    pub wanted: Outcome,
}

impl Task {
    /// Nothing if there is nothing to compare.
    pub fn of(case: &Case, counts: &Counts) -> Option<Task> {
        let (program, strata) = programs::compiled(case, counts)?;
        let input = input(&program, case);
        let Some(wanted) = by_oracle(&program, &strata, &input) else {
            counts.add("too large");
            return None;
        };
        counts.add(if wanted.is_ok() { "rows" } else { "failures" });
        Some(Task { program, strata, input, wanted })
    }
}

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let Some(Task { program, strata, input, wanted }) = &Task::of(case, counts) else {
        return Ok(());
    };
    for sizes in sizes(program, input) {
        let found = by_kernel(program, strata, input, &sizes);
        if found != *wanted {
            let plan = plan::plan_text(&plan::build(program, strata, &sizes));
            return Err(format!("{}\nby the plan\n{plan}", difference(wanted, &found)));
        }
    }
    Ok(())
}

pub fn difference(wanted: &Outcome, found: &Outcome) -> String {
    match (wanted, found) {
        (Ok(wanted), Ok(found)) => {
            let missing: Vec<_> = wanted.iter().filter(|f| !found.contains(f)).collect();
            let extra: Vec<_> = found.iter().filter(|f| !wanted.contains(f)).collect();
            format!("missing {missing:?}, not wanted {extra:?}, or in another order")
        }
        _ => format!("wanted {wanted:?}, found {found:?}"),
    }
}

#[test]
fn the_kernel_agrees_on_random_programs() {
    programs::on_random(400, random::Programs, compare).at_least("rows", 301);
}

#[test]
fn the_kernel_agrees_on_the_pages() {
    programs::on_pages(compare);
}

/// Alone, as an argument of a condition, and where the plan cannot compute it
/// beforehand: the examples of all functions.
#[test]
fn the_kernel_agrees_on_the_examples_of_functions() {
    let counts = Counts::default();
    let mut wrong = Vec::new();
    for builtin in builtins::TABLE {
        for (example, wanted) in builtin.examples {
            let source = format!(
                "table one(n: int);\none(1);\noutput r(s: str);\n\
                 r(\"{{x}}\") <= one(_), x = ({});\nr(\"{{x}}!\") <= one(n), x = ({example}), n == 1;\n",
                example
            );
            let case = Case { source, ..Case::default() };
            if let Err(why) = compare(&case, &counts) {
                wrong.push(format!("{example}, which is {wanted}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(counts.of("refused"), 0, "all are well typed: {counts:?}");
    assert!(counts.of("rows") >= 350, "they were compared: {counts:?}");
}

//! Programs spread over workers against one worker alone: the same rows, or a
//! failure alike, however many workers there are.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::TestCaseError;

use bloom::dataflow::evaluation::Setup;
use bloom::dataflow::job::Order;
use bloom::dataflow::stock::Stock;
use bloom::dataflow::whole::Whole;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::value::merge::Merge;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::groups::Groups;
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

use crate::blocks::Block;
use crate::blocks::blocks;
use crate::oracle::Outcome;
use crate::oracle::by_kernel;
use crate::oracle::difference;
use crate::oracle::facts;
use crate::oracle::failed;
use crate::oracle::input;
use crate::oracle::loaded;
use crate::oracle::sizes;

/// What an engine was loaded with, as it was read.
fn stock(engine: &mut Engine, rels: usize) -> Stock {
    let mut stock = Stock::new();
    for rel in (0..rels).map(|rel| RelId(rel as u32)) {
        let count = engine.len(rel);
        if count > 0 {
            stock.add(rel, engine.rows_as_they_lie(rel), count);
        }
    }
    stock
}

fn by_workers(
    program: &typed::Program,
    strata: &Strata,
    input: &oracle::Input,
    sizes: &Sizes,
    workers: usize,
    threads: bool,
) -> Outcome {
    let mut start = loaded(program, strata, input, sizes);
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let read = (
        stock(&mut start, program.rels.len()),
        std::mem::take(start.interner_mut()),
        sizes.clone(),
    );
    let setup = Setup::new((program.clone(), strata.clone()), read, (workers, 0..workers), &limits);
    let mut whole = match threads {
        true => Whole::in_threads(setup).expect("threads start"),
        false => Whole::in_one_thread(setup),
    };
    let (_, mut failure) = whole.order(Order::Load).expect("workers go on");
    let mut gates = 0;
    if failure.is_none() {
        let report;
        (report, failure) = whole.order(Order::Run).expect("workers go on");
        gates = report.gates;
    }
    let mut gathered = whole.end().expect("workers end");
    if let (None, Some(spread)) = (&failure, gathered.spread()) {
        let planned = Groups::of(spread).frontiers();
        assert_eq!(gates, planned as u64, "gates that were passed, and those of the plan");
    }
    if let Some(failure) = failure {
        return Err(failed(program, &failure));
    }
    let mut all = Engine::new(plan::build(program, strata, &Sizes::default()));
    for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
        let declared = &gathered.plan().rels[rel.index()].declared;
        let cols: Vec<ir::TypeId> = declared.iter().map(|col| col.ty).collect();
        let mut words = gathered.rows(rel);
        if cols.is_empty() && gathered.len(rel) > 0 {
            all.load_unit(rel);
        }
        let types = all.plan().types.clone();
        let mut merge = Merge::new(&types, gathered.interner());
        for row in words.chunks_exact_mut(cols.len().max(1)) {
            for (word, ty) in row.iter_mut().zip(&cols) {
                *word = merge.word(*ty, *word, all.interner_mut());
            }
        }
        all.load(rel, &words);
    }
    Ok((0..program.rels.len()).flat_map(|i| facts(&mut all, i)).collect())
}

type Counts = RefCell<BTreeMap<&'static str, usize>>;

fn compare(case: &Case, counts: &Counts) -> Result<(), String> {
    let count = |what: &'static str| *counts.borrow_mut().entry(what).or_default() += 1;
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let Some((program, strata)) = compiled.typed.as_ref().zip(compiled.strata.as_ref()) else {
        count("refused");
        return Ok(());
    };
    let input = input(program, case);
    let all = sizes(program, &input);
    let wanted = by_kernel(program, strata, &input, &all[0]);
    count(if wanted.is_ok() { "rows" } else { "failures" });
    for (sizes, workers) in all.iter().zip([1, 2, 4]) {
        for threads in [false, true] {
            let found = by_workers(program, strata, &input, sizes, workers, threads);
            if found != wanted {
                return Err(format!("{workers} workers: {}", difference(&wanted, &found)));
            }
        }
    }
    Ok(())
}

#[test]
fn workers_agree_on_random_programs() {
    let counts = Counts::default();
    let result = random::runner(200).run(&random::Programs, |pieces| {
        compare(&pieces.case(), &counts).map_err(TestCaseError::fail)
    });
    println!("{:?}", counts.borrow());
    if let Err(error) = result {
        panic!("{error}");
    }
    let rows = counts.borrow().get("rows").copied().unwrap_or(0);
    assert!(rows > 150 || std::env::var("BLOOM_CASES").is_ok(), "{rows} programs were compared");
}

#[test]
fn workers_agree_on_the_pages() {
    let page = include_str!("../../../compiler/spec/run.md");
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for block in blocks(page).into_iter().filter(Block::is_program) {
        let case = Case { source: block.text, ..Case::default() };
        let heading = block.heading;
        match std::panic::catch_unwind(|| compare(&case, &Counts::default())) {
            Ok(Ok(())) => agreed += 1,
            Ok(Err(why)) => wrong.push(format!("{heading}: {why}")),
            Err(_) => wrong.push(format!("{heading}: panics")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agreed >= 80, "{agreed} pages were run");
}

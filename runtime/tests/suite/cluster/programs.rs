//! Programs over two processes against one worker alone: the same rows, or a
//! failure alike. The rows that are read are divided among the processes, some
//! of them given to both. A process is a thread here.

use std::sync::Arc;
use std::thread;

use proptest::test_runner::TestCaseError;

use bloom::cluster::allocators::allocators;
use bloom::cluster::node::Node;
use bloom::dataflow::crew::Crew;
use bloom::dataflow::evaluation::Evaluation;
use bloom::dataflow::evaluation::Setup;
use bloom::dataflow::job::Order;
use bloom::dataflow::job::ready;
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
use bloom_compiler::plan::ir;
use bloom_compiler::types::typed;

use crate::cluster::meetings::all;
use crate::cluster::meetings::hosts;
use crate::cluster::meetings::key;
use crate::cluster::meetings::terms;
use crate::oracle::by_kernel;
use crate::oracle::difference;
use crate::oracle::facts;
use crate::oracle::input;
use crate::oracle::loaded;
use crate::oracle::sizes;

/// A program and its strata.
type Program = (typed::Program, Strata);

/// What a process reads: every other row, and every fifth again.
fn part(input: &oracle::Input, process: usize) -> oracle::Input {
    let mut part = oracle::Input::default();
    for (rel, rows) in &input.rows {
        let mine = |(i, _): &(usize, &_)| i % 2 == process || i % 5 == 0;
        let rows = rows.iter().enumerate().filter(mine).map(|(_, row)| row.clone());
        part.rows.insert(*rel, rows.collect());
    }
    part
}

/// The workers of one process.
fn begin(node: &Node, (program, strata): &Program, part: &oracle::Input, sizes: &Sizes) -> Whole {
    let mut start = loaded(program, strata, part, sizes);
    let mut stock = Stock::new();
    for rel in (0..program.rels.len()).map(|rel| RelId(rel as u32)) {
        let count = start.len(rel);
        if count > 0 {
            stock.add(rel, start.rows_as_they_lie(rel), count);
        }
    }
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let read = (stock, std::mem::take(start.interner_mut()), sizes.clone());
    let first = node.me() * node.workers();
    let workers = (node.processes() * node.workers(), first..first + node.workers());
    let setup = Arc::new(Setup::new((program.clone(), strata.clone()), read, workers, &limits));
    let (builders, others) = allocators(node).expect("threads");
    let jobs = Evaluation::all(&setup);
    let jobs = jobs.into_iter().map(ready).collect();
    Whole::of(setup, Crew::over(builders, others, jobs, first).expect("threads"))
}

/// What comes of it; nothing if it fails.
fn by_processes(
    program: &Program,
    input: &oracle::Input,
    sizes: &Sizes,
    workers: u16,
) -> Option<Vec<String>> {
    let hosts = hosts(2);
    let who = |i| (bloom::cluster::hello::Terms { workers, ..terms(&hosts, i) }, key(1));
    let mut nodes = all(&hosts, vec![who(0), who(1)], 20.0).into_iter();
    let first = nodes.next().and_then(Result::ok).expect("they meet");
    let second = nodes.next().and_then(Result::ok).expect("they meet");
    let other = {
        let (program, sizes, part) = (program.clone(), sizes.clone(), part(input, 1));
        thread::spawn(move || {
            let ended = begin(&second, &program, &part, &sizes).end();
            assert!(ended.is_ok(), "{:?}", ended.err());
            second.watch()
        })
    };
    let mut whole = begin(&first, program, &part(input, 0), sizes);
    let (_, mut failure) = whole.order(Order::Load).expect("workers go on");
    if failure.is_none() {
        (_, failure) = whole.order(Order::Run).expect("workers go on");
    }
    if failure.is_none() {
        let rels = (0..program.0.rels.len()).collect();
        (_, failure) = whole.order(Order::Give(rels)).expect("workers go on");
    }
    let mut gathered = whole.end().expect("workers end");
    assert!(first.leave(0, ""));
    other.join().expect("no panic");
    if failure.is_some() {
        return None;
    }
    let (program, strata) = program;
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
    Some((0..program.rels.len()).flat_map(|i| facts(&mut all, i)).collect())
}

fn compare(case: &Case) -> Result<(), String> {
    let compiled = driver::check("random.bloom", &case.source, &driver::Options::default());
    let Some((program, strata)) = compiled.typed.zip(compiled.strata) else { return Ok(()) };
    let input = input(&program, case);
    let all = sizes(&program, &input);
    let wanted = by_kernel(&program, &strata, &input, &all[0]);
    let program = (program, strata);
    for (sizes, workers) in all.iter().zip([1, 2]) {
        let found = by_processes(&program, &input, sizes, workers);
        match (&wanted, found) {
            (Ok(wanted), Some(found)) if *wanted == found => {}
            (Err(_), None) => {}
            (wanted, found) => {
                let found = found.ok_or_else(|| "a failure".to_owned());
                return Err(format!("2 x {workers}: {}", difference(wanted, &found)));
            }
        }
    }
    Ok(())
}

#[test]
fn processes_agree_on_random_programs() {
    let result = random::runner(40)
        .run(&random::Programs, |pieces| compare(&pieces.case()).map_err(TestCaseError::fail));
    if let Err(error) = result {
        panic!("{error}");
    }
}

//! Programs over two processes against the oracle: the same rows, or a failure.
//! The rows that are read are divided among the processes, some of them given to
//! both. A process is a thread here.

use std::sync::Arc;
use std::thread;

use bloom::cluster::allocators::allocators;
use bloom::cluster::node::Node;
use bloom::dataflow::crew::Crew;
use bloom::dataflow::evaluation::Evaluation;
use bloom::dataflow::evaluation::Setup;
use bloom::dataflow::job::Order;
use bloom::dataflow::job::ready;
use bloom::dataflow::whole::Whole;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::oracle;
use bloom_compiler::oracle::random;
use bloom_compiler::oracle::random::Case;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::types::typed;

use crate::cluster::meetings::all;
use crate::cluster::meetings::hosts;
use crate::cluster::meetings::key;
use crate::cluster::meetings::terms;
use crate::oracle::Task;
use crate::oracle::difference;
use crate::oracle::sizes;
use crate::programs;
use crate::programs::Counts;
use crate::spread::held;
use crate::spread::stock;

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
    let mut start = Engine::new(plan::build(program, strata, sizes));
    let stock = stock(&mut start, part);
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
    let gathered = whole.end().expect("workers end");
    assert!(first.leave(0, ""));
    other.join().expect("no panic");
    if failure.is_some() {
        return None;
    }
    let (program, strata) = program;
    Some(held(program, strata, gathered))
}

fn compare(case: &Case, workers: &[u16], counts: &Counts) -> Result<(), String> {
    let Some(Task { program, strata, input, wanted }) = Task::of(case, counts) else {
        return Ok(());
    };
    let all = sizes(&program, &input);
    let program = (program, strata);
    for (sizes, workers) in all.iter().zip(workers) {
        let found = by_processes(&program, &input, sizes, *workers);
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
    let compare = |case: &Case, counts: &Counts| compare(case, &[1, 2], counts);
    programs::on_random(40, random::Programs, compare).at_least("rows", 20);
}

#[test]
fn processes_agree_on_the_pages() {
    programs::on_pages(|case, counts| compare(case, &[2], counts));
}

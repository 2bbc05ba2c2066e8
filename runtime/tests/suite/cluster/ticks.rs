//! Nodes that tick over two processes against the oracle: in every tick all
//! collections have the rows that one machine has, and what fails, fails alike.
//! A process is a thread here.

use std::thread;

use bloom::cluster::allocators::allocators;
use bloom::cluster::hello::Terms;
use bloom::cluster::node::Node;
use bloom::dataflow::node::Body;
use bloom::dataflow::node::Company;
use bloom::dataflow::node::Setup;
use bloom::dataflow::node::Workers;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom_compiler::oracle::random;
use bloom_compiler::types::typed;

use crate::cluster::meetings::all;
use crate::cluster::meetings::hosts;
use crate::cluster::meetings::key;
use crate::cluster::meetings::terms;
use crate::programs;
use crate::ticks;
use crate::ticks::Manner;
use crate::ticks::check;
use crate::ticks::compare;

/// Two processes with so many workers each.
pub fn by_processes(workers: usize) -> Manner {
    let workers = ticks::workers(2 * workers);
    Manner { workers, begins: Some(begin), ..Manner::default() }
}

/// What ticks at the first of two processes; the other one follows it.
fn begin(program: &typed::Program, engine: Engine, workers: &Workers) -> Body {
    let hosts = hosts(2);
    let each = (workers.count / 2) as u16;
    let who = |i| (Terms { workers: each, ticks: i == 0, ..terms(&hosts, i) }, key(1));
    let mut nodes = all(&hosts, vec![who(0), who(1)], 20.0).into_iter();
    let first = nodes.next().and_then(Result::ok).expect("they meet");
    let second = nodes.next().and_then(Result::ok).expect("they meet");
    assert!(second.ticks(), "the first one decides");
    let other = company(program, &second);
    let company = company(program, &first);
    thread::spawn(move || {
        assert_eq!(other.follow(), Ok(()));
        second.leave(0, "")
    });
    thread::spawn(move || first.watch());
    Body::over(program, engine, workers, company)
}

fn company(program: &typed::Program, node: &Node) -> Company {
    let all = node.processes() * node.workers();
    let first = node.me() * node.workers();
    let limits = Limits { rows: Some(3_000_000), seconds: Some(20.0), ..Limits::default() };
    let setup = Setup::new(program, None, all, &limits, None);
    let builders = allocators(node).expect("threads");
    Company::begin(setup, first..first + node.workers(), builders).expect("threads")
}

#[test]
fn processes_tick_alike_on_random_programs() {
    let counts = programs::on_random(40, random::Timed, |case, counts| {
        compare(case, &by_processes(1), counts).map_err(|why| format!("2 x 1: {why}"))?;
        compare(case, &by_processes(2), counts).map_err(|why| format!("2 x 2: {why}"))
    });
    counts.at_least("ticks", 150);
}

#[test]
fn processes_tick_alike_on_the_pages() {
    ticks::on_every_page(|program, wanted| check(program, wanted, &by_processes(2)));
}

//! Views that dataflows follow must have the rows that a run from scratch gives
//! them, whatever comes and goes, after chains that were undone and after values
//! were forgotten; and where a tick fails, it must fail alike.

use bloom::dataflow::node::Body;
use bloom::kernel::Choice;
use bloom::kernel::Failure;
use bloom::kernel::Limits;
use bloom::kernel::Rows;
use bloom::kernel::TickInput;
use bloom::kernel::unfollowed;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::oracle::random;

use crate::programs;
use crate::programs::chosen;
use crate::ticks;
use crate::upkeep;

#[test]
fn dataflows_agree_with_runs_from_scratch() {
    let (first, cases) = (chosen("BLOOM_SEED").unwrap_or(1), chosen("BLOOM_CASES").unwrap_or(120));
    let mut done = [0; 3];
    for seed in first..first + cases {
        if let Err(why) = upkeep::play(seed, &Choice::Dataflow.into(), &mut done) {
            panic!("{why}");
        }
    }
    let [fine, failed, _] = done;
    println!("{fine} ticks went well, {failed} failed");
    assert!(fine as u64 > cases, "{done:?}");
}

#[test]
fn dataflows_agree_with_the_oracle_on_random_programs() {
    programs::on_random(100, random::Timed, |case, counts| {
        ticks::compare(case, &Choice::Dataflow.into(), counts)
    });
}

#[test]
fn dataflows_agree_with_the_pages() {
    ticks::on_every_page(|program, wanted| ticks::check(program, wanted, &Choice::Dataflow.into()));
}

/// A tree of so many nodes.
const NODES: u64 = 40_000;
/// Ticks that lose an edge and gain the one before.
const TICKS: u64 = 60;

const REACH: &str = "input table edge(a: int, b: int); input table source(a: int);
    view reach(x: int); reach(x) <= source(x); reach(y) <= reach(x), edge(x, y);";

fn machine_of(text: &str, choice: Choice) -> Body {
    let compiled = driver::check("views.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let mut machine = ticks::machine(&compiled, &ticks::workers(1)).expect("it has no errors");
    machine.choose(choice);
    machine
}

fn tick(machine: &mut Body, given: &[(u32, &[u64])], gone: &[u64]) -> Vec<u64> {
    let rows = |rel: u32, words: &[u64]| {
        let width = if rel == 0 { 2 } else { 1 };
        Rows { rel: RelId(rel), count: words.len() / width, words: words.to_vec() }
    };
    let insert = given.iter().map(|(rel, words)| rows(*rel, words)).collect();
    let input = TickInput { insert, delete: vec![rows(0, gone)] };
    machine.begin();
    machine.tick(&input, &Limits::default()).expect("nothing fails");
    machine.commit();
    machine.engine_mut().rows(RelId(2))
}

fn told(machine: &Body) -> String {
    let rules = machine.stats().rules;
    rules.into_iter().filter_map(|rule| rule.follows).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_large_view_that_loses_rows_gets_a_dataflow() {
    let edges: Vec<u64> = (1..NODES).flat_map(|node| [node * 7 / 8, node]).collect();
    let all = [Choice::Cheaper, Choice::Kernel];
    let [mut chosen, mut kernel] = all.map(|choice| machine_of(REACH, choice));
    let first = [(0, &edges[..]), (1, &[0][..])];
    for machine in [&mut chosen, &mut kernel] {
        assert_eq!(tick(machine, &first, &[]).len() as u64, NODES);
    }
    let mut before: Vec<u64> = Vec::new();
    for number in 0..TICKS {
        let at = (number * 97 % (NODES - 1)) as usize * 2;
        let gone = edges[at..at + 2].to_vec();
        let given = [(0, &before[..])];
        let rows = tick(&mut chosen, &given, &gone);
        assert_eq!(rows, tick(&mut kernel, &given, &gone), "tick {number}");
        // A clone goes on by itself.
        if number == TICKS / 2 {
            let mut clone = chosen.clone();
            assert_eq!(tick(&mut clone, &[(0, &gone)], &[]).len() as u64, NODES);
        }
        before = gone;
    }
    assert!(told(&chosen).contains("followed by a dataflow"), "{}", told(&chosen));
    assert!(!told(&kernel).contains("followed by"), "{}", told(&kernel));
}

#[test]
fn a_dataflow_that_does_not_pay_is_given_up() {
    let tc = "input table edge(a: int, b: int); input table source(a: int);
        view tc(x: int, y: int); tc(x, y) <= edge(x, y); tc(x, z) <= tc(x, y), edge(y, z);";
    let nodes = 300;
    let ring = (0..nodes).flat_map(|node| [node, (node + 1) % nodes]);
    let edges: Vec<u64> = ring.collect();
    let mut machine = machine_of(tc, Choice::Cheaper);
    assert_eq!(tick(&mut machine, &[(0, &edges)], &[]).len() as u64, 2 * nodes * nodes);
    // Whatever edge goes, most of it goes with it.
    for number in 0..TICKS as usize {
        let at = number % nodes as usize * 2;
        let gone = edges[at..at + 2].to_vec();
        let rest = nodes * (nodes - 1) / 2;
        assert_eq!(tick(&mut machine, &[], &gone).len() as u64, 2 * rest);
        assert_eq!(tick(&mut machine, &[(0, &gone)], &[]).len() as u64, 2 * nodes * nodes);
    }
    assert!(told(&machine).contains("because a dataflow cost more"), "{}", told(&machine));
}

#[test]
fn what_is_said_is_done() {
    for attribute in ["@incremental", "@recompute"] {
        let text = REACH.replace("view reach", &format!("{attribute} view reach"));
        let mut machine = machine_of(&text, Choice::Cheaper);
        assert_eq!(tick(&mut machine, &[(0, &[0, 1, 1, 2]), (1, &[0])], &[]), [0, 1, 2]);
        assert_eq!(tick(&mut machine, &[], &[0, 1]), [0]);
        let wanted = format!("as `{attribute}` says");
        assert!(told(&machine).contains(&wanted), "{}", told(&machine));
    }
}

#[test]
fn a_build_without_dataflows_refuses_to_be_asked_for_one() {
    let asks = |attribute: &str| {
        let text = REACH.replace("view reach", &format!("{attribute} view reach"));
        let compiled = driver::check("views.bloom", &text, &driver::Options::default());
        let program = compiled.typed.expect("it has no errors");
        let titles = [false, true].map(|is_there| unfollowed(&program, is_there));
        titles.map(|found| found.map(|found| found.title))
    };
    let said = "no dataflow can follow `reach`".to_owned();
    assert_eq!(asks("@incremental"), [Some(said), None]);
    assert_eq!(asks("@recompute"), [None, None]);
    assert_eq!(asks(""), [None, None]);
}

#[test]
fn a_view_that_never_ends_meets_its_limit() {
    let text = "input table edge(a: int, b: int); input table source(a: int);
        view up(x: int); up(x) <= source(x); up(y) <= up(x), y = x + 1;";
    let mut machine = machine_of(text, Choice::Dataflow);
    let source = Rows { rel: RelId(1), count: 1, words: vec![0] };
    let limits = Limits { rows: Some(500), ..Limits::default() };
    machine.begin();
    let input = TickInput { insert: vec![source], delete: Vec::new() };
    let end = machine.tick(&input, &limits);
    assert!(matches!(end, Err(Failure::Limit { which: "--max-rows", .. })), "{end:?}");
    machine.rollback();
    assert_eq!(tick(&mut machine, &[], &[]), Vec::<u64>::new());
}

//! Broadcasts and commit protocols whose verdicts the literature has: each is
//! gone through in steps, and comes to the same verdict, with as few faults as
//! can be. And tests of all orders, and of runs that are chosen by what was new.

use std::fs;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use bloom::kernel::Limits;
use bloom::testing::nodes::Play;
use bloom::testing::nodes::Searched;
use bloom::testing::nodes::Way;
use bloom::testing::nodes::Wish;
use bloom::testing::nodes::guided;
use bloom::testing::nodes::hunt;
use bloom::testing::nodes::lineage;
use bloom::testing::nodes::lockstep;
use bloom::testing::nodes::orders;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::names::scenarios::Steps;

/// What one verdict may take.
const TIME: Duration = Duration::from_secs(10);

/// A program, the number of its test, bounds, and how many faults the least
/// counterexample has, if there is one.
type Row = (&'static str, usize, [u32; 3], Option<usize>);

const TABLE: [Row; 25] = [
    ("simplog", 0, [6, 3, 0], Some(1)),
    ("rdlog", 0, [6, 3, 0], None),
    ("rdlog", 0, [6, 3, 1], Some(2)),
    ("classic_rb", 0, [6, 3, 0], Some(2)),
    ("classic_rb", 0, [6, 0, 2], None),
    ("replog", 0, [6, 3, 0], None),
    ("replog", 0, [6, 3, 1], None),
    ("ack_rb", 0, [6, 3, 1], None),
    ("two_phase", 0, [7, 3, 0], None),
    ("two_phase", 0, [6, 3, 1], Some(1)),
    ("two_phase", 0, [6, 0, 1], Some(1)),
    ("two_phase", 0, [6, 0, 2], Some(1)),
    ("two_phase", 1, [6, 0, 1], Some(1)),
    ("two_phase", 1, [6, 0, 2], Some(1)),
    ("two_phase_timeout", 1, [6, 0, 1], None),
    ("two_phase_timeout", 1, [6, 0, 2], None),
    ("two_phase_timeout", 0, [6, 0, 1], Some(1)),
    ("two_phase_timeout", 0, [6, 0, 2], Some(1)),
    ("two_phase_ctp", 0, [6, 0, 1], Some(1)),
    ("two_phase_ctp", 0, [6, 0, 2], Some(1)),
    ("three_phase", 0, [8, 0, 1], None),
    ("three_phase", 0, [8, 0, 2], None),
    ("three_phase", 0, [9, 7, 1], Some(1)),
    ("kafka", 0, [7, 4, 1], Some(3)),
    ("kafka", 0, [7, 4, 0], None),
];

fn compiled(name: &str, text: &str) -> Compiled {
    let compiled = driver::check(name, text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{name}: {:?}", compiled.diagnostics);
    compiled
}

fn program(name: &str) -> Compiled {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lockstep");
    let text = fs::read_to_string(folder.join(format!("{name}.bloom"))).expect("it is there");
    compiled(name, &text)
}

fn play(compiled: &Compiled, test: usize) -> Play<'_> {
    let scenarios = compiled.scenarios.as_ref().expect("a test of many nodes");
    Play::new(scenarios, test, &Limits::default()).expect("what it states has values")
}

fn searched(of: &Row, way: Way) -> Searched {
    let (name, test, [last, losses, crashes], _) = *of;
    let compiled = program(name);
    let mut play = play(&compiled, test);
    let found = lockstep(&mut play, Steps { last, losses, crashes }, way);
    found.unwrap_or_else(|told| panic!("{of:?}: {} {:?}", told.title, told.notes))
}

#[test]
fn verdicts_are_those_of_the_literature() {
    for row in &TABLE {
        let start = Instant::now();
        let found = searched(row, Way::All);
        assert_eq!(found.broken.as_ref().map(|_| found.happens.len()), row.3, "{row:?}");
        assert!(start.elapsed() < TIME, "{row:?} took {:?}", start.elapsed());
    }
}

#[test]
fn what_good_runs_rest_on_leads_to_the_same_verdicts() {
    // Who acknowledges rests on every acknowledgement: too many to take away.
    for row in TABLE.iter().filter(|row| row.0 != "ack_rb") {
        let found = searched(row, Way::Lineage);
        assert_eq!(found.broken.as_ref().map(|_| found.happens.len()), row.3, "{row:?}");
    }
}

/// Whatever the network says, and the test is.
fn nodes(rules: &str, test: &str) -> Compiled {
    let text = format!("input put(x: str);\n{rules}\ntest \"t\" {{ {test} }}\n");
    compiled("orders.bloom", &text)
}

const SET: &str = "channel add(@to: node, x: str);
table items(x: str);
items(x) <= put(x);
items(x) <= add(_, x);
add(n, x) <~ put(x), members(n, \"node\"), n != me;
output view all(x: str);
all(x) <= items(x);";

#[test]
fn all_orders_of_a_set_are_as_many_as_can_be_counted() {
    // Nine things happen, and three of them come before two others each: that
    // is 9! / 3^3 orders.
    let test = "nodes node: 3; node[0] at 1ms { put(\"a\"); } node[1] at 1ms { put(\"b\"); }
        node[2] at 1ms { put(\"c\"); } eventually { agree node: items; }";
    let compiled = nodes(SET, test);
    let found = orders(&mut play(&compiled, 0)).expect("it is small");
    assert_eq!((found.runs, found.broken.is_none()), (13_440, true), "{}", found.covered);
}

#[test]
fn a_set_does_not_agree_when_messages_are_lost() {
    let test = "nodes node: 2; network { loss 1%; } node[0] at 1ms { put(\"a\"); }
        eventually { agree node: items; }";
    let compiled = nodes(SET, test);
    let found = orders(&mut play(&compiled, 0)).expect("it is small");
    assert!(found.broken.is_some(), "{}", found.covered);
}

#[test]
fn a_counter_that_messages_add_to_knows_copies() {
    let rules = "channel one(@to: node);
table count(=> n: int);
count(0);
count(n + 1) <+- one(_), count(n);
one(m) <~ put(_), members(m, \"node\"), m != me;
output view value(n: int);
value(n) <= count(n);";
    let test = "nodes node: 2; NETWORK node[0] at 1ms { put(\"a\"); }
        always { not (node.count(_, n) and n > 1); }";
    let found = |network: &str| {
        let compiled = nodes(rules, &test.replace("NETWORK", network));
        orders(&mut play(&compiled, 0)).expect("it is small").broken.is_some()
    };
    assert_eq!([found(""), found("network { duplicate 1%; }")], [false, true]);
}

#[test]
fn what_is_too_large_or_not_searched_is_refused() {
    let refused = |rules: &str, test: &str| {
        let compiled = nodes(rules, test);
        let told = orders(&mut play(&compiled, 0)).expect_err("it is refused");
        format!("{}: {}", told.title, told.notes.join(" "))
    };
    let ping = "channel ping(@to: node, x: str);
ping(n, x) <~ put(x), members(n, \"node\"), n != me;
ping(n, x) <~ ping(_, x), members(n, \"node\"), n != me;
output heard(x: str);
heard(x) <= ping(_, x);";
    let ping = refused(
        ping,
        "nodes node: 2; node[0] at 1ms { put(\"a\"); }
        always { not node.heard(_, \"b\"); }",
    );
    assert!(ping.contains("too large") && ping.contains("follow each other"), "{ping}");
    let beat = "periodic beat every 1s;\noutput heard(x: str);\nheard(x) <= put(x), beat(_);";
    let test = "nodes node: 2; always { not node.heard(_, \"b\"); }";
    let beat = refused(beat, test);
    assert!(beat.contains("not supported yet") && beat.contains("periodic `beat`"), "{beat}");
}

/// A client gives up after four tries, each of which takes two messages.
const DEEP: &str = r#"channel ask(@to: node, from: node, n: int);
channel answer(@to: node, n: int);
periodic again every 50ms;

role server {
  table asked(by: node, n: int);
  asked(f, n) <= ask(_, f, n);
  answer(f, n) <~ ask(_, f, n);
  output view known(n: int);
  known(n) <= asked(_, n);
}

role client(server: node) {
  input go(n: int);
  table open(n: int);
  table tries(n: int => times: int);
  table given_up(n: int);
  open(n) <= go(n);
  tries(n, 0) <+- go(n);
  ask(server, me, n) <~ go(n);
  ask(server, me, n) <~ again(_), open(n), tries(n, t), t < 3;
  tries(n, t + 1) <+- again(_), open(n), tries(n, t), t < 3;
  open(n) <- answer(_, n);
  given_up(n) <= again(_), open(n), tries(n, 3);
  output view lost(n: int);
  lost(n) <= given_up(n);
}

test "no request is given up" {
  nodes server: 1, client(server: server[0]): 1;
  network { loss 4%; }
  client[0] at 10ms { go(1); }
  always { not client.given_up(_, _); }
  eventually within 300ms { not client.open(_, 2); }
}
"#;

/// By chance it takes (1 / (1 - 0.96^2))^4 seeds, some 27,000.
#[test]
fn a_bug_that_lies_deep_is_found_by_what_is_new_and_by_lineage() {
    let compiled = compiled("deep.bloom", DEEP);
    let few = Wish { seeds: Some(1_000), jobs: 1, ..Wish::default() };
    assert!(hunt(&play(&compiled, 0), &few, &|_| {}).expect("it runs").broken.is_none());
    let runs: Vec<Option<u128>> = (1..=5)
        .map(|seed| {
            let found = guided(&mut play(&compiled, 0), 3_000, seed).expect("it runs");
            found.broken.is_some().then_some(found.runs)
        })
        .collect();
    println!("guided runs until the bug was found: {runs:?}");
    assert!(runs.iter().flatten().count() >= 4, "{runs:?}");
    let found = lineage(&mut play(&compiled, 0), 1_000).expect("it runs");
    println!("runs by lineage until the bug was found: {}", found.runs);
    assert!(found.broken.is_some(), "{}", found.covered);
}

#[test]
fn searches_are_the_same_every_time() {
    let compiled = compiled("deep.bloom", DEEP);
    let once = || {
        let found = guided(&mut play(&compiled, 0), 200, 7).expect("it runs");
        (found.covered, found.runs, found.broken.map(|broken| broken.choices))
    };
    assert_eq!(once(), once());
    let twice = || searched(&TABLE[23], Way::All).happens;
    assert_eq!(twice(), twice());
}

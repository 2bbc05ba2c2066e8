//! Runs that would have to wait for other nodes: which are refused and in which
//! words, which go on, and what `bloom check` says of faults.

use crate::cli::bench::Bench;

/// Carts of replicas: one that is checked out is shown as empty, if it is.
const CART: &str = "\
channel action(@to: node, session: str, item: str);
channel checkout(@to: node, session: str);
table log(session: str, item: str);
log(s, i) <= action(_, s, i);
table closing(session: str);
closing(s) <= checkout(_, s);
output empty(session: str);
empty(s) <= closing(s), not log(s, _);
";

/// The end of a session, and an apple that comes late.
const EVENTS: &str = "\
{\"checkout\": [\"local\", \"s\"]}
{\"action\": [\"local\", \"s\", \"apple\"]}
";

/// A store that replaces values, with clients.
const STORE: &str = "\
channel put(@to: node, key: str, value: str);
role store replicated {
  table kept(key: str => value: str);
  kept(k, v) <+- put(_, k, v);
  output shown(key: str, value: str);
  shown(k, v) <= kept(k, v);
}
role client {
  input set(key: str, value: str);
  put(@store, k, v) <~ set(k, v);
}
";

/// One node that counts what it is given.
const COUNTER: &str = "\
input visit(page: str);
table seen(page: str => n: nat);
seen(p, n + count()) <+- visit(p), seen(p, n) else n = 0;
output visits(page: str, n: nat);
visits(p, n) <= seen(p, n);
";

/// One node that counts what it told itself.
const LOOP: &str = "\
channel next(@to: node, n: int);
next(me, 1) <~ startup(_);
next(me, n + 1) <~ next(_, n), n < 3;
table seen(n: int);
seen(n) <= next(_, n);
output most(n: int);
most(max(n)) <= seen(n);
";

fn bench() -> Bench {
    Bench::new(&[
        ("cart.bloom", CART),
        ("e.jsonl", EVENTS),
        ("store.bloom", STORE),
        ("counter.bloom", COUNTER),
        ("visits.jsonl", "{\"visit\": [\"home\"]}\n{\"visit\": [\"home\"]}\n"),
        ("loop.bloom", LOOP),
    ])
}

/// The exit code of what was run.
fn code(shown: &str) -> &str {
    shown.rsplit_once("--- code ").map_or("", |(_, code)| code.trim())
}

#[test]
fn what_has_to_wait_is_not_run_as_if_it_had_not() {
    let bench = bench();
    insta::assert_snapshot!(
        "waits_cart",
        bench.run("run cart.bloom --events e.jsonl --until-quiet")
    );
    insta::assert_snapshot!("waits_store", bench.run("run store.bloom --role store --until-quiet"));
    // What one role has to wait for, a node of the other takes part in.
    let client = bench.run("run store.bloom --role client --until-quiet");
    assert!(client.contains("error[B0917]") && code(&client) == "1", "{client}");
    let short = bench.run("run cart.bloom --message-format short --until-quiet");
    assert!(short.contains("cart.bloom:8:"), "{short}");
    assert!(!bench.path("cart.dead.jsonl").exists(), "nothing ran");
}

#[test]
fn without_waiting_it_runs() {
    let bench = bench();
    let raw = "run cart.bloom --coordination none --events e.jsonl --until-quiet";
    let shown = bench.run(&format!("{raw} --record r.rec"));
    assert!(shown.contains("empty(\"s\")\n") && code(&shown) == "0", "{shown}");
    // What came, and when, is written down: there is nothing to agree on.
    let again = bench.run("run cart.bloom --replay r.rec");
    assert!(again.contains("empty(\"s\")\n") && code(&again) == "0", "{again}");
    let store = bench.run("run store.bloom --role store --coordination none --until-quiet");
    assert_eq!(code(&store), "0", "{store}");
}

#[test]
fn a_node_that_is_alone_waits_for_nobody() {
    let bench = bench();
    for way in ["", "--coordination auto", "--coordination declared", "--coordination none"] {
        let counted = bench.run(&format!("run counter.bloom --events visits.jsonl {way}"));
        assert!(counted.contains("visits(\"home\", 2)\n") && code(&counted) == "0", "{counted}");
        let told = bench.run(&format!("run loop.bloom --until-quiet {way}"));
        assert!(told.contains("most(3)\n") && code(&told) == "0", "{told}");
    }
    // The same channel, and another node to write to.
    let more = LOOP.replace("next(me, 1) <~", "next(o, 1) <~ members(o, \"node\"),");
    assert_ne!(more, LOOP);
    bench.put("loop.bloom", more.as_bytes());
    let told = bench.run("run loop.bloom --until-quiet");
    assert!(told.contains("error[B0917]") && code(&told) == "1", "{told}");
}

#[test]
fn what_the_program_asks_for_is_told_from_what_it_forgot() {
    let bench = bench();
    let declared =
        |name: &str| bench.run(&format!("run {name} --coordination declared --until-quiet"));
    insta::assert_snapshot!("waits_cart_declared", declared("cart.bloom"));
    insta::assert_snapshot!(
        "waits_store_declared",
        bench.run("run store.bloom --role store --coordination declared --until-quiet")
    );
    let sealed = CART.replace("item: str);\nchannel", "item: str) sealed by session;\nchannel");
    assert_ne!(sealed, CART);
    bench.put("sealed.bloom", sealed.as_bytes());
    let told = declared("sealed.bloom");
    assert!(told.contains("error[B0917]") && code(&told) == "1", "{told}");
    let serial = STORE.replace("value: str);\nrole", "value: str) serial by key;\nrole");
    assert_ne!(serial, STORE);
    bench.put("serial.bloom", serial.as_bytes());
    let told = bench.run("run serial.bloom --role store --coordination declared --until-quiet");
    assert!(told.contains("error[B0917]") && code(&told) == "1", "{told}");
}

#[test]
fn what_the_program_accepts_is_not_waited_for() {
    let bench = bench();
    let accepted = CART.replace("empty(s) <=", "@nondet(\"it is a hint\")\nempty(s) <=");
    let later = CART.replace("output empty", "@eventually output empty");
    let of_the_moment = CART.replace("output empty", "@snapshot(\"a hint\") output empty");
    for text in [accepted, later, of_the_moment] {
        assert_ne!(text, CART);
        bench.put("hint.bloom", text.as_bytes());
        for way in ["auto", "declared"] {
            let line =
                format!("run hint.bloom --events e.jsonl --until-quiet --coordination {way}");
            let shown = bench.run(&line);
            assert!(shown.contains("empty(\"s\")\n"), "{text}{shown}");
            assert_eq!(code(&shown), "0", "{text}{shown}");
        }
    }
}

#[test]
fn faults_of_a_program_are_found_when_it_is_checked() {
    let stale = CART.replace("log(s, i) <=", "@nondet(\"old\")\nlog(s, i) <=");
    let endless = "input tick(n: int) endless;\ntable ticks(n: int);\nticks(n) <= tick(n);\n\
                   output most(n: int);\nmost(max(n)) <= ticks(n);\n";
    let bench = Bench::new(&[
        ("stale.bloom", &stale),
        ("endless.bloom", endless),
        ("tick.jsonl", "{\"tick\": [1]}\n"),
    ]);
    insta::assert_snapshot!("faults_check", bench.run("check stale.bloom endless.bloom"));
    let json = bench.run("check stale.bloom --message-format json");
    assert_eq!(json.matches("\"schema\"").count(), 1, "one document: {json}");
    assert!(json.contains("B0410"), "{json}");
    let run = bench.run("run stale.bloom --until-quiet");
    assert!(run.contains("error[B0410]") && code(&run) == "1", "{run}");
    // Alone it has what it was given.
    let alone = bench.run("run endless.bloom --events tick.jsonl");
    assert!(alone.contains("most(1)\n") && code(&alone) == "0", "{alone}");
}

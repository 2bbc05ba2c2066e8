//! A node as an embedding program sees it: chains that happen as a whole or not
//! at all, down to the event that fails; timers, messages to itself, serial
//! events; and that nothing is left of what failed.

use bloom::Node;
use bloom::OnError;
use bloom::Program;

const STORE: &str = "table kv(k: str => v: int);
    input set(k: str, v: int);
    input inc(k: str);
    scratch incs(k: str, n: int);
    incs(k, count()) <= inc(k);
    kv(k, v) <+- set(k, v);
    kv{k, v: v + n} <+- kv(k, v), incs(k, n);
    output now_is(k: str, v: int);
    now_is(k, v) <= kv(k, v);
    invariant small: not kv(_, 1000);";

fn program(text: &str) -> Program {
    Program::compile("p.bloom", text).unwrap_or_else(|why| panic!("{why}"))
}

fn node(text: &str) -> Node {
    program(text).node().start().expect("it starts")
}

fn rows(node: &mut Node, of: &str) -> Vec<(String, i64)> {
    node.rows(of).expect("it is there")
}

/// Ticks until nothing waits; how many batches that took, and what died.
fn settle(node: &mut Node) -> (usize, Vec<String>) {
    let (mut batches, mut dead) = (0, Vec::new());
    while node.waits() {
        let effects = node.tick_at(0).expect("it goes on");
        dead.extend(effects.dead().into_iter().map(|letter| letter.why.all[0].code.to_string()));
        batches += 1;
    }
    (batches, dead)
}

#[test]
fn own_ticks_follow_in_one_chain() {
    let mut node = node(STORE);
    node.give("set", [("a", 1), ("b", 2)]).expect("rows fit");
    let effects = node.tick_at(5).expect("it goes well");
    let gained: Vec<(String, i64)> = effects.gained("now_is").expect("an output");
    assert_eq!(gained, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert_eq!(node.ticks(), 2);
}

#[test]
fn guilty_events_alone_are_given_up() {
    let mut node = node(STORE);
    settle(&mut node);
    // Each is given by itself; the third and the sixth break the invariant.
    for (at, v) in [1, 2, 1000, 4, 5, 1000, 7].into_iter().enumerate() {
        node.give("set", [(format!("k{at}"), v)]).expect("rows fit");
    }
    let (batches, dead) = settle(&mut node);
    assert_eq!((batches, dead), (1, vec!["B0509".to_owned(), "B0509".to_owned()]));
    let values: Vec<i64> = rows(&mut node, "kv").into_iter().map(|(_, v)| v).collect();
    assert_eq!(values, [1, 2, 4, 5, 7]);
}

#[test]
fn what_was_given_together_is_given_up_together() {
    let mut node = node(STORE);
    settle(&mut node);
    node.give("set", [("a", 1), ("b", 1000)]).expect("rows fit");
    node.give("set", [("c", 3)]).expect("rows fit");
    let effects = node.tick_at(0).expect("it goes on");
    let dead = effects.dead();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].collections, ["set", "set"]);
    assert_eq!(rows(&mut node, "kv"), [("c".to_owned(), 3)]);
}

#[test]
fn many_guilty_events_are_all_found() {
    let mut node = node(STORE);
    settle(&mut node);
    for at in 0..300 {
        let v = if at % 2 == 0 { 1000 } else { at };
        node.give("set", [(format!("k{at:03}"), v)]).expect("rows fit");
    }
    let (_, dead) = settle(&mut node);
    assert_eq!(dead.len(), 150);
    assert_eq!(rows(&mut node, "kv").len(), 150);
}

#[test]
fn failed_chains_leave_nothing() {
    let steps = |node: &mut Node, with_bad: bool| {
        let mut seen = Vec::new();
        for at in 0..6i64 {
            if with_bad {
                node.give("set", [("bad", 1000)]).expect("rows fit");
            }
            node.give("set", [("a", at)]).expect("rows fit");
            let effects = node.tick_at(at * 10).expect("it goes on");
            seen.push(effects.gained::<(String, i64)>("now_is").expect("an output"));
        }
        (seen, node.ticks(), rows(node, "kv"))
    };
    assert_eq!(steps(&mut node(STORE), true), steps(&mut node(STORE), false));
}

#[test]
fn on_error_halt_tells_at_once() {
    let started = program(STORE).node().on_error(OnError::Halt).start();
    let mut node = started.expect("it starts");
    settle(&mut node);
    node.give("set", [("a", 1000)]).expect("rows fit");
    let failed = node.tick_at(0).err().expect("it fails");
    assert!(failed.to_string().contains("B0509"), "{failed}");
    assert!(rows(&mut node, "kv").is_empty());
}

#[test]
fn own_ticks_have_a_limit_that_names_rules() {
    let text = "table n(=> v: int);\nn(0);\nn(v + 1) <+- n(v), go(_);\ntable go(x: int);\n\
                input start(x: int);\ngo(x) <+ start(x);";
    let started = program(text).node().max_own_ticks(50).start();
    let mut node = started.expect("it starts");
    settle(&mut node);
    node.give("start", [(1,)]).expect("rows fit");
    let (_, dead) = settle(&mut node);
    assert_eq!(dead, ["B0601"]);
    assert_eq!(node.rows::<(i64,)>("n").expect("it is there"), [(0,)]);
    assert!(node.rows::<(i64,)>("go").expect("it is there").is_empty());
}

#[test]
fn equal_events_have_a_tick_each() {
    let mut node = node(STORE);
    node.give("set", [("a", 0)]).expect("rows fit");
    settle(&mut node);
    node.give("inc", [("a",), ("a",), ("b",), ("a",)]).expect("rows fit");
    let (batches, _) = settle(&mut node);
    assert_eq!(batches, 3);
    assert_eq!(rows(&mut node, "kv"), [("a".to_owned(), 3)]);
}

#[test]
fn serial_events_are_alone_or_one_of_a_key() {
    let text = "input a(x: int) serial;\ninput b(k: str, x: int) serial by k;\ninput c(x: int);\n\
                output n(k: str, n: int);\nn(\"a\", count()) <= a(_);\n\
                n(\"b\", count()) <= b(_, _);\nn(\"c\", count()) <= c(_);";
    let mut node = node(text);
    settle(&mut node);
    node.give("c", [(1,), (2,)]).expect("rows fit");
    node.give("b", [("x", 1), ("y", 1), ("x", 2)]).expect("rows fit");
    node.give("a", [(1,), (2,)]).expect("rows fit");
    let mut ticks = Vec::new();
    while node.waits() {
        let shown: Vec<(String, i64)> =
            node.tick_at(0).expect("it goes well").shown("n").expect("an output");
        ticks.push(shown.iter().map(|(k, n)| format!("{k}{n}")).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(ticks, ["b2 c2", "b1", "a1", "a1"]);
}

#[test]
fn timers_come_when_they_are_due() {
    let text = "input go(k: str);\ntimer wake(@at: time, k: str);\n\
                wake(now + 5s, k) <~ go(k);\noutput o(k: str, at: time);\no(k, now) <= wake(_, k);\n\
                periodic p every 2s;\noutput beat(at: time);\nbeat(at) <= p(at);";
    let mut node = node(text);
    const S: i64 = 1_000_000_000;
    settle(&mut node);
    node.give("go", [("x",)]).expect("rows fit");
    node.tick_at(S).expect("it goes well");
    assert_eq!(node.due(), Some(2 * S));
    let beats = |effects: &bloom::embed::Effects<'_>| -> Vec<i64> {
        effects
            .shown::<Vec<bloom::Value>>("beat")
            .expect("an output")
            .into_iter()
            .map(|row| {
                let bloom::Value::Time(at) = row[0] else { panic!("a time") };
                at
            })
            .collect()
    };
    // Two periods were missed: one event, of the last one.
    let effects = node.tick_at(5 * S).expect("it goes well");
    assert_eq!(beats(&effects), [4 * S]);
    assert!(effects.shown::<Vec<bloom::Value>>("o").expect("an output").is_empty());
    assert_eq!(node.due(), Some(6 * S));
    let effects = node.tick_at(6 * S).expect("it goes well");
    assert_eq!(beats(&effects), [6 * S]);
    let woken: Vec<Vec<bloom::Value>> = effects.shown("o").expect("an output");
    assert_eq!(woken, [[bloom::Value::Str("x".into()), bloom::Value::Time(6 * S)]]);
}

#[test]
fn messages_to_itself_come_back_and_others_leave() {
    let text = "input go(to: node);\nchannel hello(@to: node, from: node);\n\
                hello(n, me) <~ go(n);\noutput got(from: node);\ngot(f) <= hello(_, f);\n\
                output all(n: node, role: str);\nall(n, r) <= members(n, r);\n\
                output started(boot: int);\nstarted(b) <= startup(b);";
    let started = program(text).node().name("n1").start();
    let mut node = started.expect("it starts");
    node.give("go", [(bloom::Value::Node("n1".into()),), (bloom::Value::Node("n2".into()),)])
        .expect("rows fit");
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!(effects.shown::<(i64,)>("started").expect("an output"), [(0,)]);
    assert_eq!(effects.gained::<Vec<bloom::Value>>("all").expect("an output").len(), 1);
    let effects = node.tick_at(0).expect("it goes well");
    let sent: Vec<Vec<bloom::Value>> = effects.sent("hello").expect("a channel");
    let named = |name: &str| bloom::Value::Node(name.into());
    assert_eq!(sent, [[named("n2"), named("n1")]]);
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!(effects.shown::<Vec<bloom::Value>>("got").expect("an output"), [[named("n1")]]);
    assert!(!node.waits());
}

#[test]
fn rows_are_taken_out_and_lines_are_told() {
    let text = "table t(x: int);\noutput o(x: int);\no(x) <= t(x);\n\
                stdout(\"{n} {l}\") <= stdin(l, n);\nhalt(7) <= stdin(\"end\", _);";
    let loaded = program(text).node().load("t", [(1,), (2,)]).expect("rows fit");
    let mut node = loaded.start().expect("it starts");
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!(effects.gained::<(i64,)>("o").expect("an output"), [(1,), (2,)]);
    node.take_out("t", [(1,)]).expect("rows fit");
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!(effects.lost::<(i64,)>("o").expect("an output"), [(1,)]);
    // Lines come one per tick.
    node.give("stdin", [("a", 1), ("end", 2)]).expect("rows fit");
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!((effects.stdout(), effects.halt()), (vec!["1 a"], None));
    let effects = node.tick_at(0).expect("it goes well");
    assert_eq!((effects.stdout(), effects.halt()), (vec!["2 end"], Some(7)));
    let wrong = node.give("o", [(1,)]).expect_err("an output");
    assert_eq!(wrong.to_string(), "only the rules of the program fill `o`");
}

#[test]
fn values_that_nobody_holds_are_forgotten() {
    let text = "input put(k: str, v: str);\ninput del(k: str);\ntable t(k: str => v: str);\n\
                t(k, v) <+- put(k, v);\nt(k, _) <- del(k);\ntimer later(@at: time, what: str);\n\
                later(now + 1h, k) <~ put(k, \"keep\");\noutput o(what: str);\n\
                o(w) <= later(_, w);\nchannel c(@to: node, k: str);\nc(me, k) <~ put(k, _);\n\
                output got(k: str);\ngot(k) <= c(_, k);";
    let mut node = node(text);
    settle(&mut node);
    node.give("put", [("a timer with a long name", "keep")]).expect("rows fit");
    settle(&mut node);
    for at in 0..5_000 {
        let key = format!("a key that is long enough {at}");
        node.give("put", [(key.as_str(), "a value that is long as well")]).expect("rows fit");
        node.tick_at(0).expect("it goes well");
        let effects = node.tick_at(0).expect("it goes well");
        assert_eq!(effects.shown::<(String,)>("got").expect("an output"), [(key.clone(),)]);
        node.give("del", [(key.as_str(),)]).expect("rows fit");
        node.tick_at(0).expect("it goes well");
    }
    let woken = node.tick_at(7_200_000_000_000).expect("it goes well");
    let woken: Vec<(String,)> = woken.shown("o").expect("an output");
    assert_eq!(woken, [("a timer with a long name".to_owned(),)]);
    assert_eq!(node.rows::<(String, String)>("t").expect("it is there").len(), 1);
}

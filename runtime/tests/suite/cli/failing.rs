//! Failing runs of many nodes as `bloom test` shows them, whole: what happened,
//! why, what chance decided, and what to look at; as text, as a page, and as a
//! file of choices that runs them again.

use crate::cli::bench::Bench;

/// A customer who orders until there is a receipt, and a shop that counts.
const ORDERS: &str = r#"channel order(@to: node, from: node, id: int) serial;
channel receipt(@to: node, id: int);

role shop {
  table sold(item: str => n: int);
  sold("tea", n + 1) <+- order(_, _, _), sold("tea", n) else n = 0;
  receipt(c, i) <~ order(_, c, i);
  output total(n: int);
  total(n) <= sold("tea", n);
}

role customer(shop: node) {
  input buy(id: int);
  table open(id: int);
  open(i) <+ buy(i);
  open(i) <- open(i), receipt(_, i);
  periodic again every 100ms;
  order(shop, me, i) <~ open(i), again(_);
}
"#;

/// A register on several stores, written by a client that tells them once.
const REGISTER: &str = r#"channel put(@to: node, from: node, key: str, value: int);
channel done(@to: node, from: node, key: str, value: int);

role store {
  table kept(key: str => value: int);
  kept(k, v) <+- put(_, _, k, v);
  done(f, me, k, v) <~ put(_, f, k, v);
  output shown(key: str, value: int);
  shown(k, v) <= kept(k, v);
}

role client {
  input set(key: str, value: int);
  table known(key: str, value: int, by: node);
  put(s, me, k, v) <~ set(k, v), members(s, "store");
  known(k, v, s) <= done(_, s, k, v);
  output ok(key: str, value: int);
  ok(k, v) <= known(k, v, _);
}
"#;

/// Acceptors that say yes to everybody.
const VOTES: &str = r#"channel ask(@to: node, from: node, n: int);
channel vote(@to: node, from: node, n: int);

role acceptor replicated {
  table asked(n: int);
  asked(n) <= ask(_, _, n);
  output all(n: int);
  all(n) <= asked(n);
  vote(f, me, n) <~ ask(_, f, n);
}

role proposer {
  input start(n: int);
  table got(n: int, from: node);
  ask(@acceptor, me, n) <~ start(n);
  got(n, f) <= vote(_, f, n);
  view votes(n: int, c: int);
  votes(n, count(f)) <= got(n, f);
  output won(n: int);
  won(n) <= votes(n, c), c >= 2;
}
"#;

fn bench(program: &str, test: &str) -> Bench {
    Bench::new(&[("p.bloom", &format!("{program}\n{test}"))])
}

const ONE_CUP: &str = r#"test "one cup is one cup" {
  nodes shop: 1, customer(shop: shop[0]): 1;
  network { loss 10%; }
  customer[0] at 10ms { buy(1); }
  always { not (shop.sold(_, "tea", n) and n > 1); }
}
"#;

#[test]
fn a_wrong_row_is_followed_to_what_the_test_gave() {
    let bench = bench(ORDERS, ONE_CUP);
    insta::assert_snapshot!("failing_twice", bench.run("test p.bloom"));
    insta::assert_snapshot!(
        "failing_twice_all",
        bench.run("test p.bloom --all --shrink 0 --quiet")
    );
    insta::assert_snapshot!("failing_twice_json", bench.run("test p.bloom --format json"));
}

#[test]
fn a_missing_row_is_followed_to_the_message_that_was_lost() {
    let test = r#"test "all stores have it" {
  nodes store: 3, client: 1;
  network { loss 10%; }
  client[0] at 10ms { set("a", 1); }
  eventually { all store: kept("a", 1); }
}
"#;
    insta::assert_snapshot!("failing_lost", bench(REGISTER, test).run("test p.bloom"));
}

#[test]
fn a_message_that_is_overtaken_is_drawn_so() {
    let test = r#"test "the last one wins" {
  nodes store: 2, client: 1;
  client[0] at 10ms { set("a", 1); }
  client[0] at 15ms { set("a", 2); }
  eventually { agree store: kept; }
}
"#;
    insta::assert_snapshot!("failing_overtaken", bench(REGISTER, test).run("test p.bloom"));
}

#[test]
fn many_nodes_fit_on_a_page() {
    let test = r#"test "one winner" {
  nodes acceptor: 4, proposer: 2;
  network { crash acceptor[1] at 5ms for 1s; }
  proposer[0] at 10ms { start(1); }
  proposer[1] at 10ms { start(2); }
  always { not (proposer.won(a, x) and proposer.won(b, y) and a != b); }
}
"#;
    insta::assert_snapshot!("failing_votes", bench(VOTES, test).run("test p.bloom"));
}

#[test]
fn group_messages_wait_for_partitions_and_crashes() {
    let test = r#"test "two are never enough" {
  nodes acceptor: 3, proposer: 1;
  network {
    crash acceptor[1] at 12ms for 100ms amnesia;
    partition proposer | acceptor[2] at 5ms for 3s;
  }
  proposer[0] at 10ms { start(1); }
  always { not proposer.votes(_, 1, 3); }
}
"#;
    insta::assert_snapshot!("failing_faults", bench(VOTES, test).run("test p.bloom"));
}

#[test]
fn what_chance_decided_runs_again() {
    let bench = bench(ORDERS, ONE_CUP);
    insta::assert_snapshot!(
        "failing_saved",
        bench.run("test p.bloom --save-choices run.json --quiet").replace('\\', "/")
    );
    insta::assert_snapshot!("failing_choices_file", bench.read("run.json"));
    let again = bench.run("test p.bloom --choices run.json");
    insta::assert_snapshot!("failing_again", again);
    // Without the one decision nothing is wrong.
    let saved = bench.read("run.json");
    bench.put("none.json", saved.replace("\"value\":1", "\"value\":0").as_bytes());
    insta::assert_snapshot!("failing_none", bench.run("test p.bloom --choices none.json"));
    let put =
        |name: &str, from: &str, to: &str| bench.put(name, saved.replace(from, to).as_bytes());
    put("node.json", "customer[0]\",\"channel", "customer[3]\",\"channel");
    put("other.json", "one cup is one cup", "two cups are two cups");
    put("form.json", "bloom-choices/1", "bloom-choices/2");
    bench.put("torn.json", saved.get(..60).unwrap_or_default().as_bytes());
    let mut all = String::new();
    for name in ["node", "other", "form", "torn", "missing"] {
        all.push_str(&bench.run(&format!("test p.bloom --choices {name}.json")));
    }
    insta::assert_snapshot!("failing_bad_choices", all);
    let changed = format!("{ORDERS}\n{ONE_CUP}// changed\n");
    bench.put("p.bloom", changed.as_bytes());
    let again = bench.run("test p.bloom --choices run.json");
    assert!(again.contains("the program has changed since these choices were written"), "{again}");
}

#[test]
fn a_page_needs_nothing_beside_itself() {
    let bench = bench(ORDERS, ONE_CUP);
    bench.run("test p.bloom --html run.html");
    let page = bench.read("run.html");
    assert!(page.starts_with("<!doctype html>"), "{page}");
    for wanted in ["<svg", "shop[0]", "the network lost it", "Why", "p.bloom:6", "--seed"] {
        assert!(page.contains(wanted), "{wanted} is missing");
    }
    for absent in ["src=", "href=\"http", "url(", "@import"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

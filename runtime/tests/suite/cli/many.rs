//! Tests of many nodes, as `bloom test` shows them: runs that passed, each way
//! in which something does not hold, and what is refused.

use crate::cli::bench::Bench;

/// What is added at one node is sent to all, once.
const COPIES: &str = "\
channel copy(@to: node, n: int);
input add(n: int);
table kept(n: int);
kept(n) <= add(n);
kept(n) <= copy(_, n);
copy(o, n) <~ add(n), members(o, \"node\");
output shown(n: int);
shown(n) <= kept(n);
output half(n: int);
half(100 / n) <= add(n);
";

fn bench(test: &str) -> Bench {
    Bench::new(&[("copies.bloom", &format!("{COPIES}\n{test}"))])
}

#[test]
fn runs_that_pass() {
    let bench = bench(
        "test \"one node\" { tick { add(1); } expect kept(1); }
test \"three nodes\" {
  nodes node: 3;
  node[0] at 10ms { add(1); }
  always { not node.kept(_, 2); }
  sometimes { node.kept(node[0], 1) and not node.kept(node[1], 1); }
  eventually { all node: kept(1); agree node: kept; }
}
",
    );
    insta::assert_snapshot!("many_passes", bench.run("test copies.bloom"));
    insta::assert_snapshot!("many_json", bench.run("test copies.bloom --seeds 3 --format json"));
    insta::assert_snapshot!("many_junit", bench.run("test copies.bloom --format junit"));
    insta::assert_snapshot!("many_list", bench.run("test copies.bloom --list"));
    insta::assert_snapshot!("many_seed", bench.run("test copies.bloom --seed 7 --oracle"));
}

#[test]
fn what_must_never_be() {
    let bench = bench(
        "test \"never two\" {
  nodes node: 2;
  node[0] at 10ms { add(2); }
  always { not node.kept(_, 2); }
}
",
    );
    insta::assert_snapshot!("many_always", bench.run("test copies.bloom"));
}

#[test]
fn what_must_hold_in_the_end() {
    let bench = bench(
        "test \"all have it\" {
  nodes node: 3;
  network { loss 30%; }
  node[0] at 10ms { add(1); }
  eventually { all node: kept(1); }
}
test \"all have the same\" {
  nodes node: 3;
  network { loss 30%; }
  node[0] at 10ms { add(1); }
  eventually within 5s { agree node: kept; }
}
test \"exactly these\" {
  nodes node: 2;
  node[0] at 10ms { add(1); }
  eventually { node.kept == {(node[0], 1), (node[1], 2)}; }
}
test \"an event\" {
  nodes node: 2;
  node[0] at 10ms { add(1); }
  eventually { node.add(_, 1); }
}
",
    );
    insta::assert_snapshot!("many_eventually", bench.run("test copies.bloom"));
    insta::assert_snapshot!("many_eventually_json", bench.run("test copies.bloom --format json"));
}

#[test]
fn what_some_run_must_reach() {
    let bench = bench(
        "test \"two are known\" {
  nodes node: 2;
  node[0] at 10ms { add(1); }
  sometimes { node.kept(_, 2); }
}
",
    );
    insta::assert_snapshot!("many_sometimes", bench.run("test copies.bloom"));
    // Fewer runs than the test wants prove nothing.
    insta::assert_snapshot!("many_sometimes_few", bench.run("test copies.bloom --seeds 5"));
}

#[test]
fn a_tick_that_fails() {
    let bench = bench(
        "test \"nothing\" {
  nodes node: 2;
  node[1] at 10ms { add(0); }
  eventually { node.kept(_, 0); }
}
",
    );
    insta::assert_snapshot!("many_tick_fails", bench.run("test copies.bloom"));
}

const ROLES: &str = "\
channel put(@to: node, key: str);
role store {
  table kept(key: str);
  kept(k) <= put(_, k);
  output shown(key: str);
  shown(k) <= kept(k);
  test \"a store\" { tick { put(me, \"a\"); } expect kept(\"a\"); expect members(me, \"store\"); }
}
role client(home: node, prefix: str = \"\") {
  input set(key: str);
  put(home, \"{prefix}{k}\") <~ set(k);
}
";

#[test]
fn roles_have_their_values() {
    let test = "
test \"a prefix\" {
  nodes store: 2, client(home: store[1], prefix: \"x\"): 1;
  client[0] at 10ms { set(\"a\"); }
  always { not store.kept(store[0], _); }
  eventually { store.kept(store[1], \"xa\"); }
}
";
    let bench = Bench::new(&[("roles.bloom", &format!("{ROLES}{test}"))]);
    insta::assert_snapshot!("many_roles", bench.run("test roles.bloom"));
    let needy = "
role other(home: node) {
  output o(n: node);
  o(home) <= startup(_);
  test \"home\" { tick; expect o == {}; }
}
";
    let bench = Bench::new(&[("roles.bloom", &format!("{ROLES}{needy}"))]);
    insta::assert_snapshot!("many_needs_value", bench.run("test roles.bloom"));
    insta::assert_snapshot!("many_given_value", bench.run("test roles.bloom --set home=n2"));
}

#[test]
fn flags_say_what_is_wrong_with_them() {
    let bench = bench("test \"a\" { nodes node: 1; always { not node.kept(_, 2); } }\n");
    for flags in ["--seeds 0", "--jobs 0", "--time 10", "--time soon"] {
        let said = bench.run(&format!("test copies.bloom {flags}"));
        assert!(said.ends_with("--- code 2\n"), "{said}");
    }
    let said = bench.run("test copies.bloom --time 1ms --jobs 2");
    assert!(said.ends_with("--- code 0\n"), "{said}");
}

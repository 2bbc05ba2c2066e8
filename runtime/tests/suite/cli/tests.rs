//! `bloom test` from outside: whole messages of tests that fail, the forms of
//! the report, and which tests are run.

use crate::cli::bench::Bench;

/// A program with a test for each way to fail.
const FAILING: &str = include_str!("tests.bloom");

const FINE: &str = r#"input add(n: int);
table kept(n: int => at: time);
kept(n, now) <= add(n);
channel copy(@to: node, n: int);
copy("n2", n) <~ add(n);
copy(me, n) <~ add(n), n > 10;
table echoed(n: int);
echoed(n) <= copy(_, n);
timer again(@at: time, n: int);
again(now + 10s, n) <~ add(n);
output rang(n: int);
rang(n) <= again(_, n);
table born(boot: int);
born(b) <= startup(b);
static table known(n: int);
view unknown(n: int);
unknown(n) <= kept(n, _), not known(n);
table row(n: int);
row(n) <+ add(n);
row(n) <- add(m), row(n), m == -n;
channel told(@to: node, n: int);
told("n2", n) <~ row(n);
table id(n: int, u: uuid);
id(n, fresh()) <= add(n);

test "the start is before the first step" {
  expect born == {0};
}
test "time" {
  tick { add(1); }
  tick at 5s { add(2); }
  tick { add(3); }
  expect kept(1, t) and t < now;
  expect kept == {(1, from_millis(0) + 1ns), (2, from_millis(5_000)), (3, from_millis(5_000) + 1ns)};
  tick at 10s;
  expect rang == {};
  tick;
  expect rang == {1};
  tick at 14s;
  expect rang == {};
  tick at 1h;
  expect rang == {2, 3};
  tick at 2h;
  expect rang == {};
}
test "messages" {
  tick { add(1); add(11); }
  expect sent copy("n2", 1);
  expect sent not copy(me, 1);
  expect echoed == {};
  tick { copy(me, 5); }
  expect echoed == {5, 11};
  tick;
  expect sent not copy(_, _);
}
test "static rows" {
  expect unknown == {};
  tick { known(1); add(1); add(2); }
  expect unknown == {2};
}
test "deferred rows" {
  tick { add(1); }
  expect row == {};
  tick;
  expect row == {1};
  expect sent told("n2", 1);
  tick { -row(1); row(2); }
  expect row == {2};
  tick { add(3); -row(_); }
  expect row == {};
  tick { -row(3); }
  expect row == {3};
  tick { add(-3); }
  expect row == {3};
  tick;
  expect row == {-3};
}
test "firing by newness" {
  tick { row(1); }
  expect sent told("n2", 1);
  tick;
  expect sent not told(_, _);
  tick { -row(1); }
  tick { row(1); }
  expect sent told("n2", 1);
}
test "what fails leaves nothing" {
  tick { add(1); }
  expect error B0501 in tick { kept(1, now); }
  expect error in tick at 1m { add(2); kept(2, now - 1ns); }
  expect kept(1, _) and not kept(2, _);
  expect sent copy("n2", 1);
  expect now < from_millis(1);
  tick { add(2); }
  expect kept(2, t) and t < from_millis(1);
}
test "chance is the same" {
  tick { add(1); add(2); }
  expect id(1, a) and id(2, b) and a != b;
}
test "members" { expect members == {("n1", "node")}; }
"#;

fn bench() -> Bench {
    Bench::new(&[("failing.bloom", FAILING), ("fine.bloom", FINE)])
}

#[test]
fn tests_that_fail() {
    insta::assert_snapshot!("test_failing", bench().run("test failing.bloom"));
}

#[test]
fn tests_that_pass() {
    insta::assert_snapshot!("test_fine", bench().run("test fine.bloom --oracle"));
}

#[test]
fn both_evaluators_agree_where_tests_fail() {
    let once = bench().run("test failing.bloom");
    let twice = bench().run("test failing.bloom --oracle");
    assert_eq!(once.replace("--oracle", ""), twice.replace(" --oracle", ""));
}

#[test]
fn forms_of_the_report() {
    let shown = bench().run("test failing.bloom --filter absent --format junit");
    insta::assert_snapshot!("test_junit", shown);
    let shown = bench().run("test failing.bloom --filter rows --format json");
    insta::assert_snapshot!("test_json", shown);
    let github = bench().run("test failing.bloom --filter sent --message-format github");
    insta::assert_snapshot!("test_github", github);
    insta::assert_snapshot!("test_quiet", bench().run("test . --filter absent -q"));
}

#[test]
fn which_tests_run() {
    insta::assert_snapshot!("test_list", bench().run("test . --list"));
    insta::assert_snapshot!("test_filter", bench().run("test . --filter members"));
    insta::assert_snapshot!("test_filter_none", bench().run("test fine.bloom --filter nothing"));
    insta::assert_snapshot!("test_nowhere", bench().run("test fune.bloom"));
    let none = Bench::new(&[("a.bloom", "output o(n: int);\no(1);\n")]);
    insta::assert_snapshot!("test_none", none.run("test a.bloom"));
}

/// What is wrong in a test stops tests, and no run.
#[test]
fn tests_do_not_stop_a_run() {
    let wrong = "output o(n: int);\no(1);\ntest \"wrong\" { expect nothing(1); }\n";
    let bench = Bench::new(&[("a.bloom", wrong)]);
    insta::assert_snapshot!("test_wrong", bench.run("test a.bloom"));
    insta::assert_snapshot!("test_wrong_run", bench.run("run a.bloom"));
}

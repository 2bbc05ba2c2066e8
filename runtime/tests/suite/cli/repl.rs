//! Sessions at the prompt, from outside: what is typed and everything that is
//! said, in order.

use crate::cli::bench::Bench;
use crate::cli::bench::ROUTES;

fn session(script: &str) -> String {
    Bench::new(&[]).session("", script)
}

const PATHS: &str = r#"table link(from: str, to: str);
view path(from: str, to: str);
path(a, b) <= link(a, b);
path(a, c) <= path(a, b),
  link(b, c);
"#;

#[test]
fn rules_and_rows() {
    let rows = r#"link("a", "b"); link("b", "c");
?path("a", x)
?path
?path("a", "c")
?path("c", "a")
?path(a, b), b != "b", not link(a, b)
link("a", "b");
link("c", "d");
-link("c", _);
-link("x", "y");
link{to: "z", from: "y"};
view ends(at: str);
ends(b) <= link(_, b), not link(b, _);
// nothing but words

?ends
\relations
\list
\quit
?never
"#;
    insta::assert_snapshot!("repl_rows", session(&format!("{PATHS}{rows}")));
}

#[test]
fn what_is_refused_changes_nothing() {
    let slips = r#"link("a", "b");
link("a", 3);
link("a");
-path("a", "b");
path(a, b) <= lnk(a, b);
path(a, b) <= link(a, b), not path(b, a);
table link(x: int);
view v(x: int); v(1, 2); link("q", "r");
link("a" "b");
?pth
?path(a)
?path("a", x
?
?1 + 1
\wyh
\rows many
tick 0
tick at noon
link("q", "r")
?link
\list
"#;
    insta::assert_snapshot!("repl_slips", session(&format!("{PATHS}{slips}")));
}

#[test]
fn what_is_taken_back_has_never_been() {
    let back = r#"link("a", "b");
link("b", "c");
view far(to: str);
far(x) <= path("a", x), not link("a", x);
\undo
\undo
\undo
?path
\undo
\undo
\list
\undo
\undo
\undo
\undo
"#;
    insta::assert_snapshot!("repl_undo", session(&format!("{PATHS}{back}")));
}

#[test]
fn a_rule_sees_rows_that_were_given_before() {
    let late = r#"input seen(word: str);
table log(word: str);
seen("a"); seen("b"); seen("a");
?log
log(w) <= seen(w);
?log
view n(of: int);
n(count()) <= log(_);
?n(x), y = x + 1
"#;
    insta::assert_snapshot!("repl_late_rule", session(late));
}

const STORE: &str = r#"table kv(k: str => v: int);
input set(k: str, v: int);
input inc(k: str);
scratch incs(k: str, n: int);
kv(k, v) <+- set(k, v);
incs(k, count()) <= inc(k);
kv{k, v: v + n} <+- kv(k, v), incs(k, n);
timer wake(@at: time, k: str);
wake(now + 5s, k) <~ set(k, _);
output woken(k: str);
woken(k) <= wake(_, k);
channel note(@to: node, k: str);
note(me, k) <~ woken(k);
output noted(k: str);
noted(k) <= note(_, k);
periodic beat every 10s;
stdout("beat") <= beat(_);
invariant small: not kv(_, 1000);
"#;

#[test]
fn ticks_and_time() {
    let script = r#"\load store.bloom
set("a", 1);
inc("a"); inc("a");
?kv
tick at 6s
tick at 5s
\trace
set("b", 2);
\trace off
tick at 30s
set("zz", 1000);
set("a", 4);
?kv
\hold
set("c", 7); set("d", 8);
tick 2
\hold off
\changes outputs
set("e", 9);
\why kv("a", _)
\why woken("a")
\save saved.bloom test
"#;
    let bench = Bench::new(&[("store.bloom", STORE)]);
    insta::assert_snapshot!("repl_time", bench.session("", script));
    insta::assert_snapshot!("repl_saved_time", bench.read("saved.bloom"));
    let tested = bench.run("test saved.bloom");
    assert!(tested.contains("1 test passed"), "{tested}");
}

#[test]
fn why_a_row_is_there() {
    let script = r#"link("a", "b"); link("b", "c");
\why path("a", "c")
\why path("c", _)
\why path(
\why path("a", x), x != "b"
\why
-link("a", "b");
\why path("b", "c")
"#;
    insta::assert_snapshot!("repl_why", session(&format!("{PATHS}{script}")));
}

#[test]
fn a_session_is_saved_as_program_and_test() {
    let bench = Bench::new(&[]);
    let script = r#"output ends(at: str);
ends(b) <= link(_, b), not link(b, _);
link("a", "b");
-link("a", _); link("c", "d");
\save saved.bloom
\save saved_test.bloom test
\save
\save nowhere/else.bloom
\load saved.bloom
\load nowhere.bloom
"#;
    insta::assert_snapshot!("repl_save", bench.session("", &format!("{PATHS}{script}")));
    insta::assert_snapshot!("repl_saved", bench.read("saved.bloom"));
    insta::assert_snapshot!("repl_saved_test", bench.read("saved_test.bloom"));
    let tested = bench.run("test saved_test.bloom");
    assert!(tested.contains("1 test passed"), "{tested}");
}

#[test]
fn a_program_to_begin_with() {
    let bench = Bench::routes();
    let script = r#"?cheapest
link("shop", "park", 1);
const toll: int = 2;
view dear(to: str);
dear(x) <= cheapest(x, c), c > limit;
\undo
\undo
\why cheapest("park", _)
"#;
    let set = format!("const limit: int = 15;\n{ROUTES}");
    bench.put("limited.bloom", set.as_bytes());
    let args = "limited.bloom --facts data --set limit=14";
    insta::assert_snapshot!("repl_program", bench.session(args, script));
    bench.put("wrong.bloom", b"view v(x: int);\nv(y) <= w(y);\n");
    insta::assert_snapshot!("repl_wrong_program", bench.session("wrong.bloom", "?v\n"));
}

#[test]
fn values_of_every_sort_are_kept() {
    let script = r#"enum Op { Put(str, int), Get }
type P = { x: int, y: float };
table t(op: Op, p: P, l: [int], o: str?, s: (int, str), d: duration = 5s, u: bytes = b"\x00a");
const k: int = 40;
t{op: Put("say \"hi\" {{}}", k + 2), p: P{x: 1, y: 0.5}, l: [1, 2], o: Some("x"), s: (1, "\n")};
t(Get, P{x: -1, y: 1e300}, [], None, (0, ""), 90m, b"");
view n(of: int);
n(count()) <= t(_, _, _, _, _, _, _);
?t(op, p, l, o, s, d, u)
-t{op: Get};
\undo
table empty();
empty();
?empty()
-empty();
?empty()
table best(k: str, cost: Min<int>);
best("a", 5); best("a", 3); best("a", 9);
?best
static table fixed(x: int);
fixed(7);
view f(x: int); f(x) <= fixed(x);
?f
"#;
    insta::assert_snapshot!("repl_values", session(script));
}

#[test]
fn much_is_cut_short() {
    let script = "table n(x: int);\nview twice(x: int);\nn(1); n(2); n(3); n(4); n(5); n(6); \
                  n(7); n(8); n(9); n(10); n(11); n(12);\ntwice(x * 2) <= n(x);\n\\rows 3\n?n\n";
    insta::assert_snapshot!("repl_much", session(script));
}

#[test]
fn modules_are_used_at_the_prompt() {
    let script = r#"import std.voting;
use voting.Quorum<int>(need: 2) as q;
\relations
"#;
    insta::assert_snapshot!("repl_modules", session(script));
}

#[test]
fn a_rule_without_an_end_is_stopped() {
    let script =
        "table n(x: int);\nn(1);\nview up(x: int);\nup(x) <= n(x); up(x + 1) <= up(x);\n?up\n";
    let told = Bench::new(&[]).session("--max-rows 1000", script);
    insta::assert_snapshot!("repl_endless", told);
}

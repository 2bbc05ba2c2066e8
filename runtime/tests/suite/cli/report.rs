//! `bloom report`: what people read, the other forms, what is kept and compared,
//! and what ends with which code.

use serde_json::Value;

use crate::cli::bench::Bench;
use crate::schema;

pub const CART: &str = "\
channel action(@to: node, session: str, item: str, qty: int, op: uuid);
channel checkout(@to: node, session: str);
table log(session: str, item: str, qty: int, op: uuid);
log(s, i, q, o) <= action(_, s, i, q, o);
view items(session: str => xs: Set<(str, int, uuid)>);
items(s, {(i, q, o)}) <= log(s, i, q, o);
output total(session: str, xs: Set<(str, int, uuid)>);
total(s, xs) <= checkout(_, s), items(s, xs) else xs = {};
output history(session: str, item: str, qty: int);
history(s, i, q) <= log(s, i, q, _);
";

/// Names that overwrite each other, with roles.
pub const STORE: &str = "\
channel put(@to: node, key: str, value: str) serial by key;
channel get(@to: node, from: node, key: str) serial by key;
channel reply(@to: node, key: str, value: str);
role store replicated {
  table kept(key: str => value: str);
  kept(k, v) <+- put(_, k, v);
  reply(f, k, v) <~ get(_, f, k), kept(k, v);
}
role client {
  input set(key: str, value: str);
  input ask(key: str);
  put(@store, k, v) <~ set(k, v);
  get(@store, me, k) <~ ask(k);
  output got(key: str, value: str);
  got(k, v) <= reply(_, k, v);
}
";

/// Something of everything: whole relations, thresholds, acceptances, assumptions.
pub const MIXED: &str = "\
input edge(from: str, to: str);
table edges(from: str, to: str);
edges(x, y) <= edge(x, y);
table rate(item: str => cents: int);
input vote(topic: int, who: str);
table votes(topic: int, who: str);
votes(t, w) <= vote(t, w);
view tally(topic: int => n: nat);
tally(t, count(w)) <= votes(t, w);
output passed(topic: int);
passed(t) <= tally(t, n), n >= 3;
output sink(name: str);
sink(y) <= edges(_, y), not edges(y, _);
output far(from: str, to: str);
@nondet(\"the map is drawn again every day\")
far(x, z) <= edges(x, y), edges(y, z), not edges(x, z);
@snapshot(\"a display may lag\") output votes_now(topic: int => n: nat);
votes_now(t, n) <= tally(t, n);
output bill(from: str, cents: int);
bill(x, c) <= edge(x, _), rate(x, c);
";

/// The part of what was shown that is JSON.
pub fn json(shown: &str) -> Value {
    let text = shown.split_once("--- stdout\n").expect("something is shown").1;
    let end = text.find("\n--- ").map_or(text.len(), |at| at + 1);
    serde_json::from_str(&text[..end]).expect("it is JSON")
}

#[test]
fn reports_are_read() {
    let bench = Bench::new(&[
        ("cart.bloom", CART),
        ("store.bloom", STORE),
        ("mixed.bloom", MIXED),
        ("reach.bloom", crate::cli::bench::ROUTES),
        ("none.bloom", "table t(a: int);\nview v(a: int);\nv(a) <= t(a);\n"),
    ]);
    for name in ["cart", "store", "mixed", "reach", "none"] {
        insta::assert_snapshot!(
            format!("report_{name}"),
            bench.run(&format!("report {name}.bloom"))
        );
    }
}

#[test]
fn reports_of_wrong_programs_say_that_there_may_be_more() {
    let wrong = CART.replace("history(s, i, q) <= log(s, i, q, _)", "history(s, i, q) <= lug(s)");
    let endless = "input tick(n: int) endless;\ntable ticks(n: int);\nticks(n) <= tick(n);\n\
                   output most(n: int);\nmost(max(n)) <= ticks(n);\n";
    let stale = "input a(n: int);\noutput o(n: int);\n@nondet(\"old\")\no(n) <= a(n);\n";
    let bench =
        Bench::new(&[("wrong.bloom", &wrong), ("endless.bloom", endless), ("stale.bloom", stale)]);
    insta::assert_snapshot!("report_wrong", bench.run("report wrong.bloom --write-lock calm.lock"));
    assert!(!bench.path("calm.lock").exists(), "no lock of a part");
    let part = json(&bench.run("report wrong.bloom --format json"));
    assert_eq!(part["free"], Value::Array(Vec::new()), "what is not understood is not free");
    insta::assert_snapshot!("report_endless", bench.run("report endless.bloom"));
    insta::assert_snapshot!("report_stale", bench.run("report stale.bloom"));
}

#[test]
fn pictures() {
    let bench = Bench::new(&[("cart.bloom", CART), ("store.bloom", STORE), ("mixed.bloom", MIXED)]);
    for name in ["cart", "store", "mixed"] {
        for form in ["mermaid", "dot"] {
            insta::assert_snapshot!(
                format!("report_{name}_{form}"),
                bench.run(&format!("report {name}.bloom --format {form}"))
            );
        }
    }
}

#[test]
fn json_is_as_its_schema_says() {
    let schema = include_str!("../../../../docs/schema/calm-report-1.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let bench = Bench::new(&[("cart.bloom", CART), ("store.bloom", STORE), ("mixed.bloom", MIXED)]);
    for name in ["cart", "store", "mixed"] {
        let command = format!("report {name}.bloom --format json");
        let shown = bench.run(&command);
        assert_eq!(shown, bench.run(&command), "{name}: the same bytes");
        let wrong = schema::wrong(&schema, &json(&shown));
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
    insta::assert_snapshot!("report_json", bench.run("report cart.bloom --format json"));
    let all = json(&bench.run("report mixed.bloom --format json"));
    for part in ["points", "verdicts", "free", "thresholds", "declared", "assumptions", "grows"] {
        let some = all.get(part).and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        assert!(some, "the program has some {part}");
    }
}

/// A change to the program is a change of its points, and only that.
#[test]
fn locks_keep_points() {
    let bench = Bench::new(&[("cart.bloom", CART)]);
    insta::assert_snapshot!(
        "report_lock",
        bench.run("report cart.bloom --write-lock calm.lock --out report.txt")
            + &bench.read("calm.lock")
    );
    assert!(bench.read("report.txt").starts_with("cart.bloom: "));
    let since = "report cart.bloom --baseline calm.lock --deny new";
    // Other names of variables and other places are the same points.
    let moved =
        CART.replace("total(s, xs)", "total(t, xs)").replace("(_, s), items(s", "(_, t), items(t");
    assert_ne!(moved, CART);
    bench.put("cart.bloom", format!("// Moved.\n\n{moved}").as_bytes());
    insta::assert_snapshot!("report_same", bench.run(since));
    // A rule that denies something else is new.
    let more = "table closed(session: str);\nclosed(s) <= checkout(_, s);\n\
                output open(session: str);\nopen(s) <= log(s, _, _, _), not closed(s);\n";
    bench.put("cart.bloom", format!("{CART}{more}").as_bytes());
    insta::assert_snapshot!("report_new", bench.run(since));
    let new = json(&bench.run(&format!("{since} --format json")));
    let statuses: Vec<&Value> =
        new["points"].as_array().into_iter().flatten().map(|point| &point["status"]).collect();
    assert_eq!(statuses, ["unchanged", "new"]);
    // The same waiting without its key is dearer.
    let whole = CART
        .replace("items(session: str => xs", "items(xs")
        .replace("items(s, {", "items({")
        .replace("items(s, xs)", "items(xs)");
    bench.put("cart.bloom", whole.as_bytes());
    insta::assert_snapshot!("report_dearer", bench.run(since));
    // Without the rule the point is gone.
    let gone: String =
        CART.lines().filter(|line| !line.contains("total")).map(|l| format!("{l}\n")).collect();
    bench.put("cart.bloom", gone.as_bytes());
    insta::assert_snapshot!("report_gone", bench.run(since));
}

#[test]
fn points_can_be_denied() {
    let bench =
        Bench::new(&[("cart.bloom", CART), ("store.bloom", STORE), ("bad.lock", "{\"a\": 1}")]);
    let code = |args: &str| {
        let shown = bench.run(&format!("report {args} --out report.txt"));
        let code = shown.rsplit_once("--- code ").map_or("", |(_, code)| code.trim());
        code.parse::<i32>().expect("a code")
    };
    assert_eq!(code("cart.bloom"), 0);
    assert_eq!(code("cart.bloom --deny order,order-global --max-points 1"), 0);
    assert_eq!(code("cart.bloom --max-points 0"), 1);
    assert_eq!(code("cart.bloom --deny any"), 1);
    assert_eq!(code("store.bloom --deny order"), 1);
    assert_eq!(code("store.bloom --deny order-global"), 0);
    assert_eq!(code("cart.bloom --deny new"), 2);
    assert_eq!(code("cart.bloom --baseline none.lock"), 2);
    assert_eq!(code("cart.bloom --baseline bad.lock"), 2);
    assert_eq!(code("none.bloom"), 2);
    let mut shown = String::new();
    for args in [
        "store.bloom --deny order --deny any --max-points 1 --out report.txt",
        "cart.bloom --deny new",
        "cart.bloom --baseline none.lock",
        "cart.bloom --baseline bad.lock",
    ] {
        shown.push_str(&bench.run(&format!("report {args}")));
    }
    insta::assert_snapshot!("report_denied", shown);
}

#[test]
fn codes_of_reports_are_explained() {
    let bench = Bench::new(&[("cart.bloom", CART)]);
    insta::assert_snapshot!("explain_point", bench.run("explain CALM002"));
    assert_eq!(
        bench.run("explain calm2").lines().skip(1).collect::<Vec<_>>(),
        bench.run("explain CALM002").lines().skip(1).collect::<Vec<_>>()
    );
    insta::assert_snapshot!("explain_no_point", bench.run("explain CALM099"));
    assert!(bench.run("explain codes").contains("CALM030  grows for ever\n"));
    insta::assert_snapshot!("check_points", bench.run("check cart.bloom"));
}

/// Somebody voted.
const SOME: &str = "\
input vote(topic: int, who: str);
table votes(topic: int, who: str);
votes(t, w) <= vote(t, w);
view tally(topic: int => n: nat);
tally(t, count(w)) <= votes(t, w);

// Shown at once.
output some(topic: int);
some(t)   <= tally(t, n),   n != 0;   // no bound
";

#[test]
fn changes_that_help_are_shown_and_applied() {
    let three = SOME.replace("n != 0", "n == 3");
    let bench =
        Bench::new(&[("some.bloom", SOME), ("three.bloom", &three), ("cart.bloom", CART)]);
    insta::assert_snapshot!("rewrites_short", bench.run("report three.bloom --no-examples"));
    let whole = ["some", "three", "cart"]
        .map(|name| bench.run(&format!("report {name}.bloom --no-examples --rewrites")));
    insta::assert_snapshot!("rewrites_whole", whole.concat());
    assert!(!bench.run("report three.bloom --no-rewrites").contains("help"));
    let mut shown = String::new();
    for what in ["P1:threshold", "P1:treshold", "P9:threshold", "P1", "P1:sealed-by"] {
        shown.push_str(&bench.run(&format!("report three.bloom --apply {what}")));
        assert_eq!(bench.read("three.bloom"), three, "{what} writes nothing");
    }
    shown.push_str(&bench.run("report some.bloom --apply P1:threshold"));
    shown.push_str(&bench.run("report some.bloom --apply P1:threshold"));
    insta::assert_snapshot!("rewrites_applied", shown);
    let after =
        SOME.replace("some(t)   <= tally(t, n),   n != 0;", "some(t) <= tally(t, n), n > 0;");
    assert_eq!(bench.read("some.bloom"), after, "every other byte stays");
    let json = json(&bench.run("report three.bloom --no-examples --format json"));
    let rewrite = &json["points"][0]["rewrites"][0];
    assert_eq!(rewrite["id"], "threshold");
    assert_eq!(rewrite["points_after"], 0);
    assert_eq!(rewrite["machine_applicable"], false);
    assert_eq!(rewrite["meaning"]["same"], false);
}

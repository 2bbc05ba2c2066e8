//! `bloom why` and `bloom profile` from outside: whole answers, wrong questions,
//! and the forms for programs and browsers.

use serde_json::Value;

use crate::cli::bench::Bench;

const TRIP: &str = r#"/// Where one can go, and what it costs.
table link(from: str, to: str, cost: int);
table closed(place: str);
closed("port");

output path(from: str, to: str);
path(a, b) <= link(a, b, _);
path(a, c) <= path(a, b), link(b, c, _);

output open(to: str);
open(b) <= path("home", b), not closed(b), b != "home";

view cheapest(to: str, cost: Min<int>);
cheapest(b, c) <= link("home", b, c);
cheapest(c, x + y) <= cheapest(b, x), link(b, c, y);

view seen(place: str, by: Set<str>);
seen(b, {a}) <= link(a, b, _);
seen(c, s) <= seen(b, s), link(b, c, _);

output load(from: str, links: nat, dearest: int);
load(a, count(), max(c)) <= link(a, _, c);
"#;

const LINKS: &str =
    "from,to,cost\nhome,shop,4\nshop,work,5\nhome,work,12\nwork,home,3\nwork,port,1\nwork,park,2\n";

fn bench() -> Bench {
    Bench::new(&[("trip.bloom", TRIP), ("data/link.csv", LINKS)])
}

fn why(query: &str, more: &str) -> String {
    // Arguments are split at blanks, and questions do without them.
    bench().run(&format!("why trip.bloom {query} --facts data {more}"))
}

#[test]
fn rows_that_are_there() {
    insta::assert_snapshot!("why_recursion", why(r#"path("home","port")"#, ""));
    insta::assert_snapshot!("why_negation", why(r#"open("park")"#, ""));
    insta::assert_snapshot!("why_cheapest", why(r#"cheapest("work",_)"#, ""));
    insta::assert_snapshot!("why_set", why(r#"seen("park",_)"#, ""));
    insta::assert_snapshot!("why_aggregate", why(r#"load("work",n,_)"#, "--matches 2"));
    insta::assert_snapshot!("why_pattern", why(r#"path(_,"work")"#, "--all 2"));
    insta::assert_snapshot!("why_loaded", why(r#"link{from:"home"}"#, ""));
}

#[test]
fn rows_that_are_not() {
    insta::assert_snapshot!("why_not_recursion", why(r#"path("port","home")"#, ""));
    insta::assert_snapshot!("why_not_negation", why(r#"open("port")"#, ""));
    insta::assert_snapshot!("why_not_condition", why(r#"open("home")"#, ""));
    insta::assert_snapshot!("why_not_value", why(r#"cheapest("work",12)"#, ""));
    insta::assert_snapshot!("why_not_head", why(r#"load("work",2,_)"#, ""));
    insta::assert_snapshot!("why_not_loaded", why(r#"link("home","moon",_)"#, ""));
}

const REGISTERS: &str = r#"
table put(k: str, version: int, text: str);
put("a", 1, "x");  put("a", 2, "y");  put("a", 2, "z");
view register(k: str => now: Lex<Max<int>, Set<str>>);
register(k, (v, {t})) <= put(k, v, t);
view tally(k: str => of: Bag<str>);
tally(k, {t: nat(v)}) <= put(k, v, t);
view both(k: str => all: Map<str, Lex<Max<int>, Pair<Min<str>, Any>>>);
both(k, {"r": (v, (t, v > 1))}) <= put(k, v, t);
output first(k: str, body: json?);
first(t, json([version])[0]) <= put(_, version, t);
"#;

#[test]
fn what_merges_is_explained_part_by_part() {
    let bench = Bench::new(&[("put.bloom", REGISTERS)]);
    let mut all = String::new();
    for query in [
        r#"register("a",_)"#,
        r#"tally("a",_)"#,
        r#"both("a",_)"#,
        r#"first("x",Some(json(1)))"#,
        r#"first("x",None);"#,
    ] {
        all.push_str(&bench.run(&format!("why put.bloom {query} -q")));
    }
    insta::assert_snapshot!("why_parts", all);
}

#[test]
fn limits_are_named() {
    insta::assert_snapshot!("why_depth", why(r#"path("home","port")"#, "--depth 1"));
    insta::assert_snapshot!("why_size", why(r#"path("home","port")"#, "--size 2"));
}

#[test]
fn questions_that_make_no_sense() {
    let mut all = String::new();
    for query in
        ["pth(1)", "path(\"a\")", "path(1,_)", "path(\"a\",", "not(path(_,_))", "3", "abs(2)"]
    {
        all.push_str(&why(query, "--message-format short"));
    }
    insta::assert_snapshot!("why_questions", all);
    insta::assert_snapshot!("why_question", why(r#"path("a",1)"#, ""));
}

#[test]
fn a_run_that_fails_has_no_rows_to_explain() {
    let source = "table t(x: int);\nt(0);\noutput r(x: int);\nr(1 / x) <= t(x);\n";
    let bench = Bench::new(&[("bad.bloom", source)]);
    insta::assert_snapshot!("why_failed", bench.run("why bad.bloom r(_)"));
}

fn json(text: &str) -> Value {
    let end = text.rfind("--- ").unwrap_or(text.len());
    let start = text.find('{').unwrap_or(0);
    let end = text[..end].rfind('}').map_or(end, |at| at + 1);
    serde_json::from_str(&text[start..end]).expect("the answer is JSON")
}

#[test]
fn answers_for_programs() {
    let there = json(&why(r#"path("home","port")"#, "--format json"));
    assert_eq!(there["schema"], "bloom-why/1");
    assert_eq!(there["holds"], true);
    let facts = there["facts"].as_array().expect("facts are a list");
    let root = &facts[there["rows"][0].as_u64().expect("a number") as usize];
    assert_eq!(root["fact"], r#"path("home", "port")"#);
    assert_eq!(root["height"], 2);
    for premise in root["origins"][0]["matches"][0].as_array().expect("a match is a list") {
        let below = premise["fact"].as_u64().expect("a premise names its fact") as usize;
        assert!(facts[below]["height"].as_u64() < root["height"].as_u64());
    }
    let missing = json(&why(r#"path("port","home")"#, "--format json"));
    assert_eq!(missing["holds"], false);
    assert_eq!(missing["absent"]["attempts"][0]["failing"]["kind"], "no-row");
}

/// A page stands alone: it names no other address, and what is in it is text.
fn stands_alone(page: &str) {
    assert!(page.contains("<!doctype html>") && page.contains("</html>"), "{page}");
    for address in ["http:", "https:", "src=", "<link", "@import", "url("] {
        assert!(!page.contains(address), "the page names {address}");
    }
    for tag in ["ul", "details", "summary", "table", "div", "span"] {
        let opened =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn answers_for_browsers() {
    let page = why(r#"path("home","port")"#, "--format html");
    stands_alone(&page);
    assert!(page.contains("path(&quot;home&quot;, &quot;port&quot;)"), "{page}");
    assert!(page.contains("<details open>"), "{page}");
}

#[test]
fn profiles() {
    let profile =
        |form: &str| bench().run(&format!("profile trip.bloom --facts data --format {form}"));
    let table = profile("table");
    for part in ["stratum 0", "path trip.bloom:8", "new rows", "indexes", "rounds"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let report = json(&profile("json"));
    assert_eq!(report["schema"], "bloom-profile/1");
    let strata = report["strata"].as_array().expect("strata are a list");
    let variants = strata.iter().flat_map(|s| s["rules"].as_array().cloned().unwrap_or_default());
    let derived = |name: &str| {
        let rules = variants.clone().filter(|rule| rule["head"] == name);
        let of = rules.flat_map(|rule| rule["variants"].as_array().cloned().unwrap_or_default());
        of.map(|variant| variant["new_rows"].as_u64().unwrap_or(0)).sum::<u64>()
    };
    assert_eq!(derived("path"), 15);
    assert_eq!(derived("open"), 3);
    let page = profile("html");
    stands_alone(&page);
    // A bar is named by its rule first: narrow ones show no more than that.
    assert!(page.contains("path(a, b) &lt;= link(a, b, _); trip.bloom:7"), "{page}");
    assert!(page.contains("stratum 1") && page.contains("<button type=\"button\">time"), "{page}");
}

/// Of a program over time the first tick is explained, with what it is told when it starts.
#[test]
fn the_first_tick() {
    let program = "table link(a: str, b: str);\nlink(\"x\", \"y\");\nview path(a: str, b: str, by: node);\n\
                   path(a, b, me) <= link(a, b);\ninput cut(a: str);\nlink(a, _) <- cut(a);\n\
                   table old(a: str);\nold(a) <+ path(a, _, _);\noutput o(a: str);\no(a) <= old(a);\n";
    let bench = Bench::new(&[("time.bloom", program)]);
    let said = bench.run_with("why time.bloom path{a:\"x\"}", &[]);
    assert!(said.contains("path(\"x\", \"y\", \"local\")"), "{said}");
    assert!(said.contains("link(\"x\", \"y\")   stated at time.bloom:2"), "{said}");
    assert!(said.contains("note: the program goes on in time"), "{said}");
}

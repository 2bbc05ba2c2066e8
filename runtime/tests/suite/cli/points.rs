//! What others read of a report: code hosts (SARIF), reviewers (`calm.lock`), whoever
//! compares two versions (`--diff`), and whoever tries something out (`--assume`).

use serde_json::Value;

use crate::cli::bench::Bench;
use crate::cli::report::CART;
use crate::cli::report::MIXED;
use crate::cli::report::STORE;
use crate::cli::report::json;
use crate::schema;

/// A rule that denies what is still growing, with a letter of two units before it.
const OPEN: &str = "\
table closed(session: str);
closed(s) <= checkout(_, s);
output open(session: str, mark: str);
open(s, \"\u{1f6d2}\") <= log(s, _, _, _), not closed(s);
";

/// Another output that shows what `total` shows.
const AGAIN: &str = "\
output again(session: str);
again(s) <= total(s, _);
";

fn code(shown: &str) -> &str {
    shown.rsplit_once("--- code ").map_or("", |(_, code)| code.trim())
}

/// A SARIF log, checked against the schema of the standard.
fn log(bench: &Bench, command: &str) -> Value {
    let rules = include_str!("../../support/sarif-2.1.0.json");
    let rules: Value = serde_json::from_str(rules).expect("the schema is JSON");
    let log = json(&bench.run(command));
    let wrong = schema::wrong(&rules, &log);
    assert!(wrong.is_empty(), "{command}: {wrong:#?}");
    let run = &log["runs"][0];
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index") as usize;
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        let mut ids: Vec<u64> = related.map(|place| place["id"].as_u64().expect("an id")).collect();
        ids.push(0);
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "places of a result have numbers of their own: {result:#}");
    }
    log
}

#[test]
fn sarif_is_as_its_schema_says() {
    let open = format!("{CART}{OPEN}");
    let wrong = CART.replace("history(s, i, q) <= log(s, i, q, _)", "history(s, i, q) <= lug(s)");
    let endless = "input tick(n: int) endless;\ntable ticks(n: int);\nticks(n) <= tick(n);\n\
                   output most(n: int);\nmost(max(n)) <= ticks(n);\n";
    let stale = "input a(n: int);\noutput o(n: int);\n@nondet(\"old\")\no(n) <= a(n);\n";
    let bench = Bench::new(&[
        ("a cart.bloom", &open),
        ("store.bloom", STORE),
        ("mixed.bloom", MIXED),
        ("wrong.bloom", &wrong),
        ("endless.bloom", endless),
        ("stale.bloom", stale),
        ("cart.bloom", CART),
        ("open.bloom", &open),
    ]);
    for name in ["store", "mixed", "wrong", "endless", "stale"] {
        log(&bench, &format!("report {name}.bloom --format sarif"));
    }
    let log = |args: &str| log(&bench, &format!("report {args} --format sarif"));
    let free = log("cart.bloom --assume batch --assume static:action");
    assert_eq!(free["runs"][0]["results"], Value::Array(Vec::new()));

    let run = &log("open.bloom")["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 2);
    let place = &results[1]["locations"][0]["physicalLocation"];
    let line = open.lines().nth(13).expect("the rule");
    let column = line.encode_utf16().collect::<Vec<_>>();
    let wanted = "closed(s);".encode_utf16().count();
    assert_eq!(place["region"]["startLine"], 14);
    assert_eq!(place["region"]["endColumn"], column.len() + 1 - ";".len());
    assert_eq!(
        place["region"]["startColumn"],
        column.len() + 1 - wanted - "not ".len(),
        "{place:#}"
    );
    for result in results {
        assert!(result["codeFlows"][0]["threadFlows"][0]["locations"].is_array(), "{result:#}");
        assert!(result["partialFingerprints"]["calmPoint/v1"].is_string());
        assert_eq!(result["level"], "warning");
    }
    insta::assert_snapshot!("sarif_point", format!("{:#}\n", results[0]));
}

/// Program errors, faults of coordination, and what the program accepts.
#[test]
fn sarif_tells_errors_and_what_is_accepted() {
    let wrong = CART.replace("history(s, i, q) <= log(s, i, q, _)", "history(s, i, q) <= lug(s)");
    let stale = "input a(n: int);\noutput o(n: int);\n@nondet(\"old\")\no(n) <= a(n);\n";
    let bench =
        Bench::new(&[("wrong.bloom", &wrong), ("stale.bloom", stale), ("mixed.bloom", MIXED)]);
    let results = |command: &str| {
        let log = log(&bench, command);
        (log["runs"][0]["results"].as_array().cloned().unwrap_or_default(), log)
    };
    let (errors, log) = results("report wrong.bloom --format sarif");
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(log["runs"][0]["properties"]["coordination"]["complete"], false);
    assert!(errors.iter().any(|one| one["ruleId"] == "B0101"), "{errors:#?}");
    let (stale, _) = results("report stale.bloom --format sarif");
    let code = stale[0]["ruleId"].as_str().unwrap_or("");
    assert!(code.starts_with('B') && stale[0]["level"] == "error", "{stale:#?}");
    let (mixed, _) = results("report mixed.bloom --format sarif");
    let accepted: Vec<&Value> =
        mixed.iter().filter(|one| one.get("suppressions").is_some()).collect();
    assert_eq!(accepted.len(), 1);
    let suppression = &accepted[0]["suppressions"][0];
    assert_eq!(suppression["justification"], "the map is drawn again every day");
    assert_eq!(suppression["kind"], "inSource");
}

#[test]
fn sarif_compares_with_a_lock() {
    let bench = Bench::new(&[("cart.bloom", CART)]);
    bench.run("report cart.bloom --write-lock calm.lock --out report.txt");
    bench.put("cart.bloom", format!("{CART}{OPEN}").as_bytes());
    let log = log(&bench, "report cart.bloom --baseline calm.lock --format sarif");
    let states: Vec<&Value> = log["runs"][0]["results"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|result| &result["baselineState"])
        .collect();
    assert_eq!(states, ["unchanged", "new"]);
}

/// An output more at a point that is known is told, and denied.
#[test]
fn locks_keep_what_hangs_on_a_point() {
    let bench = Bench::new(&[("cart.bloom", CART)]);
    bench.run("report cart.bloom --write-lock calm.lock --out report.txt");
    let lock = bench.read("calm.lock");
    bench.run("report cart.bloom --write-lock calm.lock --out report.txt");
    assert_eq!(bench.read("calm.lock"), lock, "the same bytes");
    bench.put("cart.bloom", format!("{CART}{AGAIN}").as_bytes());
    let shown = bench.run("report cart.bloom --baseline calm.lock --deny new");
    insta::assert_snapshot!("lock_output", shown);
    let report = json(&bench.run("report cart.bloom --baseline calm.lock --format json"));
    assert_eq!(report["points"][0]["status"], "new");
    assert_eq!(
        report["points"][0]["new_outputs"],
        serde_json::json!([{"name": "again", "role": null}])
    );
    // What is denied is not kept.
    let denied =
        bench.run("report cart.bloom --baseline calm.lock --deny new --write-lock calm.lock");
    assert!(denied.contains("no lock is written"), "{denied}");
    assert_eq!(bench.read("calm.lock"), lock);
    bench.run("report cart.bloom --baseline calm.lock --write-lock calm.lock --out report.txt");
    assert_eq!(code(&bench.run("report cart.bloom --baseline calm.lock --deny new")), "0");
    // Without the output again: nothing is new.
    bench.put("cart.bloom", CART.as_bytes());
    assert_eq!(code(&bench.run("report cart.bloom --baseline calm.lock --deny new")), "0");
}

/// Locks of the form before are read as far as they go; others are refused.
#[test]
fn locks_of_other_forms() {
    let bench = Bench::new(&[("cart.bloom", &format!("{CART}{AGAIN}"))]);
    let report = json(&bench.run("report cart.bloom --format json"));
    let point = &report["points"][0];
    let mut old = serde_json::json!({"schema": "calm-lock/1", "points": [{}]});
    for name in ["fingerprint", "kind", "relation", "key", "rule", "operator", "output"] {
        old["points"][0][name] = point[name].clone();
    }
    bench.put("calm.lock", old.to_string().as_bytes());
    bench.put("late.lock", b"{\"schema\": \"calm-lock/9\", \"points\": []}");
    bench.put("other.lock", b"{\"schema\": \"cluster/1\"}");
    bench.put("half.lock", b"{\"schema\": \"calm-lock/2\", \"points\": [");
    bench.put("poor.lock", b"{\"schema\": \"calm-lock/2\", \"outputs\": [], \"points\": [{}]}");
    let mut shown = String::new();
    for file in ["calm", "late", "other", "half", "poor"] {
        shown.push_str(
            &bench.run(&format!(
                "report cart.bloom --baseline {file}.lock --deny new --out report.txt"
            )),
        );
    }
    insta::assert_snapshot!("lock_forms", shown);
}

/// Everything that can become of a point, and of an output.
#[test]
fn versions_are_compared() {
    let whole = CART
        .replace("items(session: str => xs", "items(xs")
        .replace("items(s, {", "items({")
        .replace("items(s, xs)", "items(xs)");
    let eventually = CART.replace("output total", "@eventually output total");
    let accepted = CART.replace("total(s, xs) <=", "@nondet(\"a draft\")\ntotal(s, xs) <=");
    let bench = Bench::new(&[
        ("cart.bloom", CART),
        ("open.bloom", &format!("{CART}{OPEN}")),
        ("again.bloom", &format!("{CART}{AGAIN}")),
        ("whole.bloom", &whole),
        ("eventually.bloom", &eventually),
        ("accepted.bloom", &accepted),
        ("folder/main.bloom", CART),
    ]);
    let mut shown = String::new();
    for (old, new) in [
        ("cart.bloom", "folder"),
        ("cart.bloom", "open.bloom"),
        ("open.bloom", "cart.bloom"),
        ("cart.bloom", "again.bloom"),
        ("again.bloom", "cart.bloom"),
        ("cart.bloom", "whole.bloom"),
        ("whole.bloom", "cart.bloom"),
        ("cart.bloom", "eventually.bloom"),
        ("cart.bloom", "accepted.bloom"),
        ("accepted.bloom", "cart.bloom"),
    ] {
        shown.push_str(&bench.run(&format!("report --diff {old} {new} --deny new")));
    }
    insta::assert_snapshot!("diff", shown);
}

#[test]
fn differences_are_the_same_from_whatever_is_kept() {
    let bench = Bench::new(&[("old.bloom", CART), ("new.bloom", &format!("{CART}{OPEN}{AGAIN}"))]);
    for name in ["old", "new"] {
        bench.run(&format!("report {name}.bloom --write-lock {name}.lock --out {name}.txt"));
        bench.run(&format!("report {name}.bloom --format json --out {name}.json"));
    }
    let rules = include_str!("../../../../docs/schema/calm-diff-1.json");
    let rules: Value = serde_json::from_str(rules).expect("the schema is JSON");
    let diff = |old: &str, new: &str| {
        let shown = json(&bench.run(&format!("report --diff {old} {new} --format json")));
        let wrong = schema::wrong(&rules, &shown);
        assert!(wrong.is_empty(), "{old} {new}: {wrong:#?}");
        shown
    };
    let programs = diff("old.bloom", "new.bloom");
    assert_eq!(programs["summary"]["new"], 2);
    for form in ["lock", "json"] {
        let (old, new) = (format!("old.{form}"), format!("new.{form}"));
        for (old, new) in [(&old[..], "new.bloom"), ("old.bloom", &new), (&old, &new)] {
            let other = diff(old, new);
            for part in ["summary", "outputs"] {
                assert_eq!(other[part], programs[part], "{old} {new}");
            }
        }
    }
    let back = diff("new.lock", "old.json");
    assert_eq!((&back["summary"]["gone"], &back["summary"]["new"]), (&1.into(), &0.into()));
    assert_eq!(code(&bench.run("report --diff old.lock new.lock --deny new")), "1");
    assert_eq!(code(&bench.run("report --diff new.lock old.lock --deny new")), "0");
    assert_eq!(code(&bench.run("report --diff new.lock old.lock --max-points 0")), "1");
    let mut shown = String::new();
    bench.put("wrong.bloom", b"output o(x: int)\n");
    bench.run("report wrong.bloom --format json --out wrong.json");
    for args in [
        "old.lock nowhere.bloom",
        "old.lock old.txt",
        "old.lock wrong.bloom",
        "wrong.json new.bloom",
        "old.lock new.lock --format dot",
        "old.lock new.lock --baseline old.lock",
        "old.lock",
    ] {
        shown.push_str(&bench.run(&format!("report --diff {args}")));
    }
    insta::assert_snapshot!("diff_refused", shown);
}

#[test]
fn what_would_hold_if() {
    let bench = Bench::new(&[("cart.bloom", CART), ("store.bloom", STORE), ("mixed.bloom", MIXED)]);
    let mut shown = String::new();
    for args in [
        "cart.bloom --assume static:action",
        "mixed.bloom --assume batch",
        "mixed.bloom --assume static:vote --assume batch",
        "cart.bloom --assume bach",
        "cart.bloom --assume closed:action",
        "cart.bloom --assume static:actoin",
        "cart.bloom --assume static:log",
        "cart.bloom --assume static:",
        "cart.bloom --assume place:action",
        "cart.bloom --assume place:action/sesion",
        "cart.bloom --assume place:action/price",
        "cart.bloom --assume place:log/session",
        "store.bloom --assume static:client.aks",
        "cart.bloom --assume batch --write-lock calm.lock",
    ] {
        shown.push_str(&bench.run(&format!("report {args}")));
    }
    insta::assert_snapshot!("assume", shown);
    assert!(!bench.path("calm.lock").exists());
    let rules = include_str!("../../../../docs/schema/calm-report-1.json");
    let rules: Value = serde_json::from_str(rules).expect("the schema is JSON");
    let report = json(&bench.run(
        "report cart.bloom --format json --assume static:checkout --assume place:action/session",
    ));
    assert!(schema::wrong(&rules, &report).is_empty());
    assert_eq!(report["what_if"], serde_json::json!(["static:checkout", "place:action/session"]));
    let asked = |one: &&Value| one["kind"] == "asked" && one["relation"] == "checkout";
    assert!(report["assumptions"].as_array().into_iter().flatten().any(|one| asked(&one)));
}

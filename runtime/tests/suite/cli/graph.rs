//! `bloom graph`, and reports as pages and pictures: whether every link has its
//! target, every arrow its ends, and nothing of a program is taken for markup. How
//! well a picture can be read is tested where it is laid out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use roxmltree::Document;
use roxmltree::ParsingOptions;
use serde_json::Value;

use crate::blocks;
use crate::cli::bench::Bench;
use crate::cli::report::json;
use crate::schema;

/// Two that differ in everything: one without roles, one with roles, messages and
/// an instance of a module.
const STORE: &str = "\
module Latest {
  input put(key: str, value: str);
  output table kept(key: str => value: str);
  kept(k, v) <+- put(k, v);
}
channel put(@to: node, key: str, value: str) serial by key;
channel get(@to: node, from: node, key: str) serial by key;
channel reply(@to: node, key: str, value: str);
role store replicated {
  use Latest as all;
  all.put(k, v) <= put(_, k, v);
  reply(f, k, v) <~ get(_, f, k), all.kept(k, v);
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

/// Texts that a page must not take for its own.
const HOSTILE: &str = "\
// </script><script>alert(1)</script> <!-- ]]> & &amp; \" '
/// </code></pre></section><img src=x onerror=alert(2)>
input a(x: str);
table b(x: str);
b(x) <= a(x);
output o(x: str);
@nondet(\"</script><b>\\\"bold\\\"</b> & <i>\")
o(\"<&>'\\\"</svg><script>alert(3)</script>{x}\") <= a(x), not b(\"</style>\");
@snapshot(\"<b>&\") output p(x: str);
p(x) <= b(x), x != \"\u{1}\u{202e}]]>\";
";

/// The cart of docs/calm.md.
fn cart() -> String {
    let page = include_str!("../../../../docs/calm.md");
    let found =
        blocks::blocks(page).into_iter().find(|block| block.info.contains("file=cart.bloom"));
    found.expect("the page has the cart").text
}

fn bench() -> Bench {
    Bench::new(&[
        ("cart.bloom", &cart()),
        ("store.bloom", STORE),
        ("hostile.bloom", HOSTILE),
        ("none.bloom", ""),
    ])
}

/// What the tool writes to FILE.
fn written(bench: &Bench, command: &str, file: &str) -> String {
    let shown = bench.run(&format!("{command} --out {file}"));
    assert!(shown.ends_with("--- code 0\n"), "{shown}");
    bench.read(file)
}

/// A page without the inside of its style and of its script, which are no markup.
fn markup(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    for (open, shut) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let Some((before, inside)) = rest.split_once(open) else { continue };
        let (_, after) = inside.split_once(shut).expect("it is closed");
        out.push_str(&format!("{before}{open}{shut}"));
        rest = after;
    }
    out + rest
}

/// What does not hang together in a picture or a page.
fn loose(text: &str) -> Vec<String> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let text = markup(text);
    let document = match Document::parse_with_options(&text, options) {
        Ok(document) => document,
        Err(why) => return vec![format!("it is no XML: {why}")],
    };
    let mut out = Vec::new();
    let mut ids = BTreeSet::new();
    for id in document.descendants().filter_map(|part| part.attribute("id")) {
        if !ids.insert(id.to_string()) {
            out.push(format!("the id {id} is there twice"));
        }
    }
    let is_report = ids.contains("points");
    for part in document.descendants().filter(roxmltree::Node::is_element) {
        let mut wanted: Vec<&str> = Vec::new();
        wanted.extend(part.attribute("href").map(|to| to.strip_prefix('#').unwrap_or("no anchor")));
        wanted.extend(part.attribute("data-from"));
        wanted.extend(part.attribute("data-to"));
        wanted.extend(part.attribute("aria-labelledby").into_iter().flat_map(|all| all.split(' ')));
        let head = part.attribute("marker-end").map(|to| to.trim_start_matches("url(#"));
        wanted.extend(head.map(|to| to.trim_end_matches(')')));
        let names = part.attribute("data-of").into_iter().flat_map(|all| all.split(' '));
        wanted.extend(names.filter(|name| is_report || !name.starts_with('P')));
        for name in wanted {
            if !ids.contains(name) {
                out.push(format!("{} leads to {name}, which is not there", part.tag_name().name()));
            }
        }
        if part.attribute("style").is_some()
            || part.attributes().any(|a| a.name().starts_with("on"))
        {
            out.push(format!("{} has a style or a script of its own", part.tag_name().name()));
        }
    }
    out
}

/// The examples, by name.
fn examples() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut programs = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the examples").filter_map(Result::ok) {
        if let Ok(text) = std::fs::read_to_string(entry.path().join("main.bloom")) {
            programs.insert(entry.file_name().to_string_lossy().into_owned(), text);
        }
    }
    assert!(programs.len() > 20, "the examples are there");
    programs
}

#[test]
fn everything_leads_somewhere() {
    let mut programs = examples();
    for (name, text) in [("cart", cart()), ("store", STORE.into()), ("hostile", HOSTILE.into())] {
        programs.insert(name.to_string(), text);
    }
    for (name, text) in programs {
        let bench = Bench::new(&[("main.bloom", &text)]);
        let commands = ["graph main.bloom --format svg", "report main.bloom --format svg"];
        let pages = ["graph main.bloom --format html", "report main.bloom --format html"];
        for command in commands.into_iter().chain(pages) {
            let page = written(&bench, command, "out");
            let loose = loose(&page);
            assert!(loose.is_empty(), "{name}, {command}: {loose:#?}");
            assert!(page.len() < 300_000, "{name}, {command}: {} bytes", page.len());
        }
    }
}

#[test]
fn pictures_and_pages() {
    let bench = bench();
    for name in ["cart", "store"] {
        for (command, form) in [("graph", "svg"), ("report", "html")] {
            let command = format!("{command} {name}.bloom --format {form}");
            let page = written(&bench, &command, "first");
            assert_eq!(page, written(&bench, &command, "second"), "the same bytes");
            insta::assert_snapshot!(format!("picture_{name}_{form}"), markup(&page));
        }
    }
    insta::assert_snapshot!("picture_json", bench.run("graph store.bloom --format json"));
}

#[test]
fn programs_are_no_markup() {
    let bench = bench();
    for command in ["report hostile.bloom --format html", "graph hostile.bloom --format html"] {
        let page = written(&bench, command, "page.html");
        assert_eq!(page.matches("<script").count(), 1, "{command}");
        assert_eq!(page.matches("</script").count(), 1, "{command}");
        assert!(!page.contains("<img") && !page.contains("<b>\""), "{command}");
        let policy = "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ";
        assert!(page.contains(policy), "{command}");
        assert_eq!(page.matches("url(").count(), page.matches("url(#head-").count(), "{command}");
        assert!(["http:", "https:", "@import"].iter().all(|out| !page.contains(out)), "{command}");
    }
    let picture = written(&bench, "graph hostile.bloom", "page.svg");
    assert!(!picture.contains("<script"), "{picture}");
}

#[test]
fn graphs_are_as_their_schema_says() {
    let schema = include_str!("../../../../docs/schema/bloom-graph-1.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let bench = bench();
    for name in ["cart", "store", "hostile", "none"] {
        let text = written(&bench, &format!("graph {name}.bloom"), &format!("{name}.json"));
        let value: Value = serde_json::from_str(&text).expect("it is JSON");
        let wrong = schema::wrong(&schema, &value);
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

#[test]
fn the_name_of_the_file_tells_the_form() {
    let bench = bench();
    let begins = [
        ("a.svg", "<svg "),
        ("a.html", "<!DOCTYPE html>"),
        ("a.mmd", "flowchart "),
        ("a.dot", "digraph "),
        ("a.json", "{"),
        ("a.txt", "<svg "),
    ];
    for (file, begin) in begins {
        let text = written(&bench, "graph cart.bloom", file);
        assert!(text.starts_with(begin), "{file}: {text}");
    }
    let text = written(&bench, "graph cart.bloom --format dot", "b.svg");
    assert!(text.starts_with("digraph "), "what was typed counts more: {text}");
    let piped = bench.run_with("graph - --format mermaid", cart().as_bytes());
    insta::assert_snapshot!("graph_piped", piped);
    insta::assert_snapshot!("graph_absent", bench.run("graph card.bloom"));
}

#[test]
fn what_is_understood_of_a_wrong_program_is_drawn() {
    let wrong = cart().replace("history(s, i, q) <= log(s, i, q, _)", "history(s, i, q) <= lug(s)");
    let bench = Bench::new(&[("wrong.bloom", &wrong)]);
    for command in
        ["graph wrong.bloom --out a.html", "report wrong.bloom --format html --out a.html"]
    {
        let shown = bench.run(command);
        assert!(shown.ends_with("--- code 1\n") && shown.contains("lug"), "{shown}");
        let page = bench.read("a.html");
        assert!(page.contains("history") && loose(&page).is_empty(), "{:#?}", loose(&page));
    }
}

/// A program of the page on workers.
fn of_workers(name: &str) -> String {
    let page = include_str!("../../../../docs/workers.md");
    let wanted = format!("file={name}");
    let found = blocks::blocks(page).into_iter().find(|block| block.info.contains(&wanted));
    found.expect("the page has it").text
}

fn workers() -> Bench {
    let (cart, closure) = (of_workers("cart.bloom"), of_workers("closure.bloom"));
    Bench::new(&[("cart.bloom", &cart), ("closure.bloom", &closure), ("store.bloom", STORE)])
}

/// Keeps a picture of the documentation as it is drawn today.
fn kept(drawn: &str, name: &str) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
    if std::env::var("BLOOM_UPDATE").is_ok() {
        std::fs::write(&kept, drawn).expect("the picture can be written");
    }
    let kept = std::fs::read_to_string(&kept).expect("the picture is there");
    assert_eq!(kept, drawn, "BLOOM_UPDATE=1 draws {name} anew; look at it");
}

#[test]
fn the_pictures_of_plans_are_as_they_are_drawn_today() {
    for name in ["cart", "closure"] {
        let command = format!("graph {name}.bloom --plan --workers 4");
        let drawn = written(&workers(), &command, &format!("{name}.svg"));
        kept(&drawn, &format!("workers-{name}.svg"));
    }
}

#[test]
fn pictures_of_plans_have_every_gate_of_the_report() {
    let mut gates = 0;
    for (name, text) in examples() {
        let bench = Bench::new(&[("main.bloom", &text)]);
        let report = "report main.bloom --workers 2 --format json --no-examples";
        let drawn = json(&bench.run("graph main.bloom --plan --workers 2 --format json"));
        let all = json(&bench.run(report));
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let points = list(&all["points"]).into_iter().filter(|one| one["kind"] == "frontier");
        let told: BTreeSet<String> = points.map(|one| one["id"].to_string()).collect();
        let parts = ["nodes", "edges"].into_iter().flat_map(|part| list(&drawn[part]));
        let shown = parts.flat_map(|part| list(&part["points"])).map(|id| id.to_string());
        assert_eq!(told, shown.collect(), "{name}");
        gates += told.len();
    }
    assert!(gates > 20, "{gates} gates");
}

#[test]
fn plans_are_drawn_in_all_forms() {
    let bench = workers();
    let schema = include_str!("../../../../docs/schema/bloom-graph-1.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    for (name, workers) in [("cart", 4), ("closure", 4), ("closure", 1), ("store", 2)] {
        let command = format!("graph {name}.bloom --plan --workers {workers}");
        let value: Value =
            serde_json::from_str(&written(&bench, &command, "a.json")).expect("it is JSON");
        let wrong = schema::wrong(&schema, &value);
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
        let gates = value["edges"].as_array().into_iter().flatten();
        let gates = gates.filter(|edge| edge["mark"] == "gate").count();
        assert_eq!(gates, usize::from(workers == 4), "{name}: {value:#}");
        let page = written(&bench, &command, "a.html");
        assert!(loose(&page).is_empty(), "{:#?}", loose(&page));
    }
    for form in ["mermaid", "dot"] {
        let shown = bench.run(&format!("graph closure.bloom --plan --workers 4 --format {form}"));
        insta::assert_snapshot!(format!("graph_plan_{form}"), shown);
    }
}

#[test]
fn gates_are_points_of_a_report() {
    let bench = workers();
    let plain = bench.run("report closure.bloom");
    assert!(!plain.contains("frontier"), "{plain}");
    let one = bench.run("report closure.bloom --workers 1");
    let said = |shown: &str| shown.split_once('\n').map(|(_, said)| said.to_string());
    assert_eq!(said(&plain), said(&one), "one worker waits for no other");
    insta::assert_snapshot!("report_gates", bench.run("report closure.bloom --workers 4"));
    let schema = include_str!("../../../../docs/schema/calm-report-1.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    let text = written(&bench, "report cart.bloom --workers 4 --format json", "a.json");
    let value: Value = serde_json::from_str(&text).expect("it is JSON");
    let wrong = schema::wrong(&schema, &value);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let points = value["points"].as_array().cloned().unwrap_or_default();
    assert!(points.iter().any(|point| point["kind"] == "frontier"), "there is a gate: {points:?}");
    assert_eq!(value["workers"], 4);
    for form in ["sarif", "html", "svg", "mermaid", "dot"] {
        let shown = bench.run(&format!("report closure.bloom --workers 4 --format {form}"));
        assert!(shown.contains("frontier"), "{form}: {shown}");
    }
}

/// The picture in the README, and in docs/calm.md. `BLOOM_UPDATE=1` draws it anew.
#[test]
fn the_picture_of_the_documentation_is_as_it_is_drawn_today() {
    let drawn = written(&bench(), "graph cart.bloom", "cart.svg");
    kept(&drawn, "cart.svg");
}

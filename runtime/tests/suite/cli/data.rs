//! Data on its way in: headers, formats, bad records, files that belong to
//! nobody.

use crate::cli::bench::Bench;
use crate::cli::bench::ROUTES;

const KINDS: &str = "\
enum Op { Put(str, int), Noop }
type P = { x: int, y: float };
table t(a: str, b: int?, c: Set<int>, d: Op, e: P, f: time, g: duration, h: [str] => n: int = 7);
output o(a: str, b: int?, c: Set<int>, d: Op, e: P, f: time, g: duration, h: [str], n: int);
o(a, b, c, d, e, f, g, h, n) <= t(a, b, c, d, e, f, g, h, n);
";

/// Loads `link` from a text of a format.
fn link(format: &str, text: &[u8], more: &str) -> String {
    let bench = Bench::new(&[("routes.bloom", ROUTES)]);
    bench.put(&format!("link.{format}"), text);
    bench.run(&format!("run routes.bloom --in link=link.{format} {more}"))
}

#[test]
fn headers() {
    let shuffled = link("csv", b"\xef\xbb\xbfcost,from,to\r\n12,home,work\r\n", "");
    insta::assert_snapshot!("header_shuffled", shuffled);
    insta::assert_snapshot!("header_none", link("csv", b"home,work,12", ""));
    insta::assert_snapshot!("header_nearly", link("csv", b"from,to,Cost\nhome,work,12\n", ""));
    insta::assert_snapshot!("header_forced", link("csv", b"from,to,Cost\n", "--header yes"));
    insta::assert_snapshot!("header_refused", link("csv", b"from,to,1\n", "--header no"));
}

#[test]
fn formats() {
    insta::assert_snapshot!("csv_quotes", link("csv", b"home,\"a \"\"b\"\",\nc\",12\n", ""));
    insta::assert_snapshot!("tsv", link("tsv", b"from\tto\tcost\nhome\ta,b\t12\n", ""));
    insta::assert_snapshot!("facts", link("facts", b"home\t\"a\"\t12\n", ""));
    let json = b"{\"to\":\"work\",\"from\":\"home\",\"cost\":12,\"x\":[1]}\n[\"home\",\"b\",3]\n";
    insta::assert_snapshot!("jsonl", link("jsonl", json, ""));
}

#[test]
fn bad_records_end_the_run() {
    let text =
        b"from,to,cost\nhome,work,far\n\nhome,work\nhome,\xff,1\n\"home\"x,b,2\nhome,w,1,2\n";
    insta::assert_snapshot!("bad_csv", link("csv", text, ""));
    insta::assert_snapshot!("bad_csv_short", link("csv", text, "--message-format short"));
    insta::assert_snapshot!("bad_csv_json", link("csv", text, "--message-format json"));
    let json = b"{\"from\":\"home\"}\n{\"from\":\"home\",\"to\":1,\"cost\":2}\n{\"from\n[1]\n17\n";
    insta::assert_snapshot!("bad_jsonl", link("jsonl", json, ""));
    let many: String = (0..50).map(|i| format!("a,b,x{i}\n")).collect();
    insta::assert_snapshot!("bad_many", link("csv", many.as_bytes(), ""));
}

#[test]
fn bad_records_can_be_left_out() {
    let bench = Bench::new(&[("routes.bloom", ROUTES)]);
    bench.put("data/link.csv", b"home,work,12\nhome,b,\"x\n\"\nhome,c\n");
    let rejected = bench.run("run routes.bloom --facts data --on-bad-row reject --rejects bad.csv");
    insta::assert_snapshot!("rejects", rejected + &bench.read("bad.csv"));
    insta::assert_snapshot!(
        "reject",
        bench.run("run routes.bloom --facts data --on-bad-row reject")
    );
}

#[test]
fn every_type_can_be_read_back() {
    let row = "\"a \"\"q\"\"\",,\"{3, 1}\",\"Put(\"\"k\"\", 2)\",\"P{x: 1, y: 2.5}\",\
               2026-01-31T12:00:00+01:00,1h30m,\"[\"\"x\"\"]\",\n";
    let bench = Bench::new(&[("kinds.bloom", KINDS), ("data/t.csv", row)]);
    insta::assert_snapshot!("kinds", bench.run("run kinds.bloom --facts data"));
    for format in ["csv", "tsv", "jsonl"] {
        let written = bench.run(&format!("run kinds.bloom --facts data --format {format}"));
        let text = written.split("--- stdout\n").nth(1).and_then(|t| t.split("--- code").next());
        let text = text.unwrap_or_default().to_owned();
        bench.put(&format!("again.{format}"), text.as_bytes());
        let again = format!("run kinds.bloom --in t=again.{format} --format {format}");
        let read = bench.run(&again);
        assert!(!text.is_empty() && read.contains(&text), "{format}:\n{text}\n{read}");
        insta::assert_snapshot!(format!("kinds_{format}"), text);
    }
}

#[test]
fn files_that_belong_to_nobody_are_told() {
    let bench = Bench::routes();
    bench.put("data/Link.csv", b"");
    bench.put("data/route.csv", b"");
    bench.put("data/lonk.tsv", b"");
    bench.put("data/notes.txt", b"");
    insta::assert_snapshot!("strangers", bench.run("run routes.bloom --facts data"));
    bench.put("data/link.tsv", b"");
    insta::assert_snapshot!("twice", bench.run("run routes.bloom --facts data"));
}

#[test]
fn equal_rows_are_counted() {
    let text = b"home,work,12\nhome,work,12\nhome,work,12\n";
    insta::assert_snapshot!("equal_rows", link("csv", text, ""));
}

#[test]
fn missing_rows_are_told() {
    let bench = Bench::new(&[("routes.bloom", ROUTES), ("empty/x.txt", "")]);
    insta::assert_snapshot!("no_data", bench.run("run routes.bloom"));
    insta::assert_snapshot!("no_file", bench.run("run routes.bloom --facts empty"));
    insta::assert_snapshot!("no_folder", bench.run("run routes.bloom --facts dta"));
}

#[test]
fn lines_are_numbered() {
    let program = "table log(text: str, n: nat = line, k: int = 2 * 3);\n\
                   output o(n: nat, text: str, k: int);\no(n, t, k) <= log(t, n, k);\n";
    let bench = Bench::new(&[("log.bloom", program)]);
    let out = bench.run_with("run log.bloom --in log=-", b"text\na\n\nb\na\n");
    insta::assert_snapshot!("numbered", out);
    let json = b"{\"text\":\"a\"}\n{\"text\":\"b\",\"n\":9}\n";
    let out = bench.run_with("run log.bloom --in log=- --in-format jsonl", json);
    insta::assert_snapshot!("numbered_jsonl", out);
}

/// Large enough for several blocks and pieces, in which ids and lines differ.
#[test]
fn large_files_are_read_whole() {
    let program = "table t(name: str, n: int, l: nat = line);\n\
                   output sum(c: nat, n: int, l: int);\n\
                   sum(count(), sum(n), sum(l)) <= t(_, n, l);\n\
                   output some(name: str, n: int, l: nat);\nsome(m, n, l) <= t(m, n, l), n == 399_999;\n";
    let rows = 400_000u64;
    let mut text = String::from("n,name\n");
    for i in 0..rows {
        text.push_str(&format!("{i},\"name {}\n{i}\"\n", i % 7));
    }
    let bench = Bench::new(&[("t.bloom", program)]);
    bench.put("t.csv", text.as_bytes());
    let out = bench.run("run t.bloom --in t=t.csv");
    let total = rows * (rows - 1) / 2;
    assert!(out.contains(&format!("sum({rows}, {total}, {})", total + rows)), "{out}");
    assert!(out.contains("some(\"name 5\\n399999\", 399999, 400000)"), "{out}");
    bench.put("t.csv", (text + "x,y\n").as_bytes());
    let out = bench.run("run t.bloom --in t=t.csv");
    assert!(out.contains("t.csv:800002:1: expected an int, found \"x\""), "{out}");
}

//! Rows shown as they come: what a user sees while one file is still being
//! written, and when something goes wrong in the middle.

use std::collections::BTreeSet;

use crate::cli::bench::Bench;
use crate::cli::bench::ROUTES;

/// The transitive closure, and its size, which has to wait.
const CLOSURE: &str = "\
input table edge(from: int, to: int);
output path(a: int, b: int);
path(a, b) <= edge(a, b);
path(a, c) <= path(a, b), edge(b, c);
output total(n: nat);
total(count()) <= path(_, _);
";

/// Rows of a random graph, as two files.
fn halves() -> (String, String) {
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % n
    };
    let mut rows: BTreeSet<(u64, u64)> = BTreeSet::new();
    while rows.len() < 180 {
        rows.insert((below(60), below(60)));
    }
    let text: Vec<String> = rows.iter().map(|(a, b)| format!("{a},{b}\n")).collect();
    let is_first = |at: &usize| !at.is_multiple_of(3);
    let part = |first: bool| -> String {
        (0..text.len()).filter(|at| is_first(at) == first).map(|at| text[at].as_str()).collect()
    };
    (part(true), part(false))
}

/// What stands on stdout, line by line.
fn lines(run: &str) -> Vec<String> {
    let out = run.split("--- stdout\n").nth(1).unwrap_or_default();
    let out = out.split("--- stderr").next().unwrap_or_default();
    let out = out.split("--- code").next().unwrap_or_default();
    out.lines().map(str::to_owned).collect()
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

#[test]
fn streams_have_the_rows_of_a_run() {
    let (first, second) = halves();
    let bench = Bench::new(&[("tc.bloom", CLOSURE), ("a.csv", &first), ("b.csv", &second)]);
    let whole = lines(&bench.run("run tc.bloom --in edge=a.csv --in edge=b.csv"));
    assert!(whole.len() > 1_000, "{}", whole.len());
    bench.put("parts/a.csv", first.as_bytes());
    bench.put("parts/b.csv", second.as_bytes());
    for more in ["--in edge=a.csv --in edge=b.csv", "--in edge=parts"] {
        for workers in [1, 3] {
            let run = bench.run(&format!("run tc.bloom {more} --stream --workers {workers}"));
            let rows = lines(&run);
            assert_eq!(rows.last(), whole.last(), "the count comes last: {run}");
            assert_eq!(sorted(rows), sorted(whole.clone()));
        }
    }
    let tsv = bench.run("run tc.bloom --in edge=parts --stream --format tsv");
    assert!(tsv.contains("--format without --out DIR can show one relation"), "{tsv}");
}

/// What reads a slow file shows what it has, before the file has anything.
#[cfg(unix)]
#[test]
fn rows_are_out_before_a_slow_file_begins() {
    use std::io::BufRead;
    use std::io::BufReader;
    use std::process::Command;
    use std::process::Stdio;
    use std::time::Duration;
    use std::time::Instant;

    let (first, second) = halves();
    let bench = Bench::new(&[("tc.bloom", CLOSURE), ("a.csv", &first), ("b.csv", &second)]);
    let whole = lines(&bench.run("run tc.bloom --in edge=a.csv --in edge=b.csv"));
    let early = lines(&bench.run("run tc.bloom --in edge=a.csv")).len() - 1;
    assert!(early * 10 >= whole.len() * 6, "{early} of {} rows need one file", whole.len());
    let pipe = bench.path("slow.csv");
    let made = Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    for workers in ["1", "2"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(["run", "tc.bloom", "--in", "edge=a.csv", "--in", "edge=slow.csv"])
            .args(["--stream", "--quiet", "--workers", workers])
            .current_dir(bench.path("."))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let out = BufReader::new(child.stdout.take().expect("its output"));
        let (said, heard) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let until = Instant::now() + Duration::from_secs(60);
        let mut rows = Vec::new();
        while rows.len() < early {
            let left = until.saturating_duration_since(Instant::now());
            match heard.recv_timeout(left) {
                Ok(row) => rows.push(row),
                Err(_) => break,
            }
        }
        if rows.len() < early {
            child.kill().expect("it can be ended");
            panic!("{} of {early} rows came before the slow file", rows.len());
        }
        assert!(rows.iter().all(|row| row.starts_with("path(")), "{rows:?}");
        // There is a reader, so this does not wait.
        std::fs::write(&pipe, &second).expect("the pipe takes the rest");
        rows.extend(heard.iter());
        reader.join().expect("all lines were read");
        assert!(child.wait().expect("it ends").success());
        assert_eq!(rows.last(), whole.last());
        assert_eq!(sorted(rows), sorted(whole.clone()));
    }
}

#[test]
fn what_goes_wrong_in_the_middle_is_told() {
    let (first, _) = halves();
    let bench = Bench::new(&[("tc.bloom", CLOSURE), ("routes.bloom", ROUTES)]);
    bench.put("a.csv", first.as_bytes());
    bench.put("bad.csv", b"1,x\n2,3\n");
    let bad = bench.run("run tc.bloom --in edge=bad.csv --stream");
    insta::assert_snapshot!("stream_bad_record", bad);
    let left = bench.run("run tc.bloom --in edge=bad.csv --stream --on-bad-row reject");
    insta::assert_snapshot!("stream_rejected", left);
    let run = bench.run("run tc.bloom --in edge=a.csv --stream --max-rows 20");
    assert_eq!(lines(&run).last().map(String::as_str), Some("incomplete"), "{run}");
    assert!(run.contains("--- code 1") && run.contains("--max-rows"), "{run}");
    let overflow = "input table n(x: int); output m(y: int); m(x * x) <= n(x);\n";
    bench.put("big.bloom", overflow.as_bytes());
    bench.put("n.csv", b"3\n5000000000\n");
    insta::assert_snapshot!("stream_overflow", bench.run("run big.bloom --in n=n.csv --stream"));
    let clash =
        "input table r(a: int, m: Map<str, Point<int>>); output o(a: int); o(a) <= r(a, _);\n";
    bench.put("clash.bloom", clash.as_bytes());
    bench.put(
        "r.jsonl",
        b"{\"a\": 1, \"m\": {\"x\": 1, \"y\": 2}}\n{\"a\": 1, \"m\": {\"y\": 3}}\n",
    );
    let one = bench.run("run clash.bloom --in r=r.jsonl --stream --quiet");
    let two = bench.run("run clash.bloom --in r=r.jsonl --stream --quiet --workers 2");
    insta::assert_snapshot!("stream_clash", one + &two);
    bench.put("gone.csv", b"1,2\n");
    let torn = bench.run("run tc.bloom --in edge=tc.bloom --in-format jsonl --stream");
    insta::assert_snapshot!("stream_no_data", torn);
}

#[test]
fn what_cannot_stream_says_what_can() {
    let bench = Bench::new(&[
        ("tc.bloom", CLOSURE),
        (
            "tick.bloom",
            "input a(x: int); output b(x: int); b(x) <= a(x); timer t(@at: time); t(now + 1s) <~ startup(_);\n",
        ),
    ]);
    bench.put("a.csv", b"1,2\n");
    let mut all = String::new();
    for more in ["--out o", "--format csv --compress gz", "--no-output", "--workers 2 --out o"] {
        all += &bench.run(&format!("run tc.bloom --in edge=a.csv --stream {more}"));
    }
    let parquet = bench.run("run tc.bloom --in edge=a.csv --stream --format parquet");
    assert!(parquet.contains("arquet") && parquet.ends_with("--- code 2\n"), "{parquet}");
    all += &bench.run("run tick.bloom --stream --quiet");
    all += &bench.run("run tc.bloom --in edge=a.csv --stream --trace");
    insta::assert_snapshot!("stream_refused", all);
}

#[test]
fn what_waits_is_told() {
    let only = "input table edge(from: int, to: int);\noutput total(n: nat);\ntotal(count()) <= edge(_, _);\n";
    let bench =
        Bench::new(&[("only.bloom", only), ("routes.bloom", ROUTES), ("tc.bloom", CLOSURE)]);
    bench.put("a.csv", b"1,2\n2,3\n");
    bench.put("link.csv", b"home,work,3\nwork,shop,4\n");
    insta::assert_snapshot!("stream_nothing", bench.run("run only.bloom --in edge=a.csv --stream"));
    insta::assert_snapshot!(
        "stream_held",
        bench.run("run routes.bloom --in link=link.csv --stream")
    );
    let stats = bench.run("run tc.bloom --in edge=a.csv --stream --stats");
    assert!(stats.contains("path    as they came     3"), "{stats}");
    assert!(
        stats.contains("total: P1: `total` aggregates all rows of `path` (tc.bloom:6)"),
        "{stats}"
    );
    assert!(stats.contains("the first row was out after "), "{stats}");
    let json = bench.run("run tc.bloom --in edge=a.csv --stream --stats=json");
    assert!(
        json.contains("\"stream\":{\"outputs\":[{\"name\":\"path\",\"streamed\":true"),
        "{json}"
    );
    // What is printed beside the outputs has no verdict; its rules say enough.
    let csv = bench.run("run tc.bloom --in edge=a.csv --stream --no-output");
    assert!(csv.contains("cannot be used with '--no-output'"), "{csv}");
}

/// The examples that are run once: with and without, the same rows.
#[test]
fn examples_stream_their_rows() {
    let bench = Bench::new(&[]);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let folder = folder.canonicalize().expect("the examples");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("they can be listed")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("data").is_dir())
        .collect();
    names.sort();
    let (mut streamed, mut refused) = (0, 0);
    for example in names {
        let shown = example.display();
        let plain = bench.run(&format!("run {shown} --facts {shown}/data --quiet"));
        for workers in [1, 3] {
            let args = format!("run {shown} --facts {shown}/data --quiet --workers {workers}");
            let run = bench.run(&format!("{args} --stream"));
            if run.contains("--stream is for programs that are run once") {
                refused += 1;
                continue;
            }
            streamed += 1;
            assert_eq!(sorted(lines(&run)), sorted(lines(&plain)), "{run}");
            assert!(run.ends_with("--- code 0\n"), "{run}");
        }
    }
    assert!(streamed >= 10, "{streamed} runs, {refused} refused");
}

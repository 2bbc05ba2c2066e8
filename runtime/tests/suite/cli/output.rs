//! Results on their way out: stdout, files, formats, statistics.

use crate::cli::bench::Bench;

#[test]
fn facts_on_stdout() {
    let bench = Bench::routes();
    insta::assert_snapshot!("run", bench.run("run routes.bloom --facts data"));
    let print = bench.run("run routes.bloom --facts data --print route --print link");
    insta::assert_snapshot!("run_print", print);
    insta::assert_snapshot!("run_nothing", bench.run("run routes.bloom --facts data --no-output"));
    insta::assert_snapshot!("run_json", bench.run("run routes.bloom --facts data --format jsonl"));
}

#[test]
fn stdin_and_folders() {
    let bench = Bench::routes();
    let out = bench.run_with("run routes.bloom --in link=-", b"home,a,1\n");
    insta::assert_snapshot!("run_stdin", out);
    bench.put("app/main.bloom", crate::cli::bench::ROUTES.as_bytes());
    insta::assert_snapshot!("run_folder", bench.run("run app --facts data"));
}

#[test]
fn files() {
    let bench = Bench::routes();
    let mut shown = bench.run("run routes.bloom --facts data --out results --print route");
    for name in bench.list("results") {
        shown.push_str(&format!("--- {name}\n{}", bench.read(&format!("results/{name}"))));
    }
    insta::assert_snapshot!("out_csv", shown);
    let bench = Bench::routes();
    let mut shown = bench.run("run routes.bloom --facts data --out results --format tsv");
    for name in bench.list("results") {
        shown.push_str(&format!("--- {name}\n{}", bench.read(&format!("results/{name}"))));
    }
    insta::assert_snapshot!("out_tsv", shown);
}

#[test]
fn failed_runs_leave_nothing_behind() {
    let bench = Bench::routes();
    bench.put("data/link.csv", b"home,b,x\n");
    bench.run("run routes.bloom --facts data --out results");
    assert_eq!(bench.list("results"), [""; 0]);
}

#[test]
fn programs_without_output_say_so() {
    let bench = Bench::new(&[("p.bloom", "table t(a: int);\nt(1);\n")]);
    insta::assert_snapshot!("no_output", bench.run("run p.bloom"));
    insta::assert_snapshot!("no_output_quiet", bench.run("run p.bloom -q --print t"));
}

#[test]
fn constants_can_be_set() {
    let program = "const k: int = 1;\noutput o(x: int);\no(k * 2);\n";
    let bench = Bench::new(&[("p.bloom", program)]);
    insta::assert_snapshot!("set", bench.run("run p.bloom --set k=21"));
    insta::assert_snapshot!("set_unknown", bench.run("run p.bloom --set kk=21"));
}

#[test]
fn statistics_have_a_schema() {
    let bench = Bench::routes();
    let out = bench.run("run routes.bloom --facts data --no-output --stats=json");
    let json = out.split("--- stderr\n").nth(1).and_then(|t| t.lines().next()).unwrap_or_default();
    let stats: serde_json::Value = serde_json::from_str(json).expect("one line of JSON");
    assert_eq!(stats["schema"], "bloom-stats/1");
    assert_eq!(stats["relations"][0]["name"], "link");
    assert_eq!(stats["relations"][1]["rows"], 3);
    assert_eq!(stats["rules"][1]["head"], "route");
    assert_eq!(stats["rules"][1]["line"], 4);
    for key in ["load_seconds", "run_cpu_seconds", "write_seconds", "peak_bytes", "rounds"] {
        assert!(stats[key].is_number(), "{key}: {stats}");
    }
    let table = bench.run("run routes.bloom --facts data --no-output --stats");
    for word in ["relation", "route:4", "matches", "peak memory", "compile"] {
        assert!(table.contains(word), "{word}: {table}");
    }
}

/// `head` closes the pipe; that is no mistake.
#[cfg(unix)]
#[test]
fn closed_pipes_are_no_mistake() {
    use std::process::Command;
    let bench = Bench::new(&[("p.bloom", "output o(x: int);\no(x) <= x in 0..200_000;\n")]);
    let output = Command::new("bash")
        .args(["-c", "set -o pipefail; \"$0\" run \"$1\" | head -n 1"])
        .arg(env!("CARGO_BIN_EXE_bloom"))
        .arg(bench.path("p.bloom"))
        .output()
        .expect("a shell");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "o(0)\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

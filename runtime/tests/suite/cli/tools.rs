//! Tools around a program: new projects, comparing with what is expected,
//! completions, manual pages, watching, and messages in the forms of others.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;

use crate::cli::bench::Bench;

#[test]
fn new_projects_run_and_are_as_expected() {
    let bench = Bench::new(&[]);
    let mut shown = String::new();
    for template in ["routes", "log", "gossip", "empty"] {
        let made = format!("made-{template}");
        shown.push_str(&bench.run(&format!("new {made} --template {template}")));
        let mut commands = vec![
            format!("fmt --check {made}"),
            format!("check {made}"),
            format!("test {made}"),
            format!("report {made} --baseline {made}/calm.lock --deny any --deny new"),
        ];
        let has = |folder: &str| bench.path(&format!("{made}/{folder}")).exists();
        if has("expected") {
            let facts = if has("data") { format!(" --facts {made}/data") } else { String::new() };
            commands.push(format!("run {made}{facts} --expect {made}/expected"));
        }
        for command in commands {
            let out = bench.run(&command);
            assert!(out.ends_with("--- code 0\n") && !out.contains("warning"), "{out}");
        }
        // What the README says of the report is what the report says.
        let report = bench.run(&format!("report {made}"));
        let first = report.lines().nth(2).and_then(|line| line.split_once(": ")).map(|(_, s)| s);
        let first = first.unwrap_or_else(|| panic!("the report has a first line: {report}"));
        let readme = bench.read(&format!("{made}/README.md"));
        assert!(readme.contains(&format!("says: {first}\n")), "{first}\n{readme}");
    }
    insta::assert_snapshot!("new", shown);
    insta::assert_snapshot!("new_readme", bench.read("made-routes/README.md"));
    insta::assert_snapshot!("new_readme_gossip", bench.read("made-gossip/README.md"));
    let left = bench.list(".");
    assert_eq!(
        left,
        ["made-empty", "made-gossip", "made-log", "made-routes"],
        "nothing is left beside"
    );
}

#[test]
fn new_changes_nothing_that_is_there() {
    let bench = Bench::new(&[("here/file", "mine")]);
    insta::assert_snapshot!("new_taken", bench.run("new here"));
    insta::assert_snapshot!("new_bad_name", bench.run("new 9lives"));
    assert_eq!(bench.list("here"), ["file"]);
    std::fs::create_dir(bench.path("free")).expect("a folder can be made");
    assert!(bench.run("new free").ends_with("--- code 0\n"), "an empty folder is free");
    assert!(bench.run("new deep/er/project").ends_with("--- code 0\n"));
    let quoted = bench.run("new it's/project");
    assert!(quoted.contains(r"  bloom run 'it'\''s/project' --facts"), "{quoted}");
}

#[test]
fn differences_to_what_is_expected() {
    let bench = Bench::routes();
    bench.put("right/cheapest.csv", b"to,cost\nshop,17\nwork,12\n");
    insta::assert_snapshot!("expect", bench.run("run routes.bloom --facts data --expect right"));
    bench.put("wrong/cheapest.csv", b"to,cost\nshop,16\nwork,12\n");
    bench.put("wrong/dearest.csv", b"to\n");
    insta::assert_snapshot!(
        "expect_wrong",
        bench.run("run routes.bloom --facts data --expect wrong")
    );
    std::fs::create_dir(bench.path("none")).expect("a folder can be made");
    insta::assert_snapshot!(
        "expect_none",
        bench.run("run routes.bloom --facts data --expect none")
    );
    insta::assert_snapshot!(
        "expect_nowhere",
        bench.run("run routes.bloom --facts data --expect wrng")
    );
}

#[test]
fn completions_are_scripts() {
    let bench = Bench::new(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let out = bench.run(&format!("completions {shell}"));
        assert!(out.contains("message-format") && out.ends_with("--- code 0\n"), "{shell}");
    }
    let out = bench.run("completions bash");
    let script = out.split("--- ").find_map(|part| part.strip_prefix("stdout\n"));
    bench.put("complete.sh", script.expect("it is on stdout").as_bytes());
    let bash = Command::new("bash").arg("-n").arg(bench.path("complete.sh")).status();
    assert!(bash.is_ok_and(|status| status.success()), "bash can read it");
}

#[test]
fn every_command_has_a_manual_page() {
    let bench = Bench::new(&[]);
    assert!(bench.run("man --out man1").ends_with("--- code 0\n"));
    let pages = bench.list("man1");
    for command in ["", "-run", "-check", "-fmt", "-explain", "-new", "-man"] {
        assert!(pages.contains(&format!("bloom{command}.1")), "{command}: {pages:?}");
    }
    let page = bench.read("man1/bloom-run.1");
    for part in [".TH bloom-run 1", "SH NAME", "EXIT STATUS", "ENVIRONMENT", "\\-\\-facts"] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    insta::assert_snapshot!("man_nowhere", bench.run("man --out man1/bloom.1/x"));
}

/// A program with an error, a warning with other places, and a mendable slip.
const WRONG: &str = "\
table link(from: str, to: str);
output o(x: str);
o(x) <= link(x, y), not link(z, \"a,b: c%\");
o(y) <= lnk(x, y);
";

#[test]
fn github_commands() {
    let bench = Bench::new(&[("a,b.bloom", WRONG)]);
    insta::assert_snapshot!("github", bench.run("check a,b.bloom --message-format github"));
    insta::assert_snapshot!("github_remark", bench.run("run a,b.blom --message-format github"));
}

fn sarif(shown: &str) -> Value {
    let text = shown.split("--- stderr\n").nth(1).and_then(|rest| rest.split("--- code").next());
    serde_json::from_str(text.expect("there is a log")).expect("it is JSON")
}

#[test]
fn sarif_logs_hold_all_programs() {
    let bench = Bench::new(&[("a.bloom", WRONG), ("b c.bloom", "output o(x: int)\n")]);
    bench.put("right.bloom", b"output o(x: int);\no(1);\n");
    let shown = bench.run("check a.bloom right.bloom --message-format sarif");
    assert!(shown.ends_with("--- code 1\n"));
    let log = sarif(&shown);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let results = run["results"].as_array().expect("results");
    assert!(results.len() >= 2, "{results:?}");
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap_or("")));
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        for field in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[field].as_u64().is_some_and(|n| n >= 1), "{field}: {region}");
        }
    }
    let nothing = sarif(&bench.run("check right.bloom --message-format sarif"));
    assert_eq!(nothing["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(nothing["runs"][0]["invocations"][0]["executionSuccessful"], true);
    let absent = sarif(&bench.run("check nowhere.bloom --message-format sarif"));
    let invocation = &absent["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
}

/// A watching tool, which is ended when it goes out of scope.
struct Watching {
    child: std::process::Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Watching {
    fn new(bench: &Bench, args: &[&str]) -> Watching {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(args)
            .current_dir(bench.path("."))
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Watching { child, lines }
    }

    /// Everything that is said up to the next time it waits.
    fn until_it_waits(&mut self) -> String {
        let mut said = String::new();
        for line in self.lines.by_ref() {
            let line = line.expect("text");
            let waits = line.contains("waiting for changes");
            said.push_str(&line);
            said.push('\n');
            if waits {
                return said;
            }
        }
        panic!("it ended, and said:\n{said}");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn checks_again_when_the_program_changes() {
    let bench = Bench::routes();
    let mut watching = Watching::new(&bench, &["check", "routes.bloom", "--watch"]);
    let said = watching.until_it_waits();
    assert!(said.contains("routes.bloom is right") && said.contains("done after"), "{said}");
    bench.put("routes.bloom", b"output o(x: int);\no(y) <= p(y);\n");
    let said = watching.until_it_waits();
    assert!(said.contains("error[B0101]") && said.contains("wrong after"), "{said}");
    // As many editors do it: another file takes its name.
    bench.put("routes.bloom~", crate::cli::bench::ROUTES.as_bytes());
    std::fs::rename(bench.path("routes.bloom~"), bench.path("routes.bloom")).expect("renamed");
    let said = watching.until_it_waits();
    assert!(said.contains("routes.bloom is right"), "{said}");
}

#[test]
fn runs_again_when_data_change() {
    let bench = Bench::routes();
    bench.put("right/cheapest.csv", b"to,cost\nshop,17\nwork,12\n");
    let args = ["run", "routes.bloom", "--facts", "data", "--expect", "right", "--watch"];
    let mut watching = Watching::new(&bench, &args);
    assert!(watching.until_it_waits().contains("the output is as expected"));
    bench.put("data/link.csv", b"from,to,cost\nhome,work,11\nwork,shop,5\n");
    let said = watching.until_it_waits();
    assert!(said.contains("+ work,11") && said.contains("wrong after"), "{said}");
    bench.put("data/link.csv", crate::cli::bench::LINKS.as_bytes());
    assert!(watching.until_it_waits().contains("the output is as expected"));
}

#[test]
fn what_cannot_be_watched() {
    let bench = Bench::routes();
    insta::assert_snapshot!("watch_stdin", bench.run("run routes.bloom --in link=- --watch"));
    insta::assert_snapshot!("watch_nowhere", bench.run("check nowhere/a.bloom --watch"));
    let log = bench.run("check routes.bloom --watch --message-format sarif");
    assert!(log.contains("no SARIF log is ever complete") && log.ends_with("code 2\n"), "{log}");
}

#[test]
fn the_environment_sets_the_form_of_messages() {
    let bench = Bench::new(&[("a.bloom", WRONG)]);
    let shown = Command::new(env!("CARGO_BIN_EXE_bloom"))
        .args(["check", "a.bloom"])
        .current_dir(bench.path("."))
        .env("BLOOM_MESSAGE_FORMAT", "short")
        .output()
        .expect("the tool runs");
    let said = String::from_utf8_lossy(&shown.stderr).into_owned();
    assert!(said.starts_with("a.bloom:"), "{said}");
}

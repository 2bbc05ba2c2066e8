//! Programs that run in time: events as lines, ticks as they are told, dead
//! letters, recordings, and all the ways in which a node ends.

use crate::cli::bench::Bench;

const SHOP: &str = "\
table stock(item: str => n: int);
input put(item: str, n: int);
input take(item: str, n: int);
stock(i, n) <+- put(i, n);
stock(i, m - n) <+- stock(i, m), take(i, n);
invariant enough: not (stock(_, n) and n < 0);
output left(item: str, n: int);
left(i, n) <= stock(i, n);
output asked(item: str);
asked(i) <= take(i, _);
";

const EVENTS: &str = "\
{\"put\": [\"tea\", 2]}
{\"put\": {\"item\": \"rum\", \"n\": 1}}

{\"take\": [\"tea\", 1]}
{\"take\": [\"rum\", 3]}
[{\"take\": [\"tea\", 1]}, {\"put\": [\"gin\", 4]}]
";

const CLOCK: &str = "\
input go(k: str);
timer wake(@at: time, k: str);
wake(now + 5s, k) <~ go(k);
channel hello(@to: node, k: str);
hello(me, k) <~ wake(_, k);
hello(\"n1\", k) <~ wake(_, k);
periodic beat every 2s;
output got(k: str, at: time);
got(k, now) <= hello(_, k);
stdout(\"beat at {at}\") <= beat(at);
stderr(\"started\") <= startup(_);
";

const NOON: &str = "--now 2026-01-31T12:00:00Z";

fn shop() -> Bench {
    Bench::new(&[("shop.bloom", SHOP), ("e.jsonl", EVENTS)])
}

#[test]
fn events_and_dead_letters() {
    let bench = shop();
    let run = bench.run(&format!("run shop.bloom --events e.jsonl --until-quiet {NOON}"));
    insta::assert_snapshot!("events", run + &bench.read("shop.dead.jsonl"));
    let halted = bench.run("run shop.bloom --events e.jsonl --on-error halt");
    assert!(halted.contains("error[B0509]") && halted.ends_with("--- code 1\n"), "{halted}");
    assert!(!halted.contains("left(\"gin\", 4)"), "{halted}");
    let batch = bench.run("run shop.bloom --events e.jsonl --dead-letters d.jsonl");
    assert!(batch.contains("went to d.jsonl; the node goes on"), "{batch}");
    assert!(bench.read("d.jsonl").contains("\"relation\":\"take\""), "{}", bench.read("d.jsonl"));
    let piped = bench.run_with("run shop.bloom --events -", EVENTS.as_bytes());
    assert!(piped.contains("left(\"gin\", 4)\n") && piped.ends_with("--- code 0\n"), "{piped}");
}

#[test]
fn ticks_are_told() {
    let bench = Bench::new(&[("c.bloom", CLOCK), ("e.jsonl", "{\"go\": [\"x\"]}\n")]);
    let flags = format!("run c.bloom --coordination none --events e.jsonl --until-quiet {NOON}");
    insta::assert_snapshot!("trace", bench.run(&format!("{flags} --trace")));
    insta::assert_snapshot!("trace_json", bench.run(&format!("{flags} --trace=json")));
    let ticks =
        bench.run(&format!("run c.bloom --coordination none --ticks 4 --until-quiet {NOON} -q"));
    insta::assert_snapshot!("ticks", ticks);
}

#[test]
fn outputs_as_changes() {
    let bench = shop();
    let run = bench.run("run shop.bloom --events e.jsonl --changes -q --dead-letters d.jsonl");
    insta::assert_snapshot!("changes", run);
    let refused = bench.run("run shop.bloom --events e.jsonl --changes --out res");
    assert!(refused.contains("--changes shows rows on stdout"), "{refused}");
}

#[test]
fn a_recording_is_run_again_to_the_byte() {
    let bench =
        Bench::new(&[("c.bloom", CLOCK), ("e.jsonl", "{\"go\": [\"x\"]}\n{\"go\": [\"y\"]}\n")]);
    let told = |run: String| run.split_once('\n').map(|(_, rest)| rest.to_owned());
    let flags = "run c.bloom --coordination none --trace --batch 2";
    let first = bench.run(&format!("{flags} --events e.jsonl --until-quiet --record r.txt"));
    let again = bench.run(&format!("{flags} --replay r.txt"));
    let again = told(again);
    assert_eq!(told(first), again);
    for workers in 2..=4 {
        let many = bench.run(&format!("{flags} --replay r.txt --workers {workers}"));
        assert_eq!(told(many), again, "{workers} workers");
    }
    insta::assert_snapshot!("replay_of_another", bench.run("run c.bloom --replay r.txt --name n2"));
    insta::assert_snapshot!("replay_of_none", bench.run("run c.bloom --replay e.jsonl"));
}

#[test]
fn stdin_line_by_line() {
    let echo = "stdout(\"{n}: {line}\") <= stdin(line, n);\nhalt(3) <= stdin(\"quit\", _);\n";
    let bench = Bench::new(&[("echo.bloom", echo)]);
    insta::assert_snapshot!("stdin", bench.run_with("run echo.bloom", b"b\na\r\n\nc"));
    insta::assert_snapshot!("halt", bench.run_with("run echo.bloom", b"b\nquit\nc\n"));
    insta::assert_snapshot!("stdin_bytes", bench.run_with("run echo.bloom", b"b\n\xff\nc\n"));
    insta::assert_snapshot!("stdin_twice", bench.run("run echo.bloom --events -"));
    bench.put("wrong.bloom", b"halt(100) <= stdin(_, _);\n");
    insta::assert_snapshot!("halt_code", bench.run_with("run wrong.bloom --on-error halt", b"x\n"));
}

#[test]
fn runs_that_end_by_themselves() {
    let program = "input a(x: int);\ntable t(x: int);\nt(x) <+ a(x);\nt(x + 1) <+ t(x), x < 5;\n\
                   output o(x: int);\no(x) <= t(x);\noutput e(x: int, n: int);\n\
                   e(x, count()) <= a(x);\n";
    let bench = Bench::new(&[("p.bloom", program), ("a.csv", "x\n1\n1\n3\n")]);
    insta::assert_snapshot!("batch", bench.run("run p.bloom --in a=a.csv"));
    let out = bench.run("run p.bloom --in a=a.csv --out res");
    insta::assert_snapshot!("batch_out", out + &bench.read("res/o.csv") + &bench.read("res/e.csv"));
    let endless =
        "table n(=> v: int);\nn(0);\nn(v + 1) <+- n(v);\noutput o(v: int);\no(v) <= n(v);\n";
    bench.put("endless.bloom", endless.as_bytes());
    let endless = bench.run("run endless.bloom --max-own-ticks 100");
    insta::assert_snapshot!("own_ticks", endless);
}

#[test]
fn lines_that_are_no_events() {
    let bench = shop();
    let lines = "{\"put\": [\"tea\"]}\n{\"pot\": [1]}\n{\"left\": [\"a\", 1]}\n{\"put\": [\"a\", 1}\n\
                 {\"put\": [\"rum\", 2]}\n";
    bench.put("bad.jsonl", lines.as_bytes());
    insta::assert_snapshot!("bad_line", bench.run("run shop.bloom --events bad.jsonl"));
    let left_out = bench.run("run shop.bloom --events bad.jsonl --on-bad-row reject");
    insta::assert_snapshot!("bad_lines", left_out);
    let flags = "run shop.bloom --events bad.jsonl --on-bad-row reject --rejects r.csv";
    let kept = bench.run(flags);
    insta::assert_snapshot!("bad_lines_kept", kept + &bench.read("r.csv"));
    assert!(bench.run("run shop.bloom --events none").contains("cannot read none: No such file"));
    assert!(bench.run("run shop.bloom --now noon").contains("--now takes a time such as"));
}

#[cfg(unix)]
#[test]
fn a_node_ends_when_somebody_wants_it() {
    let program = "periodic beat every 20ms;\ntable n(=> v: int);\nn(0);\n\
                   n(v + 1) <+- n(v), beat(_);\noutput o(v: int);\no(v) <= n(v);\n";
    let bench = Bench::new(&[("p.bloom", program)]);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_bloom"))
        .args(["run", "p.bloom", "--out", "results"])
        .current_dir(bench.path(""))
        .stdin(std::process::Stdio::null())
        .spawn()
        .expect("the tool starts");
    let started = std::time::Instant::now();
    while !bench.path("results").exists() && started.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    // TERM is never ignored by what a shell starts in the background.
    let sent = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("the tool ends").code(), Some(143));
    assert!(bench.read("results/o.csv").starts_with("v\n"), "{}", bench.read("results/o.csv"));
}

//! Programs that go on from tick to tick, over several processes of the tool: to
//! the byte what one process alone shows, tells and writes down.

use std::process::Child;
use std::process::Command;

use crate::cli::bench::Bench;
use crate::processes::begin;
use crate::processes::end;
use crate::processes::end_without;
use crate::processes::hosts;
use crate::processes::together;

/// Instants are in what is compared.
const NOW: &str = "--quiet --now 2026-01-31T12:00:00Z";

const SHOP: &str = "table stock(item: str => n: int);\ninput put(item: str, n: int);\n\
    input take(item: str, n: int);\nstock(i, n) <+- put(i, n);\n\
    stock(i, m - n) <+- stock(i, m), take(i, n);\n\
    invariant enough: not (stock(_, n) and n < 0);\n\
    output left(item: str, n: int);\nleft(i, n) <= stock(i, n);\n\
    output kinds(n: nat);\nkinds(count()) <= stock(_, _);\n";

const ENDS: &str = "input go(n: int);\ntable seen(n: int);\nseen(n) <= go(n);\n\
    output out(n: int);\nout(n) <= seen(n);\nhalt(n) <= go(n);\n";

const LINES: &str = "table said(line: str, n: int);\nsaid(l, n) <= stdin(l, n);\n\
    output size(n: nat);\nsize(count()) <= said(_, _);\n";

const CLOCK: &str = "periodic beat every 1s;\ntimer late(at: time, n: int);\n\
    table seen(at: time);\nseen(t) <= beat(t);\n\
    late(t + 1500ms, 1) <+ beat(t);\n\
    output beats(n: nat);\nbeats(count()) <= seen(_);\n\
    output after(at: time, n: int);\nafter(t, n) <= late(t, n);\n";

const PASS: &str = "channel pass(@to: node, n: int);\ninput go(n: int);\ntable kept(n: int);\n\
    pass(me, n) <~ go(n);\npass(me, n - 1) <~ pass(_, n), n > 0;\nkept(n) <= pass(_, n);\n\
    output total(n: int);\ntotal(sum(n)) <= kept(n);\n\
    output table seen(n: int, at: time);\nseen(n, now) <+ pass(_, n);\n";

fn bench() -> Bench {
    let events = "{\"put\": [\"tea\", 2]}\n{\"put\": {\"item\": \"rum\", \"n\": 1}}\n\
        {\"take\": [\"rum\", 3]}\n[{\"put\": [\"gin\", 4]}, {\"take\": [\"tea\", 1]}]\n\
        {\"take\": [\"gin\", 9]}\n{\"take\": [\"gin\", 3]}\n";
    Bench::new(&[
        ("shop.bloom", SHOP),
        ("ends.bloom", ENDS),
        ("lines.bloom", LINES),
        ("clock.bloom", CLOCK),
        ("pass.bloom", PASS),
        ("events.jsonl", events),
        ("go.jsonl", "{\"go\": [0]}\n"),
        ("three.jsonl", "{\"go\": [3]}\n{\"go\": [4]}\n"),
        ("one.csv", "item,n\ntea,5\nbread,1\n"),
        ("two.csv", "item,n\ntea,5\nmilk,1\n"),
        ("both.csv", "item,n\ntea,5\nbread,1\nmilk,1\n"),
    ])
}

/// One process, with how it ended and what it told.
fn alone(bench: &Bench, args: &str) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bloom"))
        .arg("run")
        .args(args.split_whitespace())
        .current_dir(bench.path(""))
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .output()
        .expect("the tool starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Two processes do what one does alone: shown, told, and the exit code.
fn alike(bench: &Bench, program: &str, args: &str) {
    let wanted = alone(bench, &format!("{program} {args}"));
    for workers in [1, 2] {
        let first = format!("{program} {args} --workers {workers}");
        let second = format!("{program} --workers {workers}");
        let found = together(bench.path(""), &[&first, &second]);
        let shown = (found[0].code, found[0].out.clone(), found[0].err.clone());
        assert_eq!(shown, wanted, "{first}: {found:?}");
        assert_eq!((found[1].code, found[1].out.as_str()), (wanted.0, ""), "{first}: {found:?}");
    }
}

#[test]
fn examples_tick_alike_over_processes() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let bench = Bench::new(&[]);
    for name in ["counter", "key-value-store", "order-matching", "rate-limiter"] {
        let program = format!("{examples}/{name}");
        let events = format!("--events {program}/events.jsonl {NOW}");
        alike(&bench, &program, &format!("{events} --until-quiet --trace"));
        alike(&bench, &program, &format!("{events} --until-quiet --changes --batch 3"));
    }
}

#[test]
fn what_fails_and_what_ends_is_alike() {
    let bench = bench();
    let shop = format!("--events events.jsonl --changes {NOW} --until-quiet");
    alike(&bench, "shop.bloom", &format!("{shop} --on-error dead-letter"));
    // Each of three runs adds the same letters.
    let letters = bench.read("shop.dead.jsonl");
    let lines: Vec<&str> = letters.lines().collect();
    let (first, others) = lines.split_at(lines.len() / 3);
    assert!(first.len() >= 2 && others == [first, first].concat(), "{letters}");
    alike(&bench, "shop.bloom", &format!("{shop} --on-error dead-letter --batch 4"));
    alike(&bench, "ends.bloom", &format!("--events go.jsonl {NOW}"));
    alike(&bench, "clock.bloom", &format!("--ticks 5 --changes {NOW} --until-quiet"));
    // What is written down by many processes is run again by one.
    let args = format!("shop.bloom --events events.jsonl --on-error dead-letter {NOW} --changes");
    let found = together(bench.path(""), &[&format!("{args} --record run.rec"), "shop.bloom"]);
    let again = "shop.bloom --replay run.rec --changes --quiet --on-error dead-letter";
    let again = alone(&bench, again);
    assert_eq!((Some(0), found[0].out.clone()), (again.0, again.1));
}

#[test]
fn messages_to_itself_are_those_of_one_node() {
    let bench = bench();
    let args = format!("--events three.jsonl --changes {NOW} --until-quiet");
    alike(&bench, "pass.bloom", &args);
    alike(&bench, "pass.bloom", &format!("{args} --trace=json"));
    let shown = alone(&bench, &format!("pass.bloom {args}")).1;
    assert!(shown.contains("total(10)") && shown.contains("seen(0, "), "{shown}");
}

#[test]
fn rows_of_all_processes_are_there_before_the_first_tick() {
    let bench = bench();
    let args = format!("shop.bloom --until-quiet {NOW} --out");
    let wanted = alone(&bench, &format!("{args} alone --in put=both.csv --in stock=both.csv"));
    assert_eq!(wanted.0, Some(0), "{wanted:?}");
    let first = format!("{args} shared --in put=one.csv --in stock=two.csv --workers 2");
    let second = "shop.bloom --in put=two.csv --in stock=one.csv --workers 2";
    let found = together(bench.path(""), &[&first, second, second]);
    assert!(found.iter().all(|one| one.code == Some(0) && one.out.is_empty()), "{found:?}");
    assert_eq!(bench.list("shared"), ["kinds.csv", "left.csv"]);
    for file in ["kinds.csv", "left.csv"] {
        let read = |folder: &str| bench.read(&format!("{folder}/{file}"));
        assert_eq!(read("shared"), read("alone"), "{file}");
    }
}

#[test]
fn all_end_alike_when_they_tick() {
    let bench = bench();
    bench.put("bad.csv", b"item,n\nx\n");
    let mut shown = String::new();
    for args in [
        ["ends.bloom --events three.jsonl", "ends.bloom"],
        ["shop.bloom --events events.jsonl --until-quiet --on-error halt", "shop.bloom"],
        ["shop.bloom --events events.jsonl", "shop.bloom --in put=bad.csv"],
        ["shop.bloom --events absent.jsonl", "shop.bloom"],
        ["shop.bloom --ticks 1", "shop.bloom --workers 2"],
    ] {
        for (i, ended) in together(bench.path(""), &args).iter().enumerate() {
            let code = ended.code.unwrap_or(-1);
            shown += &format!("$ {}  # process {i}, code {code}\n{}", args[i], ended.err);
        }
        shown += "\n";
    }
    bench.put("one.txt", b"127.0.0.1:7001\n127.0.0.1:7002\n");
    for args in [
        "run shop.bloom --hosts one.txt --process 1 --events events.jsonl",
        "run shop.bloom --hosts one.txt --process 1 --replay run.rec",
        "run shop.bloom --hosts one.txt --process 0 --events - --supervise",
        "run lines.bloom --hosts one.txt --process 1 --supervise",
    ] {
        shown += &bench.run(args);
    }
    insta::assert_snapshot!("processes_that_tick_end_alike", shown);
}

/// Processes that die at some moment.
#[cfg(target_os = "linux")]
mod deaths {
    use std::time::Duration;
    use std::time::Instant;

    use super::*;
    use crate::cli::processes::deaths::child;
    use crate::cli::processes::deaths::kill;
    use crate::cli::processes::deaths::kills;
    use crate::cli::processes::deaths::moment;

    const EVENTS: usize = 1_000;

    fn busy() -> (Bench, String) {
        let bench = bench();
        let event = |i: usize| format!("{{\"put\": [\"i{}\", {}]}}\n", i * 7 % 53, i * 11 % 17);
        bench.put("events.jsonl", (0..EVENTS).map(event).collect::<String>().as_bytes());
        let flags = format!("--events events.jsonl --until-quiet --changes {NOW}");
        (bench, format!("shop.bloom {flags}"))
    }

    #[test]
    fn who_ticks_hears_of_a_death() {
        let (bench, first) = busy();
        let second = "shop.bloom --join-timeout 2";
        let begun = Instant::now();
        together(bench.path(""), &[&first, second]);
        let took = begun.elapsed();
        for i in 0..kills() {
            hosts(bench.path(""), 2);
            let first = format!("{first} --join-timeout 2");
            let mut all = [begin(bench.path(""), 0, &first), begin(bench.path(""), 1, second)];
            std::thread::sleep(moment(i, took));
            let victim = i as usize % 2;
            all[victim].kill().expect("a child");
            end_without(bench.path(""), victim, &mut all);
        }
    }

    #[test]
    fn who_ticks_begins_anew() {
        let (bench, first) = busy();
        let (code, wanted, told) = alone(&bench, &first);
        assert_eq!((code, told.as_str()), (Some(0), ""));
        let (first, second) = (
            format!("{first} --supervise --join-timeout 10"),
            "shop.bloom --supervise --join-timeout 10",
        );
        let begun = Instant::now();
        assert!(together(bench.path(""), &[&first, second])[0].out == wanted);
        let took = begun.elapsed().max(Duration::from_millis(200));
        let mut anew = 0;
        for i in 0..kills() {
            hosts(bench.path(""), 2);
            let mut all: Vec<Child> =
                vec![begin(bench.path(""), 0, &first), begin(bench.path(""), 1, second)];
            std::thread::sleep(moment(i, took));
            let victim = (i / 2) as usize % 2;
            if let Some(child) = child(&mut all[victim]) {
                kill(child);
            }
            let ended = end(bench.path(""), 0, &mut all[0]);
            assert!(ended.code == Some(0) && ended.out == wanted, "{}", ended.err);
            let ended = end(bench.path(""), 1, &mut all[1]);
            // Who died when all was done finds nobody any more.
            let late = victim == 1 && ended.code == Some(2);
            assert!(ended.code == Some(0) || late, "{ended:?}");
            anew += u32::from(ended.err.contains("beginning the node anew, 1 of 5 times"));
        }
        assert!(anew > 0, "somebody died in the middle");
    }
}

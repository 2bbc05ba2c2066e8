//! What careful users and broken surroundings do: devices, links, interruption,
//! very long lines, slips in commands, limits inside one round.

use crate::cli::bench::Bench;
use crate::cli::bench::ROUTES;

#[test]
fn limits_hold_inside_one_round() {
    let program = "view a(x: int);\na(x) <= x in 0..100000;\nview c(x: int, y: int, z: int);\n\
                   c(x, y, z) <= a(x), a(y), a(z);\noutput o(n: nat);\n\
                   o(count()) <= c(_, _, _);\n";
    let gathered = "output o(n: nat);\n\
                    o(count(x * 10000000 + y)) <= x in 0..1000, y in 0..1000000;\n";
    let bench = Bench::new(&[("p.bloom", program), ("g.bloom", gathered)]);
    for (file, rule) in [("p.bloom", "c(x, y, z)"), ("g.bloom", "o(count(")] {
        let run = bench.run(&format!("run {file} --max-memory 30MiB --max-seconds 60"));
        assert!(run.contains("reached --max-memory: 30.0 MiB") && run.contains(rule), "{run}");
    }
}

#[test]
fn a_load_can_take_too_much() {
    let bench = Bench::routes();
    let rows: String = (0..300_000).map(|i| format!("a{i},b{i},{i}\n")).collect();
    bench.put("big.csv", rows.as_bytes());
    let run = bench.run("run routes.bloom --in link=big.csv --max-memory 2MiB");
    assert!(run.contains("error[B0601]: the run reached --max-memory: 2.0 MiB, while"), "{run}");
    assert!(run.ends_with("--- code 1\n"), "{run}");
}

#[test]
fn optional_columns_may_be_missing() {
    let program = "table t(a: str, b: int = 7, c: str?, n: nat = line);\n\
                   output o(a: str, b: int, c: str?, n: nat);\n\
                   o(a, b, c, n) <= t(a, b, c, n);\n";
    let bench = Bench::new(&[("p.bloom", program)]);
    let mut shown = String::new();
    for text in ["a\nx\n", "b,a\n1,x\n", "c,a\n,x\nhi,y\n", "x\n", "n,a\n,x\n5,y\n"] {
        shown += &bench.run_with("run p.bloom --in t=-", text.as_bytes());
    }
    insta::assert_snapshot!("optional_columns", shown);
}

#[test]
fn numbers_of_empty_fields_count_through_the_file() {
    let program = "table t(a: int, n: nat = line);\noutput o(wrong: nat);\n\
                   o(count()) <= t(a, n), a != n;\noutput rows(n: nat);\n\
                   rows(count()) <= t(_, _);\n";
    let text: String = (1..400_001).map(|i| format!("{i},\n")).collect();
    let bench = Bench::new(&[("p.bloom", program), ("d/t.csv", &text)]);
    let run = bench.run("run p.bloom --facts d");
    assert!(run.contains("--- stdout\nrows(400000)\n--- code 0"), "{run}");
}

#[cfg(unix)]
#[test]
fn pipes_and_links_are_written_to() {
    use std::os::unix::fs::FileTypeExt;
    let bench = Bench::new(&[("routes.bloom", ROUTES), ("d/link.csv", "a,b,x\n")]);
    let flags = "run routes.bloom --facts d --on-bad-row reject --rejects";
    let absent = bench.run(&format!("{flags} nowhere/bad.csv"));
    assert!(absent.contains("nowhere/bad.csv: No such file") && !absent.contains(".bloom-"));
    bench.put("real.csv", b"");
    std::os::unix::fs::symlink(bench.path("real.csv"), bench.path("link.csv")).expect("a link");
    bench.run(&format!("{flags} link.csv"));
    assert!(bench.read("real.csv").contains("expected an int"), "{}", bench.read("real.csv"));
    let pipe = bench.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.is_ok_and(|status| status.success()));
    let from = pipe.clone();
    let reader = std::thread::spawn(move || std::fs::read_to_string(from));
    // Had the pipe been replaced, the reader would wait for ever.
    bench.run(&format!("{flags} pipe"));
    assert!(pipe.metadata().expect("it is there").file_type().is_fifo());
    let read = reader.join().expect("it reads").expect("a text");
    assert!(read.contains("expected an int"), "{read}");
}

#[test]
fn long_lines_are_shown_around_their_marks() {
    let ones = vec!["1"; 3_000].join(", ");
    let program = format!("output o(x: [int]);\no([{ones}, y]);\n");
    let bench = Bench::new(&[("p.bloom", &program)]);
    insta::assert_snapshot!("long_line", bench.run("check p.bloom"));
}

#[test]
fn json_messages_are_one_to_a_line() {
    let bench = Bench::new(&[("a.bloom", "output o(x: int);\no(1);\n"), ("b.bloom", "o(1);\n")]);
    let run = bench.run("check a.bloom b.bloom --message-format json");
    let lines: Vec<&str> = run.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(lines.len(), 2, "{run}");
    assert!(lines[0].contains("\"diagnostics\":[]"), "{run}");
    assert!(lines[1].contains("\"code\":\"B0101\""), "{run}");
}

#[test]
fn a_named_file_wins_over_those_in_the_folder() {
    let bench = Bench::routes();
    bench.put("data/link.facts", b"home\tpark\t1\n");
    let both = bench.run("run routes.bloom --facts data");
    assert!(both.contains("both data/link.csv and data/link.facts"), "{both}");
    let named = bench.run("run routes.bloom --facts data --in link=data/link.facts");
    assert!(named.contains("--- stdout\ncheapest(\"park\", 1)\n--- code 0"), "{named}");
}

#[test]
fn slips_in_commands_are_understood() {
    let bench = Bench::routes();
    assert!(bench.run("rnu routes.bloom").contains("a similar subcommand exists: 'run'"));
    let negative = bench.run("run routes.bloom --max-rounds -1");
    assert!(negative.contains("invalid value '-1' for '--max-rounds <N>'"), "{negative}");
    bench.put("notes/README.md", b"nothing");
    let folder = bench.run("run routes.bloom --in link=notes");
    assert!(folder.contains("notes has no file of rows for `link`: their names end"), "{folder}");
    let twice = bench.run("run routes.bloom --in link=data --in link=data/link.csv");
    assert!(twice.contains("--in gives data/link.csv to `link` twice"), "{twice}");
}

/// Whether this process, and so what it starts, ignores the signal of Ctrl-C.
#[cfg(unix)]
fn ignores_interrupts() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let bits = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    bits.is_some_and(|bits| bits & 0b10 != 0)
}

#[cfg(unix)]
#[test]
fn interruption_leaves_nothing_half_written() {
    use std::process::Command;
    let program = "output n(x: int);\nn(0);\nn(x + 1) <= n(x), x < 1000000000;\n";
    let bench = Bench::new(&[("p.bloom", program), ("d/link.csv", "")]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_bloom"))
        .args(["run", "p.bloom", "--out", "results", "--max-seconds", "60"])
        .current_dir(bench.path(""))
        .spawn()
        .expect("the tool starts");
    let started = std::time::Instant::now();
    while !bench.path("results").exists() && started.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    // What a shell starts in the background ignores Ctrl-C, and hands that on.
    let (signal, code) = if ignores_interrupts() { ("-TERM", 143) } else { ("-INT", 130) };
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("the tool ends").code(), Some(code));
    assert_eq!(bench.list("results"), [""; 0]);
}

//! One node over several processes of the tool: the same output as one alone,
//! one end for all, and a new beginning when one of them dies.

mod ticking;

use std::io::Write;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use crate::cli::bench::Bench;
use crate::processes::begin;
use crate::processes::end;
use crate::processes::end_without;
use crate::processes::hosts;
use crate::processes::together;

fn alone(bench: &Bench, args: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bloom"))
        .arg("run")
        .args(args.split_whitespace())
        .current_dir(bench.path(""))
        .output()
        .expect("the tool starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

const LINKS: &str = "table link(from: str, to: str);\nview reach(from: str, to: str);\n\
    reach(a, b) <= link(a, b);\nreach(a, c) <= reach(a, b), link(b, c);\n\
    output pair(from: str, to: str);\npair(a, b) <= reach(a, b);\n\
    output lonely(name: str);\nlonely(a) <= link(a, _), not reach(a, a);\n\
    output size(n: nat);\nsize(count()) <= reach(_, _);\n";

/// Links in two files, and both in a third.
fn links() -> Bench {
    let line = |i: usize| format!("n{},n{}\n", i * 7 % 31, i * 11 % 37);
    let half = |odd: usize| (0..60).filter(|i| i % 2 == odd).map(line).collect::<String>();
    let (even, odd) = (half(0), half(1));
    Bench::new(&[
        ("p.bloom", LINKS),
        ("even.csv", &even),
        ("odd.csv", &odd),
        ("all.csv", &format!("{even}{odd}")),
        ("bad.csv", "a,b,c\n"),
        ("none.csv", ""),
    ])
}

#[test]
fn rows_of_all_processes_count() {
    let bench = links();
    let wanted = alone(&bench, "p.bloom --in link=all.csv");
    let cases: [&[&str]; 3] = [
        &["p.bloom --in link=even.csv", "p.bloom --in link=odd.csv"],
        &["p.bloom", "p.bloom --in link=odd.csv", "p.bloom --in link=even.csv"],
        &["p.bloom --in link=all.csv"],
    ];
    for args in cases {
        let found = together(&bench, args);
        assert_eq!(found[0].out, wanted, "{args:?}: {found:?}");
        assert!(found.iter().all(|one| one.code == Some(0)), "{found:?}");
    }
    // Files are written by the first process alone; the key is the same.
    bench.put("key", &[7; 32]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(bench.path("key"), mode).expect("a mode");
    }
    let args = "p.bloom --in link=all.csv --out results --key key --stats";
    let found = together(&bench, &[args, args]);
    assert!(found.iter().all(|one| one.code == Some(0) && one.out.is_empty()), "{found:?}");
    assert!(found[0].err.contains("phase") && !found[1].err.contains("phase"), "{found:?}");
    assert_eq!(bench.list("results"), ["lonely.csv", "pair.csv", "size.csv"]);
}

#[test]
fn all_end_alike() {
    let fails = "table t(a: int);\noutput o(a: int);\no(a / (a - 3)) <= t(a);\n";
    let bench = links();
    bench.put("fails.bloom", fails.as_bytes());
    bench.put("three.csv", b"1\n3\n");
    bench.put("other.bloom", format!("{LINKS}\n").as_bytes());
    bench.put("set.bloom", b"const k = 1;\noutput o(a: int);\no(k);\n");
    let mut shown = String::new();
    for args in [
        ["p.bloom --in link=all.csv", "p.bloom --in link=nothing.csv"],
        ["p.bloom --in link=all.csv", "p.bloom --in link=bad.csv"],
        ["p.bloom --in link=bad.csv", "p.bloom --in link=all.csv"],
        ["p.bloom --in link=all.csv --out p.bloom", "p.bloom"],
        ["fails.bloom --in t=none.csv", "fails.bloom --in t=three.csv"],
        ["p.bloom", "p.bloom --workers 2"],
        ["p.bloom", "other.bloom"],
        ["set.bloom", "set.bloom --set k=2"],
    ] {
        if args[0].starts_with("fails") {
            bench.put("none.csv", b"");
        }
        for (i, ended) in together(&bench, &args).iter().enumerate() {
            assert_eq!(ended.out, "", "{args:?}");
            let code = ended.code.unwrap_or(-1);
            shown += &format!("$ {}  # process {i}, code {code}\n{}", args[i], ended.err);
        }
        shown += "\n";
    }
    insta::assert_snapshot!("processes_end_alike", shown);
}

#[test]
fn what_cannot_be_is_refused() {
    let bench = links();
    bench.put("hosts.txt", b"127.0.0.1:1\nlocalhost:99999\n");
    bench.put("open.txt", b"ten.example:7000\n127.0.0.1:7001\n");
    bench.put("one.txt", b"127.0.0.1:7001\n");
    bench.put("short", b"abc");
    bench.put("seen", &[7; 32]);
    #[cfg(unix)]
    for (name, mode) in [("short", 0o600), ("seen", 0o644)] {
        use std::os::unix::fs::PermissionsExt;
        let mode = PermissionsExt::from_mode(mode);
        std::fs::set_permissions(bench.path(name), mode).expect("a mode");
    }
    let mut shown = String::new();
    for args in [
        "run p.bloom --hosts hosts.txt --process 0",
        "run p.bloom --hosts one.txt --process 1",
        "run p.bloom --hosts open.txt --process 2",
        "run p.bloom --hosts open.txt --process 0",
        "run p.bloom --hosts open.txt --process 0 --key short",
        "run p.bloom --hosts open.txt --process 0 --key seen",
        "run p.bloom --hosts open.txt --process 0 --key absent",
        "run p.bloom --hosts absent.txt --process 0",
        "run p.bloom --hosts one.txt",
        "run p.bloom --process 0",
        "run p.bloom --supervise",
        "run p.bloom --hosts one.txt --process 0 --join-timeout -1",
        "run p.bloom --hosts one.txt --process 0 --supervise --in link=-",
    ] {
        shown += &bench.run(args);
    }
    insta::assert_snapshot!("processes_refused", shown);
}

#[test]
fn who_does_not_come_ends_the_wait() {
    let bench = links();
    hosts(&bench, 2);
    let mut first = begin(&bench, 0, "p.bloom --join-timeout 0.5");
    let ended = end(&bench, 0, &mut first);
    assert_eq!(ended.code, Some(2));
    let wanted = "the node did not come together: not there after 0.5 s: process 1 (127.0.0.1:";
    assert!(ended.err.contains(wanted), "{ended:?}");
}

#[test]
fn strangers_do_no_harm() {
    let bench = links();
    let wanted = alone(&bench, "p.bloom --in link=all.csv");
    hosts(&bench, 2);
    let mut first = begin(&bench, 0, "p.bloom --in link=all.csv");
    let text = bench.read("hosts.txt");
    let address = text.lines().next().expect("a line").to_owned();
    let begun = Instant::now();
    let mut open = Vec::new();
    while open.len() < 100 && begun.elapsed() < Duration::from_secs(20) {
        match TcpStream::connect(&address) {
            Ok(mut stream) => {
                let _ = stream.write_all(&[0xff; 100][..open.len()]);
                open.push(stream);
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    let mut second = begin(&bench, 1, "p.bloom");
    let ended = end(&bench, 0, &mut first);
    assert_eq!((ended.code, ended.out), (Some(0), wanted));
    assert_eq!(end(&bench, 1, &mut second).code, Some(0));
}

/// Processes that die at some moment, with everything that follows.
#[cfg(target_os = "linux")]
mod deaths {
    use super::*;

    const BUSY: &str = "table link(from: int, to: int);\nview reach(from: int, to: int);\n\
        reach(a, b) <= link(a, b);\nreach(a, c) <= reach(a, b), link(b, c);\n\
        output size(n: nat);\nsize(count()) <= reach(_, _);\n\
        output ahead(to: int);\nahead(b) <= reach(1, b);\n";
    const RUN: &str = "p.bloom --in link=link.csv --join-timeout 10";

    fn busy() -> Bench {
        let mut state = 1u64;
        let mut node = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
            (state >> 33) % 1000
        };
        let rows: String = (0..2000).map(|_| format!("{},{}\n", node(), node())).collect();
        Bench::new(&[("p.bloom", BUSY), ("link.csv", &rows)])
    }

    /// How often somebody dies here.
    pub fn kills() -> u32 {
        std::env::var("BLOOM_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5)
    }

    pub fn kill(process: u32) {
        let killed = Command::new("kill").args(["-9", &process.to_string()]).status();
        assert!(killed.is_ok());
    }

    /// The child of a supervisor.
    pub fn child(of: &mut Child) -> Option<u32> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) && matches!(of.try_wait(), Ok(None)) {
            let path = format!("/proc/{0}/task/{0}/children", of.id());
            // Where that is not to be seen, every process tells its parent.
            let found = std::fs::read_to_string(path).ok().and_then(|text| {
                text.split_whitespace().next().and_then(|child| child.parse().ok())
            });
            let found = found.or_else(|| by_parent(of.id()));
            if found.is_some() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }

    fn by_parent(parent: u32) -> Option<u32> {
        let entries = std::fs::read_dir("/proc").ok()?;
        entries.filter_map(Result::ok).find_map(|entry| {
            let id: u32 = entry.file_name().to_string_lossy().parse().ok()?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let of: u32 = stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()?;
            (of == parent).then_some(id)
        })
    }

    /// A moment of a run that takes so long.
    pub fn moment(i: u32, of: Duration) -> Duration {
        let share = (u64::from(i) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        of.mul_f64(share as f64 / (1u64 << 24) as f64)
    }

    #[test]
    fn the_others_end_in_one_way() {
        let bench = busy();
        let begun = Instant::now();
        together(&bench, &[RUN, RUN]);
        let took = begun.elapsed();
        for i in 0..kills() {
            hosts(&bench, 3);
            let args = format!("{RUN} --join-timeout 2").replace("--join-timeout 10", "");
            let mut all: Vec<Child> = (0..3).map(|one| begin(&bench, one, &args)).collect();
            std::thread::sleep(moment(i, took));
            let victim = i as usize % 3;
            all[victim].kill().expect("a child");
            let killed = Instant::now();
            end_without(&bench, victim, &mut all);
            assert!(killed.elapsed() < Duration::from_secs(20), "they end soon");
        }
    }

    #[test]
    fn supervisors_begin_anew() {
        let bench = busy();
        let wanted = alone(&bench, "p.bloom --in link=link.csv");
        let args = format!("{RUN} --supervise");
        let begun = Instant::now();
        assert_eq!(together(&bench, &[&args, &args])[0].out, wanted);
        let took = begun.elapsed();
        let mut anew = 0;
        for i in 0..kills() {
            hosts(&bench, 2);
            let mut all: Vec<Child> = (0..2).map(|one| begin(&bench, one, &args)).collect();
            std::thread::sleep(moment(i, took));
            let victim = (i / 2) as usize % 2;
            if let Some(child) = child(&mut all[victim]) {
                kill(child);
            }
            let first = end(&bench, 0, &mut all[0]);
            assert_eq!((first.code, &first.out), (Some(0), &wanted), "{first:?}");
            let second = end(&bench, 1, &mut all[1]);
            // Who died when all was done finds nobody any more.
            let late = victim == 1 && second.code == Some(2);
            assert!(second.code == Some(0) || late, "{second:?}");
            anew += u32::from(second.err.contains("beginning the node anew, 1 of 5 times"));
        }
        println!("{anew} of {} runs were begun anew", kills());
        assert!(anew > 0, "somebody died in the middle");
    }

    #[test]
    fn there_is_an_end_to_beginning_anew() {
        let bench = busy();
        hosts(&bench, 2);
        let args = format!("{RUN} --supervise --max-restarts 0");
        let mut all: Vec<Child> = (0..2).map(|one| begin(&bench, one, &args)).collect();
        let victim = child(&mut all[1]).expect("a child");
        std::thread::sleep(Duration::from_millis(50));
        kill(victim);
        let ended = end(&bench, 1, &mut all[1]);
        assert_eq!(ended.code, Some(120));
        let wanted = "the node was begun anew 0 times, and --max-restarts allows no more";
        assert!(ended.err.contains(wanted), "{ended:?}");
        all[0].kill().expect("a child");
        all[0].wait().expect("a child");
    }
}

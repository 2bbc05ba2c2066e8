//! What it costs that workers are in processes of their own: the same program
//! with one worker, with two threads, and with two processes, CPU and wall, in
//! one run. This room measures and prints; it judges nothing, but all must write
//! the same. `cargo bench --bench processes`

use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Measurements of which the one with the least CPU counts.
const RUNS: usize = 3;

/// A program, the table that it reads, and how many nodes and edges that has.
type Case = (&'static str, &'static str, u64, u64);

const CASES: [Case; 3] = [
    (
        "tc",
        "table edge(a: int, b: int);\nview tc(a: int, b: int);\ntc(a, b) <= edge(a, b);\n\
         tc(a, c) <= tc(a, b), edge(b, c);\noutput n(of: nat);\nn(count()) <= tc(_, _);\n",
        2_000,
        4_000,
    ),
    (
        "sg",
        "table edge(a: int, b: int);\nview sg(a: int, b: int);\n\
         sg(a, b) <= edge(p, a), edge(p, b), a != b;\n\
         sg(a, b) <= edge(p, a), sg(p, q), edge(q, b);\n\
         output n(of: nat);\nn(count()) <= sg(_, _);\n",
        1_200,
        1_900,
    ),
    (
        "names",
        "table edge(a: str, b: str);\nview tc(a: str, b: str);\ntc(a, b) <= edge(a, b);\n\
         tc(a, c) <= tc(a, b), edge(b, c);\noutput n(of: nat);\nn(count()) <= tc(_, _);\n",
        1_000,
        2_000,
    ),
];

/// CPU and wall of one run, and what it wrote.
struct Took {
    cpu: f64,
    wall: f64,
    wrote: Vec<u8>,
}

fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path();
    std::fs::write(path.join("key"), [7; 32]).expect("a file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path.join("key"), mode).expect("a mode");
    }
    println!(
        "{:<6} {:<22} {:>8} {:>8} {:>20}",
        "case", "workers", "CPU s", "wall s", "CPU of 2 threads"
    );
    for (name, program, nodes, edges) in CASES {
        let prefix = if name == "names" { "the node with the number " } else { "" };
        let halves = edges_of(nodes, edges, prefix);
        std::fs::write(path.join("p.bloom"), program).expect("a file");
        std::fs::write(path.join("0.csv"), &halves[0]).expect("a file");
        std::fs::write(path.join("1.csv"), &halves[1]).expect("a file");
        std::fs::write(path.join("all.csv"), halves.concat()).expect("a file");
        let threads = |n: usize| vec![format!("--in edge=all.csv --workers {n}")];
        let processes = |more: &str| -> Vec<String> {
            let of = |i| format!("--in edge={i}.csv --hosts hosts --process {i} {more}");
            (0..2).map(of).collect()
        };
        let ways = [
            ("1 thread", threads(1)),
            ("2 threads", threads(2)),
            ("2 processes", processes("")),
            ("2 processes, sealed", processes("--key key")),
        ];
        let all: Vec<Took> = ways.iter().map(|(_, args)| least(path, args)).collect();
        assert!(all.iter().all(|took| took.wrote == all[0].wrote), "all write the same");
        for ((way, _), took) in ways.iter().zip(&all) {
            let ratio = took.cpu / all[1].cpu;
            println!("{name:<6} {way:<22} {:>8.2} {:>8.2} {ratio:>19.2}x", took.cpu, took.wall);
        }
    }
}

/// Two halves of random edges.
fn edges_of(nodes: u64, edges: u64, prefix: &str) -> [String; 2] {
    let mut state = 7u64;
    let mut node = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % nodes
    };
    let mut halves = [String::new(), String::new()];
    for i in 0..edges {
        let half = &mut halves[i as usize % 2];
        writeln!(half, "{prefix}{},{prefix}{}", node(), node()).expect("a text grows");
    }
    halves
}

fn least(path: &Path, args: &[String]) -> Took {
    let all = (0..RUNS).map(|_| once(path, args));
    all.min_by(|a, b| a.cpu.total_cmp(&b.cpu)).expect("there was a run")
}

fn once(path: &Path, args: &[String]) -> Took {
    let bind = |_| TcpListener::bind("127.0.0.1:0").expect("a port");
    let listeners: Vec<TcpListener> = (0..2).map(bind).collect();
    let line = |one: &TcpListener| format!("{}\n", one.local_addr().expect("an address"));
    let hosts: String = listeners.iter().map(line).collect();
    std::fs::write(path.join("hosts"), hosts).expect("a file");
    drop(listeners);
    let (cpu, begun) = (children(), Instant::now());
    let begin = |args: &String| {
        Command::new(env!("CARGO_BIN_EXE_bloom"))
            .args(["run", "p.bloom", "-q"])
            .args(args.split_whitespace())
            .current_dir(path)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the tool starts")
    };
    let all: Vec<_> = args.iter().map(begin).collect();
    let mut wrote = Vec::new();
    for child in all {
        let output = child.wait_with_output().expect("a child");
        assert!(output.status.success(), "{args:?}");
        wrote.extend(output.stdout);
    }
    Took { cpu: (children() - cpu).as_secs_f64(), wall: begun.elapsed().as_secs_f64(), wrote }
}

/// CPU time of the children that have ended.
#[cfg(unix)]
fn children() -> Duration {
    // SAFETY: the call fills the structure it is given and keeps nothing of it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage);
        usage
    };
    let time = |t: libc::timeval| {
        Duration::from_secs(t.tv_sec as u64) + Duration::from_micros(t.tv_usec as u64)
    };
    time(usage.ru_utime) + time(usage.ru_stime)
}

/// Other systems do not tell.
#[cfg(not(unix))]
fn children() -> Duration {
    Duration::ZERO
}

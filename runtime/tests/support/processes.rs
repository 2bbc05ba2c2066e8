//! Processes of one node, by the tool: how they begin and how they end. What
//! they run is not known here. Each writes what it says to two files of its own.

// Each test program uses a part of it.
#![allow(dead_code)]

use std::fs;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Nothing here takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Writes a file of hosts with ports that are free.
pub fn hosts(folder: impl AsRef<Path>, count: usize) {
    let bind = |_| TcpListener::bind("127.0.0.1:0").expect("a port");
    let listeners: Vec<TcpListener> = (0..count).map(bind).collect();
    let line = |listener: &TcpListener| format!("{}\n", listener.local_addr().expect("an address"));
    let text: String = listeners.iter().map(line).collect();
    fs::write(folder.as_ref().join("hosts.txt"), text).expect("a file can be written");
}

/// Begins one of them, with nothing on stdin.
pub fn begin(folder: impl AsRef<Path>, process: usize, args: &str) -> Child {
    begin_with(folder, process, args, Stdio::null())
}

/// Begins one of them.
pub fn begin_with(folder: impl AsRef<Path>, process: usize, args: &str, stdin: Stdio) -> Child {
    let folder = folder.as_ref();
    let file = |name: &str| File::create(folder.join(format!("{name}{process}"))).expect("a file");
    Command::new(env!("CARGO_BIN_EXE_bloom"))
        .arg("run")
        .args(args.split_whitespace())
        .args(["--hosts", "hosts.txt", "--process", &process.to_string()])
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .stdin(stdin)
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .expect("the tool starts")
}

/// Waits for its end. None of them may hang, panic, or call itself mistaken.
pub fn end(folder: impl AsRef<Path>, process: usize, child: &mut Child) -> Ended {
    let read = |name: &str| {
        let path = folder.as_ref().join(format!("{name}{process}"));
        fs::read_to_string(path).unwrap_or_else(|error| error.to_string())
    };
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child") {
            Some(status) => break status,
            None if begun.elapsed() > PATIENCE => {
                child.kill().expect("a child");
                panic!("process {process} hangs: {}", read("err"));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let ended = Ended { code: status.code(), out: read("out"), err: read("err") };
    for word in ["panicked", "mistake", "RUST_BACKTRACE"] {
        assert!(!ended.err.contains(word), "{ended:?}");
    }
    ended
}

/// All processes of a node, each with its arguments.
pub fn together(folder: impl AsRef<Path>, args: &[&str]) -> Vec<Ended> {
    let folder = folder.as_ref();
    hosts(folder, args.len());
    let begin = |(process, args): (usize, &&str)| begin(folder, process, args);
    let mut children: Vec<Child> = args.iter().enumerate().map(begin).collect();
    children.iter_mut().enumerate().map(|(i, child)| end(folder, i, child)).collect()
}

/// Waits for the end of all, of which one was killed: it alone ends by that, and
/// the others in one way.
pub fn end_without(folder: impl AsRef<Path>, victim: usize, all: &mut [Child]) {
    for (process, child) in all.iter_mut().enumerate() {
        let ended = end(&folder, process, child);
        let gone = format!("error: the node is down: process {victim} is gone\n");
        let fits = match ended.code {
            // It was over before, or had not begun.
            Some(0) => true,
            Some(2) => ended.err.contains(&format!("process {victim} (127.0.0.1:")),
            Some(120) => ended.err.ends_with(&gone),
            None => process == victim,
            Some(_) => false,
        };
        assert!(fits, "process {process}, when {victim} died: {ended:?}");
    }
}

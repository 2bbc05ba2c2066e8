//! The time that a report on coordination takes for generated programs of 1,000
//! rules: many services that mostly wait for nobody, rules that wait everywhere,
//! a long chain in which everything hangs on everything, counts of counts, and an
//! input of which very much hangs. A file may be given instead. It measures and
//! prints; it judges nothing.

use std::fmt::Write;
use std::time::Instant;

use bloom_compiler::calm::model::Assume;
use bloom_compiler::calm::model::Point;
use bloom_compiler::calm::proof::Search;
use bloom_compiler::calm::witness;
use bloom_compiler::driver;

/// Rules of each program.
const RULES: usize = 1_000;
/// Of the many services every so many waits at one point.
const WAITING: usize = 2;
/// Runs, of which the fastest counts.
const RUNS: usize = 7;

/// Services of ten rules that talk to the next one: a log, a recursion, counts
/// with thresholds, a negation, a message to be heard.
fn services() -> String {
    let each = 10;
    let all = RULES / each;
    let mut text = String::new();
    for i in 0..all {
        let next = (i + 1) % all;
        let late = if i % WAITING == 0 { "" } else { "@eventually " };
        let _ = write!(
            text,
            "channel put{i}(@to: node, k: int, v: int, op: uuid);
             input gone{i}(k: int);
             table log{i}(op: uuid => k: int, v: int); table dead{i}(k: int);
             view many{i}(k: int, n: nat); view top{i}(k: int, v: Max<int>);
             view path{i}(a: int, b: int);
             output known{i}(k: int); output far{i}(a: int, b: int);
             {late}output live{i}(k: int, v: int);
             log{i}(o, k, v) <= put{i}(_, k, v, o);
             dead{i}(k) <= gone{i}(k);
             many{i}(k, count(o)) <= log{i}(o, k, _);
             top{i}(k, v) <= log{i}(_, k, v);
             path{i}(a, b) <= log{i}(_, a, b);
             path{i}(a, c) <= path{i}(a, b), log{i}(_, b, c);
             known{i}(k) <= many{i}(k, n), n >= 3, top{i}(k, v), v > 7;
             far{i}(a, b) <= path{i}(a, b), known{i}(b);
             live{i}(k, v) <= log{i}(_, k, v), not dead{i}(k);
             put{next}(n, k, v, o) <~ put{i}(n, k, v, o), v > {i};\n"
        );
    }
    text
}

/// Rules of which every second one denies or counts something.
fn waits() -> String {
    let each = 8;
    let all = RULES / each;
    let mut text = String::new();
    for i in 0..all {
        let (near, far) = ((i + 1) % all, (i * 7 + 3) % all);
        let _ = write!(
            text,
            "input e{i}(k: int, v: int); table t{i}(k: int, v: int);
             view c{i}(k: int, n: nat); view a{i}(k: int, v: int); view p{i}(k: int, v: int);
             output o{i}(k: int, v: int); output m{i}(k: int, n: nat);
             t{i}(k, v) <= e{i}(k, v);
             c{i}(k, count(v)) <= t{i}(k, v);
             a{i}(k, v) <= t{i}(k, v), not t{far}(k, _);
             a{i}(k, v) <= t{near}(k, v), v > 3;
             p{i}(k, v) <= a{i}(k, v), c{i}(k, n), n < 3;
             p{i}(k, w) <= p{i}(k, v), t{i}(v, w);
             o{i}(k, v) <= p{i}(k, v);
             m{i}(k, n) <= c{i}(k, n), a{i}(k, _);\n"
        );
    }
    text
}

/// A chain: what is shown at its end hangs on all inputs, through negations.
fn chain() -> String {
    let each = 4;
    let all = RULES / each;
    let mut text = String::from("view c0(k: int); input start(k: int); c0(k) <= start(k);\n");
    text = text.replace("view c0", "table c0");
    for i in 1..all {
        let before = i - 1;
        let _ = write!(
            text,
            "input e{i}(k: int); table t{i}(k: int); view n{i}(k: int); view c{i}(k: int);
             output o{i}(k: int);
             t{i}(k) <= e{i}(k);
             n{i}(k) <= c{before}(k), t{i}(k);
             c{i}(k) <= c{before}(k), not n{i}(k);
             o{i}(k) <= c{i}(k), t{i}(k);\n"
        );
    }
    text
}

/// Counts of counts, the last of them first in the text.
fn towers() -> String {
    let all = RULES / 2;
    let mut text =
        String::from("input e(k: int, v: int); table c0(k: int, n: int);\nc0(k, v) <= e(k, v);\n");
    for i in (1..all).rev() {
        let below = i - 1;
        let _ = write!(
            text,
            "view c{i}(k: int, n: nat); @eventually output o{i}(k: int);
             c{i}(k, count(n)) <= c{below}(k, n);
             o{i}(k) <= c{i}(k, n), n >= {i};\n"
        );
    }
    text
}

/// One input of which very many outputs each deny something else, and rules of
/// one head that are all compared with each other.
fn fan() -> String {
    let mut text = String::from(
        "input e(k: int, v: int); table t(k: int, v: int); output all(k: int);
         t(k, v) <= e(k, v);\n",
    );
    for i in 0..RULES / 2 {
        let _ = write!(
            text,
            "output o{i}(k: int);
             o{i}(k) <= t(k, {i}), not t(k, {i} + 1);
             all(k) <= t(k, {i}), t(k, {i} + 2);\n"
        );
    }
    text
}

/// Nanoseconds of this thread on a processor; where they are not counted, of the clock.
fn spent(start: Instant) -> u128 {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let first = counted.and_then(|text| text.split_whitespace().next()?.parse().ok());
    first.unwrap_or_else(|| start.elapsed().as_nanos())
}

fn measured(name: &str, text: &str) {
    let compiled = driver::check(name, text, &driver::Options::default());
    if let Some(error) = compiled.diagnostics.iter().find(|d| d.is_error()) {
        eprintln!("{name} is wrong: {}", error.title);
        std::process::exit(1);
    }
    let mut best = u128::MAX;
    let start = Instant::now();
    let mut report = compiled.report(&Assume::default());
    for _ in 0..RUNS {
        let before = spent(start);
        report = std::hint::black_box(compiled.report(&Assume::default()));
        best = best.min(spent(start) - before);
    }
    let before = spent(start);
    compiled.examples(&mut report, witness::STEPS);
    let search = (spent(start) - before) as f64 / 1e6;
    let is_found = |point: &&Point| matches!(point.witness, Search::Found(_));
    let found = report.points.iter().filter(is_found).count();
    let (rules, points) = (report.rules, report.points.len());
    println!(
        "{name:>16} {rules:5} rules {points:4} points {:8.2} ms, {found:4} examples {search:8.2} ms",
        best as f64 / 1e6
    );
}

fn main() {
    let files: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if files.is_empty() {
        measured("services.bloom", &services());
        measured("waits.bloom", &waits());
        measured("chain.bloom", &chain());
        measured("towers.bloom", &towers());
        measured("fan.bloom", &fan());
    }
    for file in files {
        match std::fs::read_to_string(&file) {
            Ok(text) => measured(&file, &text),
            Err(error) => eprintln!("{file}: {error}"),
        }
    }
}

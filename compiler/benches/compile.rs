//! Time per phase for a generated program of 1,000 rules, beside the time that
//! counting its words takes in the same run: the ratios say the same on fast
//! and slow machines. This room measures and prints; it judges nothing.

use std::fmt::Write;
use std::time::Duration;
use std::time::Instant;

use bloom_compiler::calm::strata;
use bloom_compiler::names;
use bloom_compiler::plan;
use bloom_compiler::source::SourceMap;
use bloom_compiler::syntax::parse;
use bloom_compiler::types::infer;
use bloom_compiler::types::judge;
use rustc_hash::FxHashMap;

/// Rules of the program, and runs of which the fastest counts.
const RULES: usize = 1_000;
const RUNS: usize = 5;

/// Joins, recursion, absences, aggregates and lattices, in groups of eight rules.
fn generated() -> String {
    let mut text = String::new();
    for i in 0..RULES / 8 {
        let _ = write!(
            text,
            "table edge{i}(a: int, b: int, w: int);
             view path{i}(a: int, b: int); view cost{i}(a: int, b: int, c: Min<int>);
             view end{i}(a: int); view seen{i}(a: int, s: Set<int>); output out{i}(a: int, n: int);
             path{i}(a, b) <= edge{i}(a, b, _);
             path{i}(a, c) <= path{i}(a, b), edge{i}(b, c, _);
             cost{i}(a, b, w) <= edge{i}(a, b, w);
             cost{i}(a, c, w + v) <= cost{i}(a, b, w), edge{i}(b, c, v), path{i}(a, c);
             end{i}(b) <= path{i}(_, b), not edge{i}(b, _, _);
             seen{i}(a, {{b}}) <= path{i}(a, b), end{i}(b);
             seen{i}(a, s) <= edge{i}(a, b, w), w > 3, seen{i}(b, s);
             out{i}(a, count()) <= path{i}(a, b), cost{i}(a, b, c), c < 100;\n"
        );
    }
    text
}

fn timed<T>(times: &mut Vec<Duration>, f: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = f();
    times.push(start.elapsed());
    value
}

/// The baseline: every word of the text into a hash table, once.
fn count_words(text: &str) -> usize {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts.len()
}

fn main() {
    let text = generated();
    let mut base = Duration::MAX;
    let phases = ["parse", "names", "types", "judge", "strata", "plan"];
    let mut best: Vec<Duration> = vec![Duration::MAX; phases.len()];
    for _ in 0..RUNS {
        let mut times = Vec::new();
        let start = Instant::now();
        assert!(std::hint::black_box(count_words(&text)) > 0);
        base = base.min(start.elapsed());
        let mut diags = Vec::new();
        let mut sources = SourceMap::default();
        let file = sources.add("generated.bloom", text.as_str());
        let parsed = timed(&mut times, || parse::parse(file, &text));
        let options = names::Options::default();
        let hir = timed(&mut times, || names::resolve(&parsed.module, &options, &mut diags));
        let mut typed = timed(&mut times, || infer::infer(&hir, &mut diags));
        timed(&mut times, || judge::judge(&mut typed, &hir, &mut diags));
        let order = timed(&mut times, || strata::stratify(&typed, &mut diags));
        if let Some(error) = diags.iter().find(|d| d.is_error()) {
            eprintln!("the generated program is wrong: {error:?}");
            std::process::exit(1);
        }
        let plan = timed(&mut times, || plan::build(&typed, &order, &plan::Sizes::default()));
        assert!(!plan.strata.is_empty());
        best.iter_mut().zip(times).for_each(|(best, time)| *best = (*best).min(time));
    }
    println!("{} bytes, {RULES} rules, fastest of {RUNS} runs", text.len());
    let show = |phase: &str, time: Duration| {
        let ratio = time.as_secs_f64() / base.as_secs_f64().max(1e-9);
        println!("{phase:>8} {:8.2} ms {ratio:8.1} x", time.as_secs_f64() * 1e3);
    };
    show("words", base);
    phases.iter().zip(&best).for_each(|(phase, time)| show(phase, *time));
    show("all", best.iter().sum());
}

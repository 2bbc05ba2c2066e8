//! Time per phase for a generated program of 1,000 rules. This room measures
//! and prints; it judges nothing.

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

fn main() {
    let text = generated();
    let phases = ["parse", "names", "types", "judge", "strata", "plan"];
    let mut best: Vec<Duration> = vec![Duration::MAX; phases.len()];
    for _ in 0..RUNS {
        let mut times = Vec::new();
        let mut diags = Vec::new();
        let mut sources = SourceMap::default();
        let file = sources.add("generated.bloom", text.as_str());
        let parsed = timed(&mut times, || parse::parse(file, &text));
        let options = names::Options { set: Vec::new() };
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
    for (phase, time) in phases.iter().zip(&best) {
        println!("{phase:>8} {:8.2} ms", time.as_secs_f64() * 1e3);
    }
    println!("{:>8} {:8.2} ms", "all", best.iter().sum::<Duration>().as_secs_f64() * 1e3);
}

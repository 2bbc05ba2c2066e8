//! The kernel and the loader beside loops written by hand for the one
//! question, on the same generated graph and in the same run: the ratios say
//! the same on fast and slow machines. This room measures and prints; it
//! judges nothing, but both sides must come to the same number.

use std::fmt::Write;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use bloom::connect::files::Format;
use bloom::connect::header::HeaderRule;
use bloom::connect::load;
use bloom::connect::load::Cutting;
use bloom::connect::load::Reading;
use bloom::connect::load::Store;
use bloom::connect::schema::Schema;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::value::interner::Interner;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use rustc_hash::FxHashMap;
use rustc_hash::FxHashSet;

const NODES: u64 = 1_000;
const ARCS: usize = 3_000;
/// Arcs in the file to load, and their nodes.
const LINES: usize = 500_000;
const WIDE: u64 = 1 << 20;
/// So many nodes that most are reached from one.
const DENSE: u64 = 1 << 17;
/// Runs of which the fastest counts.
const RUNS: usize = 3;

const CLOSURE: &str = "\
table arc(a: int, b: int);
output path(a: int, b: int);
path(a, b) <= arc(a, b);
path(a, c) <= path(a, b), arc(b, c);
";

const COSTS: &str = "\
table arc(a: int, b: int);
output cost(b: int, n: Min<int>);
cost(0, 0);
cost(b, n + a % 7 + 1) <= cost(a, n), arc(a, b);
";

/// Random arcs, the same in every run.
fn arcs(nodes: u64, count: usize) -> Vec<[u64; 2]> {
    let mut state = 1u64;
    let mut below = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    (0..count).map(|_| [below(nodes), below(nodes)]).collect()
}

fn compiled(program: &str) -> plan::ir::Program {
    let compiled = driver::check("bench.bloom", program, &driver::Options::default());
    let (Some(typed), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        eprintln!("the program of the bench is wrong: {:?}", compiled.diagnostics);
        std::process::exit(1);
    };
    plan::build(typed, strata, &plan::Sizes::default())
}

/// Rows of the second relation, derived from rows of the first.
fn by_kernel(program: &plan::ir::Program, arcs: &[[u64; 2]]) -> usize {
    let mut engine = Engine::new(program.clone());
    engine.load(RelId(0), arcs.as_flattened());
    if let Err(failure) = engine.run(&Limits::default()) {
        eprintln!("the program of the bench fails: {failure:?}");
        std::process::exit(1);
    }
    engine.len(RelId(1))
}

fn targets(arcs: &[[u64; 2]]) -> FxHashMap<u64, Vec<u64>> {
    let mut targets: FxHashMap<u64, Vec<u64>> = FxHashMap::default();
    arcs.iter().for_each(|&[a, b]| targets.entry(a).or_default().push(b));
    targets
}

fn closure(arcs: &[[u64; 2]]) -> usize {
    let targets = targets(arcs);
    let mut all: FxHashSet<[u64; 2]> = arcs.iter().copied().collect();
    let mut waiting: Vec<[u64; 2]> = all.iter().copied().collect();
    while let Some([a, b]) = waiting.pop() {
        for &c in targets.get(&b).into_iter().flatten() {
            if all.insert([a, c]) {
                waiting.push([a, c]);
            }
        }
    }
    all.len()
}

fn costs(arcs: &[[u64; 2]]) -> usize {
    let targets = targets(arcs);
    let mut least: FxHashMap<u64, u64> = FxHashMap::default();
    least.insert(0, 0);
    let mut fresh = vec![0];
    while !fresh.is_empty() {
        let mut next = Vec::new();
        for a in fresh {
            let cost = least[&a] + a % 7 + 1;
            for &b in targets.get(&a).into_iter().flatten() {
                let known = least.entry(b).or_insert(u64::MAX);
                if cost < *known {
                    *known = cost;
                    next.push(b);
                }
            }
        }
        fresh = next;
    }
    least.len()
}

/// Loaded rows go into an engine, as in a run of the tool.
struct Rows(Engine);

impl Store for Rows {
    fn interner(&mut self) -> &mut Interner {
        self.0.interner_mut()
    }

    fn store(&mut self, rel: RelId, rows: &[u64], _count: usize) -> usize {
        self.0.load(rel, rows).equal
    }
}

fn by_loader(program: &plan::ir::Program, text: &str) -> usize {
    let schema = Schema::new(program, RelId(0), &[]);
    let mut rows = Rows(Engine::new(program.clone()));
    let bytes = Some(text.len() as u64);
    let source = Box::new(std::io::Cursor::new(text.to_owned()));
    let reading = Reading {
        format: Format::Csv,
        header: HeaderRule::Yes,
        keep: 0,
        bytes,
        cutting: Cutting::default(),
    };
    let done = load::load(source, None, &schema, &program.types, reading, &mut rows, &mut |_| {});
    if let Err(error) = done {
        eprintln!("the file of the bench is wrong: {error:?}");
        std::process::exit(1);
    }
    rows.0.len(RelId(0))
}

fn parse(text: &str) -> usize {
    let mut rows: FxHashSet<[u64; 2]> = FxHashSet::default();
    for line in text.lines().skip(1) {
        let pair = line.split_once(',').and_then(|(a, b)| Some([a.parse().ok()?, b.parse().ok()?]));
        rows.extend(pair);
    }
    rows.len()
}

fn fastest(mut f: impl FnMut() -> usize) -> (usize, Duration) {
    let mut best = (0, Duration::MAX);
    for _ in 0..RUNS {
        let start = Instant::now();
        let size = black_box(f());
        best = (size, best.1.min(start.elapsed()));
    }
    best
}

fn compare(what: &str, ours: impl FnMut() -> usize, by_hand: impl FnMut() -> usize) {
    let (size, time) = fastest(ours);
    let (wanted, base) = fastest(by_hand);
    assert_eq!(size, wanted, "{what}: both sides must agree");
    let (time, base) = (time.as_secs_f64() * 1e3, base.as_secs_f64() * 1e3);
    let ratio = time / base.max(1e-6);
    println!("{what:>8} {size:>9} rows {time:9.2} ms, by hand {base:9.2} ms, ratio {ratio:5.2}");
}

fn main() {
    println!("wall time, fastest of {RUNS} runs");
    let (small, dense, wide) = (arcs(NODES, ARCS), arcs(DENSE, LINES), arcs(WIDE, LINES));
    let mut text = String::from("a,b\n");
    for [a, b] in &wide {
        let _ = writeln!(text, "{a},{b}");
    }
    let (paths, least) = (compiled(CLOSURE), compiled(COSTS));
    compare("closure", || by_kernel(&paths, &small), || closure(&small));
    compare("costs", || by_kernel(&least, &dense), || costs(&dense));
    compare("load", || by_loader(&paths, &text), || parse(&text));
}

//! Rows shown while input still comes, beside the same program that waits for
//! all of it: the transitive closure of a graph, and how large it is. The edges
//! come in two parts, the second when everything that can be done with the first
//! is done. `BLOOM_NODES` says how many nodes. This room measures and prints; it
//! judges nothing but that all agree.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bloom::cli::system;
use bloom::dataflow::flow::Banks;
use bloom::dataflow::flow::Fresh;
use bloom::dataflow::flow::Left;
use bloom::dataflow::flow::Outlet;
use bloom::dataflow::flow::River;
use bloom::dataflow::stock::Stock;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::value::interner::Interner;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::flow::Flow;
use bloom_compiler::plan::flow::flow;
use bloom_compiler::types::typed::Program;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROGRAM: &str = "\
input table edge(from: int, to: int);
output path(a: int, b: int);
path(a, b) <= edge(a, b);
path(a, c) <= path(a, b), edge(b, c);
output total(n: nat);
total(count()) <= path(_, _);
";
const EDGE: RelId = RelId(0);
const PATH: RelId = RelId(1);
const TOTAL: RelId = RelId(2);

/// Nodes, unless the variable says otherwise, and edges for each.
const NODES: u64 = 1_500;
const EDGES: u64 = 3;
/// Edges that come at a time.
const BLOCK: usize = 512;

/// Counts rows and notes when the first came.
struct Counter {
    rows: AtomicU64,
    cpu: f64,
    wall: Instant,
    first: Mutex<Option<(f64, f64)>>,
}

impl Counter {
    fn new() -> Arc<Counter> {
        let (rows, cpu, wall) = (AtomicU64::new(0), system::cpu_seconds(), Instant::now());
        Arc::new(Counter { rows, cpu, wall, first: Mutex::default() })
    }

    fn passed(&self) -> (f64, f64) {
        (system::cpu_seconds() - self.cpu, self.wall.elapsed().as_secs_f64())
    }

    fn saw(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| self.passed());
    }
}

impl Outlet for Counter {
    fn rows(&self, _: RelId, fresh: Fresh<'_>) {
        self.saw(fresh.count as u64);
    }
}

/// What one way to run it took.
struct Took {
    name: &'static str,
    /// Rows that were out before the second part came, and in the end.
    early: u64,
    rows: u64,
    total: u64,
    first: (f64, f64),
    all: (f64, f64),
}

struct Bench {
    program: Program,
    strata: Strata,
    flow: Flow,
    parts: [Vec<u64>; 2],
}

impl Bench {
    fn new() -> Bench {
        let compiled = driver::check("closure.bloom", PROGRAM, &driver::Options::default());
        let both = compiled.typed.zip(compiled.strata);
        let (program, strata) = both.expect("the program is right");
        let flow = flow(&program, &strata, &[EDGE], &[PATH]);
        let said = std::env::var("BLOOM_NODES").ok();
        let nodes: u64 = said.and_then(|text| text.parse().ok()).unwrap_or(NODES);
        let mut state = 1_u64;
        let mut below = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 20) % n
        };
        let mut parts = [Vec::new(), Vec::new()];
        for at in 0..nodes * EDGES {
            parts[usize::from(at % 3 == 2)].extend([below(nodes), below(nodes)]);
        }
        Bench { program, strata, flow, parts }
    }

    /// Shows what is certain, by so many workers.
    fn streams(&self, name: &'static str, workers: usize) -> Took {
        let counter = Counter::new();
        let banks = Banks { flow: self.flow.clone(), shown: vec![PATH], outlet: counter.clone() };
        let limits = Limits::default();
        let mut river = if workers == 1 {
            let plan = plan::build(&self.program, &self.flow.strata, &Sizes::default());
            River::alone(Engine::new(plan), banks, &limits)
        } else {
            let program = (self.program.clone(), self.strata.clone());
            let rows = (Stock::new(), Interner::new(), Sizes::default());
            let river = River::spread(program, rows, banks, workers, true, &limits);
            river.expect("workers can be started")
        };
        river.begin().expect("nothing fails");
        let mut early = 0;
        for part in &self.parts {
            early = counter.rows.load(Ordering::Relaxed);
            for block in part.chunks(2 * BLOCK) {
                river.give(EDGE, block, block.len() / 2);
                while river.work(None).expect("nothing fails") {}
            }
        }
        river.finish(None).expect("nothing fails");
        let all = counter.passed();
        let rows = counter.rows.load(Ordering::Relaxed);
        let total = match river.end().expect("workers end") {
            Left::One(mut engine) => engine.rows(TOTAL).first().copied(),
            Left::Many(mut gathered, _) => gathered.rows(TOTAL).first().copied(),
        };
        let first = counter.first.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(all);
        Took { name, early, rows, total: total.unwrap_or(0), first, all }
    }

    /// Waits for all edges, as if each hung on the last one.
    fn waits(&self) -> Took {
        let counter = Counter::new();
        let mut engine = Engine::new(plan::build(&self.program, &self.strata, &Sizes::default()));
        let mut early = 0;
        for part in &self.parts {
            early = counter.rows.load(Ordering::Relaxed);
            for block in part.chunks(2 * BLOCK) {
                engine.load(EDGE, block);
            }
        }
        engine.run(&Limits::default()).expect("nothing fails");
        counter.saw((engine.rows_as_they_lie(PATH).len() / 2) as u64);
        let all = counter.passed();
        let rows = counter.rows.load(Ordering::Relaxed);
        let total = engine.rows(TOTAL).first().copied().unwrap_or(0);
        let first = counter.first.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(all);
        Took { name: "every edge waits", early, rows, total, first, all }
    }
}

fn main() {
    let bench = Bench::new();
    let ways = [bench.waits(), bench.streams("streams", 1), bench.streams("2 workers", 2)];
    println!("way                 rows  before part 2   first row CPU  wall      all CPU  wall");
    for took in &ways {
        assert_eq!((took.rows, took.total), (ways[0].rows, ways[0].total), "{}", took.name);
        let share = 100.0 * took.early as f64 / took.rows.max(1) as f64;
        println!(
            "{:<18} {:>9} {:>7.1} %  {:>11.4} s  {:>7.4} s {:>7.3} s {:>6.3} s",
            took.name, took.rows, share, took.first.0, took.first.1, took.all.0, took.all.1
        );
    }
    let (one, waits) = (&ways[1], &ways[0]);
    println!("CPU of the stream: {:.2} times that of waiting", one.all.0 / waits.all.0.max(1e-9));
}

//! Two workers beside one, on the same generated rows and in the same run: wall
//! and CPU time, their ratios, and how many rows went from one worker to the
//! other. On a machine that does other things only CPU time says something. This
//! room measures and prints; it judges nothing, but all must come to the same
//! number of rows.

use std::time::Instant;

use bloom::cli::system::cpu_seconds;
use bloom::dataflow::evaluation::Setup;
use bloom::dataflow::job::Order;
use bloom::dataflow::stock::Stock;
use bloom::dataflow::whole::Whole;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::types::typed;

/// Runs of which the fastest counts.
const RUNS: usize = 3;

const CLOSURE: &str = "\
static table arc(a: int, b: int);
output tc(a: int, b: int);
tc(x, y) <= arc(x, y);
tc(x, y) <= tc(x, z), arc(z, y);
";

const GENERATION: &str = "\
static table arc(parent: int, child: int);
output sg(x: int, y: int);
sg(x, y) <= arc(p, x), arc(p, y), x != y;
sg(x, y) <= arc(a, x), sg(a, b), arc(b, y);
";

const ALIASES: &str = "\
static table assign(target: int, source: int);
static table dereference(pointer: int, value: int);
output value_flow(x: int, y: int);
output memory_alias(x: int, y: int);
output value_alias(x: int, y: int);
value_flow(y, x) <= assign(y, x);
value_flow(x, y) <= assign(x, z), memory_alias(z, y);
value_flow(x, y) <= value_flow(x, z), value_flow(z, y);
memory_alias(x, w) <= dereference(y, x), value_alias(y, z), dereference(z, w);
value_alias(x, y) <= value_flow(z, x), value_flow(z, y);
value_alias(x, y) <= value_flow(z, x), memory_alias(z, w), value_flow(w, y);
value_flow(x, x) <= assign(x, _);
value_flow(x, x) <= assign(_, x);
memory_alias(x, x) <= assign(_, x);
memory_alias(x, x) <= assign(x, _);
";

const POINTERS: &str = "\
static table address_of(y: int, x: int);
static table assign(y: int, x: int);
static table load(y: int, x: int);
static table store(y: int, x: int);
output points_to(y: int, x: int);
points_to(y, x) <= address_of(y, x);
points_to(y, x) <= assign(y, z), points_to(z, x);
points_to(y, w) <= load(y, x), points_to(x, z), points_to(z, w);
points_to(z, w) <= store(y, x), points_to(y, z), points_to(x, w);
";

/// Rows of pairs, by relation.
type Tables = Vec<(&'static str, Vec<u64>)>;

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Random pairs of nodes.
    fn pairs(&mut self, nodes: u64, count: usize) -> Vec<u64> {
        (0..2 * count).map(|_| self.below(nodes)).collect()
    }

    /// Pairs inside of small groups of variables, and now and then one to a
    /// group before.
    fn grouped(&mut self, groups: u64, count: usize, calls: bool) -> Vec<u64> {
        const VARIABLES: u64 = 30;
        let mut out = Vec::new();
        for base in (0..groups).map(|group| group * VARIABLES) {
            for _ in 0..count {
                out.extend([base + self.below(VARIABLES), base + self.below(VARIABLES)]);
            }
            if calls && base > 0 && self.below(4) == 0 {
                out.extend([base + self.below(VARIABLES), self.below(base)]);
            }
        }
        out
    }
}

/// What one run took.
struct Took {
    wall: f64,
    cpu: f64,
    rows: usize,
    moved: u64,
}

fn stopped(why: String) -> ! {
    eprintln!("{why}");
    std::process::exit(1)
}

fn rel(program: &typed::Program, name: &str) -> RelId {
    match program.rels.iter().position(|rel| rel.name == name) {
        Some(at) => RelId(at as u32),
        None => stopped(format!("the program of the bench has no `{name}`")),
    }
}

/// What is known of relations that have rows.
fn known(program: &typed::Program, of: impl Fn(RelId) -> (usize, Vec<u64>)) -> plan::Sizes {
    let mut sizes = plan::Sizes::default();
    for rel in (0..program.rels.len()).map(|at| RelId(at as u32)) {
        let (rows, distinct) = of(rel);
        sizes.rows.push((rows > 0).then_some(rows as u64));
        sizes.distinct.push(if rows > 0 { distinct } else { Vec::new() });
    }
    sizes
}

/// Rows of all outputs, read from where they lie.
fn count(program: &typed::Program, mut rows: impl FnMut(RelId) -> usize) -> usize {
    let rels = (0..program.rels.len()).filter(|rel| program.rels[*rel].is_shown());
    rels.map(|at| rows(RelId(at as u32))).sum()
}

fn alone(program: &typed::Program, strata: &Strata, tables: &Tables) -> Took {
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let mut engine = Engine::new(plan::build(program, strata, &plan::Sizes::default()));
    for (name, rows) in tables {
        engine.load(rel(program, name), rows);
    }
    let now = |engine: &Engine| known(program, |rel| (engine.len(rel), engine.distinct(rel)));
    engine.replan(plan::build(program, strata, &now(&engine)));
    let mut again = |engine: &Engine| plan::build(program, strata, &now(engine));
    if let Err(failure) = engine.run_planning(&Limits::default(), Some(&mut again)) {
        stopped(format!("the program of the bench fails: {failure:?}"));
    }
    let rows = count(program, |rel| engine.rows_as_they_lie(rel).len() / 2);
    Took { wall: started.elapsed().as_secs_f64(), cpu: cpu_seconds() - cpu, rows, moved: 0 }
}

fn together(program: &typed::Program, strata: &Strata, tables: &Tables, workers: usize) -> Took {
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let mut stock = Stock::new();
    for (name, rows) in tables {
        stock.add(rel(program, name), rows.clone(), rows.len() / 2);
    }
    let mut engine = Engine::new(plan::build(program, strata, &plan::Sizes::default()));
    let of = |rel: RelId| (stock.len(rel), stock.distinct(rel, &engine.plan().rels[rel.index()]));
    let sizes = known(program, of);
    let read = (stock, std::mem::take(engine.interner_mut()), sizes);
    let with = (program.clone(), strata.clone());
    let setup = Setup::new(with, read, (workers, 0..workers), &Limits::default());
    let run = || {
        let mut whole = Whole::in_threads(setup)?;
        whole.order(Order::Load)?;
        let (report, failure) = whole.order(Order::Run)?;
        Ok((whole.end()?, report, failure))
    };
    let run: Result<_, bloom::dataflow::job::Broken> = run();
    let (mut gathered, report, failure) = run.unwrap_or_else(|broken| stopped(broken.0));
    if let Some(failure) = failure {
        stopped(format!("the program of the bench fails: {failure:?}"));
    }
    let rows = count(program, |rel| gathered.rows(rel).len() / 2);
    let (wall, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    Took { wall, cpu, rows, moved: report.moved }
}

/// The fastest of some runs; all have the same number of rows.
fn fastest(mut run: impl FnMut() -> Took) -> Took {
    let first = run();
    (1..RUNS).fold(first, |best, _| {
        let next = run();
        if next.rows != best.rows {
            stopped(format!("{} rows, and then {}", best.rows, next.rows));
        }
        if next.wall < best.wall { next } else { best }
    })
}

fn case(name: &str, source: &str, tables: Tables) {
    let compiled = driver::check("bench.bloom", source, &driver::Options::default());
    let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
        stopped(format!("the program of the bench is wrong: {:?}", compiled.diagnostics));
    };
    let one = fastest(|| alone(program, strata, &tables));
    let two = fastest(|| together(program, strata, &tables, 2));
    if one.rows != two.rows {
        stopped(format!("{name}: {} rows with one worker, {} with two", one.rows, two.rows));
    }
    println!(
        "{name:10} {:>10} rows  1 worker {:6.2} s, CPU {:6.2} s  2 workers {:6.2} s, CPU {:6.2} s  \
         {:4.2}x faster, {:4.2}x the CPU  {:>10} rows moved",
        one.rows,
        one.wall,
        one.cpu,
        two.wall,
        two.cpu,
        one.wall / two.wall,
        two.cpu / one.cpu,
        two.moved,
    );
}

fn main() {
    let mut random = Random(1);
    case("tc", CLOSURE, vec![("arc", random.pairs(2_000, 10_000))]);
    case("sg", GENERATION, vec![("arc", random.pairs(1_500, 5_200))]);
    let assign = random.grouped(500, 34, true);
    let dereference = random.grouped(500, 16, false);
    case("cspa", ALIASES, vec![("assign", assign), ("dereference", dereference)]);
    let statements = [("address_of", 1_250), ("assign", 4_400), ("load", 280), ("store", 280)];
    let tables = statements.map(|(name, rows)| (name, random.pairs(4_000, rows)));
    case("andersen", POINTERS, tables.into());
}

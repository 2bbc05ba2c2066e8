//! What it costs to follow one changed edge, and a hundred at once: a view that a
//! dataflow follows, beside the same written by hand against the library, and
//! beside the kernel that makes the view anew. All in one run, in CPU time of this
//! process, so that the three can be compared.
//!
//! `cargo bench -p bloom-views --bench views [-- CASE]`

mod by_hand;

use std::time::Instant;

use bloom::kernel::Choice;
use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::kernel::Machine;
use bloom::kernel::Rows;
use bloom::kernel::TickInput;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;

/// A program, and the graph that it reads.
struct Case {
    name: &'static str,
    text: &'static str,
    view: &'static str,
    nodes: u64,
    edges: usize,
    /// How often one edge, and a hundred, go and come.
    often: (usize, usize),
}

const CASES: &[Case] = &[
    Case {
        name: "reach",
        text: "input table edge(a: int, b: int); input table source(a: int);
            view reach(x: int); reach(x) <= source(x); reach(y) <= reach(x), edge(x, y);",
        view: "reach",
        nodes: 200_000,
        edges: 400_000,
        often: (600, 60),
    },
    Case {
        name: "tc",
        text: "input table edge(a: int, b: int); input table source(a: int);
            view tc(x: int, y: int); tc(x, y) <= edge(x, y); tc(x, z) <= tc(x, y), edge(y, z);",
        view: "tc",
        nodes: 20_000,
        edges: 18_000,
        often: (400, 30),
    },
    Case {
        name: "tc-dense",
        text: "input table edge(a: int, b: int); input table source(a: int);
            view tc(x: int, y: int); tc(x, y) <= edge(x, y); tc(x, z) <= tc(x, y), edge(y, z);",
        view: "tc",
        nodes: 500,
        edges: 1_000,
        often: (60, 4),
    },
    Case {
        name: "sg",
        text: "input table edge(a: int, b: int); input table source(a: int);
            view sg(x: int, y: int); sg(x, y) <= edge(a, x), edge(a, y), x != y;
            sg(x, y) <= edge(a, x), sg(a, b), edge(b, y);",
        view: "sg",
        nodes: 2_000,
        edges: 2_400,
        often: (40, 3),
    },
];

/// Edges that go, or come, at once.
const BATCH: usize = 100;
/// The kernel makes a view anew that often.
const ANEW: usize = 6;
/// Before the planner has chosen: what that costs is shown by itself.
const CHOOSES: usize = 60;

/// Pseudo-random numbers.
pub struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Microseconds of CPU time that this process has taken.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1_000.0
}

/// Something that follows changes of edges.
trait Follows {
    /// Edges that came, and edges that went; how many rows there are then.
    fn change(&mut self, come: &[(u32, u32)], gone: &[(u32, u32)]) -> usize;

    /// Matches so far, where they are counted.
    fn matches(&self) -> u64 {
        0
    }
}

/// A machine.
struct ByMachine {
    machine: Machine,
    edge: RelId,
    source: RelId,
    view: RelId,
    is_first: bool,
}

impl ByMachine {
    fn new(case: &Case, choice: Choice) -> ByMachine {
        let compiled = driver::check("case.bloom", case.text, &driver::Options::default());
        let (Some(program), Some(strata)) = (&compiled.typed, &compiled.strata) else {
            panic!("{:?}", compiled.diagnostics)
        };
        let rel = |name: &str| {
            let at = program.rels.iter().position(|rel| rel.name == name).expect("it is declared");
            RelId(at as u32)
        };
        let engine = Engine::new(plan::build(program, strata, &Sizes::default()));
        let mut machine = Machine::new(program, engine);
        machine.choose(choice);
        let (edge, source, view) = (rel("edge"), rel("source"), rel(case.view));
        ByMachine { machine, edge, source, view, is_first: true }
    }
}

impl Follows for ByMachine {
    fn change(&mut self, come: &[(u32, u32)], gone: &[(u32, u32)]) -> usize {
        let rows = |edges: &[(u32, u32)]| {
            let words = edges.iter().flat_map(|(a, b)| [u64::from(*a), u64::from(*b)]).collect();
            Rows { rel: self.edge, count: edges.len(), words }
        };
        let mut insert = vec![rows(come)];
        if std::mem::take(&mut self.is_first) {
            insert.push(Rows { rel: self.source, count: 1, words: vec![0] });
        }
        let input = TickInput { insert, delete: vec![rows(gone)] };
        self.machine.begin();
        self.machine.tick(&input, &Limits::default()).expect("nothing fails");
        self.machine.commit();
        self.machine.engine().len(self.view)
    }

    fn matches(&self) -> u64 {
        self.machine.stats().rules.iter().map(|rule| rule.matches).sum()
    }
}

/// What was measured, in microseconds for one change.
struct Took {
    load: f64,
    /// While the planner chooses.
    first: f64,
    single: f64,
    batch: f64,
    rows: usize,
    /// Matches of one change, likewise.
    matches: [f64; 3],
}

fn measure(follows: &mut dyn Follows, case: &Case, often: [usize; 3]) -> Took {
    let [chooses, singles, batches] = often;
    let mut dice = Dice(42);
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    while edges.len() < case.edges {
        let edge = (dice.below(case.nodes) as u32, dice.below(case.nodes) as u32);
        if known.insert(edge) {
            edges.push(edge);
        }
    }
    let before = cpu();
    follows.change(&edges, &[]);
    // What is built when rows go for the first time is not measured with the rest.
    follows.change(&[], &edges[..1]);
    let mut rows = follows.change(&edges[..1], &[]);
    let load = cpu() - before;
    let mut swing = |size: usize, times: usize, rows: &mut usize| {
        let (before, matches) = (cpu(), follows.matches());
        for _ in 0..times {
            let at = dice.below((edges.len() - size) as u64) as usize;
            let some = &edges[at..at + size];
            follows.change(&[], some);
            *rows = follows.change(some, &[]);
        }
        let times = (2 * times.max(1)) as f64;
        ((cpu() - before) / times, (follows.matches() - matches) as f64 / times)
    };
    let (first, of_first) = swing(1, chooses, &mut rows);
    let (single, of_single) = swing(1, singles, &mut rows);
    let (batch, of_batch) = swing(BATCH, batches, &mut rows);
    Took { load, first, single, batch, rows, matches: [of_first, of_single, of_batch] }
}

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("CPU in microseconds; a change is one edge, or {BATCH} at once, out or in");
    for case in CASES {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == case.name) {
            continue;
        }
        let began = Instant::now();
        let (singles, batches) = case.often;
        let often = [CHOOSES, singles, batches];
        let by_hand = measure(by_hand::new(case.view).as_mut(), case, often);
        let view = measure(&mut ByMachine::new(case, Choice::Dataflow), case, often);
        let anew = measure(&mut ByMachine::new(case, Choice::Kernel), case, [0, ANEW, 2]);
        let chosen = measure(&mut ByMachine::new(case, Choice::Cheaper), case, often);
        assert_eq!(by_hand.rows, view.rows);
        assert_eq!(by_hand.rows, anew.rows);
        assert_eq!(by_hand.rows, chosen.rows);
        println!("\n{}: {} rows, {:.1} s", case.name, view.rows, began.elapsed().as_secs_f64());
        println!("{:>22} {:>12} {:>12} {:>12} {:>12}", "", "load", "at first", "one", "a hundred");
        let all = [
            ("by hand", &by_hand),
            ("a view's dataflow", &view),
            ("made anew", &anew),
            ("as chosen", &chosen),
        ];
        for (name, took) in all {
            let [_, one, many] = took.matches;
            print!("{name:>22} {:>12.0} {:>12.1}", took.load, took.first);
            print!(" {:>12.1} {:>12.1}", took.single, took.batch);
            println!("   {one:.0} and {many:.0} matches");
        }
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { f64::NAN };
        println!(
            "{:>22} {:>12.2} {:>12} {:>12.2} {:>12.2}",
            "dataflow / by hand",
            ratio(view.load, by_hand.load),
            "",
            ratio(view.single, by_hand.single),
            ratio(view.batch, by_hand.batch)
        );
        for (name, took) in [("anew / dataflow", &view), ("anew / as chosen", &chosen)] {
            println!(
                "{name:>22} {:>12} {:>12} {:>12.1} {:>12.1}",
                "",
                "",
                ratio(anew.single, took.single),
                ratio(anew.batch, took.batch)
            );
        }
    }
}

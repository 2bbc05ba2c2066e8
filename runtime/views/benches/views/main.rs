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
/// The kernel makes a view anew that often, of each size.
const ANEW: usize = 12;
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

/// Microseconds of CPU time that this process has taken, to the nanosecond.
#[cfg(unix)]
fn cpu() -> f64 {
    // SAFETY: the call fills the structure it is given and keeps nothing of it.
    let time = unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time);
        time
    };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Other systems do not tell.
#[cfg(not(unix))]
fn cpu() -> f64 {
    0.0
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

/// What changes of one size cost so far, in microseconds.
#[derive(Clone, Copy, Default)]
struct Cost {
    out: f64,
    into: f64,
    matches: u64,
    times: usize,
}

impl Cost {
    fn each(&self, all: f64) -> f64 {
        all / self.times.max(1) as f64
    }

    /// Of one change, whether it goes or comes.
    fn mean(&self) -> f64 {
        self.each(self.out + self.into) / 2.0
    }
}

/// One that is measured.
struct Runner {
    name: &'static str,
    follows: Box<dyn Follows>,
    load: f64,
    /// While the planner chooses, and then with one edge and with a hundred.
    costs: [Cost; 3],
    rows: usize,
}

impl Runner {
    fn new(name: &'static str, mut follows: Box<dyn Follows>, edges: &[(u32, u32)]) -> Runner {
        let before = cpu();
        follows.change(edges, &[]);
        // What is built when rows go for the first time is not measured with the rest.
        follows.change(&[], &edges[..1]);
        let rows = follows.change(&edges[..1], &[]);
        Runner { name, follows, load: cpu() - before, costs: Default::default(), rows }
    }

    /// These edges go, and come again.
    fn swing(&mut self, of: usize, some: &[(u32, u32)]) {
        let (before, matches) = (cpu(), self.follows.matches());
        self.follows.change(&[], some);
        let between = cpu();
        self.rows = self.follows.change(some, &[]);
        let cost = &mut self.costs[of];
        cost.out += between - before;
        cost.into += cpu() - between;
        cost.matches += self.follows.matches() - matches;
        cost.times += 1;
    }
}

fn edges(case: &Case, dice: &mut Dice) -> Vec<(u32, u32)> {
    let mut edges: Vec<(u32, u32)> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    while edges.len() < case.edges {
        let edge = (dice.below(case.nodes) as u32, dice.below(case.nodes) as u32);
        if known.insert(edge) {
            edges.push(edge);
        }
    }
    edges
}

/// All of them in turns, so that what else the machine does hits all alike.
fn measure(case: &Case) -> [Runner; 4] {
    let mut dice = Dice(42);
    let edges = edges(case, &mut dice);
    let machine = |choice| -> Box<dyn Follows> { Box::new(ByMachine::new(case, choice)) };
    let mut all = [
        Runner::new("by hand", by_hand::new(case.view), &edges),
        Runner::new("a view's dataflow", machine(Choice::Dataflow), &edges),
        Runner::new("made anew", machine(Choice::Kernel), &edges),
        Runner::new("as chosen", machine(Choice::Cheaper), &edges),
    ];
    let (singles, batches) = case.often;
    for (of, size, times) in [(0, 1, CHOOSES), (1, 1, singles), (2, BATCH, batches)] {
        for nth in 0..times {
            let at = dice.below((edges.len() - size) as u64) as usize;
            for (number, runner) in all.iter_mut().enumerate() {
                // To make it anew always costs the same.
                if number != 2 || nth % (times / ANEW).max(1) == 0 {
                    runner.swing(of, &edges[at..at + size]);
                }
            }
        }
    }
    all
}

fn show(all: &[Runner; 4]) {
    println!(
        "{:>18} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}",
        "", "load", "at first", "one out", "one in", "100 out", "100 in"
    );
    for runner in all {
        let [first, one, many] = &runner.costs;
        print!("{:>18} {:>10.0} {:>10.1}", runner.name, runner.load, first.mean());
        for cost in [one, many] {
            print!(" {:>10.1} {:>10.1}", cost.each(cost.out), cost.each(cost.into));
        }
        let matches = |cost: &Cost| cost.each(cost.matches as f64);
        println!("   {:.0} and {:.0} matches", matches(one), matches(many));
    }
    let [by_hand, view, anew, chosen] = all;
    let ratio = |what: &str, a: &Runner, b: &Runner| {
        print!("{what:>18} {:>10.2} {:>10}", a.load / b.load, "");
        for of in [1, 2] {
            let (a, b) = (&a.costs[of], &b.costs[of]);
            let [out, all] = [a.each(a.out) / b.each(b.out), a.mean() / b.mean()];
            print!(" {out:>10.2} {:>10}", format!("({all:.2})"));
        }
        println!();
    };
    ratio("dataflow / by hand", view, by_hand);
    ratio("anew / dataflow", anew, view);
    ratio("anew / as chosen", anew, chosen);
    // The kernel continues a view that only gains; here every change makes it anew.
    print!("{:>18} {:>21}", "always anew / that", "");
    for of in [1, 2] {
        let always = anew.costs[of].each(anew.costs[of].out) / chosen.costs[of].mean();
        print!(" {:>10} {:>10}", "", format!("({always:.2})"));
    }
    println!();
}

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!(
        "CPU in microseconds, of one edge and of {BATCH} at once; ratios of what goes, and in \
         brackets of what goes and comes"
    );
    for case in CASES {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == case.name) {
            continue;
        }
        let began = Instant::now();
        let all = measure(case);
        assert!(all.iter().all(|runner| runner.rows == all[0].rows));
        let seconds = began.elapsed().as_secs_f64();
        println!("\n{}: {} rows, {seconds:.1} s", case.name, all[0].rows);
        show(&all);
    }
}

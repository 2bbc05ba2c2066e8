//! What a tick costs: events through rules, over small and large states, beside
//! the same in plain loops in the same run; the ratios say the same on fast and
//! slow machines. This room measures and prints; it judges nothing, but both
//! sides must come to the same number. `cargo bench --bench tick`

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::kernel::Machine;
use bloom::kernel::Rows;
use bloom::kernel::TickInput;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::types::typed;
use rustc_hash::FxHashMap;
use rustc_hash::FxHashSet;

/// Ticks of one event each.
const TICKS: u64 = 2_000;
/// Rules that one event goes through.
const RULES: usize = 50;
/// Rows of the large state.
const LARGE: u64 = 1_000_000;
/// Rows of the table that is updated.
const MIDDLE: u64 = 100_000;
/// Events in all, and in one batch.
const EVENTS: u64 = 1_000_000;
const BATCH: u64 = 1_000;
/// Runs of which the fastest counts: short ones, so that one of them is not disturbed.
const RUNS: usize = 20;

/// A program as a node that has not ticked.
struct Node {
    machine: Machine,
    program: typed::Program,
}

impl Node {
    fn of(text: &str) -> Node {
        let compiled = driver::check("bench.bloom", text, &driver::Options::default());
        let (Some(typed), Some(strata)) = (compiled.typed, compiled.strata) else {
            eprintln!("the program of the bench is wrong: {:?}", compiled.diagnostics);
            std::process::exit(1);
        };
        let plan = plan::build(&typed, &strata, &plan::Sizes::default());
        Node { machine: Machine::new(&typed, Engine::new(plan)), program: typed }
    }

    fn rel(&self, name: &str) -> RelId {
        let at = self.program.rels.iter().position(|rel| rel.name == name);
        RelId(at.expect("the collection is there") as u32)
    }

    /// A chain of ticks, as long as it goes on by itself. Returns how many.
    fn chain(&mut self, input: &TickInput) -> usize {
        self.machine.begin();
        let (mut ticks, mut own) = (1, self.tick(input));
        while own {
            own = self.tick(&TickInput::default());
            ticks += 1;
        }
        self.machine.commit();
        ticks
    }

    fn tick(&mut self, input: &TickInput) -> bool {
        match self.machine.tick(input, &Limits::default()) {
            Ok(end) => end.own,
            Err(failure) => {
                eprintln!("the program of the bench fails: {failure:?}");
                std::process::exit(1);
            }
        }
    }

    fn len(&self, name: &str) -> usize {
        self.machine.engine().len(self.rel(name))
    }
}

fn event(rel: RelId, words: Vec<u64>) -> TickInput {
    let insert = vec![Rows { rel, count: 1, words }];
    TickInput { delete: Vec::new(), insert }
}

/// The fastest of several runs, in microseconds for each of `n`.
fn fastest(n: u64, mut run: impl FnMut() -> usize) -> (f64, usize) {
    let mut best = (f64::INFINITY, 0);
    for _ in 0..RUNS {
        let begin = Instant::now();
        let found = run();
        let each = begin.elapsed().as_secs_f64() * 1e6 / n as f64;
        best = (best.0.min(each), found);
    }
    best
}

fn report(name: &str, node: (f64, usize), plain: (f64, usize)) {
    assert_eq!(node.1, plain.1, "{name}: both sides come to the same");
    let (node, plain) = (node.0, plain.0);
    println!("{name:<44} {node:9.3} us   by hand {plain:9.4} us   ratio {:7.1}", node / plain);
}

/// Fifty rules, each over the event and a table of its own.
fn rules(more: &str) -> String {
    let mut text = String::from("input e(a: int, b: int);\n");
    for rule in 0..RULES {
        let _ =
            writeln!(text, "table t{rule}(a: int => n: int);\nscratch s{rule}(a: int, n: int);");
        let _ = writeln!(text, "s{rule}(a, n + b) <= e(a, b), t{rule}(a, n);");
    }
    text.push_str(more);
    text
}

fn through_rules(name: &str, more: &str, fill: impl Fn(&mut Node)) {
    let mut node = Node::of(&rules(more));
    fill(&mut node);
    let mut first = TickInput::default();
    for rule in 0..RULES {
        let words = (0..100).flat_map(|a| [a, a + rule as u64]).collect();
        first.insert.push(Rows { rel: node.rel(&format!("t{rule}")), count: 100, words });
    }
    node.chain(&first);
    let (e, last) = (node.rel("e"), format!("s{}", RULES - 1));
    let found = fastest(TICKS, || {
        let mut rows = 0;
        for tick in 0..TICKS {
            node.chain(&event(e, vec![tick % 100, tick]));
            rows += node.len(&last);
        }
        rows
    });
    let tables: Vec<FxHashMap<u64, u64>> =
        (0..RULES as u64).map(|rule| (0..100).map(|a| (a, a + rule)).collect()).collect();
    let plain = fastest(TICKS, || {
        let mut rows = 0;
        for tick in 0..TICKS {
            let mut out: Vec<FxHashSet<(u64, u64)>> = vec![FxHashSet::default(); RULES];
            for (table, out) in tables.iter().zip(&mut out) {
                if let Some(n) = table.get(&(tick % 100)) {
                    out.insert((tick % 100, n + tick));
                }
            }
            rows += black_box(&out)[RULES - 1].len();
        }
        rows
    });
    report(name, found, plain);
}

const VIEWS: &str = "
    table big(a: int, b: int);
    table off(a: int);
    view groups(a: int => n: nat);
    groups(a, count()) <= big(a, _);
    view on(a: int, b: int);
    on(a, b) <= big(a, b), not off(b);
";

fn large(node: &mut Node) {
    let big = Rows {
        rel: node.rel("big"),
        count: LARGE as usize,
        words: (0..LARGE).flat_map(|b| [b % 1_000, b]).collect(),
    };
    let off =
        Rows { rel: node.rel("off"), count: 1_000, words: (0..1_000).map(|b| b * 7).collect() };
    let input = TickInput { delete: Vec::new(), insert: vec![big, off] };
    node.chain(&input);
}

/// Events that change the large state, and with it both views.
fn changing_views() {
    let text = format!(
        "input e(a: int, b: int);\ninput f(b: int);\n{VIEWS}\nbig(a, b) <+ e(a, b);\noff(b) <+ f(b);\n"
    );
    let mut node = Node::of(&text);
    large(&mut node);
    let (e, f) = (node.rel("e"), node.rel("f"));
    const CHANGES: u64 = 10_000;
    let mut next = LARGE;
    let found = fastest(2 * CHANGES, || {
        for _ in 0..CHANGES {
            next += 1;
            node.chain(&event(e, vec![next % 1_000, next]));
            node.chain(&event(f, vec![next]));
        }
        node.len("groups")
    });
    let mut groups: FxHashMap<u64, u64> = (0..1_000).map(|a| (a, LARGE / 1_000)).collect();
    let mut on: FxHashSet<(u64, u64)> = (0..LARGE).map(|b| (b % 1_000, b)).collect();
    let mut at = LARGE;
    let plain = fastest(2 * CHANGES, || {
        for _ in 0..CHANGES {
            at += 1;
            *groups.entry(at % 1_000).or_default() += 1;
            on.insert((at % 1_000, at));
            on.remove(&(at % 1_000, at));
        }
        black_box(&on);
        groups.len()
    });
    report("a change under count and not, 1 M rows", found, plain);
}

const TEN: &str = "
    input e(a: int, b: int);
    table known(a: int => kind: int);
    table total(a: int, b: int);
    scratch r1(a: int, b: int);
    r1(a, b) <= e(a, b), b % 2 == 0;
    scratch r2(a: int, b: int);
    r2(a, b + 1) <= r1(a, b);
    scratch r3(a: int, k: int);
    r3(a, k) <= e(a, _), known(a, k);
    scratch r4(a: int);
    r4(a) <= r3(a, k), k > 5;
    scratch r5(a: int);
    r5(a) <= e(a, _), not known(a, _);
    scratch r6(a: int, b: int);
    r6(b, a) <= e(a, b);
    scratch r7(a: int, b: int);
    r7(a, b) <= r6(b, a), r4(a);
    scratch r8(a: int);
    r8(a) <= r1(a, _);
    scratch r9(a: int);
    r9(a) <= r5(a), not r8(a);
    output r10(a: int, b: int);
    r10(a, b) <= r7(a, b);
";

fn batches() {
    let mut node = Node::of(TEN);
    let known = Rows {
        rel: node.rel("known"),
        count: 500,
        words: (0..500).flat_map(|a| [a, a % 10]).collect(),
    };
    node.chain(&TickInput { delete: Vec::new(), insert: vec![known] });
    let e = node.rel("e");
    let rows = |batch: u64| (0..BATCH).map(move |i| ((batch * 31 + i) % 1_000, batch * BATCH + i));
    let found = fastest(EVENTS, || {
        let mut out = 0;
        for batch in 0..EVENTS / BATCH {
            let words = rows(batch).flat_map(|(a, b)| [a, b]).collect();
            let insert = vec![Rows { rel: e, count: BATCH as usize, words }];
            node.chain(&TickInput { delete: Vec::new(), insert });
            out += node.len("r10");
        }
        out
    });
    let known: FxHashMap<u64, u64> = (0..500).map(|a| (a, a % 10)).collect();
    let plain =
        fastest(EVENTS, || (0..EVENTS / BATCH).map(|batch| by_hand(rows(batch), &known)).sum());
    report("an event of 1,000 through ten rules", found, plain);
}

/// The ten rules over one batch.
fn by_hand(rows: impl Iterator<Item = (u64, u64)>, known: &FxHashMap<u64, u64>) -> usize {
    let e: FxHashSet<(u64, u64)> = rows.collect();
    let r1: FxHashSet<(u64, u64)> = e.iter().copied().filter(|(_, b)| b % 2 == 0).collect();
    let r2: FxHashSet<(u64, u64)> = r1.iter().map(|&(a, b)| (a, b + 1)).collect();
    let r3: FxHashSet<(u64, u64)> =
        e.iter().filter_map(|(a, _)| Some((*a, *known.get(a)?))).collect();
    let r4: FxHashSet<u64> = r3.iter().filter(|(_, k)| *k > 5).map(|(a, _)| *a).collect();
    let r5: FxHashSet<u64> = e.iter().map(|e| e.0).filter(|a| !known.contains_key(a)).collect();
    let r6: FxHashSet<(u64, u64)> = e.iter().map(|&(a, b)| (b, a)).collect();
    let r7: FxHashSet<(u64, u64)> =
        r6.iter().filter(|(_, a)| r4.contains(a)).map(|&(b, a)| (a, b)).collect();
    let r8: FxHashSet<u64> = r1.iter().map(|r| r.0).collect();
    let r9: FxHashSet<u64> = r5.iter().copied().filter(|a| !r8.contains(a)).collect();
    black_box((r2, r9));
    r7.len()
}

/// One row of a large table after the other gives way to another.
fn updates() {
    let text = "input e(k: int, v: int);\ntable kv(k: int => v: int);\nkv(k, v) <+- e(k, v);\n";
    let mut node = Node::of(text);
    let rows = Rows {
        rel: node.rel("kv"),
        count: MIDDLE as usize,
        words: (0..MIDDLE).flat_map(|k| [k, 0]).collect(),
    };
    node.chain(&TickInput { delete: Vec::new(), insert: vec![rows] });
    let e = node.rel("e");
    let mut turn = 0;
    let found = fastest(MIDDLE, || {
        turn += 1;
        for k in 0..MIDDLE {
            node.chain(&event(e, vec![k * 7 % MIDDLE, turn * MIDDLE + k]));
        }
        node.len("kv")
    });
    let mut kv: FxHashMap<u64, u64> = (0..MIDDLE).map(|k| (k, 0)).collect();
    let plain = fastest(MIDDLE, || {
        for k in 0..MIDDLE {
            kv.insert(k * 7 % MIDDLE, black_box(k));
        }
        kv.len()
    });
    report("an update of a row among 100,000", found, plain);
}

fn main() {
    through_rules("an event through fifty rules", "", |_| {});
    through_rules("the same beside count and not, 1 M rows", VIEWS, large);
    changing_views();
    batches();
    updates();
}

//! What a small run costs: a program of ten rules over a hundred rows, a
//! thousand times, beside the same by hand. `cargo bench --bench embed`

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Instant;

use bloom::Program;

const RUNS: usize = 1_000;
const ROWS: i64 = 100;

const TEXT: &str = "
    table edge(a: int, b: int);
    view reach(a: int, b: int);
    reach(a, b) <= edge(a, b);
    reach(a, c) <= reach(a, b), edge(b, c);
    view node(a: int);
    node(a) <= edge(a, _);
    node(b) <= edge(_, b);
    view out(a: int => n: nat);
    out(a, count()) <= edge(a, _);
    view leaf(a: int);
    leaf(a) <= node(a), not edge(a, _);
    view end(a: int, b: int);
    end(a, b) <= reach(a, b), leaf(b);
    view ends(a: int => n: nat);
    ends(a, count()) <= end(a, _);
    view busy(a: int);
    busy(a) <= out(a, n), n > 1;
    output answer(a: int, n: nat);
    answer(a, n) <= ends(a, n), busy(a);
";

fn edges(run: i64) -> Vec<(i64, i64)> {
    (0..ROWS).map(|i| (i / 2, i + 1 + run % 3)).collect()
}

/// The rules of the program as loops.
fn by_hand(edges: &[(i64, i64)]) -> Vec<(i64, u64)> {
    let mut next: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for &(a, b) in edges {
        next.entry(a).or_default().insert(b);
    }
    let mut reach: BTreeSet<(i64, i64)> = edges.iter().copied().collect();
    let mut new: Vec<(i64, i64)> = reach.iter().copied().collect();
    while let Some((a, b)) = new.pop() {
        for &c in next.get(&b).into_iter().flatten() {
            if reach.insert((a, c)) {
                new.push((a, c));
            }
        }
    }
    let mut ends: BTreeMap<i64, u64> = BTreeMap::new();
    for (a, b) in reach {
        if !next.contains_key(&b) {
            *ends.entry(a).or_default() += 1;
        }
    }
    ends.retain(|a, _| next.get(a).is_some_and(|bs| bs.len() > 1));
    ends.into_iter().collect()
}

fn main() {
    let program = Program::compile("bench.bloom", TEXT).expect("it is right");
    let timed = |name: &str, run: &dyn Fn(i64) -> Vec<(i64, u64)>| {
        let begin = Instant::now();
        let rows: usize = (0..RUNS as i64).map(|n| run(n).len()).sum();
        let each = begin.elapsed().as_secs_f64() * 1e6 / RUNS as f64;
        println!("{name:<10} {each:8.1} us per run, {rows} rows in all");
    };
    let embedded = |n: i64| {
        let mut session = program.start();
        session.insert("edge", edges(n)).expect("rows fit");
        session.run().expect("it ends");
        session.rows::<(i64, u64)>("answer").expect("it is there").collect::<Vec<_>>()
    };
    assert_eq!(embedded(0), by_hand(&edges(0)));
    timed("embedded", &embedded);
    timed("by hand", &|n| by_hand(&edges(n)));
}

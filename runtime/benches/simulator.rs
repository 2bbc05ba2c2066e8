//! What a simulated event costs: messages between nodes, each with its tick, and
//! whole runs from their seeds; beside the same protocols by hand in the same
//! run, over the same kind of queue. This room measures and prints; it judges
//! nothing, but both sides must deliver as much. `cargo bench --bench simulator`

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use bloom::sim::Blind;
use bloom::sim::Choices;
use bloom::sim::Prepared;
use bloom::sim::Story;
use bloom::sim::World;
use bloom_compiler::oracle::Value;
use rustc_hash::FxHashMap;
use rustc_hash::FxHashSet;

#[path = "../tests/support/casts.rs"]
mod casts;

use casts::cast;
use casts::gift;

/// The allocator of the tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nodes of each world.
const NODES: usize = 5;
/// Tokens that go round, and how often each is passed on.
const TOKENS: i64 = 16;
const HOPS: i64 = 10_000;
/// Broadcasts of a run: with five nodes, twenty messages each.
const CASTS: i64 = 100;
/// Runs of broadcasts.
const SEEDS: u64 = 200;
/// Measurements of which the fastest counts.
const RUNS: usize = 5;

/// Twenty rules, through which every token goes.
const TWENTY: &str = "
    channel pass(@to: node, id: int, hops: int);
    input start(id: int, hops: int);
    input table next(n: node);
    input table known(id: int => kind: int);
    table seen(id: int => n: int);
    table last(id: int => hops: int);
    scratch r1(id: int, h: int);
    scratch r2(id: int, h: int);
    scratch r3(id: int, k: int);
    scratch r4(id: int);
    scratch r5(id: int);
    scratch r6(h: int, id: int);
    scratch r7(id: int, h: int);
    scratch r8(id: int);
    scratch r9(id: int);
    output r10(id: int, h: int);
    scratch r11(id: int);
    scratch r12(id: int);
    scratch r13(id: int, n: int);
    scratch r14(id: int);
    output alarm(id: int);
    view total(n: nat);
    output r15(id: int);
    pass(o, id, h) <~ start(id, h), next(o);
    pass(o, id, h - 1) <~ pass(_, id, h), h > 1, next(o);
    seen(id, n + count()) <+- pass(_, id, _), seen(id, n) else n = 0;
    last(id, h) <+- pass(_, id, h);
    r1(id, h) <= pass(_, id, h), h % 2 == 0;
    r2(id, h + 1) <= r1(id, h);
    r3(id, k) <= pass(_, id, _), known(id, k);
    r4(id) <= r3(id, k), k > 5;
    r5(id) <= pass(_, id, _), not known(id, _);
    r6(h, id) <= pass(_, id, h);
    r7(id, h) <= r6(h, id), r4(id);
    r8(id) <= r1(id, _);
    r9(id) <= r5(id), not r8(id);
    r10(id, h) <= r7(id, h), h < 0;
    r11(id) <= r2(id, h), h > 100000;
    r12(id) <= r11(id), not r9(id);
    r13(id, n) <= pass(_, id, _), seen(id, n);
    r14(id) <= r13(id, n), n > 500000000;
    alarm(id) <= r14(id) or r12(id);
    total(count()) <= seen(_, _);
    r15(id) <= pass(_, id, _), total(n), n > 1000000;
";

/// Who hears something for the first time tells everybody.
const BROADCAST: &str = "
    channel tell(@to: node, id: int);
    input say(id: int);
    table known(id: int);
    known(id) <= say(id);
    known(id) <= tell(_, id);
    tell(o, id) <~ known(id), members(o, _), o != me;
    output shown(id: int);
    shown(id) <= known(id);
";

fn tokens(cast: &Prepared) -> Story {
    let mut gifts = Vec::new();
    for node in 0..NODES {
        let next = Value::Node(format!("node[{}]", (node + 1) % NODES));
        gifts.push(gift(cast.cast(), node, 0, "next", vec![next]));
        for id in (0..TOKENS).step_by(2) {
            let row = vec![Value::Int(id), Value::Int(id % 10)];
            gifts.push(gift(cast.cast(), node, 0, "known", row));
        }
    }
    for id in 0..TOKENS {
        let row = vec![Value::Int(id), Value::Int(HOPS)];
        gifts.push(gift(cast.cast(), id as usize % NODES, 10_000_000, "start", row));
    }
    let mut story = Story { gifts, ..Story::default() };
    story.settings.liveness = Some(1_000_000_000_000);
    // Every message has a tick of its own.
    (story.settings.gather, story.settings.batch) = (0, 1);
    story
}

fn broadcasts(cast: &Prepared) -> Story {
    let one = |id: i64| {
        gift(cast.cast(), id as usize % NODES, id * 1_000_000, "say", vec![Value::Int(id)])
    };
    Story { gifts: (0..CASTS).map(one).collect(), ..Story::default() }
}

fn play(cast: &Prepared, story: &Story, seed: u64) -> (u64, u128) {
    let mut world = World::new(cast, story, Choices::seeded(seed));
    if let Err(trouble) = world.run(&mut Blind) {
        eprintln!("a world of the bench does not go on: {trouble:?}");
        std::process::exit(1);
    }
    (world.delivered(), world.trace_hash())
}

/// Pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((u128::from(x ^ (x >> 31)) * u128::from(n)) >> 64) as u64
    }
}

/// What the rules of a token do, in plain code.
#[derive(Default)]
struct ByHand {
    known: FxHashMap<i64, i64>,
    seen: FxHashMap<i64, i64>,
    last: FxHashMap<i64, i64>,
}

impl ByHand {
    fn tick(&mut self, id: i64, hops: i64) -> bool {
        let mut out: Vec<FxHashSet<(i64, i64)>> = vec![FxHashSet::default(); 14];
        if hops % 2 == 0 {
            out[0].insert((id, hops));
            out[1].insert((id, hops + 1));
            out[2].insert((id, 0));
        }
        match self.known.get(&id) {
            Some(&kind) => {
                out[3].insert((id, kind));
                if kind > 5 {
                    out[4].insert((id, 0));
                }
            }
            None => {
                out[5].insert((id, 0));
            }
        }
        out[6].insert((hops, id));
        if out[4].contains(&(id, 0)) {
            out[7].insert((id, hops));
        }
        if out[5].contains(&(id, 0)) && !out[2].contains(&(id, 0)) {
            out[8].insert((id, 0));
        }
        let n = self.seen.entry(id).or_default();
        out[9].insert((id, *n));
        *n += 1;
        self.last.insert(id, hops);
        black_box(&out);
        hops > 1
    }
}

fn tokens_by_hand(seed: u64) -> u64 {
    let mut nodes: Vec<ByHand> = (0..NODES).map(|_| ByHand::default()).collect();
    for node in &mut nodes {
        node.known = (0..TOKENS).step_by(2).map(|id| (id, id % 10)).collect();
    }
    let (mut queue, mut dice, mut next) = (BinaryHeap::new(), Dice(seed), 0u64);
    let mut delivered = 0;
    for id in 0..TOKENS {
        queue.push(Reverse((dice.below(19_000_000), next, (id as usize + 1) % NODES, id, HOPS)));
        next += 1;
    }
    while let Some(Reverse((at, _, node, id, hops))) = queue.pop() {
        delivered += 1;
        if nodes[node].tick(id, hops) {
            let takes = 1_000_000 + dice.below(19_000_000);
            queue.push(Reverse((at + takes, next, (node + 1) % NODES, id, hops - 1)));
            next += 1;
        }
    }
    delivered
}

fn broadcasts_by_hand(seed: u64) -> u64 {
    let mut known: Vec<FxHashSet<i64>> = vec![FxHashSet::default(); NODES];
    let (mut queue, mut dice, mut next) = (BinaryHeap::new(), Dice(seed), 0u64);
    for id in 0..CASTS {
        queue.push(Reverse((id as u64 * 1_000_000, next, id as usize % NODES, id, false)));
        next += 1;
    }
    let mut delivered = 0;
    while let Some(Reverse((at, _, node, id, is_message))) = queue.pop() {
        delivered += u64::from(is_message);
        if known[node].insert(id) {
            for to in (0..NODES).filter(|to| *to != node) {
                let takes = 1_000_000 + dice.below(19_000_000);
                queue.push(Reverse((at + takes, next, to, id, true)));
                next += 1;
            }
        }
    }
    delivered
}

/// The fastest of several measurements, in seconds, and what came of it.
fn fastest<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut best: Option<(f64, T)> = None;
    for _ in 0..RUNS {
        let begin = Instant::now();
        let found = run();
        let took = begin.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(best, _)| took < *best) {
            best = Some((took, found));
        }
    }
    best.unwrap_or_else(|| unreachable!("there is a run"))
}

fn main() {
    let twenty = Prepared::new(&cast(TWENTY, &[("node", NODES)], &[]));
    let story = tokens(&twenty);
    let (took, (events, hash)) = fastest(|| play(&twenty, &story, 1));
    let (by_hand, plain) = fastest(|| tokens_by_hand(1));
    assert_eq!(events, plain, "both sides deliver as much");
    let (rate, fast) = (events as f64 / took, plain as f64 / by_hand);
    println!(
        "events through twenty rules   {:9.0} /s   by hand {:11.0} /s   ratio {:6.1}",
        rate,
        fast,
        fast / rate
    );
    let broadcast = Prepared::new(&cast(BROADCAST, &[("node", NODES)], &[]));
    let story = broadcasts(&broadcast);
    let (took, events) =
        fastest(|| (0..SEEDS).map(|seed| play(&broadcast, &story, seed).0).sum::<u64>());
    let (by_hand, plain) = fastest(|| (0..SEEDS).map(broadcasts_by_hand).sum::<u64>());
    assert_eq!(events, plain, "both sides deliver as much");
    let (rate, fast) = (SEEDS as f64 / took, SEEDS as f64 / by_hand);
    println!(
        "seeds of reliable broadcast   {:9.1} /s   by hand {:11.1} /s   ratio {:6.1}",
        rate,
        fast,
        fast / rate
    );
    println!("                              {:9.0} events/s", events as f64 / took);
    let begin = Instant::now();
    let worlds: Vec<World> =
        (0..SEEDS).map(|seed| World::new(&broadcast, &story, Choices::seeded(seed))).collect();
    let made = begin.elapsed().as_secs_f64() * 1e6 / SEEDS as f64;
    black_box(&worlds);
    let nothing = Story::default();
    let (took, _) =
        fastest(|| (0..SEEDS).map(|seed| play(&broadcast, &nothing, seed).0).sum::<u64>());
    println!(
        "a world without events        {:9.1} us  ({made:.1} us before its nodes start)",
        took * 1e6 / SEEDS as f64
    );
    println!("trace hash {hash:032x}");
}

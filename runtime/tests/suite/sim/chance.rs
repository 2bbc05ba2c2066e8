//! A run is a function of its choices: twice, from a seed and from what the seed
//! decided, beside other worlds, on any machine.

use bloom::sim::Blind;
use bloom::sim::Choices;
use bloom::sim::Door;
use bloom::sim::Fault;
use bloom::sim::Map;
use bloom::sim::Prepared;
use bloom::sim::Story;
use bloom::sim::World;
use bloom_compiler::oracle::Value;

use super::MS;
use crate::casts::cast;
use crate::casts::gift;

/// Everything that a program can do that hangs on time, chance or order.
const ALL: &str = "
    channel note(@to: node, from: node, n: int, r: float);
    channel hint(@to: node, text: str, all: [int]) serial;
    role peer replicated {
      periodic beat every 1s;
      timer later(@at: time, n: int);
      input say(n: int);
      table known(n: int, from: node => r: float, at: time);
      table hints(text: str => times: int);
      note(@peer, me, n, random()) <~ say(n);
      known(n, f, r, now) <+ note(_, f, n, r), not known(n, f, _, _);
      later(now + 30ms, n) <~ note(_, _, n, _);
      hint(o, \"of {n}\", [n, n + 1]) <~ later(_, n), members(o, _);
      hints(t, k + 1) <+- hint(_, t, _), hints(t, k) else k = 0;
      hint(o, \"beat\", []) <~ beat(_), members(o, _), known(3, _, _, _), not hints(\"beat\", _);
      output shown(n: int, from: node);
      shown(n, f) <= known(n, f, _, _);
      output heard(text: str, times: int);
      heard(t, k) <= hints(t, k);
    }
";

fn all() -> (Prepared, Story) {
    let cast = Prepared::new(&cast(ALL, &[("peer", 4)], &[("beat", 100 * MS)]));
    let one = |n: i64| gift(cast.cast(), n as usize % 4, n * 20 * MS, "say", vec![Value::Int(n)]);
    let faults = vec![Fault::Loss(0.05), Fault::Duplicate(0.05)];
    let mut story = Story { gifts: (0..6).map(one).collect(), faults, ..Story::default() };
    story.settings.swarm = true;
    story.settings.grace = 300 * MS;
    story.settings.liveness = Some(1_000 * MS);
    (cast, story)
}

fn hash(cast: &Prepared, story: &Story, choices: Choices) -> (u128, Map) {
    let mut world = World::new(cast, story, choices);
    world.run(&mut Blind).expect("the world goes on");
    (world.trace_hash(), world.choices().made())
}

#[test]
fn a_seed_is_a_run() {
    let (cast, story) = all();
    let mut hashes = Vec::new();
    for seed in 0..200 {
        let (first, map) = hash(&cast, &story, Choices::seeded(seed).recorded());
        let (second, _) = hash(&cast, &story, Choices::seeded(seed));
        assert_eq!(first, second, "seed {seed}, twice");
        let (third, made) = hash(&cast, &story, Choices::of(&map, seed).recorded());
        assert_eq!(first, third, "seed {seed}, and what it decided");
        assert_eq!(map, made);
        hashes.push(first);
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), 200, "no two seeds give the same run");
}

#[test]
fn a_trace_changes_nothing() {
    let (cast, mut story) = all();
    let (without, _) = hash(&cast, &story, Choices::seeded(5));
    story.settings.traced = true;
    let (with, _) = hash(&cast, &story, Choices::seeded(5));
    assert_eq!(without, with);
}

#[test]
fn worlds_have_nothing_in_common() {
    let (cast, story) = all();
    let alone: Vec<u128> =
        (0..8).map(|seed| hash(&cast, &story, Choices::seeded(seed)).0).collect();
    // Eight worlds step by step, in turns.
    let mut worlds: Vec<World> =
        (0..8).map(|seed| World::new(&cast, &story, Choices::seeded(seed))).collect();
    let mut open: Vec<usize> = (0..8).collect();
    while !open.is_empty() {
        open.retain(|&at| {
            let step = worlds[at].step(&mut Blind).expect("the world goes on");
            step == bloom::sim::Step::Went
        });
    }
    let mixed: Vec<u128> = worlds.iter().map(World::trace_hash).collect();
    assert_eq!(alone, mixed);
    // A cast that is made ready anew, in another thread.
    let threads = (0..8).map(|seed| {
        std::thread::spawn(move || {
            let (cast, story) = all();
            hash(&cast, &story, Choices::seeded(seed)).0
        })
    });
    let apart: Vec<u128> = threads.map(|thread| thread.join().expect("it ends")).collect();
    assert_eq!(alone, apart);
}

#[test]
fn a_world_goes_on_from_its_copy() {
    let (cast, story) = all();
    let (whole, _) = hash(&cast, &story, Choices::seeded(11));
    let mut world = World::new(&cast, &story, Choices::seeded(11));
    for _ in 0..500 {
        world.step(&mut Blind).expect("the world goes on");
    }
    let mut copy = world.clone();
    world.run(&mut Blind).expect("the world goes on");
    copy.run(&mut Blind).expect("the world goes on");
    assert_eq!([world.trace_hash(), copy.trace_hash()], [whole, whole]);
}

#[test]
fn a_swarm_has_every_kind_of_fault() {
    let (cast, story) = all();
    let mut kinds = [0; 12];
    for seed in 0..200 {
        let (_, map) = hash(&cast, &story, Choices::seeded(seed).recorded());
        for key in map.keys().filter(|key| key.door == Door::Swarm) {
            kinds[key.again as usize] += 1;
        }
    }
    let missing: Vec<usize> = (0..12).filter(|kind| kinds[*kind] == 0).collect();
    assert_eq!(missing, [7], "a disk is lost only where a test says so: {kinds:?}");
}

/// Runs are the same on every machine, in debug and release: this number is.
#[test]
fn runs_are_the_same_everywhere() {
    let (cast, story) = all();
    let all = (0..20).map(|seed| hash(&cast, &story, Choices::seeded(seed)).0);
    let together = all.fold(0u128, |sum, hash| sum.rotate_left(1) ^ hash);
    insta::assert_snapshot!(format!("{together:032x}"), @"0d7c1675c8057a12a6d24c77c9563355");
}

//! What crashes do to nodes: what was sure is there again, what was not has
//! never left, and messages that have to arrive do, once.

use std::ops::ControlFlow;

use bloom::sim::Choices;
use bloom::sim::Door;
use bloom::sim::Fault;
use bloom::sim::Key;
use bloom::sim::Looking;
use bloom::sim::Lost;
use bloom::sim::Map;
use bloom::sim::Prepared;
use bloom::sim::Story;
use bloom::sim::Watch;
use bloom::sim::What;
use bloom::sim::When;
use bloom::sim::World;
use bloom::tick::Chain;
use bloom_compiler::oracle::Value;
use bloom_compiler::oracle::random;
use proptest::test_runner::TestCaseError;

use super::MS;
use super::SECOND;
use super::networks::COUNT;
use super::quiet;
use crate::casts::cast;
use crate::casts::gift;
use crate::casts::rows;
use crate::steps;

/// Numbers that every store has to count, once each.
const STORES: &str = "
    channel put(@to: node, from: node, n: int) serial;
    role store replicated {
      table got(n: int, from: node => times: int);
      got(n, f, t + 1) <+- put(_, f, n), got(n, f, t) else t = 0;
      output shown(n: int, times: int);
      shown(n, t) <= got(n, _, t);
    }
    role client {
      input send(n: int);
      put(@store, me, n) <~ send(n);
    }
";

fn stores(gifts: i64, faults: Vec<Fault>) -> (Prepared, Story) {
    let cast = Prepared::new(&cast(STORES, &[("store", 3), ("client", 2)], &[]));
    let one =
        |n: i64| gift(cast.cast(), 3 + n as usize % 2, n * 5 * MS, "send", vec![Value::Int(n)]);
    let story = Story { gifts: (0..gifts).map(one).collect(), faults, ..Story::default() };
    (cast, story)
}

fn all_once(cast: &Prepared, world: &mut World, gifts: i64, which: &str) {
    for node in 0..3 {
        let got = rows(cast, world, node, "got");
        let numbers: Vec<u64> = got.iter().map(|row| row[0]).collect();
        assert_eq!(numbers, (0..gifts as u64).collect::<Vec<_>>(), "store {node}, {which}");
        assert!(got.iter().all(|row| row[2] == 1), "store {node} has some twice, {which}");
    }
}

#[test]
fn group_messages_come_exactly_once() {
    let crash = |nodes, at: i64| Fault::Crash {
        nodes,
        when: When { at: Some(at * MS), lasts: Some(40 * MS) },
        amnesia: false,
    };
    let faults = vec![
        Fault::Loss(0.3),
        Fault::Duplicate(0.3),
        Fault::Reorder(0.2),
        crash(vec![0], 20),
        crash(vec![3], 33),
        crash(vec![0, 1], 90),
        crash(vec![4, 2], 120),
        Fault::Partition {
            one: vec![3],
            other: vec![0, 1],
            both: false,
            when: When { at: Some(140 * MS), lasts: Some(60 * MS) },
        },
    ];
    let (cast, story) = stores(40, faults);
    for seed in 0..60 {
        let mut world = quiet(&cast, &story, Choices::seeded(seed));
        all_once(&cast, &mut world, 40, &format!("seed {seed}"));
    }
}

#[test]
fn a_node_may_stop_at_any_chain() {
    let (cast, mut story) = stores(6, Vec::new());
    story.settings.traced = true;
    let plain = quiet(&cast, &story, Choices::of(&Map::new(), 0));
    let mut tried = 0;
    for node in 0..5u32 {
        let own = |h: &&bloom::sim::Happening| h.node as u32 == node;
        let took = plain.trace().iter().filter(own);
        let steps = took.filter(|h| matches!(h.what, What::Took { .. })).count() as u64;
        for (nth, how) in (0..steps).flat_map(|nth| [(nth, 1), (nth, 2)]) {
            let map = Map::from([
                (Key::of(Door::Crash, node, nth), how),
                (Key::of(Door::Torn, node, 0), 1),
            ]);
            let mut world = quiet(&cast, &story, Choices::of(&map, 0));
            let downs = |h: &&bloom::sim::Happening| matches!(h.what, What::Down { .. });
            assert_eq!(world.trace().iter().filter(downs).count(), 1);
            all_once(&cast, &mut world, 6, &format!("node {node} stops at {nth}, way {how}"));
            tried += 1;
        }
    }
    assert!(tried > 50, "{tried} places were tried");
}

#[test]
fn what_is_lost_with_a_chain_has_never_left() {
    let cast = Prepared::new(&cast(COUNT, &[("node", 2)], &[]));
    let gifts = vec![gift(cast.cast(), 0, MS, "send", vec![Value::Int(7)])];
    let mut story = Story { gifts, ..Story::default() };
    story.settings.traced = true;
    let of = |map: &Map| {
        let mut world = quiet(&cast, &story, Choices::of(map, 0));
        let count = |of: fn(&What) -> bool| world.trace().iter().filter(|h| of(&h.what)).count();
        let told = [
            count(|what| matches!(what, What::Sent { .. })),
            count(|what| matches!(what, What::Lost { why: Lost::Crashed, .. })),
        ];
        (rows(&cast, &mut world, 1, "got"), told)
    };
    assert_eq!(of(&Map::new()), (vec![vec![7, 1]], [1, 0]));
    // The sender loses the chain: the event is given again, and sent then.
    let lost = Map::from([(Key::of(Door::Crash, 0, 1), 1)]);
    assert_eq!(of(&lost), (vec![vec![7, 1]], [1, 0]));
    // The chain was sure, but its message has not left: it is a plain one.
    let kept = Map::from([(Key::of(Door::Crash, 0, 1), 2)]);
    assert_eq!(of(&kept), (vec![], [0, 0]));
    // The receiver loses the chain that took it in.
    let there = Map::from([(Key::of(Door::Crash, 1, 1), 1)]);
    assert_eq!(of(&there), (vec![], [1, 1]));
}

#[test]
fn a_lost_disk_is_another_life() {
    let amnesia = |node| Fault::Crash {
        nodes: vec![node],
        when: When { at: Some(60 * MS), lasts: Some(10 * MS) },
        amnesia: true,
    };
    // A client that forgot its numbers is not taken for the one before.
    let (cast, story) = stores(40, vec![amnesia(3)]);
    for seed in 0..10 {
        let mut world = quiet(&cast, &story, Choices::seeded(seed));
        for node in 0..3 {
            let got = rows(&cast, &mut world, node, "got");
            let later = got.iter().filter(|row| row[0] >= 16);
            assert!(later.clone().all(|row| row[2] == 1));
            assert_eq!(later.count(), 24, "store {node}, seed {seed}");
        }
    }
    // A store that forgot what it had goes on with what comes.
    let (cast, story) = stores(40, vec![amnesia(1)]);
    for seed in 0..10 {
        let mut world = quiet(&cast, &story, Choices::seeded(seed));
        let [whole, part] = [0, 1].map(|node| rows(&cast, &mut world, node, "got").len());
        assert_eq!(whole, 40);
        assert!((24..40).contains(&part), "{part} of 40, seed {seed}");
    }
}

/// Notes the state of each node after each chain, and looks whether it is there
/// again after a start.
#[derive(Default)]
struct Again {
    states: Vec<u128>,
    starts: usize,
}

impl Watch for Again {
    fn chain(&mut self, world: &mut Looking<'_>, node: usize, _: &Chain) -> ControlFlow<()> {
        self.states.resize(world.nodes(), 0);
        self.states[node] = world.node(node).expect("it is up").state_hash();
        ControlFlow::Continue(())
    }

    fn up(&mut self, world: &mut Looking<'_>, node: usize, _: i64) -> ControlFlow<()> {
        let state = world.node(node).expect("it is up").state_hash();
        assert_eq!(self.states[node], state, "node {node}");
        self.starts += 1;
        ControlFlow::Continue(())
    }

    fn dead(
        &mut self,
        _: &mut Looking<'_>,
        _: usize,
        _: &bloom::tick::ChainFailure,
        _: Option<&bloom::tick::Gift>,
    ) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[test]
fn a_state_comes_back_from_its_log() {
    let (cast, mut story) = stores(60, vec![Fault::Loss(0.1)]);
    story.settings.swarm = true;
    let mut starts = 0;
    for seed in 0..60 {
        let mut again = Again::default();
        let mut world = World::new(&cast, &story, Choices::seeded(seed));
        world.run(&mut again).expect("the world goes on");
        starts += again.starts;
    }
    assert!(starts > 30, "{starts} nodes started again");
}

#[test]
fn states_of_random_programs_come_back() {
    let counts = std::cell::Cell::new((0, 0));
    let result = random::runner(60).run(&random::Timed, |pieces| {
        let case = pieces.case();
        let compiled =
            bloom_compiler::driver::check("random.bloom", &case.source, &Default::default());
        let Some(program) = compiled.typed.as_ref().filter(|_| !compiled.has_errors()) else {
            return Ok(());
        };
        let cast = Prepared::new(&cast(&case.source, &[("node", 1)], &[]));
        let mut gifts = Vec::new();
        for (nth, given) in case.ticks.iter().enumerate() {
            let rows = steps::named(program, &given.insert).into_iter();
            let rows = rows.flat_map(|(rel, rows)| rows.into_iter().map(move |row| (rel, row)));
            let (node, at) = (0, (nth as i64 + 1) * 10 * MS);
            gifts.push(bloom::sim::Gift { node, at, rows: rows.collect() });
        }
        let restart = |nth: i64| Fault::Restart {
            nodes: vec![0],
            when: When { at: Some(nth * 10 * MS + 5 * MS), lasts: None },
        };
        let faults = (0..=case.ticks.len() as i64).map(restart).collect();
        let mut story = Story { gifts, faults, ..Story::default() };
        story.settings.until = 10 * SECOND;
        let mut again = Again::default();
        let mut world = World::new(&cast, &story, Choices::seeded(1));
        if let Err(trouble) = world.run(&mut again) {
            return Err(TestCaseError::fail(format!("{trouble:?}\n{}", case.source)));
        }
        let (programs, starts) = counts.get();
        counts.set((programs + 1, starts + again.starts));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let (programs, starts) = counts.get();
    assert!(programs > 40 && starts > 100, "{programs} programs, {starts} starts");
}

#[test]
fn timers_and_starts_survive() {
    let text = "
        timer ring(@at: time, n: int);
        input set(n: int);
        ring(now + 1s, n) <~ set(n);
        table rung(n: int => times: int);
        rung(n, t + count()) <+- ring(_, n), rung(n, t) else t = 0;
        table boots(b: int);
        boots(b) <= startup(b);
        output shown(n: int, t: int);
        shown(n, t) <= rung(n, t);
        output started(b: int);
        started(b) <= boots(b);
    ";
    let cast = Prepared::new(&cast(text, &[("node", 1)], &[]));
    let gifts = vec![gift(cast.cast(), 0, 0, "set", vec![Value::Int(1)])];
    let restart =
        |at: i64| Fault::Restart { nodes: vec![0], when: When { at: Some(at), lasts: None } };
    let crash = Fault::Crash {
        nodes: vec![0],
        when: When { at: Some(900 * MS), lasts: Some(500 * MS) },
        amnesia: false,
    };
    let faults = vec![restart(100 * MS), crash, restart(2 * SECOND)];
    let story = Story { gifts, faults, ..Story::default() };
    for seed in 0..10 {
        let mut world = quiet(&cast, &story, Choices::seeded(seed));
        assert_eq!(rows(&cast, &mut world, 0, "rung"), [[1, 1]], "it rang once");
        assert_eq!(rows(&cast, &mut world, 0, "boots"), [[0], [1], [2], [3]]);
    }
}

//! What networks do to messages, and clocks to ticks.

use bloom::sim::Blind;
use bloom::sim::Choices;
use bloom::sim::Fault;
use bloom::sim::Lost;
use bloom::sim::Map;
use bloom::sim::Prepared;
use bloom::sim::Story;
use bloom::sim::What;
use bloom::sim::When;
use bloom::sim::World;
use bloom_compiler::oracle::Value;

use super::MS;
use super::SECOND;
use super::quiet;
use crate::casts::cast;
use crate::casts::gift;
use crate::casts::rows;

/// Everybody tells everybody what is new.
const FLOOD: &str = "
    channel tell(@to: node, n: int);
    input say(n: int);
    table known(n: int);
    known(n) <= say(n);
    known(n) <= tell(_, n);
    tell(o, n) <~ known(n), members(o, _), o != me;
    output shown(n: int);
    shown(n) <= known(n);
";

/// Messages to one other node, counted there.
pub const COUNT: &str = "
    channel put(@to: node, n: int) serial;
    input send(n: int);
    table got(n: int => times: int);
    put(o, n) <~ send(n), members(o, _), o != me;
    got(n, t + 1) <+- put(_, n), got(n, t) else t = 0;
    output shown(n: int, times: int);
    shown(n, t) <= got(n, t);
";

#[test]
fn a_flood_reaches_all() {
    let cast = Prepared::new(&cast(FLOOD, &[("node", 5)], &[]));
    let gifts =
        (0..4).map(|n| gift(cast.cast(), n, n as i64 * MS, "say", vec![Value::Int(n as i64)]));
    let story = Story { gifts: gifts.collect(), ..Story::default() };
    for seed in 0..20 {
        let mut world = quiet(&cast, &story, Choices::seeded(seed));
        for node in 0..5 {
            let known = rows(&cast, &mut world, node, "known");
            assert_eq!(known, [[0], [1], [2], [3]], "node {node}, seed {seed}");
        }
        assert_eq!(world.delivered(), 4 * 5 * 4);
    }
}

/// A story in which the first of two nodes sends many numbers to the other.
fn many(cast: &Prepared, count: i64, faults: Vec<Fault>) -> Story {
    let one = |n| gift(cast.cast(), 0, n * MS, "send", vec![Value::Int(n)]);
    Story { gifts: (0..count).map(one).collect(), faults, ..Story::default() }
}

#[test]
fn plain_messages_come_once_or_not_at_all() {
    let cast = Prepared::new(&cast(COUNT, &[("node", 2)], &[]));
    let story = many(&cast, 1_000, vec![Fault::Loss(0.2)]);
    let mut world = quiet(&cast, &story, Choices::seeded(1));
    let got = rows(&cast, &mut world, 1, "got");
    assert!(got.iter().all(|row| row[1] == 1), "none came twice");
    assert!((700..900).contains(&got.len()), "{} of 1,000 came, of 800 expected", got.len());
    let story = many(&cast, 1_000, vec![Fault::Duplicate(0.2)]);
    let mut world = quiet(&cast, &story, Choices::seeded(1));
    let got = rows(&cast, &mut world, 1, "got");
    let twice = got.iter().filter(|row| row[1] == 2).count();
    assert_eq!(got.len(), 1_000, "none was lost");
    assert!((130..270).contains(&twice), "{twice} of 1,000 came twice, of 200 expected");
}

#[test]
fn no_choice_is_the_shortest_and_harmless_run() {
    let cast = Prepared::new(&cast(COUNT, &[("node", 2)], &[]));
    let faults = vec![Fault::Loss(0.5), Fault::Duplicate(0.5), Fault::Reorder(0.5)];
    let mut story = many(&cast, 10, faults);
    story.settings.traced = true;
    let mut world = quiet(&cast, &story, Choices::of(&Map::new(), 0).recorded());
    assert_eq!(rows(&cast, &mut world, 1, "got").len(), 10);
    assert!(world.choices().made().is_empty());
    let arrived = world.trace().iter().filter(|h| matches!(h.what, What::Arrived { .. }));
    let takes: Vec<i64> =
        arrived.map(|h| h.at - world.trace()[h.cause.expect("a message was sent")].at).collect();
    assert_eq!(takes, vec![MS; 10]);
}

#[test]
fn messages_overtake_each_other() {
    let cast = Prepared::new(&cast(COUNT, &[("node", 2)], &[]));
    let order = |faults: Vec<Fault>| {
        let mut story = many(&cast, 200, faults);
        story.settings.traced = true;
        let world = quiet(&cast, &story, Choices::seeded(3));
        let arrived = |h: &bloom::sim::Happening| match h.what {
            What::Arrived { message } => Some(message),
            _ => None,
        };
        world.trace().iter().filter_map(arrived).collect::<Vec<u64>>()
    };
    let even = Fault::Delay { least: MS / 2, most: MS / 2 };
    let straight = order(vec![even.clone()]);
    assert!(straight.is_sorted(), "{straight:?}");
    let mixed = order(vec![even, Fault::Reorder(0.5)]);
    assert_eq!(mixed.len(), 200);
    assert!(!mixed.is_sorted());
}

#[test]
fn a_partition_may_have_a_way_through() {
    let cast = Prepared::new(&cast(COUNT, &[("node", 2)], &[]));
    let cut = |both| Fault::Partition {
        one: vec![0],
        other: vec![1],
        both,
        when: When { at: Some(0), lasts: Some(50 * MS) },
    };
    // Both send to each other, before and after the partition.
    let gifts = (0..100).flat_map(|n| (0..2).map(move |node| (node, n)));
    let of = |both| {
        let gifts = gifts
            .clone()
            .map(|(node, n)| gift(cast.cast(), node, n * MS, "send", vec![Value::Int(n)]))
            .collect();
        let mut story = Story { gifts, faults: vec![cut(both)], ..Story::default() };
        story.settings.delay = (MS / 2, MS / 2);
        (story.settings.gather, story.settings.sync) = (0, (0, 0));
        story.settings.traced = true;
        let mut world = quiet(&cast, &story, Choices::seeded(0));
        let lost = world
            .trace()
            .iter()
            .filter(|h| matches!(h.what, What::Lost { why: Lost::Partition, .. }));
        let lost = lost.count();
        (rows(&cast, &mut world, 0, "got").len(), rows(&cast, &mut world, 1, "got").len(), lost)
    };
    assert_eq!(of(false), (100, 50, 50), "the way back is open");
    assert_eq!(of(true), (50, 50, 100));
}

#[test]
fn a_message_to_nobody_is_told() {
    let text = "
        channel put(@to: node, n: int);
        input send(to: node, n: int);
        put(o, n) <~ send(o, n);
        output got(n: int);
        got(n) <= put(_, n);
    ";
    let cast = Prepared::new(&cast(text, &[("node", 1)], &[]));
    let row = vec![Value::Node("nobody".into()), Value::Int(1)];
    let mut story = Story { gifts: vec![gift(cast.cast(), 0, 0, "send", row)], ..Story::default() };
    story.settings.traced = true;
    let world = quiet(&cast, &story, Choices::seeded(0));
    let is_told =
        |h: &bloom::sim::Happening| matches!(h.what, What::Lost { why: Lost::Unreachable, .. });
    assert_eq!(world.trace().iter().filter(|h| is_told(h)).count(), 1);
    assert_eq!(world.delivered(), 0);
}

#[test]
fn clocks_are_off_and_nodes_are_slow() {
    let text = "
        input ask(n: int);
        table seen(n: int => at: time);
        seen(n, now) <+- ask(n);
        output shown(n: int, at: time);
        shown(n, t) <= seen(n, t);
    ";
    let cast = Prepared::new(&cast(text, &[("node", 3)], &[]));
    let gifts = (0..3).map(|node| gift(cast.cast(), node, SECOND, "ask", vec![Value::Int(0)]));
    let faults = vec![
        Fault::Skew { nodes: vec![1], by: 100 * MS },
        Fault::Skew { nodes: vec![2], by: -200 * MS },
    ];
    let mut story = Story { gifts: gifts.collect(), faults, ..Story::default() };
    story.settings.gather = 0;
    let mut world = quiet(&cast, &story, Choices::seeded(0));
    let mut at = |node: usize| rows(&cast, &mut world, node, "seen")[0][1] as i64;
    assert_eq!([at(0), at(1), at(2)], [SECOND, SECOND + 100 * MS, SECOND - 200 * MS]);
    // A slow node takes in together what came while it was busy.
    let gifts = (0..10).map(|n| gift(cast.cast(), 0, n * MS, "ask", vec![Value::Int(n)]));
    let when = When { at: Some(0), lasts: Some(SECOND) };
    let faults = vec![Fault::Slow { nodes: vec![0], by: 100 * MS, when }];
    let mut story = Story { gifts: gifts.collect(), faults, ..Story::default() };
    story.settings.traced = true;
    let mut world = World::new(&cast, &story, Choices::seeded(0));
    world.run(&mut Blind).expect("the world goes on");
    let took = world.trace().iter().filter_map(|h| match &h.what {
        What::Took { gifts, .. } if h.node == 0 && !gifts.is_empty() => Some(gifts.len()),
        _ => None,
    });
    let took: Vec<usize> = took.collect();
    assert_eq!(took.iter().sum::<usize>(), 10);
    assert!(took.len() <= 2, "most waited for the first chain: {took:?}");
}

//! Tests of many nodes, run: protocols that are right pass, a line changed in
//! them is found, and the same seed is the same run. What the tool shows of
//! it is looked at elsewhere.

use bloom::kernel::Limits;
use bloom::testing::nodes::Caught;
use bloom::testing::nodes::Play;
use bloom::testing::nodes::Player;
use bloom::testing::nodes::What;
use bloom::testing::nodes::Wish;
use bloom::testing::nodes::hunt;
use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::render;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;

/// Seeds in which a planted mistake has to be found.
const SEEDS: u64 = 1_000;

fn compiled(text: &str) -> Compiled {
    let compiled = driver::check("test.bloom", text, &driver::Options::default());
    let errors: Vec<Diagnostic> =
        compiled.diagnostics.iter().filter(|one| one.is_error()).cloned().collect();
    let format = render::Format::Short;
    assert!(errors.is_empty(), "{}", render::render(format, &compiled.sources, &errors));
    compiled
}

fn play(compiled: &Compiled) -> Play<'_> {
    let scenarios = compiled.scenarios.as_ref().expect("a test of many nodes");
    Play::new(scenarios, 0, &Limits::default()).expect("what it states has values")
}

fn caught(text: &str, wish: &Wish) -> Caught {
    let compiled = compiled(text);
    let play = play(&compiled);
    hunt(&play, wish, &|_| {}).unwrap_or_else(|told| panic!("{}: {:?}", told.title, told.notes))
}

/// The same with a line replaced by another, which breaks this property.
fn breaks(text: &str, (old, new): (&str, &str), property: usize) {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    let wish = Wish { seeds: Some(SEEDS), ..Wish::default() };
    let broken = caught(&text.replace(old, new), &wish).broken;
    let broken = broken.unwrap_or_else(|| panic!("`{new}` was not found"));
    assert!(
        matches!(broken.what, What::Property(at) if at == property),
        "{:?} by seed {}",
        broken.what,
        broken.seed
    );
}

/// Four nodes vote for one of two.
const LEADER: &str = r#"channel ask(@to: node, from: node) serial;
channel yes(@to: node, from: node);

role voter {
  input stand(term: int);
  ask(n, me) <~ stand(_), members(n, "voter");

  table voted(=> who: node);
  voted(c) <+- ask(_, c), not voted(_);
  yes(c, me) <~ ask(_, c), not voted(_);

  table got(from: node);
  got(v) <= yes(_, v);
  view votes(count()) <= got(_);
  output leads(votes: nat);
  leads(n) <= votes(n), n > 2;
}

test "there is one leader" {
  nodes voter: 4;
  voter[0] at 10ms { stand(1); }
  voter[1] at 10ms { stand(1); }
  always { not (voter.leads(a, _) and voter.leads(b, _) and a != b); }
  sometimes { voter.leads(_, _); }
}
"#;

/// Acceptors and proposers that choose one value.
const PAXOS: &str = r#"channel prepare(@to: node, from: node, b: int) serial;
channel promise(@to: node, from: node, b: int, taken: int, value: str);
channel accept(@to: node, from: node, b: int, value: str) serial;
channel accepted(@to: node, from: node, b: int);

role acceptor {
  table promised(=> b: int);
  table taken(=> b: int, value: str);
  view highest(=> b: int);
  highest(b) <= promised(b);
  highest(-1) <= not promised(_);
  promised(b) <+- prepare(_, _, b), highest(p), b > p;
  promise(f, me, b, t, v) <~ prepare(_, f, b), highest(p), b > p, taken(t, v) else (t = -1 and v = "");
  taken(b, v) <+- accept(_, _, b, v), highest(p), b >= p;
  accepted(f, me, b) <~ accept(_, f, b, _), highest(p), b >= p;
}

role proposer {
  input go(ballot: int, value: str);
  table mine(=> ballot: int, value: str);
  mine(b, v) <= go(b, v);
  prepare(a, me, b) <~ go(b, _), members(a, "acceptor");

  table promises(from: node => taken: int, value: str);
  promises(a, t, v) <= promise(_, a, b, t, v), mine(b, _);
  view many(count()) <= promises(_, _, _);
  view top(max(t)) <= promises(_, t, _);
  table proposed(=> value: str);
  proposed(v) <+- many(n), n >= 2, top(t), promises(_, t, v), t >= 0, not proposed(_);
  proposed(v) <+- many(n), n >= 2, top(-1), mine(_, v), not proposed(_);
  accept(a, me, b, v) <~ proposed(v), mine(b, _), members(a, "acceptor");

  table agreed(from: node);
  agreed(a) <= accepted(_, a, b), mine(b, _);
  view votes(count()) <= agreed(_);
  output decided(value: str);
  decided(v) <= proposed(v), votes(n), n >= 2;
}

test "one value is chosen" {
  nodes acceptor: 3, proposer: 2;
  proposer[0] at 10ms { go(1, "a"); }
  proposer[1] at 15ms { go(2, "b"); }
  always { not (proposer.decided(_, v) and proposer.decided(_, w) and v != w); }
  sometimes { proposer.decided(_, "a"); proposer.decided(_, "b"); }
}
"#;

/// Requests that are sent until they are done.
const COUNTER: &str = r#"channel add(@to: node, from: node, id: int, n: int) serial;
channel done(@to: node, id: int);

role server {
  table applied(id: int);
  table total(=> n: int);
  applied(i) <+ add(_, _, i, _);
  total(s + n) <+- add(_, _, i, n), not applied(i), total(s) else s = 0;
  done(f, i) <~ add(_, f, i, _);
  output shown(n: int);
  shown(n) <= total(n);
}

role client(server: node) {
  input want(id: int, n: int);
  periodic again every 100ms;
  table open(id: int => n: int);
  open(i, n) <+ want(i, n);
  open(i, _) <- done(_, i), open(i, _);
  add(server, me, i, n) <~ again(_), open(i, n);
}

test "every request counts once" {
  nodes server: 1, client(server: server[0]): 2;
  network { loss 20%; }
  client[0] at 1ms { want(1, 5); }
  client[1] at 1ms { want(2, 7); }
  always { not (server.total(_, n) and n > 12); }
  eventually within 10s { server.total(_, 12); }
}
"#;

#[test]
fn right_protocols_pass() {
    for text in [LEADER, PAXOS, COUNTER] {
        let caught = caught(text, &Wish { seeds: Some(100), ..Wish::default() });
        assert!(caught.broken.is_none(), "{:?}", caught.broken);
        assert!(caught.runs == 100 && caught.events > 1_000, "{caught:?}");
    }
}

#[test]
fn half_of_the_votes_are_no_majority() {
    breaks(LEADER, ("votes(n), n > 2", "votes(n), n >= 2"), 0);
}

#[test]
fn an_acceptor_that_forgets_its_promise_is_found() {
    breaks(PAXOS, ("  promised(b) <+- prepare(_, _, b), highest(p), b > p;\n", ""), 0);
}

#[test]
fn a_retry_that_is_counted_twice_is_found() {
    breaks(COUNTER, ("not applied(i), ", ""), 0);
}

#[test]
fn a_request_that_is_sent_once_is_lost() {
    let old = "add(server, me, i, n) <~ again(_), open(i, n);";
    breaks(COUNTER, (old, "add(server, me, i, n) <~ want(i, n);"), 1);
}

#[test]
fn a_run_is_a_function_of_its_seed() {
    for text in [LEADER, PAXOS, COUNTER] {
        let compiled = compiled(text);
        let play = play(&compiled);
        let (mut one, mut other) = (Player::new(&play, false), Player::new(&play, false));
        for seed in 1..=20 {
            let first = one.seeded(seed).expect("it runs").hash;
            // Runs before it make no difference.
            drop(other.seeded(seed + 1).expect("it runs"));
            assert_eq!(other.seeded(seed).expect("it runs").hash, first, "seed {seed}");
        }
    }
}

#[test]
fn a_broken_run_is_the_same_by_its_choices() {
    let text = LEADER.replace("n > 2", "n >= 2");
    let compiled = compiled(&text);
    let play = play(&compiled);
    let all = hunt(&play, &Wish::default(), &|_| {}).expect("it runs");
    let broken = all.broken.expect("a broken run");
    let mut player = Player::new(&play, false);
    let seeded = player.seeded(broken.seed).expect("it runs");
    let again = player.replay(&broken.choices, broken.seed).expect("it runs");
    assert_eq!(seeded.hash, again.hash);
    assert!(again.broken.is_some_and(|again| again.what.is_like(&broken.what)));
    let told = player.told(&broken).expect("it runs");
    let nodes: Vec<&str> = told.rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(nodes, [r#"voter.leads("voter[0]", 2)"#, r#"voter.leads("voter[1]", 2)"#]);
}

#[test]
fn several_threads_find_the_same_seed() {
    let text = LEADER.replace("n > 2", "n >= 2");
    let seed = |jobs: usize| {
        let wish = Wish { seeds: Some(SEEDS), jobs, ..Wish::default() };
        caught(&text, &wish).broken.map(|broken| broken.seed)
    };
    let one = seed(1);
    assert!(one.is_some());
    assert_eq!((seed(2), seed(3)), (one, one));
}

#[test]
fn the_slow_evaluator_comes_to_the_same_verdicts() {
    for text in [LEADER, PAXOS, COUNTER] {
        let caught = caught(text, &Wish { seeds: Some(5), oracle: true, ..Wish::default() });
        assert!(caught.broken.is_none(), "{:?}", caught.broken);
    }
}

/// Nodes that stop, lose their disks and come back, with every kind of column
/// and of collection that a test may look at.
const STOPS: &str = r#"
enum Mood { Fine, Bad(int) }
type Item = { key: str, mood: Mood };
channel say(@to: node, n: int, item: Item);
static table limit(n: int);
input add(n: int);
periodic beat every 50ms;
table seen(n: int => tags: Set<str>, item: Item);
seen(n, {"{n}", "x"}, p) <= say(_, n, p);
table beats(=> n: int);
beats(n + 1) <+- beat(_), beats(n) else n = 0, n < 40;
say(o, n, Item{key: "k", mood: Bad(n)}) <~ add(n), members(o, "node");
view many(count()) <= seen(_, _, _);
output loud(n: int);
loud(n) <= say(_, n, _), limit(l), n > l;
test "all is seen as it is" {
  nodes node: 3;
  network { crash node[0] at 20ms for 200ms; crash node[1] at 60ms for 100ms amnesia; restart node[2]; }
  node[0] { limit(1); }
  node[0] at 10ms { add(1); }
  node[1] at 30ms { add(2); }
  node[2] at 300ms { add(3); }
  view pairs(n, m) <= node.seen(n, m, t, Item{key: "k", mood: Bad(_)}), "x" in t;
  always {
    all node: seen(n, _, _) and n < 9 or not seen(_, _, _);
    not (pairs(n, _) and not members(n, "node"));
    not (node.beats(n, b) and b > 40);
    not (node.loud(n, m) and m <= 1);
  }
  sometimes { node.loud(node[0], 3); node.many(_, 3); not members(node[0], "node"); }
  eventually { all node: seen(3, _, _) and beats(40); }
}
"#;

#[test]
fn the_rows_that_are_looked_at_are_those_of_the_nodes() {
    let caught = caught(STOPS, &Wish { seeds: Some(30), oracle: true, ..Wish::default() });
    let reached = caught.reached.iter().filter(|runs| **runs > 0).count();
    assert!(caught.broken.is_none() && reached == 3, "{caught:?}");
}

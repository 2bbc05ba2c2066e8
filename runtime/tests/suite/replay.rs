//! A node that starts again: from what its chains took in, kept as bytes, a new
//! one comes to the same state and goes on in the same way. And what a node of a
//! role knows of the others, and of how its messages travel.

use std::collections::BTreeSet;
use std::io;

use bloom::kernel::Engine;
use bloom::kernel::Limits;
use bloom::tick::Chain;
use bloom::tick::Dead;
use bloom::tick::Gift;
use bloom::tick::Node;
use bloom::tick::Origin;
use bloom::tick::Rows;
use bloom::tick::Settings;
use bloom::tick::Sink;
use bloom::value::codec;
use bloom_compiler::calm::strata::Strata;
use bloom_compiler::driver;
use bloom_compiler::ids::RelId;
use bloom_compiler::plan;
use bloom_compiler::plan::Sizes;
use bloom_compiler::plan::ir::TypeId;
use bloom_compiler::types::typed;
use proptest::prelude::*;

use crate::cases::cases;
use crate::oracle::texts;

const PROGRAM: &str = "\
channel note(@to: node, n: int, why: str);
channel ask(@to: node, n: int);
role peer replicated {
  input say(n: int);
  table known(n: int => at: time, why: str, lot: uuid);
  table started(boot: int, at: time);
  table rung(n: int, at: time);
  timer ring(@at: time, n: int);
  periodic beat every 7ms;
  table beats(at: time);
  known(n, now, \"said\", fresh()) <+- say(n);
  known(n, now, w, fresh()) <+- note(_, n, w);
  note(@peer, n, \"told\") <~ say(n);
  ask(\"out\", n) <~ say(n), n % 2 == 0;
  ring(now + 5ms, n) <~ say(n);
  ring(now + 1ms, 100 + n) <~ ask(_, n);
  ask(me, n + 1) <~ say(n), n > 3;
  rung(n, at) <+ ring(at, n);
  note(me, n, \"rung\") <~ ring(_, n), n < 6;
  started(b, now) <+ startup(b);
  beats(now) <+ beat(_), known(_, _, _, _);
  output shown(n: int, w: str);
  shown(n, w) <= known(n, _, w, _);
  output times(b: int, n: int);
  times(b, n) <= started(b, _), rung(n, _), beats(_);
}
";

const MS: i64 = 1_000_000;

struct Role {
    typed: typed::Program,
    strata: Strata,
}

fn role(text: &str, name: &str) -> Role {
    let compiled = driver::check("p.bloom", text, &driver::Options::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.diagnostics);
    let role = compiled.roles.into_iter().find(|role| role.name == name).expect("a role");
    Role { typed: role.typed, strata: role.strata.expect("it is right") }
}

impl Role {
    fn node(&self) -> Node {
        let engine = Engine::new(plan::build(&self.typed, &self.strata, &Sizes::default()));
        let member = |(name, role): (&str, &str)| (name.to_owned(), role.to_owned());
        let members = [("peer[0]", "peer"), ("peer[1]", "peer"), ("out", "other")];
        let beat = self.rel("beat");
        let settings = Settings {
            name: "peer[0]".into(),
            role: "peer".into(),
            members: members.map(member).to_vec(),
            periods: beat.into_iter().map(|beat| (beat, 7 * MS)).collect(),
            limits: Limits::default(),
            held: Some(Vec::new()),
            ..Settings::default()
        };
        Node::new(&self.typed, engine, settings, 7)
    }

    fn rel(&self, name: &str) -> Option<RelId> {
        let hidden = |rel: &typed::Rel| rel.kind.is_hidden();
        let found = self.typed.rels.iter().position(|rel| rel.name == name && !hidden(rel));
        found.map(|at| RelId(at as u32))
    }

    fn say(&self, n: u64) -> Gift {
        Gift::one(self.rel("say").expect("declared"), vec![n]).from(Origin::Numbered(n))
    }

    /// Everything that holds, in words that mean something.
    fn state(&self, node: &mut Node) -> Vec<Vec<String>> {
        let rels = 0..self.typed.rels.len();
        rels.map(|rel| texts(node.engine_mut(), rel).into_iter().collect()).collect()
    }
}

fn columns(engine: &Engine, rel: RelId) -> Vec<TypeId> {
    engine.plan().rels[rel.index()].declared.iter().map(|column| column.ty).collect()
}

/// A gift: where it is from, and collections with their rows as bytes.
type Kept = (Origin, Vec<(RelId, usize, Vec<u8>)>);

/// What is kept of a node.
enum Entry {
    Start(i64, i64),
    Chain(i64, Vec<Kept>),
}

/// Keeps chains as bytes, and what they say as text.
#[derive(Default)]
struct Disk {
    log: Vec<Entry>,
    said: Vec<String>,
}

fn bytes(gift: &Gift, engine: &Engine) -> Kept {
    assert!(gift.delete.is_empty());
    let rows = gift.insert.iter().map(|rows| {
        let cols = columns(engine, rows.rel);
        let mut out = Vec::new();
        for row in rows.words.chunks_exact(cols.len()) {
            codec::encode(&engine.plan().types, &cols, row, engine.interner(), &mut out);
        }
        (rows.rel, rows.count, out)
    });
    (gift.origin, rows.collect())
}

fn gift((origin, all): &Kept, engine: &mut Engine) -> Gift {
    let mut insert = Vec::new();
    for (rel, count, bytes) in all {
        let cols = columns(engine, *rel).repeat(*count);
        let types = engine.plan().types.clone();
        let words = codec::decode(&types, &cols, bytes, engine.interner_mut());
        insert.push(Rows { rel: *rel, count: *count, words: words.expect("it was written") });
    }
    Gift::new(insert).from(*origin)
}

/// What leaves, as text.
fn said(chain: &Chain, engine: &Engine) -> String {
    let mut out = String::new();
    for tick in &chain.ticks {
        out.push_str(&format!("{} {}", tick.number, tick.now));
        for (rel, row, group) in tick.messages() {
            let mut sent = Vec::new();
            let cols = columns(engine, rel);
            codec::encode(&engine.plan().types, &cols, row, engine.interner(), &mut sent);
            out.push_str(&format!(" {rel:?} {group} {sent:?}"));
        }
        out.push('\n');
    }
    out
}

impl Sink for Disk {
    fn chain(&mut self, chain: &Chain, engine: &mut Engine) -> Result<(), io::Error> {
        let took = chain.took.iter().map(|gift| bytes(gift, engine)).collect();
        self.log.push(Entry::Chain(chain.ticks[0].now, took));
        self.said.push(said(chain, engine));
        Ok(())
    }

    fn dead(&mut self, dead: &Dead, _: &mut Engine) -> Result<(), io::Error> {
        panic!("{dead:?}")
    }
}

fn again(role: &Role, disk: &Disk) -> (Node, Vec<String>) {
    let mut node = role.node();
    let mut all = Vec::new();
    for entry in &disk.log {
        match entry {
            Entry::Start(boot, now) => node.start(*boot, *now),
            Entry::Chain(now, took) => {
                let took = took.iter().map(|one| gift(one, node.engine_mut())).collect();
                let chain = node.replay(*now, took).expect("it went well before");
                all.push(said(&chain, node.engine()));
            }
        }
    }
    (node, all)
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_node_comes_back_as_it_was(
        steps in proptest::collection::vec((0i64..8, proptest::collection::vec(0u64..8, 0..3), 0u8..8), 1..20),
    ) {
        let role = role(PROGRAM, "peer");
        let mut disk = Disk::default();
        let (mut node, mut now, mut boot) = (role.node(), 0, 0);
        disk.log.push(Entry::Start(boot, now));
        node.start(boot, now);
        for (passes, says, what) in &steps {
            now += passes * MS;
            if *what == 0 {
                boot += 1;
                disk.log.push(Entry::Start(boot, now));
                node.start(boot, now);
            }
            // What waits outside of a tick is not kept: whoever gave it has no answer.
            let says: BTreeSet<&u64> = says.iter().filter(|_| node.ask().room > 0).collect();
            let gifts = says.into_iter().map(|n| role.say(*n)).collect();
            node.step(now, gifts, &mut disk).expect("it goes well");
        }
        let (mut other, heard) = again(&role, &disk);
        prop_assert_eq!(&heard, &disk.said);
        prop_assert_eq!(role.state(&mut other), role.state(&mut node));
        // What waits, is set or comes by itself is the same too.
        let before = disk.said.len();
        let mut second = Disk::default();
        for _ in 0..12 {
            now += 3 * MS;
            prop_assert_eq!(format!("{:?}", node.ask()), format!("{:?}", other.ask()));
            node.step(now, Vec::new(), &mut disk).expect("it goes well");
            other.step(now, Vec::new(), &mut second).expect("it goes well");
        }
        prop_assert_eq!(&disk.said[before..], &second.said[..]);
        prop_assert_eq!(role.state(&mut other), role.state(&mut node));
    }
}

#[test]
fn messages_to_a_replicated_role_have_to_arrive() {
    let role = role(PROGRAM, "peer");
    let mut node = role.node();
    let mut disk = Disk::default();
    node.step(0, Vec::new(), &mut disk).expect("it goes well");
    node.step(1, vec![role.say(4)], &mut disk).expect("it goes well");
    let (note, ask) = (role.rel("note").expect("declared"), role.rel("ask").expect("declared"));
    let last = disk.said.last().expect("a chain");
    assert!(last.contains(&format!("{note:?} true")), "{last}");
    assert!(last.contains(&format!("{ask:?} false")), "{last}");
    // One to the other peer; what is for the node itself never leaves it.
    assert_eq!(last.matches("RelId").count(), 2, "{last}");
}

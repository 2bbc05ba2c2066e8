//! Programs with roles as data: the roles, what their nodes are started with,
//! and tests of many nodes as whoever runs them will find them. What is right
//! and what is refused is specified elsewhere; whole messages are at the end.

use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::ids::RelId;
use bloom_compiler::names::hir::Expectation;
use bloom_compiler::names::hir::Scenario;
use bloom_compiler::names::scenarios::Fault;
use bloom_compiler::names::scenarios::Mode;
use bloom_compiler::names::scenarios::Nodes;
use bloom_compiler::names::scenarios::When;
use bloom_compiler::types::text::types_text;
use bloom_compiler::types::ty::Ty;

use crate::messages::messages;

const PROGRAM: &str = "\
enum Mood { Fine, Bad(int) }
channel put(@to: node, key: str, value: str);
role store partitioned by key: str replicated 2 durable {
  type Place = { x: int };
  table kept(key: str => value: str);
  table mood(m: Mood, p: Place?);
  kept(k, v) <+- put(_, k, v);
  mood(Fine, None) <= put(_, _, _);
  output shown(k: str);
  shown(k) <= kept(k, _), mood(_, _);
}
role client(home: node, others: [node], nick: str = \"ann\") {
  input set(key: str, node: str);
  put(home, k, v) <~ set(k, v);
  put(n, k, nick) <~ set(k, _), n in others;
}
test \"replicas agree\" {
  nodes store: 2, client(home: store[0], others: [store[1]]): 1;
  network { delay 1ms..50ms; loss 10%; partition store[0] | rest at 1s for 2s; crash store at 3s amnesia; }
  seeds 7;
  client[0] at 10ms { set(\"a\", \"1\"); set{node: \"2\", key: \"b\"}; }
  view torn(k) <= store.kept(a, k, v), store.kept(b, k, w), v != w, a != b;
  always { not torn(_); }
  sometimes { store.kept(store[1], \"a\", _); }
  eventually within 30s { all store: kept(\"a\", \"1\") and mood(Fine, _); agree store: kept; }
}
";

fn check(text: &str) -> Compiled {
    driver::check("program.bloom", text, &driver::Options::default())
}

fn said(text: &str) -> String {
    let compiled = check(text);
    render(Format::Human { color: false, unicode: true }, &compiled.sources, &compiled.diagnostics)
}

fn scenario() -> (driver::Scenarios, Scenario) {
    let found = check(PROGRAM).scenarios.expect("the test is right");
    let scenario = found.program.tests.list[0].scenario.clone().expect("a test of many nodes");
    (found, scenario)
}

#[test]
fn roles_have_programs_of_their_own() {
    let compiled = check(PROGRAM);
    assert_eq!(said(PROGRAM), "");
    let names: Vec<&str> = compiled.roles.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names, ["store", "client"]);
    let [store, client] = &compiled.roles[..] else { panic!("two roles") };
    assert!(store.durable && !client.durable);
    assert_eq!(store.replicated, Some(Some(2)));
    assert_eq!(store.partitioned.as_deref(), Some("key"));
    assert!(store.strata.is_some() && client.strata.is_some() && compiled.strata.is_none());
    let params: Vec<(&str, &Ty, bool)> =
        client.params.iter().map(|p| (p.name.as_str(), &p.ty, p.required)).collect();
    let nodes = Ty::List(Box::new(Ty::Node));
    assert_eq!(
        params,
        [("home", &Ty::Node, true), ("others", &nodes, true), ("nick", &Ty::Str, false)]
    );
    assert!(client.typed.rels.iter().all(|rel| rel.name != "kept"));
}

#[test]
fn a_chosen_role_is_a_program_to_run() {
    let choose = |name: &str, set: &[(&str, &str)]| {
        let set = set.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string()));
        let role = Some(driver::Chosen { name: name.to_string(), set: set.collect() });
        let options = driver::Options { role, ..driver::Options::default() };
        driver::check("program.bloom", PROGRAM, &options)
    };
    let store = choose("store", &[]);
    assert!(store.strata.is_some() && store.not_run().is_none() && store.roles.len() == 2);
    let program = store.typed.expect("it is right");
    assert!(program.rels.iter().all(|rel| rel.name != "set"));
    let client = choose("client", &[("home", "\"n1\""), ("others", "[\"n2\"]")]);
    assert!(client.strata.is_some(), "{:#?}", client.diagnostics);
    let codes = |compiled: &Compiled| -> Vec<String> {
        assert!(compiled.has_errors() && compiled.strata.is_none());
        compiled.diagnostics.iter().map(|one| format!("{} {}", one.code, one.title)).collect()
    };
    assert_eq!(
        codes(&choose("client", &[("home", "\"n1\"")])),
        ["B0125 the parameter `others` of the role `client` has no value"]
    );
    let values = [("home", "\"n1\""), ("others", "3")];
    assert_eq!(codes(&choose("client", &values)).len(), 1);
    assert_eq!(codes(&choose("sotre", &[])), ["B0164 there is no role `sotre`"]);
    assert!(check(PROGRAM).not_run().is_some());
}

/// A channel says at which roles its messages have to arrive: where a rule of
/// this role sends to a replicated one as a group.
#[test]
fn messages_to_replicated_roles_have_to_arrive() {
    let text = "channel a(@to: node, n: int);
        channel b(@to: node, n: int);
        role many replicated { input i(n: int); a(@many, n) <~ i(n); b(@one, n) <~ i(n); }
        role kept partitioned by n: int replicated 2 { input i(n: int); b(@kept(n), n) <~ i(n); }
        role one { input i(n: int); a(m, n) <~ i(n), members(m, \"many\"); b(@many, n) <~ i(n); b(@kept(n), n) <~ i(n); output o(n: int); o(n) <= a(_, n); o(n) <= b(_, n); }";
    let compiled = check(text);
    assert!(!compiled.has_errors(), "{}", said(text));
    let groups = |role: usize, channel: &str| {
        let mut rels = compiled.roles[role].typed.rels.iter();
        rels.find(|rel| rel.name == channel).expect("a channel").groups.clone()
    };
    assert_eq!((groups(0, "a"), groups(0, "b")), (vec!["many".to_string()], Vec::new()));
    assert_eq!((groups(1, "a"), groups(1, "b")), (Vec::new(), vec!["kept".to_string()]));
    let both = vec!["kept".to_string(), "many".to_string()];
    assert_eq!((groups(2, "a"), groups(2, "b")), (Vec::new(), both));
}

#[test]
fn a_parameter_that_is_set_has_a_value() {
    let set = vec![("home".to_string(), "n1".to_string())];
    let options = driver::Options { set, ..driver::Options::default() };
    let compiled = driver::check("program.bloom", PROGRAM, &options);
    assert!(!compiled.has_errors());
    let required: Vec<bool> = compiled.roles[1].params.iter().map(|p| p.required).collect();
    assert_eq!(required, [false, true, false]);
    let text = types_text(&compiled.roles[1].typed);
    assert!(text.contains("\"n1\""), "{text}");
    let set = vec![("nobody".to_string(), "1".to_string())];
    let options = driver::Options { set, ..driver::Options::default() };
    assert!(driver::check("program.bloom", PROGRAM, &options).has_errors());
}

#[test]
fn a_scenario_says_everything_that_a_run_needs() {
    let (found, scenario) = scenario();
    let groups: Vec<(&str, u64)> =
        scenario.groups.iter().map(|g| (g.role.as_str(), g.count)).collect();
    assert_eq!(groups, [("store", 2), ("client", 1)]);
    assert_eq!(scenario.seeds, Some(7));
    let faults: Vec<&Fault> = scenario.faults.iter().map(|(fault, _)| fault).collect();
    let (ms, s) = (1_000_000, 1_000_000_000);
    let first = vec![Nodes::One("store".to_string(), 0)];
    let when = When { at: Some(s), lasts: Some(2 * s) };
    let all = vec![Nodes::Role("store".to_string())];
    assert_eq!(
        faults,
        [
            &Fault::Delay(ms, 50 * ms),
            &Fault::Loss(0.1),
            &Fault::Partition(first, vec![Nodes::Rest], when),
            &Fault::Crash(all, When { at: Some(3 * s), lasts: None }, true),
        ]
    );
    assert_eq!(scenario.given.len(), 1);
    assert_eq!((scenario.given[0].index, scenario.given[0].at), (0, 10 * ms));
    assert_eq!(scenario.given[0].facts.len(), 2);
    let modes: Vec<Mode> = scenario.properties.iter().map(|p| p.mode).collect();
    let end = Mode::Eventually(Some(30 * s));
    assert_eq!(modes, [Mode::Always, Mode::Sometimes, end, end]);
    let wrong: Vec<bool> = scenario.properties.iter().map(|p| p.wrong.is_some()).collect();
    assert_eq!(wrong, [false, false, true, true]);
    for property in &scenario.properties {
        assert!(matches!(property.holds, Expectation::Matches { .. }));
    }
    // Every column of a role's collection stands behind the one of the node.
    let compiled = check(PROGRAM);
    for (here, (role, there)) in &found.rels {
        let role = compiled.roles.iter().find(|r| r.name == *role).expect("a role");
        let (here, there) = (&found.program.rels[here.index()], &role.typed.rels[there.index()]);
        assert_eq!(here.cols[0].ty, Ty::Node);
        assert_eq!(here.cols.len(), there.cols.len() + 1);
        assert_eq!(here.name, format!("{}.{}", role.name, there.name));
    }
    let names: Vec<&str> =
        found.rels.keys().map(|rel| found.program.rels[rel.index()].name.as_str()).collect();
    assert!(names.contains(&"store.kept") && names.contains(&"client.set"), "{names:?}");
}

#[test]
fn given_rows_and_arguments_are_rows_of_hidden_collections() {
    let (found, scenario) = scenario();
    let rules = |rel: RelId| found.program.tests.rules.iter().filter(|r| r.head == rel).count();
    let args = scenario.groups[1].args.as_ref().expect("the client has parameters");
    assert!(scenario.groups[0].args.is_none());
    assert_eq!(args.cols, [0, 1, 2]);
    assert_eq!(rules(args.row), 1);
    for fact in &scenario.given[0].facts {
        assert_eq!(fact.cols, [0, 1, 2]);
        assert_eq!(rules(fact.row), 1);
    }
}

messages! {
    no_such_group: "\
channel note(@to: node, text: str);
role store { output heard(t: str); heard(t) <= note(_, t); }
role client { input say(t: str); note(@stroe, t) <~ say(t); }
";
    no_key: "\
channel note(@to: node, text: str);
role store { output heard(t: str); heard(t) <= note(_, t); }
role client { input say(t: str); note(@store(t), t) <~ say(t); }
";
    a_key_of_another_type: "\
channel put(@to: node, key: str);
role store partitioned by key: str { output heard(t: str); heard(t) <= put(_, t); }
role client { input say(n: int); put(@store(n), \"{n}\") <~ say(n); }
";
    a_flag_of_the_tool: "\
role store(data: str) { output o(d: str); o(data); }
";
    nodes_without_a_value: "\
role client(home: node) { output o(n: node); input i(k: int); o(home) <= i(_); }
test \"t\" { nodes client: 2; always { all client: o(_); } }
";
    a_node_too_many: "\
role store { input put(n: int); table kept(n: int); kept(n) <= put(n); }
test \"t\" { nodes store: 2; store[2] at 1s { put(1); } always { all store: kept(_); } }
";
    a_column_of_another_type_in_a_property: "\
role store { input put(n: int); table kept(n: int); kept(n) <= put(n); }
test \"t\" { nodes store: 2; eventually { all store: kept(\"a\"); } }
";
    a_line_of_the_network: "\
role store { input put(n: int); table kept(n: int); kept(n) <= put(n); }
test \"t\" { nodes store: 2; network { crash store[1] after 1s; } eventually { agree store: kept; } }
";
    a_test_that_says_no_role: "\
role store { input put(n: int); table kept(n: int); kept(n) <= put(n); }
test \"t\" { tick { put(1); } expect kept(1); }
";
}

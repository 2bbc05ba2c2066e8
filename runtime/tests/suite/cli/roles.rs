//! Programs with roles: each is checked and shown, one node of a role runs, and
//! its parameters are flags. What has no role to run says so.

use crate::cli::bench::Bench;

const ROLES: &str = "\
channel put(@to: node, key: str);
role store {
  table kept(key: str);
  kept(k) <= put(_, k);
  output shown(key: str);
  shown(k) <= kept(k);
}
role client(home: node) {
  input set(key: str);
  put(home, k) <~ set(k);
}
test \"it is kept\" {
  nodes store: 1, client(home: store[0]): 1;
  client[0] at 10ms { set(\"a\"); }
  eventually { all store: kept(\"a\"); }
}
";

const CHAT: &str = "\
channel say(@to: node, who: str, text: str);
role server {
  input table user(n: node);
  say(u, w, t) <~ say(_, w, t), user(u);
}
role client(
  server: node,
  nick: str = \"ann\",
  since: time = time(0s),
  tags: [str] = [],
  every: duration = 1s,
  id: uuid? = None,
  max_len: nat = 80
) {
  say(server, nick, line) <~ stdin(line, _), length(line) <= max_len;
  stdout(\"{w}: {t}\") <= say(_, w, t);
  stdout(\"{me} at {since} {tags} {every} {id}, {role}\") <= startup(_), members(me, role);
}
";

#[test]
fn roles_are_checked_and_the_prompt_has_none() {
    let bench = Bench::new(&[("roles.bloom", ROLES)]);
    insta::assert_snapshot!("roles_check", bench.run("check roles.bloom"));
    insta::assert_snapshot!("roles_repl", bench.run("repl roles.bloom"));
}

#[test]
fn a_node_of_a_role_runs() {
    let bench = Bench::new(&[("chat.bloom", CHAT)]);
    let line = "run --server 127.0.0.1:7000 --role client chat.bloom --nick {b}\" \
                --since 2026-01-31T12:00:00Z --tags [\"a\"] --every=90s \
                --id 67e55044-10b1-426f-9247-bb680e5fe0c8 --max-len 5 --name c1";
    insta::assert_snapshot!("roles_run", bench.run_with(line, b"hello\ntoo long\n"));
    let set = bench.run_with("run chat.bloom --role client --set server=s --trace", b"hello\n");
    assert!(set.contains("  sent    say(\"s\", \"ann\", \"hello\")\n"), "{set}");
    let one = "role only(n: int) { view five(n: int); five(n) <= n == 5; output o(n: int); o(n) <= five(n); }";
    let bench = Bench::new(&[("one.bloom", one)]);
    let run = bench.run("run one.bloom --n 5");
    assert!(run.ends_with("\no(5)\n--- code 0\n"), "{run}");
    let why = bench.run("why one.bloom o(_) --role only --n 5");
    assert!(why.contains("\no(5)") && why.ends_with("--- code 0\n"), "{why}");
    let profile = bench.run("profile one.bloom --n 5");
    assert!(profile.ends_with("--- code 0\n"), "{profile}");
}

#[test]
fn what_a_role_takes_is_told() {
    let bench = Bench::new(&[("chat.bloom", CHAT), ("plain.bloom", "output o(n: int);\no(1);\n")]);
    let told = [
        "run chat.bloom",
        "run chat.bloom --role cleint",
        "run chat.bloom --role watcher",
        "run chat.bloom --role client",
        "run chat.bloom --role client --sever a",
        "run chat.bloom --role client --server a --evnets e.jsonl",
        "run chat.bloom --role client --server a --colour red",
        "run chat.bloom --role client --server",
        "run chat.bloom --role client --server a --server b",
        "run chat.bloom --role client --server a --max-len -3",
        "run chat.bloom --role client --server a --since noon",
        "run chat.bloom --role client --server a --tags a",
        "run chat.bloom --role server --server a",
        "run plain.bloom --role client",
        "run plain.bloom --role client --server a",
        "run plain.bloom --sever a",
        "run plain.bloom --role node",
    ];
    let all: String = told.iter().map(|line| bench.run(line)).collect();
    insta::assert_snapshot!("roles_told", all);
    insta::assert_snapshot!("roles_help", bench.run("run chat.bloom --help"));
    let one = bench.run("run --help chat.bloom --role server");
    assert!(
        one.contains("The role `server` has no parameters.") && !one.contains("client"),
        "{one}"
    );
    let plain = bench.run("run plain.bloom --help");
    assert!(plain.contains("--facts <DIR>"), "{plain}");
}

#[test]
fn stages_are_shown_role_by_role() {
    let bench = Bench::new(&[("roles.bloom", ROLES)]);
    insta::assert_snapshot!("roles_names", bench.run("explain roles.bloom --stage names"));
    for stage in ["types", "strata", "plan"] {
        let said = bench.run(&format!("explain roles.bloom --stage {stage}"));
        let both = said.contains("role store\n") && said.contains("role client\n");
        assert!(both && said.ends_with("--- code 0\n"), "{said}");
    }
}

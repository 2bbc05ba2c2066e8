//! Programs with roles: what is right with them is checked and shown; commands
//! that would have to run them say that they do not.

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

#[test]
fn roles_are_checked_and_not_run() {
    let bench = Bench::new(&[("roles.bloom", ROLES)]);
    insta::assert_snapshot!("roles_check", bench.run("check roles.bloom"));
    insta::assert_snapshot!("roles_run", bench.run("run roles.bloom"));
    for command in ["why roles.bloom shown(_)", "profile roles.bloom", "repl roles.bloom"] {
        let said = bench.run(command);
        assert!(said.contains("B0903") && said.ends_with("--- code 1\n"), "{command}: {said}");
    }
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

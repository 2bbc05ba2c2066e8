//! Searches of tests of many nodes that are not by chance, as `bloom test` shows
//! them: what was proved, what was found, and what is refused.

use crate::cli::bench::Bench;

const PROGRAM: &str = "\
channel note(@to: node, text: str);
input say(text: str);
table log(text: str);
table last(=> text: str);
log(t) <= say(t);
log(t) <= note(_, t);
last(t) <+- say(t);
last(t) <+- note(_, t);
note(n, t) <~ say(t), members(n, \"node\"), n != me;
output view known(text: str, last: str);
known(t, l) <= log(t), last(l);

test \"all know it\" {
  nodes node: 2;
  network { lockstep 4; }
  node[0] at 1ms { say(\"x\"); }
  sometimes { node.log(node[1], _); }
  eventually { agree node: log; }
}

test \"the last one wins\" {
  nodes node: 2;
  node[0] at 1ms { say(\"a\"); }
  node[1] at 1ms { say(\"b\"); }
  eventually { agree node: last; }
}
";

fn bench() -> Bench {
    Bench::new(&[("notes.bloom", PROGRAM)])
}

#[test]
fn in_steps() {
    let bench = bench();
    let all = "test notes.bloom --filter all";
    insta::assert_snapshot!("search_steps_proved", bench.run(all));
    let lost = format!("{all} --lockstep 4,2,0");
    insta::assert_snapshot!("search_steps_found", bench.run(&lost));
    let json = format!("{all} --lineage --format json");
    insta::assert_snapshot!("search_lineage_json", bench.run(&json));
}

#[test]
fn in_all_orders() {
    let bench = bench();
    let last = "test notes.bloom --filter last --exhaustive";
    insta::assert_snapshot!("search_orders_found", bench.run(last));
    let all = "test notes.bloom --filter all --exhaustive";
    insta::assert_snapshot!("search_orders_proved", bench.run(all));
}

#[test]
fn by_what_runs_showed() {
    let bench = bench();
    let last = "test notes.bloom --filter last --guided";
    insta::assert_snapshot!("search_guided", bench.run(last));
    let nothing = "test notes.bloom --filter last --lineage";
    insta::assert_snapshot!("search_lineage_idle", bench.run(nothing));
}

#[test]
fn what_is_refused() {
    let bench = bench();
    insta::assert_snapshot!("search_bad_bounds", bench.run("test notes.bloom --lockstep 6,7"));
    insta::assert_snapshot!("search_late_losses", bench.run("test notes.bloom --lockstep 6,6,1"));
    let both = "test notes.bloom --exhaustive --guided";
    insta::assert_snapshot!("search_both", bench.run(both));
    let early = "test notes.bloom --filter all --lockstep 0,0,0";
    insta::assert_snapshot!("search_no_steps", bench.run(early));
}

//! Runs that fail: limits, expressions, keys.

use crate::cli::bench::Bench;

const GROWING: &str = "output number(n: int);\nnumber(0);\nnumber(n + 1) <= number(n);\n";

#[test]
fn limits_name_the_rule_that_grows() {
    let bench = Bench::new(&[("p.bloom", GROWING)]);
    insta::assert_snapshot!("max_rounds", bench.run("run p.bloom --max-rounds 100"));
    insta::assert_snapshot!("max_rows", bench.run("run p.bloom --max-rows 100"));
    let memory = bench.run("run p.bloom --max-memory 1MiB");
    assert!(memory.contains("error[B0601]: the run reached --max-memory: 1.0 MiB"), "{memory}");
    let seconds = bench.run("run p.bloom --max-seconds 0.05");
    assert!(seconds.contains("error[B0601]: the run reached --max-seconds"), "{seconds}");
}

#[test]
fn failures_show_the_values() {
    let program = "table t(a: int, b: int);\nt(1, 0);\nt(6, 3);\nt(2, 0);\n\
                   output o(c: int);\no(a / b) <= t(a, b);\n";
    let bench = Bench::new(&[("p.bloom", program)]);
    insta::assert_snapshot!("division", bench.run("run p.bloom"));
    insta::assert_snapshot!("division_short", bench.run("run p.bloom --message-format short"));
    let json = bench.run("run p.bloom --message-format json");
    assert!(json.contains("\"code\":\"B0503\""), "{json}");
}

#[test]
fn key_conflicts_show_both_rows() {
    let program = "table price(item: str => cents: int);\noutput o(i: str, c: int);\n\
                   o(i, c) <= price(i, c);\n";
    let bench = Bench::new(&[("p.bloom", program), ("d/price.csv", "tea,1\nmilk,2\ntea,3\n")]);
    insta::assert_snapshot!("key_conflict", bench.run("run p.bloom --facts d"));
}

#[test]
fn defaults_can_fail() {
    let program = "table t(a: int, b: int = 1 / 0);\noutput o(a: int);\no(a) <= t(a, _);\n";
    let bench = Bench::new(&[("p.bloom", program), ("d/t.csv", "1\n")]);
    insta::assert_snapshot!("default_fails", bench.run("run p.bloom --facts d"));
}

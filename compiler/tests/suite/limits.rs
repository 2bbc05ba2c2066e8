//! Programs at their limits: what is within is compiled, planned and evaluated
//! on the stack of a test, what is beyond is refused by name and at once.

use std::fmt::Write;

use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::limits;
use bloom_compiler::oracle;
use bloom_compiler::plan;
use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use bloom_compiler::syntax::limits::MAX_NESTING;

fn check(text: &str) -> Compiled {
    driver::check("limits.bloom", text, &driver::Options::default())
}

/// Goes through all phases; the rows of the last collection.
fn run(text: &str) -> Vec<String> {
    let compiled = check(text);
    assert!(!compiled.has_errors(), "{:?}", compiled.diagnostics);
    assert!(syntax::format(FileId(0), text).is_ok());
    let program = compiled.typed.unwrap_or_default();
    let strata = compiled.strata.unwrap_or_default();
    plan::build(&program, &strata, &plan::Sizes::default());
    let (input, limits) = (oracle::Input::default(), oracle::OracleLimits::default());
    let state = oracle::run(&program, &strata.of_rule, strata.count, &input, &limits);
    let rows = state.expect("the program runs").rows.pop().unwrap_or_default();
    rows.iter().map(|row| format!("{row:?}")).collect()
}

fn refused(text: &str) -> String {
    let compiled = check(text);
    let errors = compiled.diagnostics.iter().filter(|d| d.is_error());
    let told: Vec<String> = errors.map(|d| format!("{} {}", d.code, d.title)).collect();
    told.join(", ")
}

fn with_one(rest: &str) -> String {
    format!("table q(i: int);\nq(1);\n{rest}")
}

#[test]
fn long_chains_are_evaluated() {
    let many = 5_000;
    let sum = vec!["i"; many].join(" + ");
    let both: Vec<String> = (2..many).map(|n| format!("i != {n}")).collect();
    let both = both.join(" and ");
    let rows = run(&with_one(&format!("output p(n: int);\np({sum}) <= q(i), {both};\n")));
    assert_eq!(rows, [format!("[Int({many})]")]);
    let rows = run(&with_one(&format!("output p(n: int);\np(sum({sum})) <= q(i);\n")));
    assert_eq!(rows, [format!("[Int({many})]")]);
    let grows = format!(
        "view m(v: Max<int>);\nm(i) <= q(i);\nm(v{}) <= m(v);\noutput p(n: int);\np(n) <= m(n);\n",
        " + 0".repeat(many)
    );
    assert_eq!(run(&with_one(&grows)), ["[Int(1)]"]);
}

#[test]
fn deep_nesting_is_evaluated() {
    let deep = MAX_NESTING - 2;
    let brackets = format!("{}i{}", "(".repeat(deep), " + 1)".repeat(deep));
    let calls = format!("{}i{}", "f(".repeat(deep), ")".repeat(deep));
    let tuples = format!("{}i{}", "(1, ".repeat(deep), ")".repeat(deep));
    let rows = run(&with_one(&format!(
        "fn f(i: int): int = i + 1;\noutput p(n: int, m: int, same: bool);\n\
         p({brackets}, {calls}, {tuples} == {tuples}) <= q(i);\n"
    )));
    assert_eq!(rows, [format!("[Int({0}), Int({0}), Bool(true)]", deep + 1)]);
    let choice: String = (0..deep).map(|n| format!("match (i) {{ {} => 0, _ => ", n + 2)).collect();
    let rows =
        run(&with_one(&format!("output p(n: int);\np({choice}7{}) <= q(i);\n", " }".repeat(deep))));
    assert_eq!(rows, ["[Int(7)]"]);
}

#[test]
fn chains_of_functions_and_constants_are_evaluated() {
    let mut text = "fn f0(i: int): int = i;\nconst c0: int = 0;\n".to_string();
    for n in 1..=1_000 {
        writeln!(text, "fn f{n}(i: int): int = f{}(i) + 1;", n - 1).expect("memory");
        writeln!(text, "const c{n}: int = c{} + 1;", n - 1).expect("memory");
    }
    text.push_str("output p(n: int, c: int);\np(f1000(i), c1000) <= q(i);\n");
    assert_eq!(run(&with_one(&text)), ["[Int(1001), Int(1000)]"]);
}

#[test]
fn long_bodies_are_planned() {
    let chain: Vec<String> = (0..300).map(|n| format!("e(x{n}, x{})", n + 1)).collect();
    let rows = run(&format!(
        "table e(a: int, b: int);\ne(1, 1);\noutput p(a: int);\np(x0) <= {}, x300 == 1;\n",
        chain.join(", ")
    ));
    assert_eq!(rows, ["[Int(1)]"]);
    let tests: Vec<String> = (0..limits::LITERALS_MAX).map(|n| format!("i != {}", n + 5)).collect();
    let text = |n: usize| {
        with_one(&format!("output p(a: int);\np(i) <= q(i), {};\n", tests[..n].join(", ")))
    };
    assert_eq!(run(&text(2_000)), ["[Int(1)]"]);
    assert_eq!(refused(&text(limits::LITERALS_MAX)), "B0317 a rule with 10001 literals");
}

#[test]
fn what_is_written_out_is_bounded() {
    let columns = |n: usize| {
        let cols: Vec<String> = (0..n).map(|c| format!("c{c}: int")).collect();
        format!("table t({});\noutput p(a: int);\np(a) <= t{{c0: a}};\n", cols.join(", "))
    };
    assert!(run(&columns(limits::COLUMNS_MAX)).is_empty());
    assert_eq!(refused(&columns(limits::COLUMNS_MAX + 1)), "B0317 `t` has 1025 columns");
    let ways: Vec<String> = (0..70).map(|n| format!("(q({n}) or q({}))", n + 100)).collect();
    let text =
        |n: usize| with_one(&format!("output p(a: int);\np(1) <= {};\n", ways[..n].join(", ")));
    assert!(run(&text(6)).is_empty());
    assert_eq!(refused(&text(11)), "B0316 a rule with 2048 alternatives");
    assert_eq!(refused(&text(70)), "B0316 a rule with more than 2^64 alternatives");
    let doubled: String =
        (1..60).map(|n| format!("const c{n}: int = c{} + c{};\n", n - 1, n - 1)).collect();
    let told = refused(&format!("const c0: int = 1;\n{doubled}output p(a: int);\np(c59);\n"));
    assert!(told.starts_with("B0317 `c14` is too large"), "{told}");
    let list = vec!["1"; 100_000].join(", ");
    assert_eq!(refused(&format!("const c = [{list}];\n")), "B0317 `c` is too large");
}

#[test]
fn functions_are_looked_at_once() {
    let doubled = |ty: &str, one: &str| {
        let chain: String = (1..60)
            .map(|n| format!("fn f{n}(x: {ty}): {ty} = f{0}(x) + f{0}(x);\n", n - 1))
            .collect();
        format!(
            "fn f0(x: {ty}): {ty} = x;\n{chain}view m(v: Max<{ty}>);\nm({one});\n\
             m(f59(v)) <= m(v), v > {one};\n"
        )
    };
    assert_eq!(refused(&doubled("int", "1")), "B0317 a rule too large to be evaluated");
    assert!(run(&doubled("float", "1.0")).len() == 1);
}

//! What inference hands on, seen from outside: every example of the table of
//! functions is well typed, the typed program reads as it should, and a large
//! program takes no time. What programs compute is not looked at.

use std::fmt::Write;

use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;
use bloom_compiler::names;
use bloom_compiler::source::FileId;
use bloom_compiler::syntax::parse;
use bloom_compiler::types::builtins::TABLE;
use bloom_compiler::types::infer;
use bloom_compiler::types::text::types_text;

fn compile(text: &str) -> Compiled {
    driver::check("test.bloom", text, &driver::Options::default())
}

/// The program typed but not judged any further.
fn typed(text: &str) -> String {
    let parsed = parse::parse(FileId(0), text);
    let mut diags = parsed.diagnostics;
    let hir = names::resolve(&parsed.module, &names::Options::default(), &mut diags);
    let program = infer::infer(&hir, &mut diags);
    assert!(diags.is_empty(), "{diags:#?}");
    types_text(&program)
}

#[test]
fn every_example_of_a_function_is_well_typed() {
    for builtin in TABLE {
        for (expr, result) in builtin.examples {
            let program = format!("view r(x, y) <= x = ({expr}), y = str(x);");
            let compiled = compile(&program);
            let said = render(Format::Short, &compiled.sources, &compiled.diagnostics);
            assert!(!compiled.has_errors(), "`{expr}` (`{result}`):\n{said}");
        }
    }
}

#[test]
fn the_typed_program_shows_roles_and_types() {
    let text = typed(
        "table link(from: str, to: str => cost: nat);\n\
         view route(from: str, to: str, cost: Min<nat>);\n\
         route(a, b, c) <= link(a, b, c);\n\
         route(a, d, c1 + c2) <= route(a, b, c1), link(b, d, c2);\n\
         view dear(a, count(), sum(c - 1)) <= link(a, _, c), c > 3;\n",
    );
    let wanted = "\
table link(from: str key, to: str key, cost: nat value)
view route(from: str key, to: str key, cost: Min<nat> cell)
view dear(a: str key, c2: nat key, c3: int key)

rule 0: route(a, b, c)
    a: str
    b: str
    c: nat
  | link(a, b, c)

rule 1: route(a, d, (c1 + c2))
    a: str
    b: str
    c1: nat
    d: str
    c2: nat
  | route(a, b, c1)
  | link(b, d, c2)

rule 2: dear(a, count(), sum((c - 1)))
    a: str
    c: nat
    group by (a)
  | link(a, _, c)
  | (c > 3)
";
    assert_eq!(normal(&text), normal(wanted));
}

/// Variables are listed in the order of their numbers, which is not promised.
fn normal(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn inputs_and_key_columns_hold_plain_values() {
    let text = typed(
        "input event(k: str => top: Max<int>, seen: Set<str>);\n\
         table version(k: str, clock: Map<str, Max<nat>>, text: str =>);\n\
         table state(k: str => both: Pair<Max<int>, Set<str>>, note: str);\n\
         scratch tally(k: str, n: Max<nat>);\n",
    );
    let wanted = "\
input event(k: str key, top: int value, seen: Set<str> value)
table version(k: str key, clock: Map<str, nat> key, text: str key)
table state(k: str key, both: Pair<Max<int>, Set<str>> cell, note: str value)
scratch tally(k: str key, n: Max<nat> cell)
";
    assert_eq!(text, wanted);
}

#[test]
fn a_thousand_rules_pile_up_nothing() {
    let mut text = String::from("table link(a: int, b: str, c: float);\n");
    for i in 0..250 {
        let before = i32::max(i - 1, 0);
        let _ = write!(
            text,
            "view v{i}(x: int, y: str, k: int);\n\
             v{i}(x, y, x + 1) <= link(x, y, _), x > {i};\n\
             v{i}(x, y, k) <= link(x, y, c), v{before}(x, y, k), c > 1.0, k != {i};\n\
             view w{i}(x, n) <= v{i}(x, y, _), n = length(y) + 1;\n\
             w{i}(x, n) <= w{before}(x, n), n < 10;\n"
        );
    }
    let parsed = parse::parse(FileId(0), &text);
    let mut diags = parsed.diagnostics;
    let hir = names::resolve(&parsed.module, &names::Options::default(), &mut diags);
    // The best of some runs: the machine may be busy. The bound is generous,
    // but far below anything that grows with the square of the rules.
    let best = (0..5)
        .map(|_| {
            let start = std::time::Instant::now();
            let program = infer::infer(&hir, &mut diags);
            assert_eq!(program.rules.len(), 1000);
            start.elapsed()
        })
        .min();
    assert!(diags.is_empty(), "{diags:#?}");
    assert!(best.is_some_and(|t| t.as_millis() < 300), "{best:?}");
}

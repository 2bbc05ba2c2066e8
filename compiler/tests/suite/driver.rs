//! The phases in a row: what runs after what went wrong, and values given on
//! the command line.

use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::driver;
use bloom_compiler::driver::Compiled;

fn check(text: &str, set: &[(&str, &str)]) -> Compiled {
    let set = set.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    driver::check("program.bloom", text, &driver::Options { set, ..driver::Options::default() })
}

fn short(compiled: &Compiled) -> String {
    render(Format::Short, &compiled.sources, &compiled.diagnostics)
}

const CONSTANTS: &str = "\
const home: str = \"paris\";
const limit: int = 10;
const wait: duration = 5s;
table q(name: str, n: int, d: duration);
view p(name: str);
p(x) <= q(x, n, d), x != home, n < limit, d > wait;
";

#[test]
fn settings_are_expressions_and_texts_need_no_quotes() {
    for good in [
        ("home", "rome"),
        ("home", "\"rome\""),
        ("home", "new york"),
        ("home", "42"),
        ("home", ""),
        ("limit", "3 * 4"),
        ("limit", "-1"),
        ("wait", "100ms"),
    ] {
        let compiled = check(CONSTANTS, &[good]);
        assert_eq!(short(&compiled), "", "{good:?}");
        assert!(compiled.strata.is_some());
    }
    for bad in [("limit", "many"), ("limit", "3 +"), ("limit", "\"3\""), ("lmit", "3")] {
        let compiled = check(CONSTANTS, &[bad]);
        assert!(compiled.has_errors(), "{bad:?}");
        assert!(short(&compiled).starts_with("--set "), "{}", short(&compiled));
    }
}

#[test]
fn a_broken_statement_hides_nothing_and_invents_nothing() {
    let compiled = check(
        "\
table link(from: str to: str);
table person(name: str);
view reach(a: str, b: str);
reach(a, b) <= link(a, b);
view lonely(name: str, n: int);
lonely(x, y) <= person(x), not link(x, _);
lonely(x, \"one\") <= person(x);
lonely(x, n) <= person(x), n > 3;
",
        &[],
    );
    assert!(compiled.strata.is_none());
    let said = short(&compiled);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(lines[0].starts_with("program.bloom:1:"), "{said}");
    assert!(lines[1].starts_with("program.bloom:7:") && lines[1].contains("B0201"), "{said}");
    assert!(lines[2].starts_with("program.bloom:8:") && lines[2].contains("B0301"), "{said}");
}

#[test]
fn nothing_is_a_program() {
    let compiled = check("", &[]);
    assert_eq!(short(&compiled), "");
    assert_eq!(compiled.strata.map(|s| s.count), Some(0));
}

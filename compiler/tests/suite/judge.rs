//! What the judgements leave in the typed program: the order of bodies, what in
//! them is late, what grows and what is revealed, and the strata.

use bloom_compiler::calm::strata::strata_text;
use bloom_compiler::diag::Severity;
use bloom_compiler::driver;
use bloom_compiler::types::text::types_text;
use bloom_compiler::types::typed::ExprKind;
use bloom_compiler::types::typed::LitKind;
use bloom_compiler::types::typed::Program;
use bloom_compiler::types::typed::Slack;

fn typed(text: &str) -> (Program, String) {
    let compiled = driver::check("program.bloom", text, &driver::Options::default());
    let errors: Vec<_> =
        compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let (typed, strata) = (compiled.typed.unwrap_or_default(), compiled.strata.unwrap_or_default());
    let text = strata_text(&typed, &strata);
    (typed, text)
}

#[test]
fn bodies_run_from_left_to_right_and_fail_last() {
    let (program, _) = typed(
        "\
table q(a: int, b: int);
table r(a: int);
view p(a: int, b: int);
p(x, y) <= x > 3, q(x, y);
p(x, z) <= z = y / x, x != 0, q(x, y), r(x);
p(x, z) <= z = y / x, r(z), q(x, y), not r(x);
p(x, y) <= not q(y, x), y = x, r(x);
p(x, y) <= q(x, y), r(x + 1), not r(y);
p(x, y) <= q(y, y + 1), r(x);
p(x, y) <= r(x), q(x, y) else y = 0, r(y);
p(x, y) <= y in 0..x, r(x);
p(x, y) <= y in 0..9, r(x);
",
    );
    insta::assert_snapshot!(types_text(&program));
}

#[test]
fn growing_and_revealed() {
    let (program, strata) = typed(
        "\
static table link(a: str, b: str, w: int);
view route(a: str, b: str, c: Min<int>);
view seen(a: str, xs: Set<str>);
view exact(a: str, c: int);
view near(a: str);
view many(a: str);
view none(a: str);
view total(n: int);
route(a, b, w) <= link(a, b, w);
route(a, d, c + w) <= route(a, b, c), link(b, d, w);
seen(a, {b}) <= route(a, b, c), c <= 5;
exact(b, c) <= route(\"home\", b, c);
near(b) <= route(_, b, c), c < 10;
many(a) <= seen(a, xs), size(xs) >= 2, \"home\" in xs;
none(a) <= link(a, _, _), not route(a, \"home\", _);
total(sum(c)) <= route(_, _, c);
",
    );
    insta::assert_snapshot!(types_text(&program));
    insta::assert_snapshot!(strata);
}

/// The slack of the arithmetic at the top of the last head argument, rule by rule.
fn slack(program: &Program) -> Vec<Option<Slack>> {
    let last = |rule: &bloom_compiler::types::typed::Rule| match &rule.args.last()?.kind {
        ExprKind::Arith(_, _, _, slack) | ExprKind::Neg(_, slack) => Some(*slack),
        _ => None,
    };
    program.rules.iter().map(last).collect()
}

#[test]
fn arithmetic_towards_bottom_is_no_row() {
    let (program, _) = typed(
        "\
static table e(a: int, b: int, w: int);
fn step(c: int, w: int): int = c + w;
view lo(a: int, c: Min<int>);
view hi(a: int, c: Max<int>);
view plain(a: int, c: int);
lo(b, c + w) <= lo(a, c), e(a, b, w);
hi(b, c + w) <= hi(a, c), e(a, b, w);
lo(b, w + 1) <= e(_, b, w);
hi(b, w - 1) <= e(_, b, w);
hi(b, w - c) <= lo(a, c), e(a, b, w);
lo(b, -c) <= hi(b, c);
plain(b, c + 1) <= lo(b, c);
plain(b, w + 1) <= e(_, b, w);
lo(b, step(c, w)) <= lo(a, c), e(a, b, w);
",
    );
    use Slack::Fail;
    use Slack::NoRowAbove;
    use Slack::NoRowBelow;
    let wanted = [
        NoRowAbove, NoRowBelow, NoRowAbove, NoRowBelow, NoRowBelow, NoRowAbove, Fail, Fail,
        NoRowAbove,
    ];
    assert_eq!(slack(&program), wanted.map(Some));
    assert!(program.fns[0].fallible);
}

#[test]
fn what_else_gives_does_not_hang_on_where_it_stands() {
    let outputs = |text: &str| {
        let (program, _) = typed(&format!(
            "table q(a: int);\ntable t(a: int, b: int);\nview p(a: int, b: int);\n{text}\n"
        ));
        let rule = &program.rules[0];
        let lit = rule.body.lits.iter().find_map(|lit| match &lit.kind {
            LitKind::Else { outputs, .. } => Some(outputs.clone()),
            _ => None,
        });
        let names = lit.unwrap_or_default().into_iter().map(|v| rule.vars[v.index()].name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(outputs("p(x, y) <= q(x), t(x, y) else y = 0;"), ["y"]);
    assert_eq!(outputs("p(x, y) <= t(x, y) else y = 0, q(x);"), ["y"]);
    assert_eq!(outputs("p(x, y) <= t(x, y) else y = 0, q(x), q(y);"), [""; 0]);
    assert_eq!(outputs("p(x, y) <= q(y), q(x), t(x, y) else y = 0;"), [""; 0]);
    assert_eq!(outputs("p(x, y) <= t(x, y) else (x = 0 and y = 0);"), ["x", "y"]);
}

//! Random statements of tests.

use super::exprs::body;
use super::exprs::expr;
use super::exprs::head;
use super::exprs::named;
use super::*;

fn duration() -> impl Strategy<Value = Option<Expr>> {
    let literal = (0i64..1000).prop_map(|ms| Literal::Duration(ms * 1_000_000));
    option::of(literal.prop_map(|l| Expr { kind: ExprKind::Literal(l), span: NOWHERE }))
}

fn facts() -> impl Strategy<Value = Vec<TestFact>> {
    let fact = (any::<bool>(), head()).prop_map(|(delete, head)| TestFact { delete, head });
    vec(fact, 0..3)
}

fn props() -> impl Strategy<Value = Vec<Prop>> {
    let prop = prop_oneof![
        expr(true).prop_map(Prop::Expr),
        (name(), expr(true)).prop_map(|(name, e)| Prop::All(name, e)),
        (option::of(name()), path()).prop_map(|(name, path)| Prop::Agree(name, path)),
    ];
    vec(prop, 0..3)
}

/// `expect error in e` is the error form, so no expression may begin so.
fn expected(expr: &Expr) -> bool {
    !syntax::print::print_expr(expr).starts_with("error")
}

/// One statement.
pub(super) fn test_stmt() -> impl Strategy<Value = TestStmt> {
    let of = |kind| TestStmt { kind, span: NOWHERE };
    let lines = &["loss 10%", "delay 1ms..50ms", "partition store[0] | rest at 1s for 2s"][..];
    let line = prop::sample::select(lines)
        .prop_map(|text| NetworkWord { text: text.to_string(), span: NOWHERE });
    let group = (name(), vec(named(expr(true)), 0..2), 0u64..99)
        .prop_map(|(role, args, count)| NodeGroup { role, args, count });
    let code = || option::of("B0[0-9]{3}".prop_map(name_of));
    prop_oneof![
        duration().prop_map(|at| TestKind::Tick { at, facts: Vec::new(), block: false }),
        (duration(), facts()).prop_map(|(at, facts)| TestKind::Tick { at, facts, block: true }),
        expr(true).prop_filter("the error form", expected).prop_map(TestKind::Expect),
        (any::<bool>(), head()).prop_map(|(negated, head)| TestKind::ExpectSent { negated, head }),
        vec(group, 1..3).prop_map(TestKind::Nodes),
        (0u64..1000).prop_map(TestKind::Seeds),
        vec(line, 0..3).prop_map(TestKind::Network),
        (name(), 0u64..9, duration(), facts())
            .prop_map(|(role, index, at, facts)| TestKind::NodeEvents { role, index, at, facts }),
        (name(), vec(expr(true), 0..3), body()).prop_map(|(name, args, body)| TestKind::View {
            name,
            args,
            body
        }),
        (duration(), props()).prop_map(|(within, props)| TestKind::Eventually { within, props }),
        props().prop_map(TestKind::Always),
    ]
    .prop_map(of)
    .prop_recursive(2, 3, 1, move |inner| {
        (code(), inner).prop_map(move |(code, inner)| {
            of(TestKind::ExpectError { code, inner: Box::new(inner) })
        })
    })
}

//! Literals, words and comments: what they mean and what is refused.

use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use bloom_compiler::syntax::ast::ExprKind;
use bloom_compiler::syntax::ast::ItemKind;
use bloom_compiler::syntax::ast::Literal;
use bloom_compiler::syntax::ast::StrPart;
use bloom_compiler::syntax::token::KEYWORDS;
use bloom_compiler::syntax::token::SOFT;

use crate::syntax::support::parse_clean;

fn literal(text: &str) -> Literal {
    let (expr, found) = syntax::parse_expr(FileId(0), text);
    assert!(found.is_empty(), "{text}: {found:?}");
    match expr.map(|e| e.kind) {
        Some(ExprKind::Literal(literal)) => literal,
        other => panic!("{text}: {other:?}"),
    }
}

fn text_of(source: &str) -> String {
    match literal(source) {
        Literal::Str(parts) => parts
            .into_iter()
            .map(|part| match part {
                StrPart::Text(text) => text,
                StrPart::Expr(_) => "<expr>".into(),
            })
            .collect(),
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn numbers() {
    assert_eq!(literal("1_000"), Literal::Int(1000));
    assert_eq!(literal("0xff"), Literal::Int(255));
    assert_eq!(literal("9223372036854775808"), Literal::Int(1 << 63));
    assert_eq!(literal("2.5"), Literal::Float(2.5));
    assert_eq!(literal("1e9"), Literal::Float(1e9));
    assert_eq!(literal("1.5e-3"), Literal::Float(0.0015));
    assert_eq!(literal("1e+2"), Literal::Float(100.0));
}

#[test]
fn durations() {
    assert_eq!(literal("100ms"), Literal::Duration(100_000_000));
    assert_eq!(literal("1h30m"), Literal::Duration(5_400_000_000_000));
    assert_eq!(literal("3d"), Literal::Duration(259_200_000_000_000));
    assert_eq!(literal("7us"), Literal::Duration(7_000));
    assert_eq!(literal("7ns"), Literal::Duration(7));
}

#[test]
fn strings() {
    assert_eq!(text_of(r#""a\n\t\"\\\x41\u{1F600}""#), "a\n\t\"\\A😀");
    assert_eq!(text_of(r#""{{x}}""#), "{x}");
    assert_eq!(text_of(r#""a{x}b{ {y} }""#), "a<expr>b<expr>");
    assert_eq!(text_of("r\"a\\n\nb\""), "a\\n\nb");
    assert_eq!(text_of("\"\""), "");
    assert_eq!(literal(r#"b"\x00\xffA""#), Literal::Bytes(vec![0, 255, 65]));
}

#[test]
fn interpolated_expressions_know_their_place() {
    let text = "p(\"n is {x + 1}\") <= q(x);";
    let ItemKind::Rule(rule) = &parse_clean(text).items[0].kind else { panic!("not a rule") };
    let shown = format!("{rule:?}");
    let at = text.find("x + 1").expect("the expression");
    assert!(shown.contains(&format!("span: {at}..{}", at + 5)), "{shown}");
}

#[test]
fn fields_of_tuples() {
    let (expr, found) = syntax::parse_expr(FileId(0), "t.0.1");
    assert!(found.is_empty());
    let Some(ExprKind::TupleField(inner, 1, _)) = expr.map(|e| e.kind) else {
        panic!("not a field")
    };
    assert!(matches!(inner.kind, ExprKind::TupleField(_, 0, _)));
}

#[test]
fn reserved_words_are_no_names_and_soft_words_are() {
    for word in SOFT {
        parse_clean(&format!(
            "table {word}({word}: int);\n{word}({word}) <= {word}({word}), {word} = 1;\n"
        ));
        parse_clean(&format!(
            "test \"t\" {{ {word}[0] {{ }} expect {word}(1); tick {{ {word}(1); }} }}"
        ));
    }
    for word in KEYWORDS.iter().filter(|w| **w != "_") {
        let parsed = syntax::parse(FileId(0), &format!("scratch {word}(a: int);"));
        assert!(!parsed.diagnostics.is_empty(), "{word}");
    }
}

#[test]
fn documentation_belongs_to_what_follows() {
    let text = "/// One.\n/// Two.\ntable t(a: int); /// not this\n// nor this\nrole r {\n  /// In.\n  p(1);\n}\n";
    let module = parse_clean(text);
    assert_eq!(module.items[0].doc.as_deref(), Some("One.\nTwo."));
    assert_eq!(module.items[1].doc, None);
    let ItemKind::Role(role) = &module.items[1].kind else { panic!("not a role") };
    assert_eq!(role.body.items[0].doc.as_deref(), Some("In."));
}

#[test]
fn comments_nest_and_keep_their_places() {
    let text = "/* a /* b */ c */ p(1); // d\n";
    let parsed = syntax::parse(FileId(0), text);
    let comments: Vec<&str> = parsed.comments.iter().map(|c| &text[c.span.range()]).collect();
    assert_eq!(comments, ["/* a /* b */ c */", "// d"]);
}

/// A thousand rules in well under 20 ms; measured with room to spare, and
/// only where the compiler optimises.
#[test]
fn speed() {
    let text =
        "reach(a, c, x + y) <= reach(a, b, x), link(b, c, y), not blocked(b), x + y < 100;\n"
            .repeat(1000);
    let start = std::time::Instant::now();
    assert_eq!(syntax::parse(FileId(0), &text).module.items.len(), 1000);
    let bound = if cfg!(debug_assertions) { 2000 } else { 60 };
    assert!(start.elapsed().as_millis() < bound, "{:?}", start.elapsed());
}

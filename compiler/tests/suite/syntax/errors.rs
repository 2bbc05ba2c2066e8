//! Mistakes and what is said about them, as data. Cases with a `+` say that
//! the fixes offered must mend the text.

use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use bloom_compiler::syntax::ast::ItemKind;

use crate::syntax::support::mended;
use crate::syntax::support::shown;

const CASES: &[(&str, &str)] = &[
    ("+missing semicolon before a declaration", "table t(a: int)\ntable u(b: int);\n"),
    ("+missing semicolon before a rule", "p(x) <= q(x), r(x)\ns(x) <= p(x);\n"),
    ("+missing semicolon at the end", "p(x) <= q(x)"),
    ("+missing semicolon in a role", "role r {\n  table t(a: int)\n}\ntable u(a: int);\n"),
    ("+full stops", "p(x) <= q(x).\nr(x) <= s(x).\ntable t(a: int);\n"),
    ("missing comma", "p(x) <= q(x)\n  r(x);\n"),
    ("+unclosed parenthesis", "table t(a: int;\n"),
    ("+unclosed parenthesis before a declaration", "table t(a: int\ntable u(b: str);\n"),
    ("+unclosed list", "p(x) <= q(x), x in [1, 2;\n"),
    ("+unclosed head", "p(x <+ q(x);\n"),
    ("unclosed role", "role r {\n  table t(a: int);\n"),
    ("mismatched bracket", "p(x) <= q([x);\n"),
    ("bracket of another sort", "p(x) <= q(x];\n"),
    ("+bracket too many", "p(x)) <= q(x);\n"),
    ("+brace too many", "p(x) <= q(x);\n}\n"),
    ("+colon dash", "p(x) :- q(x);\n"),
    ("+arrows", "p(x) <-- q(x);\np(x) -> q(x);\n"),
    ("+equals in a rule", "p(x) = q(x);\n"),
    ("+bang", "p(x) <= q(x), !r(x);\n"),
    ("+notin atom", "p(x) <= q(x), notin r(x);\n"),
    ("notin between", "p(x) <= q(x), x notin s;\n"),
    ("+double equals in const", "const k == 3;\n"),
    ("+and and or", "p(x) <= q(x) && r(x);\np(x) <= (a(x) || b(x)) && c(x);\n"),
    ("+less or equal and unequal", "p(x) <= q(x), x =< 3, x <> 2;\n"),
    ("+less minus", "p(x) <= q(x), x <-3;\n"),
    ("+less minus name", "p(x) <= q(x, y), x<-y;\n"),
    ("+single quotes", "p(x) <= q(x, 'tea');\n"),
    ("+column without colon", "table t(a int, b: str);\n"),
    ("column without type", "table t(a, b: str);\n"),
    ("view without types", "view v(a, b);\n"),
    ("var", "var x = 3;\n"),
    ("+upper-case collection", "table Link(from: str, to: str);\nLink(\"a\", \"b\");\n"),
    ("+upper-case column", "table t(From: str);\n"),
    ("+lower-case enum", "enum op { Put, Get }\n"),
    ("+trailing comma", "p(x) <= q(x, y,);\n"),
    ("+trailing comma in body", "p(x) <= q(x),;\n"),
    ("chained comparison", "p(x) <= q(x), 1 < x < 3;\n"),
    ("else in brackets", "p(x, y) <= q(x), (r(x, y) else y = 0);\n"),
    ("reserved word", "table t(in: int);\n"),
    ("no type", "table t(a: );\n"),
    ("no expression", "const k = ;\n"),
    ("half a rule", "p(x) <= ;\n"),
    ("half a declaration", "table ;\n"),
    ("number with letters", "const k = 12abc;\nconst l = 5 s;\n"),
    ("numbers too large", "const a = 9223372036854775809;\nconst b = 1e999;\nconst c = 999999d;\n"),
    ("unclosed string", "const k = \"abc;\nconst l = 3;\n"),
    ("unknown escapes", "const k = \"a\\qb\";\nconst b = b\"\\xzz\";\n"),
    ("braces in strings", "const k = \"a { b\";\nconst l = \"a } b\";\nconst m = \"{}\";\n"),
    ("error inside a string", "p(\"n is {x +}\") <= q(x);\n"),
    ("unknown characters", "p(x) <= q(x) ∧ r(x);\ntable größe(a: int);\n# note\n"),
    ("unclosed comment", "table t(a: int);\n/* from here\ntable u(a: int);\n"),
    ("+stray semicolons", "table t(a: int);;\n"),
    ("tests", "test \"t\" {\n  tick { p(1) }\n  expect p(1)\n  expect not q(2);\n  tock;\n}\n"),
    ("several", "table t(a int);\np(x) :- t(x)\nq(x) <= p(x), !t(x).\nok(x) <= p(x);\n"),
    ("statement of two words", "hello world;\n"),
    (
        "role header",
        "role r partitioned k: str {\n  table t(a: int)\n  p(x) <= t(x);\n}\ntable u(a: int);\n",
    ),
    ("only an operator", "<= q(x);\n"),
];

#[test]
fn messages_of_mistakes() {
    let mut all = String::new();
    for (title, text) in CASES {
        let parsed = syntax::parse(FileId(0), text);
        assert!(!parsed.diagnostics.is_empty(), "no message: {title}");
        all.push_str(&format!("=== {title}\n{text}---\n"));
        all.push_str(&shown(text, &parsed.diagnostics));
        for item in &parsed.module.items {
            if let ItemKind::Broken { words } = &item.kind {
                all.push_str(&format!("broken: {}\n", words.join(" ")));
            }
        }
    }
    insta::assert_snapshot!("messages", all);
}

#[test]
fn fixes_mend() {
    for (title, text) in CASES.iter().filter(|(title, _)| title.starts_with('+')) {
        let parsed = syntax::parse(FileId(0), text);
        let mut now = mended(text, &parsed.diagnostics);
        // The uses of a misspelt name are not told about again.
        if title.contains("upper-case collection") {
            now = now.replace("Link", "link");
        }
        let again = syntax::parse(FileId(0), &now);
        assert!(again.diagnostics.is_empty(), "{title}: {now}{}", shown(&now, &again.diagnostics));
    }
}

#[test]
fn one_mistake_costs_one_statement() {
    let text = "table a(x: int);\ntable b(x: int;\nrole r {\n  p(x) <= ;\n  q(x) <= a(x);\n}\nc(x) <= a(x);\n";
    let parsed = syntax::parse(FileId(0), text);
    let codes: Vec<String> = parsed.diagnostics.iter().map(|d| d.code.to_string()).collect();
    assert_eq!(codes, ["B0003", "B0001"]);
    let items = &parsed.module.items;
    assert_eq!(items.len(), 4);
    let ItemKind::Role(role) = &items[2].kind else { panic!("not a role: {:?}", items[2]) };
    assert!(matches!(role.body.items[0].kind, ItemKind::Broken { .. }));
    assert!(matches!(role.body.items[1].kind, ItemKind::Rule(_)));
}

#[test]
fn words_of_broken_statements_are_kept() {
    let parsed = syntax::parse(FileId(0), "table link(from, to: Place);\n");
    let ItemKind::Broken { words } = &parsed.module.items[0].kind else { panic!("not broken") };
    assert_eq!(words.join(" "), "Place from link to");
}

#[test]
fn expressions_by_themselves() {
    assert!(syntax::parse_expr(FileId(0), "-5").0.is_some());
    assert!(syntax::parse_expr(FileId(0), "{\"a\": [1, 2]}").1.is_empty());
    for text in ["", "1 +", "1 2", "(1", "\"a", ";"] {
        let (_, found) = syntax::parse_expr(FileId(0), text);
        assert!(!found.is_empty(), "no message: {text}");
    }
}

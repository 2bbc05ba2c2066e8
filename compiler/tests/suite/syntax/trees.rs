//! Random trees: printing and parsing gives the same tree, formatting the
//! print changes nothing but layout and is done after one round.

use bloom_compiler::source::Span;
use bloom_compiler::syntax;
use bloom_compiler::syntax::ast::*;
use bloom_compiler::syntax::token::KEYWORDS;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::cases::cases;

use crate::syntax::support::formatted;
use crate::syntax::support::parse_clean;
use crate::syntax::support::strip_spans;

#[path = "trees/exprs.rs"]
mod exprs;
#[path = "trees/items.rs"]
mod items;
#[path = "trees/test_blocks.rs"]
mod test_blocks;

const NOWHERE: Span = Span { file: bloom_compiler::source::FileId(0), lo: 0, hi: 0 };

fn name_of(text: String) -> Name {
    Name { text, span: NOWHERE }
}

/// Names, among them words that mean something elsewhere.
fn word() -> impl Strategy<Value = String> {
    let plain = "[a-z_][a-z0-9_]{0,6}".prop_filter("reserved", |w| !KEYWORDS.contains(&w.as_str()));
    prop_oneof![3 => plain, 1 => prop::sample::select(syntax::token::SOFT).prop_map(str::to_string)]
}

fn name() -> impl Strategy<Value = Name> {
    word().prop_map(name_of)
}

fn uid() -> impl Strategy<Value = Name> {
    "[A-Z][A-Za-z0-9]{0,5}".prop_map(name_of)
}

fn path() -> impl Strategy<Value = Path> {
    vec(name(), 1..3)
}

fn ty() -> impl Strategy<Value = Type> {
    let of = |kind| Type { kind, span: NOWHERE };
    let leaf = prop_oneof![
        name().prop_map(|n| TypeKind::Named(n, Vec::new())),
        uid().prop_map(|n| TypeKind::Named(n, Vec::new())),
    ];
    leaf.prop_map(of).prop_recursive(3, 8, 3, move |inner| {
        prop_oneof![
            (uid(), vec(inner.clone(), 1..3)).prop_map(|(n, args)| TypeKind::Named(n, args)),
            inner.clone().prop_map(|t| TypeKind::List(Box::new(t))),
            vec(inner.clone(), 1..3).prop_map(TypeKind::Tuple),
            inner.prop_map(|t| TypeKind::Option(Box::new(t))),
        ]
        .prop_map(of)
    })
}

/// Puts comments between the lines of a text and after some of them.
fn remark(text: &str, seed: usize) -> String {
    let mut out = String::new();
    for (i, line) in text.lines().enumerate() {
        let doc = line.trim_start().starts_with("///");
        let turn = (seed >> (i % 32)) & if doc { 1 } else { 7 };
        if turn & 1 == 1 {
            out.push_str("// before\n");
        }
        if turn & 2 == 2 {
            out.push_str("/* inline */ ");
        }
        out.push_str(line);
        out.push_str(if turn & 4 == 4 { " // after\n" } else { "\n" });
    }
    out
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn printing_and_parsing_is_nothing(module in items::module()) {
        let text = syntax::print_module(&module);
        let again = parse_clean(&text);
        prop_assert_eq!(strip_spans(&again), strip_spans(&module), "{}", text);
    }

    #[test]
    fn formatting_keeps_tree_and_comments(module in items::module(), seed in any::<usize>()) {
        let text = remark(&syntax::print_module(&module), seed);
        let once = formatted(&text);
        prop_assert_eq!(&formatted(&once), &once, "from {}", text);
        prop_assert_eq!(strip_spans(&parse_clean(&once)), strip_spans(&parse_clean(&text)));
        let count = |text: &str, what: &str| text.matches(what).count();
        for what in ["// before", "/* inline */", "// after"] {
            prop_assert_eq!(count(&once, what), count(&text, what), "{} in {}", what, once);
        }
    }
}

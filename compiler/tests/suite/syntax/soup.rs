//! Random text: the parser gives a tree and messages, never a panic, and what
//! it accepts the printer prints.

use bloom_compiler::driver;
use bloom_compiler::source::FileId;
use bloom_compiler::syntax;
use bloom_compiler::syntax::limits::MAX_DEPTH;
use bloom_compiler::syntax::limits::MAX_NESTING;
use bloom_compiler::syntax::token::KEYWORDS;
use bloom_compiler::syntax::token::SOFT;
use proptest::prelude::*;

use crate::cases::cases;

/// Spans lie in the text, and accepted text formats.
fn survives(text: &str) {
    let parsed = syntax::parse(FileId(0), text);
    for d in &parsed.diagnostics {
        assert!(d.primary.span.hi as usize <= text.len());
        assert!(d.primary.span.lo <= d.primary.span.hi);
    }
    syntax::ast_text(&parsed.module);
    syntax::tokens_text(FileId(0), text);
    syntax::parse_expr(FileId(0), text);
    if parsed.diagnostics.is_empty() {
        let once = syntax::format(FileId(0), text).expect("accepted text formats");
        let twice = syntax::format(FileId(0), &once).expect("formatted text parses");
        assert_eq!(once, twice, "not idempotent: {text}");
    }
}

fn word() -> impl Strategy<Value = String> {
    const SIGNS: &[&str] = &[
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        "@",
        "=>",
        "..",
        ".",
        "?",
        "|",
        "<=",
        "<+",
        "<-",
        "<+-",
        "<~",
        "==",
        "!=",
        "<",
        ">=",
        ">",
        "=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "<--",
        "->",
        "!",
        "&&",
        "||",
        "'",
        "\"",
        "\n",
        " ",
        "// c\n",
        "/* c */",
        "/*",
        "/// d\n",
        "p(x)",
        "table t(a: int);\n",
        "x",
        "Y",
        "1",
        "2.5",
        "5s",
        "\"a{x}b\"",
        "b\"\\x00\"",
        "r\"q\"",
        "role r {\n",
        "test \"t\" {\n",
        "tick {",
        "}\n",
        "1e",
        "0x",
        "é",
    ];
    prop_oneof![
        4 => prop::sample::select(SIGNS).prop_map(str::to_string),
        1 => prop::sample::select(KEYWORDS).prop_map(|w| format!("{w} ")),
        1 => prop::sample::select(SOFT).prop_map(|w| format!("{w} ")),
    ]
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn tokens_in_any_order(words in prop::collection::vec(word(), 0..60)) {
        survives(&words.concat());
    }

    #[test]
    fn any_text(text in "\\PC{0,80}") {
        survives(&text);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    /// A program with some bytes taken out or doubled.
    #[test]
    fn damaged_programs(at in 0usize..4000, len in 0usize..30, double in any::<bool>()) {
        let text = include_str!("../../programs/tests.bloom");
        let lo = text.floor_char_boundary(at % text.len());
        let hi = text.ceil_char_boundary((lo + len).min(text.len()));
        let damaged = match double {
            true => format!("{}{}", &text[..hi], &text[lo..]),
            false => format!("{}{}", &text[..lo], &text[hi..]),
        };
        survives(&damaged);
    }
}

#[test]
fn depth_is_bounded() {
    let deep = 200_000;
    let texts = [
        format!("const k = {};", "(".repeat(deep)),
        format!("const k = {}1{};", "(".repeat(deep), ")".repeat(deep)),
        format!("const k = {}1;", "-".repeat(deep)),
        format!("const k = {}true;", "not ".repeat(deep)),
        format!("const k = 1{};", " + 1".repeat(deep)),
        format!("const k = x{};", ".a".repeat(deep)),
        format!("const k = x{};", "()".repeat(deep)),
        format!("const k = {}1;", "if a then b else ".repeat(deep)),
        format!("table t(a: int{});", "?".repeat(deep)),
        format!("table t(a: {}int{});", "Max<".repeat(deep), ">".repeat(deep)),
        format!("p(x) <= {}q(x);", "all x in e: ".repeat(deep)),
        "role r {".repeat(deep),
        format!("test \"t\" {{ {} tick; }}", "expect error in ".repeat(deep)),
        "/*".repeat(deep),
    ];
    for text in texts {
        let parsed = syntax::parse(FileId(0), &text);
        assert!(!parsed.diagnostics.is_empty(), "{}", &text[..40]);
        assert!(parsed.diagnostics.len() < 200);
    }
}

#[test]
fn reasonable_depth_is_accepted() {
    let fine = MAX_NESTING - 8;
    let nested = format!("const k = {}1{};", "(".repeat(fine), ")".repeat(fine));
    let enums = "enum A { X, Y }\n".repeat(1000);
    let roles = "role a { table t(x: int); }\n".repeat(1000);
    let ticks = format!("test \"t\" {{ {} }}", "tick { } tick at 5s { p(1); } ".repeat(1000));
    let wide = format!("p(x) <= {};", vec!["x == 1 + 2"; 2000].join(", "));
    for text in [nested, enums, roles, ticks, wide] {
        let parsed = syntax::parse(FileId(0), &text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        survives(&text);
    }
}

#[test]
fn long_chains_are_no_nesting() {
    let terms = MAX_DEPTH - 8;
    let sum = format!("p(x) <= q(x), x > {};", vec!["x"; terms].join(" + "));
    let either = format!("p(x) <= q(x), {};", vec!["x == 1"; terms / 2].join(" or "));
    let calls = format!("p({}) <= q(x);", vec!["f(-x)"; terms / 3].join(" * "));
    for text in [sum, either, calls] {
        let parsed = syntax::parse(FileId(0), &text);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let text = format!(
            "table q(x: int); fn f(x: int): int = x; output p(x: int); {text} p(f(x)) <= q(x);"
        );
        let compiled = driver::check("chain.bloom", &text, &driver::Options::default());
        assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    }
}

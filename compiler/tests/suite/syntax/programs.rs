//! Programs over the whole grammar: they parse without a message, format to
//! themselves after one round, and mean the same tree afterwards.

use std::path::Path;

use bloom_compiler::syntax;

use crate::syntax::support::formatted;
use crate::syntax::support::parse_clean;
use crate::syntax::support::strip_spans;

fn programs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder of programs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "bloom"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("a program");
            (path.display().to_string(), text)
        })
        .collect();
    found.sort();
    assert!(found.len() >= 6);
    found
}

#[test]
fn parse_and_format() {
    for (name, text) in programs() {
        let tree = parse_clean(&text);
        let once = formatted(&text);
        assert_eq!(formatted(&once), once, "{name}: not idempotent");
        assert_eq!(strip_spans(&parse_clean(&once)), strip_spans(&tree), "{name}: another tree");
        let printed = syntax::print_module(&tree);
        assert_eq!(strip_spans(&parse_clean(&printed)), strip_spans(&tree), "{name}: printed");
        assert!(
            once.lines().all(|line| line.trim_end() == line),
            "{name}: blanks at ends of lines"
        );
    }
}

#[test]
fn no_comment_is_lost() {
    for (name, text) in programs() {
        let comments = |text: &str| -> Vec<String> {
            let parsed = syntax::parse(Default::default(), text);
            parsed.comments.iter().map(|c| text[c.span.range()].to_string()).collect()
        };
        assert_eq!(comments(&formatted(&text)), comments(&text), "{name}");
    }
}

#[test]
fn the_programs_are_in_the_one_style() {
    for (name, text) in programs() {
        assert_eq!(formatted(&text), text, "{name}");
    }
}

/// Takes any statement's `;` away: one message, and everything else stands.
#[test]
fn a_missing_semicolon_costs_nothing() {
    for (name, text) in programs() {
        let items = parse_clean(&text).items;
        for item in &items {
            let end = item.span.hi as usize;
            if text.as_bytes()[end - 1] != b';' {
                continue;
            }
            let cut = format!("{} {}", &text[..end - 1], &text[end..]);
            let parsed = syntax::parse(Default::default(), &cut);
            let codes: Vec<String> =
                parsed.diagnostics.iter().map(|d| d.code.to_string()).collect();
            assert_eq!(codes, ["B0002"], "{name} at {end}: {:?}", &text[item.span.range()]);
            assert_eq!(parsed.module.items.len(), items.len(), "{name} at {end}");
        }
    }
}

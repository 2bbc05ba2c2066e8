//! How diagnostics look in each format. The messages themselves are tested
//! where they are made; this knows only a made-up one.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::diag::codes;
use bloom_compiler::diag::render::Format;
use bloom_compiler::diag::render::render;
use bloom_compiler::source::SourceMap;
use bloom_compiler::source::Span;

const TEXT: &str =
    "table link(from: str, to: str);\nview reach(n: str);\nreach(ü) <= link(a, ß);\n";

fn sample() -> (SourceMap, Vec<Diagnostic>) {
    let mut map = SourceMap::default();
    let file = map.add("reach.bloom", TEXT);
    let at = |what: &str| {
        let lo = TEXT.find(what).unwrap_or(TEXT.len());
        Span::new(file, lo, lo + what.len())
    };
    let error = Diagnostic::error(codes::SYNTAX, at("ü"), "`ü` has no value")
        .at("nothing in the body gives it one")
        .label(at("link(a, ß)"), "this has the variables `a` and `ß`")
        .label(at("link(from"), "declared here")
        .note("Every variable of a head must stand in a positive literal of the body, because otherwise every value of the world would do.")
        .help("write `a`, or bind it:\n  reach(ü) <= link(ü, _);")
        .fix("use `a`", at("ü"), "a");
    let warning = Diagnostic::warning(codes::SYNTAX, at("ß"), "`ß` is used once");
    let far = Diagnostic::warning(codes::SYNTAX, Span::new(file, 9000, 9005), "past the end");
    (map, vec![warning, error.clone(), far, error])
}

#[test]
fn human_unicode() {
    let (map, diags) = sample();
    insta::assert_snapshot!(render(Format::Human { color: false, unicode: true }, &map, &diags));
}

#[test]
fn human_ascii_and_colour_differ_only_in_dress() {
    let (map, diags) = sample();
    insta::assert_snapshot!(render(Format::Human { color: false, unicode: false }, &map, &diags));
    let coloured = render(Format::Human { color: true, unicode: true }, &map, &diags);
    assert!(coloured.contains("\u{1b}[1;31merror[B0001]\u{1b}[0m"));
}

#[test]
fn short_is_a_line_each() {
    let (map, diags) = sample();
    insta::assert_snapshot!(render(Format::Short, &map, &diags));
}

#[test]
fn json_names_its_schema() {
    let (map, diags) = sample();
    insta::assert_snapshot!(render(Format::Json, &map, &diags));
}

#[test]
fn nothing_to_say_is_empty() {
    let (map, _) = sample();
    assert_eq!(render(Format::Human { color: false, unicode: true }, &map, &[]), "");
}

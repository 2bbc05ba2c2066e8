//! What the tests share: trees without places, messages as plain data.

use bloom_compiler::diag::Diagnostic;
use bloom_compiler::source::FileId;
use bloom_compiler::source::SourceMap;
use bloom_compiler::syntax;
use bloom_compiler::syntax::ast::Module;

/// A tree as text in which nothing tells where it stood. Spans print as
/// `12..34` on lines of their own, with or without the name of a field, which
/// no other value does: strings are quoted, numbers have no dots.
pub fn strip_spans(module: &Module) -> String {
    let mut out = String::new();
    for line in format!("{module:#?}").lines().filter(|line| !is_span(line)) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn is_span(line: &str) -> bool {
    let value = line.trim().trim_end_matches(',');
    let value = value.rsplit_once("span: ").map_or(value, |(_, value)| value);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    value.split_once("..").is_some_and(|(lo, hi)| digits(lo) && digits(hi))
}

/// The tree of a text that must have no mistakes.
pub fn parse_clean(text: &str) -> Module {
    let parsed = syntax::parse(FileId(0), text);
    assert!(parsed.diagnostics.is_empty(), "{}\nin\n{text}", shown(text, &parsed.diagnostics));
    parsed.module
}

/// A text in the one style.
pub fn formatted(text: &str) -> String {
    match syntax::format(FileId(0), text) {
        Ok(text) => text,
        Err(found) => panic!("{}\nin\n{text}", shown(text, &found)),
    }
}

/// Messages as plain data.
pub fn shown(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut map = SourceMap::default();
    let file = map.add("test", text);
    let place = |byte: u32| {
        let (line, column) = map.file(file).line_col(byte);
        format!("{line}:{column}")
    };
    let mut out = String::new();
    for d in diagnostics {
        let span = d.primary.span;
        out.push_str(&format!(
            "{} {}-{} {}\n  | {}\n",
            d.code,
            place(span.lo),
            place(span.hi),
            d.title,
            d.primary.text
        ));
        for label in &d.labels {
            out.push_str(&format!("  | {} {}\n", place(label.span.lo), label.text));
        }
        for note in &d.notes {
            out.push_str(&format!("  note: {note}\n"));
        }
        if let Some(help) = &d.help {
            out.push_str(&format!("  help: {help}\n"));
        }
        if let Some(fix) = &d.fix {
            let (lo, hi) = (place(fix.span.lo), place(fix.span.hi));
            out.push_str(&format!("  fix: {} ({lo}-{hi} {:?})\n", fix.title, fix.replacement));
        }
    }
    out
}

/// A text with the fixes of all messages made, last first.
pub fn mended(text: &str, diagnostics: &[Diagnostic]) -> String {
    let mut text = text.to_string();
    let mut fixes: Vec<_> = diagnostics.iter().filter_map(|d| d.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| std::cmp::Reverse((fix.span.lo, fix.span.hi)));
    for fix in fixes {
        text.replace_range(fix.span.range(), &fix.replacement);
    }
    text
}

//! What became of tests in the form of JUnit, which servers that build programs
//! read: a suite for each program. Times are left out: they say nothing about
//! a test and would make two equal runs differ.

use std::fmt::Write;

use bloom_compiler::diag::render;

use crate::cli::test::failure;
use crate::cli::test::told;
use crate::cli::test::told::Told;

/// The report.
pub fn report(all: &[Told]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing into a string cannot fail.
    let _ = writeln!(out, "<testsuites{}>", counts(all));
    for suite in all.chunk_by(|a, b| std::ptr::eq(a.suite, b.suite)) {
        let name = suite.first().map_or("", |told| told.suite.name.as_str());
        let _ = writeln!(out, "  <testsuite name=\"{}\"{}>", escaped(name), counts(suite));
        suite.iter().for_each(|told| case(told, name, &mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts(all: &[Told]) -> String {
    let failed = all.iter().filter(|told| told.failed.is_some()).count();
    format!(" tests=\"{}\" failures=\"{failed}\"", all.len())
}

fn case(told: &Told, suite: &str, out: &mut String) {
    let (title, suite) = (escaped(told.title), escaped(suite));
    let line = told.line;
    let start = format!("    <testcase classname=\"{suite}\" name=\"{title}\" line=\"{line}\"");
    let Some(failed) = &told.failed else {
        let _ = writeln!(out, "{start}/>");
        return;
    };
    let diagnostic = &failed.diagnostic;
    let mut text = render::one(&told.suite.tested.sources, diagnostic, false, true);
    text.push_str(&told::rows(failed));
    if let Some(chart) = told.report.as_ref().and_then(|report| failure::chart(report)) {
        text.push_str(&chart);
    }
    text.push_str(&told.why().unwrap_or_default());
    let message = escaped(&diagnostic.title);
    let _ = writeln!(out, "{start}>");
    let _ = writeln!(out, "      <failure type=\"{}\" message=\"{message}\">", diagnostic.code);
    out.push_str(&escaped(&text));
    out.push_str("      </failure>\n    </testcase>\n");
}

/// Text as XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_is_xml() {
        assert_eq!(escaped("a < \"b\" & c\u{1b}[1m\n"), "a &lt; &quot;b&quot; &amp; c[1m\n");
    }
}

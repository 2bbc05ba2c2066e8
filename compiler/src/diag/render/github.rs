//! Diagnostics as commands of a workflow, which a continuous integration
//! service shows beside the changed lines. One line each; what a line cannot
//! hold as it is, is escaped.

use crate::source::SourceMap;

use super::super::Diagnostic;
use super::super::Severity;
use super::position;

/// `::error file=…,line=…,col=…::text` and a line break, for each.
pub(super) fn render(map: &SourceMap, diags: &[&Diagnostic]) -> String {
    diags.iter().map(|one| line(map, one)).collect()
}

fn line(map: &SourceMap, diagnostic: &Diagnostic) -> String {
    let (file, (line, col), (end_line, end_col)) = position(map, diagnostic.primary.span);
    // The service takes end columns as inclusive, and only within one line.
    let end = if end_line == line && end_col > col {
        format!(",endLine={end_line},endColumn={}", end_col - 1)
    } else {
        String::new()
    };
    let label = match diagnostic.primary.text.as_str() {
        "" => String::new(),
        text => format!(" ({text})"),
    };
    let mut text = format!("{}{label}", diagnostic.title);
    for note in &diagnostic.notes {
        text.push_str(&format!("\n{note}"));
    }
    if let Some(help) = &diagnostic.help {
        text.push_str(&format!("\nhelp: {help}"));
    }
    command(
        diagnostic.severity,
        &format!(
            "file={},line={line},col={col}{end},title={}",
            property(file),
            property(&diagnostic.code.to_string())
        ),
        &text,
    )
}

/// A command without a place in a program; `properties` are escaped already.
pub fn command(severity: Severity, properties: &str, text: &str) -> String {
    let kind = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let space = if properties.is_empty() { "" } else { " " };
    format!("::{kind}{space}{properties}::{}\n", data(text))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
pub fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
